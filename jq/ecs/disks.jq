# DescribeAvailableResource for system disks in the zone $zone (ecs-facts 2.4). Any level may be missing when nothing
# matches. Sizes are in GiB; another unit would be a reply nobody has seen.
def id($name): if type == "string" and . != "" then . else error("a disk has no " + $name) end;
def list($name): if . == null then [] elif type == "object" then .[$name] // [] | if type == "array" then . else error($name + " is no list") end
  else error("what holds " + $name + " is no object") end;
def num: if type == "number" then . elif type == "string" and test("^[0-9]+$") then tonumber else error("a size is no number") end;
def stocked: . == "WithStock" or . == "ClosedWithStock";

if type == "object" and (has("AvailableZones") or has("RequestId")) then
  [ .AvailableZones | list("AvailableZone")[]
    | select(.ZoneId == $zone)
    | .Status as $zoned
    | .AvailableResources | list("AvailableResource")[]
    | select(.Type == null or .Type == "SystemDisk")
    | .SupportedResources | list("SupportedResource")[]
    | if .Unit == null or .Unit == "" or .Unit == "GiB" then . else error("disk sizes are in another unit than GiB") end
    | { category: (.Value | id("Value")),
        min_gib: (.Min // 0 | num),
        max_gib: (.Max // 0 | num),
        usable: ($zoned == "Available" and .Status == "Available" and (.StatusCategory | stocked)) } ]
else
  error("the reply has no AvailableZones")
end

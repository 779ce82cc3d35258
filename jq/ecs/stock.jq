# DescribeAvailableResource for the instance type $type (ecs-facts 2.4). Any level may be missing when nothing matches.
# A zone is usable if it and the type are Available there, and there is stock of it, replenished or not.
def id($name): if type == "string" and . != "" then . else error("a zone has no " + $name) end;
def list($name): if . == null then [] elif type == "object" then .[$name] // [] | if type == "array" then . else error($name + " is no list") end
  else error("what holds " + $name + " is no object") end;
def stocked: . == "WithStock" or . == "ClosedWithStock";

if type == "object" and (has("AvailableZones") or has("RequestId")) then
  [ .AvailableZones | list("AvailableZone")[]
    | . as $zone
    | ([ .AvailableResources | list("AvailableResource")[]
        | .SupportedResources | list("SupportedResource")[]
        | select(.Value == $type) ][0]) as $offer
    | { zone: ($zone.ZoneId | id("ZoneId")),
        status: (if $zone.Status == "Available" then $offer.Status // "NotOffered" else $zone.Status // "" end),
        category: ($offer.StatusCategory // ""),
        usable: ($zone.Status == "Available" and $offer.Status == "Available" and ($offer.StatusCategory | stocked)) }
    | .plenty = (.usable and .category == "WithStock") ]
else
  error("the reply has no AvailableZones")
end

# DescribeRecommendInstanceType: no pages (ecs-facts 2.1). Memory is in MiB. A row names its zones in ZoneId, in
# Zones, or in both; one that names none is of no use (ecs-facts 5.7).
def id($name): if type == "string" and . != "" then . else error("a row has no " + $name) end;
def num: if type == "number" then . elif type == "string" and test("^[0-9]+([.][0-9]+)?$") then tonumber else error("a size is no number") end;
def listed: if type == "object" then .zone // [] | if type == "array" then map(.ZoneNo) else error("Zones has no list") end
  elif . == null then [] else error("Zones is no object") end;
def distinct: reduce .[] as $zone ([]; if index([$zone]) then . else . + [$zone] end);

if type == "object" and (.Data | type) == "object" and (.Data.RecommendInstanceType | type) == "array" then
  [ .Data.RecommendInstanceType[]
    | { type: (.InstanceType.InstanceType | id("InstanceType")),
        family: (.InstanceType.InstanceTypeFamily // ""),
        cores: (.InstanceType.Cores | num),
        memory_gib: ((.InstanceType.Memory | num) / 1024),
        zones: ([.ZoneId] + (.Zones | listed) | map(select(type == "string" and . != "")) | distinct),
        priority: (.Priority // 0) }
    | select(.zones != []) ]
else
  error("the reply has no RecommendInstanceType list")
end

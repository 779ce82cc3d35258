# DescribeZones: no pages (ecs-facts 2.3).
def id($name): if type == "string" and . != "" then . else error("a row has no " + $name) end;

if type == "object" and (.Zones | type) == "object" and (.Zones.Zone | type) == "array" then
  [ .Zones.Zone[] | { id: (.ZoneId | id("ZoneId")), name: (.LocalName // "") } ]
else
  error("the reply has no Zones list")
end

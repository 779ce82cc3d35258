# DescribeRegions: no pages (ecs-facts 2.3).
def id($name): if type == "string" and . != "" then . else error("a row has no " + $name) end;

if type == "object" and (.Regions | type) == "object" and (.Regions.Region | type) == "array" then
  [ .Regions.Region[]
    | { id: (.RegionId | id("RegionId")),
        name: (.LocalName // ""),
        endpoint: (.RegionEndpoint // ""),
        status: (.Status // "") } ]
else
  error("the reply has no Regions list")
end

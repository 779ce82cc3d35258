# DescribeInstanceTypeFamilies: no pages (ecs-facts 2.3).
def id($name): if type == "string" and . != "" then . else error("a row has no " + $name) end;

if type == "object" and (.InstanceTypeFamilies | type) == "object" and (.InstanceTypeFamilies.InstanceTypeFamily | type) == "array" then
  [ .InstanceTypeFamilies.InstanceTypeFamily[]
    | { id: (.InstanceTypeFamilyId | id("InstanceTypeFamilyId")), generation: (.Generation // "") } ]
else
  error("the reply has no InstanceTypeFamilies list")
end

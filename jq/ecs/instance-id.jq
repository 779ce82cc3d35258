# The one id in the reply to RunInstances (ecs-facts 2.10). One was ordered: none is no answer, and neither are two.
if type != "object" then error("the reply is not an object")
elif (.InstanceIdSets | type) != "object" or (.InstanceIdSets.InstanceIdSet | type) != "array" then error("the reply has no InstanceIdSet")
else [.InstanceIdSets.InstanceIdSet[] | select(type == "string" and . != "")]
  | if length == 1 then .[0] else error("the reply names \(length) instances, and one was ordered") end end

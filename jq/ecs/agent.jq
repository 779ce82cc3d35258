# DescribeCloudAssistantStatus (ecs-facts 2.12). Whether the agent is there is the text "true", not a boolean.
def id($name): if type == "string" and . != "" then . else error("a row has no " + $name) end;

if type == "object" and (.InstanceCloudAssistantStatusSet | type) == "object"
    and (.InstanceCloudAssistantStatusSet.InstanceCloudAssistantStatus | type) == "array" then
  [ .InstanceCloudAssistantStatusSet.InstanceCloudAssistantStatus[]
    | { instance: (.InstanceId | id("InstanceId")),
        ready: (.CloudAssistantStatus == "true" or .CloudAssistantStatus == true),
        version: (.CloudAssistantVersion // "") } ]
else
  error("the reply has no InstanceCloudAssistantStatus list")
end

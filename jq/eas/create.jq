# CreateService (eas-facts A.10). Success is a ServiceId; anything else leaves the outcome unknown.
if type == "object" and (.ServiceId | type) == "string" and .ServiceId != "" then
  { id: .ServiceId,
    name: (.ServiceName // ""),
    region: (.Region // ""),
    status: (.Status // ""),
    request_id: (.RequestId // "") }
else
  error("the reply has no ServiceId")
end

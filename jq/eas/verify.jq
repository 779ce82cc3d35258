# DescribeService (eas-facts A.11): flat in the real replies, under Service in some documents.
(if type != "object" then error("the reply is not an object")
 elif (.ServiceName | type) == "string" then .
 elif (.Service | type) == "object" then .Service
 elif (.Data | type) == "object" then .Data
 else error("the reply describes no service") end)
| if (.ServiceName | type) == "string" then . else error("the reply describes no service") end
| { id: (.ServiceId // ""),
    name: .ServiceName,
    status: (.Status // "unknown"),
    message: (.Message // ""),
    created: (.CreateTime // ""),
    image: (.Image // "") }

# One page of ListServices: the key is Services in the real replies, ServiceList in the documented filter
# (eas-facts A.2). A key that is absent is not an empty list.
def services:
  if type != "object" then error("the reply is not an object")
  elif (.Services | type) == "array" then .Services
  elif (.ServiceList | type) == "array" then .ServiceList
  elif (.Data | type) == "object" and (.Data.Services | type) == "array" then .Data.Services
  else error("the reply has no Services list (nor ServiceList)") end;

{ total: .TotalCount,
  size: .PageSize,
  rows: [ services[]
    | if (type == "object") and (.ServiceName | type) == "string" then . else error("a row of the list has no ServiceName") end
    | { id: (.ServiceId // .ServiceName),
        name: .ServiceName,
        status: (.Status // ""),
        created: (.CreateTime // ""),
        image: (.Image // "") } ] }

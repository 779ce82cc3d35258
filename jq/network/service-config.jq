# DescribeService for its network: ServiceConfig is the description it runs with, as JSON in a string (eas-facts A.11).
(if type != "object" then error("the reply is not an object")
 elif (.ServiceName | type) == "string" then .
 elif (.Service | type) == "object" then .Service
 else error("the reply describes no service") end)
| { name: (.ServiceName // ""),
    resource: (.Resource // ""),
    instances: (.TotalInstance // 0),
    config: (.ServiceConfig // "") }

# DescribeServiceEndpoints (eas-facts A.12). Endpoints is absent while a service is being created.
def urls: if type == "array" then map(select(type == "string" and . != "")) elif type == "string" and . != "" then [ . ] else [] end;

if type != "object" then error("the reply is not an object")
elif (.Endpoints | type) as $t | $t != "array" and $t != "null" then error("Endpoints is no list")
elif has("Endpoints") or has("AccessToken") then
  { token: (.AccessToken // ""),
    endpoints: [ .Endpoints[]?
      | { type: (.EndpointType // "Endpoint"),
          internet: (.InternetEndpoints | urls),
          intranet: (.IntranetEndpoints | urls),
          port: (.Port // 0) } ] }
else
  error("the reply has neither Endpoints nor AccessToken")
end

# One page of ListGateway (eas-facts A.6).
def isid: type == "string" and . != "" and . != "null" and (test("^[,\\s]*$") | not);

if type == "object" and (.Gateways | type) == "array" then
  { total: .TotalCount,
    size: .PageSize,
    count: (.Gateways | length),
    rows: [ .Gateways[]
      | select(.GatewayId | isid)
      | { id: .GatewayId,
          name: (.GatewayName // ""),
          status: (.Status // ""),
          default: (.IsDefault == true) } ] }
else
  error("the reply has no Gateways list")
end

# One page of ListGateway (eas-facts A.6).
if type == "object" and (.Gateways | type) == "array" then
  { total: .TotalCount,
    size: .PageSize,
    count: (.Gateways | length),
    rows: [ .Gateways[]
      | select((.GatewayId | type) == "string" and .GatewayId != "")
      | { id: .GatewayId,
          name: (.GatewayName // ""),
          status: (.Status // ""),
          default: (.IsDefault == true) } ] }
else
  error("the reply has no Gateways list")
end

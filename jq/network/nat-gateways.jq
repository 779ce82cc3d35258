# One page of DescribeNatGateways (eas-facts A.8).
def isid: type == "string" and . != "" and . != "null" and (test("^[,\\s]*$") | not);

(if type != "object" then error("the reply is not an object")
 elif (.NatGateways | type) == "array" then .NatGateways
 elif (.NatGateways | type) == "object" and (.NatGateways.NatGateway | type) == "array" then .NatGateways.NatGateway
 else error("the reply has no NatGateways list") end) as $all
| { total: .TotalCount,
    size: .PageSize,
    count: ($all | length),
    rows: [ $all[]
      | select(.NatGatewayId | isid)
      | { id: .NatGatewayId,
          status: (.Status // ""),
          internet: (.NetworkType != "intranet"),
          ips: [ (.IpLists.IpList? // [])[] | .IpAddress // empty ] } ] }

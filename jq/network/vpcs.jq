# One page of DescribeVpcs (eas-facts A.8).
def isid: type == "string" and . != "" and . != "null" and (test("^[,\\s]*$") | not);

(if type != "object" then error("the reply is not an object")
 elif (.Vpcs | type) == "array" then .Vpcs
 elif (.Vpcs | type) == "object" and (.Vpcs.Vpc | type) == "array" then .Vpcs.Vpc
 else error("the reply has no Vpcs list") end) as $all
| { total: .TotalCount,
    size: .PageSize,
    count: ($all | length),
    rows: [ $all[]
      | select(.VpcId | isid)
      | { id: .VpcId,
          name: (.VpcName // ""),
          cidr: (.CidrBlock // ""),
          status: (.Status // ""),
          default: (.IsDefault == true) } ] }

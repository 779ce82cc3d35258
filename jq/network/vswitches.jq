# One page of DescribeVSwitches: VSwitches.VSwitch in the real replies (eas-facts A.8).
def isid: type == "string" and . != "" and . != "null" and (test("^[,\\s]*$") | not);

(if type != "object" then error("the reply is not an object")
 elif (.VSwitches | type) == "array" then .VSwitches
 elif (.VSwitches | type) == "object" and (.VSwitches.VSwitch | type) == "array" then .VSwitches.VSwitch
 else error("the reply has no VSwitches list") end) as $all
| { total: .TotalCount,
    size: .PageSize,
    count: ($all | length),
    rows: [ $all[]
      | select(.VSwitchId | isid)
      | { id: .VSwitchId,
          name: (.VSwitchName // ""),
          vpc: (.VpcId // ""),
          zone: (.ZoneId // ""),
          cidr: (.CidrBlock // ""),
          status: (.Status // ""),
          free: (.AvailableIpAddressCount // 0) } ] }

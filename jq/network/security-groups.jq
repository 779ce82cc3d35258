# One page of DescribeSecurityGroups: SecurityGroups.SecurityGroup in the real replies, an array in some documents
# (eas-facts A.8). An absent NextToken ends the list.
def isid: type == "string" and . != "" and . != "null" and (test("^[,\\s]*$") | not);

(if type != "object" then error("the reply is not an object")
 elif (.SecurityGroups | type) == "array" then .SecurityGroups
 elif (.SecurityGroups | type) == "object" and (.SecurityGroups.SecurityGroup | type) == "array" then .SecurityGroups.SecurityGroup
 else error("the reply has no SecurityGroups list") end) as $all
| { next: (.NextToken // ""),
    count: ($all | length),
    rows: [ $all[]
      | select(.SecurityGroupId | isid)
      | { id: .SecurityGroupId,
          name: (.SecurityGroupName // ""),
          vpc: (.VpcId // ""),
          kind: (.SecurityGroupType // ""),
          managed: (.ServiceManaged == true) } ] }

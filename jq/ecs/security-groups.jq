# One page of DescribeSecurityGroups (ecs-facts 2.8): SecurityGroups.SecurityGroup in the real replies, an array in some
# documents. Tags are TagKey and TagValue here, Key and Value in the VPC API. An absent NextToken ends the list.
def id($name): if type == "string" and . != "" then . else error("a row has no " + $name) end;
def list($name): if . == null then [] elif type == "object" then .[$name] // [] | if type == "array" then . else error($name + " is no list") end
  else error("what holds " + $name + " is no object") end;
def tags: [ list("Tag")[] | { key: (.TagKey // .Key // ""), value: (.TagValue // .Value // "") } ] | from_entries;

(if type != "object" then error("the reply is not an object")
 elif (.SecurityGroups | type) == "array" then .SecurityGroups
 elif (.SecurityGroups | type) == "object" and (.SecurityGroups.SecurityGroup | type) == "array" then .SecurityGroups.SecurityGroup
 else error("the reply has no SecurityGroups list") end) as $all
| { next: (.NextToken // ""),
    rows: [ $all[]
      | { id: (.SecurityGroupId | id("SecurityGroupId")),
          name: (.SecurityGroupName // ""),
          vpc: (.VpcId // ""),
          type: (.SecurityGroupType // ""),
          tags: (.Tags | tags),
          managed: (.ServiceManaged == true) } ] }

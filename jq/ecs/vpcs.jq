# One page of DescribeVpcs (ecs-facts 2.6): Vpcs.Vpc in the real replies, an array in some documents. A VPC has further
# CIDRs beside its first one.
def id($name): if type == "string" and . != "" then . else error("a row has no " + $name) end;
def list($name): if . == null then [] elif type == "object" then .[$name] // [] | if type == "array" then . else error($name + " is no list") end
  else error("what holds " + $name + " is no object") end;
def tags: [ list("Tag")[] | { key: (.Key // .TagKey // ""), value: (.Value // .TagValue // "") } ] | from_entries;

(if type != "object" then error("the reply is not an object")
 elif (.Vpcs | type) == "array" then .Vpcs
 elif (.Vpcs | type) == "object" and (.Vpcs.Vpc | type) == "array" then .Vpcs.Vpc
 else error("the reply has no Vpcs list") end) as $all
| { total: .TotalCount,
    size: .PageSize,
    count: ($all | length),
    rows: [ $all[]
      | { id: (.VpcId | id("VpcId")),
          name: (.VpcName // ""),
          status: (.Status // ""),
          cidrs: [ (.CidrBlock | id("CidrBlock")), (.SecondaryCidrBlocks | list("SecondaryCidrBlock"))[] ],
          default: (.IsDefault == true),
          tags: (.Tags | tags) } ] }

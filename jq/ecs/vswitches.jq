# One page of DescribeVSwitches (ecs-facts 2.7): VSwitches.VSwitch in the real replies, an array in some documents.
def id($name): if type == "string" and . != "" then . else error("a row has no " + $name) end;
def list($name): if . == null then [] elif type == "object" then .[$name] // [] | if type == "array" then . else error($name + " is no list") end
  else error("what holds " + $name + " is no object") end;
def tags: [ list("Tag")[] | { key: (.Key // .TagKey // ""), value: (.Value // .TagValue // "") } ] | from_entries;

(if type != "object" then error("the reply is not an object")
 elif (.VSwitches | type) == "array" then .VSwitches
 elif (.VSwitches | type) == "object" and (.VSwitches.VSwitch | type) == "array" then .VSwitches.VSwitch
 else error("the reply has no VSwitches list") end) as $all
| { total: .TotalCount,
    size: .PageSize,
    count: ($all | length),
    rows: [ $all[]
      | { id: (.VSwitchId | id("VSwitchId")),
          name: (.VSwitchName // ""),
          vpc: (.VpcId // ""),
          zone: (.ZoneId // ""),
          status: (.Status // ""),
          cidr: (.CidrBlock | id("CidrBlock")),
          free: (.AvailableIpAddressCount // 0),
          tags: (.Tags | tags) } ] }

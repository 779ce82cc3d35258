# One page of DescribeInstances (ecs-facts 2.11). Memory is in MiB. What an instance does not have yet is missing or
# empty. An elastic IP stands apart from the public ones.
def id($name): if type == "string" and . != "" then . else error("a row has no " + $name) end;
def num: if type == "number" then . elif type == "string" and test("^[0-9]+$") then tonumber else error("a size is no number") end;
def list($name): if . == null then [] elif type == "object" then .[$name] // [] | if type == "array" then . else error($name + " is no list") end
  else error("what holds " + $name + " is no object") end;
def tags: [ list("Tag")[] | { key: (.TagKey // .Key // ""), value: (.TagValue // .Value // "") } ] | from_entries;

if type == "object" and (.Instances | type) == "object" and (.Instances.Instance | type) == "array" then
  { next: (.NextToken // ""),
    rows: [ .Instances.Instance[]
      | { id: (.InstanceId | id("InstanceId")),
          name: (.InstanceName // ""),
          status: (.Status | id("Status")),
          zone: (.ZoneId // ""),
          type: (.InstanceType // ""),
          image: (.ImageId // ""),
          charge: (.InstanceChargeType // ""),
          created: (.CreationTime // ""),
          auto_release: (.AutoReleaseTime // ""),
          cores: (.Cpu // 0 | num),
          memory_gib: ((.Memory // 0 | num) / 1024),
          public_ips: ((.PublicIpAddress | list("IpAddress")) + [ .EipAddress | objects | .IpAddress | strings | select(. != "") ]),
          private_ips: (.VpcAttributes // {} | .PrivateIpAddress | list("IpAddress")),
          security_groups: (.SecurityGroupIds | list("SecurityGroupId")),
          vpc: (.VpcAttributes // {} | .VpcId // ""),
          vswitch: (.VpcAttributes // {} | .VSwitchId // ""),
          protected: (.DeletionProtection == true),
          tags: (.Tags | tags) } ] }
else
  error("the reply has no Instances list")
end

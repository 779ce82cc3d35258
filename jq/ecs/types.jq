# One page of DescribeInstanceTypes (ecs-facts 2.2). MemorySize is in GiB here, unlike elsewhere.
def id($name): if type == "string" and . != "" then . else error("a row has no " + $name) end;
def num: if type == "number" then . elif type == "string" and test("^[0-9]+([.][0-9]+)?$") then tonumber else error("a size is no number") end;

if type == "object" and (.InstanceTypes | type) == "object" and (.InstanceTypes.InstanceType | type) == "array" then
  { next: (.NextToken // ""),
    rows: [ .InstanceTypes.InstanceType[]
      | { id: (.InstanceTypeId | id("InstanceTypeId")),
          family: (.InstanceTypeFamily // ""),
          cores: (.CpuCoreCount | num),
          memory_gib: (.MemorySize | num),
          gpus: (.GPUAmount // 0 | num),
          gpu: (.GPUSpec // ""),
          architecture: (.CpuArchitecture // ""),
          level: (.InstanceFamilyLevel // "") } ] }
else
  error("the reply has no InstanceTypes list")
end

# One page of ListResources (eas-facts A.7). Memory is in MB.
def isid: type == "string" and . != "" and . != "null" and (test("^[,\\s]*$") | not);

if type == "object" and (.Resources | type) == "array" then
  { total: .TotalCount,
    size: .PageSize,
    count: (.Resources | length),
    rows: [ .Resources[]
      | select(.ResourceId | isid)
      | { id: .ResourceId,
          name: (.ResourceName // ""),
          kind: (.ResourceType // ""),
          status: (.Status // ""),
          cpus: (.CpuCount // 0),
          gpus: (.GpuCount // 0),
          free_cpus: ((.CpuCount // 0) - (.CpuUsed // 0)),
          free_gpus: ((.GpuCount // 0) - (.GpuUsed // 0)),
          most_cpu: .InstanceMaxAllocatableCPU,
          most_gpu: .InstanceMaxAllocatableGPU,
          most_memory: .InstanceMaxAllocatableMemory } ] }
else
  error("the reply has no Resources list")
end

# One page of DescribeNamespaces (flink-facts D2). What a namespace uses is null where the reply does not say.
def spec: if type == "object" and (.Cpu | type) == "number" then { Cpu, MemoryGB: (.MemoryGB // 0) } else null end;

if type == "object" and (.Namespaces | type) == "array" then
  { total: .TotalCount,
    size: .PageSize,
    count: (.Namespaces | length),
    rows: [ .Namespaces[]
      | select(.Namespace | type == "string" and . != "")
      | { view: {
            Namespace,
            Status: (.Status // ""),
            Ha: (if (.Ha | type) == "boolean" then .Ha else null end),
            ResourceSpec: (.ResourceSpec | spec),
            ElasticResourceSpec: (.ElasticResourceSpec | spec),
            GuaranteedResourceSpec: (.GuaranteedResourceSpec | spec),
            ResourceUsed: (.ResourceUsed
              | if type == "object" and (.Cpu | type) == "number" and (.MemoryGB | type) == "number"
                then { Cpu, MemoryGB, Cu: (.Cu // 0) } else null end) },
          raw: . } ] }
else
  error("the reply has no Namespaces list")
end

# One page of DescribeInstances (flink-facts D1). OssInfo carries keys: they are masked here and told apart, so that
# they can be kept out of everything else.
def spec: if type == "object" and (.Cpu | type) == "number" then { Cpu, MemoryGB: (.MemoryGB // 0) } else null end;
def secret: . == "AccessId" or . == "AccessKey";

if type == "object" and (.Instances | type) == "array" then
  { total: .TotalCount,
    size: .PageSize,
    count: (.Instances | length),
    rows: [ .Instances[]
      | select(.InstanceId | type == "string" and . != "")
      | { view: {
            InstanceId,
            InstanceName: (.InstanceName // ""),
            Region: (.Region // ""),
            ZoneId: (.ZoneId // ""),
            ChargeType: (.ChargeType // ""),
            OrderState: (.OrderState // ""),
            ClusterStatus: (.ClusterStatus // .ClusterState.Status? // ""),
            Stage: (.ClusterState.ClusterStage.Status? // ""),
            ResourceSpec: (.ResourceSpec | spec),
            Elastic: (.Elastic == true),
            ElasticResourceSpec: (.ElasticResourceSpec | spec),
            VpcId: (.VpcId // ""),
            VSwitchIds: (.VSwitchIds // []),
            FullyManaged: (.Storage.FullyManaged? == true),
            DeletionProtection: (.DeletionProtection == true),
            ResourceExpiredTime: (.ResourceExpiredTime // 0),
            Tags: [ .Tags[]? | select((.Key | type) == "string") | { Key, Value: (.Value // "") } ] },
          secrets: [ .OssInfo // {} | to_entries[] | select(.key | secret) | .value | select(type == "string" and . != "") ],
          raw: (if (.OssInfo | type) == "object"
                then .OssInfo |= with_entries(if .key | secret then .value = "REDACTED" else . end)
                else . end) } ] }
else
  error("the reply has no Instances list")
end

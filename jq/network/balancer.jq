# GetLoadBalancerAttribute of an NLB: the key is VSwitchId in the real replies, VswitchId in some documents
# (eas-facts A.8).
if type == "object" and (.LoadBalancerId | type) == "string" then
  { id: .LoadBalancerId,
    status: (.LoadBalancerStatus // ""),
    kind: (.AddressType // ""),
    vpc: (.VpcId // ""),
    vswitches: [ .ZoneMappings[]? | (.VSwitchId // .VswitchId // "") | select(. != "") ] }
else
  error("the reply describes no load balancer")
end

# GetLoadBalancerAttribute of an NLB: the key is VSwitchId in the real replies, VswitchId in some documents
# (eas-facts A.8).
def isid: type == "string" and . != "" and . != "null" and (test("^[,\\s]*$") | not);
def id: if . == null or type == "string" and (isid | not) then "" elif type == "string" then . else error("an id is no text") end;

if type == "object" and (.LoadBalancerId | type) == "string" then
  { id: .LoadBalancerId,
    status: (.LoadBalancerStatus // ""),
    kind: (.AddressType // ""),
    vpc: (.VpcId | id),
    vswitches: [ .ZoneMappings[]? | (.VSwitchId // .VswitchId) | id | select(. != "") ] }
else
  error("the reply describes no load balancer")
end

# DescribeGateway: the documented filter reads LoadBalancerList, which no real reply has; then the VPC is in
# list-gateway-intranet-linked-vpc (eas-facts A.6). What is empty or the word null is no id.
def isid: type == "string" and . != "" and . != "null" and (test("^[,\\s]*$") | not);
def id: if isid then . else empty end;
def ids: if type == "array" then map(id) elif type == "string" then split(",") | map(gsub("^\\s+|\\s+$"; "") | id) else [] end;

if type == "object" and (.GatewayId | type) == "string" then
  (.LoadBalancerList? // [] | if type == "array" then .[0] else null end) as $balancer
  | { id: .GatewayId,
      status: (.Status // ""),
      vpc: ([ $balancer.VpcId? | id ][0] // ""),
      vswitches: ([ $balancer.VSwitchIds? ][0] | ids) }
else
  error("the reply describes no gateway")
end

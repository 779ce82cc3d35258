# DescribeResourceDLink: the VPC of a resource group; all empty if it has none (eas-facts A.7).
def isid: type == "string" and . != "" and . != "null" and (test("^[,\\s]*$") | not);
def id: if isid then . else "" end;

if type == "object" and (has("VpcId") or has("VSwitchId") or has("SecurityGroupId") or has("RequestId")) then
  { vpc: (.VpcId | id),
    vswitch: (.VSwitchId | id),
    more: [ .AuxVSwitchList[]? | select(isid) ],
    security_group: (.SecurityGroupId | id),
    cidrs: (.DestinationCIDRs | id) }
else
  error("the reply describes no DLink")
end

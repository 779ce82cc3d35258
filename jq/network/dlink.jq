# DescribeResourceDLink: the VPC of a resource group; all empty if it has none (eas-facts A.7).
def id: if type == "string" and . != "null" then . else "" end;

if type == "object" and (has("VpcId") or has("VSwitchId") or has("SecurityGroupId") or has("RequestId")) then
  { vpc: (.VpcId | id),
    vswitch: (.VSwitchId | id),
    more: [ .AuxVSwitchList[]? | select(type == "string" and . != "") ],
    security_group: (.SecurityGroupId | id),
    cidrs: (.DestinationCIDRs | id) }
else
  error("the reply describes no DLink")
end

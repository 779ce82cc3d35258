# ListGatewayIntranetLinkedVpc: the VPCs a gateway is linked to, a row per vswitch (eas-facts A.6).
def isid: type == "string" and . != "" and . != "null" and (test("^[,\\s]*$") | not);
def id: if isid then . else "" end;

if type == "object" and (.IntranetLinkedVpcList | type) == "array" then
  { rows: [ .IntranetLinkedVpcList[]
      | { vpc: (.VpcId | id), vswitch: (.VSwitchId | id), security_group: (.SecurityGroupId | id), status: (.Status // "") }
      | select(.vpc != "" and .vswitch != "") ] }
else
  error("the reply has no IntranetLinkedVpcList")
end

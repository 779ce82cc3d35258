package eas

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"aligate/steps"
)

// What the samples of networks hold: two VPCs, the first with vswitches in three zones.
const (
	vpcA   = "vpc-synth0000000000a"
	vpcB   = "vpc-synth0000000000b"
	vswH   = "vsw-synth0000000h001" // 248 addresses
	vswH2  = "vsw-synth0000000h002" // 2 addresses
	vswI   = "vsw-synth0000000i001" // 199 addresses, in another zone
	vswJ   = "vsw-synth0000000j001" // none
	vswI2  = "vsw-synth0000000i002" // Pending
	vswB   = "vsw-synth0000000h101" // of vpcB
	vswBJ  = "vsw-synth0000000j101" // of vpcB, in another zone
	sgEAS  = "sg-synth0000000000a1"
	sgWeb  = "sg-synth0000000000a2"
	sgElse = "sg-synth0000000000a3" // another product's
	sgB    = "sg-synth0000000000b1"
	ownID  = "nlb-synth0000000001"
	gpuRes = "eas-r-synthded0001"
	cpuRes = "eas-r-synthded0003"
)

// The commands of networks, up to what a page adds.
const (
	gatewaysCall  = "eas list-gateway --region cn-hangzhou --user-agent " + ua
	resourcesCall = "eas list-resources --region cn-hangzhou --user-agent " + ua
	vpcsCall      = "vpc DescribeVpcs --region cn-hangzhou --PageSize 50 --user-agent " + ua
	ownCall       = "nlb GetLoadBalancerAttribute --region cn-hangzhou --LoadBalancerId " + ownID + " --user-agent " + ua
)

func gatewayCall(id string) string {
	return "eas describe-gateway --region cn-hangzhou --cluster-id cn-hangzhou --gateway-id " + id + " --user-agent " + ua
}

func linkedCall(id string) string {
	return "eas ListGatewayIntranetLinkedVpc --region cn-hangzhou --ClusterId cn-hangzhou --GatewayId " + id + " --user-agent " + ua
}

func vswitchesCall(vpc string) string {
	return "vpc DescribeVSwitches --region cn-hangzhou --VpcId " + vpc + " --PageSize 50 --user-agent " + ua
}

func groupsCall(vpc string) string {
	return "ecs DescribeSecurityGroups --region cn-hangzhou --VpcId " + vpc + " --MaxResults 100 --user-agent " + ua
}

func natsCall(vpc string) string {
	return "vpc DescribeNatGateways --region cn-hangzhou --VpcId " + vpc + " --NetworkType internet --PageSize 50 --user-agent " + ua
}

func entriesCall(nat string) string {
	return "vpc DescribeSnatTableEntries --region cn-hangzhou --NatGatewayId " + nat + " --PageSize 50 --user-agent " + ua
}

// vswitchList is a reply of DescribeVSwitches, groupList one of DescribeSecurityGroups, linkedList one of
// ListGatewayIntranetLinkedVpc.
func vswitchList(rows ...vswitch) string {
	var items []map[string]any
	for _, v := range rows {
		items = append(items, map[string]any{"VSwitchId": v.ID, "VpcId": v.VPC, "ZoneId": v.Zone, "CidrBlock": v.CIDR, "Status": v.Status, "AvailableIpAddressCount": v.Free})
	}
	return listOf("VSwitches", "VSwitch", items)
}

func groupList(rows ...securityGroup) string {
	var items []map[string]any
	for _, g := range rows {
		items = append(items, map[string]any{"SecurityGroupId": g.ID, "SecurityGroupName": g.Name, "VpcId": g.VPC, "ServiceManaged": g.Managed})
	}
	return listOf("SecurityGroups", "SecurityGroup", items)
}

func linkedList(rows ...linkedVPC) string {
	items := []map[string]any{}
	for _, l := range rows {
		items = append(items, map[string]any{"VpcId": l.VPC, "VSwitchId": l.VSwitch, "SecurityGroupId": l.SecurityGroup, "Status": l.Status})
	}
	raw, _ := json.Marshal(map[string]any{"IntranetLinkedVpcList": items})
	return string(raw)
}

func listOf(key, item string, items []map[string]any) string {
	if items == nil {
		items = []map[string]any{}
	}
	raw, _ := json.Marshal(map[string]any{"TotalCount": len(items), key: map[string]any{item: items}})
	return string(raw)
}

// resolved is a case of runNetwork.
type resolved struct {
	name     string
	pairs    []string
	replies  []reply
	want     networking
	warnings []string
	code     string
	exit     steps.ExitCode
	message  string // what the error says, in part
	skip     string
}

func resolveAll(t *testing.T, cases []resolved) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := run{values: given(append([]string{"region", "cn-hangzhou"}, c.pairs...)...), runner: cli(t, c.replies...)}
			report := r.do(t, func(ctx context.Context, env *steps.Env) error {
				out, err := runNetwork(ctx, env)
				if err != nil {
					return err
				}
				same(t, out.Output, any(c.want))
				same(t, out.Summary, c.want.String())
				return nil
			})
			if report.ExitCode != c.exit || report.Fault != nil && (report.Fault.Code != c.code || !strings.Contains(report.Fault.Message, c.message)) {
				t.Errorf("got %v, exit %d; want %q with %q, %d", report.Fault, report.ExitCode, c.code, c.message, c.exit)
			}
			warned(t, report.Warnings, c.warnings...)
		})
	}
}

func TestResolveShared(t *testing.T) {
	t.Parallel()
	switches := answer(vswitchesCall(vpcA), string(read(t, "DescribeVSwitches.json")))
	groups := answer(groupsCall(vpcA), string(read(t, "DescribeSecurityGroups.json")))
	forbidden := string(read(t, "errors/forbidden.stderr"))
	a := networking{Kind: "shared", VPC: vpcA, VSwitches: vswH, SecurityGroup: sgEAS}
	all := func(vswitch, group string) []string {
		return []string{"vpc-id", vpcA, "vswitch-id", vswitch, "security-group-id", group}
	}
	with := func(vswitches, group string) networking {
		n := a
		n.VSwitches, n.SecurityGroup = vswitches, group
		return n
	}
	resolveAll(t, []resolved{
		{name: "no calls", want: networking{Kind: "shared"}},
		{name: "flags that need a VPC", pairs: []string{"vswitch-id", vswH, "security-group-id", sgEAS}, code: "Usage", exit: steps.ExitUsage},
		// The vswitch with the most addresses that is Available, and of the groups one's own with eas in its name.
		{name: "a VPC", pairs: []string{"vpc-id", vpcA}, replies: []reply{switches, groups}, want: a, warnings: []string{"SecurityGroupChosen: of 2 security groups"}},
		{name: "all three", pairs: all(vswH2, sgWeb), replies: []reply{switches, groups}, want: with(vswH2, sgWeb)},
		{name: "documented shape", pairs: all(vswH, sgWeb), replies: []reply{switches, answer(groupsCall(vpcA), string(read(t, "DescribeSecurityGroups.upstream-shape.json")))}, want: with(vswH, sgWeb)},
		{name: "two vswitches", pairs: all(vswI+", "+vswH, sgEAS), replies: []reply{switches, groups}, want: with(vswI+","+vswH, sgEAS)},
		{name: "a profile", pairs: append(all(vswH, sgEAS), "profile", "team"), want: a, replies: []reply{
			answer(vswitchesCall(vpcA)+" --profile team", string(read(t, "DescribeVSwitches.json"))), answer(groupsCall(vpcA)+" --profile team", string(read(t, "DescribeSecurityGroups.json")))}},

		{name: "foreign vswitch", pairs: all(vswB, sgEAS), replies: []reply{switches}, code: "VSwitchMissing", exit: steps.ExitMissing, message: "(looked for with: aliyun vpc DescribeVSwitches)"},
		{name: "vswitch Pending", pairs: all(vswI2, sgEAS), replies: []reply{switches}, code: "VSwitchNotReady", exit: steps.ExitMissing, message: vswI2 + " is Pending"},
		{name: "no vswitch", pairs: []string{"vpc-id", vpcA}, replies: []reply{answer(vswitchesCall(vpcA), vswitchList())}, code: "VSwitchMissing", exit: steps.ExitMissing, message: "(0 in all)"},
		{name: "only a Pending vswitch", pairs: []string{"vpc-id", vpcA}, replies: []reply{answer(vswitchesCall(vpcA), vswitchList(vswitch{ID: vswI2, VPC: vpcA, Status: "Pending", Free: 9}))}, code: "VSwitchMissing", exit: steps.ExitMissing, message: "(1 in all)"},
		{name: "only of another VPC", pairs: []string{"vpc-id", vpcA}, replies: []reply{answer(vswitchesCall(vpcA), vswitchList(vswitch{ID: vswB, VPC: vpcB, Status: "Available", Free: 9}))}, code: "VSwitchMissing", exit: steps.ExitMissing},
		// Equal ones are taken by id, so that the answer is the same each time.
		{name: "equal vswitches", pairs: []string{"vpc-id", vpcA, "security-group-id", sgEAS}, replies: []reply{answer(vswitchesCall(vpcA), vswitchList(vswitch{ID: "vsw-2", Free: 5}, vswitch{ID: "vsw-1", Free: 5})), groups}, want: with("vsw-1", sgEAS)},
		{name: "vswitches on two pages", pairs: []string{"vpc-id", vpcA, "security-group-id", sgEAS}, want: with("vsw-2", sgEAS), replies: []reply{
			answer(vswitchesCall(vpcA), `{"TotalCount":2,"PageSize":1,"VSwitches":{"VSwitch":[{"VSwitchId":"vsw-1","AvailableIpAddressCount":5}]}}`),
			answer(vswitchesCall(vpcA)+" --PageNumber 2", `{"TotalCount":2,"PageSize":1,"VSwitches":{"VSwitch":[{"VSwitchId":"vsw-2","AvailableIpAddressCount":9}]}}`), groups}},

		{name: "a full vswitch", pairs: all(vswJ, sgEAS), replies: []reply{switches}, code: "NoAddresses", exit: steps.ExitMissing, message: "0 addresses left, fewer than the 1 instances", warnings: []string{"VSwitchFull: " + vswJ}},
		{name: "all vswitches full", pairs: []string{"vpc-id", vpcA}, replies: []reply{answer(vswitchesCall(vpcA), vswitchList(vswitch{ID: vswJ, VPC: vpcA, Status: "Available"}))}, code: "NoAddresses", exit: steps.ExitMissing, warnings: []string{"VSwitchFull"}},
		{name: "one of two full", pairs: all(vswJ+","+vswH, sgEAS), replies: []reply{switches, groups}, want: with(vswJ+","+vswH, sgEAS), warnings: []string{"VSwitchFull: " + vswJ}},
		{name: "an address each", pairs: append(all(vswH2, sgEAS), "replicas", "1"), replies: []reply{switches, groups}, want: with(vswH2, sgEAS)},
		{name: "fewer than an update needs", pairs: append(all(vswH2, sgEAS), "replicas", "2"), replies: []reply{switches, groups}, want: with(vswH2, sgEAS), warnings: []string{"FewAddresses: 2 addresses left; with scaling and an update under way up to 3"}},
		{name: "fewer than scaling needs", pairs: append(all(vswH2, sgEAS), "autoscaler", "min=1,max=4,qps=20"), replies: []reply{switches, groups}, want: with(vswH2, sgEAS), warnings: []string{"FewAddresses: up to 5"}},
		{name: "fewer than the instances", pairs: append(all(vswH2, sgEAS), "replicas", "3"), replies: []reply{switches}, code: "NoAddresses", exit: steps.ExitMissing, message: "fewer than the 3 instances"},

		{name: "foreign security group", pairs: all(vswH, sgB), replies: []reply{switches, groups}, code: "SecurityGroupMissing", exit: steps.ExitMissing, message: "it has " + sgEAS + ", " + sgWeb + " "},
		{name: "managed security group", pairs: all(vswH, sgElse), replies: []reply{switches, groups}, want: with(vswH, sgElse), warnings: []string{"SecurityGroupManaged: " + sgElse}},
		{name: "no security group", pairs: []string{"vpc-id", vpcA}, replies: []reply{switches, answer(groupsCall(vpcA), string(read(t, "DescribeSecurityGroups.empty.json")))}, code: "SecurityGroupMissing", exit: steps.ExitMissing, message: "(0 managed"},
		{name: "only managed", pairs: []string{"vpc-id", vpcA}, replies: []reply{switches, answer(groupsCall(vpcA), groupList(securityGroup{ID: sgElse, VPC: vpcA, Managed: true}))}, code: "SecurityGroupMissing", exit: steps.ExitMissing, message: "(1 managed"},
		{name: "one security group", pairs: []string{"vpc-id", vpcA}, replies: []reply{switches, answer(groupsCall(vpcA), groupList(securityGroup{ID: sgElse, VPC: vpcA, Managed: true}, securityGroup{ID: sgWeb, VPC: vpcA}))}, want: with(vswH, sgWeb)},
		{name: "none with eas in its name", pairs: []string{"vpc-id", vpcA}, replies: []reply{switches, answer(groupsCall(vpcA), groupList(securityGroup{ID: "sg-2"}, securityGroup{ID: "sg-1", Name: "web"}))}, want: with(vswH, "sg-1"), warnings: []string{"SecurityGroupChosen: sg-1 (web)"}},
		{name: "security group on page 2", pairs: all(vswH, sgWeb), want: with(vswH, sgWeb), replies: []reply{switches,
			answer(groupsCall(vpcA), `{"NextToken":"tok-2","SecurityGroups":{"SecurityGroup":[{"SecurityGroupId":"`+sgElse+`","ServiceManaged":true}]}}`),
			answer(groupsCall(vpcA)+" --NextToken tok-2", `{"NextToken":"","SecurityGroups":{"SecurityGroup":[{"SecurityGroupId":"`+sgWeb+`"}]}}`)}},
		{name: "own security group on page 2", pairs: []string{"vpc-id", vpcA}, want: with(vswH, sgWeb), replies: []reply{switches,
			answer(groupsCall(vpcA), `{"NextToken":"tok-2","SecurityGroups":{"SecurityGroup":[]}}`),
			answer(groupsCall(vpcA)+" --NextToken tok-2", `{"SecurityGroups":{"SecurityGroup":[{"SecurityGroupId":"`+sgWeb+`"}]}}`)},
			// An empty page with a token is not an end, but the pager takes it for one that repeats itself.
			skip: "an empty page with a NextToken fails the look-up"},

		// What is named is taken unchecked if it cannot be checked; what is not cannot be found.
		{name: "vswitches denied, named", pairs: all(vswI+","+vswH, sgWeb), replies: []reply{refusal(vswitchesCall(vpcA), forbidden), groups}, want: with(vswI+","+vswH, sgWeb), warnings: []string{"VSwitchesUnchecked: (Forbidden.RAM)"}},
		{name: "vswitches denied, not named", pairs: []string{"vpc-id", vpcA}, replies: []reply{refusal(vswitchesCall(vpcA), forbidden)}, code: "LookupFailed", exit: steps.ExitMissing, message: "the vswitches of " + vpcA + " could not be looked up: Forbidden.RAM"},
		{name: "vswitches unreadable", pairs: []string{"vpc-id", vpcA}, replies: []reply{answer(vswitchesCall(vpcA), `{"RequestId":"R-1"}`)}, code: "LookupFailed", exit: steps.ExitMissing, message: "the reply has no VSwitches list"},
		{name: "groups denied, named", pairs: all(vswH, sgWeb), replies: []reply{switches, refusal(groupsCall(vpcA), forbidden)}, want: with(vswH, sgWeb), warnings: []string{"SecurityGroupUnchecked: " + sgWeb + " is taken unchecked"}},
		{name: "groups denied, not named", pairs: []string{"vpc-id", vpcA}, replies: []reply{switches, refusal(groupsCall(vpcA), forbidden)}, code: "LookupFailed", exit: steps.ExitMissing, message: "the security groups of " + vpcA},
		{name: "vswitches broken", pairs: all(vswH, sgWeb), replies: []reply{broken(t, vswitchesCall(vpcA))}, code: "AliyunUnusable", exit: steps.ExitNoCLI},
		{name: "groups broken", pairs: all(vswH, sgWeb), replies: []reply{switches, broken(t, groupsCall(vpcA))}, code: "AliyunUnusable", exit: steps.ExitNoCLI},
	})
}

func TestResolveGateway(t *testing.T) {
	t.Parallel()
	const gw1, gw2, gw3 = "gw-synth000001", "gw-synth000002", "gw-synth000003"
	gateways := answer(gatewaysCall, string(read(t, "ListGateway.json")))
	one := answer(gatewaysCall, `{"TotalCount":1,"Gateways":[{"GatewayId":"`+gw1+`","Status":"Running"}]}`)
	described := answer(gatewayCall(gw1), string(read(t, "DescribeGateway.json")))
	documented := answer(gatewayCall(gw1), string(read(t, "DescribeGateway.seed-shape.json")))
	linked := answer(linkedCall(gw1), string(read(t, "ListGatewayIntranetLinkedVpc.json")))
	unlinked := answer(linkedCall(gw1), string(read(t, "ListGatewayIntranetLinkedVpc.empty.json")))
	twoVPCs := answer(linkedCall(gw1), linkedList(linkedVPC{vpcB, vswB, sgB, "Running"}, linkedVPC{vpcA, vswH, sgEAS, ""}, linkedVPC{vpcA, vswI, sgEAS, "Running"}, linkedVPC{vpcA, vswI, sgEAS, "Running"}))
	switches := answer(vswitchesCall(vpcA), string(read(t, "DescribeVSwitches.json")))
	switchesB := answer(vswitchesCall(vpcB), string(read(t, "DescribeVSwitches.json")))
	groups := answer(groupsCall(vpcA), string(read(t, "DescribeSecurityGroups.json")))
	groupsB := answer(groupsCall(vpcB), string(read(t, "DescribeSecurityGroups.json")))
	forbidden := string(read(t, "errors/forbidden.stderr"))
	flags := func(more ...string) []string { return append([]string{"network", "gateway"}, more...) }
	want := func(gateway, vswitches, group string) networking {
		return networking{Kind: "gateway", Gateway: gateway, VPC: vpcA, VSwitches: vswitches, SecurityGroup: group}
	}
	both := vswH + "," + vswI
	inB := networking{Kind: "gateway", Gateway: gw1, VPC: vpcB, VSwitches: vswB, SecurityGroup: sgB}
	resolveAll(t, []resolved{
		// The real replies tell the VPC only in the list of linked ones, with its security group.
		{name: "default", pairs: flags(), replies: []reply{gateways, described, linked, switches, groups}, want: want(gw1, both, sgEAS), warnings: []string{"GatewayChosen: of 2 running gateways " + gw1}},
		{name: "explicit", pairs: flags("gateway-id", gw3), want: want(gw3, both, sgEAS), replies: []reply{gateways, answer(gatewayCall(gw3), string(read(t, "DescribeGateway.json"))), answer(linkedCall(gw3), string(read(t, "ListGatewayIntranetLinkedVpc.json"))), switches, groups}},
		{name: "the only one", pairs: flags(), replies: []reply{one, described, linked, switches, groups}, want: want(gw1, both, sgEAS)},
		{name: "no default", pairs: flags(), want: want(gw1, both, sgEAS), warnings: []string{"GatewayChosen"}, replies: []reply{
			answer(gatewaysCall, `{"Gateways":[{"GatewayId":"`+gw3+`","Status":"Running"},{"GatewayId":"`+gw1+`","Status":"Running"}],"TotalCount":2}`), described, linked, switches, groups}},
		{name: "page 2", pairs: flags("gateway-id", gw1), want: want(gw1, both, sgEAS), replies: []reply{
			answer(gatewaysCall, `{"TotalCount":3,"PageSize":2,"Gateways":[{"GatewayId":"`+gw2+`","Status":"Creating"},{"GatewayId":"`+gw3+`","Status":"Running"}]}`),
			answer(gatewaysCall+" --page-size 2 --page-number 2", `{"TotalCount":3,"PageSize":2,"Gateways":[{"GatewayId":"`+gw1+`","Status":"Running"}]}`), described, linked, switches, groups}},
		{name: "missing", pairs: flags("gateway-id", "gw-none"), replies: []reply{gateways}, code: "GatewayMissing", exit: steps.ExitMissing, message: "it has " + strings.Join([]string{gw1, gw2, gw3}, ", ")},
		{name: "not running", pairs: flags("gateway-id", gw2), replies: []reply{gateways}, code: "GatewayNotReady", exit: steps.ExitMissing, message: gw2 + " is Creating"},
		{name: "none", pairs: flags(), replies: []reply{answer(gatewaysCall, string(read(t, "ListGateway.empty.json")))}, code: "GatewayMissing", exit: steps.ExitMissing, message: "(0 in all)"},
		{name: "none, one asked for", pairs: flags("gateway-id", gw1), replies: []reply{answer(gatewaysCall, string(read(t, "ListGateway.empty.json")))}, code: "GatewayMissing", exit: steps.ExitMissing, message: "it has none"},
		{name: "none running", pairs: flags(), replies: []reply{answer(gatewaysCall, `{"TotalCount":1,"Gateways":[{"GatewayId":"`+gw2+`","Status":"Creating","IsDefault":true}]}`)}, code: "GatewayMissing", exit: steps.ExitMissing, message: "(1 in all)"},
		// The documented shape tells the VPC at once, without a security group.
		{name: "documented shape", pairs: flags("gateway-id", gw1), replies: []reply{gateways, documented, switches, groups}, want: want(gw1, both, sgEAS), warnings: []string{"SecurityGroupChosen"}},
		{name: "documented shape, no vswitches", pairs: flags("gateway-id", gw1), want: want(gw1, both, sgEAS),
			replies: []reply{gateways, answer(gatewayCall(gw1), `{"GatewayId":"`+gw1+`","LoadBalancerList":[{"VpcId":"`+vpcA+`","VSwitchIds":","}]}`), linked, switches, groups}},
		{name: "other security group", pairs: flags("gateway-id", gw1, "security-group-id", sgWeb), replies: []reply{gateways, described, linked, switches, groups}, want: want(gw1, both, sgWeb)},
		{name: "other vswitch", pairs: flags("gateway-id", gw1, "vswitch-id", vswH2), replies: []reply{gateways, described, linked, switches, groups}, want: want(gw1, vswH2, sgEAS), warnings: []string{"VSwitchElsewhere: " + vswH2}},
		{name: "its vswitches are gone", pairs: flags("gateway-id", gw1), replies: []reply{gateways, described, answer(linkedCall(gw1), linkedList(linkedVPC{vpcA, "vsw-gone", sgEAS, "Running"})), switches, groups}, want: want(gw1, vswH, sgEAS)},
		{name: "its security group is gone", pairs: flags("gateway-id", gw1), replies: []reply{gateways, described, answer(linkedCall(gw1), linkedList(linkedVPC{vpcA, vswH, "sg-gone", "Running"})), switches, groups}, code: "SecurityGroupMissing", exit: steps.ExitMissing},
		{name: "vswitches denied", pairs: flags("gateway-id", gw1), replies: []reply{gateways, described, linked, refusal(vswitchesCall(vpcA), forbidden), groups}, want: want(gw1, both, sgEAS), warnings: []string{"VSwitchesUnchecked"}},

		{name: "linked to none", pairs: flags("gateway-id", gw1), replies: []reply{gateways, described, unlinked}, code: "GatewayNotLinked", exit: steps.ExitMissing},
		{name: "a link under way", pairs: flags("gateway-id", gw1), replies: []reply{gateways, described, answer(linkedCall(gw1), linkedList(linkedVPC{vpcA, vswH, sgEAS, "Creating"}))}, code: "GatewayNotLinked", exit: steps.ExitMissing},
		{name: "linked to none, VPC named", pairs: flags("gateway-id", gw1, "vpc-id", vpcA), replies: []reply{gateways, described, unlinked, switches, groups}, want: want(gw1, vswH, sgEAS), warnings: []string{"GatewayNotLinked: " + vpcA + " was taken as given", "SecurityGroupChosen"}},
		{name: "the VPC named", pairs: flags("gateway-id", gw1, "vpc-id", vpcA), replies: []reply{gateways, described, linked, switches, groups}, want: want(gw1, both, sgEAS)},
		{name: "another VPC named", pairs: flags("gateway-id", gw1, "vpc-id", vpcB), replies: []reply{gateways, described, linked}, code: "ForeignVPC", exit: steps.ExitMissing, message: "gateway " + gw1 + " belongs to " + vpcA + ", not to " + vpcB},
		{name: "another VPC named, documented shape", pairs: flags("gateway-id", gw1, "vpc-id", vpcB), replies: []reply{gateways, documented}, code: "ForeignVPC", exit: steps.ExitMissing},
		{name: "two VPCs", pairs: flags("gateway-id", gw1), replies: []reply{gateways, described, twoVPCs, switches, groups}, want: want(gw1, both, sgEAS), warnings: []string{"VPCChosen: " + vpcA + " was chosen"}},
		{name: "two VPCs, one named", pairs: flags("gateway-id", gw1, "vpc-id", vpcB), replies: []reply{gateways, described, twoVPCs, switchesB, groupsB}, want: inB},

		{name: "gateways denied", pairs: flags(), replies: []reply{refusal(gatewaysCall, forbidden)}, code: "LookupFailed", exit: steps.ExitMissing, message: "the dedicated gateways"},
		{name: "gateway denied", pairs: flags("gateway-id", gw1), replies: []reply{gateways, refusal(gatewayCall(gw1), forbidden)}, code: "LookupFailed", exit: steps.ExitMissing, message: "gateway " + gw1},
		{name: "linked denied", pairs: flags("gateway-id", gw1), replies: []reply{gateways, described, refusal(linkedCall(gw1), forbidden)}, code: "LookupFailed", exit: steps.ExitMissing, message: "the VPC of gateway " + gw1},
		{name: "linked denied, VPC named", pairs: flags("gateway-id", gw1, "vpc-id", vpcA), replies: []reply{gateways, described, refusal(linkedCall(gw1), forbidden), switches, groups}, want: want(gw1, vswH, sgEAS), warnings: []string{"GatewayUnchecked: (Forbidden.RAM)", "SecurityGroupChosen"}},
		{name: "gateways broken", pairs: flags(), replies: []reply{broken(t, gatewaysCall)}, code: "AliyunUnusable", exit: steps.ExitNoCLI},
		{name: "gateway broken", pairs: flags("gateway-id", gw1), replies: []reply{gateways, broken(t, gatewayCall(gw1))}, code: "AliyunUnusable", exit: steps.ExitNoCLI},
		{name: "linked broken", pairs: flags("gateway-id", gw1, "vpc-id", vpcA), replies: []reply{gateways, described, broken(t, linkedCall(gw1))}, code: "AliyunUnusable", exit: steps.ExitNoCLI},
		{name: "gateway-id without gateway", pairs: []string{"gateway-id", gw1, "network", "nlb"}, code: "Usage", exit: steps.ExitUsage},
	})
}

func TestResolveNLB(t *testing.T) {
	t.Parallel()
	vpcs := answer(vpcsCall, string(read(t, "DescribeVpcs.json")))
	oneVPC := answer(vpcsCall, `{"TotalCount":2,"Vpcs":{"Vpc":[{"VpcId":"`+vpcA+`","Status":"Available"},{"VpcId":"`+vpcB+`","Status":"Pending","IsDefault":true}]}}`)
	switches := answer(vswitchesCall(vpcA), string(read(t, "DescribeVSwitches.json")))
	groups := answer(groupsCall(vpcA), string(read(t, "DescribeSecurityGroups.json")))
	balanced := answer(ownCall, string(read(t, "GetLoadBalancerAttribute.json")))
	forbidden := string(read(t, "errors/forbidden.stderr"))
	flags := func(more ...string) []string { return append([]string{"network", "nlb"}, more...) }
	named := func(more ...string) []string {
		return append(flags("vpc-id", vpcA, "security-group-id", sgEAS), more...)
	}
	want := func(vswitches string, ports ...listener) networking {
		if ports == nil {
			ports = []listener{{ID: "default", Kind: "intranet"}}
		}
		return networking{Kind: "nlb", VPC: vpcA, VSwitches: vswitches, SecurityGroup: sgEAS, NLB: ports}
	}
	both := vswH + "," + vswI
	own := listener{ID: ownID}
	ambiguous := `{"TotalCount":2,"Vpcs":{"Vpc":[{"VpcId":"` + vpcA + `"},{"VpcId":"` + vpcB + `","Status":"Available"}]}}`
	resolveAll(t, []resolved{
		{name: "nothing given", pairs: flags(), replies: []reply{vpcs, switches, groups}, want: want(both), warnings: []string{"VPCChosen: of 2 VPCs the default one, " + vpcA, "SecurityGroupChosen"}},
		{name: "one VPC", pairs: flags("security-group-id", sgEAS), replies: []reply{oneVPC, switches, groups}, want: want(both)},
		{name: "no VPC", pairs: flags(), replies: []reply{answer(vpcsCall, string(read(t, "DescribeVpcs.empty.json")))}, code: "VPCMissing", exit: steps.ExitMissing, message: "there is no VPC in cn-hangzhou"},
		{name: "several and no default", pairs: flags(), replies: []reply{answer(vpcsCall, ambiguous)}, code: "VPCAmbiguous", exit: steps.ExitChoice, message: "there are 2 VPCs and none is the default: " + vpcA + ", " + vpcB},
		{name: "a VPC named", pairs: named(), replies: []reply{switches, groups}, want: want(both)},
		{name: "ports", pairs: named("nlb-port", "9000", "nlb-port", "9001", "nlb-net", "internet"), replies: []reply{switches, groups}, want: want(both, listener{"default", "9000", "internet"}, listener{"default", "9001", "internet"})},
		{name: "the system's by name", pairs: named("nlb-id", "default"), replies: []reply{switches, groups}, want: want(both)},
		{name: "VPCs on two pages", pairs: flags("security-group-id", sgEAS), want: want(both), warnings: []string{"VPCChosen"}, replies: []reply{
			answer(vpcsCall, `{"TotalCount":2,"PageSize":1,"Vpcs":{"Vpc":[{"VpcId":"`+vpcB+`"}]}}`),
			answer(vpcsCall+" --PageNumber 2", `{"TotalCount":2,"PageSize":1,"Vpcs":{"Vpc":[{"VpcId":"`+vpcA+`","IsDefault":true}]}}`), switches, groups}},

		{name: "one zone only", pairs: named(), replies: []reply{answer(vswitchesCall(vpcA), string(read(t, "DescribeVSwitches.one-zone.json")))}, code: "OneZone", exit: steps.ExitMissing, message: "lie in cn-hangzhou-h"},
		{name: "user's in one zone", pairs: named("vswitch-id", vswH+","+vswH2), replies: []reply{switches}, code: "OneZone", exit: steps.ExitMissing},
		{name: "user's in two zones", pairs: named("vswitch-id", vswI+","+vswH2), replies: []reply{switches, groups}, want: want(vswI + "," + vswH2)},
		{name: "user's one", pairs: named("vswitch-id", vswI), replies: []reply{switches}, code: "OneZone", exit: steps.ExitMissing},
		{name: "two zones, one full", pairs: named(), replies: []reply{answer(vswitchesCall(vpcA), vswitchList(vswitch{ID: vswH, Zone: "h", Free: 9}, vswitch{ID: vswJ, Zone: "j"}))}, code: "OneZone", exit: steps.ExitMissing, message: "lie in h"},
		{name: "user's are full", pairs: named("vswitch-id", "vsw-1,vsw-2"), replies: []reply{answer(vswitchesCall(vpcA), vswitchList(vswitch{ID: "vsw-1", Zone: "h"}, vswitch{ID: "vsw-2", Zone: "i"}))},
			code: "NoAddresses", exit: steps.ExitMissing, message: "0 addresses left", warnings: []string{"VSwitchFull: vsw-1", "VSwitchFull: vsw-2"}},
		{name: "all are full", pairs: named(), replies: []reply{answer(vswitchesCall(vpcA), vswitchList(vswitch{ID: "vsw-1", Zone: "h"}, vswitch{ID: "vsw-2", Zone: "i"}))},
			code: "NoAddresses", exit: steps.ExitMissing, message: "0 addresses left", warnings: []string{"VSwitchFull: vsw-1", "VSwitchFull: vsw-2"},
			skip: "two full vswitches in two zones are called OneZone, with addresses left in the first"},
		{name: "fewer than peak", pairs: named("replicas", "3"), replies: []reply{answer(vswitchesCall(vpcA), vswitchList(vswitch{ID: vswH, Zone: "h", Free: 2}, vswitch{ID: vswI, Zone: "i", Free: 1})), groups}, want: want(both), warnings: []string{"FewAddresses: have 3 addresses left; with scaling and an update under way up to 4"}},
		{name: "vswitches denied, two named", pairs: named("vswitch-id", both), replies: []reply{refusal(vswitchesCall(vpcA), forbidden), groups}, want: want(both), warnings: []string{"VSwitchesUnchecked"}},
		{name: "vswitches denied, one named", pairs: named("vswitch-id", vswH), replies: []reply{refusal(vswitchesCall(vpcA), forbidden)}, code: "LookupFailed", exit: steps.ExitMissing},

		{name: "own", pairs: flags("nlb-id", ownID, "security-group-id", sgEAS), replies: []reply{balanced, switches, groups}, want: want(both, own)},
		{name: "own, ports", pairs: flags("nlb-id", ownID, "security-group-id", sgEAS, "nlb-port", "9000"), replies: []reply{balanced, switches, groups}, want: want(both, listener{ID: ownID, Port: "9000"})},
		{name: "own, upstream spelling", pairs: flags("nlb-id", ownID, "security-group-id", sgEAS), replies: []reply{answer(ownCall, string(read(t, "GetLoadBalancerAttribute.upstream-shape.json"))), switches, groups}, want: want(both, own)},
		{name: "own and its VPC", pairs: named("nlb-id", ownID), replies: []reply{balanced, switches, groups}, want: want(both, own)},
		{name: "own and other vswitches", pairs: named("nlb-id", ownID, "vswitch-id", vswI+","+vswH2), replies: []reply{balanced, switches, groups}, want: want(vswI+","+vswH2, own), warnings: []string{"VSwitchElsewhere: " + vswH2}},
		{name: "own, Provisioning", pairs: flags("nlb-id", ownID), replies: []reply{answer(ownCall, strings.Replace(string(read(t, "GetLoadBalancerAttribute.json")), `"LoadBalancerStatus": "Active"`, `"LoadBalancerStatus": "Provisioning"`, 1))}, code: "NLBNotReady", exit: steps.ExitMissing, message: "is Provisioning"},
		{name: "own, without VPC", pairs: flags("nlb-id", ownID), replies: []reply{answer(ownCall, `{"LoadBalancerId":"`+ownID+`","LoadBalancerStatus":"Active"}`)}, code: "NLBWithoutVPC", exit: steps.ExitMissing},
		{name: "own, another VPC", pairs: flags("nlb-id", ownID, "vpc-id", vpcB), replies: []reply{balanced}, code: "ForeignVPC", exit: steps.ExitMissing, message: "NLB " + ownID + " belongs to " + vpcA},
		{name: "own, in one zone", pairs: flags("nlb-id", ownID), replies: []reply{answer(ownCall, `{"LoadBalancerId":"`+ownID+`","LoadBalancerStatus":"Active","VpcId":"`+vpcA+`","ZoneMappings":[{"VSwitchId":"`+vswH+`"}]}`), switches}, code: "OneZone", exit: steps.ExitMissing},
		{name: "own, denied", pairs: flags("nlb-id", ownID), replies: []reply{refusal(ownCall, forbidden)}, code: "LookupFailed", exit: steps.ExitMissing, message: "NLB " + ownID},
		{name: "own, nlb-net", pairs: flags("nlb-id", ownID, "nlb-net", "internet"), code: "Usage", exit: steps.ExitUsage},
		{name: "VPCs denied", pairs: flags(), replies: []reply{refusal(vpcsCall, forbidden)}, code: "LookupFailed", exit: steps.ExitMissing, message: "a VPC could not be looked up"},
		{name: "own, broken", pairs: flags("nlb-id", ownID), replies: []reply{broken(t, ownCall)}, code: "AliyunUnusable", exit: steps.ExitNoCLI},
		{name: "VPCs broken", pairs: flags(), replies: []reply{broken(t, vpcsCall)}, code: "AliyunUnusable", exit: steps.ExitNoCLI},
	})
}

// TestVPCChoices: what to choose from is in the report, for whoever has to choose.
func TestVPCChoices(t *testing.T) {
	t.Parallel()
	r := run{values: given("region", "cn-hangzhou", "network", "nlb"), runner: cli(t, answer(vpcsCall, `{"TotalCount":2,"Vpcs":{"Vpc":[{"VpcId":"vpc-1","VpcName":"one"},{"VpcId":"vpc-2"}]}}`))}
	report := r.do(t, func(ctx context.Context, env *steps.Env) error {
		_, err := runNetwork(ctx, env)
		return err
	})
	same(t, report.Fault.Choices, any([]vpc{{ID: "vpc-1", Name: "one"}, {ID: "vpc-2"}}))
	if !strings.Contains(report.Fault.Hints[0], "aligate eas network --vpc-id vpc-1") {
		t.Errorf("got %v", report.Fault.Hints)
	}
}

func TestResolveResource(t *testing.T) {
	t.Parallel()
	resources := answer(resourcesCall, string(read(t, "ListResources.json")))
	forbidden := string(read(t, "errors/forbidden.stderr"))
	const python = registry + "python-inference:py39-ubuntu2004"
	flags := func(resource, image string, more ...string) []string {
		return append([]string{"resource", resource, "image", image}, more...)
	}
	want := func(id string) networking { return networking{Kind: "shared", Resource: id} }
	chosen := func(id string) []string { return []string{"ResourceChosen: of 2 dedicated resource groups " + id} }
	resolveAll(t, []resolved{
		{name: "explicit", pairs: flags(gpuRes, "vllm"), replies: []reply{resources}, want: want(gpuRes)},
		{name: "explicit without GPU", pairs: flags(cpuRes, python), replies: []reply{resources}, want: want(cpuRes)},
		{name: "dedicated", pairs: flags("dedicated", python), replies: []reply{resources}, want: want(gpuRes), warnings: chosen(gpuRes)},
		{name: "dedicated, vllm", pairs: flags("dedicated", "vllm"), replies: []reply{resources}, want: want(gpuRes)},
		{name: "dedicated, vllm in the command", pairs: flags("dedicated", python, "command", "vllm serve /model_dir"), replies: []reply{resources}, want: want(gpuRes)},
		{name: "dedicated, --gpu", pairs: flags("dedicated", python, "gpu", "1"), replies: []reply{resources}, want: want(gpuRes)},
		{name: "dedicated, --gpu 0", pairs: flags("dedicated", python, "gpu", "0"), replies: []reply{resources}, want: want(gpuRes), warnings: chosen(gpuRes)},
		{name: "dedicated, CPU image", pairs: flags("dedicated", registry+"pytorch-inference:2.5.1-cpu-py310"), replies: []reply{resources}, want: want(cpuRes), warnings: chosen(cpuRes)},
		{name: "dedicated, CPU in words", pairs: flags("dedicated", "pytorch cpu"), replies: []reply{resources}, want: want(cpuRes), warnings: chosen(cpuRes)},
		{name: "dedicated, more that is free", pairs: flags("dedicated", python), want: want("eas-r-2"), warnings: chosen("eas-r-2"), replies: []reply{answer(resourcesCall,
			`{"TotalCount":2,"Resources":[{"ResourceId":"eas-r-1","ResourceType":"Dedicated","Status":"ResourceReady","GpuCount":8,"GpuUsed":8},{"ResourceId":"eas-r-2","ResourceType":"Dedicated","Status":"ResourceReady","GpuCount":1}]}`)}},
		{name: "page 2", pairs: flags("eas-r-2", python), want: want("eas-r-2"), replies: []reply{
			answer(resourcesCall, `{"TotalCount":2,"PageSize":1,"Resources":[{"ResourceId":"eas-r-1"}]}`),
			answer(resourcesCall+" --page-size 1 --page-number 2", `{"TotalCount":2,"PageSize":1,"Resources":[{"ResourceId":"eas-r-2","ResourceType":"Dedicated","Status":"ResourceReady"}]}`)}},
		{name: "missing", pairs: flags("eas-r-none", "vllm"), replies: []reply{resources}, code: "ResourceMissing", exit: steps.ExitMissing, message: "dedicated and ready are " + gpuRes + ", " + cpuRes + " "},
		{name: "not ready", pairs: flags("eas-r-synthded0002", "vllm"), replies: []reply{resources}, code: "ResourceNotReady", exit: steps.ExitMissing, message: "is Dedicated and ResourceCreating"},
		{name: "not dedicated", pairs: flags("eas-r-synthself001", "vllm"), replies: []reply{resources}, code: "ResourceNotReady", exit: steps.ExitMissing, message: "is SelfManaged"},
		{name: "none ready", pairs: flags("dedicated", python), replies: []reply{answer(resourcesCall, string(read(t, "ListResources.none-ready.json")))}, code: "ResourceMissing", exit: steps.ExitMissing, message: "(2 resource groups in all)"},
		{name: "none", pairs: flags("dedicated", python), replies: []reply{answer(resourcesCall, string(read(t, "ListResources.empty.json")))}, code: "ResourceMissing", exit: steps.ExitMissing, message: "(0 resource groups in all)"},
		{name: "none with a GPU", pairs: flags("dedicated", "vllm"), replies: []reply{answer(resourcesCall, `{"TotalCount":1,"Resources":[{"ResourceId":"eas-r-1","ResourceType":"Dedicated","Status":"ResourceReady","CpuCount":8}]}`)}, code: "ResourceMissing", exit: steps.ExitMissing, message: "that is ready and has a GPU"},
		{name: "without GPU for vllm", pairs: flags(cpuRes, "vllm"), replies: []reply{resources}, code: "ResourceWithoutGPU", exit: steps.ExitMissing},
		{name: "limits kept", pairs: flags(gpuRes, "vllm", "cpu", "16", "memory", "61440", "gpu", "1"), replies: []reply{resources}, want: want(gpuRes)},
		{name: "too small", pairs: flags(gpuRes, "vllm", "cpu", "17", "memory", "61441", "gpu", "2"), replies: []reply{resources}, want: want(gpuRes),
			warnings: []string{"ResourceTooSmall: --cpu 17 is more than the 16", "ResourceTooSmall: --memory 61441 is more than the 61440", "ResourceTooSmall: --gpu 2 is more than the 1"}},
		{name: "no limits told", pairs: flags("eas-r-1", python, "cpu", "500"), want: want("eas-r-1"), replies: []reply{answer(resourcesCall, `{"TotalCount":1,"Resources":[{"ResourceId":"eas-r-1","ResourceType":"Dedicated","Status":"ResourceReady"}]}`)}},
		{name: "with a VPC", pairs: flags(gpuRes, "vllm", "vpc-id", vpcA, "vswitch-id", vswH, "security-group-id", sgEAS), want: networking{Kind: "shared", Resource: gpuRes, VPC: vpcA, VSwitches: vswH, SecurityGroup: sgEAS},
			replies: []reply{resources, answer(vswitchesCall(vpcA), string(read(t, "DescribeVSwitches.json"))), answer(groupsCall(vpcA), string(read(t, "DescribeSecurityGroups.json")))}},
		{name: "denied", pairs: flags(gpuRes, "vllm"), replies: []reply{refusal(resourcesCall, forbidden)}, code: "LookupFailed", exit: steps.ExitMissing, message: "the dedicated resource groups"},
		{name: "broken", pairs: flags(gpuRes, "vllm"), replies: []reply{broken(t, resourcesCall)}, code: "AliyunUnusable", exit: steps.ExitNoCLI},
	})
}

// TestResolveInternet is rule R62: a command that fetches something needs a way out of its VPC.
func TestResolveInternet(t *testing.T) {
	t.Parallel()
	const nat = "ngw-synth00000001"
	switches := answer(vswitchesCall(vpcA), string(read(t, "DescribeVSwitches.json")))
	groups := answer(groupsCall(vpcA), string(read(t, "DescribeSecurityGroups.json")))
	nats := answer(natsCall(vpcA), string(read(t, "DescribeNatGateways.json")))
	entries := answer(entriesCall(nat), string(read(t, "DescribeSnatTableEntries.json")))
	entry := func(source, status string) reply {
		return answer(entriesCall(nat), `{"TotalCount":1,"SnatTableEntries":{"SnatTableEntry":[{"SnatEntryId":"snat-1",`+source+`,"SnatIp":"198.51.100.23","Status":"`+status+`"}]}}`)
	}
	forbidden := string(read(t, "errors/forbidden.stderr"))
	const pip = "pip install -r /code/requirements.txt && python /code/app.py"
	flags := func(vswitch, command string) []string {
		return []string{"vpc-id", vpcA, "vswitch-id", vswitch, "security-group-id", sgEAS, "command", command}
	}
	want := func(vswitches string) networking {
		return networking{Kind: "shared", VPC: vpcA, VSwitches: vswitches, SecurityGroup: sgEAS}
	}
	resolveAll(t, []resolved{
		{name: "no VPC", pairs: []string{"command", pip}, want: networking{Kind: "shared"}}, // the rule of the file says so
		{name: "needs nothing", pairs: flags(vswH, "python /code/app.py"), replies: []reply{switches, groups}, want: want(vswH)},
		// The NAT gateway that is not of the Internet is not asked.
		{name: "entry of the vswitch", pairs: flags(vswH, pip), replies: []reply{switches, groups, nats, entries}, want: want(vswH)},
		{name: "no entry", pairs: flags(vswI, pip), replies: []reply{switches, groups, nats, entries}, want: want(vswI), warnings: []string{"NoEgress: (pip install), but vswitch " + vswI}},
		{name: "entry of one of two", pairs: flags(vswH+","+vswI, pip), replies: []reply{switches, groups, nats, entries}, want: want(vswH + "," + vswI), warnings: []string{"NoEgress: " + vswI}},
		{name: "entry Pending", pairs: flags(vswH2, pip), replies: []reply{switches, groups, nats, entries}, want: want(vswH2), warnings: []string{"NoEgress: " + vswH2}},
		{name: "entry of the vswitch Pending", pairs: flags(vswI, pip), replies: []reply{switches, groups, nats, entry(`"SourceVSwitchId":"`+vswI+`"`, "Pending")}, want: want(vswI), warnings: []string{"NoEgress"}},
		{name: "CIDR around it", pairs: flags(vswI, pip), replies: []reply{switches, groups, nats, entry(`"SourceCIDR":"192.168.0.0/16"`, "Available")}, want: want(vswI)},
		{name: "CIDR of a part of it", pairs: flags(vswI, pip), replies: []reply{switches, groups, nats, entry(`"SourceCIDR":"192.168.20.0/25"`, "Available")}, want: want(vswI), warnings: []string{"NoEgress"}},
		{name: "entry on page 2", pairs: flags(vswI, pip), want: want(vswI), replies: []reply{switches, groups, nats,
			answer(entriesCall(nat), `{"TotalCount":2,"PageSize":1,"SnatTableEntries":{"SnatTableEntry":[{"SnatEntryId":"snat-1","SourceVSwitchId":"`+vswH+`","SnatIp":"198.51.100.23","Status":"Available"}]}}`),
			answer(entriesCall(nat)+" --PageNumber 2", `{"TotalCount":2,"PageSize":1,"SnatTableEntries":{"SnatTableEntry":[{"SnatEntryId":"snat-2","SourceVSwitchId":"`+vswI+`","SnatIp":"198.51.100.23","Status":"Available"}]}}`)}},
		{name: "no NAT gateway", pairs: flags(vswH, pip), replies: []reply{switches, groups, answer(natsCall(vpcA), listOf("NatGateways", "NatGateway", nil))}, want: want(vswH), warnings: []string{"NoEgress"}},
		{name: "NAT gateway Creating", pairs: flags(vswH, pip), replies: []reply{switches, groups, answer(natsCall(vpcA), listOf("NatGateways", "NatGateway", []map[string]any{{"NatGatewayId": nat, "Status": "Creating"}}))}, want: want(vswH), warnings: []string{"NoEgress"}},
		{name: "NAT gateways denied", pairs: flags(vswH, pip), replies: []reply{switches, groups, refusal(natsCall(vpcA), forbidden)}, want: want(vswH), warnings: []string{"EgressUnchecked: (Forbidden.RAM)"}},
		{name: "entries denied", pairs: flags(vswH, pip), replies: []reply{switches, groups, nats, refusal(entriesCall(nat), forbidden)}, want: want(vswH), warnings: []string{"EgressUnchecked"}},
		{name: "vswitches denied", pairs: flags(vswH, pip), replies: []reply{refusal(vswitchesCall(vpcA), forbidden), groups}, want: want(vswH), warnings: []string{"VSwitchesUnchecked"}},
		{name: "NAT gateways broken", pairs: flags(vswH, pip), replies: []reply{switches, groups, broken(t, natsCall(vpcA))}, code: "AliyunUnusable", exit: steps.ExitNoCLI, skip: "a broken configuration is a warning here"},
		{name: "entries broken", pairs: flags(vswH, pip), replies: []reply{switches, groups, nats, broken(t, entriesCall(nat))}, code: "AliyunUnusable", exit: steps.ExitNoCLI, skip: "a broken configuration is a warning here"},
	})
}

func TestReplicas(t *testing.T) {
	t.Parallel()
	file := func(content string) string {
		path := filepath.Join(t.TempDir(), "base.json")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	scaled := file(`{"metadata": {"instance": 3, "rolling_strategy": {"max_surge": 2}}, "autoscaler": {"min": 1, "max": 8}}`)
	for _, c := range []struct {
		pairs       []string
		least, most int
	}{
		{nil, 1, 2},
		{[]string{"replicas", "4"}, 4, 5},
		{[]string{"replicas", "x"}, 1, 2},
		{[]string{"autoscaler", "min=1,max=6,qps=20"}, 1, 7},
		// A scaler that ends below the instances there are does not take any of them away for an update.
		{[]string{"replicas", "5", "autoscaler", "min=1,max=2,qps=20"}, 5, 6},
		{[]string{"autoscaler", "nonsense"}, 1, 2},
		{[]string{"from", scaled}, 3, 10},
		{[]string{"from", scaled, "replicas", "12"}, 12, 14},
		// The flag stands in the place of the file's scaler.
		{[]string{"from", scaled, "autoscaler", "min=1,max=4,qps=20"}, 3, 6},
		{[]string{"from", file(`{"metadata": {"rolling_strategy": {"max_surge": "20%"}}}`)}, 1, 2},
		{[]string{"from", file(`{"autoscaler": {"max": "5"}}`)}, 1, 2}, // --from refuses the file
		{[]string{"from", file(`{`)}, 1, 2},
		{[]string{"from", "nosuch.json", "replicas", "2"}, 2, 3},
	} {
		if least, most := replicas(values(c.pairs...)); least != c.least || most != c.most {
			t.Errorf("%v: got %d, %d; want %d, %d", c.pairs, least, most, c.least, c.most)
		}
	}
}

func TestCovers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		outer, inner string
		want         bool
	}{
		{"192.168.10.0/24", "192.168.10.0/24", true},
		{"192.168.0.0/16", "192.168.10.0/24", true},
		{"0.0.0.0/0", "192.168.10.0/24", true},
		{"192.168.10.0/25", "192.168.10.0/24", false},
		{"192.168.10.128/25", "192.168.10.0/24", false},
		{"192.168.11.0/24", "192.168.10.0/24", false},
		{"10.0.0.0/8", "192.168.10.0/24", false},
		{"192.168.10.7/16", "192.168.10.0/24", true}, // the bits of the host say nothing
		{"::/0", "192.168.10.0/24", false},
		{"2001:db8::/32", "2001:db8:1::/48", true},
		{"", "192.168.10.0/24", false},
		{"192.168.0.0/16", "", false},
		{"", "", false},
		{"192.168.10.1", "192.168.10.1/32", false},
		{"nonsense", "192.168.10.0/24", false},
	} {
		if got := covers(c.outer, c.inner); got != c.want {
			t.Errorf("%q, %q: got %t", c.outer, c.inner, got)
		}
	}
}

func TestIDsOf(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{0: "none", 1: "v0", 8: "v0, v1, v2, v3, v4, v5, v6, v7", 10: "v0, v1, v2, v3, v4, v5, v6, v7, and 2 more"} {
		var rows []vpc
		for i := range n {
			rows = append(rows, vpc{ID: fmt.Sprintf("v%d", i)})
		}
		if got := idsOf(rows, func(v vpc) string { return v.ID }); got != want {
			t.Errorf("%d: got %q, want %q", n, got, want)
		}
	}
}

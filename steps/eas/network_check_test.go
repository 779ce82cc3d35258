package eas

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"aligate/runner"
	"aligate/steps"
)

// use runs a tool as the engine does, outside any run.
func use(t *testing.T, tool steps.Tool, r runner.Runner, args []string, pairs ...string) steps.Report {
	t.Helper()
	params := append([]steps.Param{}, Workflow.Params...)
	for i := range params {
		params[i].Required, params[i].Check = false, nil
	}
	e := &steps.Engine{
		Workflow: &steps.Workflow{Name: "eas", Params: params, Derive: derive, Tools: []steps.Tool{tool}}, Store: &steps.Store{Dir: t.TempDir()}, Runner: r,
		Progress: silent{}, Clock: func() time.Time { return midday }, Rand: strings.NewReader("run"), Redactor: &runner.Redactor{},
	}
	return e.Tool(t.Context(), tool.Name, given(pairs...), args)
}

func dlinkCall(resource string) string {
	return "eas DescribeResourceDLink --region cn-hangzhou --ClusterId cn-hangzhou --ResourceId " + resource + " --user-agent " + ua
}

// inVPC is a service.json in a VPC; more goes into its metadata.
func inVPC(vpc, vswitches, group, more string) string {
	return `{"metadata": {"name": "x", "instance": 2` + more + `}, "cloud": {"networking": {"vpc_id": "` + vpc + `", "vswitch_id": "` + vswitches + `", "security_group_id": "` + group + `"}}}`
}

func TestNetworkCheck(t *testing.T) {
	t.Parallel()
	const nat, eip = "ngw-synth00000001", "198.51.100.23"
	switches := answer(vswitchesCall(vpcA), string(read(t, "DescribeVSwitches.json")))
	switchesB := answer(vswitchesCall(vpcB), string(read(t, "DescribeVSwitches.json")))
	groups := answer(groupsCall(vpcA), string(read(t, "DescribeSecurityGroups.json")))
	groupsB := answer(groupsCall(vpcB), string(read(t, "DescribeSecurityGroups.json")))
	nats := answer(natsCall(vpcA), string(read(t, "DescribeNatGateways.json")))
	noNATs := answer(natsCall(vpcA), listOf("NatGateways", "NatGateway", nil))
	noNATsB := answer(natsCall(vpcB), listOf("NatGateways", "NatGateway", nil))
	entries := answer(entriesCall(nat), string(read(t, "DescribeSnatTableEntries.json")))
	linked := answer(dlinkCall("eas-r-1"), string(read(t, "DescribeResourceDLink.json")))
	unlinked := answer(dlinkCall("eas-r-1"), `{"RequestId":"R-1"}`)
	forbidden := string(read(t, "errors/forbidden.stderr"))
	// runs is a reply of DescribeService for what the service runs with.
	runs := func(resource, config string) reply {
		return answer(describeCall("qwen_demo"), `{"ServiceName":"qwen_demo","Resource":"`+resource+`","ServiceConfig":"`+strings.ReplaceAll(config, `"`, `\"`)+`"}`)
	}
	service := []string{"service-name", "qwen_demo"}
	h := vswitchFacts{ID: vswH, Zone: "cn-hangzhou-h", CIDR: "192.168.10.0/24", Free: 248, EIPs: []string{eip}}
	closed := h
	closed.EIPs = []string{}
	i := vswitchFacts{ID: vswI, Zone: "cn-hangzhou-i", CIDR: "192.168.20.0/24", Free: 199, EIPs: []string{}}
	j := vswitchFacts{ID: vswJ, Zone: "cn-hangzhou-j", CIDR: "192.168.30.0/28", EIPs: []string{}}
	b := vswitchFacts{ID: vswB, Zone: "cn-hangzhou-h", CIDR: "10.1.0.0/24", Free: 240, EIPs: []string{}}
	// facts are those of a service of two instances in vpcA; each case changes what differs.
	facts := func(change func(*networkFacts)) *networkFacts {
		f := &networkFacts{Source: "service", VPC: vpcA, VSwitches: []vswitchFacts{h}, SecurityGroup: sgEAS, Internet: "yes", EIPs: []string{eip},
			Instances: 2, Most: 3, Free: 248, Problems: []string{}}
		if change != nil {
			change(f)
		}
		return f
	}
	for _, c := range []struct {
		name     string
		pairs    []string
		file     string // named as the argument, unless empty
		replies  []reply
		want     *networkFacts // Name is filled in; nil if there are none
		text     []string      // lines, blanks between columns taken together
		warnings []string
		code     string
		exit     steps.ExitCode
		message  string
		skip     string
	}{
		{name: "file", file: inVPC(vpcA, vswH, sgEAS, ""), replies: []reply{switches, groups, nats, entries}, want: facts(nil), text: []string{
			"NAME is attached to " + vpcA,
			"",
			"security group " + sgEAS,
			"addresses 248 left; needed are 2, and up to 3 while it scales or is updated",
			"Internet yes, through " + eip,
			"whitelist elsewhere " + eip,
			"whitelist in the VPC 192.168.10.0/24 or " + sgEAS + "; never the address of an instance",
			"",
			"VSWITCH ZONE CIDR ADDRESSES LEFT INTERNET THROUGH",
			vswH + " cn-hangzhou-h 192.168.10.0/24 248 " + eip,
			"",
		}},
		{name: "file, scaling", file: strings.Replace(inVPC(vpcA, vswH, sgEAS, `, "rolling_strategy": {"max_surge": 2}`), `"cloud"`, `"autoscaler": {"min": 1, "max": 7}, "cloud"`, 1),
			replies: []reply{switches, groups, nats, entries}, want: facts(func(f *networkFacts) { f.Most = 9 })},
		{name: "partly", file: inVPC(vpcA, vswH+", "+vswI, sgEAS, ""), replies: []reply{switches, groups, nats, entries},
			want: facts(func(f *networkFacts) { f.VSwitches, f.Free, f.Internet = []vswitchFacts{h, i}, 447, "partly" }),
			text: []string{"Internet partly, through " + eip, vswI + " cn-hangzhou-i 192.168.20.0/24 199"}},
		{name: "no way out", file: inVPC(vpcA, vswI, sgEAS, ""), replies: []reply{switches, groups, nats, entries},
			want: facts(func(f *networkFacts) {
				f.VSwitches, f.Free, f.Internet, f.EIPs = []vswitchFacts{i}, 199, "no", []string{}
			}),
			text: []string{"Internet no: no NAT gateway with an SNAT entry for its vswitches"}},
		{name: "no NAT gateway", file: inVPC(vpcA, vswH, sgEAS, ""), replies: []reply{switches, groups, noNATs},
			want: facts(func(f *networkFacts) { f.VSwitches, f.Internet, f.EIPs = []vswitchFacts{closed}, "no", []string{} })},
		{name: "NAT gateways denied", file: inVPC(vpcA, vswH, sgEAS, ""), replies: []reply{switches, groups, refusal(natsCall(vpcA), forbidden)},
			want: facts(func(f *networkFacts) {
				f.VSwitches, f.Internet, f.EIPs = []vswitchFacts{closed}, "unknown", []string{}
			}),
			text: []string{"Internet unknown"}, warnings: []string{"EgressUnchecked: (Forbidden.RAM)"}},
		{name: "entries denied", file: inVPC(vpcA, vswH, sgEAS, ""), replies: []reply{switches, groups, nats, refusal(entriesCall(nat), forbidden)},
			want: facts(func(f *networkFacts) {
				f.VSwitches, f.Internet, f.EIPs = []vswitchFacts{closed}, "unknown", []string{}
			}), warnings: []string{"EgressUnchecked"}},
		{name: "managed security group", file: inVPC(vpcA, vswH, sgElse, ""), replies: []reply{switches, groups, nats, entries},
			want: facts(func(f *networkFacts) { f.SecurityGroup = sgElse }), warnings: []string{"SecurityGroupManaged: " + sgElse}},
		{name: "groups denied", file: inVPC(vpcA, vswH, sgEAS, ""), replies: []reply{switches, refusal(groupsCall(vpcA), forbidden), nats, entries}, want: facts(nil), warnings: []string{"SecurityGroupUnchecked"}},

		// Whose VPC counts: the service's, else that of its resource group.
		{name: "service", pairs: service, replies: []reply{runs("", inVPC(vpcA, vswH, sgEAS, "")), switches, groups, nats, entries}, want: facts(nil)},
		{name: "service, documented shape", pairs: service, want: facts(nil), replies: []reply{
			answer(describeCall("qwen_demo"), `{"Service":{"ServiceName":"qwen_demo","ServiceConfig":"`+strings.ReplaceAll(inVPC(vpcA, vswH, sgEAS, ""), `"`, `\"`)+`"}}`), switches, groups, nats, entries}},
		{name: "resource group", pairs: service, replies: []reply{runs("eas-r-1", `{"metadata": {"instance": 2}}`), linked, switches, groups, nats, entries},
			want: facts(func(f *networkFacts) {
				f.Source, f.Resource, f.ResourceVPC, f.VSwitches, f.Free, f.Internet = "resource group", "eas-r-1", vpcA, []vswitchFacts{h, i}, 447, "partly"
			}), text: []string{"NAME is attached to " + vpcA + " by its resource group", "resource group eas-r-1; its VPC counts, the service has none of its own"}},
		{name: "resource group of a file", file: `{"metadata": {"instance": 2, "resource": "eas-r-1"}}`, replies: []reply{linked, switches, groups, nats, entries},
			want: facts(func(f *networkFacts) {
				f.Source, f.Resource, f.ResourceVPC, f.VSwitches, f.Free, f.Internet = "resource group", "eas-r-1", vpcA, []vswitchFacts{h, i}, 447, "partly"
			})},
		{name: "both", pairs: service, replies: []reply{runs("eas-r-1", inVPC(vpcB, vswB, sgB, "")), linked, switchesB, groupsB, noNATsB},
			want: facts(func(f *networkFacts) {
				f.Resource, f.ResourceVPC, f.VPC, f.VSwitches, f.SecurityGroup, f.Free, f.Internet, f.EIPs = "eas-r-1", vpcA, vpcB, []vswitchFacts{b}, sgB, 240, "no", []string{}
			}), text: []string{"resource group eas-r-1; its own VPC " + vpcA + " does not count, the service's does"}},
		{name: "resource group without VPC", pairs: service, replies: []reply{runs("eas-r-1", inVPC(vpcA, vswH, sgEAS, "")), unlinked, switches, groups, nats, entries},
			want: facts(func(f *networkFacts) { f.Resource = "eas-r-1" }), text: []string{"resource group eas-r-1, attached to no VPC"}},
		{name: "none", pairs: service, replies: []reply{runs("", `{"metadata": {"instance": 2}}`)}, want: &networkFacts{Source: "none", VSwitches: []vswitchFacts{}, Internet: "no", EIPs: []string{}, Instances: 2, Most: 3, Problems: []string{}},
			text: []string{"NAME is attached to no VPC", "", "Internet no way there; attach a VPC that has a NAT gateway, or read from OSS of the same region", ""}},
		{name: "none, and none of the resource group", file: `{"metadata": {"resource": "eas-r-1"}}`, replies: []reply{unlinked},
			want: &networkFacts{Source: "none", Resource: "eas-r-1", VSwitches: []vswitchFacts{}, Internet: "no", EIPs: []string{}, Instances: 1, Most: 2, Problems: []string{}}, text: []string{"resource group eas-r-1, attached to no VPC"}},
		{name: "DLink denied, a VPC of its own", pairs: service, replies: []reply{runs("eas-r-1", inVPC(vpcA, vswH, sgEAS, "")), refusal(dlinkCall("eas-r-1"), forbidden), switches, groups, nats, entries},
			want: facts(func(f *networkFacts) { f.Resource = "eas-r-1" }), warnings: []string{"DLinkUnknown: (Forbidden.RAM)"}},
		{name: "DLink denied", file: `{"metadata": {"resource": "eas-r-1"}}`, replies: []reply{refusal(dlinkCall("eas-r-1"), forbidden)},
			want:     &networkFacts{Source: "unknown", Resource: "eas-r-1", VSwitches: []vswitchFacts{}, Internet: "unknown", EIPs: []string{}, Instances: 1, Most: 2, Problems: []string{}},
			warnings: []string{"DLinkUnknown"}, skip: "the error of the look-up outlives its warning: exit 1"},

		// What cannot work is shown with all that is known.
		{name: "missing vswitch", file: inVPC(vpcA, vswH+",vsw-gone", sgEAS, ""), replies: []reply{switches, groups, nats, entries},
			want: facts(func(f *networkFacts) { f.Problems = []string{"there is no vswitch vsw-gone in " + vpcA} }), code: "NetworkBroken", exit: steps.ExitMissing, message: "vsw-gone"},
		{name: "foreign vswitch", file: inVPC(vpcA, vswB, sgEAS, ""), replies: []reply{switches, groups},
			want: facts(func(f *networkFacts) {
				f.VSwitches, f.Free, f.Internet, f.EIPs, f.Problems = []vswitchFacts{}, 0, "no", []string{}, []string{"there is no vswitch " + vswB + " in " + vpcA}
			}), code: "NetworkBroken", exit: steps.ExitMissing},
		{name: "foreign security group", file: inVPC(vpcA, vswH, sgB, ""), replies: []reply{switches, groups, nats, entries},
			want: facts(func(f *networkFacts) {
				f.SecurityGroup, f.Problems = sgB, []string{`there is no security group "` + sgB + `" in ` + vpcA}
			}), code: "NetworkBroken", exit: steps.ExitMissing},
		{name: "no vswitch named", file: inVPC(vpcA, "", sgEAS, ""), replies: []reply{switches, groups},
			want: facts(func(f *networkFacts) {
				f.VSwitches, f.Free, f.Internet, f.EIPs, f.Problems = []vswitchFacts{}, 0, "no", []string{}, []string{"no vswitch is named"}
			}), code: "NetworkBroken", exit: steps.ExitMissing},
		{name: "full", file: inVPC(vpcA, vswJ, sgEAS, ""), replies: []reply{switches, groups, nats, entries},
			want: facts(func(f *networkFacts) {
				f.VSwitches, f.Free, f.Internet, f.EIPs, f.Problems = []vswitchFacts{j}, 0, "no", []string{}, []string{"the vswitches have no address left"}
			}), code: "NetworkBroken", exit: steps.ExitMissing, warnings: []string{"VSwitchFull: " + vswJ}},
		// The instances of a service have theirs already.
		{name: "full, of a service", pairs: service, replies: []reply{runs("", inVPC(vpcA, vswJ, sgEAS, "")), switches, groups, nats, entries},
			want: facts(func(f *networkFacts) {
				f.VSwitches, f.Free, f.Internet, f.EIPs = []vswitchFacts{j}, 0, "no", []string{}
			}), warnings: []string{"VSwitchFull: " + vswJ}},

		{name: "vswitches denied", file: inVPC(vpcA, vswH, sgEAS, ""), replies: []reply{refusal(vswitchesCall(vpcA), forbidden)}, code: "LookupFailed", exit: steps.ExitMissing, message: "the vswitches of " + vpcA},
		{name: "no such service", pairs: service, replies: []reply{refusal(describeCall("qwen_demo"), string(read(t, "errors/not-found.stderr")))}, code: "LookupFailed", exit: steps.ExitMissing, message: "service qwen_demo"},
		{name: "service without a description", pairs: service, replies: []reply{runs("", "")}, code: "ConfigUnreadable", exit: steps.ExitFailed},
		{name: "no file", pairs: []string{"service-file", "nosuch.json"}, code: "Usage", exit: steps.ExitUsage, message: "nosuch.json"},
		{name: "no JSON", file: "nonsense", code: "ServiceInvalid", exit: steps.ExitInvalid},
		{name: "no region", pairs: []string{"region", ""}, code: "Usage", exit: steps.ExitUsage, message: "--region"},
		{name: "service broken", pairs: service, replies: []reply{broken(t, describeCall("qwen_demo"))}, code: "AliyunUnusable", exit: steps.ExitNoCLI},
		{name: "DLink broken", file: `{"metadata": {"resource": "eas-r-1"}}`, replies: []reply{broken(t, dlinkCall("eas-r-1"))}, code: "AliyunUnusable", exit: steps.ExitNoCLI},
		{name: "vswitches broken", file: inVPC(vpcA, vswH, sgEAS, ""), replies: []reply{broken(t, vswitchesCall(vpcA))}, code: "AliyunUnusable", exit: steps.ExitNoCLI},
		{name: "groups broken", file: inVPC(vpcA, vswH, sgEAS, ""), replies: []reply{switches, broken(t, groupsCall(vpcA))}, code: "AliyunUnusable", exit: steps.ExitNoCLI},
		{name: "NAT gateways broken", file: inVPC(vpcA, vswH, sgEAS, ""), replies: []reply{switches, groups, broken(t, natsCall(vpcA))}, code: "AliyunUnusable", exit: steps.ExitNoCLI},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			pairs, name := c.pairs, "service qwen_demo"
			if len(given(pairs...)["region"]) == 0 {
				pairs = append([]string{"region", "cn-hangzhou"}, pairs...)
			}
			var args []string
			if c.file != "" {
				name = filepath.Join(t.TempDir(), "x.json")
				if err := os.WriteFile(name, []byte(c.file), 0o600); err != nil {
					t.Fatal(err)
				}
				args = []string{name}
			}
			report := use(t, networkCheck, cli(t, c.replies...), args, pairs...)
			if report.ExitCode != c.exit || report.Fault != nil && (report.Fault.Code != c.code || !strings.Contains(report.Fault.Message, c.message)) {
				t.Errorf("got %v, exit %d; want %q with %q, %d", report.Fault, report.ExitCode, c.code, c.message, c.exit)
			}
			warned(t, report.Warnings, c.warnings...)
			if c.want == nil {
				return
			}
			want := *c.want
			want.Name, want.live = name, strings.HasPrefix(name, "service ")
			got, _ := report.Data.(*networkFacts)
			if got == nil || report.Text == nil {
				t.Fatalf("got data %#v", report.Data)
			}
			same(t, *got, want)
			lines := strings.Split(report.Text(), "\n")
			for i, line := range lines {
				lines[i] = strings.ReplaceAll(strings.Join(strings.Fields(line), " "), name, "NAME")
			}
			if len(c.text) > 0 && c.text[len(c.text)-1] == "" { // the whole
				same(t, lines, c.text)
			}
			for _, line := range c.text {
				if !strings.Contains(strings.Join(lines, "\n")+"\n", line+"\n") {
					t.Errorf("got %q, want the line %q", lines, line)
				}
			}
		})
	}
}

// TestNetworkCheckArgs: a second file, or a file beside a service, is not left out in silence.
func TestNetworkCheckArgs(t *testing.T) {
	t.Parallel()
	if report := use(t, networkCheck, cli(t), []string{"a.json", "b.json"}, "region", "cn-hangzhou"); report.ExitCode != steps.ExitUsage || !strings.Contains(report.Fault.Message, "b.json") {
		t.Errorf("got %v, exit %d", report.Fault, report.ExitCode)
	}
	t.Run("a file and a service", func(t *testing.T) {
		t.Parallel()
		if report := use(t, networkCheck, cli(t), []string{"a.json"}, "region", "cn-hangzhou", "service-name", "qwen_demo"); report.ExitCode != steps.ExitUsage {
			t.Errorf("got %v, exit %d", report.Fault, report.ExitCode)
		}
	})
}

// TestNetworkCheckAligned: the columns of the table stand below each other, and no line ends in blanks.
func TestNetworkCheckAligned(t *testing.T) {
	t.Parallel()
	f := &networkFacts{Name: "x.json", Source: "service", VPC: "vpc-1", SecurityGroup: "sg-1", Internet: "partly", EIPs: []string{"1.2.3.4"}, Instances: 1, Most: 2, Free: 12,
		VSwitches: []vswitchFacts{{"vsw-1", "h", "10.0.0.0/24", 9, []string{"1.2.3.4"}}, {"vsw-22", "i", "10.0.1.0/24", 3, nil}}}
	const want = `x.json is attached to vpc-1

security group        sg-1
addresses             12 left; needed are 1, and up to 2 while it scales or is updated
Internet              partly, through 1.2.3.4
whitelist elsewhere   1.2.3.4
whitelist in the VPC  10.0.0.0/24, 10.0.1.0/24 or sg-1; never the address of an instance

VSWITCH  ZONE  CIDR         ADDRESSES LEFT  INTERNET THROUGH
vsw-1    h     10.0.0.0/24  9               1.2.3.4
vsw-22   i     10.0.1.0/24  3
`
	if got := f.text(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestNetworkLink(t *testing.T) {
	t.Parallel()
	const resource = "eas-r-1"
	dlinkIs := func(body string) reply { return answer(dlinkCall(resource), body) }
	before := dlinkIs(`{"RequestId":"R-1"}`)
	state := func(vpc, vswitch, more, group, cidrs string) reply {
		return dlinkIs(`{"VpcId":"` + vpc + `","VSwitchId":"` + vswitch + `","AuxVSwitchList":[` + more + `],"SecurityGroupId":"` + group + `","DestinationCIDRs":"` + cidrs + `"}`)
	}
	wanted := state(vpcA, vswH, `"`+vswI+`"`, sgEAS, "")
	switches := answer(vswitchesCall(vpcA), string(read(t, "DescribeVSwitches.json")))
	groups := answer(groupsCall(vpcA), string(read(t, "DescribeSecurityGroups.json")))
	forbidden, timeout := string(read(t, "errors/forbidden.stderr")), string(read(t, "errors/read-timeout.stderr"))
	const update = "eas UpdateResourceDLink --region cn-hangzhou --ClusterId cn-hangzhou --ResourceId " + resource + " --body "
	both := update + `{"SecurityGroupId":"` + sgEAS + `","VSwitchId":"` + vswH + `","VSwitchIdList":["` + vswH + `","` + vswI + `"]} --user-agent ` + ua
	routed := update + `{"SecurityGroupId":"` + sgEAS + `","VSwitchId":"` + vswH + `","DestinationCIDRs":"10.0.0.0/8"} --user-agent ` + ua
	const done = `{"RequestId":"R-2","Message":"Network interfaces are updating"}`
	flags := func(vswitches, group string, more ...string) []string {
		return append([]string{"region", "cn-hangzhou", "resource", resource, "vpc-id", vpcA, "vswitch-id", vswitches, "security-group-id", group}, more...)
	}
	whole := func(more ...string) []string { return flags(vswH+","+vswI, sgEAS, more...) }
	confirmed := whole("confirm", "true")
	after := dlink{VPC: vpcA, VSwitch: vswH, More: []string{vswI}, SecurityGroup: sgEAS}
	was := dlink{More: []string{}}
	elsewhere := dlink{VPC: vpcB, VSwitch: vswB, More: []string{}, SecurityGroup: sgB}
	for _, c := range []struct {
		name          string
		pairs         []string
		replies       []reply
		before, after dlink
		summary, text string
		warnings      []string
		code          string
		exit          steps.ExitCode
		changed       string
		problems      int
		skip          string
	}{
		{name: "nothing given", code: "Usage", exit: steps.ExitUsage, problems: 5},
		{name: "only the resource group", pairs: whole()[:4], code: "Usage", exit: steps.ExitUsage, problems: 3},
		{name: "dedicated", pairs: []string{"region", "cn-hangzhou", "resource", "dedicated", "vpc-id", vpcA, "vswitch-id", vswH, "security-group-id", sgEAS}, code: "Usage", exit: steps.ExitUsage, problems: 1},

		{name: "not confirmed", pairs: whole(), replies: []reply{before, switches, groups}, before: was, after: after, code: "ConfirmationRequired", exit: steps.ExitConfirm,
			text: "resource group eas-r-1\nbefore: no VPC\nafter:  " + vpcA + ", " + vswH + " and " + vswI + ", " + sgEAS},
		{name: "not confirmed, from another VPC", pairs: flags(vswH, sgEAS, "destination-cidrs", "10.0.0.0/8"), replies: []reply{state(vpcB, vswB, "", sgB, ""), switches, groups}, before: elsewhere,
			after: dlink{VPC: vpcA, VSwitch: vswH, More: []string{}, SecurityGroup: sgEAS, CIDRs: "10.0.0.0/8"}, code: "ConfirmationRequired", exit: steps.ExitConfirm, text: ", to 10.0.0.0/8"},
		{name: "already so", pairs: whole(), replies: []reply{wanted, switches, groups}, before: after, after: after, summary: "eas-r-1 is attached so already"},
		{name: "already so, confirmed", pairs: confirmed, replies: []reply{wanted, switches, groups}, before: after, after: after, summary: "eas-r-1 is attached so already"},

		{name: "confirmed", pairs: confirmed, replies: []reply{before, switches, groups, answer(both, done), wanted}, before: was, after: after, summary: "eas-r-1 is attached to " + vpcA, text: "before: no VPC\nafter:  " + vpcA},
		{name: "CIDRs", pairs: flags(vswH, sgEAS, "destination-cidrs", "10.0.0.0/8", "confirm", "true"), replies: []reply{before, switches, groups, answer(routed, done), state(vpcA, vswH, "", sgEAS, "10.0.0.0/8")}, before: was,
			after: dlink{VPC: vpcA, VSwitch: vswH, More: []string{}, SecurityGroup: sgEAS, CIDRs: "10.0.0.0/8"}, summary: "eas-r-1 is attached to " + vpcA},
		{name: "other CIDRs than before", pairs: flags(vswH, sgEAS, "destination-cidrs", "10.0.0.0/8", "confirm", "true"), replies: []reply{state(vpcA, vswH, "", sgEAS, "172.16.0.0/12"), switches, groups, answer(routed, done), state(vpcA, vswH, "", sgEAS, "10.0.0.0/8")},
			before: dlink{VPC: vpcA, VSwitch: vswH, More: []string{}, SecurityGroup: sgEAS, CIDRs: "172.16.0.0/12"}, after: dlink{VPC: vpcA, VSwitch: vswH, More: []string{}, SecurityGroup: sgEAS, CIDRs: "10.0.0.0/8"}, summary: "is attached to"},
		{name: "managed security group", pairs: flags(vswH, sgElse), replies: []reply{before, switches, groups}, before: was, after: dlink{VPC: vpcA, VSwitch: vswH, More: []string{}, SecurityGroup: sgElse},
			warnings: []string{"SecurityGroupManaged"}, code: "ConfirmationRequired", exit: steps.ExitConfirm},

		// The data tells what was read back, not what was asked for.
		{name: "read back different", pairs: confirmed, replies: []reply{before, switches, groups, answer(both, done), state(vpcA, vswH, "", sgEAS, "")}, before: was, after: dlink{VPC: vpcA, VSwitch: vswH, More: []string{}, SecurityGroup: sgEAS},
			code: "OutcomeUnknown", exit: steps.ExitIncomplete, changed: "perhaps: the VPC of eas-r-1"},
		{name: "read back not yet", pairs: confirmed, replies: []reply{before, switches, groups, answer(both, done), before}, before: was, after: was, code: "OutcomeUnknown", exit: steps.ExitIncomplete, changed: "perhaps"},
		{name: "reading back denied", pairs: confirmed, replies: []reply{before, switches, groups, answer(both, done), refusal(dlinkCall(resource), forbidden)}, before: was, after: after, code: "OutcomeUnknown", exit: steps.ExitIncomplete, changed: "perhaps"},
		{name: "refused", pairs: confirmed, replies: []reply{before, switches, groups, refusal(both, forbidden)}, before: was, after: after, code: "Forbidden.RAM", exit: steps.ExitFailed},
		{name: "lost and there", pairs: confirmed, replies: []reply{before, switches, groups, refusal(both, timeout), wanted}, before: was, after: after, summary: "eas-r-1 is attached to " + vpcA},
		{name: "lost and not there", pairs: confirmed, replies: []reply{before, switches, groups, refusal(both, timeout), before}, before: was, after: was, code: "OutcomeUnknown", exit: steps.ExitIncomplete, changed: "perhaps"},
		{name: "broken at the change", pairs: confirmed, replies: []reply{before, switches, groups, broken(t, both)}, before: was, after: after, code: "AliyunUnusable", exit: steps.ExitNoCLI, skip: "a broken configuration is exit 1 here"},

		// What does not exist is found before anything is changed.
		{name: "foreign vswitch", pairs: flags(vswB, sgEAS, "confirm", "true"), replies: []reply{before, switches}, code: "VSwitchMissing", exit: steps.ExitMissing},
		{name: "vswitch Pending", pairs: flags(vswI2, sgEAS, "confirm", "true"), replies: []reply{before, switches}, code: "VSwitchNotReady", exit: steps.ExitMissing},
		{name: "full vswitch", pairs: flags(vswJ, sgEAS, "confirm", "true"), replies: []reply{before, switches}, warnings: []string{"VSwitchFull"}, code: "NoAddresses", exit: steps.ExitMissing},
		{name: "foreign security group", pairs: flags(vswH, sgB, "confirm", "true"), replies: []reply{before, switches, groups}, code: "SecurityGroupMissing", exit: steps.ExitMissing},
		{name: "resource group denied", pairs: confirmed, replies: []reply{refusal(dlinkCall(resource), forbidden)}, code: "LookupFailed", exit: steps.ExitMissing},
		{name: "resource group broken", pairs: confirmed, replies: []reply{broken(t, dlinkCall(resource))}, code: "AliyunUnusable", exit: steps.ExitNoCLI},
		{name: "vswitches broken", pairs: confirmed, replies: []reply{before, broken(t, vswitchesCall(vpcA))}, code: "AliyunUnusable", exit: steps.ExitNoCLI},
		{name: "groups broken", pairs: confirmed, replies: []reply{before, switches, broken(t, groupsCall(vpcA))}, code: "AliyunUnusable", exit: steps.ExitNoCLI},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := cli(t, c.replies...)
			report := use(t, networkLink, f, nil, c.pairs...)
			if report.ExitCode != c.exit || report.Fault != nil && (report.Fault.Code != c.code || len(report.Fault.Problems) != c.problems || !strings.HasPrefix(report.Fault.Changed, c.changed)) {
				t.Errorf("got %+v, exit %d; want %q, %d", report.Fault, report.ExitCode, c.code, c.exit)
			}
			warned(t, report.Warnings, c.warnings...)
			for _, command := range f.calls {
				if writes := command.Args[1] == "UpdateResourceDLink"; writes != (command.Kind == runner.Write) || writes != (command.Effect == runner.Mutates) {
					t.Errorf("%q: got kind %v, effect %v", command.Args, command.Kind, command.Effect)
				}
			}
			if c.after.More == nil {
				if _, ok := report.Data.(linkChange); ok {
					t.Errorf("got data %#v of a change that is not possible", report.Data)
				}
				return
			}
			got, _ := report.Data.(linkChange)
			if len(got.After.More) == 0 {
				got.After.More = []string{} // none is none
			}
			same(t, got, linkChange{Resource: resource, Before: c.before, After: c.after})
			if !strings.Contains(report.Summary, c.summary) || report.Text == nil || !strings.Contains(report.Text(), c.text) {
				t.Errorf("got summary %q, data %+v", report.Summary, report.Data)
			}
		})
	}
}

func TestLinkedAs(t *testing.T) {
	t.Parallel()
	is := dlink{VPC: "vpc-1", VSwitch: "vsw-1", More: []string{"vsw-2", "vsw-3"}, SecurityGroup: "sg-1"}
	change := func(f func(*dlink)) dlink {
		d := is
		f(&d)
		return d
	}
	for _, c := range []struct {
		name string
		want dlink
		same bool
	}{
		{"the same", is, true},
		{"another order", change(func(d *dlink) { d.More = []string{"vsw-3", "vsw-2"} }), true},
		{"fewer", change(func(d *dlink) { d.More = []string{"vsw-3"} }), false},
		{"none", change(func(d *dlink) { d.More = nil }), false},
		{"another VPC", change(func(d *dlink) { d.VPC = "vpc-2" }), false},
		{"another primary", change(func(d *dlink) { d.VSwitch, d.More = "vsw-2", []string{"vsw-1", "vsw-3"} }), false},
		{"another security group", change(func(d *dlink) { d.SecurityGroup = "sg-2" }), false},
		{"CIDRs", change(func(d *dlink) { d.CIDRs = "10.0.0.0/8" }), false},
	} {
		if got := linkedAs(is, c.want); got != c.same {
			t.Errorf("%s: got %t", c.name, got)
		}
	}
	if linkedAs(dlink{}, is) {
		t.Error("nothing is the same as something")
	}
}

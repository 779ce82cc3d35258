package ecs

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"aligate/fixtures/ecssim"
	"aligate/runner"
	"aligate/steps"
	"aligate/steps/ecs/order"
)

// small is the order of most tests.
var small = []string{"cores=2", "memory=4", "region=cn-hangzhou"}

func also(first []string, more ...string) []string { return append(slices.Clone(first), more...) }

func TestRun(t *testing.T) {
	t.Parallel()
	d := newTrial(t, 0)
	script := d.write("job.sh", "echo hello\n# sim: polls 4\n")
	r := d.order(steps.ExitDone, also([]string{"run", script}, small...)...)
	got := data[account](t, r)
	if got.Script == nil || got.Script.Output != "hello\n" || *got.Script.ExitCode != 0 {
		t.Errorf("the script: %+v", got.Script)
	}
	var states []string
	for _, row := range got.Resources {
		states = append(states, row.Kind+" "+row.State)
	}
	if want := "instance released, security-group released, vswitch released, vpc released"; strings.Join(states, ", ") != want {
		t.Errorf("the summary has %v", states)
	}
	if text := r.Text(); !strings.HasPrefix(text, "hello\n\nCreated resources:\n- ECS: i-") || !strings.Contains(text, "[released]") {
		t.Errorf("the text is %s", text)
	}
	d.clean()
	// What was priced is what was ordered, and the service knows when to release it.
	priced, ordered := d.last("DescribePrice"), d.last("RunInstances")
	for _, name := range []string{"InstanceType", "ImageId", "SystemDisk.Category", "SystemDisk.Size"} {
		if priced[name] != ordered[name] || priced[name] == "" {
			t.Errorf("%s: priced %q, ordered %q", name, priced[name], ordered[name])
		}
	}
	if ordered["ClientToken"] == "" || ordered["AutoReleaseTime"] == "" || ordered["UserData"] != "" || ordered["InternetMaxBandwidthOut"] != "" && ordered["InternetMaxBandwidthOut"] != "0" {
		t.Errorf("ordered %v", ordered)
	}
	if rows := data[[]runRow](t, d.do(steps.ExitDone, "runs")); len(rows) != 0 {
		t.Errorf("runs: %v", rows)
	}
}

// TestUnconfirmed: without a confirmation that fits, nothing is made, however the command is repeated.
func TestUnconfirmed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		then func(d *trial) []string
		why  string
	}{
		{"nothing was offered", func(d *trial) []string { return []string{"confirm=true"} }, "nothing was offered"},
		{"too late", func(d *trial) []string {
			d.do(steps.ExitConfirm, also([]string{"run", d.path("job.sh")}, small...)...)
			d.cloud.Advance(order.Valid + time.Minute)
			return []string{"confirm=true"}
		}, ""},
		{"another order", func(d *trial) []string {
			d.do(steps.ExitConfirm, "run", d.path("job.sh"), "cores=4", "memory=8", "region=cn-hangzhou")
			return []string{"confirm=true"}
		}, ""},
		{"another script", func(d *trial) []string {
			d.do(steps.ExitConfirm, also([]string{"run", d.path("job.sh")}, small...)...)
			d.write("job.sh", "echo something else\n")
			return []string{"confirm=true"}
		}, ""},
		{"who gets in", func(d *trial) []string {
			d.do(steps.ExitConfirm, also([]string{"run", d.path("job.sh")}, small...)...)
			return []string{"confirm=true", "ingress=80/80"}
		}, ""},
		{"a higher price", func(d *trial) []string {
			d.do(steps.ExitConfirm, also([]string{"run", d.path("job.sh")}, small...)...)
			d.cloud.PriceFactor *= 2
			return []string{"confirm=true"}
		}, ""},
		{"less than it costs", func(d *trial) []string {
			d.do(steps.ExitConfirm, also([]string{"run", d.path("job.sh")}, small...)...)
			return []string{"confirm-price=0.0001"}
		}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := newTrial(t, 0)
			more := c.then(d)
			r := d.do(steps.ExitConfirm, also(also([]string{"run", d.path("job.sh")}, small...), more...)...)
			if c.why != "" && !strings.Contains(r.Fault.Message, c.why) {
				t.Errorf("it says %s", r.Fault.Message)
			}
			details, ok := r.Fault.Details.(ordered)
			if !ok || details.Offer.Quote.Trade == "" || !strings.Contains(strings.Join(r.Fault.Hints, " "), "--confirm-price "+string(details.Offer.Quote.Trade)) {
				t.Errorf("it names no command that goes on: %v %+v", r.Fault.Hints, r.Fault.Details)
			}
			for _, api := range []string{"CreateVpc", "CreateVSwitch", "CreateSecurityGroup", "RunInstances"} {
				if d.count(api) > 0 {
					t.Errorf("%s was called", api)
				}
			}
			d.clean()
		})
	}
}

// TestTyped: on a terminal the answer is typed, and anything but yes is no.
func TestTyped(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]steps.ExitCode{"yes": steps.ExitDone, "Y": steps.ExitDone, "no": steps.ExitConfirm, "": steps.ExitConfirm, closed: steps.ExitConfirm, "yess": steps.ExitConfirm} {
		d := newTrial(t, 0)
		d.answers = []string{answer}
		d.do(want, also([]string{"run", d.path("job.sh")}, small...)...)
		d.clean()
	}
}

// TestExitCode: only a script that said 0 makes the run succeed; what it made is released all the same.
func TestExitCode(t *testing.T) {
	t.Parallel()
	for directive, want := range map[string]string{
		"exit 3": "exit code 3", "status Timeout": "Timeout", "status Invalid": "Invalid", "status Terminated": "Terminated", "status Aborted": "Aborted",
	} {
		d := newTrial(t, 0)
		script := d.write("job.sh", "echo hello\n# sim: "+directive+"\n")
		r := d.order(steps.ExitFailed, also([]string{"run", script}, small...)...)
		if r.Fault.Code != "ScriptFailed" || !strings.Contains(r.Fault.Message, want) {
			t.Errorf("%s: %v", directive, r.Fault)
		}
		d.clean()
	}
}

// TestUp keeps what it made until it is told to release it.
func TestUp(t *testing.T) {
	t.Parallel()
	d := newTrial(t, 0)
	script := d.write("serve.sh", "nohup python3 -m http.server 80 &\n")
	r := d.order(steps.ExitDone, also([]string{"up", script, "bandwidth=5", "ingress=80/80,22/22@203.0.113.5/32"}, small...)...)
	got := data[account](t, r)
	if len(d.cloud.Left(got.Run)) != 4 || len(got.PublicIPs) == 0 || !strings.Contains(r.Text(), "ecs release "+got.Run) {
		t.Fatalf("%+v\n%s", got, r.Text())
	}
	if d.last("RunInstances")["AutoReleaseTime"] != "" {
		t.Error("what is to stay is released by the service")
	}
	if rows := data[[]runRow](t, d.do(steps.ExitDone, "runs")); len(rows) != 1 || rows[0].State != "kept" {
		t.Errorf("runs: %v", rows)
	}
	d.do(steps.ExitDone, "release") // takes nothing that is to stay
	d.do(steps.ExitConfirm, "release", got.Run)
	if len(d.cloud.Left(got.Run)) != 4 {
		t.Fatal("released without --confirm")
	}
	d.do(steps.ExitDone, "release", got.Run, "confirm=true")
	d.clean()
	d.do(steps.ExitDone, "release", got.Run) // nothing is left to do
	d.do(steps.ExitMissing, "release", "20200101T000000Z-000000")
}

// TestSharedNetwork: a second run stands in the network of one that stays, leaves it there, and that one's release does
// not take the ground away from a third.
func TestSharedNetwork(t *testing.T) {
	t.Parallel()
	d := newTrial(t, 0)
	small := also(small, "zone=cn-hangzhou-i")
	first := data[account](t, d.order(steps.ExitDone, also([]string{"create"}, small...)...))
	second := data[account](t, d.order(steps.ExitDone, also([]string{"run", d.path("job.sh")}, small...)...))
	if d.count("CreateVpc") != 1 || len(d.cloud.Left(first.Run)) != 4 || len(d.cloud.Left(second.Run)) != 0 {
		t.Fatalf("after the second run: %v", d.cloud.Left(""))
	}
	if state := second.Resources[len(second.Resources)-1].State; state != reused {
		t.Errorf("the VPC is %s", state)
	}
	third := data[account](t, d.order(steps.ExitDone, also([]string{"create"}, small...)...))
	d.do(steps.ExitDone, "release", first.Run, "confirm=true")
	kept := d.cloud.Left(first.Run)
	if len(kept) != 2 || len(d.cloud.Left(third.Run)) != 2 {
		t.Fatalf("after the release of the first: %v and %v", kept, d.cloud.Left(third.Run))
	}
	d.do(steps.ExitDone, "release", third.Run, "confirm=true")
	d.do(steps.ExitDone, "release", first.Run, "confirm=true")
	d.clean()
}

// TestNetworkOfAnother: what aligate did not make is used only if it is named.
func TestGivenNetwork(t *testing.T) {
	t.Parallel()
	d := newTrial(t, 0)
	created := data[account](t, d.order(steps.ExitDone, also([]string{"create"}, small...)...))
	var vpcID, vswitchID, groupID string
	for _, r := range created.Resources {
		switch r.Kind {
		case "vpc":
			vpcID = r.ID
		case "vswitch":
			vswitchID = r.ID
		case "security-group":
			groupID = r.ID
		}
	}
	got := data[account](t, d.order(steps.ExitDone, also([]string{"run", d.path("job.sh"), "vpc-id=" + vpcID, "vswitch-id=" + vswitchID, "security-group-id=" + groupID}, small...)...))
	for _, r := range got.Resources {
		if r.Kind != "instance" && r.State != reused {
			t.Errorf("%s %s is %s", r.Kind, r.ID, r.State)
		}
	}
	if d.count("CreateVSwitch") != 1 || d.count("CreateSecurityGroup") != 1 {
		t.Error("a network was made beside the one given")
	}
	d.do(steps.ExitMissing, also([]string{"run", d.path("job.sh"), "vpc-id=" + vpcID, "vswitch-id=vsw-none"}, small...)...)
	d.careful()
}

// TestScriptChecked: what cannot be run is said before the service is asked anything.
func TestScriptChecked(t *testing.T) {
	t.Parallel()
	for content, want := range map[string]steps.ExitCode{
		"": steps.ExitInvalid, "# nothing\n": steps.ExitInvalid, "echo a\r\n": steps.ExitInvalid, "echo \xff\n": steps.ExitInvalid,
		strings.Repeat("echo 0123456789\n", 2000): steps.ExitInvalid,
		"nohup ./server &\n":                      steps.ExitChoice,
	} {
		d := newTrial(t, 0)
		d.do(want, also([]string{"run", d.write("job.sh", content)}, small...)...)
		if len(d.cloud.Calls()) > 0 {
			t.Errorf("%.20q: the service was asked: %s", content, d.log())
		}
	}
	d := newTrial(t, 0)
	d.do(steps.ExitInvalid, also([]string{"run", d.path("none.sh")}, small...)...)
	d.do(steps.ExitInvalid, also([]string{"run", d.dir}, small...)...)
}

// TestRegionRule: what comes from overseas is fetched from there, with a public address; the user's word wins.
func TestRegionRule(t *testing.T) {
	t.Parallel()
	d := newTrial(t, 0)
	script := d.write("job.sh", "pip install requests\n")
	r := d.do(steps.ExitConfirm, "run", script, "cores=2", "memory=4")
	o := r.Fault.Details.(ordered).Offer.Order
	if o.Region != "ap-southeast-1" || o.Bandwidth != 5 {
		t.Errorf("ordered %+v", o)
	}
	r = d.do(steps.ExitConfirm, "run", script, "cores=2", "memory=4", "region=cn-hangzhou", "bandwidth=0")
	if o = r.Fault.Details.(ordered).Offer.Order; o.Region != "cn-hangzhou" || o.Bandwidth != 0 || len(r.Warnings) == 0 {
		t.Errorf("ordered %+v, warnings %v", o, r.Warnings)
	}
}

// TestStock: where an order cannot be placed, the next zone is taken by itself, and everything else is confirmed again.
func TestStock(t *testing.T) {
	t.Parallel()
	d := newTrial(t, 0)
	d.cloud.Faults = []ecssim.Fault{{API: "RunInstances", Nth: 1, Kind: "no-stock"}}
	got := data[account](t, d.order(steps.ExitDone, also([]string{"run", d.path("job.sh")}, small...)...))
	if d.count("RunInstances") != 2 || d.count("CreateVSwitch") != 2 || d.count("CreateVpc") != 1 {
		t.Errorf("calls:\n%s", d.log())
	}
	if got.Order.Zone == "" {
		t.Error("no zone")
	}
	d.clean()

	// A type that is sold out everywhere in the end: everything is released, and the next one is offered.
	d = newTrial(t, 0)
	for n := range 3 {
		d.cloud.Faults = append(d.cloud.Faults, ecssim.Fault{API: "RunInstances", Nth: n + 1, Kind: "no-stock"})
	}
	r := d.order(steps.ExitConfirm, also([]string{"run", d.path("job.sh")}, small...)...)
	d.clean()
	onward := strings.Join(r.Fault.Hints, " ")
	if !strings.Contains(onward, "--type ecs.") || !strings.Contains(onward, "--zone ") || strings.Contains(onward, "--cores") {
		t.Errorf("it goes on with %s", onward)
	}
	o := r.Fault.Details.(ordered).Offer
	d.do(steps.ExitDone, "run", d.path("job.sh"), "type="+o.Order.InstanceType, "region="+o.Order.Region, "zone="+o.Order.Zone, "confirm-price="+string(o.Quote.Trade))
	d.clean()
}

// TestVanished: an instance that was accepted and is gone had no stock after all.
func TestVanished(t *testing.T) {
	t.Parallel()
	d := newTrial(t, 0)
	r := d.do(steps.ExitConfirm, also([]string{"run", d.path("job.sh")}, small...)...)
	o := r.Fault.Details.(ordered).Offer.Order
	d.cloud.Zone(o.Region, o.Zone).Stock[o.InstanceType] = -1
	got := data[account](t, d.do(steps.ExitDone, also([]string{"run", d.path("job.sh"), "confirm=true"}, small...)...))
	if got.Order.Zone == o.Zone {
		t.Errorf("it ran in %s after all", o.Zone)
	}
	d.clean()
}

// TestExactType: the type asked for is looked up, and its alternatives are only named (ecs-facts 5.1).
func TestExactType(t *testing.T) {
	t.Parallel()
	d := newTrial(t, 0)
	found := data[finding](t, d.do(steps.ExitDone, "find", "type=ecs.c7.large", "region=cn-hangzhou"))
	if len(found.Options) != 1 || found.Options[0].InstanceType != "ecs.c7.large" || d.count("DescribeRecommendInstanceType") != 0 {
		t.Errorf("found %+v", found)
	}
	for _, zone := range found.Options[0].Zones {
		d.cloud.Zone("cn-hangzhou", zone).Stock["ecs.c7.large"] = 0
	}
	r := d.do(steps.ExitMissing, "find", "type=ecs.c7.large", "region=cn-hangzhou")
	alternatives, _ := r.Fault.Choices.([]string)
	if len(alternatives) == 0 || slices.Contains(alternatives, "ecs.c7.large") {
		t.Errorf("alternatives %v", alternatives)
	}
}

// TestQuota: what the account has no room for is said at once; no other region is tried.
func TestQuotaUsedUp(t *testing.T) {
	t.Parallel()
	for _, what := range []string{"vpc", "vswitch", "security-group", "instance"} {
		d := newTrial(t, 0)
		d.cloud.Quotas[what] = 0
		r := d.order(steps.ExitMissing, also([]string{"run", d.path("job.sh")}, small...)...)
		if !strings.Contains(r.Fault.Message, "quota") || !strings.Contains(r.Fault.Code, "Quota") && !strings.Contains(r.Fault.Code, "Limit") {
			t.Errorf("%s: %v", what, r.Fault)
		}
		d.clean()
	}
}

// TestDisk: a category that is not to be had is replaced by one that is, which is another order.
func TestDisk(t *testing.T) {
	t.Parallel()
	d := newTrial(t, 0)
	d.cloud.Faults = []ecssim.Fault{{API: "RunInstances", Nth: 1, Kind: "disk-category"}}
	r := d.order(steps.ExitConfirm, also([]string{"run", d.path("job.sh")}, small...)...)
	o := r.Fault.Details.(ordered).Offer.Order
	if o.Disk.Category == "cloud_essd" || o.Disk.Category == "" || !strings.Contains(strings.Join(r.Fault.Hints, " "), "--disk-category "+o.Disk.Category) {
		t.Errorf("offered %+v, %v", o.Disk, r.Fault.Hints)
	}
	d.clean()
}

// TestPriceRises: what costs more when it is ordered than when it was agreed to is not ordered.
func TestPriceRises(t *testing.T) {
	t.Parallel()
	d := newTrial(t, 0)
	d.do(steps.ExitConfirm, also([]string{"run", d.path("job.sh")}, small...)...)
	d.before = func(_ int, c runner.Command) {
		if c.Args[1] == "CreateVSwitch" {
			d.cloud.PriceFactor = 1.01
		}
	}
	r := d.do(steps.ExitConfirm, also([]string{"run", d.path("job.sh"), "confirm=true"}, small...)...)
	if d.count("RunInstances") > 0 || !strings.Contains(strings.Join(r.Fault.Hints, " "), "--confirm-price 0.28") {
		t.Errorf("%v", r.Fault)
	}
	d.clean()
	// An amount above the price leaves room.
	d = newTrial(t, 0)
	d.do(steps.ExitConfirm, also([]string{"run", d.path("job.sh")}, small...)...)
	d.cloud.PriceFactor = 1.01
	d.do(steps.ExitDone, also([]string{"run", d.path("job.sh"), "confirm-price=0.30"}, small...)...)
	d.clean()
}

// TestKeepOnFailure leaves what a failed run has made, says so, and releases it on demand.
func TestKeepOnFailure(t *testing.T) {
	t.Parallel()
	d := newTrial(t, 0)
	script := d.write("job.sh", "# sim: exit 3\necho x\n")
	r := d.order(steps.ExitIncomplete, also([]string{"run", script, "keep-on-failure=true"}, small...)...)
	run := data[account](t, r).Run
	if len(d.cloud.Left(run)) != 4 || r.Fault.Code != "ScriptFailed" || !strings.Contains(r.Fault.Changed, "[running]") {
		t.Errorf("%v %v", d.cloud.Left(run), r.Fault)
	}
	d.do(steps.ExitDone, "release", run, "confirm=true")
	d.clean()
}

// TestStranger: somebody else's instance in the network of a run keeps the network, and is named.
func TestStranger(t *testing.T) {
	t.Parallel()
	d := newTrial(t, 0)
	stranger := ""
	d.before = func(_ int, c runner.Command) {
		if c.Args[1] != "DeleteInstances" || stranger != "" || slices.Contains(c.Args, "--dryrun") {
			return
		}
		var err error
		in := d.last("RunInstances")
		if stranger, err = d.cloud.Add("instance", map[string]string{"region": "cn-hangzhou", "vswitch": in["VSwitchId"], "security-group": in["SecurityGroupId"], "type": in["InstanceType"]}); err != nil {
			t.Fatal(err)
		}
	}
	r := d.order(steps.ExitDone, also([]string{"run", d.path("job.sh")}, small...)...)
	for _, row := range data[account](t, r).Resources {
		if row.Kind != "instance" && (row.State != "retained" || !strings.Contains(row.Note, stranger)) {
			t.Errorf("%+v", row)
		}
	}
	d.careful()
}

// TestAgentUnknown: an account that may not ask for the agent runs its script all the same.
func TestAgentUnknown(t *testing.T) {
	t.Parallel()
	d := newTrial(t, 0)
	d.cloud.Faults = []ecssim.Fault{{API: "DescribeCloudAssistantStatus", Kind: "forbidden"}}
	r := d.order(steps.ExitDone, also([]string{"run", d.path("job.sh")}, small...)...)
	if len(r.Warnings) == 0 || r.Warnings[0].Code != "AgentUnknown" {
		t.Errorf("warnings %v", r.Warnings)
	}
	d.clean()
}

// TestRefused: permission, credentials and money stop at once, in the first region.
func TestRefused(t *testing.T) {
	t.Parallel()
	for _, api := range []string{"DescribeRecommendInstanceType", "DescribeAvailableResource", "DescribeImages", "DescribePrice"} {
		for _, kind := range []string{"forbidden", "credentials", "code:InsufficientBalance"} {
			d := newTrial(t, 0)
			d.cloud.Faults = []ecssim.Fault{{API: api, Kind: kind}}
			d.do(steps.ExitFailed, "run", d.path("job.sh"), "cores=2", "memory=4")
			if d.count(api) != 1 {
				t.Errorf("%s %s: called %d times", api, kind, d.count(api))
			}
		}
	}
}

// TestSafetyPolicy: a policy of the CLI that forbids the deleting forbids the making.
func TestSafetyPolicy(t *testing.T) {
	t.Parallel()
	for _, action := range []string{"deny", "confirm"} {
		d := newTrial(t, 0)
		d.cloud.Policy = []ecssim.Rule{{Pattern: "*:Delete*", Action: action}}
		r := d.do(steps.ExitBlocked, also([]string{"run", d.path("job.sh")}, small...)...)
		if r.Fault.Code != "SafetyPolicy" {
			t.Errorf("%v", r.Fault)
		}
		d.clean()
	}
}

// TestLost: a create whose answer is lost is made once and released, by any of the services' calls.
func TestLost(t *testing.T) {
	t.Parallel()
	for _, api := range []string{"CreateVpc", "CreateVSwitch", "CreateSecurityGroup", "AuthorizeSecurityGroupEgress", "RunInstances", "RunCommand",
		"DeleteInstances", "DeleteSecurityGroup", "DeleteVSwitch", "DeleteVpc"} {
		for _, kind := range []string{"timeout", "timeout-acted", "lost-answer", "killed", "killed-acted", "empty", "empty-acted", "html-acted", "truncated", "empty-id-list", "server-error",
			"server-error-acted", "bad-gateway-acted", "throttled", "refused", "eof", "panic", "missing-id", "late"} {
			if !slices.ContainsFunc(ecssim.Kinds, func(k ecssim.Kind) bool { return k.Name == kind }) {
				t.Fatalf("no kind of fault %s", kind)
			}
			t.Run(api+" "+kind, func(t *testing.T) {
				t.Parallel()
				d := newTrial(t, 0)
				d.cloud.Faults = []ecssim.Fault{{API: api, Nth: 1, Kind: kind}}
				d.order(steps.ExitDone, also([]string{"run", d.path("job.sh")}, small...)...)
				d.clean()
				if made := d.cloud.Creates("RunInstances"); len(made) != 1 {
					t.Errorf("instances %v", made)
				}
			})
		}
	}
}

// TestInterrupted: at every call of a run, the user asks to stop. What was made is gone when the process ends.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	whole := newTrial(t, 0)
	whole.order(steps.ExitDone, also([]string{"run", whole.path("job.sh")}, small...)...)
	calls := whole.calls
	log := whole.cloud.Calls()
	// From here on the script has succeeded, and the rest is done whatever the user says.
	released := calls - (len(log) - 1 - slices.IndexFunc(log, func(c ecssim.Call) bool { return c.API == "DescribeInvocationResults" }))
	for n := 1; n <= calls; n++ {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			d := newTrial(t, 0)
			d.do(steps.ExitConfirm, also([]string{"run", d.path("job.sh")}, small...)...)
			ctx, stop := context.WithCancelCause(t.Context())
			defer stop(nil)
			d.before = func(at int, _ runner.Command) {
				if at == n {
					stop(steps.Signal{Number: syscall.SIGINT})
				}
			}
			r := d.try(ctx, also([]string{"run", d.path("job.sh"), "confirm=true"}, small...)...)
			want := steps.ExitCode(130)
			if n > released {
				want = steps.ExitDone
			}
			if r.ExitCode != want {
				t.Errorf("ended with %d, want %d: %v", r.ExitCode, want, r.Fault)
			}
			d.clean()
		})
	}
}

// TestCrash: at every call of a run, the process dies. The next command releases what the ledger names.
func TestCrash(t *testing.T) {
	t.Parallel()
	whole := newTrial(t, 0)
	whole.order(steps.ExitDone, also([]string{"run", whole.path("job.sh")}, small...)...)
	calls := whole.calls
	for n := 1; n <= calls; n++ {
		for _, acted := range []bool{false, true} {
			t.Run(fmt.Sprint(n, acted), func(t *testing.T) {
				t.Parallel()
				d := newTrial(t, 0)
				d.do(steps.ExitConfirm, also([]string{"run", d.path("job.sh")}, small...)...)
				d.before = func(at int, c runner.Command) {
					if at == n {
						if acted {
							_, _ = d.cloud.Run(context.Background(), c)
						}
						panic("crash")
					}
				}
				func() {
					defer func() { _ = recover() }()
					d.try(t.Context(), also([]string{"run", d.path("job.sh"), "confirm=true"}, small...)...)
				}()
				d.before = nil
				d.do(steps.ExitDone, "release")
				d.clean()
			})
		}
	}
}

// TestLeftBehind: what cannot be released is named, in the output and in the ledger, and released later.
func TestLeftBehind(t *testing.T) {
	t.Parallel()
	for _, api := range []string{"DeleteInstances", "DeleteSecurityGroup", "DeleteVSwitch", "DeleteVpc"} {
		t.Run(api, func(t *testing.T) {
			t.Parallel()
			d := newTrial(t, 0)
			d.cloud.Faults = []ecssim.Fault{{API: api, Kind: "forbidden"}}
			r := d.order(steps.ExitIncomplete, also([]string{"run", d.path("job.sh")}, small...)...)
			d.named(r)
			d.cloud.Faults = nil
			d.do(steps.ExitDone, "release")
			d.clean()
		})
	}
}

// named checks that what is left is named with its id, in the error and in the ledger.
func (d *trial) named(r steps.Report) {
	d.t.Helper()
	rows := data[[]runRow](d.t, d.do(steps.ExitDone, "runs"))
	listed := ""
	for _, row := range rows {
		listed += " " + row.there()
	}
	for _, left := range d.cloud.Left("") {
		if r.Fault == nil || !strings.Contains(r.Fault.Changed, left.ID) {
			d.t.Errorf("%s %s is left, and the error says %v", left.Kind, left.ID, r.Fault)
		}
		if !strings.Contains(listed, left.ID) {
			d.t.Errorf("%s %s is left, and the ledger has%s", left.Kind, left.ID, listed)
		}
	}
}

// FuzzRun: whatever goes wrong, whenever, and whenever the user loses patience, nothing is left that the ledger and the
// output do not name; and a release on a healthy account leaves nothing at all.
func FuzzRun(f *testing.F) {
	var kinds []string
	for _, kind := range ecssim.Kinds {
		if kind.Argument == "" {
			kinds = append(kinds, kind.Name)
		}
	}
	for seed := range int64(60) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed int64) {
		d := newTrial(t, seed)
		if r := d.try(t.Context(), also([]string{"run", d.path("job.sh")}, small...)...); r.ExitCode != steps.ExitConfirm {
			return // nothing to buy in this account
		}
		dice := rng(seed)
		for range 1 + dice(4) {
			d.cloud.Faults = append(d.cloud.Faults, ecssim.Fault{API: "*", Nth: len(d.cloud.Log) + 1 + dice(60), Kind: kinds[dice(len(kinds))]})
		}
		ctx, stop := context.WithCancelCause(t.Context())
		defer stop(nil)
		if stopAt := dice(90); stopAt > 0 {
			d.before = func(at int, _ runner.Command) {
				if at == stopAt {
					stop(steps.Signal{Number: syscall.SIGTERM})
				}
			}
		}
		r := d.try(ctx, also([]string{"run", d.path("job.sh"), "confirm=true"}, small...)...)
		d.before, d.cloud.Faults = nil, nil
		if r.ExitCode == steps.ExitDone && len(d.cloud.Left("")) > 0 {
			t.Errorf("done, and there is %v", d.cloud.Left(""))
		}
		d.accounted(r)
		d.do(steps.ExitDone, "release")
		d.clean()
	})
}

// accounted is named for a run whose answers may have been lost: what is there without a known id stands in the ledger
// as something that may exist.
func (d *trial) accounted(r steps.Report) {
	d.t.Helper()
	rows := data[[]runRow](d.t, d.do(steps.ExitDone, "runs"))
	for _, left := range d.cloud.Left("") {
		known := slices.ContainsFunc(rows, func(row runRow) bool {
			return slices.ContainsFunc(row.Resources, func(x resource) bool { return x.Kind == left.Kind && (x.ID == left.ID || x.ID == "") })
		})
		if !known {
			d.t.Errorf("%s %s is left, and no ledger has it: %v", left.Kind, left.ID, rows)
		}
		if r.Fault == nil || !strings.Contains(r.Fault.Changed, left.ID) && !strings.Contains(r.Fault.Changed, "no id known") {
			d.t.Errorf("%s %s is left, and the error says %v", left.Kind, left.ID, r.Fault)
		}
	}
}

// rng returns a die that falls the same way for a seed.
func rng(seed int64) func(n int) int {
	x := uint64(seed)*0x9e3779b97f4a7c15 + 1
	return func(n int) int {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		return int(x % uint64(n))
	}
}

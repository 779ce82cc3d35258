package ecs

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"aligate/fixtures/ecssim"
	"aligate/runner"
	"aligate/steps"
)

// findings are the 41 of ecs-facts section 5, each with the tests that keep it out of here: functions of this package
// and those below it, and scripts of the product's contract. None is kept by good will alone.
var findings = []struct {
	number int
	what   string
	kept   []string
}{
	{1, "an exact type is looked up, alternatives are only named", []string{"TestExactType"}},
	{2, "stock is confirmed in all zones, and the next one is tried", []string{"TestStock", "TestExactType"}},
	{3, "no price, no order", []string{"TestQuoteProblem", "TestReads", "TestCheckPrice"}},
	{4, "what is priced is what is ordered, and confirmed as such", []string{"TestParamsAgree", "TestDigest", "TestRun", "TestUnconfirmed", "TestPriceRises"}},
	{5, "a discount is no price, a currency is never assumed", []string{"TestDiscountIsNoPrice", "TestHigher", "TestCovers"}},
	{6, "sizes are GiB, whatever unit a reply has", []string{"TestReads"}},
	{7, "zones of a recommendation in either shape", []string{"TestReads"}},
	{8, "GPUs are asked for as at least and at most", []string{"TestReadsArgv", "TestTypeLimits"}},
	{9, "only what is about a region sends on to the next one", []string{"TestRefused", "TestQuotaUsedUp", "TestMoves"}},
	{10, "the architecture decides about the image, before anything is made", []string{"TestARM", "TestFamilyMiss"}},
	{11, "what is made is in the ledger before it exists", []string{"TestCrash", "TestLost", "TestDiskFull", "FuzzRun"}},
	{12, "an instance whose launch fails is released first", []string{"TestVanished", "TestLost", "TestLeftBehind", "TestInterrupted"}},
	{13, "an empty list of ids is an answer that was lost", []string{"TestLost", "TestMade"}},
	{14, "one instance is ordered, and one id is taken for it", []string{"TestAmount", "TestOwnOptions", "TestMade"}},
	{15, "no parameter of the order is passed through", []string{"TestOwnOptions"}},
	{16, "nothing comes in unless it is asked for, and what manages or stores not from the world", []string{"TestOwnOptions", "TestGuarded", "TestParseRulesRefuses"}},
	{17, "rules are applied before the instance is there", []string{"TestUp"}},
	{18, "only PostPaid is ordered", []string{"TestOwnOptions"}},
	{19, "every create has a token of its own, and goes out again with it", []string{"TestLost", "TestOwnOptions"}},
	{20, "the service releases a one-shot if nobody else does", []string{"TestDeadMan", "TestUp"}},
	{21, "a network is reused if aligate made it to stay, or it is named", []string{"TestNetworkReuse", "TestSharedNetwork", "TestGivenNetwork", "TestReadsPages"}},
	{22, "subnets are compared as ranges, in the VPC's own blocks", []string{"TestFree", "TestFreeAgainstTrying", "FuzzFree"}},
	{23, "a VPC that is Pending is waited for", []string{"TestNetworkReuse"}},
	{24, "a vswitch that is full is not reused", []string{"TestNetworkReuse"}},
	{25, "a network that somebody else stands on is kept", []string{"TestStranger", "TestSharedNetwork"}},
	{26, "a release goes where the thing is: its region, its profile", []string{"TestReleaseGoesThere", "TestProfileStays"}},
	{27, "the agent is awaited before the script is sent", []string{"TestAgentAwaited", "TestAgentUnknown"}},
	{28, "no id, no look-up; and the answer is about what was asked", []string{"TestReadsRefuse", "TestReadsNotAsked", "TestLost"}},
	{29, "only exit code 0 is success", []string{"TestExitCode"}},
	{30, "the script is checked first, and what was dropped is said", []string{"TestScriptChecked", "TestReadProblems", "TestDropped"}},
	{31, "a script that runs too long is stopped", []string{"TestOverrun", "TestExecSaysWhatRan"}},
	{32, "Ctrl-C releases; a second one names what is left", []string{"TestInterrupted", "TestSecondSignal", "ecs_stopped.txtar"}},
	{33, "a delete is repeated while it may work, and what is left is named", []string{"TestLost", "TestLeftBehind", "FuzzRun"}},
	{34, "deletes are tried for minutes", []string{"TestSlowLeave"}},
	{35, "only what the ledger says the run made is deleted", []string{"TestGivenNetwork", "TestOwnOnly"}},
	{36, "a call without ids is never sent", []string{"TestReadsRefuse", "TestOwnOnly", "FuzzRun"}},
	{37, "states are the service's own", []string{"TestExitCode", "TestVanished", "FuzzRun"}},
	{38, "what comes from overseas is fetched from there, with a public address", []string{"TestRegionRule", "TestNeeds"}},
	{39, "a missing permission beside the point stops nothing", []string{"TestAgentUnknown", "TestBlindToGroups", "TestOverrun"}},
	{40, "scripts and their output are in no log, secrets in them are pointed out", []string{"TestSecrets", "TestSecretsAreNotTold", "ecs_run.txtar"}},
	{41, "help is our own, not the metadata's", []string{"TestLookupsExplained"}},
}

func TestFindings(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	below, err := filepath.Glob("*/*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, file := range append(files, below...) {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(raw)
	}
	for i, f := range findings {
		if f.number != i+1 || f.what == "" || len(f.kept) == 0 {
			t.Errorf("row %d: %+v", i, f)
		}
		for _, name := range f.kept {
			if _, err := os.Stat(filepath.Join("../../testscripts", name)); strings.HasSuffix(name, ".txtar") && err == nil {
				continue
			}
			if !strings.Contains(all.String(), "\nfunc "+name+"(") {
				t.Errorf("finding %d: there is no %s", f.number, name)
			}
		}
	}
	if len(findings) != 41 {
		t.Errorf("%d findings", len(findings))
	}
}

// TestARM: the image is of the architecture of the type, and a family that has none for it is said before anything is
// made.
func TestARM(t *testing.T) {
	t.Parallel()
	d := newTrial(t, 0)
	found := data[finding](t, d.do(steps.ExitDone, "find", "type=ecs.c8y.large", "region=cn-hangzhou"))
	if o := found.Options[0]; o.Architecture != "ARM" || !strings.HasSuffix(o.ImageFamily, "_arm64") {
		t.Errorf("found %+v", o)
	}
	r := d.do(steps.ExitMissing, "run", d.path("job.sh"), "type=ecs.c8y.large", "region=cn-hangzhou", "image=debian 12")
	if !strings.Contains(r.Fault.Message, "image") {
		t.Errorf("it says %s", r.Fault.Message)
	}
	d.clean()
}

// TestOwnOptions: what goes into the order is what this program has words for, and nothing comes in by itself.
func TestOwnOptions(t *testing.T) {
	t.Parallel()
	d := newTrial(t, 0)
	d.order(steps.ExitDone, also([]string{"run", d.path("job.sh"), "bandwidth=5"}, small...)...)
	known := []string{"RegionId", "ZoneId", "InstanceType", "ImageId", "VSwitchId", "SecurityGroupId", "InstanceName", "InstanceChargeType", "SpotStrategy",
		"Amount", "SystemDisk.Category", "SystemDisk.Size", "SystemDisk.PerformanceLevel", "InternetChargeType", "InternetMaxBandwidthOut", "IoOptimized",
		"ClientToken", "AutoReleaseTime", "Tag.1.Key", "Tag.1.Value"}
	sent := d.last("RunInstances")
	for name := range sent {
		if !slices.Contains(known, name) {
			t.Errorf("RunInstances with %s", name)
		}
	}
	if sent["InstanceChargeType"] != "PostPaid" || sent["Amount"] != "" && sent["Amount"] != "1" {
		t.Errorf("ordered %v", sent)
	}
	if n := d.count("AuthorizeSecurityGroup"); n > 0 {
		t.Errorf("%d rules let something in", n)
	}
	for _, m := range []mode{runMode, upMode, createMode} {
		for _, p := range m.params {
			if name := strings.ToLower(p.Name); strings.Contains(name, "user-data") || strings.Contains(name, "image-id") || strings.Contains(name, "param") || strings.Contains(name, "charge") {
				t.Errorf("%s has --%s", m.command, p.Name)
			}
		}
	}
	d.clean()
}

// TestDeadMan: the service releases a one-shot's instance some time after the script's own, and not before.
func TestDeadMan(t *testing.T) {
	t.Parallel()
	for _, seconds := range []string{"10", "86400"} {
		d := newTrial(t, 0)
		var launched time.Time
		d.before = func(_ int, c runner.Command) {
			if c.Args[1] == "RunInstances" {
				launched = d.now()
			}
		}
		d.order(steps.ExitDone, also([]string{"run", d.path("job.sh"), "command-timeout=" + seconds}, small...)...)
		until, err := time.Parse(time.RFC3339, d.last("RunInstances")["AutoReleaseTime"])
		limit, _ := time.ParseDuration(seconds + "s")
		if left := until.Sub(launched) - limit; err != nil || left < 30*time.Minute || left > time.Hour {
			t.Errorf("%s seconds, launched %s, released %s: %v", seconds, launched, until, err)
		}
	}
}

// TestNetworkReuse: what aligate made to stay is used again: waited for while it is Pending, and passed over while it
// is full. What only has the name is somebody else's.
func TestNetworkReuse(t *testing.T) {
	t.Parallel()
	add := func(d *trial, kind string, values map[string]string) string {
		values["region"] = "cn-hangzhou"
		id, err := d.cloud.Add(kind, values)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	d := newTrial(t, 0)
	add(d, "vpc", map[string]string{"name": "aligate"})
	add(d, "vpc", map[string]string{"name": "acf-vpc"})
	ours := add(d, "vpc", map[string]string{"tag." + ownTag: shared, "cidr": "10.0.0.0/16"})
	for _, v := range d.cloud.Vpcs {
		if v.ID == ours {
			v.Looks, v.Settled = 0, 6 // Pending for some looks
		}
	}
	d.order(steps.ExitDone, also([]string{"run", d.path("job.sh")}, small...)...)
	made := d.last("CreateVSwitch")
	if d.count("CreateVpc") > 0 || d.count("CreateVSwitch") != 1 || made["VpcId"] != ours || !strings.HasPrefix(made["CidrBlock"], "10.0.") {
		t.Errorf("vswitch %v\n%s", made, d.log())
	}
	d.clean()

	d = newTrial(t, 0)
	ours = add(d, "vpc", map[string]string{"tag." + ownTag: shared})
	o := d.do(steps.ExitConfirm, also([]string{"run", d.path("job.sh")}, small...)...).Fault.Details.(ordered).Offer.Order
	full := add(d, "vswitch", map[string]string{"vpc": ours, "zone": o.Zone, "cidr": "192.168.0.0/29", "tag." + ownTag: shared})
	group := add(d, "security-group", map[string]string{"vpc": ours})
	for range 4 {
		add(d, "instance", map[string]string{"vswitch": full, "security-group": group, "type": o.InstanceType})
	}
	d.do(steps.ExitDone, also([]string{"run", d.path("job.sh"), "confirm=true"}, small...)...)
	if d.last("RunInstances")["VSwitchId"] == full {
		t.Error("the vswitch has no address left")
	}
	d.careful()
}

// TestReleaseGoesThere: what stands in one region is released in it, whatever the first region of a list is.
func TestReleaseGoesThere(t *testing.T) {
	t.Parallel()
	d := newTrial(t, 0)
	run := data[account](t, d.order(steps.ExitDone, "create", "cores=2", "memory=4", "regions=ap-southeast-1,cn-hangzhou")).Run
	d.before = func(_ int, c runner.Command) {
		if !slices.Contains(c.Args, "--RegionId=ap-southeast-1") {
			t.Errorf("another region is asked: %v", c.Args)
		}
	}
	d.do(steps.ExitDone, "release", run, "confirm=true")
	d.clean()
}

// TestAgentAwaited: no script is sent before the agent has said that it is there.
func TestAgentAwaited(t *testing.T) {
	t.Parallel()
	d := newTrial(t, 0)
	d.cloud.Pace.Agent = 6
	d.order(steps.ExitDone, also([]string{"run", d.path("job.sh")}, small...)...)
	if asked := d.count("DescribeCloudAssistantStatus"); asked < 6 || d.count("RunCommand") != 1 {
		t.Errorf("asked for the agent %d times, sent the script %d times", asked, d.count("RunCommand"))
	}
	d.clean()
}

// TestDropped: what the service did not keep of the output is said.
func TestDropped(t *testing.T) {
	t.Parallel()
	d := newTrial(t, 0)
	r := d.order(steps.ExitDone, also([]string{"run", d.write("job.sh", "echo x\n# sim: dropped 10\n")}, small...)...)
	if len(r.Warnings) != 1 || r.Warnings[0].Code != "OutputDropped" || !strings.Contains(r.Warnings[0].Message, "10 bytes") || data[account](t, r).Script.Dropped != 10 {
		t.Errorf("warnings %v", r.Warnings)
	}
	d.clean()
}

// TestOverrun: a script that does not end is stopped, also where the instance stays; that an account may not stop it is
// said, and is no reason to lose what there is.
func TestOverrun(t *testing.T) {
	t.Parallel()
	for _, denied := range []bool{false, true} {
		d := newTrial(t, 0)
		if denied {
			d.cloud.Faults = []ecssim.Fault{{API: "StopInvocation", Kind: "forbidden"}}
		}
		d.before = func(int, runner.Command) {
			for _, v := range d.cloud.Invocations {
				v.Created = d.now() // the service does not keep to the script's time
			}
		}
		script := d.write("job.sh", "echo x\n# sim: polls 100000\n")
		r := d.order(steps.ExitIncomplete, also([]string{"up", script, "command-timeout=10", "keep-on-failure=true"}, small...)...)
		if d.count("StopInvocation") == 0 || !strings.Contains(r.Fault.Message, "job.sh on i-") {
			t.Errorf("stopped %d times: %v", d.count("StopInvocation"), r.Fault)
		}
		if warned := len(r.Warnings) > 0 && r.Warnings[0].Code == "CommandRuns"; warned != denied {
			t.Errorf("denied %t, warnings %v", denied, r.Warnings)
		}
		d.before, d.cloud.Faults = nil, nil
		d.do(steps.ExitDone, "release", data[account](t, r).Run, "confirm=true")
		d.clean()
	}
}

// TestSlowLeave: an instance that may not be deleted yet is told again, and what hangs on to a network for minutes after the instance is gone is waited for.
func TestSlowLeave(t *testing.T) {
	t.Parallel()
	d := newTrial(t, 0)
	d.cloud.Pace.Leave, d.cloud.Pace.Linger = 20, 15
	for n := 1; n < 9; n++ {
		d.cloud.Faults = append(d.cloud.Faults, ecssim.Fault{API: "DeleteInstances", Nth: n, Kind: "code:IncorrectInstanceStatus.Initializing"})
	}
	began := d.now()
	d.order(steps.ExitDone, also([]string{"run", d.path("job.sh")}, small...)...)
	if took := d.now().Sub(began); took < 5*time.Minute || d.count("DeleteInstances") < 6 {
		t.Errorf("it took %s and %d calls, which proves nothing", took, d.count("DeleteInstances"))
	}
	d.clean()
}

// TestOwnOnly: a release deletes what the ledger says was made, by its id, and nothing that was only used.
func TestOwnOnly(t *testing.T) {
	t.Parallel()
	d := newTrial(t, 0)
	made := data[account](t, d.order(steps.ExitDone, also([]string{"create"}, small...)...))
	used := []string{"vpc-id=", "vswitch-id=", "security-group-id="}
	for _, r := range made.Resources {
		for i, kind := range []string{"vpc", "vswitch", "security-group"} {
			if r.Kind == kind {
				used[i] += r.ID
			}
		}
	}
	second := data[account](t, d.order(steps.ExitDone, also(also([]string{"create"}, used...), small...)...))
	d.do(steps.ExitDone, "release", second.Run, "confirm=true")
	if left := d.cloud.Left(made.Run); len(left) != 4 {
		t.Errorf("of the first run there is %v", left)
	}
	// A network of somebody else's, with nothing in it that would hold it, stays as well.
	foreign := map[string]string{"region": "cn-hangzhou"}
	words := []string{"create"}
	for _, kind := range []string{"vpc", "vswitch", "security-group"} {
		foreign["zone"], foreign["cidr"] = "cn-hangzhou-i", "192.168.0.0/16"
		id, err := d.cloud.Add(kind, foreign)
		if err != nil {
			t.Fatal(err)
		}
		foreign[kind] = id
		words = append(words, kind+"-id="+id)
	}
	third := data[account](t, d.order(steps.ExitDone, also(words, small...)...))
	d.do(steps.ExitDone, "release", third.Run, "confirm=true")
	for _, call := range d.cloud.Calls() {
		for _, kind := range []string{"vpc", "vswitch", "security-group"} {
			if strings.HasPrefix(call.API, "Delete") && slices.Contains(slices.Collect(maps.Values(call.Params)), foreign[kind]) {
				t.Errorf("%s %v", call.API, call.Params)
			}
		}
	}
	w := &work{}
	if note := w.delete(t.Context(), &things[0], steps.Item{Kind: "instance"}); !strings.Contains(note, "without one, nothing is deleted") {
		t.Errorf("a thing without an id: %q", note)
	}
	d.do(steps.ExitDone, "release", made.Run, "confirm=true")
	d.clean()
}

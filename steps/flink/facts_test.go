package flink

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"aligate/fixtures/flinksim"
	"aligate/runner"
	"aligate/steps"
)

const (
	in     = "--region-id cn-hangzhou "
	inOne  = in + "--instance-id f-cn-one "
	newOne = in + "--name demo --instance-type PayAsYouGo --vpc-id vpc-1 --vswitch-id vsw-1 --cu-count 4 --confirm"
	tagOne = in + "--resource-type vvpinstance --resource-ids f-cn-one "
)

// one is a bench with one pay-as-you-go instance, f-cn-one, called one.
func one(t *testing.T) *bench {
	t.Helper()
	b := newBench(t)
	b.sim.Settle = 1
	b.sim.AddInstance(flinksim.Instance{ID: "f-cn-one", Name: "one", VPC: "vpc-1", VSwitches: []string{"vsw-1"}})
	return b
}

func (b *bench) fault(api string, nth int, kind string) {
	b.t.Helper()
	if err := b.sim.Inject(api, nth, kind); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) namespace(n flinksim.Namespace) {
	b.t.Helper()
	if err := b.sim.AddNamespace(n); err != nil {
		b.t.Fatal(err)
	}
}

// sent fails the test unless so many writes were sent.
func (b *bench) sent(n int) {
	b.t.Helper()
	if got := len(b.sim.Writes()); got != n {
		b.t.Errorf("%d writes were sent, want %d:\n%s", got, n, b.calls())
	}
	b.clean()
}

func warned(r steps.Report) string {
	var codes []string
	for _, w := range r.Warnings {
		codes = append(codes, w.Code)
	}
	return strings.Join(codes, " ")
}

// Each contradiction and each bug of the documents and of what came before (facts F), by its number. Those that are not
// here are proven where the row says so.
var factTests = []struct {
	fact, what string
	test       func(t *testing.T)
}{
	{"F1", "an instance on page 2 is there", func(t *testing.T) {
		b := newBench(t)
		for n := range 130 {
			b.sim.AddInstance(flinksim.Instance{ID: fmt.Sprintf("f-cn-%03d", n), Name: fmt.Sprintf("many-%d", n), VPC: "vpc-1", VSwitches: []string{"vsw-1"}, Spec: flinksim.CU(8)})
		}
		b.fault("DescribeInstances", 0, "list-ignores-filter")
		if r := b.must(0, "", "delete", in+"--instance-id f-cn-129 --force-confirmation --wait"); r.Keys["idempotent_noop"] != nil {
			t.Error("it was taken for absent")
		}
		b.must(4, "InstanceNameConflict", "create", in+"--name many-128 --instance-type PayAsYouGo --vpc-id vpc-1 --vswitch-id vsw-1 --cu-count 4 --confirm")
		b.must(0, "", "modify-spec", in+"--instance-id f-cn-127 --new-cu-count 12 --confirm-price --wait")
		b.sent(2)
	}},
	{"F1", "namespaces and tags have pages too", func(t *testing.T) {
		b := one(t)
		b.sim.AddInstance(flinksim.Instance{ID: "f-cn-big", Name: "big", Spec: flinksim.CU(500)})
		for n := range 120 {
			b.namespace(flinksim.Namespace{Instance: "f-cn-big", Name: fmt.Sprintf("ns-%03d", n), Spec: flinksim.CU(1)})
		}
		r := b.must(1, "NamespaceAssociationExists", "delete", in+"--instance-id f-cn-big --force-confirmation")
		if linked := r.Error.Details.(map[string]any)["linked_namespaces"].([]string); len(linked) != 120 {
			t.Errorf("%d namespaces", len(linked))
		}
		b.must(0, "", "delete-namespace", in+"--instance-id f-cn-big --name ns-119 --confirm --wait")
		b.sim.SetTags("f-cn-one", map[string]string{"a": "1", "b": "2", "c": "3", "d": "4", "e": "5"})
		b.sim.TagPage = 2
		if r := b.must(0, "", "tag-resources", tagOne+"--tags e:5 --confirm"); r.Keys["idempotent_noop"] != true {
			t.Error("the tag on the last page was not seen")
		}
		b.sent(1)
	}},
	{"F2", "the service's own namespaces do not hinder, and are never deleted", func(t *testing.T) {
		b := one(t)
		b.must(1, "DefaultNamespace", "delete-namespace", inOne+"--name one-default --confirm --confirm-no-running-jobs")
		b.must(0, "", "delete", inOne+"--force-confirmation --wait")
		b.sent(1)
		i := &instance{Name: "x"}
		for ns, want := range map[string]bool{"default": true, "x-default": true, "x-default-ha": true, "x-default2": false, "y-default": false} {
			if isDefault(i, ns) != want {
				t.Errorf("%s: %v", ns, !want)
			}
		}
	}},
	{"F3", "delete without its flag says what is there, and sends nothing", func(t *testing.T) {
		b := one(t)
		r := b.must(7, "SafetyCheckRequired", "delete", inOne)
		check := r.Error.Details.(*safety)
		if current := check.Current.(*instance); current.Name != "one" || check.Flag != "--force-confirmation" {
			t.Errorf("%+v", check)
		}
		if want := "aligate flink delete --region-id cn-hangzhou --instance-id f-cn-one --force-confirmation"; check.Command != want {
			t.Errorf("goes on with %q, want %q", check.Command, want)
		}
		b.sent(0)
	}},
	{"F4", "Success false is a failure, absent an open question", func(t *testing.T) {
		b := one(t)
		b.fault("TagResources", 1, "success-false")
		r := b.must(1, "SYNTH.ERR", "tag-resources", tagOne+"--tags a:1 --confirm")
		if r.Keys["success"] != false {
			t.Errorf("%+v", r.Keys)
		}
		b.fault("TagResources", 2, "success-absent")
		b.must(0, "", "tag-resources", tagOne+"--tags a:1 --confirm")
		b.fault("DescribeInstances", 0, "success-absent")
		b.must(1, "BadOutput", "describe", in)
		b.sent(2)
	}},
	{"F5", "the service's codes come out as they are, with their kind", func(t *testing.T) {
		for kind, want := range map[string][2]string{
			"throttled": {"Throttling.User", byThrottling}, "forbidden": {"Forbidden.RAM", byPermission}, "bad-key": {"InvalidAccessKeyId.NotFound", byCredential},
			"unavailable": {"ServiceUnavailable", byTransient}, "timeout": {"Timeout", byAmbiguity}, "success-false": {"SYNTH.ERR", byBusiness},
		} {
			b := one(t)
			b.fault("DescribeInstances", 0, kind)
			if r := b.must(1, want[0], "describe", in); r.Error.Category != want[1] {
				t.Errorf("%s: category %s, want %s", kind, r.Error.Category, want[1])
			}
		}
	}},
	{"F6", "the zone is compared, not sent", func(t *testing.T) {
		b := newBench(t)
		if r := b.must(0, "", "create", newOne+" --zone-id cn-hangzhou-h"); !strings.Contains(warned(r), "OtherZone") {
			t.Errorf("warned of %q", warned(r))
		}
		if args := strings.Join(b.sim.Writes()[0].Args, " "); strings.Contains(args, "Zone") {
			t.Error(args)
		}
	}},
	{"F7", "0/0 means does not apply", func(t *testing.T) {
		b := one(t)
		b.namespace(flinksim.Namespace{Instance: "f-cn-one", Name: "bare", Spec: flinksim.CU(4), Bare: true})
		if r := b.must(0, "", "create-namespace", inOne+"--name bare --cpu 4 --memory-gb 16 --confirm"); r.Keys["idempotent_noop"] != true {
			t.Error("it was taken for another one")
		}
		b.must(1, "InsufficientResources", "create-namespace", inOne+"--name more --cpu 6 --memory-gb 24 --confirm")
		b.sent(0)
	}},
	{"F8", "what does not fit is refused, with the numbers", func(t *testing.T) {
		b := one(t)
		r := b.must(1, "InsufficientResources", "create-namespace", inOne+"--name more --cpu 10 --memory-gb 40 --confirm")
		if raw, _ := json.Marshal(r.Error.Details); string(raw) != `{"allocated":{"Cpu":1,"MemoryGB":4},"instance_total":{"Cpu":10,"MemoryGB":40},"requested":{"Cpu":10,"MemoryGB":40}}` {
			t.Errorf("%s", raw)
		}
		b.must(1, "InsufficientResources", "modify-namespace-spec", inOne+"--name one-default --cpu 11 --memory-gb 44 --ha no --confirm")
		b.sent(0)
	}},
	{"F9", "numbers, ratios, names and periods are checked before anything starts", func(t *testing.T) {
		b := newBench(t)
		for _, flags := range []string{
			strings.Replace(newOne, "--cu-count 4", "--cu-count -1", 1), strings.Replace(newOne, "--cu-count 4", "--cpu 4 --memory-gb 8", 1),
			strings.Replace(newOne, "--name demo", "--name 1demo", 1), strings.Replace(newOne, "--name demo", "--name demo-", 1),
			strings.Replace(newOne, "PayAsYouGo", "Subscription", 1), newOne + " --period 1", newOne + " --auto-renew", newOne + " --cpu 4",
			strings.Replace(newOne, "--cu-count 4", "", 1),
		} {
			b.must(2, "Usage", "create", flags)
		}
		if calls := b.calls(); calls != "" {
			t.Errorf("started:\n%s", calls)
		}
	}},
	{"F11", "a missing flag is no attempt", func(t *testing.T) {
		b := one(t)
		if r := b.must(7, "SafetyCheckRequired", "tag-resources", tagOne+"--tags a:1"); reported(t, r).Write.Attempts != 0 {
			t.Error("it counts")
		}
		b.must(0, "", "tag-resources", tagOne+"--tags a:1 --confirm")
		b.sent(1)
	}},
	{"F12", "the official CLI's own form, and nothing else of it", func(t *testing.T) {
		b := one(t)
		b.must(0, "", "delete", inOne+"--force-confirmation --wait")
		for _, call := range b.sim.Calls() {
			if call.Args[0] != "foasconsole" || slices.ContainsFunc(call.Args, func(a string) bool { return a == "--yes" || a == "--force" || a == "--pager" || a == "--waiter" }) {
				t.Error(call.Args)
			}
		}
	}},
	{"F13, F15", "all fifteen are there", func(t *testing.T) {
		for _, name := range strings.Fields("create describe modify_spec delete renew convert create_namespace describe_namespaces modify_namespace_spec delete_namespace tag_resources list_tags untag_resources describe_regions describe_zones") {
			if operationNamed(name) == nil {
				t.Error(name)
			}
		}
	}},
	{"F14", "completed or incomplete, and the rest is the reason", func(t *testing.T) {
		b := one(t)
		b.sim.Settle = 50
		r := b.must(9, "StillDeleting", "delete", inOne+"--force-confirmation")
		if rep := reported(t, r); rep.Final != incomplete || rep.Reason != "still_deleting" || rep.Verify.Checks != 3 || rep.Next == "" {
			t.Errorf("%+v", rep)
		}
		b.sent(1)
	}},
	{"F16", "ready is RUNNING: another word is neither ready nor the end", func(t *testing.T) {
		b := newBench(t)
		b.fault("DescribeInstances", 0, "unknown-status")
		r := b.must(9, "NotReady", "create", newOne+" --wait --wait-timeout 120")
		if rep := reported(t, r); !strings.Contains(r.Error.Message, "AVAILABLE") || rep.Verify.Checks < 4 {
			t.Errorf("%s, %d checks", r.Error.Message, rep.Verify.Checks)
		}
		b.sent(1)
	}},
	{"F17", "a missing instance is that, not a missing namespace", func(t *testing.T) {
		b := newBench(t)
		b.must(5, "InstanceNotFound", "create-namespace", inOne+"--name a --confirm")
		b.must(5, "InstanceNotFound", "modify-namespace-spec", inOne+"--name a --cpu 1 --memory-gb 4 --ha no --confirm")
		b.must(5, "InstanceNotFound", "describe-namespaces", inOne)
	}},
	{"F18", "that nothing is there takes the filtered list and the whole one", func(t *testing.T) {
		b := newBench(t)
		b.must(0, "", "delete", inOne+"--force-confirmation")
		if calls := b.calls(); !strings.HasPrefix(calls, "DescribeInstances   f-cn-one\nDescribeInstances") {
			t.Errorf("calls:\n%s", calls)
		}
		b = one(t)
		b.fault("DescribeInstances", 1, "empty-page")
		b.must(1, "ListIncomplete", "delete", inOne+"--force-confirmation")
		b.sent(0)
	}},
	{"F19", "absent means absent in this region", func(t *testing.T) {
		b := one(t)
		r := b.must(0, "", "delete-namespace", "--region-id cn-nowhere-1 --instance-id f-cn-one --name a --confirm")
		if warned(r) != "RegionUnknown" || r.Data.(map[string]any)["verified_absent_in_region"] != "cn-nowhere-1" {
			t.Errorf("%q %+v", warned(r), r.Data)
		}
	}},
	{"F20", "only the same instance in all its parts is the same", func(t *testing.T) {
		for _, i := range []flinksim.Instance{
			{VPC: "vpc-2"}, {VSwitches: []string{"vsw-2"}}, {Spec: flinksim.CU(8)}, {Charge: flinksim.Pre}, {Status: flinksim.Deleting}, {Status: "DISABLE"}, {Bucket: "mine"},
		} {
			b := newBench(t)
			same := flinksim.Instance{Name: "demo", VPC: "vpc-1", VSwitches: []string{"vsw-1"}, Spec: flinksim.CU(4)}
			if i.VPC != "" {
				same.VPC = i.VPC
			}
			if i.VSwitches != nil {
				same.VSwitches = i.VSwitches
			}
			if i.Spec.Cpu != 0 {
				same.Spec = i.Spec
			}
			same.Charge, same.Status, same.Bucket = i.Charge, i.Status, i.Bucket
			b.sim.AddInstance(same)
			b.must(4, "InstanceNameConflict", "create", newOne)
			b.sent(0)
		}
		b := newBench(t)
		for range 2 {
			b.sim.AddInstance(flinksim.Instance{Name: "demo", VPC: "vpc-1", VSwitches: []string{"vsw-1"}, Spec: flinksim.CU(4)})
		}
		r := b.must(4, "InstanceNameConflict", "create", newOne)
		if got := r.Error.Details.(map[string]any)["instances"].([]instance); len(got) != 2 {
			t.Errorf("%+v", got)
		}
	}},
	{"F21", "a namespace that is being changed is not as asked for yet; pairs are checked first", func(t *testing.T) {
		b := one(t)
		b.namespace(flinksim.Namespace{Instance: "f-cn-one", Name: "a", Spec: flinksim.CU(1), Status: flinksim.Modifying})
		b.must(1, "NamespaceNotReady", "modify-namespace-spec", inOne+"--name a --cpu 1 --memory-gb 4 --ha no --confirm")
		before := b.calls()
		b.must(2, "Usage", "modify-namespace-spec", inOne+"--name a --cpu 1 --memory-gb 4 --guaranteed-cpu 1 --ha no --confirm")
		if b.calls() != before {
			t.Error("something was started")
		}
		b.sent(0)
	}},
	{"F22", "tags: split at the first colon, trimmed, nothing vacuous", func(t *testing.T) {
		b := one(t)
		b.must(0, "", "tag-resources", tagOne+"--tags ' u:http://x:1 , 名:-x ' --confirm")
		if tags := b.sim.TagsOf("f-cn-one"); tags["u"] != "http://x:1" || tags["名"] != "-x" {
			t.Errorf("%q", tags)
		}
		for _, tags := range []string{"a", ":b", "a:1,a:2", "a:1,"} {
			b.must(2, "Usage", "tag-resources", tagOne+"--tags "+tags+" --confirm")
		}
		b.must(2, "Usage", "untag-resources", tagOne+"--tag-keys a,,b --confirm")
		b.must(2, "Usage", "tag-resources", strings.Replace(tagOne, "f-cn-one", "f-cn-one,", 1)+"--tags a:1 --confirm")
		b.sent(1)
	}},
	{"F23", "namespaces that change while one thinks about the price stop a conversion", func(t *testing.T) {
		b := one(t)
		b.sim.Hook = func(call flinksim.Call) {
			if call.API == "QueryConvertInstancePrice" {
				b.namespace(flinksim.Namespace{Instance: "f-cn-one", Name: "new", Spec: flinksim.CU(2)})
			}
		}
		b.must(1, "NamespacesChanged", "convert", inOne+"--target-type Subscription --confirm-price")
		b.sent(0)
	}},
	{"F23", "a hybrid instance is not converted, an over-full one neither", func(t *testing.T) {
		b := account(t)
		b.must(1, "HybridInstance", "convert", in+"--instance-id f-cn-hybrid --target-type PayAsYouGo --confirm-price")
		b = one(t)
		b.namespace(flinksim.Namespace{Instance: "f-cn-one", Name: "huge", Spec: flinksim.CU(20)})
		b.must(1, "InsufficientResources", "convert", inOne+"--target-type Subscription --confirm-price")
		b.sent(0)
	}},
	{"F25", "an instance goes after its namespaces", func(t *testing.T) {
		b := one(t)
		b.namespace(flinksim.Namespace{Instance: "f-cn-one", Name: "team-a"})
		r := b.must(1, "NamespaceAssociationExists", "delete", inOne+"--force-confirmation")
		if want := "delete them first: aligate flink delete-namespace --region-id cn-hangzhou --instance-id f-cn-one --name team-a"; !slices.Contains(r.Error.Hints, want) {
			t.Errorf("%q", r.Error.Hints)
		}
		b.must(0, "", "delete-namespace", inOne+"--name team-a --confirm --wait")
		b.must(0, "", "delete", inOne+"--force-confirmation --wait")
		b.sent(2)
	}},
	{"F26", "a permission is named, in the service's words or ours", func(t *testing.T) {
		b := one(t)
		b.fault("DeleteInstance", 0, "forbidden")
		r := b.must(1, "Forbidden.RAM", "delete", inOne+"--force-confirmation")
		if !strings.Contains(fmt.Sprint(r.Error.Hints), "stream:DeleteVvpInstance") {
			t.Errorf("%q", r.Error.Hints)
		}
		if got := permission(&runner.ExitError{API: &runner.APIError{Code: "Forbidden"}}, ""); !strings.Contains(got, "no RAM action is documented") {
			t.Error(got)
		}
		if got := permission(&runner.ExitError{API: &runner.APIError{Code: "Forbidden"}}, "RenewVvpInstance"); got != "the RAM action stream:RenewVvpInstance" {
			t.Error(got)
		}
	}},
	{"F27", "the chain is in the seed's order, on one instance", func(t *testing.T) {
		b := one(t)
		r := b.must(0, "", "lifecycle", newOne+" --force-confirmation --tags a:1")
		var names []string
		for _, s := range r.Data.(map[string]any)["steps"].([]chainStep) {
			names = append(names, s.Step)
		}
		if got := strings.Join(names, " "); got != "create ready tag-resources list-tags untag-resources list-tags describe delete absent" {
			t.Error(got)
		}
		targets := map[string]bool{}
		for _, call := range b.sim.Writes() {
			for _, id := range call.Targets {
				targets[id] = true
			}
		}
		if _, there := b.sim.Instance("f-cn-one"); len(targets) != 1 || targets["f-cn-one"] || !there {
			t.Errorf("%v", targets)
		}
		b.sent(4)
	}},
	{"F28", "every call waits long enough, and is never repeated by the CLI", func(t *testing.T) {
		b := one(t)
		b.must(0, "", "modify-spec", inOne+"--new-cu-count 12 --confirm-price --wait")
		for _, call := range b.sim.Calls() {
			if args := strings.Join(call.Args, " "); !strings.Contains(args, common) {
				t.Error(args)
			}
		}
	}},
	{"F29", "nobody else's instance of the same name is taken for ours", func(t *testing.T) {
		b := newBench(t)
		b.sim.Hook = func(call flinksim.Call) {
			if call.API == "CreateInstance" {
				b.sim.AddInstance(flinksim.Instance{ID: "f-cn-theirs", Name: "demo", VPC: "vpc-1", VSwitches: []string{"vsw-1"}, Spec: flinksim.CU(4)})
			}
		}
		if r := b.must(0, "", "create", newOne); reported(t, r).Target.Instance == "f-cn-theirs" {
			t.Error("it was")
		}
		b = newBench(t)
		b.sim.Hook = func(call flinksim.Call) {
			if call.API == "CreateInstance" {
				b.sim.AddInstance(flinksim.Instance{ID: "f-cn-theirs", Name: "demo", VPC: "vpc-1", VSwitches: []string{"vsw-1"}, Spec: flinksim.CU(4)})
			}
		}
		b.fault("CreateInstance", 1, "timeout-after")
		b.must(9, "OutcomeUnknown", "create", newOne)
		b.sent(1)
	}},
	{"F30", "what a reply leaves out is unknown, not zero", func(t *testing.T) {
		i := &instance{Charge: post}
		room := capacityOf(i, []namespace{{Name: "a", Spec: &spec{2, 8}}})
		if room.Total != nil || !room.holds(spec{1000, 4000}) || room.Allocated != (spec{2, 8}) {
			t.Errorf("%+v", room)
		}
	}},
}

// elsewhere are the facts that are proven by other tests.
var elsewhere = map[string]string{
	"F10": "testscripts/flink_usage.txtar: exact names of flags", "F24": "TestArgvConformance: the row of a Subscription", "F31": "TestArgvConformance: JSON text in one parameter",
}

func TestFacts(t *testing.T) {
	t.Parallel()
	covered := map[string]bool{}
	for fact := range elsewhere {
		covered[fact] = true
	}
	for _, f := range factTests {
		for _, fact := range strings.Split(f.fact, ", ") {
			covered[fact] = true
		}
		t.Run(f.fact+" "+f.what, func(t *testing.T) {
			t.Parallel()
			f.test(t)
		})
	}
	for n := 1; n <= 31; n++ {
		if fact := fmt.Sprint("F", n); !covered[fact] {
			t.Errorf("%s has no test", fact)
		}
	}
}

// What the user stops is still looked at: a Ctrl-C while the purchase is on its way.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		fault string
		exit  steps.ExitCode
		says  string
	}{
		{"", 0, ""},
		{"timeout-after", 0, ""},
		{"timeout", 130, "perhaps: create instance demo"},
	} {
		b := newBench(t)
		ctx, cancel := context.WithCancelCause(t.Context())
		b.sim.Hook = func(call flinksim.Call) {
			if call.API == "CreateInstance" {
				cancel(steps.Signal{Number: 2})
			}
		}
		if c.fault != "" {
			b.fault("CreateInstance", 1, c.fault)
		}
		r := b.runContext(ctx, "create", newOne)
		if r.ExitCode != c.exit || c.says != "" && !strings.HasPrefix(r.Error.Changed, c.says) {
			t.Errorf("%q: exit %d, error %+v", c.fault, r.ExitCode, r.Error)
		}
		b.sent(1)
	}
}

// The service is at something else that its rows did not show yet: the end of that is awaited, and the write sent once
// more (facts G1). If it was another change of the same instance, it is not.
func TestBusy(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		after flinksim.Spec
		exit  steps.ExitCode
		code  string
		sends int
	}{
		{flinksim.CU(10), 0, "", 2},
		{flinksim.CU(11), 9, "OutcomeUnknown", 1},
	} {
		b := one(t)
		b.sim.Hook = func(call flinksim.Call) {
			if call.API != "ModifyInstanceSpec" || call.N > 6 {
				return
			}
			h := b.sim.Instances[0]
			busy := *h.Versions[0].Value
			settled := busy
			busy.Stage, settled.Spec = flinksim.Modifying, c.after
			h.Versions = append(h.Versions, flinksim.Version[flinksim.Instance]{From: b.sim.Clock, Value: &busy}, flinksim.Version[flinksim.Instance]{From: b.sim.Clock + 4, Value: &settled})
		}
		began := b.now
		r := b.must(c.exit, c.code, "modify-spec", inOne+"--new-cu-count 12 --confirm-price --wait")
		if got := reported(t, r).Write.Attempts; got != c.sends {
			t.Errorf("%d attempts, want %d", got, c.sends)
		}
		if b.now.Sub(began) < 30*time.Second {
			t.Error("nobody waited")
		}
		b.sent(c.sends)
	}
}

// A safety policy of the user's own is respected: nothing was sent, and nothing is unknown (facts A9).
func TestPolicy(t *testing.T) {
	t.Parallel()
	b := one(t)
	b.fault("DeleteInstance", 0, "policy")
	b.must(1, "SafetyPolicy", "delete", inOne+"--force-confirmation")
	b.sent(1)
}

// A price that the service does not give stops what it binds, and a quote that fails does not.
func TestQuotes(t *testing.T) {
	t.Parallel()
	b := account(t)
	b.fault("QueryRenewInstancePrice", 1, "unpaid")
	b.must(1, "ORDER.INST_HAS_UNPAID_ORDER", "renew", in+"--instance-id f-cn-sub --period 1 --confirm")
	b.sent(0)
	b.fault("QueryRenewInstancePrice", 2, "forbidden")
	r := b.must(7, "SafetyCheckRequired", "renew", in+"--instance-id f-cn-sub --period 1")
	if check := r.Error.Details.(*safety); check.Price != nil || !strings.Contains(check.PriceError, "Forbidden.RAM") {
		t.Errorf("%+v", check)
	}
	b.fault("QueryRenewInstancePrice", 3, "forbidden")
	if r := b.must(0, "", "renew", in+"--instance-id f-cn-sub --period 1 --confirm"); warned(r) != "PriceUnknown" {
		t.Errorf("warned of %q", warned(r))
	}
	// For pay-as-you-go, what the query says about a change of size binds nobody.
	b.fault("QueryModifyInstancePrice", 1, "unpaid")
	b.must(0, "", "modify-spec", in+"--instance-id f-cn-post --new-cu-count 12 --confirm-price")
	b.sent(2)
}

// What the service refuses is success only if it says that it is so already, and shows it (facts G1).
func TestRefusedAndThere(t *testing.T) {
	t.Parallel()
	theirs := func(b *bench, call flinksim.Call) {
		if call.API == "CreateNamespace" {
			b.namespace(flinksim.Namespace{Instance: "f-cn-one", Name: "team-a", Spec: flinksim.CU(1)})
		}
	}
	b := one(t)
	b.sim.Hook = func(call flinksim.Call) { theirs(b, call) }
	r := b.must(0, "", "create-namespace", inOne+"--name team-a --cpu 1 --memory-gb 4 --confirm")
	if reported(t, r).Write.Note == "" {
		t.Error("nothing is said of the refusal")
	}
	b = one(t)
	b.sim.Hook = func(call flinksim.Call) { theirs(b, call) }
	b.must(9, "OutcomeUnknown", "create-namespace", inOne+"--name team-a --cpu 2 --memory-gb 8 --confirm")
	b = one(t)
	b.sim.Hook = func(call flinksim.Call) { theirs(b, call) }
	b.fault("CreateNamespace", 1, "forbidden")
	b.must(9, "OutcomeUnknown", "create-namespace", inOne+"--name team-a --cpu 1 --memory-gb 4 --confirm")
	b.sent(1)
}

// A call without an answer that shows a change under way is not sent again, and its end is awaited.
func TestUnderway(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		settle int
		exit   steps.ExitCode
		code   string
	}{{8, 0, ""}, {100, 9, "NotReady"}} {
		b := one(t)
		b.sim.Settle = c.settle
		b.fault("CreateNamespace", 1, "unavailable-after")
		b.must(c.exit, c.code, "create-namespace", inOne+"--name team-a --cpu 1 --memory-gb 4 --confirm --wait")
		b.sent(1)
	}
}

// A change that shows late is not taken for one that was not made: what costs money is not bought twice (facts G1).
func TestLateToShow(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ api, name, flags string }{
		{"CreateInstance", "create", newOne},
		{"RenewInstance", "renew", in + "--instance-id f-cn-sub --period 1 --confirm"},
		{"ConvertInstance", "convert", in + "--instance-id f-cn-post --target-type Subscription --confirm-price"},
	} {
		b := account(t)
		b.sim.Lag = 40
		b.fault(c.api, 1, "timeout-after")
		b.must(9, "OutcomeUnknown", c.name, c.flags)
		b.sent(1)
	}
}

// One page of tags that is empty by mistake does not prove that a tag is gone.
func TestTagsTwice(t *testing.T) {
	t.Parallel()
	b := account(t)
	b.fault("ListTagResources", 0, "empty-page")
	if r := b.must(0, "", "untag-resources", in+"--resource-type vvpinstance --resource-ids f-cn-sub --tag-keys old --confirm"); r.Keys["idempotent_noop"] != nil {
		t.Error("the tag was taken for gone")
	}
	b.sent(1)
}

// What changed meanwhile without being what was asked for, and what could not be looked at, is not sent again (facts G1).
func TestNotSentBlindly(t *testing.T) {
	t.Parallel()
	b := one(t)
	b.sim.Hook = func(call flinksim.Call) {
		if call.API == "TagResources" {
			b.sim.SetTags("f-cn-one", map[string]string{"theirs": "1"})
		}
	}
	b.fault("TagResources", 1, "timeout")
	b.must(9, "OutcomeUnknown", "tag-resources", tagOne+"--tags a:1 --confirm")
	b.sent(1)

	b = one(t)
	b.fault("TagResources", 1, "timeout")
	for n := 2; n < 12; n++ {
		b.fault("ListTagResources", n, "forbidden")
	}
	b.must(9, "OutcomeUnknown", "tag-resources", tagOne+"--tags a:1 --confirm")
	b.sent(1)
}

// An instance that is there and not ready yet is waited for, like one that was just made.
func TestWaitForWhatIsThere(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		settle int
		exit   steps.ExitCode
		code   string
	}{{12, 0, ""}, {500, 9, "NotReady"}} {
		b := newBench(t)
		b.sim.Settle = c.settle
		b.must(0, "", "create", newOne)
		r := b.must(c.exit, c.code, "create", newOne+" --wait")
		if c.exit == 0 && (r.Keys["idempotent_noop"] != true || reported(t, r).Changed.After.(*instance).Status != running) {
			t.Errorf("%+v", r.Keys)
		}
		if c.exit != 0 && !strings.HasPrefix(r.Error.Changed, "nothing by this command") {
			t.Errorf("%q", r.Error.Changed)
		}
		b.sent(1)
	}
}

// A ledger that cannot be read or written takes nothing away from what was done, and hides nothing.
func TestLedgerDamaged(t *testing.T) {
	t.Parallel()
	b := one(t)
	dir := filepath.Join(b.engine.Store.Dir, "ledgers-flink")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "broken.jsonl"), []byte("{}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := b.must(0, "", "delete", inOne+"--force-confirmation --wait"); warned(r) != "LedgerUnreadable LedgerNotWritten" {
		t.Errorf("warned of %q", warned(r))
	}
	b.must(3, "LedgerDamaged", "diagnose", in)
	b.sent(1)

	// What cannot be written down beforehand is not bought.
	b = newBench(t)
	if err := os.WriteFile(filepath.Join(b.engine.Store.Dir, "ledgers-flink"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if r := b.run("create", newOne); r.ExitCode == 0 {
		t.Errorf("%+v", r)
	}
	b.sent(0)
}

// A subscription that has ended is one already: there is nothing to convert, and no call to make (facts C8).
func TestConvertEnded(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.sim.AddInstance(flinksim.Instance{ID: "f-cn-old", Name: "old", Charge: "PRE", Order: "CEASE", Expires: 1})
	words := in + "--instance-id f-cn-old --target-type Subscription --confirm-price"
	if r := b.must(0, "", "convert", words); r.Keys["idempotent_noop"] != true {
		t.Errorf("%+v", r.Keys)
	}
	if r := b.must(9, "ChangeFailed", "convert", words+" --wait"); strings.Contains(r.Error.Message, "accepted") {
		t.Errorf("nothing was sent, and it says %q", r.Error.Message)
	}
	b.sent(0)
}

// theirs is a service on which somebody else makes the same instance right before our call.
type theirs struct {
	*bench
	// refusal is how our call ends; nil lets the service say.
	refusal error
}

func (r theirs) Run(ctx context.Context, c runner.Command) (runner.Result, error) {
	if slices.Contains(c.Args, "CreateInstance") && len(r.sim.InstancesOf("")) == 0 {
		r.sim.AddInstance(flinksim.Instance{ID: "f-cn-theirs", Name: "demo", VPC: "vpc-1", VSwitches: []string{"vsw-1"}, Spec: flinksim.CU(4)})
		if r.refusal != nil {
			return runner.Result{ExitCode: 1}, r.refusal
		}
	}
	return r.bench.Run(ctx, c)
}

// An instance of the same name that somebody else makes meanwhile is not ours: no lifecycle deletes it, and no answer
// makes one ours that was there before (facts G3).
func TestLifecycleLeavesTheirs(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"InstanceNameAlreadyExist", "Throttling.User"} {
		b := newBench(t)
		b.engine.Runner = runner.Check{Runner: theirs{b, &runner.ExitError{API: &runner.APIError{Code: code}}}}
		b.must(4, "InstanceExists", "lifecycle", newOne+" --force-confirmation")
		b.sent(0)
		if open := b.open(); len(open) > 0 {
			t.Errorf("%s: it is taken for ours: %v", code, open)
		}
		if _, there := b.sim.Instance("f-cn-theirs"); !there {
			t.Errorf("%s: it was deleted", code)
		}
	}

	b := newBench(t)
	b.sim.AddInstance(flinksim.Instance{ID: "f-cn-elsewhere", Name: "theirs"})
	b.fault("CreateInstance", 1, "other-id") // which is f-cn-elsewhere
	b.must(0, "", "lifecycle", newOne+" --force-confirmation")
	if all := b.sim.InstancesOf(""); len(all) != 1 || all[0].ID != "f-cn-elsewhere" {
		t.Errorf("%+v", all)
	}
}

// An instance that was asked for and shows late is not bought again by the next command, nor taken for gone (facts A6,
// G1): neither if its id was never told, nor if it was.
func TestBoughtOnce(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"timeout-after", ""} {
		b := newBench(t)
		b.sim.Lag = 40
		if kind != "" {
			b.fault("CreateInstance", 1, kind)
		}
		b.run("create", newOne)
		id := b.sim.InstancesOf("")[0].ID
		b.must(3, "InstanceMayAppear", "create", newOne)
		b.must(3, "InstanceMayAppear", "lifecycle", newOne+" --force-confirmation")
		if kind == "" {
			b.must(3, "InstanceMayAppear", "delete", in+"--force-confirmation --instance-id "+id)
		}
		b.must(0, "", "diagnose", in)
		b.must(3, "InstanceMayAppear", "create", newOne)
		b.sent(1)
		b.sim.Pass(60)
		if r := b.must(0, "", "create", newOne); r.Keys["idempotent_noop"] != true {
			t.Errorf("%+v", r.Keys)
		}
		b.sent(1)
	}

	// One that never appears does not stand in the way for ever.
	b := newBench(t)
	b.fault("CreateInstance", 1, "timeout")
	b.must(9, "OutcomeUnknown", "create", newOne)
	b.must(3, "InstanceMayAppear", "create", newOne)
	b.now = b.now.Add(forgotten + time.Minute)
	b.must(0, "", "create", newOne)
	b.sent(2)
	if open := b.open(); len(open) > 0 {
		t.Errorf("what was bought is taken for what was not: %v", open)
	}
}

// What is refused before it is planned is still about what the flags name.
func TestTargetOfRefusal(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.fault("*", 0, "forbidden")
	for _, c := range []struct {
		name, flags string
		want        target
	}{
		{"create", newOne, target{Region: "cn-hangzhou", Name: "demo"}},
		{"tag-resources", tagOne + "--tags a:1 --confirm", target{Region: "cn-hangzhou", Instance: "f-cn-one"}},
		{"delete-namespace", inOne + "--name team-a --confirm", target{Region: "cn-hangzhou", Instance: "f-cn-one", Namespace: "team-a"}},
	} {
		if got := reported(t, b.must(1, "Forbidden.RAM", c.name, c.flags)).Target; got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

// What a replay plays says nothing about what is really there: it neither closes what a real command has left open, nor
// is it stopped by it.
func TestReplayLeavesLedgers(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.fault("CreateInstance", 1, "timeout")
	b.must(9, "OutcomeUnknown", "create", newOne)
	b.engine.Replay = true
	b.must(0, "", "create", newOne)
	b.must(0, "", "create", newOne)
	b.engine.Replay = false
	if open := b.open(); len(open) != 1 {
		t.Errorf("open are %v", open)
	}
}

// odd is a service whose replies say one more thing than they should.
type odd struct {
	*bench
	from, to string
}

func (o odd) Run(ctx context.Context, c runner.Command) (runner.Result, error) {
	res, err := o.bench.Run(ctx, c)
	if text := strings.ReplaceAll(string(res.Stdout), o.from, o.to); err == nil && text != string(res.Stdout) {
		res.Stdout = []byte(text)
		err = json.Unmarshal(res.Stdout, &res.JSON)
	}
	return res, err
}

// A way to pay that nobody knows is left alone: what a change would mean there is not known (facts E4).
func TestUnknownCharge(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, flags string }{
		{"modify-namespace-spec", "--name team-a --cpu 2 --memory-gb 8 --ha false --confirm"},
		{"convert", "--target-type Subscription --confirm-price"},
		{"delete", "--force-confirmation"},
		{"renew", "--period 1 --confirm"},
	} {
		b := one(t)
		b.namespace(flinksim.Namespace{Instance: "f-cn-one", Name: "team-a", Spec: flinksim.CU(1)})
		b.engine.Runner = runner.Check{Runner: odd{b, `"POST"`, `"OTHER"`}}
		b.must(1, "UnsupportedChargeType", c.name, inOne+c.flags)
		b.sent(0)
	}
}

// What somebody else has deleted is gone, although the first look after the refusal does not show it yet (facts E2, G1).
func TestGoneLate(t *testing.T) {
	t.Parallel()
	b := one(t)
	b.namespace(flinksim.Namespace{Instance: "f-cn-one", Name: "team-a", Spec: flinksim.CU(1)})
	b.sim.Lag = 2
	b.sim.Settle = 0
	b.sim.Hook = func(call flinksim.Call) {
		if call.API == "DeleteNamespace" {
			b.sim.Hook = nil
			if _, err := b.sim.Run(t.Context(), runner.Command{Args: call.Args}); err != nil {
				t.Error(err)
			}
		}
	}
	b.must(0, "", "delete-namespace", inOne+"--name team-a --confirm")
}

// An id is ASCII: no letter that only becomes one when its case is changed.
func TestOtherLetters(t *testing.T) {
	t.Parallel()
	for id, ok := range map[string]bool{"f-cn-Ab_1": true, "f-cn-\u212a": false, "f-cn-\u00e9": false, "-f": false, "f cn": false} {
		if err := checkID(id); (err == nil) != ok {
			t.Errorf("%q: %v", id, err)
		}
	}
}

// A subscription that ended some days ago is renewed, whether the service counts from its end or from today; one that is
// still over afterwards is not (facts E1).
func TestRenewEnded(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		days int
		exit steps.ExitCode
		code string
	}{{-5, 0, ""}, {10, 0, ""}, {90, 9, "Unverified"}} {
		b := newBench(t)
		b.sim.AddInstance(flinksim.Instance{ID: "f-cn-old", Name: "old", Charge: "PRE", Expires: b.now.AddDate(0, 0, -c.days).UnixMilli()})
		b.must(c.exit, c.code, "renew", in+"--instance-id f-cn-old --period 1 --confirm") // the service counts from its end
		b.sent(1)
	}
}

// A row says what changed, as a document does: nothing, if nothing did.
func TestRowsSayWhatChanged(t *testing.T) {
	t.Parallel()
	b := one(t)
	b.fault("DeleteInstance", 0, "forbidden")
	r := b.run("delete", inOne+"--instance-id f-cn-nobody --force-confirmation")
	rows := r.Data.(map[string]any)["items"].([]itemReport)
	if rows[0].Error == nil || rows[0].Error.Changed != steps.NothingChanged {
		t.Errorf("%+v", rows[0])
	}
}

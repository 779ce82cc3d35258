package flink

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"aligate/fixtures/flinksim"
	"aligate/steps"
)

// What must hold whatever goes wrong (issue 7): no write is sent more often than allowed, never on another target than
// named, and a report of completed is true of the service. Besides: a failure that says that nothing changed is true,
// nothing is sent without its flag, nothing that must never be sent is, and no secret comes out.

// draw is one command line, drawn at random, and what its completion means.
type draw struct {
	name, flags string
	// target is the instance, "" for create; namespace the namespace.
	target, namespace string
	// holds says what is wrong with the truth after a completed report, "" if nothing is.
	holds func(sim *flinksim.Cloud, r report) string
}

var drawNames = []string{"create", "modify-spec", "delete", "renew", "convert", "create-namespace", "modify-namespace-spec", "delete-namespace", "tag-resources", "untag-resources"}

func drawFrom(r *rand.Rand, sim *flinksim.Cloud) draw {
	all := sim.InstancesOf("")
	id := "f-cn-nobody"
	if len(all) > 0 && r.IntN(12) > 0 {
		id = all[r.IntN(len(all))].ID
	}
	ns := "team-" + string(rune('a'+r.IntN(3)))
	n := 1 + r.IntN(12)
	in := "--region-id cn-hangzhou --instance-id " + id
	d := draw{name: drawNames[r.IntN(len(drawNames))], target: id}
	switch d.name {
	case "create":
		name := "new-" + string(rune('a'+r.IntN(3)))
		d.target = ""
		kind := "PayAsYouGo"
		if r.IntN(3) == 0 {
			kind = "Subscription --period 1"
		}
		d.flags = fmt.Sprintf("--region-id cn-hangzhou --name %s --instance-type %s --vpc-id vpc-1 --vswitch-id vsw-1 --cu-count 4 --confirm", name, kind)
		d.holds = func(sim *flinksim.Cloud, r report) string {
			i, ok := sim.Instance(r.Target.Instance)
			switch {
			case !ok || i.Name != name || i.Region != "cn-hangzhou" || i.Charge != billing[strings.Fields(kind)[0]] || i.VPC != "vpc-1" || i.Spec != flinksim.CU(4):
				return fmt.Sprintf("%s is %+v", r.Target.Instance, i)
			}
			return ""
		}
	case "modify-spec":
		d.flags = fmt.Sprintf("%s --new-cu-count %d --confirm-price", in, n)
		d.holds = ofInstance(id, func(i flinksim.Instance) bool { return i.Spec == flinksim.CU(n) })
	case "delete":
		d.flags = in + " --force-confirmation"
		d.holds = func(sim *flinksim.Cloud, _ report) string {
			if i, ok := sim.Instance(id); ok {
				return fmt.Sprintf("it is there: %+v", i)
			}
			return ""
		}
	case "renew":
		before, _ := sim.Instance(id)
		d.flags = in + " --period 2 --confirm"
		d.holds = ofInstance(id, func(i flinksim.Instance) bool {
			return time.UnixMilli(i.Expires).Sub(time.UnixMilli(before.Expires).AddDate(0, 2, 0)).Abs() < 5*24*time.Hour
		})
	case "convert":
		kind := []string{"Subscription", "PayAsYouGo"}[r.IntN(2)]
		d.flags = in + " --target-type " + kind + " --confirm-price"
		d.holds = ofInstance(id, func(i flinksim.Instance) bool { return i.Charge == billing[kind] })
	case "create-namespace":
		d.namespace, d.flags = ns, in+" --name "+ns+" --cpu 1 --memory-gb 4 --confirm"
		d.holds = ofNamespace(id, ns, func(n flinksim.Namespace) bool { return n.Spec == flinksim.CU(1) && n.Status == flinksim.Success })
	case "modify-namespace-spec":
		d.namespace, d.flags = ns, fmt.Sprintf("%s --name %s --cpu %d --memory-gb %d --ha false --confirm", in, ns, 1+n%3, 4+4*(n%3))
		d.holds = ofNamespace(id, ns, func(got flinksim.Namespace) bool {
			want := flinksim.CU(1 + n%3)
			return (got.Elastic == want || got.Guaranteed == want) && !got.Ha
		})
	case "delete-namespace":
		d.namespace, d.flags = ns, in+" --name "+ns+" --confirm"
		d.holds = func(sim *flinksim.Cloud, _ report) string {
			if got, ok := sim.Namespace(id, ns); ok {
				return fmt.Sprintf("it is there: %+v", got)
			}
			return ""
		}
	case "tag-resources":
		value := fmt.Sprint("v", n%3)
		d.flags = "--region-id cn-hangzhou --resource-type vvpinstance --resource-ids " + id + " --tags k1:" + value + ",k2:" + value + " --confirm"
		d.holds = func(sim *flinksim.Cloud, _ report) string {
			if tags := sim.TagsOf(id); tags["k1"] != value || tags["k2"] != value {
				return fmt.Sprint(tags)
			}
			return ""
		}
	case "untag-resources":
		d.flags = "--region-id cn-hangzhou --resource-type vvpinstance --resource-ids " + id + " --tag-keys k1,k3 --confirm"
		d.holds = func(sim *flinksim.Cloud, _ report) string {
			if tags := sim.TagsOf(id); tags["k1"] != "" || tags["k3"] != "" {
				return fmt.Sprint(tags)
			}
			return ""
		}
	}
	if r.IntN(3) == 0 {
		d.flags += " --wait --wait-timeout 300"
	}
	return d
}

func ofInstance(id string, ok func(flinksim.Instance) bool) func(*flinksim.Cloud, report) string {
	return func(sim *flinksim.Cloud, _ report) string {
		if i, there := sim.Instance(id); !there || !ok(i) {
			return fmt.Sprintf("%v %+v", there, i)
		}
		return ""
	}
}

func ofNamespace(id, ns string, ok func(flinksim.Namespace) bool) func(*flinksim.Cloud, report) string {
	return func(sim *flinksim.Cloud, _ report) string {
		if n, there := sim.Namespace(id, ns); !there || !ok(n) {
			return fmt.Sprintf("%v %+v", there, n)
		}
		return ""
	}
}

// costlyCalls are those that cost money each time (facts G1).
var costlyCalls = []string{"CreateInstance", "RenewInstance", "ConvertInstance", "ConvertPrepayInstance"}

// judge holds one run against what must hold. before are the calls that had been made.
func (b *bench) judge(d draw, r steps.Report, before int) {
	b.t.Helper()
	var writes []flinksim.Call
	applied := map[string]int{}
	for _, call := range b.sim.Calls()[before:] {
		if !call.Write {
			continue
		}
		writes = append(writes, call)
		if call.Applied {
			applied[call.API]++
		}
		for _, target := range call.Targets {
			if d.target != "" && target != d.target {
				b.t.Errorf("%s was sent for %s", call.API, target)
			}
		}
		if call.Namespace != d.namespace {
			b.t.Errorf("%s was sent for namespace %q", call.API, call.Namespace)
		}
		if call.API != writes[0].API {
			b.t.Errorf("%s was sent after %s: another operation", call.API, writes[0].API)
		}
	}
	if len(writes) > 2 { // facts G1
		b.t.Errorf("%d writes were sent", len(writes))
	}
	if len(writes) == 2 {
		b.judgeSecond(writes[0], writes[1])
	}
	for _, api := range costlyCalls {
		if applied[api] > 1 {
			b.t.Errorf("%s was done %d times", api, applied[api])
		}
	}
	rep, _ := r.Keys["report"].(report)
	switch {
	case r.ExitCode == steps.ExitDone:
		if rep.Final != completed || !rep.Verify.Verified || rep.Verify.Checks == 0 {
			b.t.Errorf("exit 0 and %+v", rep)
		}
		if wrong := d.holds(b.sim, rep); wrong != "" {
			b.t.Errorf("completed, and the truth is: %s", wrong)
		}
	case r.ExitCode == steps.ExitIncomplete:
		if rep.Final != incomplete || rep.Next == "" {
			b.t.Errorf("exit 9 and %+v", rep)
		}
	case len(applied) > 0:
		b.t.Errorf("exit %d says that nothing changed, and the service did %v", r.ExitCode, applied)
	}
	if rep.Write.Attempts != len(writes) {
		b.t.Errorf("the report tells of %d attempts, and there were %d", rep.Write.Attempts, len(writes))
	}
	raw, err := json.Marshal([]any{r, r.Keys})
	if err != nil {
		b.t.Error(err)
	}
	for _, secret := range []string{flinksim.SyntheticKeyID, flinksim.SyntheticSignature, flinksim.SyntheticSecret} {
		if strings.Contains(b.engine.Redactor.Text(string(raw)), secret) {
			b.t.Errorf("the document holds %s", secret)
		}
	}
	b.clean()
}

// notDone are the faults of which the failure itself proves that nothing was done.
var notDone = []string{"throttled", "refused", "no-host"}

// judgeSecond holds a second attempt against what allows it: three reads in between, and, where each attempt costs
// money, a failure that proves by itself that nothing was done (facts G1).
func (b *bench) judgeSecond(first, second flinksim.Call) {
	b.t.Helper()
	reads := 0
	for _, call := range b.sim.Calls()[first.N : second.N-1] {
		if strings.HasPrefix(call.API, "Describe") || strings.HasPrefix(call.API, "List") {
			reads++
		}
	}
	busy := strings.Contains(first.Code, "InProgress")
	if reads < 3 && !busy {
		b.t.Errorf("%s was sent again after %d reads", second.API, reads)
	}
	if slices.Contains(costlyCalls, first.API) && !slices.Contains(notDone, first.Fault) && !busy {
		b.t.Errorf("%s was sent again after %q", second.API, first.Fault)
	}
}

// inject plans up to three faults for the calls to come.
func (b *bench) inject(r *rand.Rand) {
	for range r.IntN(4) {
		kind := flinksim.Kinds[r.IntN(len(flinksim.Kinds))].Name
		api := "*"
		if apis := apisOf(b.sim); r.IntN(2) == 0 && len(apis) > 0 {
			api = apis[r.IntN(len(apis))]
		}
		seen := 0
		for _, call := range b.sim.Calls() {
			if api == "*" || call.API == api {
				seen++
			}
		}
		nth := seen + 1 + r.IntN(4)
		if api != "*" && r.IntN(3) == 0 {
			nth = 0 // each time
		}
		_ = b.sim.Inject(api, nth, kind) // one that cannot happen is none
	}
}

// apisOf are the calls that writes make.
func apisOf(*flinksim.Cloud) []string {
	return []string{"CreateInstance", "ModifyInstanceSpec", "DeleteInstance", "RenewInstance", "ConvertInstance", "ConvertPrepayInstance",
		"CreateNamespace", "ModifyNamespaceSpecV2", "DeleteNamespace", "TagResources", "UntagResources", "DescribeInstances", "DescribeNamespaces", "ListTagResources"}
}

// others lets somebody else work on the account, now and then: between our look and our write.
func (b *bench) others(r *rand.Rand) {
	if r.IntN(3) > 0 {
		return
	}
	what, at, all, done := r.IntN(4), r.Int(), b.sim.InstancesOf(""), false
	b.sim.Hook = func(call flinksim.Call) {
		if !call.Write || len(all) == 0 || done {
			return
		}
		done = true
		id := all[at%len(all)].ID
		switch what {
		case 0:
			b.sim.SetTags(id, map[string]string{"k1": "theirs"})
		case 1:
			_ = b.sim.AddNamespace(flinksim.Namespace{Instance: id, Name: "team-b"}) // there is one: as well
		case 2:
			b.sim.AddInstance(flinksim.Instance{Name: "new-b", VPC: "vpc-1", VSwitches: []string{"vsw-1"}, Spec: flinksim.CU(4)})
		case 3:
			b.sim.AddInstance(flinksim.Instance{Name: "new-a", VPC: "vpc-2"})
		}
	}
}

// crowd fills the account.
func (b *bench) crowd(r *rand.Rand) {
	b.sim.Settle, b.sim.Lag, b.sim.Soft, b.sim.TagPage = r.IntN(5), max(0, r.IntN(16)-6), r.IntN(2) == 0, 1+r.IntN(4)
	for n := range 1 + r.IntN(4) {
		i := flinksim.Instance{Name: fmt.Sprintf("old-%d", n), Charge: []string{flinksim.Post, flinksim.Pre}[r.IntN(2)], VPC: "vpc-1", VSwitches: []string{"vsw-1"}}
		switch r.IntN(8) {
		case 0:
			i.Bucket = "oss-bucket"
		case 1:
			i.Elastic, i.ElasticSpec, i.Charge = true, flinksim.CU(4), flinksim.Pre
		case 2:
			i.Unpaid = true
		case 3:
			i.Name, i.Spec = "new-a", flinksim.CU(4)
		}
		id := b.sim.AddInstance(i)
		b.sim.SetTags(id, map[string]string{"k1": "v1", "k3": "x", "other": "y"})
		for _, ns := range []string{"team-a", "team-b"} {
			if r.IntN(3) == 0 {
				if err := b.sim.AddNamespace(flinksim.Namespace{Instance: id, Name: ns, Used: float64(r.IntN(2)) / 2}); err != nil {
					b.t.Fatal(err)
				}
			}
		}
	}
}

func TestWhateverGoesWrong(t *testing.T) {
	t.Parallel()
	rounds := 300
	if testing.Short() {
		rounds = 100
	}
	outcomes := map[string]int{}
	for seed := range rounds {
		ok := t.Run(fmt.Sprint(seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(uint64(seed), 1))
			b := newBench(t)
			b.crowd(r)
			for range 1 + r.IntN(4) {
				d := drawFrom(r, b.sim)
				b.inject(r)
				b.others(r)
				before := len(b.sim.Calls())
				report := b.run(d.name, d.flags)
				b.judge(d, report, before)
				outcomes[fmt.Sprint(d.name, " ", report.ExitCode)]++
				if t.Failed() {
					t.Fatalf("%s %s\nexit %d, error %+v\nreport %+v\ncalls:\n%s", d.name, d.flags, report.ExitCode, report.Error, report.Keys["report"], b.calls())
				}
				b.sim.Faults, b.sim.Hook = nil, nil
				b.sim.Pass(24) // what is under way has come to its end before the next command
			}
		})
		if !ok {
			break
		}
	}
	for _, name := range drawNames {
		if outcomes[name+" 0"] == 0 && rounds > 100 {
			t.Errorf("%s was never completed: the test shows nothing about it", name)
		}
	}
	if testing.Verbose() {
		keys := make([]string, 0, len(outcomes))
		for key, n := range outcomes {
			keys = append(keys, fmt.Sprintf("%s: %d", key, n))
		}
		slices.Sort(keys)
		t.Log(strings.Join(keys, "\n"))
	}
}

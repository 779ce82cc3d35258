package flink

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"aligate/fixtures/flinksim"
	"aligate/steps"
)

// A lifecycle under random faults: it buys at most once, touches nobody else's instance, and never loses sight of what
// it bought: what is left is named in the result, or in a ledger that the next command looks into.
func TestLifecycleWhateverGoesWrong(t *testing.T) {
	t.Parallel()
	rounds := 150
	if testing.Short() {
		rounds = 40
	}
	ends := map[steps.ExitCode]int{}
	for seed := range rounds {
		ok := t.Run(fmt.Sprint(seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(uint64(seed), 3))
			b := newBench(t)
			b.crowd(r)
			b.sim.Lag = min(b.sim.Lag, 2)
			var theirs []string
			for _, i := range b.sim.InstancesOf("") {
				theirs = append(theirs, i.ID)
			}
			b.inject(r)
			b.inject(r)
			name := []string{"lifecycle", "lifecycle create"}[r.IntN(2)]
			flags := newOne + " --poll-interval 5 --wait-timeout 300"
			if name == "lifecycle" {
				flags += " --force-confirmation --tags a:1,b:2"
			} else {
				flags += " --namespace team-a --namespace-cpu 1 --namespace-memory-gb 4"
			}
			report := b.run(name, flags)
			ends[report.ExitCode]++
			b.judgeChain(name, report, theirs)
			if t.Failed() {
				t.Fatalf("%s %s\nexit %d, error %+v\ndata %+v\ncalls:\n%s", name, flags, report.ExitCode, report.Error, report.Data, b.calls())
			}
		})
		if !ok {
			break
		}
	}
	if ends[0] == 0 || ends[9] == 0 {
		t.Errorf("the ends were %v: the test shows nothing", ends)
	}
}

func (b *bench) judgeChain(name string, r steps.Report, theirs []string) {
	b.t.Helper()
	bought := 0
	for _, call := range b.sim.Writes() {
		if call.Applied && call.API == "CreateInstance" {
			bought++
		}
		for _, id := range call.Targets {
			if slices.Contains(theirs, id) {
				b.t.Errorf("%s was sent for %s", call.API, id)
			}
		}
	}
	if bought > 1 {
		b.t.Errorf("%d instances were bought", bought)
	}
	var left []string
	for _, i := range b.sim.InstancesOf("") {
		if !slices.Contains(theirs, i.ID) {
			left = append(left, i.ID)
		}
	}
	raw, err := json.Marshal(r)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, id := range left {
		if named := strings.Contains(string(raw), id); !named && len(b.open()) == 0 {
			b.t.Errorf("%s is left, and nobody knows", id)
		}
	}
	if r.ExitCode == steps.ExitDone {
		ns := "team-a"
		switch {
		case name == "lifecycle" && len(left) > 0:
			b.t.Errorf("completed, and %v is left", left)
		case name == "lifecycle create" && len(left) == 1:
			if _, there := b.sim.Namespace(left[0], ns); !there {
				b.t.Errorf("completed, and there is no namespace")
			}
		}
		if len(b.open()) > 0 {
			b.t.Errorf("completed, and a ledger is open: %v", b.open())
		}
	}
	if r.ExitCode == steps.ExitFailed && len(left) > 0 {
		b.t.Errorf("exit 1 says that nothing changed, and %v is left", left)
	}
	b.clean()
}

// open is what ledgers say may be left.
func (b *bench) open() []string {
	b.t.Helper()
	r := b.engine
	runner, sim := r.Runner, b.sim
	defer func() { r.Runner, b.sim = runner, sim }()
	b.sim = flinksim.New(9) // diagnose is not to find anything out: it is to tell what is left
	if err := b.sim.Inject("*", 0, "forbidden"); err != nil {
		b.t.Fatal(err)
	}
	report := b.run("diagnose", "")
	var open []string
	for _, f := range report.Data.(map[string]any)["checks"].([]finding) {
		if f.Check == "left" {
			open = append(open, f.Detail)
		}
	}
	return open
}

// Several deletions under random faults: each is its own, in the order given, and its row is true.
func TestSeveralWhateverGoesWrong(t *testing.T) {
	t.Parallel()
	rounds := 100
	if testing.Short() {
		rounds = 30
	}
	statuses := map[string]int{}
	for seed := range rounds {
		ok := t.Run(fmt.Sprint(seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(uint64(seed), 5))
			b := newBench(t)
			b.crowd(r)
			words := in + "--force-confirmation --wait --wait-timeout 200"
			var ids []string
			for _, i := range b.sim.InstancesOf("") {
				ids = append(ids, i.ID)
			}
			r.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
			ids = append(ids, ids[0], "f-cn-nobody") // a repetition, and one that is not there
			for _, id := range ids {
				words += " --instance-id " + id
			}
			b.inject(r)
			report := b.run("delete", words)
			rows := report.Data.(map[string]any)["items"].([]itemReport)
			if len(rows) != len(ids) {
				t.Fatalf("%d rows for %d items", len(rows), len(ids))
			}
			sent, last := map[string]int{}, -1
			for _, call := range b.sim.Writes() {
				at := slices.Index(ids, call.Targets[0])
				if sent[ids[at]]++; at < last || sent[ids[at]] > 2 {
					t.Errorf("%s out of order, or %d times", ids[at], sent[ids[at]])
				}
				last = at
			}
			all := true
			for n, row := range rows {
				statuses[row.Status]++
				all = all && (row.Status == completed || row.Status == duplicate)
				if _, there := b.sim.Instance(ids[n]); row.Item != ids[n] || row.Status == completed && there {
					t.Errorf("row %+v of %s, which is there: %v", row, ids[n], there)
				}
			}
			if all != (report.ExitCode == steps.ExitDone) || rows[len(ids)-2].Status != duplicate {
				t.Errorf("exit %d, %+v", report.ExitCode, rows)
			}
			b.clean()
		})
		if !ok {
			break
		}
	}
	if statuses[completed] == 0 || statuses[incomplete] == 0 {
		t.Errorf("%v: the test shows nothing", statuses)
	}
}

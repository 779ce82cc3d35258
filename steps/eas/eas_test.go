package eas

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"aligate/jq"
	"aligate/runner"
	"aligate/steps"
	"aligate/steps/eas/catalog"
)

// What the tests of this package share: parameters as the engine hands them on, replies from the samples, an
// aliyun that answers in order, and a run of the engine for what needs a record.

// values are parameters as a step gets them: pairs of name and value, and the defaults of all others.
func values(pairs ...string) steps.Values {
	v := given(pairs...)
	for _, p := range Workflow.Params {
		if len(v[p.Name]) == 0 && p.Default != "" {
			v[p.Name] = []string{p.Default}
		}
	}
	derive(v)
	return v
}

// given are values without the defaults.
func given(pairs ...string) steps.Values {
	v := steps.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v[pairs[i]] = append(v[pairs[i]], pairs[i+1])
	}
	return v
}

const samples = "../../fixtures/samples/eas"

func read(t testing.TB, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(samples, name))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// sample reads a sample as a step would.
func sample[T any](t testing.TB, filter, name string) T {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(read(t, name)))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		t.Fatal(err)
	}
	out, err := jq.Into[T](filter, v, nil)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func officialImages(t testing.TB, name string) []catalog.Image {
	t.Helper()
	return sample[steps.Page[catalog.Image]](t, "eas/images", name).Rows
}

func machineSpecs(t testing.TB, name string) []catalog.Type {
	t.Helper()
	env := &steps.Env{Values: values("region", "cn-hangzhou"), Runner: cli(t, answer("eas describe-machine-spec", string(read(t, name))))}
	all, err := readSpecs(t.Context(), env, describeMachineSpec(env.Values))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// registry is where the official images of the samples are.
const registry = "eas-registry-vpc.cn-hangzhou.cr.aliyuncs.com/pai-eas/"

// reply is the answer to one call.
type reply struct {
	words  string // what the argv begins with
	result runner.Result
}

func answer(words, stdout string) reply {
	return reply{words, runner.Result{Stdout: []byte(stdout)}}
}

func refusal(words, stderr string) reply {
	return reply{words, runner.Result{ExitCode: 1, Stderr: []byte(stderr)}}
}

// broken is what a CLI with a damaged configuration answers: exit 0, and a line on stderr.
func broken(t testing.TB, words string) reply {
	return reply{words, runner.Result{Stderr: read(t, "errors/corrupt-config.rc0.stderr")}}
}

// cli is an aliyun that answers with replies, in order. Another call, or a reply left over, fails the test.
func cli(t testing.TB, replies ...reply) *fakeCLI {
	f := &fakeCLI{t: t, replies: replies}
	t.Cleanup(func() {
		if len(f.replies) > 0 {
			t.Errorf("got no call of %q", f.replies[0].words)
		}
	})
	return f
}

type fakeCLI struct {
	t       testing.TB
	replies []reply
	calls   []runner.Command
}

func (f *fakeCLI) Run(ctx context.Context, c runner.Command) (runner.Result, error) {
	return runner.Check{Runner: runner.Func(func(_ context.Context, c runner.Command) (runner.Result, error) {
		f.t.Helper()
		f.calls = append(f.calls, c)
		line := strings.Join(c.Args, " ")
		if len(f.replies) == 0 || !strings.HasPrefix(line+" ", f.replies[0].words+" ") {
			f.t.Fatalf("got call %q, want %v", line, f.replies)
		}
		res := f.replies[0].result
		f.replies = f.replies[1:]
		if res.ExitCode != 0 {
			return res, runner.NewExitError(c, res)
		}
		return res, nil
	})}.Run(ctx, c)
}

var _ runner.Runner = (*fakeCLI)(nil)

// run is a run of the engine in which the steps of outputs are done. An output may be a whole steps.Outcome; if it
// has rows, the step has a gate.
type run struct {
	values  steps.Values
	runner  runner.Runner
	outputs map[string]any
	ask     func(ctx context.Context, question string, options []string) (int, error)
	clock   steps.Clock
	random  string
}

var midday = time.Date(2026, 6, 2, 12, 0, 0, 0, time.UTC)

// do calls f as the step of the run that comes next and returns its report: an Env has a record, warnings that can
// be read and a way to name commands only inside a run.
func (r run) do(t *testing.T, f func(ctx context.Context, env *steps.Env) error) steps.Report {
	t.Helper()
	if r.clock == nil {
		r.clock = func() time.Time { return midday }
	}
	params := slices.Clone(Workflow.Params)
	for i := range params {
		params[i].Required, params[i].Check = false, nil
	}
	w := &steps.Workflow{Name: "eas", Params: params, Derive: derive}
	for _, name := range slices.Sorted(maps.Keys(r.outputs)) {
		outcome, ok := r.outputs[name].(steps.Outcome)
		if !ok {
			outcome = steps.Outcome{Output: r.outputs[name]}
		}
		step := steps.Step{Name: name, Run: func(context.Context, *steps.Env) (steps.Outcome, error) { return outcome, nil }}
		if outcome.Rows != nil {
			step.Gate = &steps.Gate{File: name + ".json", Missing: "MISSING"}
		}
		w.Steps = append(w.Steps, step)
	}
	w.Steps = append(w.Steps, steps.Step{Name: "probe", Run: func(ctx context.Context, env *steps.Env) (steps.Outcome, error) {
		return steps.Outcome{}, f(ctx, env)
	}})
	e := &steps.Engine{
		Workflow: w, Store: &steps.Store{Dir: t.TempDir()}, Runner: r.runner, Progress: silent{}, Clock: r.clock,
		// The first three bytes name the run.
		Rand: strings.NewReader("run" + r.random), Ask: r.ask, Redactor: &runner.Redactor{},
	}
	return e.All(t.Context(), "deploy", r.values, false)
}

type silent struct{}

func (silent) StepBegan(*steps.Step)  {}
func (silent) StepEnded(steps.Report) {}
func (silent) Command(runner.Command) {}
func (silent) Note(string)            {}

// warned checks the codes of the warnings, in order, and that each message holds its fragment.
func warned(t *testing.T, got []steps.Warning, want ...string) {
	t.Helper()
	for i, w := range want {
		code, fragment, _ := strings.Cut(w, ": ")
		if i >= len(got) || got[i].Code != code || !strings.Contains(got[i].Message, fragment) {
			t.Errorf("got warnings %v, want %q at %d", got, w, i)
			return
		}
	}
	if len(got) > len(want) {
		t.Errorf("got warnings %v, want only %q", got, want)
	}
}

func same(t *testing.T, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %#v\nwant %#v", got, want)
	}
}

// failure returns the error of a step, which must be there.
func failure(t *testing.T, err error) *steps.Error {
	t.Helper()
	if err == nil {
		t.Fatal("got no error")
	}
	return steps.AsError(t.Context(), err)
}

func TestTitle(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		values  steps.Values
		outputs map[string]any
		want    string
	}{
		{given("region", "cn-hangzhou", "name", "abc"), nil, "service abc in cn-hangzhou"},
		{given("region", "cn-hangzhou", "name-prefix", "p_"), map[string]any{"params": collected{Name: "p_123456"}}, "service p_123456 in cn-hangzhou"},
		{given("name", "abc"), nil, ""},
		{given("region", "cn-hangzhou"), nil, ""},
	} {
		run{values: c.values, outputs: c.outputs}.do(t, func(_ context.Context, env *steps.Env) error {
			if got := title(env); got != c.want {
				t.Errorf("%v: got %q, want %q", c.values, got, c.want)
			}
			return nil
		})
	}
}

// TestCloseAndReopen: a failure to switch ai-mode off says how to do it by hand.
func TestCloseAndReopen(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		run   func(context.Context, *steps.Env) error
		reply reply
		bad   string
	}{
		{Workflow.Close, answer("configure ai-mode disable", ""), ""},
		{Workflow.Close, refusal("configure ai-mode disable", "ERROR: whatever"), "turn it off with: aliyun configure ai-mode disable"},
		{Workflow.Reopen, answer("configure ai-mode enable", ""), ""},
		{Workflow.Reopen, refusal("configure ai-mode enable", "ERROR: whatever"), "whatever"},
	} {
		err := c.run(t.Context(), &steps.Env{Runner: cli(t, c.reply)})
		if (err == nil) != (c.bad == "") || err != nil && !strings.Contains(err.Error(), c.bad) {
			t.Errorf("%s: got %v, want %q", c.reply.words, err, c.bad)
		}
	}
}

// TestWorkflow: what the steps say of each other and of the parameters has to be true.
func TestWorkflow(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, p := range Workflow.Params {
		if known[p.Name] || p.Usage == "" {
			t.Errorf("parameter %q: stands twice, or has no usage", p.Name)
		}
		known[p.Name] = true
	}
	earlier := map[string]bool{}
	used := map[string]bool{}
	known[baseContent], known[networkLoad] = true, true // no flags, but inputs that derive makes of them
	for _, s := range Workflow.Steps {
		for _, name := range append(slices.Clone(s.Uses), s.Shows...) {
			if !known[name] {
				t.Errorf("%s: uses %q, which is no parameter", s.Name, name)
			}
			used[name] = true
		}
		for _, name := range append(slices.Clone(s.Needs), s.Reads...) {
			if !earlier[name] {
				t.Errorf("%s: needs %q, which is no earlier step", s.Name, name)
			}
		}
		if s.Opens != (s.Name == "precheck") || s.Once != (s.Name == "create") || (s.Gate != nil) != (s.Name == "images" || s.Name == "specs") {
			t.Errorf("%s: opens %t, once %t, gate %v", s.Name, s.Opens, s.Once, s.Gate)
		}
		if s.Summary == "" || strings.HasSuffix(s.Summary, ".") || s.Description == "" || !strings.HasPrefix(s.Example, "aligate eas "+s.Name) {
			t.Errorf("%s: summary %q, description %q, example %q", s.Name, s.Summary, s.Description, s.Example)
		}
		earlier[s.Name] = true
	}
	for _, p := range Workflow.Params {
		if !p.Hidden && !used[p.Name] && p.Name != "gate-dir" {
			t.Errorf("parameter %q is used by no step", p.Name)
		}
	}
}

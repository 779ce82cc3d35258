package steps

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"aligate/runner"
)

// bench is the invented workflow "toy" with its cloud, its state directory and a count of all that happens. Each
// call of step, all, ... is a process of its own: a new Engine on a new Store.
//
//	open   opens what Close closes
//	pick   reads --region
//	list   reads --filter and pick; its rows are a gate
//	make   creates --name under Mutate, once, behind the gate
//	tell   reads make and --style
type bench struct {
	t          *testing.T
	dir, gates string
	w          *Workflow
	now        time.Time
	// calls are the commands run, as words.
	calls []string
	// cloud is what exists, by name.
	cloud map[string]bool
	// at is what happens in a step before it does its work, by the step's name. An error ends the step.
	at map[string]func(ctx context.Context, env *Env) error
	// create answers the create command, nil is success.
	create func() error
	// blind makes looking fail.
	blind error
	// closes and reopens count; closeErr is what Close returns.
	closes, reopens int
	closeErr        error
	seen            *watcher
	replay          bool
	flags           []string
	redactor        *runner.Redactor
}

// watcher is a Progress that takes notes.
type watcher struct {
	began []string
	ended []Report
}

func (w *watcher) StepBegan(s *Step)      { w.began = append(w.began, s.Name) }
func (w *watcher) StepEnded(r Report)     { w.ended = append(w.ended, r) }
func (w *watcher) Command(runner.Command) {}
func (w *watcher) Note(string)            {}

func newBench(t *testing.T) *bench {
	t.Helper()
	root := t.TempDir()
	b := &bench{
		t: t, dir: filepath.Join(root, "state"), gates: filepath.Join(root, "gates"),
		now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), cloud: map[string]bool{},
		at: map[string]func(context.Context, *Env) error{}, redactor: &runner.Redactor{},
	}
	b.w = b.workflow()
	return b
}

type toyMade struct {
	Name string `json:"name"`
}

func (b *bench) workflow() *Workflow {
	call := func(words ...string) runner.Command { return runner.Command{Args: append([]string{"toy"}, words...)} }
	body := func(name string, f func(ctx context.Context, env *Env) (Outcome, error)) func(context.Context, *Env) (Outcome, error) {
		return func(ctx context.Context, env *Env) (Outcome, error) {
			if at := b.at[name]; at != nil {
				if err := at(ctx, env); err != nil {
					return Outcome{}, err
				}
			}
			return f(ctx, env)
		}
	}
	commands := func(words ...string) func(Values) []runner.Command {
		return func(v Values) []runner.Command {
			return []runner.Command{call(append(words, "--region", v.One("region"))...)}
		}
	}
	return &Workflow{
		Name: "toy", Summary: "make a toy",
		Params: append([]Param{
			{Name: "region", Required: true}, {Name: "filter", Default: "all"}, {Name: "name", Required: true}, {Name: "style"},
		}, Common...),
		Check: func(v Values, _ bool) []Problem {
			if v.One("name") != "" && v.One("name") == v.One("region") {
				return []Problem{{Where: "--name", What: "is that of the region"}}
			}
			return nil
		},
		Steps: []Step{
			{Name: "open", Opens: true, Commands: commands("open"), Run: body("open", func(ctx context.Context, env *Env) (Outcome, error) {
				_, err := env.Runner.Run(ctx, call("open"))
				return Outcome{Summary: "opened"}, err
			})},
			{Name: "pick", Uses: []string{"region"}, Needs: []string{"open"}, Commands: commands("pick"), Run: body("pick", func(ctx context.Context, env *Env) (Outcome, error) {
				_, err := env.Runner.Run(ctx, call("pick", env.Values.One("region")))
				return Outcome{Summary: "picked", Output: map[string]string{"region": env.Values.One("region")}}, err
			})},
			{Name: "list", Uses: []string{"filter"}, Needs: []string{"pick"}, Reads: []string{"pick"}, Gate: &Gate{File: "toy_rows.json", Missing: "no rows were listed"},
				Run: body("list", func(ctx context.Context, env *Env) (Outcome, error) {
					_, err := env.Runner.Run(ctx, call("list", env.Values.One("filter")))
					return Outcome{Summary: "listed", Rows: []map[string]string{{"id": "a", "filter": env.Values.One("filter")}, {"id": "b<c"}}}, err
				})},
			{Name: "make", Uses: []string{"name"}, Needs: []string{"pick", "list"}, Reads: []string{"pick"}, Once: true, Run: body("make", b.runMake(call))},
			{Name: "tell", Uses: []string{"style"}, Needs: []string{"make"}, Reads: []string{"make"}, Run: body("tell", func(ctx context.Context, env *Env) (Outcome, error) {
				_, err := env.Runner.Run(ctx, call("tell", env.Values.One("style")))
				return Outcome{Summary: "told", Data: map[string]any{"style": env.Values.One("style")}}, err
			})},
		},
		Close: func(ctx context.Context, _ *Env) error {
			b.closes++
			if err := ctx.Err(); err != nil {
				b.t.Errorf("close got a context that has ended: %v", err)
			}
			return b.closeErr
		},
		Reopen:        func(context.Context, *Env) error { b.reopens++; return nil },
		CloseCommands: func(Values) []runner.Command { return []runner.Command{call("close")} },
		Title:         func(env *Env) string { return "toy " + env.Values.One("name") },
	}
}

func (b *bench) runMake(call func(...string) runner.Command) func(context.Context, *Env) (Outcome, error) {
	return func(ctx context.Context, env *Env) (Outcome, error) {
		if err := env.GateOpen("list"); err != nil {
			return Outcome{}, err
		}
		name := env.Values.One("name")
		got, err := Mutate(ctx, env, Mutation[toyMade]{
			Step: "make", Subject: "toy " + name, Command: call("make", name),
			Accept: func(context.Context, runner.Result) (toyMade, error) { return toyMade{name}, nil },
			Look: func(context.Context, time.Time) (Presence, toyMade, error) {
				b.calls = append(b.calls, "look "+name)
				switch {
				case b.blind != nil:
					return Unknown, toyMade{}, b.blind
				case b.cloud[name]:
					return Present, toyMade{name}, nil
				}
				return Absent, toyMade{}, nil
			},
		})
		var unsettled *UnsettledError
		if errors.As(err, &unsettled) {
			return Outcome{}, &Error{Code: "OutcomeUnknown", Exit: ExitIncomplete, Message: err.Error(), Err: err, Changed: "perhaps: toy " + name}
		}
		return Outcome{Summary: "made " + name, Output: got.Value, Data: got.Value}, err
	}
}

// run is the cloud.
func (b *bench) run(_ context.Context, c runner.Command) (runner.Result, error) {
	b.calls = append(b.calls, strings.Join(c.Args[1:], " "))
	if c.Args[1] == "make" {
		if b.create != nil {
			if err := b.create(); err != nil {
				return runner.Result{ExitCode: 1}, err
			}
		}
		b.cloud[c.Args[2]] = true
	}
	return runner.Result{}, nil
}

func (b *bench) engine() *Engine {
	b.seen = &watcher{}
	return &Engine{
		Workflow: b.w, Store: &Store{Dir: b.dir, Redactor: b.redactor}, Runner: runner.Func(b.run), Progress: b.seen,
		Clock: func() time.Time { b.now = b.now.Add(time.Second); return b.now },
		Rand:  rand.NewChaCha8([32]byte{1}), Redactor: b.redactor, Replay: b.replay, Flags: b.flags,
	}
}

// values makes Values of words like "region=r1"; the gate directory is always that of the bench.
func (b *bench) values(words ...string) Values {
	v := Values{"gate-dir": {b.gates}}
	for _, w := range words {
		name, value, _ := strings.Cut(w, "=")
		v[name] = append(v[name], value)
	}
	return v
}

func (b *bench) step(name string, words ...string) Report {
	b.t.Helper()
	return b.stepIn(b.t.Context(), name, words...)
}

func (b *bench) stepIn(ctx context.Context, name string, words ...string) Report {
	b.t.Helper()
	r := b.engine().Step(ctx, name, b.values(words...))
	sound(b.t, r)
	return r
}

// fresh starts a run of all steps with the values that it needs, words laid over them.
func (b *bench) fresh(words ...string) Report {
	b.t.Helper()
	return b.allIn(b.t.Context(), false, words...)
}

func (b *bench) resume(words ...string) Report {
	b.t.Helper()
	return b.allIn(b.t.Context(), true, words...)
}

func (b *bench) allIn(ctx context.Context, resume bool, words ...string) Report {
	b.t.Helper()
	v := b.values(words...)
	if !resume {
		v = b.values("region=r1", "name=n1").merge(v)
	}
	r := b.engine().All(ctx, "deploy", v, resume)
	sound(b.t, r)
	return r
}

// record is what is on disk.
func (b *bench) record() *Record {
	b.t.Helper()
	rec, err := (&Store{Dir: b.dir}).Load("toy")
	if err != nil || rec == nil {
		b.t.Fatalf("record on disk: %v, error %v", rec, err)
	}
	return rec
}

// did returns the calls since the last time it was asked.
func (b *bench) did() string {
	calls := strings.Join(b.calls, ", ")
	b.calls = nil
	return calls
}

func (b *bench) gate() string { return filepath.Join(b.gates, "toy_rows.json") }

// sound checks what holds for every report, whatever it tells.
func sound(t *testing.T, r Report) {
	t.Helper()
	want := []Status{Done, Skipped}
	if r.ExitCode != ExitDone {
		i := slices.IndexFunc(ExitCodes, func(row struct {
			Code    ExitCode
			Status  Status
			Meaning string
		}) bool {
			return row.Code == min(r.ExitCode, 128)
		})
		if i < 0 {
			t.Fatalf("exit code %d is not in ExitCodes", r.ExitCode)
		}
		want = []Status{ExitCodes[i].Status}
	}
	if !slices.Contains(want, r.Status) {
		t.Errorf("%s: exit code %d with status %q, want one of %q", r.Step, r.ExitCode, r.Status, want)
	}
	if (r.Error != nil) != (r.ExitCode != 0) || (r.Fault != nil) != (r.ExitCode != 0) {
		t.Errorf("%s: exit code %d with error %v, fault %v", r.Step, r.ExitCode, r.Error, r.Fault)
	}
	raw, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]json.RawMessage
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"aligate", "workflow", "step", "status", "exit_code", "summary", "data", "warnings", "error", "next"} {
		if doc[key] == nil {
			t.Errorf("%s: no key %q in %s", r.Step, key, raw)
		}
	}
	if string(doc["data"]) == "null" || !strings.HasPrefix(string(doc["warnings"]), "[") {
		t.Errorf("%s: data %s, warnings %s: want neither to be null", r.Step, doc["data"], doc["warnings"])
	}
	if r.Error != nil {
		var failure map[string]json.RawMessage
		if err := json.Unmarshal(doc["error"], &failure); err != nil {
			t.Fatal(err)
		}
		for _, key := range []string{"code", "message", "request_id", "changed", "hints"} {
			if failure[key] == nil || string(failure[key]) == "null" {
				t.Errorf("%s: error has no %q: %s", r.Step, key, doc["error"])
			}
		}
		if r.Error.Changed == "" {
			t.Errorf("%s: the error does not say what changed", r.Step)
		}
	}
	for _, sub := range r.Steps {
		sound(t, sub)
	}
}

// refused checks that r is a failure with exit and code, and returns its error.
func refused(t *testing.T, r Report, exit ExitCode, code string) *Failure {
	t.Helper()
	if r.Error == nil || r.ExitCode != exit || r.Error.Code != code {
		t.Fatalf("got exit %d, error %+v; want exit %d, code %s", r.ExitCode, r.Error, exit, code)
	}
	return r.Error
}

// fine checks that r is a success.
func fine(t *testing.T, r Report) {
	t.Helper()
	if r.ExitCode != 0 {
		t.Fatalf("%s: got exit %d, error %+v; want 0", r.Step, r.ExitCode, r.Error)
	}
}

func same(t *testing.T, what string, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

// statuses are the steps of a report with their statuses.
func statuses(r Report) string {
	var words []string
	for _, s := range r.Steps {
		words = append(words, s.Step+" "+string(s.Status))
	}
	return strings.Join(words, ", ")
}

// states are the steps of a status report with their states and what changed.
func states(t *testing.T, r Report) string {
	t.Helper()
	status, ok := r.Data.(RunStatus)
	if !ok {
		t.Fatalf("data of status is %T", r.Data)
	}
	var words []string
	for _, s := range status.Steps {
		word := s.Step + " " + s.State
		if len(s.Changed) > 0 {
			word += " (" + strings.Join(s.Changed, " ") + ")"
		}
		words = append(words, word)
	}
	return strings.Join(words, ", ")
}

// files are the names in a directory, sorted.
func files(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, e := range entries {
		names[e.Name()] = true
	}
	return slices.Sorted(maps.Keys(names))
}

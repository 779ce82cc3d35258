package flink

import (
	"context"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"aligate/fixtures/flinksim"
	"aligate/runner"
	"aligate/steps"
)

// bench is the workflow at work on a simulated service. Its time passes only while it sleeps.
type bench struct {
	t      *testing.T
	sim    *flinksim.Cloud
	engine *steps.Engine
	now    time.Time
	notes  []string
	// before runs before each call, if it is set.
	before func(c runner.Command)
}

func (b *bench) StepBegan(*steps.Step)  {}
func (b *bench) StepEnded(steps.Report) {}
func (b *bench) Command(runner.Command) {}
func (b *bench) Note(text string)       { b.notes = append(b.notes, text) }

// Run passes a call on to the service.
func (b *bench) Run(ctx context.Context, c runner.Command) (runner.Result, error) {
	if b.before != nil {
		b.before(c)
	}
	return b.sim.Run(ctx, c)
}

// newBench is a bench with an empty account.
func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, sim: flinksim.New(1), now: time.UnixMilli(1795305600000).UTC()}
	redactor := &runner.Redactor{}
	b.engine = &steps.Engine{
		Workflow: Workflow, Store: &steps.Store{Dir: t.TempDir(), Redactor: redactor}, Progress: b, Redactor: redactor,
		Clock: func() time.Time { return b.now }, Rand: rand.NewChaCha8([32]byte{7}),
		Runner: &runner.Retry{Runner: runner.Check{Runner: b}, Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }},
		Sleep:  func(ctx context.Context, d time.Duration) error { b.now = b.now.Add(d); return ctx.Err() },
	}
	return b
}

// words are flags as they are given: "--name x --confirm".
func (b *bench) values(name, words string) steps.Values {
	b.t.Helper()
	v := steps.Values{}
	tool := toolNamed(b.t, name)
	for _, word := range strings.Split(" "+words, " --")[1:] {
		flag, value, _ := strings.Cut(strings.TrimSpace(word), " ")
		found := false
		for _, p := range tool.Params {
			if p.Name == flag {
				found = true
				if p.Bool && value == "" {
					value = "true"
				}
			}
		}
		if !found {
			b.t.Fatalf("%s has no flag --%s", name, flag)
		}
		v[flag] = append(v[flag], strings.Trim(value, "'"))
	}
	return v
}

func toolNamed(t *testing.T, name string) *steps.Tool {
	t.Helper()
	for i := range Workflow.Tools {
		if Workflow.Tools[i].Name == name {
			return &Workflow.Tools[i]
		}
	}
	t.Fatalf("no command %q", name)
	return nil
}

// run runs one command line without the program's name and the workflow's, in the place of "R" the region.
func (b *bench) run(name, words string) steps.Report {
	b.t.Helper()
	return b.runContext(b.t.Context(), name, words)
}

func (b *bench) runContext(ctx context.Context, name, words string) steps.Report {
	b.t.Helper()
	v := b.values(name, words)
	if problems := b.engine.CheckTool(name, v); len(problems) > 0 {
		return steps.FailureReport("flink", name, steps.Usage(problems...), nil)
	}
	return b.engine.Tool(ctx, name, v, nil)
}

// must runs a command that has to end with exit and, if it fails, code.
func (b *bench) must(exit steps.ExitCode, code, name, words string) steps.Report {
	b.t.Helper()
	r := b.run(name, words)
	got := ""
	if r.Error != nil {
		got = r.Error.Code
	}
	if r.ExitCode != exit || got != code {
		b.t.Fatalf("%s %s: exit %d %s, want %d %s\nerror: %+v\nkeys: %+v\ncalls:\n%s", name, words, r.ExitCode, got, exit, code, r.Error, r.Keys, b.calls())
	}
	return r
}

// calls are the calls so far, a line each.
func (b *bench) calls() string {
	var lines []string
	for _, call := range b.sim.Calls() {
		lines = append(lines, strings.Join(append([]string{call.API, call.Fault, call.Code}, call.Targets...), " "))
	}
	return strings.Join(lines, "\n")
}

// reported is the closing report of a write.
func reported(t *testing.T, r steps.Report) report {
	t.Helper()
	got, ok := r.Keys["report"].(report)
	if !ok {
		t.Fatalf("no report: %+v", r.Keys)
	}
	return got
}

// clean fails the test if anything was sent that must not be.
func (b *bench) clean() {
	b.t.Helper()
	if found := b.sim.Blundered(); len(found) > 0 {
		b.t.Errorf("blunders: %s", strings.Join(found, "\n"))
	}
}

// Every command says what it does, and its example is one: its flags are there, and nothing that it needs is missing.
func TestHelp(t *testing.T) {
	t.Parallel()
	for _, tool := range Workflow.Tools {
		if tool.Summary == "" || strings.HasSuffix(tool.Summary, ".") || tool.Description == "" {
			t.Errorf("%s: %q, %q", tool.Name, tool.Summary, tool.Description)
		}
		words, ok := strings.CutPrefix(tool.Example, "aligate flink "+tool.Name)
		if !ok {
			t.Errorf("%s: the example is %q", tool.Name, tool.Example)
			continue
		}
		if tool.Name == "batch" {
			words = strings.Replace(words, "-f ", "--file ", 1)
		}
		b := newBench(t)
		if problems := b.engine.CheckTool(tool.Name, b.values(tool.Name, words)); len(problems) > 0 {
			t.Errorf("%s: the example has problems: %v", tool.Name, problems)
		}
		for _, p := range tool.Params {
			if p.Usage == "" || !p.Bool && strings.Count(p.Usage, "`") != 2 {
				t.Errorf("%s --%s: help %q has no placeholder in backquotes", tool.Name, p.Name, p.Usage)
			}
		}
	}
}

// Every write is confirmed by one flag of the three, and no read by any (facts B3).
func TestFlags(t *testing.T) {
	t.Parallel()
	want := map[string]string{
		"create": "confirm", "renew": "confirm", "create-namespace": "confirm", "modify-namespace-spec": "confirm", "delete-namespace": "confirm",
		"tag-resources": "confirm", "untag-resources": "confirm", "modify-spec": "confirm-price", "convert": "confirm-price", "delete": "force-confirmation",
	}
	for _, o := range operations {
		if o.flag != want[o.name] || o.writes() != (o.flag != "") {
			t.Errorf("%s is confirmed by %q, want %q", o.name, o.flag, want[o.name])
		}
		has := 0
		for _, p := range o.params {
			for _, f := range flagsOfWrites {
				if p.Name == f.Name {
					has++
				}
			}
		}
		if o.writes() && has != 1 || !o.writes() && has != 0 {
			t.Errorf("%s has %d flags that confirm", o.name, has)
		}
		if needs := o.params != nil && o.params[0].Name == "region-id" && o.params[0].Required; needs == (o.name == "describe-regions") {
			t.Errorf("%s needs a region: %v (facts B6)", o.name, needs)
		}
	}
}

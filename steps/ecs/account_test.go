package ecs

import (
	"context"
	"encoding/json"
	"io"
	"math/rand/v2"
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

// trial is somebody at work: a simulated account, a state directory, and the commands of this package in between, as
// the program puts them together. Time passes only where something waits for it.
type trial struct {
	t     *testing.T
	cloud *ecssim.Cloud
	dir   string
	// said are the notes, answers what is typed at the next questions.
	said    []string
	answers []string
	// choice is what is chosen at a question with options, if set.
	choice *int
	// before is called before each call, with its number in this command.
	before func(n int, c runner.Command)
	calls  int
}

// closed is the answer of somebody who closes the terminal.
const closed = "\x04"

func newTrial(t *testing.T, seed int64) *trial {
	t.Helper()
	d := &trial{t: t, cloud: ecssim.New(seed), dir: t.TempDir()}
	d.write("job.sh", "echo hello\n")
	return d
}

func (d *trial) StepBegan(*steps.Step)    {}
func (d *trial) StepEnded(r steps.Report) { d.said = append(d.said, r.Step+": "+r.Summary) }
func (d *trial) Command(runner.Command)   {}
func (d *trial) Note(text string)         { d.said = append(d.said, text) }
func (d *trial) path(name string) string  { return filepath.Join(d.dir, name) }
func (d *trial) now() time.Time           { return d.cloud.Now }
func (d *trial) sleep(ctx context.Context, t time.Duration) error {
	d.cloud.Advance(t)
	return ctx.Err()
}

func (d *trial) write(name, content string) string {
	if err := os.WriteFile(d.path(name), []byte(content), 0o644); err != nil {
		d.t.Fatal(err)
	}
	return d.path(name)
}

// try runs a command: words are its name and arguments, then flags as name=value.
func (d *trial) try(ctx context.Context, words ...string) steps.Report {
	d.t.Helper()
	name, args, given := words[0], []string(nil), steps.Values{}
	for _, word := range words[1:] {
		if flag, value, ok := strings.Cut(word, "="); ok && !strings.Contains(flag, "/") {
			given[flag] = append(given[flag], value)
		} else {
			args = append(args, word)
		}
	}
	d.calls = 0
	redactor := &runner.Redactor{}
	calls := runner.Func(func(ctx context.Context, c runner.Command) (runner.Result, error) {
		if d.calls++; d.before != nil {
			d.before(d.calls, c)
		}
		return d.cloud.Run(ctx, c)
	})
	e := &steps.Engine{
		Workflow: Workflow, Store: &steps.Store{Dir: d.path("state"), Redactor: redactor}, Progress: d, Redactor: redactor,
		Runner: &runner.Retry{Runner: runner.Check{Runner: calls}, Sleep: d.sleep},
		Clock:  d.now, Sleep: d.sleep, Rand: rand.NewChaCha8([32]byte{byte(len(d.cloud.Log))}),
	}
	if len(d.answers) > 0 {
		e.Type = func(context.Context, string) (string, error) {
			answer := d.answers[0]
			if answer == closed {
				return "", io.ErrUnexpectedEOF
			}
			d.answers = d.answers[1:]
			return answer, nil
		}
	}
	if d.choice != nil {
		e.Ask = func(context.Context, string, []string) (int, error) { return *d.choice, nil }
	}
	if problems := e.CheckTool(name, given); len(problems) > 0 {
		d.t.Fatalf("%v: %v", words, problems)
	}
	return e.Tool(ctx, name, given, args)
}

// do runs a command that has to end with want.
func (d *trial) do(want steps.ExitCode, words ...string) steps.Report {
	d.t.Helper()
	r := d.try(d.t.Context(), words...)
	if r.ExitCode != want {
		d.t.Fatalf("%v ended with %d, want %d: %v\n%s\ncalls:\n%s", words, r.ExitCode, want, r.Fault, strings.Join(d.said, "\n"), d.log())
	}
	return r
}

// order runs a command to its price, and again with that confirmed.
func (d *trial) order(want steps.ExitCode, words ...string) steps.Report {
	d.t.Helper()
	d.do(steps.ExitConfirm, words...)
	return d.do(want, append(words, "confirm=true")...)
}

// log are the calls, a line each.
func (d *trial) log() string {
	var lines []string
	for _, call := range d.cloud.Calls() {
		lines = append(lines, strings.TrimSpace(call.API+" "+call.Code+" "+call.Fault))
	}
	return strings.Join(lines, "\n")
}

// clean checks that nothing is left that this account did not have, and that nothing was ever sent that must not be.
func (d *trial) clean() {
	d.t.Helper()
	if left := d.cloud.Left(""); len(left) > 0 {
		d.t.Errorf("left behind: %v\n%s", left, d.log())
	}
	d.careful()
}

func (d *trial) careful() {
	d.t.Helper()
	if len(d.cloud.Blunders) > 0 {
		d.t.Errorf("blunders: %v", d.cloud.Blunders)
	}
}

// data is the data of a report.
func data[T any](t *testing.T, r steps.Report) T {
	t.Helper()
	raw, err := json.Marshal(r.Data)
	if err != nil {
		t.Fatal(err)
	}
	var v T
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	return v
}

// count is how often an API was called.
func (d *trial) count(api string) int {
	n := 0
	for _, call := range d.cloud.Calls() {
		if call.API == api {
			n++
		}
	}
	return n
}

// last are the parameters of the last call of an API.
func (d *trial) last(api string) map[string]string {
	d.t.Helper()
	for _, call := range slices.Backward(d.cloud.Calls()) {
		if call.API == api {
			return call.Params
		}
	}
	d.t.Fatalf("%s was not called", api)
	return nil
}

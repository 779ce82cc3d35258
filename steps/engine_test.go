package steps

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"aligate/runner"
)

func TestOrder(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	r := b.fresh()
	fine(t, r)
	same(t, "calls", b.did(), "open, pick r1, list all, make n1, tell ")
	same(t, "steps", statuses(r), "open done, pick done, list done, make done, tell done")
	same(t, "began", strings.Join(b.seen.began, " "), "open pick list make tell")
	if len(b.seen.ended) != 5 {
		t.Errorf("progress was told of %d ends, want 5", len(b.seen.ended))
	}
	// A whole run speaks with the voice of its last step.
	same(t, "step", r.Step, "deploy")
	same(t, "summary", r.Summary, "told")
	if b.closes != 1 || b.reopens != 0 {
		t.Errorf("closed %d times and reopened %d times, want 1 and 0", b.closes, b.reopens)
	}
	rec := b.record()
	if rec.Open || len(rec.Pending) > 0 {
		t.Errorf("record: open %t, pending %v; want neither", rec.Open, rec.Pending)
	}
	raw, err := os.ReadFile(b.gate())
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]string
	if err := json.Unmarshal(raw, &rows); err != nil || len(rows) != 2 || rows[1]["id"] != "b<c" {
		t.Errorf("gate file holds %s (error %v)", raw, err)
	}
	if !strings.Contains(string(raw), "b<c") {
		t.Errorf("gate file escapes what needs no escape: %s", raw)
	}
}

// The same run, each step its own process: nothing is remembered but what is on disk.
func TestStepByStep(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.flags = []string{"--state-dir", "x"}
	run := ""
	for i, c := range []struct{ step, values, next string }{
		{"open", "", "aligate toy pick --state-dir x"},
		{"pick", "region=r1", "aligate toy list --state-dir x"},
		{"list", "filter=odd", "aligate toy make --state-dir x"},
		{"make", "name=n1", "aligate toy tell --state-dir x"},
		{"tell", "style=loud", ""},
	} {
		r := b.step(c.step, strings.Fields(c.values)...)
		fine(t, r)
		if now := b.record().Run; run != "" && now != run {
			t.Errorf("%s is a step of run %s, the one before of %s", c.step, now, run)
		} else {
			run = now
		}
		if next := ""; r.Next != nil || c.next != "" {
			if r.Next != nil {
				next = r.Next.Command
			}
			same(t, c.step+": next", next, c.next)
		}
		wantClosed := 0
		if i == 4 {
			wantClosed = 1
		}
		if b.closes != wantClosed {
			t.Errorf("after %s: closed %d times, want %d", c.step, b.closes, wantClosed)
		}
	}
	same(t, "calls", b.did(), "open, pick r1, list odd, make n1, tell loud")
	if rec := b.record(); rec.Open || rec.Params.One("region") != "r1" || rec.Params.One("style") != "loud" {
		t.Errorf("record: open %t, params %v", rec.Open, rec.Params)
	}
}

func TestNeeds(t *testing.T) {
	t.Parallel()
	fail := func(context.Context, *Env) error { return errors.New("no") }
	for _, c := range []struct {
		name  string
		setup func(b *bench)
		step  string
		given string
		code  string
		want  string
		hint  string
	}{
		{"nothing has run", func(b *bench) {}, "pick", "", "StepMissing", "toy open has not run", "run: aligate toy open"},
		// The first that is missing is named, and a gate by what the procedure says of it.
		{"two missing", func(b *bench) { b.step("open") }, "make", "", "StepMissing", "toy pick has not run", "run: aligate toy pick"},
		{"gate missing", func(b *bench) { b.step("open"); b.step("pick", "region=r1") }, "make", "", "GateClosed", "no rows were listed: toy list has not run", "run: aligate toy list"},
		{"failed", func(b *bench) { b.step("open"); b.at["pick"] = fail; b.step("pick") }, "list", "", "StepMissing", "toy pick did not succeed", "run: aligate toy pick"},
		{"stale by a flag", func(b *bench) { b.step("open"); b.step("pick", "region=r1") }, "list", "region=r2", "StepMissing", "toy pick is stale (--region changed since)", "run: aligate toy pick"},
		{"stale by a flag given later", func(b *bench) { b.step("open"); b.step("pick", "region=r1"); b.step("list") }, "make", "filter=odd", "GateClosed", "no rows were listed: toy list is stale (--filter changed since)", "run: aligate toy list"},
		{"stale by a step", func(b *bench) {
			b.step("open")
			b.step("pick", "region=r1")
			b.step("list")
			b.step("pick", "region=r2")
		}, "make", "", "GateClosed", "no rows were listed: toy list is stale (pick changed since)", "run: aligate toy list"},
		{"stale by both", func(b *bench) {
			b.step("open")
			b.step("pick", "region=r1")
			b.step("list")
			b.step("pick", "region=r2")
		}, "make", "filter=odd", "GateClosed", "no rows were listed: toy list is stale (--filter, pick changed since)", "run: aligate toy list"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			c.setup(b)
			b.did()
			open, closes := b.open(), b.closes
			r := b.step(c.step, strings.Fields(c.given)...)
			failure := refused(t, r, ExitBlocked, c.code)
			same(t, "message", failure.Message, c.want)
			if !slices.Contains(failure.Hints, c.hint) {
				t.Errorf("hints %q, want %q among them", failure.Hints, c.hint)
			}
			if r.Next == nil || "run: "+r.Next.Command != c.hint {
				t.Errorf("next is %+v, want the command of the hint %q", r.Next, c.hint)
			}
			same(t, "calls", b.did(), "")
			if b.closes != closes || b.open() != open {
				t.Errorf("a step that was blocked closed the run")
			}
		})
	}
}

// open tells whether the record on disk says so; without a record it is not.
func (b *bench) open() bool {
	rec, err := (&Store{Dir: b.dir}).Load("toy")
	return err == nil && rec != nil && rec.Open
}

func TestStale(t *testing.T) {
	t.Parallel()
	all := "open done, pick done, list done, make to do, tell to do"
	for _, c := range []struct {
		name, step, given string
		want              string
	}{
		{"nothing changed", "pick", "region=r1", all},
		// What is given explicitly and equals the default is no change.
		{"default spelled out", "list", "filter=all", all},
		{"filter", "pick", "filter=odd", "open done, pick done, list stale (--filter), make to do, tell to do"},
		{"region", "open", "region=r2", "open done, pick stale (--region), list stale (pick), make to do, tell to do"},
		{"region, and pick again", "pick", "region=r2", "open done, pick done, list stale (pick), make to do, tell to do"},
		// pick ran again and has the same to say: list still holds.
		{"pick again", "pick", "", all},
		{"unused", "open", "style=loud", all},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.step("open")
			b.step("pick", "region=r1")
			b.step("list")
			b.step(c.step, strings.Fields(c.given)...)
			r := b.engine().Status(t.Context())
			sound(t, r)
			same(t, "states", states(t, r), c.want)
		})
	}
}

func TestGateClosed(t *testing.T) {
	t.Parallel()
	write := func(text string) func(*testing.T, string) {
		return func(t *testing.T, path string) {
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, c := range []struct {
		name string
		harm func(t *testing.T, path string)
		want string
		// stuck is set if listing again cannot help: what is in the way must go first.
		stuck bool
	}{
		{"missing", func(t *testing.T, path string) {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		}, "is missing", false},
		{"empty", write(""), "is empty", false},
		{"no rows", write("[]"), "has no rows", false},
		{"null", write("null"), "has no rows", false},
		{"blank", write("\n"), "is not a JSON array", false},
		{"not JSON", write("[{\"id\":"), "is not a JSON array", false},
		{"object", write("{\"id\":\"a\"}"), "is not a JSON array", false},
		{"edited", func(t *testing.T, path string) {
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			write(strings.Replace(string(raw), `"a"`, `"z"`, 1))(t, path)
		}, "was changed since this run wrote it", false},
		{"reformatted", func(t *testing.T, path string) {
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			write(string(raw)+"\n")(t, path)
		}, "was changed since this run wrote it", false},
		// The content is right, the place is not ours.
		{"symlink", func(t *testing.T, path string) {
			if err := errors.Join(os.Rename(path, path+".real"), os.Symlink(path+".real", path)); err != nil {
				t.Fatal(err)
			}
		}, "is a symbolic link", true},
		{"directory", func(t *testing.T, path string) {
			if err := errors.Join(os.Remove(path), os.Mkdir(path, 0o700)); err != nil {
				t.Fatal(err)
			}
		}, "is not a regular file", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.step("open")
			b.step("pick", "region=r1")
			b.step("list")
			b.did()
			c.harm(t, b.gate())
			failure := refused(t, b.step("make", "name=n1"), ExitBlocked, "GateClosed")
			if !strings.HasPrefix(failure.Message, "no rows were listed: "+b.gate()+" ") || !strings.Contains(failure.Message, c.want) {
				t.Errorf("message %q, want the gate's own sentence, the path and %q", failure.Message, c.want)
			}
			if !slices.Contains(failure.Hints, "run: aligate toy list") {
				t.Errorf("hints %q do not name the command that opens the gate", failure.Hints)
			}
			same(t, "calls", b.did(), "")
			if b.closes > 0 || b.record().Pending["make"] != nil || b.cloud["n1"] {
				t.Errorf("closed %d times, pending %v, cloud %v: want nothing to have happened", b.closes, b.record().Pending, b.cloud)
			}
			r := b.engine().Status(t.Context())
			row := r.Data.(RunStatus).Steps[2]
			if !strings.Contains(row.Gate, c.want) || strings.Contains(row.Gate, "no rows were listed") {
				t.Errorf("status says of the gate %q, want %q", row.Gate, c.want)
			}
			if r.Next == nil || r.Next.Step != "list" {
				t.Errorf("next is %v, want list", r.Next)
			}
			r = b.resume("name=n1")
			if c.stuck {
				refused(t, r, ExitFailed, "GateFile")
				if b.cloud["n1"] {
					t.Errorf("something was made behind a gate that could not be opened")
				}
				return
			}
			fine(t, r)
			same(t, "calls", b.did(), "list all, make n1, tell ")
		})
	}
}

func TestGateUnwritable(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	victim := filepath.Join(t.TempDir(), "victim")
	if err := errors.Join(os.WriteFile(victim, []byte("precious"), 0o600), os.MkdirAll(b.gates, 0o700), os.Symlink(victim, b.gate())); err != nil {
		t.Fatal(err)
	}
	refused(t, b.fresh(), ExitFailed, "GateFile")
	if raw, _ := os.ReadFile(victim); string(raw) != "precious" {
		t.Errorf("the target of the link holds %q now", raw)
	}
	if b.cloud["n1"] {
		t.Errorf("something was made behind a gate that could not be written")
	}
}

func TestOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	fine(t, b.fresh())
	b.did()
	for range 2 {
		r := b.step("make")
		fine(t, r)
		if r.Status != Skipped || !strings.Contains(r.Summary, "already done") {
			t.Errorf("got %s, %q; want it to be skipped", r.Status, r.Summary)
		}
		// What was made is told again: a program that repeats the command gets the id.
		if raw, _ := json.Marshal(r.Data); string(raw) != `{"name":"n1"}` {
			t.Errorf("data is %s, want what make told the first time", raw)
		}
	}
	r := b.resume()
	fine(t, r)
	same(t, "steps", statuses(r), "open skipped, pick skipped, list skipped, make skipped, tell skipped")
	same(t, "calls", b.did(), "")
	if b.closes != 1 || b.reopens != 0 {
		t.Errorf("closed %d times, reopened %d times; want 1 and 0: nothing was left to do", b.closes, b.reopens)
	}
}

// After a change in the cloud, the parameters that it was made with stand.
func TestFrozen(t *testing.T) {
	t.Parallel()
	made := func(b *bench) { fine(b.t, b.fresh()) }
	cutOff := func(b *bench) {
		b.create = func() error { return &runner.DeadlineError{} }
		b.blind = errors.New("blind")
		refused(b.t, b.fresh(), ExitIncomplete, "OutcomeUnknown")
	}
	for _, c := range []struct {
		name  string
		setup func(b *bench)
		given string
		want  string // flags that the message names, "" if it is allowed
	}{
		{"region", made, "region=r2", "--region"},
		{"name", made, "name=n2", "--name"},
		{"filter", made, "filter=odd", "--filter"},
		{"several", made, "name=n2 region=r2 filter=odd", "--region, --filter, --name"},
		{"the same", made, "name=n1 region=r1", ""},
		{"used only later", made, "style=loud", ""},
		{"cut off", cutOff, "name=n2", "--name"},
		{"cut off, used only later", cutOff, "style=loud", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			c.setup(b)
			before := b.record()
			b.did()
			b.create, b.blind = nil, nil
			r := b.resume(strings.Fields(c.given)...)
			if c.want == "" {
				fine(t, r)
				return
			}
			failure := refused(t, r, ExitBlocked, "RunSettled")
			if !strings.HasPrefix(failure.Message, c.want+" cannot change") {
				t.Errorf("message %q, want it to name %s", failure.Message, c.want)
			}
			refused(t, b.step("pick", strings.Fields(c.given)...), ExitBlocked, "RunSettled")
			same(t, "calls", b.did(), "")
			if now := b.record(); fmt.Sprint(now.Params) != fmt.Sprint(before.Params) {
				t.Errorf("params on disk are %v now, were %v", now.Params, before.Params)
			}
		})
	}
}

func TestResume(t *testing.T) {
	t.Parallel()
	refuse := func() error {
		return &runner.ExitError{API: &runner.APIError{Code: "Forbidden.RAM", Message: "no", RequestID: "R1"}}
	}
	for _, c := range []struct {
		name  string
		given string
		calls string
		want  string
	}{
		{"as it was", "", "make n1, tell ", "open skipped, pick skipped, list skipped, make done, tell done"},
		{"filter", "filter=odd", "list odd, make n1, tell ", "open skipped, pick skipped, list done, make done, tell done"},
		{"region", "region=r2", "pick r2, list all, make n1, tell ", "open skipped, pick done, list done, make done, tell done"},
		{"name", "name=n2", "make n2, tell ", "open skipped, pick skipped, list skipped, make done, tell done"},
		{"style", "style=loud", "make n1, tell loud", "open skipped, pick skipped, list skipped, make done, tell done"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.create = refuse
			failure := refused(t, b.fresh(), ExitFailed, "Forbidden.RAM")
			same(t, "request id", failure.RequestID, "R1")
			if rec := b.record(); rec.Pending["make"] != nil || !slices.Contains(rec.Steps["make"].RequestIDs, "R1") {
				t.Errorf("pending %v, request ids %v; want no entry and R1", rec.Pending, rec.Steps["make"].RequestIDs)
			}
			b.create = nil
			b.did()
			r := b.resume(strings.Fields(c.given)...)
			fine(t, r)
			same(t, "calls", b.did(), c.calls)
			same(t, "steps", statuses(r), c.want)
			if b.closes != 2 || b.reopens != 1 {
				t.Errorf("closed %d times, reopened %d times; want 2 and 1", b.closes, b.reopens)
			}
			if b.record().Open {
				t.Errorf("the record says that the run is still open")
			}
		})
	}
}

// A create without an answer leaves its entry; the resumed run looks and sends nothing twice.
func TestResumeUnsettled(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		there bool
		calls string
	}{
		{"there", true, "look n1, tell "},
		{"not there", false, "look n1, make n1, tell "},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.create, b.blind = func() error { return &runner.DeadlineError{} }, errors.New("blind")
			failure := refused(t, b.fresh(), ExitIncomplete, "OutcomeUnknown")
			same(t, "changed", failure.Changed, "perhaps: toy n1")
			if p := b.record().Pending["make"]; p == nil || p.Subject != "toy n1" || p.Attempts != 1 {
				t.Fatalf("pending on disk is %+v", p)
			}
			// Nothing may pass over the open question.
			refused(t, b.fresh("name=n2"), ExitBlocked, "RunUnsettled")
			if b.record().Pending["make"] == nil {
				t.Fatalf("a new run removed the entry")
			}
			r := b.engine().Status(t.Context())
			sound(t, r)
			if r.Next == nil || r.Next.Command != "aligate toy deploy --resume" {
				t.Errorf("next is %+v, want the resume", r.Next)
			}
			b.create, b.blind, b.cloud["n1"] = nil, nil, c.there
			b.did()
			fine(t, b.resume())
			same(t, "calls", b.did(), c.calls)
			if rec := b.record(); len(rec.Pending) > 0 || rec.Steps["make"].Status != Done {
				t.Errorf("pending %v, make %s; want it done", rec.Pending, rec.Steps["make"].Status)
			}
		})
	}
}

func TestNothingToResume(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	failure := refused(t, b.resume(), ExitBlocked, "NothingToResume")
	if !strings.Contains(failure.Message, b.dir) {
		t.Errorf("message %q does not name %s", failure.Message, b.dir)
	}
	same(t, "calls", b.did(), "")
}

// How a run ends, by exit code: a step alone keeps the run open when it asks the user for something, a whole
// run never does, and what is opened is closed once.
func TestClose(t *testing.T) {
	t.Parallel()
	asks := []ExitCode{ExitUsage, ExitBlocked, ExitInvalid, ExitConfirm, ExitChoice}
	for _, row := range ExitCodes {
		code := row.Code
		if code == ExitDone || code == exitSignal {
			continue
		}
		fail := func(context.Context, *Env) error { return &Error{Code: "X", Exit: code, Message: "x"} }
		t.Run(fmt.Sprintf("step/%d", code), func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			fine(t, b.step("open"))
			b.at["pick"] = fail
			r := b.step("pick", "region=r1")
			refused(t, r, code, "X")
			if r.Status != row.Status {
				t.Errorf("status is %s, want %s", r.Status, row.Status)
			}
			same(t, "status on disk", string(b.record().Steps["pick"].Status), string(row.Status))
			want := 1
			if slices.Contains(asks, code) {
				want = 0
			}
			if b.closes != want || b.open() != (want == 0) {
				t.Errorf("closed %d times, want %d; the record says open: %t", b.closes, want, b.open())
			}
			// Going on opens again what was closed, and only that.
			delete(b.at, "pick")
			fine(t, b.step("pick"))
			if b.reopens != want || !b.open() {
				t.Errorf("reopened %d times, want %d; the record says open: %t", b.reopens, want, b.open())
			}
		})
		t.Run(fmt.Sprintf("run/%d", code), func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.at["list"] = fail
			r := b.fresh()
			refused(t, r, code, "X")
			same(t, "steps", statuses(r), "open done, pick done, list "+string(row.Status))
			if b.closes != 1 || b.open() {
				t.Errorf("closed %d times, want 1; the record says open: %t", b.closes, b.open())
			}
		})
	}
}

func TestSignal(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"open", "pick", "list", "make", "tell"} {
		for _, notices := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s/%t", at, notices), func(t *testing.T) {
				t.Parallel()
				b := newBench(t)
				ctx, end := context.WithCancelCause(t.Context())
				defer end(nil)
				b.at[at] = func(ctx context.Context, _ *Env) error {
					end(Signal{syscall.SIGTERM})
					if notices {
						return ctx.Err()
					}
					return nil // a step that finishes all the same
				}
				r := b.allIn(ctx, false)
				if at == "tell" && !notices {
					fine(t, r) // all was done before anybody noticed
				} else {
					failure := refused(t, r, 128+ExitCode(syscall.SIGTERM), "Interrupted")
					if !strings.Contains(failure.Message, "terminated") {
						t.Errorf("message %q does not name the signal", failure.Message)
					}
				}
				if b.closes != 1 || b.open() {
					t.Errorf("closed %d times, want 1; the record says open: %t", b.closes, b.open())
				}
				if at == "make" && notices && b.cloud["n1"] {
					t.Errorf("something was made after the signal")
				}
			})
		}
	}
	t.Run("step", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		fine(t, b.step("open"))
		ctx, end := context.WithCancelCause(t.Context())
		end(Signal{syscall.SIGINT})
		b.did()
		refused(t, b.stepIn(ctx, "pick", "region=r1"), 130, "Interrupted")
		same(t, "calls", b.did(), "")
		if b.closes != 1 || b.open() {
			t.Errorf("closed %d times, want 1; the record says open: %t", b.closes, b.open())
		}
	})
}

// A signal while the create is under way: what may have changed is told, and its entry stays.
func TestSignalDuringCreate(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx, end := context.WithCancelCause(t.Context())
	b.create = func() error {
		end(Signal{syscall.SIGINT})
		return &runner.InterruptedError{Started: true, Cause: Signal{syscall.SIGINT}}
	}
	failure := refused(t, b.allIn(ctx, false), 130, "Interrupted")
	same(t, "changed", failure.Changed, "perhaps: toy n1")
	if b.record().Pending["make"] == nil {
		t.Errorf("no entry on disk for a create whose outcome is unknown")
	}
	if b.closes != 1 {
		t.Errorf("closed %d times, want 1", b.closes)
	}
}

func TestCloseFails(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.closeErr = errors.New("jammed")
	r := b.fresh()
	fine(t, r) // how the run ended must not be hidden
	if len(r.Warnings) != 1 || r.Warnings[0].Code != "NotClosed" || !strings.Contains(r.Warnings[0].Message, "jammed") {
		t.Errorf("warnings are %+v, want NotClosed", r.Warnings)
	}
	if !b.open() {
		t.Errorf("the record says closed")
	}
	// A new run inherits what is open, and closes it, even one that opens nothing of its own.
	b.closeErr = nil
	ctx, end := context.WithCancelCause(t.Context())
	end(Signal{syscall.SIGINT})
	refused(t, b.allIn(ctx, false), 130, "Interrupted")
	if b.closes != 2 || b.open() {
		t.Errorf("closed %d times, want 2; open: %t", b.closes, b.open())
	}
	fine(t, b.fresh())
	if b.closes != 3 || b.open() {
		t.Errorf("closed %d times, want 3; open: %t", b.closes, b.open())
	}
}

func TestReopenFails(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.at["pick"] = func(context.Context, *Env) error { return errors.New("no") }
	b.fresh()
	delete(b.at, "pick")
	b.w.Reopen = func(context.Context, *Env) error { return errors.New("jammed") }
	r := b.resume()
	fine(t, r)
	if len(r.Warnings) != 1 || r.Warnings[0].Code != "NotReopened" {
		t.Errorf("warnings are %+v, want NotReopened", r.Warnings)
	}
}

// What is open is in the record before it is opened: a crash in the middle is found.
func TestOpenFirst(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.at["open"] = func(_ context.Context, env *Env) error {
		if err := env.engine.Store.Flush(); err != nil {
			return err
		}
		if !b.open() {
			t.Errorf("the record does not say open while open runs")
		}
		return errors.New("cut off")
	}
	refused(t, b.step("open"), ExitFailed, "CallFailed")
	if b.closes != 1 || b.open() {
		t.Errorf("closed %d times, want 1; open: %t", b.closes, b.open())
	}
}

func TestArchive(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	fine(t, b.fresh())
	first := b.record()
	fine(t, b.fresh("name=n2"))
	second := b.record()
	if first.Run == second.Run || second.Params.One("name") != "n2" {
		t.Errorf("the second run is %s with %v, the first was %s", second.Run, second.Params, first.Run)
	}
	raw, err := os.ReadFile(filepath.Join(b.dir, "run-"+first.Run+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var kept Record
	if err := json.Unmarshal(raw, &kept); err != nil || kept.Run != first.Run || kept.Params.One("name") != "n1" {
		t.Errorf("the archive holds %s with %v, error %v", kept.Run, kept.Params, err)
	}
	if got, want := files(t, b.dir), []string{"run-" + first.Run + ".json", "run.json"}; !slices.Equal(got, want) {
		t.Errorf("the state directory holds %q, want %q", got, want)
	}
}

func TestUsage(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	e := b.engine()
	r := e.All(t.Context(), "deploy", b.values("name=x", "filter=a\x00b"), false)
	sound(t, r)
	failure := refused(t, r, ExitUsage, "Usage")
	var where []string
	for _, p := range failure.Problems {
		where = append(where, p.Where)
	}
	same(t, "problems", strings.Join(where, " "), "--region --filter")
	same(t, "calls", b.did(), "")
	if got := e.Check(b.values("name=x", "region=x"), true); len(got) != 1 || got[0].Where != "--name" {
		t.Errorf("problems between parameters are %v, want one of --name", got)
	}
	// Alone each may be missing, and what was given before counts.
	if got := e.Check(b.values("name=x"), false); len(got) > 0 {
		t.Errorf("problems of one flag alone are %v, want none", got)
	}
	fine(t, b.step("open", "region=x"))
	if got := b.engine().Check(b.values("name=x"), false); len(got) != 1 || got[0].Where != "--name" {
		t.Errorf("problems with what is remembered are %v, want one of --name", got)
	}
}

func TestStatus(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	r := b.engine().Status(t.Context())
	sound(t, r)
	if r.Next == nil || r.Next.Command != "aligate toy deploy" || !strings.Contains(r.Summary, b.dir) {
		t.Errorf("without a run: next %+v, summary %q", r.Next, r.Summary)
	}
	if _, err := os.Stat(b.dir); !os.IsNotExist(err) {
		t.Errorf("status made the state directory")
	}
	b.step("open", "name=n1")
	b.step("pick", "region=r1")
	b.at["list"] = func(context.Context, *Env) error { return &Error{Code: "Nope", Exit: ExitChoice, Message: "choose"} }
	b.step("list")
	r = b.engine().Status(t.Context())
	sound(t, r)
	same(t, "states", states(t, r), "open done, pick done, list needs_choice, make to do, tell to do")
	status := r.Data.(RunStatus)
	same(t, "title", status.Title, "toy n1")
	same(t, "state dir", status.StateDir, b.dir)
	if !status.Open || r.Next == nil || r.Next.Step != "list" {
		t.Errorf("open %t, next %+v; want open, and list", status.Open, r.Next)
	}
	delete(b.at, "list")
	b.did()
	fine(t, b.resume("name=n1"))
	r = b.engine().Status(t.Context())
	same(t, "states", states(t, r), "open done, pick done, list done, make done, tell done")
	row := r.Data.(RunStatus).Steps[2]
	if row.Gate != "open" || row.GateFile != b.gate() || row.Ended == nil {
		t.Errorf("the row of list is %+v", row)
	}
	if r.Next != nil {
		t.Errorf("next is %+v, want nothing", r.Next)
	}
	b.did()
	// A gate that nothing needs any more need not be opened again.
	if err := os.Remove(b.gate()); err != nil {
		t.Fatal(err)
	}
	r = b.engine().Status(t.Context())
	if row := r.Data.(RunStatus).Steps[2]; !strings.Contains(row.Gate, "is missing") || r.Next != nil {
		t.Errorf("gate %q, next %+v; want it missing and nothing to do", row.Gate, r.Next)
	}
	same(t, "calls", b.did(), "")
}

// tell is stale, make is not: what changed the cloud stands.
func TestStaleAfterOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	fine(t, b.fresh())
	b.did()
	r := b.resume("style=loud")
	fine(t, r)
	same(t, "calls", b.did(), "tell loud")
	same(t, "steps", statuses(r), "open skipped, pick skipped, list skipped, make skipped, tell done")
	if b.closes != 2 || b.reopens != 1 {
		t.Errorf("closed %d times, reopened %d times; want 2 and 1", b.closes, b.reopens)
	}
}

// What made something stands, whatever has become of what it read: it is not due again, nor is what only served it.
func TestSettled(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	fine(t, b.fresh())
	b.w.Steps[1].Run = func(context.Context, *Env) (Outcome, error) {
		return Outcome{Summary: "picked", Output: map[string]string{"region": "moved"}}, nil
	}
	fine(t, b.step("pick"))
	r := b.engine().Status(t.Context())
	same(t, "states", states(t, r), "open done, pick done, list done, make done, tell stale (make)")
	if r.Next == nil || r.Next.Step != "tell" {
		t.Errorf("next is %+v, want tell: what is made cannot be made again", r.Next)
	}
	b.did()
	// A step behind the change may run alone: what it needs cannot get any fresher.
	fine(t, b.step("tell"))
	b.w.Steps[1].Run = func(context.Context, *Env) (Outcome, error) {
		return Outcome{Summary: "picked", Output: map[string]string{"region": "moved again"}}, nil
	}
	fine(t, b.step("pick"))
	b.did()
	r = b.resume()
	fine(t, r)
	same(t, "steps", statuses(r), "open skipped, pick skipped, list skipped, make skipped, tell done")
	same(t, "calls", b.did(), "tell ")
}

// The rows of a gate are an output like any other.
func TestStaleByRows(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.w.Steps[4].Reads = []string{"make", "list"}
	fine(t, b.fresh())
	fine(t, b.step("list"))
	same(t, "the same rows", states(t, b.engine().Status(t.Context())), "open done, pick done, list done, make done, tell done")
	b.w.Steps[2].Run = func(context.Context, *Env) (Outcome, error) { return Outcome{Rows: []string{"another"}}, nil }
	fine(t, b.step("list"))
	same(t, "other rows", states(t, b.engine().Status(t.Context())), "open done, pick done, list done, make done, tell stale (list)")
}

// The inputs that changed are named in one order, whatever that of a map.
func TestStaleOrder(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.w.Steps[2].Uses = []string{"name", "filter", "style", "region"}
	b.step("open")
	b.step("pick", "region=r1", "name=n1", "style=s1")
	b.step("list")
	for range 20 {
		r := b.step("make", "name=n2", "style=s2", "filter=odd")
		same(t, "message", refused(t, r, ExitBlocked, "GateClosed").Message, "no rows were listed: toy list is stale (--filter, --name, --style changed since)")
	}
}

func TestPlan(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.redactor.Add("hush-hush")
	refused(t, b.engine().Plan(t.Context(), b.values("region=r1")), ExitUsage, "Usage")
	r := b.engine().Plan(t.Context(), b.values("region=hush-hush", "name=n1"))
	sound(t, r)
	fine(t, r)
	plan, ok := r.Data.(map[string]any)["commands"].([]PlannedCommand)
	if !ok || len(plan) != 3 {
		t.Fatalf("data is %v, want three commands", r.Data)
	}
	var lines []string
	for _, c := range plan {
		lines = append(lines, c.Step+": "+c.Line)
	}
	same(t, "plan", strings.Join(lines, "; "), "open: aliyun toy open --region REDACTED; pick: aliyun toy pick --region REDACTED; close: aliyun toy close")
	same(t, "effect", plan[0].Effect, "mutates")
	same(t, "text", r.Text(), "# open\naliyun toy open --region REDACTED\n# pick\naliyun toy pick --region REDACTED\n# close\naliyun toy close\n")
	same(t, "calls", b.did(), "")
	if _, err := os.Stat(b.dir); !os.IsNotExist(err) {
		t.Errorf("a plan made the state directory")
	}
}

func TestReset(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	r := b.engine().Reset(t.Context())
	sound(t, r)
	// What a run opened can be open without a record.
	if r.Status != Skipped || r.ExitCode != 0 || b.closes != 1 {
		t.Errorf("without a run: %s, exit %d, closed %d times, want it skipped and closed", r.Status, r.ExitCode, b.closes)
	}
	if _, err := os.Stat(b.dir); !os.IsNotExist(err) {
		t.Errorf("a reset of nothing made the state directory")
	}
	b.closes = 0

	fine(t, b.fresh())
	run := b.record().Run
	b.did()
	r = b.engine().Reset(t.Context())
	sound(t, r)
	fine(t, r)
	same(t, "calls", b.did(), "")
	if _, err := os.Stat(b.gate()); !os.IsNotExist(err) {
		t.Errorf("the gate file is still there")
	}
	if got, want := files(t, b.dir), []string{"run-" + run + ".json"}; !slices.Equal(got, want) {
		t.Errorf("the state directory holds %q, want %q", got, want)
	}
	data := r.Data.(map[string]any)
	if data["run"] != run || fmt.Sprint(data["removed"]) != fmt.Sprint([]string{b.gate()}) {
		t.Errorf("data is %v", data)
	}
	// Even a run that says it is closed: an aligate that was killed could not say otherwise.
	if b.closes != 2 {
		t.Errorf("closed %d times, want 2", b.closes)
	}

	// A run that was reset is over: the next one starts from nothing.
	refused(t, b.step("make", "name=n1"), ExitBlocked, "StepMissing")
}

func TestResetLeavesWhatIsNotOurs(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.create, b.blind = func() error { return &runner.DeadlineError{} }, errors.New("blind")
	refused(t, b.fresh(), ExitIncomplete, "OutcomeUnknown")
	if err := os.WriteFile(b.gate(), []byte(`[{"id":"mine"}]`), 0o600); err != nil {
		t.Fatal(err)
	}
	b.closeErr = errors.New("jammed")
	r := b.engine().Reset(t.Context())
	sound(t, r)
	fine(t, r)
	var codes []string
	for _, w := range r.Warnings {
		codes = append(codes, w.Code)
	}
	same(t, "warnings", strings.Join(codes, " "), "GateKept Unsettled NotClosed")
	if raw, _ := os.ReadFile(b.gate()); string(raw) != `[{"id":"mine"}]` {
		t.Errorf("the edited gate file holds %q", raw)
	}
	// Nothing stands in the way of a new run, and it does not adopt the old one's parameters.
	b.create, b.blind, b.closeErr = nil, nil, nil
	fine(t, b.fresh("name=n2"))
	if got := b.record().Params.One("name"); got != "n2" {
		t.Errorf("name is %q", got)
	}
}

// A run that cannot be recorded has not ended well.
func TestUnrecorded(t *testing.T) {
	t.Parallel()
	t.Run("directory", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		b.at["open"] = func(_ context.Context, env *Env) error {
			path := filepath.Join(b.dir, "run.json")
			return errors.Join(env.engine.Store.Flush(), os.Remove(path), os.Mkdir(path, 0o700))
		}
		failure := refused(t, b.step("open"), ExitFailed, "StateDirectory")
		same(t, "next", strings.Join(failure.Hints[1:], "; "), "run it again: aligate toy open")
	})
	// A whole run that ended well is resumed, and says what there is.
	t.Run("run", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		b.at["tell"] = func(_ context.Context, env *Env) error {
			path := filepath.Join(b.dir, "run.json")
			return errors.Join(env.engine.Store.Flush(), os.Remove(path), os.Mkdir(path, 0o700))
		}
		failure := refused(t, b.fresh(), ExitFailed, "StateDirectory")
		same(t, "changed", failure.Changed, "changed: made n1")
		same(t, "next", strings.Join(failure.Hints[1:], "; "), "go on with this run: aligate toy deploy --resume")
	})
	t.Run("secret", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		b.at["tell"] = func(_ context.Context, env *Env) error {
			env.Redactor.Add("r1-is-a-secret")
			return nil
		}
		refused(t, b.fresh("region=r1-is-a-secret"), ExitFailed, "SecretInRecord")
	})
	// Before a change the record must be on disk: without it, nothing is created.
	t.Run("create", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		b.at["make"] = func(_ context.Context, env *Env) error {
			path := filepath.Join(b.dir, "run.json")
			return errors.Join(env.engine.Store.Flush(), os.Remove(path), os.Mkdir(path, 0o700))
		}
		refused(t, b.fresh(), ExitFailed, "StateDirectory")
		same(t, "calls", b.did(), "open, pick r1, list all")
	})
}

func TestRecordRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	if err := errors.Join(os.MkdirAll(b.dir, 0o700), os.WriteFile(filepath.Join(b.dir, "run.json"), []byte("{"), 0o600)); err != nil {
		t.Fatal(err)
	}
	e := b.engine()
	for _, r := range []Report{
		e.Step(t.Context(), "open", b.values()), e.All(t.Context(), "deploy", b.values(), false), e.All(t.Context(), "deploy", b.values(), true),
		e.Status(t.Context()), e.Plan(t.Context(), b.values()), e.Reset(t.Context()),
	} {
		sound(t, r)
		refused(t, r, ExitBlocked, "RecordDamaged")
	}
	same(t, "calls", b.did(), "")
	if raw, _ := os.ReadFile(filepath.Join(b.dir, "run.json")); string(raw) != "{" {
		t.Errorf("the damaged record holds %q now", raw)
	}
}

// A question that was asked again and not answered undoes the earlier answer. The gate file of the earlier one is
// closed by that, and still the run's to remove.
func TestAskedAgain(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		exit ExitCode
		want Status
	}{{ExitBlocked, Blocked}, {ExitChoice, NeedsChoice}, {ExitFailed, Failed}} {
		b := newBench(t)
		b.step("open")
		b.step("pick", "region=r1")
		fine(t, b.step("list"))
		b.at["list"] = func(context.Context, *Env) error { return &Error{Code: "X", Exit: c.exit, Message: "x"} }
		refused(t, b.step("list"), c.exit, "X")
		same(t, "status on disk", string(b.record().Steps["list"].Status), string(c.want))
		refused(t, b.step("make", "name=n1"), ExitBlocked, "GateClosed")
		fine(t, b.engine().Reset(t.Context()))
		if _, err := os.Stat(b.gate()); !os.IsNotExist(err) {
			t.Errorf("exit %d: the gate file of the earlier answer is still there after the reset", c.exit)
		}
	}
}

// A whole run tells what it has changed by its end, and how it goes on, whichever step ended it.
func TestChangedIsTold(t *testing.T) {
	t.Parallel()
	resume := "go on with this run: aligate toy deploy --resume"
	for _, c := range []struct {
		name, step string
		exit       ExitCode
		changed    string
		resume     bool
	}{
		{"before the change", "list", ExitFailed, NothingChanged, true},
		{"after the change", "tell", ExitFailed, "changed: made n1", true},
		{"after the change, blocked", "tell", ExitBlocked, "changed: made n1", true},
		// Going on would only stop there again.
		{"stopped", "pick", ExitExists, NothingChanged, false},
		{"missing", "pick", ExitMissing, NothingChanged, false},
	} {
		b := newBench(t)
		b.at[c.step] = func(context.Context, *Env) error {
			return &Error{Code: "X", Exit: c.exit, Message: "x", Hints: []string{"its own"}}
		}
		r := b.fresh()
		failure := refused(t, r, c.exit, "X")
		same(t, c.name+": changed", failure.Changed, c.changed)
		if got := slices.Contains(failure.Hints, resume); got != c.resume || failure.Hints[0] != "its own" {
			t.Errorf("%s: hints %q, want the resume among them: %t", c.name, failure.Hints, c.resume)
		}
		same(t, c.name+": the fault's step", r.Fault.Step, "toy "+c.step)
		same(t, c.name+": step", r.Step, "deploy")
	}
	// A step alone is run again, where that can help and nothing names a command yet.
	again := "run it again: aligate toy pick"
	for _, c := range []struct {
		fault Error
		told  bool
	}{
		{Error{Exit: ExitFailed}, true},
		{Error{Exit: ExitFailed, Hints: []string{"ask the administrator"}}, true},
		{Error{Exit: ExitFailed, Hints: []string{"look: aligate toy status"}}, false},
		{Error{Exit: ExitIncomplete}, true},
		{Error{Exit: ExitNoCLI}, true},
		{Error{Exit: ExitMissing}, false},
		{Error{Exit: ExitMissing, Again: true}, true},
		{Error{Exit: ExitExists}, false},
		{Error{Exit: ExitBlocked}, false},
	} {
		b := newBench(t)
		b.step("open")
		c.fault.Code, c.fault.Message = "X", "x"
		b.at["pick"] = func(context.Context, *Env) error { return &c.fault }
		failure := refused(t, b.step("pick", "region=r1"), c.fault.Exit, "X")
		if slices.Contains(failure.Hints, again) != c.told {
			t.Errorf("step %+v: hints %q, want %q among them: %t", c.fault, failure.Hints, again, c.told)
		}
		whole := c.fault.Exit != ExitExists && (c.fault.Exit != ExitMissing || c.fault.Again)
		if failure := refused(t, b.fresh(), c.fault.Exit, "X"); slices.Contains(failure.Hints, resume) != whole {
			t.Errorf("run %+v: hints %q, want the resume among them: %t", c.fault, failure.Hints, whole)
		}
	}
	// A step that knows the command already need not be told it twice.
	b := newBench(t)
	b.at["pick"] = func(context.Context, *Env) error {
		return &Error{Code: "X", Exit: ExitFailed, Message: "x", Hints: []string{"try again: aligate toy deploy --resume"}}
	}
	if failure := refused(t, b.fresh(), ExitFailed, "X"); len(failure.Hints) != 1 {
		t.Errorf("hints are %q, want the step's own alone", failure.Hints)
	}
}

func TestReplayIsTold(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.replay = true
	for _, r := range []Report{b.step("pick"), b.step("open"), b.fresh(), b.engine().Reset(t.Context())} {
		if !r.Replay {
			t.Errorf("%s: the report does not say that it is a replay", r.Step)
		}
	}
}

func TestWarnings(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, name := range []string{"pick", "tell"} {
		b.at[name] = func(_ context.Context, env *Env) error { env.Warn("Odd", "%s is odd", name); return nil }
	}
	r := b.fresh()
	fine(t, r)
	var got []string
	for _, w := range r.Warnings {
		got = append(got, w.Code+": "+w.Message)
	}
	same(t, "warnings", strings.Join(got, ", "), "Odd: pick is odd, Odd: tell is odd")
	if w := b.record().Steps["pick"].Warnings; len(w) != 1 || w[0].Message != "pick is odd" {
		t.Errorf("the record has the warnings %v", w)
	}
	if len(r.Steps[2].Warnings) != 0 {
		t.Errorf("a step has the warnings of another: %v", r.Steps[2].Warnings)
	}
}

func TestStatusOf(t *testing.T) {
	t.Parallel()
	seen := map[ExitCode]bool{}
	for _, row := range ExitCodes {
		if seen[row.Code] || row.Meaning == "" {
			t.Errorf("exit code %d: twice in the list, or without a meaning", row.Code)
		}
		seen[row.Code] = true
		if got := statusOf(row.Code); got != row.Status {
			t.Errorf("status of %d is %q, want %q", row.Code, got, row.Status)
		}
	}
	for _, code := range []ExitCode{129, 130, 143, 11, 127, -1} {
		if got := statusOf(code); got != Failed {
			t.Errorf("status of %d is %q, want %q", code, got, Failed)
		}
	}
}

func TestAsError(t *testing.T) {
	t.Parallel()
	stopped, end := context.WithCancelCause(context.Background())
	end(Signal{syscall.SIGHUP})
	exit := func(code int, stderr string) error {
		return runner.NewExitError(runner.Command{Args: []string{"toy", "list", "--x"}}, runner.Result{ExitCode: code, Stderr: []byte(stderr)})
	}
	for _, c := range []struct {
		name string
		ctx  context.Context
		err  error
		code string
		exit ExitCode
		msg  string // a part of it
	}{
		{"ours", t.Context(), &Error{Code: "Ours", Exit: ExitMissing, Message: "m"}, "Ours", ExitMissing, "m"},
		{"ours, wrapped", t.Context(), fmt.Errorf("w: %w", &Error{Code: "Ours", Exit: ExitMissing, Message: "m"}), "Ours", ExitMissing, "m"},
		{"signal in the context", stopped, errors.New("x"), "Interrupted", 129, "hangup"},
		{"signal in the error", t.Context(), fmt.Errorf("w: %w", Signal{syscall.SIGINT}), "Interrupted", 130, "interrupt"},
		{"no aliyun", t.Context(), &runner.StartError{Path: "aliyun", Err: os.ErrNotExist}, "AliyunMissing", ExitNoCLI, "cannot run aliyun"},
		{"too long", t.Context(), &runner.StartError{Path: "aliyun", Err: syscall.E2BIG}, "ArgumentTooLong", ExitFailed, "cannot run aliyun"},
		{"no profile", t.Context(), exit(3, "ERROR: unknown profile p, run configure to check"), "AliyunUnusable", ExitNoCLI, "unknown profile"},
		{"api", t.Context(), exit(1, "ERROR: SDK.ServerError\nErrorCode: Forbidden.X\nRequestId: R2\nMessage: you may not\n"), "Forbidden.X", ExitFailed, "you may not"},
		{"deadline", t.Context(), &runner.DeadlineError{Command: runner.Command{Args: []string{"toy"}}}, "Timeout", ExitFailed, "no answer"},
		{"unreadable", t.Context(), exit(1, "what is this"), "CallFailed", ExitFailed, "what is this"},
		{"any", t.Context(), errors.New("plain"), "CallFailed", ExitFailed, "plain"},
	} {
		got := AsError(c.ctx, c.err)
		if got.Code != c.code || got.Exit != c.exit || !strings.Contains(got.Message, c.msg) {
			t.Errorf("%s: got %s, exit %d, %q; want %s, exit %d, %q", c.name, got.Code, got.Exit, got.Message, c.code, c.exit, c.msg)
		}
	}
	if got := AsError(t.Context(), exit(1, "what is this\nand that")); got.Detail != "what is this\nand that" {
		t.Errorf("detail is %q, want all that the child said", got.Detail)
	}
	if got := AsError(t.Context(), exit(1, "ERROR: SDK.ServerError\nErrorCode: X\nRequestId: R2\nMessage: m\n")); got.RequestID != "R2" || got.Detail != "" {
		t.Errorf("request id %q, detail %q; want R2 and none", got.RequestID, got.Detail)
	}
	// A class without a name would be told as CallFailed, which helps nobody.
	for class := range hintOfClass {
		if codeOfClass[class] == "" {
			t.Errorf("class %q has a hint and no code", class)
		}
	}
}

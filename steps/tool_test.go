package steps

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"aligate/runner"
)

// shop is a workflow of one tool, "work", whose body the test writes. Its time passes only while it sleeps.
type shop struct {
	*Engine
	now   time.Time
	notes []string
	seen  watcher
}

func (s *shop) Note(text string)       { s.notes = append(s.notes, text) }
func (s *shop) StepBegan(step *Step)   { s.seen.StepBegan(step) }
func (s *shop) StepEnded(r Report)     { s.seen.StepEnded(r) }
func (s *shop) Command(runner.Command) {}

func newShop(dir string) *shop {
	s := &shop{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	redactor := &runner.Redactor{}
	s.Engine = &Engine{
		Workflow: &Workflow{Name: "shop", Tools: []Tool{{Name: "work"}}}, Store: &Store{Dir: dir, Redactor: redactor}, Progress: s,
		Clock: func() time.Time { return s.now }, Rand: rand.NewChaCha8([32]byte{2}), Redactor: redactor,
		Sleep: func(ctx context.Context, d time.Duration) error { s.now = s.now.Add(d); return ctx.Err() },
	}
	return s
}

// work runs body as the tool.
func (s *shop) work(ctx context.Context, body func(ctx context.Context, env *Env) (Outcome, error)) Report {
	s.Workflow.Tools[0].Run = body
	return s.Tool(ctx, "work", nil, nil)
}

// in runs body as a tool that has nothing to tell.
func (s *shop) in(t *testing.T, body func(ctx context.Context, env *Env)) {
	t.Helper()
	fine(t, s.work(t.Context(), func(ctx context.Context, env *Env) (Outcome, error) { body(ctx, env); return Outcome{}, nil }))
}

// throttled is a failure that passes, denied one that does not.
var (
	throttled = &runner.ExitError{API: &runner.APIError{Code: "Throttling.User"}}
	denied    = &runner.ExitError{API: &runner.APIError{Code: "Forbidden.RAM"}}
)

func TestPoll(t *testing.T) {
	t.Parallel()
	type look struct {
		state State
		err   error
	}
	pending, running := look{state: State{Text: "Pending"}}, look{state: State{Text: "Running", Done: true}}
	for _, c := range []struct {
		name  string
		looks []look // the last one goes on for ever
		scale float64
		slept time.Duration
		notes int
		check func(err error) bool
	}{
		{"at once", []look{running}, 1, 0, 0, nil},
		{"after two", []look{pending, pending, running}, 1, 10 * time.Second, 1, nil},
		{"each state is told once", []look{pending, {state: State{Text: "Starting"}}, running}, 1, 10 * time.Second, 2, nil},
		{"a state without a name", []look{{}, running}, 1, 5 * time.Second, 0, nil},
		{"failures that pass", []look{{err: throttled}, {err: throttled}, {err: throttled}, {err: throttled}, running}, 1, 20 * time.Second, 0, nil},
		{"failures apart", []look{{err: throttled}, {err: throttled}, {err: throttled}, {err: throttled}, pending, {err: throttled}, running}, 1, 30 * time.Second, 1, nil},
		{"five failures in a row", []look{{err: throttled}}, 1, 20 * time.Second, 0, func(err error) bool {
			var wait *WaitError
			return errors.As(err, &wait) && errors.Is(err, throttled)
		}},
		{"a failure that does not pass", []look{pending, {err: denied}}, 1, 5 * time.Second, 1, func(err error) bool { return errors.Is(err, denied) }},
		{"never", []look{pending}, 1, 60 * time.Second, 1, func(err error) bool {
			var wait *WaitError
			return errors.As(err, &wait) && wait.Last == "Pending" && wait.Blind == nil &&
				strings.Contains(err.Error(), "waited 1m0s for it to run, which is Pending")
		}},
		{"stretched", []look{pending}, 2, 120 * time.Second, 1, func(err error) bool { return err != nil }},
		{"shortened", []look{pending}, 0.5, 30 * time.Second, 1, func(err error) bool { return err != nil }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t.TempDir())
			s.Scale = c.scale
			began, n := s.now, 0
			s.in(t, func(ctx context.Context, env *Env) {
				err := env.Poll(ctx, Wait{What: "it to run", Every: 5 * time.Second, For: time.Minute}, func(context.Context) (State, error) {
					l := c.looks[min(n, len(c.looks)-1)]
					n++
					return l.state, l.err
				})
				if c.check == nil && err != nil || c.check != nil && !c.check(err) {
					t.Errorf("error %v", err)
				}
			})
			if slept := s.now.Sub(began); slept != c.slept {
				t.Errorf("slept %s, want %s", slept, c.slept)
			}
			if len(s.notes) != c.notes {
				t.Errorf("told %q, want %d notes", s.notes, c.notes)
			}
		})
	}
}

func TestPollInterrupted(t *testing.T) {
	t.Parallel()
	s := newShop(t.TempDir())
	ctx, end := context.WithCancelCause(t.Context())
	looks := 0
	s.in(t, func(_ context.Context, env *Env) {
		err := env.Poll(ctx, Wait{Every: time.Second, For: time.Minute}, func(context.Context) (State, error) {
			if looks++; looks == 3 {
				end(Signal{Number: syscall.SIGINT})
			}
			return State{}, nil
		})
		var sig Signal
		if !errors.As(err, &sig) || looks != 3 {
			t.Errorf("error %v after %d looks; want the signal after 3", err, looks)
		}
	})
}

// TestAfterwards: what has to be done after a signal goes on until the second one.
func TestAfterwards(t *testing.T) {
	t.Parallel()
	abort, second := context.WithCancelCause(t.Context())
	ctx, first := context.WithCancelCause(runner.WithAbort(t.Context(), abort))
	after, done := Afterwards(ctx)
	defer done()
	first(Signal{Number: syscall.SIGINT})
	if after.Err() != nil {
		t.Error("the first signal ends it")
	}
	second(Signal{Number: syscall.SIGTERM})
	<-after.Done()
	var sig Signal
	if !errors.As(context.Cause(after), &sig) || sig.Number != syscall.SIGTERM {
		t.Errorf("cause %v, want the second signal", context.Cause(after))
	}
}

func TestStage(t *testing.T) {
	t.Parallel()
	s := newShop(t.TempDir())
	r := s.work(t.Context(), func(ctx context.Context, env *Env) (Outcome, error) {
		if err := env.Stage(ctx, "saw", "saws", func(context.Context) (string, error) { return "sawn", nil }); err != nil {
			return Outcome{}, err
		}
		return Outcome{}, env.Stage(ctx, "nail", "nails", func(context.Context) (string, error) {
			return "", &Error{Code: "NoNails", Exit: ExitMissing, Message: "there are no nails"}
		})
	})
	refused(t, r, ExitMissing, "NoNails")
	same(t, "step of the report", r.Step, "work")
	same(t, "began", strings.Join(s.seen.began, " "), "saw nail")
	same(t, "ended", s.seen.ended[0].Summary+", "+string(s.seen.ended[1].Status), "sawn, stopped")
}

// TestToolKeys: what a tool says besides the common keys comes out whether it ends well or not.
func TestToolKeys(t *testing.T) {
	t.Parallel()
	for _, err := range []error{nil, &Error{Code: "X", Exit: ExitIncomplete, Details: 7, Category: "ambiguous"}} {
		r := newShop(t.TempDir()).work(t.Context(), func(context.Context, *Env) (Outcome, error) {
			return Outcome{Keys: map[string]any{"success": err == nil}}, err
		})
		if r.Keys["success"] != (err == nil) {
			t.Errorf("keys %v with error %v", r.Keys, err)
		}
		if r.Error != nil && (r.Error.Details != 7 || r.Error.Category != "ambiguous") {
			t.Errorf("error %+v", r.Error)
		}
	}
}

func TestLedger(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var run string
	newShop(dir).in(t, func(_ context.Context, env *Env) {
		l, err := env.NewLedger(map[string]string{"script": "a.sh"})
		if err != nil {
			t.Fatal(err)
		}
		run = l.Run
		for _, item := range []Item{
			{Key: "t1", Kind: "vpc", Region: "r1", State: Intended},
			{Key: "t1", Kind: "vpc", Region: "r1", State: Made, ID: "vpc-1"},
			{Key: "t2", Kind: "group", Region: "r1", State: Intended},
			{Key: "t2", Kind: "group", Region: "r1", State: Never, Note: "refused"},
			{Key: "t3", Kind: "instance", Region: "r1", State: Intended, Data: []byte(`{"n":1}`)},
		} {
			if err := l.Put(item); err != nil {
				t.Fatal(err)
			}
			// Whoever looks at any time sees what has happened so far.
			others, err := env.Ledgers()
			if err != nil || len(others) != 1 || others[0].Item(item.Key).State != item.State {
				t.Fatalf("got %+v, %v", others, err)
			}
		}
	})
	// A crash in the middle of a line: what it was about has not happened.
	path := filepath.Join(dir, "ledgers-shop", run+".jsonl")
	tear(t, path, `{"time":"2026-01-02T03:04:05Z","item":{"key":"t3","state":"ma`)

	s := newShop(dir)
	s.now = s.now.Add(time.Hour)
	s.in(t, func(_ context.Context, env *Env) {
		all, err := env.Ledgers()
		if err != nil || len(all) != 1 {
			t.Fatalf("got %d ledgers, error %v", len(all), err)
		}
		l := all[0]
		same(t, "about", string(l.About), `{"script":"a.sh"}`)
		var left []string
		for _, item := range l.Left() {
			left = append(left, item.Key+" "+string(item.State)+" "+item.ID)
		}
		same(t, "left, the last first", strings.Join(left, ", "), "t3 intended , t1 made vpc-1")
		item := l.Item("t3")
		item.State, item.ID = Made, "i-1"
		if err := l.Put(item); err != nil {
			t.Fatal(err)
		}
		if got := l.Item("t3"); !got.Since.Equal(newShop("").now) {
			t.Errorf("since %s: when it was first intended must stay", got.Since)
		}
		if err := l.End(); err != nil || !l.Ended {
			t.Fatal(err)
		}
	})
	newShop(dir).in(t, func(_ context.Context, env *Env) {
		all, err := env.Ledgers()
		if err != nil || len(all) != 1 || !all[0].Ended || all[0].Item("t3").ID != "i-1" {
			t.Errorf("got %+v, error %v", all, err)
		}
	})
}

func TestLedgerRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, content, code, says string }{
		{"another format", `{"ledger":9}` + "\n", "LedgerDamaged", "format 9"},
		{"nonsense", "{\n", "LedgerDamaged", "line 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := os.MkdirAll(filepath.Join(dir, "ledgers-shop"), 0o700); err != nil {
				t.Fatal(err)
			}
			tear(t, filepath.Join(dir, "ledgers-shop", "x.jsonl"), c.content)
			r := newShop(dir).work(t.Context(), func(_ context.Context, env *Env) (Outcome, error) {
				_, err := env.Ledgers()
				return Outcome{}, err
			})
			if fault := refused(t, r, ExitBlocked, c.code); !strings.Contains(fault.Message, c.says) {
				t.Errorf("says %q, want %q in it", fault.Message, c.says)
			}
		})
	}
	for _, content := range []string{"", `{"ledger":1`} {
		t.Run("not begun: "+content, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := os.MkdirAll(filepath.Join(dir, "ledgers-shop"), 0o700); err != nil {
				t.Fatal(err)
			}
			tear(t, filepath.Join(dir, "ledgers-shop", "x.jsonl"), content)
			newShop(dir).in(t, func(_ context.Context, env *Env) {
				if all, err := env.Ledgers(); len(all) > 0 || err != nil {
					t.Errorf("got %v, error %v: nothing was ever intended", all, err)
				}
			})
		})
	}
	t.Run("secrets", func(t *testing.T) {
		t.Parallel()
		s := newShop(t.TempDir())
		s.Redactor.Add("hush-hush-hush")
		r := s.work(t.Context(), func(_ context.Context, env *Env) (Outcome, error) {
			_, err := env.NewLedger("hush-hush-hush")
			return Outcome{}, err
		})
		refused(t, r, ExitFailed, "SecretInRecord")
	})
	t.Run("a link", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		newShop(dir).in(t, func(_ context.Context, env *Env) {
			l, err := env.NewLedger(1)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.Rename(l.path, l.path+".moved"); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(l.path+".moved", l.path); err != nil {
				t.Fatal(err)
			}
			if err := l.Put(Item{Key: "k"}); err == nil {
				t.Error("wrote through a symbolic link")
			}
		})
	})
}

// tear appends text to a file as a process does that is ended in the middle.
func tear(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
}

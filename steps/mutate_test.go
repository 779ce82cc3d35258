package steps

import (
	"context"
	"errors"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"aligate/runner"
)

// fault is one way for a create to go wrong.
type fault struct {
	name string
	err  error
	// effect is set if the service does it all the same.
	effect bool
	// definite is set if the error proves that it did not.
	definite bool
	// reply is set if the call succeeds and what it printed cannot be read.
	reply bool
	// stop is set if the user asks to stop meanwhile, crash if the process dies instead of getting the answer.
	stop, crash bool
}

func apiFault(code string) error {
	return &runner.ExitError{Result: runner.Result{ExitCode: 1}, API: &runner.APIError{Code: code, Message: code}}
}

func childFault(res runner.Result) error { return runner.NewExitError(runner.Command{}, res) }

var (
	timeout  = &runner.DeadlineError{}
	killed   = childFault(runner.Result{ExitCode: -1, Signal: "killed"})
	garbled  = &runner.OutputError{Reason: "stdout is HTML, not JSON"}
	strange  = childFault(runner.Result{ExitCode: 1, Stderr: []byte("nobody knows this sentence")})
	broken   = childFault(runner.Result{ExitCode: 1, Stderr: []byte("read: connection reset by peer")})
	stopping = &runner.InterruptedError{Started: true, Cause: Signal{syscall.SIGINT}}
	unbegun  = &runner.InterruptedError{Started: false, Cause: Signal{syscall.SIGINT}}
)

var faults = []fault{
	{name: "done", effect: true},
	{name: "refused", err: apiFault("Forbidden.RAM"), definite: true},
	{name: "throttled", err: apiFault("Throttling.User"), definite: true},
	{name: "not sent", err: childFault(runner.Result{ExitCode: 1, Stderr: []byte("dial tcp: connection refused")}), definite: true},
	{name: "no aliyun", err: &runner.StartError{Path: "aliyun", Err: os.ErrNotExist}, definite: true},
	{name: "timeout before", err: timeout},
	{name: "timeout after", err: timeout, effect: true},
	{name: "killed before", err: killed},
	{name: "killed after", err: killed, effect: true},
	{name: "bad output before", err: garbled},
	{name: "bad output after", err: garbled, effect: true},
	{name: "server error before", err: apiFault("InternalError")},
	{name: "server error after", err: apiFault("InternalError"), effect: true},
	{name: "broken before", err: broken},
	{name: "broken after", err: broken, effect: true},
	{name: "unreadable before", err: strange},
	{name: "unreadable after", err: strange, effect: true},
	{name: "odd reply before", reply: true},
	{name: "odd reply after", reply: true, effect: true},
	{name: "stopped unbegun", err: unbegun, definite: true, stop: true},
	{name: "stopped before", err: stopping, stop: true},
	{name: "stopped after", err: stopping, effect: true, stop: true},
	{name: "stopped and done", effect: true, stop: true},
	{name: "crash before", crash: true},
	{name: "crash after", crash: true, effect: true},
}

// crash is what a simulated process dies of.
type crash struct{}

// service is a simulated one, and the checks of what Mutate does to it.
type service struct {
	rng *rand.Rand
	dir string
	// unique makes it refuse a second thing of the name. Where it does not, two creates make two.
	unique bool
	// lag is how many looks do not see what was just made; only where a second create is refused, for no client
	// could do without.
	lag    int
	unseen int
	made   int
	// lately is made since the last refusal: what happened before that, the record has forgotten.
	lately int

	// open is set from a call without a definite answer until a look says absent.
	open bool
	// calls counts those of the process, chain those since the last answer that proved absence.
	calls, chain int
	saved        []byte // run.json at the last point at which it must have been on the disk
	stop         func()
	history      []string
	wrong        []string
}

func (s *service) logf(format string, args ...any) {
	s.history = append(s.history, fmt.Sprintf(format, args...))
}

func (s *service) wrongf(format string, args ...any) {
	s.wrong = append(s.wrong, fmt.Sprintf(format, args...))
}

func (s *service) onDisk() *Pending {
	rec, err := (&Store{Dir: s.dir}).Load("toy")
	if err != nil || rec == nil {
		s.wrongf("no record on disk: %v", err)
		return nil
	}
	return rec.Pending["make"]
}

// Run is the create.
func (s *service) Run(_ context.Context, _ runner.Command) (runner.Result, error) {
	s.calls++
	s.chain++
	if s.open {
		s.wrongf("a call after one without an answer, and no look that said absent between them")
	}
	if s.calls > maxAttempts || s.chain > maxAttempts {
		s.wrongf("call %d of the process, %d without a proof of absence; at most %d", s.calls, s.chain, maxAttempts)
	}
	p := s.onDisk()
	if p == nil || p.Subject != "toy n1" || p.Attempts < 1 || p.Attempts > maxAttempts {
		s.wrongf("pending on disk is %+v during the call", p)
	}
	s.saved, _ = os.ReadFile(filepath.Join(s.dir, "run.json"))
	f := faults[s.rng.Intn(len(faults))]
	if s.rng.Intn(3) == 0 {
		f = faults[0]
	}
	if f.effect && s.unique && s.made > 0 {
		f = fault{name: "conflict", err: apiFault("ServiceAlreadyExists"), definite: true}
	}
	s.logf("%s", f.name)
	if f.effect {
		s.made++
		s.lately++
		s.unseen = s.lag
	}
	s.open = !f.definite
	if f.definite {
		s.chain = 0
	}
	if f.stop {
		s.stop()
	}
	switch {
	case f.crash:
		panic(crash{})
	case f.reply:
		return runner.Result{Stdout: []byte("odd")}, nil
	}
	return runner.Result{}, f.err
}

func (s *service) accept(_ context.Context, res runner.Result) (int, error) {
	if len(res.Stdout) > 0 {
		return 0, errors.New("no id in the reply")
	}
	s.open = false
	return s.made, nil
}

func (s *service) look(context.Context, time.Time) (Presence, int, error) {
	switch s.rng.Intn(8) {
	case 0:
		s.logf("look failed")
		return Unknown, 0, errors.New("list-toys: timeout")
	case 1:
		s.logf("crash in look")
		panic(crash{})
	}
	if s.made > 0 && s.unseen == 0 {
		s.logf("look: present")
		return Present, s.made, nil
	}
	if s.unseen > 0 {
		s.unseen--
	}
	s.logf("look: absent")
	s.open, s.chain = false, 0
	return Absent, 0, nil
}

// process is one: it loads the record, makes the change and keeps what came of it, or dies on the way. It
// reports whether the change is settled.
func (s *service) process(t *testing.T) (settled bool) {
	store := &Store{Dir: s.dir}
	ctx, end := context.WithCancelCause(t.Context())
	defer end(nil)
	s.stop, s.calls = func() { end(Signal{syscall.SIGINT}) }, 0
	rec, err := store.Load("toy")
	if err != nil {
		t.Fatal(err)
	}
	s.saved, _ = os.ReadFile(filepath.Join(s.dir, "run.json"))
	defer func() {
		if died := recover(); died != nil {
			if _, ours := died.(crash); !ours {
				panic(died)
			}
			s.die(t, store)
			settled = false
		}
	}()
	env := (&Engine{Workflow: &Workflow{Name: "toy"}, Store: store, Runner: s, Clock: time.Now}).env(rec)
	pendingBefore := rec.Pending["make"] != nil
	res, err := Mutate(ctx, env, Mutation[int]{Step: "make", Subject: "toy n1", Command: runner.Command{Args: []string{"make"}}, Accept: s.accept, Look: s.look})
	var (
		refused   *RefusedError
		unsettled *UnsettledError
	)
	switch {
	case err == nil:
		s.logf("result %d, adopted %t", res.Value, res.Adopted)
		if s.made == 0 || res.Value != s.made {
			s.wrongf("result %d, and the service has made %d", res.Value, s.made)
		}
		if res.Adopted && s.calls > 0 && res.Doubt == nil {
			s.wrongf("adopted after a call of this process, without the doubt that led to it")
		}
	case errors.As(err, &refused):
		s.logf("refused")
		if refused.Err == nil || refused.Since.IsZero() {
			s.wrongf("a refusal without its reason or its begin: %+v", refused)
		}
		if s.lag == 0 && s.made > 0 {
			s.wrongf("refused, and the service has made it")
		}
		if s.lately > 0 && !refused.Doubted {
			s.wrongf("refused without a doubt, and an attempt that had no answer has made it")
		}
		s.lately = 0
	case errors.As(err, &unsettled):
		s.logf("unsettled")
		if !s.open && !pendingBefore {
			s.wrongf("unsettled, and nothing was called that had no answer")
		}
	default:
		t.Fatalf("error of Mutate is %T: %v", err, err)
	}
	// Between Mutate and the step's own record.
	if s.rng.Intn(6) == 0 {
		s.logf("crash after it")
		panic(crash{})
	}
	// What the engine does with it.
	if err == nil {
		rec.Steps["make"] = &StepRecord{Status: Done}
	}
	if err := errors.Join(store.Save(rec), store.Flush()); err != nil {
		t.Fatal(err)
	}
	if left := s.onDisk(); (left != nil) != (unsettled != nil) {
		s.wrongf("pending on disk is %+v after %v", left, err)
	}
	return err == nil
}

// die loses everything that was not on the disk, or nothing, as it happens.
func (s *service) die(t *testing.T, store *Store) {
	if err := store.Flush(); err != nil {
		t.Fatal(err)
	}
	if s.rng.Intn(2) == 0 && s.saved != nil {
		s.logf("what was not synced is lost")
		if err := os.WriteFile(filepath.Join(s.dir, "run.json"), s.saved, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// play is one history: processes on one state directory until the change is settled or they are tired of it.
func play(t *testing.T, seed int64, dir string) *service {
	rng := rand.New(rand.NewSource(seed))
	s := &service{rng: rng, dir: dir, unique: rng.Intn(2) == 0}
	if s.unique {
		s.lag = rng.Intn(4)
	}
	first := &Store{Dir: dir}
	rec := &Record{Format: recordFormat, Workflow: "toy", Run: "r", Params: Values{}, Steps: map[string]*StepRecord{}, Pending: map[string]*Pending{}}
	if err := errors.Join(first.Save(rec), first.Flush()); err != nil {
		t.Fatal(err)
	}
	for i := range 8 {
		s.logf("process %d:", i+1)
		if s.process(t) {
			break
		}
	}
	if s.made > 1 {
		s.wrongf("made %d times", s.made)
	}
	return s
}

func TestMutateHistories(t *testing.T) {
	t.Parallel()
	const workers, each = 10, 150
	base := time.Now().UnixNano()
	t.Logf("seeds from %d", base)
	var (
		mu    sync.Mutex
		ends  = map[string]int{}
		group sync.WaitGroup
	)
	root := t.TempDir()
	for w := range workers {
		group.Go(func() {
			dir := filepath.Join(root, fmt.Sprint(w))
			for i := range each {
				seed := base + int64(w*each+i)
				s := play(t, seed, dir)
				mu.Lock()
				for _, event := range s.history {
					ends[event]++
				}
				mu.Unlock()
				if len(s.wrong) > 0 {
					t.Errorf("seed %d (unique %t, lag %d):\n  %s\n  history: %s", seed, s.unique, s.lag, strings.Join(s.wrong, "\n  "), strings.Join(s.history, ", "))
					return
				}
			}
		})
	}
	group.Wait()
	// A history that never takes a turn tests nothing.
	for _, event := range []string{"conflict", "look failed", "look: absent", "look: present", "crash in look", "crash after it", "refused", "unsettled", "what was not synced is lost", "result 1, adopted true", "result 1, adopted false"} {
		if ends[event] == 0 && !t.Failed() {
			t.Errorf("no history had the event %q: %v", event, ends)
		}
	}
	for _, f := range faults {
		if ends[f.name] == 0 && !t.Failed() {
			t.Errorf("no history had the fault %q", f.name)
		}
	}
}

// Each fault alone, with a look that tells the truth: how often the command runs and how it ends.
func TestMutate(t *testing.T) {
	t.Parallel()
	here, gone := []Presence{Present}, []Presence{Absent}
	for _, c := range []struct {
		name  string
		begun int // attempts of an earlier process, 0 for none
		calls []fault
		looks []Presence
		want  string // result, adopted, refused, refused in doubt, unsettled
		made  int    // calls
	}{
		{"done", 0, []fault{{}}, nil, "result", 1},
		{"refused", 0, []fault{{err: apiFault("X.Y")}}, nil, "refused", 1},
		{"throttled", 0, []fault{{err: apiFault("Throttling")}}, nil, "refused", 1},
		{"conflict at once", 0, []fault{{err: apiFault("Conflict")}}, nil, "refused", 1},
		{"not started", 0, []fault{{err: unbegun}}, nil, "refused", 1},
		{"timeout, there", 0, []fault{{err: timeout}}, here, "adopted", 1},
		{"timeout, not there, done", 0, []fault{{err: timeout}, {}}, gone, "result", 2},
		{"timeout, not there, conflict", 0, []fault{{err: timeout}, {err: apiFault("Conflict")}}, gone, "refused in doubt", 2},
		{"timeout, not there, timeout, there", 0, []fault{{err: timeout}, {err: timeout}}, []Presence{Absent, Present}, "adopted", 2},
		// There is no third call.
		{"timeout, not there, twice", 0, []fault{{err: timeout}, {err: timeout}}, []Presence{Absent, Absent}, "refused in doubt", 2},
		{"timeout, unknown", 0, []fault{{err: timeout}}, []Presence{Unknown}, "unsettled", 1},
		{"killed, not there, done", 0, []fault{{err: killed}, {}}, gone, "result", 2},
		{"bad output, there", 0, []fault{{err: garbled}}, here, "adopted", 1},
		{"odd reply, there", 0, []fault{{reply: true}}, here, "adopted", 1},
		{"odd reply, unknown", 0, []fault{{reply: true}}, []Presence{Unknown}, "unsettled", 1},
		// A sentence nobody knows: look, and do not call again.
		{"unreadable, there", 0, []fault{{err: strange}}, here, "adopted", 1},
		{"unreadable, not there", 0, []fault{{err: strange}}, gone, "refused in doubt", 1},
		{"stopped", 0, []fault{{err: stopping, stop: true}}, nil, "unsettled", 1},
		{"stopped, done", 0, []fault{{stop: true}}, nil, "result", 1},
		{"stopped, refused", 0, []fault{{err: apiFault("X.Y"), stop: true}}, nil, "refused", 1},
		// After a crash comes a look before anything else.
		{"crashed, there", 1, nil, here, "adopted", 0},
		{"crashed, unknown", 1, nil, []Presence{Unknown}, "unsettled", 0},
		{"crashed, not there, done", 1, []fault{{}}, gone, "result", 1},
		{"crashed, not there, timeout, not there", 1, []fault{{err: timeout}}, []Presence{Absent, Absent}, "refused in doubt", 1},
		{"crashed, not there, refused", 1, []fault{{err: apiFault("X.Y")}}, gone, "refused in doubt", 1},
		// Both attempts proven absent: the next process may begin afresh.
		{"crashed twice, there", 2, nil, here, "adopted", 0},
		{"crashed twice, not there, done", 2, []fault{{}}, gone, "result", 1},
		{"crashed twice, not there, timeout, not there, done", 2, []fault{{err: timeout}, {}}, []Presence{Absent, Absent}, "result", 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			began := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
			rec := &Record{Format: recordFormat, Workflow: "toy", Steps: map[string]*StepRecord{}, Pending: map[string]*Pending{}}
			if c.begun > 0 {
				rec.Pending["make"] = &Pending{Began: began, Attempts: c.begun, Subject: "toy n1"}
			}
			store := &Store{Dir: dir}
			if err := errors.Join(store.Save(rec), store.Flush()); err != nil {
				t.Fatal(err)
			}
			ctx, end := context.WithCancelCause(t.Context())
			defer end(nil)
			calls, looks := 0, 0
			env := (&Engine{Workflow: &Workflow{Name: "toy"}, Store: store, Clock: func() time.Time { return began }, Runner: runner.Func(func(context.Context, runner.Command) (runner.Result, error) {
				if calls++; calls > len(c.calls) {
					t.Fatalf("call %d, want at most %d", calls, len(c.calls))
				}
				f := c.calls[calls-1]
				if f.stop {
					end(Signal{syscall.SIGINT})
				}
				if f.reply {
					return runner.Result{Stdout: []byte("odd")}, nil
				}
				return runner.Result{}, f.err
			})}).env(rec)
			res, err := Mutate(ctx, env, Mutation[string]{
				Step: "make", Subject: "toy n1",
				Accept: func(_ context.Context, res runner.Result) (string, error) {
					if len(res.Stdout) > 0 {
						return "", errors.New("odd reply")
					}
					return "made", nil
				},
				Look: func(_ context.Context, since time.Time) (Presence, string, error) {
					if !since.Equal(began) {
						t.Errorf("look since %s, want the first attempt, %s", since, began)
					}
					if looks++; looks > len(c.looks) {
						t.Fatalf("look %d, want at most %d", looks, len(c.looks))
					}
					if c.looks[looks-1] == Unknown {
						return Unknown, "", errors.New("blind")
					}
					return c.looks[looks-1], "found", nil
				},
			})
			got := "result"
			var (
				refused   *RefusedError
				unsettled *UnsettledError
			)
			switch {
			case errors.As(err, &unsettled):
				got = "unsettled"
				if !strings.Contains(err.Error(), "toy n1") {
					t.Errorf("message %q does not name the subject", err)
				}
			case errors.As(err, &refused):
				got = "refused"
				if refused.Doubted {
					got = "refused in doubt"
				}
				if !refused.Since.Equal(began) {
					t.Errorf("refused since %s, want %s", refused.Since, began)
				}
			case err != nil:
				t.Fatal(err)
			case res.Adopted:
				got = "adopted"
				if res.Value != "found" || (res.Doubt != nil) != (len(c.calls) > 0) {
					t.Errorf("adopted %q with the doubt %v", res.Value, res.Doubt)
				}
			default:
				same(t, "value", res.Value, "made")
			}
			same(t, "end", got, c.want)
			if calls != c.made || looks != len(c.looks) {
				t.Errorf("%d calls and %d looks, want %d and %d", calls, looks, c.made, len(c.looks))
			}
			if err := errors.Join(store.Save(rec), store.Flush()); err != nil {
				t.Fatal(err)
			}
			left, err := (&Store{Dir: dir}).Load("toy")
			if err != nil {
				t.Fatal(err)
			}
			if p := left.Pending["make"]; (p != nil) != (c.want == "unsettled") {
				t.Errorf("pending on disk is %+v after %q", p, got)
			}
		})
	}
}

// The two errors lead to what was behind them: classes and signals are looked up in there.
func TestMutateErrors(t *testing.T) {
	t.Parallel()
	blind := errors.New("blind")
	u := &UnsettledError{Subject: "toy n1", Doubt: timeout, Blind: blind}
	if !errors.Is(u, blind) || runner.ClassOf(u) != runner.Timeout {
		t.Errorf("unsettled: class %q, is blind %t", runner.ClassOf(u), errors.Is(u, blind))
	}
	for _, part := range []string{"toy n1", "unknown", timeout.Error(), "blind"} {
		if !strings.Contains(u.Error(), part) {
			t.Errorf("message %q lacks %q", u, part)
		}
	}
	same(t, "after a crash", (&UnsettledError{Subject: "toy n1"}).Error(), "toy n1: the outcome is unknown")
	r := &RefusedError{Err: apiFault("Conflict")}
	if runner.ClassOf(r) != runner.Exists || r.Error() != r.Err.Error() {
		t.Errorf("refused: class %q, message %q", runner.ClassOf(r), r)
	}
}

// Without its entry on disk, nothing is called.
func TestMutateNeedsRecord(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "run.json"), 0o700); err != nil {
		t.Fatal(err)
	}
	rec := &Record{Format: recordFormat, Workflow: "toy", Steps: map[string]*StepRecord{}, Pending: map[string]*Pending{}}
	called := false
	env := (&Engine{Workflow: &Workflow{Name: "toy"}, Store: &Store{Dir: dir}, Clock: time.Now, Runner: runner.Func(func(context.Context, runner.Command) (runner.Result, error) {
		called = true
		return runner.Result{}, nil
	})}).env(rec)
	_, err := Mutate(t.Context(), env, Mutation[int]{Step: "make", Subject: "toy n1"})
	var ours *Error
	if !errors.As(err, &ours) || ours.Code != "StateDirectory" || called {
		t.Errorf("error %v, called %t; want StateDirectory and no call", err, called)
	}
}

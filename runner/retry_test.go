package runner

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"
)

// script is a Runner that fails with its errors one after the other and then succeeds, and notes what it is asked.
type script struct {
	errs []error
	argv [][]string
	// during is called in each run, if set.
	during func()
}

func (s *script) Run(_ context.Context, c Command) (Result, error) {
	n := len(s.argv)
	s.argv = append(s.argv, c.Args)
	if s.during != nil {
		s.during()
	}
	if n < len(s.errs) {
		return Result{ExitCode: n + 1}, s.errs[n]
	}
	return Result{Stdout: []byte("done")}, nil
}

// always is a script that fails with err for ever.
func always(err error) *script { return &script{errs: slices.Repeat([]error{err}, 20)} }

// sleeper is a Sleep that takes no time and notes how long it should have.
type sleeper []time.Duration

func (s *sleeper) sleep(ctx context.Context, d time.Duration) error {
	*s = append(*s, d)
	return ctx.Err()
}

// wantWaits checks that the waits are those wanted, each with up to a quarter on top.
func wantWaits(t *testing.T, got sleeper, want []time.Duration) {
	t.Helper()
	near := func(got, want time.Duration) bool { return got >= want && got <= want+want/4 }
	if !slices.EqualFunc(got, want, near) {
		t.Errorf("waits: got %v, want %v and up to a quarter more", got, want)
	}
}

const second = time.Second

func TestRetry(t *testing.T) {
	t.Parallel()
	// How the classes are repeated; all the others are not.
	rules := map[Class]struct{ readOnly, mutates []time.Duration }{
		Throttled: {[]time.Duration{second, 2 * second, 4 * second}, []time.Duration{second, 2 * second, 4 * second}},
		NotSent:   {[]time.Duration{second}, []time.Duration{second}},
		Server:    {[]time.Duration{second, 2 * second}, nil},
		Broken:    {[]time.Duration{second}, nil},
		BadOutput: {[]time.Duration{0}, nil},
		Timeout:   {[]time.Duration{0}, nil},
	}
	cases := map[Class]error{Unclassified: saying("ERROR: something new")}
	for class, f := range failures {
		cases[class] = f.err
	}
	for class, failure := range cases {
		for _, tt := range []struct {
			name string
			c    Command
			want []time.Duration
		}{
			{"read-only", Command{Effect: ReadOnly}, rules[class].readOnly},
			{"mutates", Command{Effect: Mutates, Kind: Write}, rules[class].mutates},
			{"once, read-only", Command{Effect: ReadOnly, Most: 1}, nil},
			{"once, mutates", Command{Effect: Mutates, Kind: Write, Most: 1}, nil},
			{"local", Command{Effect: ReadOnly, Kind: Local}, nil},
			{"plugin", Command{Effect: ReadOnly, Kind: Plugin}, nil},
			{"plugin, mutates", Command{Effect: Mutates, Kind: Plugin}, nil},
		} {
			t.Run(string(class)+"/"+tt.name, func(t *testing.T) {
				t.Parallel()
				tt.c.Args, tt.c.Slow = []string{"eas", "x"}, []string{"--read-timeout", "60"}
				s, slept := always(failure), sleeper{}
				res, err := (&Retry{Runner: s, Sleep: slept.sleep}).Run(t.Context(), tt.c)
				wantWaits(t, slept, tt.want)
				if got, want := len(s.argv), 1+len(tt.want); got != want || res.ExitCode != want || !errors.Is(err, failure) {
					t.Errorf("got %d runs, the result of run %d, error %v; want %d, the last, %v", got, res.ExitCode, err, want, failure)
				}
			})
		}
	}
}

func TestRetrySuccess(t *testing.T) {
	t.Parallel()
	for n := range 4 {
		s, slept := always(failures[Throttled].err), sleeper{}
		s.errs = s.errs[:n]
		res, err := (&Retry{Runner: s, Sleep: slept.sleep}).Run(t.Context(), Command{})
		if err != nil || string(res.Stdout) != "done" || len(s.argv) != n+1 || len(slept) != n {
			t.Errorf("after %d failures: got error %v, %q, %d runs, %d waits", n, err, res.Stdout, len(s.argv), len(slept))
		}
	}
}

func TestRetrySlow(t *testing.T) {
	t.Parallel()
	timeout, throttled, broken := failures[Timeout].err, failures[Throttled].err, failures[Broken].err
	fast, slow := []string{"eas", "x"}, []string{"eas", "x", "--read-timeout", "60"}
	for _, tt := range []struct {
		name string
		errs []error
		c    Command
		want [][]string
		err  error
	}{
		{"timeout", []error{timeout}, Command{Effect: ReadOnly}, [][]string{fast, slow}, nil},
		{"timeout twice", []error{timeout, timeout}, Command{Effect: ReadOnly}, [][]string{fast, slow}, timeout},
		{"other failures keep it", []error{throttled, timeout, throttled, broken}, Command{Effect: ReadOnly}, [][]string{fast, fast, slow, slow, slow}, nil},
		{"timeouts apart", []error{timeout, throttled, timeout}, Command{Effect: ReadOnly}, [][]string{fast, slow, slow}, timeout},
		{"no other failure", []error{throttled, broken}, Command{Effect: ReadOnly}, [][]string{fast, fast, fast}, nil},
		{"mutates", []error{timeout}, Command{}, [][]string{fast}, timeout},
		{"mutates, after another", []error{throttled, timeout}, Command{}, [][]string{fast, fast}, timeout},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			// Room behind the arguments, into which a careless append would write.
			args := append(make([]string, 0, 10), fast...)
			tt.c.Args, tt.c.Slow = args, slow[2:]
			s, slept := &script{errs: tt.errs}, sleeper{}
			_, err := (&Retry{Runner: s, Sleep: slept.sleep}).Run(t.Context(), tt.c)
			if !reflect.DeepEqual(s.argv, tt.want) || !errors.Is(err, tt.err) {
				t.Errorf("got %q, error %v\nwant %q, error %v", s.argv, err, tt.want, tt.err)
			}
			if behind := args[:10][2:]; !slices.Equal(behind, make([]string, 8)) {
				t.Errorf("wrote %q behind the caller's arguments", behind)
			}
		})
	}
	t.Run("nothing to slow down", func(t *testing.T) {
		t.Parallel()
		s, slept := &script{errs: []error{timeout}}, sleeper{}
		_, err := (&Retry{Runner: s, Sleep: slept.sleep}).Run(t.Context(), Command{Effect: ReadOnly, Args: fast})
		if !errors.Is(err, timeout) || len(s.argv) != 1 {
			t.Errorf("got error %v, %d runs; want %v, 1", err, len(s.argv), timeout)
		}
	})
	t.Run("slow already", func(t *testing.T) {
		t.Parallel()
		s, slept := &script{errs: []error{timeout}}, sleeper{}
		_, err := (&Retry{Runner: s, Sleep: slept.sleep}).Run(t.Context(), Command{Effect: ReadOnly, Args: fast, Slow: []string{}})
		if want := [][]string{fast, fast}; err != nil || !reflect.DeepEqual(s.argv, want) {
			t.Errorf("got error %v, %q; want %q", err, s.argv, want)
		}
	})
	t.Run("at the most", func(t *testing.T) {
		t.Parallel()
		s, slept := &script{errs: []error{throttled, throttled, throttled}}, sleeper{}
		_, err := (&Retry{Runner: s, Sleep: slept.sleep}).Run(t.Context(), Command{Effect: ReadOnly, Args: fast, Most: 2})
		if !errors.Is(err, throttled) || len(s.argv) != 2 {
			t.Errorf("got error %v, %d runs; want %v, 2", err, len(s.argv), throttled)
		}
	})
}

// Each class has repetitions of its own.
func TestRetryMixed(t *testing.T) {
	t.Parallel()
	of := func(class Class) error { return failures[class].err }
	s, slept := &script{errs: []error{of(Broken), of(Server), of(Throttled), of(Server), of(NotSent), of(Throttled), of(Broken)}}, sleeper{}
	_, err := (&Retry{Runner: s, Sleep: slept.sleep}).Run(t.Context(), Command{Effect: ReadOnly})
	wantWaits(t, slept, []time.Duration{second, second, second, 2 * second, second, 2 * second})
	if !errors.Is(err, of(Broken)) || len(s.argv) != 7 {
		t.Errorf("got error %v after %d runs, want %v after 7", err, len(s.argv), of(Broken))
	}
}

func TestRetryNotify(t *testing.T) {
	t.Parallel()
	type note struct {
		args    []string
		err     error
		attempt int
		wait    time.Duration
	}
	timeout, throttled := failures[Timeout].err, failures[Throttled].err
	var got []note
	slept := sleeper{}
	r := &Retry{
		Runner: &script{errs: []error{throttled, timeout, throttled}}, Sleep: slept.sleep,
		Notify: func(c Command, err error, attempt int, wait time.Duration) {
			got = append(got, note{c.Args, err, attempt, wait})
		},
	}
	if _, err := r.Run(t.Context(), Command{Effect: ReadOnly, Args: []string{"x"}, Slow: []string{"-s"}}); err != nil {
		t.Fatal(err)
	}
	wantWaits(t, slept, []time.Duration{second, 0, 2 * second})
	want := []note{
		{[]string{"x"}, throttled, 2, slept[0]},
		{[]string{"x", "-s"}, timeout, 3, slept[1]},
		{[]string{"x", "-s"}, throttled, 4, slept[2]},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

func TestRetryStops(t *testing.T) {
	t.Parallel()
	throttled := failures[Throttled].err
	t.Run("while it runs", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		s, slept := always(throttled), sleeper{}
		s.during = func() {
			if len(s.argv) == 2 {
				cancel()
			}
		}
		_, err := (&Retry{Runner: s, Sleep: slept.sleep}).Run(ctx, Command{})
		if !errors.Is(err, throttled) || len(s.argv) != 2 || len(slept) != 1 {
			t.Errorf("got error %v, %d runs, %d waits; want %v, 2, 1", err, len(s.argv), len(slept), throttled)
		}
	})
	t.Run("while it waits", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		s := always(throttled)
		r := &Retry{Runner: s, Sleep: func(ctx context.Context, d time.Duration) error {
			cancel()
			return ctx.Err()
		}}
		if _, err := r.Run(ctx, Command{}); !errors.Is(err, throttled) || len(s.argv) != 1 {
			t.Errorf("got error %v, %d runs; want %v, 1", err, len(s.argv), throttled)
		}
	})
	t.Run("in real time", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		s := always(throttled)
		// Before the wait of a second begins.
		r := &Retry{Runner: s, Notify: func(Command, error, int, time.Duration) { cancel() }}
		if _, err := r.Run(ctx, Command{}); !errors.Is(err, throttled) || len(s.argv) != 1 {
			t.Errorf("got error %v, %d runs; want %v, 1", err, len(s.argv), throttled)
		}
	})
}

func TestSleep(t *testing.T) {
	t.Parallel()
	since := time.Now()
	if err := Sleep(t.Context(), time.Millisecond); err != nil || time.Since(since) < time.Millisecond {
		t.Errorf("got error %v after %v, want none after a millisecond", err, time.Since(since))
	}
	if err := Sleep(t.Context(), 0); err != nil {
		t.Errorf("no time: got error %v, want none", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, d := range []time.Duration{-1, 0, time.Hour} {
		if err := Sleep(ctx, d); !errors.Is(err, context.Canceled) {
			t.Errorf("%v with a cancelled context: got error %v, want %v", d, err, context.Canceled)
		}
	}
}

// Runs that were refused together must not come back together.
func TestJitter(t *testing.T) {
	t.Parallel()
	seen := map[time.Duration]bool{}
	for range 100 {
		d := jitter(4 * second)
		if d < 4*second || d > 5*second {
			t.Fatalf("got %v, want 4 s and up to a quarter more", d)
		}
		seen[d] = true
	}
	if len(seen) < 2 {
		t.Errorf("100 waits are all the same: %v", seen)
	}
	if got := jitter(0); got != 0 {
		t.Errorf("of no time: got %v", got)
	}
}

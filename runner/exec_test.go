package runner

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The children of these tests are this test binary again, told by childMode what to be. Real processes, because
// what matters here (groups, signals, pipes) is exactly what a fake would leave out.
const childMode = "RUNNER_TEST_CHILD"

func TestMain(m *testing.M) {
	if mode := os.Getenv(childMode); mode != "" {
		if err := beChild(mode, os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, mode, err)
			os.Exit(99)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// lifetime bounds every child that waits: a test that fails leaves nothing behind for longer.
const lifetime = time.Minute

// beChild is what a child does. An error is a fault of the test.
func beChild(mode string, args []string) error {
	switch mode {
	case "args":
		return json.NewEncoder(os.Stdout).Encode(args)
	case "env":
		return json.NewEncoder(os.Stdout).Encode(os.Environ())
	case "stdin":
		info, err := os.Stdin.Stat()
		if err != nil {
			return err
		}
		n, err := io.Copy(io.Discard, os.Stdin)
		fmt.Printf("%d bytes, pipe %t", n, info.Mode()&os.ModeNamedPipe != 0)
		return err
	case "exit": // CODE STDOUT STDERR
		fmt.Print(args[1])
		fmt.Fprint(os.Stderr, args[2])
		code, err := strconv.Atoi(args[0])
		if err == nil {
			os.Exit(code)
		}
		return err
	case "flood": // STDOUT-MiB STDERR-MiB CODE LAST-WORDS
		for i, out := range []*os.File{os.Stdout, os.Stderr} {
			if err := flood(out, args[i]); err != nil {
				return err
			}
		}
		return beChild("exit", []string{args[2], "", args[3]})
	case "suicide":
		return syscall.Kill(os.Getpid(), syscall.SIGKILL)
	case "hang": // [BEACON]
		if err := call(args); err != nil {
			return err
		}
		time.Sleep(lifetime)
	case "deaf": // BEACON
		signal.Ignore(syscall.SIGINT)
		return beChild("hang", args)
	case "polite": // BEACON: ends well when interrupted
		interrupted := make(chan os.Signal, 1)
		signal.Notify(interrupted, syscall.SIGINT)
		if err := call(args); err != nil {
			return err
		}
		select {
		case <-interrupted:
			fmt.Print("done")
		case <-time.After(lifetime):
		}
	case "finish": // BEACON RELEASE: ends well when released
		if err := call(args[:1]); err != nil {
			return err
		}
		release, err := os.Open(args[1])
		if err == nil {
			_, err = release.Read(make([]byte, 1))
			fmt.Print("done")
		}
		return err
	case "family": // BEACON CODE: a deaf grandchild with all our pipes; with no code, stay as well
		beacon, err := hold(args[0])
		if err != nil {
			return err
		}
		// The grandchild inherits the beacon, so that it counts from its first moment.
		grandchild := exec.Command(os.Args[0], args[0])
		grandchild.Env = append(os.Environ(), childMode+"=deaf")
		grandchild.Stdout, grandchild.Stderr, grandchild.ExtraFiles = os.Stdout, os.Stderr, []*os.File{beacon}
		if err := grandchild.Start(); err != nil {
			return err
		}
		if len(args) > 1 {
			return beChild("exit", []string{args[1], "said", ""})
		}
		time.Sleep(lifetime)
	default:
		return errors.New("no such child")
	}
	return nil
}

func flood(out *os.File, mib string) error {
	n, err := strconv.Atoi(mib)
	block := bytes.Repeat([]byte("0123456789abcde\n"), 1<<16)
	for range n {
		if _, err := out.Write(block); err != nil {
			return err
		}
	}
	return err
}

// hold opens a beacon for as long as the process lives.
func hold(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	held = append(held, f) // else the garbage collector closes it
	return f, err
}

var held []*os.File

// call says on the beacon that args name, if any, that the child is ready.
func call(args []string) error {
	if len(args) == 0 {
		return nil
	}
	beacon, err := hold(args[0])
	if err == nil {
		_, err = beacon.WriteString("ready\n")
	}
	return err
}

// patience is how long a test waits for what must happen before it fails. Nothing takes that long.
const patience = 30 * time.Second

// beacon is a FIFO on which children say that they are ready and which they hold open as long as they live: its
// end says that all of them are gone. So no test has to guess how long anything takes.
type beacon struct {
	path string
	said chan string
}

func newBeacon(t *testing.T) *beacon {
	t.Helper()
	b := &beacon{path: newFIFO(t), said: make(chan string, 4)}
	go func() {
		defer close(b.said)
		f, err := os.Open(b.path) // waits for a child
		if err != nil {
			return
		}
		defer f.Close()
		for lines := bufio.NewScanner(f); lines.Scan(); {
			b.said <- lines.Text()
		}
	}()
	t.Cleanup(func() { // lets go of the reader if no child ever came
		if f, err := os.OpenFile(b.path, os.O_WRONLY|syscall.O_NONBLOCK, 0); err == nil {
			f.Close()
		}
	})
	return b
}

func newFIFO(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func (b *beacon) ready(t *testing.T) {
	t.Helper()
	select {
	case _, ok := <-b.said:
		if !ok {
			t.Fatal("the child went before it was ready")
		}
	case <-time.After(patience):
		t.Fatal("the child does not get ready")
	}
}

func (b *beacon) gone(t *testing.T) {
	t.Helper()
	for late := time.After(patience); ; {
		select {
		case _, ok := <-b.said:
			if !ok {
				return
			}
		case <-late:
			t.Fatal("a process of the group lives on")
		}
	}
}

// child returns an Exec whose program is the child mode.
func child(t *testing.T, mode string, scale float64) *Exec {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return &Exec{
		Path: self, Scale: scale,
		Env: append(os.Environ(), childMode+"="+mode, quick),
	}
}

// quick keeps the race detector from letting each child linger for a second at its end.
const quick = "GORACE=atexit_sleep_ms=0"

type outcome struct {
	res Result
	err error
}

func start(ctx context.Context, x *Exec, c Command) <-chan outcome {
	done := make(chan outcome, 1)
	go func() {
		res, err := x.Run(ctx, c)
		done <- outcome{res, err}
	}()
	return done
}

func await(t *testing.T, done <-chan outcome) (Result, error) {
	t.Helper()
	select {
	case o := <-done:
		return o.res, o.err
	case <-time.After(patience):
		t.Fatal("Run does not return")
		return Result{}, nil
	}
}

// words are arguments that a shell, a joined line or a careless split would change.
var words = []string{
	"eas", "", " ", "a b", "  a  ", `"`, `'`, `it's "so"`, "a\nb", "\n", "\t", `\`, `\n`, `a\`, "$HOME", "${HOME}", "`id`", "$(id)",
	"*", "?", "[a]", "{a,b}", "~", "#", "# x", "!", "!!", "a;b", "a|b", "a&b", "a>b", "<", "(", "--", "-", "-x", "--region=cn-hangzhou",
	"%s", "a=b", "é", "服务", "\u2028", `{"name":"x","v":[1,"2"]}`,
}

func TestExecArgs(t *testing.T) {
	t.Parallel()
	x := child(t, "args", 1)
	x.Prefix = []string{"-prefix", "with space"}
	for _, tt := range []struct {
		name string
		args []string
	}{
		{"none", nil},
		{"one empty", []string{""}},
		{"hard", words},
		{"long", []string{strings.Repeat("x", 100<<10)}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res, err := x.Run(t.Context(), Command{Args: tt.args})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			if err := json.Unmarshal(res.Stdout, &got); err != nil {
				t.Fatal(err)
			}
			if want := slices.Concat(x.Prefix, tt.args); !slices.Equal(got, want) {
				t.Errorf("argv\n got %q\nwant %q", got, want)
			}
		})
	}
}

func TestExecStdin(t *testing.T) {
	t.Parallel()
	x := child(t, "stdin", 1)
	// Twice: all children of an Exec read from the same pipe.
	for i := range 2 {
		res, err := x.Run(t.Context(), Command{})
		if got, want := string(res.Stdout), "0 bytes, pipe true"; got != want || err != nil {
			t.Errorf("run %d: stdin is %q, error %v; want %q", i+1, got, err, want)
		}
	}
}

func TestExecEnv(t *testing.T) {
	t.Parallel()
	x := child(t, "env", 1)
	mode := childMode + "=env"
	x.Env = []string{mode, quick, "NO_COLOR=0", "DEBUG=sdk", "ALIBABA_CLOUD_CLI_MOCK=true", "A=1 2"}
	for allow, want := range map[bool][]string{
		false: {mode, quick, "A=1 2", "NO_COLOR=1", "ALIBABA_CLOUD_THROTTLING_RETRY_ENABLED=false"},
		true:  {mode, quick, "ALIBABA_CLOUD_CLI_MOCK=true", "A=1 2", "NO_COLOR=1", "ALIBABA_CLOUD_THROTTLING_RETRY_ENABLED=false"},
	} {
		x.AllowMock = allow
		res, err := x.Run(t.Context(), Command{})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		if err := json.Unmarshal(res.Stdout, &got); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, want) {
			t.Errorf("mock allowed %t: environment\n got %q\nwant %q", allow, got, want)
		}
	}
}

func TestExecExit(t *testing.T) {
	t.Parallel()
	throttled := "ERROR: SDK.ServerError\nErrorCode: Throttling.User\nRecommend: \nRequestId: R\nMessage: slow down\nRespHeaders: map[]\n"
	for _, tt := range []struct {
		code   int
		stderr string
		class  Class
	}{
		{0, "", Unclassified},
		{0, "a warning", Unclassified},
		{1, throttled, Throttled},
		{2, "ERROR: '--X' is not a valid parameter or flag.", Usage},
		{3, "ERROR: unknown profile x, run configure to check", Config},
		{4, "", Unclassified},
		{255, "", Killed},
	} {
		t.Run(fmt.Sprintf("%d %s", tt.code, tt.class), func(t *testing.T) {
			t.Parallel()
			c := Command{Args: []string{strconv.Itoa(tt.code), "out", tt.stderr}}
			res, err := child(t, "exit", 1).Run(t.Context(), c)
			if res.ExitCode != tt.code || string(res.Stdout) != "out" || string(res.Stderr) != tt.stderr || res.Signal != "" || res.Duration <= 0 {
				t.Errorf("result is %d %q %q %q %v", res.ExitCode, res.Stdout, res.Stderr, res.Signal, res.Duration)
			}
			var exit *ExitError
			if got, want := errors.As(err, &exit), tt.code != 0; got != want {
				t.Fatalf("error %v is an exit error: got %t, want %t", err, got, want)
			}
			if got := ClassOf(err); got != tt.class {
				t.Errorf("class: got %q, want %q", got, tt.class)
			}
			if exit != nil && (exit.Result.ExitCode != tt.code || !slices.Equal(exit.Command.Args, c.Args)) {
				t.Errorf("the error does not carry command and result: %+v", exit)
			}
		})
	}
}

func TestExecSuicide(t *testing.T) {
	t.Parallel()
	res, err := child(t, "suicide", 1).Run(t.Context(), Command{})
	var exit *ExitError
	if !errors.As(err, &exit) || res.ExitCode != -1 || res.Signal != syscall.SIGKILL.String() {
		t.Errorf("got error %v, exit %d, signal %q; want an exit error, -1, %q", err, res.ExitCode, res.Signal, syscall.SIGKILL)
	}
	if got := ClassOf(err); got != Killed || !Doubtful(err) {
		t.Errorf("got class %q, doubtful %t; want %q, true", got, Doubtful(err), Killed)
	}
}

// What is beyond the cap is read and dropped: a child whose pipe were closed would die of it.
func TestExecFlood(t *testing.T) {
	t.Parallel()
	t.Run("stdout", func(t *testing.T) {
		t.Parallel()
		res, err := child(t, "flood", 1).Run(t.Context(), Command{Kind: Plugin, Args: []string{"65", "0", "0", "last"}})
		var output *OutputError
		if !errors.As(err, &output) || ClassOf(err) != BadOutput {
			t.Fatalf("got error %v, class %q; want an output error", err, ClassOf(err))
		}
		if len(res.Stdout) != maxStdout || res.ExitCode != 0 || string(res.Stderr) != "last" {
			t.Errorf("got %d bytes, exit %d, stderr %q; want %d bytes, exit 0, last", len(res.Stdout), res.ExitCode, res.Stderr, maxStdout)
		}
	})
	t.Run("stderr", func(t *testing.T) {
		t.Parallel()
		last := "ERROR: unknown endpoint for x/y!"
		res, err := child(t, "flood", 1).Run(t.Context(), Command{Kind: Plugin, Args: []string{"0", "3", "3", last}})
		if len(res.Stderr) != maxStderr || !bytes.HasSuffix(res.Stderr, []byte(last)) || res.ExitCode != 3 {
			t.Errorf("got %d bytes of stderr, exit %d; want the last %d, exit 3", len(res.Stderr), res.ExitCode, maxStderr)
		}
		if got := ClassOf(err); got != Endpoint {
			t.Errorf("class: got %q, want %q", got, Endpoint)
		}
	})
}

var errUser = errors.New("the user wants to stop")

// wantInterrupted checks that err says: stopped by the user, while the child ran.
func wantInterrupted(t *testing.T, err error) {
	t.Helper()
	var interrupted *InterruptedError
	if !errors.As(err, &interrupted) {
		t.Fatalf("got error %v, want an interrupted error", err)
	}
	if !interrupted.Started || !errors.Is(err, errUser) {
		t.Errorf("got started %t, cause %v; want true, %v", interrupted.Started, interrupted.Cause, errUser)
	}
	if got := ClassOf(err); got != Stopped || !Doubtful(err) {
		t.Errorf("got class %q, doubtful %t; want %q, true", got, Doubtful(err), Stopped)
	}
}

// wantSoon checks that Run did not sit out the grace that a Mutates command has.
func wantSoon(t *testing.T, since time.Time) {
	t.Helper()
	if took := time.Since(since); took > grace/2 {
		t.Errorf("took %v, want it at once", took)
	}
}

func TestExecInterrupt(t *testing.T) {
	t.Parallel()
	t.Run("read-only at once", func(t *testing.T) {
		t.Parallel()
		b := newBeacon(t)
		ctx, cancel := context.WithCancelCause(t.Context())
		done := start(ctx, child(t, "hang", 1), Command{Effect: ReadOnly, Args: []string{b.path}})
		b.ready(t)
		cancel(errUser)
		since := time.Now()
		res, err := await(t, done)
		wantInterrupted(t, err)
		wantSoon(t, since)
		if want := syscall.SIGINT.String(); res.Signal != want || res.ExitCode != -1 {
			t.Errorf("got signal %q, exit %d; want %q, -1", res.Signal, res.ExitCode, want)
		}
		b.gone(t)
	})
	t.Run("mutates may finish", func(t *testing.T) {
		t.Parallel()
		b := newBeacon(t)
		// Open on both sides, so that nobody waits for the other to open it.
		release, err := os.OpenFile(newFIFO(t), os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer release.Close()
		ctx, cancel := context.WithCancelCause(t.Context())
		done := start(ctx, child(t, "finish", 1), Command{Kind: Write, Args: []string{b.path, release.Name()}})
		b.ready(t)
		cancel(errUser)
		if _, err := release.WriteString("x"); err != nil {
			t.Fatal(err)
		}
		res, err := await(t, done)
		if err != nil || string(res.Stdout) != "done" || res.ExitCode != 0 {
			t.Errorf("got error %v, stdout %q, exit %d; want a success", err, res.Stdout, res.ExitCode)
		}
	})
	t.Run("mutates after grace", func(t *testing.T) {
		t.Parallel()
		const scale = 0.01
		b := newBeacon(t)
		ctx, cancel := context.WithCancelCause(t.Context())
		// Plugin has the deadline farthest from the grace.
		done := start(ctx, child(t, "hang", scale), Command{Kind: Plugin, Args: []string{b.path}})
		b.ready(t)
		since := time.Now()
		cancel(errUser)
		_, err := await(t, done)
		wantInterrupted(t, err)
		if took, want := time.Since(since), time.Duration(float64(grace)*scale); took < want {
			t.Errorf("ended after %v, want a grace of %v", took, want)
		}
		b.gone(t)
	})
	t.Run("mutates aborted", func(t *testing.T) {
		t.Parallel()
		b := newBeacon(t)
		abort, aborted := context.WithCancel(t.Context())
		ctx, cancel := context.WithCancelCause(WithAbort(t.Context(), abort))
		done := start(ctx, child(t, "hang", 1), Command{Kind: Write, Args: []string{b.path}})
		b.ready(t)
		cancel(errUser)
		aborted()
		since := time.Now()
		_, err := await(t, done)
		wantInterrupted(t, err)
		wantSoon(t, since)
		b.gone(t)
	})
	t.Run("success counts", func(t *testing.T) {
		t.Parallel()
		b := newBeacon(t)
		ctx, cancel := context.WithCancelCause(t.Context())
		done := start(ctx, child(t, "polite", 1), Command{Effect: ReadOnly, Args: []string{b.path}})
		b.ready(t)
		cancel(errUser)
		if res, err := await(t, done); err != nil || string(res.Stdout) != "done" {
			t.Errorf("got error %v, stdout %q; want a success", err, res.Stdout)
		}
	})
	t.Run("deaf", func(t *testing.T) {
		t.Parallel()
		b := newBeacon(t)
		ctx, cancel := context.WithCancelCause(t.Context())
		done := start(ctx, child(t, "deaf", 0.01), Command{Effect: ReadOnly, Kind: Plugin, Args: []string{b.path}})
		b.ready(t)
		cancel(errUser)
		res, err := await(t, done)
		wantInterrupted(t, err)
		if want := syscall.SIGKILL.String(); res.Signal != want {
			t.Errorf("got signal %q, want %q", res.Signal, want)
		}
		b.gone(t)
	})
	t.Run("not started", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(errUser)
		// Had it been started, the child would have failed to open its beacon and exited 99.
		res, err := child(t, "hang", 1).Run(ctx, Command{Args: []string{filepath.Join(t.TempDir(), "none")}})
		var interrupted *InterruptedError
		if !errors.As(err, &interrupted) || interrupted.Started || !errors.Is(err, errUser) {
			t.Errorf("got error %v, want an interrupted error, not started", err)
		}
		if res.ExitCode != -1 || ClassOf(err) != Stopped || Doubtful(err) {
			t.Errorf("got exit %d, class %q, doubtful %t; want -1, %q, false", res.ExitCode, ClassOf(err), Doubtful(err), Stopped)
		}
	})
}

func TestExecDeadline(t *testing.T) {
	t.Parallel()
	const scale = 0.002
	for _, effect := range []Effect{ReadOnly, Mutates} {
		t.Run(effect.String(), func(t *testing.T) {
			t.Parallel()
			since := time.Now()
			_, err := await(t, start(t.Context(), child(t, "hang", scale), Command{Effect: effect, Kind: Read}))
			took := time.Since(since)
			var deadline *DeadlineError
			if !errors.As(err, &deadline) {
				t.Fatalf("got error %v, want a deadline error", err)
			}
			if want := Read.Limit(scale); deadline.After != want || took < want {
				t.Errorf("got after %v in %v, want %v", deadline.After, took, want)
			}
			if got := ClassOf(err); got != Timeout || !Doubtful(err) {
				t.Errorf("got class %q, doubtful %t; want %q, true", got, Doubtful(err), Timeout)
			}
		})
	}
}

func TestLimit(t *testing.T) {
	t.Parallel()
	for kind, want := range map[Kind]time.Duration{
		Read: 75 * time.Second, Write: 120 * time.Second, Local: 75 * time.Second, Plugin: 330 * time.Second,
	} {
		if got := kind.Limit(1); got != want {
			t.Errorf("limit of kind %d: got %v, want %v", kind, got, want)
		}
		if got := kind.Limit(2.5); got != want*5/2 {
			t.Errorf("limit of kind %d times 2.5: got %v, want %v", kind, got, want*5/2)
		}
	}
}

// A plugin is a grandchild: it must not finish its work after we said that it is over (eas-facts 0.8), and the
// pipe that it holds must not keep us waiting.
func TestExecFamily(t *testing.T) {
	t.Parallel()
	const scale = 0.01
	for _, code := range []int{0, 3} {
		t.Run(fmt.Sprintf("child exits %d", code), func(t *testing.T) {
			t.Parallel()
			b := newBeacon(t)
			c := Command{Kind: Plugin, Args: []string{b.path, strconv.Itoa(code)}}
			res, err := await(t, start(t.Context(), child(t, "family", scale), c))
			if (err == nil) != (code == 0) || res.ExitCode != code || string(res.Stdout) != "said" {
				t.Errorf("got error %v, exit %d, stdout %q; want exit %d, said", err, res.ExitCode, res.Stdout, code)
			}
			b.gone(t)
		})
	}
	t.Run("interrupted", func(t *testing.T) {
		t.Parallel()
		b := newBeacon(t)
		ctx, cancel := context.WithCancelCause(t.Context())
		done := start(ctx, child(t, "family", scale), Command{Effect: ReadOnly, Kind: Plugin, Args: []string{b.path}})
		b.ready(t) // the grandchild is
		cancel(errUser)
		_, err := await(t, done)
		wantInterrupted(t, err)
		b.gone(t)
	})
	t.Run("deadline", func(t *testing.T) {
		t.Parallel()
		b := newBeacon(t)
		done := start(t.Context(), child(t, "family", scale/2), Command{Kind: Plugin, Args: []string{b.path}})
		b.ready(t) // else the deadline might strike before there is a grandchild
		_, err := await(t, done)
		var deadline *DeadlineError
		if !errors.As(err, &deadline) {
			t.Errorf("got error %v, want a deadline error", err)
		}
		b.gone(t)
	})
}

func TestExecStart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	plain := filepath.Join(dir, "plain")
	if err := os.WriteFile(plain, []byte("#!/bin/sh\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	self := child(t, "args", 1)
	for _, tt := range []struct {
		name, path string
		args       []string
		class      Class
		cause      error
	}{
		{"no file", filepath.Join(dir, "none"), nil, Missing, os.ErrNotExist},
		{"not on PATH", "no-such-program-of-runner-test", nil, Missing, exec.ErrNotFound},
		{"not executable", plain, nil, Missing, os.ErrPermission},
		{"argv too long", self.Path, []string{strings.Repeat("x", 4<<20)}, TooLong, syscall.E2BIG},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			x := &Exec{Path: tt.path, Env: self.Env, Scale: 1}
			res, err := x.Run(t.Context(), Command{Args: tt.args})
			var start *StartError
			if !errors.As(err, &start) || start.Path != tt.path || !errors.Is(err, tt.cause) {
				t.Fatalf("got error %v, want a start error for %v", err, tt.cause)
			}
			if got := ClassOf(err); got != tt.class || Doubtful(err) || res.ExitCode != -1 {
				t.Errorf("got class %q, doubtful %t, exit %d; want %q, false, -1", got, Doubtful(err), res.ExitCode, tt.class)
			}
		})
	}
}

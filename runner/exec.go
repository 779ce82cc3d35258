package runner

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// Exec runs aliyun as a child process. It is the only user of os/exec in the project.
//
// The child gets a process group of its own, so a Ctrl-C on the terminal reaches aligate alone and a plugin that
// aliyun started cannot outlive it (eas-facts 0.8). When ctx ends, a ReadOnly command is interrupted at once and a
// Mutates command after Grace: aliyun has no clean-up that an interrupt could trigger, and a call cut off in
// the middle leaves nobody knowing. When the deadline passes, or the context that WithAbort attached ends, nobody
// waits any longer.
type Exec struct {
	// Path is the program and Prefix its fixed leading arguments.
	Path   string
	Prefix []string
	// Env is the environment of the parent; the child's is made of it by the policy in env.go.
	Env []string
	// AllowMock lets the official CLI's mock variables through (ALIGATE_ALLOW_MOCK=1).
	AllowMock bool
	// Scale stretches every deadline; 1 is as documented.
	Scale float64

	stdin    *os.File
	stdinErr error
	once     sync.Once
}

var _ Runner = (*Exec)(nil)

type abortKey struct{}

// WithAbort returns ctx with a second context attached that ends when the user has lost patience (a second
// signal): then even a Mutates command in flight is interrupted at once.
func WithAbort(ctx, abort context.Context) context.Context {
	return context.WithValue(ctx, abortKey{}, abort)
}

// AbortOf returns the context that WithAbort has attached to ctx, nil if there is none.
func AbortOf(ctx context.Context) context.Context {
	abort, _ := ctx.Value(abortKey{}).(context.Context)
	return abort
}

const (
	// grace is how long a Mutates command may go on after the user asked to stop, before scaling.
	grace = 30 * time.Second
	// lastWords is how long an interrupted child has to end before its group is killed, before scaling. The same
	// time bounds the wait for a grandchild that keeps the pipes open after aliyun itself has exited.
	lastWords = 3 * time.Second
)

// Why a child was ended, as the cause of its context.
var (
	errDeadline    = errors.New("deadline")
	errInterrupted = errors.New("interrupted")
)

// Run starts the child and waits for it. Errors: *StartError, *DeadlineError, *InterruptedError, *ExitError,
// *OutputError (stdout over its cap).
func (x *Exec) Run(ctx context.Context, c Command) (Result, error) {
	if err := context.Cause(ctx); err != nil {
		return Result{ExitCode: -1}, &InterruptedError{Command: c, Started: false, Cause: err}
	}
	stdin, err := x.emptyPipe()
	if err != nil {
		return Result{ExitCode: -1}, &StartError{Path: x.Path, Err: err}
	}
	run, end := context.WithCancelCause(context.WithoutCancel(ctx))
	defer end(nil)
	defer x.watch(ctx, c, end)()

	stdout, stderr := headBuffer{max: maxStdout}, tailBuffer{max: maxStderr}
	cmd := exec.CommandContext(run, x.Path, append(append([]string{}, x.Prefix...), c.Args...)...)
	cmd.Env = childEnv(x.Env, x.AllowMock)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, &stdout, &stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }
	cmd.WaitDelay = x.scaled(lastWords)

	began := time.Now()
	if err := cmd.Start(); err != nil {
		res := Result{ExitCode: -1}
		switch cause := context.Cause(run); {
		case errors.Is(cause, errDeadline):
			return res, &DeadlineError{Command: c, After: c.Kind.Limit(x.Scale)}
		case cause != nil:
			return res, &InterruptedError{Command: c, Cause: stopCause(ctx)}
		}
		return res, &StartError{Path: x.Path, Err: err}
	}
	_ = cmd.Wait() // what it says is in ProcessState and in the cause
	// Whatever is left of the group (a plugin that ignored the interrupt, or went on in the background) ends with it.
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	res := Result{
		Stdout:   stdout.data,
		Stderr:   stderr.bytes(),
		ExitCode: cmd.ProcessState.ExitCode(),
		Duration: time.Since(began),
	}
	if ws, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		res.Signal = ws.Signal().String()
	}
	switch cause := context.Cause(run); {
	case cmd.ProcessState.Success() && !stdout.over:
		// It did finish, even if the deadline struck on the last metre or a grandchild kept the pipe.
		return res, nil
	case errors.Is(cause, errDeadline):
		return res, &DeadlineError{Command: c, After: c.Kind.Limit(x.Scale)}
	case errors.Is(cause, errInterrupted):
		return res, &InterruptedError{Command: c, Started: true, Cause: stopCause(ctx)}
	case stdout.over:
		return res, &OutputError{Command: c, Result: res, Reason: "more than 64 MiB on stdout"}
	}
	return res, NewExitError(c, res)
}

// watch ends the child by calling end when its time is over, and returns what stops the watching.
func (x *Exec) watch(ctx context.Context, c Command, end context.CancelCauseFunc) (stop func()) {
	deadline := time.AfterFunc(c.Kind.Limit(x.Scale), func() { end(errDeadline) })
	patience := make(chan *time.Timer, 1)
	unwatch := context.AfterFunc(ctx, func() {
		if c.Effect == ReadOnly {
			end(errInterrupted)
			return
		}
		patience <- time.AfterFunc(x.scaled(grace), func() { end(errInterrupted) })
	})
	unabort := func() bool { return false }
	if abort := AbortOf(ctx); abort != nil {
		unabort = context.AfterFunc(abort, func() { end(errInterrupted) })
	}
	return func() {
		deadline.Stop()
		unwatch()
		unabort()
		select {
		case t := <-patience:
			t.Stop()
		default:
		}
	}
}

func (x *Exec) scaled(d time.Duration) time.Duration {
	return time.Duration(float64(d) * min(x.Scale, 1))
}

// emptyPipe returns a pipe at its end. Not /dev/null: the CLI takes a character device for a terminal and asks
// questions on it (eas-facts E.2). One serves all children.
func (x *Exec) emptyPipe() (*os.File, error) {
	x.once.Do(func() {
		var w *os.File
		if x.stdin, w, x.stdinErr = os.Pipe(); x.stdinErr == nil {
			x.stdinErr = w.Close()
		}
	})
	return x.stdin, x.stdinErr
}

// stopCause is why the user's context, or the one attached by WithAbort, has ended.
func stopCause(ctx context.Context) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	if abort := AbortOf(ctx); abort != nil {
		return context.Cause(abort)
	}
	return nil
}

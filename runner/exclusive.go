package runner

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// Exclusive runs the commands that edit the machine user's CLI settings one at a time, across all runs of
// aligate on the machine: the CLI itself takes no lock and loses updates (eas-facts 0.10, E.7). A setting that
// several runs need at once (ai-mode) is turned off by the last of them only.
type Exclusive struct {
	Runner Runner
	// Path is the lock file. Its directory is made if need be.
	Path string
	// Users are the runs that share settings; nil means that there is no other.
	Users *Users
}

var _ Runner = (*Exclusive)(nil)

const lockPoll = 25 * time.Millisecond

// Run runs c, under the lock if its Kind is Shared.
func (e *Exclusive) Run(ctx context.Context, c Command) (Result, error) {
	if !c.Kind.Shared() {
		return e.Runner.Run(ctx, c)
	}
	if err := os.MkdirAll(filepath.Dir(e.Path), 0o700); err != nil {
		return Result{ExitCode: -1}, &LockError{Path: e.Path, Err: err}
	}
	lock := flock.New(e.Path)
	if _, err := lock.TryLockContext(ctx, lockPoll); err != nil {
		if cause := context.Cause(ctx); cause != nil {
			return Result{ExitCode: -1}, &InterruptedError{Command: c, Cause: cause}
		}
		return Result{ExitCode: -1}, &LockError{Path: e.Path, Err: err}
	}
	defer lock.Close()
	return e.run(ctx, c)
}

// run runs c under the lock.
func (e *Exclusive) run(ctx context.Context, c Command) (Result, error) {
	if e.Users == nil || c.Share == Alone {
		return e.Runner.Run(ctx, c)
	}
	if c.Share == Enter {
		// The note is written while the command runs: nobody looks at it before the lock is free.
		noted := make(chan struct{})
		go func() { defer close(noted); e.Users.enter() }()
		defer func() { <-noted }()
		return e.Runner.Run(ctx, c)
	}
	if others := e.Users.leave(); others > 0 {
		return Result{Skipped: fmt.Sprintf("still needed by %d other", others)}, nil
	}
	return e.Runner.Run(ctx, c)
}

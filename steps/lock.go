package steps

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// Lock serialises the runs of one state directory. It waits for up to patience and returns what releases it.
func (s *Store) Lock(ctx context.Context, patience time.Duration) (release func(), err error) {
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return nil, stateError(err)
	}
	path := s.path("run.lock")
	if err := ours(path); err != nil {
		return nil, stateError(err)
	}
	lock := flock.New(path, flock.SetPermissions(0o600))
	locked, err := lock.TryLock()
	if err == nil && !locked {
		waiting, cancel := context.WithTimeout(ctx, patience)
		locked, err = lock.TryLockContext(waiting, 25*time.Millisecond)
		cancel()
	}
	switch {
	case locked:
		// The holder's process id is for the message below; that it is stale after a crash does no harm, for
		// the kernel drops the lock itself.
		_ = os.WriteFile(path, fmt.Appendf(nil, "%d\n", os.Getpid()), 0o600)
		return func() { _ = lock.Close() }, nil
	case err != nil && !errors.Is(err, context.DeadlineExceeded):
		if cause := context.Cause(ctx); cause != nil {
			return nil, cause
		}
		return nil, stateError(err)
	}
	holder, _ := os.ReadFile(path)
	return nil, &Error{Code: "StateLocked", Exit: ExitBlocked,
		Message: fmt.Sprintf("another aligate (process %s) is working in %s", strings.TrimSpace(string(holder)), s.Dir),
		Hints:   []string{"wait for it to end, or wait longer with --lock-timeout; another deployment needs another --state-dir"}}
}

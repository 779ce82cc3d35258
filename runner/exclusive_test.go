package runner

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// holdLock runs a command that stays inside the lock at path until release is called.
func holdLock(t *testing.T, path string) (release func()) {
	t.Helper()
	inside, leave, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	holder := &Exclusive{Path: path, Runner: Func(func(context.Context, Command) (Result, error) {
		close(inside)
		<-leave
		return Result{}, nil
	})}
	go func() {
		_, err := holder.Run(context.Background(), Command{Kind: Local})
		done <- err
	}()
	select {
	case <-inside:
	case err := <-done:
		t.Fatalf("the holder did not run: %v", err)
	case <-time.After(patience):
		t.Fatal("the holder does not get the lock")
	}
	return func() {
		t.Helper()
		close(leave)
		if err := <-done; err != nil {
			t.Errorf("the holder failed: %v", err)
		}
	}
}

func TestExclusive(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		kind   Kind
		shared bool
	}{
		{"read", Read, false},
		{"write", Write, false},
		{"local", Local, true},
		{"plugin", Plugin, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "lock")
			release := holdLock(t, path)
			runs := 0
			// A second Exclusive, as another run of aligate has one.
			e := &Exclusive{Path: path, Runner: Func(func(context.Context, Command) (Result, error) {
				runs++
				return Result{Stdout: []byte("out")}, errInner
			})}
			// While the lock is held, its time bounds how long a shared command waits.
			ctx, cancel := context.WithTimeoutCause(t.Context(), 2*lockPoll, errUser)
			defer cancel()
			res, err := e.Run(ctx, Command{Kind: tt.kind})
			var interrupted *InterruptedError
			switch {
			case !tt.shared:
				if runs != 1 || !errors.Is(err, errInner) || string(res.Stdout) != "out" {
					t.Errorf("got %d runs, error %v, stdout %q; want it not to wait", runs, err, res.Stdout)
				}
			case runs != 0 || !errors.As(err, &interrupted) || interrupted.Started || !errors.Is(err, errUser) || res.ExitCode != -1:
				t.Errorf("got %d runs, error %v, exit %d; want it to wait until it is stopped", runs, err, res.ExitCode)
			}
			release()
			runs = 0
			// Twice: a command that failed gives the lock back as well.
			for range 2 {
				if res, err := e.Run(t.Context(), Command{Kind: tt.kind}); !errors.Is(err, errInner) || string(res.Stdout) != "out" {
					t.Errorf("after the release: got error %v, stdout %q", err, res.Stdout)
				}
			}
			if runs != 2 {
				t.Errorf("after the release: got %d runs, want 2", runs)
			}
		})
	}
}

var errInner = errors.New("of the inner runner")

// A waiting command goes on when the lock is free.
func TestExclusiveWaits(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lock")
	release := holdLock(t, path)
	e := &Exclusive{Path: path, Runner: Func(func(context.Context, Command) (Result, error) { return Result{}, nil })}
	done := make(chan error, 1)
	go func() {
		_, err := e.Run(t.Context(), Command{Kind: Plugin})
		done <- err
	}()
	release()
	select {
	case err := <-done:
		if err != nil {
			t.Errorf("got error %v, want none", err)
		}
	case <-time.After(patience):
		t.Error("still waits for a lock that is free")
	}
}

func TestExclusivePath(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ran := false
	e := &Exclusive{Path: filepath.Join(dir, "a", "b", "lock"), Runner: Func(func(context.Context, Command) (Result, error) {
		ran = true
		return Result{}, nil
	})}
	if _, err := e.Run(t.Context(), Command{Kind: Read}); err != nil || !ran {
		t.Errorf("a read: error %v, ran %t", err, ran)
	}
	if _, err := os.Stat(filepath.Join(dir, "a")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a command that needs no lock made its directory: %v", err)
	}
	ran = false
	if _, err := e.Run(t.Context(), Command{Kind: Local}); err != nil || !ran {
		t.Errorf("error %v, ran %t; want the directory made and the command run", err, ran)
	}
	if info, err := os.Stat(e.Path); err != nil || !info.Mode().IsRegular() {
		t.Errorf("the lock file: %v", err)
	}

	ran = false
	e.Path = filepath.Join(e.Path, "below", "a-file")
	if res, err := e.Run(t.Context(), Command{Kind: Local}); err == nil || ran || res.ExitCode != -1 {
		t.Errorf("no lock possible: got error %v, ran %t, exit %d; want an error and no run", err, ran, res.ExitCode)
	}
}

func TestExclusiveStopped(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errUser)
	e := &Exclusive{Path: filepath.Join(t.TempDir(), "lock"), Runner: Func(func(context.Context, Command) (Result, error) {
		t.Error("the command ran")
		return Result{}, nil
	})}
	_, err := e.Run(ctx, Command{Kind: Local})
	var interrupted *InterruptedError
	if !errors.As(err, &interrupted) || interrupted.Started || !errors.Is(err, errUser) {
		t.Errorf("got error %v, want an interrupted error, not started", err)
	}
}

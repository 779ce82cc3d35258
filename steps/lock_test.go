package steps

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestLock(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "state")
	release, err := (&Store{Dir: dir}).Lock(t.Context(), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	for path, mode := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, "run.lock"): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: mode %v, error %v; want %v", path, info.Mode(), err, mode)
		}
	}
	for _, patience := range []time.Duration{0, time.Millisecond} {
		second, err := (&Store{Dir: dir}).Lock(t.Context(), patience)
		if second != nil || codeOf(err) != "StateLocked" {
			t.Fatalf("patience %s: error %v, want StateLocked", patience, err)
		}
		ours := AsError(t.Context(), err)
		if ours.Exit != ExitBlocked || !strings.Contains(ours.Message, fmt.Sprintf("process %d)", os.Getpid())) || !strings.Contains(ours.Message, dir) {
			t.Errorf("patience %s: exit %d, message %q; want exit %d, this process and the directory", patience, ours.Exit, ours.Message, ExitBlocked)
		}
	}
	// Another directory is another run.
	other, err := (&Store{Dir: t.TempDir()}).Lock(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	other()
	release()
	again, err := (&Store{Dir: dir}).Lock(t.Context(), 0)
	if err != nil {
		t.Fatalf("after the release: %v", err)
	}
	again()
}

// A lock that is released in time is taken by who waits for it.
func TestLockWaits(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	release, err := (&Store{Dir: dir}).Lock(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	taken := make(chan error)
	go func() {
		release, err := (&Store{Dir: dir}).Lock(t.Context(), time.Minute)
		if err == nil {
			release()
		}
		taken <- err
	}()
	release()
	if err := <-taken; err != nil {
		t.Error(err)
	}
}

func TestLockInterrupted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	release, err := (&Store{Dir: dir}).Lock(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	ctx, end := context.WithCancelCause(t.Context())
	end(Signal{syscall.SIGINT})
	_, err = (&Store{Dir: dir}).Lock(ctx, time.Hour)
	var sig Signal
	if !errors.As(err, &sig) {
		t.Errorf("error %v, want the signal", err)
	}
	if got := AsError(ctx, err); got.Exit != 130 {
		t.Errorf("exit %d, want 130", got.Exit)
	}
}

func TestLockRefusals(t *testing.T) {
	t.Parallel()
	for _, k := range kinds[:4] {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := k.make(filepath.Join(dir, "run.lock")); err != nil {
				t.Fatal(err)
			}
			_, err := (&Store{Dir: dir}).Lock(t.Context(), 0)
			var unsafe *UnsafePathError
			if codeOf(err) != "StateDirectory" || !errors.As(err, &unsafe) {
				t.Errorf("error %v, want StateDirectory of an unsafe path", err)
			}
		})
	}
	t.Run("no directory", func(t *testing.T) {
		t.Parallel()
		file := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := (&Store{Dir: filepath.Join(file, "state")}).Lock(t.Context(), 0); codeOf(err) != "StateDirectory" {
			t.Errorf("error %v, want StateDirectory", err)
		}
	})
}

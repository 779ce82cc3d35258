package runner

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// TestUsers: a setting is left by the last run that needs it; one whose process is gone, and one that was forgotten,
// count for nothing.
func TestUsers(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "users")
	now := time.Now()
	user := func(name string, stays bool) *Users {
		return &Users{Dir: dir, Name: name, Now: func() time.Time { return now }, Stays: stays}
	}
	a, b := user("a", false), user("b", true)
	a.enter()
	b.enter()
	if got := a.leave(); got != 1 {
		t.Errorf("b still needs it: got %d", got)
	}
	a.enter()
	now = now.Add(2 * time.Hour)
	if got := a.leave(); got != 0 {
		t.Errorf("b has been forgotten: got %d", got)
	}
	// A process id that nobody has.
	if err := os.WriteFile(user("dead", false).path(), []byte(strconv.Itoa(1<<22+1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := a.leave(); got != 0 {
		t.Errorf("the other is dead: got %d", got)
	}
	if got := user("never entered", false).leave(); got != 0 {
		t.Errorf("got %d", got)
	}
}

// TestExclusiveShares: leaving runs the command for the last user only.
func TestExclusiveShares(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ran := 0
	inner := Func(func(_ context.Context, _ Command) (Result, error) { ran++; return Result{}, nil })
	run := func(name string) *Exclusive {
		return &Exclusive{Runner: inner, Path: filepath.Join(dir, "lock"), Users: &Users{Dir: filepath.Join(dir, "users"), Name: name, Now: time.Now, Stays: true}}
	}
	on, off := Command{Kind: Local, Share: Enter}, Command{Kind: Local, Share: Leave}
	for _, step := range []struct {
		name string
		c    Command
		ran  int
	}{{"a", on, 1}, {"b", on, 2}, {"a", off, 2}, {"b", off, 3}, {"b", off, 4}} {
		res, err := run(step.name).Run(t.Context(), step.c)
		if err != nil || ran != step.ran || (res.Skipped != "") != (step.c.Share == Leave && step.ran == 2) {
			t.Errorf("%s %v: ran %d, want %d; %+v, %v", step.name, step.c.Share, ran, step.ran, res, err)
		}
	}
}

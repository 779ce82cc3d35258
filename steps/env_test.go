package steps

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"aligate/runner"
)

// What one step leaves for another: its output, renewed or not, its files, and when it was done.
func TestEnv(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	fine(t, b.step("open"))
	fine(t, b.step("pick", "region=r1"))
	ran := false
	b.at["list"] = func(_ context.Context, env *Env) error {
		ran = true
		var picked struct{ Region string }
		if ok, err := env.Output("pick", &picked); !ok || err != nil || picked.Region != "r1" {
			t.Errorf("output of pick: %t, %+v, error %v", ok, picked, err)
		}
		for _, step := range []string{"open", "make", "nowhere"} {
			if ok, err := env.Output(step, &picked); ok || err != nil {
				t.Errorf("output of %s: %t, error %v; want none", step, ok, err)
			}
		}
		var number int
		if ok, err := env.Output("pick", &number); !ok || err == nil {
			t.Errorf("output of pick as a number: %t, error %v; want an error", ok, err)
		}
		before := env.EndedAt("pick")
		if before.IsZero() || !env.EndedAt("make").IsZero() || env.Pending("make") != nil {
			t.Errorf("ended: pick %s, make %s; pending %v", before, env.EndedAt("make"), env.Pending("make"))
		}
		if err := env.Store("pick", map[string]string{"region": "r<9"}); err != nil {
			t.Error(err)
		}
		if _, err := env.Output("pick", &picked); err != nil || picked.Region != "r<9" || !env.EndedAt("pick").After(before) {
			t.Errorf("renewed: %+v, error %v, ended %s", picked, err, env.EndedAt("pick"))
		}
		if err := env.Store("make", 1); err == nil {
			t.Error("the output of a step that has not run was renewed")
		}
		if env.Values.One("filter") != "all" {
			t.Errorf("filter is %q, want the default", env.Values.One("filter"))
		}
		env.Request("")
		env.Request("R7")
		return nil
	}
	fine(t, b.step("list"))
	rec := b.record()
	if !ran || string(rec.Steps["pick"].Output) != `{"region":"r<9"}` {
		t.Errorf("ran %t; on disk is %s", ran, rec.Steps["pick"].Output)
	}
	same(t, "request ids", fmt.Sprint(rec.Steps["list"].RequestIDs), "[R7]")
	// The step that renewed another's output read the new one.
	same(t, "states", states(t, b.engine().Status(t.Context())), "open done, pick done, list done, make to do, tell to do")
	// A step that failed was never done.
	b.at["pick"] = func(context.Context, *Env) error { return errors.New("no") }
	b.step("pick")
	b.at["pick"] = func(_ context.Context, env *Env) error {
		if !env.EndedAt("pick").IsZero() {
			t.Error("a step that failed has a time at which it was done")
		}
		return nil
	}
	fine(t, b.step("pick"))
}

func TestFiles(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.w.Steps[0].Run = func(context.Context, *Env) (Outcome, error) {
		return Outcome{Files: map[string]any{"rows.json": []keptRow{{"a", 1}}}}, nil
	}
	b.at["pick"] = func(_ context.Context, env *Env) error {
		var rows []keptRow
		if err := env.File("rows.json", &rows); err != nil || len(rows) != 1 || rows[0].ID != "a" {
			t.Errorf("the file of open: %v, error %v", rows, err)
		}
		return nil
	}
	fine(t, b.step("open"))
	fine(t, b.step("pick", "region=r1")) // another process
	fine(t, b.fresh())                   // the same one
	// A step that fails leaves no files.
	b.w.Steps[0].Run = func(context.Context, *Env) (Outcome, error) {
		return Outcome{Files: map[string]any{"late.json": 1}}, errors.New("no")
	}
	b.step("open")
	for _, name := range files(t, b.dir) {
		if name == "late.json" {
			t.Errorf("a step that failed left its file")
		}
	}
}

// The gate of a step is closed when what it left beside the record is not there: a later step would otherwise fail on
// it, and a resumed run pass over it.
func TestFilesAndGate(t *testing.T) {
	t.Parallel()
	for name, harm := range map[string]func(path string) error{
		"gone":    os.Remove,
		"symlink": func(path string) error { return errors.Join(os.Remove(path), os.Symlink(path+".real", path)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			list := b.w.Steps[2].Run
			b.w.Steps[2].Run = func(ctx context.Context, env *Env) (Outcome, error) {
				outcome, err := list(ctx, env)
				outcome.Files = map[string]any{"rows.json": []keptRow{{"a", 1}}}
				return outcome, err
			}
			b.step("open")
			b.step("pick", "region=r1")
			fine(t, b.step("list"))
			path := filepath.Join(b.dir, "rows.json")
			if err := harm(path); err != nil {
				t.Fatal(err)
			}
			b.did()
			failure := refused(t, b.step("make", "name=n1"), ExitBlocked, "GateClosed")
			same(t, "message", failure.Message, "no rows were listed: "+path+" is missing")
			same(t, "calls", b.did(), "")
			if err := os.RemoveAll(path); err != nil {
				t.Fatal(err)
			}
			fine(t, b.resume("name=n1"))
			same(t, "calls of the resumed run", b.did(), "list all, make n1, tell ")
		})
	}
}

func TestErrorText(t *testing.T) {
	t.Parallel()
	for want, e := range map[string]*Error{
		"eas create: X.Y: it failed (request R1)": {Step: "eas create", Code: "X.Y", Message: "it failed", RequestID: "R1"},
		"X.Y: it failed": {Code: "X.Y", Message: "it failed"},
	} {
		same(t, "error", e.Error(), want)
	}
	inner := errors.New("inner")
	if !errors.Is(&Error{Err: inner}, inner) {
		t.Error("what is behind an error is lost")
	}
	a, b := Problem{Where: "--a", What: "is bad"}, Problem{Where: "--b", What: "is worse"}
	for want, e := range map[string]*Error{"wrong usage": Usage(), "--a: is bad": Usage(a), "2 problems": Usage(a, b)} {
		same(t, "usage", e.Message, want)
		if e.Exit != ExitUsage || e.Code != "Usage" {
			t.Errorf("%s: exit %d, code %s", want, e.Exit, e.Code)
		}
	}
}

func TestRetryNote(t *testing.T) {
	t.Parallel()
	c := runner.Command{Args: []string{"toy", "list", "--token", "tok-12345678"}}
	err := apiFault("Throttling.User")
	same(t, "with a wait", RetryNote(c, err, 1234*time.Millisecond), "aliyun toy list: Throttling.User; trying again in 1.2s")
	same(t, "at once", RetryNote(c, err, 0), "aliyun toy list: Throttling.User; trying again")
}

func TestPlanText(t *testing.T) {
	t.Parallel()
	same(t, "empty", planText(nil), "")
	got := planText([]PlannedCommand{{Step: "a", Line: "x"}, {Step: "a", Line: "y"}, {Step: "b", Line: "z"}, {Step: "a", Line: "w"}})
	same(t, "plan", strings.ReplaceAll(got, "\n", "|"), "# a|x|y|# b|z|# a|w|")
}

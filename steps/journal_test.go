package steps

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"aligate/runner"
)

func newJournal(t *testing.T) *Journal {
	r := &runner.Redactor{}
	r.Add("tok-12345678")
	return &Journal{
		Path: filepath.Join(t.TempDir(), "journal.jsonl"), Redactor: r,
		Clock: func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.FixedZone("X", 3600)) },
	}
}

// read returns the lines of the journal, each as a JSON object.
func (j *Journal) read(t *testing.T) []map[string]any {
	t.Helper()
	raw, err := os.ReadFile(j.Path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(string(raw), "\n") {
		t.Errorf("the last line is cut short: %q", raw)
	}
	var out []map[string]any
	for line := range strings.Lines(string(raw)) {
		var v map[string]any
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatalf("line %q: %v", line, err)
		}
		out = append(out, v)
	}
	return out
}

func TestJournal(t *testing.T) {
	t.Parallel()
	j := newJournal(t)
	c := runner.Command{Args: []string{"toy", "make", "--body", "{\"t\":\"tok-12345678\",\"u\":\"a\nb\"}", "--key", "LTAI5tABCDEFGH", "\xff"}}
	j.Write(c, runner.Result{Stdout: []byte("12345"), Stderr: []byte("123"), Duration: 1500 * time.Millisecond}, nil)
	c.Effect = runner.ReadOnly
	j.Write(c, runner.Result{ExitCode: 1}, &runner.ExitError{API: &runner.APIError{Code: "X.Y", Message: "m", RequestID: "R1"}})
	j.Write(c, runner.Result{ExitCode: -1, Signal: "killed"}, &runner.DeadlineError{})
	j.Close()
	lines := j.read(t)
	if len(lines) != 3 {
		t.Fatalf("%d lines for three calls", len(lines))
	}
	raw, _ := os.ReadFile(j.Path)
	for _, secret := range []string{"tok-12345678", "LTAI5t"} {
		if strings.Contains(string(raw), secret) {
			t.Errorf("the journal holds %q: %s", secret, raw)
		}
	}
	for i, want := range []map[string]any{
		{"time": "2026-01-02T02:04:05Z", "effect": "mutates", "exit": 0.0, "ms": 1500.0, "stdout_bytes": 5.0, "stderr_bytes": 3.0, "error": nil, "request_id": nil, "signal": nil},
		{"effect": "read-only", "exit": 1.0, "error": "X.Y", "request_id": "R1"},
		{"exit": -1.0, "signal": "killed", "error": "Timeout"},
	} {
		for key, value := range want {
			if fmt.Sprint(lines[i][key]) != fmt.Sprint(value) {
				t.Errorf("line %d: %s is %v, want %v", i+1, key, lines[i][key], value)
			}
		}
	}
	if args := fmt.Sprint(lines[0]["args"]); !strings.Contains(args, "toy make --body") || strings.Count(args, runner.Redacted) != 2 {
		t.Errorf("args are %s, want two secrets taken out of them", args)
	}
	if info, err := os.Stat(j.Path); err != nil || info.Mode() != 0o600 {
		t.Errorf("mode %v, error %v; want 0600", info.Mode(), err)
	}
	// The caller's argv is the caller's.
	if c.Args[5] != "LTAI5tABCDEFGH" {
		t.Errorf("the journal changed the argv: %q", c.Args)
	}
}

// What is there is evidence: a later process adds to it.
func TestJournalAppends(t *testing.T) {
	t.Parallel()
	j := newJournal(t)
	const each = 100
	var group sync.WaitGroup
	for i := range 4 {
		group.Go(func() {
			for n := range each {
				j.Write(runner.Command{Args: []string{"toy", fmt.Sprint(i), fmt.Sprint(n)}}, runner.Result{}, nil)
			}
		})
	}
	group.Wait()
	j.Close()
	j.Close() // twice does no harm
	second := &Journal{Path: j.Path, Redactor: j.Redactor, Clock: j.Clock}
	second.Write(runner.Command{Args: []string{"toy", "last"}}, runner.Result{}, nil)
	second.Close()
	lines := j.read(t)
	if len(lines) != 4*each+1 {
		t.Fatalf("%d lines, want %d", len(lines), 4*each+1)
	}
	// The calls of one stand in their order.
	next := map[string]int{}
	for _, line := range lines[:4*each] {
		args := line["args"].([]any)
		if who := fmt.Sprint(args[1]); fmt.Sprint(args[2]) != fmt.Sprint(next[who]) {
			t.Fatalf("call %v of %v, want %d", args[2], who, next[who])
		} else {
			next[who]++
		}
	}
}

// A line is on disk soon, without anybody closing the journal: a run that is killed has left its evidence.
func TestJournalLull(t *testing.T) {
	t.Parallel()
	j := newJournal(t)
	defer j.Close()
	for n := 1; n <= 2; n++ {
		j.Write(runner.Command{Args: []string{"toy"}}, runner.Result{}, nil)
		for deadline := time.Now().Add(30 * time.Second); ; {
			raw, _ := os.ReadFile(j.Path)
			if strings.Count(string(raw), "\n") == n {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("after %d calls the journal holds %q", n, raw)
			}
			runtime.Gosched()
		}
	}
}

// A journal that cannot be written stops nobody.
func TestJournalUnwritable(t *testing.T) {
	t.Parallel()
	victim := filepath.Join(t.TempDir(), "victim")
	for name, put := range map[string]func(path string) error{
		"directory": func(path string) error { return os.Mkdir(path, 0o700) },
		"link": func(path string) error {
			return errors.Join(os.WriteFile(victim, []byte("precious"), 0o600), os.Symlink(victim, path))
		},
		"unused": func(string) error { return nil },
	} {
		j := newJournal(t)
		if err := put(j.Path); err != nil {
			t.Fatal(err)
		}
		if name != "unused" {
			for range 200 { // more than any buffer
				j.Write(runner.Command{Args: []string{"toy"}}, runner.Result{}, nil)
			}
		}
		j.Close()
		if _, err := os.Stat(j.Path); name == "unused" && !os.IsNotExist(err) {
			t.Errorf("a journal without calls made a file")
		}
	}
	if raw, _ := os.ReadFile(victim); string(raw) != "precious" {
		t.Errorf("the target of the link holds %q now", raw)
	}
}

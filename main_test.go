package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/shlex"
	"github.com/itchyny/gojq"
	"github.com/rogpeppe/go-internal/testscript"

	"aligate/fixtures"
	"aligate/fixtures/ecssim"
	"aligate/fixtures/flinksim"
	"aligate/runner"
	"aligate/steps"
	"aligate/steps/cmdline"
	"aligate/steps/eas"
)

// The scripts in testscripts/ are the product's contract: real processes, aligate, which is this test binary under
// another name, and a fake aliyun (fixtures/aliyun). The fake answers from a recording, strictly: the argv of every call
// is compared word by word and in order, and at the end of a script every recorded call must have been made.
//
// Beside what testscript has, a script has these commands:
//
//	simulated ecs|flink [KEY=VALUE]...
//	    Make the fake a simulated account (fixtures/ecssim, fixtures/flinksim), which "exec aliyun sim ..." prepares and shows. At the end of
//	    the script, nothing may have been sent to it that must not be.
//	recording FILE
//	    Make FILE the recording the fake answers from. The one before must have been used up. Each line is one of
//	        happy N[-M] [with]...    calls N to M of the embedded recording eas-deploy
//	        $ WORDS                  a call with these words, split as a shell would; UA stands for the user agent
//	          [with]...              indented: what the call above answers
//	    where [with] is exit=N, stdout=FILE, stderr=FILE (in the script, else among the samples of EAS, else below
//	    fixtures/samples: ecs/NAME.json), out=TEXT, act=ACT
//	    (see fixtures.Fake), add=WORDS or sub=OLD=NEW (for words of the argv and for what is printed)
//	[!] called N WORDS
//	    The fake was called N times in all with an argv that begins with WORDS.
//	waitfor FILE
//	    Wait until FILE is there: what runs in the background has come that far.
//	json FILE EXPR WANT
//	    The jq expression EXPR of the JSON in FILE (or stdout, stderr) gives WANT: as text if it is a string,
//	    else as compact JSON. FILE must hold exactly one JSON value.
//
// A script that sets ALIGATE_FLINK_SIM to a file has the simulated Flink service there in the place of a recording:
// see fixtures/flinksim for `exec aliyun sim ...`.
//
// HOME, the state, the gate files and service.json are below $WORK; nothing is written elsewhere.

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"aligate": func() { skipWaits(); main() },
		"aliyun":  main, // the fake of `aligate fixtures fake`
	})
}

// skipWaits makes this process wait in no time: what it would have slept has passed on its clock.
func skipWaits() {
	var skipped atomic.Int64
	now = func() time.Time { return time.Now().Add(time.Duration(skipped.Load())) }
	sleep = func(ctx context.Context, d time.Duration) error {
		skipped.Add(int64(d))
		return ctx.Err()
	}
}

func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testscripts",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               setupScript(t),
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"recording": cmdRecording,
			"called":    cmdCalled,
			"json":      cmdJSON,
			"waitfor":   cmdWaitFor,
			"simulated": cmdSimulated,
		},
	})
}

// setupScript puts the fake aliyun first on PATH, and everything else that is written below $WORK.
func setupScript(t *testing.T) func(env *testscript.Env) error {
	fakes := programs(t, map[string]string{"aliyun": "./fixtures/aliyun"})
	return func(env *testscript.Env) error {
		fake := filepath.Join(env.WorkDir, ".fake")
		for name, value := range map[string]string{
			"HOME": filepath.Join(env.WorkDir, "home"), "XDG_CACHE_HOME": "", fixtures.FakeEnv: fake,
			"ALIGATE_GATE_DIR": filepath.Join(env.WorkDir, "gates"),
			// With -race, every process would linger for a second at its end.
			"GORACE": "atexit_sleep_ms=0",
		} {
			env.Setenv(name, value)
		}
		// For a script that empties PATH, and for one that looks at the project's own files.
		for _, dir := range filepath.SplitList(env.Getenv("PATH")) {
			if path := filepath.Join(dir, "aligate"); env.Getenv("ALIGATE") == "" {
				if _, err := os.Stat(path); err == nil {
					env.Setenv("ALIGATE", path)
				}
			}
		}
		env.Setenv("PATH", fakes+string(filepath.ListSeparator)+env.Getenv("PATH"))
		env.Setenv("REPO", filepath.Dir(filepath.Dir(filepath.Dir(samples))))
		env.Defer(func() {
			if _, err := os.Stat(fake); err == nil {
				if err := fixtures.FakeVerify(fake); err != nil {
					env.T().Fatal(err)
				}
			}
		})
		return os.MkdirAll(filepath.Join(env.WorkDir, "home"), 0o755)
	}
}

func cmdRecording(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: recording FILE")
	}
	dir := ts.Getenv(fixtures.FakeEnv)
	if _, err := os.Stat(dir); err == nil {
		ts.Check(fixtures.FakeVerify(dir))
		// What was called before still counts for the command called.
		calls, err := fixtures.FakeCalls(dir)
		ts.Check(err)
		earlier, _ := os.ReadFile(ts.MkAbs("earlier-calls"))
		for _, call := range calls {
			line, _ := json.Marshal(call)
			earlier = append(append(earlier, line...), '\n')
		}
		ts.Check(os.WriteFile(ts.MkAbs("earlier-calls"), earlier, 0o644))
		ts.Check(os.RemoveAll(dir))
	}
	rec, err := transcribe(ts.ReadFile(args[0]), func(name string) ([]byte, error) {
		if data, err := os.ReadFile(ts.MkAbs(name)); err == nil {
			return data, nil
		}
		if data, err := os.ReadFile(filepath.Join(samples, name)); err == nil {
			return data, nil
		}
		return os.ReadFile(filepath.Join(filepath.Dir(samples), name))
	})
	ts.Check(err)
	ts.Check(rec.Save(dir))
}

// samples is absolute, for scripts run in directories of their own.
var samples = func() string {
	dir, err := filepath.Abs("fixtures/samples/eas")
	if err != nil {
		panic(err)
	}
	return dir
}()

const userAgent = "AlibabaCloud-Agent-Skills/alibabacloud-pai-eas-service-deploy"

// transcribe makes a recording of the lines that cmdRecording describes.
func transcribe(text string, read func(name string) ([]byte, error)) (*fixtures.Recording, error) {
	rec := &fixtures.Recording{Format: fixtures.Format, About: "synthetic, for one test"}
	happy, err := happyPath()
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(text) {
		words, err := shlex.Split(line)
		switch {
		case err != nil:
			return nil, fmt.Errorf("%q: %w", line, err)
		case len(words) == 0:
		case words[0] == "happy":
			from, to, ranged := strings.Cut(words[1], "-")
			if !ranged {
				to = from
			}
			first, err1 := strconv.Atoi(from)
			last, err2 := strconv.Atoi(to)
			if err1 != nil || err2 != nil || first < 1 || last > len(happy) {
				return nil, fmt.Errorf("%q: no such calls", line)
			}
			for _, call := range happy[first-1 : last] {
				call.Args = slices.Clone(call.Args)
				if err := with(&call, words[2:], read); err != nil {
					return nil, err
				}
				rec.Calls = append(rec.Calls, call)
			}
		case words[0] == "$":
			args := slices.Clone(words[1:])
			for i := range args {
				if args[i] == "UA" {
					args[i] = userAgent
				}
			}
			rec.Calls = append(rec.Calls, fixtures.Call{Args: args})
		default:
			if err := with(&rec.Calls[len(rec.Calls)-1], words, read); err != nil {
				return nil, err
			}
		}
	}
	return rec, nil
}

// with changes call as the words say.
func with(call *fixtures.Call, words []string, read func(name string) ([]byte, error)) error {
	for _, word := range words {
		key, value, _ := strings.Cut(word, "=")
		var err error
		switch key {
		case "exit":
			call.Exit, err = strconv.Atoi(value)
		case "stdout":
			call.Stdout, err = read(value)
		case "stderr":
			call.Stderr, err = read(value)
		case "out":
			call.Stdout = fixtures.Text(value)
		case "act":
			call.Act = value
		case "add":
			var more []string
			more, err = shlex.Split(value)
			call.Args = append(call.Args, more...)
		case "body":
			var body []byte
			body, err = read(value)
			if i := slices.Index(call.Args, "--body"); err == nil && i >= 0 {
				call.Args[i+1] = strings.TrimRight(string(body), "\n")
			}
		case "sub":
			old, now, _ := strings.Cut(value, "=")
			for i := range call.Args {
				call.Args[i] = strings.ReplaceAll(call.Args[i], old, now)
			}
			call.Stdout = fixtures.Text(strings.ReplaceAll(string(call.Stdout), old, now))
		default:
			err = fmt.Errorf("unknown word %q", word)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func happyPath() ([]fixtures.Call, error) {
	rec, err := fixtures.Load("fixtures/recordings/eas-deploy")
	if err != nil {
		return nil, err
	}
	return rec.Calls, nil
}

// simulations are the variables that name the file of a simulated account.
var simulations = map[string]string{"ecs": ecssim.Env, "flink": flinksim.Env}

func cmdSimulated(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 || simulations[args[0]] == "" {
		ts.Fatalf("usage: simulated ecs|flink [KEY=VALUE]...")
	}
	ts.Setenv(simulations[args[0]], ts.MkAbs("account.json"))
	ts.Check(ts.Exec("aliyun", append([]string{"sim", "new"}, args[1:]...)...))
	ts.Defer(func() {
		if err := ts.Exec("aliyun", "sim", "blunders"); err != nil {
			ts.Fatalf("aligate has sent what must not be sent")
		}
	})
}

func cmdCalled(ts *testscript.TestScript, neg bool, args []string) {
	want, err := strconv.Atoi(args[0])
	if err != nil {
		ts.Fatalf("usage: called N WORDS")
	}
	calls, err := fixtures.FakeCalls(ts.Getenv(fixtures.FakeEnv))
	ts.Check(err)
	if earlier, err := os.ReadFile(ts.MkAbs("earlier-calls")); err == nil {
		for line := range strings.Lines(string(earlier)) {
			var call []string
			ts.Check(json.Unmarshal([]byte(line), &call))
			calls = append(calls, call)
		}
	}
	got := 0
	for _, call := range calls {
		if len(call) >= len(args)-1 && slices.Equal(call[:len(args)-1], args[1:]) {
			got++
		}
	}
	if (got == want) == neg {
		ts.Fatalf("aliyun %s was called %d times", strings.Join(args[1:], " "), got)
	}
}

func cmdWaitFor(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: waitfor FILE")
	}
	for began := time.Now(); time.Since(began) < time.Minute; time.Sleep(5 * time.Millisecond) {
		if _, err := os.Stat(ts.MkAbs(args[0])); err == nil {
			return
		}
	}
	ts.Fatalf("%s did not appear within a minute", args[0])
}

func cmdJSON(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: json FILE EXPR WANT")
	}
	dec := json.NewDecoder(strings.NewReader(ts.ReadFile(args[0])))
	var value, second any
	ts.Check(dec.Decode(&value))
	if dec.Decode(&second) == nil {
		ts.Fatalf("%s holds more than one JSON value", args[0])
	}
	query, err := gojq.Parse(args[1])
	ts.Check(err)
	got, _ := query.Run(value).Next()
	if err, failed := got.(error); failed {
		ts.Fatalf("%s: %v", args[1], err)
	}
	text, ok := got.(string)
	if !ok {
		raw, err := gojq.Marshal(got)
		ts.Check(err)
		text = string(raw)
	}
	if text != args[2] {
		ts.Fatalf("%s of %s is %s, want %s", args[1], args[0], text, args[2])
	}
}

// TestReadme runs the shell blocks of README.md, so that they cannot rot. In a console block, lines that begin
// with "$ " are commands for a POSIX shell and the others are what they print, stderr included; "..." stands for
// anything. The comment before a block says what aliyun answers, in the language of the command recording, with
// | between lines. Of an sh block, whose commands are make's, every command must be something make knows.
func TestReadme(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	var script strings.Builder
	var archive strings.Builder
	blocks := regexp.MustCompile("(?s)(?:<!-- aliyun: ([^\n]*) -->\n)?```(sh|console)\n(.*?)```").FindAllStringSubmatch(string(readme), -1)
	if len(blocks) < 5 {
		t.Fatalf("README.md has %d shell blocks", len(blocks))
	}
	for i, block := range blocks {
		calls, language, text := block[1], block[2], block[3]
		if language == "sh" {
			for line := range strings.Lines(text) {
				words := strings.Fields(line)
				if len(words) == 0 || words[0] != "make" {
					t.Errorf("%q: a block of commands that are run by no test", line)
				} else if out, err := exec.Command("make", append([]string{"--dry-run"}, words[1:]...)...).CombinedOutput(); err != nil {
					t.Errorf("%s: %v\n%s", strings.TrimSpace(line), err, out)
				}
			}
			continue
		}
		if calls != "" {
			fmt.Fprintf(&script, "recording calls%d\n", i)
			fmt.Fprintf(&archive, "-- calls%d --\n%s\n", i, strings.ReplaceAll(calls, " | ", "\n"))
		}
		fmt.Fprintf(&script, "mkdir block%d\ncd block%d\nsymlink fixtures -> $REPO/fixtures\n", i, i)
		for _, step := range strings.Split(strings.TrimPrefix(text, "$ "), "\n$ ") {
			command, output, _ := strings.Cut(step, "\n")
			fmt.Fprintf(&script, "says %s %s\n", quoteWord(command), quoteWord(output))
		}
		script.WriteString("cd $WORK\n")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "readme.txtar"), []byte(script.String()+archive.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:   dir,
		Setup: setupScript(t),
		Cmds:  map[string]func(ts *testscript.TestScript, neg bool, args []string){"recording": cmdRecording, "says": cmdSays},
	})
}

// cmdSays runs a shell line and compares what it prints, on both streams, with what README shows.
func cmdSays(ts *testscript.TestScript, _ bool, args []string) {
	for i := range args {
		args[i] = strings.ReplaceAll(args[i], "\\n", "\n")
	}
	ts.Logf("$ %s", args[0])
	_ = ts.Exec("sh", "-c", "{ "+args[0]+"\n} >$WORK/said 2>&1")
	said := ts.ReadFile(ts.Getenv("WORK") + "/said")
	want := regexp.QuoteMeta(strings.TrimRight(args[1], "\n"))
	want = "^" + strings.ReplaceAll(want, `\.\.\.`, `(?s:.*?)`) + "$"
	if !regexp.MustCompile(want).MatchString(strings.TrimRight(said, "\n")) {
		ts.Fatalf("README shows\n%s\nit prints\n%s", args[1], said)
	}
}

// quoteWord quotes s for a script.
func quoteWord(s string) string {
	return "'" + strings.ReplaceAll(strings.ReplaceAll(s, "'", "''"), "\n", "\\n") + "'"
}

// TestReadmeTables compares the tables of README.md with the program.
func TestReadmeTables(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	readme := string(raw)
	for _, row := range steps.ExitCodes {
		code := strconv.Itoa(int(row.Code))
		if row.Code == 128 {
			code = "128+n"
		}
		if line := fmt.Sprintf("| %s | %s |\n", code, row.Meaning); !strings.Contains(readme, line) {
			t.Errorf("README.md lacks the line %q", line)
		}
	}
	for _, p := range eas.Workflow.Params {
		if !p.Hidden && !strings.Contains(readme, "`--"+p.Name) {
			t.Errorf("README.md does not name --%s", p.Name)
		}
	}
}

// TestHelp walks every command: each has a summary, and each that runs something a description with an example.
func TestHelp(t *testing.T) {
	t.Parallel()
	for _, step := range eas.Workflow.Steps {
		if step.Summary == "" || strings.HasSuffix(step.Summary, ".") || step.Description == "" || !strings.Contains(step.Example, "aligate eas ") {
			t.Errorf("step %s: a summary without full stop, a description and an example are missing: %+v", step.Name, step)
		}
	}
	for _, p := range eas.Workflow.Params {
		if p.Usage == "" || !p.Bool && !p.Hidden && strings.Count(p.Usage, "`") != 2 {
			t.Errorf("parameter %s: help %q has no placeholder in backquotes", p.Name, p.Usage)
		}
	}
}

// inProcess runs command lines of aligate in this process, over one recording, with a clock and a terminal that a
// test holds.
type inProcess struct {
	t      *testing.T
	dir    string
	player *fixtures.Player
	now    time.Time
	stdin  string
	// source answers instead of the recording, if it is set.
	source runner.Runner
	// terminal is set if a person is to be there.
	terminal bool
}

func newInProcess(t *testing.T, transcript string) *inProcess {
	t.Helper()
	rec, err := transcribe(transcript, func(name string) ([]byte, error) { return os.ReadFile(filepath.Join(samples, name)) })
	if err != nil {
		t.Fatal(err)
	}
	p := &inProcess{t: t, dir: t.TempDir(), player: &fixtures.Player{Recording: rec}, now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	t.Cleanup(func() {
		if err := p.player.Unused(); err != nil && !t.Failed() {
			t.Error(err)
		}
	})
	return p
}

// run runs the words after "aligate" and returns the exit code and what was printed.
func (p *inProcess) run(words ...string) (code steps.ExitCode, stdout, stderr string) {
	p.t.Helper()
	in, err := os.CreateTemp(p.dir, "stdin")
	if err != nil {
		p.t.Fatal(err)
	}
	defer in.Close()
	if _, err := in.WriteString(p.stdin); err != nil {
		p.t.Fatal(err)
	}
	if _, err := in.Seek(0, 0); err != nil {
		p.t.Fatal(err)
	}
	var out, errs strings.Builder
	app := &cmdline.App{
		Version: "test", Stdin: in, Stdout: &out, Stderr: &errs, Terminal: p.terminal, StdinTerminal: p.terminal,
		Clock: func() time.Time { return p.now }, Rand: rand.Reader, Workflows: []*steps.Workflow{eas.Workflow},
		Compose: func(_ cmdline.Settings, hooks cmdline.Hooks) (cmdline.Source, error) {
			var source runner.Runner = p.player
			if p.source != nil {
				source = p.source
			}
			return cmdline.Source{Runner: &runner.Trace{Runner: runner.Check{Runner: source}, Before: hooks.Before, After: hooks.After}}, nil
		},
	}
	args := append([]string{"aligate"}, words...)
	args = append(args, "--state-dir", filepath.Join(p.dir, "state"), "--gate-dir", p.dir, "--service-file", filepath.Join(p.dir, "service.json"))
	code = app.Run(context.Background(), args)
	return code, out.String(), errs.String()
}

// ok is run for a command that has to succeed.
func (p *inProcess) ok(words ...string) string {
	p.t.Helper()
	code, stdout, stderr := p.run(words...)
	if code != 0 {
		p.t.Fatalf("aligate %s: exit %d\n%s", strings.Join(words, " "), code, stderr)
	}
	return stdout
}

var deployFlags = []string{"--region", "cn-hangzhou", "--name", "qwen_demo", "--image", "vllm", "--instance-type", "ecs.gn7i-c16g1.4xlarge", "--oss", "oss://example-models/qwen2.5-7b/"}

// The proof of absence holds for a minute: create renews one that is older, before it sends anything.
func TestProofIsRenewed(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		after time.Duration
		calls string
	}{
		{"young", 60 * time.Second, "happy 14"},
		{"old", 61 * time.Second, "happy 11\nhappy 14"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			p := newInProcess(t, "happy 1-13\n"+tc.calls)
			p.ok("eas", "precheck")
			p.ok(append([]string{"eas", "params", "--workspace-id", "310001"}, deployFlags...)...)
			for _, step := range []string{"check-name", "images", "specs", "network", "build"} {
				p.ok("eas", step)
			}
			p.now = p.now.Add(tc.after)
			p.ok("eas", "create")
		})
	}
}

// Somebody has taken the name since the proof: nothing is created.
func TestProofRenewedFindsDuplicate(t *testing.T) {
	t.Parallel()
	p := newInProcess(t, "happy 1-13\nhappy 11 sub=qwen35_7b_prod=qwen_demo\nhappy 17")
	p.ok("eas", "precheck")
	p.ok(append([]string{"eas", "params", "--workspace-id", "310001"}, deployFlags...)...)
	for _, step := range []string{"check-name", "images", "specs", "network", "build"} {
		p.ok("eas", step)
	}
	p.now = p.now.Add(time.Hour)
	if code, _, stderr := p.run("eas", "create"); code != steps.ExitExists {
		t.Errorf("exit %d, want %d\n%s", code, steps.ExitExists, stderr)
	}
}

// On a terminal, several workspaces are a question; an answer that is none is asked for again.
func TestAskOnTerminal(t *testing.T) {
	t.Parallel()
	p := newInProcess(t, "happy 1-10")
	p.terminal, p.stdin = true, "seven\n3\n2\n"
	p.ok("eas", "precheck")
	code, stdout, stderr := p.run("eas", "params", "--region", "cn-hangzhou", "--name", "qwen_demo")
	if code != 0 || !strings.Contains(stdout, "workspace 310002") {
		t.Errorf("exit %d, stdout %q, want workspace 310002", code, stdout)
	}
	if n := strings.Count(stderr, "number [1-2]: "); n != 3 {
		t.Errorf("asked %d times, want 3\n%s", n, stderr)
	}

	// With nobody there it is a choice to be made by a flag.
	q := newInProcess(t, "happy 1-10")
	q.ok("eas", "precheck")
	if code, _, _ := q.run("eas", "params", "--region", "cn-hangzhou", "--name", "qwen_demo"); code != steps.ExitChoice {
		t.Errorf("exit %d, want %d", code, steps.ExitChoice)
	}
}

// A name with random digits that is taken is drawn again, from the same list.
func TestNameDrawnAgain(t *testing.T) {
	t.Parallel()
	p := newInProcess(t, "happy 1-10")
	p.ok("eas", "precheck")
	p.ok("eas", "params", "--region", "cn-hangzhou", "--name-prefix", "qwen_", "--workspace-id", "310001")
	raw, err := os.ReadFile(filepath.Join(p.dir, "state", "run.json"))
	if err != nil {
		t.Fatal(err)
	}
	drawn := regexp.MustCompile(`qwen_\d{6}`).FindString(string(raw))
	second, err := transcribe("happy 11 sub=qwen35_7b_prod="+drawn, os.ReadFile)
	if err != nil {
		t.Fatal(err)
	}
	p.player.Recording.Calls = append(p.player.Recording.Calls, second.Calls...)
	code, stdout, stderr := p.run("eas", "check-name")
	if code != 0 || strings.Contains(stdout, drawn) || !strings.Contains(stderr, "the name "+drawn+" was taken") {
		t.Errorf("exit %d, stdout %q, stderr %q; want another name than %s", code, stdout, stderr, drawn)
	}
}

// simulated is the account that a fault test deploys to: it answers as the recording does, remembers the service
// that was created, and lists it from then on.
type simulated struct {
	happy []fixtures.Call
	// fault is what happens at call number at, from 1, of the first run; effect tells whether the call had its effect.
	at      int
	fault   func(c runner.Command, effect func() runner.Result) (runner.Result, error)
	calls   int
	created int
	aiMode  bool
	// log is every call, by name.
	log []string
}

func (s *simulated) Run(_ context.Context, c runner.Command) (runner.Result, error) {
	s.calls++
	s.log = append(s.log, c.Name())
	if s.calls == s.at && s.fault != nil {
		return s.fault(c, func() runner.Result { return s.answer(c) })
	}
	res := s.answer(c)
	if res.ExitCode != 0 {
		return res, runner.NewExitError(c, res)
	}
	return res, nil
}

// answer is what the healthy CLI prints, and does.
func (s *simulated) answer(c runner.Command) runner.Result {
	switch c.Name() {
	case "aliyun configure ai-mode enable":
		s.aiMode = true
	case "aliyun configure ai-mode disable":
		s.aiMode = false
	case "aliyun eas create-service":
		if s.created > 0 {
			return runner.Result{ExitCode: 1, Stderr: []byte("ERROR: SDK.ServerError\nErrorCode: ConflictException\nRecommend: \nRequestId: R\nMessage: service qwen_demo already exists\nRespHeaders: map[]\n")}
		}
		s.created++
	case "aliyun eas list-services":
		if s.created > 0 {
			return runner.Result{Stdout: []byte(`{"TotalCount":1,"Services":[{"ServiceId":"eas-m-synth000201","ServiceName":"qwen_demo","Status":"Creating","CreateTime":"2026-01-02T03:04:05Z"}]}`)}
		}
	case "aliyun eas describe-service":
		if s.created == 0 {
			return runner.Result{ExitCode: 1, Stderr: []byte("ERROR: SDK.ServerError\nErrorCode: ServiceNotFound\nRecommend: \nRequestId: R\nMessage: service qwen_demo not found\nRespHeaders: map[]\n")}
		}
	}
	for _, call := range s.happy {
		if (runner.Command{Args: call.Args}).Name() == c.Name() {
			return runner.Result{Stdout: bytes.Clone(call.Stdout), Stderr: bytes.Clone(call.Stderr), ExitCode: call.Exit}
		}
	}
	return runner.Result{ExitCode: 2, Stderr: []byte("ERROR: '" + c.Name() + "' is not a valid command")}
}

// faults are the ways in which one call can fail; most are tried both with and without the call having its effect.
func faults(t *testing.T) map[string]func(c runner.Command, effect func() runner.Result) (runner.Result, error) {
	t.Helper()
	printed := func(exit int, stdout, stderr string, effective bool) func(runner.Command, func() runner.Result) (runner.Result, error) {
		return func(c runner.Command, effect func() runner.Result) (runner.Result, error) {
			if effective {
				effect()
			}
			res := runner.Result{ExitCode: exit, Stdout: []byte(stdout), Stderr: []byte(stderr)}
			if exit != 0 {
				return res, runner.NewExitError(c, res)
			}
			return res, nil
		}
	}
	sample := func(name string) string {
		raw, err := os.ReadFile(filepath.Join(samples, "errors", name))
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	all := map[string]func(c runner.Command, effect func() runner.Result) (runner.Result, error){
		"forbidden":     printed(1, "", sample("forbidden.stderr"), false),
		"throttled":     printed(1, "", sample("throttling.stderr"), false),
		"conflict":      printed(1, "", sample("conflict.stderr"), false),
		"unknown-flag":  printed(2, "", sample("invalid-param.rc2.stderr"), false),
		"no-profile":    printed(3, "", sample("unknown-profile.rc3.stderr"), false),
		"exit-4":        printed(4, "", "", false),
		"broken-config": printed(0, "", sample("corrupt-config.rc0.stderr"), false),
		"refused":       printed(1, "", sample("conn-refused.stderr"), false),
		"missing": func(c runner.Command, _ func() runner.Result) (runner.Result, error) {
			return runner.Result{ExitCode: -1}, &runner.StartError{Path: "aliyun", Err: exec.ErrNotFound}
		},
	}
	for _, effective := range []bool{false, true} {
		suffix := map[bool]string{false: "-before", true: "-after"}[effective]
		all["timeout"+suffix] = printed(1, "", sample("read-timeout.stderr"), effective)
		all["server"+suffix] = printed(1, "", sample("html-502.stderr"), effective)
		all["empty"+suffix] = printed(0, "", "", effective)
		all["null"+suffix] = printed(0, "null", "", effective)
		all["html"+suffix] = printed(0, "<html></html>", "", effective)
		all["cut"+suffix] = printed(0, `{"Services":[{"Servi`, "", effective)
		all["object"+suffix] = printed(0, "{}", "", effective)
		all["unreadable"+suffix] = printed(1, "", "something nobody has seen yet", effective)
		all["deadline"+suffix] = func(c runner.Command, effect func() runner.Result) (runner.Result, error) {
			if effective {
				effect()
			}
			return runner.Result{ExitCode: -1}, &runner.DeadlineError{Command: c, After: time.Minute}
		}
		all["killed"+suffix] = func(c runner.Command, effect func() runner.Result) (runner.Result, error) {
			if effective {
				effect()
			}
			res := runner.Result{ExitCode: -1, Signal: "killed"}
			return res, runner.NewExitError(c, res)
		}
	}
	return all
}

// Whatever one call of the happy path answers: at most one service, no second create without a look in between,
// ai-mode off at the end, an exit code that tells the truth, and a resume on a healthy CLI that ends with one
// service, however the first run ended.
func TestEveryFault(t *testing.T) {
	t.Parallel()
	happy, err := happyPath()
	if err != nil {
		t.Fatal(err)
	}
	cases := 0
	for name, fault := range faults(t) {
		cases += len(happy)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for at := 1; at <= len(happy); at++ {
				s := &simulated{happy: happy, at: at, fault: fault}
				p := newInProcess(t, "")
				p.source = s
				where := fmt.Sprintf("%s at call %d (%s)", name, at, (runner.Command{Args: happy[at-1].Args}).Name())
				code, stdout, _ := p.run(append([]string{"eas", "deploy", "--output", "json", "--workspace-id", "310001"}, deployFlags...)...)

				var report struct {
					ExitCode steps.ExitCode `json:"exit_code"`
					Status   steps.Status
				}
				if err := json.Unmarshal([]byte(stdout), &report); err != nil || report.ExitCode != code {
					t.Fatalf("%s: exit %d, stdout is not one document with it: %v\n%s", where, code, err, stdout)
				}
				if s.created > 1 {
					t.Fatalf("%s: %d services", where, s.created)
				}
				if code == 0 && s.created == 0 {
					t.Errorf("%s: done, and no service", where)
				}
				if s.created == 1 && (code == steps.ExitFailed || code == steps.ExitBlocked || code == steps.ExitInvalid) && !strings.Contains(stdout, `"changed":"changed: `) {
					t.Errorf("%s: exit %d says that nothing changed, and there is a service\n%s", where, code, stdout)
				}
				if s.aiMode && at != len(happy) {
					t.Errorf("%s: ai-mode is still on", where)
				}
				looked := true
				for _, call := range s.log {
					switch call {
					case "aliyun eas list-services", "aliyun eas describe-service":
						looked = true
					case "aliyun eas create-service":
						// Retry is not in this stack, so every create here is a decision of the engine's.
						if !looked {
							t.Errorf("%s: two creates without a look in between: %v", where, s.log)
						}
						looked = false
					}
				}
				if code == 0 || code == steps.ExitExists {
					continue
				}
				s.fault = nil
				again, stdout, stderr := p.run("eas", "deploy", "--resume", "--output", "json")
				if again != 0 || s.created != 1 {
					t.Errorf("%s: exit %d, then resumed: exit %d, %d services\n%s%s", where, code, again, s.created, stdout, stderr)
				}
				if s.aiMode {
					t.Errorf("%s: resumed, and ai-mode is still on", where)
				}
			}
		})
	}
	t.Logf("%d cases", cases)
}

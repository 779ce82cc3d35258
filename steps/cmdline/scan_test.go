package cmdline

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/urfave/cli/v3"

	"aligate/runner"
	"aligate/steps"
)

// toy is an invented workflow: a step with flags of every kind, and one without any.
func toy() *steps.Workflow {
	run := func(ctx context.Context, env *steps.Env) (steps.Outcome, error) {
		_, err := env.Runner.Run(ctx, runner.Command{Args: []string{"toy", env.Values.One("region")}})
		return steps.Outcome{Summary: "ran with " + env.Values.One("region") + " and " + strings.Join(env.Values["mount"], " ")}, err
	}
	return &steps.Workflow{
		Name: "toy", Summary: "make a toy",
		Params: append([]steps.Param{
			{Name: "region", Required: true, Check: func(v string) error {
				if v == "mars" {
					return fmt.Errorf("%q is no region", v)
				}
				return nil
			}},
			{Name: "name"}, {Name: "mount", Repeat: true}, {Name: "secure", Bool: true}, {Name: "covert", Hidden: true},
		}, steps.Common...),
		Steps: []steps.Step{
			{Name: "pick", Summary: "picks", Uses: []string{"region", "name", "mount", "secure", "covert"}, Run: run},
			{Name: "tell", Summary: "tells", Run: run},
		},
	}
}

// desk is an App with its streams in hand.
type desk struct {
	*App
	out, err bytes.Buffer
	calls    int
	dir      string
}

func newDesk(t testing.TB) *desk {
	d := &desk{dir: t.TempDir()}
	d.App = &App{
		Version: "v9", Stdout: &d.out, Stderr: &d.err, Clock: func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) },
		Rand: strings.NewReader(strings.Repeat("random", 10)), Workflows: []*steps.Workflow{toy()},
		Compose: func(Settings, Hooks) (Source, error) {
			return Source{Runner: runner.Func(func(context.Context, runner.Command) (runner.Result, error) { d.calls++; return runner.Result{}, nil })}, nil
		},
		Demos: []Demo{{Name: "toy", Usage: "a toy", Commands: [][]string{{"toy", "deploy", "--region", "r1"}}, Extract: func(string) error { return nil }}},
	}
	return d
}

// run runs a command line, with the state below the test's own directory.
func (d *desk) run(t *testing.T, line string) steps.ExitCode {
	t.Helper()
	d.out.Reset()
	d.err.Reset()
	args := append([]string{"aligate"}, strings.Fields(line)...)
	return d.Run(t.Context(), append(args, "--state-dir", filepath.Join(d.dir, "state"), "--gate-dir", d.dir))
}

func scanned(t testing.TB, args ...string) scan {
	return scanArgs(newDesk(t).root(), append([]string{"aligate"}, args...), nil)
}

func problems(s scan) string {
	var out []string
	for _, p := range s.problems {
		out = append(out, p.String())
	}
	return strings.Join(out, " | ")
}

// near cuts the suggestions off those problems of got of which want has none: what is nearest to a word that is near
// to nothing is the library's affair.
func near(got, want string) string {
	parts, wants := strings.Split(got, " | "), strings.Split(want, " | ")
	for i := range parts {
		if i < len(wants) && !strings.Contains(wants[i], "did you mean") {
			parts[i], _, _ = strings.Cut(parts[i], "; did you mean")
		}
	}
	return strings.Join(parts, " | ")
}

func same(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

func TestScan(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		args     []string
		clean    string
		path     string
		problems string
		help     bool
		json     bool
	}{
		{"nothing", nil, "", "", "", false, false},
		{"a step", []string{"toy", "pick", "--region", "r1"}, "toy pick --region r1", "toy pick", "", false, false},
		{"glued", []string{"toy", "pick", "--region=r1"}, "toy pick --region=r1", "toy pick", "", false, false},
		{"a value with an equals sign", []string{"toy", "pick", "--name", "a=b", "--region=c=d"}, "toy pick --name a=b --region=c=d", "toy pick", "", false, false},
		{"global flags anywhere", []string{"--quiet", "toy", "--output", "json", "pick", "--verbose"}, "--quiet toy --output json pick --verbose", "toy pick", "", false, true},
		{"a switch takes no value", []string{"toy", "pick", "--secure", "--region", "r1"}, "toy pick --secure --region r1", "toy pick", "", false, false},
		{"one dash", []string{"toy", "pick", "-region", "r1"}, "toy pick --region r1", "toy pick", "", false, false},

		{"unknown flag", []string{"toy", "pick", "--regoin", "r1"}, "toy pick", "toy pick", "--regoin: unknown flag; did you mean --region?", false, false},
		{"unknown flag, glued", []string{"toy", "pick", "--regoin=r1", "--name", "x"}, "toy pick --name x", "toy pick", "--regoin: unknown flag; did you mean --region?", false, false},
		{"unknown flag before another", []string{"toy", "pick", "--bogus", "--name", "x"}, "toy pick --name x", "toy pick", "--bogus: unknown flag", false, false},
		{"unknown flag before a command", []string{"--regoin", "toy", "pick"}, "toy pick", "toy pick", "--regoin: unknown flag", false, false},
		{"flag of another command", []string{"toy", "tell", "--region", "r1"}, "toy tell", "toy tell", "--region: unknown flag", false, false},
		{"unknown short flag", []string{"toy", "pick", "-x"}, "toy pick", "toy pick", "-x: unknown flag", false, false},
		// What help does not show is not suggested, and works.
		{"near a hidden flag", []string{"toy", "pick", "--cover"}, "toy pick", "toy pick", "--cover: unknown flag", false, false},
		{"a hidden flag", []string{"toy", "pick", "--covert", "x"}, "toy pick --covert x", "toy pick", "", false, false},
		{"several at once", []string{"toy", "pick", "--regoin", "r1", "--nmae=x", "--name", "y", "extra"}, "toy pick --name y", "toy pick",
			`--regoin: unknown flag; did you mean --region? | --nmae: unknown flag; did you mean --name? | "extra": unexpected argument`, false, false},

		{"unknown command", []string{"toys"}, "", "", `"toys": unknown command; did you mean "toy"?`, false, false},
		{"unknown step", []string{"toy", "pik"}, "toy", "toy", `"pik": unknown command; did you mean "pick"?`, false, false},
		// What follows belongs to a command that nobody knows.
		{"unknown step with flags", []string{"toy", "pik", "--regoin", "r1", "and", "more"}, "toy", "toy", `"pik": unknown command; did you mean "pick"?`, false, false},
		{"extra argument", []string{"toy", "pick", "x", "y"}, "toy pick", "toy pick", `"x": unexpected argument | "y": unexpected argument`, false, false},
		{"a dash", []string{"toy", "pick", "-"}, "toy pick", "toy pick", `"-": unexpected argument`, false, false},
		{"an empty word", []string{"toy", "pick", ""}, "toy pick", "toy pick", `"": unexpected argument`, false, false},
		{"a command that takes arguments", []string{"demo", "eas"}, "demo eas", "demo", "", false, false},

		{"value missing at the end", []string{"toy", "pick", "--name"}, "toy pick", "toy pick", "--name: needs a value", false, false},
		{"value missing before a flag", []string{"toy", "pick", "--name", "--region", "r1"}, "toy pick --region r1", "toy pick", "--name: needs a value", false, false},
		{"value missing before a glued flag", []string{"toy", "pick", "--name", "--region=r1"}, "toy pick --region=r1", "toy pick", "--name: needs a value", false, false},
		{"a value that looks like a flag and is none", []string{"toy", "pick", "--name", "--x", "--region", "-1"}, "toy pick --name --x --region -1", "toy pick", "", false, false},
		{"an empty value", []string{"toy", "pick", "--name", "", "--region="}, "toy pick --name  --region=", "toy pick", "", false, false},
		{"a value that is a command", []string{"toy", "pick", "--name", "tell"}, "toy pick --name tell", "toy pick", "", false, false},

		{"twice, different", []string{"toy", "pick", "--name", "a", "--name=b"}, "toy pick --name a --name=b", "toy pick", `--name: given 2 times with different values ("a", "b"); give it once`, false, false},
		{"twice, the same", []string{"toy", "pick", "--name", "a", "--name=a"}, "toy pick --name a --name=a", "toy pick", "", false, false},
		{"twice, on both sides of the command", []string{"--state-dir", "a", "toy", "pick", "--state-dir", "b"}, "--state-dir a toy pick --state-dir b", "toy pick", `--state-dir: given 2 times with different values ("a", "b"); give it once`, false, false},
		{"several that may repeat", []string{"toy", "pick", "--mount", "a", "--mount", "b,c"}, "toy pick --mount a --mount b,c", "toy pick", "", false, false},
		{"two flags twice", []string{"toy", "pick", "--region", "a", "--name", "a", "--region", "b", "--name", "b"}, "toy pick --region a --name a --region b --name b", "toy pick",
			`--name: given 2 times with different values ("a", "b"); give it once | --region: given 2 times with different values ("a", "b"); give it once`, false, false},

		{"nothing after two dashes", []string{"toy", "pick", "--"}, "toy pick", "toy pick", "", false, false},
		{"words after two dashes", []string{"toy", "pick", "--name", "x", "--", "--region", "r1"}, "toy pick --name x", "toy pick", `"--region": unexpected argument | "r1": unexpected argument`, false, false},
		{"two dashes as a value", []string{"toy", "pick", "--name", "--", "--region", "r1"}, "toy pick --name -- --region r1", "toy pick", "", false, false},
		{"a command after two dashes", []string{"--", "toy", "pick"}, "", "", `"toy": unknown command | "pick": unknown command`, false, false},
		{"arguments after two dashes", []string{"demo", "--", "eas"}, "demo -- eas", "demo", "", false, false},

		{"help", []string{"toy", "pick", "--bogus", "--help"}, "toy pick --help", "toy pick", "--bogus: unknown flag", true, false},
		{"short help", []string{"toy", "-h"}, "toy -h", "toy", "", true, false},
		{"help command", []string{"help", "toy", "pick"}, "help toy pick", "help", "", true, false},
		{"version", []string{"--version"}, "--version", "", "", false, false},

		{"json, glued", []string{"toy", "status", "--output=json"}, "toy status --output=json", "toy status", "", false, true},
		{"the last output counts", []string{"--output", "json", "toy", "status", "--output", "json"}, "--output json toy status --output json", "toy status", "", false, true},
		{"json beside a mistake", []string{"toy", "pick", "--bogus", "--output", "json"}, "toy pick --output json", "toy pick", "--bogus: unknown flag", false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			before := slices.Clone(c.args)
			s := scanned(t, c.args...)
			same(t, "clean", strings.Join(s.clean, " "), strings.TrimRight("aligate "+c.clean, " "))
			same(t, "path", strings.Join(s.path, " "), c.path)
			same(t, "problems", near(problems(s), c.problems), c.problems)
			if strings.Contains(problems(s), "covert?") {
				t.Errorf("a hidden flag is suggested: %s", problems(s))
			}
			if s.help != c.help || s.json != c.json {
				t.Errorf("help %t, JSON %t; want %t, %t", s.help, s.json, c.help, c.json)
			}
			if !slices.Equal(c.args, before) {
				t.Errorf("the scan changed its arguments: %q", c.args)
			}
		})
	}
}

func TestScanOutputFromEnvironment(t *testing.T) {
	t.Parallel()
	root := newDesk(t).root()
	for _, c := range []struct {
		environ, args string
		want          bool
	}{
		{"ALIGATE_OUTPUT=json", "toy bogus", true},
		{"ALIGATE_OUTPUT=text", "toy bogus", false},
		{"ALIGATE_OUTPUT=json", "--output text toy bogus", false},
		{"", "toy bogus", false},
	} {
		s := scanArgs(root, append([]string{"aligate"}, strings.Fields(c.args)...), []string{c.environ})
		if s.json != c.want {
			t.Errorf("%s aligate %s: JSON %t, want %t", c.environ, c.args, s.json, c.want)
		}
	}
}

// A shell asks with whatever stands on the line so far: it gets it back as it is.
func TestScanCompletion(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"completion", "bash"}, {"completion"}, {"completion", "--bogus"},
		{"toy", "pick", "--reg", "--generate-shell-completion"}, {"--generate-shell-completion"}, {"toy", "pick", "extra", "--generate-shell-completion"},
	} {
		s := scanned(t, args...)
		if want := append([]string{"aligate"}, args...); !slices.Equal(s.clean, want) || !s.help || len(s.problems) > 0 {
			t.Errorf("%q: clean %q, help %t, problems %q", args, s.clean, s.help, problems(s))
		}
	}
}

// The problems of a command line are told all at once, whoever found them, and nothing runs.
func TestAllProblems(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	if code := d.run(t, "toy pick --regoin r1 --region mars --name a --name b extra --output json"); code != steps.ExitUsage {
		t.Errorf("exit %d, want %d", code, steps.ExitUsage)
	}
	var doc struct {
		ExitCode int `json:"exit_code"`
		Step     string
		Error    struct {
			Code     string
			Problems []steps.Problem
			Hints    []string
		}
	}
	if err := json.Unmarshal(d.out.Bytes(), &doc); err != nil {
		t.Fatalf("stdout is not JSON: %v: %s", err, d.out.String())
	}
	var got []string
	for _, p := range doc.Error.Problems {
		got = append(got, p.String())
	}
	same(t, "problems", strings.Join(got, " | "), `--regoin: unknown flag; did you mean --region? | "extra": unexpected argument | `+
		`--name: given 2 times with different values ("a", "b"); give it once | --region: "mars" is no region`)
	same(t, "hints", strings.Join(doc.Error.Hints, " | "), "see: aligate toy pick --help")
	if doc.ExitCode != 2 || doc.Error.Code != "Usage" || doc.Step != "pick" {
		t.Errorf("exit code %d, code %q, step %q", doc.ExitCode, doc.Error.Code, doc.Step)
	}
	same(t, "stderr", d.err.String(), "")
	if d.calls > 0 {
		t.Errorf("%d commands ran", d.calls)
	}
	if _, err := os.Stat(filepath.Join(d.dir, "state")); !os.IsNotExist(err) {
		t.Error("a command line that is wrong made the state directory")
	}
}

func TestUsage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ line, want string }{
		{"", ""},
		{"bogus", `aligate: error: Usage: "bogus": unknown command; did you mean `},
		{"toy bogus", `aligate: error: toy: Usage: "bogus": unknown command; did you mean `},
		{"toy pick --timeout x --region r", "aligate: error: toy pick: Usage: --timeout: \"x\" is not a number greater than 0, up to 100"},
		{"toy pick --region r --output xml", "aligate: error: toy pick: Usage: --output: \"xml\" is not one of text, json"},
		{"toy deploy", "aligate: error: toy deploy: Usage: --region: is required"},
		{"toy pick --region", "aligate: error: toy pick: Usage: --region: needs a value"},
		// Beside help nothing else is wrong, so this is the one problem.
		{"help nosuch --bogus", `aligate: error: help: Usage: "nosuch": no such command or help topic`},
	} {
		d := newDesk(t)
		code := d.run(t, c.line)
		want := steps.ExitUsage
		if c.want == "" {
			want = steps.ExitDone
		}
		if code != want || !strings.HasPrefix(d.err.String(), c.want) || d.calls > 0 {
			t.Errorf("aligate %s: exit %d, %d calls, stderr %q; want exit %d, none, %q", c.line, code, d.calls, d.err.String(), want, c.want)
		}
		if c.want != "" && d.out.Len() > 0 {
			t.Errorf("aligate %s: stdout %q, want nothing", c.line, d.out.String())
		}
	}
}

// Whoever asks for help gets it, whatever else is wrong.
func TestHelpWins(t *testing.T) {
	t.Parallel()
	for _, line := range []string{"toy pick --bogus --help", "toy pick --name a --name b extra -h", "--help", "help toy pick", "toy --help", "help exit-codes", "help --bogus"} {
		d := newDesk(t)
		d.out.Reset()
		code := d.Run(t.Context(), append([]string{"aligate"}, strings.Fields(line)...))
		if code != steps.ExitDone || d.out.Len() == 0 || d.err.Len() > 0 || d.calls > 0 {
			t.Errorf("aligate %s: exit %d, %d calls, stdout %d bytes, stderr %q; want the help on stdout", line, code, d.calls, d.out.Len(), d.err.String())
		}
	}
}

func TestCompletion(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	code := d.Run(t.Context(), []string{"aligate", "completion", "bash"})
	if code != steps.ExitDone || !strings.Contains(d.out.String(), "complete ") {
		t.Errorf("exit %d, stdout %q, stderr %q; want a script", code, d.out.String(), d.err.String())
	}
}

func TestRun(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	// A value may hold commas, and what repeats keeps its order.
	if code := d.run(t, "toy pick --region r1 --mount a,b --mount c"); code != steps.ExitDone {
		t.Fatalf("exit %d: %s", code, d.err.String())
	}
	same(t, "stdout", d.out.String(), "ran with r1 and a,b c\n")
	if !strings.HasPrefix(d.err.String(), "next: aligate toy tell --state-dir ") || d.calls != 1 {
		t.Errorf("%d calls, stderr %q", d.calls, d.err.String())
	}
	// A flag given once is remembered.
	if code := d.run(t, "toy tell --output json"); code != steps.ExitDone || !strings.Contains(d.out.String(), `"summary":"ran with r1 and a,b c"`) {
		t.Errorf("exit %d, stdout %q", code, d.out.String())
	}
	if code := d.run(t, "toy status"); code != steps.ExitDone || !strings.Contains(d.out.String(), "pick  done   now   ran with r1 and a,b c") {
		t.Errorf("exit %d, stdout %q", code, d.out.String())
	}
}

// words is what a command line is made of, for the two tests below: flags known and unknown, values and commands.
var words = []string{
	"toy", "pick", "tell", "deploy", "status", "plan", "reset", "demo", "help", "toys", "pik", "extra", "", "-", "--",
	"--region", "--region=r1", "--name", "--name=", "--mount", "--secure", "--secure=false", "--covert", "--output", "--output=json", "json", "text",
	"--quiet", "--no-color", "--state-dir", "--timeout", "--resume", "--regoin", "--regoin=x", "--bogus", "-x", "-1", "--=", "---", "--help", "-h", "--version", "mars",
}

// unknownFlag walks a clean command line as the parser would and returns the first flag that it does not know.
func unknownFlag(root *cli.Command, clean []string) string {
	cmd, flags := root, root.Flags
	for i := 1; i < len(clean); i++ {
		word := clean[i]
		if len(word) < 2 || word[0] != '-' {
			if sub := cmd.Command(word); sub != nil {
				cmd, flags = sub, slices.Concat(sub.Flags, flags)
			}
			continue
		}
		name, _, glued := strings.Cut(strings.TrimLeft(word, "-"), "=")
		if name == "help" || name == "h" || name == "version" {
			continue
		}
		known := slices.IndexFunc(flags, func(f cli.Flag) bool { return slices.Contains(f.Names(), name) })
		if known < 0 {
			return word
		}
		if _, isBool := flags[known].(*cli.BoolFlag); !isBool && !glued {
			i++
		}
	}
	return ""
}

// holds checks what is true of every scan.
func holds(t *testing.T, root *cli.Command, args []string) {
	t.Helper()
	s := scanArgs(root, args, nil)
	if len(s.clean) == 0 || s.clean[0] != args[0] {
		t.Fatalf("%q: clean is %q, without the program", args, s.clean)
	}
	if s.help && slices.Equal(s.clean, args) {
		return // a completion, or help for a line without mistakes
	}
	// What is clean is part of what was given, in its order.
	rest := args
	for _, word := range s.clean {
		i := slices.Index(rest, word)
		if i < 0 {
			t.Fatalf("%q: clean is %q, which is not a part of it", args, s.clean)
		}
		rest = rest[i+1:]
	}
	cmd := root
	for _, name := range s.path {
		if cmd = cmd.Command(name); cmd == nil {
			t.Fatalf("%q: path %q leads nowhere", args, s.path)
		}
	}
	for _, p := range s.problems {
		if p.Where == "" || p.What == "" {
			t.Fatalf("%q: a problem without words: %+v", args, p)
		}
	}
	// Commands that take arguments get what stands after "--" as it is.
	if cmd.ArgsUsage != "" && slices.Contains(args, "--") {
		return
	}
	if bad := unknownFlag(root, s.clean); bad != "" {
		t.Fatalf("%q: clean is %q and still holds %q", args, s.clean, bad)
	}
	// Nothing was lost without a word.
	if len(s.problems) == 0 && !slices.Equal(s.clean, args) && !slices.Contains(args, "--") {
		t.Fatalf("%q: clean is %q and nothing is said of the rest", args, s.clean)
	}
	// What is clean stays so.
	again := scanArgs(root, s.clean, nil)
	for _, p := range again.problems {
		if strings.HasPrefix(p.What, "unknown") || strings.HasPrefix(p.What, "unexpected") || strings.HasPrefix(p.What, "needs") {
			t.Fatalf("%q: clean is %q, of which a second scan says %s", args, s.clean, p)
		}
	}
}

// agrees checks that the parser finds no flag that it does not know in what the scan left.
func agrees(t *testing.T, args []string) {
	t.Helper()
	root := silent()
	s := scanArgs(root, args, nil)
	if err := root.Run(context.Background(), s.clean); err != nil && (strings.Contains(err.Error(), "not defined") || strings.Contains(err.Error(), "needs an argument")) {
		t.Fatalf("%q: clean is %q, of which the parser says: %v", args, s.clean, err)
	}
}

// silent is the tree of commands, with actions that do nothing.
func silent() *cli.Command {
	a := &App{Stdout: io.Discard, Stderr: io.Discard, Workflows: []*steps.Workflow{toy()}, Demos: []Demo{{Name: "toy"}}}
	root := a.root()
	var mute func(c *cli.Command)
	mute = func(c *cli.Command) {
		c.Action = func(context.Context, *cli.Command) error { return nil }
		for _, sub := range c.Commands {
			mute(sub)
		}
	}
	mute(root)
	return root
}

func TestScanRandom(t *testing.T) {
	t.Parallel()
	seed := time.Now().UnixNano()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewSource(seed))
	root := newDesk(t).root()
	for n := range 4_000 {
		args := []string{"aligate"}
		if rng.Intn(2) == 0 {
			args = append(args, "toy", words[1+rng.Intn(6)])
		}
		for range rng.Intn(7) {
			args = append(args, words[rng.Intn(len(words))])
		}
		holds(t, root, args)
		// Of --version below a command, and of what stands after "--", the parser thinks otherwise.
		if n%20 == 0 && !slices.Contains(args, "--version") && !slices.Contains(args, "--") {
			agrees(t, args)
		}
	}
}

func FuzzScan(f *testing.F) {
	for _, line := range []string{
		"", "toy", "toy pick --region r1", "toy pick --regoin r1 --name=x -- y", "--output json toy", "demo -- --x", "help --x", "--generate-shell-completion", "completion bash",
		"--", "-", "---", "--=", "-=x", "toy pick --name", "toy pick --name --region", "toy pick - ''", "toy pick --\x00 \xff", "toy pick --output", "toy pick \u202e --é",
	} {
		f.Add(line)
	}
	root := newDesk(f).root()
	f.Fuzz(func(t *testing.T, line string) {
		holds(t, root, append([]string{"aligate"}, strings.Split(line, " ")...))
	})
}

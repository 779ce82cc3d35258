package ui

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"aligate/runner"
	"aligate/steps"
)

// stage is a printer with both its streams in hand, and a clock that moves when told.
type stage struct {
	*Printer
	out, err buffer
	now      time.Time
}

// buffer is one that the spinner may write to meanwhile.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

const secret = "tok-12345678"

func newStage(o Options) *stage {
	s := &stage{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	o.Out, o.Err, o.Redactor = &s.out, &s.err, &runner.Redactor{}
	o.Redactor.Add(secret)
	var mu sync.Mutex
	o.Clock = func() time.Time { mu.Lock(); defer mu.Unlock(); return s.now }
	s.Printer = New(o)
	return s
}

func same(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

func done() steps.Report {
	return steps.Report{
		Version: 1, Workflow: "toy", Step: "list", Status: steps.Done, Summary: "listed 2 toys",
		Data: map[string]any{"n": 2}, Warnings: []steps.Warning{{Code: "Odd", Message: "one is odd"}},
		Next: &steps.Next{Step: "make", Command: "aligate toy make"},
	}
}

func failed() steps.Report {
	return steps.FailureReport("toy", "make", &steps.Error{
		Code: "X.Y", Message: "it is refused", RequestID: "R1", Exit: steps.ExitFailed, Changed: "perhaps: toy n1",
		Hints: []string{"first hint", "second hint"}, Detail: "what the child said\n  and more\n",
		Problems: []steps.Problem{{Where: "--a", What: "is bad"}, {Where: "--b", What: "is worse"}},
	}, []steps.Warning{{Code: "Odd", Message: "one is odd"}})
}

// whole is the report of a run that reveals something in its last step.
func whole() steps.Report {
	step := done()
	step.Step, step.Data, step.Reveals, step.Summary = "tell", map[string]any{"token": secret, "url": "http://x/y"}, true, "told "+secret
	step.Text = func() string { return "the token is " + secret + "\n" }
	whole := step
	whole.Step = "deploy"
	whole.Warnings = []steps.Warning{{Code: "Leak", Message: "a warning with " + secret}}
	whole.Steps = []steps.Report{done(), step}
	return whole
}

// document decodes what is on stdout, which must be one JSON value and no more.
func document(t *testing.T, text string) map[string]any {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(text))
	var doc map[string]any
	if err := dec.Decode(&doc); err != nil {
		t.Fatalf("stdout is not JSON: %v\n%s", err, text)
	}
	if rest, err := dec.Token(); err != io.EOF {
		t.Errorf("stdout goes on after the document: %v", rest)
	}
	if !strings.HasSuffix(text, "}\n") || strings.Count(text, "\n") != 1 {
		t.Errorf("stdout is not one line: %q", text)
	}
	return doc
}

func TestJSON(t *testing.T) {
	t.Parallel()
	for _, quiet := range []bool{false, true} {
		for _, single := range []bool{false, true} {
			for name, r := range map[string]steps.Report{"done": done(), "failed": failed(), "whole": whole()} {
				t.Run(fmt.Sprintf("%s/quiet %t/single %t", name, quiet, single), func(t *testing.T) {
					t.Parallel()
					s := newStage(Options{JSON: true, Quiet: quiet, Single: single, Verbose: true})
					// What is told on the way stays out of stdout.
					s.StepBegan(&steps.Step{Name: "list", Summary: "lists"})
					s.Command(runner.Command{Args: []string{"toy", "list"}})
					s.Note("slow today")
					s.StepEnded(done())
					same(t, "stdout on the way", s.out.String(), "")
					onTheWay := s.err.String()
					if err := s.Print(r); err != nil {
						t.Fatal(err)
					}
					doc := document(t, s.out.String())
					for _, key := range []string{"aligate", "workflow", "step", "status", "exit_code", "summary", "data", "warnings", "error", "next"} {
						if _, ok := doc[key]; !ok {
							t.Errorf("the document has no %q", key)
						}
					}
					same(t, "stderr of the result", strings.TrimPrefix(s.err.String(), onTheWay), "")
					want := "+ aliyun toy list\naligate: slow today\n"
					if !single {
						want += "toy list: done: listed 2 toys\n"
					}
					if quiet {
						want = ""
					}
					same(t, "stderr on the way", onTheWay, want)
				})
			}
		}
	}
}

func TestJSONContent(t *testing.T) {
	t.Parallel()
	s := newStage(Options{JSON: true})
	if err := s.Print(failed()); err != nil {
		t.Fatal(err)
	}
	same(t, "failure", s.out.String(), `{"aligate":1,"workflow":"toy","step":"make","status":"failed","exit_code":1,"summary":"it is refused","data":{},`+
		`"warnings":[{"code":"Odd","message":"one is odd"}],"error":{"code":"X.Y","message":"it is refused","request_id":"R1","changed":"perhaps: toy n1",`+
		`"hints":["first hint","second hint"],"problems":[{"where":"--a","what":"is bad"},{"where":"--b","what":"is worse"}],"detail":"what the child said\n  and more"},"next":null}`+"\n")
	s = newStage(Options{JSON: true})
	r := done()
	r.Warnings, r.Summary = nil, "a<b & c>d"
	if err := s.Print(r); err != nil {
		t.Fatal(err)
	}
	same(t, "success", s.out.String(), `{"aligate":1,"workflow":"toy","step":"list","status":"done","exit_code":0,"summary":"a<b & c>d","data":{"n":2},`+
		`"warnings":[],"error":null,"next":{"step":"make","command":"aligate toy make"}}`+"\n")
}

// A number that a float cannot hold must come through the redaction of the text beside it.
func TestJSONNumbers(t *testing.T) {
	t.Parallel()
	s := newStage(Options{JSON: true})
	r := done()
	r.Data = map[string]any{"id": int64(9007199254740993), "token": secret, "price": json.Number("0.10")}
	if err := s.Print(r); err != nil {
		t.Fatal(err)
	}
	if got := s.out.String(); !strings.Contains(got, `"data":{"id":9007199254740993,"price":0.10,"token":"REDACTED"}`) {
		t.Errorf("data is not what it was: %s", got)
	}
}

func TestReveals(t *testing.T) {
	t.Parallel()
	t.Run("json", func(t *testing.T) {
		t.Parallel()
		s := newStage(Options{JSON: true})
		r := whole()
		if err := s.Print(r); err != nil {
			t.Fatal(err)
		}
		doc := document(t, s.out.String())
		if data := doc["data"].(map[string]any); data["token"] != secret {
			t.Errorf("the data that was asked for is %v", data)
		}
		// Once, in the place that the procedure wants: nowhere else.
		if n := strings.Count(s.out.String(), secret); n != 1 {
			t.Errorf("the secret stands %d times in the document, want once: %s", n, s.out.String())
		}
		sub := doc["steps"].([]any)[1].(map[string]any)
		if data := sub["data"].(map[string]any); data["token"] != runner.Redacted || data["url"] != "http://x/y" {
			t.Errorf("the data of the step is %v, want the secret taken out and nothing else", data)
		}
		same(t, "summary", doc["summary"].(string), "told REDACTED")
	})
	t.Run("text", func(t *testing.T) {
		t.Parallel()
		s := newStage(Options{})
		s.StepEnded(whole())
		if err := s.Print(whole()); err != nil {
			t.Fatal(err)
		}
		same(t, "stdout", s.out.String(), "the token is "+secret+"\n")
		if strings.Contains(s.err.String(), secret) {
			t.Errorf("stderr holds the secret: %s", s.err.String())
		}
	})
	t.Run("not set", func(t *testing.T) {
		t.Parallel()
		for _, asJSON := range []bool{true, false} {
			s := newStage(Options{JSON: asJSON})
			r := whole()
			r.Reveals = false
			if err := s.Print(r); err != nil {
				t.Fatal(err)
			}
			if strings.Contains(s.out.String()+s.err.String(), secret) || !strings.Contains(s.out.String(), runner.Redacted) {
				t.Errorf("JSON %t: stdout %q, stderr %q; want the secret taken out", asJSON, s.out.String(), s.err.String())
			}
		}
	})
}

// Wherever a service or a child may put text, what the redactor knows is taken out of it.
func TestRedaction(t *testing.T) {
	t.Parallel()
	leaky := steps.FailureReport("toy", "make", &steps.Error{
		Code: "X", Message: "m " + secret, Changed: "c " + secret, Hints: []string{"h " + secret}, Exit: steps.ExitUsage,
		Detail:   "d " + secret,
		Problems: []steps.Problem{{Where: "--a", What: "p " + secret}, {Where: "--b", What: "q " + secret}},
	}, []steps.Warning{{Code: "W", Message: "w " + secret}})
	for _, asJSON := range []bool{true, false} {
		s := newStage(Options{JSON: asJSON, Verbose: true})
		s.StepBegan(&steps.Step{Name: "make"})
		s.Command(runner.Command{Args: []string{"toy", "make", "--token", secret, "--key", "LTAI5tABCDEFGHIJ"}})
		s.Note("n " + secret)
		s.StepEnded(leaky)
		if err := s.Print(leaky); err != nil {
			t.Fatal(err)
		}
		all := s.out.String() + s.err.String()
		if strings.Contains(all, secret) || strings.Contains(all, "LTAI5t") {
			t.Errorf("JSON %t: a secret is printed:\n%s", asJSON, all)
		}
		for _, part := range []string{"m ", "c ", "h ", "d ", "p ", "q "} {
			if !strings.Contains(all, part+runner.Redacted) {
				t.Errorf("JSON %t: %q is gone altogether:\n%s", asJSON, part, all)
			}
		}
	}
	// The report is the caller's: printing it must not change it.
	if leaky.Error.Message != "m "+secret || leaky.Error.Hints[0] != "h "+secret || leaky.Warnings[0].Message != "w "+secret || leaky.Error.Problems[0].What != "p "+secret {
		t.Errorf("printing changed the report: %+v", leaky.Error)
	}
}

func TestErrorLayout(t *testing.T) {
	t.Parallel()
	s := newStage(Options{Single: true}) // the step has told its warnings when it ended
	if err := s.Print(failed()); err != nil {
		t.Fatal(err)
	}
	same(t, "stdout", s.out.String(), "")
	same(t, "stderr", s.err.String(), `aligate: error: toy make: X.Y: it is refused (request R1)
    what the child said
      and more
    --a: is bad
    --b: is worse
aligate: hint: perhaps: toy n1
aligate: hint: first hint
aligate: hint: second hint
`)
	for _, c := range []struct {
		name string
		err  steps.Error
		want string
	}{
		{"nothing changed", steps.Error{Code: "X", Message: "m", Exit: steps.ExitBlocked}, "aligate: error: toy make: X: m\naligate: hint: nothing changed in the cloud\n"},
		// Of a flag that is wrong nobody expects a change: saying that there was none would only be in the way.
		{"usage", steps.Error{Code: "Usage", Message: "--a: is bad", Exit: steps.ExitUsage, Problems: []steps.Problem{{Where: "--a", What: "is bad"}}}, "aligate: error: toy make: Usage: --a: is bad\n"},
		{"usage after a change", steps.Error{Code: "Usage", Message: "m", Exit: steps.ExitUsage, Changed: "changed: x"}, "aligate: error: toy make: Usage: m\naligate: hint: changed: x\n"},
		{"blank detail", steps.Error{Code: "X", Message: "m", Exit: steps.ExitUsage, Detail: " \n\n"}, "aligate: error: toy make: X: m\n"},
		{"detail with a carriage return", steps.Error{Code: "X", Message: "m", Exit: steps.ExitUsage, Detail: "a\rb\n"}, "aligate: error: toy make: X: m\n    a\\u000db\n"},
	} {
		s := newStage(Options{})
		if err := s.Print(steps.FailureReport("toy", "make", &c.err, nil)); err != nil {
			t.Fatal(err)
		}
		same(t, c.name, s.err.String(), c.want)
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	withText := done()
	withText.Text = func() string { return "a table\nof two lines\n\n" }
	bare := done()
	bare.Warnings, bare.Next = nil, nil
	for _, c := range []struct {
		name     string
		o        Options
		r        steps.Report
		out, err string
	}{
		// The warnings of a step were told when it ended.
		{"step", Options{Single: true}, done(), "listed 2 toys\n", "next: aligate toy make\n"},
		{"command", Options{}, done(), "listed 2 toys\n", "aligate: warning: toy list: one is odd\nnext: aligate toy make\n"},
		{"run", Options{}, func() steps.Report { r := done(); r.Steps = []steps.Report{done()}; return r }(), "listed 2 toys\n", "next: aligate toy make\n"},
		{"text", Options{Single: true}, withText, "a table\nof two lines\n", "next: aligate toy make\n"},
		{"quiet", Options{Quiet: true}, withText, "a table\nof two lines\n", ""},
		{"quiet failure", Options{Quiet: true}, steps.FailureReport("toy", "make", &steps.Error{Code: "X", Message: "m", Exit: steps.ExitUsage}, nil), "", "aligate: error: toy make: X: m\n"},
		{"bare", Options{}, bare, "listed 2 toys\n", ""},
	} {
		s := newStage(c.o)
		if err := s.Print(c.r); err != nil {
			t.Fatal(err)
		}
		same(t, c.name+": stdout", s.out.String(), c.out)
		same(t, c.name+": stderr", s.err.String(), c.err)
	}
}

// A result that cannot be written is not a result.
func TestPrintFails(t *testing.T) {
	t.Parallel()
	r, w := io.Pipe()
	r.CloseWithError(errors.New("gone"))
	for _, asJSON := range []bool{true, false} {
		s := newStage(Options{JSON: asJSON})
		s.Out = w
		if err := s.Print(done()); err == nil {
			t.Errorf("JSON %t: no error", asJSON)
		}
	}
	// What JSON cannot say is an error too, and leaves stdout empty.
	s := newStage(Options{JSON: true})
	bad := done()
	bad.Data = func() {}
	if err := s.Print(bad); err == nil || s.out.String() != "" {
		t.Errorf("error %v, stdout %q; want an error and nothing", err, s.out.String())
	}
}

func TestProgress(t *testing.T) {
	t.Parallel()
	skipped, bare := done(), done()
	skipped.Status, skipped.Warnings, bare.Warnings = steps.Skipped, nil, nil
	play := func(s *stage) string {
		for _, r := range []steps.Report{bare, skipped, failed()} {
			if r.Status != steps.Skipped {
				s.StepBegan(&steps.Step{Name: r.Step, Summary: "works"})
				s.now = s.now.Add(1240 * time.Millisecond)
				s.Command(runner.Command{Args: []string{"toy", r.Step, "it's"}})
			}
			s.StepEnded(r)
		}
		return s.err.String()
	}
	for _, c := range []struct {
		name string
		o    Options
		want string
	}{
		// Why a step failed is the error's to say, once.
		{"plain", Options{}, "toy list: done: listed 2 toys\ntoy list: skipped: listed 2 toys\ntoy make: failed\naligate: warning: toy make: one is odd\n"},
		{"verbose", Options{Verbose: true}, "+ aliyun toy list 'it'\\''s'\ntoy list: done: listed 2 toys\ntoy list: skipped: listed 2 toys\n+ aliyun toy make 'it'\\''s'\ntoy make: failed\naligate: warning: toy make: one is odd\n"},
		{"single", Options{Single: true}, "aligate: warning: toy make: one is odd\n"},
		{"quiet", Options{Quiet: true, Verbose: true}, ""},
		{"JSON", Options{JSON: true}, "toy list: done: listed 2 toys\ntoy list: skipped: listed 2 toys\ntoy make: failed\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(c.o)
			same(t, "stderr", play(s), c.want)
			same(t, "stdout", s.out.String(), "")
		})
	}
}

// screen is what a terminal shows after text: eraseLine empties the line the cursor is on.
func screen(t *testing.T, text string) []string {
	t.Helper()
	lines := []string{""}
	for text != "" {
		last := &lines[len(lines)-1]
		switch {
		case strings.HasPrefix(text, eraseLine):
			*last, text = "", text[len(eraseLine):]
		case text[0] == '\n':
			lines, text = append(lines, ""), text[1:]
		case text[0] == '\r' || text[0] == 0x1b:
			t.Fatalf("the terminal got a sequence that is none of ours: %q", text)
		default:
			*last, text = *last+text[:1], text[1:]
		}
	}
	return lines
}

func TestTerminal(t *testing.T) {
	t.Parallel()
	s := newStage(Options{Terminal: true, Verbose: true})
	s.StepBegan(&steps.Step{Name: "list", Summary: "lists toys"})
	running := screen(t, s.err.String())
	if len(running) != 1 || !strings.Contains(running[0], "list        lists toys 0s") {
		t.Errorf("while a step runs the screen shows %q", running)
	}
	s.Command(runner.Command{Args: []string{"toy", "list"}})
	s.Note("slow today")
	running = screen(t, s.err.String())
	if len(running) != 3 || running[0] != "+ aliyun toy list" || running[1] != "aligate: slow today" || !strings.Contains(running[2], "lists toys") {
		t.Errorf("what is told meanwhile stands above the line that moves: %q", running)
	}
	s.mu.Lock()
	s.now = s.now.Add(3700 * time.Millisecond)
	s.frame(s.spinner)
	s.mu.Unlock()
	if running = screen(t, s.err.String()); !strings.HasSuffix(running[2], "lists toys 3s") {
		t.Errorf("later the line is %q", running[2])
	}
	s.StepEnded(done())
	skipped := done()
	skipped.Status, skipped.Warnings, skipped.Step = steps.Skipped, nil, "pick"
	s.StepEnded(skipped)
	s.StepBegan(&steps.Step{Name: "make"})
	s.StepEnded(failed())
	same(t, "screen", strings.Join(screen(t, s.err.String()), "|"), "+ aliyun toy list|aligate: slow today|✓ list        listed 2 toys 3.7s|aligate: warning: toy list: one is odd|"+
		"- pick        listed 2 toys|✗ make        failed 0s|aligate: warning: toy make: one is odd|")
	s.StepBegan(&steps.Step{Name: "tell"})
	if err := s.Print(done()); err != nil {
		t.Fatal(err)
	}
	if lines := screen(t, s.err.String()); strings.Contains(strings.Join(lines, "|"), "tell") {
		t.Errorf("the line that moves is still there under the result: %q", lines)
	}
	same(t, "stdout", s.out.String(), "listed 2 toys\n")
	if s.spinner != nil {
		t.Error("something still moves")
	}
}

// The line moves by itself, and stops when the step does.
func TestSpinnerMoves(t *testing.T) {
	t.Parallel()
	r, w := io.Pipe()
	s := newStage(Options{Terminal: true})
	s.Err = w
	text := make(chan string)
	go func() {
		buf := make([]byte, 256)
		for {
			n, err := r.Read(buf)
			if err != nil {
				close(text)
				return
			}
			text <- string(buf[:n])
		}
	}()
	go s.StepBegan(&steps.Step{Name: "list"})
	first, second := <-text, <-text
	if first == second || !strings.HasPrefix(second, eraseLine) {
		t.Errorf("the line does not move: %q, then %q", first, second)
	}
	go func() {
		s.StepEnded(done())
		w.Close()
	}()
	var rest strings.Builder
	for piece := range text {
		rest.WriteString(piece)
	}
	if got := rest.String(); !strings.HasSuffix(got, "aligate: warning: toy list: one is odd\n") {
		t.Errorf("at the end: %q", got)
	}
}

// Off a terminal a step that takes long says so in a whole line.
func TestStillWaiting(t *testing.T) {
	t.Parallel()
	s := newStage(Options{})
	s.StepBegan(&steps.Step{Name: "list", Summary: "lists toys"})
	s.mu.Lock()
	s.now = s.now.Add(20500 * time.Millisecond)
	s.frame(s.spinner)
	s.mu.Unlock()
	same(t, "stderr", s.err.String(), "aligate: list: still waiting after 20s\n")
	s.StepEnded(done())
	quiet := newStage(Options{Quiet: true})
	quiet.StepBegan(&steps.Step{Name: "list"})
	if quiet.spinner != nil {
		t.Error("with --quiet something waits to speak")
	}
}

func TestColour(t *testing.T) {
	t.Parallel()
	for _, colour := range []bool{true, false} {
		s := newStage(Options{Terminal: true, Color: colour})
		s.StepEnded(done())
		if err := s.Print(failed()); err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(s.err.String(), "\x1b[32m✓\x1b["); got != colour {
			t.Errorf("colour %t: %q", colour, s.err.String())
		}
		if got := strings.Contains(s.err.String(), "\x1b[31maligate: error: \x1b["); got != colour {
			t.Errorf("colour %t: %q", colour, s.err.String())
		}
		// stdout is for programs: never coloured.
		r := done()
		r.Text = func() string { return "\x1b[31mred" }
		if err := s.Print(r); err != nil {
			t.Fatal(err)
		}
		same(t, "stdout", s.out.String(), "\\u001b[31mred\n")
	}
}

func TestClean(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                       "",
		"plain\ttext\n型 🙂 é":     "plain\ttext\n型 🙂 é",
		"a\x00b":                 `a\u0000b`,
		"over\rwritten":          `over\u000dwritten`,
		"back\bspace":            `back\u0008space`,
		"bell\a":                 `bell\u0007`,
		"del\x7f":                `del\u007f`,
		"\x1b[31mred\x1b[0m":     `\u001b[31mred\u001b[0m`,
		"\x1b]0;title\a":         `\u001b]0;title\u0007`,
		"\x1b[2K\x1b[1A":         `\u001b[2K\u001b[1A`,
		"c1 \u009b31m \u0085":    `c1 \u009b31m \u0085`,
		"bidi \u202etxt.exe":     `bidi \u202etxt.exe`,
		"isolate \u2066x\u2069":  `isolate \u2066x\u2069`,
		"marks \u200e\u200f":     `marks \u200e\u200f`,
		"arabic letter \u061c":   `arabic letter \u061c`,
		"joined \u200d is shown": "joined \u200d is shown",
	} {
		got := Clean(in)
		if got != want {
			t.Errorf("Clean(%q) = %q, want %q", in, got, want)
		}
		if again := Clean(got); again != got {
			t.Errorf("Clean twice of %q: %q, then %q", in, got, again)
		}
	}
	// With colour, ours pass and nothing else.
	for in, want := range map[string]string{
		"\x1b[31mred\x1b[0m": "\x1b[31mred\x1b[0m",
		"\x1b[1;31mx":        "\x1b[1;31mx",
		"\x1b[2K":            `\u001b[2K`,
		"\x1b[1A":            `\u001b[1A`,
		"\x1b]0;t\a":         `\u001b]0;t\u0007`,
		"\x1b":               `\u001b`,
		"\x1b[":              `\u001b[`,
		"\x1b[31":            `\u001b[31`,
		"\x1bm":              `\u001bm`,
		"\x1b[?25l":          `\u001b[?25l`,
		"\r\x1b[31m":         `\u000d` + "\x1b[31m",
	} {
		if got := clean(in, true); got != want {
			t.Errorf("clean(%q, colour) = %q, want %q", in, got, want)
		}
	}
}

func FuzzClean(f *testing.F) {
	f.Add("a\x1b[31mb\u202e\x00\xff")
	f.Fuzz(func(t *testing.T, s string) {
		for _, r := range Clean(s) {
			if hidden(r) {
				t.Fatalf("Clean(%q) holds %q", s, r)
			}
		}
	})
}

func TestAsk(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, in string
		want     int
		prompts  int
		fails    bool
	}{
		{"first", "1\n", 0, 1, false},
		{"last", "3\n", 2, 1, false},
		{"with spaces", "  2 \r\n", 1, 1, false},
		{"without a newline", "2", 1, 1, false},
		{"after nonsense", "x\n\n0\n4\n-1\n2.0\n2\n", 1, 7, false},
		{"nobody answers", "", 0, 1, true},
		{"never a number", "a\nb\n", 0, 3, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(Options{Terminal: true})
			s.StepBegan(&steps.Step{Name: "pick"})
			ctx, end := context.WithCancel(t.Context())
			defer end()
			got, err := s.Asker(strings.NewReader(c.in)).Choose(ctx, "which one?", []string{"a " + secret, "b\x1b[2K", "c"})
			if (err != nil) != c.fails || got != c.want {
				t.Errorf("got %d, error %v; want %d, an error: %t", got, err, c.want, c.fails)
			}
			if c.fails && !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("error %v, want %v", err, io.ErrUnexpectedEOF)
			}
			lines := screen(t, s.err.String())
			same(t, "question", strings.Join(lines[:4], "|"), `which one?|  1) a REDACTED|  2) b\u001b[2K|  3) c`)
			if n := strings.Count(s.err.String(), "number [1-3]: "); n != c.prompts {
				t.Errorf("asked for a number %d times, want %d", n, c.prompts)
			}
			same(t, "stdout", s.out.String(), "")
			// While somebody thinks, nothing moves.
			if s.spinner != nil {
				t.Error("the spinner goes on under the question")
			}
		})
	}
}

func TestAskInterrupted(t *testing.T) {
	t.Parallel()
	s := newStage(Options{Terminal: true})
	in, keep := io.Pipe() // nobody types
	defer keep.Close()
	ctx, end := context.WithCancelCause(t.Context())
	end(steps.Signal{Number: syscall.SIGINT})
	_, err := s.Asker(in).Choose(ctx, "which one?", []string{"a", "b"})
	var sig steps.Signal
	if !errors.As(err, &sig) {
		t.Errorf("error %v, want the signal", err)
	}
}

// TestScrubByName: what its name makes a secret is one in JSON too, wherever a report has it.
func TestScrubByName(t *testing.T) {
	t.Parallel()
	const hush = "hush-hush"
	secret := map[string]any{"Password": hush, "env": []any{map[string]any{"name": "HF_TOKEN", "value": hush}}, "taught-value": "taught-value", "Port": 8000}
	s := newStage(Options{JSON: true})
	s.Redactor.Add("taught-value")
	fault := &steps.Error{Code: "X", Message: "m", Exit: steps.ExitChoice, Choices: secret, Problems: []steps.Problem{{Where: "taught-value", What: "x"}},
		Next: &steps.Next{Step: "a", Command: "aligate --x taught-value"}}
	report := steps.FailureReport("toy", "make", fault, nil)
	report.Data = secret
	if err := s.Print(report); err != nil {
		t.Fatal(err)
	}
	if out := s.out.String(); strings.Contains(out, hush) || strings.Contains(out, "taught-value") || !strings.Contains(out, `"Port":8000`) || !strings.Contains(out, `"HF_TOKEN"`) {
		t.Errorf("got %s", out)
	}
}

// TestAskTwice: what was typed ahead of the second question is its answer.
func TestAskTwice(t *testing.T) {
	t.Parallel()
	s := newStage(Options{Terminal: true})
	asker := s.Asker(strings.NewReader("2\n  CNY 0.49 \n1\n"))
	if n, err := asker.Choose(t.Context(), "which one?", []string{"a", "b"}); n != 1 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
	if line, err := asker.Line(t.Context(), "price "+secret+": "); line != "CNY 0.49" || err != nil {
		t.Errorf("got %q, %v", line, err)
	}
	if n, err := asker.Choose(t.Context(), "and?", []string{"a", "b"}); n != 0 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
	if _, err := asker.Line(t.Context(), "more? "); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("error %v at the end of the input", err)
	}
	if strings.Contains(s.err.String(), secret) {
		t.Error("the prompt shows a secret")
	}
}

// TestKeys: a document has further keys behind the common ones, redacted like them, and none twice.
func TestKeys(t *testing.T) {
	t.Parallel()
	s := newStage(Options{JSON: true})
	s.Redactor.Add("taught-value")
	r := steps.FailureReport("toy", "make", &steps.Error{Code: "X", Message: "m", Exit: steps.ExitFailed, Details: map[string]string{"a": "taught-value"}}, nil)
	r.Keys = map[string]any{"success": false, "operation": "x taught-value", "workflow": "another", "step": 1}
	if err := s.Print(r); err != nil {
		t.Fatal(err)
	}
	out := s.out.String()
	if strings.Contains(out, "taught-value") || !strings.HasSuffix(out, `,"operation":"x REDACTED","success":false}`+"\n") || strings.Count(out, `"workflow"`) != 1 {
		t.Errorf("got %s", out)
	}
}

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/shlex"
	"github.com/itchyny/gojq"
	"github.com/rogpeppe/go-internal/testscript"

	"aligate/fixtures"
)

// The scripts in testscripts/ are the product's contract: real processes, aligate and a fake aliyun, both of them
// this test binary under another name. The fake answers from a recording, strictly: the argv of every call is
// compared word by word and in order, and at the end of a script every recorded call must have been made.
//
// Beside what testscript has, a script has these commands:
//
//	recording FILE
//	    Make FILE the recording the fake answers from. The one before must have been used up. Each line is one of
//	        happy N[-M] [with]...    calls N to M of the embedded recording eas-deploy
//	        $ WORDS                  a call with these words, split as a shell would; UA stands for the user agent
//	          [with]...              indented: what the call above answers
//	    where [with] is exit=N, stdout=FILE, stderr=FILE (in the script, else among the samples), out=TEXT, act=ACT
//	    (see fixtures.Fake), add=WORDS or sub=OLD=NEW (for words of the argv and for what is printed)
//	[!] called N WORDS
//	    The fake was called N times in all with an argv that begins with WORDS.
//	json FILE EXPR WANT
//	    The jq expression EXPR of the JSON in FILE (or stdout, stderr) gives WANT: as text if it is a string,
//	    else as compact JSON. FILE must hold exactly one JSON value.
//
// HOME, the state, the gate files and service.json are below $WORK; nothing is written elsewhere.

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"aligate": main,
		"aliyun":  func() { os.Exit(fixtures.Fake(os.Args[1:], os.Stdout, os.Stderr)) },
	})
}

func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testscripts",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               setupScript,
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"recording": cmdRecording,
			"called":    cmdCalled,
			"json":      cmdJSON,
		},
	})
}

func setupScript(env *testscript.Env) error {
	fake := filepath.Join(env.WorkDir, ".fake")
	for name, value := range map[string]string{
		"HOME": filepath.Join(env.WorkDir, "home"), "XDG_CACHE_HOME": "", fixtures.FakeEnv: fake,
		"ALIGATE_GATE_DIR": filepath.Join(env.WorkDir, "gates"),
	} {
		env.Setenv(name, value)
	}
	env.Defer(func() {
		if _, err := os.Stat(fake); err == nil {
			if err := fixtures.FakeVerify(fake); err != nil {
				env.T().Fatal(err)
			}
		}
	})
	return os.MkdirAll(filepath.Join(env.WorkDir, "home"), 0o755)
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
		return os.ReadFile(filepath.Join(samples, name))
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

package runner

import (
	"bytes"
	"context"
	"errors"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// Messages that name a time-out or TLS and do not prove that nothing was sent: a create may not be repeated.
func TestNotProvenUnsent(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Class{
		`ERROR: Post "https://h/": read tcp 10.0.0.2:5->203.0.113.9:443: i/o timeout`:      Timeout,
		`ERROR: Post "https://h/": remote error: tls: bad record MAC`:                      Unclassified,
		`ERROR: Post "https://h/": dial tcp 203.0.113.9:443: i/o timeout`:                  NotSent,
		`ERROR: Post "https://h/": tls: failed to verify certificate: x509: unknown CA`:    NotSent,
		`ERROR: Post "https://h/": read tcp 10.0.0.2:5->1.2.3.4:443: connection reset`:     Broken,
		`ERROR: Post "https://h/": dial tcp: lookup h on 10.0.0.53:53: server misbehaving`: NotSent,
	} {
		err := NewExitError(Command{Args: []string{"eas", "create-service"}}, Result{ExitCode: 1, Stderr: []byte(text)})
		if got := ClassOf(err); got != want {
			t.Errorf("%s: class %q, want %q", text, got, want)
		}
		if Doubtful(err) != (want != NotSent) {
			t.Errorf("%s: doubtful is %t", text, Doubtful(err))
		}
	}
}

// An empty object after a large one is not made as large.
func TestParseEmptyObjects(t *testing.T) {
	var b bytes.Buffer
	b.WriteString("[{")
	for i := range 5000 {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`"` + strings.Repeat("k", i%7) + string(rune('a'+i%26)) + strings.Repeat("x", i%11) + `":1`)
	}
	b.WriteString("}" + strings.Repeat(",{}", 2000) + "]")
	grown := testing.AllocsPerRun(1, func() {
		if _, _, err := parseJSON(b.Bytes()); err != nil {
			t.Fatal(err)
		}
	})
	if grown > 10000 {
		t.Errorf("%.0f allocations", grown)
	}
}

// The depth that encoding/json takes, and one more.
func TestParseDepth(t *testing.T) {
	t.Parallel()
	for depth, fine := range map[int]bool{maxDepth: true, maxDepth + 1: false} {
		data := []byte(strings.Repeat("[", depth) + strings.Repeat("]", depth))
		_, _, err := parseJSON(data)
		if _, ok := standard(data); (err == nil) != fine || ok != fine {
			t.Errorf("depth %d: error %v, encoding/json accepts it: %t, want %t", depth, err, ok, fine)
		}
	}
}

// cancelled ends its context when somebody asks it for the abort context: just before the child starts.
type cancelled struct {
	context.Context
	cancel context.CancelCauseFunc
}

func (c cancelled) Value(key any) any {
	if _, ok := key.(abortKey); ok {
		c.cancel(errors.New("enough"))
	}
	return c.Context.Value(key)
}

// A Ctrl-C that comes just before the start is one, and not a program that is missing.
func TestInterruptedBeforeStart(t *testing.T) {
	t.Parallel()
	for range 50 {
		inner, cancel := context.WithCancelCause(context.Background())
		x := &Exec{Path: "true", Scale: 1}
		_, err := x.Run(cancelled{inner, cancel}, Command{Effect: ReadOnly})
		if err == nil {
			continue // it had started, and ended well
		}
		if class := ClassOf(err); class != Stopped && class != Killed {
			t.Fatalf("class %q of %v", class, err)
		}
	}
}

// What cannot be started for a reason of its own does not look like a missing aliyun, and nothing was done.
func TestUnstarted(t *testing.T) {
	t.Parallel()
	_, err := (&Exec{Path: "true", Scale: 1}).Run(context.Background(), Command{Args: []string{"a\x00b"}})
	if ClassOf(err) != Unstarted || Doubtful(err) {
		t.Errorf("NUL in an argument: class %q, doubtful %t: %v", ClassOf(err), Doubtful(err), err)
	}
	for err, want := range map[error]Class{
		&StartError{Err: exec.ErrNotFound}: Missing,
		&StartError{Err: syscall.EAGAIN}:   Unstarted,
		&LockError{Err: syscall.EROFS}:     Unstarted,
	} {
		if got := ClassOf(err); got != want || Doubtful(err) {
			t.Errorf("%v: class %q, want %q; doubtful %t", err, got, want, Doubtful(err))
		}
	}
}

// Secrets in the forms that an earlier version let through, and settings that it took for secrets.
func TestRedactForms(t *testing.T) {
	t.Parallel()
	r := &Redactor{}
	r.Add("abcdef")
	r.Add("abcdefghij")
	for text, want := range map[string]string{
		`x abcdefghij y`:                                             `x REDACTED y`,
		`export HF_TOKEN="hf_1" A`:                                   `export HF_TOKEN=REDACTED A`,
		`export HF_TOKEN='hf 1' A`:                                   `export HF_TOKEN=REDACTED A`,
		`{"script":"HF_TOKEN=\\"hf_1\\" vllm"}`:                      `{"script":"HF_TOKEN=REDACTED vllm"}`,
		`{"Password":"my pass,w}rd&\\"x"}`:                           `{"Password":"REDACTED"}`,
		`{\\"name\\":\\"HF_TOKEN\\",\\"value\\":\\"hf_1\\"}`:         `{\\"name\\":\\"HF_TOKEN\\",\\"value\\":\\"REDACTED\\"}`,
		`{"access_key_secret":"zyx","sts_token":"CAIS1"}`:            `{"access_key_secret":"REDACTED","sts_token":"REDACTED"}`,
		`{"name":"MY_API_KEY","x":1,"value":"zyx"}`:                  `{"name":"MY_API_KEY","x":1,"value":"REDACTED"}`,
		"x-acs-security-token: CAIS1\nHost: h":                       "x-acs-security-token: REDACTED\nHost: h",
		`--max-tokens=4096 --tokenizer=x --max-num-batched-tokens=1`: `--max-tokens=4096 --tokenizer=x --max-num-batched-tokens=1`,
		`{"name":"MAX_TOKENS","value":"4096"}`:                       `{"name":"MAX_TOKENS","value":"4096"}`,
	} {
		text, want := strings.ReplaceAll(text, `\\`, `\`), strings.ReplaceAll(want, `\\`, `\`)
		if got := r.Text(text); got != want {
			t.Errorf("%s\n got %s\nwant %s", text, got, want)
		}
	}
}

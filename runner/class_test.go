package runner

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"testing"
)

// failures holds an error of each class, and whether a Mutates command may have taken effect after it.
var failures = map[Class]struct {
	err      error
	doubtful bool
}{
	Missing:     {&StartError{Path: "aliyun", Err: syscall.ENOENT}, false},
	TooLong:     {&StartError{Path: "aliyun", Err: syscall.E2BIG}, false},
	Config:      {&OutputError{Result: Result{Stderr: []byte("ERROR: load current configuration failed x")}}, false},
	Unsaved:     {saying("ERROR: fail to set configuration: access_key_id is not configured"), false},
	PluginGone:  {saying("ERROR: 'eas' is not a valid product. See `aliyun help`."), false},
	BadForce:    {saying("ERROR: parse failed invalid flag --force; available flags: --name"), false},
	Usage:       {saying("ERROR: 'x' is not a valid api. See `aliyun help eas`."), false},
	Endpoint:    {saying("ERROR: unknown endpoint for eas/cn-x!"), false},
	Throttled:   {answering("Throttling.User", 0, "slow down"), false},
	Denied:      {answering("Forbidden.RAM", 0, "no"), false},
	Credentials: {answering("SignatureDoesNotMatch", 0, "no"), false},
	Exists:      {answering("ConflictException", 0, "no"), false},
	NotFound:    {answering("ServiceNotFound", 0, "no"), false},
	Server:      {answering("InternalError", 0, "no"), true},
	Timeout:     {&DeadlineError{}, true},
	NotSent:     {saying(`ERROR: Post "https://h/": dial tcp 127.0.0.1:1: connect: connection refused`), false},
	Broken:      {saying(`ERROR: Post "https://h/": EOF`), true},
	BadOutput:   {&OutputError{Reason: "empty stdout"}, true},
	Killed:      {&ExitError{Result: Result{ExitCode: -1, Signal: "killed"}}, true},
	Stopped:     {&InterruptedError{Started: true, Cause: context.Canceled}, true},
	Unrecorded:  {fmt.Errorf("call 3: %w", ErrUnrecorded), false},
}

// saying is the error of a child that prints stderr and exits 1.
func saying(stderr string) error {
	return NewExitError(Command{}, Result{ExitCode: 1, Stderr: []byte(stderr)})
}

// answering is the error of a child to which the service answered so.
func answering(code string, status int, message string) error {
	return &ExitError{Result: Result{ExitCode: 1}, API: &APIError{Code: code, Status: status, Message: message}}
}

func TestClassOf(t *testing.T) {
	t.Parallel()
	for class, f := range failures {
		t.Run(string(class), func(t *testing.T) {
			t.Parallel()
			for _, err := range []error{f.err, fmt.Errorf("step x: %w", f.err), errors.Join(errors.New("other"), f.err)} {
				if got := ClassOf(err); got != class {
					t.Errorf("%v: class: got %q, want %q", err, got, class)
				}
				if got := Doubtful(err); got != f.doubtful {
					t.Errorf("%v: doubtful: got %t, want %t", err, got, f.doubtful)
				}
			}
		})
	}
	if got := ClassOf(nil); got != Unclassified {
		t.Errorf("no error: got %q", got)
	}
	if got := ClassOf(errors.New("connection refused")); got != Unclassified {
		t.Errorf("an error of nobody's: got %q; only what a child said is read", got)
	}
	if got := ClassOf(context.Canceled); got != Stopped {
		t.Errorf("a cancelled context: got %q, want %q", got, Stopped)
	}
}

func TestClassOfAPI(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		code    string
		status  int
		message string
		want    Class
	}{
		{"Throttling", 0, "x", Throttled},
		{"Throttling.Api", 0, "x", Throttled},
		{"Throttling.User", 400, "x", Throttled},
		{"Other", 429, "x", Throttled},
		{"Forbidden", 0, "x", Denied},
		{"Forbidden.RAM", 0, "x", Denied},
		{"NoPermission", 0, "x", Denied},
		{"Unauthorized", 0, "x", Denied},
		{"UnauthorizedOperation", 0, "x", Denied},
		{"AccessDenied", 0, "x", Denied},
		{"Other", 403, "x", Denied},
		{"InvalidAccessKeyId.NotFound", 404, "x", Credentials}, // not: the key of some thing is not found
		{"InvalidAccessKeyId.Inactive", 0, "x", Credentials},
		{"SignatureDoesNotMatch", 0, "x", Credentials},
		{"IncompleteSignature", 0, "x", Credentials},
		{"InvalidSecurityToken.Expired", 0, "x", Credentials},
		{"InvalidSecurityToken.Malformed", 0, "x", Credentials},
		{"MissingSecurityToken", 0, "x", Credentials},
		{"Other", 401, "x", Credentials},
		{"ConflictException", 0, "x", Exists},
		{"Service.Conflict", 0, "x", Exists},
		{"AlreadyExist", 0, "x", Exists},
		{"ServiceAlreadyExists", 0, "x", Exists},
		{"Other", 409, "x", Exists},
		{"BadRequest", 0, "service a already exists", Exists},
		{"BadRequest", 400, "Service a ALREADY EXISTED", Exists},
		{"ServiceNotFound", 0, "x", NotFound},
		{"NotFound", 0, "x", NotFound},
		{"InvalidVpcId.NotFound", 0, "x", NotFound},
		{"WorkspaceNotExist", 0, "x", NotFound},
		{"WorkspaceNotExists", 0, "x", NotFound},
		{"Other", 404, "x", NotFound},
		{"InternalError", 0, "x", Server},
		{"InternalServerError", 0, "x", Server},
		{"ServiceUnavailable", 0, "x", Server},
		{"ServiceUnavailable.Temp", 0, "x", Server},
		{"ServiceTimeout", 0, "x", Server},
		{"Other", 500, "x", Server},
		{"Other", 504, "already exists", Server},
		{"", 0, "<html>502 Bad Gateway</html>", Server},
		{"", 0, "already exists", Server}, // a page in the place of an answer, whatever it says
		{"", 404, "x", NotFound},
		{"BadRequest", 0, "x", Unclassified},
		{"BadRequest", 400, "connection refused", Unclassified}, // the CLI's own words only
		{"InvalidParameter", 400, "ErrorCode: Throttling", Unclassified},
		{"NotThrottling", 0, "x", Unclassified},
		{"XForbidden", 0, "x", Unclassified},
		{"throttling", 0, "x", Unclassified},
	} {
		err := answering(tt.code, tt.status, tt.message)
		if got := ClassOf(err); got != tt.want {
			t.Errorf("%q %d %q: got %q, want %q", tt.code, tt.status, tt.message, got, tt.want)
		}
		if got, want := Doubtful(err), tt.want == Server; got != want {
			t.Errorf("%q %d %q: doubtful: got %t, want %t", tt.code, tt.status, tt.message, got, want)
		}
	}
}

// The messages are those of the CLI (eas-facts D); the samples have the others.
func TestClassOfText(t *testing.T) {
	t.Parallel()
	const post = `ERROR: Post "https://pai-eas.cn-hangzhou.aliyuncs.com/api/v2/services": `
	for _, tt := range []struct {
		said string
		want Class
	}{
		{"ERROR: load current configuration failed unexpected end of JSON input", Config},
		{"ERROR: profile default is not configure yet, run `aliyun configure --profile default` first", Config},
		{"ERROR: region can't be empty", Config},
		{"ERROR: access_key_id is not configured for profile default", Config},
		{"ERROR: fail to set configuration: access_key_id is not configured", Unsaved},
		{"ERROR: parse failed invalid flag --force; available flags: --name", BadForce},
		{"ERROR: 'eas' is not a valid product. See `aliyun help`.", PluginGone},
		{"Plugin 'aliyun-cli-eas' is required for command 'eas x' but not installed.\n[Y/n]: ERROR: failed to read user input: EOF", PluginGone},
		{"ERROR: plugin binary not found at /p", PluginGone},
		{"ERROR: failed to read local plugin manifest: unexpected EOF", PluginGone},
		{"ERROR: 'x' is not a valid command", Usage},
		{"ERROR: invalid flag --X", Usage},
		{"ERROR: unknown flag: --X", Usage},
		{"ERROR: parse failed --X must be assigned with value", Usage},
		{"ERROR: unknown endpoint for eas/cn-x!", Endpoint},
		{post + "context deadline exceeded (Client.Timeout exceeded while awaiting headers)", Timeout},
		{"ERROR: [SDK.TimeoutError] The request timed out 2 times(2 for retry)\ncaused by:\n" + post + "dial tcp 127.0.0.1:1: connect: connection refused", Timeout},
		{post + "dial tcp 203.0.113.9:443: i/o timeout", NotSent},
		{post + "proxyconnect tcp: EOF", NotSent},
		{post + "proxyconnect tcp: dial tcp 10.0.0.1:3128: connect: connection refused", NotSent},
		{post + "http: server gave HTTP response to HTTPS client: first record does not look like a TLS handshake", NotSent},
		{post + "tls: failed to verify certificate: x509: certificate signed by unknown authority", NotSent},
		{post + "EOF", Broken},
		{post + "unexpected EOF", Broken},
		{post + "read tcp 10.0.0.2:5->203.0.113.9:443: read: connection reset by peer", Broken},
		{post + "write tcp 10.0.0.2:5->203.0.113.9:443: write: broken pipe", Broken},
		{"ERROR: something new", Unclassified},
		{"", Unclassified},
	} {
		err := saying(tt.said)
		if got := ClassOf(err); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.said, got, tt.want)
		}
		// What we do not understand may have happened.
		want := tt.want == Timeout || tt.want == Broken || tt.want == Unclassified
		if got := Doubtful(err); got != want {
			t.Errorf("%q: doubtful: got %t, want %t", tt.said, got, want)
		}
	}
}

func TestClassOfExit(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		res  Result
		want Class
	}{
		{"signal", Result{ExitCode: -1, Signal: "killed"}, Killed},
		{"signal, whatever it said", Result{ExitCode: -1, Signal: "interrupt", Stderr: []byte("connection refused")}, Killed},
		{"plugin killed", Result{ExitCode: 255}, Killed},
		{"plugin killed, blank", Result{ExitCode: 137, Stderr: []byte(" \n")}, Killed},
		{"255 with a word", Result{ExitCode: 255, Stderr: []byte("panic")}, Unclassified},
		{"255 with a known word", Result{ExitCode: 255, Stderr: []byte("connection reset")}, Broken},
		{"4 without a word", Result{ExitCode: 4}, Unclassified},
		{"words on stdout", Result{ExitCode: 1, Stdout: []byte("connection refused")}, Unclassified},
		{"coloured apart", Result{ExitCode: 1, Stderr: []byte("connection\x1b[31m refused")}, NotSent},
		{"answer, although killed", Result{ExitCode: -1, Signal: "killed", Stdout: []byte(`{"Code":"Throttling","Message":"no"}`)}, Throttled},
	} {
		if got := ClassOf(NewExitError(Command{}, tt.res)); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestDoubtful(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		err  error
		want bool
	}{
		{"stopped before it started", &InterruptedError{Cause: context.Canceled}, false},
		{"stopped while it ran", &InterruptedError{Started: true, Cause: context.Canceled}, true},
		{"refused by a code we do not know", answering("BadRequest", 400, "x"), false},
		{"failed for reasons we do not know", saying("ERROR: x"), true},
		{"an error of nobody's", errors.New("x"), true},
	} {
		if got := Doubtful(tt.err); got != tt.want {
			t.Errorf("%s: got %t, want %t", tt.name, got, tt.want)
		}
		if got := Doubtful(fmt.Errorf("wrapped: %w", tt.err)); got != tt.want {
			t.Errorf("%s, wrapped: got %t, want %t", tt.name, got, tt.want)
		}
	}
}

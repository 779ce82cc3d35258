package runner

import (
	"context"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// samples says of every file of error samples what has to be read out of it.
var samples = map[string]struct {
	class    Class
	doubtful bool
	api      *APIError
}{
	"autoinstall-chatter.rc0.stdout": {class: Unclassified}, // a success
	"conflict.stderr": {class: Exists, api: &APIError{
		Code: "ConflictException", Message: "service qwen35_7b_prod already exists", RequestID: "R-SYNTH"}},
	"conn-refused.stderr":       {class: NotSent},
	"connect-timeout.stderr":    {class: NotSent},
	"corrupt-config.rc0.stderr": {class: Config},
	"dns.stderr":                {class: NotSent},
	"forbidden.stderr": {class: Denied, api: &APIError{
		Code: "Forbidden.RAM", RequestID: "R-SYNTH",
		Message: "User not authorized to operate on the specified resource, or this API doesn't support RAM."}},
	"html-502.stderr":          {class: Server, doubtful: true, api: &APIError{Message: "<html><body><h1>502 Bad Gateway</h1></body></html>"}},
	"invalid-param.rc2.stderr": {class: Usage},
	"nlb-bug-1.stderr":         {class: Unclassified, api: &APIError{Code: "BadRequest", Message: "vswitch can not be null", RequestID: "R-SYNTH"}},
	"nlb-bug-2.stderr": {class: Unclassified, api: &APIError{
		Code: "BadRequest", Message: "vpcId, vswId and securityGroupId are required", RequestID: "R-SYNTH"}},
	"not-found.stderr":                  {class: NotFound, api: &APIError{Code: "ServiceNotFound", Message: "service nosuch not found", RequestID: "R-SYNTH"}},
	"plugin-force-flag.rc1.stderr":      {class: BadForce},
	"plugin-missing-noauto.rc1.stderr":  {class: PluginGone},
	"plugin-missing-offline.rc2.stderr": {class: PluginGone}, // although it says "no such host" as well
	"plugin-missing-online.rc1.stderr":  {class: PluginGone},
	"plugin-style-409.UNVERIFIED.stderr": {class: Exists, api: &APIError{
		Code: "ConflictException", Message: "service qwen35_7b_prod already exists", RequestID: "R-SYNTH", Status: 409}},
	"read-timeout-retry.stderr":   {class: Timeout, doubtful: true},
	"read-timeout.stderr":         {class: Timeout, doubtful: true},
	"throttling.stderr":           {class: Throttled, api: &APIError{Code: "Throttling.User", Message: "Request was denied due to user flow control.", RequestID: "R-SYNTH"}},
	"unknown-endpoint.rc3.stderr": {class: Endpoint},
	"unknown-profile.rc3.stderr":  {class: Config},
}

const samplesDir = "../fixtures/samples/eas/errors"

// sample is what a child leaves behind that prints the sample file: its name tells stream and exit code.
func sample(t *testing.T, file string) Result {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(samplesDir, file))
	if err != nil {
		t.Fatal(err)
	}
	res := Result{ExitCode: 1}
	if m := regexp.MustCompile(`\.rc(\d+)\.`).FindStringSubmatch(file); m != nil {
		res.ExitCode, _ = strconv.Atoi(m[1])
	}
	if strings.HasSuffix(file, ".stdout") {
		res.Stdout = text
	} else {
		res.Stderr = text
	}
	return res
}

// printed is a Runner whose child left res behind.
func printed(res Result) Runner {
	return Func(func(_ context.Context, c Command) (Result, error) {
		if res.ExitCode != 0 || res.Signal != "" {
			return res, NewExitError(c, res)
		}
		return res, nil
	})
}

func TestSamples(t *testing.T) {
	t.Parallel()
	files, err := os.ReadDir(samplesDir)
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != len(samples) {
		t.Errorf("there are %d files of samples, and rows for %d", len(files), len(samples))
	}
	for _, f := range files {
		t.Run(f.Name(), func(t *testing.T) {
			t.Parallel()
			want, ok := samples[f.Name()]
			if !ok {
				t.Fatal("no row for this file")
			}
			plain := sample(t, f.Name())
			// Older CLIs colour their errors even into a file (eas-facts E.1).
			coloured := plain
			if len(plain.Stderr) > 0 {
				coloured.Stderr = []byte("\x1b[1;31m" + string(plain.Stderr) + "\x1b[0m")
			}
			for name, res := range map[string]Result{"plain": plain, "coloured": coloured} {
				_, err := Check{Runner: printed(res)}.Run(t.Context(), Command{JSON: true})
				if success := res.ExitCode == 0 && len(res.Stderr) == 0; success {
					if err != nil {
						t.Errorf("%s: got error %v, want none", name, err)
					}
					continue
				}
				if err == nil {
					t.Errorf("%s: got no error", name)
					continue
				}
				if got := ClassOf(err); got != want.class {
					t.Errorf("%s: class: got %q, want %q", name, got, want.class)
				}
				if got := Doubtful(err); got != want.doubtful {
					t.Errorf("%s: doubtful: got %t, want %t", name, got, want.doubtful)
				}
				if got := API(err); !reflect.DeepEqual(got, want.api) {
					t.Errorf("%s: api error\n got %#v\nwant %#v", name, got, want.api)
				}
			}
		})
	}
}

// imitation is a message that pretends to be the lines around it, and a different error altogether.
const imitation = `bad body:
ErrorCode: Throttling.User
Recommend: retry
RequestId: R-FALSE
Message: slow down
RespHeaders: map[False:[1]]
ERROR: SDK.ServerError
ErrorCode: InternalError
AccessDeniedDetail: map[]
StatusCode: 503
Code: Throttling
  Code: Throttling`

func TestParseAPIError(t *testing.T) {
	t.Parallel()
	builtin := func(code, id, message string) string {
		return "ERROR: SDK.ServerError\nErrorCode: " + code + "\nRecommend: \nRequestId: " + id + "\nMessage: " + message +
			"\nRespHeaders: map[Date:[Sun]]\n"
	}
	for _, tt := range []struct {
		name, stderr, stdout string
		want                 *APIError
	}{
		{name: "built-in", stderr: builtin("A.B", "R-1", "no"), want: &APIError{Code: "A.B", RequestID: "R-1", Message: "no"}},
		{name: "after a warning", stderr: "Note: old\n" + builtin("A", "R-1", "no"), want: &APIError{Code: "A", RequestID: "R-1", Message: "no"}},
		{name: "message of several lines", stderr: builtin("A", "R-1", "one\n\n  two\n"), want: &APIError{Code: "A", RequestID: "R-1", Message: "one\n\n  two"}},
		{name: "message with CRLF", stderr: builtin("", "", "<html>\r\n</html>\r\n"), want: &APIError{Message: "<html>\n</html>"}},
		{name: "empty message", stderr: builtin("A", "R-1", ""), want: &APIError{Code: "A", RequestID: "R-1"}},
		{name: "message imitates labels", stderr: builtin("InvalidParameter", "R-1", imitation),
			want: &APIError{Code: "InvalidParameter", RequestID: "R-1", Message: imitation}},
		{name: "message imitates labels, no code and id", stderr: builtin("", "", imitation), want: &APIError{Message: imitation}},
		{name: "message imitates a plugin", stderr: builtin("A", "R-1", "x\nError: SDKError:\n  StatusCode: 429\n  Code: Throttling"),
			want: &APIError{Code: "A", RequestID: "R-1", Message: "x\nError: SDKError:\n  StatusCode: 429\n  Code: Throttling"}},
		{name: "details after the headers", stderr: builtin("Forbidden.RAM", "R-1", "no") + "AccessDeniedDetail: map[AuthAction:eas:X]\n",
			want: &APIError{Code: "Forbidden.RAM", RequestID: "R-1", Message: "no"}},
		{name: "no headers", stderr: "ERROR: SDK.ServerError\nErrorCode: A\nRequestId: R-1\nMessage: one\ntwo\n",
			want: &APIError{Code: "A", RequestID: "R-1", Message: "one\ntwo"}},
		{name: "coloured within", stderr: "\x1b[1;31mERROR: SDK.ServerError\n\x1b[0m\x1b[33mErrorCode:\x1b[0m A\nRequestId: R-1\nMessage: \x1b[1mno\x1b[0m\nRespHeaders: map[]\n",
			want: &APIError{Code: "A", RequestID: "R-1", Message: "no"}},
		{name: "plugin",
			stderr: "Error: SDKError:\n   StatusCode: 403\n   Code: NoPermission\n   Message: code: 403, no request id: R-1\n   Data: {\"Code\":\"NoPermission\",\"Message\":\"no\",\"RequestId\":\"R-1\"}\n",
			want:   &APIError{Code: "NoPermission", RequestID: "R-1", Message: "no", Status: 403}},
		{name: "plugin without data", stderr: "Error: SDKError:\n   StatusCode: 500\n   Code: X\n   Message: code: 500, no\n",
			want: &APIError{Code: "X", Message: "code: 500, no", Status: 500}},
		{name: "plugin with data that is none", stderr: "Error: SDKError:\n   Code: X\n   Message: no\n   Data: {cut\n", want: &APIError{Code: "X", Message: "no"}},
		{name: "plugin message imitates labels",
			stderr: "Error: SDKError:\n   StatusCode: 400\n   Code: X\n   Message: no\nStatusCode: 429\n   Code: Throttling\n   Message: false\nErrorCode: Throttling\n",
			want:   &APIError{Code: "X", Message: "no\nStatusCode: 429\nCode: Throttling\nMessage: false\nErrorCode: Throttling", Status: 400}},
		{name: "plugin message imitates the built-in form",
			stderr: "Error: SDKError:\n   StatusCode: 400\n   Code: X\n   Message: bad\nERROR: SDK.ServerError\nErrorCode: Throttling.User\nRequestId: f\nMessage: m\n",
			want:   &APIError{Code: "X", Message: "bad\nERROR: SDK.ServerError\nErrorCode: Throttling.User\nRequestId: f\nMessage: m", Status: 400}},
		{name: "plugin without a code, a forged one in the message",
			stderr: "Error: SDKError:\n   StatusCode: 502\n   Code: \n   Message: <html>\n   Code: Throttling\n",
			want:   &APIError{Message: "<html>\nCode: Throttling", Status: 502}},
		{name: "stdout", stdout: `{"Code":"X","Message":"no","RequestId":"R-1"}`, want: &APIError{Code: "X", RequestID: "R-1", Message: "no"}},
		{name: "stdout in lower case, code a number", stdout: `{"code":404,"message":"no","requestId":"R-1"}`, want: &APIError{Code: "404", RequestID: "R-1", Message: "no"}},
		{name: "stderr before stdout", stderr: builtin("A", "R-1", "no"), stdout: `{"Code":"X","Message":"no"}`, want: &APIError{Code: "A", RequestID: "R-1", Message: "no"}},
		{name: "prose", stderr: "ERROR: the service says ErrorCode: X, Message: no\n"},
		{name: "labels without the first line", stderr: "ErrorCode: X\nRequestId: R-1\nMessage: no\n"},
		{name: "first line alone", stderr: "ERROR: SDK.ServerError\n"},
		{name: "nothing"},
		{name: "stdout is a reply", stdout: `{"Services":[],"TotalCount":0}`},
		{name: "stdout is prose", stdout: "Code: X, Message: no"},
		{name: "stdout is an array", stdout: `[{"Code":"X","Message":"no"}]`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := parseAPIError(Result{Stderr: []byte(tt.stderr), Stdout: []byte(tt.stdout), ExitCode: 1})
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got  %#v\nwant %#v", got, tt.want)
			}
		})
	}
}

// Many replies hold one of the two keys, and some hold both and are none the worse for it.
func TestAPIErrorOf(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]*APIError{
		`{"Code":"X","Message":"no"}`:                   {Code: "X", Message: "no"},
		`{"Code":"X","Message":"no","RequestId":"R-1"}`: {Code: "X", Message: "no", RequestID: "R-1"},
		`{"code":"X","message":"no","requestId":"R-1"}`: {Code: "X", Message: "no", RequestID: "R-1"},
		`{"Code":500,"Message":"no"}`:                   {Code: "500", Message: "no"},
		`{"Code":"200","Message":"fine"}`:               nil,
		`{"Code":200,"Message":"fine"}`:                 nil,
		`{"Code":"OK","Message":"fine"}`:                nil,
		`{"Code":"ok","Message":"fine"}`:                nil,
		`{"Code":"Success","Message":"fine"}`:           nil,
		`{"Code":"X"}`:                                  nil,
		`{"Code":"X","Message":""}`:                     nil,
		`{"Code":"","Message":"no"}`:                    nil,
		`{"Code":null,"Message":"no"}`:                  nil,
		`{"Code":{"a":"X"},"Message":"no"}`:             nil,
		`{"Message":"Endpoints of service x"}`:          nil,
		`{}`:                                            nil,
		`["Code","Message"]`:                            nil,
		`"Code"`:                                        nil,
	} {
		value, rest, err := parseJSON([]byte(body))
		if err != nil || rest != "" {
			t.Fatalf("%s: %v", body, err)
		}
		if got := apiErrorOf(value); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %#v, want %#v", body, got, want)
		}
	}
}

func TestStripANSI(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                             "",
		"plain [31m text":              "plain [31m text",
		"\x1b[31mred\x1b[0m":           "red",
		"\x1b[m\x1b[1;31;40mx\x1b[39m": "x",
		"a\x1b[31m\nb\x1b[0m\n":        "a\nb\n",
		"\x1b[31m\x1b[1mé\x1b[0m":      "é",
		"\x1b":                         "\x1b",
		"x\x1b[":                       "x\x1b[",
		"x\x1b[31":                     "x\x1b[31",
		"x\x1b[31;":                    "x\x1b[31;",
		"\x1b[2Kx":                     "\x1b[2Kx",        // no colour
		"\x1b\x1b[31mx":                "\x1bx",           // an escape before a colour
		"\x1b]0;title\x07\x1b[31mx":    "\x1b]0;title\ax", // nor is a title
	} {
		if got := string(stripANSI([]byte(in))); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

package runner

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	const bom = "\xef\xbb\xbf"
	type object = map[string]any
	for _, tt := range []struct {
		name, stdout, stderr string
		want                 object // of a success
		chatter              string
		reason               string // a piece of that of an OutputError
		code                 string // of an API error
	}{
		{name: "object", stdout: `{"a":"b"}`, want: object{"a": "b"}},
		{name: "empty object", stdout: "{}", want: object{}},
		{name: "space around", stdout: "\r\n\t {\"a\":1} \n\n", want: object{"a": json.Number("1")}},
		{name: "a warning beside", stdout: "{}", stderr: "a new version is available", want: object{}},
		{name: "BOM", stdout: bom + `{"a":null}`, want: object{"a": nil}},
		{name: "BOM and lines", stdout: bom + "\n{}\n", want: object{}},
		{name: "message without code", stdout: `{"Message":"Endpoints of x","RequestId":"R"}`, want: object{"Message": "Endpoints of x", "RequestId": "R"}},
		{name: "code without message", stdout: `{"Code":"X"}`, want: object{"Code": "X"}},
		{name: "code of success", stdout: `{"Code":"OK","Message":"fine"}`, want: object{"Code": "OK", "Message": "fine"}},

		{name: "nothing", stdout: "", reason: "empty stdout"},
		{name: "blank", stdout: " \r\n\n", reason: "empty stdout"},
		{name: "BOM alone", stdout: bom + "\n", reason: "empty stdout"},
		{name: "html", stdout: "<html>\n<body>502</body></html>\n", reason: "HTML"},
		{name: "html after space", stdout: "\n <!DOCTYPE html>", reason: "HTML"},
		{name: "null", stdout: "null\n", reason: "null"},
		{name: "text", stdout: "everything is fine\n", reason: "not JSON"},
		{name: "text before", stdout: "everything is fine\n{}\n", reason: "not JSON"},
		{name: "array", stdout: `[{"a":1}]`, reason: "not an object"},
		{name: "string", stdout: `"a"`, reason: "not an object"},
		{name: "number", stdout: "7", reason: "not an object"},
		{name: "two values", stdout: "{}\n{}\n", reason: "goes on"},
		{name: "text after", stdout: "{}\ndone\n", reason: "goes on"},
		{name: "a brace too many", stdout: "{}}", reason: "goes on"},
		{name: "not quite JSON", stdout: `{"a":1,}`, reason: "not JSON"},

		{name: "chatter", stdout: "Downloading x 1...\nPlugin x 1 installed successfully!\n{\"a\":1}\n",
			want: object{"a": json.Number("1")}, chatter: "Downloading x 1...\nPlugin x 1 installed successfully!\n"},
		{name: "chatter of all kinds", stdout: "Installing x\n\nSkipping version check\nNote: y\nUpdating z\n\n{}",
			want: object{}, chatter: "Installing x\nSkipping version check\nNote: y\nUpdating z\n"},
		{name: "chatter and no more", stdout: "Downloading x 1...\n", reason: "stdout"},
		{name: "chatter and html", stdout: "Downloading x 1...\n<html>", reason: "HTML"},
		{name: "chatter and an error body", stdout: "Downloading x 1...\n{\"Code\":\"X\",\"Message\":\"no\"}", code: "X"},
		{name: "chatter after", stdout: "{}\nDownloading x\n", reason: "goes on"},

		{name: "error body", stdout: `{"Code":"Forbidden.RAM","Message":"no","RequestId":"R"}`, code: "Forbidden.RAM"},
		{name: "error body in lower case", stdout: `{"code":"X","message":"no"}`, code: "X"},

		{name: "broken configuration", stderr: "ERROR: load current configuration failed unexpected end of JSON input", reason: "configuration"},
		{name: "broken configuration, coloured", stderr: "\x1b[1;31mERROR: load current configuration failed x\x1b[0m", reason: "configuration"},
		{name: "broken configuration, but a reply", stdout: "{}", stderr: "ERROR: load current configuration failed x", reason: "configuration"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := Command{Args: []string{"eas", "x"}, JSON: true}
			res, err := Check{Runner: printed(Result{Stdout: []byte(tt.stdout), Stderr: []byte(tt.stderr)})}.Run(t.Context(), c)
			if string(res.Stdout) != tt.stdout || string(res.Stderr) != tt.stderr {
				t.Errorf("changed what was printed: %q, %q", res.Stdout, res.Stderr)
			}
			var output *OutputError
			var exit *ExitError
			switch {
			case tt.reason != "":
				if !errors.As(err, &output) || !strings.Contains(output.Reason, tt.reason) {
					t.Fatalf("got error %v, want an output error: %s", err, tt.reason)
				}
				if !slices.Equal(output.Command.Args, c.Args) || string(output.Result.Stdout) != tt.stdout {
					t.Errorf("the error does not carry command and result: %+v", output)
				}
				if got, want := ClassOf(err), map[bool]Class{true: Config, false: BadOutput}[tt.reason == "configuration"]; got != want {
					t.Errorf("class: got %q, want %q", got, want)
				}
			case tt.code != "":
				if api := API(err); api == nil || api.Code != tt.code || !errors.As(err, &exit) {
					t.Fatalf("got error %v, want an exit error with code %s", err, tt.code)
				}
				if !slices.Equal(exit.Command.Args, c.Args) || string(exit.Result.Stdout) != tt.stdout {
					t.Errorf("the error does not carry command and result: %+v", exit)
				}
			case err != nil:
				t.Fatalf("got error %v, want none", err)
			case !reflect.DeepEqual(res.JSON, any(tt.want)) || res.Chatter != tt.chatter:
				t.Errorf("got %#v after %q\nwant %#v after %q", res.JSON, res.Chatter, tt.want, tt.chatter)
			}
			if err != nil && res.JSON != nil {
				t.Errorf("got JSON %v beside an error", res.JSON)
			}
		})
	}
}

// A reply may break off anywhere.
func TestCheckCutShort(t *testing.T) {
	t.Parallel()
	const reply = `{"Services":[{"Name":"a\u00e9","Ready":true,"None":null,"Size":-1.5e+3}],"TotalCount":1}`
	for n := 1; n < len(reply); n++ {
		_, err := Check{Runner: printed(Result{Stdout: []byte(reply[:n])})}.Run(t.Context(), Command{JSON: true})
		var output *OutputError
		if !errors.As(err, &output) || output.Reason != "stdout is JSON cut short" {
			t.Errorf("%s: got error %v, want: cut short", reply[:n], err)
		}
	}
}

func TestCheckSample(t *testing.T) {
	t.Parallel()
	res, err := Check{Runner: printed(sample(t, "autoinstall-chatter.rc0.stdout"))}.Run(t.Context(), Command{JSON: true})
	if err != nil {
		t.Fatal(err)
	}
	if want := "Downloading aliyun-cli-eas 0.2.0...\nPlugin aliyun-cli-eas 0.2.0 installed successfully!\n"; res.Chatter != want {
		t.Errorf("chatter: got %q, want %q", res.Chatter, want)
	}
	if want := any(map[string]any{"Services": []any{}, "TotalCount": json.Number("0")}); !reflect.DeepEqual(res.JSON, want) {
		t.Errorf("json: got %#v, want %#v", res.JSON, want)
	}
}

// Ids do not fit into a float64.
func TestCheckNumbers(t *testing.T) {
	t.Parallel()
	for _, number := range []string{"9007199254740993", "1342647857257299304", "18446744073709551616", "-9007199254740993", "0.1", "1e400", "1.0", "0"} {
		res, err := Check{Runner: printed(Result{Stdout: fmt.Appendf(nil, `{"n":%s}`, number)})}.Run(t.Context(), Command{JSON: true})
		if err != nil {
			t.Fatal(err)
		}
		if want := any(map[string]any{"n": json.Number(number)}); !reflect.DeepEqual(res.JSON, want) {
			t.Errorf("got %#v, want %#v", res.JSON, want)
		}
	}
}

// A command that asks for no JSON may print anything.
func TestCheckText(t *testing.T) {
	t.Parallel()
	for _, stdout := range []string{"", "3.4.11\n", "null", `{"Code":"X","Message":"no"}`, "<html>"} {
		res, err := Check{Runner: printed(Result{Stdout: []byte(stdout)})}.Run(t.Context(), Command{})
		if err != nil || string(res.Stdout) != stdout || res.JSON != nil {
			t.Errorf("%q: got error %v, stdout %q, json %v; want it as it is", stdout, err, res.Stdout, res.JSON)
		}
	}
	_, err := Check{Runner: printed(Result{Stderr: []byte("ERROR: load current configuration failed x")})}.Run(t.Context(), Command{})
	if got := ClassOf(err); got != Config {
		t.Errorf("broken configuration: got error %v, class %q; want %q", err, got, Config)
	}
}

// The errors of the inner runner pass, whatever stdout holds.
func TestCheckInner(t *testing.T) {
	t.Parallel()
	res := Result{ExitCode: 1, Stdout: []byte("{}"), Stderr: []byte("ERROR: load current configuration failed")}
	got, err := Check{Runner: printed(res)}.Run(t.Context(), Command{JSON: true})
	var exit *ExitError
	if !errors.As(err, &exit) || !reflect.DeepEqual(got, res) {
		t.Errorf("got error %v, result %+v; want those of the inner runner", err, got)
	}
}

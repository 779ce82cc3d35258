package service

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"reflect"
	"strings"
	"testing"
)

func encoded(t testing.TB, d Draft) string {
	t.Helper()
	raw, err := d.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// TestDraftOfTemplates: a file that is read and written is the same, byte for byte.
func TestDraftOfTemplates(t *testing.T) {
	t.Parallel()
	for _, p := range Patterns {
		d, err := NewDraft(p.Template())
		if err != nil {
			t.Fatalf("%s: %v", p.ID, err)
		}
		if got := encoded(t, d); got != string(p.Template()) {
			t.Errorf("%s: got\n%s", p.ID, got)
		}
	}
}

func TestNewDraft(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		raw string
		err string // what it says, empty: none
	}{
		{raw: `{}`},
		{raw: `{"metadata": 1, "spec": [null, true]}`}, // all else is checked at the end
		{raw: ``, err: "line 1: is empty"},
		{raw: `[]`, err: "is an array, not an object"},
		{raw: `null`, err: "is null, not an object"},
		{raw: `1`, err: "is a number, not an object"},
		{raw: "{\n\"a\": 1,\n\"a\": 2}", err: `line 3: has the key "a" twice`},
		{raw: "{\n// x\n}", err: "line 2: holds comments"},
		{raw: "{\"a\":\n", err: "ends in the middle"},
		{raw: `{"a": 1e400}`, err: "line 1: is a number that no program can hold"},
		{raw: `{"a": "` + strings.Repeat("x", MaxBody) + `"}`, err: "line 1: is 131079 bytes long"},
		// Blanks do not stay.
		{raw: strings.Repeat(" ", MaxBody) + `{}`},
	} {
		_, err := NewDraft([]byte(c.raw))
		if c.err == "" != (err == nil) || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%.50q: got %v, want %q", c.raw, err, c.err)
		}
	}
}

// TestEncodeOrder: known keys as in the schema, unknown ones behind them by the alphabet.
func TestEncodeOrder(t *testing.T) {
	t.Parallel()
	d, err := NewDraft([]byte(`{"zz": {"b": [], "a": {}}, "autoscaler": {"scaleStrategies": [{"threshold": 1.50, "metricName": "qps"}], "max": 4, "min": 1},
		"networking": {"nlb": [{"netType": "intranet", "listener_port": 80, "id": "default"}]}, "cloud": {"networking": {"security_group_id": "s", "vpc_id": "v"}, "computing": {}},
		"Aa": null, "storage": [{"oss": {"readOnly": true, "path": "p"}, "mount_path": "/m"}],
		"containers": [{"yy": 1, "health_check": {"success_threshold": 1, "exec": {"command": ["a", "<&>"]}}, "liveness_check": {}, "startup_check": {}, "env": [{"value": "", "name": "A"}], "command": "x", "port": 8000, "image": "i", "aa": 1}, 7],
		"metadata": {"workspace_id": 12345678901234567890, "instance": -0, "name": "\u00e9\n", "x": 1e+2, "cpu": 1.50}}`))
	if err != nil {
		t.Fatal(err)
	}
	const want = `{
  "metadata": {
    "name": "é\n",
    "instance": -0,
    "workspace_id": 12345678901234567890,
    "cpu": 1.50,
    "x": 1e+2
  },
  "containers": [
    {
      "image": "i",
      "port": 8000,
      "command": "x",
      "env": [
        {
          "name": "A",
          "value": ""
        }
      ],
      "startup_check": {},
      "liveness_check": {},
      "health_check": {
        "exec": {
          "command": [
            "a",
            "<&>"
          ]
        },
        "success_threshold": 1
      },
      "aa": 1,
      "yy": 1
    },
    7
  ],
  "storage": [
    {
      "mount_path": "/m",
      "oss": {
        "path": "p",
        "readOnly": true
      }
    }
  ],
  "cloud": {
    "computing": {},
    "networking": {
      "vpc_id": "v",
      "security_group_id": "s"
    }
  },
  "networking": {
    "nlb": [
      {
        "id": "default",
        "listener_port": 80,
        "netType": "intranet"
      }
    ]
  },
  "autoscaler": {
    "min": 1,
    "max": 4,
    "scaleStrategies": [
      {
        "metricName": "qps",
        "threshold": 1.50
      }
    ]
  },
  "Aa": null,
  "zz": {
    "a": {},
    "b": []
  }
}
`
	if got := encoded(t, d); got != want {
		t.Errorf("got\n%s", got)
	}
}

func TestEncodeValues(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		value any
		want  string // empty: an error
	}{
		{nil, "null"}, {true, "true"}, {"<a> & \"b\"\u2028", `"<a> & \"b\"\u2028"`}, {8000, "8000"}, {json.Number("1.50"), "1.50"}, {json.Number("12345678901234567890"), "12345678901234567890"},
		// What jq makes of numbers.
		{8000.0, "8000"}, {0.5, "0.5"}, {-3.0, "-3"}, {1e15, "1000000000000000"}, {1e300, "1e+300"}, {math.Copysign(0, -1), "0"},
		{math.NaN(), ""}, {math.Inf(1), ""}, {[]any{math.Inf(-1)}, ""}, {map[string]any{"x": math.NaN()}, ""}, {func() {}, ""}, {json.Number("x"), ""},
		{[]any{}, "[]"}, {map[string]any{}, "{}"},
	} {
		raw, err := Draft{"a": c.value}.Encode()
		if want := "{\n  \"a\": " + c.want + "\n}\n"; err != nil != (c.want == "") || err == nil && string(raw) != want {
			t.Errorf("%v: got %q, %v; want %q", c.value, raw, err, want)
		}
	}
	if got := encoded(t, Draft{}); got != "{}\n" {
		t.Errorf("got %q", got)
	}
}

func TestDraftParts(t *testing.T) {
	t.Parallel()
	d := Draft{}
	d.Object("cloud", "computing")["instance_type"] = "a"
	d.Object("cloud", "networking")["vpc_id"] = "v"
	d.Object("metadata")["name"] = "abc"
	d.Object()["autoscaler"] = 1
	d.Object("autoscaler")["min"] = 1 // what is no object gives way
	d.Container()["image"] = "i"
	d.Container()["port"] = 8000
	Append(d, "storage", 1)
	Append(d, "storage", 2, 3)
	Append(d, "storage")
	Append(d.Container(), "args", "x")
	want := Draft{
		"cloud":    map[string]any{"computing": map[string]any{"instance_type": "a"}, "networking": map[string]any{"vpc_id": "v"}},
		"metadata": map[string]any{"name": "abc"}, "autoscaler": map[string]any{"min": 1},
		"containers": []any{map[string]any{"image": "i", "port": 8000, "args": []any{"x"}}}, "storage": []any{1, 2, 3},
	}
	if !reflect.DeepEqual(d, want) {
		t.Errorf("got %v, want %v", d, want)
	}
	// Only the first container is looked at; the others stay.
	for _, c := range []struct{ before, after any }{
		{nil, []any{map[string]any{"x": 1}}},
		{"a", []any{map[string]any{"x": 1}}},
		{[]any{}, []any{map[string]any{"x": 1}}},
		{[]any{"a", "b"}, []any{map[string]any{"x": 1}, "b"}},
		{[]any{map[string]any{"y": 2}, "b"}, []any{map[string]any{"x": 1, "y": 2}, "b"}},
	} {
		d := Draft{"containers": c.before}
		d.Container()["x"] = 1
		if !reflect.DeepEqual(d["containers"], c.after) {
			t.Errorf("%v: got %v, want %v", c.before, d["containers"], c.after)
		}
	}
	// An array that others hold as well is left alone.
	shared := append(make([]any, 0, 8), 1)
	one, two := map[string]any{"a": shared}, map[string]any{"a": shared}
	Append(one, "a", 2)
	Append(two, "a", 3)
	if !reflect.DeepEqual(one["a"], []any{1, 2}) || !reflect.DeepEqual(two["a"], []any{1, 3}) {
		t.Errorf("got %v, %v", one, two)
	}
}

func TestSet(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		expression string
		want       string // compact
		err        string
	}{
		{expression: `.`, want: `{"metadata":{"name":"abc"},"n":1.50,"big":12345678901234567890}`},
		{expression: `.metadata.instance = 2`, want: `{"metadata":{"name":"abc","instance":2},"n":1.50,"big":12345678901234567890}`},
		{expression: `.metadata.labels["a b"] = [1, {x: 0.5}]`, want: `{"metadata":{"name":"abc","labels":{"a b":[1,{"x":0.5}]}},"n":1.50,"big":12345678901234567890}`},
		{expression: `del(.n, .big) | .metadata.name |= ascii_upcase`, want: `{"metadata":{"name":"ABC"}}`},
		{expression: `{}`, want: `{}`},
		{expression: `first(repeat(.)) | {n}`, want: `{"n":1.50}`},

		{expression: ``, err: "is no jq expression"},
		{expression: `.metadata.`, err: "is no jq expression"},
		{expression: `.a = `, err: "is no jq expression"},
		{expression: `nosuch`, err: "is no jq expression: function not defined: nosuch/0"},
		{expression: `$x`, err: "is no jq expression"},
		{expression: `include "a"; .`, err: "is no jq expression"},
		{expression: `import "a" as b; .`, err: "is no jq expression"},
		{expression: `empty`, err: "has no result"},
		{expression: `., .`, err: "has more than one result"},
		{expression: `., error("x")`, err: "has more than one result"},
		{expression: `.metadata.name`, err: "yields string; assign with ="},
		{expression: `[.]`, err: "yields array"},
		{expression: `null`, err: "yields null"},
		{expression: `true`, err: "yields boolean"},
		{expression: `1`, err: "yields number"},
		{expression: `error("x")`, err: "failed: "},
		{expression: `.metadata.name.x = 1`, err: "failed: "},
		{expression: `halt`, err: ""},
		{expression: `halt_error`, err: ""},
		// Nothing but the file goes in.
		{expression: `input`, err: ""},
		{expression: `inputs`, err: ""},
		{expression: `input_filename | {x: .}`, err: ""},
		{expression: `debug`, err: "is no jq expression"},
	} {
		d, err := NewDraft([]byte(`{"metadata": {"name": "abc"}, "n": 1.50, "big": 12345678901234567890}`))
		if err != nil {
			t.Fatal(err)
		}
		out, err := d.Set(t.Context(), c.expression)
		if c.want == "" {
			var set *SetError
			if !errors.As(err, &set) || set.Expression != c.expression || !strings.Contains(err.Error(), c.err) || out != nil {
				t.Errorf("%s: got %v, %v; want %q", c.expression, out, err, c.err)
			}
			continue
		}
		var want any
		if err := json.Unmarshal([]byte(c.want), &want); err != nil {
			t.Fatal(err)
		}
		if err != nil {
			t.Errorf("%s: %v", c.expression, err)
			continue
		}
		text := encoded(t, out)
		var got any
		if err := json.Unmarshal([]byte(text), &got); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %s, want %s", c.expression, text, c.want)
		}
		// Numbers stay as they were written.
		for _, n := range []string{"1.50", "12345678901234567890"} {
			if strings.Contains(c.want, n) && !strings.Contains(text, n) {
				t.Errorf("%s: %s is not in %s", c.expression, n, text)
			}
		}
	}
}

// TestSetEnds: jq has loops without an end.
func TestSetEnds(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 1)
	defer cancel()
	for _, expression := range []string{`def f: f; f`, `[range(1e12)] | {}`, `until(false; .)`, `last(repeat(.))`} {
		var set *SetError
		if d, err := (Draft{}).Set(ctx, expression); !errors.As(err, &set) || d != nil {
			t.Errorf("%s: got %v, %v", expression, d, err)
		}
	}
}

// TestSetHasNoEnvironment: a secret of the process does not get into a file.
func TestSetHasNoEnvironment(t *testing.T) {
	const name, secret = "ALIGATE_TEST_SECRET", "hidden-1234"
	t.Setenv(name, secret)
	if os.Getenv(name) != secret {
		t.Fatal("the variable is not set")
	}
	for _, expression := range []string{`{x: env}`, `{x: $ENV}`, `{x: env.` + name + `}`, `{x: $ENV.` + name + `}`, `{x: (env | length)}`, `{x: ($ENV | keys)}`, `. + env`, `{x: [inputs]}`, `{x: input}`,
		`{x: $__prog_args}`, `{x: get_search_list}`, `{x: input_filename}`, `{x: $__loc__}`, `{x: @text "\(env)"}`} {
		d, err := Draft{}.Set(t.Context(), expression)
		if err != nil {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("%s: got %v", expression, err)
			}
			continue
		}
		if got := encoded(t, d); strings.Contains(got, secret) || strings.Contains(got, name) || strings.Contains(got, "PATH") {
			t.Errorf("%s: got %s", expression, got)
		}
	}
}

func TestCheckExpression(t *testing.T) {
	t.Parallel()
	for expression, good := range map[string]bool{".": true, ".a = 1": true, ".[0]": true, ".a =": false, "foo": false, "}": false, "'": false} {
		err := CheckExpression(expression)
		var set *SetError
		if good != (err == nil) || err != nil && (!errors.As(err, &set) || set.Expression != expression || !strings.HasPrefix(set.Reason, "is no jq expression: ")) {
			t.Errorf("%s: got %v", expression, err)
		}
	}
}

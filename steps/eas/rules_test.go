package eas

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// faultless is a service.json that breaks no rule and causes no warning. The cases below differ from it in one
// place each.
const faultless = `{
  "metadata": {"name": "qwen_demo", "instance": 1, "workspace_id": "310001"},
  "containers": [{"image": "eas-registry-vpc.cn-hangzhou.cr.aliyuncs.com/pai-eas/vllm:0.14.0-gpu", "port": 8000, "command": "vllm serve /model_dir --port 8000"}],
  "storage": [{"mount_path": "/model_dir", "oss": {"path": "oss://bucket/qwen/", "readOnly": true}}],
  "cloud": {"computing": {"instance_type": "ecs.gn7i-c16g1.4xlarge"}}
}
`

const (
	ourImage = `"eas-registry-vpc.cn-hangzhou.cr.aliyuncs.com/pai-eas/vllm:0.14.0-gpu"`
	ourMount = `{"mount_path": "/model_dir", "oss": {"path": "oss://bucket/qwen/", "readOnly": true}}`
	ourCloud = `"cloud": {"computing": {"instance_type": "ecs.gn7i-c16g1.4xlarge"}}`
)

// ruleCases are changes of faultless, and all that validate has to say of the result: rule and place, warnings
// with a question mark.
var ruleCases = []struct {
	rule     string // what the case is about; it fires, or comes near it and does not
	old, new string
	want     []string
}{
	// The document.
	{"R1", faultless, ``, []string{"R1 $"}},
	{"R1", faultless, `null`, []string{"R1 $"}},
	{"R1", faultless, `[]`, []string{"R1 $"}},
	{"R1", faultless, `"x"`, []string{"R1 $"}},
	{"R1", `"cloud":`, `cloud:`, []string{"R1 $"}},
	{"R1", `"instance": 1,`, `"instance": 1, // one`, []string{"R1 $"}},
	{"R1", `"readOnly": true}}]`, `"readOnly": true}},]`, []string{"R1 $"}},
	{"R1", "}}\n}\n", "}}\n}\n{}", []string{"R1 $"}},
	{"R1", "}}\n}\n", "}}\n} x", []string{"R1 $"}},
	{"R1", "}}\n}\n", "}}\n", []string{"R1 $"}},
	{"R1", `"instance": 1,`, `"instance": 1, "instance": 1,`, []string{"R1 $"}},
	{"R1", `"cloud":`, `"metadata": {}, "cloud":`, []string{"R1 $"}},
	{"R1", `"readOnly": true`, `"readOnly": true, "readOnl\u0079": true`, []string{"R1 $"}},
	{"R1", faultless, "\xef\xbb\xbf" + faultless, []string{"R1 $"}},
	{"R1", "}}\n}\n", "}}\n}\r\n \t\n", nil},
	{"R2", `--port 8000"`, `--port 8000` + strings.Repeat(" x", maxBody/2) + `"`, []string{"R2 $"}},

	// Keys and parts.
	{"R3", `"cloud":`, `"labels": {}, "cloud":`, []string{"R3 $.labels"}},
	{"R3", `"cloud":`, `"ServiceName": "a", "runtime": {}, "cloud":`, []string{"R3 $.ServiceName", "R3 $.runtime"}},
	{"R3", `"cloud":`, `"Metadata": {}, "cloud":`, []string{"R3 $.Metadata"}},
	{"R3", `"cloud":`, `"autoscaler": {"min": 1}, "networking": {"x": 1}, "cloud":`, nil},
	{"R6", `"metadata": {"name": "qwen_demo", "instance": 1, "workspace_id": "310001"}`, `"metadata": []`, []string{"R6 $.metadata", "R9 $.metadata.name", "R13? $.metadata.workspace_id"}},
	{"R6", `"metadata": {"name": "qwen_demo", "instance": 1, "workspace_id": "310001"},`, ``, []string{"R6 $.metadata", "R9 $.metadata.name", "R13? $.metadata.workspace_id"}},
	{"R6", `"containers": [{`, `"containers": [7, {`, []string{"R6 $.containers[0]"}},
	{"R6", faultless, `{"metadata": {"name": "qwen_demo", "workspace_id": "1"}, "containers": [], "storage": [], ` + ourCloud + `}`, []string{"R6 $.containers"}},
	{"R6", faultless, `{"metadata": {"name": "qwen_demo", "workspace_id": "1"}, "containers": {"image": "x"}, "storage": [], ` + ourCloud + `}`, []string{"R6 $.containers"}},
	{"R6", faultless, `{"metadata": {"name": "qwen_demo", "workspace_id": "1"}, "storage": [], ` + ourCloud + `}`, []string{"R6 $.containers"}},

	// metadata.
	{"R9", `"name": "qwen_demo", `, ``, []string{"R9 $.metadata.name"}},
	{"R9", `"qwen_demo"`, `7`, []string{"R9 $.metadata.name"}},
	{"R9", `"qwen_demo"`, `null`, []string{"R9 $.metadata.name"}},
	{"R10", `"qwen_demo"`, `"qwen_demo2"`, []string{"R10 $.metadata.name"}},
	{"R9", `"qwen_demo"`, `"qwen-demo"`, []string{"R9 $.metadata.name", "R10 $.metadata.name"}},
	{"R9", `"qwen_demo"`, `"ab"`, []string{"R9 $.metadata.name", "R10 $.metadata.name"}},
	{"R12", `"instance": 1`, `"instance": 0`, []string{"R12 $.metadata.instance"}},
	{"R12", `"instance": 1`, `"instance": -1`, []string{"R12 $.metadata.instance"}},
	{"R12", `"instance": 1`, `"instance": 1.5`, []string{"R12 $.metadata.instance"}},
	{"R12", `"instance": 1`, `"instance": "1"`, []string{"R12 $.metadata.instance"}},
	{"R12", `"instance": 1`, `"instance": [1]`, []string{"R12 $.metadata.instance"}},
	{"R12", `"instance": 1`, `"instance": 2`, nil},
	{"R12", `"instance": 1, `, ``, nil}, // one is the default
	{"R13", `, "workspace_id": "310001"`, ``, []string{"R13? $.metadata.workspace_id"}},
	{"R13", `"310001"`, `310001`, []string{"R13? $.metadata.workspace_id"}},
	{"R13", `"310001"`, `""`, []string{"R89 $.metadata.workspace_id", "R13? $.metadata.workspace_id"}},
	{"R13", `"310001"`, `"1"`, nil},
	{"R16", `"instance": 1`, `"resource": "eas-r-1"`, []string{"R16 $.cloud.computing"}},
	{"R16", ourCloud, `"cloud": {}`, []string{"R16 $.cloud.computing"}},
	{"R16", faultless, `{"metadata": {"name": "qwen_demo", "resource": "eas-r-1", "workspace_id": "1"}, "containers": [{"image": ` + ourImage + `, "port": 8000, "command": "x"}], "storage": []}`, nil},
	{"R16", ",\n  " + ourCloud, ``, []string{"R16 $.cloud.computing"}},

	// containers.
	{"R22", `"image": ` + ourImage + `, `, ``, []string{"R22 $.containers[0].image"}},
	{"R22", ourImage, `7`, []string{"R22 $.containers[0].image"}},
	{"R22", ourImage, `""`, []string{"R22 $.containers[0].image", "R89 $.containers[0].image"}},
	{"R22", ourImage, `"a-vpc.b/c://d"`, []string{"R22 $.containers[0].image"}},
	{"R22", ourImage, `"a-vpc.b/c :1"`, []string{"R22 $.containers[0].image"}},
	{"R22", ourImage, `"a-vpc.b/c\n"`, []string{"R22 $.containers[0].image"}},
	{"R22", ourImage, `"a-vpc.b:5000/c/d@sha256:00"`, nil},
	{"R24", ourImage, `"docker.io/vllm/vllm-openai:1"`, []string{"R24? $.containers[0].image"}},
	{"R24", ourImage, `"eas-registry.cn-hangzhou.cr.aliyuncs.com/pai-eas/vllm:0.14.0-gpu"`, []string{"R24? $.containers[0].image"}},
	{"R24", ourImage, `"registry-vpc.cn-hangzhou.aliyuncs.com/team/x:1"`, nil},
	{"R27", `"port": 8000, `, ``, []string{"R27 $.containers[0].port"}},
	{"R27", `"port": 8000`, `"port": "8000"`, []string{"R27 $.containers[0].port"}},
	{"R27", `"port": 8000`, `"port": 8000.5`, []string{"R27 $.containers[0].port"}},
	{"R27", `"port": 8000, "command": "vllm serve /model_dir --port 8000"`, `"port": 0, "command": "x"`, []string{"R27 $.containers[0].port"}},
	{"R27", `"port": 8000, "command": "vllm serve /model_dir --port 8000"`, `"port": 65536, "command": "x"`, []string{"R27 $.containers[0].port"}},
	{"R27", `"port": 8000, "command": "vllm serve /model_dir --port 8000"`, `"port": 8080, "command": "x"`, []string{"R27 $.containers[0].port"}},
	{"R27", `"port": 8000, "command": "vllm serve /model_dir --port 8000"`, `"port": 9090, "command": "x"`, []string{"R27 $.containers[0].port"}},
	{"R27", `"port": 8000, "command": "vllm serve /model_dir --port 8000"`, `"port": 65535, "command": "x"`, nil},
	{"R29", `"port": 8000`, `"port": 8001`, []string{"R29 $.containers[0].command"}},
	{"R29", `--port 8000"`, `--port=9000"`, []string{"R29 $.containers[0].command"}},
	{"R29", `--port 8000"`, `--server_port=9000"`, []string{"R29 $.containers[0].command"}},
	{"R29", `"vllm serve /model_dir --port 8000"`, `"--port 9000"`, []string{"R29 $.containers[0].command"}},
	{"R29", `--port 8000"`, `--server_port=8000"`, nil},
	{"R29", `--port 8000"`, `--metrics-port 9000 --x--port 9000"`, nil}, // another flag
	{"R29", ` --port 8000"`, `"`, nil},
	{"R30", `"vllm serve /model_dir --port 8000"`, `["vllm"]`, []string{"R30 $.containers[0].command"}},
	{"R30", `"vllm serve /model_dir --port 8000"`, `7`, []string{"R30 $.containers[0].command"}},
	{"R30", `"vllm serve /model_dir --port 8000"`, `null`, []string{"R30 $.containers[0].command", "R32? $.containers[0].command"}},
	{"R30", `"vllm serve /model_dir --port 8000"`, `"x"`, nil},
	{"R32", `, "command": "vllm serve /model_dir --port 8000"`, ``, []string{"R32? $.containers[0].command"}},
	{"R32", `"command": "vllm serve /model_dir --port 8000"`, `"script": "x"`, nil},
	{"R34", `serve /model_dir`, `serve oss://bucket/qwen/`, []string{"R34 $.containers[0].command"}},
	{"R34", `serve /model_dir`, `serve /oss/bucket/qwen/`, nil},

	// cloud.
	{"R52", `{"instance_type": "ecs.gn7i-c16g1.4xlarge"}`, `{}`, []string{"R52 $.cloud.computing"}},
	{"R52", `{"instance_type": "ecs.gn7i-c16g1.4xlarge"}`, `[]`, []string{"R52 $.cloud.computing"}},
	{"R52", `{"instance_type": "ecs.gn7i-c16g1.4xlarge"}`, `"ecs.gn7i-c16g1.4xlarge"`, []string{"R52 $.cloud.computing"}},
	{"R52", `{"instance_type": "ecs.gn7i-c16g1.4xlarge"}`, `{"instances": []}`, []string{"R52 $.cloud.computing"}},
	{"R52", `{"instance_type": "ecs.gn7i-c16g1.4xlarge"}`, `{"instance_type": "a", "instances": [{"type": "b"}]}`, []string{"R52 $.cloud.computing"}},
	{"R52", `"instance_type"`, `"instanceType"`, []string{"R52 $.cloud.computing.instanceType", "R52 $.cloud.computing"}},
	{"R52", `{"instance_type": "ecs.gn7i-c16g1.4xlarge"}`, `{"instance_type": "a", "type": "b", "InstanceType": "c", "instance-type": "d"}`,
		[]string{"R52 $.cloud.computing.InstanceType", "R52 $.cloud.computing.instance-type", "R52 $.cloud.computing.type"}},
	{"R52", `{"instance_type": "ecs.gn7i-c16g1.4xlarge"}`, `{"instances": [{"type": "a"}, {"type": "b"}]}`, nil},

	// storage.
	{"R73", "[" + ourMount + "]", `{}`, []string{"R73 $.storage"}},
	{"R73", ourMount, `{"oss": {"path": "oss://bucket/"}}`, []string{"R73 $.storage[0].mount_path"}},
	{"R73", ourMount, `7`, []string{"R73 $.storage[0].mount_path"}},
	{"R73", ourMount, `{"mount_path": "/m"}`, []string{"R73 $.storage[0]"}},
	{"R73", ourMount, `{"mount_path": "/m", "git": {}}`, []string{"R73 $.storage[0]"}},
	{"R73", ourMount, `{"mount_path": "m", "oss": {"path": "oss://bucket/"}}`, []string{"R73 $.storage[0].mount_path"}},
	{"R73", ourMount, `{"mount_path": "/etc/x", "oss": {"path": "oss://bucket/"}}`, []string{"R73 $.storage[0].mount_path"}},
	{"R73", `"oss://bucket/qwen/"`, `"oss://bucket/qwen"`, []string{"R73 $.storage[0].oss.path"}},
	{"R73", `"oss://bucket/qwen/"`, `"bucket/qwen/"`, []string{"R73 $.storage[0].oss.path"}},
	{"R73", `"oss://bucket/qwen/"`, `"oss://"`, []string{"R73 $.storage[0].oss.path"}},
	{"R73", `"oss://bucket/qwen/"`, `"oss://bucket/../x/"`, []string{"R73 $.storage[0].oss.path"}},
	{"R73", ourMount, ourMount + `, {"mount_path": "/model_dir/", "oss": {"path": "oss://b/"}}`, []string{"R73 $.storage[1].mount_path"}},
	{"R73", ourMount, ourMount + `, {"mount_path": "/model_dir/x", "oss": {"path": "oss://b/"}}`, []string{"R73 $.storage[1].mount_path"}},
	{"R73", ourMount, ourMount + `, {"mount_path": "/model_dir2", "oss": {"path": "oss://b/"}}`, nil},
	{"R73", ourMount, `{"mount_path": "/m", "nfs": {"server": "x", "path": "/"}}, {"mount_path": "/n", "dataset": {"id": "d-1"}}`, nil},
	{"R81", "\n  \"storage\": [" + ourMount + "],", ``, []string{"R81? $.storage"}},
	{"R81", "\n  \"storage\": [" + ourMount + "],", "\n  \"storage\": [],", nil},

	// Placeholders.
	{"R89", `"310001"`, `"<workspace_id>"`, []string{"R89 $.metadata.workspace_id"}},
	{"R89", `"310001"`, `"{workspace_id}"`, []string{"R89 $.metadata.workspace_id"}},
	{"R89", `"310001"`, `"31***"`, []string{"R89 $.metadata.workspace_id"}},
	{"R89", `"310001"`, `"null"`, []string{"R89 $.metadata.workspace_id"}},
	{"R89", `"310001"`, `"undefined"`, []string{"R89 $.metadata.workspace_id"}},
	{"R89", `"command": "vllm serve /model_dir --port 8000"`, `"command": "x", "env": [{"name": "A", "value": ""}]`, []string{"R89 $.containers[0].env[0].value"}},
	{"R89", `"vllm serve /model_dir --port 8000"`, `"vllm serve <model> --port 8000 {x}"`, nil}, // part of a value
	{"R89", `"310001"`, `"nullable"`, nil},
}

// findings runs validate and writes its findings as ruleCases do.
func findings(t *testing.T, raw []byte) []string {
	t.Helper()
	problems, warnings := validate(raw, "qwen_demo")
	var out []string
	for _, p := range problems {
		if p.What == "" {
			t.Errorf("%s at %s says nothing", p.Rule, p.Where)
		}
		out = append(out, p.Rule+" "+p.Where)
	}
	for _, w := range warnings {
		where, what, ok := strings.Cut(w.Message, ": ")
		if !ok || what == "" {
			t.Errorf("%s: got message %q", w.Code, w.Message)
		}
		out = append(out, w.Code+"? "+where)
	}
	return out
}

func TestRules(t *testing.T) {
	t.Parallel()
	for i, c := range ruleCases {
		t.Run(fmt.Sprintf("%s/%d", c.rule, i), func(t *testing.T) {
			t.Parallel()
			if strings.Count(faultless, c.old) != 1 {
				t.Fatalf("%q stands %d times in the document", c.old, strings.Count(faultless, c.old))
			}
			doc := strings.Replace(faultless, c.old, c.new, 1)
			got, want := slices.Sorted(slices.Values(findings(t, []byte(doc)))), slices.Sorted(slices.Values(c.want))
			if !slices.Equal(got, want) {
				t.Errorf("%s\ngot  %q\nwant %q", doc, got, want)
			}
			if len(c.want) > 0 && !slices.ContainsFunc(c.want, func(w string) bool { return strings.HasPrefix(w, c.rule+" ") || strings.HasPrefix(w, c.rule+"? ") }) {
				t.Errorf("the case is about %s, which is not among %q", c.rule, c.want)
			}
		})
	}
}

func TestFaultless(t *testing.T) {
	t.Parallel()
	same(t, findings(t, []byte(faultless)), []string(nil))
}

// TestRulesCovered: each rule has a case that breaks it. That it can be kept, faultless shows.
func TestRulesCovered(t *testing.T) {
	t.Parallel()
	fires := map[string]bool{}
	for _, c := range ruleCases {
		for _, w := range c.want {
			id, _, _ := strings.Cut(w, " ")
			fires[id] = true
		}
	}
	for _, r := range append(slices.Clone(rules), rule{id: "R1"}, rule{id: "R2"}, rule{id: "R10"}) {
		id := r.id
		if r.warns {
			id += "?"
		}
		if !fires[id] {
			t.Errorf("no case breaks %s", id)
		}
	}
}

func TestTooLarge(t *testing.T) {
	t.Parallel()
	// size is what is sent: newlines at the end do not count.
	for size, want := range map[int][]string{maxBody: nil, maxBody + 1: {"R2 $"}} {
		doc := strings.TrimRight(faultless, "\n")
		doc = strings.Replace(doc, `--port 8000"`, `--port 8000`+strings.Repeat("x", size-len(doc)-2)+` y"`, 1)
		doc = strings.Replace(doc, "--port 8000x", "--port 8000 ", 1)
		if len(doc) != size {
			t.Fatalf("got a document of %d bytes, want %d", len(doc), size)
		}
		same(t, findings(t, []byte(doc+"\n\r\n\n")), want)
	}
}

// TestNameOfRun: rule R10 holds only where the run has a name.
func TestNameOfRun(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]int{"qwen_demo": 0, "other": 1, "": 0, "Qwen_demo": 1} {
		if problems, _ := validate([]byte(faultless), name); len(problems) != want {
			t.Errorf("%q: got %v", name, problems)
		}
	}
}

func TestMisplaced(t *testing.T) {
	t.Parallel()
	for key, right := range misplaced {
		doc := strings.Replace(faultless, `"cloud":`, fmt.Sprintf(`%q: "x", "cloud":`, key), 1)
		problems, _ := validate([]byte(doc), "")
		if len(problems) != 1 || problems[0].Rule != "R3" || problems[0].Where != "$."+key || !strings.HasSuffix(problems[0].What, "write "+right) {
			t.Errorf("%s: got %v, want advice to write %s", key, problems, right)
		}
	}
	for _, key := range topLevel {
		if misplaced[key] != "" {
			t.Errorf("%s is a top-level key", key)
		}
	}
}

func TestTrimBody(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{"": "", "{}": "{}", "{}\n": "{}", "{}\r\n\n": "{}", "\n{}\n": "\n{}", "{} \n": "{} ", "{\n}\n": "{\n}"} {
		if got := string(trimBody([]byte(raw))); got != want {
			t.Errorf("%q: got %q, want %q", raw, got, want)
		}
	}
}

func TestIsPlaceholder(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"", "<x>", "<>", "{x}", "{}", "a***", "***", "null", "undefined", "vpc-bp1uepgqtar*****"} {
		if !isPlaceholder(s) {
			t.Errorf("%q: got a value", s)
		}
	}
	for _, s := range []string{"x", "<", ">", "<x", "x>", "{x", "**", "Null", "null ", "a<b>", "undefined_", "0"} {
		if isPlaceholder(s) {
			t.Errorf("%q: got a placeholder", s)
		}
	}
}

// pairs counts the pairs of key and value in a valid JSON text: each has one colon outside of strings.
func pairs(text []byte) int {
	n, inside := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case inside && c == '\\':
			i++
		case c == '"':
			inside = !inside
		case !inside && c == ':':
			n++
		}
	}
	return n
}

func keys(v any) int {
	n := 0
	switch x := v.(type) {
	case []any:
		for _, item := range x {
			n += keys(item)
		}
	case object:
		n = len(x)
		for _, item := range x {
			n += keys(item)
		}
	}
	return n
}

// FuzzDecodeDocument: it takes a text if, and only if, encoding/json takes it, it is one object, and no key of it
// got lost in decoding.
func FuzzDecodeDocument(f *testing.F) {
	for _, c := range ruleCases {
		if len(c.new) < 1000 {
			f.Add([]byte(strings.Replace(faultless, c.old, c.new, 1)))
		}
	}
	for _, seed := range []string{
		`{}`, `{"a":1,"a":1}`, `{"a":{"b":{"c":1,"c":2}}}`, `{"a":[{"b":1},{"b":1}]}`, `{"a":[{"b":1,"b":1}]}`, `{"a":[[[{"x":{},"x":[]}]]]}`, `{"a":"a","b":"a"}`, `{"a":["a","a"],"b":{"a":"b","b":"a"}}`,
		`{"":1,"":2}`, `{"a":1,"\u0061":2}`, `{"a:\"b":1}`, `{"\\":1,"\\\\":2}`, `{"A":1,"a":2}`, `{"a":{}}{"a":1}`, `{"a":{"a":{"a":{}}}}`, `[{"a":1,"a":2}]`, `{`, `}`, `{"a"`, `{"a":}`, `{"a":1,}`, ` {"a":1} `,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		doc, err := decodeDocument(raw)
		want := false
		var decoded object
		if json.Unmarshal(raw, &decoded) == nil && decoded != nil {
			want = pairs(raw) == keys(decoded)
		}
		if (err == nil) != want {
			t.Fatalf("%q: got %v, want it taken: %t", raw, err, want)
		}
		if err == nil && keys(doc) != pairs(raw) {
			t.Fatalf("%q: got %v", raw, doc)
		}
		validateAnything(t, raw)
	})
}

// validateAnything: whatever it is, validate has an answer, and each finding names a rule and a place.
func validateAnything(t *testing.T, raw []byte) {
	t.Helper()
	problems, warnings := validate(raw, "qwen_demo")
	for _, p := range problems {
		if !strings.HasPrefix(p.Rule, "R") || !strings.HasPrefix(p.Where, "$") || p.What == "" {
			t.Fatalf("%q: got %+v", raw, p)
		}
	}
	for _, w := range warnings {
		if !strings.HasPrefix(w.Code, "R") || !strings.HasPrefix(w.Message, "$") {
			t.Fatalf("%q: got %+v", raw, w)
		}
	}
}

// TestValidateAnything puts values of every kind into every place that a rule looks at.
func TestValidateAnything(t *testing.T) {
	t.Parallel()
	odd := []any{nil, true, "", "x", json.Number("0"), json.Number("1e400"), []any{}, []any{nil}, []any{object{}}, object{}, object{"x": nil}}
	var base any
	dec := json.NewDecoder(strings.NewReader(faultless))
	dec.UseNumber()
	if err := dec.Decode(&base); err != nil {
		t.Fatal(err)
	}
	places := 0
	// visit replaces each value below v by each odd one, in turns. set puts a value into v's place.
	var visit func(v any, set func(any))
	visit = func(v any, set func(any)) {
		places++
		for _, o := range odd {
			set(o)
			raw, err := json.Marshal(base)
			if err != nil {
				t.Fatal(err)
			}
			validateAnything(t, raw)
		}
		set(v)
		switch x := v.(type) {
		case object:
			for key := range x {
				visit(x[key], func(v any) { x[key] = v })
			}
		case []any:
			for i := range x {
				visit(x[i], func(v any) { x[i] = v })
			}
		}
	}
	visit(base, func(v any) { base = v })
	if places < 18 {
		t.Errorf("got to %d places", places)
	}
}

// TestDuplicateKeys repeats one key of a document made at random, anywhere in it and however spelled.
func TestDuplicateKeys(t *testing.T) {
	t.Parallel()
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		w := writer{Rand: r, target: -1}
		clean := w.object(4)
		if _, err := decodeDocument([]byte(clean)); err != nil {
			t.Fatalf("seed %d: %s: got %v", seed, clean, err)
		}
		// The same document again, with the pair number target written twice.
		again := writer{Rand: rand.New(rand.NewPCG(seed, 1)), target: int(seed) % w.written}
		twice := again.object(4)
		_, err := decodeDocument([]byte(twice))
		if err == nil || !strings.HasSuffix(err.Error(), " twice") {
			t.Fatalf("seed %d: %s: got %v, want an error for a key that stands twice", seed, twice, err)
		}
	}
}

// writer writes JSON objects at random, no key twice in one but for pair number target.
type writer struct {
	*rand.Rand
	target, written int
}

func (w *writer) object(depth int) string {
	var b strings.Builder
	b.WriteString("{")
	// A key may well stand in several objects of the document, and as a value.
	n := 1 + w.IntN(3)
	for i := range n {
		key := []string{"a", "b", "é", `x\"y`}[i]
		if i > 0 {
			b.WriteString(", ")
		}
		repeat := w.written == w.target
		w.written++
		fmt.Fprintf(&b, `"%s": %s`, key, w.value(depth-1))
		if repeat {
			spelled := map[string]string{"a": `\u0061`, "b": "b", "é": `\u00e9`, `x\"y`: `x\u0022y`}[key]
			fmt.Fprintf(&b, `, "%s": 1`, spelled)
		}
	}
	return b.String() + "}"
}

func (w *writer) value(depth int) string {
	switch n := w.IntN(6); {
	case n == 0:
		return `"a"`
	case n == 1:
		return "1"
	case n == 2:
		return "null"
	case depth == 0:
		return "true"
	case n == 3:
		return "[" + w.value(depth-1) + ", " + w.value(depth-1) + "]"
	}
	return w.object(depth)
}

func TestAt(t *testing.T) {
	t.Parallel()
	doc := object{"a": object{"b": "c"}, "x": []any{object{"b": 1}}, "n": nil}
	for _, c := range []struct {
		keys []string
		want any
	}{
		{nil, doc}, {[]string{"a", "b"}, "c"}, {[]string{"a", "c"}, nil}, {[]string{"a", "b", "c"}, nil}, {[]string{"x", "b"}, nil}, {[]string{"n", "b"}, nil}, {[]string{"z"}, nil},
	} {
		same(t, at(doc, c.keys...), c.want)
	}
}

func TestInteger(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		v    any
		want int
		ok   bool
	}{
		{json.Number("7"), 7, true}, {json.Number("-7"), -7, true}, {json.Number("7.0"), 0, false}, {json.Number("7e1"), 0, false}, {json.Number("99999999999999999999"), 0, false},
		{"7", 0, false}, {7, 0, false}, {nil, 0, false}, {true, 0, false},
	} {
		if got, ok := integer(c.v); ok != c.ok || ok && got != c.want {
			t.Errorf("%#v: got %d, %t", c.v, got, ok)
		}
	}
}

// TestComposeValid: whatever the checked parameters are, the document keeps all rules, and the warnings are those
// of what was left out.
func TestComposeValid(t *testing.T) {
	t.Parallel()
	mountSets := [][]string{nil, {"oss://b/m/"}, {"oss://b/m=/data"}, {"oss://b", "oss://c/x/=/data/"}}
	for _, im := range append(officialImages(t, "ListImages.json"), image{ImageURI: "docker.io/team/my-vllm:1"}, image{ImageURI: "host:5000/x"}) {
		for _, port := range []string{"1", "8000", "65535"} {
			for _, command := range []string{"", "python serve.py"} {
				for _, workspace := range []string{"", "310001"} {
					for _, oss := range mountSets {
						v := values("replicas", "3", "port", port)
						if v["oss"] = oss; command != "" {
							v["command"] = []string{command}
						}
						doc, err := compose(v, collected{Name: "qwen_demo", WorkspaceID: workspace}, im.ImageURI, "ecs.gn8is.2xlarge")
						if err != nil {
							t.Fatal(err)
						}
						raw, err := doc.encode()
						if err != nil {
							t.Fatal(err)
						}
						family := familyOf(im.ImageURI)
						var want []string
						if workspace == "" {
							want = append(want, "R13? $.metadata.workspace_id")
						}
						if !strings.HasPrefix(im.ImageURI, registry) {
							want = append(want, "R24? $.containers[0].image")
						}
						if command == "" && family.command == nil {
							want = append(want, "R32? $.containers[0].command")
						}
						if len(oss) == 0 && family.name != "" {
							want = append(want, "R81? $.storage")
						}
						if got := findings(t, raw); !slices.Equal(got, want) {
							t.Fatalf("%s\ngot  %q\nwant %q", raw, got, want)
						}
						// And it reads back as what it was made of.
						var back document
						if err := json.Unmarshal(raw, &back); err != nil {
							t.Fatal(err)
						}
						same(t, back, doc)
					}
				}
			}
		}
	}
}

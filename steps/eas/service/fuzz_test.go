package service

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// broken are documents that are no descriptions, or none to be proud of.
var broken = []string{
	"", " ", "null", "[]", "{", "}", "{}", `{"metadata":{},"metadata":{}}`, `{"metadata":null,"containers":[null]}`, "{} {}", "// x\n{}", "/*", `{"a":1,}`, `["\ud800"]`, "\xef\xbb\xbf{}", "\xff\xfe{\x00}\x00",
	`{"containers":[{"image":1,"port":"x","env":[1,{"name":2}],"startup_check":[],"health_check":{"http_get":1}}],"storage":[1,{"oss":1},{"oss":{"path":1}}],"cloud":{"computing":{"instances":[1,{"type":1}]},"networking":1},"networking":{"nlb":[1,{"id":1}]},"autoscaler":{"min":"x","scaleStrategies":[1,{"metricName":"cpu"}]}}`,
	`{"autoscaler":{}}`, `{"metadata":{"instance":1e400}}`, `'a'`, "{\"a\":\"\x00\"}", "{\n\t\"ä\": [\r\n1,, 2]}",
}

// holds are the properties of Check for any file.
func holds(t testing.TB, raw []byte) {
	t.Helper()
	all := Check(raw, Known{})
	// In no certain order where places are equal: see TestOrder.
	if again := Check(raw, Known{}); !slices.Equal(told(all), told(again)) {
		t.Errorf("got %q, then %q", told(all), told(again))
	}
	last := Finding{Line: 1, Column: 1}
	for _, f := range all {
		if r, ok := RuleByID(f.Rule); !ok || r.Scope > ByRun {
			t.Errorf("got %+v, of a rule that Check does not know", f)
		}
		if f.Line < 1 || f.Column < 1 || f.EndColumn <= f.Column || f.Message == "" || !strings.HasPrefix(f.Path, "$") || f.Severity > Note {
			t.Errorf("got %+v", f)
		}
		if f.Line > bytes.Count(raw, []byte("\n"))+1 || f.Line < last.Line || f.Line == last.Line && f.Column < last.Column {
			t.Errorf("got %d:%d behind %d:%d", f.Line, f.Column, last.Line, last.Column)
		}
		last = f
		text := f.Text("a.json")
		if !strings.HasPrefix(text, "a.json:") || !strings.HasSuffix(text, "\n") || !utf8.ValidString(text) {
			t.Errorf("got %q", text)
		}
		for line := range strings.Lines(text) {
			if utf8.RuneCountInString(line) > 1000 {
				t.Errorf("got a line of %d characters", utf8.RuneCountInString(line))
			}
		}
	}
	report, err := SARIF("1.0", []FileFindings{{URI: "a.json", Findings: all}})
	if err != nil || !json.Valid(report) {
		t.Errorf("got %v, %.200s", err, report)
	}
	if all.Count(Error) == 0 && !strings.ContainsAny(tail(raw), ",:") {
		if err := oracle(t, raw); err != nil {
			t.Errorf("no error is found, and the oracle says %v", err)
		}
	}
	agrees(t, raw)
	_ = Secrets(raw)
	if d, err := NewDraft(raw); err == nil {
		if out, err := d.Encode(); err != nil || !json.Valid(out) {
			t.Errorf("got %v, %.200s", err, out)
		}
	}
}

// tail is what stands behind the last brace: see TestGoesOn.
func tail(raw []byte) string { return string(raw[bytes.LastIndexByte(raw, '}')+1:]) }

func FuzzCheck(f *testing.F) {
	for _, p := range Patterns {
		f.Add(p.Template())
	}
	for _, s := range broken {
		f.Add([]byte(s))
	}
	f.Add([]byte(everything))
	f.Fuzz(func(t *testing.T, raw []byte) { holds(t, raw) })
}

// odds are values that are seldom where they should be, made anew because they are damaged in turn.
func odds() []any {
	return []any{
		nil, true, false, json.Number("0"), json.Number("-1"), json.Number("1.5"), json.Number("1e300"), json.Number("12345678901234567890"), json.Number("8080"), json.Number("9090"), json.Number("65536"),
		"", " ", "x", "null", "<x>", "***", "oss://", "oss://b/../", "/", "//", "/dev/shm/x", "..", "://", "a://b", "vsw-a,", "vpc-xxx", "default", "--port", "vllm serve --port 1 --host localhost", "sglang '", "\x00\x1b[31m\u202e", "\u00e4\ufffd", strings.Repeat("y", 500),
		[]any{}, []any{nil}, []any{[]any{}}, map[string]any{}, map[string]any{"": nil}, map[string]any{"spec": map[string]any{"access": json.Number("1")}},
	}
}

// damage changes one random place of v, which it returns.
func damage(r *rand.Rand, v any) any {
	odd := odds()
	switch x := v.(type) {
	case map[string]any:
		if len(x) == 0 || r.IntN(4) == 0 {
			break
		}
		keys := make([]string, 0, len(x))
		for key := range x {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		key := keys[r.IntN(len(keys))]
		switch r.IntN(8) {
		case 0:
			delete(x, key)
		case 1:
			x[strings.ToUpper(key)] = x[key] // a key nearly the same
		case 2:
			x[strings.ReplaceAll(key, "_", "")+"s"] = x[key]
			delete(x, key)
		case 3:
			x[keys[r.IntN(len(keys))]] = x[key]
		default:
			x[key] = damage(r, x[key])
		}
		return x
	case []any:
		if len(x) == 0 || r.IntN(4) == 0 {
			break
		}
		i := r.IntN(len(x))
		switch r.IntN(4) {
		case 0:
			return slices.Delete(x, i, i+1)
		case 1:
			return append(x, x[i])
		}
		x[i] = damage(r, x[i])
		return x
	case string:
		if r.IntN(3) == 0 {
			i := r.IntN(len(x) + 1)
			s, _ := odd[r.IntN(len(odd))].(string)
			return x[:i] + s + x[i:]
		}
	}
	return odd[r.IntN(len(odd))]
}

// TestDamage: templates damaged at random places are found wanting, never a reason to panic.
func TestDamage(t *testing.T) {
	t.Parallel()
	templates := [][]byte{[]byte(everything)}
	for _, p := range Patterns {
		templates = append(templates, p.Template())
	}
	for seed := range uint64(600) { // FuzzCheck goes on from here
		r := rand.New(rand.NewPCG(seed, 7))
		dec := json.NewDecoder(bytes.NewReader(templates[r.IntN(len(templates))]))
		dec.UseNumber()
		var doc any
		if err := dec.Decode(&doc); err != nil {
			t.Fatal(err)
		}
		for range 1 + r.IntN(4) {
			doc = damage(r, doc)
		}
		raw, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		// Some are damaged once more as text.
		if r.IntN(4) == 0 && len(raw) > 0 {
			i := r.IntN(len(raw))
			raw = slices.Concat(raw[:i], [][]byte{nil, []byte("\n"), []byte("\""), []byte(","), []byte("\xff"), []byte("}"), []byte("//")}[r.IntN(7)], raw[min(len(raw), i+r.IntN(3)):])
		}
		holds(t, raw)
		if t.Failed() {
			t.Fatalf("seed %d: %s", seed, raw)
		}
	}
}

// TestOrder: the same file, the same report.
func TestOrder(t *testing.T) {
	t.Parallel()
	raw := edited(t, "P2", `.autoscaler |= del(.min, .max)`)
	first := Check(raw, Known{})
	for range 100 {
		if again := Check(raw, Known{}); !slices.Equal(again, first) {
			t.Fatalf("got %v, then %v", first, again)
		}
	}
}

// FuzzParse: what is read is what encoding/json takes for JSON, value by value; what is not read has a finding.
func FuzzParse(f *testing.F) {
	for _, p := range Patterns {
		f.Add(p.Template())
	}
	for _, s := range []string{``, `{}`, `[1, -0.5e+3, "\u00e9\ud83d\ude00\n", null, true]`, `{"a":{"b":[]}}`, `[1,]`, `{"a" 1}`, `"x`, `01`, `-`, `1.`, `tru`, "{\"a\":\"\x01\"}", "\xff"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		root, findings := Parse(raw)
		clean := !slices.ContainsFunc(findings, func(f Finding) bool { return f.Severity == Error })
		var want any
		dec := json.NewDecoder(bytes.NewReader(raw))
		dec.UseNumber()
		err := dec.Decode(&want)
		if err == nil && dec.More() {
			err = errSyntax
		}
		if clean && (root == nil || err != nil) {
			t.Fatalf("%q: read without a finding, but %v", raw, err)
		}
		if clean && !reflect.DeepEqual(root.value(), want) {
			t.Fatalf("%q: got %v, want %v", raw, root.value(), want)
		}
		if err != nil && clean {
			t.Fatalf("%q: %v, and no finding", raw, err)
		}
	})
}

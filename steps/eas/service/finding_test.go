package service

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func rulesOf(all Findings) []string {
	out := []string{}
	for _, f := range all {
		out = append(out, f.Rule)
	}
	return out
}

// TestAllow: R3 names its part as well, but the part not the rule, and what was found stays as it was.
func TestAllow(t *testing.T) {
	t.Parallel()
	all := Findings{{Rule: "R3"}, {Rule: "R3.upstream"}, {Rule: "R30"}, {Rule: "R9"}, {Rule: "R9"}, {Rule: "R31", Severity: Warning}}
	for _, c := range []struct {
		rules []string
		want  []string
	}{
		{nil, []string{"R3", "R3.upstream", "R30", "R9", "R9", "R31"}},
		{[]string{"R3"}, []string{"R30", "R9", "R9", "R31"}},
		{[]string{"R3.upstream"}, []string{"R3", "R30", "R9", "R9", "R31"}},
		{[]string{"R9", "R31"}, []string{"R3", "R3.upstream", "R30"}},
		{[]string{"", "R", "r3", "R90", "R3."}, []string{"R3", "R3.upstream", "R30", "R9", "R9", "R31"}},
	} {
		if got := rulesOf(all.Allow(c.rules)); !slices.Equal(got, c.want) {
			t.Errorf("%q: got %q, want %q", c.rules, got, c.want)
		}
		if got := len(rulesOf(all)); got != 6 || all[5].Rule != "R31" {
			t.Fatalf("%q: the findings were changed: %v", c.rules, all)
		}
	}
	if got := Findings(nil).Allow([]string{"R1"}); len(got) != 0 {
		t.Errorf("got %v", got)
	}
}

func TestCount(t *testing.T) {
	t.Parallel()
	all := Findings{{Severity: Error}, {Severity: Warning}, {Severity: Error}}
	for s, want := range map[Severity]int{Error: 2, Warning: 1, Note: 0} {
		if got := all.Count(s); got != want {
			t.Errorf("%s: got %d, want %d", s, got, want)
		}
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	for want, v := range map[string]any{
		`"error"`: Error, `"warning"`: Warning, `"note"`: Note, `"file"`: ByFile, `"run"`: ByRun, `"cloud"`: ByCloud, `"procedure"`: ByProcedure,
		`{"rule":"R9","severity":"warning","path":"$.a","line":1,"column":2,"end_column":3,"message":"m"}`: Finding{Rule: "R9", Severity: Warning, Path: "$.a", Line: 1, Column: 2, EndColumn: 3, Message: "m", excerpt: "x", start: 7},
	} {
		if got, err := json.Marshal(v); err != nil || string(got) != want {
			t.Errorf("got %s, %v; want %s", got, err, want)
		}
	}
	for want, k := range map[string]Kind{"null": Null, "a boolean": Bool, "a number": Number, "a string": String, "an array": Array, "an object": Object} {
		if k.String() != want {
			t.Errorf("got %s, want %s", k, want)
		}
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	f := Finding{Rule: "R9", Severity: Error, Path: "$.metadata.name", Line: 3, Column: 5, EndColumn: 8, Message: "is bad", excerpt: "\tabcXYZ", mark: 4}
	for _, c := range []struct {
		fix  string
		text string
		one  string
	}{
		{"", "a/b.json:3:5: error R9: $.metadata.name is bad\n    3 | \tabcXYZ\n      | \t   ^~~\n", "is bad"},
		{"x", "a/b.json:3:5: error R9: $.metadata.name is bad\n    3 | \tabcXYZ\n      | \t   ^~~\n        write x\n", "is bad; write x"},
		{"did you mean y?", "a/b.json:3:5: error R9: $.metadata.name is bad\n    3 | \tabcXYZ\n      | \t   ^~~\n        did you mean y?\n", "is bad; did you mean y?"},
	} {
		f.Fix = c.fix
		if got := f.Text("a/b.json"); got != c.text {
			t.Errorf("got\n%swant\n%s", got, c.text)
		}
		if got := f.Sentence(); got != c.one {
			t.Errorf("got %q, want %q", got, c.one)
		}
	}
	// The mark does not go beyond the part of the line that is shown, and nothing is shown of nothing.
	f.EndColumn, f.Fix = 500, ""
	if got := f.Text("x"); !strings.HasSuffix(got, "\t   ^~~\n") {
		t.Errorf("got %q", got)
	}
	f.excerpt, f.mark = " \t", 2
	if got := f.Text("x"); got != "x:3:5: error R9: $.metadata.name is bad\n" {
		t.Errorf("got %q", got)
	}
}

// TestTextIsPlain: what a file says does not reach the terminal as more lines, or as commands to it.
func TestTextIsPlain(t *testing.T) {
	t.Parallel()
	for _, edit := range []string{
		`.containers[0].image = "a\n\u001b[31mb://c"`,
		`.containers[0].image = "a\u001b[31mb.c/d:1"`,
		`.containers[0].command = "vllm serve '/a\u001b[31m'"`,
		`.autoscaler = {min: 1, max: 4, scaleStrategies: [{metricName: "a\u001b[31m", threshold: 1}, {metricName: "a\u001b[31m", threshold: 1}]}`,
		`.containers[0].env = [{name: "a\nb", value: ""}, {name: "a\nb", value: ""}]`,
		`.metadata["a\u001b[31m"] = 1`,
		`.storage[0].mount_path = "/a\u001b[31m\n"`,
	} {
		for _, f := range Check(edited(t, "P1", edit), Known{}) {
			if text := f.Text("x"); strings.ContainsAny(text, "\x1b\r") || strings.Count(text, "\n") > 4 {
				t.Errorf("%s: a message or fix quotes a value as it is: %q", edit, text)
			}
		}
	}
}

// TestMessageOfType: a number that is too large has neither a fraction nor an exponent.
func TestMessageOfType(t *testing.T) {
	t.Parallel()
	for literal, want := range map[string]string{"1.5": "fraction", "1e3": "exponent", `"1"`: "is a string, not an integer", "null": "is null, not an integer"} {
		all := Check([]byte(strings.Replace(everything, `"instance": 2`, `"instance": `+literal, 1)), Known{})
		if i := slices.IndexFunc(all, func(f Finding) bool { return f.Rule == "R7" }); i < 0 || !strings.Contains(all[i].Message, want) {
			t.Errorf("%s: got %+v", literal, all)
		}
	}
	for _, f := range Check([]byte(strings.Replace(everything, `"instance": 2`, `"instance": 12345678901234567890`, 1)), Known{}) {
		if f.Rule == "R7" && strings.Contains(f.Message, "fraction") {
			t.Errorf("of 12345678901234567890 it is said that it %s", f.Message)
		}
	}
}

func TestSARIF(t *testing.T) {
	t.Parallel()
	raw := edited(t, "P1", `.labels = {} | .metadata.name = "a-b" | del(.storage)`)
	all := Check(raw, Known{})
	report, err := SARIF("1.2.3", []FileFindings{{URI: "a%20b.json", Findings: all}, {URI: "none.json"}})
	if err != nil {
		t.Fatal(err)
	}
	type message struct{ Text string }
	type region struct{ StartLine, StartColumn, EndColumn int }
	var log struct {
		Schema  string `json:"$schema"`
		Version string
		Runs    []struct {
			Tool struct {
				Driver struct {
					Name, Version string
					Rules         []struct {
						ID                   string
						ShortDescription     message
						DefaultConfiguration struct{ Level string }
						Properties           struct{ Source, Scope string }
					}
				}
			}
			ColumnKind string
			Results    []struct {
				RuleID    string
				RuleIndex int
				Level     string
				Message   message
				Locations []struct {
					PhysicalLocation struct {
						ArtifactLocation struct{ URI string }
						Region           region
					}
					LogicalLocations []struct{ FullyQualifiedName string }
				}
			}
		}
	}
	if err := json.Unmarshal(report, &log); err != nil {
		t.Fatal(err)
	}
	if log.Version != "2.1.0" || !strings.HasSuffix(log.Schema, "sarif-2.1.0.json") || len(log.Runs) != 1 {
		t.Fatalf("got %s, %s, %d runs", log.Version, log.Schema, len(log.Runs))
	}
	run := log.Runs[0]
	if d := run.Tool.Driver; d.Name != "aligate" || d.Version != "1.2.3" || len(d.Rules) != len(Rules) || run.ColumnKind != "unicodeCodePoints" {
		t.Errorf("got %s %s, %d rules, %s", d.Name, d.Version, len(d.Rules), run.ColumnKind)
	}
	for i, r := range run.Tool.Driver.Rules {
		if want := Rules[i]; r.ID != want.ID || r.ShortDescription.Text != want.Summary || r.DefaultConfiguration.Level != want.Severity.String() || r.Properties.Scope != want.Scope.String() || r.Properties.Source != want.Source {
			t.Errorf("got %+v, want %+v", r, want)
		}
	}
	if len(run.Results) != len(all) || len(all) != 4 {
		t.Fatalf("got %d results of %d findings", len(run.Results), len(all))
	}
	var ids []string
	for i, r := range run.Results {
		f, at := all[i], r.Locations[0]
		ids = append(ids, r.RuleID)
		// A part of a rule stands behind a slash, and its index is the rule's.
		if id, _, _ := strings.Cut(r.RuleID, "/"); run.Tool.Driver.Rules[r.RuleIndex].ID != id || strings.ReplaceAll(r.RuleID, "/", ".") != f.Rule {
			t.Errorf("got rule %s at %d of %s", r.RuleID, r.RuleIndex, f.Rule)
		}
		if r.Level != f.Severity.String() || r.Message.Text != f.Path+" "+f.Sentence() || at.PhysicalLocation.ArtifactLocation.URI != "a%20b.json" ||
			at.PhysicalLocation.Region != (region{f.Line, f.Column, f.EndColumn}) || at.LogicalLocations[0].FullyQualifiedName != f.Path {
			t.Errorf("got %+v of %+v", r, f)
		}
	}
	slices.Sort(ids)
	if want := []string{"R3/upstream", "R35", "R81", "R9"}; !slices.Equal(ids, want) {
		t.Errorf("got %q, want %q", ids, want)
	}
}

// TestSARIFOfNothing: results is an array even so; without it, the file would say that nothing was looked at.
func TestSARIFOfNothing(t *testing.T) {
	t.Parallel()
	for _, files := range [][]FileFindings{nil, {{URI: "a.json"}}} {
		report, err := SARIF("", files)
		if err != nil {
			t.Fatal(err)
		}
		var log struct{ Runs []struct{ Results *[]any } }
		if err := json.Unmarshal(report, &log); err != nil || len(log.Runs) != 1 || log.Runs[0].Results == nil || len(*log.Runs[0].Results) != 0 {
			t.Errorf("got %v, %.300s", err, report)
		}
	}
}

func TestSecrets(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		raw  string
		want []string
	}{
		{string(edited(t, "P6", `.containers[0].env = [{name: "HF_TOKEN", value: "t-1"}, {name: "A", value: "x"}, {name: "DB_PASSWORD", value: ""}, {name: "MY_SECRET", value: "s"}]
			| .containers[1] = {env: [{name: "API_KEY", value: "k"}]}`)), []string{"t-1", "s", "k"}},
		{string(edited(t, "P6", ".")), nil},
		{`{"containers": [1, {"env": [1, {"name": 1, "value": "x"}, {"name": "TOKEN", "value": 2}]}]}`, nil},
		{`[`, nil},
		{``, nil},
	} {
		if got := Secrets([]byte(c.raw)); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%.60s: got %q, want %q", c.raw, got, c.want)
		}
	}
}

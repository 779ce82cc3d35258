package steps

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"aligate/runner"
)

// Param is one parameter of a workflow: a flag on its commands, a remembered value in the run record, an input
// of the steps that name it. Adding one is adding a row to the workflow's table.
type Param struct {
	// Name is the flag without dashes; the same name stands in the run record.
	Name string
	// Short is a second name of one letter; empty for most.
	Short string
	// Usage is its line in help, with the placeholder of its value in backquotes.
	Usage string
	// Default is what Values.One returns when nothing was given.
	Default string
	// Otherwise is shown in help like Default, for a value that a step fills in when nothing else says.
	Otherwise string
	Required  bool
	// Repeat allows the flag several times; otherwise a second value is a problem.
	Repeat bool
	// Bool makes it a switch, stored as "true" or "false".
	Bool bool
	// Hidden keeps it out of help.
	Hidden bool
	// Check says what is wrong with one value. It is called for given and for remembered values.
	Check func(value string) error
}

// Common are the parameters that every workflow has: global flags, remembered like the others.
var Common = []Param{
	{Name: "profile", Usage: "`PROFILE` of the aliyun CLI to use; which profile is current does not change", Check: checkProfile},
	{Name: "gate-dir", Default: "/tmp", Usage: "`DIR` of the gate files"},
	{Name: "service-file", Default: "service.json", Usage: "service description, a `FILE` to write and send"},
}

func checkProfile(v string) error {
	if strings.HasPrefix(v, "-") || strings.ContainsAny(v, " ") {
		return fmt.Errorf("%q is not a profile name", v)
	}
	return nil
}

// Values are parameters as given, by name. A name that is absent was not given.
type Values map[string][]string

// One returns the value of name, or "" if it was not given.
func (v Values) One(name string) string {
	if given := v[name]; len(given) > 0 {
		return given[0]
	}
	return ""
}

// Is reports whether the switch name is on.
func (v Values) Is(name string) bool { return v.One(name) == "true" }

// merge returns v with over laid on top.
func (v Values) merge(over Values) Values {
	out := maps.Clone(v)
	if out == nil {
		out = Values{}
	}
	maps.Copy(out, over)
	return out
}

// withDefaults returns v with the defaults of params filled in.
func (v Values) withDefaults(params []Param) Values {
	out := v.merge(nil)
	for _, p := range params {
		if len(out[p.Name]) == 0 && p.Default != "" {
			out[p.Name] = []string{p.Default}
		}
	}
	return out
}

// maxValue bounds every value: a longer one does not fit into an argv element beside its flag (service.json R2).
const maxValue = 131071

// CheckValues returns every problem of v against params: for values that do not come from the command line.
func CheckValues(params []Param, v Values) []Problem { return checkValues(params, v, true) }

// checkValues returns every problem of v against the table: repeated, empty, holding control characters, too
// long, rejected by the parameter's own check, and, if complete, required and absent.
func checkValues(params []Param, v Values, complete bool) []Problem {
	var problems []Problem
	for _, p := range params {
		given, where := v[p.Name], "--"+p.Name
		if len(given) == 0 {
			if complete && p.Required {
				problems = append(problems, Problem{Where: where, What: "is required"})
			}
			continue
		}
		if len(given) > 1 && !p.Repeat && !slices.Equal(slices.Compact(slices.Clone(given)), given[:1]) {
			problems = append(problems, Problem{Where: where, What: fmt.Sprintf("given %d times with different values (%s); give it once", len(given), quoteAll(given))})
		}
		for _, value := range given {
			if what := checkText(value); what != "" {
				problems = append(problems, Problem{Where: where, What: what})
			} else if p.Check != nil {
				if err := p.Check(value); err != nil {
					problems = append(problems, Problem{Where: where, What: err.Error()})
				}
			}
		}
	}
	return problems
}

// checkText says what is wrong with value as text, before anything looks at what it means.
func checkText(value string) string {
	switch {
	case value == "":
		return "is empty"
	case len(value) > maxValue:
		return fmt.Sprintf("is %d bytes long; at most %d fit on a command line", len(value), maxValue)
	}
	if runner.HoldsCredential(value) {
		return "holds an access key; what is sent and stored must not"
	}
	if i := strings.IndexFunc(value, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\uFFFD' }); i >= 0 {
		return fmt.Sprintf("holds a control character or a byte that is not UTF-8 at position %d: %q", i+1, excerpt(value, i))
	}
	return ""
}

// excerpt returns the surroundings of position i of s.
func excerpt(s string, i int) string {
	from, to := max(0, i-12), min(len(s), i+12)
	return strings.ToValidUTF8(s[from:to], "\uFFFD")
}

func quoteAll(values []string) string {
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = fmt.Sprintf("%q", v)
	}
	return strings.Join(quoted, ", ")
}

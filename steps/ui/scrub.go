package ui

import (
	"bytes"
	"encoding/json"

	"aligate/steps"
)

// scrub returns r with every string in it redacted. Redaction works on the strings, not on encoded JSON, whose
// escapes could hide a secret or be torn apart.
func (p *Printer) scrub(r steps.Report) steps.Report {
	r.Summary = p.Redactor.Text(r.Summary)
	r.Data = p.scrubValue(r.Data)
	warnings := make([]steps.Warning, len(r.Warnings))
	for i, w := range r.Warnings {
		warnings[i] = steps.Warning{Code: w.Code, Message: p.Redactor.Text(w.Message)}
	}
	r.Warnings = warnings
	if r.Error != nil {
		failure := *r.Error
		failure.Message, failure.Detail, failure.Changed = p.Redactor.Text(failure.Message), p.Redactor.Text(failure.Detail), p.Redactor.Text(failure.Changed)
		failure.Hints = p.Redactor.Args(failure.Hints)
		problems := make([]steps.Problem, len(failure.Problems))
		for i, problem := range failure.Problems {
			problem.What = p.Redactor.Text(problem.What)
			problems[i] = problem
		}
		failure.Problems = problems
		r.Error = &failure
	}
	return r
}

// scrubValue redacts the strings of any value, by way of its JSON.
func (p *Printer) scrubValue(v any) any {
	raw, err := encode(v)
	if err != nil || p.Redactor.Text(string(raw)) == string(raw) {
		return v
	}
	var decoded any
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if dec.Decode(&decoded) != nil {
		return v
	}
	return p.scrubStrings(decoded)
}

func (p *Printer) scrubStrings(v any) any {
	switch x := v.(type) {
	case string:
		return p.Redactor.Text(x)
	case []any:
		for i := range x {
			x[i] = p.scrubStrings(x[i])
		}
	case map[string]any:
		for key, value := range x {
			x[key] = p.scrubStrings(value)
		}
	}
	return v
}

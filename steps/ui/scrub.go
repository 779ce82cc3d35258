package ui

import (
	"bytes"
	"encoding/json"
	"strings"

	"aligate/runner"
	"aligate/steps"
)

// scrub returns r with every string in it redacted. Redaction works on the strings, not on encoded JSON, whose
// escapes could hide a secret or be torn apart.
func (p *Printer) scrub(r steps.Report) steps.Report {
	r.Summary = p.Redactor.Text(r.Summary)
	r.Data = p.scrubValue(r.Data)
	if r.Keys != nil {
		r.Keys, _ = p.scrubValue(r.Keys).(map[string]any)
	}
	warnings := make([]steps.Warning, len(r.Warnings))
	for i, w := range r.Warnings {
		warnings[i] = steps.Warning{Code: w.Code, Message: p.Redactor.Text(w.Message)}
	}
	r.Warnings = warnings
	if r.Error != nil {
		failure := *r.Error
		failure.Message, failure.Detail, failure.Changed = p.Redactor.Text(failure.Message), p.Redactor.Text(failure.Detail), p.Redactor.Text(failure.Changed)
		failure.Hints = p.Redactor.Args(failure.Hints)
		failure.Choices, failure.Details = p.scrubValue(failure.Choices), p.scrubValue(failure.Details)
		problems := make([]steps.Problem, len(failure.Problems))
		for i, problem := range failure.Problems {
			problem.Where, problem.What = p.Redactor.Text(problem.Where), p.Redactor.Text(problem.What)
			problems[i] = problem
		}
		failure.Problems = problems
		r.Error = &failure
	}
	if r.Next != nil {
		next := *r.Next
		next.Command = p.Redactor.Text(next.Command)
		r.Next = &next
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
		return p.scrubMembers(x)
	}
	return v
}

// scrubMembers redacts the members of an object. What its name alone makes a secret is one here as well: string by
// string, the name would be lost.
func (p *Printer) scrubMembers(x map[string]any) map[string]any {
	if name, _ := x["name"].(string); runner.SecretName(name) {
		if value, _ := x["value"].(string); value != "" {
			x["value"] = runner.Redacted
		}
	}
	clean := make(map[string]any, len(x))
	for key, value := range x {
		if text, ok := value.(string); ok && text != "" && runner.SecretName(key) && !strings.HasPrefix(text, runner.Redacted) {
			value = runner.Redacted
		}
		clean[p.Redactor.Text(key)] = p.scrubStrings(value)
	}
	return clean
}

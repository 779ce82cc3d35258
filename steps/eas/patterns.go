package eas

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"

	"aligate/runner"
	"aligate/steps"
	"aligate/steps/eas/service"
)

// patterns lists the eight shapes of a service, or prints one.
var patterns = steps.Tool{
	Name:    "patterns",
	Summary: "list the eight patterns of service.json, or print one",
	Description: "Without an argument, lists the patterns and the flags of eas build that make each. With one, prints a template\n" +
		"with example values, to be edited and given to eas build --from.",
	Example: "aligate eas patterns\naligate eas patterns P4 > base.json",
	Args:    "[PATTERN]",
	Offline: true,
	Run:     runPatterns,
}

func runPatterns(_ context.Context, env *steps.Env) (steps.Outcome, error) {
	switch len(env.Args) {
	case 0:
		return steps.Outcome{Summary: "8 patterns", Data: map[string]any{"patterns": listed()}, Text: patternsTable}, nil
	case 1:
		p, ok := service.PatternByID(env.Args[0])
		if !ok {
			return steps.Outcome{}, steps.Usage(steps.Problem{Where: fmt.Sprintf("%q", env.Args[0]), What: "is not one of P1 to P8"})
		}
		raw := p.Template()
		return steps.Outcome{Summary: p.ID + ": " + p.Summary, Data: map[string]any{"pattern": p, "service": json.RawMessage(raw)},
			Text: func() string { return string(raw) }}, nil
	}
	return steps.Outcome{}, steps.Usage(steps.Problem{Where: fmt.Sprintf("%q", env.Args[1]), What: "unexpected argument: one pattern at a time"})
}

// listedPattern is a pattern with the command that makes it.
type listedPattern struct {
	service.Pattern
	Command string `json:"command"`
}

func listed() []listedPattern {
	var all []listedPattern
	for _, p := range service.Patterns {
		all = append(all, listedPattern{p, "aligate eas deploy --region cn-hangzhou " + runner.Quote(p.Flags...)})
	}
	return all
}

func patternsTable() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "PATTERN\tWHAT\tFLAGS")
	for _, p := range service.Patterns {
		fmt.Fprintf(w, "%s\t%s\t%s\n", p.ID, p.Summary, runner.Quote(p.Flags...))
	}
	w.Flush()
	return b.String()
}

// schema prints the JSON Schema of service.json.
var schema = steps.Tool{
	Name:    "schema",
	Summary: "print the JSON Schema of service.json",
	Description: "Draft 2020-12, for editors and other validators: completion and hover texts while you write. What a schema cannot\n" +
		"say, eas validate says.",
	Example: "aligate eas schema > service.schema.json",
	Offline: true,
	Run: func(context.Context, *steps.Env) (steps.Outcome, error) {
		return steps.Outcome{Summary: "JSON Schema of service.json", Data: map[string]any{"schema": json.RawMessage(service.Schema)},
			Text: func() string { return string(service.Schema) }}, nil
	},
}

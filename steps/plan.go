package steps

import (
	"context"
	"fmt"
	"strings"

	"aligate/runner"
)

// PlannedCommand is one line of a plan.
type PlannedCommand struct {
	Step   string   `json:"step"`
	Args   []string `json:"args"`
	Effect string   `json:"effect"`
	// Line is the command as a shell line.
	Line string `json:"line"`
}

// Plan returns the commands that a whole run would start if all goes well, running none.
func (e *Engine) Plan(ctx context.Context, given Values) Report {
	rec, err := e.open(given)
	if err != nil {
		return e.fail(ctx, "plan", err, nil)
	}
	if problems := e.check(rec.Params, true); len(problems) > 0 {
		return e.fail(ctx, "plan", Usage(problems...), nil)
	}
	v := e.values(rec.Params)
	var plan []PlannedCommand
	add := func(step string, commands []runner.Command) {
		for _, c := range commands {
			args := e.Redactor.Args(c.Args)
			plan = append(plan, PlannedCommand{Step: step, Args: args, Effect: c.Effect.String(), Line: planLine(args)})
		}
	}
	for _, step := range e.Workflow.Steps {
		if step.Commands != nil {
			add(step.Name, step.Commands(v))
		}
	}
	if e.Workflow.CloseCommands != nil {
		add("close", e.Workflow.CloseCommands(v))
	}
	report := newReport(e.Workflow.Name, "plan", Outcome{
		Summary: fmt.Sprintf("%d commands, none of them run", len(plan)),
		Data:    map[string]any{"commands": plan},
		Text:    func() string { return planText(plan) },
	}, nil)
	report.Next = &Next{Step: "deploy", Command: e.command(e.Workflow.Name + " deploy")}
	return report
}

// FileContent stands in a plan for the content of a file that does not exist yet.
func FileContent(path string) string { return "<content of " + path + ">" }

// planLine is a command as a shell line, with "$(cat FILE)" for the content of a file.
func planLine(args []string) string {
	line := []string{"aliyun"}
	for _, arg := range args {
		if path, ok := strings.CutPrefix(arg, "<content of "); ok {
			line = append(line, `"$(cat `+runner.Quote(strings.TrimSuffix(path, ">"))+`)"`)
			continue
		}
		line = append(line, runner.Quote(arg))
	}
	return strings.Join(line, " ")
}

// planText is a plan as shell lines, with a comment before the lines of each step.
func planText(plan []PlannedCommand) string {
	var b strings.Builder
	step := ""
	for _, c := range plan {
		if c.Step != step {
			step = c.Step
			fmt.Fprintf(&b, "# %s\n", step)
		}
		b.WriteString(c.Line + "\n")
	}
	return b.String()
}

package cmdline

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"

	"aligate/steps"
)

// workflowCommand makes the command of a workflow: one command per step, and those that concern the whole run.
func (a *App) workflowCommand(w *steps.Workflow) *cli.Command {
	root := &cli.Command{Name: w.Name, Usage: w.Summary, Description: w.Description}
	for _, name := range slices.Sorted(maps.Keys(w.Groups)) {
		root.Commands = append(root.Commands, &cli.Command{Name: name, Usage: w.Groups[name], Category: groupCategory(w, name)})
	}
	for i := range w.Steps {
		root.Commands = append(root.Commands, a.stepCommand(w, &w.Steps[i]))
	}
	for i := range w.Tools {
		parent, name := root, w.Tools[i].Name
		if under, last, ok := strings.Cut(name, " "); ok {
			parent, name = root.Command(under), last
		}
		parent.Commands = append(parent.Commands, a.toolCommand(w, &w.Tools[i], name))
	}
	if len(w.Steps) == 0 {
		return root // tools alone: there is no run
	}
	root.Commands = append(root.Commands, a.deployCommand(w), a.statusCommand(w), a.planCommand(w), a.resetCommand(w))
	return root
}

// toolsCategory is the heading of tools that have none of their own.
const toolsCategory = "TOOLS"

// groupCategory is the heading of a group: that of the first tool in it.
func groupCategory(w *steps.Workflow, group string) string {
	for _, tool := range w.Tools {
		if strings.HasPrefix(tool.Name, group+" ") {
			return cmp.Or(tool.Category, toolsCategory)
		}
	}
	return toolsCategory
}

func (a *App) stepCommand(w *steps.Workflow, step *steps.Step) *cli.Command {
	params := only(w.Params, append(slices.Clone(step.Uses), step.Shows...))
	return &cli.Command{
		Name: step.Name, Usage: step.Summary, Category: "STEPS",
		Description: describe(step.Description, step.Example),
		Flags:       a.flagsOf(step.Name, params),
		Action: func(ctx context.Context, cmd *cli.Command) error {
			s := a.session(ctx, cmd, w, mode{name: step.Name, params: params, single: true, lock: true, over: step.Name == w.Steps[len(w.Steps)-1].Name})
			if s == nil {
				return nil
			}
			defer s.close()
			a.report(s, s.Step(ctx, step.Name, s.given))
			return nil
		},
	}
}

func (a *App) toolCommand(w *steps.Workflow, tool *steps.Tool, name string) *cli.Command {
	params := slices.Concat(only(w.Params, tool.Uses), tool.Params)
	return &cli.Command{
		Name: name, Usage: tool.Summary, Category: cmp.Or(tool.Category, toolsCategory), ArgsUsage: tool.Args,
		Description: describe(tool.Description, tool.Example),
		Flags:       a.flagsOf(name, params),
		Action: func(ctx context.Context, cmd *cli.Command) error {
			s := a.session(ctx, cmd, w, mode{name: tool.Name, params: params, tool: true, lock: tool.Changes, offline: tool.Offline, formats: tool.Formats})
			if s == nil {
				return nil
			}
			defer s.close()
			a.report(s, s.Tool(ctx, tool.Name, s.given, cmd.Args().Slice()))
			return nil
		},
	}
}

func (a *App) deployCommand(w *steps.Workflow) *cli.Command {
	flags := append(a.flagsOf("deploy", w.Params), &cli.BoolFlag{Name: "resume", Usage: "go on with the run of the state directory after its last finished step"})
	return &cli.Command{
		Name: "deploy", Usage: "every step in order", Category: "RUNS",
		Description: describe("Runs the steps one after another and stops where one of them would stop. What was done is in the\n"+
			"state directory: after a failure, a signal or a crash, --resume goes on where it ended and repeats nothing\n"+
			"that changed the cloud.", strings.TrimSpace(w.Example)),
		Flags: flags,
		Action: func(ctx context.Context, cmd *cli.Command) error {
			resume := cmd.Bool("resume")
			s := a.session(ctx, cmd, w, mode{name: "deploy", params: w.Params, complete: !resume, lock: true, begins: !resume, over: true})
			if s == nil {
				return nil
			}
			defer s.close()
			a.report(s, s.All(ctx, "deploy", s.given, resume))
			return nil
		},
	}
}

func (a *App) statusCommand(w *steps.Workflow) *cli.Command {
	return &cli.Command{
		Name: "status", Usage: "where the run stands: each step, its gate, what is next", Category: "RUNS",
		Description: describe("Reads the state directory and starts nothing.", "aligate "+w.Name+" status"),
		Action: func(ctx context.Context, cmd *cli.Command) error {
			s := a.session(ctx, cmd, w, mode{name: "status", single: true, looks: true, offline: true})
			if s == nil {
				return nil
			}
			defer s.close()
			report := s.Status(ctx)
			if status, ok := report.Data.(steps.RunStatus); ok {
				report.Text = func() string { return statusText(status, a.Clock()) }
			}
			a.report(s, report)
			return nil
		},
	}
}

func (a *App) planCommand(w *steps.Workflow) *cli.Command {
	return &cli.Command{
		Name: "plan", Usage: "the aliyun commands deploy would run, running none", Category: "RUNS",
		Description: describe("Prints shell lines. What only a run finds out stands as <placeholder>.", strings.ReplaceAll(w.Example, " deploy", " plan")),
		Flags:       a.flagsOf("plan", w.Params),
		Action: func(ctx context.Context, cmd *cli.Command) error {
			s := a.session(ctx, cmd, w, mode{name: "plan", params: w.Params, single: true})
			if s == nil {
				return nil
			}
			defer s.close()
			a.report(s, s.Plan(ctx, s.given))
			return nil
		},
	}
}

func (a *App) resetCommand(w *steps.Workflow) *cli.Command {
	return &cli.Command{
		Name: "reset", Usage: "close the run: archive its record, remove its gate files, end what it left open", Category: "RUNS",
		Description: describe("Changes nothing in the cloud. A gate file that is not what the run wrote is left alone.", "aligate "+w.Name+" reset"),
		Action: func(ctx context.Context, cmd *cli.Command) error {
			s := a.session(ctx, cmd, w, mode{name: "reset", lock: true, looks: true})
			if s == nil {
				return nil
			}
			defer s.close()
			a.report(s, s.Reset(ctx))
			return nil
		},
	}
}

// only returns the rows of params with one of names, without the common ones, which are global flags.
func only(params []steps.Param, names []string) []steps.Param {
	return slices.DeleteFunc(slices.Clone(params), func(p steps.Param) bool { return !slices.Contains(names, p.Name) })
}

// flagsOf makes the flags of the command called name; none where nobody asks for it.
func (a *App) flagsOf(name string, params []steps.Param) []cli.Flag {
	if !a.named(name) {
		return nil
	}
	var flags []cli.Flag
	for _, p := range params {
		if !slices.ContainsFunc(steps.Common, func(c steps.Param) bool { return c.Name == p.Name }) {
			flags = append(flags, flagOf(p, cli.ValueSourceChain{}))
		}
	}
	return flags
}

func describe(text, example string) string {
	if example == "" {
		return text
	}
	return text + "\n\nExample:\n  " + strings.ReplaceAll(example, "\n", "\n  ")
}

// Package cmdline makes the command line of the workflows: commands, flags, help, completion and the exit code.
// Every workflow gets its commands from its own table of parameters and steps; nothing here is written for one
// of them.
//
// It owns: the way from argv and environment to an Engine, and from a Report to the printer. It must not know:
// what a step does, any argv of aliyun, or how a Report looks (package ui).
package cmdline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v3"
	"golang.org/x/term"

	"aligate/runner"
	"aligate/steps"
	"aligate/steps/ui"
)

// App is the program below main: everything it touches is in here, so that a test can hold it.
type App struct {
	Version        string
	Stdin          *os.File
	Stdout, Stderr io.Writer
	// Terminal and StdinTerminal tell whether a person watches stderr and sits at stdin.
	Terminal, StdinTerminal bool
	Environ                 []string
	Clock                   steps.Clock
	Rand                    io.Reader
	// Sleep waits; nil means real time.
	Sleep     func(ctx context.Context, d time.Duration) error
	Workflows []*steps.Workflow
	// Compose builds the runner for one command: the only place that knows how decorators are stacked.
	Compose func(Settings, Hooks) (Source, error)
	// Demos are shown by `aligate demo`.
	Demos []Demo

	scan scan
	exit steps.ExitCode
	// words are those of the command line: of a command that is not among them, nobody asks for the flags.
	words []string
}

// Source is where the answers of one command come from.
type Source struct {
	Runner runner.Runner
	// Finish is called when the command has ended, before its result is printed: a recording is saved, the place in
	// a replay kept. over is set if a whole run has ended well, after which a replay must have been used up. Nil if
	// there is nothing to finish.
	Finish func(over bool) error
}

// Hooks are what a runner tells of its work.
type Hooks struct {
	Before func(c runner.Command)
	After  func(c runner.Command, res runner.Result, err error)
	// Retry is told before a command is repeated.
	Retry func(c runner.Command, err error, attempt int, wait time.Duration)
	// Begins is set if the command begins a run.
	Begins bool
	// Stays is set if the run goes on after the process: its steps are commands of their own.
	Stays bool
	// Redactor knows the secrets that the command has learnt.
	Redactor *runner.Redactor
}

// Run runs the command line args (the program's name first) and returns the exit code.
func (a *App) Run(ctx context.Context, args []string) steps.ExitCode {
	a.words = args
	root := a.root()
	a.scan = scanArgs(root, args, a.Environ)
	if a.scan.help {
		a.scan.problems = nil
	} else if len(a.scan.problems) > 0 && a.lost(root) {
		return a.usage(nil)
	}
	if !a.scan.help {
		prune(root, a.scan.path)
	}
	if err := root.Run(ctx, a.scan.clean); err != nil {
		// Actions report for themselves: what comes out here is the parser's.
		return a.usage(err)
	}
	return a.exit
}

// prune leaves of the commands those on path: the library sets up every one that is there, with all its flags.
func prune(root *cli.Command, path []string) {
	for _, name := range path {
		next := root.Command(name)
		root.Commands = []*cli.Command{next}
		root = next
	}
}

// named reports whether the flags of the command called name can matter.
func (a *App) named(name string) bool {
	return len(a.words) == 0 || slices.ContainsFunc(a.words, func(w string) bool {
		return hyphened(w) == name || w == "help" || w == "-h" || w == "--help" || w == completionName || w == "--generate-shell-completion"
	})
}

// lost reports whether the command line names no command that could be checked further.
func (a *App) lost(root *cli.Command) bool {
	cmd := root
	for _, name := range a.scan.path {
		cmd = cmd.Command(name)
	}
	return len(cmd.Commands) > 0
}

// usage reports the problems found so far, and err of the parser if there is one.
func (a *App) usage(err error, more ...steps.Problem) steps.ExitCode {
	problems := append(a.scan.problems, more...)
	if err != nil {
		problems = append(problems, parserProblem(err))
	}
	workflow, step := "", ""
	if len(a.scan.path) > 0 {
		workflow, step = a.scan.path[0], strings.Join(a.scan.path[1:], " ")
	}
	fault := steps.Usage(problems...)
	fault.Hints = []string{"see: " + strings.Join(append(append([]string{"aligate"}, a.scan.path...), "--help"), " ")}
	report := steps.FailureReport(workflow, step, fault, nil)
	printer := ui.New(ui.Options{Out: a.Stdout, Err: a.Stderr, JSON: a.scan.json, Redactor: &runner.Redactor{}, Clock: a.Clock})
	at := slices.IndexFunc(a.Workflows, func(w *steps.Workflow) bool { return w.Name == workflow })
	if at >= 0 {
		report = withKeys(a.Workflows[at], report)
	}
	_ = printer.Print(report)
	return report.ExitCode
}

// parserProblem turns the parser's error into one of ours, with the flag in its place.
func parserProblem(err error) steps.Problem {
	text := err.Error()
	if rest, ok := strings.CutPrefix(text, "invalid value "); ok {
		// invalid value "x" for flag -timeout: reason
		if _, rest, ok := strings.Cut(rest, " for flag -"); ok {
			if name, reason, ok := strings.Cut(rest, ": "); ok {
				return steps.Problem{Where: "--" + strings.TrimLeft(name, "-"), What: reason}
			}
		}
	}
	return steps.Problem{Where: "command line", What: text}
}

// root builds the command tree.
func (a *App) root() *cli.Command {
	root := &cli.Command{
		Name:    "aligate",
		Usage:   "drive the official aliyun CLI step by step, behind gates",
		Version: a.Version,
		Description: "aligate runs documented Alibaba Cloud procedures as they are documented, each step checked before the next,\n" +
			"every run recorded so that it can be resumed, and replayed in CI. It starts aliyun and touches no credentials.",
		Flags:                 globalFlags(),
		HideHelpCommand:       true,
		EnableShellCompletion: true,
		ConfigureShellCompletionCommand: func(c *cli.Command) {
			c.Hidden = false
			c.Usage = "print the completion script of a shell: bash, zsh, fish or pwsh"
		},
	}
	for _, w := range a.Workflows {
		root.Commands = append(root.Commands, a.workflowCommand(w))
	}
	if len(a.Demos) > 0 {
		root.Commands = append(root.Commands, a.demoCommand())
	}
	root.Commands = append(root.Commands, a.helpCommand())
	repair(root, a.Stdout, a.Stderr)
	return root
}

// repair applies to every command what the library does not inherit: a usage error is returned instead of
// printed with the help on stdout, a value may hold commas, an error never exits the process.
func repair(cmd *cli.Command, out, err io.Writer) {
	cmd.Writer, cmd.ErrWriter = out, err
	cmd.OnUsageError = func(_ context.Context, _ *cli.Command, err error, _ bool) error { return err }
	cmd.DisableSliceFlagSeparator = true
	cmd.ExitErrHandler = func(context.Context, *cli.Command, error) {}
	for _, sub := range cmd.Commands {
		repair(sub, out, err)
	}
}

// session is one command at work on one workflow.
type session struct {
	*steps.Engine
	given   steps.Values
	printer *ui.Printer
	close   func()
	// finish ends what the answers come from; over is set if the command ends a run.
	finish func(over bool) error
	over   bool
}

// mode says how a command uses its session.
type mode struct {
	// name is the command, for reports.
	name string
	// params are the parameters it takes as flags.
	params []steps.Param
	// complete asks for everything that a run needs.
	complete bool
	// single is set if the command's own result is the only thing to show.
	single bool
	// lock is set if the command changes the run.
	lock bool
	// looks is set if the command works whatever has become of what the run remembers; offline if it starts nothing.
	looks, offline bool
	// begins is set if the command begins a run, over if it ends one when it ends well.
	begins, over bool
	// tool is set if name is a tool of the workflow, formats are what it can answer in besides text and JSON.
	tool    bool
	formats []string
}

// session checks everything that was given and opens the state directory. If that fails, it has reported so
// and returns nil.
func (a *App) session(ctx context.Context, cmd *cli.Command, w *steps.Workflow, m mode) *session {
	set := settingsOf(cmd)
	redactor := &runner.Redactor{}
	printer := a.printer(set, redactor, m.single)
	engine := &steps.Engine{
		Workflow: w, Store: &steps.Store{Dir: set.StateDir, Redactor: redactor}, Progress: printer, Clock: a.Clock, Rand: a.Rand,
		Environ: a.Environ, Redactor: redactor, Stdin: a.Stdin, Version: a.Version, Replay: set.Replay != "", Flags: a.repeated(cmd), Sleep: a.Sleep, Scale: set.Scale,
	}
	if engine.Replay {
		engine.Sleep = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	}
	s := &session{Engine: engine, given: valuesOf(cmd, slices.Concat(m.params, steps.Common)), printer: printer, close: func() {}, over: m.over}
	if problems := s.check(m, set); len(problems)+len(a.scan.problems) > 0 {
		a.exit = a.usage(nil, problems...)
		return nil
	}
	if m.lock {
		release, err := engine.Store.Lock(ctx, set.LockTimeout)
		if err != nil {
			a.report(s, steps.FailureReport(w.Name, m.name, steps.AsError(ctx, err), nil))
			return nil
		}
		s.close = release
	}
	journal := &steps.Journal{Path: filepath.Join(set.StateDir, "journal.jsonl"), Redactor: redactor, Clock: a.Clock}
	if m.offline {
		set.Record, set.Replay = "", "" // it asks nobody
	}
	source, err := a.Compose(set, Hooks{
		Begins: m.begins, Stays: !m.begins && !m.tool, Redactor: redactor,
		Before: printer.Command,
		After:  journal.Write,
		Retry: func(c runner.Command, err error, _ int, wait time.Duration) {
			printer.Note(steps.RetryNote(c, err, wait))
		},
	})
	if err != nil {
		s.close()
		a.report(s, steps.FailureReport(w.Name, m.name, steps.AsError(ctx, err), nil))
		return nil
	}
	engine.Runner, s.finish = source.Runner, source.Finish
	if a.Terminal && a.StdinTerminal && set.Output != "json" && !set.Quiet {
		asker := printer.Asker(a.Stdin)
		engine.Ask, engine.Type = asker.Choose, asker.Line
	}
	// Silence after a Ctrl-C looks like a program that hangs.
	quiet := context.AfterFunc(ctx, func() {
		printer.Note("asked to stop: a change that is under way may end first; a second Ctrl-C does not wait for it")
	})
	release := s.close
	s.close = func() { quiet(); journal.Close(); release() }
	return s
}

// check returns every problem of what was given.
func (s *session) check(m mode, set Settings) []steps.Problem {
	output := set.Output
	var problems []steps.Problem
	if output != "text" && output != "json" && !slices.Contains(m.formats, output) {
		problems = append(problems, steps.Problem{Where: "--output", What: fmt.Sprintf("%q is not one of %s", output, strings.Join(append([]string{"text", "json"}, m.formats...), ", "))})
	}
	if set.Record != "" && set.Replay != "" {
		problems = append(problems, steps.Problem{Where: "--record", What: "cannot stand beside --replay: there is nothing to record"})
	}
	if m.looks {
		return append(problems, s.CheckGiven(s.given)...)
	}
	if m.tool {
		return append(problems, s.CheckTool(m.name, s.given)...)
	}
	return append(problems, s.Check(s.given, m.complete)...)
}

// printer makes the printer of a command; single is that of its mode.
func (a *App) printer(set Settings, redactor *runner.Redactor, single bool) *ui.Printer {
	return ui.New(ui.Options{
		Out: a.Stdout, Err: a.Stderr, JSON: set.Output == "json", Format: set.Output, Quiet: set.Quiet, Verbose: set.Verbose,
		Terminal: a.Terminal && !set.Quiet, Color: a.Terminal && !set.NoColor && a.getenv("NO_COLOR") == "" && a.getenv("TERM") != "dumb",
		Single: single, Redactor: redactor, Clock: a.Clock,
	})
}

func (a *App) report(s *session, r steps.Report) {
	r = withKeys(s.Workflow, s.finished(r))
	a.exit = r.ExitCode
	if err := s.printer.Print(r); err != nil && a.exit == steps.ExitDone {
		a.exit = steps.ExitFailed
	}
}

// finished finishes what the answers came from, and makes a failure of a recording that was not saved or not used up.
func (s *session) finished(r steps.Report) steps.Report {
	if s.finish == nil {
		return r
	}
	err := s.finish(s.over && r.Fault == nil)
	if err == nil {
		return r
	}
	fault := &steps.Error{Code: "RecordingFailed", Exit: steps.ExitFailed, Message: err.Error(), Err: err,
		Changed: "what the command itself did stands"}
	var own *steps.Error
	if errors.As(err, &own) {
		fault = own
	}
	if r.Fault != nil {
		r.Warnings = append(r.Warnings, steps.Warning{Code: fault.Code, Message: fault.Message})
		r.Fault.Hints = append(r.Fault.Hints, "besides: "+fault.Message)
		return r
	}
	failed := steps.FailureReport(r.Workflow, r.Step, fault, r.Warnings)
	failed.Data, failed.Text, failed.Keys, failed.Reveals, failed.Steps, failed.Replay = r.Data, r.Text, r.Keys, r.Reveals, r.Steps, r.Replay
	return failed
}

// withKeys adds what the workflow says besides the common keys.
func withKeys(w *steps.Workflow, r steps.Report) steps.Report {
	if w == nil || w.Keys == nil {
		return r
	}
	keys := w.Keys(r)
	maps.Copy(keys, r.Keys)
	r.Keys = keys
	return r
}

func (a *App) getenv(name string) string {
	for _, entry := range a.Environ {
		if value, ok := strings.CutPrefix(entry, name+"="); ok {
			return value
		}
	}
	return ""
}

// repeated returns the global flags that a later command needs to find the same run. What came from the
// environment is there for the later command too.
func (a *App) repeated(cmd *cli.Command) []string {
	var flags []string
	if dir := cmd.String("state-dir"); dir != DefaultStateDir && a.getenv("ALIGATE_STATE_DIR") != dir {
		flags = append(flags, "--state-dir", runner.Quote(dir))
	}
	return flags
}

// IsTerminal reports whether f is a terminal.
func IsTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

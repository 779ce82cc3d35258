// Package steps is the engine that all workflows run on: steps in order, each of which may be a process of its
// own, with gates between them, a record on disk that can be resumed, and one outcome in one form.
//
// It owns: Step, Workflow and Engine; the run record (Store), gate files, journal and lock; the protocol of a
// change in the cloud (Mutate); paging (Pages); errors, statuses and exit codes; the result document.
//
// It must not know: any product, any argv, how a flag is parsed (package cmdline) or how anything looks when it
// is printed (package ui).
package steps

import (
	"context"
	"time"

	"aligate/runner"
)

// Workflow is a procedure: its parameters, and its steps in order.
type Workflow struct {
	// Name is the command and the word in the result document: "eas".
	Name    string
	Summary string
	// Description is the long help.
	Description string
	// Example is a command line that runs the whole of it.
	Example string
	Params  []Param
	// Steps in the order in which they run.
	Steps []Step
	// Derive fills in what follows from other values, e.g. from a file that one of them names; it changes v and
	// never what is remembered. A value it cannot derive is Check's to complain about.
	Derive func(v Values)
	// Tools are its commands beside the steps.
	Tools []Tool
	// Check finds problems between parameters; each alone is the business of its Param. complete is set when
	// all that a run needs must be there.
	Check func(v Values, complete bool) []Problem
	// Close undoes what a step with Opens has opened. It runs when the run ends, however it ends. Reopen opens
	// it again, when a run that had ended with a failure goes on.
	Close, Reopen func(ctx context.Context, env *Env) error
	// CloseCommands is what Close runs, for plans.
	CloseCommands func(v Values) []runner.Command
	// Keys returns further keys of the documents of this workflow, for programs that know another form of them. What
	// an Outcome says itself goes before.
	Keys func(r Report) map[string]any
	// Groups are commands that do nothing but hold tools: "sg" of "sg create". Their summaries, by name.
	Groups map[string]string
	// Title names what a run is about, e.g. "service x in cn-hangzhou"; for status.
	Title func(env *Env) string
}

// Step is one step of a workflow, as data. A new step is one value of this type in a file of its own, and its
// place in the workflow's list.
type Step struct {
	// Name is the command, the key in the run record and the name of its .jq file.
	Name string
	// Summary is one line, without a full stop.
	Summary string
	// Description and Example are for help.
	Description string
	Example     string
	// Uses are the parameters that the step reads: the flags of its command. If one changes, the step is stale.
	Uses []string
	// Shows are parameters that the step reads and that change nothing but how its result looks.
	Shows []string
	// Needs are the steps that must be done, and not stale, before this one runs.
	Needs []string
	// Reads are the steps whose outputs this one reads: if they change, it is stale.
	Reads []string
	// Opens marks the step that opens what Workflow.Close closes.
	Opens bool
	// Once marks a step that is never repeated in a run once it is done: it changed something in the cloud.
	Once bool
	// Gate makes the step's rows a gate file.
	Gate *Gate
	// Commands returns what the step runs when all goes well, for plans. Values that only a run finds out
	// stand as <placeholders>.
	Commands func(v Values) []runner.Command
	// Run does the step. An error ends the run; see AsError for what becomes of it.
	Run func(ctx context.Context, env *Env) (Outcome, error)
}

// Outcome is what came of a step that ended well.
type Outcome struct {
	// Status is Done if empty.
	Status Status
	// Summary is one line.
	Summary string
	// Data is for programs: the "data" of the result document.
	Data any
	// Text makes what people get: what stands on stdout if the step was asked for alone, or was the last. Nil
	// means the summary.
	Text func() string
	// Keys are further keys of the document beside the common ones, which they cannot replace.
	Keys map[string]any
	// Formats makes the result in further formats, by the value of --output; only for a Tool with Formats.
	Formats map[string]func() ([]byte, error)
	// Reveals is set if Data and Text hold a secret that the procedure wants shown: they alone are not redacted.
	Reveals bool
	// Output is what later steps read, stored in the run record: no secrets.
	Output any
	// Rows are the content of the gate file, a slice; only for steps with a Gate.
	Rows any
	// Files are kept beside the run record, as JSON, by name; later steps read them with Env.File.
	Files map[string]any
}

// Warning is something the user should know that stopped nothing.
type Warning struct {
	// Code names it in one word and never changes its meaning.
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Next is what to run next.
type Next struct {
	Step    string `json:"step"`
	Command string `json:"command"`
}

// Progress is told what happens, for whoever watches. It must not block.
type Progress interface {
	StepBegan(step *Step)
	StepEnded(report Report)
	// Command is called before each aliyun process.
	Command(c runner.Command)
	// Note is a sentence about something that takes longer than it should.
	Note(text string)
}

// Clock tells the time.
type Clock func() time.Time

package steps

import "context"

// Tool is a command of a workflow beside its steps: it checks or shows something and is no part of a run. It
// works without a run; with one at hand, it may look into it, and changes nothing of it.
type Tool struct {
	// Name is the command; "network check" is a command below the step called network.
	Name        string
	Summary     string
	Description string
	Example     string
	// Args names its arguments for help, e.g. "FILE..."; empty if it takes none.
	Args string
	// Uses are parameters of the workflow that it reads, remembered ones of a run included.
	Uses []string
	// Params are flags of its own, which nothing remembers.
	Params []Param
	// Formats are further values of --output that it can answer in.
	Formats []string
	// Category is the heading it stands under in help, "TOOLS" if empty.
	Category string
	// Changes is set if it changes something in the cloud: two of them in one state directory wait for each other.
	Changes bool
	// Offline is set if it asks the cloud nothing: its errors need not say that nothing changed there.
	Offline bool
	// Run does it. An outcome beside an error is shown as well: findings are a result and a failure at once.
	Run func(ctx context.Context, env *Env) (Outcome, error)
}

// tool returns the tool called name.
func (e *Engine) tool(name string) *Tool {
	for i := range e.Workflow.Tools {
		if e.Workflow.Tools[i].Name == name {
			return &e.Workflow.Tools[i]
		}
	}
	panic("no tool " + name)
}

// CheckTool returns every problem of what was given to the tool called name.
func (e *Engine) CheckTool(name string, given Values) []Problem {
	tool := e.tool(name)
	return append(checkValues(tool.Params, given, true), checkValues(e.Workflow.Params, given, false)...)
}

// Tool runs the tool called name with its arguments. A run that cannot be read is as good as none: the tool says
// so in a warning.
func (e *Engine) Tool(ctx context.Context, name string, given Values, args []string) Report {
	tool := e.tool(name)
	var rec *Record
	var err error
	if len(e.Workflow.Steps) > 0 { // else there can be no run of it
		rec, err = e.Store.Load(e.Workflow.Name)
	}
	if rec == nil {
		rec = e.newRecord()
	}
	rec.setParams(rec.Params.merge(given))
	env := e.env(rec)
	env.Values = env.Values.withDefaults(tool.Params)
	env.Args = args
	if err != nil {
		env.Warn("StateUnreadable", "the run in %s was not looked at: %v", e.Store.Dir, err)
	}
	outcome, err := tool.Run(ctx, env)
	report := newReport(e.Workflow.Name, name, outcome, env.warnings)
	if err != nil {
		fault := AsError(ctx, err)
		failed := FailureReport(e.Workflow.Name, name, fault, env.warnings)
		failed.Keys = outcome.Keys
		if outcome.Data != nil {
			failed.Data, failed.Text, failed.Formats = outcome.Data, outcome.Text, outcome.Formats
		}
		report = failed
	}
	report.Replay, report.Offline = e.Replay, tool.Offline
	return report
}

// Run reports whether there is a run in the state directory, finished or not.
func (e *Env) Run() bool { return len(e.rec.Steps) > 0 }

package steps

import (
	"cmp"
	"context"
	"strings"
	"time"
)

// StepStatus is one row of a status.
type StepStatus struct {
	Step string `json:"step"`
	// State is "to do", "done", "stale", or the status the step ended with.
	State   string `json:"state"`
	Summary string `json:"summary"`
	// Gate is "open", or why it is closed; empty for a step without one.
	Gate     string     `json:"gate,omitempty"`
	GateFile string     `json:"gate_file,omitempty"`
	Ended    *time.Time `json:"ended"`
	// Changed are the inputs that made it stale.
	Changed []string `json:"changed,omitempty"`
}

// RunStatus is where a run stands: the data of the status command.
type RunStatus struct {
	Run      string       `json:"run"`
	Title    string       `json:"title"`
	StateDir string       `json:"state_dir"`
	Started  time.Time    `json:"started"`
	Params   Values       `json:"params"`
	Steps    []StepStatus `json:"steps"`
	// Open tells that the run has not been closed yet.
	Open    bool                `json:"open"`
	Pending map[string]*Pending `json:"pending,omitempty"`
}

// Status tells where the run of the state directory stands, running nothing.
func (e *Engine) Status(ctx context.Context) Report {
	rec, err := e.Store.Load(e.Workflow.Name)
	if err != nil {
		return e.fail(ctx, "status", err, nil)
	}
	first := e.Workflow.Steps[0].Name
	if rec == nil {
		report := newReport(e.Workflow.Name, "status", Outcome{Summary: "no run in " + e.Store.Dir}, nil)
		report.Next = &Next{Step: first, Command: e.command(e.Workflow.Name + " deploy")}
		return report
	}
	status := RunStatus{Run: rec.Run, StateDir: e.Store.Dir, Started: rec.Started, Params: rec.Params, Open: rec.Open, Pending: rec.Pending}
	if e.Workflow.Title != nil {
		status.Title = e.Workflow.Title(e.env(rec))
	}
	var next *Next
	for i := range e.Workflow.Steps {
		step := &e.Workflow.Steps[i]
		row := e.stepStatus(rec, step)
		status.Steps = append(status.Steps, row)
		if next == nil && e.due(rec, step) {
			next = &Next{Step: step.Name, Command: e.command(e.Workflow.Name + " " + step.Name)}
		}
	}
	if len(rec.Pending) > 0 {
		next = &Next{Step: "deploy", Command: e.command(e.Workflow.Name + " deploy --resume")}
	}
	report := newReport(e.Workflow.Name, "status", Outcome{Summary: cmp.Or(status.Title, rec.Run), Data: status}, nil)
	report.Next = next
	return report
}

func (e *Engine) stepStatus(rec *Record, step *Step) StepStatus {
	row := StepStatus{Step: step.Name, State: "to do"}
	r := rec.Steps[step.Name]
	if r == nil {
		return row
	}
	row.State, row.Summary, row.Ended = string(r.Status), r.Summary, &r.Ended
	if r.Status == Done && !e.settled(rec, step) {
		if row.Changed = e.stale(rec, step); len(row.Changed) > 0 {
			row.State = "stale"
		}
	}
	if step.Gate != nil {
		row.Gate = "open"
		if r.Gate != nil {
			row.GateFile = r.Gate.Path
		}
		if _, err := e.gate(rec, step.Name); err != nil {
			row.Gate = strings.TrimPrefix(AsError(context.Background(), err).Message, step.Gate.Missing+": ")
		}
	}
	return row
}

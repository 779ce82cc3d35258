package steps

import "strings"

// Report is the result of one command in the one form that programs read: `--output json` prints it on stdout,
// and nothing else. Its keys never change meaning within "aligate":1; package ui makes text of it.
type Report struct {
	Version  int       `json:"aligate"`
	Workflow string    `json:"workflow"`
	Step     string    `json:"step"`
	Status   Status    `json:"status"`
	ExitCode ExitCode  `json:"exit_code"`
	Summary  string    `json:"summary"`
	Data     any       `json:"data"`
	Warnings []Warning `json:"warnings"`
	Error    *Failure  `json:"error"`
	Next     *Next     `json:"next"`
	// Steps is set for a command that runs several, one entry per step in the same form.
	Steps []Report `json:"steps,omitempty"`
	// Replay is set if the answers came from a recording and nothing was sent.
	Replay bool `json:"replay,omitempty"`

	// Keys are further keys of the document, those of Outcome and of Workflow.Keys.
	Keys map[string]any `json:"-"`
	// Text makes what people get on stdout instead of all this; nil means the summary.
	Text func() string `json:"-"`
	// Offline is that of the Tool.
	Offline bool `json:"-"`
	// Formats are those of the Outcome.
	Formats map[string]func() ([]byte, error) `json:"-"`
	// Reveals is that of the Outcome.
	Reveals bool `json:"-"`
	// Fault is the error behind Error.
	Fault *Error `json:"-"`
}

// Failure is the error of a Report.
type Failure struct {
	Code      string    `json:"code"`
	Message   string    `json:"message"`
	RequestID string    `json:"request_id"`
	Changed   string    `json:"changed"`
	Hints     []string  `json:"hints"`
	Problems  []Problem `json:"problems,omitempty"`
	Choices   any       `json:"choices,omitempty"`
	Details   any       `json:"details,omitempty"`
	Category  string    `json:"category,omitempty"`
	Detail    string    `json:"detail,omitempty"`
}

// NothingChanged is what a report says of the cloud unless the step knows better.
const NothingChanged = "nothing changed in the cloud"

func newReport(workflow, step string, o Outcome, warnings []Warning) Report {
	r := Report{Version: 1, Workflow: workflow, Step: step, Status: o.Status, Summary: o.Summary, Data: o.Data, Warnings: warnings, Text: o.Text, Keys: o.Keys, Formats: o.Formats, Reveals: o.Reveals}
	if r.Status == "" {
		r.Status = Done
	}
	return r.complete()
}

// FailureReport is the report of a command that ended with err.
func FailureReport(workflow, step string, err *Error, warnings []Warning) Report {
	if err.Step == "" {
		err.Step = strings.TrimSpace(workflow + " " + step)
	}
	changed := err.Changed
	if changed == "" {
		changed = NothingChanged
	}
	r := Report{
		Version: 1, Workflow: workflow, Step: step, Status: statusOf(err.Exit), ExitCode: err.Exit,
		Summary: err.Message, Warnings: warnings, Fault: err, Next: err.Next,
		Error: &Failure{
			Code: err.Code, Message: err.Message, RequestID: err.RequestID, Changed: changed,
			Hints: err.Hints, Problems: err.Problems, Choices: err.Choices, Details: err.Details, Category: err.Category, Detail: strings.TrimSpace(err.Detail),
		},
	}
	if r.Error.Hints == nil {
		r.Error.Hints = []string{}
	}
	return r.complete()
}

// complete replaces what is absent by what is empty: a program finds every key at its place.
func (r Report) complete() Report {
	if r.Data == nil {
		r.Data = map[string]any{}
	}
	if r.Warnings == nil {
		r.Warnings = []Warning{}
	}
	return r
}

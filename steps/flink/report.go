package flink

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"aligate/runner"
	"aligate/steps"
)

// result is what came of one write.
type result struct {
	op        *operation
	Data      any
	RequestID string
	Noop      bool
	Message   string
	Reason    string
	Report    report
	// ours is set if what is there came, or may have come, of a call of this write: one that was accepted, or in doubt.
	ours bool
	// preview is what stands in the way of a write without its flag.
	preview *safety
	fault   *steps.Error
}

// report is the closing account of a write (facts G6).
type report struct {
	Operation    string       `json:"operation"`
	Target       target       `json:"target"`
	Write        writeResult  `json:"write_result"`
	Verify       verifyResult `json:"verify_result"`
	Final        string       `json:"final_status"`
	Reason       string       `json:"reason"`
	Next         string       `json:"next_action,omitempty"`
	Changed      changed      `json:"changed"`
	Price        *quote       `json:"price,omitempty"`
	Confirmation confirmation `json:"confirmation_check"`
}

type writeResult struct {
	Success   bool   `json:"success"`
	Code      string `json:"code,omitempty"`
	Message   string `json:"message,omitempty"`
	RequestID string `json:"request_id,omitempty"`
	// Attempts is how many processes were started for it.
	Attempts int    `json:"attempts"`
	Note     string `json:"note,omitempty"`
}

type verifyResult struct {
	Verified bool    `json:"verified"`
	Checks   int     `json:"checks"`
	Fields   []field `json:"fields"`
	Evidence string  `json:"evidence,omitempty"`
}

type changed struct {
	Before any `json:"before,omitempty"`
	After  any `json:"after,omitempty"`
}

// confirmation says which flag a write needs, and whether it was there (facts B2).
type confirmation struct {
	Flag     string `json:"required_flag"`
	Provided bool   `json:"provided"`
	Status   string `json:"status"`
}

// safety is what one should know before giving the flag of a write.
type safety struct {
	Operation string `json:"operation"`
	Target    target `json:"target"`
	Change    string `json:"change"`
	Planned   any    `json:"planned"`
	Current   any    `json:"current"`
	// Already is set if the write would find everything as it is to be.
	Already    bool   `json:"already"`
	Price      *quote `json:"price,omitempty"`
	PriceError string `json:"price_error,omitempty"`
	Flag       string `json:"required_flag"`
	// Command is the same command with its flag.
	Command string `json:"command"`

	before string
}

const (
	completed  = "completed"
	incomplete = "incomplete"
)

func newResult(o *operation, v steps.Values) *result {
	r := &result{op: o, Report: report{
		Operation: underscored(o.name), Final: incomplete, Verify: verifyResult{Fields: []field{}},
		Target:       asked(o, v),
		Confirmation: confirmation{Flag: "--" + o.flag, Provided: v.Is(o.flag), Status: "missing"},
	}}
	if r.Report.Confirmation.Provided {
		r.Report.Confirmation.Status = "passed"
	}
	return r
}

// asked is what the flags say that o is about; its plan knows it better.
func asked(o *operation, v steps.Values) target {
	t := target{Region: v.One("region-id"), Instance: cmp.Or(v.One("instance-id"), v.One("resource-ids"))}
	switch {
	case o.name == "create":
		t.Instance, t.Name = "", v.One("name")
	case strings.Contains(o.name, "namespace"):
		t.Namespace = v.One("name")
	}
	return t
}

// planned notes what p is about.
func (r *result) planned(p *plan) {
	r.Report.Target = p.target
	r.Report.Changed.Before = p.current
}

// seen notes what a look has found.
func (x *execution) seen(s sight) {
	x.Report.Verify.Fields, x.Report.Verify.Evidence, x.Report.Changed.After = s.fields, s.evidence, s.after
	x.Report.Target = x.plan.target
}

func (r *result) complete(reason string) {
	r.Report.Final, r.Report.Reason, r.Report.Verify.Verified = completed, reason, true
	r.Report.Write.Success = true
}

// fail ends r with fault.
func (r *result) fail(fault *steps.Error) {
	r.fault = fault
	r.Report.Final, r.Report.Verify.Verified = incomplete, false
	r.Report.Reason = cmp.Or(r.Reason, fault.Code)
	if r.Report.Next == "" && len(fault.Hints) > 0 {
		r.Report.Next = fault.Hints[0]
	}
}

// keys are the further keys of the document.
func (r *result) keys() map[string]any {
	keys := map[string]any{
		"success": r.fault == nil, "operation": r.Report.Operation, "request_id": r.RequestID,
		"confirmation_check": r.Report.Confirmation, "report": r.Report,
	}
	if r.Noop {
		keys["idempotent_noop"], keys["message"] = true, r.Message
	}
	return keys
}

// outcome is r as the result of a command.
func (r *result) outcome() (steps.Outcome, error) {
	out := steps.Outcome{Summary: r.summary(), Data: r.Data, Text: r.text, Keys: r.keys()}
	if out.Data == nil {
		out.Data = map[string]any{} // so that the text is shown beside an error
	}
	if r.fault != nil {
		return out, r.fault
	}
	return out, nil
}

func (r *result) summary() string {
	return fmt.Sprintf("%s %s: %s (%s)", r.op.name, r.Report.Target, r.Report.Final, r.Report.Reason)
}

// text is the report for people.
func (r *result) text() string {
	if r.preview != nil {
		return r.preview.text()
	}
	var b strings.Builder
	fmt.Fprintln(&b, r.summary())
	if r.Report.Write.Attempts > 0 || r.Report.Write.Note != "" {
		fmt.Fprintf(&b, "write:  %s\n", r.Report.Write)
	}
	if r.Report.Verify.Checks > 0 {
		fmt.Fprintf(&b, "verify: %s\n", r.Report.Verify)
	}
	for _, f := range r.Report.Verify.Fields {
		mark := "is"
		if !f.OK {
			mark = fmt.Sprintf("should be %s, is", f.Expected)
		}
		fmt.Fprintf(&b, "        %s %s %s\n", f.Name, mark, f.Actual)
	}
	return b.String()
}

func (w writeResult) String() string {
	words := []string{"not sent"}
	switch {
	case w.Attempts > 0 && w.Code == "":
		words = []string{"accepted"}
	case w.Attempts > 0:
		words = []string{w.Code}
	}
	if w.Attempts > 1 {
		words = append(words, fmt.Sprintf("after %d attempts", w.Attempts))
	}
	if w.RequestID != "" {
		words = append(words, "request "+w.RequestID)
	}
	if w.Note != "" {
		words = append(words, w.Note)
	}
	return strings.Join(words, ", ")
}

func (v verifyResult) String() string {
	return strings.Trim(fmt.Sprintf("%s; %s", steps.Count(v.Checks, "check"), v.Evidence), "; ")
}

// safety says what there is to know before the flag is given.
func (x *execution) safety(ctx context.Context) *safety {
	p := x.plan
	s := &safety{
		Operation: x.Report.Operation, Target: p.target, Change: p.change, Planned: p.planned, Current: p.current, before: p.before,
		Already: p.now.matches() && !p.repeats, Flag: "--" + x.op.flag, Command: x.op.commandLine(x.cloud.env, with(x.v, x.op.flag, "true")),
	}
	if p.quote == nil || s.Already {
		return s
	}
	q, err := x.cloud.price(ctx, *p.quote)
	if err != nil {
		s.PriceError = faultOf(ctx, err, x.op.action).Error()
		return s
	}
	s.Price = q
	return s
}

func (s *safety) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "plan:   %s\nnow:    %s\n", s.Change, s.before)
	switch {
	case s.Already:
		fmt.Fprintln(&b, "effect: none: everything is so already")
	case s.Price != nil:
		fmt.Fprintf(&b, "price:  %s\n", s.Price)
	case s.PriceError != "":
		fmt.Fprintf(&b, "price:  unknown: %s\n", s.PriceError)
	}
	fmt.Fprintf(&b, "flag:   %s\n", s.Flag)
	return b.String()
}

// commandLine is the command that does o with v.
func (o *operation) commandLine(env *steps.Env, v steps.Values) string {
	return commandLine(env, o.name, o.flags(), v)
}

// commandLine is a command with the flags that v gives it, as a shell understands it.
func commandLine(env *steps.Env, name string, params []steps.Param, v steps.Values) string {
	words := []string{"flink", name}
	for _, p := range append(slices.Clone(params), steps.Common[0]) {
		for _, value := range v[p.Name] {
			switch {
			case p.Bool && value == "true":
				words = append(words, "--"+p.Name)
			case !p.Bool && value != p.Default:
				words = append(words, "--"+p.Name+" "+runner.Quote(value))
			}
		}
	}
	return env.Command(strings.Join(words, " "))
}

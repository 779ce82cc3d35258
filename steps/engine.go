package steps

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"aligate/runner"
)

// Engine runs the steps of one workflow against one state directory. It is the only writer of the run record
// and of gate files.
type Engine struct {
	Workflow *Workflow
	Store    *Store
	Runner   runner.Runner
	Progress Progress
	Clock    Clock
	Rand     io.Reader
	Environ  []string
	Ask      func(ctx context.Context, question string, options []string) (int, error)
	// Type lets the user answer prompt with a line. Nil where nobody is there to ask.
	Type func(ctx context.Context, prompt string) (string, error)
	// Sleep waits; nil means real time. Scale is --timeout.
	Sleep    func(ctx context.Context, d time.Duration) error
	Scale    float64
	Redactor *runner.Redactor
	// Stdin is what is piped in, for tools; Version that of the program.
	Stdin   io.Reader
	Version string
	// Replay is set if the runner plays a recording.
	Replay bool
	// Flags are the global flags to repeat in the commands that messages name, e.g. "--state-dir x".
	Flags []string
}

// Step runs the step called name, with given laid over the run's parameters.
func (e *Engine) Step(ctx context.Context, name string, given Values) Report {
	step := e.step(name)
	rec, err := e.open(given)
	if err != nil {
		return e.fail(ctx, name, err, nil)
	}
	if err := e.ready(rec, step); err != nil {
		return e.fail(ctx, name, err, nil)
	}
	if len(rec.Steps) == 0 && len(rec.Pending) == 0 {
		rec.Run = e.newRun()
	}
	env := e.env(rec)
	report := e.run(ctx, env, step)
	again := "run it again: " + e.command(e.Workflow.Name+" "+name)
	if fault := report.Fault; fault != nil && endsRun(report.ExitCode) && goesOn(fault) && !fault.names("aligate "+e.Workflow.Name) {
		fault := *fault
		fault.Hints = append(slices.Clone(fault.Hints), again)
		report = FailureReport(e.Workflow.Name, name, &fault, report.Warnings)
	}
	last := step.Name == e.Workflow.Steps[len(e.Workflow.Steps)-1].Name
	if last || endsRun(report.ExitCode) {
		report = e.close(ctx, env, report)
	}
	report = e.saved(ctx, rec, report, again)
	report.Replay = e.Replay
	return report
}

// saved writes the record for the last time in this process. A run that cannot be recorded has not ended well,
// unless it has a worse error to tell; again says how it goes on then.
func (e *Engine) saved(ctx context.Context, rec *Record, report Report, again string) Report {
	err := errors.Join(e.Store.Save(rec), e.Store.Flush())
	if err == nil || report.Fault != nil {
		return report
	}
	fault := *AsError(ctx, err)
	fault.Changed = cmp.Or(fault.Changed, e.changed(rec))
	fault.Hints = append(slices.Clone(fault.Hints), again)
	failed := e.fail(ctx, report.Step, &fault, report.Warnings)
	failed.Steps = report.Steps
	return failed
}

// All runs every step in order. With resume it goes on with the run of the state directory and passes over what
// is done and still holds; else it starts a new one.
func (e *Engine) All(ctx context.Context, name string, given Values, resume bool) Report {
	rec, err := e.begin(given, resume)
	if err != nil {
		return e.fail(ctx, name, err, nil)
	}
	env := e.env(rec)
	var (
		reports []Report
		last    Report
	)
	for i := range e.Workflow.Steps {
		step := &e.Workflow.Steps[i]
		if resume && !e.due(rec, step) {
			last = newReport(e.Workflow.Name, step.Name, Outcome{Status: Skipped, Summary: "already done: " + rec.Steps[step.Name].Summary}, nil)
			e.Progress.StepEnded(last)
		} else if last = e.run(ctx, env, step); last.Fault != nil {
			reports = append(reports, last)
			break
		}
		reports = append(reports, last)
	}
	whole := last
	whole.Step, whole.Steps = name, reports
	whole.Warnings = nil
	for _, r := range reports {
		whole.Warnings = append(whole.Warnings, r.Warnings...)
	}
	if last.Fault != nil {
		whole = e.explain(rec, name, last.Fault, whole)
	}
	if whole.Status == Skipped {
		whole.Summary = "nothing left to do: every step of the run is done"
	}
	whole = e.saved(ctx, rec, e.close(ctx, env, whole.complete()), goOn+e.resume(name))
	whole.Replay = e.Replay
	return whole
}

// goOn is what stands before the command that resumes a run.
const goOn = "go on with this run: "

func (e *Engine) resume(name string) string {
	return e.command(e.Workflow.Name + " " + name + " --resume")
}

// explain makes the report of a whole run that ended with fault: what the run as a whole has changed, and how it
// goes on.
func (e *Engine) explain(rec *Record, name string, fault *Error, whole Report) Report {
	err := *fault
	err.Changed = cmp.Or(err.Changed, e.changed(rec))
	resume := e.resume(name)
	if goesOn(fault) && !fault.names(resume) {
		err.Hints = append(slices.Clone(err.Hints), goOn+resume)
	}
	report := FailureReport(e.Workflow.Name, name, &err, whole.Warnings)
	report.Steps = whole.Steps
	return report
}

// goesOn reports whether what ended with fault may end otherwise when it runs again. What exists or is missing stays so
// until somebody does something about it.
func goesOn(fault *Error) bool {
	return fault.Again || (fault.Exit != ExitExists && fault.Exit != ExitMissing)
}

// changed says what the run as a whole has changed in the cloud, or may have; empty means nothing.
func (e *Engine) changed(rec *Record) string {
	for _, step := range e.Workflow.Steps {
		switch {
		case !step.Once:
		case isDone(rec, step.Name):
			return "changed: " + rec.Steps[step.Name].Summary
		case rec.Pending[step.Name] != nil:
			return "perhaps: " + rec.Pending[step.Name].Subject + " may exist"
		}
	}
	return ""
}

// Check returns every problem of given laid over the remembered parameters, without running anything. complete
// asks for what is required as well.
func (e *Engine) Check(given Values, complete bool) []Problem {
	v := given
	if rec, err := e.Store.Load(e.Workflow.Name); err == nil && rec != nil && !complete {
		v = rec.Params.merge(given)
	}
	return e.check(v, complete)
}

// CheckGiven is Check of what was given alone: for commands that have to work whatever has become of the rest, such
// as a file that a remembered parameter names.
func (e *Engine) CheckGiven(given Values) []Problem {
	return checkValues(e.Workflow.Params, given, false)
}

func (e *Engine) check(v Values, complete bool) []Problem {
	problems := checkValues(e.Workflow.Params, v, complete)
	if e.Workflow.Check != nil {
		problems = append(problems, e.Workflow.Check(e.values(v), complete)...)
	}
	return problems
}

// open loads the record, or makes one, and lays given over its parameters.
func (e *Engine) open(given Values) (*Record, error) {
	rec, err := e.Store.Load(e.Workflow.Name)
	if err != nil {
		return nil, err
	}
	if rec == nil {
		rec = e.newRecord()
	}
	return rec, e.adopt(rec, given)
}

// begin is open for a whole run.
func (e *Engine) begin(given Values, resume bool) (*Record, error) {
	rec, err := e.Store.Load(e.Workflow.Name)
	if err != nil {
		return nil, err
	}
	switch {
	case resume && rec == nil:
		return nil, &Error{Code: "NothingToResume", Exit: ExitBlocked, Message: "there is no run in " + e.Store.Dir,
			Hints: []string{"start one without --resume, or name the directory of the run with --state-dir"}}
	case resume:
	case rec != nil && len(rec.Pending) > 0:
		return nil, unsettledRun(rec, e)
	default:
		open := rec != nil && rec.Open
		if rec != nil && len(rec.Steps) > 0 {
			if _, err := e.Store.Archive(rec); err != nil {
				return nil, err
			}
		}
		rec = e.newRecord()
		rec.Open = open
	}
	if err := e.adopt(rec, given); err != nil {
		return nil, err
	}
	if problems := e.check(rec.Params, true); len(problems) > 0 {
		return nil, Usage(problems...)
	}
	return rec, nil
}

func unsettledRun(rec *Record, e *Engine) error {
	subject := ""
	for _, p := range rec.Pending {
		subject = p.Subject
	}
	return &Error{Code: "RunUnsettled", Exit: ExitBlocked,
		Message: fmt.Sprintf("an earlier run in %s was cut off while it created %s; what became of it is unknown", e.Store.Dir, subject),
		Changed: "perhaps: " + subject + " may exist",
		Hints: []string{
			e.command(e.Workflow.Name+" deploy --resume") + " finds out and goes on",
			e.command(e.Workflow.Name+" reset") + " closes that run without finding out",
		}}
}

// adopt lays given over the record's parameters. After a change in the cloud the parameters it was made with
// stand: the record would otherwise speak of another thing than the one that exists.
func (e *Engine) adopt(rec *Record, given Values) error {
	merged := rec.Params.merge(given)
	// That a default is spelt out changes nothing.
	was, is := rec.Params.withDefaults(e.Workflow.Params), merged.withDefaults(e.Workflow.Params)
	for i := range e.Workflow.Steps {
		step := &e.Workflow.Steps[i]
		if !step.Once || (!isDone(rec, step.Name) && rec.Pending[step.Name] == nil) {
			continue
		}
		var changed []string
		for _, before := range e.Workflow.Steps[:i+1] {
			for _, name := range before.Uses {
				if !slices.Equal(is[name], was[name]) && !slices.Contains(changed, "--"+name) {
					changed = append(changed, "--"+name)
				}
			}
		}
		state := "done"
		if rec.Pending[step.Name] != nil {
			state = "under way"
		}
		if len(changed) > 0 {
			return &Error{Code: "RunSettled", Exit: ExitBlocked,
				Message: fmt.Sprintf("%s cannot change any more: %s %s of this run is %s", strings.Join(changed, ", "), e.Workflow.Name, step.Name, state),
				Hints: []string{
					e.command(e.Workflow.Name+" reset") + " closes the run; then start a new one",
					"or start the new one beside it, with another --state-dir",
				}}
		}
	}
	rec.setParams(merged)
	return nil
}

// ready returns nil if step may run: all that it needs is done and not stale.
func (e *Engine) ready(rec *Record, step *Step) error {
	for i := range e.Workflow.Steps {
		need := &e.Workflow.Steps[i]
		if !slices.Contains(step.Needs, need.Name) {
			continue
		}
		reason := ""
		if !isDone(rec, need.Name) {
			reason = "has not run"
			if r := rec.Steps[need.Name]; r != nil {
				reason = "did not succeed"
			}
		} else if changed := e.stale(rec, need); len(changed) > 0 && !e.settled(rec, need) {
			reason = "is stale (" + strings.Join(changed, ", ") + " changed since)"
		}
		if reason == "" {
			continue
		}
		err := &Error{Code: "StepMissing", Exit: ExitBlocked, Next: e.to(need),
			Message: fmt.Sprintf("%s %s %s", e.Workflow.Name, need.Name, reason),
			Hints:   []string{"run: " + e.to(need).Command}}
		if need.Gate != nil {
			err.Code, err.Message = "GateClosed", need.Gate.Missing+": "+err.Message
		}
		return err
	}
	return nil
}

// run runs one step, stores what came of it and tells the progress.
func (e *Engine) run(ctx context.Context, env *Env, step *Step) Report {
	rec := env.rec
	if step.Once && isDone(rec, step.Name) {
		r := rec.Steps[step.Name]
		report := newReport(e.Workflow.Name, step.Name, Outcome{Status: Skipped, Summary: "already done: " + r.Summary, Data: r.Output}, nil)
		report.Next = e.next(step)
		return report
	}
	env.warnings, env.requestIDs = nil, nil
	env.Values = e.valuesOf(rec)
	e.Progress.StepBegan(step)
	began := e.Clock().UTC()
	var outcome Outcome
	err := e.opened(ctx, env, step)
	if err == nil {
		outcome, err = step.Run(ctx, env)
	}
	var gate *GateRecord
	if err == nil && step.Gate != nil {
		path := filepath.Join(env.Values.One("gate-dir"), step.Gate.File)
		if gate, err = e.Store.putGate(path, outcome.Rows); err != nil {
			err = gateError(err)
		}
	}
	for name, value := range outcome.Files {
		if err == nil {
			err = e.Store.Keep(name, value)
		}
	}
	kept := &StepRecord{Status: Done, Inputs: e.inputs(rec, step), Gate: gate, Files: slices.Sorted(maps.Keys(outcome.Files)), Warnings: env.warnings, RequestIDs: env.requestIDs, Began: began, Ended: e.Clock().UTC()}
	if err == nil {
		kept.Summary = outcome.Summary
		if outcome.Output != nil {
			kept.Output, err = marshal(outcome.Output)
		}
	}
	var report Report
	if err != nil {
		report = e.fail(ctx, step.Name, err, env.warnings)
		kept.Status, kept.Summary = report.Status, e.Redactor.Text(report.Error.Code+": "+report.Summary)
		if report.Error.RequestID != "" {
			kept.RequestIDs = append(kept.RequestIDs, report.Error.RequestID)
		}
	} else {
		report = newReport(e.Workflow.Name, step.Name, outcome, env.warnings)
		report.Next = e.next(step)
	}
	if before := rec.Steps[step.Name]; before != nil && kept.Gate == nil {
		kept.Gate = before.Gate // closed, for the step is not done; but still the run's to remove
	}
	rec.Steps[step.Name] = kept
	rec.Updated = kept.Ended
	if err := e.Store.Save(rec); err != nil && report.Fault == nil {
		report = e.fail(ctx, step.Name, err, env.warnings)
	}
	return e.ended(report)
}

// opened makes sure, before step runs, that what the workflow keeps open during a run is open.
func (e *Engine) opened(ctx context.Context, env *Env, step *Step) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	if env.rec.Open {
		return nil
	}
	reopen := !step.Opens && e.Workflow.Reopen != nil && slices.ContainsFunc(e.Workflow.Steps, func(s Step) bool { return s.Opens && isDone(env.rec, s.Name) })
	if !step.Opens && !reopen {
		return nil
	}
	env.rec.Open = true
	if err := e.Store.Save(env.rec); err != nil || !reopen {
		return err
	}
	if err := e.Workflow.Reopen(ctx, env); err != nil {
		env.Warn("NotReopened", "%v", err)
	}
	return nil
}

func (e *Engine) ended(report Report) Report {
	e.Progress.StepEnded(report)
	return report
}

// endsRun reports whether a run that ended with code is over: what it opened is closed. After a code that asks
// the user for something (a flag, another step first, a choice), the run goes on.
func endsRun(code ExitCode) bool {
	switch code {
	case ExitDone, ExitUsage, ExitBlocked, ExitInvalid, ExitConfirm, ExitChoice:
		return false
	}
	return true
}

// close undoes what the run opened, whatever has become of ctx. That it fails is a warning: it must not hide
// how the run ended.
func (e *Engine) close(ctx context.Context, env *Env, report Report) Report {
	if !env.rec.Open || e.Workflow.Close == nil {
		return report
	}
	ctx = runner.WithAbort(context.WithoutCancel(ctx), context.Background())
	env.warnings = nil
	if err := e.Workflow.Close(ctx, env); err != nil {
		report.Warnings = append(report.Warnings, Warning{Code: "NotClosed", Message: err.Error()})
		return report
	}
	env.rec.Open = false
	return report
}

func (e *Engine) fail(ctx context.Context, step string, err error, warnings []Warning) Report {
	report := FailureReport(e.Workflow.Name, step, AsError(ctx, err), warnings)
	report.Replay = e.Replay
	return report
}

// due reports whether a resumed run has to run step: it is not done, or stale, or its gate is closed and a step
// that needs it is due.
func (e *Engine) due(rec *Record, step *Step) bool {
	if !isDone(rec, step.Name) {
		return true
	}
	if step.Once {
		return false
	}
	needed := slices.ContainsFunc(e.Workflow.Steps, func(later Step) bool {
		return slices.Contains(later.Needs, step.Name) && e.due(rec, &later)
	})
	if e.settled(rec, step) && !needed {
		return false
	}
	if len(e.stale(rec, step)) > 0 {
		return true
	}
	if step.Gate != nil && needed {
		_, err := e.gate(rec, step.Name)
		return err != nil
	}
	return false
}

// settled reports whether a step after this one has changed the cloud already, so that repeating this one could
// only speak of a past that is over.
func (e *Engine) settled(rec *Record, step *Step) bool {
	i := slices.IndexFunc(e.Workflow.Steps, func(s Step) bool { return s.Name == step.Name })
	return slices.ContainsFunc(e.Workflow.Steps[i:], func(s Step) bool { return s.Once && isDone(rec, s.Name) })
}

// gate returns the content of step's gate file, or an *Error that says why the gate is closed.
func (e *Engine) gate(rec *Record, name string) ([]byte, error) {
	step := e.step(name)
	closed := func(reason string, err error) error {
		return &Error{Code: "GateClosed", Exit: ExitBlocked, Err: err, Next: e.to(step),
			Message: step.Gate.Missing + ": " + reason,
			Hints:   []string{"run: " + e.to(step).Command}}
	}
	r := rec.Steps[name]
	if !isDone(rec, name) || r.Gate == nil {
		return nil, closed(fmt.Sprintf("%s %s has not succeeded in this run", e.Workflow.Name, name), nil)
	}
	if changed := e.stale(rec, step); len(changed) > 0 {
		return nil, closed(fmt.Sprintf("the gate is stale (%s changed since)", strings.Join(changed, ", ")), nil)
	}
	if err := e.Store.writer().wait(r.Gate.Path); err != nil {
		return nil, err
	}
	raw, err := r.Gate.open()
	if err != nil {
		return nil, closed(err.Error(), err)
	}
	for _, file := range r.Files {
		if !e.Store.keeps(file) {
			return nil, closed(e.Store.path(file)+" is missing", nil)
		}
	}
	return raw, nil
}

// inputs returns the digests of what step reads, by name: of its parameters, and of the outputs of other steps.
func (e *Engine) inputs(rec *Record, step *Step) map[string]string {
	v := e.valuesOf(rec)
	in := make(map[string]string, len(step.Uses)+len(step.Reads))
	for _, name := range step.Uses {
		if rec.digests[name] == "" {
			rec.digests[name] = short(strings.Join(v[name], "\x00"))
		}
		in["--"+name] = rec.digests[name]
	}
	for _, name := range step.Reads {
		if r := rec.Steps[name]; r != nil {
			content := string(r.Output)
			if r.Gate != nil {
				content += r.Gate.SHA256
			}
			in[name] = short(content)
		}
	}
	return in
}

// stale returns which inputs of a finished step are no longer what they were, sorted; none means it holds.
func (e *Engine) stale(rec *Record, step *Step) []string {
	r := rec.Steps[step.Name]
	if r == nil {
		return nil
	}
	var changed []string
	for name, now := range e.inputs(rec, step) {
		if r.Inputs[name] != now {
			changed = append(changed, name)
		}
	}
	for _, name := range step.Reads {
		if !slices.Contains(changed, name) && len(e.stale(rec, e.step(name))) > 0 {
			changed = append(changed, name)
		}
	}
	slices.Sort(changed)
	return changed
}

func (e *Engine) env(rec *Record) *Env {
	return &Env{
		Runner: e.Runner, Values: e.valuesOf(rec), Now: e.Clock, Rand: e.Rand,
		Environ: e.Environ, Ask: e.Ask, Type: e.Type, Redactor: e.Redactor, Stdin: e.Stdin, Version: e.Version, engine: e, rec: rec,
	}
}

// valuesOf are the record's parameters as a step gets them.
func (e *Engine) valuesOf(rec *Record) Values {
	if rec.values == nil || rec.digests == nil {
		rec.values, rec.digests = e.values(rec.Params), map[string]string{}
	}
	return rec.values
}

// values are v as a step gets them: with defaults, and what follows from others.
func (e *Engine) values(v Values) Values {
	v = v.withDefaults(e.Workflow.Params)
	if e.Workflow.Derive != nil {
		e.Workflow.Derive(v)
	}
	return v
}

func (e *Engine) newRecord() *Record {
	now := e.Clock().UTC()
	return &Record{Format: recordFormat, Workflow: e.Workflow.Name, Run: e.newRun(), Started: now, Updated: now,
		Params: Values{}, Steps: map[string]*StepRecord{}, Pending: map[string]*Pending{}}
}

// newRun names a run: when it began, and three random bytes against two in one second.
func (e *Engine) newRun() string {
	var b [3]byte
	_, _ = io.ReadFull(e.Rand, b[:])
	return e.Clock().UTC().Format("20060102T150405Z") + "-" + hex.EncodeToString(b[:])
}

func (e *Engine) step(name string) *Step {
	for i := range e.Workflow.Steps {
		if e.Workflow.Steps[i].Name == name {
			return &e.Workflow.Steps[i]
		}
	}
	panic("no step " + name)
}

// next is the step after step, nil if it is the last.
func (e *Engine) next(step *Step) *Next {
	i := slices.IndexFunc(e.Workflow.Steps, func(s Step) bool { return s.Name == step.Name })
	if i+1 == len(e.Workflow.Steps) {
		return nil
	}
	return e.to(&e.Workflow.Steps[i+1])
}

// to is the command of step.
func (e *Engine) to(step *Step) *Next {
	return &Next{Step: step.Name, Command: e.command(e.Workflow.Name + " " + step.Name)}
}

func (e *Engine) command(words string) string {
	return strings.Join(append([]string{"aligate", words}, e.Flags...), " ")
}

func isDone(rec *Record, name string) bool {
	r := rec.Steps[name]
	return r != nil && r.Status == Done
}

func short(s string) string { return digest([]byte(s))[:16] }

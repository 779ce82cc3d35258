package steps

import "context"

// Stage does a part of what a Tool does, and shows it as the steps of a run are shown: that it began, how long it
// takes, how it ended. do returns one line about what came of it.
func (e *Env) Stage(ctx context.Context, name, summary string, do func(ctx context.Context) (string, error)) error {
	e.engine.Progress.StepBegan(&Step{Name: name, Summary: summary})
	said, err := do(ctx)
	workflow := e.engine.Workflow.Name
	if err != nil {
		e.engine.Progress.StepEnded(FailureReport(workflow, name, AsError(ctx, err), nil))
		return err
	}
	e.engine.Progress.StepEnded(newReport(workflow, name, Outcome{Summary: said}, nil))
	return nil
}

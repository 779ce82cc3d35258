package steps

import (
	"context"
	"fmt"
	"maps"
	"slices"
)

// Reset closes the run of the state directory: it undoes what the run opened, removes the gate files that are
// still as the run left them, and archives the record.
func (e *Engine) Reset(ctx context.Context) Report {
	rec, err := e.Store.Load(e.Workflow.Name)
	if err != nil {
		return e.fail(ctx, "reset", err, nil)
	}
	if rec == nil {
		// What a run opened can be open without a record: it was killed, or its directory is gone.
		rec = e.newRecord()
		rec.Open = true
		return e.close(ctx, e.env(rec), newReport(e.Workflow.Name, "reset", Outcome{Status: Skipped, Summary: "no run in " + e.Store.Dir}, nil))
	}
	env := e.env(rec)
	var removed []string
	for _, name := range slices.Sorted(maps.Keys(rec.Steps)) {
		gate := rec.Steps[name].Gate
		if gate == nil {
			continue
		}
		if err := gate.remove(); err != nil {
			env.Warn("GateKept", "%v", err)
			continue
		}
		removed = append(removed, gate.Path)
	}
	for _, p := range rec.Pending {
		env.Warn("Unsettled", "%s was under way when the run was cut off: it may exist", p.Subject)
	}
	kept := env.warnings
	rec.Open = true // even if the record says otherwise: closing twice does no harm, and records can be old
	report := e.close(ctx, env, newReport(e.Workflow.Name, "reset", Outcome{Summary: "closed run " + rec.Run}, kept))
	if err := e.Store.Save(rec); err != nil {
		return e.fail(ctx, "reset", err, report.Warnings)
	}
	archive, err := e.Store.Archive(rec)
	if err != nil {
		return e.fail(ctx, "reset", err, report.Warnings)
	}
	report.Data = map[string]any{"run": rec.Run, "archive": archive, "removed": removed}
	report.Summary = fmt.Sprintf("closed run %s; its record is %s", rec.Run, archive)
	report.Replay = e.Replay
	return report
}

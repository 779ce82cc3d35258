package flink

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"aligate/steps"
)

// item is one write of several.
type item struct {
	op     *operation
	label  string
	values steps.Values
}

// itemReport is the row of one item (facts G4).
type itemReport struct {
	Item   string `json:"item"`
	Op     string `json:"operation"`
	Write  string `json:"write"`
	Verify string `json:"verify"`
	Status string `json:"status"`
	Reason string `json:"reason"`
	// Report is the whole account; nil if the item was not begun.
	Report *report  `json:"report,omitempty"`
	Error  *itemErr `json:"error,omitempty"`
	exit   steps.ExitCode
}

type itemErr struct {
	Code     string `json:"code"`
	Category string `json:"category"`
	Message  string `json:"message"`
	Changed  string `json:"changed"`
	Details  any    `json:"details,omitempty"`
}

// The statuses of an item besides completed and incomplete.
const (
	skipped   = "skipped"
	duplicate = "duplicate"
)

// runItems carries the items out, in their order, each verified before the next begins. A failure stops the others
// only with allOrNothing; nothing is taken back. If a flag is missing for any of them, none begins (facts G4).
func runItems(ctx context.Context, env *steps.Env, what string, items []item, allOrNothing bool) (steps.Outcome, error) {
	if slices.ContainsFunc(items, func(i item) bool { return !i.values.Is(i.op.flag) }) {
		return previewItems(ctx, env, what, items)
	}
	rows := make([]itemReport, 0, len(items))
	seen := map[string]bool{}
	stopped := ""
	for _, it := range items {
		key := it.op.name + inJSON(it.values)
		switch {
		case stopped != "":
			rows = append(rows, notBegun(it, skipped, stopped))
		case seen[key]:
			rows = append(rows, notBegun(it, duplicate, "stands in the list before"))
		default:
			row := reportOf(it, doItem(ctx, env, it))
			rows = append(rows, row)
			if row.Status != completed && allOrNothing {
				stopped = "not begun: " + it.label + " did not succeed"
			}
			if context.Cause(ctx) != nil {
				stopped = "not begun: interrupted"
			}
		}
		seen[key] = true
	}
	return itemsOutcome(ctx, what, rows)
}

// doItem carries one item out and shows it as a step.
func doItem(ctx context.Context, env *steps.Env, it item) *result {
	var r *result
	_ = env.Stage(ctx, it.op.name+" "+it.label, it.op.summary, func(ctx context.Context) (string, error) {
		r = it.op.execute(ctx, env, it.values, alone)
		if r.fault != nil {
			return "", r.fault
		}
		return r.Report.Reason, nil
	}) // the error is in r
	return r
}

func notBegun(it item, status, reason string) itemReport {
	return itemReport{Item: it.label, Op: underscored(it.op.name), Write: "not sent", Verify: "-", Status: status, Reason: reason}
}

func reportOf(it item, r *result) itemReport {
	row := itemReport{
		Item: it.label, Op: r.Report.Operation, Write: "not sent", Verify: "not done",
		Status: r.Report.Final, Reason: r.Report.Reason, Report: &r.Report,
	}
	switch {
	case r.Noop:
		row.Write = "not needed"
	case r.Report.Write.Attempts > 0 && r.Report.Write.Success:
		row.Write = "success"
	case r.Report.Write.Attempts > 0:
		row.Write = r.Report.Write.Code
	}
	switch {
	case r.Report.Verify.Verified:
		row.Verify = "matches"
	case r.Report.Verify.Checks > 0:
		row.Verify = "no match"
	}
	if f := r.fault; f != nil {
		row.exit = f.Exit
		row.Error = &itemErr{Code: f.Code, Category: f.Category, Message: f.Message, Changed: cmp.Or(f.Changed, steps.NothingChanged), Details: f.Details}
	}
	return row
}

// itemsOutcome sums the rows up. All completed is success. If nothing was done at all and every failure is of one kind,
// that is the result; else something was done and something was not.
func itemsOutcome(ctx context.Context, what string, rows []itemReport) (steps.Outcome, error) {
	done, failed, changed := 0, []string{}, false
	exits := map[steps.ExitCode]bool{}
	for _, row := range rows {
		switch row.Status {
		case completed:
			done++
			changed = changed || row.Report.Write.Attempts > 0
		case incomplete:
			failed = append(failed, row.Item)
			changed = changed || row.exit == steps.ExitIncomplete
			exits[row.exit] = true
		case skipped:
			failed = append(failed, row.Item)
		}
	}
	out := steps.Outcome{
		Summary: fmt.Sprintf("%s: %d of %d completed", what, done, len(rows)),
		Data:    map[string]any{"items": rows},
		Text:    func() string { return itemsTable(rows) },
		Keys:    map[string]any{"success": len(failed) == 0},
	}
	if len(failed) == 0 {
		return out, nil
	}
	fault := &steps.Error{
		Code: "BatchIncomplete", Exit: steps.ExitIncomplete, Category: byBusiness,
		Message: fmt.Sprintf("%d of %s not completed: %s", len(failed), steps.Count(len(rows), "item"), strings.Join(failed, ", ")),
		Changed: "what the table says, item by item", Hints: []string{"each item names what to do next"},
		Err: context.Cause(ctx),
	}
	if !changed {
		fault.Changed = ""
		fault.Exit = steps.ExitFailed
		if len(exits) == 1 {
			for exit := range exits {
				fault.Exit = exit
			}
		}
	}
	return out, fault
}

// itemsTable is the rows for people, and below them what each that was not completed says, and what to do next.
func itemsTable(rows []itemReport) string {
	text := table("no items", "ITEM WRITE VERIFY STATUS REASON", rows, func(r itemReport) []any {
		return []any{r.Op + " " + r.Item, r.Write, r.Verify, r.Status, r.Reason}
	})
	for _, r := range rows {
		if r.Error == nil {
			continue
		}
		text += fmt.Sprintf("\n%s %s: %s\n", r.Op, r.Item, r.Error.Message)
		if r.Report.Next != "" {
			text += "next: " + r.Report.Next + "\n"
		}
	}
	return text
}

// previewItems shows what all the items would do, and does none of it.
func previewItems(ctx context.Context, env *steps.Env, what string, items []item) (steps.Outcome, error) {
	flags := map[string]bool{}
	rows := make([]itemReport, 0, len(items))
	var texts []string
	for _, it := range items {
		flags["--"+it.op.flag] = true
		r := it.op.execute(ctx, env, with(it.values, it.op.flag), alone)
		row := reportOf(it, r)
		rows = append(rows, row)
		text := fmt.Sprintf("item:   %s %s\n", it.op.name, it.label)
		if r.fault != nil && r.fault.Exit == steps.ExitNoCLI {
			return steps.Outcome{}, r.fault // nothing else can be said either
		}
		if r.preview != nil {
			text += r.preview.text()
		} else if r.fault != nil {
			text += fmt.Sprintf("cannot: %s: %s\n", r.fault.Code, r.fault.Message)
		}
		texts = append(texts, text)
		if cause := context.Cause(ctx); cause != nil {
			return steps.Outcome{}, cause
		}
	}
	var missing []string
	for _, p := range flagsOfWrites {
		if flags["--"+p.Name] {
			missing = append(missing, "--"+p.Name)
		}
	}
	out := steps.Outcome{
		Data: map[string]any{"items": rows}, Keys: map[string]any{"success": false},
		Text: func() string { return strings.Join(texts, "\n") },
	}
	return out, &steps.Error{
		Code: "SafetyCheckRequired", Category: byConfirmation, Exit: steps.ExitConfirm, Details: map[string]any{"items": rows, "required_flags": missing},
		Message: fmt.Sprintf("%s of %s would change something, and needs %s", what, steps.Count(len(items), "item"), strings.Join(missing, " and ")),
		Hints:   []string{"go on with the same command and " + strings.Join(missing, " ")},
	}
}

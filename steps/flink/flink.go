// Package flink is the operation of Flink instances, their namespaces and their tags (seed 004): fifteen operations,
// each write shown before it is made, sent once, and read back; and a lifecycle, a batch and a diagnosis made of them.
//
// It owns: the argv of every foasconsole call, what each reply means, what a write needs before it may be sent, what
// proves that it was done, and the form of the report. It must not know: how a process is run, where a ledger is kept,
// how anything is printed.
//
// An operation is a row of the table in operations.go. A read is a function in reads.go; a write is a plan in a file of
// its own (delete.go), and write.go carries every plan out in the same way. Facts are those of flink-facts.
package flink

import (
	"maps"
	"slices"
	"strings"

	"aligate/steps"
)

// Workflow has no steps of its own: every operation stands alone.
var Workflow = &steps.Workflow{
	Name:    "flink",
	Summary: "create, change and delete Flink instances, namespaces and tags",
	Description: "Every command that changes something shows what is and what would be, and changes nothing without its flag. With\n" +
		"it, it is sent once, and read back: completed means that the service shows what was asked for. What cannot be\n" +
		"shown is incomplete (exit 9), and says how to look again. Underscores are understood for hyphens everywhere.",
	Params: steps.Common,
	Tools:  tools(),
	Keys:   keys,
}

// DemoArgs is the command line of the embedded recording flink-lifecycle.
var DemoArgs = []string{
	"flink", "lifecycle", "--region-id", "cn-hangzhou", "--name", "demo", "--instance-type", "PayAsYouGo", "--cu-count", "4",
	"--vpc-id", "vpc-synth00000000000000a1", "--vswitch-id", "vsw-synth00000000000000b1", "--tags", "env:demo", "--confirm", "--force-confirmation",
}

// tools are the commands, in the order of help.
func tools() []steps.Tool {
	all := make([]steps.Tool, 0, len(operations)+4)
	for i := range operations {
		all = append(all, operations[i].tool())
	}
	return append(all, lifecycle, lifecycleCreate, batch, diagnose)
}

// keys are the further keys of every document (facts B2); what an operation knows better goes before.
func keys(r steps.Report) map[string]any {
	if r.Error != nil && r.Error.Category == "" && r.ExitCode == steps.ExitUsage {
		r.Error.Category = byInput // the command line itself was wrong: nobody of ours has seen it
	}
	return map[string]any{"success": r.Fault == nil, "operation": underscored(r.Step)}
}

// underscored is a name as the envelope has it.
func underscored(name string) string { return strings.NewReplacer("-", "_", " ", "_").Replace(name) }

// with returns v with one more value.
func with(v steps.Values, name string, values ...string) steps.Values {
	out := maps.Clone(v)
	out[name] = slices.Clone(values)
	return out
}

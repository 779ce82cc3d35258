package eas

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"aligate/jq"
	"aligate/runner"
	"aligate/steps"
	"aligate/steps/eas/catalog"
)

// specs is gate 2: the instance types with accelerators, in eas_specs.json.
var specs = steps.Step{
	Name:    "specs",
	Summary: "gate 2: list the instance types",
	Description: "Always runs, even if the instance type was named. Writes eas_specs.json, a JSON array of the types with an\n" +
		"accelerator: {InstanceType, CPU, GPU, Memory}, GPU being a count and Memory in GB.",
	Example:  "aligate eas specs",
	Uses:     []string{"region", "profile"},
	Needs:    []string{"check-name"},
	Gate:     &steps.Gate{File: "eas_specs.json", Missing: "MISSING: Run Step 3 NOW"},
	Commands: func(v steps.Values) []runner.Command { return []runner.Command{describeMachineSpec(v)} },
	Run:      runSpecs,
}

func describeMachineSpec(v steps.Values) runner.Command {
	return call(v, "eas", "describe-machine-spec", "--region", v.One("region"))
}

// specsFile keeps all instance types with all that is known of them, for build.
const specsFile = "specs.json"

func runSpecs(ctx context.Context, env *steps.Env) (steps.Outcome, error) {
	all, err := loadSpecs(ctx, env)
	if err != nil {
		return steps.Outcome{}, err
	}
	rows := []catalog.Type{}
	for _, s := range all {
		if s.Accelerated() {
			rows = append(rows, catalog.Type{InstanceType: s.InstanceType, CPU: s.CPU, GPU: s.GPU, Memory: s.Memory})
		}
	}
	if len(rows) == 0 {
		return steps.Outcome{}, &steps.Error{Code: "GateEmpty", Exit: steps.ExitFailed,
			Message: fmt.Sprintf("none of the region's %d instance types has an accelerator, so the gate stays closed", len(all)),
			Hints:   []string{"check --region"}}
	}
	path := gatePath(env, "eas_specs.json")
	return steps.Outcome{
		Summary: fmt.Sprintf("saved %d instance types with accelerators, of %d, to %s", len(rows), len(all), path),
		Data:    map[string]any{"count": len(rows), "file": path, "all": len(all)},
		Text:    func() string { return specsTable(all) },
		Rows:    rows,
		Files:   map[string]any{specsFile: all},
	}, nil
}

// loadSpecs asks once, and once more with patience.
func loadSpecs(ctx context.Context, env *steps.Env) ([]catalog.Type, error) {
	c := describeMachineSpec(env.Values)
	all, err := readSpecs(ctx, env, c)
	if err == nil || fatal(err) || runner.ClassOf(err) == runner.Timeout {
		return all, err
	}
	c, c.Slow = c.With(slow...), nil
	return readSpecs(ctx, env, c)
}

func readSpecs(ctx context.Context, env *steps.Env, c runner.Command) ([]catalog.Type, error) {
	res, err := env.Runner.Run(ctx, c)
	if err != nil {
		return nil, err
	}
	page, err := jq.Into[steps.Page[catalog.Type]]("eas/specs", res.JSON, nil)
	if err != nil {
		return nil, err
	}
	rows := slices.DeleteFunc(page.Rows, func(s catalog.Type) bool { return s.InstanceType == "" })
	for i := range rows {
		rows[i].Chip = catalog.ChipOf(rows[i])
	}
	return rows, nil
}

// specsTable is what the procedure prints: the types with accelerators.
func specsTable(all []catalog.Type) string {
	var b strings.Builder
	b.WriteString("available GPU specs:\n")
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "INSTANCE TYPE\tCPU\tMEMORY GB\tACCELERATORS\tMODEL\tAVAILABLE")
	for _, s := range all {
		if !s.Accelerated() {
			continue
		}
		available := "yes"
		if !s.Available {
			available = strings.TrimSuffix("no, "+s.Stock, ", ")
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", s.InstanceType, s.CPU, s.Memory, s.GPU, s.GPUModel, available)
	}
	w.Flush()
	return b.String()
}

package eas

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"aligate/steps"
	"aligate/steps/eas/catalog"
)

func TestReadSpecs(t *testing.T) {
	t.Parallel()
	chips := map[string]int{}
	for _, s := range machineSpecs(t, "DescribeMachineSpec.json") {
		chips[s.Chip]++
		if s.Accelerated() != (s.Chip != "CPU") {
			t.Errorf("%s: got chip %s, accelerated %t", s.InstanceType, s.Chip, s.Accelerated())
		}
	}
	same(t, chips, map[string]int{"CPU": 5, "GPU": 11, "PPU": 2, "XPU": 1})
	// "GPU": "" is a CPU type, which jq's own comparison would take for more than 0.
	got := machineSpecs(t, "DescribeMachineSpec.empty-string-gpu.json")
	for i, s := range got {
		if s.Accelerated() != (i >= 5) {
			t.Errorf("%s: got accelerated %t", s.InstanceType, s.Accelerated())
		}
	}
	same(t, len(got), 7)
	same(t, len(machineSpecs(t, "DescribeMachineSpec.empty.json")), 0)
}

func TestAccelerated(t *testing.T) {
	t.Parallel()
	for gpu, want := range map[string]bool{"": false, "0": false, "0.0": false, "1": true, "0.25": true, "16": true, "-1": false} {
		if got := (catalog.Type{GPU: json.Number(gpu)}).Accelerated(); got != want {
			t.Errorf("%q: got %t, want %t", gpu, got, want)
		}
	}
}

func TestChipOfSpec(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, gpu, want string }{
		{"ecs.ebmppu1.48xlarge", "16", "PPU"}, {"ecs.ebmppu1s.24xlarge", "", "PPU"}, {"ecs.egs8.16xlarge", "8", "XPU"},
		{"ecs.gn7i-c16g1.4xlarge", "1", "GPU"}, {"ml.gu7i.c16m60.1-gu30", "1", "GPU"}, {"ecs.c7.large", "0", "CPU"}, {"ecs.gn7i-c16g1.4xlarge", "0", "CPU"}, {"", "", "CPU"},
	} {
		if got := catalog.ChipOf(catalog.Type{InstanceType: c.name, GPU: json.Number(c.gpu)}); got != c.want {
			t.Errorf("%s with %s: got %s, want %s", c.name, c.gpu, got, c.want)
		}
	}
}

func TestFindSpec(t *testing.T) {
	t.Parallel()
	all := []catalog.Type{{InstanceType: "a", GPU: "1"}, {InstanceType: "b", GPU: "2"}}
	if got, ok := catalog.FindType(all, "b"); !ok || got.GPU != "2" {
		t.Errorf("got %+v, %t", got, ok)
	}
	if got, ok := catalog.FindType(all, "B"); ok {
		t.Errorf("got %+v, want none: names are exact", got)
	}
}

func TestSpecsTable(t *testing.T) {
	t.Parallel()
	got := specsTable([]catalog.Type{
		{InstanceType: "ecs.c7.large", CPU: "2", GPU: "0", Memory: "4.0", Available: true},
		{InstanceType: "ecs.gn7i-c16g1.4xlarge", CPU: "16", GPU: "1", Memory: "60.0", GPUModel: "A10", Available: true, Stock: "WithStock"},
		{InstanceType: "ecs.gn7", CPU: "12", GPU: "1", Memory: "94.0", GPUModel: "A100", Stock: "NoStock"},
		{InstanceType: "ecs.x", CPU: "1", GPU: "1", Memory: "1"},
	})
	const want = `available GPU specs:
INSTANCE TYPE           CPU  MEMORY GB  ACCELERATORS  MODEL  AVAILABLE
ecs.gn7i-c16g1.4xlarge  16   60.0       1             A10    yes
ecs.gn7                 12   94.0       1             A100   no, NoStock
ecs.x                   1    1          1                    no
`
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestRunSpecs(t *testing.T) {
	t.Parallel()
	const (
		call = "eas describe-machine-spec --region cn-hangzhou --user-agent " + ua
		slow = call + " --read-timeout 60"
	)
	all := string(read(t, "DescribeMachineSpec.json"))
	denied, timeout := string(read(t, "errors/forbidden.stderr")), string(read(t, "errors/read-timeout.stderr"))
	for _, c := range []struct {
		name    string
		replies []reply
		rows    int
		kept    int
		code    string
		exit    steps.ExitCode
	}{
		// Accelerators only in the gate file, all of them for build.
		{name: "real shape", replies: []reply{answer(call, all)}, rows: 14, kept: 19},
		{name: "documented shape", replies: []reply{answer(call, string(read(t, "DescribeMachineSpec.seed-shape.json")))}, rows: 14, kept: 19},
		{name: "rows without a type", replies: []reply{answer(call, `{"InstanceMetas":[null,{"GPUAmount":1},{"InstanceType":"a","GPUAmount":1,"GPU":"T4"}]}`)}, rows: 1, kept: 1},
		{name: "failed once", replies: []reply{refusal(call, denied), answer(slow, all)}, rows: 14, kept: 19},
		{name: "unknown shape once", replies: []reply{answer(call, "{}"), answer(slow, all)}, rows: 14, kept: 19},
		{name: "failed", replies: []reply{refusal(call, denied), refusal(slow, denied)}, exit: steps.ExitFailed, code: "Forbidden.RAM"},
		// The runner below has tried with patience already.
		{name: "timeout", replies: []reply{refusal(call, timeout)}, exit: steps.ExitFailed, code: "Timeout"},
		{name: "broken configuration", replies: []reply{broken(t, call)}, exit: steps.ExitNoCLI, code: "AliyunUnusable"},
		// A list without an accelerator opens no gate.
		{name: "none", replies: []reply{answer(call, string(read(t, "DescribeMachineSpec.empty.json")))}, exit: steps.ExitFailed, code: "GateEmpty"},
		{name: "only CPU types", replies: []reply{answer(call, `{"InstanceMetas":[{"InstanceType":"ecs.c7.large","GPU":""}]}`)}, exit: steps.ExitFailed, code: "GateEmpty"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			report := run{values: values("region", "cn-hangzhou", "gate-dir", "/gates"), runner: cli(t, c.replies...)}.do(t, func(ctx context.Context, env *steps.Env) error {
				out, err := runSpecs(ctx, env)
				if err != nil {
					return err
				}
				rows, kept := out.Rows.([]catalog.Type), out.Files["specs.json"].([]catalog.Type)
				if len(rows) != c.rows || len(kept) != c.kept || !strings.HasSuffix(out.Summary, " to /gates/eas_specs.json") {
					t.Fatalf("got %d rows, %d kept, %q; want %d, %d", len(rows), len(kept), out.Summary, c.rows, c.kept)
				}
				if c.rows == 14 {
					raw, err := json.Marshal(rows[4])
					if err != nil {
						return err
					}
					same(t, string(raw), `{"InstanceType":"ecs.gn7i-c16g1.4xlarge","CPU":16,"GPU":1,"Memory":60.0}`)
				}
				same(t, strings.Count(out.Text(), "\n"), 2+c.rows)
				return nil
			})
			if report.ExitCode != c.exit || report.Fault != nil && report.Fault.Code != c.code {
				t.Errorf("got %v, exit %d; want %q, %d", report.Fault, report.ExitCode, c.code, c.exit)
			}
			warned(t, report.Warnings)
		})
	}
}

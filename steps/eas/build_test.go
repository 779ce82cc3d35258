package eas

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"aligate/runner"
	"aligate/steps"
	"aligate/steps/eas/catalog"
	"aligate/steps/eas/service"
)

// ready is a run in which all is done that build needs, and, with a service.json, create.
func ready(t *testing.T, r runner.Runner, pairs ...string) run {
	t.Helper()
	dir := t.TempDir()
	v := given(append([]string{"region", "cn-hangzhou", "gate-dir", dir, "service-file", filepath.Join(dir, "service.json")}, pairs...)...)
	allImages, allSpecs := officialImages(t, "ListImages.json"), machineSpecs(t, "DescribeMachineSpec.json")
	return run{values: v, runner: r, outputs: map[string]any{
		"params":     collected{Name: "qwen_demo", WorkspaceID: "310001"},
		"network":    networking{Kind: "shared"},
		"check-name": nameCheck{Name: "qwen_demo"},
		"images":     steps.Outcome{Rows: allImages, Files: map[string]any{"images.json": allImages}},
		"specs":      steps.Outcome{Rows: allSpecs, Files: map[string]any{"specs.json": allSpecs}},
	}}
}

// faultless is a service.json that breaks no rule and causes no warning.
const faultless = `{
  "metadata": {"name": "qwen_demo", "instance": 1, "workspace_id": "310001"},
  "containers": [{"image": "eas-registry-vpc.cn-hangzhou.cr.aliyuncs.com/pai-eas/vllm:0.14.0-gpu", "port": 8000, "command": "vllm serve /model_dir --port 8000"}],
  "storage": [{"mount_path": "/model_dir", "oss": {"path": "oss://bucket/qwen/", "readOnly": true}}],
  "cloud": {"computing": {"instance_type": "ecs.gn7i-c16g1.4xlarge"}}
}
`

func TestRunBuild(t *testing.T) {
	t.Parallel()
	const vllm = registry + "vllm:0.14.0-gpu"
	for _, c := range []struct {
		name     string
		pairs    []string
		before   string // what stands at service.json
		gone     string // a gate file that is not there any more
		want     built  // without file and digest
		warnings []string
		code     string
		exit     steps.ExitCode
	}{
		{name: "words", pairs: []string{"image", "vllm", "instance-type", catalog.Favourite, "oss", "oss://bucket/"}, want: built{Name: "qwen_demo", Image: vllm, InstanceType: catalog.Favourite}},
		{name: "switched", pairs: []string{"image", vllm, "instance-type", "ecs.c7.large", "oss", "oss://bucket/"},
			want: built{Name: "qwen_demo", Image: vllm, InstanceType: catalog.Favourite, SwitchedFrom: "ecs.c7.large"}, warnings: []string{"SwitchedToGPU"}},
		{name: "no storage", pairs: []string{"image", "vllm", "instance-type", catalog.Favourite}, want: built{Name: "qwen_demo", Image: vllm, InstanceType: catalog.Favourite}, warnings: []string{"R81: $.storage", "R35"}},
		// Somebody's file is kept.
		{name: "a file there", pairs: []string{"image", "vllm", "instance-type", catalog.Favourite, "oss", "oss://bucket/"}, before: "mine",
			want: built{Name: "qwen_demo", Image: vllm, InstanceType: catalog.Favourite}, warnings: []string{"ServiceFileReplaced: service.json.old"}},
		{name: "breaks a rule", pairs: []string{"image", "vllm", "instance-type", catalog.Favourite, "command", "vllm serve oss://bucket/"}, code: "ServiceInvalid", exit: steps.ExitInvalid, warnings: []string{"R81"}},
		{name: "no image", pairs: []string{"instance-type", catalog.Favourite}, code: "Usage", exit: steps.ExitUsage},
		{name: "no type", pairs: []string{"image", "vllm"}, code: "Usage", exit: steps.ExitUsage},
		{name: "no such image", pairs: []string{"image", "nosuch", "instance-type", catalog.Favourite}, code: "ImageNotListed", exit: steps.ExitUsage},
		{name: "gate 1 closed", pairs: []string{"image", "vllm", "instance-type", catalog.Favourite}, gone: "images.json", code: "GateClosed", exit: steps.ExitBlocked},
		{name: "gate 2 closed", pairs: []string{"image", "vllm", "instance-type", catalog.Favourite}, gone: "specs.json", code: "GateClosed", exit: steps.ExitBlocked},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := ready(t, cli(t), c.pairs...)
			file := r.values.One("service-file")
			if c.before != "" {
				if err := os.WriteFile(file, []byte(c.before), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			report := r.do(t, func(ctx context.Context, env *steps.Env) error {
				if c.gone != "" {
					// A gate may still be on its way to the disk: asking for it waits.
					if err := gatesOpen(env); err != nil {
						return err
					}
					if err := os.Remove(gatePath(env, c.gone)); err != nil {
						return err
					}
				}
				out, err := runBuild(ctx, env)
				if err != nil {
					return err
				}
				raw, err := os.ReadFile(file)
				if err != nil {
					return err
				}
				c.want.File, c.want.SHA256 = file, sum(raw)
				c.want.InstanceTypes, c.want.Pattern = []string{c.want.InstanceType}, "P1"
				same(t, out.Output, any(c.want))
				if findings := service.Check(raw, service.Known{Name: "qwen_demo", Region: "cn-hangzhou"}); findings.Count(service.Error) > 0 {
					t.Errorf("got %v", findings)
				}
				return nil
			})
			if report.ExitCode != c.exit || report.Fault != nil && report.Fault.Code != c.code {
				t.Errorf("got %v, exit %d; want %q, %d", report.Fault, report.ExitCode, c.code, c.exit)
			}
			warned(t, report.Warnings, c.warnings...)
			if c.exit != 0 {
				if _, err := os.Stat(file); err == nil {
					t.Error("got a service.json of a build that failed")
				}
			}
			if kept, _ := os.ReadFile(file + ".old"); string(kept) != c.before {
				t.Errorf("got %q kept, want %q", kept, c.before)
			}
		})
	}
}

// TestValid: every broken rule is named, and what only warns does not stop.
func TestValid(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		doc      string
		problems []string
		message  string
		warnings []string
	}{
		{name: "faultless", doc: faultless},
		{name: "a warning", doc: strings.Replace(faultless, `"310001"`, `310001`, 1), warnings: []string{"R13: x.json: $.metadata.workspace_id is a number"}},
		{name: "no workspace", doc: strings.Replace(faultless, `, "workspace_id": "310001"`, ``, 1), problems: []string{"R13"}, message: "x.json breaks rule R13"},
		{name: "two", doc: strings.Replace(faultless, `8000,`, `8080,`, 1), problems: []string{"R28", "R29"}, message: "x.json breaks 2 rules"},
		{name: "one", doc: strings.Replace(faultless, `"instance": 1`, `"instance": 0`, 1), problems: []string{"R12"}, message: "x.json breaks rule R12: $.metadata.instance: is 0; write a number from 1 up"},
	} {
		report := run{}.do(t, func(_ context.Context, env *steps.Env) error {
			return valid(env, []byte(c.doc), collected{Name: "qwen_demo", WorkspaceID: "310001"}, lists{}, "x.json")
		})
		var got []string
		if f := report.Fault; f != nil {
			for _, p := range f.Problems {
				got = append(got, p.Rule)
			}
			if f.Code != "ServiceInvalid" || f.Exit != steps.ExitInvalid || !strings.HasPrefix(f.Message, c.message) || !strings.Contains(f.Hints[0], "aligate eas build") {
				t.Errorf("%s: got %+v", c.name, f)
			}
		}
		same(t, got, c.problems)
		warned(t, report.Warnings, c.warnings...)
	}
}

func TestRunCreate(t *testing.T) {
	t.Parallel()
	body := strings.TrimSuffix(faultless, "\n")
	call := "eas create-service --region cn-hangzhou --body " + body + " --user-agent " + ua
	const reply1 = `{"ServiceId":"eas-m-1","ServiceName":"qwen_demo","Region":"cn-hangzhou","Status":"Creating","RequestId":"R-1"}`
	timeout := refusal(call, string(read(t, "errors/read-timeout.stderr")))
	listed := func(created string) reply {
		return answer(listCall, `{"TotalCount":1,"Services":[{"ServiceName":"qwen_demo","ServiceId":"eas-m-2","Status":"Waiting","CreateTime":"`+created+`"}]}`)
	}
	none := answer(listCall, string(read(t, "ListServices.empty.json")))
	made := created{ID: "eas-m-1", Name: "qwen_demo", Region: "cn-hangzhou", Status: "Creating", RequestID: "R-1"}
	elsewhere := made
	elsewhere.Region = "cn-beijing"
	for _, c := range []struct {
		name     string
		replies  []reply
		age      time.Duration
		gone     string
		want     created
		warnings []string
		code     string
		exit     steps.ExitCode
	}{
		{name: "created", replies: []reply{answer(call, reply1)}, want: made},
		{name: "the proof is renewed", age: 2 * time.Minute, replies: []reply{none, answer(call, reply1)}, want: made},
		{name: "taken meanwhile", age: 2 * time.Minute, replies: []reply{listed("2026-06-02T12:00:01Z")}, code: "ServiceAlreadyExists", exit: steps.ExitExists},
		{name: "in another region", replies: []reply{answer(call, strings.Replace(reply1, "hangzhou", "beijing", 1))}, want: elsewhere, warnings: []string{"RegionMismatch: cn-beijing, not in cn-hangzhou"}},
		// A lost answer: look before anything is sent again.
		{name: "lost and there", replies: []reply{timeout, listed("2026-06-02T12:00:01Z")},
			want: created{ID: "eas-m-2", Name: "qwen_demo", Region: "cn-hangzhou", Status: "Waiting", Adopted: true}, warnings: []string{"CreateAdopted: eas-m-2"}},
		{name: "no ServiceId", replies: []reply{answer(call, `{"RequestId":"R-1"}`), listed("2026-06-02T12:00:01Z")},
			want: created{ID: "eas-m-2", Name: "qwen_demo", Region: "cn-hangzhou", Status: "Waiting", Adopted: true}, warnings: []string{"CreateAdopted"}},
		{name: "lost, and an older one there", replies: []reply{timeout, listed("2026-06-01T12:00:00Z")}, code: "ServiceAlreadyExists", exit: steps.ExitExists},
		{name: "lost and absent", replies: []reply{timeout, none, answer(call, reply1)}, want: made},
		{name: "lost twice", replies: []reply{timeout, none, timeout, none}, code: "Timeout", exit: steps.ExitFailed},
		{name: "lost and nobody knows", replies: []reply{timeout, refusal(listCall, "ERROR: EOF"), refusal(describeCall("qwen_demo"), "ERROR: EOF")}, code: "OutcomeUnknown", exit: steps.ExitIncomplete},
		{name: "exists", replies: []reply{refusal(call, string(read(t, "errors/conflict.stderr")))}, code: "ServiceAlreadyExists", exit: steps.ExitExists},
		{name: "gate 1 closed", gone: "images.json", code: "GateClosed", exit: steps.ExitBlocked},
		{name: "gate 2 closed", gone: "specs.json", code: "GateClosed", exit: steps.ExitBlocked},
		{name: "no service.json", gone: "service.json", code: "ServiceFileMissing", exit: steps.ExitBlocked},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := cli(t, c.replies...)
			r := ready(t, f)
			now := midday
			r.clock = func() time.Time { return now }
			file := r.values.One("service-file")
			if err := os.WriteFile(file, []byte(faultless), 0o600); err != nil {
				t.Fatal(err)
			}
			r.outputs["build"] = built{File: file, SHA256: sum([]byte(faultless)), Name: "qwen_demo"}
			report := r.do(t, func(ctx context.Context, env *steps.Env) error {
				now = now.Add(c.age)
				if c.gone != "" {
					if err := gatesOpen(env); err != nil {
						return err
					}
					if err := os.Remove(gatePath(env, c.gone)); err != nil {
						return err
					}
				}
				out, err := runCreate(ctx, env)
				if err != nil {
					return err
				}
				got := out.Output.(created)
				got.found, got.older = existing{}, false
				same(t, got, c.want)
				return nil
			})
			if report.ExitCode != c.exit || report.Fault != nil && report.Fault.Code != c.code {
				t.Errorf("got %v, exit %d; want %q, %d", report.Fault, report.ExitCode, c.code, c.exit)
			}
			warned(t, report.Warnings, c.warnings...)
			for _, command := range f.calls {
				if command.Kind == runner.Write && command.Args[5] != body {
					t.Errorf("got body %q", command.Args[5])
				}
			}
		})
	}
}

func TestRequired(t *testing.T) {
	t.Parallel()
	same(t, required(given("image", "x")), []steps.Problem{{Where: "--instance-type", What: "is required"}})
	same(t, required(given("instance-type", "x")), []steps.Problem{{Where: "--image", What: "is required"}})
	same(t, required(given("image", "x", "resource", "eas-r-1")), []steps.Problem(nil))
}

func TestSum(t *testing.T) {
	t.Parallel()
	same(t, sum([]byte("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
}

package eas

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"aligate/runner"
	"aligate/steps"
)

// ready is a run in which all is done that build needs, and, with a service.json, create.
func ready(t *testing.T, r runner.Runner, pairs ...string) run {
	t.Helper()
	dir := t.TempDir()
	v := given(append([]string{"region", "cn-hangzhou", "gate-dir", dir, "service-file", filepath.Join(dir, "service.json")}, pairs...)...)
	allImages, allSpecs := officialImages(t, "ListImages.json"), machineSpecs(t, "DescribeMachineSpec.json")
	return run{values: v, runner: r, outputs: map[string]any{
		"params":     collected{Name: "qwen_demo", WorkspaceID: "310001"},
		"check-name": nameCheck{Name: "qwen_demo"},
		"images":     steps.Outcome{Rows: allImages, Files: map[string]any{"images.json": allImages}},
		"specs":      steps.Outcome{Rows: allSpecs, Files: map[string]any{"specs.json": allSpecs}},
	}}
}

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
		{name: "words", pairs: []string{"image", "vllm", "instance-type", favourite, "oss", "oss://b/"}, want: built{Name: "qwen_demo", Image: vllm, InstanceType: favourite}},
		{name: "switched", pairs: []string{"image", vllm, "instance-type", "ecs.c7.large", "oss", "oss://b/"},
			want: built{Name: "qwen_demo", Image: vllm, InstanceType: favourite, SwitchedFrom: "ecs.c7.large"}, warnings: []string{"SwitchedToGPU"}},
		{name: "no storage", pairs: []string{"image", "vllm", "instance-type", favourite}, want: built{Name: "qwen_demo", Image: vllm, InstanceType: favourite}, warnings: []string{"R81: $.storage"}},
		// Somebody's file is kept.
		{name: "a file there", pairs: []string{"image", "vllm", "instance-type", favourite, "oss", "oss://b/"}, before: "mine",
			want: built{Name: "qwen_demo", Image: vllm, InstanceType: favourite}, warnings: []string{"ServiceFileReplaced: service.json.old"}},
		{name: "breaks a rule", pairs: []string{"image", "vllm", "instance-type", favourite, "command", "vllm serve oss://b/"}, code: "ServiceInvalid", exit: steps.ExitInvalid, warnings: []string{"R81"}},
		{name: "no image", pairs: []string{"instance-type", favourite}, code: "Usage", exit: steps.ExitUsage},
		{name: "no type", pairs: []string{"image", "vllm"}, code: "Usage", exit: steps.ExitUsage},
		{name: "no such image", pairs: []string{"image", "nosuch", "instance-type", favourite}, code: "ImageNotListed", exit: steps.ExitUsage},
		{name: "gate 1 closed", pairs: []string{"image", "vllm", "instance-type", favourite}, gone: "images.json", code: "GateClosed", exit: steps.ExitBlocked},
		{name: "gate 2 closed", pairs: []string{"image", "vllm", "instance-type", favourite}, gone: "specs.json", code: "GateClosed", exit: steps.ExitBlocked},
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
				same(t, out.Output, any(c.want))
				if problems, _ := validate(raw, "qwen_demo"); len(problems) > 0 {
					t.Errorf("got %v", problems)
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
		{name: "a warning", doc: strings.Replace(faultless, `, "workspace_id": "310001"`, ``, 1), warnings: []string{"R13: x.json: $.metadata.workspace_id"}},
		{name: "two", doc: strings.Replace(faultless, `8000,`, `8080,`, 1), problems: []string{"R27", "R29"}, message: "x.json breaks 2 rules"},
		{name: "one", doc: strings.Replace(faultless, `"instance": 1`, `"instance": 0`, 1), problems: []string{"R12"}, message: "x.json breaks rule R12: $.metadata.instance: is not a whole number"},
	} {
		report := run{}.do(t, func(_ context.Context, env *steps.Env) error { return valid(env, []byte(c.doc), "qwen_demo", "x.json") })
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
				got.found, got.older = service{}, false
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

// TestCompose: the file, byte by byte.
func TestCompose(t *testing.T) {
	t.Parallel()
	doc, err := compose(values("oss", "oss://example-models/qwen2.5-7b/", "replicas", "2", "oss", "oss://b/x=/data"),
		collected{Name: "qwen_demo", WorkspaceID: "310001"}, registry+"vllm:0.14.0-gpu", favourite)
	if err != nil {
		t.Fatal(err)
	}
	got, err := doc.encode()
	if err != nil {
		t.Fatal(err)
	}
	const want = `{
  "metadata": {
    "name": "qwen_demo",
    "instance": 2,
    "workspace_id": "310001"
  },
  "containers": [
    {
      "image": "eas-registry-vpc.cn-hangzhou.cr.aliyuncs.com/pai-eas/vllm:0.14.0-gpu",
      "port": 8000,
      "command": "vllm serve /model_dir --port 8000 --trust-remote-code"
    }
  ],
  "storage": [
    {
      "mount_path": "/model_dir",
      "oss": {
        "path": "oss://example-models/qwen2.5-7b/",
        "readOnly": true
      }
    },
    {
      "mount_path": "/data",
      "oss": {
        "path": "oss://b/x/",
        "readOnly": true
      }
    }
  ],
  "cloud": {
    "computing": {
      "instance_type": "ecs.gn7i-c16g1.4xlarge"
    }
  }
}
`
	if string(got) != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// TestComposeLeavesOut: what was not given does not stand in the file, not even empty.
func TestComposeLeavesOut(t *testing.T) {
	t.Parallel()
	doc, err := compose(values("command", `run --a "<&>" '`, "port", "9000"), collected{Name: "abc"}, "host/x:1", "ecs.c7.large")
	if err != nil {
		t.Fatal(err)
	}
	raw, err := doc.encode()
	if err != nil {
		t.Fatal(err)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, raw); err != nil {
		t.Fatal(err)
	}
	// The command is written as it was given: a service gets these bytes.
	const want = `{"metadata":{"name":"abc","instance":1},"containers":[{"image":"host/x:1","port":9000,"command":"run --a \"<&>\" '"}],"cloud":{"computing":{"instance_type":"ecs.c7.large"}}}`
	if got := compact.String(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestComposeCommand: the default command of a family names the first mount and the port; a command given stands.
func TestComposeCommand(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		image  string
		values steps.Values
		want   string
	}{
		{registry + "vllm:0.14.0-gpu", values(), "vllm serve /model_dir --port 8000 --trust-remote-code"},
		{registry + "vllm:0.14.0-gpu", values("oss", "oss://b/m=/data", "port", "9000"), "vllm serve /data --port 9000 --trust-remote-code"},
		{registry + "sglang:0.5.8-gpu", values("oss", "oss://b/"), "python -m sglang.launch_server --model-path /model_dir --host 0.0.0.0 --port 8000"},
		{registry + "comfyui:2.2-api", values(), "python main.py --listen 0.0.0.0 --port 8000"},
		{registry + "tritonserver:25.03-py3", values(), ""},
		{registry + "vllm:0.14.0-gpu", values("command", "my own"), "my own"},
		// A command that names a family does not make the image one.
		{"host/x:1", values("command", "vllm serve /m"), "vllm serve /m"},
	} {
		doc, err := compose(c.values, collected{Name: "abc"}, c.image, "t")
		if err != nil {
			t.Fatal(err)
		}
		same(t, doc.Containers[0].Command, c.want)
	}
}

func TestComposeRefuses(t *testing.T) {
	t.Parallel()
	for _, v := range []steps.Values{values("port", "x"), values("replicas", "x"), values("oss", "oss://a/=/m", "oss", "oss://b/")} {
		if doc, err := compose(v, collected{Name: "abc"}, "host/x", "t"); err == nil {
			t.Errorf("%v: got %+v, want an error", v, doc)
		}
	}
}

func TestRequired(t *testing.T) {
	t.Parallel()
	same(t, required(given("image", "x"), "image", "instance-type"), []steps.Problem{{Where: "--instance-type", What: "is required"}})
	same(t, required(given("image", "x"), "image"), []steps.Problem(nil))
}

func TestSum(t *testing.T) {
	t.Parallel()
	same(t, sum([]byte("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
}

package eas

import (
	"context"
	"errors"
	"strings"
	"testing"

	"aligate/runner"
	"aligate/steps"
	"aligate/steps/eas/catalog"
)

func TestChipOfImage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		im   catalog.Image
		want string
	}{
		{catalog.Image{ImageURI: "host/x:1-gpu"}, "GPU"},
		{catalog.Image{ImageURI: "host/x:1-gpu", Labels: []catalog.Label{{Key: "system.official", Value: "true"}, {Key: "system.chipType", Value: "PPU"}}}, "PPU"}, // the label stands above the tag
		{catalog.Image{ImageURI: "host/x:1-gpu", Labels: []catalog.Label{{Key: "system.chipType", Value: ""}}}, "GPU"},
		{catalog.Image{ImageURI: "host/x:1-gpu", Labels: []catalog.Label{{Key: "system.chipType", Value: true}}}, "GPU"}, // no text: as if it were not there
		{catalog.Image{ImageURI: "host/x:1"}, ""},
	} {
		if got := c.im.Chip(); got != c.want {
			t.Errorf("%+v: got %q, want %q", c.im, got, c.want)
		}
	}
}

func TestLatest(t *testing.T) {
	t.Parallel()
	var got []string
	for _, im := range officialImages(t, "ListImages.json") {
		if im.Latest() {
			got = append(got, catalog.RepoTag(im.ImageURI))
		}
	}
	same(t, got, []string{"vllm:0.14.0-gpu", "sglang:0.5.8-acclep1.2.1-gpu", "comfyui:2.2-api"})
	if (catalog.Image{Labels: []catalog.Label{{Key: "system.eas.deploy.latest", Value: "false"}}}).Latest() {
		t.Error("got latest though the label says false")
	}
}

func TestPluginTrouble(t *testing.T) {
	t.Parallel()
	c := listImages(values("region", "cn-hangzhou"))
	exit := func(code int, stderr string) error {
		return runner.NewExitError(c, runner.Result{ExitCode: code, Stderr: []byte(stderr)})
	}
	for _, test := range []struct {
		name string
		err  error
		want bool
	}{
		{"no error", nil, false},
		{"missing, offline", exit(2, string(read(t, "errors/plugin-missing-offline.rc2.stderr"))), true},
		{"missing, online", exit(1, string(read(t, "errors/plugin-missing-online.rc1.stderr"))), true},
		{"missing, not installed by itself", exit(1, string(read(t, "errors/plugin-missing-noauto.rc1.stderr"))), true},
		{"exit 4", exit(4, "whatever"), true},
		{"parse error", exit(1, "jq: parse error: Invalid numeric literal"), true},
		{"no JSON", &runner.OutputError{Command: c, Reason: "empty stdout"}, true},
		{"forbidden", exit(1, string(read(t, "errors/forbidden.stderr"))), false},
		{"timeout", exit(1, string(read(t, "errors/read-timeout.stderr"))), false},
		{"throttled", exit(1, string(read(t, "errors/throttling.stderr"))), false},
		{"another error", errors.New("x"), false},
	} {
		if got := pluginTrouble(test.err); got != test.want {
			t.Errorf("%s: got %t, want %t", test.name, got, test.want)
		}
	}
}

// TestRunImages: what the procedure does when the list cannot be read, in its order, and no more.
func TestRunImages(t *testing.T) {
	t.Parallel()
	const (
		call    = "aiworkspace list-images --region cn-hangzhou --verbose true --labels system.official=true,system.supported.eas=true --page-size 50 --user-agent " + ua
		page2   = call + " --page-number 2"
		slow    = call + " --read-timeout 60"
		install = "plugin install aiworkspace --force"
	)
	all := string(read(t, "ListImages.json"))
	file := func(words, name string) reply { return refusal(words, string(read(t, "errors/"+name))) }
	exit4 := reply{call, runner.Result{ExitCode: 4, Stderr: []byte("whatever")}}
	for _, c := range []struct {
		name     string
		replies  []reply
		warnings []string
		rows     int
		code     string
		exit     steps.ExitCode
	}{
		{name: "one page", replies: []reply{answer(call, all)}, rows: 18},
		{name: "two pages", replies: []reply{answer(call, string(read(t, "ListImages.page1of2.json"))), answer(page2, string(read(t, "ListImages.page2of2.json")))}, rows: 18},
		{name: "plugin missing", replies: []reply{file(call, "plugin-missing-online.rc1.stderr"), answer(install, ""), answer(call, all)}, warnings: []string{"PluginReinstalled"}, rows: 18},
		{name: "exit 4", replies: []reply{exit4, answer(install, ""), answer(call, all)}, warnings: []string{"PluginReinstalled"}, rows: 18},
		{name: "parse error", replies: []reply{refusal(call, "parse error: x"), answer(install, ""), answer(call, all)}, warnings: []string{"PluginReinstalled"}, rows: 18},
		// The list is there, behind what an installation on the way printed.
		{name: "chatter", replies: []reply{answer(call, "Downloading aliyun-cli-aiworkspace 0.1...\n"+all), answer(install, ""), answer(call, all)}, warnings: []string{"PluginReinstalled"}, rows: 18},
		{name: "chatter on page 2", replies: []reply{
			answer(call, string(read(t, "ListImages.page1of2.json"))), answer(page2, "Updating\n"+string(read(t, "ListImages.page2of2.json"))), answer(install, ""), answer(call, all),
		}, warnings: []string{"PluginReinstalled"}, rows: 18},
		{name: "reinstalled and slow", replies: []reply{exit4, answer(install, ""), exit4, answer(slow, all)}, warnings: []string{"PluginReinstalled"}, rows: 18},
		{name: "reinstalled and lost", replies: []reply{exit4, answer(install, ""), exit4, {slow, exit4.result}}, warnings: []string{"PluginReinstalled"}, exit: steps.ExitFailed, code: "CallFailed"},
		{name: "no installation", replies: []reply{exit4, refusal(install, "ERROR: whatever"), answer(call, all)}, warnings: []string{"PluginReinstalled", "PrecheckFailed"}, rows: 18},
		// Another failure is no matter of the plugin's.
		{name: "denied", replies: []reply{file(call, "forbidden.stderr"), file(slow, "forbidden.stderr")}, exit: steps.ExitFailed, code: "Forbidden.RAM"},
		{name: "denied once", replies: []reply{file(call, "forbidden.stderr"), answer(slow, all)}, rows: 18},
		// The runner below has tried with patience already.
		{name: "timeout", replies: []reply{file(call, "read-timeout.stderr")}, exit: steps.ExitFailed, code: "Timeout"},
		{name: "broken configuration", replies: []reply{broken(t, call)}, exit: steps.ExitNoCLI, code: "AliyunUnusable"},
		{name: "broken configuration at the second try", replies: []reply{exit4, answer(install, ""), broken(t, call)}, warnings: []string{"PluginReinstalled"}, exit: steps.ExitNoCLI, code: "AliyunUnusable"},
		{name: "broken configuration at the installation", replies: []reply{exit4, broken(t, install)}, warnings: []string{"PluginReinstalled"}, exit: steps.ExitNoCLI, code: "AliyunUnusable"},
		// An empty list opens no gate.
		{name: "none", replies: []reply{answer(call, `{"TotalCount":0,"Images":[]}`)}, exit: steps.ExitFailed, code: "GateEmpty"},
		{name: "none with a URI", replies: []reply{answer(call, `{"TotalCount":1,"Images":[{"ImageId":"a"}]}`)}, exit: steps.ExitFailed, code: "GateEmpty"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			report := run{values: values("region", "cn-hangzhou", "gate-dir", "/gates"), runner: cli(t, c.replies...)}.do(t, func(ctx context.Context, env *steps.Env) error {
				out, err := runImages(ctx, env)
				if err != nil {
					return err
				}
				// The gate file has three keys a row; the rest is kept for build.
				rows, kept := out.Rows.([]catalog.Image), out.Files["images.json"].([]catalog.Image)
				if len(rows) != c.rows || len(kept) != c.rows || !strings.HasSuffix(out.Summary, " to /gates/eas_images.json") {
					t.Fatalf("got %d rows, %d kept, %q; want %d", len(rows), len(kept), out.Summary, c.rows)
				}
				same(t, rows[0], catalog.Image{ImageID: "image-synth0001", ImageURI: registry + "vllm:0.14.0-gpu", ImageCategory: "LLM"})
				same(t, kept[0].Latest(), true)
				return nil
			})
			if report.ExitCode != c.exit || report.Fault != nil && report.Fault.Code != c.code {
				t.Errorf("got %v, exit %d; want %q, %d", report.Fault, report.ExitCode, c.code, c.exit)
			}
			warned(t, report.Warnings, c.warnings...)
		})
	}
}

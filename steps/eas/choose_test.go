package eas

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"aligate/steps"
)

// choose runs chooseImage in a run, for its warnings.
func choose(t *testing.T, v steps.Values, all []image, asked string) (image, *steps.Error, []steps.Warning) {
	t.Helper()
	var got image
	report := run{values: v}.do(t, func(_ context.Context, env *steps.Env) (err error) {
		got, err = chooseImage(env, all, asked)
		return err
	})
	return got, report.Fault, report.Warnings
}

func TestImageOfWords(t *testing.T) {
	t.Parallel()
	labelled, bare := officialImages(t, "ListImages.json"), officialImages(t, "ListImages.no-verbose.json")
	for _, c := range []struct {
		all   []image
		words string
		want  string
	}{
		// The recommended version, though others are newer.
		{labelled, "vllm", "vllm:0.14.0-gpu"},
		{labelled, "VLLM", "vllm:0.14.0-gpu"},
		{labelled, " vllm  gpu ", "vllm:0.14.0-gpu"},
		{labelled, "gpu vllm", "vllm:0.14.0-gpu"},
		{labelled, "sglang", "sglang:0.5.8-acclep1.2.1-gpu"},
		{labelled, "comfyui", "comfyui:2.2-api"},
		// All words count, also against the recommendation.
		{labelled, "vllm ppu", "vllm:0.14.0-ppu"},
		{labelled, "vllm xpu", "vllm:0.14.0-xpu"},
		{labelled, "vllm 0.11", "vllm:0.11.2-gpu"},
		{labelled, "sglang 0.5.2", "sglang:0.5.2-gpu"},
		{labelled, "comfyui webui", "comfyui:2.1-webui"},
		{labelled, "vllm:0.13.0rc2.a8ec486.20260305pai-gpu", "vllm:0.13.0rc2.a8ec486.20260305pai-gpu"},
		// None recommended: GPU before other chips, though the CPU image has the same age or is newer.
		{labelled, "pytorch", "pytorch-inference:2.7.1-gpu-py310"},
		{labelled, "pytorch cpu", "pytorch-inference:2.5.1-cpu-py310"},
		{labelled, "triton", "tritonserver:25.03-py3"},
		// The chip of a label is a word too: the tag does not say GPU.
		{labelled, "cosyvoice gpu", "cosyvoice-webui:3.0.6"},
		// No labels: the newest for a GPU, by the tag.
		{bare, "vllm", "vllm:0.11.2-gpu"},
		{bare, "sglang", "sglang:0.5.2-gpu"},
		{bare, "sglang ppu", "sglang:0.5.8-ppu"},
	} {
		got, err := imageOfWords(c.all, c.words)
		if err != nil || got.ImageURI != registry+c.want {
			t.Errorf("%q: got %q, %v; want %s", c.words, got.ImageURI, err, c.want)
		}
	}
}

// TestImageOfWordsVersion: of images of one age, the one with the highest number, whatever their order in the list.
func TestImageOfWordsVersion(t *testing.T) {
	t.Parallel()
	all := []image{{ImageURI: registry + "x:0.9.0-gpu"}, {ImageURI: registry + "x:0.10.1-gpu"}, {ImageURI: registry + "x:0.10.0-gpu"}, {ImageURI: registry + "x:0.2.0-cpu"}}
	for seed := range uint64(10) {
		rand.New(rand.NewPCG(seed, 1)).Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		got, err := imageOfWords(all, "x")
		if err != nil || got.ImageURI != registry+"x:0.10.1-gpu" {
			t.Errorf("got %q, %v; want x:0.10.1-gpu", got.ImageURI, err)
		}
	}
}

func TestImageOfWordsNone(t *testing.T) {
	t.Parallel()
	all := officialImages(t, "ListImages.json")
	for _, words := range []string{"nosuch", "vllm nosuch", "comfyui ppu", "vllm:0.15.0"} {
		_, err := imageOfWords(all, words)
		e := failure(t, err)
		if e.Exit != steps.ExitUsage || e.Code != "ImageNotListed" || len(e.Problems) != 1 || e.Problems[0].Where != "--image" || e.Problems[0].Rule != "R26" {
			t.Errorf("%q: got %+v", words, e)
		}
		if !strings.Contains(e.Message, words) || !strings.Contains(e.Message, "fits none") || len(e.Hints) != 4 {
			t.Errorf("%q: got message %q, hints %q", words, e.Message, e.Hints)
		}
	}
	_, err := imageOfWords(all, "vllm:0.15.0-gpu")
	if hint := failure(t, err).Hints[0]; hint != "nearest: --image "+registry+"vllm:0.14.0-gpu" {
		t.Errorf("got first hint %q", hint)
	}
	if _, err := imageOfWords(nil, "vllm"); err == nil {
		t.Error("an empty list: got no error")
	}
}

func TestChooseImage(t *testing.T) {
	t.Parallel()
	all := officialImages(t, "ListImages.json")
	near := []string{
		"nearest: --image " + registry + "vllm:0.14.0-gpu",
		"nearest: --image " + registry + "vllm:0.11.2-gpu",
		"nearest: --image " + registry + "vllm:0.14.0-ppu",
		"or go on all the same with --allow-unlisted-image",
	}

	t.Run("exact URI", func(t *testing.T) {
		t.Parallel()
		// Exact: not the recommended version, not the best chip.
		got, fault, warnings := choose(t, given(), all, registry+"vllm:0.14.0-xpu")
		if fault != nil || got.ImageID != "image-synth0005" || got.chip() != "XPU" {
			t.Errorf("got %+v, %v", got, fault)
		}
		warned(t, warnings)
		for _, im := range all {
			got, fault, _ := choose(t, given(), all, im.ImageURI)
			if fault != nil || got.ImageID != im.ImageID {
				t.Errorf("%s: got %+v, %v", im.ImageURI, got, fault)
			}
		}
	})
	t.Run("words", func(t *testing.T) {
		t.Parallel()
		got, fault, warnings := choose(t, given(), all, "sglang gpu")
		if fault != nil || got.ImageURI != registry+"sglang:0.5.8-acclep1.2.1-gpu" {
			t.Errorf("got %+v, %v", got, fault)
		}
		warned(t, warnings)
	})
	t.Run("official and unlisted", func(t *testing.T) {
		t.Parallel()
		for _, host := range []string{"eas-registry-vpc.cn-hangzhou.cr.aliyuncs.com", "eas-registry.cn-beijing.cr.aliyuncs.com", "eas-registry-vpc.ap-southeast-1.cr.aliyuncs.com"} {
			asked := host + "/pai-eas/vllm:0.14.1-gpu"
			_, fault, warnings := choose(t, given(), all, asked)
			if fault == nil || fault.Exit != steps.ExitUsage || fault.Code != "ImageNotListed" || !strings.Contains(fault.Message, asked) {
				t.Fatalf("%s: got %v", asked, fault)
			}
			// The same repository first, the likest tags first; the run itself adds a hint at the end.
			same(t, fault.Hints[:4], near)
			warned(t, warnings)
		}
	})
	t.Run("official, unlisted and allowed", func(t *testing.T) {
		t.Parallel()
		asked := registry + "vllm:0.14.1-gpu"
		got, fault, warnings := choose(t, given("allow-unlisted-image", "true"), all, asked)
		if fault != nil {
			t.Fatal(fault)
		}
		same(t, got, image{ImageURI: asked})
		warned(t, warnings, "ImageNotListed: the nearest: "+registry+"vllm:0.14.0-gpu, ")
	})
	t.Run("custom", func(t *testing.T) {
		t.Parallel()
		for _, asked := range []string{
			"registry-vpc.cn-hangzhou.aliyuncs.com/team/vllm:1", "docker.io/vllm/vllm-openai:v1", "host:5000/x@sha256:00", "team/x",
			// Not the official registry, however alike.
			"eas-registry-vpc.cn-hangzhou.cr.aliyuncs.com.example.com/pai-eas/vllm:0.14.0-gpu", "xeas-registry.cn-hangzhou.cr.aliyuncs.com/x:1", "my/eas-registry.cn-hangzhou.cr.aliyuncs.com/x:1",
		} {
			got, fault, warnings := choose(t, given(), all, asked)
			if fault != nil {
				t.Fatalf("%s: got %v", asked, fault)
			}
			same(t, got, image{ImageURI: asked})
			warned(t, warnings, "CustomImage: "+asked)
		}
	})
}

func TestNearest(t *testing.T) {
	t.Parallel()
	distance := func(name string) int { return len(name) }
	same(t, nearest([]string{"ccc", "a", "bb", "d"}, 2, distance), []string{"a", "d"}) // the order of the list decides
	same(t, nearest([]string{"bb", "a"}, 5, distance), []string{"a", "bb"})
	same(t, nearest(nil, 3, distance), []string(nil))
}

func TestNearestImages(t *testing.T) {
	t.Parallel()
	all := officialImages(t, "ListImages.json")
	for _, c := range []struct {
		asked string
		want  []string
	}{
		{registry + "sglang:0.5.3-gpu", []string{"sglang:0.5.2-gpu", "sglang:0.5.8-ppu", "sglang:0.5.8-acclep1.2.1-gpu"}},
		// A repository that is alone goes before likelier tags of others.
		{registry + "pairag:0.14.0-gpu", []string{"pairag:0.4.3-cpu"}},
		{"vllm:0.14.0-GPU", []string{"vllm:0.14.0-gpu"}},
		{registry + "vlm:0.14.0-gpu", []string{"vllm:0.14.0-gpu"}}, // no such repository: by likeness
	} {
		got := nearestImages(all, c.asked)
		for i, want := range c.want {
			if len(got) != 3 || got[i] != registry+want {
				t.Errorf("%s: got %q, want %q", c.asked, got, c.want)
				break
			}
		}
	}
}

func TestCompareVersions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"", "a", -1}, {"a", "a", 0}, {"a", "b", -1}, {"1", "a", -1}, {"1", "-", 1}, {"1", "2", -1}, {"2", "10", -1}, {"a2", "a10", -1},
		{"0.9.2", "0.14.0", -1}, {"0.14.0", "0.14.0", 0}, {"0.14.1", "0.14.0", 1}, {"0.14", "0.14.0", -1}, {"v1", "v1.0", -1},
		{"0.5.8-gpu", "0.5.8-ppu", -1}, {"py310", "py39", 1}, {"b4000", "b401", 1}, {"1a", "1", 1}, {"01", "1", 0},
	} {
		if got := compareVersions(c.a, c.b); got != c.want {
			t.Errorf("compareVersions(%q, %q): got %d, want %d", c.a, c.b, got, c.want)
		}
		if got := compareVersions(c.b, c.a); got != -c.want {
			t.Errorf("compareVersions(%q, %q): got %d, want %d", c.b, c.a, got, -c.want)
		}
	}
}

func FuzzChunks(f *testing.F) {
	for _, s := range []string{"", "a", "1", "a1", "1a", "0.14.0-gpu", "é1é", "\xff12\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		parts := chunks(s)
		if strings.Join(parts, "") != s {
			t.Fatalf("%q: got %q", s, parts)
		}
		for i, part := range parts {
			digits := strings.Trim(part, "0123456789") == ""
			if part == "" || !digits && strings.ContainsAny(part, "0123456789") {
				t.Fatalf("%q: got %q at %d of %q", s, part, i, parts)
			}
			if i > 0 && digits == (strings.Trim(parts[i-1], "0123456789") == "") {
				t.Fatalf("%q: got two of a kind in %q", s, parts)
			}
		}
	})
}

func TestRepoTag(t *testing.T) {
	t.Parallel()
	for uri, want := range map[string]string{"": "", "vllm": "vllm", registry + "vllm:0.14.0-gpu": "vllm:0.14.0-gpu", "host:5000/a/b": "b", "a/": ""} {
		same(t, repoTag(uri), want)
	}
}

func TestChipOfTag(t *testing.T) {
	t.Parallel()
	for uri, want := range map[string]string{
		"vllm:0.14.0-gpu": "GPU", "vllm:0.14.0-ppu": "PPU", "vllm:0.14.0-XPU": "XPU", "pairag:0.4.3-cpu": "CPU", "pytorch:2.5.1-cpu-py310": "CPU", "x:gpu": "GPU",
		"tritonserver:25.03-py3": "", "x": "", "": "", "x:1.gpu": "", "xgpu:1": "",
		// The host is no tag.
		"my-gpu-host/x:1": "", "host/gpu-team/x:1": "",
	} {
		if got := chipOfTag(uri); got != want {
			t.Errorf("%q: got %q, want %q", uri, got, want)
		}
	}
}

func TestFamilies(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text    string
		name    string
		gpu     bool
		command string
	}{
		{registry + "vllm:0.14.0-gpu", "vllm", true, "vllm serve /m --port 9000 --trust-remote-code"},
		{"host/My-vLLM:1", "vllm", true, "vllm serve /m --port 9000 --trust-remote-code"},
		{registry + "sglang:0.5.8-gpu", "sglang", true, "python -m sglang.launch_server --model-path /m --host 0.0.0.0 --port 9000"},
		{registry + "comfyui:2.2-api", "comfyui", false, "python main.py --listen 0.0.0.0 --port 9000"},
		{"python serve.py --engine=sglang", "sglang", true, "python -m sglang.launch_server --model-path /m --host 0.0.0.0 --port 9000"},
		{registry + "pytorch-inference:2.7.1-gpu", "", false, ""},
		{"", "", false, ""},
	} {
		f := familyOf(c.text)
		command := ""
		if f.command != nil {
			command = f.command("/m", "9000")
		}
		if f.name != c.name || f.gpu != c.gpu || command != c.command {
			t.Errorf("%q: got %q, gpu %t, %q", c.text, f.name, f.gpu, command)
		}
	}
}

func TestIsCPU(t *testing.T) {
	t.Parallel()
	all := machineSpecs(t, "DescribeMachineSpec.json")
	for _, c := range []struct {
		name string
		want bool
	}{
		{"ecs.c7.large", true}, {"ecs.c7a.xlarge", true}, {"ml.c7.8xlarge.2", true},
		{"ecs.gn7i-c16g1.4xlarge", false}, {"ml.gu7i.c16m60.1-gu30", false}, {"ecs.ebmppu1.48xlarge", false}, {"ecs.egs8.16xlarge", false},
		{"ecs.gn6v-c8g1.2xlarge", false}, // that it is not available makes it no CPU type

		// Not in the list: the name tells.
		{"ecs.gn9x.large", false}, {"ecs.gn7i-c8g1.2xlarge", false}, {"ml.gu8t.c8m1", false}, {"ecs.vgn7i-vws", false}, {"ecs.sgn7i.large", false}, {"ecs.ga1.xlarge", false},
		{"ecs.ebmgn8v.48xlarge", false}, {"ecs.ebmgu9.x", false}, {"ecs.ebmppu2.x", false}, {"ecs.egs9.x", false}, {"ecs.sccgn7ex.32xlarge", false},
		{"ecs.g9i.large", true}, {"ecs.c9.large", true}, {"ecs.ebmg7.32xlarge", true}, {"ecs.re6.x", true}, {"ml.r9.x", true}, {"ecs.sccg7.x", true}, {"ecs.e-c1m1.large", true},
	} {
		if got := isCPU(all, c.name); got != c.want {
			t.Errorf("%s: got %t, want %t", c.name, got, c.want)
		}
	}
	// What the list says stands above the name.
	if !isCPU([]spec{{InstanceType: "ecs.gn9x.large", GPU: "0"}}, "ecs.gn9x.large") || isCPU([]spec{{InstanceType: "ecs.c9.large", GPU: "1"}}, "ecs.c9.large") {
		t.Error("the name was asked though the type is listed")
	}
}

func TestChooseGPU(t *testing.T) {
	t.Parallel()
	all := machineSpecs(t, "DescribeMachineSpec.json")
	// without are the types of all, with those of names unavailable.
	without := func(names ...string) []spec {
		out := slices.Clone(all)
		for i := range out {
			if slices.Contains(names, out[i].InstanceType) {
				out[i].Available = false
			}
		}
		return out
	}
	card := func(name, cpu, gpu string, memory float64) spec {
		return spec{InstanceType: name, CPU: json.Number(cpu), GPU: json.Number(gpu), GPUMemory: memory, Available: true, Chip: "GPU"}
	}
	for _, c := range []struct {
		name string
		all  []spec
		want string // empty: none
	}{
		{"favourite", all, favourite},
		{"favourite in the documented shape", machineSpecs(t, "DescribeMachineSpec.seed-shape.json"), favourite},
		{"favourite unavailable: fewest cards, then fewest cores", without(favourite), "ecs.gn6i-c4g1.xlarge"},
		{"the next one", without(favourite, "ecs.gn6i-c4g1.xlarge"), "ecs.gn6i-c8g1.2xlarge"},
		{"no favourite", machineSpecs(t, "DescribeMachineSpec.empty-string-gpu.json"), "ecs.gn6i-c4g1.xlarge"},
		{"only CPU types", all[:5], ""},
		{"only PPU and XPU", all[16:], ""},
		{"none", nil, ""},
		{"none available", without("ecs.gn6i-c4g1.xlarge", "ecs.gn6i-c8g1.2xlarge", "ecs.gn6e-c12g1.3xlarge", favourite, "ecs.gn7i-c32g1.32xlarge", "ecs.gn8is.2xlarge", "ecs.gn8is-8x.32xlarge",
			"ml.gu7i.c16m60.1-gu30", "ml.gu7i.c32m188.1-gu30"), ""},
		{"too small a card", []spec{card("a", "2", "1", 8), card("b", "9", "2", 16)}, "b"},
		{"only too small cards", []spec{card("a", "2", "1", 15.9)}, ""},
		{"a card of unknown size", []spec{card("a", "4", "1", 0), card("b", "8", "1", 16)}, "a"},
		{"cards before cores, as numbers", []spec{card("a", "2", "16", 16), card("b", "128", "8", 16), card("c", "16", "8", 16)}, "c"},
		{"the name at last", []spec{card("b", "2", "1", 16), card("a", "2", "1", 16)}, "a"},
	} {
		got, ok := chooseGPU(c.all)
		if ok != (c.want != "") || got.InstanceType != c.want {
			t.Errorf("%s: got %q, %t; want %q", c.name, got.InstanceType, ok, c.want)
		}
	}
}

func TestChooseType(t *testing.T) {
	t.Parallel()
	all := machineSpecs(t, "DescribeMachineSpec.json")
	vllm, triton := image{ImageURI: registry + "vllm:0.14.0-gpu"}, image{ImageURI: registry + "tritonserver:25.03-py3"}
	for _, c := range []struct {
		name     string
		all      []spec
		im       image
		asked    string
		command  string
		kind     string
		switched string
		warnings []string
	}{
		{name: "listed", all: all, im: vllm, asked: "ecs.gn8is.2xlarge", kind: "ecs.gn8is.2xlarge"},
		{name: "vllm on CPU", all: all, im: vllm, asked: "ecs.c7.large", kind: favourite, switched: "ecs.c7.large",
			warnings: []string{"SwitchedToGPU: vllm does not run on the CPU type ecs.c7.large; ecs.gn7i-c16g1.4xlarge was taken instead (1 x A10)"}},
		{name: "sglang by command", all: all, im: image{ImageURI: "host/my:1"}, command: "python -m sglang.launch_server", asked: "ecs.g7.2xlarge", kind: favourite, switched: "ecs.g7.2xlarge",
			warnings: []string{"SwitchedToGPU: sglang"}},
		{name: "vllm on an unlisted CPU type", all: all, im: vllm, asked: "ecs.c9.large", kind: favourite, switched: "ecs.c9.large", warnings: []string{"SwitchedToGPU: ecs.c9.large"}},
		// The user's choice of an accelerator stands, listed or not, available or not.
		{name: "vllm on an unlisted GPU type", all: all, im: vllm, asked: "ecs.gn7i-c16g1.8xlarge", kind: "ecs.gn7i-c16g1.8xlarge", warnings: []string{"TypeNotListed: the nearest: ecs.gn7i-c16g1.4xlarge, "}},
		{name: "unavailable", all: all, im: vllm, asked: "ecs.gn7-c12g1.3xlarge", kind: "ecs.gn7-c12g1.3xlarge",
			warnings: []string{"TypeUnavailable: ecs.gn7-c12g1.3xlarge is not available now (ClosedWithStock); available ones like it: "}},
		{name: "comfyui on CPU stays", all: all, im: image{ImageURI: registry + "comfyui:2.2-api"}, asked: "ecs.c7.large", kind: "ecs.c7.large"},
		{name: "another image on CPU stays", all: all, im: triton, asked: "ecs.c7.large", kind: "ecs.c7.large"},
		{name: "another image on an unlisted type", all: all, im: triton, asked: "ecs.c7.larger", kind: "ecs.c7.larger", warnings: []string{"TypeNotListed: the nearest: ecs.c7.large, "}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v := given("instance-type", c.asked)
			if c.command != "" {
				v["command"] = []string{c.command}
			}
			report := run{values: v}.do(t, func(_ context.Context, env *steps.Env) error {
				kind, switched, err := chooseType(env, c.all, c.im)
				if kind != c.kind || switched != c.switched {
					t.Errorf("got %q, switched from %q; want %q, %q", kind, switched, c.kind, c.switched)
				}
				return err
			})
			if report.Fault != nil {
				t.Errorf("got %v", report.Fault)
			}
			warned(t, report.Warnings, c.warnings...)
		})
	}

	report := run{values: given("instance-type", "ecs.c7.large")}.do(t, func(_ context.Context, env *steps.Env) error {
		_, _, err := chooseType(env, all[:5], vllm)
		return err
	})
	if f := report.Fault; f == nil || f.Code != "NoGPUType" || f.Exit != steps.ExitInvalid || !strings.Contains(f.Message, "ecs.c7.large") {
		t.Errorf("no GPU type: got %v", f)
	}
	warned(t, report.Warnings)
}

func TestNearestTypes(t *testing.T) {
	t.Parallel()
	all := machineSpecs(t, "DescribeMachineSpec.json")
	// Neither the type itself nor one that is not to be had.
	for asked, want := range map[string]string{
		"ecs.gn6v-c8g1.2xlarge":  "ecs.gn6i-c8g1.2xlarge",
		"ecs.gn6v-c8g1.2xlarg":   "ecs.gn6i-c8g1.2xlarge",
		"ecs.gn7i-c16g1.4xlarge": "ecs.gn6i-c4g1.xlarge",
	} {
		got := nearestTypes(all, asked)
		if len(got) != 3 || got[0] != want {
			t.Errorf("%s: got %q, want %s first", asked, got, want)
		}
	}
	same(t, nearestTypes(all[:2], "x"), []string{"ecs.c7.large", "ecs.c7a.xlarge"})
}

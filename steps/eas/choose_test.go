package eas

import (
	"context"
	"strings"
	"testing"

	"aligate/steps"
	"aligate/steps/eas/catalog"
)

// choose runs chooseImage in a run, for its warnings.
func choose(t *testing.T, v steps.Values, all []catalog.Image, asked string) (catalog.Image, *steps.Error, []steps.Warning) {
	t.Helper()
	var got catalog.Image
	report := run{values: v}.do(t, func(_ context.Context, env *steps.Env) (err error) {
		got, err = chooseImage(env, all, asked)
		return err
	})
	return got, report.Fault, report.Warnings
}

// TestImageOfWordsVersion: of images of one age, the one with the highest number, whatever their order in the list.
func TestImageOfWordsNone(t *testing.T) {
	t.Parallel()
	all := officialImages(t, "ListImages.json")
	for _, words := range []string{"nosuch", "vllm nosuch", "comfyui ppu", "vllm:0.15.0"} {
		_, e, _ := choose(t, given(), all, words)
		if e.Exit != steps.ExitUsage || e.Code != "ImageNotListed" || len(e.Problems) != 1 || e.Problems[0].Where != "--image" || e.Problems[0].Rule != "R26" {
			t.Errorf("%q: got %+v", words, e)
		}
		if !strings.Contains(e.Message, words) || !strings.Contains(e.Message, "fits none") || len(e.Hints) < 4 {
			t.Errorf("%q: got message %q, hints %q", words, e.Message, e.Hints)
		}
	}
	_, e, _ := choose(t, given(), all, "vllm:0.15.0-gpu")
	if hint := e.Hints[0]; hint != "nearest: --image "+registry+"vllm:0.14.0-gpu" {
		t.Errorf("got first hint %q", hint)
	}
	if _, e, _ := choose(t, given(), nil, "vllm"); e == nil {
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
		if fault != nil || got.ImageID != "image-synth0005" || got.Chip() != "XPU" {
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
		same(t, got, catalog.Image{ImageURI: asked})
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
			same(t, got, catalog.Image{ImageURI: asked})
			warned(t, warnings, "CustomImage: "+asked)
		}
	})
}

func TestChooseTypes(t *testing.T) {
	t.Parallel()
	all := machineSpecs(t, "DescribeMachineSpec.json")
	vllm, sglang := catalog.FamilyOf("vllm"), catalog.FamilyOf("sglang")
	for _, c := range []struct {
		name     string
		family   catalog.Family
		asked    []string
		kinds    []string
		switched []string
		warnings []string
	}{
		{name: "listed", family: vllm, asked: []string{"ecs.gn8is.2xlarge"}, kinds: []string{"ecs.gn8is.2xlarge"}},
		{name: "vllm on CPU", family: vllm, asked: []string{"ecs.c7.large"}, kinds: []string{catalog.Favourite}, switched: []string{"ecs.c7.large"},
			warnings: []string{"SwitchedToGPU: vllm does not run on the CPU type ecs.c7.large; ecs.gn7i-c16g1.4xlarge was taken instead (1 x A10)"}},
		{name: "sglang on CPU", family: sglang, asked: []string{"ecs.g7.2xlarge"}, kinds: []string{catalog.Favourite}, switched: []string{"ecs.g7.2xlarge"},
			warnings: []string{"SwitchedToGPU: sglang"}},
		{name: "vllm on an unlisted CPU type", family: vllm, asked: []string{"ecs.c9.large"}, kinds: []string{catalog.Favourite}, switched: []string{"ecs.c9.large"}, warnings: []string{"SwitchedToGPU: ecs.c9.large"}},
		// Of several types, those with a GPU stand, and the one chosen for the others is named once.
		{name: "several", family: vllm, asked: []string{"ecs.c7.large", "ecs.gn8is.2xlarge", "ecs.g7.2xlarge"}, kinds: []string{catalog.Favourite, "ecs.gn8is.2xlarge"},
			switched: []string{"ecs.c7.large", "ecs.g7.2xlarge"}, warnings: []string{"SwitchedToGPU: ecs.c7.large", "SwitchedToGPU: ecs.g7.2xlarge"}},
		{name: "twice", family: vllm, asked: []string{"ecs.gn8is.2xlarge", "ecs.gn8is.2xlarge"}, kinds: []string{"ecs.gn8is.2xlarge"}},
		// The user's choice of an accelerator stands, listed or not, available or not.
		{name: "vllm on an unlisted GPU type", family: vllm, asked: []string{"ecs.gn7i-c16g1.8xlarge"}, kinds: []string{"ecs.gn7i-c16g1.8xlarge"}, warnings: []string{"TypeNotListed: the nearest: ecs.gn7i-c16g1.4xlarge, "}},
		{name: "vllm on a family that nobody knows", family: vllm, asked: []string{"ecs.zz1.large"}, kinds: []string{"ecs.zz1.large"}, warnings: []string{"TypeNotListed"}},
		{name: "unavailable", family: vllm, asked: []string{"ecs.gn7-c12g1.3xlarge"}, kinds: []string{"ecs.gn7-c12g1.3xlarge"},
			warnings: []string{"TypeUnavailable: ecs.gn7-c12g1.3xlarge is not available now (ClosedWithStock); available ones like it: "}},
		{name: "comfyui on CPU stays", family: catalog.FamilyOf("comfyui"), asked: []string{"ecs.c7.large"}, kinds: []string{"ecs.c7.large"}},
		{name: "another image on an unlisted type", asked: []string{"ecs.c7.larger"}, kinds: []string{"ecs.c7.larger"}, warnings: []string{"TypeNotListed: the nearest: ecs.c7.large, "}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			report := run{}.do(t, func(_ context.Context, env *steps.Env) error {
				kinds, switched, err := chooseTypes(env, all, c.family, c.asked)
				same(t, kinds, c.kinds)
				same(t, switched, c.switched)
				return err
			})
			if report.Fault != nil {
				t.Errorf("got %v", report.Fault)
			}
			warned(t, report.Warnings, c.warnings...)
		})
	}

	report := run{}.do(t, func(_ context.Context, env *steps.Env) error {
		_, _, err := chooseTypes(env, all[:5], vllm, []string{"ecs.c7.large"})
		return err
	})
	if f := report.Fault; f == nil || f.Code != "NoGPUType" || f.Exit != steps.ExitInvalid || !strings.Contains(f.Message, "ecs.c7.large") {
		t.Errorf("no GPU type: got %v", f)
	}
	warned(t, report.Warnings)
}

package catalog

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"aligate/jq"
)

// rows reads the rows of a sample as a step would.
func rows[T any](t testing.TB, filter, name string) []T {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("../../../fixtures/samples/eas", name))
	if err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		t.Fatal(err)
	}
	page, err := jq.Into[struct {
		Rows []T `json:"rows"`
	}](filter, v, nil)
	if err != nil {
		t.Fatal(err)
	}
	return page.Rows
}

func officialImages(t testing.TB, name string) []Image {
	t.Helper()
	return rows[Image](t, "eas/images", name)
}

func machineSpecs(t testing.TB, name string) []Type {
	t.Helper()
	all := rows[Type](t, "eas/specs", name)
	for i := range all {
		all[i].Chip = ChipOf(all[i])
	}
	return all
}

// registry is where the official images of the samples are.
const registry = "eas-registry-vpc.cn-hangzhou.cr.aliyuncs.com/pai-eas/"

func same(t *testing.T, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestImageOfWords(t *testing.T) {
	t.Parallel()
	labelled, bare := officialImages(t, "ListImages.json"), officialImages(t, "ListImages.no-verbose.json")
	for _, c := range []struct {
		all   []Image
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
		got, ok := ImageOfWords(c.all, c.words)
		if !ok || got.ImageURI != registry+c.want {
			t.Errorf("%q: got %q, %t; want %s", c.words, got.ImageURI, ok, c.want)
		}
	}
}

func TestImageOfWordsVersion(t *testing.T) {
	t.Parallel()
	all := []Image{{ImageURI: registry + "x:0.9.0-gpu"}, {ImageURI: registry + "x:0.10.1-gpu"}, {ImageURI: registry + "x:0.10.0-gpu"}, {ImageURI: registry + "x:0.2.0-cpu"}}
	for seed := range uint64(10) {
		rand.New(rand.NewPCG(seed, 1)).Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		got, ok := ImageOfWords(all, "x")
		if !ok || got.ImageURI != registry+"x:0.10.1-gpu" {
			t.Errorf("got %q, %t; want x:0.10.1-gpu", got.ImageURI, ok)
		}
	}
}

func TestNearest(t *testing.T) {
	t.Parallel()
	distance := func(name string) int { return len(name) }
	same(t, nearest([]string{"ccc", "a", "bb", "d"}, 2, distance), []string{"a", "d"}) // the order of the list decides
	same(t, nearest([]string{"bb", "a"}, 5, distance), []string{"a", "bb"})
	same(t, nearest(nil, 3, distance), nil)
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
		got := NearestImages(all, c.asked)
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
		{"0.5.8-gpu", "0.5.8-ppu", -1}, {"py310", "py39", 1}, {"b4000", "b401", 1}, {"1a", "1", 1}, {"01", "1", 0}, {"99999999999999999999", "100000000000000000000", -1}, {"9", "99999999999999999999", -1},
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
		if got := RepoTag(uri); got != want {
			t.Errorf("%q: got %q, want %q", uri, got, want)
		}
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
		if got := ChipOfTag(uri); got != want {
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
		f := FamilyOf(c.text)
		command := ""
		if f.Command != nil {
			command = f.Command("/m", "9000")
		}
		if f.Name != c.name || f.GPU != c.gpu || command != c.command {
			t.Errorf("%q: got %q, gpu %t, %q", c.text, f.Name, f.GPU, command)
		}
	}
}

func TestChipOfType(t *testing.T) {
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
		if got := ChipOfType(all, c.name) == "CPU"; got != c.want {
			t.Errorf("%s: got %t, want %t", c.name, got, c.want)
		}
	}
	// What the list says stands above the name.
	if ChipOfType([]Type{{InstanceType: "ecs.gn9x.large", GPU: "0"}}, "ecs.gn9x.large") != "CPU" || ChipOfType([]Type{{InstanceType: "ecs.c9.large", GPU: "1"}}, "ecs.c9.large") != "GPU" {
		t.Error("the name was asked though the type is listed")
	}
}

func TestChooseGPU(t *testing.T) {
	t.Parallel()
	all := machineSpecs(t, "DescribeMachineSpec.json")
	// without are the types of all, with those of names unavailable.
	without := func(names ...string) []Type {
		out := slices.Clone(all)
		for i := range out {
			if slices.Contains(names, out[i].InstanceType) {
				out[i].Available = false
			}
		}
		return out
	}
	card := func(name, cpu, gpu string, memory float64) Type {
		return Type{InstanceType: name, CPU: json.Number(cpu), GPU: json.Number(gpu), GPUMemory: memory, Available: true, Chip: "GPU"}
	}
	for _, c := range []struct {
		name string
		all  []Type
		want string // empty: none
	}{
		{"Favourite", all, Favourite},
		{"Favourite in the documented shape", machineSpecs(t, "DescribeMachineSpec.seed-shape.json"), Favourite},
		{"Favourite unavailable: fewest cards, then fewest cores", without(Favourite), "ecs.gn6i-c4g1.xlarge"},
		{"the next one", without(Favourite, "ecs.gn6i-c4g1.xlarge"), "ecs.gn6i-c8g1.2xlarge"},
		{"no Favourite", machineSpecs(t, "DescribeMachineSpec.empty-string-gpu.json"), "ecs.gn6i-c4g1.xlarge"},
		{"only CPU types", all[:5], ""},
		{"only PPU and XPU", all[16:], ""},
		{"none", nil, ""},
		{"none available", without("ecs.gn6i-c4g1.xlarge", "ecs.gn6i-c8g1.2xlarge", "ecs.gn6e-c12g1.3xlarge", Favourite, "ecs.gn7i-c32g1.32xlarge", "ecs.gn8is.2xlarge", "ecs.gn8is-8x.32xlarge",
			"ml.gu7i.c16m60.1-gu30", "ml.gu7i.c32m188.1-gu30"), ""},
		{"too small a card", []Type{card("a", "2", "1", 8), card("b", "9", "2", 16)}, "b"},
		{"only too small cards", []Type{card("a", "2", "1", 15.9)}, ""},
		{"a card of unknown size", []Type{card("a", "4", "1", 0), card("b", "8", "1", 16)}, "a"},
		{"cards before cores, as numbers", []Type{card("a", "2", "16", 16), card("b", "128", "8", 16), card("c", "16", "8", 16)}, "c"},
		{"the name at last", []Type{card("b", "2", "1", 16), card("a", "2", "1", 16)}, "a"},
	} {
		got, ok := ChooseGPU(c.all)
		if ok != (c.want != "") || got.InstanceType != c.want {
			t.Errorf("%s: got %q, %t; want %q", c.name, got.InstanceType, ok, c.want)
		}
	}
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
		got := NearestTypes(all, asked)
		if len(got) != 3 || got[0] != want {
			t.Errorf("%s: got %q, want %s first", asked, got, want)
		}
	}
	same(t, NearestTypes(all[:2], "x"), []string{"ecs.c7.large", "ecs.c7a.xlarge"})
}

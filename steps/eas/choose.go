package eas

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/agnivade/levenshtein"

	"aligate/steps"
)

// officialRegistry holds the images of the service itself; a URI in it that is not listed is a mistake.
var officialRegistry = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^eas-registry(-vpc)?\.[a-z0-9-]+\.cr\.aliyuncs\.com/`)
})

// chooseImage turns what the user asked for into a URI. A URI is used as it is, or refused if it names an
// official image that does not exist (rule R26); words choose the best official image that has them all.
func chooseImage(env *steps.Env, all []image, asked string) (image, error) {
	if !strings.Contains(asked, "/") {
		return imageOfWords(all, asked)
	}
	if i := slices.IndexFunc(all, func(im image) bool { return im.ImageURI == asked }); i >= 0 {
		return all[i], nil
	}
	if !officialRegistry().MatchString(asked) {
		env.Warn("CustomImage", "%s is not an official image; whether it exists and can be pulled was not checked", asked)
		return image{ImageURI: asked}, nil
	}
	near := nearestImages(all, asked)
	if env.Values.Is("allow-unlisted-image") {
		env.Warn("ImageNotListed", "%s is not among the %d official images of the region; the nearest: %s", asked, len(all), strings.Join(near, ", "))
		return image{ImageURI: asked}, nil
	}
	return image{}, unlisted(asked, "is not among the official images of the region", near,
		"or go on all the same with --allow-unlisted-image")
}

func unlisted(asked, what string, near []string, more ...string) error {
	e := steps.Usage(steps.Problem{Where: "--image", What: fmt.Sprintf("%q %s", asked, what), Rule: "R26"})
	e.Code = "ImageNotListed"
	for _, uri := range near {
		e.Hints = append(e.Hints, "nearest: --image "+uri)
	}
	e.Hints = append(e.Hints, more...)
	return e
}

// imageOfWords picks among the images that have every word in their name, URI or chip: the recommended version
// first, then GPU before other chips, then the newest.
func imageOfWords(all []image, asked string) (image, error) {
	words := strings.Fields(strings.ToLower(asked))
	fits := slices.DeleteFunc(slices.Clone(all), func(im image) bool {
		text := strings.ToLower(repoTag(im.ImageURI) + " " + im.Name + " " + im.chip())
		return slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) })
	})
	if len(fits) == 0 {
		return image{}, unlisted(asked, "fits none of the official images", nearestImages(all, asked), "all of them are in the gate file of eas images")
	}
	return slices.MinFunc(fits, func(a, b image) int {
		return cmp.Or(
			first(a.latest(), b.latest()),
			first(a.chip() == "GPU", b.chip() == "GPU"),
			cmp.Compare(b.Created, a.Created),
			compareVersions(b.ImageURI, a.ImageURI),
		)
	}), nil
}

// first orders true before false.
func first(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// compareVersions compares strings with the numbers in them as numbers.
func compareVersions(a, b string) int {
	as, bs := chunks(a), chunks(b)
	for i := range min(len(as), len(bs)) {
		m, errM := strconv.Atoi(as[i])
		n, errN := strconv.Atoi(bs[i])
		c := cmp.Compare(as[i], bs[i])
		if errM == nil && errN == nil {
			c = cmp.Compare(m, n)
		}
		if c != 0 {
			return c
		}
	}
	return cmp.Compare(len(as), len(bs))
}

// chunks splits s into runs of digits and runs of other characters.
func chunks(s string) []string {
	var out []string
	digit := func(c byte) bool { return c >= '0' && c <= '9' }
	for start, i := 0, 1; i <= len(s); i++ {
		if i == len(s) || digit(s[i]) != digit(s[start]) {
			out, start = append(out, s[start:i]), i
		}
	}
	return out
}

// repoTag is the last segment of an image URI: repository and tag.
func repoTag(uri string) string { return uri[strings.LastIndexByte(uri, '/')+1:] }

// nearestImages returns up to three URIs like asked: those of the same repository first.
func nearestImages(all []image, asked string) []string {
	want := repoTag(strings.ToLower(asked))
	repo, _, _ := strings.Cut(want, ":")
	uris := make([]string, len(all))
	for i, im := range all {
		uris[i] = im.ImageURI
	}
	return nearest(uris, 3, func(uri string) int {
		have := repoTag(strings.ToLower(uri))
		distance := levenshtein.ComputeDistance(want, have)
		if r, _, _ := strings.Cut(have, ":"); r != repo {
			distance += 1000
		}
		return distance
	})
}

// nearest returns the most names with the least distance.
func nearest(names []string, most int, distance func(string) int) []string {
	type measured struct {
		name     string
		distance int
	}
	all := make([]measured, len(names))
	for i, name := range names {
		all[i] = measured{name, distance(name)}
	}
	slices.SortStableFunc(all, func(a, b measured) int { return cmp.Compare(a.distance, b.distance) })
	var out []string
	for _, m := range all[:min(most, len(all))] {
		out = append(out, m.name)
	}
	return out
}

// family is a kind of image that the procedure knows by name.
type family struct {
	name string
	// gpu is set if the family never runs on a CPU type (rule R56).
	gpu bool
	// command returns the start command for a mount directory and a port (eas-facts C.11).
	command func(dir, port string) string
}

// families are told by a word in the image or the command.
var families = []family{
	{"vllm", true, func(dir, port string) string {
		return "vllm serve " + dir + " --port " + port + " --trust-remote-code"
	}},
	{"sglang", true, func(dir, port string) string {
		return "python -m sglang.launch_server --model-path " + dir + " --host 0.0.0.0 --port " + port
	}},
	{"comfyui", false, func(_, port string) string { return "python main.py --listen 0.0.0.0 --port " + port }},
}

// familyOf returns the family of a text, the zero family if it is none.
func familyOf(text string) family {
	text = strings.ToLower(text)
	for _, f := range families {
		if strings.Contains(text, f.name) {
			return f
		}
	}
	return family{}
}

// chipOfTag tells the chip from an image's tag (rule R57), "" if it does not say.
func chipOfTag(uri string) string {
	for _, part := range strings.FieldsFunc(strings.ToLower(repoTag(uri)), func(r rune) bool { return r == '-' || r == ':' }) {
		switch part {
		case "gpu", "ppu", "xpu", "cpu":
			return strings.ToUpper(part)
		}
	}
	return ""
}

// acceleratorFamilies begin the names of instance families with an accelerator; all others are CPU types. For
// types that the list does not know.
var acceleratorFamilies = []string{"gn", "vgn", "sgn", "gu", "ga", "ebmgn", "ebmgu", "ebmppu", "egs", "sccgn"}

// isCPU reports whether the type has no accelerator, by the list, else by its name.
func isCPU(all []spec, name string) bool {
	if s, ok := findSpec(all, name); ok {
		return !s.accelerated()
	}
	_, rest, _ := strings.Cut(name, ".")
	return !slices.ContainsFunc(acceleratorFamilies, func(f string) bool { return strings.HasPrefix(rest, f) })
}

// favourite is the GPU type of the procedure's own examples.
const favourite = "ecs.gn7i-c16g1.4xlarge"

// chooseGPU picks a type for an image that needs a GPU (rule R56): the favourite if it is available, else the
// one with the fewest cards, then the fewest cores, and at least 16 GB on a card.
func chooseGPU(all []spec) (spec, bool) {
	fits := slices.DeleteFunc(slices.Clone(all), func(s spec) bool {
		return !s.Available || s.Chip != "GPU" || s.GPUMemory != 0 && s.GPUMemory < 16
	})
	if len(fits) == 0 {
		return spec{}, false
	}
	return slices.MinFunc(fits, func(a, b spec) int {
		return cmp.Or(
			first(a.InstanceType == favourite, b.InstanceType == favourite),
			compareNumbers(a.GPU, b.GPU),
			compareNumbers(a.CPU, b.CPU),
			cmp.Compare(a.InstanceType, b.InstanceType),
		)
	}), true
}

func compareNumbers(a, b interface{ Float64() (float64, error) }) int {
	m, _ := a.Float64()
	n, _ := b.Float64()
	return cmp.Compare(m, n)
}

// nearestTypes returns up to three available types with names like asked.
func nearestTypes(all []spec, asked string) []string {
	var names []string
	for _, s := range all {
		if s.Available && s.InstanceType != asked {
			names = append(names, s.InstanceType)
		}
	}
	return nearest(names, 3, func(name string) int { return levenshtein.ComputeDistance(asked, name) })
}

package catalog

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Image is one official image. The first three keys are those of the gate file.
type Image struct {
	ImageID       string `json:"ImageId"`
	ImageURI      string `json:"ImageUri"`
	ImageCategory string `json:"ImageCategory"`
	// What follows is kept beside the run record, not in the gate file.
	Name    string  `json:"Name,omitempty"`
	Created string  `json:"Created,omitempty"`
	Labels  []Label `json:"Labels,omitempty"`
}

// Label is one label of an image.
type Label struct {
	Key   string `json:"Key"`
	Value any    `json:"Value"`
}

// Label returns the value of the label called key, "" if the image has none (eas-facts A.3).
func (im Image) Label(key string) string {
	for _, l := range im.Labels {
		if l.Key == key {
			value, _ := l.Value.(string)
			return value
		}
	}
	return ""
}

// Chip is the accelerator the image is made for: GPU, CPU, PPU, XPU, or "" (rule R57).
func (im Image) Chip() string {
	if chip := im.Label("system.chipType"); chip != "" {
		return chip
	}
	return ChipOfTag(im.ImageURI)
}

// Latest reports whether the service recommends this version.
func (im Image) Latest() bool { return im.Label("system.eas.deploy.latest") == "true" }

// DefaultScript and DefaultPort are what the service itself would start the image with, "" if it does not say.
func (im Image) DefaultScript() string { return im.Label("system.eas.default.script") }

// DefaultPort is the port that goes with DefaultScript.
func (im Image) DefaultPort() string { return im.Label("system.eas.default.port") }

// FindImage returns the image with this very URI.
func FindImage(all []Image, uri string) (Image, bool) {
	i := slices.IndexFunc(all, func(im Image) bool { return im.ImageURI == uri })
	if i < 0 {
		return Image{}, false
	}
	return all[i], true
}

var official = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^eas-registry(-vpc)?\.[a-z0-9-]+\.cr\.aliyuncs\.com/`)
})

// Official reports whether uri lies in the registry of the service itself, where what is not listed does not exist.
func Official(uri string) bool { return official().MatchString(uri) }

// ImageOfWords picks among the images that have every word in their name, URI or chip: the recommended version
// first, then GPU before other chips, then the newest.
func ImageOfWords(all []Image, asked string) (Image, bool) {
	words := strings.Fields(strings.ToLower(asked))
	fits := slices.DeleteFunc(slices.Clone(all), func(im Image) bool {
		text := strings.ToLower(RepoTag(im.ImageURI) + " " + im.Name + " " + im.Chip())
		return slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) })
	})
	if len(fits) == 0 {
		return Image{}, false
	}
	return slices.MinFunc(fits, func(a, b Image) int {
		return cmp.Or(
			first(a.Latest(), b.Latest()),
			first(a.Chip() == "GPU", b.Chip() == "GPU"),
			cmp.Compare(b.Created, a.Created),
			compareVersions(b.ImageURI, a.ImageURI),
		)
	}), true
}

// RepoTag is the last segment of an image URI: repository and tag.
func RepoTag(uri string) string { return uri[strings.LastIndexByte(uri, '/')+1:] }

// NearestImages returns up to three URIs like asked: those of the same repository first.
func NearestImages(all []Image, asked string) []string {
	want := RepoTag(strings.ToLower(asked))
	repo, _, _ := strings.Cut(want, ":")
	uris := make([]string, len(all))
	for i, im := range all {
		uris[i] = im.ImageURI
	}
	return nearest(uris, 3, func(uri string) int {
		have := RepoTag(strings.ToLower(uri))
		distance := unlike(want, have)
		if r, _, _ := strings.Cut(have, ":"); r != repo {
			distance += 1000
		}
		return distance
	})
}

// ChipOfTag tells the chip from an image's tag (rule R57), "" if it does not say.
func ChipOfTag(uri string) string {
	for _, part := range strings.FieldsFunc(strings.ToLower(RepoTag(uri)), func(r rune) bool { return r == '-' || r == ':' }) {
		switch part {
		case "gpu", "ppu", "xpu", "cpu":
			return strings.ToUpper(part)
		}
	}
	return ""
}

// Family is a kind of image that the procedure knows by name.
type Family struct {
	Name string
	// GPU is set if the family never runs on a CPU type (rule R56).
	GPU bool
	// Command returns the start command for a mount directory and a port (eas-facts C.11).
	Command func(dir, port string) string
}

// families are told by a word in the image or the command.
var families = []Family{
	{"vllm", true, func(dir, port string) string {
		return "vllm serve " + dir + " --port " + port + " --trust-remote-code"
	}},
	{"sglang", true, func(dir, port string) string {
		return "python -m sglang.launch_server --model-path " + dir + " --host 0.0.0.0 --port " + port
	}},
	{"comfyui", false, func(_, port string) string { return "python main.py --listen 0.0.0.0 --port " + port }},
	{"stable-diffusion", false, nil},
}

// FamilyOf returns the family of a text, the zero Family if it is none.
func FamilyOf(text string) Family {
	text = strings.ToLower(text)
	for _, f := range families {
		if strings.Contains(text, f.Name) {
			return f
		}
	}
	return Family{}
}

package catalog

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
)

// Type is one instance type. The first four keys are those of the gate file.
type Type struct {
	InstanceType string      `json:"InstanceType"`
	CPU          json.Number `json:"CPU"`
	// GPU is the number of accelerators.
	GPU json.Number `json:"GPU"`
	// Memory is in GB.
	Memory json.Number `json:"Memory"`
	// What follows is kept beside the run record, not in the gate file.
	GPUModel string `json:"GPUModel,omitempty"`
	// GPUMemory is in GB per card.
	GPUMemory float64 `json:"GPUMemory,omitempty"`
	Available bool    `json:"Available,omitempty"`
	Stock     string  `json:"Stock,omitempty"`
	// Chip is GPU, PPU, XPU or CPU.
	Chip string `json:"Chip,omitempty"`
}

// Accelerated reports whether the type has an accelerator.
func (t Type) Accelerated() bool { n, err := t.GPU.Float64(); return err == nil && n > 0 }

// ChipOf tells the kind of accelerator by the type's name and its count (eas-facts A.5).
func ChipOf(t Type) string {
	switch {
	case strings.HasPrefix(t.InstanceType, "ecs.ebmppu"):
		return "PPU"
	case strings.HasPrefix(t.InstanceType, "ecs.egs"):
		return "XPU"
	case t.Accelerated():
		return "GPU"
	}
	return "CPU"
}

// FindType returns the type called name.
func FindType(all []Type, name string) (Type, bool) {
	i := slices.IndexFunc(all, func(t Type) bool { return t.InstanceType == name })
	if i < 0 {
		return Type{}, false
	}
	return all[i], true
}

// chipOfFamily is the chip of the instance families that Alibaba Cloud names; the family of ecs.gn7i-c8g1.2xlarge
// is the letters behind the first dot, gn. Families missing here are of no known chip.
var chipOfFamily = map[string]string{
	"gn": "GPU", "vgn": "GPU", "sgn": "GPU", "gu": "GPU", "ga": "GPU", "gi": "GPU", "ebmgn": "GPU", "ebmgu": "GPU", "sccgn": "GPU",
	"ebmppu": "PPU", "egs": "XPU",
	"c": "CPU", "g": "CPU", "r": "CPU", "t": "CPU", "u": "CPU", "e": "CPU", "s": "CPU", "n": "CPU", "d": "CPU", "i": "CPU", "v": "CPU",
	"hf": "CPU", "hfc": "CPU", "hfg": "CPU", "hfr": "CPU", "ic": "CPU", "ce": "CPU", "cm": "CPU", "mn": "CPU", "xn": "CPU",
	"re": "CPU", "se": "CPU", "sn": "CPU", "ebmc": "CPU", "ebmg": "CPU", "ebmr": "CPU", "ebmi": "CPU", "ebmre": "CPU", "ebmhf": "CPU",
	"ebmhfc": "CPU", "ebmhfg": "CPU", "ebmhfr": "CPU", "sccc": "CPU", "sccg": "CPU", "scch": "CPU", "scchfc": "CPU", "scchfg": "CPU", "scchfr": "CPU",
}

// ChipOfName tells the chip from the name of an instance type alone, "" if its family is not known.
func ChipOfName(name string) string {
	_, rest, _ := strings.Cut(name, ".")
	letters := strings.IndexFunc(rest, func(r rune) bool { return r < 'a' || r > 'z' })
	if letters < 0 {
		letters = len(rest)
	}
	return chipOfFamily[rest[:letters]]
}

// ChipOfType is the chip of the type called name: by the list, else by its name; "" if neither tells.
func ChipOfType(all []Type, name string) string {
	if t, ok := FindType(all, name); ok {
		return cmp.Or(t.Chip, ChipOf(t))
	}
	return ChipOfName(name)
}

// Favourite is the GPU type of the procedure's own examples.
const Favourite = "ecs.gn7i-c16g1.4xlarge"

// ChooseGPU picks a type for an image that needs a GPU (rule R56): the favourite if it is available, else the
// one with the fewest cards, then the fewest cores, and at least 16 GB on a card.
func ChooseGPU(all []Type) (Type, bool) {
	fits := slices.DeleteFunc(slices.Clone(all), func(t Type) bool {
		return !t.Available || t.Chip != "GPU" || t.GPUMemory != 0 && t.GPUMemory < 16
	})
	if len(fits) == 0 {
		return Type{}, false
	}
	return slices.MinFunc(fits, func(a, b Type) int {
		return cmp.Or(
			first(a.InstanceType == Favourite, b.InstanceType == Favourite),
			compareNumbers(a.GPU, b.GPU),
			compareNumbers(a.CPU, b.CPU),
			cmp.Compare(a.InstanceType, b.InstanceType),
		)
	}), true
}

func compareNumbers(a, b json.Number) int {
	m, _ := a.Float64()
	n, _ := b.Float64()
	return cmp.Compare(m, n)
}

// NearestTypes returns up to three available types with names like asked.
func NearestTypes(all []Type, asked string) []string {
	var names []string
	for _, t := range all {
		if t.Available && t.InstanceType != asked {
			names = append(names, t.InstanceType)
		}
	}
	return nearest(names, 3, func(name string) int { return unlike(asked, name) })
}

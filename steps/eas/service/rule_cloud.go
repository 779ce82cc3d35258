package service

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"aligate/steps/eas/catalog"
)

// typeTwice is the part of rule R53 that the schema lets pass.
func typeTwice(f *File, say Sayer) {
	seen := map[string]bool{}
	for _, t := range f.types() {
		if seen[t.Str()] {
			say.Warn(t, "is named twice", "each type once")
		}
		seen[t.Str()] = t.Str() != ""
	}
}

// typeListed is rule R55.
func typeListed(f *File, say Sayer) {
	if len(f.Known.Types) == 0 {
		return
	}
	for _, t := range f.types() {
		listed, ok := catalog.FindType(f.Known.Types, t.Str())
		if t.Str() == "" || ok && listed.Available {
			continue
		}
		near := "one of " + strings.Join(catalog.NearestTypes(f.Known.Types, t.Str()), ", ")
		if ok {
			say.At(t, strings.TrimSuffix("is not available now ("+listed.Stock, " (")+strings.Repeat(")", min(1, len(listed.Stock))), near)
		} else {
			say.At(t, fmt.Sprintf("is not among the %d types of the region", len(f.Known.Types)), near)
		}
	}
}

// cpuForModel is rule R56: by the lists if there are any, else by the names of the types.
func cpuForModel(f *File, say Sayer) {
	family := f.family()
	if !family.GPU {
		return
	}
	for _, t := range f.types() {
		if catalog.ChipOfType(f.Known.Types, t.Str()) == "CPU" {
			fix := "a GPU type, such as " + catalog.Favourite
			if gpu, ok := catalog.ChooseGPU(f.Known.Types); ok {
				fix = strconv.Quote(gpu.InstanceType)
			}
			say.At(t, "has no accelerator, and "+family.Name+" does not run without one", fix)
		}
	}
}

// family is what the first container that serves something known serves.
func (f *File) family() catalog.Family {
	if f.served == nil {
		f.served = &catalog.Family{}
		for _, c := range f.containers() {
			if family := catalog.FamilyOf(c.Get("image").Str() + " " + entry(c)); family.Name != "" {
				f.served = &family
				break
			}
		}
	}
	return *f.served
}

// needsGPU reports whether an image is made for a GPU.
func (f *File) needsGPU() bool {
	return f.family().GPU || slices.ContainsFunc(f.containers(), func(c *Node) bool { return f.chipOf(c.Get("image").Str()) == "GPU" })
}

// chipOf is the chip that an image is made for, "" if that is not known.
func (f *File) chipOf(uri string) string {
	if im, ok := catalog.FindImage(f.Known.Images, uri); ok {
		return im.Chip()
	}
	return catalog.ChipOfTag(uri)
}

// chips is rule R57.
func chips(f *File, say Sayer) {
	types := f.types()
	has := make([]string, len(types))
	for i, t := range types {
		has[i] = catalog.ChipOfType(f.Known.Types, t.Str())
	}
	for _, c := range f.containers() {
		chip := f.chipOf(c.Get("image").Str())
		for i, t := range types {
			has := has[i]
			switch {
			case chip == "" || has == "" || chip == has:
			case has == "CPU" && f.family().GPU: // R56
			case chip == "CPU":
				say.Warn(t, "has a "+has+", but the image is made for a CPU", "a CPU type, or an image for "+has)
			default:
				say.At(t, "is "+kindOf(has)+", but the image is made for "+chip, "a type with a "+chip+", or an image for "+has)
			}
		}
	}
}

func kindOf(chip string) string {
	if chip == "CPU" {
		return "a CPU type"
	}
	return "a type with a " + chip
}

// vswitches are the ids in cloud.networking.vswitch_id.
func (f *File) vswitches() []string {
	var ids []string
	for _, id := range strings.Split(f.Root.Get("cloud", "networking", "vswitch_id").Str(), ",") {
		if id = strings.TrimSpace(id); id != "" {
			ids = append(ids, id)
		}
	}
	return ids
}

// vswitchList is the part of rule R59 that the schema lets pass.
func vswitchList(f *File, say Sayer) {
	n := f.Root.Get("cloud", "networking", "vswitch_id")
	ids := f.vswitches()
	slices.Sort(ids)
	unique := slices.Compact(slices.Clone(ids))
	switch {
	case len(unique) < len(ids):
		say.At(n, "names a vswitch twice", strconv.Quote(strings.Join(unique, ",")))
	case strings.ContainsAny(n.Str(), " \t") && len(ids) > 0:
		say.Warn(n, "holds blanks", strconv.Quote(strings.Join(f.vswitches(), ",")))
	}
}

// hasVPC reports whether cloud.networking is whole.
func (f *File) hasVPC() bool {
	networking := f.Root.Get("cloud", "networking")
	for _, key := range []string{"vpc_id", "vswitch_id", "security_group_id"} {
		if networking.Get(key).Str() == "" {
			return false
		}
	}
	return true
}

// Downloads are the words of a command that fetch something from elsewhere.
var downloads = []string{"pip install", "pip3 install", "apt install", "apt-get", "yum install", "apk add", "npm install", "git clone", "curl ", "wget ", "huggingface-cli", "huggingface.co", "snapshot_download", "modelscope download"}

// Fetches returns the first word of a command that needs a way to the Internet, "" if it has none.
func Fetches(command string) string {
	for _, word := range downloads {
		if strings.Contains(command, word) {
			return strings.TrimSpace(word)
		}
	}
	return ""
}

// internetNeeded is rule R62, as far as the file alone tells: with a VPC, its egress decides.
func internetNeeded(f *File, say Sayer) {
	for _, c := range f.containers() {
		if word := Fetches(entry(c)); word != "" && !f.hasVPC() {
			say.At(entryNode(c), "seems to need the Internet ("+word+"), which a service cannot reach without a VPC that has a NAT gateway", "a path in a mount: put the files into OSS of the same region")
		}
		if prepare := c.Get("prepare"); prepare != nil && !f.hasVPC() {
			say.At(prepare, "installs Python packages, which needs a way to their index", "an image that has them, or cloud.networking with a NAT gateway")
		}
	}
}

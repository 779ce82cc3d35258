package order

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/agnivade/levenshtein"
)

// Family is an image family: the newest image of it is what is meant by its name.
type Family struct {
	// Name is for people, e.g. "Ubuntu 24.04".
	Name string `json:"name"`
	// X86 and ARM are the families of the architectures, e.g. "acs:ubuntu_24_04_x64"; empty if there is none.
	X86 string `json:"x86,omitempty"`
	ARM string `json:"arm,omitempty"`
	// Default is set for the one that is taken if none is asked for.
	Default bool `json:"default,omitempty"`

	// systems are the words that mean the system, version its version.
	systems []string
	version string
}

// families are those of the seed; the ARM families are in the vendor's table of public images, where Debian has
// families of minor versions only. Newer ones stand before older ones of the same system.
var families = []Family{
	{
		Name: "Alibaba Cloud Linux 3", Default: true, systems: []string{"alinux", "alibaba", "aliyun"}, version: "3.2104",
		X86: "acs:alibaba_cloud_linux_3_2104_lts_x64", ARM: "acs:alibaba_cloud_linux_3_2104_lts_arm64",
	},
	{Name: "Ubuntu 24.04", systems: []string{"ubuntu"}, version: "24.04", X86: "acs:ubuntu_24_04_x64", ARM: "acs:ubuntu_24_04_arm64"},
	{Name: "Ubuntu 22.04", systems: []string{"ubuntu"}, version: "22.04", X86: "acs:ubuntu_22_04_x64"},
	{Name: "Ubuntu 20.04", systems: []string{"ubuntu"}, version: "20.04", X86: "acs:ubuntu_20_04_x64", ARM: "acs:ubuntu_20_04_arm64"},
	{Name: "Debian 12.11", systems: []string{"debian"}, version: "12.11", X86: "acs:debian_12_11_x64", ARM: "acs:debian_12_11_arm64"},
	{Name: "Debian 12", systems: []string{"debian"}, version: "12", X86: "acs:debian_12_x64"},
	{Name: "Anolis OS 8.10", systems: []string{"anolis"}, version: "8.10", X86: "acs:anolis_8_10_anck_x64", ARM: "acs:anolis_8_10_anck_arm64"},
	{Name: "CentOS 7.9", systems: []string{"centos"}, version: "7.9", X86: "acs:centos_7_9_x64", ARM: "acs:centos_7_9_arm64"},
}

// Families are the families that have names.
func Families() []Family { return slices.Clone(families) }

// of is the family of an architecture, "" if there is none.
func (f Family) of(arm bool) string {
	if arm {
		return f.ARM
	}
	return f.X86
}

// UnknownFamily is that there is no image family of these words for this architecture.
type UnknownFamily struct {
	Words, Architecture string
	// Known is the name of what is meant, if it is there for the other architecture only.
	Known string
	// Nearest are the names that may be meant and have an image of the architecture, the likeliest first.
	Nearest []string
}

func (e *UnknownFamily) Error() string {
	text := fmt.Sprintf("no image family is called %q", e.Words)
	if e.Known != "" {
		text = fmt.Sprintf("%s has no image family for the architecture %s", e.Known, e.Architecture)
	}
	if len(e.Nearest) > 0 {
		text += "; nearest: " + strings.Join(e.Nearest, ", ")
	}
	return text
}

// FamilyOf returns the image family of words such as "ubuntu 24.04", "alinux3" or the family itself, for an
// architecture as the service writes it (X86, x86_64, ARM, arm64; "" is X86). No words are the default; a system
// without a version is its newest. The error is an *UnknownFamily.
func FamilyOf(words, architecture string) (string, error) {
	arm := isARM(architecture)
	if isFamily(words) {
		return ofArchitecture(words, architecture)
	}
	meant := matching(words)
	for _, f := range meant {
		if family := f.of(arm); family != "" {
			return family, nil
		}
	}
	miss := &UnknownFamily{Words: words, Architecture: cmp.Or(architecture, "X86"), Nearest: nearest(words, arm)}
	if len(meant) > 0 {
		miss.Known = meant[0].Name
	}
	return "", miss
}

// FamilyName is the name for people of an image family, or the family itself if it is not known.
func FamilyName(family string) string {
	for _, f := range families {
		if family != "" && (family == f.X86 || family == f.ARM) {
			return f.Name
		}
	}
	return family
}

// systemPrefix begins the families of the vendor's own images; no others are taken.
const systemPrefix = "acs:"

// isFamily reports whether words are a family itself, also one that has no name here.
func isFamily(words string) bool {
	rest, found := strings.CutPrefix(words, systemPrefix)
	return found && rest != "" && strings.Trim(rest, "abcdefghijklmnopqrstuvwxyz0123456789_.") == ""
}

// ofArchitecture returns family unless its name says that it is for the other architecture.
func ofArchitecture(family, architecture string) (string, error) {
	arm := isARM(architecture)
	other := "_arm64"
	if arm {
		other = "_x64"
	}
	if !strings.Contains(family+"_", other+"_") {
		return family, nil
	}
	miss := &UnknownFamily{Words: family, Architecture: cmp.Or(architecture, "X86"), Known: FamilyName(family)}
	for _, f := range families {
		if (f.X86 == family || f.ARM == family) && f.of(arm) != "" {
			miss.Nearest = []string{f.of(arm)}
		}
	}
	return "", miss
}

func isARM(architecture string) bool {
	return slices.Contains([]string{"arm", "arm64", "aarch64"}, strings.ToLower(architecture))
}

// noise are words that stand in full names of systems and tell none from another.
var noise = []string{"lts", "64", "bit", "64bit", "64-bit", "os", "cloud", "linux", "gnu", "anck"}

// matching returns the families that words may mean: the one with this very version first.
func matching(words string) []Family {
	parts := tokens(words)
	if len(parts) == 0 && strings.TrimSpace(words) == "" {
		return slices.DeleteFunc(Families(), func(f Family) bool { return !f.Default })
	}
	if len(parts) == 0 || len(parts) > 2 {
		return nil
	}
	version := ""
	if len(parts) == 2 {
		version = parts[1]
	}
	meant := slices.DeleteFunc(Families(), func(f Family) bool {
		return !slices.Contains(f.systems, parts[0]) || version != "" && !strings.HasPrefix(f.version+".", version+".")
	})
	slices.SortStableFunc(meant, func(a, b Family) int {
		if (a.version == version) == (b.version == version) {
			return 0
		}
		if a.version == version {
			return -1
		}
		return 1
	})
	return meant
}

// tokens are the words without noise, in lower case; a number glued to a name is a word of its own.
func tokens(words string) []string {
	var b strings.Builder
	last := ' '
	for _, r := range strings.ToLower(words) {
		if unicode.IsDigit(r) && unicode.IsLetter(last) {
			b.WriteByte(' ')
		}
		if r == '_' || r == '-' {
			r = ' '
		}
		b.WriteRune(r)
		last = r
	}
	return slices.DeleteFunc(strings.Fields(b.String()), func(s string) bool { return slices.Contains(noise, s) })
}

// nearest returns up to three names like words that have a family of the architecture.
func nearest(words string, arm bool) []string {
	asked := strings.Join(tokens(words), " ")
	var near []Family
	for _, f := range families {
		if f.of(arm) != "" {
			near = append(near, f)
		}
	}
	distance := func(f Family) int {
		least := len(asked) + len(f.version)
		for _, system := range f.systems {
			least = min(least, levenshtein.ComputeDistance(asked, system+" "+f.version))
		}
		return least
	}
	slices.SortStableFunc(near, func(a, b Family) int { return cmp.Compare(distance(a), distance(b)) })
	var names []string
	for _, f := range near[:min(3, len(near))] {
		names = append(names, f.Name)
	}
	return names
}

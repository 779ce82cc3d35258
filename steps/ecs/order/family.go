package order

import "fmt"

// Family is an image family: the newest image of it is what is meant by its name.
type Family struct {
	// Name is for people, e.g. "Ubuntu 24.04".
	Name string `json:"name"`
	// X86 and ARM are the families of the architectures, e.g. "acs:ubuntu_24_04_x64"; ARM is empty if there is none.
	X86 string `json:"x86"`
	ARM string `json:"arm,omitempty"`
	// Default is set for the one that is taken if none is asked for.
	Default bool `json:"default,omitempty"`
}

// UnknownFamily is that there is no image family of these words.
type UnknownFamily struct {
	Words, Architecture string
	// Nearest are the names that may be meant, the likeliest first.
	Nearest []string
}

func (e *UnknownFamily) Error() string { return fmt.Sprintf("no image family is called %q", e.Words) }

// Families are those of the seed.
func Families() []Family { return nil }

// FamilyOf returns the image family of words such as "ubuntu 24.04", "alinux3" or the family itself, for an
// architecture as the service writes it (X86, x86_64, ARM, arm64; "" is X86). No words are the default. The error is an
// *UnknownFamily.
func FamilyOf(words, architecture string) (string, error) { return "", nil }

// FamilyName is the name for people of an image family, or the family itself if it is not known.
func FamilyName(family string) string { return family }

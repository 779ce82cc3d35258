// Package catalog is what a region offers to a deployment: official images and instance types, as the two gates
// list them, and how one of them is chosen, compared and told apart.
//
// It owns: the rows of both lists, chips, families of images and of types, the choice of an image by words, of a
// GPU type, and of what is nearest to a miss. It must not know: where the lists come from, service.json, or what
// becomes of a choice. It is pure.
package catalog

import (
	"cmp"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

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

// unlike is how far two names are from each other.
func unlike(a, b string) int { return levenshtein.ComputeDistance(a, b) }

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

// compareVersions compares strings with the numbers in them as numbers, of any length.
func compareVersions(a, b string) int {
	as, bs := chunks(a), chunks(b)
	for i := range min(len(as), len(bs)) {
		if c := compareChunks(as[i], bs[i]); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(as), len(bs))
}

func compareChunks(a, b string) int {
	if isDigit(a[0]) && isDigit(b[0]) {
		a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
		return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
	}
	return cmp.Compare(a, b)
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// chunks splits s into runs of digits and runs of other characters.
func chunks(s string) []string {
	var out []string
	for start, i := 0, 1; i <= len(s); i++ {
		if i == len(s) || isDigit(s[i]) != isDigit(s[start]) {
			out, start = append(out, s[start:i]), i
		}
	}
	return out
}

package steps

import (
	"fmt"
	"slices"
	"strings"
)

// OneOf makes the check of a Param that has few values.
func OneOf(allowed ...string) func(value string) error {
	return func(v string) error {
		if !slices.Contains(allowed, v) {
			return fmt.Errorf("%q is not one of %s", v, strings.Join(allowed, ", "))
		}
		return nil
	}
}

// CheckRegion checks a region by its form: what the CLI takes for one (ecs-facts 1.1). Which there are is the service's
// to say.
func CheckRegion(v string) error {
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789-"
	if strings.Trim(v, letters) != "" || strings.HasPrefix(v, "-") || strings.HasSuffix(v, "-") || !strings.Contains(v, "-") {
		return fmt.Errorf("%q is not a region such as cn-hangzhou", v)
	}
	return nil
}

// Count is a number of things in words, e.g. "1 page", "3 policies".
func Count(n int, thing string) string {
	switch {
	case n == 1:
		return "1 " + thing
	case strings.HasSuffix(thing, "y"):
		return fmt.Sprintf("%d %sies", n, strings.TrimSuffix(thing, "y"))
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

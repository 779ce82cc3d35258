package ecs

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/agnivade/levenshtein"

	"aligate/steps"
)

// The values that the API documents, in its own spelling.
var (
	strategies         = []string{"InventoryFirst", "PriceFirst", "NewProductFirst"}
	levels             = []string{"EntryLevel", "EnterpriseLevel", "CreditEntryLevel"}
	cpuArchitectures   = []string{"X86", "ARM"}
	imageArchitectures = []string{"x86_64", "arm64", "i386"}
	systems            = []string{"linux", "windows"}
	diskCategories     = []string{"cloud_essd", "cloud_auto", "cloud_essd_entry", "cloud_ssd", "cloud_efficiency", "cloud", "ephemeral_ssd"}
	performanceLevels  = []string{"PL0", "PL1", "PL2", "PL3"}
	periodUnits        = []string{"Hour", "Month", "Year"}
)

// oneOf makes the check of a flag with few values. The service takes wrong ones for none, or fails much later.
func oneOf(values []string) func(string) error {
	return func(given string) error {
		near, least := "", len(given)
		for _, v := range values {
			if v == given {
				return nil
			}
			if d := levenshtein.ComputeDistance(strings.ToLower(v), strings.ToLower(given)); d < least {
				near, least = v, d
			}
		}
		if near == "" || least > max(2, len(near)/3) {
			return fmt.Errorf("%q is none of %s", given, strings.Join(values, ", "))
		}
		return fmt.Errorf("%q is none of %s; did you mean %s?", given, strings.Join(values, ", "), near)
	}
}

// listed names values in a usage line.
func listed(values []string) string {
	last := len(values) - 1
	return strings.Join(values[:last], ", ") + " or " + values[last]
}

// checkWhole makes the check of a whole number.
func checkWhole(least, most int) func(string) error {
	return func(v string) error {
		n, err := strconv.Atoi(v)
		if err != nil || strings.HasPrefix(v, "+") {
			return fmt.Errorf("%q is not a whole number", v)
		}
		if n < least || n > most {
			return fmt.Errorf("is %d; it goes from %d to %d", n, least, most)
		}
		return nil
	}
}

// mostGiB is more memory than any instance has.
const mostGiB = 1 << 20

// checkSize checks a number of GiB, such as 0.5 or 4.
func checkSize(v string) error {
	n, err := strconv.ParseFloat(v, 64)
	if err != nil || strings.Trim(v, "0123456789.") != "" {
		return fmt.Errorf("%q is not a number of GiB; write it without a unit, e.g. 4", v)
	}
	if n <= 0 || n > mostGiB {
		return fmt.Errorf("is %s; it goes from more than 0 to %d", v, mostGiB)
	}
	return nil
}

// checkID makes the check of an id or a name that begins with prefix. Which ids there are is the service's to say.
func checkID(prefix string) func(string) error {
	return func(v string) error {
		rest, ok := strings.CutPrefix(v, prefix)
		if !ok || rest == "" || strings.ContainsFunc(rest, func(r rune) bool { return !idRune(r) }) {
			return fmt.Errorf("%q does not look like one: it begins with %s, and has letters, digits, dots and hyphens", v, prefix)
		}
		return nil
	}
}

func idRune(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '.' || r == '_'
}

// checkZone checks a zone, which is written as a region is.
func checkZone(v string) error {
	if steps.CheckRegion(v) != nil {
		return fmt.Errorf("%q is not a zone such as cn-hangzhou-k", v)
	}
	return nil
}

// checkWord checks a name without blanks in it.
func checkWord(v string) error {
	if strings.ContainsAny(v, " \t") || strings.HasPrefix(v, "-") {
		return fmt.Errorf("%q is not a name: there is a blank in it, or a hyphen before it", v)
	}
	return nil
}

// checkTag checks KEY=VALUE or KEY.
func checkTag(v string) error {
	if key, _, _ := strings.Cut(v, "="); strings.TrimSpace(key) == "" {
		return fmt.Errorf("%q has no key; write KEY=VALUE", v)
	}
	return nil
}

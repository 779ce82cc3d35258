package flink

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"aligate/steps"
)

// Flags that several operations have. Operations take them by name, so that one flag has one meaning.
var (
	regionID     = steps.Param{Name: "region-id", Required: true, Check: steps.CheckRegion, Usage: "`REGION`, e.g. cn-hangzhou; there is no default"}
	instanceID   = steps.Param{Name: "instance-id", Required: true, Check: checkID, Usage: "`ID` of the instance, e.g. f-cn-abc123"}
	instanceIDs  = steps.Param{Name: "instance-id", Required: true, Repeat: true, Check: checkID, Usage: "`ID` of the instance; repeat it for several"}
	resourceKind = steps.Param{Name: "resource-type", Required: true, Check: steps.OneOf(resourceType), Usage: "`TYPE`: vvpinstance is the only one"}
	resourceIDs  = steps.Param{Name: "resource-ids", Required: true, Repeat: true, Check: checkIDs, Usage: "`IDS` of instances, with commas between"}
	cpu          = steps.Param{Name: "cpu", Check: checkCount, Usage: "`N` cores"}
	memory       = steps.Param{Name: "memory-gb", Check: checkCount, Usage: "`N` GB of memory: four a core"}
	period       = steps.Param{Name: "period", Check: steps.OneOf("1", "2", "3", "6", "12"), Usage: "`MONTHS` of the subscription: 1, 2, 3, 6 or 12"}
	autoRenew    = steps.Param{Name: "auto-renew", Bool: true, Usage: "renew the subscription by itself when it ends"}

	confirm      = steps.Param{Name: "confirm", Bool: true, Usage: "do it"}
	confirmPrice = steps.Param{Name: "confirm-price", Bool: true, Usage: "do it, at the price that was shown"}
	confirmForce = steps.Param{Name: "force-confirmation", Bool: true, Usage: "do it: what is deleted does not come back"}
)

// flagsOfWrites are the flags that confirm writes, by name (facts B3).
var flagsOfWrites = []steps.Param{confirm, confirmPrice, confirmForce}

// patienceFlags are the flags of every write: how long to wait for the end of it (facts E3).
var patienceFlags = []steps.Param{
	{Name: "wait", Bool: true, Usage: "wait until the service has finished"},
	{Name: "wait-timeout", Default: "600", Check: checkCount, Usage: "`SECONDS` to wait at the most"},
	{Name: "poll-interval", Default: "30", Check: checkCount, Usage: "`SECONDS` between two looks while waiting"},
}

// resourceType is the only one that the tag APIs take (facts C13).
const resourceType = "vvpinstance"

const lower = "abcdefghijklmnopqrstuvwxyz"
const digits = "0123456789"

// checkID keeps what no id of the service can hold away from argv; what an id looks like is the service's business.
func checkID(v string) error {
	if strings.Trim(v, lower+strings.ToUpper(lower)+digits+"-_") != "" || strings.HasPrefix(v, "-") {
		return fmt.Errorf("%q is not an id", v)
	}
	return nil
}

func checkIDs(v string) error {
	for _, id := range fields(v) {
		if id == "" {
			return fmt.Errorf("%q holds an empty id", v)
		}
		if err := checkID(id); err != nil {
			return err
		}
	}
	return nil
}

// checkName is the service's rule for names of instances and namespaces (facts C4, C10).
func checkName(v string) error {
	if !strings.ContainsAny(v[:1], lower) || strings.Trim(v, lower+digits+"-") != "" || strings.HasSuffix(v, "-") {
		return fmt.Errorf("%q is not a name: lower-case letters, digits and hyphens, a letter first, no hyphen at the end", v)
	}
	return nil
}

// mostCount bounds every number: none of the service's is larger.
const mostCount = 100_000

func checkCount(v string) error {
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 || n > mostCount || v != strconv.Itoa(n) {
		return fmt.Errorf("%q is not a whole number from 1 to %d", v, mostCount)
	}
	return nil
}

// yes and no are the words for a switch that has to be given either way (facts C11).
var (
	yes = []string{"true", "1", "yes", "y"}
	no  = []string{"false", "0", "no", "n"}
)

func checkSwitch(v string) error { return steps.OneOf(append(slices.Clone(yes), no...)...)(v) }

// count is the number in a flag, 0 if it was not given.
func count(v steps.Values, name string) int {
	n, _ := strconv.Atoi(v.One(name))
	return n
}

// seconds is the time in a flag.
func seconds(v steps.Values, name string, otherwise int) time.Duration {
	n := count(v, name)
	if n == 0 {
		n = otherwise
	}
	return time.Duration(n) * time.Second
}

// fields splits a list with commas; blanks around the parts go.
func fields(v string) []string {
	parts := strings.Split(v, ",")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return parts
}

// allFields are the parts of a flag that may stand several times and hold several values each time.
func allFields(v steps.Values, name string) []string {
	var all []string
	for _, value := range v[name] {
		all = append(all, fields(value)...)
	}
	return all
}

// specProblems are the problems of a pair of flags that make a spec (facts C4, F9): both or none, four GB a core.
func specProblems(v steps.Values, cores, gb string) []steps.Problem {
	switch hasCPU, hasMemory := v.One(cores) != "", v.One(gb) != ""; {
	case hasCPU && !hasMemory:
		return []steps.Problem{{Where: "--" + gb, What: "is required beside --" + cores}}
	case !hasCPU && hasMemory:
		return []steps.Problem{{Where: "--" + cores, What: "is required beside --" + gb}}
	case hasCPU && count(v, gb) != 4*count(v, cores):
		return []steps.Problem{{Where: "--" + gb, What: fmt.Sprintf("must be %d: the service gives four GB a core", 4*count(v, cores))}}
	}
	return nil
}

// specOf is the spec in a pair of flags, nil if they were not given.
func specOf(v steps.Values, cores, gb string) *spec {
	if v.One(cores) == "" {
		return nil
	}
	return &spec{CPU: count(v, cores), Memory: count(v, gb)}
}

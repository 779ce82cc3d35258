package ecs

import (
	"strings"

	"aligate/runner"
)

// move is what a failed call asks for next (ecs-facts 4).
type move string

const (
	// stop: nothing that this program could do helps.
	stop move = ""
	// elsewhere: no stock, or not offered: the next zone, then the next type, then the next region.
	elsewhere move = "elsewhere"
	// disk: the disk category is not to be had there.
	disk move = "disk"
	// later: the state of something passes; wait and send the same again.
	later move = "later"
	// held: something else still uses the thing.
	held move = "held"
	// gone: the thing named is not there; whoever deletes it is done.
	gone move = "gone"
	// overlap: the subnet is taken.
	overlap move = "overlap"
	// protected: somebody does not want it deleted.
	protected move = "protected"
)

// codeMoves is the table: the first row that fits decides. A code fits as a whole, or, if it ends in a dot, as the
// prefix before one: "DependencyViolation." fits DependencyViolation.VSwitch. A star at the end fits any rest.
var codeMoves = []struct {
	move  move
	codes []string
}{
	{gone, []string{"Forbidden.VpcNotFound"}},
	{elsewhere, []string{"OperationDenied.NoStock", "Zone.NotOnSale", "Zone.NotOpen", "OperationDenied.ZoneNotAllowed", "InvalidOperation.PublicIpAddressNoStock",
		"InvalidInstanceType.NotSupported", "InvalidInstanceType.ValueNotSupported", "InvalidInstanceType.ZoneNotSupported",
		"InvalidInstanceType.ValueUnauthorized", "InvalidInstanceType.PhasedOut", "InstanceType.Offline", "InvalidResourceType.NotSupported",
		"ImageNotSupportInstanceType", "RecommendEmpty.", "PriceNotFound", "ResourceNotAvailable*"}},
	{disk, []string{"InvalidSystemDiskCategory.", "InvalidDiskCategory.NotSupported", "InvalidInstanceType.NotSupportDiskCategory",
		"CategoryNotSupported", "OperationDenied.CloudSSDNotSupported"}},
	{held, []string{"DependencyViolation", "DependencyViolation."}},
	{later, []string{"IncorrectInstanceStatus", "IncorrectInstanceStatus.", "IncorrectVpcStatus", "IncorrectVSwitchStatus", "IncorrectRouteEntryStatus",
		"IncorrectStatus", "IncorrectStatus.", "TaskConflict", "OperationConflict", "LastTokenProcessing", "SystemBusy", "IdempotentProcessing",
		"OperationDenied.OtherSubnetProcessing", "Forbbiden"}},
	{overlap, []string{"InvalidCidrBlock.Overlapped"}},
	{protected, []string{"InvalidOperation.DeletionProtection", "InvalidOperation.ResourceManagedByCloudProduct", "OperationDenied.InstanceReleaseProtection",
		"ChargeTypeViolation", "InstanceLockedForSecurity"}},
}

// passing are the classes of failures that pass by themselves, whatever the call.
var passing = map[runner.Class]bool{
	runner.Throttled: true, runner.Server: true, runner.Timeout: true, runner.NotSent: true,
	runner.Broken: true, runner.BadOutput: true, runner.Killed: true,
}

// moveOf says what err asks for. Only the service's code counts, never its words: a message may hold anything.
func moveOf(err error) move {
	api := runner.API(err)
	if api == nil {
		if passing[runner.ClassOf(err)] {
			return later
		}
		return stop
	}
	for _, row := range codeMoves {
		for _, code := range row.codes {
			if fits(code, api.Code) {
				return row.move
			}
		}
	}
	// Two words under one code: with these in its message, it is about stock (ecs-facts 4).
	if api.Code == "OperationDenied" && strings.Contains(strings.ToLower(api.Message), "stock") {
		return elsewhere
	}
	switch {
	case runner.ClassOf(err) == runner.NotFound:
		return gone
	case passing[runner.ClassOf(err)]:
		return later
	}
	return stop
}

func fits(pattern, code string) bool {
	if strings.HasSuffix(pattern, ".") || strings.HasSuffix(pattern, "*") {
		return strings.HasPrefix(code, strings.TrimSuffix(pattern, "*"))
	}
	return pattern == code
}

// overQuota tells the spellings of "you have too many of them" (ecs-facts 4): two products, two spellings.
func overQuota(err error) bool {
	api := runner.API(err)
	return api != nil && (strings.HasPrefix(api.Code, "QuotaExceed") || strings.Contains(api.Code, "LimitExceed"))
}

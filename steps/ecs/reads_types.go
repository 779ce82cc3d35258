package ecs

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"aligate/runner"
	"aligate/steps"
)

// typeFilter says which instance types are looked for. What is zero is no limit.
type typeFilter struct {
	IDs                        []string
	Family                     string
	MinCores, MaxCores         int
	MinMemoryGiB, MaxMemoryGiB float64
	MinGPU, MaxGPU             int
	// Architecture is "X86" or "ARM".
	Architecture string
}

// matches tells whether t is within the limits, whatever the service made of them.
func (f typeFilter) matches(t instanceType) bool {
	within := func(value, least, most float64) bool { return value >= least && (most == 0 || value <= most) }
	return (f.Family == "" || t.Family == f.Family) && (f.Architecture == "" || t.Architecture == f.Architecture) &&
		within(float64(t.Cores), float64(f.MinCores), float64(f.MaxCores)) && within(t.MemoryGiB, f.MinMemoryGiB, f.MaxMemoryGiB) &&
		within(float64(t.GPUs), float64(f.MinGPU), float64(f.MaxGPU))
}

// types looks instance types up in the catalogue, which says nothing of stock. Of ids, the unknown ones are left out.
func (r reader) types(ctx context.Context, f typeFilter) ([]instanceType, error) {
	if slices.Contains(f.IDs, "") {
		return nil, refuse("DescribeInstanceTypes", "an id that was to be asked for")
	}
	var all []instanceType
	for ids := range chunks(f.IDs, mostTypes) {
		c := r.ecs("DescribeInstanceTypes", append(each("InstanceTypes", ids), f.pairs()...)...)
		some, err := tokens(ctx, r, "types", c, typePage, func(t instanceType) string { return t.ID })
		if err != nil {
			return nil, err
		}
		if err := checkAsked(c, some, func(t instanceType) string { return unless(ids == nil || slices.Contains(ids, t.ID), t.ID) }); err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return slices.DeleteFunc(all, func(t instanceType) bool { return !f.matches(t) }), nil
}

// pairs are the limits as parameters. There is no GPUAmount (ecs-facts 5.8).
func (f typeFilter) pairs() []pair {
	return []pair{
		{"InstanceTypeFamily", f.Family},
		{"MinimumCpuCoreCount", whole(f.MinCores)}, {"MaximumCpuCoreCount", whole(f.MaxCores)},
		{"MinimumMemorySize", decimal(f.MinMemoryGiB)}, {"MaximumMemorySize", decimal(f.MaxMemoryGiB)},
		{"MinimumGPUAmount", whole(f.MinGPU)}, {"MaximumGPUAmount", whole(f.MaxGPU)},
		{"CpuArchitecture", f.Architecture},
	}
}

// wish is what an instance should be: cores and memory, or the type that others should be like.
type wish struct {
	Cores     int
	MemoryGiB float64
	Type      string
	// Zone limits the answer to one zone; Families, at most 10, to some families.
	Zone     string
	Families []string
	// Strategy is "InventoryFirst", "PriceFirst" or "NewProductFirst"; the service's choice if empty.
	Strategy     string
	DiskCategory string
	// Level is "EntryLevel", "EnterpriseLevel" or "CreditEntryLevel".
	Level string
}

// problem says what is wrong with a wish, "" if nothing is (ecs-facts 2.1).
func (w wish) problem() string {
	switch {
	case w.Type != "" && (w.Cores != 0 || w.MemoryGiB != 0):
		return "either an instance type or cores and memory, not both"
	case w.Type == "" && (w.Cores <= 0 || w.MemoryGiB <= 0):
		return "cores and memory, or an instance type, are required"
	case len(w.Families) > mostFamilies:
		return "at most 10 families"
	}
	return ""
}

// recommend asks which instance types come closest to a wish, best first. Nothing found is no error. An exact type is
// not what this answers: it recommends alternatives to one (ecs-facts 5.1).
func (r reader) recommend(ctx context.Context, w wish) ([]candidate, error) {
	if what := w.problem(); what != "" {
		return nil, &steps.Error{Code: "Usage", Exit: steps.ExitUsage, Message: "DescribeRecommendInstanceType takes " + what}
	}
	pairs := []pair{{"NetworkType", "vpc"}, {"InstanceType", w.Type}, {"Cores", whole(w.Cores)}, {"Memory", decimal(w.MemoryGiB)},
		{"InstanceChargeType", "PostPaid"}, {"SpotStrategy", "NoSpot"}, {"PriorityStrategy", w.Strategy}, {"Scene", "CREATE"},
		{"SystemDiskCategory", w.DiskCategory}, {"InstanceFamilyLevel", w.Level}, {"ZoneId", w.Zone}}
	if w.Zone != "" {
		// Its own text and that of ZoneId disagree about the default (ecs-facts 2.1).
		pairs = append(pairs, pair{"ZoneMatchMode", "Strict"})
	}
	c := r.ecs("DescribeRecommendInstanceType", append(pairs, each("InstanceTypeFamily", w.Families)...)...)
	found, err := read[[]candidate](ctx, r, "recommend", c, nil)
	if isEmptyRecommendation(err) {
		return nil, nil
	}
	return found, err
}

// isEmptyRecommendation tells the error that means "nothing found" (ecs-facts 2.1).
func isEmptyRecommendation(err error) bool {
	api := runner.API(err)
	return api != nil && (api.Code == "RecommendEmpty" || strings.HasPrefix(api.Code, "RecommendEmpty."))
}

// stock tells in which zones an instance type can be bought, in the service's order; with zone, in that one. A zone
// that is not in the answer does not offer it.
func (r reader) stock(ctx context.Context, instanceType, zone, diskCategory string) ([]zoneStock, error) {
	if instanceType == "" {
		return nil, refuse("DescribeAvailableResource", "an instance type")
	}
	c := r.ecs("DescribeAvailableResource", pair{"DestinationResource", "InstanceType"}, pair{"ResourceType", "instance"},
		pair{"InstanceChargeType", "PostPaid"}, pair{"IoOptimized", "optimized"}, pair{"InstanceType", instanceType},
		pair{"ZoneId", zone}, pair{"SystemDiskCategory", diskCategory})
	zones, err := read[[]zoneStock](ctx, r, "stock", c, map[string]any{"type": instanceType})
	if err != nil {
		return nil, err
	}
	return zones, checkAsked(c, zones, func(s zoneStock) string { return unless(zone == "" || s.Zone == zone, s.Zone) })
}

// disks tells which categories of system disk an instance type can have in a zone.
func (r reader) disks(ctx context.Context, instanceType, zone string) ([]diskStock, error) {
	if instanceType == "" || zone == "" {
		return nil, refuse("DescribeAvailableResource", "an instance type and a zone")
	}
	c := r.ecs("DescribeAvailableResource", pair{"DestinationResource", "SystemDisk"}, pair{"InstanceType", instanceType},
		pair{"ZoneId", zone}, pair{"InstanceChargeType", "PostPaid"})
	return read[[]diskStock](ctx, r, "disks", c, map[string]any{"zone": zone})
}

// chunks yields values in pieces of at most size, and once nothing if there are none.
func chunks(values []string, size int) func(yield func([]string) bool) {
	if len(values) == 0 {
		return func(yield func([]string) bool) { yield(nil) }
	}
	return slices.Chunk(values, size)
}

// unless returns id, or "" if fine.
func unless(fine bool, id string) string {
	if fine {
		return ""
	}
	return id
}

// whole writes a number, "" for 0.
func whole(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// decimal writes a number without an exponent, "" for 0.
func decimal(n float64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatFloat(n, 'f', -1, 64)
}

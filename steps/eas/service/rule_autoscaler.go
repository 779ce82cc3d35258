package service

import (
	"fmt"
	"slices"
	"strings"

	"aligate/steps/eas/catalog"
)

// catalogFamily is the name of the family of a container's image, "" if it has none.
func catalogFamily(c *Node) string { return catalog.FamilyOf(c.Get("image").Str()).Name }

// The bounds that the service takes where none are given (rule R83).
const (
	defaultMin = 1
	defaultMax = 10
)

// bounds are min and max of the autoscaler, with their defaults.
func (f *File) bounds() (least, most int) {
	scaler := f.Root.Get("autoscaler")
	least, most = defaultMin, defaultMax
	if v, ok := scaler.Get("min").Int(); ok {
		least = v
	}
	if v, ok := scaler.Get("max").Int(); ok {
		most = v
	}
	return least, most
}

// scalerBounds is the part of rule R83 that the schema lets pass.
func scalerBounds(f *File, say Sayer) {
	scaler := f.Root.Get("autoscaler")
	if scaler == nil || scaler.Kind != Object {
		return
	}
	least, most := f.bounds()
	for _, bound := range []struct {
		key      string
		standard int
	}{{"min", defaultMin}, {"max", defaultMax}} {
		if scaler.Get(bound.key) == nil && scaler.Get(bound.key+"_replica") == nil && scaler.Get(bound.key+"Replica") == nil {
			*say.out = append(*say.out, scaler.missing(bound.key, say.rule.ID, Warning, fmt.Sprintf("is missing, so it is %d", bound.standard), "a number"))
		}
	}
	switch {
	case least > most:
		say.At(scaler, fmt.Sprintf("has min %d above max %d", least, most), "min not above max")
	case least == most:
		say.Warn(scaler, fmt.Sprintf("has min and max %d, so that nothing is scaled", most), "min below max, or the file without autoscaler")
	}
}

var metrics = []string{"qps", "cpu", "gpu", "memory"}

// scalerMetrics is the part of rule R84 that the schema lets pass.
func scalerMetrics(f *File, say Sayer) {
	seen := map[string]bool{}
	for _, strategy := range f.Root.Get("autoscaler", "scaleStrategies").Items() {
		metric := strategy.Get("metricName")
		name := metric.Str()
		threshold, _ := strategy.Get("threshold").Float()
		switch {
		case name == "":
			continue
		case seen[name]:
			say.Warn(metric, abridge(name)+" is scaled by twice", "each metric once")
		case !slices.Contains(metrics, name):
			say.Warn(metric, fmt.Sprintf("is %q, a metric that nothing here knows", abridge(name)), "one of "+strings.Join(metrics, ", "))
		case name != "qps" && threshold > 100:
			say.Warn(strategy.Get("threshold"), "is above 100, but "+name+" is counted in percent", "a number up to 100")
		case name == "gpu" && f.onlyCPU():
			say.Warn(metric, "is gpu, but the instance type has none", "cpu, memory or qps")
		}
		seen[name] = true
	}
}

// onlyCPU reports whether all instance types are CPU types.
func (f *File) onlyCPU() bool {
	types := f.types()
	return len(types) > 0 && !slices.ContainsFunc(types, func(t *Node) bool { return catalog.ChipOfType(f.Known.Types, t.Str()) != "CPU" })
}

// instanceInBounds is rule R85.
func instanceInBounds(f *File, say Sayer) {
	n := f.Root.Get("metadata", "instance")
	instances, ok := n.Int()
	if least, most := f.bounds(); ok && f.Root.Get("autoscaler") != nil && least <= most && (instances < least || instances > most) {
		say.At(n, fmt.Sprintf("is %d, outside of the autoscaler's %d to %d", instances, least, most), fmt.Sprintf("a number from %d to %d", max(1, least), most))
	}
}

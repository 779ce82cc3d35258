package flink

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"aligate/runner"
	"aligate/steps"
)

// createFlags are what an instance is made of (facts C4).
var createFlags = []steps.Param{
	{Name: "name", Required: true, Check: checkName, Usage: "`NAME` of the instance"},
	{Name: "instance-type", Required: true, Check: steps.OneOf("Subscription", "PayAsYouGo"), Usage: "`TYPE`: Subscription or PayAsYouGo"},
	{Name: "vpc-id", Required: true, Check: checkID, Usage: "`ID` of the VPC"},
	{Name: "vswitch-id", Required: true, Check: checkID, Usage: "`ID` of the vswitch, which decides the zone"},
	{Name: "zone-id", Check: steps.CheckRegion, Usage: "`ZONE` that is expected: it must exist, and is compared with what comes out"},
	{Name: "cu-count", Check: checkCount, Usage: "`N` CU, each one core and four GB; or --cpu and --memory-gb"},
	cpu, memory, period, autoRenew,
}

// createProblems are what does not go together (facts C4, F9).
func createProblems(v steps.Values) []steps.Problem {
	problems := specProblems(v, "cpu", "memory-gb")
	cores := v.One("cpu") != "" || v.One("memory-gb") != ""
	switch {
	case v.One("cu-count") != "" && cores:
		problems = append(problems, steps.Problem{Where: "--cu-count", What: "cannot stand beside --cpu and --memory-gb: either says it all"})
	case v.One("cu-count") == "" && !cores:
		problems = append(problems, steps.Problem{Where: "--cu-count", What: "is required, or --cpu and --memory-gb"})
	}
	return append(problems, periodProblems(v, "instance-type", true)...)
}

// periodProblems are the problems of a period with a kind of billing; must is set if a subscription needs one.
func periodProblems(v steps.Values, kind string, must bool) []steps.Problem {
	var problems []steps.Problem
	if v.One(kind) == "Subscription" {
		if must && v.One("period") == "" {
			problems = append(problems, steps.Problem{Where: "--period", What: "is required for a Subscription"})
		}
		return problems
	}
	for _, flag := range []string{"period", "auto-renew"} {
		if given := v.One(flag); given != "" && given != "false" {
			problems = append(problems, steps.Problem{Where: "--" + flag, What: "means nothing for PayAsYouGo"})
		}
	}
	return problems
}

// wantedSpec is the spec that the flags of create ask for.
func wantedSpec(v steps.Values) *spec {
	if n := count(v, "cu-count"); n > 0 {
		return &spec{CPU: n, Memory: 4 * n}
	}
	return specOf(v, "cpu", "memory-gb")
}

// wanted is an instance that is to be.
type wanted struct {
	Name     string `json:"InstanceName"`
	Charge   string `json:"ChargeType"`
	Region   string `json:"RegionId"`
	VPC      string `json:"VpcId"`
	VSwitch  string `json:"VSwitchId"`
	Zone     string `json:"ZoneId,omitempty"`
	Spec     *spec  `json:"ResourceSpec"`
	Duration string `json:"Duration,omitempty"`
	Renews   bool   `json:"AutoRenew,omitempty"`
}

func wantedOf(c cloud, v steps.Values) wanted {
	return wanted{
		Name: v.One("name"), Charge: billing[v.One("instance-type")], Region: c.region, VPC: v.One("vpc-id"), VSwitch: v.One("vswitch-id"),
		Zone: v.One("zone-id"), Spec: wantedSpec(v), Duration: v.One("period"), Renews: v.Is("auto-renew"),
	}
}

// subscription are the parameters of a subscription, which a pay-as-you-go instance has none of.
func (w wanted) subscription() []pair {
	if w.Charge != pre {
		return nil
	}
	pairs := []pair{{"Duration", w.Duration}, {"PricingCycle", "Month"}}
	if w.Renews {
		pairs = append(pairs, pair{"AutoRenew", "true"})
	}
	return pairs
}

// createCall is the call that makes w. The service takes no zone: the vswitch decides (facts F6).
func createCall(c cloud, w wanted) runner.Command {
	return c.write("CreateInstance", append([]pair{
		{"InstanceName", w.Name}, {"ChargeType", w.Charge}, {"VpcId", w.VPC}, {"VSwitchIds", inJSON([]string{w.VSwitch})},
		{"ResourceSpec", inJSON(w.Spec)}, {"Storage", `{"FullyManaged":true}`},
	}, w.subscription()...)...)
}

func createPrice(c cloud, w wanted) runner.Command {
	pairs := []pair{{"ChargeType", w.Charge}, {"ResourceSpec", inJSON(w.Spec)}}
	if w.Charge == pre {
		pairs = append(pairs, pair{"Duration", w.Duration}, pair{"PricingCycle", "Month"}, pair{"AutoRenew", fmt.Sprint(w.Renews)})
	}
	return c.read("QueryCreateInstancePrice", pairs...)
}

// planCreate works out a new instance. Whether the name is taken is looked for in the whole list: the name filter may be
// anything (facts F1, C3).
func planCreate(ctx context.Context, c cloud, v steps.Values) (*plan, error) {
	w := wantedOf(c, v)
	if err := zoneKnown(ctx, c, w.Zone); err != nil {
		return nil, err
	}
	all, err := c.instances(ctx)
	if err != nil {
		return nil, err
	}
	namesakes := slices.DeleteFunc(slices.Clone(all), func(i instance) bool { return i.Name != w.Name || i.Status == deleted })
	b := &birth{cloud: c, wanted: w, known: idsOf(all)}
	price := createPrice(c, w)
	p := &plan{
		target: target{Region: c.region, Name: w.Name}, planned: w, before: "there is no instance of this name",
		change: fmt.Sprintf("create instance %s, %s, %s, in %s and %s", w.Name, v.One("instance-type"), w.Spec, w.VPC, w.VSwitch),
		call:   createCall(c, w), quote: &price, binding: true, costly: true, asGood: byExistence,
		look: b.look, again: "flink describe --region-id " + runner.Quote(c.region) + " --name " + w.Name,
		now: sight{state: "absent"},
	}
	p.accept = func(o order) {
		if !slices.Contains(b.known, o.Instance) { // one that was there before is not the new one, whatever the answer says
			b.id = o.Instance
		}
	}
	p.made = &made{id: func() string { return b.id }, item: steps.Item{
		Key: w.Name, Kind: "instance", Region: c.region, Data: []byte(inJSON(intent{Known: b.known})),
	}}
	b.found = func(i *instance) { p.target.Instance = i.ID; p.again = c.describeCommand(i.ID) }
	if len(namesakes) == 0 {
		return p, c.unresolved(func(it steps.Item) bool { return it.Key == w.Name })
	}
	return p, b.takeOver(p, namesakes)
}

// zoneKnown refuses a zone that the region does not have.
func zoneKnown(ctx context.Context, c cloud, id string) error {
	if id == "" {
		return nil
	}
	rows, _, err := single[zone](ctx, c, "zones", c.read("DescribeSupportedZones"))
	if err != nil {
		return err
	}
	var zones []string
	for _, r := range rows {
		zones = append(zones, r.View.ID)
	}
	if slices.Contains(zones, id) {
		return nil
	}
	return withDetails(refuse("ZoneNotFound", byNotFound, steps.ExitMissing,
		"%s has no zone %s with Flink: it has %s", c.region, id, strings.Join(zones, ", ")), map[string]any{"zones": zones})
}

// intent is what has to be known to look for an instance whose id was never told.
type intent struct {
	// Known are the ids that there were before.
	Known []string `json:"known"`
}

// birth is an instance that is being made: it knows which one it is.
type birth struct {
	cloud
	wanted wanted
	// known are the ids that there were before the call.
	known []string
	// id is the new one, "" as long as nobody has told it.
	id string
	// found is told of the instance.
	found func(*instance)
	// told is set once a zone that is not the expected one has been told of.
	told bool
}

func idsOf(all []instance) []string {
	ids := make([]string, len(all))
	for i := range all {
		ids[i] = all[i].ID
	}
	return ids
}

// takeOver says what the instances mean that have the name already: one that is what is asked for makes the call
// needless, any other is a conflict (facts F20).
func (b *birth) takeOver(p *plan, namesakes []instance) error {
	if len(namesakes) == 1 {
		i := &namesakes[0]
		s := b.compare(i)
		if s.matches() && i.Status != deleting {
			b.id = i.ID
			b.found(i)
			p.now, p.current, p.before = s, i, i.String()
			p.noop = noop{fmt.Sprintf("instance %s (%s) is what is asked for", i.ID, i.Name), map[string]any{"ExistingInstance": i}}
			return nil
		}
	}
	var words []string
	for i := range namesakes {
		words = append(words, namesakes[i].String())
	}
	return hinting(withDetails(refuse("InstanceNameConflict", byExistence, steps.ExitExists,
		"the name %q is taken: %s", b.wanted.Name, strings.Join(words, "; ")), map[string]any{"instances": namesakes}),
		"choose another --name, or give the flags that the instance has")
}

// look finds the new instance: by its id, or, as long as that is unknown, as the only one of its name that was not
// there before (facts G3).
func (b *birth) look(ctx context.Context) (sight, error) {
	if b.id != "" {
		i, err := b.instance(ctx, b.id)
		if err != nil || i == nil {
			return b.unseen(), err
		}
		return b.seen(i), nil
	}
	all, err := b.instances(ctx)
	if err != nil {
		return sight{}, err
	}
	fresh := slices.DeleteFunc(all, func(i instance) bool {
		return i.Name != b.wanted.Name || i.Status == deleted || slices.Contains(b.known, i.ID)
	})
	switch len(fresh) {
	case 0:
		return b.unseen(), nil
	case 1:
		b.id = fresh[0].ID
		return b.seen(&fresh[0]), nil
	}
	return sight{
		fields: []field{is("new instances called "+b.wanted.Name, 1, len(fresh))}, state: fmt.Sprint(idsOf(fresh)), status: "ambiguous",
		failed:   fmt.Sprintf("%s of this name have appeared: %s", steps.Count(len(fresh), "instance"), strings.Join(idsOf(fresh), ", ")),
		evidence: "DescribeInstances", after: fresh,
	}, nil
}

func (b *birth) unseen() sight {
	return missing(is("InstanceName", b.wanted.Name, "absent"), "DescribeInstances does not have it")
}

func (b *birth) seen(i *instance) sight {
	b.found(i)
	if b.wanted.Zone != "" && i.Zone != "" && i.Zone != b.wanted.Zone && !b.told {
		b.told = true
		b.env.Warn("OtherZone", "instance %s is in %s, not in %s: its vswitch decides", i.ID, i.Zone, b.wanted.Zone)
	}
	return b.compare(i)
}

// compare holds i against what is wanted (facts E1).
func (b *birth) compare(i *instance) sight {
	w := b.wanted
	s := sight{state: i.mark(), status: i.state(), failed: i.broken(), ready: i.ready(), after: i, evidence: "DescribeInstances has " + i.ID}
	if i.Status == deleting || i.Status == deleted {
		s.failed = "the instance is " + i.Status
	}
	vswitch := strings.Join(i.VSwitches, ",")
	if slices.Contains(i.VSwitches, w.VSwitch) {
		vswitch = w.VSwitch
	}
	if b.id != "" {
		s.fields = append(s.fields, is("InstanceId", b.id, i.ID))
	}
	s.fields = append(s.fields, is("InstanceName", w.Name, i.Name), is("ChargeType", w.Charge, i.Charge), is("Region", w.Region, i.Region),
		is("VpcId", w.VPC, i.VPC), is("VSwitchIds", w.VSwitch, vswitch), is("FullyManaged", true, i.FullyManaged))
	if i.Spec != nil || w.Charge == pre { // the service may leave it out for pay-as-you-go (facts E4)
		s.fields = append(s.fields, is("ResourceSpec", w.Spec, i.Spec))
	}
	return s
}

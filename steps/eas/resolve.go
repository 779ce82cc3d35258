package eas

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"aligate/steps"
	"aligate/steps/eas/catalog"
	"aligate/steps/eas/service"
)

// resolver finds the parts of a network: what the flags name is checked, what they do not name is looked up. Each
// look-up runs when its answer is needed, and once.
type resolver struct {
	ctx context.Context
	env *steps.Env
	steps.Values
	out networking

	// What the kind of network brings: its VPC, the vswitches and the security group it would have, and in how
	// many zones vswitches must lie.
	vpc       string
	vswitches []string
	group     string
	zones     int
	// of says whose VPC it is, for messages.
	of string
	// strict is set if nothing may go on unchecked.
	strict bool
}

// kinds are the kinds of --network: each finds out what it brings.
var kinds = map[string]func(*resolver) error{
	"shared":  func(*resolver) error { return nil },
	"gateway": (*resolver).gateway,
	"nlb":     (*resolver).nlb,
}

func (r *resolver) resolve() (networking, error) {
	r.out = networking{Kind: r.One("network")}
	r.zones = 1
	if r.One("resource") != "" {
		if err := r.resource(); err != nil {
			return r.out, err
		}
	}
	if err := kinds[r.out.Kind](r); err != nil {
		return r.out, err
	}
	if own := r.One("vpc-id"); own != "" && r.vpc != "" && own != r.vpc {
		return r.out, &steps.Error{Code: "ForeignVPC", Exit: steps.ExitMissing,
			Message: fmt.Sprintf("%s belongs to %s, not to %s", r.of, r.vpc, own), Hints: []string{"leave --vpc-id out, or give another " + strings.Fields(r.of)[0]}}
	}
	if r.vpc = cmp.Or(r.vpc, r.One("vpc-id")); r.vpc == "" {
		return r.out, nil // the shared gateway, and no VPC
	}
	r.out.VPC = r.vpc
	chosen, err := r.chooseVSwitches()
	if err != nil {
		return r.out, err
	}
	if err := r.chooseSecurityGroup(); err != nil {
		return r.out, err
	}
	return r.out, r.wayOut(chosen)
}

// gateway chooses the dedicated gateway, and finds the VPC it is linked to.
func (r *resolver) gateway() error {
	c := listGateways(r.Values)
	list, err := all(r.ctx, r.env, "gateways", c, pluginPages, func(g gateway) string { return g.ID })
	if err != nil {
		return unfound("the dedicated gateways", c, err)
	}
	if r.out.Gateway, err = r.chooseGateway(list); err != nil {
		return err
	}
	r.of = "gateway " + r.out.Gateway
	d := describeGateway(r.Values, r.out.Gateway)
	detail, err := one[gatewayDetail](r.ctx, r.env, "gateway", d)
	if err != nil {
		return unfound(r.of, d, err)
	}
	if detail.VPC != "" && len(detail.VSwitches) > 0 {
		r.vpc, r.vswitches = detail.VPC, detail.VSwitches
		return nil
	}
	return r.linked()
}

func (r *resolver) chooseGateway(list []gateway) (string, error) {
	how := words(listGateways(r.Values))
	asked := r.One("gateway-id")
	running := slices.DeleteFunc(slices.Clone(list), func(g gateway) bool { return g.Status != "Running" })
	if asked != "" {
		i := slices.IndexFunc(list, func(g gateway) bool { return g.ID == asked })
		switch {
		case i < 0:
			return "", missing("GatewayMissing", fmt.Sprintf("there is no dedicated gateway %s in %s; it has %s", asked, r.One("region"), idsOf(list, func(g gateway) string { return g.ID })), how)
		case list[i].Status != "Running":
			return "", missing("GatewayNotReady", fmt.Sprintf("gateway %s is %s, not Running", asked, list[i].Status), how, "ask again later: "+r.env.Command("eas network"))
		}
		return asked, nil
	}
	if len(running) == 0 {
		return "", missing("GatewayMissing", fmt.Sprintf("there is no dedicated gateway that is running in %s (%d in all)", r.One("region"), len(list)), how,
			"a dedicated gateway is bought in the console; or use the shared one: --network shared")
	}
	best := slices.MinFunc(running, func(a, b gateway) int {
		return cmp.Or(falseFirst(!a.Default, !b.Default), cmp.Compare(a.ID, b.ID))
	})
	if len(running) > 1 {
		r.env.Warn("GatewayChosen", "of %d running gateways %s was chosen; --gateway-id takes another", len(running), best.ID)
	}
	return best.ID, nil
}

// linked reads the VPC of a gateway from the list of those it is linked to (eas-facts A.6): the one the user
// named, else the only one, else the one with the most vswitches.
func (r *resolver) linked() error {
	c := listLinkedVPCs(r.Values, r.out.Gateway)
	page, err := one[steps.Page[linkedVPC]](r.ctx, r.env, "linked-vpcs", c)
	if err != nil {
		if r.One("vpc-id") != "" && !fatal(err) {
			r.env.Warn("GatewayUnchecked", "whether %s is linked to %s could not be looked up (%s)", r.of, r.One("vpc-id"), steps.FromCall(err).Code)
			return nil
		}
		return unfound("the VPC of "+r.of, c, err)
	}
	byVPC := map[string][]linkedVPC{}
	var order []string
	for _, l := range page.Rows {
		if l.Status != "" && l.Status != "Running" {
			continue
		}
		if byVPC[l.VPC] == nil {
			order = append(order, l.VPC)
		}
		byVPC[l.VPC] = append(byVPC[l.VPC], l)
	}
	own := r.One("vpc-id")
	if len(order) == 0 {
		if own != "" {
			r.env.Warn("GatewayNotLinked", "%s is linked to no VPC; %s was taken as given", r.of, own)
			return nil
		}
		return missing("GatewayNotLinked", r.of+" is linked to no VPC", words(c),
			"link it to a VPC in the console, or name one: --vpc-id")
	}
	slices.SortStableFunc(order, func(a, b string) int { return cmp.Compare(len(byVPC[b]), len(byVPC[a])) })
	r.vpc = order[0]
	if slices.Contains(order, own) {
		r.vpc = own
	} else if len(order) > 1 && own == "" {
		r.env.Warn("VPCChosen", "%s is linked to %s; %s was chosen, --vpc-id takes another", r.of, strings.Join(order, ", "), r.vpc)
	}
	for _, l := range byVPC[r.vpc] {
		if !slices.Contains(r.vswitches, l.VSwitch) {
			r.vswitches = append(r.vswitches, l.VSwitch)
		}
		r.group = cmp.Or(r.group, l.SecurityGroup)
	}
	return nil
}

// nlb finds the VPC of an NLB: its own, the user's, or the account's default one.
func (r *resolver) nlb() error {
	r.zones = 2
	r.out.NLB = listeners(r.Values)
	if id := ownNLB(r.Values); id != "" {
		c := describeBalancer(r.Values, id)
		b, err := one[balancer](r.ctx, r.env, "balancer", c)
		switch {
		case err != nil:
			return unfound("NLB "+id, c, err)
		case b.Status != "Active":
			return missing("NLBNotReady", fmt.Sprintf("NLB %s is %s, not Active", id, b.Status), words(c))
		case b.VPC == "":
			return missing("NLBWithoutVPC", "NLB "+id+" tells no VPC", words(c))
		}
		r.vpc, r.vswitches, r.of = b.VPC, b.VSwitches, "NLB "+id
		return nil
	}
	if r.One("vpc-id") != "" {
		return nil
	}
	c := describeVPCs(r.Values)
	list, err := all(r.ctx, r.env, "vpcs", c, numberedPages, func(v vpc) string { return v.ID })
	if err != nil {
		return unfound("a VPC", c, err)
	}
	usable := slices.DeleteFunc(list, func(v vpc) bool { return v.Status != "" && v.Status != "Available" })
	standard := slices.IndexFunc(usable, func(v vpc) bool { return v.Default })
	switch {
	case len(usable) == 0:
		return missing("VPCMissing", "there is no VPC in "+r.One("region"), words(c), "an NLB needs one; or use the shared gateway: --network shared")
	case len(usable) == 1:
		r.vpc = usable[0].ID
	case standard >= 0:
		r.vpc = usable[standard].ID
		r.env.Warn("VPCChosen", "of %d VPCs the default one, %s, was chosen; --vpc-id takes another", len(usable), r.vpc)
	default:
		ids := idsOf(usable, func(v vpc) string { return v.ID })
		return &steps.Error{Code: "VPCAmbiguous", Exit: steps.ExitChoice, Choices: usable, Message: fmt.Sprintf("there are %d VPCs and none is the default: %s", len(usable), ids),
			Hints: []string{"choose one: " + r.env.Command("eas network --vpc-id "+usable[0].ID)}}
	}
	r.of = r.vpc
	return nil
}

// chooseVSwitches settles r.out.VSwitches: those of the flags, else those the kind brings, else those with the
// most addresses, one a zone. It returns them with what is known of them.
func (r *resolver) chooseVSwitches() ([]vswitch, error) {
	asked := vswitchIDs(r.Values)
	c := describeVSwitches(r.Values, r.vpc)
	list, err := all(r.ctx, r.env, "vswitches", c, numberedPages, func(v vswitch) string { return v.ID })
	if err != nil {
		ids := asked
		if len(ids) == 0 {
			ids = r.vswitches
		}
		if fatal(err) || r.strict || len(ids) < r.zones {
			return nil, unfound("the vswitches of "+r.vpc, c, err)
		}
		r.env.Warn("VSwitchesUnchecked", "the vswitches of %s could not be looked up (%s): %s are taken unchecked", r.vpc, steps.FromCall(err).Code, strings.Join(ids, ", "))
		r.out.VSwitches = strings.Join(ids, ",")
		return nil, nil
	}
	list = slices.DeleteFunc(list, func(v vswitch) bool { return v.VPC != "" && v.VPC != r.vpc })
	chosen, err := r.pick(list, asked, words(c))
	if err != nil {
		return nil, err
	}
	if err := r.capacity(chosen, words(c)); err != nil {
		return nil, err
	}
	r.out.VSwitches = strings.Join(idList(chosen), ",")
	return chosen, nil
}

func idList(list []vswitch) []string {
	ids := make([]string, len(list))
	for i, v := range list {
		ids[i] = v.ID
	}
	return ids
}

// pick takes vswitches out of the list of the VPC's.
func (r *resolver) pick(list []vswitch, asked []string, how string) ([]vswitch, error) {
	var chosen []vswitch
	for _, id := range asked {
		i := slices.IndexFunc(list, func(v vswitch) bool { return v.ID == id })
		switch {
		case i < 0:
			return nil, missing("VSwitchMissing", fmt.Sprintf("there is no vswitch %s in %s; it has %s", id, r.vpc, idsOf(list, func(v vswitch) string { return v.ID })), how)
		case list[i].Status != "" && list[i].Status != "Available":
			return nil, missing("VSwitchNotReady", fmt.Sprintf("vswitch %s is %s, not Available", id, list[i].Status), how)
		}
		chosen = append(chosen, list[i])
		if len(r.vswitches) > 0 && !slices.Contains(r.vswitches, id) {
			r.env.Warn("VSwitchElsewhere", "vswitch %s is not among those of %s (%s)", id, r.of, strings.Join(r.vswitches, ", "))
		}
	}
	usable := slices.DeleteFunc(slices.Clone(list), func(v vswitch) bool { return v.Status != "" && v.Status != "Available" })
	if len(asked) == 0 && len(r.vswitches) > 0 {
		for _, v := range usable {
			if slices.Contains(r.vswitches, v.ID) {
				chosen = append(chosen, v)
			}
		}
	}
	if len(asked) == 0 && len(chosen) == 0 {
		chosen = r.roomiest(usable)
	}
	inZones := zonesOf(chosen)
	switch {
	case len(chosen) == 0:
		return nil, missing("VSwitchMissing", fmt.Sprintf("%s has no vswitch that is available (%d in all)", r.vpc, len(list)), how)
	case len(inZones) < r.zones:
		return nil, missing("OneZone", fmt.Sprintf("an NLB needs vswitches in two zones; those of %s with addresses left lie in %s", r.vpc, strings.Join(inZones, ", ")), how,
			"create a vswitch in another zone, or name another VPC: --vpc-id")
	}
	return chosen, nil
}

// roomiest are the vswitches with the most addresses, one a zone, as many zones as are needed.
func (r *resolver) roomiest(usable []vswitch) []vswitch {
	list := slices.DeleteFunc(slices.Clone(usable), func(v vswitch) bool { return v.Free == 0 })
	if len(list) == 0 {
		list = slices.Clone(usable) // all full, which capacity says
	}
	slices.SortStableFunc(list, func(a, b vswitch) int { return cmp.Or(cmp.Compare(b.Free, a.Free), cmp.Compare(a.ID, b.ID)) })
	var chosen []vswitch
	for _, v := range list {
		if len(chosen) < r.zones && !slices.Contains(zonesOf(chosen), v.Zone) {
			chosen = append(chosen, v)
		}
	}
	return chosen
}

func zonesOf(list []vswitch) []string {
	var zones []string
	for _, v := range list {
		if !slices.Contains(zones, v.Zone) {
			zones = append(zones, v.Zone)
		}
	}
	return zones
}

// capacity is rule R61: one address an instance.
func (r *resolver) capacity(chosen []vswitch, how string) error {
	free := 0
	for _, v := range chosen {
		free += v.Free
		if v.Free == 0 {
			r.env.Warn("VSwitchFull", "vswitch %s has no address left", v.ID)
		}
	}
	least, most := replicas(r.Values)
	ids := strings.Join(idList(chosen), ", ")
	switch {
	case free < least:
		return missing("NoAddresses", fmt.Sprintf("%s have %d addresses left, fewer than the %d instances", ids, free, least), how,
			"name vswitches with more: --vswitch-id, or fewer instances: --replicas")
	case free < most:
		r.env.Warn("FewAddresses", "%s have %d addresses left; with scaling and an update under way up to %d are needed", ids, free, most)
	}
	return nil
}

// chooseSecurityGroup settles r.out.SecurityGroup: that of the flag, else the one the kind brings, else one of
// the VPC's that no other product manages.
func (r *resolver) chooseSecurityGroup() error {
	asked := cmp.Or(r.One("security-group-id"), r.group)
	c := describeSecurityGroups(r.Values, r.vpc)
	list, err := all(r.ctx, r.env, "security-groups", c, tokenPages, func(g securityGroup) string { return g.ID })
	if err != nil {
		if fatal(err) || r.strict || asked == "" {
			return unfound("the security groups of "+r.vpc, c, err)
		}
		r.env.Warn("SecurityGroupUnchecked", "the security groups of %s could not be looked up (%s): %s is taken unchecked", r.vpc, steps.FromCall(err).Code, asked)
		r.out.SecurityGroup = asked
		return nil
	}
	list = slices.DeleteFunc(list, func(g securityGroup) bool { return g.VPC != "" && g.VPC != r.vpc })
	own := slices.DeleteFunc(slices.Clone(list), func(g securityGroup) bool { return g.Managed })
	if asked != "" {
		i := slices.IndexFunc(list, func(g securityGroup) bool { return g.ID == asked })
		if i < 0 {
			return missing("SecurityGroupMissing", fmt.Sprintf("there is no security group %s in %s; it has %s", asked, r.vpc, idsOf(own, func(g securityGroup) string { return g.ID })), words(c))
		}
		if list[i].Managed {
			r.env.Warn("SecurityGroupManaged", "security group %s is managed by another product, which may change its rules", asked)
		}
		r.out.SecurityGroup = asked
		return nil
	}
	if len(own) == 0 {
		return missing("SecurityGroupMissing", fmt.Sprintf("%s has no security group of your own (%d managed by other products)", r.vpc, len(list)), words(c),
			"create one, or name another VPC: --vpc-id")
	}
	best := slices.MinFunc(own, func(a, b securityGroup) int {
		hinted := func(g securityGroup) bool { return strings.Contains(strings.ToLower(g.Name), "eas") }
		return cmp.Or(falseFirst(!hinted(a), !hinted(b)), cmp.Compare(a.ID, b.ID))
	})
	r.out.SecurityGroup = best.ID
	if len(own) > 1 {
		r.env.Warn("SecurityGroupChosen", "of %d security groups in %s, %s (%s) was chosen; --security-group-id takes another", len(own), r.vpc, best.ID, best.Name)
	}
	return nil
}

// wayOut is rule R62 for a service in a VPC: a command that fetches something needs a NAT gateway with an entry for
// every vswitch.
func (r *resolver) wayOut(chosen []vswitch) error {
	word := service.Fetches(r.One("command"))
	if word == "" || len(chosen) == 0 {
		return nil
	}
	egress, err := egressOf(r.ctx, r.env, r.vpc, chosen)
	if fatal(err) {
		return err
	}
	if err != nil {
		r.env.Warn("EgressUnchecked", "the command seems to need the Internet (%s); whether %s has a way there could not be looked up (%s)", word, r.vpc, steps.FromCall(err).Code)
		return nil
	}
	for _, v := range chosen {
		if len(egress[v.ID]) == 0 {
			r.env.Warn("NoEgress", "the command seems to need the Internet (%s), but vswitch %s has no NAT gateway with an SNAT entry; a path in OSS of the same region costs nothing", word, v.ID)
		}
	}
	return nil
}

// egressOf finds the public addresses through which each vswitch reaches the Internet, by id.
func egressOf(ctx context.Context, env *steps.Env, vpc string, list []vswitch) (map[string][]string, error) {
	gateways, err := all(ctx, env, "nat-gateways", describeNATGateways(env.Values, vpc), numberedPages, func(g natGateway) string { return g.ID })
	if err != nil {
		return nil, err
	}
	egress := map[string][]string{}
	for _, g := range gateways {
		if !g.Internet || g.Status != "" && g.Status != "Available" {
			continue
		}
		entries, err := all(ctx, env, "snat-entries", describeSNATEntries(env.Values, g.ID), numberedPages, func(e snatEntry) string { return e.ID + e.VSwitch + e.CIDR })
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			for _, v := range list {
				if e.Status == "Available" && (e.VSwitch == v.ID || covers(e.CIDR, v.CIDR)) && !slices.Contains(egress[v.ID], e.IP) {
					egress[v.ID] = append(egress[v.ID], e.IP)
				}
			}
		}
	}
	return egress, nil
}

// covers reports whether all addresses of inner lie in outer.
func covers(outer, inner string) bool {
	o, errO := netip.ParsePrefix(outer)
	i, errI := netip.ParsePrefix(inner)
	return errO == nil && errI == nil && o.Bits() <= i.Bits() && o.Contains(i.Addr())
}

// resource chooses the dedicated resource group: the one named, if it is ready, or one that is (eas-facts A.7).
func (r *resolver) resource() error {
	c := listResources(r.Values)
	list, err := all(r.ctx, r.env, "resources", c, pluginPages, func(g resourceGroup) string { return g.ID })
	if err != nil {
		return unfound("the dedicated resource groups", c, err)
	}
	choose := r.namedResource
	if r.One("resource") == "dedicated" {
		choose = r.bestResource
	}
	chosen, err := choose(list, words(c))
	if err != nil {
		return err
	}
	r.out.Resource = chosen.ID
	r.limits(chosen)
	return nil
}

// ready reports whether services can run in g.
func (g resourceGroup) ready() bool { return g.Kind == "Dedicated" && g.Status == "ResourceReady" }

// needsGPU reports whether the service does not run without a GPU.
func (r *resolver) needsGPU() bool {
	return catalog.FamilyOf(r.One("image")+" "+r.One("command")).GPU || r.One("gpu") != "" && r.One("gpu") != "0"
}

func (r *resolver) namedResource(list []resourceGroup, how string) (resourceGroup, error) {
	asked := r.One("resource")
	i := slices.IndexFunc(list, func(g resourceGroup) bool { return g.ID == asked })
	switch {
	case i < 0:
		ready := slices.DeleteFunc(slices.Clone(list), func(g resourceGroup) bool { return !g.ready() })
		return resourceGroup{}, missing("ResourceMissing", fmt.Sprintf("there is no resource group %s in %s; dedicated and ready are %s", asked, r.One("region"), idsOf(ready, func(g resourceGroup) string { return g.ID })), how)
	case !list[i].ready():
		return resourceGroup{}, missing("ResourceNotReady", fmt.Sprintf("resource group %s is %s and %s, not Dedicated and ResourceReady", asked, list[i].Kind, list[i].Status), how)
	case r.needsGPU() && list[i].GPUs == 0:
		return resourceGroup{}, missing("ResourceWithoutGPU", "resource group "+asked+" has no GPU, and the image does not run without one", how)
	}
	return list[i], nil
}

// bestResource takes the group with the most free GPUs; for an image made for a CPU, one without GPUs first.
func (r *resolver) bestResource(list []resourceGroup, how string) (resourceGroup, error) {
	fits := slices.DeleteFunc(slices.Clone(list), func(g resourceGroup) bool { return !g.ready() || r.needsGPU() && g.GPUs == 0 })
	if len(fits) == 0 {
		return resourceGroup{}, missing("ResourceMissing", fmt.Sprintf("there is no dedicated resource group that is ready%s in %s (%d resource groups in all)", withGPU(r.needsGPU()), r.One("region"), len(list)), how,
			"a dedicated resource group is bought in the console; the public one is not taken in its place")
	}
	forCPU := catalog.ChipOfTag(r.One("image")) == "CPU" || slices.Contains(strings.Fields(strings.ToLower(r.One("image"))), "cpu")
	best := slices.MinFunc(fits, func(a, b resourceGroup) int {
		if forCPU {
			return cmp.Or(falseFirst(a.GPUs > 0, b.GPUs > 0), cmp.Compare(b.FreeCPUs, a.FreeCPUs), cmp.Compare(a.ID, b.ID))
		}
		return cmp.Or(cmp.Compare(b.FreeGPUs, a.FreeGPUs), cmp.Compare(b.FreeCPUs, a.FreeCPUs), cmp.Compare(a.ID, b.ID))
	})
	if len(fits) > 1 {
		r.env.Warn("ResourceChosen", "of %d dedicated resource groups %s (%s) was chosen; --resource ID takes another", len(fits), best.ID, best.Name)
	}
	return best, nil
}

// limits is the part of rule R18 that needs the group: what one instance can have.
func (r *resolver) limits(g resourceGroup) {
	for _, limit := range []struct {
		flag string
		most float64
	}{{"cpu", g.MostCPU}, {"memory", g.MostMemory}, {"gpu", g.MostGPU}} {
		asked, err := strconv.ParseFloat(r.One(limit.flag), 64)
		if err == nil && limit.most > 0 && asked > limit.most {
			r.env.Warn("ResourceTooSmall", "--%s %s is more than the %v that one instance of %s can have", limit.flag, r.One(limit.flag), limit.most, g.ID)
		}
	}
}

func withGPU(needed bool) string {
	if needed {
		return " and has a GPU"
	}
	return ""
}

// falseFirst orders false before true.
func falseFirst(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// idsOf lists the ids of rows for a message.
func idsOf[T any](rows []T, id func(T) string) string {
	if len(rows) == 0 {
		return "none"
	}
	const most = 8
	var ids []string
	for _, row := range rows[:min(most, len(rows))] {
		ids = append(ids, id(row))
	}
	if len(rows) > most {
		ids = append(ids, fmt.Sprintf("and %d more", len(rows)-most))
	}
	return strings.Join(ids, ", ")
}

package ecs

import (
	"context"
	"slices"
	"strings"
)

// vpcs lists the VPCs with name, if it is not empty, and with ids, if there are any. Names are compared here: what the
// service makes of them is not documented (ecs-facts 8).
func (r reader) vpcs(ctx context.Context, name string, ids ...string) ([]vpc, error) {
	if slices.Contains(ids, "") {
		return nil, refuse("DescribeVpcs", "an id that was to be asked for")
	}
	var all []vpc
	for some := range chunks(ids, mostVPCs) {
		c := r.vpc("DescribeVpcs", pair{"VpcName", name}, pair{"VpcId", strings.Join(some, ",")})
		got, err := numbered(ctx, r, "vpcs", c, networkPage, func(v vpc) string { return v.ID })
		if err != nil {
			return nil, err
		}
		if err := checkAsked(c, got, func(v vpc) string { return unless(some == nil || slices.Contains(some, v.ID), v.ID) }); err != nil {
			return nil, err
		}
		all = append(all, got...)
	}
	return slices.DeleteFunc(all, func(v vpc) bool { return name != "" && v.Name != name }), nil
}

// vswitches lists the vswitches of a VPC, or those with ids, or both. Without either it is refused.
func (r reader) vswitches(ctx context.Context, vpc string, ids ...string) ([]vswitch, error) {
	if slices.Contains(ids, "") || vpc == "" && len(ids) == 0 {
		return nil, refuse("DescribeVSwitches", "a VPC or an id")
	}
	var all []vswitch
	for some := range chunks(ids, 1) {
		id := strings.Join(some, "")
		c := r.vpc("DescribeVSwitches", pair{"VpcId", vpc}, pair{"VSwitchId", id})
		got, err := numbered(ctx, r, "vswitches", c, networkPage, func(v vswitch) string { return v.ID })
		if err != nil {
			return nil, err
		}
		if err := checkAsked(c, got, func(v vswitch) string { return unless(asked(id, v.ID) && asked(vpc, v.VPC), v.ID) }); err != nil {
			return nil, err
		}
		all = append(all, got...)
	}
	return all, nil
}

// securityGroups lists the security groups of a VPC, or those with ids, or both. Without either it is refused.
func (r reader) securityGroups(ctx context.Context, vpc string, ids ...string) ([]securityGroup, error) {
	if slices.Contains(ids, "") || vpc == "" && len(ids) == 0 {
		return nil, refuse("DescribeSecurityGroups", "a VPC or an id")
	}
	var all []securityGroup
	for some := range chunks(ids, 1) {
		id := strings.Join(some, "")
		c := r.ecs("DescribeSecurityGroups", pair{"VpcId", vpc}, pair{"SecurityGroupId", id})
		got, err := tokens(ctx, r, "security-groups", c, groupPage, func(g securityGroup) string { return g.ID })
		if err != nil {
			return nil, err
		}
		if err := checkAsked(c, got, func(g securityGroup) string { return unless(asked(id, g.ID) && asked(vpc, g.VPC), g.ID) }); err != nil {
			return nil, err
		}
		all = append(all, got...)
	}
	return all, nil
}

// asked tells whether got is what was wanted; nothing wanted is anything.
func asked(want, got string) bool { return want == "" || want == got }

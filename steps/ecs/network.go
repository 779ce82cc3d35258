package ecs

import (
	"context"
	"fmt"
	"net/netip"
	"strconv"
	"time"

	"aligate/steps"
	"aligate/steps/ecs/subnet"
)

// networkParams are the flags that name what is there already.
var networkParams = []steps.Param{
	{Name: "vpc-id", Check: checkID("vpc-"), Usage: "`ID` of the VPC to use; else one that aligate made to stay, else a new one"},
	{Name: "vswitch-id", Check: checkID("vsw-"), Usage: "`ID` of the vswitch to use, which decides about the zone; needs --region"},
	{Name: "security-group-id", Check: checkID("sg-"), Usage: "`ID` of the security group to use as it is; else a new one"},
}

// The networks that are made: room for 65,536 addresses, and for 256 in each vswitch (ecs-facts 2.6, 2.7).
const (
	vpcCIDR     = "192.168.0.0/16"
	vswitchBits = 24
	// overlaps is how often the next subnet is tried when somebody else took one in between.
	overlaps = 5
)

const available = "Available"

// ground is where an instance is to stand.
type ground struct{ VPC, VSwitch, SecurityGroup string }

// chosenVPC returns the VPC to use: the one given, one that aligate made to stay, or a new one. vpcs that are not ready
// yet are waited for: making another would eat the quota (ecs-facts 5, 21 and 23).
func (w *work) chosenVPC(ctx context.Context) (vpc, error) {
	given := w.env.Values.One("vpc-id")
	if given != "" {
		rows, err := w.reader().vpcs(ctx, "", given)
		if err == nil && len(rows) == 0 {
			err = absent("VPC", given, w.region)
		}
		if err != nil {
			return vpc{}, err
		}
		return rows[0], w.use("vpc", given, "")
	}
	rows, err := w.reader().vpcs(ctx, "")
	if err != nil {
		return vpc{}, err
	}
	for _, row := range rows {
		if row.Tags[ownTag] == shared {
			return w.settled(ctx, row, true)
		}
	}
	id, err := w.make(ctx, creation{thing: "vpc", public: !w.about.OneShot, params: []pair{{"CidrBlock", vpcCIDR}, {"VpcName", w.name()}, {"Description", description}}})
	if overQuota(err) {
		return vpc{}, w.quota(err, "use one that is there: --vpc-id ID; aligate ecs stays away from VPCs that it did not make")
	}
	if err != nil {
		return vpc{}, err
	}
	return w.settled(ctx, vpc{ID: id, CIDRs: []netip.Prefix{netip.MustParsePrefix(vpcCIDR)}}, false)
}

// settled waits until a VPC can be used.
func (w *work) settled(ctx context.Context, v vpc, reused bool) (vpc, error) {
	if reused {
		if err := w.use("vpc", v.ID, ""); err != nil {
			return v, err
		}
	}
	if v.Status == available {
		return v, nil
	}
	return v, w.await(ctx, "vpc", v.ID, available, 5*time.Second, 2*time.Minute)
}

// chosenVSwitch returns the vswitch of the zone: the one given, one that aligate made to stay and that has addresses
// left, or a new one in a subnet that overlaps none (ecs-facts 5, 22 and 24).
func (w *work) chosenVSwitch(ctx context.Context, in vpc, zone string) (string, error) {
	rows, err := w.reader().vswitches(ctx, in.ID)
	if err != nil {
		return "", err
	}
	given := w.env.Values.One("vswitch-id")
	var taken []netip.Prefix
	for _, row := range rows {
		if row.ID == given || given == "" && row.Tags[ownTag] == shared && row.Zone == zone && row.Free > 0 && row.Status == available {
			return row.ID, w.use("vswitch", row.ID, in.ID)
		}
		taken = append(taken, row.CIDR)
	}
	if given != "" {
		return "", absent("vswitch", given, in.ID)
	}
	for range overlaps {
		free, ok := subnet.Free(in.CIDRs, taken, vswitchBits)
		if !ok {
			return "", &steps.Error{Code: "VPCFull", Exit: steps.ExitMissing, Message: fmt.Sprintf("%s has no free subnet of %d bits", in.ID, vswitchBits), Hints: []string{"name a vswitch: --vswitch-id ID"}}
		}
		id, err := w.make(ctx, creation{thing: "vswitch", public: !w.about.OneShot, data: itemData{VPC: in.ID},
			params: []pair{{"VpcId", in.ID}, {"ZoneId", zone}, {"CidrBlock", free.String()}, {"VSwitchName", w.name()}, {"Description", description}}})
		if moveOf(err) != overlap {
			if err != nil {
				return "", err
			}
			return id, w.await(ctx, "vswitch", id, available, 3*time.Second, 2*time.Minute)
		}
		taken = append(taken, free)
	}
	return "", &steps.Error{Code: "SubnetTaken", Exit: steps.ExitFailed, Message: fmt.Sprintf("%d subnets of %s in a row were taken by somebody else", overlaps, in.ID)}
}

// chosenSecurityGroup returns the security group given, or makes one that lets in what rules say, and everything out.
func (w *work) chosenSecurityGroup(ctx context.Context, in string, rules []subnet.Rule) (string, error) {
	if given := w.env.Values.One("security-group-id"); given != "" {
		rows, err := w.reader().securityGroups(ctx, in, given)
		switch {
		case err != nil:
			return "", err
		case len(rows) == 0:
			return "", absent("security group", given, in)
		case rows[0].Managed:
			return "", &steps.Error{Code: "SecurityGroupManaged", Exit: steps.ExitMissing, Message: given + " belongs to another product and cannot be used"}
		}
		return given, w.use("security-group", given, in)
	}
	id, err := w.make(ctx, creation{thing: "security-group", data: itemData{VPC: in},
		params: []pair{{"VpcId", in}, {"SecurityGroupName", w.name()}, {"SecurityGroupType", "normal"}, {"Description", description}}})
	if err != nil {
		return "", err
	}
	return id, w.authorize(ctx, id, rules)
}

// authorize adds the rules to a security group. A rule that is there already is added again without harm, so a lost
// answer is no reason to stop (ecs-facts 2.8).
func (w *work) authorize(ctx context.Context, group string, rules []subnet.Rule) error {
	add := func(number int, api string, params ...pair) error {
		token := w.ledger.Run + "-" + strconv.Itoa(number) + "-rule"
		c := change(w.profile, w.region, "ecs", api, append([]pair{{"SecurityGroupId", group}}, append(params, pair{"Policy", "accept"}, pair{"ClientToken", token})...)...)
		_, _, err := w.send(ctx, c, field("RequestId"))
		return err
	}
	for i, rule := range rules {
		if err := add(i+1, "AuthorizeSecurityGroup", pair{"IpProtocol", rule.Protocol}, pair{"PortRange", rule.PortRange()},
			pair{"SourceCidrIp", rule.Source.String()}, pair{"Priority", "1"}); err != nil {
			return err
		}
	}
	// A group of this type lets everything out as it is; the seed wants the rule to be there all the same.
	return add(0, "AuthorizeSecurityGroupEgress", pair{"IpProtocol", "all"}, pair{"PortRange", "-1/-1"}, pair{"DestCidrIp", "0.0.0.0/0"})
}

// description marks what is made for people who look at the console.
const description = "made by aligate"

// name is what things of this run are called.
func (w *work) name() string { return nameOf(w.ledger.Run) }

func absent(what, id, where string) *steps.Error {
	return &steps.Error{Code: "NotFound", Exit: steps.ExitMissing, Message: fmt.Sprintf("there is no %s %s in %s", what, id, where)}
}

// quota is the error of a service that gives no more.
func (w *work) quota(err error, hints ...string) *steps.Error {
	e := steps.FromCall(err)
	e.Exit = steps.ExitMissing
	e.Message = "the quota of the account is used up: " + e.Message
	e.Hints = append(hints, "ask for a higher quota in the console of "+w.region)
	return e
}

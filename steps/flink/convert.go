package flink

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"aligate/steps"
)

func convertProblems(v steps.Values) []steps.Problem { return periodProblems(v, "target-type", false) }

// namespaceSpec is what a namespace is to have in a subscription.
type namespaceSpec struct {
	Namespace string `json:"Namespace"`
	Spec      spec   `json:"ResourceSpec"`
}

// planConvert works out another way to pay (facts C8).
func planConvert(ctx context.Context, c cloud, v steps.Values) (*plan, error) {
	id, want := v.One("instance-id"), billing[v.One("target-type")]
	i, err := c.existing(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := chargeable(i); err != nil {
		return nil, err
	}
	p := &plan{
		target: target{Region: c.region, Instance: id, Name: i.Name}, current: i, before: i.String(), again: c.describeCommand(id),
		change: fmt.Sprintf("convert instance %s from %s to %s", id, billingWord(i.Charge), billingWord(want)),
		// Each conversion is an order: it is not sent again where the first may show late.
		costly: true, binding: true,
		now: chargeOf(i, want, c.env.Now()),
		look: func(ctx context.Context) (sight, error) {
			return c.see(ctx, id, func(i *instance) sight { return chargeOf(i, want, c.env.Now()) })
		},
		noop: noop{fmt.Sprintf("instance %s is a %s already", id, billingWord(want)), map[string]any{"ExistingInstance": i}},
	}
	switch {
	case i.Charge == want: // whatever else it is: there is nothing to convert, and no call
		p.now.fields, p.now.failed, p.now.reason = []field{is("ChargeType", want, i.Charge)}, "", ""
		return p, nil
	case i.Elastic:
		return nil, blocked("HybridInstance", i,
			"instance %s has an elastic part beside its subscription: what a conversion makes of it is not documented", id)
	case !i.ready():
		return nil, unready(c, i)
	case want == post:
		return p, toPayAsYouGo(c, p, i)
	}
	return p, toSubscription(ctx, c, p, i, v)
}

func toPayAsYouGo(c cloud, p *plan, i *instance) error {
	pairs := []pair{{"InstanceId", i.ID}}
	price := c.read("QueryConvertPrepayInstancePrice", pairs...)
	p.call, p.quote, p.planned = c.write("ConvertPrepayInstance", pairs...), &price, map[string]any{"ChargeType": post}
	return nil
}

// toSubscription gives every namespace what it has (facts C8, F23). What that is may change while somebody thinks about
// the price: it is read again right before the call.
func toSubscription(ctx context.Context, c cloud, p *plan, i *instance, v steps.Values) error {
	shares, err := c.shares(ctx, i)
	if err != nil {
		return err
	}
	months := cmp.Or(v.One("period"), "1")
	pairs := []pair{{"InstanceId", i.ID}, {"Duration", months}, {"PricingCycle", "Month"}, {"IsAutoRenew", fmt.Sprint(v.Is("auto-renew"))},
		{"NamespaceResourceSpecs", inJSON(shares)}}
	price := c.read("QueryConvertInstancePrice", pairs...)
	p.call, p.quote = c.write("ConvertInstance", pairs...), &price
	p.change += ", for " + steps.Count(max(1, count(v, "period")), "month")
	p.planned = map[string]any{
		"ChargeType": pre, "Duration": months, "PricingCycle": "Month", "IsAutoRenew": v.Is("auto-renew"), "NamespaceResourceSpecs": shares,
	}
	p.fresh = func(ctx context.Context) error {
		now, err := c.shares(ctx, i)
		if err == nil && !slices.Equal(now, shares) {
			err = hinting(blocked("NamespacesChanged", map[string]any{"before": shares, "now": now},
				"the namespaces of %s changed meanwhile", i.ID),
				"look at them, and run the command again")
		}
		return err
	}
	return nil
}

// shares are the namespaces of i with what each has. All of them need something, and together they must fit.
func (c cloud) shares(ctx context.Context, i *instance) ([]namespaceSpec, error) {
	all, err := c.namespaces(ctx, i.ID)
	if err != nil {
		return nil, err
	}
	shares, bare := []namespaceSpec{}, []string{}
	for _, ns := range all {
		if has := ns.effective(i); !has.empty() && has.CPU > 0 && has.Memory > 0 {
			shares = append(shares, namespaceSpec{ns.Name, *has})
		} else {
			bare = append(bare, ns.Name)
		}
	}
	if len(bare) > 0 || len(shares) == 0 {
		return nil, hinting(blocked("InvalidNamespaceSpec", map[string]any{"namespaces": bare},
			"a subscription needs namespaces with resources, and %s has %s without", i.ID, steps.Count(len(bare), "namespace")),
			"give each of them resources first: aligate flink modify-namespace-spec")
	}
	if room := capacityOf(i, all); !room.holds(spec{}) {
		return nil, blocked("InsufficientResources", room,
			"the namespaces of %s have %s, and the instance %s", i.ID, &room.Allocated, room.Total)
	}
	return shares, nil
}

// chargeOf holds the way an instance is paid for against what is wanted (facts E1).
func chargeOf(i *instance, want string, now time.Time) sight {
	s := instanceSight(i)
	s.fields = []field{is("InstanceId", i.ID, i.ID), is("ChargeType", want, i.Charge)}
	if want == pre {
		end := field{Name: "ResourceExpiredTime", Expected: "after " + now.UTC().Format(time.DateOnly), Actual: day(i.Expires)}
		end.OK = time.UnixMilli(int64(i.Expires)).After(now)
		s.fields = append(s.fields, end)
	}
	return s
}

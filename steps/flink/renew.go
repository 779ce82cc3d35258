package flink

import (
	"context"
	"fmt"
	"time"

	"aligate/steps"
)

// planRenew works out a renewal (facts C7). It is never needless: each one makes the subscription longer.
func planRenew(ctx context.Context, c cloud, v steps.Values) (*plan, error) {
	id, months := v.One("instance-id"), count(v, "period")
	i, err := c.existing(ctx, id)
	if err != nil {
		return nil, err
	}
	if i.Charge != pre {
		return nil, blocked("UnsupportedChargeType", i,
			"instance %s is %s: only a Subscription can be renewed", id, billingWord(i.Charge))
	}
	pairs := []pair{{"InstanceId", id}, {"Duration", v.One("period")}, {"PricingCycle", "Month"}}
	price := c.read("QueryRenewInstancePrice", pairs...)
	end := renewedTo(i.Expires, months, c.env.Now())
	want := term{before: i.Expires, early: end, late: end}
	if early := time.UnixMilli(int64(i.Expires)).UTC().AddDate(0, months, 0); early.After(c.env.Now()) {
		want.early = early
	}
	return &plan{
		target:  target{Region: c.region, Instance: id, Name: i.Name},
		change:  fmt.Sprintf("renew instance %s by %s, from %s to about %s", id, steps.Count(months, "month"), day(i.Expires), end.Format(time.DateOnly)),
		planned: map[string]any{"Duration": months, "PricingCycle": "Month", "ResourceExpiredTime": end.UnixMilli()},
		current: i, before: i.String() + ", until " + day(i.Expires),
		call: c.write("RenewInstance", pairs...), quote: &price, binding: true, again: c.describeCommand(id), repeats: true, costly: true,
		now: termOf(i, want),
		look: func(ctx context.Context) (sight, error) {
			return c.see(ctx, id, func(now *instance) sight { return termOf(now, want) })
		},
	}, nil
}

// renewedTo is when a subscription ends that is renewed now: one that has ended already begins anew.
func renewedTo(expires, months int, now time.Time) time.Time {
	from := time.UnixMilli(int64(expires))
	if from.Before(now) {
		from = now
	}
	return from.UTC().AddDate(0, months, 0)
}

// aboutMonths is how far the end of a renewed subscription may be from ours: months are not of one length, and the
// service counts them in its own time.
const aboutMonths = 4 * 24 * time.Hour

// term is where a renewed subscription may end, which ended before: one that has ended already may go on from its end, or
// from the day of the renewal. Which of the two it is, no document says.
type term struct {
	before      int
	early, late time.Time
}

// termOf holds the end of a subscription against the one that is wanted (facts E1).
func termOf(i *instance, want term) sight {
	s := instanceSight(i)
	if i.Order == "CEASE" || i.Order == "RELEASE" {
		s.failed = "" // a renewal is what ends this
	}
	end := field{Name: "ResourceExpiredTime", Expected: "about " + want.late.Format(time.DateOnly), Actual: day(i.Expires)}
	at := time.UnixMilli(int64(i.Expires))
	end.OK = i.Expires > want.before && !at.Before(want.early.Add(-aboutMonths)) && !at.After(want.late.Add(aboutMonths))
	s.fields = []field{is("InstanceId", i.ID, i.ID), is("ChargeType", pre, i.Charge), end}
	return s
}

package flink

import (
	"context"
	"fmt"

	"aligate/steps"
)

// planModifySpec works out a change of an instance's resources (facts C5).
func planModifySpec(ctx context.Context, c cloud, v steps.Values) (*plan, error) {
	id, n := v.One("instance-id"), count(v, "new-cu-count")
	want := spec{CPU: n, Memory: 4 * n}
	i, err := c.existing(ctx, id)
	if err != nil {
		return nil, err
	}
	pairs := []pair{{"InstanceId", id}, {"ResourceSpec", inJSON(want)}}
	price := c.read("QueryModifyInstancePrice", pairs...)
	p := &plan{
		target: target{Region: c.region, Instance: id, Name: i.Name}, change: fmt.Sprintf("change instance %s from %s to %s", id, i.Spec, &want),
		planned: want, current: i, before: i.String(), again: c.describeCommand(id),
		call: c.write("ModifyInstanceSpec", pairs...),
		// The price query is made for subscriptions; what it says about pay-as-you-go stops nothing (facts H).
		quote: &price, binding: i.Charge == pre,
		now: sizeOf(i, want),
		look: func(ctx context.Context) (sight, error) {
			return c.see(ctx, id, func(i *instance) sight { return sizeOf(i, want) })
		},
		noop: noop{fmt.Sprintf("instance %s has %s already", id, &want), map[string]any{"ExistingInstance": i}},
	}
	if p.now.matches() {
		return p, nil
	}
	if !i.ready() {
		return nil, unready(c, i)
	}
	return p, resizable(ctx, c, i, want)
}

// resizable refuses less than the namespaces have, and warns of less than there is.
func resizable(ctx context.Context, c cloud, i *instance, want spec) error {
	if i.Elastic {
		c.env.Warn("HybridInstance", "instance %s has an elastic part of %s beside this: it stays as it is", i.ID, i.ElasticSpec)
	}
	all, err := c.namespaces(ctx, i.ID)
	if err != nil {
		return err
	}
	room := capacityOf(i, all)
	if total := want.plus(elasticOf(i)); room.Allocated.CPU > total.CPU || room.Allocated.Memory > total.Memory {
		return hinting(blocked("InsufficientResources", map[string]any{"requested": want, "allocated": room.Allocated, "instance_total": room.Total},
			"the namespaces of %s have %s: %s is too little", i.ID, &room.Allocated, &want),
			"give the namespaces less first, or ask for more")
	}
	if i.Spec != nil && want.CPU < i.Spec.CPU {
		c.env.Warn("ScaleDown", "this makes %s smaller: jobs that need more may stop", i.ID)
	}
	return nil
}

// elasticOf is the elastic part of a hybrid instance, nil if it has none.
func elasticOf(i *instance) *spec {
	if i.Elastic {
		return i.ElasticSpec
	}
	return nil
}

// existing is the instance called id, which must be there (facts F17, F18).
func (c cloud) existing(ctx context.Context, id string) (*instance, error) {
	i, err := c.instance(ctx, id)
	if err == nil && i == nil {
		err = noInstance(c, id)
	}
	return i, err
}

// see looks at an instance that must be there, and judges it.
func (c cloud) see(ctx context.Context, id string, judge func(*instance) sight) (sight, error) {
	i, err := c.instance(ctx, id)
	if err != nil {
		return sight{}, err
	}
	if i == nil {
		s := missing(is("InstanceId", id, "absent"), "neither DescribeInstances with its id nor the whole list has it")
		s.failed = "the instance is gone"
		return s, nil
	}
	return judge(i), nil
}

// sizeOf holds the resources of an instance against what is wanted (facts E1).
func sizeOf(i *instance, want spec) sight {
	s := instanceSight(i)
	s.fields = []field{is("InstanceId", i.ID, i.ID), is("ResourceSpec", &want, i.Spec)}
	if i.Stage == "MODIFYING" || i.Status != running && s.failed == "" {
		s.reason = "not_ready"
	}
	return s
}

// instanceSight is what every look at an instance says.
func instanceSight(i *instance) sight {
	return sight{state: i.mark(), status: i.state(), failed: i.broken(), ready: i.ready(), after: i, evidence: "DescribeInstances has " + i.ID}
}

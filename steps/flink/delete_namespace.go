package flink

import (
	"context"
	"fmt"

	"aligate/steps"
)

// planDeleteNamespace works out the deletion of a namespace (facts C12).
func planDeleteNamespace(ctx context.Context, c cloud, v steps.Values) (*plan, error) {
	id, name := v.One("instance-id"), v.One("name")
	p := &plan{
		target: target{Region: c.region, Instance: id, Namespace: name}, planned: "absent",
		change: fmt.Sprintf("delete namespace %s of instance %s", name, id),
		call:   c.write("DeleteNamespace", pair{"InstanceId", id}, pair{"Namespace", name}), asGood: byNotFound,
		again: c.describeNamespacesCommand(id),
	}
	i, err := c.instance(ctx, id)
	if err != nil {
		return nil, err
	}
	if i == nil {
		absentInstance(ctx, c, id)
		p.now, p.before = absence(c, id, nil), "there is no such instance"
		p.look = func(ctx context.Context) (sight, error) { return c.seeAbsent(ctx, id) }
		p.noop = noop{fmt.Sprintf("there is no instance %s in %s: nothing to delete", id, c.region), p.gone()}
		return p, nil
	}
	all, err := c.namespaces(ctx, id)
	if err != nil {
		return nil, err
	}
	ns := named(all, name)
	judge := func(ns *namespace) sight { return ns.absence(name) }
	p.target.Name, p.now, p.look = i.Name, judge(ns), c.seeNamespace(id, name, judge)
	if ns == nil {
		p.before = "there is no such namespace"
		p.noop = noop{fmt.Sprintf("instance %s has no namespace %s: nothing to delete", id, name), p.gone()}
		return p, nil
	}
	p.current, p.before, p.underway = ns, ns.describe(i), ns.Status == deleting
	return p, removable(i, ns, v.Is("confirm-no-running-jobs"))
}

// gone is the data of a deletion that finds nothing (facts C12, F19).
func (p *plan) gone() map[string]any {
	return map[string]any{
		"InstanceId": p.target.Instance, "Namespace": p.target.Namespace,
		"RegionId": p.target.Region, "verified_absent_in_region": p.target.Region,
	}
}

// removable refuses to delete a namespace that the service made, or in which something runs, or may run. The flag says
// that nothing does where the service does not: it does not overrule the service.
func removable(i *instance, ns *namespace, idle bool) error {
	switch {
	case isDefault(i, ns.Name):
		return blocked("DefaultNamespace", ns,
			"namespace %s came with instance %s and stays as long as it does", ns.Name, i.ID)
	case ns.Used == nil && !idle:
		return hinting(blocked("PrecheckRequired", ns,
			"the service does not say whether anything runs in namespace %s", ns.Name),
			"make sure that no job runs in it, then add --confirm-no-running-jobs")
	case ns.Used != nil && (ns.Used.CPU > 0 || ns.Used.Memory > 0 || ns.Used.CU > 0):
		return hinting(blocked("NamespaceInUse", usedDetails(ns),
			"namespace %s uses %g cores and %g GB", ns.Name, ns.Used.CPU, ns.Used.Memory),
			"stop its jobs first")
	}
	return nil
}

func usedDetails(ns *namespace) map[string]any {
	return map[string]any{"used_cpu": ns.Used.CPU, "used_memory_gb": ns.Used.Memory, "used_cu": ns.Used.CU}
}

// absence holds ns against its being gone (facts E1).
func (ns *namespace) absence(name string) sight {
	what := "Namespace " + name
	if ns == nil {
		s := missing(is(what, "absent", "absent"), "no page of DescribeNamespaces has it")
		s.ready = true
		return s
	}
	s := sight{
		fields: []field{is(what, "absent", ns.Status)}, evidence: "DescribeNamespaces still has it",
		state: inJSON(ns), status: ns.Status, after: ns,
	}
	if ns.Status == deleting {
		s.reason = "still_deleting"
	}
	return s
}

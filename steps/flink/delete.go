package flink

import (
	"context"
	"fmt"

	"aligate/runner"
	"aligate/steps"
)

// planDelete works out the deletion of an instance (facts C6).
func planDelete(ctx context.Context, c cloud, v steps.Values) (*plan, error) {
	id := v.One("instance-id")
	p := &plan{
		target: target{Region: c.region, Instance: id}, change: "delete instance " + id, planned: "absent",
		call: c.write("DeleteInstance", pair{"InstanceId", id}), asGood: byNotFound,
		look:  func(ctx context.Context) (sight, error) { return c.seeAbsent(ctx, id) },
		again: c.describeCommand(id),
		noop: noop{fmt.Sprintf("there is no instance %s in %s: nothing to delete", id, c.region),
			map[string]any{"InstanceId": id, "RegionId": c.region, "verified_absent_in_region": c.region}},
	}
	i, err := c.instance(ctx, id)
	if err != nil {
		return nil, err
	}
	p.now = absence(c, id, i)
	if i == nil {
		absentInstance(ctx, c, id)
		p.before = "there is no such instance"
		return p, c.unresolved(func(it steps.Item) bool { return it.ID == id })
	}
	p.target.Name, p.current, p.before = i.Name, i, i.String()
	p.underway = i.Status == deleting
	if p.underway {
		return p, nil
	}
	return p, deletable(ctx, c, i)
}

// deletable refuses to delete what the service would not, or what must be kept (facts C6, F2).
func deletable(ctx context.Context, c cloud, i *instance) error {
	if i.Charge != post {
		return blocked("UnsupportedChargeType", i,
			"instance %s is a %s: only pay-as-you-go instances can be deleted", i.ID, billingWord(i.Charge))
	}
	if i.Protected {
		return blocked("DeletionProtected", i,
			"instance %s is protected from deletion", i.ID)
	}
	all, err := c.namespaces(ctx, i.ID)
	if err != nil {
		return err
	}
	linked := []string{}
	for _, ns := range all {
		if !isDefault(i, ns.Name) {
			linked = append(linked, ns.Name)
		}
	}
	if len(linked) == 0 {
		return nil
	}
	hint := "flink delete-namespace --region-id " + c.region + " --instance-id " + i.ID
	for _, ns := range linked {
		hint += " --name " + runner.Quote(ns)
	}
	return hinting(blocked("NamespaceAssociationExists", map[string]any{"linked_namespaces": linked},
		"instance %s has %s of its own", i.ID, steps.Count(len(linked), "namespace")),
		"delete them first: "+c.env.Command(hint))
}

// seeAbsent looks whether the instance is gone.
func (c cloud) seeAbsent(ctx context.Context, id string) (sight, error) {
	i, err := c.instance(ctx, id)
	return absence(c, id, i), err
}

func absence(c cloud, id string, i *instance) sight {
	if i == nil {
		s := missing(is("InstanceId "+id, "absent", "absent"),
			fmt.Sprintf("neither DescribeInstances with InstanceId=%s nor the whole list of %s has it", id, c.region))
		s.ready = true
		return s
	}
	s := sight{fields: []field{is("InstanceId "+id, "absent", i.Status)}, state: i.mark(), status: i.state(), after: i,
		evidence: "DescribeInstances still has " + id}
	if i.Status == deleting {
		s.reason = "still_deleting"
	}
	return s
}

// describeCommand is the command line that looks at an instance.
func (c cloud) describeCommand(id string) string {
	return "flink describe --region-id " + runner.Quote(c.region) + " --instance-id " + runner.Quote(id)
}

// String is the instance in a line.
func (i *instance) String() string {
	return fmt.Sprintf("%s (%s), %s, %s, %s", i.ID, i.Name, billingWord(i.Charge), i.Spec, i.state())
}

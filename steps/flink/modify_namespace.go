package flink

import (
	"context"
	"fmt"
	"slices"

	"aligate/steps"
)

func modifyNamespaceProblems(v steps.Values) []steps.Problem {
	return append(specProblems(v, "cpu", "memory-gb"), specProblems(v, "guaranteed-cpu", "guaranteed-memory-gb")...)
}

// namespaceChange is what a namespace is to have. Which of the two specs is sent follows from how the instance is paid
// for (facts C11); one that is nil is not sent, and stays.
type namespaceChange struct {
	Elastic    *spec `json:"ElasticResourceSpec,omitempty"`
	Guaranteed *spec `json:"GuaranteedResourceSpec,omitempty"`
	HA         bool  `json:"Ha"`
}

// planModifyNamespace works out a change of a namespace (facts C11, F21).
func planModifyNamespace(ctx context.Context, c cloud, v steps.Values) (*plan, error) {
	id, name := v.One("instance-id"), v.One("name")
	i, err := c.existing(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := chargeable(i); err != nil {
		return nil, err
	}
	want, err := changeOf(i, v)
	if err != nil {
		return nil, err
	}
	all, err := c.namespaces(ctx, id)
	if err != nil {
		return nil, err
	}
	ns := named(all, name)
	if ns == nil {
		return nil, hinting(withDetails(refuse("NamespaceNotFound", byNotFound, steps.ExitMissing,
			"instance %s has no namespace %s, and none is made for you", id, name), map[string]any{"InstanceId": id, "Namespace": name}),
			"see: "+c.env.Command(c.describeNamespacesCommand(id)))
	}
	judge := func(ns *namespace) sight { return ns.changed(name, want) }
	p := &plan{
		target: target{Region: c.region, Instance: id, Name: i.Name, Namespace: name}, planned: want, current: ns, before: ns.describe(i),
		change: fmt.Sprintf("change namespace %s of instance %s to %s", name, id, want),
		call:   c.write("ModifyNamespaceSpecV2", want.pairs(id, name)...), again: c.describeNamespacesCommand(id),
		now: judge(ns), look: c.seeNamespace(id, name, judge),
		noop: noop{fmt.Sprintf("namespace %s has this already", name), map[string]any{"ExistingNamespace": ns}},
	}
	if p.now.matches() {
		return p, nil
	}
	return p, changeable(c, i, ns, all, want)
}

func (w namespaceChange) pairs(id, name string) []pair {
	pairs := []pair{{"InstanceId", id}, {"Namespace", name}, {"Ha", fmt.Sprint(w.HA)}}
	if w.Elastic != nil {
		pairs = append(pairs, pair{"ElasticResourceSpec", inJSON(w.Elastic)})
	}
	if w.Guaranteed != nil {
		pairs = append(pairs, pair{"GuaranteedResourceSpec", inJSON(w.Guaranteed)})
	}
	return pairs
}

func (w namespaceChange) String() string {
	text := ""
	if w.Elastic != nil {
		text += "elastic " + w.Elastic.String() + "; "
	}
	if w.Guaranteed != nil {
		text += "guaranteed " + w.Guaranteed.String() + "; "
	}
	return fmt.Sprintf("%sHa %v", text, w.HA)
}

// changeOf reads the flags by how the instance is paid for (facts C11).
func changeOf(i *instance, v steps.Values) (namespaceChange, error) {
	given, guaranteed := specOf(v, "cpu", "memory-gb"), specOf(v, "guaranteed-cpu", "guaranteed-memory-gb")
	w := namespaceChange{HA: slices.Contains(yes, v.One("ha"))}
	problem := func(format string, args ...any) (namespaceChange, error) {
		return w, wrong([]steps.Problem{{Where: "--guaranteed-cpu", What: fmt.Sprintf(format, args...)}})
	}
	switch {
	case i.Elastic:
		w.Elastic, w.Guaranteed = given, guaranteed
	case i.Charge == post && guaranteed != nil:
		return problem("means nothing for %s, which is pay-as-you-go: nothing in it is guaranteed", i.ID)
	case i.Charge == post:
		w.Elastic = given
	case guaranteed != nil && !guaranteed.equal(given):
		return problem("must be what --cpu is for %s, which is a Subscription: all of it is guaranteed", i.ID)
	default:
		w.Guaranteed = given
	}
	return w, nil
}

// changeable refuses a change that the namespace or its instance cannot take.
func changeable(c cloud, i *instance, ns *namespace, all []namespace, w namespaceChange) error {
	if !i.ready() {
		return unready(c, i)
	}
	if ns.Status != success {
		return blocked("NamespaceNotReady", ns,
			"namespace %s is %s, and takes no change now", ns.Name, ns.Status)
	}
	after := *ns
	if w.Elastic != nil {
		after.Elastic = w.Elastic
	}
	if w.Guaranteed != nil {
		after.Guaranteed = w.Guaranteed
	}
	total := after.effective(i)
	if ns.Used != nil && (float64(total.CPU) < ns.Used.CPU || float64(total.Memory) < ns.Used.Memory) {
		return hinting(blocked("NamespaceInUse", usedDetails(ns),
			"namespace %s uses %g cores and %g GB: %s is too little", ns.Name, ns.Used.CPU, ns.Used.Memory, total),
			"stop jobs first, or ask for more")
	}
	others := slices.DeleteFunc(slices.Clone(all), func(other namespace) bool { return other.Name == ns.Name })
	if room := capacityOf(i, others); !room.holds(*total) {
		return tooLittle(i, room, *total)
	}
	return nil
}

// changed holds ns against what it is to have (facts E1).
func (ns *namespace) changed(name string, want namespaceChange) sight {
	if ns == nil {
		s := noNamespace(name)
		s.failed = "the namespace is gone"
		return s
	}
	s := ns.sight()
	ha := "not reported"
	if ns.HA != nil {
		ha = fmt.Sprint(*ns.HA)
	}
	s.fields = []field{is("Namespace", name, ns.Name), is("Ha", want.HA, ha)}
	if want.Elastic != nil {
		s.fields = append(s.fields, is("ElasticResourceSpec", want.Elastic, ns.Elastic))
	}
	if want.Guaranteed != nil {
		s.fields = append(s.fields, is("GuaranteedResourceSpec", want.Guaranteed, ns.Guaranteed))
	}
	return s
}

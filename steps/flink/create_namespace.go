package flink

import (
	"context"
	"fmt"

	"aligate/runner"
	"aligate/steps"
)

var namespaceName = steps.Param{Name: "name", Required: true, Check: checkName, Usage: "`NAME` of the namespace"}

// planCreateNamespace works out a new namespace (facts C10).
func planCreateNamespace(ctx context.Context, c cloud, v steps.Values) (*plan, error) {
	id, name, want := v.One("instance-id"), v.One("name"), specOf(v, "cpu", "memory-gb")
	i, err := c.existing(ctx, id)
	if err != nil {
		return nil, err
	}
	all, err := c.namespaces(ctx, id)
	if err != nil {
		return nil, err
	}
	pairs := []pair{{"InstanceId", id}, {"Namespace", name}}
	change := fmt.Sprintf("create namespace %s in instance %s", name, id)
	if want != nil {
		pairs = append(pairs, pair{"ResourceSpec", inJSON(want)})
		change += " with " + want.String()
	}
	judge := func(ns *namespace) sight { return ns.existence(i, name, want) }
	p := &plan{
		target: target{Region: c.region, Instance: id, Name: i.Name, Namespace: name}, change: change, asGood: byExistence,
		planned: namespaceWish{Name: name, Spec: want}, before: "there is no namespace of this name", again: c.describeNamespacesCommand(id),
		call: c.write("CreateNamespace", pairs...), now: judge(named(all, name)), look: c.seeNamespace(id, name, judge),
	}
	if ns := named(all, name); ns != nil {
		return p, p.takeOver(ns, i)
	}
	return p, roomFor(c, i, all, want)
}

// namespaceWish is a namespace as it is to be.
type namespaceWish struct {
	Name string `json:"Namespace"`
	Spec *spec  `json:"ResourceSpec,omitempty"`
}

// takeOver says what a namespace means that has the name already.
func (p *plan) takeOver(ns *namespace, i *instance) error {
	p.current, p.before = ns, ns.describe(i)
	if !p.now.matches() {
		return hinting(withDetails(refuse("NamespaceConflict", byExistence, steps.ExitExists,
			"there is a namespace %s already, and it is not what is asked for: %s", ns.Name, ns.describe(i)), ns),
			"change it with modify-namespace-spec, or choose another --name")
	}
	p.noop = noop{fmt.Sprintf("namespace %s is what is asked for", ns.Name), map[string]any{"ExistingNamespace": ns}}
	return nil
}

// roomFor refuses a namespace that the instance cannot take (facts C10, F8).
func roomFor(c cloud, i *instance, all []namespace, want *spec) error {
	if !i.ready() {
		return unready(c, i)
	}
	if want == nil {
		if i.Charge == pre {
			return withDetails(refuse("MissingParameter", byInput, steps.ExitUsage,
				"--cpu and --memory-gb are required: instance %s is a Subscription", i.ID), i)
		}
		return nil
	}
	if room := capacityOf(i, all); !room.holds(*want) {
		return tooLittle(i, room, *want)
	}
	return nil
}

func tooLittle(i *instance, room capacity, want spec) *steps.Error {
	return hinting(blocked("InsufficientResources", map[string]any{"requested": want, "instance_total": room.Total, "allocated": room.Allocated},
		"instance %s has %s, of which %s are given away: %s do not fit", i.ID, room.Total, &room.Allocated, &want),
		"make the instance larger, or other namespaces smaller")
}

// existence holds ns, nil if it is not there, against a namespace that is to be (facts E1).
func (ns *namespace) existence(i *instance, name string, want *spec) sight {
	if ns == nil {
		return noNamespace(name)
	}
	s := ns.sight()
	s.fields = []field{is("Namespace", name, ns.Name)}
	if want != nil {
		s.fields = append(s.fields, is("ResourceSpec", want, ns.effective(i)))
	}
	return s
}

// noNamespace is what a look says that finds none.
func noNamespace(name string) sight {
	return missing(is("Namespace", name, "absent"), "no page of DescribeNamespaces has it")
}

// sight is what every look at a namespace says.
func (ns *namespace) sight() sight {
	s := sight{state: inJSON(ns), status: ns.Status, ready: ns.Status == success, after: ns, evidence: "DescribeNamespaces has " + ns.Name}
	switch ns.Status {
	case success:
	case "FAILED":
		s.failed = "the namespace is FAILED"
	case deleting:
		s.failed = "the namespace is being deleted"
	default:
		s.reason = "not_ready"
	}
	return s
}

// seeNamespace looks for a namespace and judges it; what it is given is nil if there is none.
func (c cloud) seeNamespace(id, name string, judge func(*namespace) sight) func(ctx context.Context) (sight, error) {
	return func(ctx context.Context) (sight, error) {
		all, err := c.namespaces(ctx, id)
		if err != nil {
			return sight{}, err
		}
		return judge(named(all, name)), nil
	}
}

// describe is the namespace in a line.
func (ns *namespace) describe(i *instance) string {
	return fmt.Sprintf("%s, %s, %s", ns.Name, ns.effective(i), ns.Status)
}

func (c cloud) describeNamespacesCommand(id string) string {
	return "flink describe-namespaces --region-id " + runner.Quote(c.region) + " --instance-id " + runner.Quote(id)
}

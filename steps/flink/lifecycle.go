package flink

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"aligate/runner"
	"aligate/steps"
)

// The chains: several operations on one instance, each verified before the next begins (facts G3). A chain stops at the
// first that cannot be finished. Nothing is taken back: that would be another write, with a confirmation of its own.

var lifecycle = steps.Tool{
	Name: "lifecycle", Summary: "create an instance, tag it, untag it, delete it: all verified", Category: "SEVERAL", Changes: true,
	Description: "Creates a new instance, waits until it is ready, sets tags and takes them off, and deletes it, on that one\n" +
		"instance throughout. It needs --confirm and --force-confirmation. A step that cannot be finished ends it; what\n" +
		"costs money then, and the command that deletes it, is printed.",
	Example: "aligate flink lifecycle --region-id cn-hangzhou --name demo --instance-type PayAsYouGo --vpc-id vpc-1 --vswitch-id vsw-1 --cu-count 4",
	Params:  lifecycleFlags,
	Run:     runLifecycle,
}

var lifecycleFlags = slices.Concat([]steps.Param{regionID}, createFlags, []steps.Param{
	{Name: "tags", Default: "aligate:lifecycle", Repeat: true,
		Usage: "`TAGS` to set and take off: key:value, with commas between them (default: aligate:lifecycle)"},
	confirm, confirmForce}, patienceFlags[1:])

var lifecycleCreate = steps.Tool{
	Name: "lifecycle create", Summary: "create an instance and a namespace in it: both verified", Category: "SEVERAL", Changes: true,
	Description: "Completed only if both are there. It needs --confirm.",
	Example: "aligate flink lifecycle create --region-id cn-hangzhou --name demo --instance-type PayAsYouGo" +
		" --vpc-id vpc-1 --vswitch-id vsw-1 --cu-count 4 --namespace team-a",
	Params: lifecycleCreateFlags,
	Run:    runLifecycleCreate,
}

var lifecycleCreateFlags = slices.Concat([]steps.Param{regionID}, createFlags, []steps.Param{
	{Name: "namespace", Required: true, Check: checkName, Usage: "`NAME` of the namespace"},
	{Name: "namespace-cpu", Check: checkCount, Usage: "`N` cores of the namespace"},
	{Name: "namespace-memory-gb", Check: checkCount, Usage: "`N` GB of memory of the namespace: four a core"},
	confirm}, patienceFlags[1:])

// chain is several operations on one instance.
type chain struct {
	cloud
	// name and params are those of its command.
	name   string
	params []steps.Param
	v      steps.Values
	// id is the instance, "" until it is made; gone is set when it is deleted again.
	id   string
	gone bool
	rows []chainStep
}

// chainStep is one row of the account of a chain.
type chainStep struct {
	Step   string  `json:"step"`
	Status string  `json:"status"`
	Reason string  `json:"reason"`
	Report *report `json:"report,omitempty"`
}

// notExecuted is the status of the steps behind one that could not be finished.
const notExecuted = "not executed"

// part is one step of a chain: it returns how it ended.
type part struct {
	name, summary string
	do            func(ctx context.Context) (*result, string, error)
}

func runLifecycle(ctx context.Context, env *steps.Env) (steps.Outcome, error) {
	c := &chain{cloud: cloudOf(env, env.Values), name: "lifecycle", params: lifecycleFlags, v: env.Values}
	if len(c.v["tags"]) == 0 {
		c.v = with(c.v, "tags", "aligate:lifecycle")
	}
	tags, problems := tagsOf(c.v)
	if problems = append(createProblems(c.v), problems...); len(problems) > 0 {
		return steps.Outcome{}, wrong(problems)
	}
	warnOfLeft(env)
	if !c.v.Is("confirm") || !c.v.Is("force-confirmation") {
		return c.unconfirmed(ctx, "--confirm", "--force-confirmation")
	}
	keys := make([]string, len(tags))
	for i, t := range tags {
		keys[i] = t.key
	}
	return c.run(ctx, []part{
		{"create", "a new instance", c.create},
		{"ready", "until it is RUNNING", c.ready},
		{"tag-resources", "set tags", c.does("tag-resources", "resource-ids", "tags", strings.Join(c.v["tags"], ","))},
		{"list-tags", "the tags are there", c.listed(tags, true)},
		{"untag-resources", "take them off", c.does("untag-resources", "resource-ids", "tag-keys", strings.Join(keys, ","))},
		{"list-tags", "the tags are gone", c.listed(tags, false)},
		{"describe", "it is still there", c.present},
		{"delete", "the instance", c.remove},
		{"absent", "it is gone", c.absent},
	})
}

func runLifecycleCreate(ctx context.Context, env *steps.Env) (steps.Outcome, error) {
	c := &chain{cloud: cloudOf(env, env.Values), name: "lifecycle create", params: lifecycleCreateFlags, v: env.Values}
	if problems := append(createProblems(c.v), specProblems(c.v, "namespace-cpu", "namespace-memory-gb")...); len(problems) > 0 {
		return steps.Outcome{}, wrong(problems)
	}
	warnOfLeft(env)
	if !c.v.Is("confirm") {
		return c.unconfirmed(ctx, "--confirm")
	}
	return c.run(ctx, []part{
		{"create", "the instance", c.createOrTake},
		{"ready", "until it is RUNNING", c.ready},
		{"create-namespace", "the namespace", c.namespace},
	})
}

// unconfirmed shows what creating would be: everything else follows from it.
func (c *chain) unconfirmed(ctx context.Context, flags ...string) (steps.Outcome, error) {
	r := operationNamed("create").execute(ctx, c.env, with(c.v, "confirm"), alone)
	if r.preview == nil {
		return r.outcome()
	}
	r.preview.Operation, r.preview.Flag = c.name, strings.Join(flags, " ")
	v := c.v
	for _, flag := range flags {
		v = with(v, strings.TrimPrefix(flag, "--"), "true")
	}
	r.preview.Command = commandLine(c.env, c.name, c.params, v)
	r.fault.Message = fmt.Sprintf("this would %s, and what follows; it needs %s", r.preview.Change, strings.Join(flags, " and "))
	r.fault.Hints = []string{"go on with: " + r.preview.Command}
	return r.outcome()
}

// run does the parts in order, up to the first that cannot be finished.
func (c *chain) run(ctx context.Context, parts []part) (steps.Outcome, error) {
	var failed error
	for _, p := range parts {
		row := chainStep{Step: p.name, Status: notExecuted, Reason: "an earlier step could not be finished"}
		if failed == nil {
			var r *result
			failed = c.env.Stage(ctx, p.name, p.summary, func(ctx context.Context) (string, error) {
				var said string
				var err error
				r, said, err = p.do(ctx)
				row.Status, row.Reason = completed, said
				return said, err
			})
			if r != nil {
				row.Report = &r.Report
			}
			if failed != nil {
				fault := faultOf(ctx, failed, "")
				row.Status, row.Reason, failed = incomplete, fault.Code, fault
			}
		}
		c.rows = append(c.rows, row)
	}
	return c.outcome(failed)
}

// outcome is the account of the chain.
func (c *chain) outcome(failed error) (steps.Outcome, error) {
	out := steps.Outcome{
		Summary: fmt.Sprintf("%s went through %s", c.id, steps.Count(len(c.rows), "step")),
		Data:    map[string]any{"instance_id": c.id, "final_status": completed, "steps": c.rows},
		Text: func() string {
			return table("", "STEP STATUS REASON", c.rows, func(s chainStep) []any { return []any{s.Step, strings.ReplaceAll(s.Status, " ", "_"), s.Reason} })
		},
		Keys: map[string]any{"success": failed == nil},
	}
	if failed == nil {
		return out, nil
	}
	data := out.Data.(map[string]any)
	data["final_status"] = incomplete
	var fault *steps.Error
	if !errors.As(failed, &fault) || c.id == "" || c.gone {
		return out, failed
	}
	// Something was made, and nobody takes it back.
	remove := c.env.Command("flink delete --region-id " + runner.Quote(c.region) + " --instance-id " + runner.Quote(c.id) + " --force-confirmation")
	data["billing"], data["delete_command"] = c.id, remove
	stopped := *fault
	if stopped.Exit == steps.ExitFailed || stopped.Exit == steps.ExitMissing || stopped.Exit == steps.ExitExists {
		stopped.Exit = steps.ExitIncomplete
	}
	stopped.Changed = strings.TrimPrefix(fault.Changed+"; ", "; ") + "instance " + c.id + " is there and costs money"
	stopped.Hints = append(slices.Clone(fault.Hints), "delete it with: "+remove)
	return out, &stopped
}

// execute carries one write of the chain out, on the instance of the chain and no other.
func (c *chain) execute(ctx context.Context, name string, v steps.Values, as role) (*result, string, error) {
	r := operationNamed(name).execute(ctx, c.env, v, as)
	if r.fault != nil {
		return r, "", r.fault
	}
	if id := r.Report.Target.Instance; c.id != "" && id != c.id {
		return r, "", refuse("OtherInstance", byAmbiguity, steps.ExitIncomplete, "the chain is about %s, and %s was about %q", c.id, name, id)
	}
	return r, r.Report.Reason, nil
}

// create makes the instance. One that is there already, or that has appeared although no call can have made it, is not
// ours to delete (facts G3).
func (c *chain) create(ctx context.Context) (*result, string, error) {
	r, said, err := c.make(ctx, passing)
	if err == nil && !r.ours {
		taken := r.Report.Target.Instance
		c.id = ""
		err = refuse("InstanceExists", byExistence, steps.ExitExists,
			"there is an instance %s of this name already (%s): a lifecycle deletes only what it has made", c.v.One("name"), taken)
	}
	return r, said, err
}

// createOrTake makes the instance, or takes the one that is what is asked for.
func (c *chain) createOrTake(ctx context.Context) (*result, string, error) {
	return c.make(ctx, linked)
}

func (c *chain) make(ctx context.Context, as role) (*result, string, error) {
	r, said, err := c.execute(ctx, "create", c.v, as)
	c.id = r.Report.Target.Instance
	if err == nil {
		said = c.id + ": " + said
	}
	return r, said, err
}

// ready waits until the instance can be worked with.
func (c *chain) ready(ctx context.Context) (*result, string, error) {
	wait := steps.Wait{What: "instance " + c.id + " to run", Every: seconds(c.v, "poll-interval", 30), For: seconds(c.v, "wait-timeout", 600)}
	err := c.env.Poll(ctx, wait, func(ctx context.Context) (steps.State, error) {
		i, err := c.instance(ctx, c.id)
		switch {
		case err != nil:
			return steps.State{}, err
		case i == nil:
			return steps.State{Text: "absent"}, nil
		case i.broken() != "":
			return steps.State{}, refuse("InstanceBroken", byBusiness, steps.ExitIncomplete, "instance %s will not become ready: %s", c.id, i.broken())
		}
		return steps.State{Text: i.state(), Done: i.ready()}, nil
	})
	var late *steps.WaitError
	if errors.As(err, &late) {
		err = hinting(withDetails(refuse("NotReady", byTransient, steps.ExitIncomplete,
			"%s", late.Error()), nil),
			"look again: "+c.env.Command(c.describeCommand(c.id)))
	}
	return nil, running, err
}

// does is the part that carries out the write called name; target is the flag that names the instance.
func (c *chain) does(name, target, flag, value string) func(ctx context.Context) (*result, string, error) {
	return func(ctx context.Context) (*result, string, error) {
		v := with(with(with(c.v, target, c.id), flag, value), "resource-type", resourceType)
		return c.execute(ctx, name, v, linked)
	}
}

// listed is the part that looks whether tags are there, or gone.
func (c *chain) listed(want []keyValue, there bool) func(ctx context.Context) (*result, string, error) {
	return func(ctx context.Context) (*result, string, error) {
		tags, err := c.tags(ctx, c.id)
		if err != nil {
			return nil, "", err
		}
		for _, t := range want {
			if value, ok := tags[t.key]; ok != there || there && value != t.value {
				return nil, "", refuse("TagsDiffer", byAmbiguity, steps.ExitIncomplete, "tag %s of %s is %q, and should not", t.key, c.id, value)
			}
		}
		return nil, tagText(tags), nil
	}
}

func (c *chain) present(ctx context.Context) (*result, string, error) {
	i, err := c.existing(ctx, c.id)
	if err != nil {
		return nil, "", err
	}
	return nil, i.String(), nil
}

func (c *chain) remove(ctx context.Context) (*result, string, error) {
	v := with(with(c.v, "instance-id", c.id), "wait", "true")
	r, said, err := c.execute(ctx, "delete", v, linked)
	c.gone = err == nil
	return r, said, err
}

func (c *chain) absent(ctx context.Context) (*result, string, error) {
	s, err := c.seeAbsent(ctx, c.id)
	if err == nil && !s.matches() {
		c.gone = false
		err = refuse("StillThere", byAmbiguity, steps.ExitIncomplete, "instance %s is %s after its deletion", c.id, s.status)
	}
	return nil, s.evidence, err
}

func (c *chain) namespace(ctx context.Context) (*result, string, error) {
	v := with(with(with(c.v, "instance-id", c.id), "name", c.v.One("namespace")), "wait", "true")
	delete(v, "cpu")
	delete(v, "memory-gb")
	for _, flag := range []string{"cpu", "memory-gb"} {
		if given := c.v["namespace-"+flag]; len(given) > 0 {
			v = with(v, flag, given...)
		}
	}
	return c.execute(ctx, "create-namespace", v, linked)
}

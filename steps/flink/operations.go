package flink

import (
	"context"
	"slices"
	"strings"

	"aligate/jq"
	"aligate/steps"
)

// operation is one of the fifteen: a read, or a write.
type operation struct {
	// name is the command.
	name        string
	summary     string
	description string
	example     string
	// flag confirms a write; a read has none (facts B3).
	flag string
	// action is the RAM action that it needs, without "stream:" (facts G7); "" where none is documented (facts F26).
	action string
	params []steps.Param
	// check finds problems between flags; it starts nothing.
	check func(v steps.Values) []steps.Problem
	// each is the flag that may name several targets, each of which is a write of its own.
	each string
	// read does a read.
	read func(ctx context.Context, c cloud, v steps.Values) (steps.Outcome, error)
	// plan works a write out.
	plan func(ctx context.Context, c cloud, v steps.Values) (*plan, error)
}

// operations are the fifteen (facts C), in the order of help: a new one is a row here, and its read or its plan.
var operations = []operation{
	{
		name: "describe", summary: "list the instances of a region, or show one", action: "DescribeVvpInstances",
		description: "Reads every page. With --instance-id, an instance that is not there is exit 5.",
		example:     "aligate flink describe --region-id cn-hangzhou",
		params: []steps.Param{regionID,
			{Name: "instance-id", Check: checkID, Usage: "only the instance with this `ID`"},
			{Name: "name", Check: checkName, Usage: "only instances with this `NAME`"},
		},
		read: describe,
	},
	{
		name: "create", summary: "create an instance", flag: "confirm", action: "CreateVvpInstance",
		description: "An instance with this name that is what is asked for is success; any other is a conflict. The price is shown\n" +
			"before --confirm is given. The service knows no client token: two commands at the same time may both create.",
		example: "aligate flink create --region-id cn-hangzhou --name demo --instance-type PayAsYouGo --vpc-id vpc-1 --vswitch-id vsw-1 --cu-count 4",
		params:  slices.Concat([]steps.Param{regionID}, createFlags, []steps.Param{confirm}), check: createProblems, plan: planCreate,
	},
	{
		name: "modify-spec", summary: "change the resources of an instance", flag: "confirm-price", action: "ModifyVvpInstanceSpec",
		description: "A CU is one core and four GB. Less than its namespaces have is refused.",
		example:     "aligate flink modify-spec --region-id cn-hangzhou --instance-id f-cn-abc --new-cu-count 12",
		params: []steps.Param{regionID, instanceID,
			{Name: "new-cu-count", Required: true, Check: checkCount, Usage: "`N` CU that the instance is to have"}, confirmPrice},
		plan: planModifySpec,
	},
	{
		name: "delete", summary: "delete pay-as-you-go instances", flag: "force-confirmation", action: "DeleteVvpInstance", each: "instance-id",
		description: "Subscriptions, protected instances and instances with namespaces of their own are refused. An instance that is\n" +
			"not there, in the filtered list and in the whole one, is success.",
		example: "aligate flink delete --region-id cn-hangzhou --instance-id f-cn-abc",
		params:  []steps.Param{regionID, instanceIDs, confirmForce}, plan: planDelete,
	},
	{
		name: "renew", summary: "renew a subscription", flag: "confirm", action: "RenewVvpInstance",
		description: "Each time it is sent, the subscription grows by the period: it is never sent twice unless nothing was done.",
		example:     "aligate flink renew --region-id cn-hangzhou --instance-id f-cn-abc --period 3",
		params:      []steps.Param{regionID, instanceID, required(period), confirm}, plan: planRenew,
	},
	{
		name: "convert", summary: "change how an instance is paid for", flag: "confirm-price", action: "ConvertVvpInstance",
		description: "To Subscription, every namespace gets what it has now; to PayAsYouGo, the rest of the subscription is refunded.",
		example:     "aligate flink convert --region-id cn-hangzhou --instance-id f-cn-abc --target-type Subscription --period 1",
		params: []steps.Param{regionID, instanceID,
			{Name: "target-type", Required: true, Check: steps.OneOf("Subscription", "PayAsYouGo"), Usage: "`TYPE`: Subscription or PayAsYouGo"},
			period, autoRenew, confirmPrice},
		check: convertProblems, plan: planConvert,
	},
	{
		name: "describe-namespaces", summary: "list the namespaces of an instance", action: "DescribeVvpNamespaces",
		description: "Reads every page. Exit 5 if there is no such instance.",
		example:     "aligate flink describe-namespaces --region-id cn-hangzhou --instance-id f-cn-abc",
		params:      []steps.Param{regionID, instanceID}, read: describeNamespaces,
	},
	{
		name: "create-namespace", summary: "create a namespace in an instance", flag: "confirm", action: "CreateVvpNamespace",
		description: "Resources are required in a subscription, and must fit in what is left of it.",
		example:     "aligate flink create-namespace --region-id cn-hangzhou --instance-id f-cn-abc --name team-a --cpu 2 --memory-gb 8",
		params:      []steps.Param{regionID, instanceID, namespaceName, cpu, memory, confirm},
		check:       func(v steps.Values) []steps.Problem { return specProblems(v, "cpu", "memory-gb") }, plan: planCreateNamespace,
	},
	{
		name: "modify-namespace-spec", summary: "change the resources of a namespace", flag: "confirm", action: "ModifyVvpNamespaceSpec",
		description: "In a pay-as-you-go instance, --cpu and --memory-gb are the elastic limit; in a subscription they are what is\n" +
			"guaranteed; an instance with both takes --guaranteed-cpu and --guaranteed-memory-gb besides.",
		example: "aligate flink modify-namespace-spec --region-id cn-hangzhou --instance-id f-cn-abc --name team-a --cpu 3 --memory-gb 12 --ha false",
		params: []steps.Param{regionID, instanceID, namespaceName, required(cpu), required(memory),
			{Name: "guaranteed-cpu", Check: checkCount, Usage: "`N` guaranteed cores"},
			{Name: "guaranteed-memory-gb", Check: checkCount, Usage: "`N` GB of guaranteed memory: four a core"},
			{Name: "ha", Required: true, Check: checkSwitch, Usage: "`BOOL`: whether the namespace is highly available; the service wants to be told"},
			confirm},
		check: modifyNamespaceProblems, plan: planModifyNamespace,
	},
	{
		name: "delete-namespace", summary: "delete namespaces of an instance", flag: "confirm", action: "DeleteVvpNamespace", each: "name",
		description: "The namespaces that the service made itself are kept, and so are those in which something runs.",
		example:     "aligate flink delete-namespace --region-id cn-hangzhou --instance-id f-cn-abc --name team-a",
		params: []steps.Param{regionID, instanceID,
			{Name: "name", Required: true, Repeat: true, Check: checkName, Usage: "`NAME` of the namespace; several times for several, in this order"},
			{Name: "confirm-no-running-jobs", Bool: true, Usage: "nothing runs in it, although the service does not say so"}, confirm},
		plan: planDeleteNamespace,
	},
	{
		name: "tag-resources", summary: "set tags of instances", flag: "confirm", action: "TagVvpResources", each: "resource-ids",
		description: "Each instance is a call of its own. A value may hold colons, and no comma.",
		example:     "aligate flink tag-resources --region-id cn-hangzhou --resource-type vvpinstance --resource-ids f-cn-abc --tags env:prod,team:data",
		params:      []steps.Param{regionID, resourceKind, resourceIDs, tagsFlag, confirm}, check: tagProblems, plan: planTag,
	},
	{
		name: "list-tags", summary: "list the tags of instances", action: "QueryTagVvpResources",
		description: "Of all instances of the region, or of those named.",
		example:     "aligate flink list-tags --region-id cn-hangzhou --resource-type vvpinstance --resource-ids f-cn-abc",
		params:      []steps.Param{regionID, resourceKind, optional(resourceIDs)}, read: listTags,
	},
	{
		name: "untag-resources", summary: "take tags off instances", flag: "confirm", action: "UnTagVvpResources", each: "resource-ids",
		description: "Each instance is a call of its own. Only the keys named go: there is no way to take all.",
		example:     "aligate flink untag-resources --region-id cn-hangzhou --resource-type vvpinstance --resource-ids f-cn-abc --tag-keys env,team",
		params: []steps.Param{regionID, resourceKind, resourceIDs,
			{Name: "tag-keys", Required: true, Repeat: true, Usage: "`KEYS`, with commas between them"}, confirm},
		check: untagProblems, plan: planUntag,
	},
	{
		name: "describe-regions", summary: "list the regions that have Flink",
		description: "The only command without --region-id.",
		example:     "aligate flink describe-regions", read: describeRegions,
	},
	{
		name: "describe-zones", summary: "list the zones of a region",
		description: "The zone of an instance follows from its vswitch.",
		example:     "aligate flink describe-zones --region-id cn-hangzhou",
		params:      []steps.Param{regionID}, read: describeZones,
	},
}

// operationNamed returns the operation called name, in either spelling, nil if there is none.
func operationNamed(name string) *operation {
	for i := range operations {
		if underscored(operations[i].name) == underscored(name) {
			return &operations[i]
		}
	}
	return nil
}

func required(p steps.Param) steps.Param { p.Required = true; return p }
func optional(p steps.Param) steps.Param { p.Required = false; return p }

// writes reports whether o changes something.
func (o *operation) writes() bool { return o.plan != nil }

// flags are the flags of the command.
func (o *operation) flags() []steps.Param {
	if !o.writes() {
		return o.params
	}
	return slices.Concat(o.params, patienceFlags)
}

// tool is the command of o.
func (o *operation) tool() steps.Tool {
	category := "READS"
	if o.writes() {
		category = "WRITES"
	}
	return steps.Tool{
		Name: o.name, Summary: o.summary, Description: o.description, Example: o.example, Category: category,
		Params: o.flags(), Changes: o.writes(),
		Run: func(ctx context.Context, env *steps.Env) (steps.Outcome, error) { return o.run(ctx, env) },
	}
}

func (o *operation) run(ctx context.Context, env *steps.Env) (steps.Outcome, error) {
	if problems := o.problems(env.Values); len(problems) > 0 {
		return steps.Outcome{}, wrong(problems)
	}
	go jq.Preload("flink") // while the first call is on its way
	if !o.writes() {
		out, err := o.read(ctx, cloudOf(env, env.Values), env.Values)
		if err != nil {
			return out, faultOf(ctx, err, o.action)
		}
		return out, nil
	}
	warnOfLeft(env)
	items := o.items(env.Values)
	if len(items) == 1 {
		return o.execute(ctx, env, items[0].values, alone).outcome()
	}
	return runItems(ctx, env, o.name, items, false)
}

// problems are those between the flags; each alone has been looked at before.
func (o *operation) problems(v steps.Values) []steps.Problem {
	if o.check == nil {
		return nil
	}
	return o.check(v)
}

// wrong is the error of wrong flags.
func wrong(problems []steps.Problem) *steps.Error {
	fault := steps.Usage(problems...)
	fault.Category = byInput
	return fault
}

// items are the writes that v asks for: one for each target.
func (o *operation) items(v steps.Values) []item {
	if o.each == "" {
		return []item{{op: o, label: labelOf(v), values: v}}
	}
	var items []item
	for _, value := range allFields(v, o.each) {
		one := with(v, o.each, value)
		items = append(items, item{op: o, label: labelOf(one), values: one})
	}
	return items
}

// labelOf names what a write is about: the instance, the namespace in it, the instance that is to be.
func labelOf(v steps.Values) string {
	words := slices.Concat(v["instance-id"], v["resource-ids"], v["name"])
	return strings.Join(words, "/")
}

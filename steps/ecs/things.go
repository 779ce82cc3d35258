package ecs

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"aligate/jq"
	"aligate/steps"
)

// Tags of everything that is made. runTag holds the run: it finds what a lost answer has made, and proves whose it is.
// ownTag marks what may be used by several runs, because no run deletes it on its own (ecs-facts 5, 21 and 25).
const (
	runTag = "aligate-run"
	ownTag = "aligate"
	shared = "shared"
)

// thing is a kind of resource that a run makes: a row of the table below.
type thing struct {
	// name is the word in ledgers and documents, title the one of the resource summary (seed 001).
	name, title string
	product     string
	create      string
	delete      string
	// idParam names the id in the call that deletes it; more goes with it.
	idParam string
	more    []pair
	// id reads the id out of the reply to create.
	id func(reply any) (string, error)
	// patience is how long deleting it is tried (ecs-facts 3).
	patience time.Duration
	// final is set if the service deletes it before it answers: that it did so is proof enough for an account that may
	// not list them (ecs-facts 5, 39).
	final bool
	// status looks for it by id; there is false if the service does not list it.
	status func(ctx context.Context, r reader, id string) (status string, there bool, err error)
	// tagged lists what carries the run's tag.
	tagged func(ctx context.Context, r reader, run string, about itemData) ([]string, error)
	// holds asks for the instances in it; nil if none can be.
	holds func(id string) instanceFilter
}

// things in the order in which they are released: each can only go when those before it are gone.
var things = []thing{
	{
		name: "instance", title: "ECS", product: "ecs", create: "RunInstances", delete: "DeleteInstances",
		idParam: "InstanceId.1", more: []pair{{"Force", "true"}}, id: onlyInstance, patience: 10 * time.Minute,
		status: func(ctx context.Context, r reader, id string) (string, bool, error) {
			rows, err := r.instances(ctx, instanceFilter{IDs: []string{id}})
			return first(rows, err, func(i instance) string { return i.Status })
		},
		tagged: func(ctx context.Context, r reader, run string, _ itemData) ([]string, error) {
			rows, err := r.instances(ctx, instanceFilter{TagKey: runTag, TagValue: run})
			return ofRun(rows, err, run, func(i instance) (string, string, map[string]string) { return i.ID, i.Name, i.Tags })
		},
	},
	{
		name: "security-group", title: "SecurityGroup", product: "ecs", create: "CreateSecurityGroup", delete: "DeleteSecurityGroup",
		idParam: "SecurityGroupId", id: field("SecurityGroupId"), patience: 5 * time.Minute, final: true,
		status: func(ctx context.Context, r reader, id string) (string, bool, error) {
			rows, err := r.securityGroups(ctx, "", id)
			return first(rows, err, func(securityGroup) string { return "" })
		},
		tagged: func(ctx context.Context, r reader, run string, about itemData) ([]string, error) {
			rows, err := r.securityGroups(ctx, about.VPC)
			return ofRun(rows, err, run, func(g securityGroup) (string, string, map[string]string) { return g.ID, g.Name, g.Tags })
		},
		holds: func(id string) instanceFilter { return instanceFilter{SecurityGroup: id} },
	},
	{
		name: "vswitch", title: "VSwitch", product: "vpc", create: "CreateVSwitch", delete: "DeleteVSwitch",
		idParam: "VSwitchId", id: field("VSwitchId"), patience: 5 * time.Minute,
		status: func(ctx context.Context, r reader, id string) (string, bool, error) {
			rows, err := r.vswitches(ctx, "", id)
			return first(rows, err, func(s vswitch) string { return s.Status })
		},
		tagged: func(ctx context.Context, r reader, run string, about itemData) ([]string, error) {
			rows, err := r.vswitches(ctx, about.VPC)
			return ofRun(rows, err, run, func(s vswitch) (string, string, map[string]string) { return s.ID, s.Name, s.Tags })
		},
		holds: func(id string) instanceFilter { return instanceFilter{VSwitch: id} },
	},
	{
		name: "vpc", title: "VPC", product: "vpc", create: "CreateVpc", delete: "DeleteVpc",
		idParam: "VpcId", id: field("VpcId"), patience: 5 * time.Minute,
		status: func(ctx context.Context, r reader, id string) (string, bool, error) {
			rows, err := r.vpcs(ctx, "", id)
			return first(rows, err, func(v vpc) string { return v.Status })
		},
		tagged: func(ctx context.Context, r reader, run string, _ itemData) ([]string, error) {
			rows, err := r.vpcs(ctx, "")
			return ofRun(rows, err, run, func(v vpc) (string, string, map[string]string) { return v.ID, v.Name, v.Tags })
		},
		holds: func(id string) instanceFilter { return instanceFilter{VPC: id} },
	},
}

// thingOf returns the row called name, and its place in the order of release.
func thingOf(name string) (*thing, int) {
	at := slices.IndexFunc(things, func(t thing) bool { return t.name == name })
	if at < 0 {
		return nil, -1
	}
	return &things[at], at
}

// itemData is what a ledger keeps of a thing beside its id.
type itemData struct {
	// VPC is where it is, for what is in one.
	VPC string `json:"vpc,omitempty"`
	// About is shown in the resource summary, e.g. the instance type.
	About string `json:"about,omitempty"`
	// Reused is set if the run found it there and only uses it.
	Reused bool `json:"reused,omitempty"`
}

func dataOf(item steps.Item) itemData {
	var data itemData
	_ = json.Unmarshal(item.Data, &data) // ours; an empty one is as good as none
	return data
}

// field reads an id at the top of a reply.
func field(name string) func(any) (string, error) {
	return func(reply any) (string, error) {
		return jq.Into[string]("ecs/id", reply, map[string]any{"field": name})
	}
}

// onlyInstance reads the one id in the reply of RunInstances.
func onlyInstance(reply any) (string, error) { return jq.Into[string]("ecs/instance-id", reply, nil) }

// first is the state of the only row, if there is one.
func first[T any](rows []T, err error, status func(T) string) (string, bool, error) {
	if err != nil || len(rows) == 0 {
		return "", false, err
	}
	return status(rows[0]), true, nil
}

// ofRun returns the ids of the rows that are the run's, whatever the service made of the filter: they carry its tag, or,
// where a list shows no tags, its name.
func ofRun[T any](rows []T, err error, run string, of func(T) (id, name string, tags map[string]string)) ([]string, error) {
	var ids []string
	for _, row := range rows {
		if id, name, tags := of(row); tags[runTag] == run || len(tags) == 0 && name == nameOf(run) {
			ids = append(ids, id)
		}
	}
	return ids, err
}

// nameOf is what the things of a run are called.
func nameOf(run string) string { return "aligate-" + run }

package ecs

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"aligate/runner"
	"aligate/steps"
)

// instanceFilter says which instances are looked for; all that is given must hold. A TagKey alone is any value.
type instanceFilter struct {
	IDs              []string
	TagKey, TagValue string
	VPC              string
	VSwitch          string
	SecurityGroup    string
	Name             string
}

// empty tells whether f would let everything through: an id that is empty is as good as none.
func (f instanceFilter) empty() bool {
	return slices.Contains(f.IDs, "") || len(f.IDs) == 0 && f.TagKey+f.VPC+f.VSwitch+f.SecurityGroup+f.Name == ""
}

// matches tells whether i is what was asked for.
func (f instanceFilter) matches(i instance) bool {
	value, tagged := i.Tags[f.TagKey]
	return (len(f.IDs) == 0 || slices.Contains(f.IDs, i.ID)) && asked(f.VPC, i.VPC) && asked(f.VSwitch, i.VSwitch) &&
		(f.SecurityGroup == "" || slices.Contains(i.SecurityGroups, f.SecurityGroup)) &&
		(f.TagKey == "" || tagged && asked(f.TagValue, value))
}

// instances lists the instances that f describes. An empty filter is refused: it would list them all (ecs-facts 2.11).
// An instance that does not exist is not in the list. Names are compared here, exactly.
func (r reader) instances(ctx context.Context, f instanceFilter) ([]instance, error) {
	if f.empty() {
		return nil, refuse("DescribeInstances", "an id or another filter")
	}
	var all []instance
	for ids := range chunks(f.IDs, mostInstances) {
		pairs := []pair{{"Tag.1.Key", f.TagKey}, {"VpcId", f.VPC}, {"VSwitchId", f.VSwitch}, {"SecurityGroupId", f.SecurityGroup}, {"InstanceName", f.Name}}
		if f.TagKey != "" {
			pairs = append(pairs, pair{"Tag.1.Value", f.TagValue})
		}
		if ids != nil {
			pairs = append(pairs, pair{"InstanceIds", jsonList(ids)})
		}
		c := r.ecs("DescribeInstances", pairs...)
		some, err := tokens(ctx, r, "instances", c, instancePage, func(i instance) string { return i.ID })
		if err != nil {
			return nil, err
		}
		if err := checkAsked(c, some, func(i instance) string { return unless(f.matches(i), i.ID) }); err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return slices.DeleteFunc(all, func(i instance) bool { return !asked(f.Name, i.Name) }), nil
}

// agentRow is what the service knows of the Cloud Assistant agent of an instance.
type agentRow struct {
	Instance string `json:"instance"`
	Ready    bool   `json:"ready"`
	Version  string `json:"version"`
}

// agent tells whether commands can be run on an instance. One whose agent has not reported yet is not ready.
func (r reader) agent(ctx context.Context, instance string) (ready bool, version string, err error) {
	if instance == "" {
		return false, "", refuse("DescribeCloudAssistantStatus", "an instance")
	}
	c := r.ecs("DescribeCloudAssistantStatus", pair{"InstanceId.1", instance})
	rows, err := read[[]agentRow](ctx, r, "agent", c, nil)
	if err != nil {
		return false, "", err
	}
	if err := checkAsked(c, rows, func(a agentRow) string { return unless(a.Instance == instance, a.Instance) }); err != nil {
		return false, "", err
	}
	if len(rows) == 0 {
		return false, "", nil
	}
	return rows[0].Ready, rows[0].Version, nil
}

// invocations lists the invocations with an id, or on an instance, or both, newest first as the service has them.
// Without either it is refused: the history is not ours (ecs-facts 5.28).
func (r reader) invocations(ctx context.Context, invokeID, instance string) ([]invocation, error) {
	if invokeID == "" && instance == "" {
		return nil, refuse("DescribeInvocations", "an invocation or an instance")
	}
	c := r.describeInvocations(invokeID, instance)
	rows, err := tokens(ctx, r, "invocations", c, invocationPage, func(i invocation) string { return i.ID + "\x00" + i.Instance })
	if err != nil {
		return nil, err
	}
	wrong := func(i invocation) string {
		switch {
		case !asked(invokeID, i.ID):
			return i.ID
		case i.Instance != "" && !asked(instance, i.Instance):
			return i.Instance
		}
		return ""
	}
	return rows, checkAsked(c, rows, wrong)
}

func (r reader) describeInvocations(invokeID, instance string) runner.Command {
	return r.ecs("DescribeInvocations", pair{"InvokeId", invokeID}, pair{"InstanceId", instance})
}

// invocation tells how a command stands on an instance. Both ids are required, and are those of the answer. One that
// the service does not know, perhaps not yet, is an error with the code InvocationUnknown.
func (r reader) invocation(ctx context.Context, invokeID, instance string) (invocation, error) {
	if invokeID == "" || instance == "" {
		return invocation{}, refuse("DescribeInvocations", "an invocation and an instance")
	}
	rows, err := r.invocations(ctx, invokeID, instance)
	switch {
	case err != nil:
		return invocation{}, err
	case len(rows) == 0:
		return invocation{}, noInvocation(invokeID, instance)
	case len(rows) > 1:
		return invocation{}, misread(r.describeInvocations(invokeID, instance), fmt.Sprintf("%d rows for one invocation on one instance", len(rows)), nil)
	}
	return rows[0], nil
}

// resultRow is result as the service sends it, Output in base64, and whose it is.
type resultRow struct {
	ID        string `json:"id"`
	Instance  string `json:"instance"`
	Status    string `json:"status"`
	ErrorCode string `json:"error_code"`
	ErrorInfo string `json:"error_info"`
	ExitCode  *int   `json:"exit_code"`
	Output    string `json:"output"`
	Dropped   int    `json:"dropped"`
	Finished  string `json:"finished"`
}

// result returns what a command left on an instance. Both ids are required, and are those of the answer. One that the
// service does not know, perhaps not yet, is an error with the code InvocationUnknown; output that is not base64 is
// one with the code UnreadableReply.
func (r reader) result(ctx context.Context, invokeID, instance string) (result, error) {
	if invokeID == "" || instance == "" {
		return result{}, refuse("DescribeInvocationResults", "an invocation and an instance")
	}
	c := r.ecs("DescribeInvocationResults", pair{"InvokeId", invokeID}, pair{"InstanceId", instance}, pair{"ContentEncoding", "Base64"})
	rows, err := tokens(ctx, r, "results", c, invocationPage, func(row resultRow) string { return row.ID + "\x00" + row.Instance })
	if err != nil {
		return result{}, err
	}
	wrong := func(row resultRow) string {
		return unless(row.ID == invokeID && row.Instance == instance, row.ID+" on "+row.Instance)
	}
	if err := checkAsked(c, rows, wrong); err != nil {
		return result{}, err
	}
	if len(rows) == 0 {
		return result{}, noInvocation(invokeID, instance)
	}
	row := rows[0]
	output, err := base64.StdEncoding.Strict().DecodeString(row.Output)
	if err != nil {
		return result{}, misread(c, "the output is not base64: "+strings.TrimPrefix(err.Error(), "illegal "), err)
	}
	return result{Status: row.Status, ErrorCode: row.ErrorCode, ErrorInfo: row.ErrorInfo, ExitCode: row.ExitCode, Output: output,
		Dropped: row.Dropped, Finished: row.Finished}, nil
}

// noInvocation is the error of an invocation that the service does not know.
func noInvocation(invokeID, instance string) error {
	return &steps.Error{Code: unknownInvocation, Exit: steps.ExitMissing, Message: fmt.Sprintf("the service knows no invocation %s on %s", invokeID, instance)}
}

package eas

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"aligate/runner"
	"aligate/steps"
)

// networkLink sets the VPC of a resource group.
var networkLink = steps.Tool{
	Name:    "network link",
	Summary: "attach a dedicated resource group to a VPC",
	Description: "Sets the VPC of a resource group (DLink): every service in it that has none of its own reaches that VPC. It shows\n" +
		"what is and what would be, and changes nothing without --confirm (exit 7). With it, it reads back what came of it;\n" +
		"exit 9 if that is not what was asked for.",
	Example: "aligate eas network link --region cn-hangzhou --resource eas-r-abc123 --vpc-id vpc-bp1abc --vswitch-id vsw-bp1abc --security-group-id sg-bp1abc --confirm",
	Uses:    []string{"region", "profile", "resource", "vpc-id", "vswitch-id", "security-group-id"},
	Params: []steps.Param{
		{Name: "destination-cidrs", Check: checkCIDRs, Usage: "`CIDRS` that are reached through the VPC, with commas between them, instead of those of the vswitches"},
		{Name: "confirm", Bool: true, Usage: "change it"},
	},
	Run: runNetworkLink,
}

// linkBody is what UpdateResourceDLink takes (eas-facts A.7): one of the last two decides the routes.
type linkBody struct {
	SecurityGroup string   `json:"SecurityGroupId"`
	VSwitch       string   `json:"VSwitchId"`
	VSwitches     []string `json:"VSwitchIdList,omitempty"`
	CIDRs         string   `json:"DestinationCIDRs,omitempty"`
}

func updateDLink(v steps.Values, resource string, body linkBody) (runner.Command, error) {
	raw, err := json.Marshal(body)
	c := builtin(v, "eas", "UpdateResourceDLink", "--ClusterId", v.One("region"), "--ResourceId", resource, "--body", string(raw))
	c.Effect, c.Kind, c.Slow = runner.Mutates, runner.Write, nil
	return c, err
}

// linkChange is what was and what is to be.
type linkChange struct {
	Resource string `json:"resource"`
	Before   dlink  `json:"before"`
	After    dlink  `json:"after"`
}

func runNetworkLink(ctx context.Context, env *steps.Env) (steps.Outcome, error) {
	v := env.Values
	if problems := linkProblems(v); len(problems) > 0 {
		return steps.Outcome{}, steps.Usage(problems...)
	}
	resource := v.One("resource")
	read := describeDLink(v, resource)
	before, err := one[dlink](ctx, env, "dlink", read)
	if err != nil {
		return steps.Outcome{}, unfound("resource group "+resource, read, err)
	}
	// What does not exist, or lies elsewhere, is found before anything is changed.
	r := &resolver{ctx: ctx, env: env, Values: v, vpc: v.One("vpc-id"), zones: 1, of: resource, strict: true}
	if _, err := r.chooseVSwitches(); err != nil {
		return steps.Outcome{}, err
	}
	if err := r.chooseSecurityGroup(); err != nil {
		return steps.Outcome{}, err
	}
	change := linkChange{Resource: resource, Before: before, After: wantedLink(v)}
	out := steps.Outcome{Data: change, Text: change.text}
	switch {
	case linkedAs(before, change.After) && before.CIDRs == change.After.CIDRs:
		out.Summary = resource + " is attached so already"
		return out, nil
	case !v.Is("confirm"):
		return out, &steps.Error{Code: "ConfirmationRequired", Exit: steps.ExitConfirm,
			Message: fmt.Sprintf("this changes the VPC of %s, and of every service in it that has none of its own", resource),
			Hints:   []string{"go on with: the same command and --confirm"}}
	}
	return link(ctx, env, change, read)
}

// linkProblems are what is missing, or does not go together.
func linkProblems(v steps.Values) []steps.Problem {
	var problems []steps.Problem
	for _, flag := range []string{"region", "resource", "vpc-id", "vswitch-id", "security-group-id"} {
		if v.One(flag) == "" || flag == "resource" && v.One(flag) == "dedicated" {
			problems = append(problems, steps.Problem{Where: "--" + flag, What: "is required"})
		}
	}
	if v.One("destination-cidrs") != "" && len(vswitchIDs(v)) > 1 {
		problems = append(problems, steps.Problem{Where: "--vswitch-id", What: "is one vswitch with --destination-cidrs: either vswitches or CIDRs decide the routes"})
	}
	return problems
}

// wantedLink is what the flags ask for.
func wantedLink(v steps.Values) dlink {
	ids := vswitchIDs(v)
	return dlink{VPC: v.One("vpc-id"), VSwitch: ids[0], More: ids[1:], SecurityGroup: v.One("security-group-id"), CIDRs: v.One("destination-cidrs")}
}

// link sends the change and reads back what came of it, once.
func link(ctx context.Context, env *steps.Env, change linkChange, read runner.Command) (steps.Outcome, error) {
	want := change.After
	body := linkBody{SecurityGroup: want.SecurityGroup, VSwitch: want.VSwitch, CIDRs: want.CIDRs}
	if body.CIDRs == "" {
		body.VSwitches = append([]string{want.VSwitch}, want.More...)
	}
	update, err := updateDLink(env.Values, change.Resource, body)
	if err != nil {
		return steps.Outcome{}, err
	}
	out := steps.Outcome{Data: change, Text: change.text}
	_, failed := env.Runner.Run(ctx, update)
	switch {
	case fatal(failed):
		return out, failed
	case failed != nil && !runner.Doubtful(failed):
		return out, steps.FromCall(failed)
	}
	got, err := one[dlink](ctx, env, "dlink", read)
	if err == nil {
		change.After = got
		out.Data, out.Text = change, change.text
	}
	if err != nil || !linkedAs(got, want) {
		return out, &steps.Error{Code: "OutcomeUnknown", Exit: steps.ExitIncomplete, Err: err, Message: "the change was sent, and reading it back does not show it yet",
			Changed: fmt.Sprintf("perhaps: the VPC of %s may have changed", change.Resource),
			Hints:   []string{"look again: " + runner.Quote(append([]string{"aliyun"}, read.Args...)...)}}
	}
	out.Summary = fmt.Sprintf("%s is attached to %s", change.Resource, got.VPC)
	return out, nil
}

// linkedAs reports whether a resource group is attached as it is to be. Where the routes are those of the
// vswitches, the order of the further ones does not matter.
func linkedAs(is, want dlink) bool {
	a, b := slices.Sorted(slices.Values(is.More)), slices.Sorted(slices.Values(want.More))
	return is.VPC == want.VPC && is.VSwitch == want.VSwitch && is.SecurityGroup == want.SecurityGroup &&
		(want.CIDRs == "" && slices.Equal(a, b) || want.CIDRs != "" && is.CIDRs == want.CIDRs)
}

func (c linkChange) text() string {
	return fmt.Sprintf("resource group %s\nbefore: %s\nafter:  %s", c.Resource, c.Before, c.After)
}

func (d dlink) String() string {
	if d.VPC == "" {
		return "no VPC"
	}
	text := fmt.Sprintf("%s, %s, %s", d.VPC, strings.Join(append([]string{d.VSwitch}, d.More...), " and "), d.SecurityGroup)
	if d.CIDRs != "" {
		text += ", to " + d.CIDRs
	}
	return text
}

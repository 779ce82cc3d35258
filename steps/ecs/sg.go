package ecs

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"aligate/steps"
)

var sgCreateTool = steps.Tool{
	Name: "sg create", Category: "STEPS", Summary: "make a security group that lets in what --ingress says",
	Description: "Nothing comes in unless a rule says so; everything may go out. Ports for management and databases are not opened to the\n" +
		"world without --allow-world.",
	Example: "aligate ecs sg create --region cn-hangzhou --vpc-id vpc-bp1abc --ingress 80/80,443/443,22/22@203.0.113.5/32",
	Uses:    []string{"region", "profile"}, Params: slices.Concat(networkParams[:1], ingressParams), Changes: true,
	Run: runSGCreate,
}

func runSGCreate(ctx context.Context, env *steps.Env) (steps.Outcome, error) {
	rules, problems := rulesOf(env.Values)
	for _, flag := range []string{"region", "vpc-id"} {
		if env.Values.One(flag) == "" {
			problems = append(problems, steps.Problem{Where: "--" + flag, What: "is required"})
		}
	}
	if len(problems) > 0 {
		return steps.Outcome{}, steps.Usage(problems...)
	}
	w, err := begin(env, env.Values.One("region"), about{Command: "sg create", Region: env.Values.One("region")})
	if err != nil {
		return steps.Outcome{}, err
	}
	f := &flow{work: w, mode: mode{command: "sg create"}}
	_, there, err := vpcStatus(ctx, w, env.Values.One("vpc-id"))
	if err == nil && !there {
		err = absent("VPC", env.Values.One("vpc-id"), w.region)
	}
	if err == nil {
		_, err = w.chosenSecurityGroup(ctx, env.Values.One("vpc-id"), rules)
	}
	out, err := f.finish(ctx, err)
	out.Data = resources(w.ledger)
	out.Text = func() string { return summaryText(resources(w.ledger)) }
	return out, err
}

func vpcStatus(ctx context.Context, w *work, id string) (string, bool, error) {
	kind, _ := thingOf("vpc")
	return kind.status(ctx, w.reader(), id)
}

var sgDeleteTool = steps.Tool{
	Name: "sg delete", Args: "SECURITY-GROUP", Category: "STEPS", Summary: "delete a security group that nothing is in, and verify it",
	Description: "Deletes the one named and no other, and needs --confirm. One with an instance in it stays, and the instances are named.",
	Example:     "aligate ecs sg delete sg-bp1abc --region cn-hangzhou --confirm",
	Uses:        []string{"region", "profile"}, Changes: true,
	Params: []steps.Param{{Name: "confirm", Bool: true, Usage: "delete it"}},
	Run:    runSGDelete,
}

func runSGDelete(ctx context.Context, env *steps.Env) (steps.Outcome, error) {
	var problems []steps.Problem
	if env.Values.One("region") == "" {
		problems = append(problems, steps.Problem{Where: "--region", What: "is required"})
	}
	if len(env.Args) != 1 {
		problems = append(problems, steps.Problem{Where: "sg delete", What: "takes one security group"})
	} else if err := checkID("sg-")(env.Args[0]); err != nil {
		problems = append(problems, steps.Problem{Where: "SECURITY-GROUP", What: err.Error()})
	}
	if len(problems) > 0 {
		return steps.Outcome{}, steps.Usage(problems...)
	}
	id, region := env.Args[0], env.Values.One("region")
	rows, err := reader{env: env, region: region, profile: env.Values.One("profile")}.securityGroups(ctx, "", id)
	switch {
	case err != nil:
		return steps.Outcome{}, err
	case len(rows) == 0:
		return steps.Outcome{Summary: fmt.Sprintf("there is no %s in %s", id, region)}, nil
	case rows[0].Managed:
		return steps.Outcome{Data: rows[0]}, &steps.Error{Code: "SecurityGroupManaged", Exit: steps.ExitFailed, Message: id + " belongs to another product"}
	case !env.Values.Is("confirm"):
		return steps.Outcome{Data: rows[0]}, &steps.Error{Code: "ConfirmationRequired", Exit: steps.ExitConfirm, Message: fmt.Sprintf("this deletes %s (%s) in %s", id, rows[0].Name, rows[0].VPC),
			Hints: []string{"go on with: the same command and --confirm"}}
	}
	w, err := begin(env, region, about{Command: "sg delete", Region: region})
	if err != nil {
		return steps.Outcome{}, err
	}
	item := steps.Item{Key: w.token("security-group"), Kind: "security-group", Region: region, ID: id, State: steps.Made}
	if err := w.ledger.Put(item); err != nil {
		return steps.Outcome{}, err
	}
	left, err := w.release(ctx, []steps.Item{item})
	shown := resources(w.ledger)
	out := steps.Outcome{Data: shown, Text: func() string { return summaryText(shown) }, Summary: id + " is gone"}
	switch {
	case err != nil:
		return out, err
	case len(left) > 0:
		return out, leftError(env, []string{w.ledger.Run}, left, nil)
	case w.ledger.Items[0].State == steps.Kept:
		item = w.ledger.Items[0]
		item.State = steps.Never // it is not ours to release later
		return out, cmp.Or(w.ledger.Put(item), error(&steps.Error{Code: "SecurityGroupInUse", Exit: steps.ExitFailed, Message: id + " is " + item.Note}))
	}
	return out, nil
}

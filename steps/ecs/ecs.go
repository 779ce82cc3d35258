// Package ecs is one-shot and long-running work on ECS instances (seed 001): what there is and what it costs, a run
// from the price to the clean-up, and each of its steps alone.
//
// It owns: the argv of every ECS and VPC call, what each reply means, the order that is priced and placed, the rules of
// scripts, networks and confirmations, and what has to be released when. It must not know: how a process is run, where
// a ledger is kept, how anything is printed.
//
// A look-up is a row of a table in lookups.go; a command is one file, its place in Workflow below, and its tests.
package ecs

import (
	"slices"

	"aligate/runner"
	"aligate/steps"
)

// Workflow has no steps of its own: its commands stand alone, and run and up do all of them in order.
var Workflow = &steps.Workflow{
	Name:    "ecs",
	Summary: "run scripts on ECS instances, from the price to the clean-up",
	Description: "Finds an instance type with stock, shows what it costs, and creates nothing without a confirmation. What is created is\n" +
		"in a ledger before it exists, and released again however the run ends.",
	Params: append(params, steps.Common...),
	Tools: slices.Concat([]steps.Tool{findTool, runTool, upTool, runsTool, releaseTool, createTool, execTool, sgCreateTool, sgDeleteTool},
		lookups(), []steps.Tool{docs}),
	Groups: map[string]string{"sg": "make and delete security groups"},
}

// params are flags that several commands have.
var params = []steps.Param{
	{Name: "region", Check: steps.CheckRegion, Usage: "`REGION`, e.g. cn-hangzhou"},
}

// pair is one parameter of a call. An empty value is left out: the service would take it for one.
type pair struct{ name, value string }

// call builds a read of product ("ecs" or "vpc"). The region stands twice, always the same: one chooses the endpoint,
// the other is what the service gets (ecs-facts 1.1). Values are glued to their names, so that none is taken for a flag.
func call(profile, region, product, api string, pairs ...pair) runner.Command {
	args := []string{product, api, "--region", region, "--RegionId=" + region}
	for _, p := range pairs {
		if p.value != "" {
			args = append(args, "--"+p.name+"="+p.value)
		}
	}
	// Repeating is ours to decide, whatever the profile says.
	args = append(args, "--retry-count", "0")
	if profile != "" {
		args = append(args, "--profile", profile)
	}
	return runner.Command{Args: args, Effect: runner.ReadOnly, Kind: runner.Read, JSON: true, Slow: []string{"--read-timeout", "60"}}
}

// change builds a call that creates, changes or deletes something. The CLI gives up on most of them after 10 seconds,
// which would leave the outcome unknown: it is told to wait longer (ecs-facts 1.3).
func change(profile, region, product, api string, pairs ...pair) runner.Command {
	c := call(profile, region, product, api, pairs...)
	c = c.With("--read-timeout", "90")
	c.Effect, c.Kind, c.Slow = runner.Mutates, runner.Write, nil
	return c
}

// Package eas is the PAI-EAS deployment: ten steps from the CLI's settings to the Deployment Summary, as the
// documented procedure has them (seed 000), with what spec/eas.md adds.
//
// It owns: the argv of every command, the parameters and their checks, what each reply means, service.json and
// its rules. It must not know: how a process is run, where the record is kept, how anything is printed.
//
// A step is one file: its place in Workflow below, its pure command functions, its Run, and its filter in
// jq/eas. Its tests stand beside it.
package eas

import (
	"context"
	"fmt"

	"aligate/runner"
	"aligate/steps"
)

// Workflow is the deployment.
var Workflow = &steps.Workflow{
	Name:    "eas",
	Summary: "deploy a PAI-EAS model service",
	Description: "Ten steps, each a command of its own, or all of them with deploy. Flags given once are remembered in the\n" +
		"state directory. The steps, in order: precheck, params, check-name, images, specs, network, build, create,\n" +
		"verify, report.",
	Example: deployExample,
	Params:  append(params, steps.Common...),
	Derive:  derive,
	Check:   checkTogether,
	Steps: []steps.Step{
		precheck, collect, checkName, images, specs, network, build, create, verify, report,
	},
	Tools:         []steps.Tool{validate, patterns, schema, networkCheck, networkLink},
	Close:         disableAIMode,
	Reopen:        enableAIMode,
	CloseCommands: func(steps.Values) []runner.Command { return []runner.Command{aiMode("disable")} },
	Title:         title,
}

// userAgent marks every API call (seed 000).
const userAgent = "AlibabaCloud-Agent-Skills/alibabacloud-pai-eas-service-deploy"

// call builds an API call: the documented words, the user agent, and the profile if one was asked for. Product
// and operation stand first: the CLI hands a plugin everything from the product on (eas-facts A.0).
func call(v steps.Values, words ...string) runner.Command {
	args := append(words, "--user-agent", userAgent)
	if profile := v.One("profile"); profile != "" {
		args = append(args, "--profile", profile)
	}
	return runner.Command{Args: args, Effect: runner.ReadOnly, Kind: runner.Read, JSON: true, Slow: slow}
}

// slow is what the procedure adds when a call timed out.
var slow = []string{"--read-timeout", "60"}

// local builds a command that edits the CLI's settings.
func local(words ...string) runner.Command { return runner.Command{Args: words, Kind: runner.Local} }

// aiMode builds a command about ai-mode, a setting that all runs of the machine user share.
func aiMode(words ...string) runner.Command {
	c := local(append([]string{"configure", "ai-mode"}, words...)...)
	switch words[0] {
	case "enable":
		c.Share = runner.Enter
	case "disable":
		c.Share = runner.Leave
	}
	return c
}

func disableAIMode(ctx context.Context, env *steps.Env) error {
	if _, err := env.Runner.Run(ctx, aiMode("disable")); err != nil {
		return fmt.Errorf("ai-mode may still be on, turn it off with: aliyun configure ai-mode disable (%w)", err)
	}
	return nil
}

func enableAIMode(ctx context.Context, env *steps.Env) error {
	_, err := env.Runner.Run(ctx, aiMode("enable"))
	return err
}

// title names the run for status: "service x in cn-hangzhou".
func title(env *steps.Env) string {
	var c collected
	name := env.Values.One("name")
	if ok, err := env.Output("params", &c); ok && err == nil {
		name = c.Name
	}
	if name == "" || env.Values.One("region") == "" {
		return ""
	}
	return subject(name, env.Values.One("region"))
}

func subject(name, region string) string { return fmt.Sprintf("service %s in %s", name, region) }

// fatal reports whether err ends the run wherever it happens: the user asked to stop, no later call can work, or
// a recording has no answer.
func fatal(err error) bool {
	switch runner.ClassOf(err) {
	case runner.Missing, runner.Config, runner.Stopped, runner.Unrecorded:
		return true
	}
	return false
}

// DemoArgs is the command line of the embedded recording eas-deploy.
var DemoArgs = []string{
	"eas", "deploy", "--region", "cn-hangzhou", "--name", "qwen_demo", "--workspace-id", "310001",
	"--image", "vllm", "--instance-type", "ecs.gn7i-c16g1.4xlarge", "--oss", "oss://example-models/qwen2.5-7b/",
}

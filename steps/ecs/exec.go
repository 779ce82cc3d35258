package ecs

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"aligate/runner"
	"aligate/steps"
	"aligate/steps/ecs/script"
)

var execTool = steps.Tool{
	Name: "exec", Args: "INSTANCE SCRIPT", Category: "STEPS", Summary: "run a script on an instance that is there",
	Description: "Sends the script through Cloud Assistant, waits for it and shows its output. The exit code is 0 only if the script's was.\n" +
		"Ctrl-C stops the script as well.",
	Example: "aligate ecs exec i-bp1abc job.sh --region cn-hangzhou",
	Uses:    []string{"region", "profile"}, Params: commandParams, Changes: true,
	Run: runExec,
}

func runExec(ctx context.Context, env *steps.Env) (steps.Outcome, error) {
	var problems []steps.Problem
	if env.Values.One("region") == "" {
		problems = append(problems, steps.Problem{Where: "--region", What: "is required"})
	}
	if len(env.Args) != 2 {
		problems = append(problems, steps.Problem{Where: "exec", What: "takes an instance and a script"})
	} else if err := checkID("i-")(env.Args[0]); err != nil {
		problems = append(problems, steps.Problem{Where: "INSTANCE", What: err.Error()})
	}
	if len(problems) > 0 {
		return steps.Outcome{}, steps.Usage(problems...)
	}
	id, file := env.Args[0], env.Args[1]
	s, err := loadScript(env, file)
	if err != nil {
		return steps.Outcome{}, err
	}
	w, err := begin(env, env.Values.One("region"), about{Command: "exec", Script: file, Region: env.Values.One("region")})
	if err != nil {
		return steps.Outcome{}, err
	}
	rows, err := w.reader().instances(ctx, instanceFilter{IDs: []string{id}})
	switch {
	case err != nil:
		return steps.Outcome{}, err
	case len(rows) == 0:
		return steps.Outcome{}, absent("instance", id, w.region)
	case rows[0].Status != "Running":
		return steps.Outcome{}, &steps.Error{Code: "InstanceNotRunning", Exit: steps.ExitMissing, Message: fmt.Sprintf("%s is %s; a script needs one that runs", id, rows[0].Status)}
	}
	if err := w.agentReady(ctx, id); err != nil {
		return steps.Outcome{}, err
	}
	done, err := w.execute(ctx, id, s, wholeOf(env.Values, "command-timeout"))
	out := steps.Outcome{Data: done, Summary: "exit code 0", Text: done.text}
	if err != nil && done.Invoke != "" {
		return out, unread(ctx, env, done, err)
	}
	if err != nil {
		return out, err
	}
	if err := w.ledger.End(); err != nil {
		return out, err
	}
	if failed := done.failure(file); failed != nil {
		failed.Changed = "whatever the script has done on " + id
		return out, failed
	}
	return out, nil
}

// unread is the error of a script that was started on an instance that stays, and whose end nobody saw.
func unread(ctx context.Context, env *steps.Env, done execution, err error) error {
	e := *steps.AsError(ctx, err)
	e.Changed = fmt.Sprintf("the script was started on %s as %s, and may still run there", done.Instance, done.Invoke)
	e.Hints = append(slices.Clone(e.Hints), "look at it: "+env.Command("ecs invocations "+runner.Quote("--region", env.Values.One("region"), "--invoke-id", done.Invoke)))
	if e.Exit == steps.ExitFailed {
		e.Exit = steps.ExitIncomplete
	}
	return &e
}

// loadScript reads a script, "-" from stdin, and checks everything that can be checked before an instance exists.
func loadScript(env *steps.Env, path string) (*script.Script, error) {
	content, err := content(env, path)
	if err != nil {
		return nil, &steps.Error{Code: "ScriptUnreadable", Exit: steps.ExitInvalid, Err: err, Message: err.Error()}
	}
	s, problems := script.Read(content)
	if len(problems) > 0 {
		e := &steps.Error{Code: "ScriptInvalid", Exit: steps.ExitInvalid, Message: path + ": " + problems[0].What}
		for _, p := range problems {
			e.Problems = append(e.Problems, steps.Problem{Where: place(path, p.Line, p.Column), What: strings.TrimRight(p.What+"; "+p.Fix, "; ")})
		}
		return nil, e
	}
	for _, p := range s.Warnings {
		env.Warn("Script", "%s: %s", place(path, p.Line, p.Column), strings.TrimRight(p.What+"; "+p.Fix, "; "))
	}
	for _, sign := range s.Secrets {
		env.Warn("ScriptSecret", "line %d of %s: %s; the service keeps scripts where others of the account can read them", sign.Line, path, sign.What)
	}
	return s, nil
}

func content(env *steps.Env, path string) ([]byte, error) {
	if path == "-" {
		return io.ReadAll(io.LimitReader(env.Stdin, script.MaxBytes+1))
	}
	return env.ReadFile(path)
}

func place(path string, line, column int) string {
	if line == 0 {
		return path
	}
	return fmt.Sprintf("%s:%d:%d", path, line, column)
}

package eas

import (
	"context"
	"fmt"

	"aligate/jq"
	"aligate/runner"
	"aligate/steps"
)

// verify asks for the service's status, exactly once: the procedure forbids polling, and any status is fine.
var verify = steps.Step{
	Name:        "verify",
	Summary:     "ask once for the status",
	Description: "One describe-service, never repeated. Any status is fine; a failure is a warning, for the service exists.",
	Example:     "aligate eas verify",
	Uses:        []string{"region", "profile"},
	Needs:       []string{"create"},
	Reads:       []string{"create"},
	Commands:    func(v steps.Values) []runner.Command { return []runner.Command{describeService(v, plannedName(v))} },
	Run:         runVerify,
}

// verified is what report knows from verify.
type verified struct {
	Name   string `json:"name"`
	ID     string `json:"id"`
	Status string `json:"status"`
}

// plannedName is the name in a plan, where a random one is not drawn yet.
func plannedName(v steps.Values) string {
	switch {
	case v.One("name") != "":
		return v.One("name")
	case v.One("name-suffix") != "":
		return v.One("name-prefix") + v.One("name-suffix")
	}
	return v.One("name-prefix") + "<6 digits>"
}

func runVerify(ctx context.Context, env *steps.Env) (steps.Outcome, error) {
	var made created
	var c collected
	if _, err := env.Output("create", &made); err != nil {
		return steps.Outcome{}, err
	}
	if _, err := env.Output("params", &c); err != nil {
		return steps.Outcome{}, err
	}
	out := verified{Name: c.Name, ID: made.ID, Status: "unknown"}
	command := describeService(env.Values, c.Name)
	command.Most = 1
	res, err := env.Runner.Run(ctx, command)
	var s existing
	if err == nil {
		s, err = jq.Into[existing]("eas/verify", res.JSON, nil)
	}
	switch {
	case fatal(err):
		return steps.Outcome{}, err
	case err != nil:
		env.Warn("StatusUnknown", "the service is created, but its status could not be read: %v", err)
	default:
		out.Status = s.Status
	}
	return steps.Outcome{Summary: fmt.Sprintf("status of %s: %s", out.Name, out.Status), Data: out, Output: out}, nil
}

package eas

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"aligate/jq"
	"aligate/runner"
	"aligate/steps"
)

// checkName proves that no service has the name. Its answer has three values, and only a proof of absence lets
// the run go on: a list that failed, was cut short or has a shape nobody knows is not an empty list.
var checkName = steps.Step{
	Name:    "check-name",
	Summary: "prove that no service of the name exists",
	Description: "Reads every page of list-services. If the name exists the run stops (exit 4): nothing is reused, renamed\n" +
		"or deleted. If the list cannot be read, one describe-service by name decides, or the step stays closed (exit 3).",
	Example:  "aligate eas check-name",
	Uses:     []string{"region", "name", "name-prefix", "name-suffix", "profile"},
	Needs:    []string{"params"},
	Reads:    []string{"params"},
	Commands: func(v steps.Values) []runner.Command { return []runner.Command{listServices(v, true)} },
	Run:      runCheckName,
}

// listServices is the documented command. The API has no ClusterId, so a plugin may reject the flag: then it
// goes without (eas-facts A.2).
func listServices(v steps.Values, clusterID bool) runner.Command {
	region := v.One("region")
	if clusterID {
		return call(v, "eas", "list-services", "--region", region, "--cluster-id", region)
	}
	return call(v, "eas", "list-services", "--region", region)
}

func describeService(v steps.Values, name string) runner.Command {
	region := v.One("region")
	return call(v, "eas", "describe-service", "--region", region, "--cluster-id", region, "--service-name", name)
}

// service is one service of the account, as a filter returns it.
type existing struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Status  string `json:"status"`
	Created string `json:"created"`
	Image   string `json:"image"`
}

// nameCheck is what later steps know from check-name: that the name was absent.
type nameCheck struct {
	Name string `json:"name"`
	// Listed is how many services the proof went through; 0 also if describe-service gave it.
	Listed int `json:"listed"`
}

func runCheckName(ctx context.Context, env *steps.Env) (steps.Outcome, error) {
	var c collected
	if _, err := env.Output("params", &c); err != nil {
		return steps.Outcome{}, err
	}
	check, err := proveAbsent(ctx, env, &c)
	if err != nil {
		return steps.Outcome{}, err
	}
	return steps.Outcome{
		Summary: fmt.Sprintf("no service is named %s (%d looked at)", check.Name, check.Listed),
		Data:    map[string]any{"name": check.Name, "presence": "absent", "listed": check.Listed},
		Output:  check,
	}, nil
}

// maxDraws bounds how often a random name is drawn again because it is taken.
const maxDraws = 10

// proveAbsent proves that no service is named c.Name, or returns the *steps.Error that says why the run stops.
// A name that was drawn is drawn again if it is taken, and c stored anew.
func proveAbsent(ctx context.Context, env *steps.Env, c *collected) (nameCheck, error) {
	all, presence, found, err := find(ctx, env, c.Name)
	for draws := 0; presence == steps.Present && c.Drawn && all != nil && draws < maxDraws; draws++ {
		taken := c.Name
		if c.Name, err = drawName(env.Rand, c.Prefix); err != nil {
			return nameCheck{}, err
		}
		if presence, found = search(all, c.Name); presence == steps.Absent {
			env.Warn("NameDrawnAgain", "the name %s was taken; %s was drawn instead", taken, c.Name)
			if err := env.Store("params", c); err != nil {
				return nameCheck{}, err
			}
		}
	}
	switch presence {
	case steps.Present:
		return nameCheck{}, exists(env, found)
	case steps.Unknown:
		if fatal(err) {
			return nameCheck{}, err
		}
		failure := steps.FromCall(err)
		return nameCheck{}, &steps.Error{Code: "NameUnproven", Exit: steps.ExitBlocked, Err: err, RequestID: failure.RequestID, Detail: failure.Detail,
			Message: fmt.Sprintf("whether a service is named %s could not be found out: %v", c.Name, err),
			Hints:   append(failure.Hints, "try again: "+env.Command("eas check-name"))}
	}
	for _, s := range all {
		if strings.HasSuffix(s.Name, "."+c.Name) {
			env.Warn("GroupedName", "a service of a group has the name: %s (Status: %s)", s.Name, s.Status)
		}
	}
	return nameCheck{Name: c.Name, Listed: len(all)}, nil
}

// exists is the procedure's stop for a duplicate name, in its words.
func exists(env *steps.Env, s existing) error {
	message := fmt.Sprintf("A service named %s already exists (Status: %s). Please choose a different name.", s.Name, s.Status)
	hints := []string{"choose another name: " + env.Command("eas params --name NEW_NAME")}
	if p := env.Pending("create"); p != nil {
		hints = append(hints, fmt.Sprintf("a create of this run was cut off and may have made it (%s, created %s): %s", s.ID, s.Created, env.Command("eas deploy --resume")+" finds out"))
	}
	return &steps.Error{Code: "ServiceAlreadyExists", Exit: steps.ExitExists, Message: message, Hints: hints, Choices: s}
}

// find answers whether a service is named name. all is the complete list if it could be had, else nil. err says
// why the answer is Unknown.
func find(ctx context.Context, env *steps.Env, name string) (all []existing, presence steps.Presence, found existing, err error) {
	all, err = services(ctx, env)
	if err == nil {
		presence, found = search(all, name)
		return all, presence, found, nil
	}
	if fatal(err) {
		return nil, steps.Unknown, existing{}, err
	}
	presence, found, second := describe(ctx, env, name)
	if presence == steps.Unknown {
		return nil, steps.Unknown, existing{}, fmt.Errorf("%w; %w", err, second)
	}
	env.Warn("ListServicesFailed", "list-services could not be read to its end (%v); describe-service answered instead", err)
	return nil, presence, found, nil
}

// search compares names exactly. The list is never nil, so that "looked at none" differs from "not looked".
func search(all []existing, name string) (steps.Presence, existing) {
	if i := slices.IndexFunc(all, func(s existing) bool { return s.Name == name }); i >= 0 {
		return steps.Present, all[i]
	}
	return steps.Absent, existing{}
}

func services(ctx context.Context, env *steps.Env) ([]existing, error) {
	clusterID := true
	all, err := steps.Pages(ctx, func(s existing) string { return s.ID + "\x00" + s.Name }, func(ctx context.Context, page, size int) (steps.Page[existing], error) {
		got, err := fetch[existing](ctx, env, "check-name", numbered(listServices(env.Values, clusterID), page, size))
		if clusterID && runner.ClassOf(err) == runner.Usage && strings.Contains(runner.Stderr(err), "cluster-id") {
			clusterID = false
			got, err = fetch[existing](ctx, env, "check-name", numbered(listServices(env.Values, clusterID), page, size))
		}
		return got, err
	})
	if err == nil && all == nil {
		all = []existing{}
	}
	return all, err
}

// notFoundCodes say definitely that the service, and not something else, is not there.
var notFoundCodes = []string{"ServiceNotFound", "InvalidService.NotFound", "InvalidServiceName.NotFound", "ServiceNotExist", "ServiceNotExists"}

// describe asks for one service by name, once.
func describe(ctx context.Context, env *steps.Env, name string) (steps.Presence, existing, error) {
	c := describeService(env.Values, name)
	c.Most = 1
	res, err := env.Runner.Run(ctx, c)
	if err != nil {
		if api := runner.API(err); api != nil && slices.Contains(notFoundCodes, api.Code) {
			return steps.Absent, existing{}, nil
		}
		return steps.Unknown, existing{}, err
	}
	s, err := jq.Into[existing]("eas/verify", res.JSON, nil)
	if err != nil {
		return steps.Unknown, existing{}, err
	}
	if s.Name != name {
		return steps.Unknown, existing{}, fmt.Errorf("describe-service answered for %q instead of %q", s.Name, name)
	}
	return steps.Present, s, nil
}

package eas

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"aligate/jq"
	"aligate/runner"
	"aligate/steps"
	"aligate/steps/eas/service"
)

// create is the one step that changes the cloud.
var create = steps.Step{
	Name:    "create",
	Summary: "create the service",
	Description: "Needs the proof of absence (renewed if older than a minute), both gates open and a valid service.json. After a\n" +
		"doubtful answer or a crash it looks for the service before it would send anything again.",
	Example: "aligate eas create",
	Uses:    []string{"region", "service-file", "profile", "allow", "no-nlb-fallback"},
	Needs:   []string{"params", "check-name", "images", "specs", "build"},
	Reads:   []string{"params", "build"},
	Once:    true,
	Commands: func(v steps.Values) []runner.Command {
		return []runner.Command{createService(v, steps.FileContent(v.One("service-file")))}
	},
	Run: runCreate,
}

// createService sends body, the bytes of service.json, as one argv element: file:// would be sent as text
// (eas-facts A.10).
func createService(v steps.Values, body string) runner.Command {
	c := call(v, "eas", "create-service", "--region", v.One("region"), "--body", body)
	c.Effect, c.Kind, c.Slow = runner.Mutates, runner.Write, nil
	return c
}

// proofLasts is how long the proof of absence holds.
const proofLasts = 60 * time.Second

// created is what later steps know from create.
type created struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Region    string `json:"region"`
	Status    string `json:"status"`
	RequestID string `json:"request_id,omitempty"`
	// Adopted is set if the service was found rather than confirmed by the reply.
	Adopted bool `json:"adopted,omitempty"`
	// Fallback is the procedure's sentence, if the service was created without the NLB that was asked for.
	Fallback string `json:"fallback,omitempty"`

	// older is set if the service found is older than this run's first attempt: somebody else's.
	older bool
	found existing
}

func runCreate(ctx context.Context, env *steps.Env) (steps.Outcome, error) {
	var c collected
	if _, err := env.Output("params", &c); err != nil {
		return steps.Outcome{}, err
	}
	if err := gatesOpen(env); err != nil {
		return steps.Outcome{}, err
	}
	body, err := readService(env, c)
	if err != nil {
		return steps.Outcome{}, err
	}
	if err := renewProof(ctx, env, c); err != nil {
		return steps.Outcome{}, err
	}
	region := env.Values.One("region")
	send := func(body string, attempts int) (steps.MutationResult[created], error) {
		return sendCreate(ctx, env, c.Name, body, attempts)
	}
	result, fallback, err := sendWithFallback(env, c, body, send)
	if err != nil {
		return steps.Outcome{}, createFailed(ctx, env, c.Name, err)
	}
	out := result.Value
	if out.older {
		return steps.Outcome{}, exists(env, out.found)
	}
	env.Request(out.RequestID)
	if result.Adopted {
		out.Adopted = true
		env.Warn("CreateAdopted", "the answer to create-service was lost; service %s (%s) is there and was created since, so it is taken for this run's", c.Name, out.ID)
	}
	if out.Region != "" && out.Region != region {
		env.Warn("RegionMismatch", "the service was created in %s, not in %s: the CLI used another region's endpoint", out.Region, region)
	}
	summary := fmt.Sprintf("created %s (%s)", subject(c.Name, region), out.ID)
	var b built
	if _, err := env.Output("build", &b); err != nil {
		return steps.Outcome{}, err
	}
	if b.Fallback && !fallback {
		// It fell back in an earlier process, whose answer was lost.
		fallback = true
		env.Warn("NLBFallback", "%s", nlbFallback)
	}
	if fallback {
		out.Fallback = nlbFallback
		summary += ". " + nlbFallback
	}
	return steps.Outcome{
		Summary: summary,
		Data:    out,
		Output:  out,
	}, nil
}

// sendCreate carries one create out, under the protocol of changes.
func sendCreate(ctx context.Context, env *steps.Env, name, body string, attempts int) (steps.MutationResult[created], error) {
	region := env.Values.One("region")
	return steps.Mutate(ctx, env, steps.Mutation[created]{
		Step:     "create",
		Subject:  subject(name, region),
		Command:  createService(env.Values, body),
		Attempts: attempts,
		Accept: func(ctx context.Context, res runner.Result) (created, error) {
			return jq.Into[created]("eas/create", res.JSON, nil)
		},
		Look: func(ctx context.Context, since time.Time) (steps.Presence, created, error) {
			return look(ctx, env, name, region, since)
		},
	})
}

// readService returns the body to send: service.json as build wrote it, or as the user has changed it since, if
// it still keeps every rule.
func readService(env *steps.Env, c collected) (string, error) {
	var b built
	if _, err := env.Output("build", &b); err != nil {
		return "", err
	}
	raw, err := env.ReadFile(b.File)
	if err != nil {
		e := &steps.Error{Code: "ServiceFileUnreadable", Exit: steps.ExitBlocked, Err: err, Message: err.Error(),
			Hints: []string{"write it again: " + env.Command("eas build")}}
		if errors.Is(err, os.ErrNotExist) {
			e.Code, e.Message = "ServiceFileMissing", b.File+" is missing"
		}
		return "", e
	}
	learnSecrets(env, raw)
	if sum(raw) != b.SHA256 {
		l, _ := readLists(env) // without them, fewer rules are compared
		if err := valid(env, raw, c, l, b.File); err != nil {
			return "", err
		}
		env.Warn("ServiceFileEdited", "%s was changed since eas build; it keeps the rules and is sent as it is now", b.File)
	}
	return string(service.Body(raw)), nil
}

// renewProof proves absence again if the proof is too old to act on. With a create under way there is nothing
// to prove: Mutate looks first.
func renewProof(ctx context.Context, env *steps.Env, c collected) error {
	if env.Pending("create") != nil || env.Now().Sub(env.EndedAt("check-name")) <= proofLasts {
		return nil
	}
	c.Drawn = false // service.json has the name already: it cannot be drawn again
	check, err := proveAbsent(ctx, env, &c)
	if err != nil {
		return err
	}
	return env.Store("check-name", check)
}

// clockSkew is how far the service's clock may be behind ours.
const clockSkew = 5 * time.Minute

// look finds out whether the service exists, and whether it can be of this run.
func look(ctx context.Context, env *steps.Env, name, region string, since time.Time) (steps.Presence, created, error) {
	_, presence, s, err := find(ctx, env, name)
	if presence != steps.Present {
		return presence, created{}, err
	}
	at, err := time.Parse(time.RFC3339, s.Created)
	return presence, created{
		ID: s.ID, Name: s.Name, Region: region, Status: s.Status,
		older: err == nil && at.Before(since.Add(-clockSkew)), found: s,
	}, nil
}

// createFailed makes the procedure's error of how Mutate failed.
func createFailed(ctx context.Context, env *steps.Env, name string, err error) error {
	var made *steps.Error
	if errors.As(err, &made) {
		return err
	}
	resume := env.Command("eas deploy --resume")
	var unsettled *steps.UnsettledError
	if errors.As(err, &unsettled) {
		return &steps.Error{Code: "OutcomeUnknown", Exit: steps.ExitIncomplete, Err: err, Message: err.Error(),
			RequestID: requestOf(err),
			Detail:    runner.Stderr(unsettled.Doubt),
			Changed:   fmt.Sprintf("perhaps: service %s may have been created", name),
			Hints: []string{
				"find out and go on: " + resume,
				"or look yourself: " + runner.Quote(append([]string{"aliyun"}, describeService(env.Values, name).Args...)...),
			}}
	}
	var refused *steps.RefusedError
	if !errors.As(err, &refused) {
		return err
	}
	failure := steps.FromCall(refused.Err)
	switch {
	case fatal(refused.Err):
		return refused.Err
	case runner.ClassOf(refused.Err) == runner.Exists:
		failure.Exit = steps.ExitExists
		failure.Message = fmt.Sprintf("A service named %s already exists. Please choose a different name. (%s)", name, strings.TrimSpace(failure.Message))
		failure.Code = "ServiceAlreadyExists"
		failure.Hints = []string{"close this run and choose another name: " + env.Command("eas reset")}
		if refused.Doubted {
			claim(ctx, env, name, refused.Since, failure)
		}
	case refused.Doubted || runner.Doubtful(refused.Err):
		failure.Changed = "no service of the name is there: " + steps.NothingChanged
		failure.Hints = append(failure.Hints, "try again: "+resume)
	case runner.ClassOf(refused.Err) == runner.TooLong:
		failure.Exit = steps.ExitInvalid
	}
	return failure
}

// claim says that an earlier attempt of this run may have made the service that stands in the way.
func claim(ctx context.Context, env *steps.Env, name string, since time.Time, failure *steps.Error) {
	failure.Changed = fmt.Sprintf("perhaps: an attempt of this run, begun %s, had no clear answer and may have created the service", since.UTC().Format(time.RFC3339))
	if presence, s, _ := describe(ctx, env, name); presence == steps.Present {
		failure.Choices = s
		failure.Hints = append([]string{fmt.Sprintf("service %s has ServiceId %s and CreateTime %s", name, s.ID, s.Created)}, failure.Hints...)
	}
}

func requestOf(err error) string {
	if api := runner.API(err); api != nil {
		return api.RequestID
	}
	return ""
}

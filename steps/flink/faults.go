package flink

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"aligate/jq"
	"aligate/runner"
	"aligate/steps"
)

// The kinds of failure, error.category in documents (facts B4).
const (
	byConfirmation = "confirmation"
	byInput        = "input"
	byCredential   = "credential"
	byPermission   = "permission"
	byThrottling   = "throttling"
	byTransient    = "transient"
	byAmbiguity    = "ambiguous"
	byNotFound     = "not_found"
	byExistence    = "already_exists"
	byBusiness     = "business"
	byCLI          = "cli"
)

// categories are the kinds of the failures of a call.
var categories = map[runner.Class]string{
	runner.Throttled:   byThrottling,
	runner.Denied:      byPermission,
	runner.Credentials: byCredential,
	runner.Config:      byCredential,
	runner.Exists:      byExistence,
	runner.NotFound:    byNotFound,
	runner.Server:      byTransient,
	runner.NotSent:     byTransient,
	runner.Timeout:     byAmbiguity,
	runner.Broken:      byAmbiguity,
	runner.BadOutput:   byAmbiguity,
	runner.Killed:      byAmbiguity,
	runner.Stopped:     byAmbiguity,
}

// codeCategories are the kinds of codes that the runner has no class for: a fragment of the code, and the kind.
var codeCategories = []struct{ fragment, category string }{
	{"Duplicate", byExistence},
	{"Existed", byExistence},
	{"Exists", byExistence},
	{"MissingParameter", byInput},
	{"InvalidParameter", byInput},
}

// categoryOf is the kind of err.
func categoryOf(err error) string {
	if category, ok := categories[runner.ClassOf(err)]; ok {
		return category
	}
	var refusal *unsuccessful
	code := ""
	switch api := runner.API(err); {
	case api != nil:
		code = api.Code
	case errors.As(err, &refusal):
		code = refusal.Code
	default:
		return byCLI
	}
	for _, row := range codeCategories {
		if strings.Contains(code, row.fragment) {
			return row.category
		}
	}
	if class := runner.ClassOf(&runner.ExitError{API: &runner.APIError{Code: code}}); class != runner.Unclassified {
		return categories[class]
	}
	return byBusiness
}

// faultOf makes of whatever a read or a write failed with the error that is printed. action is the permission that the
// operation needs (facts G7).
func faultOf(ctx context.Context, err error, action string) *steps.Error {
	var own *steps.Error
	if errors.As(err, &own) {
		return own
	}
	fault := steps.AsError(ctx, err)
	fault.Category = categoryOf(err)
	var (
		refusal *unsuccessful
		paging  *steps.PagingError
		shape   *jq.ShapeError
	)
	switch {
	case runner.ClassOf(err) == runner.Policy: // the user's own (facts A9): it is respected
		fault.Code, fault.Category = "SafetyPolicy", byCLI
		fault.Hints = []string{"the safety policy of the aliyun CLI forbids this; only its owner can change that"}
	case errors.As(err, &refusal):
		fault.Code, fault.Message, fault.RequestID = refusal.Code, refusal.Message, refusal.RequestID
	case errors.As(err, &paging):
		fault.Code, fault.Category = "ListIncomplete", byTransient
		fault.Hints = append(fault.Hints, "the list may have changed while it was read: run the same command again")
	case errors.As(err, &shape):
		fault.Code, fault.Category = "ReplyUnknown", byCLI
	case runner.ClassOf(err) == runner.Usage:
		fault.Hints = append(fault.Hints, "this CLI does not know the call: it may be too old; find out with: aligate flink diagnose")
	case fault.Category == byPermission:
		fault.Hints = []string{"ask the account's administrator for " + permission(err, action)}
	}
	return fault
}

// permission is the RAM action that was denied: in the service's words, else the one that the operation needs.
func permission(err error, action string) string {
	if _, rest, ok := strings.Cut(runner.Stderr(err), "AuthAction:"); ok {
		if named := strings.Fields(rest); len(named) > 0 {
			return "the RAM action " + strings.TrimSuffix(named[0], "]")
		}
	}
	if action == "" {
		return "permission to do this: no RAM action is documented for it"
	}
	return "the RAM action stream:" + action
}

// refuse is our own refusal: nothing was sent.
func refuse(code, category string, exit steps.ExitCode, format string, args ...any) *steps.Error {
	return &steps.Error{Code: code, Category: category, Exit: exit, Message: fmt.Sprintf(format, args...)}
}

// blocked is our own refusal of what the service would not do, or must not be asked for; details are for programs.
func blocked(code string, details any, format string, args ...any) *steps.Error {
	return withDetails(refuse(code, byBusiness, steps.ExitFailed, format, args...), details)
}

func withDetails(e *steps.Error, details any) *steps.Error { e.Details = details; return e }

// hinting adds what to do next.
func hinting(e *steps.Error, hints ...string) *steps.Error {
	e.Hints = append(e.Hints, hints...)
	return e
}

// noInstance is the refusal of an operation whose instance is not there (facts F17).
func noInstance(c cloud, id string) *steps.Error {
	return hinting(withDetails(
		refuse("InstanceNotFound", byNotFound, steps.ExitMissing, "there is no instance %s in %s", id, c.region),
		map[string]any{"InstanceId": id, "RegionId": c.region}),
		"check the id and the region: "+c.env.Command("flink describe --region-id "+runner.Quote(c.region)))
}

// unready is the refusal of an operation whose instance cannot take it now.
func unready(c cloud, i *instance) *steps.Error {
	return hinting(blocked("InstanceNotReady", i, "instance %s is %s, and takes no change now", i.ID, i.state()),
		"wait until it is RUNNING: "+c.env.Command(c.describeCommand(i.ID)))
}

package steps

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"time"

	"aligate/runner"
)

// Error is why a step did not end well, in the form in which it is printed, once, by package ui.
type Error struct {
	// Step is where it happened, e.g. "eas create"; filled in by the engine.
	Step string
	// Code names the failure in one word: the service's own code where there is one, else ours.
	Code      string
	Message   string
	RequestID string
	Exit      ExitCode
	// Changed says what is different in the cloud now. Empty means: nothing.
	Changed string
	// Hints are sentences that say what to run next.
	Hints []string
	// Next is the one command that has to come first, if there is one.
	Next *Next
	// Problems are the separate faults of a usage or validation error, all of them.
	Problems []Problem
	// Choices are what to choose from, with ExitChoice.
	Choices any
	// Details are what a program wants to know besides, e.g. the price to confirm.
	Details any
	// Category is the kind of failure in a word, for workflows that have such words.
	Category string
	// Detail is what the child printed and we could not read, or what has to be read before going on; shown indented
	// below the message.
	Detail string
	// Again is set if the same command may end otherwise another time although Exit says that something is missing:
	// nobody could look.
	Again bool
	// Final is set if Exit stands although the user asked to stop: what came of it is known, and matters more.
	Final bool
	Err   error
}

// Problem is one fault in what the user gave.
type Problem struct {
	// Where is the flag, file or JSON path at fault, e.g. "--name".
	Where string `json:"where"`
	// What says what is wrong with it and, if short, what to write instead.
	What string `json:"what"`
	// Rule is the number of the rule broken, e.g. "R9"; empty if it has none.
	Rule string `json:"rule,omitempty"`
}

func (p Problem) String() string { return p.Where + ": " + p.What }

func (e *Error) Error() string {
	var b strings.Builder
	if e.Step != "" {
		b.WriteString(e.Step + ": ")
	}
	b.WriteString(e.Code + ": " + e.Message)
	if e.RequestID != "" {
		b.WriteString(" (request " + e.RequestID + ")")
	}
	return b.String()
}

func (e *Error) Unwrap() error { return e.Err }

// names reports whether a hint names a command that begins like this one.
func (e *Error) names(command string) bool {
	return slices.ContainsFunc(e.Hints, func(hint string) bool { return strings.Contains(hint, command) })
}

// Usage makes an ExitUsage error of problems.
func Usage(problems ...Problem) *Error {
	message := "1 problem"
	switch len(problems) {
	case 0:
		message = "wrong usage"
	case 1:
		message = problems[0].String()
	default:
		message = fmt.Sprintf("%d problems", len(problems))
	}
	return &Error{Code: "Usage", Message: message, Exit: ExitUsage, Problems: problems}
}

// Signal is the cause of a context that ended because the user asked to stop.
type Signal struct{ Number syscall.Signal }

func (s Signal) Error() string { return s.Number.String() }

// AsError makes an *Error of whatever a step returned: a step need not know about signals, a missing aliyun or
// a broken profile, which are the same everywhere.
func AsError(ctx context.Context, err error) *Error {
	var sig Signal
	var known *Error
	if errors.As(err, &known) && known.Final {
		return known
	}
	if errors.As(err, &sig) || errors.As(context.Cause(ctx), &sig) {
		return bySignal(sig, err)
	}
	if known != nil {
		return known
	}
	var late *WaitError
	if errors.As(err, &late) {
		return &Error{Code: "WaitedTooLong", Message: err.Error(), Exit: ExitFailed, Err: err, Hints: []string{"--timeout 2 waits twice as long"}}
	}
	switch runner.ClassOf(err) {
	case runner.Missing:
		return &Error{Code: "AliyunMissing", Message: err.Error(), Exit: ExitNoCLI, Err: err, Hints: []string{
			"install the official CLI (https://github.com/aliyun/aliyun-cli) and have aliyun on PATH",
			"or name the command in ALIGATE_ALIYUN",
		}}
	case runner.Config:
		return &Error{Code: "AliyunUnusable", Message: err.Error(), Exit: ExitNoCLI, Err: err, Detail: runner.Stderr(err), Hints: []string{
			"run aliyun configure, or choose another profile with --profile; aliyun configure list shows them",
		}}
	}
	return FromCall(err)
}

// FromCall makes an ExitFailed error of a failed call.
func FromCall(err error) *Error {
	e := &Error{Code: "CallFailed", Message: err.Error(), Exit: ExitFailed, Err: err}
	if api := runner.API(err); api != nil {
		if api.Code != "" {
			e.Code = api.Code
		}
		e.Message, e.RequestID = strings.TrimSpace(api.Message), api.RequestID
	} else {
		e.Detail = runner.Stderr(err)
		if class := runner.ClassOf(err); class != runner.Unclassified {
			e.Code = codeOfClass[class]
		}
	}
	if hint := hintOfClass[runner.ClassOf(err)]; hint != "" {
		e.Hints = append(e.Hints, hint)
	}
	return e
}

// codeOfClass names failures that carry no code of the service.
var codeOfClass = map[runner.Class]string{
	runner.Missing:     "AliyunMissing",
	runner.TooLong:     "ArgumentTooLong",
	runner.Unstarted:   "AliyunNotStarted",
	runner.Config:      "AliyunUnusable",
	runner.Unsaved:     "ProfileMissing",
	runner.PluginGone:  "PluginMissing",
	runner.BadForce:    "FlagRejected",
	runner.Usage:       "ArgumentRejected",
	runner.Policy:      "SafetyPolicy",
	runner.Endpoint:    "NoEndpoint",
	runner.Throttled:   "Throttled",
	runner.Denied:      "Denied",
	runner.Credentials: "CredentialsRejected",
	runner.Exists:      "Conflict",
	runner.NotFound:    "NotFound",
	runner.Server:      "ServerError",
	runner.Timeout:     "Timeout",
	runner.NotSent:     "NotConnected",
	runner.Broken:      "ConnectionBroken",
	runner.BadOutput:   "BadOutput",
	runner.Killed:      "AliyunKilled",
	runner.Stopped:     "Interrupted",
	runner.Unrecorded:  "RecordingMismatch",
}

// hintOfClass is the advice that goes with a class, whatever the step.
var hintOfClass = map[runner.Class]string{
	runner.Denied:      "ask the account's administrator for the permission named above",
	runner.Credentials: "run aliyun configure to set the credentials of the profile again",
	runner.PluginGone:  "install the plugins: aliyun plugin install --names aiworkspace eas",
	runner.Policy:      "the CLI's safety policy (aliyun configure safety-policy) does not let this call through",
	runner.Endpoint:    "the CLI knows no endpoint for this product in this region; check --region",
	runner.Timeout:     "the service did not answer in time; --timeout 2 doubles every deadline",
	runner.NotSent:     "check the network and the proxy variables (HTTPS_PROXY)",
	runner.Unrecorded:  RecordAgain,
}

// RecordAgain is the advice when a run and its recording have parted.
const RecordAgain = "if the change is meant, record the run again, into another directory, with --record"

func bySignal(sig Signal, err error) *Error {
	e := &Error{
		Code:    "Interrupted",
		Message: "ended by signal: " + sig.Error(),
		Exit:    exitSignal + ExitCode(sig.Number),
		Err:     err,
	}
	var inner *Error
	if errors.As(err, &inner) {
		e.Changed, e.Hints = inner.Changed, inner.Hints
	}
	return e
}

// RetryNote says, for whoever watches, that c is repeated.
func RetryNote(c runner.Command, err error, wait time.Duration) string {
	note := fmt.Sprintf("%s: %s; trying again", c.Name(), FromCall(err).Code)
	if wait > 0 {
		note += " in " + wait.Round(100*time.Millisecond).String()
	}
	return note
}

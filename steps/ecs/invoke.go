package ecs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"aligate/steps"
	"aligate/steps/ecs/script"
)

// execution is what came of a script on an instance.
type execution struct {
	Instance string `json:"instance"`
	Invoke   string `json:"invoke_id"`
	Status   string `json:"status"`
	// ExitCode is the script's; nil if it has none, as when it was not delivered.
	ExitCode  *int   `json:"exit_code"`
	ErrorCode string `json:"error_code,omitempty"`
	ErrorInfo string `json:"error_info,omitempty"`
	// Output is stdout and stderr in one, as the service keeps them: at most 24 KB. Base64 is set in its place if it is
	// no text.
	Output string `json:"output"`
	Base64 []byte `json:"output_base64,omitempty"`
	// Dropped is how many bytes of it the service threw away.
	Dropped int `json:"dropped,omitempty"`
}

// ok reports whether the script did what it should: nothing but an exit code of 0 says so (ecs-facts 2.12).
func (e execution) ok() bool { return e.Status == "Success" && e.ExitCode != nil && *e.ExitCode == 0 }

// text is the output for people.
func (e execution) text() string {
	if len(e.Base64) > 0 {
		return fmt.Sprintf("(%d bytes that are no text; --output json has them in Base64)", len(e.Base64))
	}
	return strings.TrimRight(e.Output, "\n")
}

// commandParams are the flags of running a script.
var commandParams = []steps.Param{
	{Name: "command-timeout", Default: "600", Check: checkWhole(10, 86400), Usage: "`SECONDS` that the script may take"},
}

// The final states of a command on one instance, and those of all (ecs-facts 2.12).
var (
	finalHere    = []string{"Success", "Failed", "Invalid", "Aborted", "Error", "Timeout", "Cancelled", "Terminated"}
	finalOverall = []string{"Success", "Finished", "Failed", "PartialFailed", "Stopped"}
)

// tooEarly are the error codes of an instance that could not take the command: nothing of the script has run, and it
// may be sent again, as another one (ecs-facts 2.12).
var tooEarly = []string{"InstanceNotRunning", "ClientNotRunning", "ClientNotOnline", "ClientNotResponse", "ClientIsUpgrading",
	"DeliveryTimeout", "TaskConcurrencyLimit", "ClientRestarted"}

// deliveries is how often a script is sent at the most.
const deliveries = 3

// deliveryWait is the time before it is sent again.
const deliveryWait = 15 * time.Second

// execute runs a script on an instance and returns what came of it. A script that did not get there is sent again; one
// that did, never.
func (w *work) execute(ctx context.Context, id string, s *script.Script, seconds int) (execution, error) {
	for attempt := 1; ; attempt++ {
		done, err := w.executeOnce(ctx, id, s, seconds, attempt)
		if err != nil || attempt == deliveries || !slices.Contains(tooEarly, done.ErrorCode) || done.Status == "Success" {
			return done, err
		}
		w.env.Note("%s could not take the command yet (%s); sending it again", id, done.ErrorCode)
		if err := w.env.Sleep(ctx, deliveryWait); err != nil {
			return done, err
		}
	}
}

func (w *work) executeOnce(ctx context.Context, id string, s *script.Script, seconds, attempt int) (execution, error) {
	c := change(w.profile, w.region, "ecs", "RunCommand", pair{"Type", "RunShellScript"}, pair{"CommandContent", s.Base64()}, pair{"ContentEncoding", "Base64"},
		pair{"InstanceId.1", id}, pair{"Timeout", strconv.Itoa(seconds)}, pair{"KeepCommand", "false"}, pair{"RepeatMode", "Once"},
		pair{"Name", w.name()}, pair{"ClientToken", w.ledger.Run + "-" + strconv.Itoa(attempt) + "-command"})
	invoke, doubted, err := w.send(ctx, c, field("InvokeId"))
	if err != nil && doubted {
		return execution{}, &steps.Error{Code: "OutcomeUnknown", Exit: steps.ExitIncomplete, Err: err, Message: "whether the script was started is not known: " + reason(err),
			Changed: "perhaps: the script may run on " + id}
	}
	if err != nil {
		return execution{}, err
	}
	w.env.Note("running as %s", invoke)
	waited := w.finished(ctx, id, invoke, seconds)
	var late *steps.WaitError
	if waited != nil && !errors.As(waited, &late) {
		if context.Cause(ctx) != nil {
			after, end := steps.Afterwards(ctx)
			defer end()
			w.halt(after, id, invoke)
		}
		return execution{Instance: id, Invoke: invoke}, waited
	}
	if late != nil {
		w.halt(ctx, id, invoke)
	}
	return w.outcome(ctx, id, invoke)
}

// commandEvery is the time between two looks at a command; commandGrace what it gets beyond its own time.
const (
	commandEvery = 3 * time.Second
	commandGrace = time.Minute
)

// finished waits until the command has ended on the instance.
func (w *work) finished(ctx context.Context, id, invoke string, seconds int) error {
	limit := time.Duration(seconds)*time.Second + commandGrace
	began := w.env.Now()
	return w.env.Poll(ctx, steps.Wait{What: "the script on " + id, Every: commandEvery, For: limit}, func(ctx context.Context) (steps.State, error) {
		now, err := w.reader().invocation(ctx, invoke, id)
		if w.notYetListed(err, began) {
			return steps.State{Text: "not listed yet"}, nil
		}
		state := now.InstanceStatus
		done := slices.Contains(finalHere, state)
		if state == "" {
			state, done = now.Status, slices.Contains(finalOverall, now.Status)
		}
		return steps.State{Text: state, Done: done}, err
	})
}

// notYetListed tells whether err says only that a list does not show yet what began a moment ago.
func (w *work) notYetListed(err error, began time.Time) bool {
	var unknown *steps.Error
	return errors.As(err, &unknown) && unknown.Code == unknownInvocation && w.env.Now().Sub(began) < lookFor
}

// halt stops a command that takes longer than it may, or that nobody waits for any more. That it does not work is no reason to stop: what the script has
// printed is wanted all the same.
func (w *work) halt(ctx context.Context, id, invoke string) {
	c := change(w.profile, w.region, "ecs", "StopInvocation", pair{"InvokeId", invoke}, pair{"InstanceId.1", id})
	if _, err := w.env.Runner.Run(ctx, c); err != nil {
		w.env.Warn("CommandRuns", "the script on %s could not be stopped, and may still run: %s", id, reason(err))
	}
}

// outcome reads what the script left.
func (w *work) outcome(ctx context.Context, id, invoke string) (execution, error) {
	var got result
	began := w.env.Now()
	err := w.env.Poll(ctx, steps.Wait{What: "the result of the script on " + id, Every: commandEvery, For: lookFor}, func(ctx context.Context) (steps.State, error) {
		var err error
		got, err = w.reader().result(ctx, invoke, id)
		if w.notYetListed(err, began) {
			return steps.State{}, nil
		}
		return steps.State{Done: slices.Contains(finalHere, got.Status)}, err
	})
	var late *steps.WaitError
	if errors.As(err, &late) && late.Blind == nil && got.Status != "" {
		err = nil // it was stopped, or should have been: what there is by now is shown
	}
	done := execution{Instance: id, Invoke: invoke, Status: got.Status, ExitCode: got.ExitCode, ErrorCode: got.ErrorCode, ErrorInfo: got.ErrorInfo, Dropped: got.Dropped}
	if done.Output = string(got.Output); !utf8.Valid(got.Output) {
		done.Output, done.Base64 = "", got.Output
	}
	if got.Dropped > 0 {
		w.env.Warn("OutputDropped", "the service kept the first 24 KB of the output and dropped %d bytes", got.Dropped)
	}
	return done, err
}

// failure is the error of a script that did not do what it should, nil if it did.
func (e execution) failure(name string) *steps.Error {
	if e.ok() {
		return nil
	}
	message := fmt.Sprintf("%s on %s ended as %s", name, e.Instance, e.Status)
	if e.ExitCode != nil && e.Status == "Failed" {
		message = fmt.Sprintf("%s on %s ended with exit code %d", name, e.Instance, *e.ExitCode)
	}
	if e.ErrorCode != "" && e.ErrorCode != "ExitCodeNonzero" {
		message += fmt.Sprintf(" (%s: %s)", e.ErrorCode, e.ErrorInfo)
	}
	return &steps.Error{Code: "ScriptFailed", Exit: steps.ExitFailed, Message: message}
}

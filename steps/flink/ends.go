package flink

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"aligate/runner"
	"aligate/steps"
)

// unconfirmed is the end of a write without its flag: it says all that there is to know before giving it (facts F3, F11).
func (x *execution) unconfirmed(ctx context.Context) error {
	check := x.safety(ctx)
	x.preview = check
	message := fmt.Sprintf("this would %s; it needs --%s", x.plan.change, x.op.flag)
	if check.Already {
		message = fmt.Sprintf("everything is so already, and nothing would be sent; it needs --%s all the same", x.op.flag)
	}
	return &steps.Error{
		Code: "SafetyCheckRequired", Category: byConfirmation, Exit: steps.ExitConfirm, Details: check, Message: message,
		Hints: []string{"go on with: " + check.Command},
	}
}

// needless is the end of a write that finds everything as it is to be. What is there and cannot be used yet is waited
// for like what was just made.
func (x *execution) needless(ctx context.Context) error {
	if x.v.Is("wait") && !x.sight.ready {
		if err := x.poll(ctx); err != nil || !x.sight.matches() {
			return x.unfinished(err)
		}
	}
	x.Noop, x.Message, x.Data = true, x.plan.noop.message, x.plan.noop.data
	x.Report.Verify.Checks++
	x.seen(x.sight)
	x.complete("already so: " + x.plan.noop.message)
	x.adopt()
	return nil
}

// done is the end of a write that the service shows.
func (x *execution) done() error {
	x.complete("the read-back shows it")
	if !x.sight.ready && x.role == alone {
		x.cloud.env.Warn("NotReady", "%s is %s; --wait waits for it to be ready", x.plan.target, x.sight.status)
	}
	x.settle()
	return nil
}

// refused is the end of a write that the service refused. That it exists already, or is gone already, is success if
// the service shows what was asked for (facts G1).
func (x *execution) refused(ctx context.Context, err error) error {
	fault := faultOf(ctx, err, x.op.action)
	if runner.API(err) == nil { // nothing was sent
		if !x.doubted {
			x.never()
			return err
		}
		return x.unproven(err)
	}
	if x.plan.asGood != "" && fault.Category == x.plan.asGood {
		if x.checkUp(ctx) { // what is there, or gone, may show late
			x.Report.Write.Note = "the service refused it, and the read-back shows what was asked for"
			return x.done()
		}
	} else {
		_, _ = x.look(ctx) // what it saw, or why it saw nothing, is kept
	}
	if x.doubted || x.blind == nil && x.sight.state != x.plan.now.state {
		return x.unproven(err)
	}
	x.never()
	return fault
}

// unproven is the end of a write of which nobody knows whether it was done, and of one that provably was not.
func (x *execution) unproven(err error) error {
	fault := faultOf(context.Background(), err, x.op.action)
	var refusal *unsuccessful
	denied := errors.As(err, &refusal) && x.Report.Write.Attempts == 1 // the service says itself that it did nothing
	if x.untouched && (denied || !x.doubted) {
		x.never()
		return fault
	}
	x.Reason = "unverified"
	return &steps.Error{
		Code: "OutcomeUnknown", Category: byAmbiguity, Exit: steps.ExitIncomplete, Err: err, RequestID: fault.RequestID, Details: x.Report.Verify,
		Message: fmt.Sprintf("whether this was done is not known: %s: %s: %s", x.plan.change, fault.Code, fault.Message),
		Changed: "perhaps: " + x.plan.change,
		Hints:   x.lookAgain(),
	}
}

// endings are the codes of a write that was accepted and is not there, by the reason.
var endings = map[string]string{"still_deleting": "StillDeleting", "not_ready": "NotReady", "failed": "ChangeFailed", "unverified": "Unverified"}

// unfinished is the end of a write that was accepted and that the service does not show, or not yet. waited is how the
// waiting ended, nil if there was none.
func (x *execution) unfinished(waited error) error {
	x.Reason = cmp.Or(x.sight.reason, "unverified")
	was := "was accepted"
	if x.Report.Write.Attempts == 0 {
		was = "was so, or on its way, already"
	}
	message := fmt.Sprintf("this %s, and the read-back does not show it: %s", was, x.plan.change)
	switch {
	case x.sight.failed != "":
		x.Reason, message = "failed", fmt.Sprintf("this %s, and did not succeed: %s: %s", was, x.plan.change, x.sight.failed)
	case x.sight.matches():
		x.Reason = "not_ready"
		message = fmt.Sprintf("this was done and cannot be used yet: %s", x.plan.change)
	case x.sight.reason != "":
		message = fmt.Sprintf("this %s, and is not finished: %s (%s)", was, x.plan.change, x.sight.status)
	}
	if waited != nil {
		message += "; " + waited.Error()
	} else if x.blind != nil {
		message += "; the last look failed: " + x.blind.Error()
	}
	fault := &steps.Error{
		Code: endings[x.Reason], Category: byAmbiguity, Exit: steps.ExitIncomplete, Err: errors.Join(waited, x.blind), RequestID: x.RequestID,
		Message: message, Changed: "the service accepted: " + x.plan.change, Hints: x.lookAgain(), Details: x.Report.Verify,
	}
	if fault.Code == "" {
		fault.Code = "Unverified"
	}
	if x.Report.Write.Attempts == 0 {
		fault.Changed = "nothing by this command: it was so, or on its way, already"
	}
	return fault
}

func (x *execution) lookAgain() []string {
	again := x.cloud.env.Command(x.plan.again)
	x.Report.Next = again
	return []string{"look again: " + again, "do not send the same change again before that"}
}

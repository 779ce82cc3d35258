package flink

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"aligate/jq"
	"aligate/runner"
	"aligate/steps"
)

// maxAttempts is how often one write is sent at the most (seed 004, 5).
const maxAttempts = 2

// checkWaits are the waits before the checks of a read-back (facts E2).
var checkWaits = []time.Duration{0, 3 * time.Second, 8 * time.Second}

// execution is one write on its way: plan, flag, call, read-back, report (facts G5).
type execution struct {
	cloud cloud
	v     steps.Values
	plan  *plan
	*result

	// sight is the last look that saw anything, blind why the last look saw nothing.
	sight sight
	blind error
	// untouched is set if each check of the last read-back saw what the plan saw.
	untouched bool
	// doubted is set if an attempt may have been applied although it failed.
	doubted bool
	role    role
	ledger  *steps.Ledger
}

// role is what a write is part of.
type role int

const (
	// alone: a command of its own.
	alone role = iota
	// linked: part of a chain, which waits itself until what is made can be used.
	linked
	// passing: part of a chain that deletes again what it makes.
	passing
)

// execute carries one write out and says what came of it. It never fails otherwise than by result.fault.
func (o *operation) execute(ctx context.Context, env *steps.Env, v steps.Values, as role) *result {
	x := &execution{cloud: cloudOf(env, v), v: v, result: newResult(o, v), role: as}
	if err := x.run(ctx); err != nil {
		x.fail(faultOf(ctx, err, o.action))
	}
	return x.result
}

func (x *execution) run(ctx context.Context) error {
	p, err := x.op.plan(ctx, x.cloud, x.v)
	if err != nil {
		return err
	}
	x.plan, x.sight = p, p.now
	x.planned(p)
	switch {
	case !x.v.Is(x.op.flag):
		return x.unconfirmed(ctx)
	case p.now.matches() && !p.repeats:
		return x.needless(ctx)
	case p.underway:
		return x.await(ctx)
	}
	if err := x.priced(ctx); err != nil {
		return err
	}
	if p.fresh != nil {
		if err := p.fresh(ctx); err != nil {
			return err
		}
	}
	if err := x.intend(); err != nil {
		return err
	}
	return x.carryOut(ctx)
}

// unconfirmed is the end of a write without its flag: it says all that there is to know before giving it (facts F3, F11).
func (x *execution) unconfirmed(ctx context.Context) error {
	check := x.safety(ctx)
	x.preview = check
	return &steps.Error{
		Code: "SafetyCheckRequired", Category: byConfirmation, Exit: steps.ExitConfirm, Details: check,
		Message: fmt.Sprintf("this would %s; it needs --%s", x.plan.change, x.op.flag),
		Hints:   []string{"go on with: " + check.Command},
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
	return x.adopt()
}

// priced asks for the price. One that cannot be made stops the write; one that fails does not (facts H).
func (x *execution) priced(ctx context.Context) error {
	if x.plan.quote == nil {
		return nil
	}
	q, err := x.cloud.price(ctx, *x.plan.quote)
	switch {
	case err != nil:
		if cause := context.Cause(ctx); cause != nil {
			return cause
		}
		x.cloud.env.Warn("PriceUnknown", "the price could not be asked for: %v", faultOf(ctx, err, x.op.action).Message)
	case q.Code != "" && x.plan.binding:
		return hinting(blocked(q.Code, q,
			"the service gives no price for this: %s", cmp.Or(q.Message, q.Code)),
			"settle this first, e.g. an unpaid order, in the console")
	}
	x.Report.Price = q
	return nil
}

func (c cloud) price(ctx context.Context, call runner.Command) (*quote, error) {
	answer, err := c.ask(ctx, call)
	if err != nil {
		return nil, err
	}
	q, err := jq.Into[quote]("flink/price", answer.body, nil)
	return &q, err
}

// fate is what a failed write means for what comes next.
type fate int

const (
	// refused: it was not done, and will not be.
	refused fate = iota
	// undone: it was not done, and may be tried again.
	undone
	// doubtful: it may have been done.
	doubtful
)

// fateOf says what a failure of a write means (facts A5, B4, G1).
func fateOf(err error) fate {
	var (
		refusal *unsuccessful
		shape   *jq.ShapeError
	)
	switch class := runner.ClassOf(err); {
	case errors.As(err, &refusal), errors.As(err, &shape):
		return doubtful
	case class == runner.Throttled, class == runner.NotSent:
		return undone
	case runner.Doubtful(err) && !barred(err):
		return doubtful
	}
	return refused
}

// carryOut sends the call, and once more only where reads have shown that nothing has changed (facts G1). What happens
// after the first call goes on after a first Ctrl-C: it is the proof.
func (x *execution) carryOut(ctx context.Context) error {
	after, cancel := steps.Afterwards(ctx)
	defer cancel()
	for {
		err := x.send(ctx)
		if err == nil {
			return x.confirm(ctx, after)
		}
		x.wrote(err)
		fate := fateOf(err)
		if fate == refused && x.busy(ctx, err) {
			continue
		}
		if fate == refused {
			return x.refused(after, err)
		}
		x.doubted = x.doubted || fate == doubtful
		if x.checkUp(after) {
			x.Report.Write.Note = "the call failed, and the read-back shows that it was done"
			return x.done()
		}
		if !x.untouched && x.blind == nil && x.sight.reason != "" && x.sight.failed == "" {
			x.Report.Write.Note = "the call failed, and the read-back shows that the service is at it"
			return x.confirm(ctx, after)
		}
		if !x.resend(ctx, err) {
			return x.unproven(err)
		}
		x.cloud.env.Note("%s: %s; the reads show that nothing changed; sending it a second time", x.plan.change, x.Report.Write.Code)
	}
}

// resend reports whether the call may be sent again after err.
func (x *execution) resend(ctx context.Context, err error) bool {
	var refusal *unsuccessful
	return x.Report.Write.Attempts < maxAttempts && x.untouched && context.Cause(ctx) == nil &&
		!errors.As(err, &refusal) && runner.ClassOf(err) != runner.Unclassified &&
		!(x.plan.costly && x.doubted)
}

// busy reports whether the service refused because it was at something else, and is done with it now: then the call may
// be sent again (facts G1).
func (x *execution) busy(ctx context.Context, err error) bool {
	api := runner.API(err)
	if api == nil || !strings.Contains(api.Code, "InProgress") || x.doubted || x.Report.Write.Attempts >= maxAttempts {
		return false
	}
	every := seconds(x.v, "poll-interval", 30)
	x.cloud.env.Note("%s: %s; waiting for the service to finish what it is at", x.plan.change, api.Code)
	if x.cloud.env.Sleep(ctx, every) != nil {
		return false
	}
	wait := steps.Wait{What: x.plan.target.String() + " to be as it was", Every: every, For: seconds(x.v, "wait-timeout", 600)}
	return nil == x.cloud.env.Poll(ctx, wait, func(ctx context.Context) (steps.State, error) {
		s, err := x.look(ctx)
		return steps.State{Text: s.status, Done: err == nil && s.state == x.plan.now.state}, err
	})
}

// send makes one call. What the reply tells is kept.
func (x *execution) send(ctx context.Context) error {
	x.Report.Write.Attempts++
	answer, err := x.cloud.ask(ctx, x.plan.call)
	if answer.requestID != "" {
		x.RequestID, x.Report.Write.RequestID = answer.requestID, answer.requestID
	}
	if err != nil {
		return err
	}
	got, err := jq.Into[order]("flink/order", answer.body, nil)
	if err != nil {
		return err
	}
	x.Data = answer.body
	x.Report.Write.Success, x.Report.Write.Code = true, ""
	x.cloud.env.Request(answer.requestID)
	if x.plan.accept != nil {
		x.plan.accept(got)
	}
	return x.known()
}

// wrote notes that the call failed.
func (x *execution) wrote(err error) {
	fault := faultOf(context.Background(), err, x.op.action)
	x.Report.Write.Success, x.Report.Write.Code = false, fault.Code
	x.Report.Write.Message = fault.Message
	if fault.RequestID != "" {
		x.RequestID, x.Report.Write.RequestID = fault.RequestID, fault.RequestID
	}
}

// look looks once and keeps what it saw.
func (x *execution) look(ctx context.Context) (sight, error) {
	s, err := x.plan.look(ctx)
	x.blind = err
	x.Report.Verify.Checks++
	if err != nil {
		x.untouched = false
		return sight{}, err
	}
	x.sight = s
	x.seen(s)
	x.untouched = x.untouched && s.state == x.plan.now.state
	return s, nil
}

// checkUp looks up to three times, and reports whether what was asked for is there.
func (x *execution) checkUp(ctx context.Context) bool {
	x.untouched = true
	for _, wait := range checkWaits {
		if x.cloud.env.Sleep(ctx, wait) != nil {
			x.untouched = false
			return false
		}
		s, err := x.look(ctx)
		switch {
		case err == nil && s.matches():
			return true
		case err == nil && s.failed != "":
			return false
		}
	}
	return false
}

// confirm reads back what was accepted, and waits for the end of it if that was asked for.
func (x *execution) confirm(ctx, after context.Context) error {
	found := x.checkUp(after)
	if x.v.Is("wait") && x.sight.failed == "" && !(found && x.sight.ready) {
		if err := x.poll(ctx); err != nil {
			return x.unfinished(err)
		}
		found = x.sight.matches()
	}
	if !found {
		return x.unfinished(nil)
	}
	return x.done()
}

// await is confirm for a change that the service is at already.
func (x *execution) await(ctx context.Context) error {
	x.Report.Write.Note = "nothing was sent: the service is at it already"
	return x.confirm(ctx, ctx)
}

// poll looks until what was asked for is there and can be used (facts E3).
func (x *execution) poll(ctx context.Context) error {
	wait := steps.Wait{What: x.plan.change, Every: seconds(x.v, "poll-interval", 30), For: seconds(x.v, "wait-timeout", 600)}
	return x.cloud.env.Poll(ctx, wait, func(ctx context.Context) (steps.State, error) {
		s, err := x.look(ctx)
		return steps.State{Text: s.status, Done: s.matches() && s.ready || s.failed != ""}, err
	})
}

// done is the end of a write that the service shows.
func (x *execution) done() error {
	x.complete("the read-back shows it")
	if !x.sight.ready && x.role == alone {
		x.cloud.env.Warn("NotReady", "%s is %s; --wait waits for it to be ready", x.plan.target, x.sight.status)
	}
	return x.settle()
}

// refused is the end of a write that the service refused. That it exists already, or is gone already, is success if
// the service shows what was asked for (facts G1).
func (x *execution) refused(ctx context.Context, err error) error {
	fault := faultOf(ctx, err, x.op.action)
	if runner.API(err) == nil { // nothing was sent
		if !x.doubted {
			return errors.Join(x.never(), err)
		}
		return x.unproven(err)
	}
	s, blind := x.look(ctx)
	switch {
	case blind == nil && s.matches() && x.plan.asGood != "" && fault.Category == x.plan.asGood:
		x.Report.Write.Note = "the service refused it, and the read-back shows what was asked for"
		return x.done()
	case x.doubted || blind == nil && s.state != x.plan.now.state:
		return x.unproven(err)
	}
	return errors.Join(x.never(), fault)
}

// unproven is the end of a write of which nobody knows whether it was done, and of one that provably was not.
func (x *execution) unproven(err error) error {
	fault := faultOf(context.Background(), err, x.op.action)
	if !x.doubted && x.untouched {
		return errors.Join(x.never(), fault)
	}
	var refusal *unsuccessful
	if errors.As(err, &refusal) && x.untouched && x.Report.Write.Attempts == 1 {
		return errors.Join(x.never(), fault) // the service says so itself, and shows it
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
	message := fmt.Sprintf("this was accepted, and the read-back does not show it: %s", x.plan.change)
	switch {
	case x.sight.failed != "":
		x.Reason, message = "failed", fmt.Sprintf("this was accepted and did not succeed: %s: %s", x.plan.change, x.sight.failed)
	case x.sight.matches():
		x.Reason = "not_ready"
		message = fmt.Sprintf("this was done and cannot be used yet: %s", x.plan.change)
	case x.sight.reason != "":
		message = fmt.Sprintf("this was accepted and is not finished: %s (%s)", x.plan.change, x.sight.status)
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

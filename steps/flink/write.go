package flink

import (
	"context"
	"errors"
	"strings"

	"aligate/jq"
	"aligate/runner"
	"aligate/steps"
)

// maxAttempts is how often one write is sent at the most (seed 004, 5).
const maxAttempts = 2

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
	case runner.Doubtful(err):
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
		x.ours = x.doubted
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
	x.Report.Write.Success, x.Report.Write.Code, x.Report.Write.Message, x.ours = true, "", "", true
	x.cloud.env.Request(answer.requestID)
	if x.plan.accept != nil {
		x.plan.accept(got)
	}
	x.known()
	return nil
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

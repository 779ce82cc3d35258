package flink

import (
	"context"
	"time"

	"aligate/steps"
)

// checkWaits are the waits before the checks of a read-back (facts E2).
var checkWaits = []time.Duration{0, 3 * time.Second, 8 * time.Second}

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

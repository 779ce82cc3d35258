package steps

import (
	"context"
	"errors"
	"fmt"
	"time"

	"aligate/runner"
)

// Wait says how long and how often to look for something that takes its time.
type Wait struct {
	// What is waited for, for messages: "instance i-1 to run".
	What string
	// Every is the time between two looks, For the time after which it is given up; both before scaling.
	Every, For time.Duration
}

// State is what one look has found.
type State struct {
	// Text is the state in the service's own word, e.g. "Pending"; each change of it is told.
	Text string
	// Done ends the waiting.
	Done bool
}

// WaitError: it did not happen in time.
type WaitError struct {
	Wait Wait
	// After is how long it was waited for.
	After time.Duration
	// Last is the last state seen, empty if none was.
	Last string
	// Blind is the failure of the last look, nil if it did not fail.
	Blind error
}

func (e *WaitError) Error() string {
	s := fmt.Sprintf("waited %s for %s", e.After.Round(time.Second), e.Wait.What)
	if e.Last != "" {
		s += ", which is " + e.Last
	}
	if e.Blind != nil {
		s += "; the last look failed: " + e.Blind.Error()
	}
	return s
}

func (e *WaitError) Unwrap() error { return e.Blind }

// patience is how many looks in a row may fail in a way that passes before a Poll gives up.
const patience = 5

// Poll looks until look says that it is done, at once and then every w.Every. A look that fails in a way that passes
// (throttled, no answer, server error) counts as one that saw nothing. Errors: *WaitError; look's own, if it does not
// pass; the cause of ctx.
func (e *Env) Poll(ctx context.Context, w Wait, look func(ctx context.Context) (State, error)) error {
	began, last, failures := e.Now(), "", 0
	for {
		state, err := look(ctx)
		switch {
		case err == nil && state.Done:
			return nil
		case err == nil:
			failures = 0
			if state.Text != "" && state.Text != last {
				last = state.Text
				e.Note("waiting for %s: %s", w.What, last)
			}
		case context.Cause(ctx) != nil || !passes(err):
			return err
		default:
			failures++
		}
		waited := e.Now().Sub(began)
		if waited >= e.engine.scaled(w.For) || failures >= patience {
			return &WaitError{Wait: w, After: waited, Last: last, Blind: err}
		}
		if err := e.Sleep(ctx, w.Every); err != nil {
			return err
		}
	}
}

// passes reports whether a look that failed with err is worth repeating.
func passes(err error) bool {
	switch runner.ClassOf(err) {
	case runner.Throttled, runner.Server, runner.Timeout, runner.NotSent, runner.Broken, runner.BadOutput, runner.Killed:
		return true
	}
	return false
}

// Sleep waits for d, shortened by --timeout below 1. It returns the cause of ctx if that ends first.
func (e *Env) Sleep(ctx context.Context, d time.Duration) error {
	sleep := e.engine.Sleep
	if sleep == nil {
		sleep = runner.Sleep
	}
	if err := sleep(ctx, min(d, e.engine.scaled(d))); err != nil {
		return errors.Join(context.Cause(ctx), err)
	}
	return context.Cause(ctx)
}

// scaled stretches or shortens d as --timeout says.
func (e *Engine) scaled(d time.Duration) time.Duration {
	if e.Scale == 0 {
		return d
	}
	return time.Duration(float64(d) * e.Scale)
}

// Note tells whoever watches what happens.
func (e *Env) Note(format string, args ...any) {
	e.engine.Progress.Note(fmt.Sprintf(format, args...))
}

// Afterwards returns a context for what has to be done although the user asked to stop: it goes on after the first
// signal and ends with the second.
func Afterwards(ctx context.Context) (context.Context, context.CancelFunc) {
	after, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := func() bool { return true }
	if abort := runner.AbortOf(ctx); abort != nil {
		stop = context.AfterFunc(abort, func() { cancel(context.Cause(abort)) })
	}
	return after, func() { stop(); cancel(nil) }
}

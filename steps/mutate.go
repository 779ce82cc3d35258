package steps

import (
	"cmp"
	"context"
	"time"

	"aligate/runner"
)

// Presence is the answer to "is it there?". The zero value is Unknown: a question that failed proves nothing.
type Presence int

// The three answers.
const (
	Unknown Presence = iota
	Absent
	Present
)

// Mutation is one change in the cloud under the protocol that makes it safe to be cut off at any point: the
// intent is on disk before the call; after a doubtful answer, or a crash, comes a look before any second call;
// and there is no third.
type Mutation[T any] struct {
	// Step is the step's name; Subject says what is changed, for the record and messages.
	Step    string
	Subject string
	Command runner.Command
	// Attempts is how often Command is started at the most, maxAttempts if 0.
	Attempts int
	// Accept reads the reply. An error means that the outcome is unknown.
	Accept func(ctx context.Context, res runner.Result) (T, error)
	// Look finds out whether the change is there. since is when the first attempt began: what is older is not
	// ours.
	Look func(ctx context.Context, since time.Time) (Presence, T, error)
}

// maxAttempts is how often a Mutation's command is started at the most, unless it says otherwise.
const maxAttempts = 2

// MutationResult is how a Mutation ended well.
type MutationResult[T any] struct {
	Value T
	// Adopted is set if the change was found by Look rather than confirmed by the reply.
	Adopted bool
	// Doubt is the failure that made Look necessary, nil after a crash.
	Doubt error
}

// UnsettledError: nobody knows whether the change happened. The pending entry stays on disk.
type UnsettledError struct {
	Subject string
	// Doubt is the failure of the call, nil if an earlier process was cut off.
	Doubt error
	// Blind is why looking did not help.
	Blind error
}

func (e *UnsettledError) Error() string {
	s := e.Subject + ": the outcome is unknown"
	if e.Doubt != nil {
		s += ": " + e.Doubt.Error()
	}
	if e.Blind != nil {
		s += "; looking for it failed too: " + e.Blind.Error()
	}
	return s
}

func (e *UnsettledError) Unwrap() []error {
	var errs []error
	for _, err := range []error{e.Doubt, e.Blind} {
		if err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}

// RefusedError: the change was refused, definitely. Doubted is set if an earlier attempt of this run had no
// clear outcome, so that what stands in the way may be its work; Since is when that attempt began.
type RefusedError struct {
	Doubted bool
	Since   time.Time
	Err     error
}

func (e *RefusedError) Error() string { return e.Err.Error() }
func (e *RefusedError) Unwrap() error { return e.Err }

// Mutate carries m out. Errors: *RefusedError, *UnsettledError, and those of keeping the record.
func Mutate[T any](ctx context.Context, env *Env, m Mutation[T]) (MutationResult[T], error) {
	var none MutationResult[T]
	pending := env.rec.Pending[m.Step]
	doubted := pending != nil
	if !doubted {
		pending = &Pending{Began: env.Now(), Subject: m.Subject}
	}
	most := cmp.Or(m.Attempts, maxAttempts)
	var doubt error
	for {
		if doubted {
			presence, value, blind := m.Look(ctx, pending.Began)
			switch {
			case presence == Present:
				// As below: the entry goes with the record of the step itself.
				delete(env.rec.Pending, m.Step)
				return MutationResult[T]{Value: value, Adopted: true, Doubt: doubt}, nil
			case presence == Unknown:
				return none, &UnsettledError{Subject: m.Subject, Doubt: doubt, Blind: blind}
			case pending.Attempts >= most:
				if err := env.settle(m.Step); err != nil {
					return none, err
				}
				if doubt == nil {
					// Two attempts of earlier processes, both proven absent: this process may try afresh.
					pending.Attempts = 0
					break
				}
				return none, &RefusedError{Doubted: true, Since: pending.Began, Err: doubt}
			}
		}
		pending.Attempts++
		if err := env.intend(m.Step, pending); err != nil {
			return none, err
		}
		res, err := env.Runner.Run(ctx, m.Command)
		if err == nil {
			value, err := m.Accept(ctx, res)
			if err == nil {
				// The entry goes with the record of the step itself, so that no moment is without either.
				delete(env.rec.Pending, m.Step)
				return MutationResult[T]{Value: value}, nil
			}
			doubt = err
		} else if !runner.Doubtful(err) {
			if settled := env.settle(m.Step); settled != nil {
				return none, settled
			}
			return none, &RefusedError{Doubted: doubted, Since: pending.Began, Err: err}
		} else {
			doubt = err
			if runner.ClassOf(err) == runner.Unclassified {
				// A message nobody can read may say why it will never work: look, but do not call again.
				pending.Attempts = most
			}
		}
		if cause := context.Cause(ctx); cause != nil {
			return none, &UnsettledError{Subject: m.Subject, Doubt: doubt, Blind: cause}
		}
		doubted = true
	}
}

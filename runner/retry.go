package runner

import (
	"context"
	"math/rand/v2"
	"time"
)

// Retry repeats commands after failures that pass: the rows below, and nothing else.
type Retry struct {
	Runner Runner
	// Sleep waits, or returns early with the context's error. Nil means real time.
	Sleep func(ctx context.Context, d time.Duration) error
	// Notify is told before each repetition. May be nil.
	Notify func(c Command, err error, attempt int, wait time.Duration)
}

var _ Runner = (*Retry)(nil)

// retryRules say how often a command is repeated after a failure of a class, and what it waits before each
// repetition (eas-facts D7 to D11). A Mutates command is repeated only where the failure proves that nothing
// was done.
var retryRules = map[Class]struct {
	waits   []time.Duration
	mutates bool
	// slow appends the command's Slow arguments; without them it is not repeated.
	slow bool
}{
	Throttled: {waits: []time.Duration{1 * time.Second, 2 * time.Second, 4 * time.Second}, mutates: true},
	NotSent:   {waits: []time.Duration{1 * time.Second}, mutates: true},
	Server:    {waits: []time.Duration{1 * time.Second, 2 * time.Second}},
	Broken:    {waits: []time.Duration{1 * time.Second}},
	BadOutput: {waits: []time.Duration{0}},
	Timeout:   {waits: []time.Duration{0}, slow: true},
}

// Run runs c, and again where a rule says so. The error is that of the last attempt.
func (r *Retry) Run(ctx context.Context, c Command) (Result, error) {
	tries := map[Class]int{}
	for attempt := 1; ; attempt++ {
		res, err := r.Runner.Run(ctx, c)
		if err == nil || attempt == c.Most || c.Kind.Shared() || ctx.Err() != nil {
			return res, err
		}
		class := ClassOf(err)
		rule, ok := retryRules[class]
		if !ok || tries[class] >= len(rule.waits) || (c.Effect == Mutates && !rule.mutates) {
			return res, err
		}
		wait := jitter(rule.waits[tries[class]])
		tries[class]++
		if rule.slow {
			if c.Slow == nil {
				return res, err
			}
			c, c.Slow = c.With(c.Slow...), nil
		}
		if r.Notify != nil {
			r.Notify(c, err, attempt+1, wait)
		}
		if r.sleep(ctx, wait) != nil {
			return res, err
		}
	}
}

// jitter adds up to a quarter, so that runs refused together do not come back together.
func jitter(d time.Duration) time.Duration {
	if d == 0 {
		return 0
	}
	return d + rand.N(d/4)
}

func (r *Retry) sleep(ctx context.Context, d time.Duration) error {
	if r.Sleep != nil {
		return r.Sleep(ctx, d)
	}
	return Sleep(ctx, d)
}

// Sleep waits for d, or until ctx ends, whose error it returns then.
func Sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

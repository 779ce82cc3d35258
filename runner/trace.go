package runner

import "context"

// Trace tells its observers of every process: before it starts and when it has ended. It stands below Retry, so
// that each attempt is seen: the journal counts processes, not intentions.
type Trace struct {
	Runner Runner
	Before func(c Command)
	After  func(c Command, res Result, err error)
}

var _ Runner = (*Trace)(nil)

// Run runs c between the two calls.
func (t *Trace) Run(ctx context.Context, c Command) (Result, error) {
	if t.Before != nil {
		t.Before(c)
	}
	res, err := t.Runner.Run(ctx, c)
	if t.After != nil {
		t.After(c, res, err)
	}
	return res, err
}

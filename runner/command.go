// Package runner runs one command of the official aliyun CLI and says what came of it.
//
// It owns: the command as data (Command), the process (Exec), what counts as success (Check), the reading of
// errors (ExitError, APIError, Class), repeating (Retry), tracing (Trace), redaction (Redactor), and how an argv
// is shown to people (Quote).
//
// It must not know: what a step, a service, a gate file or a flag of aligate is; it prints nothing and keeps no
// state on disk but the lock file of Exclusive.
package runner

import (
	"context"
	"time"
)

// Effect says what a command does to the cloud or to the machine user's CLI settings.
type Effect int

const (
	// Mutates is the zero value: a command is taken to change something unless its author says otherwise.
	Mutates Effect = iota
	// ReadOnly commands may be interrupted and repeated at will.
	ReadOnly
)

// String returns "mutates" or "read-only", the spelling used in plans, journals and recordings.
func (e Effect) String() string {
	if e == ReadOnly {
		return "read-only"
	}
	return "mutates"
}

// Kind groups the commands by how long they may take and by what they share with other runs.
type Kind int

const (
	// Read is a server call that changes nothing.
	Read Kind = iota
	// Write is a server call that creates, changes or deletes something.
	Write
	// Local is a configure command: it edits files of the machine user, under no lock of the CLI's own (eas-facts E.7).
	Local
	// Plugin is a plugin command: like Local, and it may download.
	Plugin
)

// limits is how long a command of each kind may run before it is interrupted (eas-facts E.5).
var limits = map[Kind]time.Duration{
	Read:   75 * time.Second,
	Write:  120 * time.Second,
	Local:  75 * time.Second,
	Plugin: 330 * time.Second,
}

// Limit returns how long a command of kind k may run, times scale.
func (k Kind) Limit(scale float64) time.Duration {
	return time.Duration(float64(limits[k]) * scale)
}

// Shared reports whether commands of kind k edit files that all runs of the machine user share.
func (k Kind) Shared() bool { return k == Local || k == Plugin }

// Share is what a command does to a setting that several runs need at once.
type Share int

const (
	// Alone is the zero value: nothing of the kind.
	Alone Share = iota
	// Enter commands turn the setting on, for this run among others.
	Enter
	// Leave commands turn it off, unless another run still needs it.
	Leave
)

// Command is one call of aliyun, as plain data.
type Command struct {
	// Args is the argv after "aliyun", passed on element by element and never through a shell.
	Args []string
	// Effect decides about interruption and repetition. The zero value is Mutates.
	Effect Effect
	// Kind decides about the deadline and the lock between runs.
	Kind Kind
	// JSON is set if success means one JSON value on stdout.
	JSON bool
	// Slow is appended to Args when the command is repeated because it timed out, e.g. --read-timeout 60. Nil: it is
	// not repeated then; empty: it is repeated as it is.
	Slow []string
	// Share says whether the command begins or ends the use of something that all runs of the machine user share:
	// see Exclusive.
	Share Share
	// Most is how often the command is started at the most, whatever the failure; 0 leaves it to Retry's table.
	Most int
}

// With returns a copy of c with args appended to its argv.
func (c Command) With(args ...string) Command {
	c.Args = append(append(make([]string, 0, len(c.Args)+len(args)), c.Args...), args...)
	return c
}

// Result is what a process left behind. It is filled with whatever was captured even when Run returns an error.
type Result struct {
	Stdout []byte
	Stderr []byte
	// ExitCode is the child's; -1 if it was killed or never started.
	ExitCode int
	// Signal is the name of the signal that ended the child, empty if it exited.
	Signal string
	// Duration is wall time, from start to the end of its output.
	Duration time.Duration
	// JSON is the decoded value of stdout (numbers as json.Number) after Check, if the Command asked for JSON.
	JSON any
	// Skipped says why no process was needed; the result is as good as one that exited 0.
	Skipped string
	// Chatter is what stood on stdout before the JSON: the CLI prints plugin installations there (eas-facts 0.5).
	Chatter string
}

// Runner runs commands. The error is nil only if the child exited 0 and, above Check, printed what was asked for.
type Runner interface {
	Run(ctx context.Context, c Command) (Result, error)
}

// Func makes a Runner of a function.
type Func func(ctx context.Context, c Command) (Result, error)

// Run calls f.
func (f Func) Run(ctx context.Context, c Command) (Result, error) { return f(ctx, c) }

var _ Runner = Func(nil)

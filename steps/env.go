package steps

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"aligate/runner"
)

// Env is what a step works with.
type Env struct {
	// Runner runs aliyun.
	Runner runner.Runner
	// Values are the run's parameters, with defaults.
	Values Values
	// Now tells the time.
	Now Clock
	// Rand is where random suffixes come from.
	Rand io.Reader
	// Environ is the environment of the process.
	Environ []string
	// Ask lets the user choose one of options and returns its index. Nil where nobody is there to ask.
	Ask func(ctx context.Context, question string, options []string) (int, error)
	// Type lets the user answer prompt with a line. Nil where nobody is there to ask.
	Type func(ctx context.Context, prompt string) (string, error)
	// Redactor takes the secrets that a step learns of.
	Redactor *runner.Redactor
	// Args are the arguments of a Tool.
	Args []string
	// Stdin is what is piped in.
	Stdin io.Reader
	// Version is that of the program.
	Version string

	engine     *Engine
	rec        *Record
	warnings   []Warning
	requestIDs []string
}

// Warn adds a warning to the step's outcome.
func (e *Env) Warn(code, format string, args ...any) {
	e.warnings = append(e.warnings, Warning{Code: code, Message: e.Redactor.Text(fmt.Sprintf(format, args...))})
}

// Request notes the id of a request that changed something, for the record.
func (e *Env) Request(id string) {
	if id != "" {
		e.requestIDs = append(e.requestIDs, id)
	}
}

// Output decodes what step stored for later steps into v. It reports whether there was anything.
func (e *Env) Output(step string, v any) (bool, error) {
	rec := e.rec.Steps[step]
	if rec == nil || len(rec.Output) == 0 {
		return false, nil
	}
	return true, json.Unmarshal(rec.Output, v)
}

// EndedAt returns when step was last done, the zero time if it is not.
func (e *Env) EndedAt(step string) time.Time {
	if rec := e.rec.Steps[step]; rec != nil && rec.Status == Done {
		return rec.Ended
	}
	return time.Time{}
}

// Pending returns the change that step began and whose outcome is unknown, nil if there is none.
func (e *Env) Pending(step string) *Pending { return e.rec.Pending[step] }

// GateOpen returns nil if the gate of step is open, else an *Error with ExitBlocked that says why it is closed and
// which command opens it.
func (e *Env) GateOpen(step string) error {
	_, err := e.engine.gate(e.rec, step)
	return err
}

// Store replaces the output of step, for a step that renews another's.
func (e *Env) Store(step string, output any) error {
	raw, err := marshal(output)
	if err != nil {
		return err
	}
	rec := e.rec.Steps[step]
	if rec == nil {
		return fmt.Errorf("no record of step %q", step)
	}
	rec.Output, rec.Ended = raw, e.Now().UTC()
	return nil
}

// File reads what a step left beside the run record (Outcome.Files) into v, a pointer.
func (e *Env) File(name string, v any) error { return e.engine.Store.Kept(name, v) }

// Keep stores v in the state directory under name, for Recall in a later process. When it returns nil, that is on the
// disk.
func (e *Env) Keep(name string, v any) error {
	return errors.Join(e.engine.Store.Keep(e.apart(name), v), e.engine.Store.Flush())
}

// Recall reads what Keep has stored into v, a pointer; what was kept in a replay, only in a replay.
func (e *Env) Recall(name string, v any) error { return e.engine.Store.Kept(e.apart(name), v) }

// apart is name, or, in a replay, another one: what a recording says is no offer and no resource of the live account.
func (e *Env) apart(name string) string {
	if e.engine.Replay {
		return "replay-" + name
	}
	return name
}

// ReadFile reads a file of the user's, if it is one: not a link, not somebody else's.
func (e *Env) ReadFile(path string) ([]byte, error) {
	if err := ours(path); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

// WriteFile writes a file for the user, atomically, mode 0600. What stood there and was not written by this run
// (known by its digest) is kept beside it, under the name returned.
func (e *Env) WriteFile(path string, data []byte, known string) (kept string, err error) {
	old, err := e.ReadFile(path)
	if err == nil && digest(old) != known && string(old) != string(data) {
		kept = path + ".old"
		// The only copy of what somebody wrote: it is on the disk before the other one goes.
		if err := replaceDurably(kept, old); err != nil {
			return "", err
		}
	} else if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", err
	}
	return kept, replace(path, data)
}

// Command is an aligate command line as a message should show it, with the flags that find this run again.
func (e *Env) Command(words string) string { return e.engine.command(words) }

// intend puts a change that is about to be made on disk.
func (e *Env) intend(step string, p *Pending) error {
	e.rec.Pending[step] = p
	e.rec.Updated = e.Now().UTC()
	return errors.Join(e.engine.Store.Save(e.rec), e.engine.Store.Sync())
}

// settle removes the pending entry of a change whose outcome is known.
func (e *Env) settle(step string) error {
	delete(e.rec.Pending, step)
	return e.engine.Store.Save(e.rec)
}

package runner

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// StartError: the child could not be started at all; nothing was sent.
type StartError struct {
	Path string
	Err  error
}

func (e *StartError) Error() string { return fmt.Sprintf("cannot run %s: %v", e.Path, e.Err) }
func (e *StartError) Unwrap() error { return e.Err }

// LockError: the lock that serialises commands of the CLI's settings could not be taken; nothing was started.
type LockError struct {
	Path string
	Err  error
}

func (e *LockError) Error() string { return fmt.Sprintf("cannot lock %s: %v", e.Path, e.Err) }
func (e *LockError) Unwrap() error { return e.Err }

// DeadlineError: the child was ended because its time (Kind.Limit) was over. What it had sent is unknown.
type DeadlineError struct {
	Command Command
	After   time.Duration
}

func (e *DeadlineError) Error() string {
	return fmt.Sprintf("%s: no answer within %s", e.Command.Name(), e.After)
}

// InterruptedError: the user asked to stop. Started tells whether the child had been started by then.
type InterruptedError struct {
	Command Command
	Started bool
	Cause   error
}

func (e *InterruptedError) Error() string {
	if e.Started {
		return fmt.Sprintf("%s: cut off: %v", e.Command.Name(), e.Cause)
	}
	return fmt.Sprintf("%s: not started: %v", e.Command.Name(), e.Cause)
}
func (e *InterruptedError) Unwrap() error { return e.Cause }

// ExitError: the child ended with a code other than 0, or by a signal. API is what the service answered, nil if
// nothing on stderr or stdout says so in the labelled form.
type ExitError struct {
	Command Command
	Result  Result
	API     *APIError
}

func (e *ExitError) Error() string {
	if e.API != nil {
		return fmt.Sprintf("%s: %v", e.Command.Name(), e.API)
	}
	if e.Result.Signal != "" {
		return fmt.Sprintf("%s: ended by signal: %s", e.Command.Name(), e.Result.Signal)
	}
	if said := firstLine(e.Result.Stderr); said != "" {
		return fmt.Sprintf("%s: exit %d: %s", e.Command.Name(), e.Result.ExitCode, said)
	}
	return fmt.Sprintf("%s: exit %d, nothing on stderr", e.Command.Name(), e.Result.ExitCode)
}

func (e *ExitError) Unwrap() error {
	if e.API == nil {
		return nil
	}
	return e.API
}

// OutputError: the child exited 0 (or printed without end) and what it printed is not what was asked for.
type OutputError struct {
	Command Command
	Result  Result
	// Reason says what was there instead, e.g. "empty stdout".
	Reason string
}

func (e *OutputError) Error() string { return fmt.Sprintf("%s: %s", e.Command.Name(), e.Reason) }

// APIError is an error the service answered with, in its own words.
type APIError struct {
	Code      string
	Message   string
	RequestID string
	// Status is the HTTP status where the CLI tells it; the built-in commands never do (eas-facts 0.2).
	Status int
}

func (e *APIError) Error() string {
	code := e.Code
	if code == "" {
		code = "no error code"
	}
	if e.RequestID != "" {
		return fmt.Sprintf("%s: %s (request %s)", code, flat(e.Message), e.RequestID)
	}
	return fmt.Sprintf("%s: %s", code, flat(e.Message))
}

// ErrUnrecorded is what an error of a recording that does not fit the calls wraps.
var ErrUnrecorded = errors.New("not in the recording")

// Name is the command as an error names it: product and operation, without values.
func (c Command) Name() string {
	words := make([]string, 0, 3)
	for _, a := range c.Args {
		if strings.HasPrefix(a, "-") || len(words) == 3 {
			break
		}
		words = append(words, a)
	}
	return "aliyun " + strings.Join(words, " ")
}

// API returns the service's own error inside err, nil if there is none.
func API(err error) *APIError {
	var api *APIError
	if errors.As(err, &api) {
		return api
	}
	return nil
}

// Stderr returns what the failed child inside err had printed on stderr, empty if err holds no child.
func Stderr(err error) string {
	var exit *ExitError
	if errors.As(err, &exit) {
		return string(stripANSI(exit.Result.Stderr))
	}
	var out *OutputError
	if errors.As(err, &out) {
		return string(stripANSI(out.Result.Stderr))
	}
	return ""
}

// flat puts a message of several lines, as the services send them, on one.
func flat(s string) string { return strings.Join(strings.Fields(s), " ") }

func firstLine(b []byte) string {
	for line := range strings.Lines(string(stripANSI(b))) {
		if line = strings.TrimSpace(line); line != "" {
			return strings.TrimSpace(strings.TrimPrefix(line, "ERROR:"))
		}
	}
	return ""
}

// NewExitError is the error of a child that ended as res says.
func NewExitError(c Command, res Result) *ExitError {
	return &ExitError{Command: c, Result: res, API: parseAPIError(res)}
}

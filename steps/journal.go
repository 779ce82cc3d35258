package steps

import (
	"os"
	"sync"
	"time"

	"aligate/runner"
)

// Journal is journal.jsonl in the state directory: one line per aliyun process, appended when it has ended.
type Journal struct {
	Path     string
	Redactor *runner.Redactor
	Clock    Clock

	mu   sync.Mutex
	file *os.File
}

// entry is one line of the journal.
type entry struct {
	Time   time.Time `json:"time"`
	Args   []string  `json:"args"`
	Effect string    `json:"effect"`
	Exit   int       `json:"exit"`
	Signal string    `json:"signal,omitempty"`
	Millis int64     `json:"ms"`
	Stdout int       `json:"stdout_bytes"`
	Stderr int       `json:"stderr_bytes"`
	// Error is the code of the failure, in the words of the error it led to.
	Error     string `json:"error,omitempty"`
	RequestID string `json:"request_id,omitempty"`
}

// Write appends a line. The journal is evidence, not a precondition: a disk that is full must not stop a
// deployment between a create and its record, so a failure to write is not an error of the call.
func (j *Journal) Write(c runner.Command, res runner.Result, err error) {
	e := entry{
		Time:   j.Clock().UTC(),
		Args:   j.Redactor.Args(c.Args),
		Effect: c.Effect.String(),
		Exit:   res.ExitCode,
		Signal: res.Signal,
		Millis: res.Duration.Milliseconds(),
		Stdout: len(res.Stdout),
		Stderr: len(res.Stderr),
	}
	if err != nil {
		failure := FromCall(err)
		e.Error, e.RequestID = failure.Code, failure.RequestID
	}
	line, err := marshal(e)
	if err != nil {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.file == nil {
		if ours(j.Path) != nil {
			return
		}
		if j.file, err = os.OpenFile(j.Path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600); err != nil {
			return
		}
	}
	_, _ = j.file.Write(append(line, '\n'))
}

// Close closes the file.
func (j *Journal) Close() {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.file != nil {
		_ = j.file.Close()
		j.file = nil
	}
}

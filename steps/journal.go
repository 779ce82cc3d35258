package steps

import (
	"os"
	"sync"
	"time"

	"aligate/runner"
)

// Journal is journal.jsonl in the state directory: one line per aliyun process, appended when it has ended.
// The lines are written behind the run's back, those of a lull together; Close writes the last.
type Journal struct {
	Path     string
	Redactor *runner.Redactor
	Clock    Clock

	mu      sync.Mutex
	waiting []entry
	lull    *time.Timer
	file    *os.File
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
	// Skipped says why no process was started.
	Skipped string `json:"skipped,omitempty"`
	// Error is the code of the failure, in the words of the error it led to.
	Error     string `json:"error,omitempty"`
	RequestID string `json:"request_id,omitempty"`
}

// Write appends a line. The journal is evidence, not a precondition: a disk that is full must not stop a
// deployment between a create and its record, so a failure to write is not an error of the call.
func (j *Journal) Write(c runner.Command, res runner.Result, err error) {
	e := entry{
		Time:   j.Clock().UTC(),
		Args:   c.Args,
		Effect: c.Effect.String(),
		Exit:   res.ExitCode,
		Signal: res.Signal, Skipped: res.Skipped,
		Millis: res.Duration.Milliseconds(),
		Stdout: len(res.Stdout),
		Stderr: len(res.Stderr),
	}
	if err != nil {
		failure := FromCall(err)
		e.Error, e.RequestID = failure.Code, failure.RequestID
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.waiting = append(j.waiting, e)
	if j.lull == nil {
		j.lull = time.AfterFunc(lull, func() {
			j.mu.Lock()
			defer j.mu.Unlock()
			j.flush()
		})
	}
}

// flush writes the lines that wait, in one go. The caller holds mu.
func (j *Journal) flush() {
	if j.lull != nil {
		j.lull.Stop()
		j.lull = nil
	}
	if j.file == nil && len(j.waiting) > 0 && ours(j.Path) == nil {
		j.file, _ = os.OpenFile(j.Path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	}
	var lines []byte
	for _, e := range j.waiting {
		e.Args = j.Redactor.Args(e.Args)
		if line, err := marshal(e); err == nil {
			lines = append(append(lines, line...), '\n')
		}
	}
	j.waiting = nil
	if j.file != nil && len(lines) > 0 {
		_, _ = j.file.Write(lines)
	}
}

// Close writes what is left and closes the file.
func (j *Journal) Close() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.flush()
	if j.file != nil {
		_ = j.file.Close()
		j.file = nil
	}
}

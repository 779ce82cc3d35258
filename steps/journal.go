package steps

import (
	"os"
	"sync"
	"time"

	"aligate/runner"
)

// Journal is journal.jsonl in the state directory: one line per aliyun process, appended when it has ended.
// The lines are written behind the run's back; Close waits for the last.
type Journal struct {
	Path     string
	Redactor *runner.Redactor
	Clock    Clock

	start sync.Once
	lines chan entry
	done  chan struct{}
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
	j.start.Do(func() {
		j.lines, j.done = make(chan entry, 64), make(chan struct{})
		go j.work()
	})
	e := entry{
		Time:   j.Clock().UTC(),
		Args:   c.Args,
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
	j.lines <- e
}

func (j *Journal) work() {
	defer close(j.done)
	var file *os.File
	if ours(j.Path) == nil {
		file, _ = os.OpenFile(j.Path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	}
	for e := range j.lines {
		e.Args = j.Redactor.Args(e.Args)
		if line, err := marshal(e); err == nil && file != nil {
			_, _ = file.Write(append(line, '\n'))
		}
	}
	if file != nil {
		_ = file.Close()
	}
}

// Close writes what is left and closes the file.
func (j *Journal) Close() {
	j.start.Do(func() {})
	if j.lines != nil {
		close(j.lines)
		<-j.done
		j.lines = nil
	}
}

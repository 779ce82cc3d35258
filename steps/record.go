package steps

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"sync"
	"time"

	"aligate/runner"
)

// recordFormat is the version of run.json. A record of another version is refused, not guessed at.
const recordFormat = 1

// Record is one run, as it stands in run.json. Secrets are never in it.
type Record struct {
	Format   int       `json:"format"`
	Workflow string    `json:"workflow"`
	Run      string    `json:"run"`
	Started  time.Time `json:"started"`
	Updated  time.Time `json:"updated"`
	// Params are the parameters given so far, by any command of the run.
	Params Values                 `json:"params"`
	Steps  map[string]*StepRecord `json:"steps"`
	// Pending are changes that were begun and whose outcome is not known yet, by step.
	Pending map[string]*Pending `json:"pending,omitempty"`
	// Open is set while something that Workflow.Close undoes is in force.
	Open bool `json:"open"`

	// values are Params as steps get them, and digests those of single ones: asked for again and again while a run
	// finds out what is stale. Both go when Params change.
	values  Values
	digests map[string]string
}

// setParams gives the record other parameters.
func (r *Record) setParams(v Values) { r.Params, r.values, r.digests = v, nil, map[string]string{} }

// StepRecord is what a run knows of one step.
type StepRecord struct {
	Status  Status `json:"status"`
	Summary string `json:"summary,omitempty"`
	// Inputs are digests of what the step read: "--flag" or the name of a step. See Engine.stale.
	Inputs map[string]string `json:"inputs"`
	Output json.RawMessage   `json:"output,omitempty"`
	Gate   *GateRecord       `json:"gate,omitempty"`
	// Files are the names of what the step left beside the record.
	Files []string `json:"files,omitempty"`
	// RequestIDs are those of the calls that failed or changed something.
	RequestIDs []string  `json:"request_ids,omitempty"`
	Warnings   []Warning `json:"warnings,omitempty"`
	Began      time.Time `json:"began"`
	Ended      time.Time `json:"ended"`
}

// Pending is a change in the cloud that is under way.
type Pending struct {
	// Began is when the first attempt started.
	Began time.Time `json:"began"`
	// Attempts counts the calls begun, the one under way included.
	Attempts int `json:"attempts"`
	// Subject says what the change is about, e.g. "service x in cn-hangzhou".
	Subject string `json:"subject"`
}

// Store is the state directory: run.json, the journal, the lock, and files kept for later steps.
type Store struct {
	Dir      string
	Redactor *runner.Redactor

	start  sync.Once
	behind *writer
	// kept are the values of files that this process has written: a later step need not read them back.
	kept map[string]any
}

func (s *Store) writer() *writer {
	s.start.Do(func() { s.behind, s.kept = newWriter(s.write), map[string]any{} })
	return s.behind
}

// recordFile is the name of the run record in the state directory.
const recordFile = "run.json"

func (s *Store) path(name string) string { return filepath.Join(s.Dir, name) }

// Load returns the record of the state directory, or nil if there is none.
func (s *Store) Load(workflow string) (*Record, error) {
	raw, err := os.ReadFile(s.path(recordFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, stateError(err)
	}
	var rec Record
	if err := json.Unmarshal(raw, &rec); err != nil {
		return nil, &Error{Code: "RecordDamaged", Exit: ExitBlocked, Err: err,
			Message: fmt.Sprintf("%s is not a run record: %v", s.path(recordFile), err),
			Hints:   []string{"move the file away, or use another --state-dir; aliyun eas list-services shows what exists"}}
	}
	switch {
	case rec.Format != recordFormat:
		return nil, &Error{Code: "RecordFormat", Exit: ExitBlocked,
			Message: fmt.Sprintf("%s has format %d, this aligate reads format %d", s.path(recordFile), rec.Format, recordFormat),
			Hints:   []string{"go on with the aligate that wrote it, or use another --state-dir"}}
	case rec.Workflow != workflow:
		return nil, &Error{Code: "RecordWorkflow", Exit: ExitBlocked,
			Message: fmt.Sprintf("%s is a run of workflow %q, not %q", s.path(recordFile), rec.Workflow, workflow),
			Hints:   []string{"use another --state-dir"}}
	}
	if rec.Params == nil {
		rec.Params = Values{}
	}
	if rec.Steps == nil {
		rec.Steps = map[string]*StepRecord{}
	}
	if rec.Pending == nil {
		rec.Pending = map[string]*Pending{}
	}
	maps.DeleteFunc(rec.Steps, func(_ string, step *StepRecord) bool { return step == nil })
	maps.DeleteFunc(rec.Pending, func(_ string, p *Pending) bool { return p == nil })
	for _, step := range rec.Steps {
		// The file is indented for people; digests are taken of the form that steps produce.
		var b bytes.Buffer
		if err := json.Compact(&b, step.Output); err == nil {
			step.Output = b.Bytes()
		}
	}
	return &rec, nil
}

// Save hands the record over to be written, atomically. It is on disk after Flush, or a lull later; an error is that
// of an earlier write.
func (s *Store) Save(rec *Record) error {
	// Encoded now, for the run goes on changing it; made readable later.
	raw, err := marshal(rec)
	if err != nil {
		return err
	}
	return s.writer().putSlowly(recordFile, func() ([]byte, error) {
		if s.Redactor != nil && s.Redactor.Holds(raw) {
			// Not an error of the user's: a step put a secret into its output. Better no record than a leak.
			return nil, &Error{Code: "SecretInRecord", Exit: ExitFailed, Message: "the run record would hold a secret; it was not written"}
		}
		var b bytes.Buffer
		err := json.Indent(&b, raw, "", " ")
		b.WriteByte('\n')
		return b.Bytes(), err
	})
}

// Keep stores v, which nobody may change any more, as a file beside the record, for later steps.
func (s *Store) Keep(name string, v any) error {
	w := s.writer()
	s.kept[name] = v
	return w.putLater(name, func() ([]byte, error) { return marshal(v) })
}

// keeps reports whether Keep stored name, in this process or an earlier one.
func (s *Store) keeps(name string) bool {
	if _, here := s.kept[name]; here {
		return true
	}
	_, err := os.Lstat(s.path(name))
	return err == nil && ours(s.path(name)) == nil
}

// Kept reads what Keep stored, in this process or an earlier one, into v, a pointer.
func (s *Store) Kept(name string, v any) error {
	s.writer()
	to := reflect.ValueOf(v).Elem()
	if have := reflect.ValueOf(s.kept[name]); have.IsValid() && have.Type().AssignableTo(to.Type()) {
		to.Set(have)
		return nil
	}
	raw, err := os.ReadFile(s.path(name))
	if err != nil {
		return stateError(err)
	}
	return json.Unmarshal(raw, v)
}

// Flush waits until all that was saved is written: it survives the end of this process, however sudden.
func (s *Store) Flush() error { return s.writer().flush() }

// Sync waits until the record is on the disk itself: it survives a power cut.
func (s *Store) Sync() error {
	if err := s.writer().wait(recordFile); err != nil {
		return err
	}
	for _, path := range []string{s.path(recordFile), s.Dir} {
		f, err := os.Open(path)
		if err != nil {
			return stateError(err)
		}
		err = f.Sync()
		f.Close()
		if err != nil {
			return stateError(err)
		}
	}
	return nil
}

// Archive moves the record aside, under the name of its run, and returns its new path.
func (s *Store) Archive(rec *Record) (string, error) {
	if err := s.Flush(); err != nil {
		return "", err
	}
	to := s.path("run-" + rec.Run + ".json")
	if err := os.Rename(s.path(recordFile), to); err != nil {
		return "", stateError(err)
	}
	return to, nil
}

// write writes a file of the state directory, or, if name is an absolute path, a gate file.
func (s *Store) write(name string, data []byte) error {
	if filepath.IsAbs(name) {
		if err := replace(name, data); err != nil {
			return gateError(err)
		}
		return nil
	}
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return stateError(err)
	}
	err := replace(s.path(name), data)
	if err != nil && name != recordFile && ours(s.path(name)) == nil {
		_ = os.Remove(s.path(name)) // rather none than that of an earlier answer
	}
	return stateError(err)
}

func stateError(err error) error {
	if err == nil {
		return nil
	}
	return &Error{Code: "StateDirectory", Exit: ExitFailed, Err: err, Message: "cannot keep the state of the run: " + err.Error(),
		Hints: []string{MakeRoom(err, "make the directory writable, or choose another with --state-dir")}}
}

package steps

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/google/renameio/v2"

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
}

// StepRecord is what a run knows of one step.
type StepRecord struct {
	Status  Status `json:"status"`
	Summary string `json:"summary,omitempty"`
	// Inputs are digests of what the step read: "--flag" or the name of a step. See Engine.stale.
	Inputs map[string]string `json:"inputs"`
	Output json.RawMessage   `json:"output,omitempty"`
	Gate   *GateRecord       `json:"gate,omitempty"`
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
}

func (s *Store) path(name string) string { return filepath.Join(s.Dir, name) }

// Load returns the record of the state directory, or nil if there is none.
func (s *Store) Load(workflow string) (*Record, error) {
	raw, err := os.ReadFile(s.path("run.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, stateError(err)
	}
	var rec Record
	if err := json.Unmarshal(raw, &rec); err != nil {
		return nil, &Error{Code: "RecordDamaged", Exit: ExitBlocked, Err: err,
			Message: fmt.Sprintf("%s is not a run record: %v", s.path("run.json"), err),
			Hints:   []string{"move the file away, or use another --state-dir; aliyun eas list-services shows what exists"}}
	}
	switch {
	case rec.Format != recordFormat:
		return nil, &Error{Code: "RecordFormat", Exit: ExitBlocked,
			Message: fmt.Sprintf("%s has format %d, this aligate reads format %d", s.path("run.json"), rec.Format, recordFormat),
			Hints:   []string{"go on with the aligate that wrote it, or use another --state-dir"}}
	case rec.Workflow != workflow:
		return nil, &Error{Code: "RecordWorkflow", Exit: ExitBlocked,
			Message: fmt.Sprintf("%s is a run of workflow %q, not %q", s.path("run.json"), rec.Workflow, workflow),
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
	return &rec, nil
}

// Save writes the record, atomically and flushed to disk.
func (s *Store) Save(rec *Record) error {
	raw, err := json.MarshalIndent(rec, "", " ")
	if err != nil {
		return err
	}
	if s.Redactor != nil && s.Redactor.Holds(raw) {
		// Not an error of the user's: a step put a secret into its output. Better no record than a leak.
		return &Error{Code: "SecretInRecord", Exit: ExitFailed, Message: "the run record would hold a secret; it was not written"}
	}
	return s.write("run.json", append(raw, '\n'))
}

// Archive moves the record aside, under the name of its run, and returns its new path.
func (s *Store) Archive(rec *Record) (string, error) {
	to := s.path("run-" + rec.Run + ".json")
	if err := os.Rename(s.path("run.json"), to); err != nil {
		return "", stateError(err)
	}
	return to, nil
}

func (s *Store) write(name string, data []byte) error {
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return stateError(err)
	}
	return stateError(writeFile(s.path(name), data))
}

// writeFile replaces path by data in one step, mode 0600. A path that is a symbolic link or belongs to somebody
// else is refused: gate files have predictable names in a directory that everybody may write to.
func writeFile(path string, data []byte) error {
	if err := ours(path); err != nil {
		return err
	}
	return renameio.WriteFile(path, data, 0o600, renameio.WithExistingPermissions(), renameio.IgnoreUmask(), renameio.WithTempDir(filepath.Dir(path)))
}

func stateError(err error) error {
	if err == nil {
		return nil
	}
	return &Error{Code: "StateDirectory", Exit: ExitFailed, Err: err, Message: "cannot keep the state of the run: " + err.Error(),
		Hints: []string{"make the directory writable, or choose another with --state-dir"}}
}

// sync flushes the directory, so that the name of a file just written survives a power cut too.
func (s *Store) sync() error {
	dir, err := os.Open(s.Dir)
	if err != nil {
		return stateError(err)
	}
	defer dir.Close()
	return stateError(dir.Sync())
}

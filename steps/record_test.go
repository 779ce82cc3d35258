package steps

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"aligate/runner"
)

// codeOf is the code of err if it is one of ours.
func codeOf(err error) string {
	var ours *Error
	if errors.As(err, &ours) {
		return ours.Code
	}
	return fmt.Sprint(err)
}

func someRecord() *Record {
	at := time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)
	return &Record{
		Format: recordFormat, Workflow: "toy", Run: "r1", Started: at, Updated: at, Open: true,
		Params: Values{"name": {"a<b&c"}, "many": {"x", "y"}},
		Steps: map[string]*StepRecord{"list": {
			Status: Done, Summary: "s", Inputs: map[string]string{"--name": "d"}, Output: json.RawMessage(`{"n":1}`),
			Gate: &GateRecord{Path: "/g", SHA256: "x", Count: 2}, RequestIDs: []string{"R1"}, Warnings: []Warning{{"W", "w"}}, Began: at, Ended: at,
		}},
		Pending: map[string]*Pending{"make": {Began: at, Attempts: 1, Subject: "toy n1"}},
	}
}

func TestRecordRoundTrip(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "a", "state")
	store := &Store{Dir: dir}
	if rec, err := store.Load("toy"); rec != nil || err != nil {
		t.Fatalf("without a file: %v, error %v; want neither", rec, err)
	}
	want := someRecord()
	if err := errors.Join(store.Save(want), store.Flush()); err != nil {
		t.Fatal(err)
	}
	got, err := (&Store{Dir: dir}).Load("toy")
	if err != nil {
		t.Fatal(err)
	}
	// The file is indented for people; digests are taken of what steps produce.
	same(t, "output", string(got.Steps["list"].Output), `{"n":1}`)
	a, _ := json.Marshal(got)
	b, _ := json.Marshal(want)
	same(t, "record", string(a), string(b))
	for path, mode := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, "run.json"): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: mode %v, error %v; want %v", path, info.Mode(), err, mode)
		}
	}
	raw, err := os.ReadFile(filepath.Join(dir, "run.json"))
	if err != nil || !strings.Contains(string(raw), "a<b&c") || !strings.HasSuffix(string(raw), "}\n") {
		t.Errorf("run.json is not for people to read: %s", raw)
	}
	if got := files(t, dir); !slices.Equal(got, []string{"run.json"}) {
		t.Errorf("the state directory holds %q, want no temporary file", got)
	}
}

func TestRecordRefusals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, text, code, want string }{
		{"not JSON", "{", "RecordDamaged", "not a run record"},
		{"empty", "", "RecordDamaged", "not a run record"},
		{"cut short", `{"format":1,"workflow":"toy","params":{"na`, "RecordDamaged", "not a run record"},
		{"another shape", `{"format":1,"workflow":"toy","steps":[]}`, "RecordDamaged", "not a run record"},
		{"array", `[]`, "RecordDamaged", "not a run record"},
		{"newer", `{"format":2,"workflow":"toy"}`, "RecordFormat", "format 2, this aligate reads format 1"},
		{"no format", `{"workflow":"toy"}`, "RecordFormat", "format 0"},
		{"null", `null`, "RecordFormat", "format 0"},
		{"another workflow", `{"format":1,"workflow":"other"}`, "RecordWorkflow", `"other", not "toy"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			path := filepath.Join(dir, "run.json")
			if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			rec, err := (&Store{Dir: dir}).Load("toy")
			if rec != nil || codeOf(err) != c.code {
				t.Fatalf("got %v, error %v; want %s", rec, err, c.code)
			}
			ours := AsError(t.Context(), err)
			if ours.Exit != ExitBlocked || len(ours.Hints) == 0 || !strings.Contains(ours.Message, path) || !strings.Contains(ours.Message, c.want) {
				t.Errorf("exit %d, message %q, hints %q; want exit %d, the path, %q and a hint", ours.Exit, ours.Message, ours.Hints, ExitBlocked, c.want)
			}
		})
	}
	t.Run("unreadable", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		if err := os.Mkdir(filepath.Join(dir, "run.json"), 0o700); err != nil {
			t.Fatal(err)
		}
		if _, err := (&Store{Dir: dir}).Load("toy"); codeOf(err) != "StateDirectory" {
			t.Errorf("error %v, want StateDirectory", err)
		}
	})
	// What is absent is empty, so that nobody writes into a nil map.
	t.Run("bare", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "run.json"), []byte(`{"format":1,"workflow":"toy"}`), 0o600); err != nil {
			t.Fatal(err)
		}
		rec, err := (&Store{Dir: dir}).Load("toy")
		if err != nil || rec.Params == nil || rec.Steps == nil || rec.Pending == nil {
			t.Errorf("got %+v, error %v; want empty maps", rec, err)
		}
	})
}

func TestSecretInRecord(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	redactor := &runner.Redactor{}
	store := &Store{Dir: dir, Redactor: redactor}
	rec := someRecord()
	if err := errors.Join(store.Save(rec), store.Flush()); err != nil {
		t.Fatal(err)
	}
	redactor.Add("tok-12345678")
	for _, put := range []func(){
		func() { rec.Steps["list"].Output = json.RawMessage(`{"token":"tok-12345678"}`) },
		func() { rec.Steps["list"].Output, rec.Params["name"] = nil, []string{"x tok-12345678 y"} },
		func() {
			rec.Params["name"], rec.Steps["list"].Warnings = nil, []Warning{{"W", "the token is tok-12345678"}}
		},
	} {
		put()
		_ = store.Save(rec)
		if err := store.Flush(); codeOf(err) != "SecretInRecord" {
			t.Errorf("error %v, want SecretInRecord", err)
		}
		raw, err := os.ReadFile(filepath.Join(dir, "run.json"))
		if err != nil || strings.Contains(string(raw), "tok-12345678") || !strings.Contains(string(raw), "a<b&c") {
			t.Errorf("on disk is %s (error %v), want the record from before", raw, err)
		}
	}
	// A record that is clean again is written.
	rec.Steps["list"].Warnings, rec.Run = nil, "r2"
	if err := errors.Join(store.Save(rec), store.Flush()); err != nil {
		t.Fatal(err)
	}
	if got, err := store.Load("toy"); err != nil || got.Run != "r2" {
		t.Errorf("on disk is %+v, error %v", got, err)
	}
}

// A reader, another process, finds a whole record at any moment.
func TestRecordAtomic(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	store := &Store{Dir: dir}
	rec := someRecord()
	if err := errors.Join(store.Save(rec), store.Flush()); err != nil {
		t.Fatal(err)
	}
	stop, failed := make(chan struct{}), make(chan error, 1)
	go func() {
		defer close(failed)
		for last := 0; ; {
			got, err := (&Store{Dir: dir}).Load("toy")
			switch {
			case err != nil:
				failed <- err
				return
			case len(got.Params["many"]) < last:
				failed <- fmt.Errorf("a record with %d values after one with %d", len(got.Params["many"]), last)
				return
			}
			last = len(got.Params["many"])
			select {
			case <-stop:
				return
			default:
			}
		}
	}()
	for range 100 {
		rec.Params["many"] = append(rec.Params["many"], strings.Repeat("x", 100))
		if err := errors.Join(store.Save(rec), store.Flush()); err != nil {
			t.Fatal(err)
		}
	}
	close(stop)
	if err := <-failed; err != nil {
		t.Errorf("a reader found: %v", err)
	}
}

// Save takes the record as it is: what the run does with it afterwards is for the next Save.
func TestSaveNow(t *testing.T) {
	t.Parallel()
	store := &Store{Dir: t.TempDir()}
	gate := holdBack(store)
	rec := someRecord()
	if err := store.Save(rec); err != nil {
		t.Fatal(err)
	}
	rec.Run, rec.Params["name"] = "r2", []string{"changed"}
	close(gate)
	if err := store.Flush(); err != nil {
		t.Fatal(err)
	}
	if got, err := store.Load("toy"); err != nil || got.Run != "r1" || got.Params.One("name") != "a<b&c" {
		t.Errorf("on disk is %+v, error %v; want the record as it was when saved", got, err)
	}
}

// holdBack makes store write nothing until the channel is closed.
func holdBack(s *Store) chan struct{} {
	gate := make(chan struct{})
	s.start.Do(func() {
		s.kept = map[string]any{}
		s.behind = newWriter(func(name string, data []byte) error { <-gate; return s.write(name, data) })
	})
	return gate
}

func TestSync(t *testing.T) {
	t.Parallel()
	store := &Store{Dir: t.TempDir()}
	for i := range 20 {
		rec := someRecord()
		rec.Run = fmt.Sprint(i)
		if err := errors.Join(store.Save(rec), store.Sync()); err != nil {
			t.Fatal(err)
		}
		if got, err := (&Store{Dir: store.Dir}).Load("toy"); err != nil || got.Run != rec.Run {
			t.Fatalf("after Sync, on disk is run %v, error %v; want %s", got, err, rec.Run)
		}
	}
	if err := (&Store{Dir: t.TempDir()}).Sync(); codeOf(err) != "StateDirectory" {
		t.Errorf("without a record: error %v, want StateDirectory", err)
	}
}

func TestSaveFails(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	store := &Store{Dir: filepath.Join(file, "state")}
	_ = store.Save(someRecord())
	if err := store.Flush(); codeOf(err) != "StateDirectory" {
		t.Errorf("error %v, want StateDirectory", err)
	}
	// It is told once.
	if err := store.Flush(); err != nil {
		t.Errorf("the second time: %v, want nothing", err)
	}
}

func TestRecordLinkRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	victim := filepath.Join(t.TempDir(), "victim")
	if err := errors.Join(os.WriteFile(victim, []byte("precious"), 0o600), os.Symlink(victim, filepath.Join(dir, "run.json"))); err != nil {
		t.Fatal(err)
	}
	store := &Store{Dir: dir}
	_ = store.Save(someRecord())
	if err := store.Flush(); codeOf(err) != "StateDirectory" {
		t.Errorf("error %v, want StateDirectory", err)
	}
	if raw, _ := os.ReadFile(victim); string(raw) != "precious" {
		t.Errorf("the target of the link holds %q now", raw)
	}
}

func TestStoreArchive(t *testing.T) {
	t.Parallel()
	store := &Store{Dir: t.TempDir()}
	rec := someRecord()
	gate := holdBack(store)
	if err := store.Save(rec); err != nil {
		t.Fatal(err)
	}
	close(gate)
	// Not flushed: Archive waits for what is on its way.
	path, err := store.Archive(rec)
	if err != nil || path != filepath.Join(store.Dir, "run-r1.json") {
		t.Fatalf("got %q, error %v", path, err)
	}
	if got := files(t, store.Dir); !slices.Equal(got, []string{"run-r1.json"}) {
		t.Errorf("the state directory holds %q", got)
	}
	if got, err := store.Load("toy"); got != nil || err != nil {
		t.Errorf("after it, Load returns %v, error %v; want neither", got, err)
	}
	if _, err := store.Archive(rec); codeOf(err) != "StateDirectory" {
		t.Errorf("the second time: %v, want StateDirectory", err)
	}
}

type keptRow struct {
	ID string `json:"id"`
	N  int    `json:"n"`
}

func TestKept(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	store := &Store{Dir: dir}
	gate := holdBack(store)
	rows := []keptRow{{"a<b", 1}, {"c", 2}}
	if err := store.Keep("rows.json", rows); err != nil {
		t.Fatal(err)
	}
	// In the process that kept it, nobody waits for the disk.
	var got []keptRow
	if err := store.Kept("rows.json", &got); err != nil || !slices.Equal(got, rows) {
		t.Errorf("same store: got %v, error %v", got, err)
	}
	close(gate)
	if err := store.Flush(); err != nil {
		t.Fatal(err)
	}
	got = nil
	if err := (&Store{Dir: dir}).Kept("rows.json", &got); err != nil || !slices.Equal(got, rows) {
		t.Errorf("another store: got %v, error %v", got, err)
	}
	// Into another type it goes by way of the file, in either.
	for name, s := range map[string]*Store{"same": store, "another": {Dir: dir}} {
		var loose []map[string]any
		if err := s.Kept("rows.json", &loose); err != nil || len(loose) != 2 || loose[0]["id"] != "a<b" {
			t.Errorf("%s store, another type: got %v, error %v", name, loose, err)
		}
	}
	// The newer one counts.
	if err := errors.Join(store.Keep("rows.json", []keptRow{{"z", 9}}), store.Flush()); err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]*Store{"same": store, "another": {Dir: dir}} {
		if err := s.Kept("rows.json", &got); err != nil || !slices.Equal(got, []keptRow{{"z", 9}}) {
			t.Errorf("%s store, kept again: got %v, error %v", name, got, err)
		}
	}
	if err := store.Kept("absent.json", &got); codeOf(err) != "StateDirectory" {
		t.Errorf("absent: error %v, want StateDirectory", err)
	}
	if info, err := os.Stat(filepath.Join(dir, "rows.json")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, error %v; want 0600", info.Mode(), err)
	}
}

// What cannot be written leaves no answer of an earlier time behind that would pass for the new one.
func TestKeepLeavesNothingOld(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	name := strings.Repeat("x", 250) // with what a temporary file adds, more than a file system takes
	if err := os.WriteFile(filepath.Join(dir, name), []byte("1"), 0o600); err != nil {
		t.Fatal(err)
	}
	store := &Store{Dir: dir}
	if !store.keeps(name) {
		t.Fatal("the old file is not there")
	}
	_ = store.Keep(name, 2)
	if err := store.Flush(); codeOf(err) != "StateDirectory" {
		t.Errorf("error %v, want StateDirectory", err)
	}
	if (&Store{Dir: dir}).keeps(name) {
		t.Error("the old file is still there")
	}
}

package steps

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

func TestEncodeGate(t *testing.T) {
	t.Parallel()
	type row struct {
		ID   string  `json:"id"`
		Note *string `json:"note"`
	}
	for _, c := range []struct {
		name  string
		rows  any
		want  string
		count int
	}{
		{"one", []row{{ID: "a"}}, "[\n {\"id\":\"a\",\"note\":null}\n]\n", 1},
		{"two", []row{{ID: "a"}, {ID: "b"}}, "[\n {\"id\":\"a\",\"note\":null},\n {\"id\":\"b\",\"note\":null}\n]\n", 2},
		{"text stays readable", []string{"a<b>&c", "é\n"}, "[\n \"a<b>&c\",\n \"é\\n\"\n]\n", 2},
		{"any", []any{1, "x", nil}, "[\n 1,\n \"x\",\n null\n]\n", 3},
	} {
		got, count, err := encodeGate(c.rows)
		if err != nil || string(got) != c.want || count != c.count {
			t.Errorf("%s: got %q, %d rows, error %v; want %q, %d", c.name, got, count, err, c.want, c.count)
		}
		var rows []json.RawMessage
		if err := json.Unmarshal(got, &rows); err != nil || len(rows) != c.count {
			t.Errorf("%s: %q is no array of %d: %v", c.name, got, c.count, err)
		}
	}
	for name, rows := range map[string]any{"none": []row{}, "nil slice": []row(nil), "nil": nil, "no slice": row{}, "map": map[string]int{"a": 1}, "what JSON cannot say": []any{func() {}}} {
		if got, _, err := encodeGate(rows); err == nil {
			t.Errorf("%s: got %q, want an error", name, got)
		}
	}
}

func TestGateFile(t *testing.T) {
	t.Parallel()
	store := &Store{Dir: t.TempDir()}
	path := filepath.Join(t.TempDir(), "new", "rows.json")
	put := func(rows ...string) *GateRecord {
		t.Helper()
		g, err := store.putGate(path, rows)
		if err := errors.Join(err, store.Flush()); err != nil {
			t.Fatal(err)
		}
		return g
	}
	g := put("a", "b")
	if g.Path != path || g.Count != 2 || len(g.SHA256) != 64 {
		t.Errorf("the record of the gate is %+v", g)
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
		t.Errorf("mode %v, error %v; want 0600", info.Mode(), err)
	}
	raw, err := g.open()
	if err != nil || string(raw) != "[\n \"a\",\n \"b\"\n]\n" {
		t.Errorf("open: %q, error %v", raw, err)
	}
	// An older file of ours that everybody may read is replaced by one that nobody else may.
	if err := os.Chmod(path, 0o666); err != nil {
		t.Fatal(err)
	}
	second := put("c")
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
		t.Errorf("written again: mode %v, error %v; want 0600", info.Mode(), err)
	}
	if _, err := g.open(); err == nil || !strings.Contains(err.Error(), "was changed") {
		t.Errorf("the gate of an earlier content is open: %v", err)
	}
	if err := g.remove(); err == nil || !strings.Contains(err.Error(), "left alone") {
		t.Errorf("what is not the run's own was removed: %v", err)
	}
	if got := files(t, filepath.Dir(path)); !slices.Equal(got, []string{"rows.json"}) {
		t.Errorf("the gate directory holds %q, want no temporary file", got)
	}
	if err := second.remove(); err != nil {
		t.Error(err)
	}
	if err := second.remove(); err != nil {
		t.Errorf("removed already: %v, want no error", err)
	}
	if _, err := second.open(); err == nil || !strings.Contains(err.Error(), "is missing") {
		t.Errorf("open of nothing: %v", err)
	}
}

// A relative path is that of the moment: a later command may run elsewhere.
func TestGatePathAbsolute(t *testing.T) {
	t.Chdir(t.TempDir())
	store := &Store{Dir: "state"}
	g, err := store.putGate("rows.json", []string{"a"})
	if err := errors.Join(err, store.Flush()); err != nil {
		t.Fatal(err)
	}
	if !filepath.IsAbs(g.Path) {
		t.Errorf("the record has the path %q", g.Path)
	}
	if _, err := g.open(); err != nil {
		t.Error(err)
	}
}

// kinds makes something that is not a regular file of ours at path.
var kinds = []struct {
	name, want string
	make       func(path string) error
}{
	{"symlink", "symbolic link", func(path string) error {
		return errors.Join(os.WriteFile(path+".real", []byte("[1]"), 0o600), os.Symlink(path+".real", path))
	}},
	{"symlink to nothing", "symbolic link", func(path string) error { return os.Symlink(path+".nowhere", path) }},
	{"directory", "not a regular file", func(path string) error { return os.Mkdir(path, 0o700) }},
	{"pipe", "not a regular file", func(path string) error { return syscall.Mkfifo(path, 0o600) }},
	{"somebody else's", "belongs to another user", func(path string) error {
		return errors.Join(os.WriteFile(path, []byte("[1]"), 0o666), os.Chown(path, os.Getuid()+1, -1))
	}},
}

func TestOurs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{"regular": file, "absent": filepath.Join(dir, "absent"), "directory absent": filepath.Join(dir, "a", "b")} {
		if err := ours(path); err != nil {
			t.Errorf("%s: %v, want no error", name, err)
		}
	}
	if err := ours(filepath.Join(file, "below")); err == nil {
		t.Errorf("below a file: no error")
	}
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "x")
			if err := k.make(path); err != nil {
				if errors.Is(err, os.ErrPermission) {
					t.Skip("only root can give files away")
				}
				t.Fatal(err)
			}
			before, err := os.Lstat(path)
			if err != nil {
				t.Fatal(err)
			}
			// Every way to a file of the user's goes through the same check.
			env := &Env{}
			_, readErr := env.ReadFile(path)
			_, writeErr := env.WriteFile(path, []byte("new"), "")
			g := &GateRecord{Path: path}
			_, openErr := g.open()
			store := &Store{Dir: filepath.Dir(path)}
			_, putErr := store.putGate(path, []string{"a"})
			for op, err := range map[string]error{
				"ours": ours(path), "replace": replace(path, nil), "replaceDurably": replaceDurably(path, nil),
				"ReadFile": readErr, "WriteFile": writeErr, "open": openErr, "remove": g.remove(), "putGate": putErr,
			} {
				var unsafe *UnsafePathError
				if !errors.As(err, &unsafe) || unsafe.Path != path || !strings.Contains(err.Error(), k.want) {
					t.Errorf("%s: error %v, want %q and the path", op, err, k.want)
				}
			}
			after, err := os.Lstat(path)
			if err != nil || !os.SameFile(before, after) || before.Mode() != after.Mode() || !before.ModTime().Equal(after.ModTime()) {
				t.Errorf("what stood there is not the same any more (error %v)", err)
			}
		})
	}
}

func TestReplace(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]func(string, []byte) error{"replace": replace, "replaceDurably": replaceDurably} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			path := filepath.Join(dir, "x")
			for _, text := range []string{"first", "", "third"} {
				if err := f(path, []byte(text)); err != nil {
					t.Fatal(err)
				}
				raw, err := os.ReadFile(path)
				if err != nil || string(raw) != text {
					t.Errorf("got %q, error %v; want %q", raw, err, text)
				}
				if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
					t.Errorf("mode %v, error %v; want 0600", info.Mode(), err)
				}
			}
			if got := files(t, dir); !slices.Equal(got, []string{"x"}) {
				t.Errorf("the directory holds %q, want no temporary file", got)
			}
			if err := f(filepath.Join(dir, "absent", "x"), nil); err == nil {
				t.Errorf("in a directory that does not exist: no error")
			}
		})
	}
}

// What stood in the place of a file of ours, and was not ours, is kept.
func TestWriteFile(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, before, known string
		kept                bool
	}{
		{"nothing there", "", "", false},
		{"ours", "of ours", digest([]byte("of ours")), false},
		{"the user's", "of the user's", digest([]byte("of ours")), true},
		{"the user's, nothing of ours known", "of the user's", "", true},
		{"the same", "new", "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "sub", "service.json")
			if c.before != "" {
				if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(c.before), 0o600)); err != nil {
					t.Fatal(err)
				}
			}
			kept, err := (&Env{}).WriteFile(path, []byte("new"), c.known)
			if err != nil {
				t.Fatal(err)
			}
			if raw, err := os.ReadFile(path); err != nil || string(raw) != "new" {
				t.Errorf("the file holds %q, error %v", raw, err)
			}
			if !c.kept {
				same(t, "kept", kept, "")
				return
			}
			same(t, "kept", kept, path+".old")
			if raw, err := os.ReadFile(kept); err != nil || string(raw) != c.before {
				t.Errorf("what was kept is %q, error %v; want %q", raw, err, c.before)
			}
		})
	}
	// If it cannot be kept, it is not replaced.
	t.Run("cannot be kept", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "service.json")
		if err := errors.Join(os.WriteFile(path, []byte("of the user's"), 0o600), os.Mkdir(path+".old", 0o700)); err != nil {
			t.Fatal(err)
		}
		if _, err := (&Env{}).WriteFile(path, []byte("new"), ""); err == nil {
			t.Error("no error")
		}
		if raw, _ := os.ReadFile(path); string(raw) != "of the user's" {
			t.Errorf("the file holds %q now", raw)
		}
	})
}

// What helps depends on why nothing could be written: elsewhere, or more room. An error told before is told once.
func TestGateError(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		err  error
		hint string
	}{
		{"full", &fs.PathError{Op: "write", Path: "f", Err: syscall.ENOSPC}, "make room on the disk"},
		{"quota", &fs.PathError{Op: "write", Path: "f", Err: syscall.EDQUOT}, "make room on the disk"},
		{"limit", fmt.Errorf("no: %w", syscall.EFBIG), "make room on the disk"},
		{"rights", &fs.PathError{Op: "open", Path: "f", Err: syscall.EACCES}, "--gate-dir"},
	} {
		err := gateError(c.err)
		if len(err.Hints) != 1 || !strings.Contains(err.Hints[0], c.hint) {
			t.Errorf("%s: hints %q, want one with %q", c.name, err.Hints, c.hint)
		}
		if again := gateError(err); again != err {
			t.Errorf("%s: told twice: %v", c.name, again)
		}
	}
}

package steps

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
)

// Gate makes the rows of a step a file that later steps, and the user's own tools, read: a JSON array.
type Gate struct {
	// File is its name in the gate directory.
	File string
	// Missing is what the procedure says when it is closed.
	Missing string
}

// GateRecord is what the run knows of a gate file it wrote.
type GateRecord struct {
	Path   string `json:"path"`
	SHA256 string `json:"sha256"`
	Count  int    `json:"count"`
}

// encodeGate makes the content of a gate file of rows, a slice: a JSON array, one row a line.
func encodeGate(rows any) ([]byte, int, error) {
	v := reflect.ValueOf(rows)
	if v.Kind() != reflect.Slice || v.Len() == 0 {
		return nil, 0, errors.New("a gate needs at least one row")
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	b.WriteString("[\n")
	for i := range v.Len() {
		if i > 0 {
			b.Truncate(b.Len() - 1) // the encoder's newline
			b.WriteString(",\n")
		}
		b.WriteString(" ")
		if err := enc.Encode(v.Index(i).Interface()); err != nil {
			return nil, 0, err
		}
	}
	b.WriteString("]\n")
	return b.Bytes(), v.Len(), nil
}

// putGate hands a gate file over to be written. That the path may be written to is checked at once; only the
// engine calls it.
func (s *Store) putGate(path string, rows any) (*GateRecord, error) {
	content, count, err := encodeGate(rows)
	if err != nil {
		return nil, err
	}
	if path, err = filepath.Abs(path); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	if err := ours(path); err != nil {
		return nil, err
	}
	err = s.writer().put(path, func() ([]byte, error) { return content, nil })
	return &GateRecord{Path: path, SHA256: digest(content), Count: count}, err
}

// open returns the bytes of the gate file if it is as the run left it: present, ours, not empty, a JSON array
// with rows, and unchanged. The error says in a few words why it is closed.
func (g *GateRecord) open() ([]byte, error) {
	if err := ours(g.Path); err != nil {
		return nil, err
	}
	raw, err := os.ReadFile(g.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%s is missing", g.Path)
	case err != nil:
		return nil, err
	case len(raw) == 0:
		return nil, fmt.Errorf("%s is empty", g.Path)
	case digest(raw) == g.SHA256:
		return raw, nil
	}
	var rows []json.RawMessage
	if err := json.Unmarshal(raw, &rows); err != nil {
		return nil, fmt.Errorf("%s is not a JSON array", g.Path)
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("%s has no rows", g.Path)
	}
	return nil, fmt.Errorf("%s was changed since this run wrote it", g.Path)
}

// remove deletes the gate file if it is still what the run wrote. That it is gone already is no error.
func (g *GateRecord) remove() error {
	if err := ours(g.Path); err != nil {
		return err
	}
	raw, err := os.ReadFile(g.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if digest(raw) != g.SHA256 {
		return fmt.Errorf("%s is not what this run wrote; it was left alone", g.Path)
	}
	return os.Remove(g.Path)
}

func gateError(err error) *Error {
	var own *Error
	if errors.As(err, &own) {
		return own // of a file that was handed over before
	}
	return &Error{Code: "GateFile", Exit: ExitFailed, Err: err, Message: "cannot write the gate file: " + err.Error(),
		Hints: []string{MakeRoom(err, "remove what is there, or choose another directory with --gate-dir")}}
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// marshal is json.Marshal without the escaping of <, > and &.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

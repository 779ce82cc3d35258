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

// writeGate writes rows, a slice, as a gate file. Only the engine calls it.
func writeGate(path string, rows any) (*GateRecord, error) {
	v := reflect.ValueOf(rows)
	if v.Kind() != reflect.Slice || v.Len() == 0 {
		return nil, errors.New("a gate needs at least one row")
	}
	var b bytes.Buffer
	b.WriteString("[")
	for i := range v.Len() {
		if i > 0 {
			b.WriteString(",")
		}
		b.WriteString("\n ")
		row, err := marshal(v.Index(i).Interface())
		if err != nil {
			return nil, err
		}
		b.Write(row)
	}
	b.WriteString("\n]\n")
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	if err := writeFile(path, b.Bytes()); err != nil {
		return nil, err
	}
	return &GateRecord{Path: path, SHA256: digest(b.Bytes()), Count: v.Len()}, nil
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

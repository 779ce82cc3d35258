package steps

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/google/renameio/v2"
)

// UnsafePathError: a path we were to read or write is a link, not a regular file, or somebody else's.
type UnsafePathError struct{ Path, Reason string }

func (e *UnsafePathError) Error() string { return fmt.Sprintf("%s %s; refused", e.Path, e.Reason) }

// ours returns nil if path does not exist, or is a regular file of the current user and not a link.
func ours(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode()&fs.ModeSymlink != 0:
		return &UnsafePathError{path, "is a symbolic link"}
	case !info.Mode().IsRegular():
		return &UnsafePathError{path, "is not a regular file"}
	}
	if st, ok := info.Sys().(*syscall.Stat_t); ok && int(st.Uid) != os.Getuid() {
		return &UnsafePathError{path, "belongs to another user"}
	}
	return nil
}

// replace replaces path by data in one step, mode 0600, without waiting for the disk: whoever reads it, in this
// process or after its end, finds the old content or the new one. A path that is a symbolic link or belongs to
// somebody else is refused: gate files have predictable names in a directory that everybody may write to.
func replace(path string, data []byte) error {
	if err := ours(path); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err := errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// replaceDurably is replace for a file of the user's: it survives a power cut as well.
func replaceDurably(path string, data []byte) error {
	if err := ours(path); err != nil {
		return err
	}
	return renameio.WriteFile(path, data, 0o600, renameio.WithTempDir(filepath.Dir(path)))
}

// MakeRoom returns what to do about err, that of a write: otherwise, unless the disk, the quota or the longest file
// allowed was reached, for then another name or other rights change nothing.
func MakeRoom(err error, otherwise string) string {
	for _, full := range []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG} {
		if errors.Is(err, full) {
			return "make room on the disk"
		}
	}
	return otherwise
}

package steps

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
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

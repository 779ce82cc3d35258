package runner

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Users are the runs that need a setting of the machine user, one file each. A run is known by its name, its state
// directory, so that whoever takes up a run that was killed takes up its file as well. It is used under the lock
// of Exclusive only.
type Users struct {
	// Dir holds the files.
	Dir string
	// Name is this run's.
	Name string
	// Now tells the time.
	Now func() time.Time
	// Stays is set if the run goes on after this process: it is done step by step.
	Stays bool
}

// forgotten is when a run that is done step by step, and has not been touched since, counts for nothing.
const forgotten = time.Hour

func (u *Users) path() string {
	sum := sha256.Sum256([]byte(u.Name))
	return filepath.Join(u.Dir, hex.EncodeToString(sum[:8]))
}

// enter notes that this run needs the setting. That it cannot be noted is no reason not to work: at the worst,
// another run turns the setting off while this one goes on, which the next command notices.
func (u *Users) enter() {
	if err := os.MkdirAll(u.Dir, 0o700); err != nil {
		return
	}
	pid := strconv.Itoa(os.Getpid())
	if u.Stays {
		pid = ""
	}
	_ = os.WriteFile(u.path(), []byte(pid), 0o600)
}

// leave takes this run's note away and returns how many others are left.
func (u *Users) leave() int {
	_ = os.Remove(u.path())
	entries, _ := os.ReadDir(u.Dir)
	others := 0
	for _, entry := range entries {
		path := filepath.Join(u.Dir, entry.Name())
		if u.alive(path) {
			others++
		} else {
			_ = os.Remove(path)
		}
	}
	return others
}

// alive reports whether the run behind a note still goes on: its process does, or, for one that is done step by
// step, it was touched within the hour.
func (u *Users) alive(path string) bool {
	raw, err := os.ReadFile(path)
	if err != nil {
		return false
	}
	if pid, err := strconv.Atoi(strings.TrimSpace(string(raw))); err == nil {
		err := syscall.Kill(pid, 0)
		return err == nil || errors.Is(err, syscall.EPERM)
	}
	info, err := os.Stat(path)
	return err == nil && u.Now().Sub(info.ModTime()) < forgotten
}

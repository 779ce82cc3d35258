package steps

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Ledger is what one piece of work does to the cloud, kept in the state directory: each thing before it is made, its
// id as soon as it is known, and when it is gone again. Lines are only ever appended, and each is on the disk before
// the next thing happens: whenever the process ends, it is known what may be left. Secrets are never in it.
type Ledger struct {
	// Run names the work and the file.
	Run   string
	Began time.Time
	// About is what the work is, for its owner; see NewLedger.
	About json.RawMessage
	// Items are the things, in the order in which they were intended.
	Items []Item
	// Ended is set when nothing is left to do about any of them.
	Ended bool

	path  string
	clock Clock
	holds func([]byte) bool
}

// Item is one thing of a Ledger.
type Item struct {
	// Key names it within the ledger; a client token where the service takes one.
	Key string `json:"key"`
	// Kind is what it is, e.g. "instance".
	Kind   string `json:"kind"`
	Region string `json:"region"`
	// ID is the service's name for it, empty until it is known.
	ID    string    `json:"id,omitempty"`
	State ItemState `json:"state"`
	// Since is when it was first intended.
	Since time.Time `json:"since"`
	// Note says what is to be said about it, e.g. why it was kept.
	Note string `json:"note,omitempty"`
	// Data is what its owner needs to know to look for it.
	Data json.RawMessage `json:"data,omitempty"`
}

// ItemState is how far a thing has got.
type ItemState string

// The states of an Item. Intended says that a call was about to be made: it may be there or not.
const (
	Intended ItemState = "intended"
	Made     ItemState = "made"
	Gone     ItemState = "gone"
	// Never: the call was refused, or it is proven that it did nothing.
	Never ItemState = "never"
	// Kept: it is there, and is to stay.
	Kept ItemState = "kept"
)

// Left reports whether the thing is there, or may be, and is not meant to stay.
func (i Item) Left() bool { return i.State == Intended || i.State == Made }

// Left returns the things that are there, or may be, and are not meant to stay: the last made first.
func (l *Ledger) Left() []Item {
	left := slices.DeleteFunc(slices.Clone(l.Items), func(i Item) bool { return !i.Left() })
	slices.Reverse(left)
	return left
}

// Item returns the thing called key; its zero value if there is none.
func (l *Ledger) Item(key string) Item {
	if at := l.index(key); at >= 0 {
		return l.Items[at]
	}
	return Item{}
}

func (l *Ledger) index(key string) int {
	return slices.IndexFunc(l.Items, func(i Item) bool { return i.Key == key })
}

// line is one line of the file: the head, or what became of one thing, or the end.
type line struct {
	Ledger int             `json:"ledger,omitempty"`
	Run    string          `json:"run,omitempty"`
	Time   time.Time       `json:"time"`
	About  json.RawMessage `json:"about,omitempty"`
	Item   *Item           `json:"item,omitempty"`
	Ended  bool            `json:"ended,omitempty"`
}

// ledgerFormat is the version of the file.
const ledgerFormat = 1

// NewLedger begins a ledger. about is what Ledger.About will be, as JSON.
func (e *Env) NewLedger(about any) (*Ledger, error) {
	raw, err := marshal(about)
	if err != nil {
		return nil, err
	}
	now := e.Now().UTC()
	l := &Ledger{Run: e.engine.newRun(), Began: now, About: raw, clock: e.Now, holds: e.Redactor.Holds}
	l.path = filepath.Join(e.ledgers(), l.Run+".jsonl")
	if err := os.MkdirAll(e.ledgers(), 0o700); err != nil {
		return nil, stateError(err)
	}
	if err := l.append(line{Ledger: ledgerFormat, Run: l.Run, Time: now, About: raw}); err != nil {
		return nil, err
	}
	return l, stateError(syncDir(e.ledgers()))
}

// Ledgers returns the ledgers of the workflow in the state directory, the oldest first. One that cannot be read is an
// error beside the others: what it says is not known, and no reason to forget them.
func (e *Env) Ledgers() (all []*Ledger, err error) {
	files, err := os.ReadDir(e.ledgers())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, stateError(err)
	}
	for _, file := range files {
		if filepath.Ext(file.Name()) != ".jsonl" {
			continue
		}
		l, damage := e.openLedger(filepath.Join(e.ledgers(), file.Name()))
		switch {
		case errors.Is(damage, errNotBegun): // its run ended before it had intended anything, e.g. on a full disk
		case damage == nil:
			all = append(all, l)
		case err == nil:
			err = damage
		}
	}
	slices.SortStableFunc(all, func(a, b *Ledger) int { return a.Began.Compare(b.Began) })
	return all, err
}

// openLedger reads the ledger in a file.
func (e *Env) openLedger(path string) (*Ledger, error) {
	raw, err := e.ReadFile(path)
	if err != nil {
		return nil, stateError(err)
	}
	l, err := readLedger(raw)
	if err != nil {
		return nil, &Error{Code: "LedgerDamaged", Exit: ExitBlocked, Err: err, Message: fmt.Sprintf("%s: %v", path, err),
			Hints: []string{"the file says what a run has made and not yet released: look at it, release by hand what is left, then move it away"}}
	}
	l.path, l.clock, l.holds = path, e.Now, e.Redactor.Holds
	return l, nil
}

// ledgers is where the workflow's ledgers are: those of a replay name things that are not there.
func (e *Env) ledgers() string {
	return e.engine.Store.path(e.apart("ledgers-" + e.engine.Workflow.Name))
}

// errNotBegun: the file has no head, and so nothing behind it.
var errNotBegun = errors.New("is empty")

// readLedger reads the content of a file. What stands behind the last newline was cut off while it was written: what
// it was about has not happened. Without a whole first line there is no ledger: it was cut off, or the disk was full,
// before anything could be made.
func readLedger(raw []byte) (*Ledger, error) {
	raw = raw[:bytes.LastIndexByte(raw, '\n')+1]
	var l *Ledger
	number := 0
	for text := range bytes.Lines(raw) {
		number++
		var entry line
		if err := json.Unmarshal(text, &entry); err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		switch {
		case number == 1 && entry.Ledger != ledgerFormat:
			return nil, fmt.Errorf("format %d, this aligate reads format %d", entry.Ledger, ledgerFormat)
		case number == 1:
			l = &Ledger{Run: entry.Run, Began: entry.Time, About: entry.About}
		case entry.Item != nil:
			l.put(*entry.Item)
		}
		l.Ended = entry.Ended
	}
	if l == nil {
		return nil, errNotBegun
	}
	return l, nil
}

// put lays item over the one with its key.
func (l *Ledger) put(item Item) {
	if at := l.index(item.Key); at >= 0 {
		l.Items[at] = item
		return
	}
	l.Items = append(l.Items, item)
}

// Put records item, new or changed. When it returns nil, that is on the disk. When it does not, Items has it all the
// same if it was there before: what this process knows of a thing it can still act upon, and say.
func (l *Ledger) Put(item Item) error {
	if item.Since.IsZero() {
		if item.Since = l.Item(item.Key).Since; item.Since.IsZero() {
			item.Since = l.clock().UTC()
		}
	}
	if err := l.append(line{Time: l.clock().UTC(), Item: &item}); err != nil {
		if l.index(item.Key) >= 0 {
			l.put(item)
		}
		return err
	}
	l.put(item)
	l.Ended = false
	return nil
}

// End records that nothing is left to do.
func (l *Ledger) End() error {
	if err := l.append(line{Time: l.clock().UTC(), Ended: true}); err != nil {
		return err
	}
	l.Ended = true
	return nil
}

func (l *Ledger) append(entry line) error {
	raw, err := marshal(entry)
	if err != nil {
		return err
	}
	if l.holds(raw) {
		return &Error{Code: "SecretInRecord", Exit: ExitFailed, Message: "the ledger would hold a secret; it was not written"}
	}
	return stateError(appendLine(l.path, raw))
}

// appendLine appends a line to a file of ours and waits for the disk. What a crash has left of a line goes first.
func appendLine(path string, data []byte) error {
	if err := ours(path); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	old, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	whole := int64(bytes.LastIndexByte(old, '\n') + 1)
	if err := f.Truncate(whole); err != nil {
		return err
	}
	if _, err := f.WriteAt(append(data, '\n'), whole); err != nil {
		return err
	}
	return f.Sync()
}

func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}

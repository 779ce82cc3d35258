package steps

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// disk is where a writer under test writes: it notes what comes and lets each write wait for a word.
type disk struct {
	begin chan string // the write of a file has begun
	reply chan error  // what it returns
	mu    sync.Mutex
	wrote []string
}

func newDisk() *disk { return &disk{begin: make(chan string), reply: make(chan error)} }

func (d *disk) write(name string, data []byte) error {
	d.begin <- name
	err := <-d.reply
	d.mu.Lock()
	defer d.mu.Unlock()
	d.wrote = append(d.wrote, name+"="+string(data))
	return err
}

// let lets the next write happen and returns whose it was.
func (d *disk) let(err error) string {
	name := <-d.begin
	d.reply <- err
	return name
}

func (d *disk) all() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return strings.Join(d.wrote, " ")
}

func content(s string) func() ([]byte, error) {
	return func() ([]byte, error) { return []byte(s), nil }
}

func TestWriterCoalesces(t *testing.T) {
	t.Parallel()
	d := newDisk()
	w := newWriter(d.write)
	_ = w.put("a", content("1"))
	same(t, "under way", <-d.begin, "a")
	// While a is on its way, only the newest of each file waits; a file keeps its place.
	encoded := 0
	_ = w.put("a", func() ([]byte, error) { encoded++; return []byte("2"), nil })
	_ = w.put("b", content("1"))
	_ = w.put("a", content("3"))
	_ = w.put("b", content("2"))
	d.reply <- nil
	d.let(nil)
	d.let(nil)
	if err := w.flush(); err != nil {
		t.Fatal(err)
	}
	same(t, "written", d.all(), "a=1 a=3 b=2")
	if encoded > 0 {
		t.Errorf("content that was replaced has been encoded")
	}
}

// What nobody waits for comes last, even if it came first.
func TestWriterLater(t *testing.T) {
	t.Parallel()
	d := newDisk()
	w := newWriter(d.write)
	_ = w.put("a", content("1"))
	<-d.begin
	_ = w.putLater("big", content("1"))
	_ = w.put("b", content("1"))
	_ = w.put("c", content("1"))
	_ = w.putLater("big", content("2"))
	d.reply <- nil
	for range 3 {
		d.let(nil)
	}
	if err := w.flush(); err != nil {
		t.Fatal(err)
	}
	same(t, "written", d.all(), "a=1 b=1 c=1 big=2")
}

// What changes often is written last of all, also when a newer content has come: it speaks of what was put before.
func TestWriterSlowlyIsLast(t *testing.T) {
	t.Parallel()
	d := newDisk()
	w := newWriter(d.write)
	w.lull = time.NewTimer(time.Hour) // a lull that ends for nobody
	_ = w.putSlowly("record", content("1"))
	_ = w.put("gate", content("1"))
	<-d.begin
	_ = w.putLater("list", content("1"))
	_ = w.putSlowly("record", content("2"))
	waited := make(chan error)
	go func() { waited <- w.wait("record") }()
	for { // until it waits
		w.mu.Lock()
		over := w.over
		w.mu.Unlock()
		if over {
			break
		}
		runtime.Gosched()
	}
	_ = w.putLater("second", content("1"))
	_ = w.putSlowly("record", content("3"))
	d.reply <- nil
	for range 3 {
		d.let(nil)
	}
	if err := <-waited; err != nil {
		t.Fatal(err)
	}
	same(t, "written", d.all(), "gate=1 list=1 second=1 record=3")
}

// What changes often is written after a lull, without anybody waiting for it.
func TestWriterLull(t *testing.T) {
	t.Parallel()
	d := newDisk()
	w := newWriter(d.write)
	for n := range 2 { // the second time as well
		_ = w.putSlowly("a", content(fmt.Sprint(n)))
		same(t, "written", d.let(nil), "a")
	}
	if err := w.flush(); err != nil {
		t.Fatal(err)
	}
	same(t, "written", d.all(), "a=0 a=1")
}

// Whoever waits, for whatever, ends the lull; by then only the newest content is left.
func TestWriterHurry(t *testing.T) {
	t.Parallel()
	for name, wait := range map[string]func(w *writer) error{
		"flush": (*writer).flush, "wait": func(w *writer) error { return w.wait("a") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDisk()
			w := newWriter(d.write)
			w.lull = time.NewTimer(time.Hour) // a lull that ends for nobody
			for n := range 9 {
				_ = w.putSlowly("a", content(fmt.Sprint(n)))
			}
			waited := make(chan error)
			go func() { waited <- wait(w) }()
			d.let(nil)
			if err := <-waited; err != nil {
				t.Fatal(err)
			}
			same(t, "written", d.all(), "a=8")
		})
	}
}

func TestWriterWait(t *testing.T) {
	t.Parallel()
	d := newDisk()
	w := newWriter(d.write)
	if err := w.wait("never put"); err != nil {
		t.Fatal(err)
	}
	_ = w.put("a", content("1"))
	_ = w.put("b", content("1"))
	waited := make(chan string)
	go func() {
		_ = w.wait("a")
		waited <- d.all()
	}()
	d.let(nil)
	same(t, "when a is written", <-waited, "a=1") // b is not waited for: it is still held back
	d.let(nil)
	if err := w.flush(); err != nil {
		t.Fatal(err)
	}
	same(t, "written", d.all(), "a=1 b=1")
}

func TestWriterErrors(t *testing.T) {
	t.Parallel()
	full, worse := errors.New("disk full"), errors.New("worse")
	t.Run("first one, once", func(t *testing.T) {
		t.Parallel()
		d := newDisk()
		w := newWriter(d.write)
		_ = w.put("a", content("1"))
		_ = w.put("b", content("1"))
		d.let(full)
		d.let(worse)
		if err := w.flush(); !errors.Is(err, full) {
			t.Errorf("got %v, want the first error", err)
		}
		if err := w.flush(); err != nil {
			t.Errorf("the second time: %v, want nothing", err)
		}
		same(t, "written", d.all(), "a=1 b=1") // a failure does not stop the others
	})
	t.Run("told by the next put", func(t *testing.T) {
		t.Parallel()
		d := newDisk()
		w := newWriter(d.write)
		if err := w.put("a", content("1")); err != nil {
			t.Fatal(err)
		}
		d.let(full)
		same(t, "next", func() string { _ = w.put("a", content("2")); return d.let(nil) }(), "a")
		// By now the first write is over for sure: its error waits for whoever comes.
		if err := w.put("b", content("1")); !errors.Is(err, full) {
			t.Errorf("put after the failure: %v, want %v", err, full)
		}
		d.let(nil)
		if err := w.wait("b"); !errors.Is(err, full) {
			t.Errorf("wait after the failure: %v, want %v", err, full)
		}
	})
	t.Run("of the encoding", func(t *testing.T) {
		t.Parallel()
		w := newWriter(func(string, []byte) error { t.Error("content that cannot be made was written"); return nil })
		_ = w.put("a", func() ([]byte, error) { return nil, full })
		if err := w.wait("a"); !errors.Is(err, full) {
			t.Errorf("got %v, want %v", err, full)
		}
	})
}

// Many at once: every file ends with the newest content that its own goroutine put.
func TestWriterConcurrent(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	last := map[string]string{}
	w := newWriter(func(name string, data []byte) error {
		mu.Lock()
		defer mu.Unlock()
		last[name] = string(data)
		return nil
	})
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			name := fmt.Sprint("f", i)
			for n := range 200 {
				put := []func(string, func() ([]byte, error)) error{w.put, w.putLater, w.putSlowly}[n%3]
				_ = put(name, content(fmt.Sprint(n)))
				if n%50 == 0 {
					if err := w.wait(name); err != nil {
						t.Error(err)
					}
					mu.Lock()
					if last[name] != fmt.Sprint(n) {
						t.Errorf("%s: after wait it holds %s, want %d", name, last[name], n)
					}
					mu.Unlock()
				}
			}
		})
	}
	group.Wait()
	if err := w.flush(); err != nil {
		t.Fatal(err)
	}
	for i := range 8 {
		if got := last[fmt.Sprint("f", i)]; got != "199" {
			t.Errorf("f%d ends with %s, want 199", i, got)
		}
	}
}

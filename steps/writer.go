package steps

import (
	"sync"
	"time"
)

// writer writes files of the state directory behind the run's back, in order, one after another: while aliyun
// runs, nobody waits for the disk. Flush is the barrier where somebody has to: before a change in the cloud,
// and at the end. What a crash loses is at most the record of a step that only read, and such a step runs again.
type writer struct {
	mu   sync.Mutex
	wake *sync.Cond
	// latest is the newest content of each file that waits to be written; order is which comes first, later is for
	// when nothing else waits, and slow for when the lull is over and all the others are written: the record never
	// speaks of a file that is not there yet.
	latest             map[string]func() ([]byte, error)
	order, later, slow []string
	lull               *time.Timer
	// over is set when the lull is.
	over bool
	// writing is the file under way, "" for none; busy is set while there is work.
	writing string
	busy    bool
	err     error
	write   func(name string, data []byte) error
}

// lull is how long a file that is written again and again may wait. It bounds what a sudden end loses; writing each
// of a dozen versions, some milliseconds apart, would take the processor from aliyun.
const lull = 100 * time.Millisecond

func newWriter(write func(name string, data []byte) error) *writer {
	w := &writer{latest: map[string]func() ([]byte, error){}, write: write}
	w.wake = sync.NewCond(&w.mu)
	return w
}

// put hands over the content of the file called name, made by encode in the background. A content of the same
// file that has not been written yet is dropped. The error is that of an earlier write.
func (w *writer) put(name string, encode func() ([]byte, error)) error {
	return w.enqueue(&w.order, name, encode)
}

// putLater is put for a file that nobody waits for.
func (w *writer) putLater(name string, encode func() ([]byte, error)) error {
	return w.enqueue(&w.later, name, encode)
}

// putSlowly is put for a file that changes often: it is written when the lull is over, or somebody waits, and after
// every file that was put before.
func (w *writer) putSlowly(name string, encode func() ([]byte, error)) error {
	return w.enqueue(&w.slow, name, encode)
}

func (w *writer) enqueue(queue *[]string, name string, encode func() ([]byte, error)) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, waits := w.latest[name]; !waits {
		*queue = append(*queue, name)
	}
	w.latest[name] = encode
	switch {
	case queue != &w.slow:
		w.begin()
	case w.lull == nil:
		w.lull = time.AfterFunc(lull, func() {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.hurry()
		})
	}
	return w.err
}

// begin starts the work unless it goes on already. The caller holds mu.
func (w *writer) begin() {
	if !w.busy {
		w.busy = true
		go w.work()
	}
}

// hurry ends the lull. The caller holds mu.
func (w *writer) hurry() {
	if w.lull != nil {
		w.lull.Stop()
		w.lull = nil
	}
	if len(w.slow) > 0 {
		w.over = true
		w.begin()
	}
}

func (w *writer) work() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for {
		switch {
		case len(w.order) > 0:
			w.writing, w.order = w.order[0], w.order[1:]
		case len(w.later) > 0:
			w.writing, w.later = w.later[0], w.later[1:]
		case w.over:
			w.writing, w.slow = w.slow[0], w.slow[1:]
			w.over = len(w.slow) > 0
		default:
			w.busy, w.writing = false, ""
			w.wake.Broadcast()
			return
		}
		name, encode := w.writing, w.latest[w.writing]
		delete(w.latest, name)
		w.wake.Broadcast()
		w.mu.Unlock()
		data, err := encode()
		if err == nil {
			err = w.write(name, data)
		}
		w.mu.Lock()
		if err != nil && w.err == nil {
			w.err = err
		}
	}
}

// wait waits until the file called name is written and returns the first error since the last wait.
func (w *writer) wait(name string) error {
	return w.until(func() bool { _, waits := w.latest[name]; return !waits && w.writing != name })
}

// flush waits until everything is written and returns the first error since the last wait.
func (w *writer) flush() error { return w.until(func() bool { return !w.busy }) }

func (w *writer) until(done func() bool) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.hurry()
	for !done() {
		w.wake.Wait()
	}
	err := w.err
	w.err = nil
	return err
}

package steps

import "sync"

// writer writes files of the state directory behind the run's back, in order, one after another: while aliyun
// runs, nobody waits for the disk. Flush is the barrier where somebody has to: before a change in the cloud,
// and at the end. What a crash loses is at most the record of a step that only read, and such a step runs again.
type writer struct {
	mu   sync.Mutex
	wake *sync.Cond
	// latest is the newest content of each file that waits to be written; order is which comes first, and later
	// is for when nothing else waits.
	latest       map[string]func() ([]byte, error)
	order, later []string
	// writing is the file under way, "" for none; busy is set while there is work.
	writing string
	busy    bool
	err     error
	write   func(name string, data []byte) error
}

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

func (w *writer) enqueue(queue *[]string, name string, encode func() ([]byte, error)) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, waits := w.latest[name]; !waits {
		*queue = append(*queue, name)
	}
	w.latest[name] = encode
	if !w.busy {
		w.busy = true
		go w.work()
	}
	return w.err
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
	for !done() {
		w.wake.Wait()
	}
	err := w.err
	w.err = nil
	return err
}

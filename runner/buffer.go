package runner

// How much of the child's output is kept.
const (
	maxStdout = 64 << 20
	maxStderr = 1 << 20
)

// headBuffer keeps the first max bytes and remembers that there were more. It never fails a write: a child
// that finds its pipe closed would die of it, and what it had done would look like something else.
type headBuffer struct {
	max  int
	data []byte
	over bool
}

func (b *headBuffer) Write(p []byte) (int, error) {
	if room := b.max - len(b.data); room < len(p) {
		b.over = true
		b.data = append(b.data, p[:max(room, 0)]...)
	} else {
		b.data = append(b.data, p...)
	}
	return len(p), nil
}

// tailBuffer keeps the last max bytes: the error of a program stands at the end of what it prints.
type tailBuffer struct {
	max  int
	data []byte
}

func (b *tailBuffer) Write(p []byte) (int, error) {
	b.data = append(b.data, p...)
	// Trimming only at twice the size copies each byte once on average.
	if len(b.data) > 2*b.max {
		b.data = append(b.data[:0], b.data[len(b.data)-b.max:]...)
	}
	return len(p), nil
}

func (b *tailBuffer) bytes() []byte {
	return b.data[max(0, len(b.data)-b.max):]
}

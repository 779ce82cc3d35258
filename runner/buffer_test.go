package runner

import (
	"bytes"
	"strings"
	"testing"
)

func TestHeadBuffer(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		writes []string
		want   string
		over   bool
	}{
		{nil, "", false},
		{[]string{""}, "", false},
		{[]string{"abc"}, "abc", false},
		{[]string{"abc", "de"}, "abcde", false},
		{[]string{"abcde"}, "abcde", false},
		{[]string{"abcde", ""}, "abcde", false},
		{[]string{"abcdef"}, "abcde", true},
		{[]string{"abc", "def"}, "abcde", true},
		{[]string{"abcde", "f", "g"}, "abcde", true},
	} {
		b := headBuffer{max: 5}
		for _, w := range tt.writes {
			if n, err := b.Write([]byte(w)); n != len(w) || err != nil {
				t.Errorf("%q: Write(%q) = %d, %v; want %d, no error", tt.writes, w, n, err, len(w))
			}
		}
		if string(b.data) != tt.want || b.over != tt.over {
			t.Errorf("%q: got %q, over %t; want %q, %t", tt.writes, b.data, b.over, tt.want, tt.over)
		}
	}
}

func TestTailBuffer(t *testing.T) {
	t.Parallel()
	const text = "the quick brown fox jumps over the lazy dog"
	for size := 1; size <= len(text)+1; size++ {
		for upTo := range len(text) + 1 {
			b := tailBuffer{max: 7}
			for rest := text[:upTo]; rest != ""; {
				w := rest[:min(size, len(rest))]
				if n, err := b.Write([]byte(w)); n != len(w) || err != nil {
					t.Fatalf("Write(%q) = %d, %v; want %d, no error", w, n, err, len(w))
				}
				rest = rest[len(w):]
				if len(b.data) > 2*b.max {
					t.Fatalf("keeps %d bytes, more than twice %d", len(b.data), b.max)
				}
			}
			if got, want := string(b.bytes()), text[max(0, upTo-7):upTo]; got != want {
				t.Fatalf("%d bytes in pieces of %d: got %q, want %q", upTo, size, got, want)
			}
		}
	}
}

// The writer may use its slice again: io.Copy does.
func TestBuffersCopy(t *testing.T) {
	t.Parallel()
	head, tail := headBuffer{max: 10}, tailBuffer{max: 10}
	p := []byte("abc")
	for _, w := range []interface{ Write([]byte) (int, error) }{&head, &tail} {
		if _, err := w.Write(p); err != nil {
			t.Fatal(err)
		}
	}
	copy(p, strings.Repeat("x", 3))
	if want := []byte("abc"); !bytes.Equal(head.data, want) || !bytes.Equal(tail.bytes(), want) {
		t.Errorf("got %q and %q, want %q", head.data, tail.bytes(), want)
	}
}

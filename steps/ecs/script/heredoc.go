package script

import (
	"fmt"
	"strings"
)

// heredoc is a here-document that has been announced.
type heredoc struct {
	of    *command
	end   string
	tabs  bool // tabs in front of its lines do not count
	line  int
	quote bool
}

// announce reads what ends a here-document.
func (r *reader) announce(s *scope, cur *command) {
	h := heredoc{of: cur, tabs: r.skip("-"), line: r.line}
	r.blanks()
	w := r.word(s.end)
	h.end, h.quote = w.text, w.quoted
	if h.end != "" || h.quote {
		r.awaited = append(r.awaited, h)
	}
}

// bodies takes the here-documents whose place is here.
func (r *reader) bodies() {
	all := r.awaited
	r.awaited = nil
	for _, h := range all {
		r.body(h)
	}
}

func (r *reader) body(h heredoc) {
	start := r.line
	var b strings.Builder
	for r.more() {
		line, _, _ := strings.Cut(r.src[r.pos:], "\n")
		r.skip(line)
		if r.more() {
			r.next()
		}
		if h.tabs {
			line = strings.TrimLeft(line, "\t")
		}
		if line == h.end {
			h.of.input, h.of.inputLine = b.String(), start
			return
		}
		b.WriteString(line + "\n")
	}
	h.of.input, h.of.inputLine = b.String(), start
	r.unended(h)
}

func (r *reader) unended(h heredoc) {
	r.faults = append(r.faults, Problem{
		Line: h.line, What: fmt.Sprintf("the here-document that %q ends is never ended", h.end), Fix: "put " + h.end + " on a line of its own behind it",
	})
}

package script

import "strings"

// word is one word of a command: quotes are gone, variables stay as they are written.
type word struct {
	text string
	line int
	// quoted is set if any part of it was quoted: such a word is no keyword.
	quoted bool
}

// meta are the bytes that end a word.
const meta = " \t\n;&|<>()"

// word reads one word. end ends it too, as the backquote does inside of backquotes.
func (r *reader) word(end byte) word {
	w := word{line: r.line}
	var b strings.Builder
	for r.more() {
		c := r.at(0)
		if strings.IndexByte(meta, c) >= 0 || end != 0 && c == end {
			break
		}
		r.piece(&b, &w, end)
	}
	w.text = b.String()
	return w
}

// piece reads one character of a word, or what stands in quotes, or an expansion.
func (r *reader) piece(b *strings.Builder, w *word, end byte) {
	switch c := r.at(0); {
	case r.skip("\\\n"):
	case c == '\\':
		r.next()
		w.quoted = true
		if r.more() {
			b.WriteByte(r.next())
		}
	case c == '\'':
		w.quoted = true
		r.single(b, false)
	case c == '$' && r.at(1) == '\'':
		r.next()
		w.quoted = true
		r.single(b, true)
	case c == '"':
		w.quoted = true
		r.double(b)
	case c == '$' || c == '`':
		r.expansion(b)
	default:
		b.WriteByte(r.next())
	}
}

// single reads '...'; with escapes it is $'...', where a backslash means something.
func (r *reader) single(b *strings.Builder, escapes bool) {
	line := r.line
	r.next()
	for r.more() {
		switch c := r.next(); {
		case c == '\'':
			return
		case c == '\\' && escapes && r.more():
			b.WriteByte(r.next())
		default:
			b.WriteByte(c)
		}
	}
	r.unclosed(line, "single quote")
}

// double reads "...", in which substitutions are commands.
func (r *reader) double(b *strings.Builder) {
	line := r.line
	r.next()
	for r.more() {
		switch c := r.at(0); {
		case c == '"':
			r.next()
			return
		case r.skip("\\\n"):
		case c == '\\' && strings.IndexByte("\"\\$`", r.at(1)) >= 0 && r.at(1) != 0:
			r.next()
			b.WriteByte(r.next())
		case c == '$' || c == '`':
			r.expansion(b)
		default:
			b.WriteByte(r.next())
		}
	}
	r.unclosed(line, "double quote")
}

func (r *reader) unclosed(line int, what string) {
	r.faults = append(r.faults, Problem{Line: line, What: "the " + what + " that is opened here is never closed", Fix: "close it, or put a backslash in front of it"})
}

// expansion reads what begins with $ or a backquote. A substitution leaves $() in the word.
func (r *reader) expansion(b *strings.Builder) {
	switch {
	case r.skip("`"):
		r.list('`')
		b.WriteString("$()")
	case r.skip("$(("):
		r.arithmetic()
		b.WriteString("$()")
	case r.skip("$("):
		r.list(')')
		b.WriteString("$()")
	case r.skip("${"):
		b.WriteString("${")
		r.braces(b)
	default:
		b.WriteByte(r.next())
	}
}

// braces reads ${...} from behind its brace to its end.
func (r *reader) braces(b *strings.Builder) {
	for depth := 1; r.more() && depth > 0; {
		switch c := r.at(0); {
		case c == '\\':
			b.WriteByte(r.next())
			if r.more() {
				b.WriteByte(r.next())
			}
		case c == '"':
			r.double(b)
		case c == '$' && r.at(1) == '{':
			depth++
			b.WriteByte(r.next())
			b.WriteByte(r.next())
		case c == '$' || c == '`':
			r.expansion(b)
		case c == '\n': // no expansion of a line before this one
			return
		default:
			if c == '}' {
				depth--
			}
			b.WriteByte(r.next())
		}
	}
}

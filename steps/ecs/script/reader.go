package script

import "strings"

// command is one simple command, wherever it stands: behind &&, in a pipe, a loop, a function, a substitution.
type command struct {
	line  int
	words []word
	// files are what it redirects to or from; input is its here-document or here-string, and where that begins.
	files     []string
	input     string
	inputLine int
	// background is set if it ends with &. A group that does has no words.
	background bool
	// piped is set if its output goes into another.
	piped bool
}

// reader finds the commands of a shell script; word.go has what words are made of, heredoc.go what stands behind them. It is lenient: what the shell would refuse, it reads on from, because
// a sign that is missed costs more than one too many.
type reader struct {
	src  string
	pos  int
	line int

	commands []*command
	// awaited are the here-documents that begin behind the line being read.
	awaited []heredoc
	faults  []Problem
}

// read returns the commands of src, whose first line has the number line, and what is never closed.
func read(src string, line int) ([]*command, []Problem) {
	r := &reader{src: src, line: line}
	for r.more() {
		r.list(0)
	}
	for _, h := range r.awaited {
		r.unended(h)
	}
	return r.commands, r.faults
}

func (r *reader) more() bool { return r.pos < len(r.src) }

// at is the byte n behind the place, 0 behind the end.
func (r *reader) at(n int) byte {
	if r.pos+n >= len(r.src) {
		return 0
	}
	return r.src[r.pos+n]
}

// next takes one byte.
func (r *reader) next() byte {
	c := r.src[r.pos]
	r.pos++
	if c == '\n' {
		r.line++
	}
	return c
}

// skip takes prefix if it is next.
func (r *reader) skip(prefix string) bool {
	if !strings.HasPrefix(r.src[r.pos:], prefix) {
		return false
	}
	for range len(prefix) {
		r.next()
	}
	return true
}

func (r *reader) blanks() {
	for r.more() {
		if c := r.at(0); c != ' ' && c != '\t' && !strings.HasPrefix(r.src[r.pos:], "\\\n") {
			return
		}
		if r.next() == '\\' {
			r.next()
		}
	}
}

// scope is what list remembers between words.
type scope struct {
	end byte
	cur *command
	// cases is how many case statements are open; pattern is set where one of their patterns is read.
	cases   int
	pattern bool
}

// list reads commands up to end, which is ')' or '`' in a substitution, 0 for all there is.
func (r *reader) list(end byte) {
	s := &scope{end: end}
	for r.more() {
		if end != 0 && r.at(0) == end && !s.pattern {
			r.flush(s)
			r.next()
			return
		}
		r.step(s)
	}
	r.flush(s)
}

// step reads one word or operator.
func (r *reader) step(s *scope) {
	switch c := r.at(0); {
	case c == ' ' || c == '\t' || strings.HasPrefix(r.src[r.pos:], "\\\n"):
		r.blanks()
	case c == '#':
		r.comment()
	case c == '\n':
		r.flush(s)
		r.next()
		r.bodies()
	case s.pattern:
		r.casePattern(s)
	case c == ';':
		r.semicolon(s)
	case strings.HasPrefix(r.src[r.pos:], "&>"):
		r.next()
		r.redirect(s)
	case c == '&' || c == '|':
		r.operator(s)
	case c == '<' || c == '>':
		r.redirect(s)
	case c == '(':
		r.parenthesis(s)
	case c == ')':
		r.flush(s)
		r.next()
	default:
		r.add(s)
	}
}

func (r *reader) comment() {
	for r.more() && r.at(0) != '\n' {
		r.next()
	}
}

// flush ends the command being read.
func (r *reader) flush(s *scope) *command {
	done := s.cur
	s.cur = nil
	if done != nil && len(done.words) > 0 {
		r.commands = append(r.commands, done)
	}
	return done
}

// current is the command being read; it begins here if there is none.
func (r *reader) current(s *scope) *command {
	if s.cur == nil {
		s.cur = &command{line: r.line}
	}
	return s.cur
}

func (r *reader) semicolon(s *scope) {
	r.flush(s)
	r.next()
	if r.at(0) == ';' || r.at(0) == '&' {
		for r.at(0) == ';' || r.at(0) == '&' {
			r.next()
		}
		s.pattern = s.cases > 0
	}
}

// operator reads &&, &, ||, | and |&.
func (r *reader) operator(s *scope) {
	line := r.line
	done := r.flush(s)
	first := r.next()
	switch {
	case first == '&' && r.skip("&"), first == '|' && r.skip("|"):
	case first == '|':
		r.skip("&")
		if done != nil {
			done.piped = true
		}
	case done != nil && len(done.words) > 0:
		done.background = true
	default:
		r.commands = append(r.commands, &command{line: line, background: true})
	}
}

// redirect reads an operator such as >, 2>&1 or <<EOF and what follows it.
func (r *reader) redirect(s *scope) {
	cur := r.current(s)
	switch {
	case r.skip("<<<"):
		r.blanks()
		w := r.word(s.end)
		cur.input, cur.inputLine = w.text, w.line
	case r.skip("<<"):
		r.announce(s, cur)
	case r.skip("<(") || r.skip(">("):
		r.list(')')
	default:
		for strings.IndexByte("<>&|", r.at(0)) >= 0 && r.more() {
			r.next()
		}
		r.blanks()
		if w := r.word(s.end); w.text != "" {
			cur.files = append(cur.files, w.text)
		}
	}
}

// parenthesis reads a subshell, an arithmetic expression or the parentheses of a function.
func (r *reader) parenthesis(s *scope) {
	named := s.cur != nil && len(s.cur.words) > 0
	r.next()
	if named {
		r.blanks()
		if r.at(0) == ')' { // f() is a definition, no call
			r.next()
			s.cur = nil
			return
		}
		r.flush(s)
	}
	if r.at(0) == '(' {
		r.next()
		r.arithmetic()
		return
	}
	r.list(')')
}

// arithmetic takes what stands between (( and )): its << is no here-document.
func (r *reader) arithmetic() {
	for depth := 2; r.more() && depth > 0; {
		switch r.next() {
		case '(':
			depth++
		case ')':
			depth--
		}
	}
}

// openers are keywords with a command behind them; closers end a statement. Neither is a command.
const (
	openers = "if then else elif do while until ! { time coproc"
	closers = "fi done } esac"
)

// add reads a word and puts it where it belongs.
func (r *reader) add(s *scope) {
	start := r.pos
	w := r.word(s.end)
	if r.pos == start { // nothing that a word could begin with
		r.next()
		return
	}
	if c := r.at(0); (c == '<' || c == '>') && !w.quoted && isDigits(w.text) {
		return // the 2 of 2>
	}
	if strings.HasSuffix(w.text, "=") && !w.quoted && r.at(0) == '(' {
		r.array()
		return
	}
	if cur := r.current(s); len(cur.words) > 0 || !r.keyword(s, w) {
		if len(cur.words) == 0 {
			cur.line = w.line
		}
		cur.words = append(cur.words, w)
		r.caseIn(s)
	}
}

// keyword reports whether w, at the beginning of a command, is none.
func (r *reader) keyword(s *scope, w word) bool {
	if w.quoted {
		return false
	}
	if w.text == "esac" {
		s.cases = max(0, s.cases-1)
	}
	if w.text == "function" {
		r.blanks()
		r.word(s.end)
		return true
	}
	return has(openers, w.text) || has(closers, w.text)
}

// caseIn turns to patterns behind "case ... in".
func (r *reader) caseIn(s *scope) {
	words := s.cur.words
	if len(words) > 2 && words[0].text == "case" && words[len(words)-1].text == "in" && !words[0].quoted {
		s.cur = nil
		s.cases++
		s.pattern = true
	}
}

// casePattern takes a pattern with its parenthesis, or the end of the statement.
func (r *reader) casePattern(s *scope) {
	switch c := r.at(0); c {
	case ')':
		s.pattern = false
		r.next()
	case '(', '|', ';', '&', '<', '>':
		r.next()
	default:
		start := r.pos
		if w := r.word(s.end); w.text == "esac" && !w.quoted {
			s.cases, s.pattern = max(0, s.cases-1), false
		}
		if r.pos == start {
			r.next()
		}
	}
}

// array takes the elements of a=(...): they are words, not commands.
func (r *reader) array() {
	r.next()
	for r.more() && r.at(0) != ')' {
		start := r.pos
		switch c := r.at(0); {
		case c == '#':
			r.comment()
		case strings.IndexByte(" \t\n;&|<>(", c) >= 0:
			r.next()
		default:
			r.word(')')
		}
		if r.pos == start {
			r.next()
		}
	}
	if r.more() {
		r.next()
	}
}

// has reports whether w is one of the words of list.
func has(list, w string) bool {
	for one := range strings.FieldsSeq(list) {
		if one == w {
			return true
		}
	}
	return false
}

func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

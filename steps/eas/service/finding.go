package service

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Severity of a finding.
type Severity uint8

// The severities, the worst first.
const (
	Error Severity = iota
	Warning
	Note
)

func (s Severity) String() string { return [...]string{"error", "warning", "note"}[s] }

// MarshalText makes the word of it.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Finding is one thing that is wrong with a file, and where.
type Finding struct {
	// Rule is its number in eas-facts section C, e.g. "R9"; "R3.upstream" is the part of R3 that only the
	// procedure forbids.
	Rule     string   `json:"rule"`
	Severity Severity `json:"severity"`
	// Path is the JSON path, e.g. $.metadata.name.
	Path string `json:"path"`
	// Line and Column count from 1, columns in characters. EndColumn is the column behind it, on the same line.
	Line      int    `json:"line"`
	Column    int    `json:"column"`
	EndColumn int    `json:"end_column"`
	Message   string `json:"message"`
	// Fix says what to write instead.
	Fix string `json:"fix,omitempty"`

	start, end int // byte offsets
	// excerpt is the line it is on, or the part of it around Column if it is long; mark is how many characters
	// of it stand before Column.
	excerpt string
	mark    int
}

// Findings are those about one file.
type Findings []Finding

// Count returns how many are of severity s.
func (all Findings) Count(s Severity) int {
	n := 0
	for _, f := range all {
		if f.Severity == s {
			n++
		}
	}
	return n
}

// Allow returns all without those of the rules named; R3 names R3.upstream as well.
func (all Findings) Allow(rules []string) Findings {
	return slices.DeleteFunc(slices.Clone(all), func(f Finding) bool {
		return slices.Contains(rules, f.Rule) || slices.Contains(rules, base(f.Rule))
	})
}

// base is the rule that id is a part of.
func base(id string) string { id, _, _ = strings.Cut(id, "."); return id }

// stop reports whether the file could not be read to its end, so that no rule would speak of it as a whole.
func (all Findings) stop() bool {
	return slices.ContainsFunc(all, func(f Finding) bool { return f.Rule == "R2" && f.Severity == Error })
}

// Text is the finding as people read it: place, what is wrong, the line with a mark under it, what to write.
func (f Finding) Text(file string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d:%d: %s %s: %s %s\n", file, f.Line, f.Column, f.Severity, f.Rule, f.Path, f.Message)
	if strings.TrimSpace(f.excerpt) != "" {
		fmt.Fprintf(&b, "%5d | %s\n", f.Line, f.excerpt)
		width := min(f.EndColumn-f.Column, utf8.RuneCountInString(f.excerpt)-f.mark)
		b.WriteString("      | " + indent(f.excerpt, f.mark) + "^" + strings.Repeat("~", max(0, width-1)) + "\n")
	}
	if f.Fix != "" {
		b.WriteString("        " + f.advice() + "\n")
	}
	return b.String()
}

// advice is the fix as a sentence.
func (f Finding) advice() string {
	if strings.HasPrefix(f.Fix, "did you mean ") {
		return f.Fix
	}
	return "write " + f.Fix
}

// Sentence is what is wrong and what to write instead, in one line.
func (f Finding) Sentence() string {
	if f.Fix == "" {
		return f.Message
	}
	return f.Message + "; " + f.advice()
}

// indent is as wide as the first n characters of line: tabs stay tabs.
func indent(line string, n int) string {
	var b strings.Builder
	for _, r := range line {
		if n--; n < 0 {
			break
		}
		if r == '\t' {
			b.WriteRune('\t')
		} else {
			b.WriteByte(' ')
		}
	}
	return b.String()
}

// Sayer takes the findings of one rule.
type Sayer struct {
	rule *Rule
	out  *Findings
	said *int
}

// At says that n breaks the rule, with the rule's own severity.
func (s Sayer) At(n *Node, message, fix string) { s.as(s.rule.Severity, n, message, fix) }

// Warn says that n is doubtful, where the rule has a part that is no error.
func (s Sayer) Warn(n *Node, message, fix string) {
	s.as(max(s.rule.Severity, Warning), n, message, fix)
}

// Bad says that n is wrong, where the rule has a part that is an error.
func (s Sayer) Bad(n *Node, message, fix string) { s.as(Error, n, message, fix) }

// Missing says that n lacks the member key.
func (s Sayer) Missing(n *Node, key, message, fix string) {
	*s.out = append(*s.out, n.missing(key, s.rule.ID, s.rule.Severity, message, fix))
}

func (s Sayer) as(severity Severity, n *Node, message, fix string) {
	if *s.said++; *s.said > 2*mostOfRule {
		return // capped tells no more than mostOfRule anyway
	}
	*s.out = append(*s.out, n.finding(s.rule.ID, severity, message, fix))
}

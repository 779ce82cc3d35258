package service

import (
	"strconv"
	"strings"
)

// Kind is the JSON type of a Node.
type Kind uint8

// The kinds.
const (
	Null Kind = iota
	Bool
	Number
	String
	Array
	Object
)

func (k Kind) String() string {
	return [...]string{"null", "a boolean", "a number", "a string", "an array", "an object"}[k]
}

// Node is a JSON value, and where it stands. All methods work on nil, the value that is not there.
type Node struct {
	Kind Kind
	// Text is the decoded text of a String, else the literal.
	Text string
	// Members of an Object, in the order of the file; of a key that stands twice, the first.
	Members []Member

	items      []*Node
	parent     *Node
	key        string // in a parent that is an Object
	index      int    // in a parent that is an Array
	start, end int    // byte offsets
}

// Member is one member of an object.
type Member struct {
	Key        string
	Value      *Node
	start, end int // of the key
}

// Get returns the value behind keys, nil if there is none.
func (n *Node) Get(keys ...string) *Node {
	for _, key := range keys {
		n = n.member(key)
	}
	return n
}

func (n *Node) member(key string) *Node {
	if n == nil {
		return nil
	}
	for i := range n.Members {
		if n.Members[i].Key == key {
			return n.Members[i].Value
		}
	}
	return nil
}

// Items returns the elements of an Array, else nothing.
func (n *Node) Items() []*Node {
	if n == nil {
		return nil
	}
	return n.items
}

// Str returns the text of a String, else "".
func (n *Node) Str() string {
	if n == nil || n.Kind != String {
		return ""
	}
	return n.Text
}

// Int returns the value of a Number that is written as a whole one.
func (n *Node) Int() (int, bool) {
	if n == nil || n.Kind != Number {
		return 0, false
	}
	i, err := strconv.Atoi(n.Text)
	return i, err == nil
}

// Float returns the value of a Number.
func (n *Node) Float() (float64, bool) {
	if n == nil || n.Kind != Number {
		return 0, false
	}
	x, err := strconv.ParseFloat(n.Text, 64)
	return x, err == nil
}

// Path is the JSON path of n: $.containers[0].port.
func (n *Node) Path() string {
	switch {
	case n.parent == nil:
		return "$"
	case n.parent.Kind == Array:
		return n.parent.Path() + "[" + strconv.Itoa(n.index) + "]"
	}
	return n.parent.Path() + step(n.key)
}

// step is how a key stands in a path; one that is no plain word, in brackets.
func step(key string) string {
	plain := strings.IndexFunc(key, func(r rune) bool {
		return !(r == '_' || r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z')
	}) < 0
	if plain && key != "" {
		return "." + key
	}
	if len(key) > 80 {
		key = key[:80]
	}
	return "[" + strconv.Quote(key) + "]"
}

// Walk calls f for n and everything in it, outermost first.
func (n *Node) Walk(f func(n *Node)) {
	if n == nil {
		return
	}
	f(n)
	for _, m := range n.Members {
		m.Value.Walk(f)
	}
	for _, item := range n.items {
		item.Walk(f)
	}
}

// finding makes a finding at n.
func (n *Node) finding(rule string, severity Severity, message, fix string) Finding {
	return Finding{Rule: rule, Severity: severity, Path: n.Path(), Message: message, Fix: fix, start: n.start, end: n.end}
}

// atKey makes a finding at the key of the member m of n.
func (n *Node) atKey(m Member, rule string, severity Severity, message, fix string) Finding {
	return Finding{Rule: rule, Severity: severity, Path: n.Path() + step(m.Key), Message: message, Fix: fix, start: m.start, end: m.end}
}

// missing makes a finding about the member key that n has not: at its brace, since it has no place of its own.
func (n *Node) missing(key, rule string, severity Severity, message, fix string) Finding {
	return Finding{Rule: rule, Severity: severity, Path: n.Path() + step(key), Message: message, Fix: fix, start: n.start, end: n.start + 1}
}

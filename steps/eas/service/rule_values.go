package service

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Rules about keys and values wherever they stand.

var forbidden = []string{"processor_path", "resourceGroupId", "spec", "access"}

// forbiddenKeys is rule R5; at the top level, R4 has them.
func forbiddenKeys(f *File, say Sayer) {
	f.Root.Walk(func(n *Node) {
		if n == f.Root {
			return
		}
		for _, m := range n.Members {
			if slices.Contains(forbidden, m.Key) {
				*say.out = append(*say.out, n.atKey(m, say.rule.ID, Error, "is a key that the procedure forbids everywhere", "the file without it"))
			}
		}
	})
}

var braces = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(?:<[^<>]*>|\{[A-Za-z0-9_. -]*\})$`) })

// Placeholder reports whether s stands for a value instead of being one: <x>, {x}, a masked ***, null.
func Placeholder(s string) bool {
	return s == "null" || s == "undefined" || strings.Contains(s, "***") || braces().MatchString(s)
}

// placeholders is rule R89. The value of an environment variable may be empty.
func placeholders(f *File, say Sayer) {
	f.Root.Walk(func(n *Node) {
		switch {
		case n.Kind != String:
		case n.Text == "" && n.key != "value":
			say.At(n, "is empty", "a value, or the file without this key")
		case Placeholder(n.Text):
			say.At(n, "is the placeholder "+strconv.Quote(abridge(n.Text)), "a value")
		}
	})
}

var dummyValue = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z]+-[a-z0-9-]*x{3,}$`) })

// dummies is rule R90.
func dummies(f *File, say Sayer) {
	f.Root.Walk(func(n *Node) {
		for _, part := range strings.Split(n.Str(), ",") {
			if dummyValue().MatchString(strings.TrimSpace(part)) {
				say.At(n, "looks like the "+strconv.Quote(abridge(part))+" of an example", "a value of yours")
				return
			}
		}
	})
}

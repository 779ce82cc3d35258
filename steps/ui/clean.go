package ui

import (
	"fmt"
	"strings"
	"unicode"
)

// Clean makes control characters visible, but for newline and tab: text from a service must not move the
// cursor, retitle the window or hide a line.
func Clean(s string) string { return clean(s, false) }

// clean is Clean; with colour, the sequences that package color writes pass.
func clean(s string, colour bool) string {
	if strings.IndexFunc(s, hidden) < 0 {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		switch {
		case !hidden(r):
			b.WriteRune(r)
		case colour && r == 0x1b && isColour(s[i:]):
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, "\\u%04x", r)
		}
	}
	return b.String()
}

// hidden reports whether r does something else than appear: control characters, and the format characters that
// reorder text.
func hidden(r rune) bool {
	return r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r))
}

// isColour reports whether s begins with a sequence of ESC [ digits m.
func isColour(s string) bool {
	rest, ok := strings.CutPrefix(s, "\x1b[")
	if !ok {
		return false
	}
	rest = strings.TrimLeft(rest, "0123456789;")
	return strings.HasPrefix(rest, "m")
}

package runner

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// parseJSON decodes the one JSON value at the start of data, with numbers as json.Number, and returns what follows
// it. It accepts exactly what encoding/json accepts and returns the same value; a fuzz test holds it to that.
//
// It is ours because decoding the replies was the larger part of what a deployment adds to its seventeen
// processes: strings share one copy of the reply, and a row's map begins with the size of the row before.
func parseJSON(data []byte) (value any, rest string, err error) {
	p := parser{text: string(data)}
	p.space()
	if value, err = p.value(0); err != nil {
		return nil, "", err
	}
	p.space()
	return value, p.text[p.at:], nil
}

// errCutShort is the error of a text that ends inside a value.
var errCutShort = errors.New("unexpected end")

// maxDepth is that of encoding/json: deeper nesting is an attack on the stack.
const maxDepth = 10000

type parser struct {
	text string
	at   int
	// size is the number of keys of the object decoded last at each depth.
	size []int
}

func (p *parser) space() {
	for p.at < len(p.text) {
		switch p.text[p.at] {
		case ' ', '\t', '\n', '\r':
			p.at++
		default:
			return
		}
	}
}

func (p *parser) value(depth int) (any, error) {
	if p.at == len(p.text) {
		return nil, errCutShort
	}
	switch c := p.text[p.at]; {
	case (c == '{' || c == '[') && depth >= maxDepth:
		return nil, errors.New("nested too deeply")
	case c == '{':
		return p.object(depth)
	case c == '[':
		return p.array(depth)
	case c == '"':
		return p.str()
	case c == 't':
		return true, p.word("true")
	case c == 'f':
		return false, p.word("false")
	case c == 'n':
		return nil, p.word("null")
	case c == '-' || isDigit(c):
		return p.number()
	}
	return nil, p.unexpected("a value")
}

func (p *parser) object(depth int) (any, error) {
	for len(p.size) <= depth {
		p.size = append(p.size, 0)
	}
	object := make(map[string]any, p.size[depth])
	p.at++
	for p.space(); ; p.space() {
		if p.at == len(p.text) {
			return nil, errCutShort
		}
		switch c := p.text[p.at]; {
		case c == '}' && len(object) == 0:
			p.at++
			p.size[depth] = 0
			return object, nil
		case c != '"':
			return nil, p.unexpected("a key")
		}
		key, err := p.str()
		if err != nil {
			return nil, err
		}
		p.space()
		if err := p.word(":"); err != nil {
			return nil, err
		}
		p.space()
		if object[key], err = p.value(depth + 1); err != nil {
			return nil, err
		}
		p.space()
		more, err := p.more('}')
		if err != nil {
			return nil, err
		}
		if !more {
			p.size[depth] = len(object)
			return object, nil
		}
	}
}

func (p *parser) array(depth int) (any, error) {
	array := []any{}
	p.at++
	p.space()
	if p.at < len(p.text) && p.text[p.at] == ']' {
		p.at++
		return array, nil
	}
	for ; ; p.space() {
		item, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		array = append(array, item)
		p.space()
		more, err := p.more(']')
		if err != nil {
			return nil, err
		}
		if !more {
			return array, nil
		}
	}
}

// more reads a comma or end and reports which.
func (p *parser) more(end byte) (bool, error) {
	if p.at == len(p.text) {
		return false, errCutShort
	}
	switch p.text[p.at] {
	case ',':
		p.at++
		return true, nil
	case end:
		p.at++
		return false, nil
	}
	return false, p.unexpected("a comma or " + string(end))
}

func (p *parser) word(w string) error {
	have := p.text[p.at:min(p.at+len(w), len(p.text))]
	switch {
	case have == w:
		p.at += len(w)
		return nil
	case strings.HasPrefix(w, have):
		return errCutShort
	}
	return p.unexpected(w)
}

// str reads a string. Nearly all hold neither an escape nor a byte beyond ASCII and are a piece of the text.
func (p *parser) str() (string, error) {
	start := p.at + 1
	for i := start; i < len(p.text); i++ {
		switch c := p.text[i]; {
		case c == '"':
			p.at = i + 1
			return p.text[start:i], nil
		case c == '\\' || c >= utf8.RuneSelf:
			return p.escaped(start, i)
		case c < ' ':
			p.at = i
			return "", p.unexpected("a character of a string")
		}
	}
	return "", errCutShort
}

// escaped reads on a string that began at start, from i, where the first character that needs care stands.
func (p *parser) escaped(start, i int) (string, error) {
	out := []byte(p.text[start:i])
	for i < len(p.text) {
		switch c := p.text[i]; {
		case c == '"':
			p.at = i + 1
			return string(out), nil
		case c < ' ':
			p.at = i
			return "", p.unexpected("a character of a string")
		case c != '\\':
			r, n := utf8.DecodeRuneInString(p.text[i:]) // a byte that is no UTF-8 becomes U+FFFD
			out = utf8.AppendRune(out, r)
			i += n
		case i+1 == len(p.text):
			return "", errCutShort
		default:
			j := strings.IndexByte(`"\/bfnrt`, p.text[i+1])
			if j >= 0 {
				out = append(out, "\"\\/\b\f\n\r\t"[j])
				i += 2
				continue
			}
			p.at = i
			if p.text[i+1] != 'u' {
				return "", p.unexpected("an escape")
			}
			r, err := p.hex(i)
			if err != nil {
				return "", err
			}
			i += 6
			if utf16.IsSurrogate(r) {
				second := rune(-1)
				if strings.HasPrefix(p.text[i:], `\u`) {
					if second, err = p.hex(i); err != nil {
						return "", err
					}
				}
				if r = utf16.DecodeRune(r, second); r != utf8.RuneError {
					i += 6
				}
			}
			out = utf8.AppendRune(out, r)
		}
	}
	return "", errCutShort
}

// hex reads the four digits of the \u escape at i.
func (p *parser) hex(i int) (rune, error) {
	digits := p.text[i+2 : min(i+6, len(p.text))]
	for k := range len(digits) {
		if c := digits[k]; !isDigit(c) && !(c >= 'a' && c <= 'f') && !(c >= 'A' && c <= 'F') {
			p.at = i + 2 + k
			return 0, p.unexpected("a hexadecimal digit")
		}
	}
	if len(digits) < 4 {
		return 0, errCutShort
	}
	n, err := strconv.ParseUint(digits, 16, 32)
	return rune(n), err
}

func (p *parser) number() (any, error) {
	start := p.at
	peek := func() byte {
		if p.at < len(p.text) {
			return p.text[p.at]
		}
		return 0
	}
	digits := func() error {
		if p.at == len(p.text) {
			return errCutShort
		}
		if !isDigit(peek()) {
			return p.unexpected("a digit")
		}
		for isDigit(peek()) {
			p.at++
		}
		return nil
	}
	if peek() == '-' {
		p.at++
	}
	if peek() == '0' {
		p.at++
	} else if err := digits(); err != nil {
		return nil, err
	}
	if peek() == '.' {
		p.at++
		if err := digits(); err != nil {
			return nil, err
		}
	}
	if c := peek(); c == 'e' || c == 'E' {
		p.at++
		if c := peek(); c == '+' || c == '-' {
			p.at++
		}
		if err := digits(); err != nil {
			return nil, err
		}
	}
	return json.Number(p.text[start:p.at]), nil
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func (p *parser) unexpected(want string) error {
	if p.at >= len(p.text) {
		return errCutShort
	}
	r, _ := utf8.DecodeRuneInString(p.text[p.at:])
	return fmt.Errorf("%q at byte %d, where %s is expected", r, p.at+1, want)
}

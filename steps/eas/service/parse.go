package service

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxBody is how many bytes of service.json fit into one argv element (rule R2).
const MaxBody = 131071

// maxDepth is more levels than any service.json has, and fewer than would trouble anything that reads it.
const maxDepth = 100

// Parse reads raw as far as it can be read: rules R1 and R2. What is no JSON but clear in its meaning (a byte
// order mark, comments, commas before a bracket) is a finding, and reading goes on; where it cannot, the node is
// nil and the findings say why.
func Parse(raw []byte) (*Node, Findings) {
	text, findings := plain(raw)
	if minified := minifiedSize(text); minified > MaxBody {
		return nil, append(findings, spanned("R2", Error, 0, 1, fmt.Sprintf("is %d bytes long without blanks; at most %d fit on a command line, so the rest was not looked at", minified, MaxBody), "less: mount what is large, or bake it into the image"))
	}
	if size := len(Body(raw)); size > MaxBody {
		findings = append(findings, spanned("R2", Warning, 0, 1, fmt.Sprintf("is %d bytes long, more than the %d that fit on a command line; blanks make the difference", size, MaxBody), "the same without blanks"))
	}
	p := &parser{text: text, findings: findings}
	root := p.document()
	return root, p.findings
}

// spanned makes a finding about a stretch of the file.
func spanned(rule string, severity Severity, start, end int, message, fix string) Finding {
	return Finding{Rule: rule, Severity: severity, Path: "$", Message: message, Fix: fix, start: start, end: end}
}

// plain returns raw with what is not JSON but harmless blanked out, byte for byte, and a finding about each kind.
func plain(raw []byte) ([]byte, Findings) {
	var findings Findings
	say := func(start, end int, message, fix string) {
		findings = append(findings, spanned("R1", Error, start, end, message, fix))
	}
	text := bytes.Clone(raw)
	blank := func(start, end int) {
		for i := start; i < end; i++ {
			if text[i] != '\n' {
				text[i] = ' '
			}
		}
	}
	if bytes.HasPrefix(text, []byte("\xef\xbb\xbf")) {
		say(0, 3, "begins with a byte order mark", "UTF-8 without one")
		blank(0, 3)
	}
	if i := invalidUTF8(text); i >= 0 {
		what := "is not UTF-8"
		if bytes.HasPrefix(raw, []byte("\xff\xfe")) || bytes.HasPrefix(raw, []byte("\xfe\xff")) {
			what = "is UTF-16"
		}
		say(i, i+1, what, "UTF-8")
	}
	comments, commas := 0, 0
	comma := -1 // where the last comma stands, if only blanks follow so far
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			i, comma = stringEnd(text, i)-1, -1
		case c == '/' && i+1 < len(text) && (text[i+1] == '/' || text[i+1] == '*'):
			end := commentEnd(text, i)
			if comments++; comments == 1 {
				say(i, end, "holds comments, which JSON has not", "the same without comments")
			}
			blank(i, end)
			i = end - 1
		case c == ',':
			comma = i
		case (c == '}' || c == ']') && comma >= 0:
			if commas++; commas == 1 {
				say(comma, comma+1, "has a comma before a closing bracket", "the same without that comma")
			}
			blank(comma, comma+1)
			comma = -1
		case c != ' ' && c != '\n' && c != '\t' && c != '\r':
			comma = -1
		}
	}
	return text, findings
}

func invalidUTF8(text []byte) int {
	for i := 0; i < len(text); {
		if text[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}

// stringEnd returns the offset behind the string that begins at i.
func stringEnd(text []byte, i int) int {
	for i++; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		case '\n':
			return i // unfinished: the parser says so
		}
	}
	return len(text)
}

// commentEnd returns the offset behind the comment that begins at i.
func commentEnd(text []byte, i int) int {
	closing, behind := "\n", 0
	if text[i+1] == '*' {
		closing, behind = "*/", 2
	}
	if n := bytes.Index(text[i+2:], []byte(closing)); n >= 0 {
		return i + 2 + n + behind
	}
	return len(text)
}

// minifiedSize is the size of text without blanks between its tokens.
func minifiedSize(text []byte) int {
	size := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			end := stringEnd(text, i)
			size += end - i
			i = end - 1
		case ' ', '\n', '\t', '\r':
		default:
			size++
		}
	}
	return size
}

// parser makes nodes of text. It knows the grammar of JSON and nothing about what to say when it is not kept: then
// encoding/json is asked, which tells the byte and the reason.
type parser struct {
	text     []byte
	at       int
	findings Findings
}

var (
	// errTold ends the parsing: the finding is there already.
	errTold = errors.New("told")
	// errSyntax ends it where the text stops being JSON.
	errSyntax = errors.New("no JSON")
)

func (p *parser) document() *Node {
	p.skip()
	if p.at == len(p.text) {
		p.say(0, 0, "is empty", "a service description; aligate eas patterns prints templates")
		return nil
	}
	root, err := p.value(1)
	if err != nil {
		p.broken(err)
		return nil
	}
	if p.skip(); p.at < len(p.text) {
		p.say(p.at, p.at+1, "goes on after the JSON object", "one object a file")
	}
	return root
}

// skip goes to what is no blank.
func (p *parser) skip() {
	for p.at < len(p.text) {
		switch p.text[p.at] {
		case ' ', '\n', '\t', '\r':
			p.at++
		default:
			return
		}
	}
}

// next skips blanks and returns the byte that follows, 0 at the end. (A zero byte in the text is no JSON either.)
func (p *parser) next() byte {
	p.skip()
	if p.at == len(p.text) {
		return 0
	}
	return p.text[p.at]
}

func (p *parser) value(depth int) (*Node, error) {
	c := p.next()
	if depth > maxDepth {
		p.say(p.at, p.at+1, fmt.Sprintf("is nested more than %d levels deep, so it was not read", maxDepth), "the levels of a service description: no more than 8")
		return nil, errTold
	}
	n := &Node{start: p.at}
	var err error
	switch {
	case c == '{':
		err = p.object(n, depth)
	case c == '[':
		err = p.array(n, depth)
	case c == '"':
		n.Kind = String
		n.Text, err = p.str()
	case c == '-' || c >= '0' && c <= '9':
		n.Kind = Number
		n.Text, err = p.number()
	default:
		err = p.word(n)
	}
	n.end = p.at
	return n, err
}

// str reads a string, or a key. It leaves p.at at its beginning if it is none.
func (p *parser) str() (string, error) {
	start := p.at
	plain := true
	for i := start + 1; i < len(p.text); i++ {
		switch c := p.text[i]; {
		case c == '"':
			p.at = i + 1
			literal := p.text[start:p.at]
			if plain {
				return string(literal[1 : len(literal)-1]), nil
			}
			var s string
			if json.Unmarshal(literal, &s) != nil {
				return "", errSyntax
			}
			p.halves(s, start, p.at)
			return s, nil
		case c < ' ':
			return "", errSyntax
		case c == '\\':
			plain = false
			i++
		case c >= utf8.RuneSelf:
			plain = false // what is not UTF-8 is replaced
		}
	}
	return "", errSyntax
}

func (p *parser) number() (string, error) {
	start := p.at
	for p.at < len(p.text) && strings.IndexByte("+-.0123456789eE", p.text[p.at]) >= 0 {
		p.at++
	}
	literal := p.text[start:p.at]
	if !json.Valid(literal) {
		return "", errSyntax
	}
	if x, err := strconv.ParseFloat(string(literal), 64); err != nil || math.IsInf(x, 0) {
		p.say(start, p.at, "is a number that no program can hold: "+abridge(string(literal)), "a smaller one")
	}
	return string(literal), nil
}

// word reads true, false or null.
func (p *parser) word(n *Node) error {
	for _, w := range [...]struct {
		text string
		kind Kind
	}{{"true", Bool}, {"false", Bool}, {"null", Null}} {
		if bytes.HasPrefix(p.text[p.at:], []byte(w.text)) {
			n.Kind, n.Text = w.kind, w.text
			p.at += len(w.text)
			return nil
		}
	}
	return errSyntax
}

func (p *parser) object(n *Node, depth int) error {
	n.Kind = Object
	seen := map[string]bool{}
	p.at++
	if p.next() == '}' {
		p.at++
		return nil
	}
	for {
		if p.next() != '"' {
			return errSyntax
		}
		start := p.at
		key, err := p.str()
		if err != nil {
			return err
		}
		end := p.at
		if p.next() != ':' {
			return errSyntax
		}
		p.at++
		value, err := p.value(depth + 1)
		if err != nil {
			return err
		}
		value.parent, value.key = n, key
		if seen[key] {
			p.say(start, end, fmt.Sprintf("has the key %q twice; the service would silently take one of them", abridge(key)), "one of the two")
		} else {
			seen[key] = true
			n.Members = append(n.Members, Member{Key: key, Value: value, start: start, end: end})
		}
		if done, err := p.more('}'); done || err != nil {
			return err
		}
	}
}

func (p *parser) array(n *Node, depth int) error {
	n.Kind = Array
	p.at++
	if p.next() == ']' {
		p.at++
		return nil
	}
	for {
		value, err := p.value(depth + 1)
		if err != nil {
			return err
		}
		value.parent, value.index = n, len(n.items)
		n.items = append(n.items, value)
		if done, err := p.more(']'); done || err != nil {
			return err
		}
	}
}

// more reads the comma before another element, or the closing bracket.
func (p *parser) more(closing byte) (done bool, err error) {
	switch p.next() {
	case ',':
		p.at++
		return false, nil
	case closing:
		p.at++
		return true, nil
	}
	return false, errSyntax
}

// halves finds escapes of half a character, which decode to a replacement character without an error.
func (p *parser) halves(decoded string, start, end int) {
	if !strings.ContainsRune(decoded, utf8.RuneError) {
		return
	}
	// Replacement characters that stand in the file as such, or as an escape, are what somebody meant.
	literal := strings.ToLower(string(p.text[start:end]))
	meant := strings.Count(literal, string(utf8.RuneError)) + strings.Count(literal, `\ufffd`)
	if strings.Contains(literal, `\ud`) && strings.Count(decoded, string(utf8.RuneError)) > meant {
		p.say(start, end, "holds an escape of half a character", "both halves, or the character itself")
	}
}

func (p *parser) say(start, end int, message, fix string) {
	p.findings = append(p.findings, spanned("R1", Error, start, end, message, fix))
}

// broken says where the text stops being JSON.
func (p *parser) broken(err error) {
	if errors.Is(err, errTold) {
		return
	}
	var whole json.RawMessage
	var syntax *json.SyntaxError
	ended := !errors.As(json.Unmarshal(p.text, &whole), &syntax) || strings.Contains(syntax.Error(), "unexpected end")
	if !ended && strings.Contains(syntax.Error(), "character ' '") {
		// At its end, encoding/json speaks of a blank that is not there.
		ended = p.text[min(int(syntax.Offset), len(p.text))-1] != ' '
	}
	if ended {
		end := len(bytes.TrimRight(p.text, " \t\r\n"))
		p.say(end, end, "ends in the middle", "the rest of it")
		return
	}
	at := max(0, min(int(syntax.Offset), len(p.text))-1)
	if strings.Contains(syntax.Error(), `'\n' in string`) {
		// The quote that is missing is told where the string begins.
		at = p.at
		p.say(at, stringEnd(p.text, at), "is not JSON here: "+syntax.Error(), `a closing quote on the same line, and \n for a line break`)
		return
	}
	p.say(at, at+1, "is not JSON here: "+syntax.Error(), expected(p.text[at]))
}

// expected is what is most likely meant where c cannot stand.
func expected(c byte) string {
	switch {
	case c == '\'':
		return `strings in "double quotes"`
	case c == '#':
		return "the same without comments"
	case c == '<' || c == '$':
		return "a value instead of a placeholder"
	case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_':
		return `keys and strings in "double quotes"; true, false and null in lower case`
	}
	return "a comma, a quote or a bracket; look at the line before as well"
}

// abridge shortens what is quoted in a message, and makes control characters visible.
func abridge(s string) string { return cut(s, 60) }

// whole is abridge for what is to be copied: only what no line could hold is cut.
func whole(s string) string { return cut(s, 500) }

func cut(s string, most int) string {
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "..."
	}
	if strings.IndexFunc(s, unicode.IsControl) >= 0 {
		s = strings.Trim(strconv.Quote(s), `"`)
	}
	return s
}

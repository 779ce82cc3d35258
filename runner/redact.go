package runner

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Redacted stands where a secret stood.
const Redacted = "REDACTED"

// Redactor takes secrets out of text before it is printed, journalled or recorded. The zero value knows the
// patterns below, and so does nil; Add teaches it values. It is safe for concurrent use.
type Redactor struct {
	mu     sync.RWMutex
	values []string
}

// secretName fits the names whose values are secrets: parameters of the CLI and the services, and environment
// entries. It ends where the name does, so that max_tokens or tokenizer do not fit.
const secretName = `(?i:[a-z0-9_.-]*(?:secrets?|passwd|password|access[_-]?key(?:[_-]?id|[_-]?secret)?|api[_-]?key|credentials?|token)[0-9]*(?:_[a-z0-9_]*)?` +
	`|signature|signaturenonce|commandcontent|userdata)`

// value fits what stands behind = or : up to its end, in quotes or not.
const value = `(?:\\"[^"\\]*\\"|"(?:[^"\\]|\\.)*"|'[^']*'|[^\s"'&,;}\\]+)`

// patterns are the forms in which the CLI, the services and a service.json show secrets (eas-facts A.10, E.8;
// ecs-facts 1.5). In each, the named group "keep" survives and the rest of the match goes. A pattern is tried
// only on text that holds one of its words, in lower case: nearly no text does, and that costs a hundredth.
var patterns = []struct {
	words []string
	expr  func() *regexp.Regexp
}{
	{[]string{"ltai", "sts."}, credential},
	// The query of a URL carries key, signature and every parameter of the call.
	{[]string{"http"}, lazy(`(?P<keep>\bhttps?://[^\s"'?]+\?)[^\s"']+`)},
	// A header's value goes to the end of its line, or of the string it stands in.
	{[]string{"authorization", "security-token"}, lazy(`(?P<keep>(?i:\b(?:authorization|x-acs-security-token))\\?"?[ \t]*[:=][ \t]*\\?"?)[^"'\\\r\n]+`)},
	// {"name":"HF_TOKEN", ..., "value":"x"}, in both orders, in JSON and in JSON within a string.
	{[]string{"value"}, lazy(`(?P<keep>"name"\s*:\s*"` + secretName + `"[^{}]*?"value"\s*:\s*")(?:[^"\\]|\\.)+`)},
	{[]string{"value"}, lazy(`(?P<keep>\\"name\\"\s*:\s*\\"` + secretName + `\\"[^{}]*?\\"value\\"\s*:\s*\\")[^"\\]+`)},
	{[]string{"value"}, lazy(`"value"\s*:\s*"(?:[^"\\]|\\.)+(?P<keep>"\s*,[^{}]*?"name"\s*:\s*"` + secretName + `")`)},
	// {"Password":"x"}, likewise.
	{secretWords, lazy(`(?P<keep>"` + secretName + `"\s*:\s*")(?:[^"\\]|\\.)+`)},
	{secretWords, lazy(`(?P<keep>\\"` + secretName + `\\"\s*:\s*\\")[^"\\]+`)},
	// NAME=x and NAME: x.
	{secretWords, lazy(`(?P<keep>\b` + secretName + `=)` + value)},
	// --api-key x, as a command line has it.
	{secretWords, lazy(`(?P<keep>--` + secretName + `[ \t]+)[^\s"'&,;}\\-][^\s"'&,;}\\]*`)},
	{secretWords, lazy(`(?P<keep>\b(?i:accesskeyid|accesskeysecret|signature|signaturenonce|securitytoken|accesstoken|password|commandcontent|userdata)\s*:\s*)` + value)},
}

// secretWords are what every secretName holds one of.
var secretWords = []string{"secret", "passw", "accesskey", "access_key", "apikey", "api_key", "access-key", "api-key", "credential", "token", "signature", "commandcontent", "userdata"}

// credential is an access key id or a temporary one.
var credential = lazy(`(?:LTAI|\bSTS\.)[A-Za-z0-9]{4,}`)

// HoldsCredential reports whether s holds an access key id.
func HoldsCredential(s string) bool { return credential().MatchString(s) }

func lazy(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}

// Add makes r take out value wherever it appears. Values too short to be secrets are ignored: they would
// blot out ordinary text.
func (r *Redactor) Add(value string) {
	if len(value) < 6 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if !slices.Contains(r.values, value) {
		// Longest first: of a value that is part of another, the rest must not stay.
		r.values = append(r.values, value)
		slices.SortFunc(r.values, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	}
}

// Values returns what r was taught.
func (r *Redactor) Values() []string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return slices.Clone(r.values)
}

// Text returns s without secrets.
func (r *Redactor) Text(s string) string {
	if r != nil {
		r.mu.RLock()
		for _, value := range r.values {
			s = strings.ReplaceAll(s, value, Redacted)
		}
		r.mu.RUnlock()
	}
	// What is left side by side after one pass may look like a secret of its own: until nothing changes.
	for range 8 {
		next := redactOnce(s)
		if next == s {
			break
		}
		s = next
	}
	return s
}

func redactOnce(s string) string {
	lower := strings.ToLower(s)
	for _, p := range patterns {
		if slices.ContainsFunc(p.words, func(w string) bool { return strings.Contains(lower, w) }) {
			s = replaceKeeping(p.expr(), s)
		}
	}
	return strings.ReplaceAll(s, Redacted+Redacted, Redacted)
}

// Args returns argv without secrets, element by element.
func (r *Redactor) Args(argv []string) []string {
	clean := make([]string, len(argv))
	for i, arg := range argv {
		clean[i] = r.Text(arg)
	}
	return clean
}

// replaceKeeping replaces each match of p by Redacted, with what the group "keep" matched left on its side.
func replaceKeeping(p *regexp.Regexp, s string) string {
	keep := p.SubexpIndex("keep")
	var b strings.Builder
	end := 0
	for _, m := range p.FindAllStringSubmatchIndex(s, -1) {
		b.WriteString(s[end:m[0]])
		switch {
		case keep >= 0 && harmless().MatchString(s[m[2*keep]:m[2*keep+1]]):
			b.WriteString(s[m[0]:m[1]])
		case keep >= 0 && redactedAlready(s[m[0]:m[1]], s[m[2*keep]:m[2*keep+1]]):
			b.WriteString(s[m[0]:m[1]])
		case keep < 0:
			b.WriteString(Redacted)
		case m[2*keep] == m[0]: // kept text first, then the secret
			b.WriteString(s[m[2*keep]:m[2*keep+1]] + Redacted)
		default: // `"value":"secret","name":"..."`: the secret first
			b.WriteString(`"value":"` + Redacted + s[m[2*keep]:m[2*keep+1]])
		}
		end = m[1]
	}
	if end == 0 {
		return s
	}
	b.WriteString(s[end:])
	return b.String()
}

// redactedAlready reports whether what matched is a placeholder beside what is kept: those of a recording are
// numbered, so that one secret has one name.
func redactedAlready(match, kept string) bool {
	if secret, ok := strings.CutPrefix(match, kept); ok {
		return strings.HasPrefix(secret, Redacted)
	}
	return strings.HasPrefix(match, `"value":"`+Redacted)
}

// harmless fits what stands before a ClientToken or a NextToken, in Alibaba Cloud's spelling: the caller's own name for a
// call, which makes it safe to repeat (ecs-facts 2.10), and the place in a list. Neither opens anything.
var harmless = lazy(`^(?:\\?")?(?:--)?(?:Client|Next)Token(?:\\?")?\s*[=:]?\s*(?:\\?")?$`)

// SecretName reports whether a parameter, key or environment variable of this name holds a secret.
func SecretName(name string) bool {
	return wholeSecretName().MatchString(name) && !harmless().MatchString(name)
}

var wholeSecretName = lazy(`^` + secretName + `$`)

// Holds reports whether data contains a value that r was taught.
func (r *Redactor) Holds(data []byte) bool {
	if r == nil {
		return false
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	return slices.ContainsFunc(r.values, func(v string) bool { return strings.Contains(string(data), v) })
}

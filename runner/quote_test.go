package runner

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/shlex"
)

func TestQuote(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		argv []string
		want string
	}{
		{nil, ""},
		{[]string{"aliyun", "eas", "list-services"}, "aliyun eas list-services"},
		{[]string{"--filter", "a.b/c:d=e,f+g@h%i_j-k"}, "--filter a.b/c:d=e,f+g@h%i_j-k"},
		{[]string{"", "x", ""}, "'' x ''"},
		{[]string{"a b"}, "'a b'"},
		{[]string{"it's"}, `'it'\''s'`},
		{[]string{"'"}, `''\'''`},
		{[]string{"a\nb"}, "'a\nb'"},
		{[]string{`{"name":"x"}`}, `'{"name":"x"}'`},
		{[]string{"#x", "$HOME", "*", "~", `\`, "`id`", "!", "a;b", "a&b", "<", "é"}, "'#x' '$HOME' '*' '~' '\\' '`id`' '!' 'a;b' 'a&b' '<' 'é'"},
	} {
		if got := Quote(tt.argv...); got != tt.want {
			t.Errorf("Quote(%q): got %s, want %s", tt.argv, got, tt.want)
		}
	}
}

// wantRoundTrip checks that the line for argv reads back as argv.
func wantRoundTrip(t *testing.T, argv []string) {
	t.Helper()
	line := Quote(argv...)
	got, err := shlex.Split(line)
	if err != nil || !slices.Equal(got, argv) {
		t.Errorf("%s\n got %q, error %v\nwant %q", line, got, err, argv)
	}
}

func TestQuoteRoundTrip(t *testing.T) {
	t.Parallel()
	wantRoundTrip(t, words)
	// Words of characters that have a meaning for a shell, which a fuzzer without time would not find.
	const nasty = "ab1-_=.,:/@%+'\"\\ \t\r\n#$`*?[]{}()<>|&;!~^é服\u00a0\u2028\U0001f600\x00"
	alphabet := []rune(nasty)
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		argv := make([]string, 1+random.IntN(4))
		for i := range argv {
			var b strings.Builder
			for range random.IntN(8) {
				b.WriteRune(alphabet[random.IntN(len(alphabet))])
			}
			argv[i] = b.String()
		}
		wantRoundTrip(t, argv)
		if t.Failed() {
			return
		}
	}
}

func FuzzQuote(f *testing.F) {
	for i, word := range words {
		f.Add(word, words[len(words)-1-i])
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		if !utf8.ValidString(a) || !utf8.ValidString(b) {
			return // shlex reads runes; the bytes would come back as U+FFFD
		}
		wantRoundTrip(t, []string{"aliyun", a, b})
	})
}

package steps

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode"
)

func TestCheckText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, value, want string }{
		{"plain", "cn-hangzhou", ""},
		{"spaces and quotes", `a 'b' "c" $d \e`, ""},
		{"other scripts", "模型 – ü 🙂", ""},
		{"begins with a dash", "-x", ""},
		{"longest", strings.Repeat("x", 131071), ""},
		{"empty", "", "is empty"},
		{"one too long", strings.Repeat("x", 131072), "is 131072 bytes long; at most 131071"},
		{"200 kB", strings.Repeat("x", 200_000), "is 200000 bytes long; at most 131071"},
		{"bytes count, not letters", strings.Repeat("型", 50_000), "is 150000 bytes long"},
		{"NUL", "a\x00b", `position 2: "a\x00b"`},
		{"NUL alone", "\x00", "position 1"},
		{"newline", "a\nb", `position 2: "a\nb"`},
		{"newline at the end", "cn-hangzhou\n", "position 12"},
		{"carriage return", "a\r", "control character"},
		{"tab", "\ta", "control character"},
		{"escape", "\x1b[31mred", "position 1"},
		{"delete", "a\x7f", "position 2"},
		{"not UTF-8", "a\xffb", "not UTF-8 at position 2"},
		{"half a letter", "a\xe6\xa8", "not UTF-8 at position 2"},
		{"access key", "LTAI5tABCDEFGHIJ", "holds an access key"},
		{"access key in the middle", "key=STS.NUABCDEFGH;", "holds an access key"},
		{"surrogate", "\xed\xa0\x80", "not UTF-8 at position 1"},
	} {
		got := checkText(c.value)
		if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
		if len(c.value) > 3 && strings.Contains(c.want, "access key") && strings.Contains(got, c.value) {
			t.Errorf("%s: the message repeats it: %q", c.name, got)
		}
		// The message goes to a terminal, whatever the value holds, and stays short.
		if len(got) > 200 || strings.ContainsFunc(got, unicode.IsControl) {
			t.Errorf("%s: the message is %d bytes: %q, want it short and without control characters", c.name, len(got), got)
		}
	}
}

func TestExcerpt(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("型", 100) + "\x00" + strings.Repeat("号", 100)
	got := excerpt(long, 300)
	if !strings.Contains(got, "\x00") || len(got) > 40 {
		t.Errorf("got %q (%d bytes), want the surroundings of the NUL", got, len(got))
	}
	// Cut in the middle of a letter, it is still text.
	if strings.ToValidUTF8(got, "") != got {
		t.Errorf("got %q, which is not UTF-8", got)
	}
}

func TestCheckValues(t *testing.T) {
	t.Parallel()
	params := []Param{
		{Name: "region", Required: true},
		{Name: "name", Check: func(v string) error {
			if v == "bad" {
				return errors.New("is bad")
			}
			return nil
		}},
		{Name: "oss", Repeat: true, Check: func(v string) error {
			if !strings.HasPrefix(v, "oss://") {
				return fmt.Errorf("%q is no bucket", v)
			}
			return nil
		}},
		{Name: "secure", Bool: true},
	}
	for _, c := range []struct {
		name     string
		v        Values
		complete bool
		want     []string
	}{
		{"nothing", Values{}, false, nil},
		{"required", Values{}, true, []string{"--region: is required"}},
		{"empty is not absent", Values{"region": {""}}, true, []string{"--region: is empty"}},
		{"fine", Values{"region": {"r"}, "name": {"n"}, "oss": {"oss://a", "oss://b"}, "secure": {"true"}}, true, nil},
		{"twice, different", Values{"region": {"r", "s"}}, true, []string{`--region: given 2 times with different values ("r", "s"); give it once`}},
		{"twice, the same", Values{"region": {"r", "r"}}, true, nil},
		{"there and back", Values{"region": {"r", "s", "r"}}, true, []string{`--region: given 3 times with different values ("r", "s", "r"); give it once`}},
		{"its own check", Values{"name": {"bad"}}, false, []string{"--name: is bad"}},
		// What is no text is not looked at further.
		{"text first", Values{"oss": {"a\nb"}}, false, []string{`--oss: holds a control character or a byte that is not UTF-8 at position 2: "a\nb"`}},
		{"each of several", Values{"oss": {"a", "oss://b", "", "c"}}, false, []string{`--oss: "a" is no bucket`, "--oss: is empty", `--oss: "c" is no bucket`}},
		{"all at once", Values{"name": {"bad"}, "oss": {"x"}}, true, []string{"--region: is required", "--name: is bad", `--oss: "x" is no bucket`}},
		{"unknown ones are not ours", Values{"else": {""}}, false, nil},
	} {
		var got []string
		for _, p := range checkValues(params, c.v, c.complete) {
			got = append(got, p.String())
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestCheckProfile(t *testing.T) {
	t.Parallel()
	for v, ok := range map[string]bool{"default": true, "my.profile_1": true, "-p": false, "a b": false, "--profile": false} {
		if err := checkProfile(v); (err == nil) != ok {
			t.Errorf("%q: error %v, want ok %t", v, err, ok)
		}
	}
}

func TestValues(t *testing.T) {
	t.Parallel()
	v := Values{"a": {"1", "2"}, "on": {"true"}, "off": {"false"}, "none": {}}
	same(t, "the first counts", v.One("a"), "1")
	same(t, "absent", v.One("x"), "")
	same(t, "empty", v.One("none"), "")
	if !v.Is("on") || v.Is("off") || v.Is("x") {
		t.Errorf("switches: on %t, off %t, absent %t", v.Is("on"), v.Is("off"), v.Is("x"))
	}
	merged := v.merge(Values{"a": {"3"}, "b": {"4"}})
	if merged.One("a") != "3" || merged.One("b") != "4" || !merged.Is("on") {
		t.Errorf("merged: %v", merged)
	}
	// Neither side is changed: the record holds the one, the command line the other.
	if v.One("a") != "1" || v["b"] != nil {
		t.Errorf("merge changed what it was called on: %v", v)
	}
	if got := Values(nil).merge(nil); got == nil {
		t.Errorf("merge of nothing is nil: nobody could write into it")
	}
	d := v.withDefaults([]Param{{Name: "a", Default: "9"}, {Name: "none", Default: "5"}, {Name: "c", Default: "6"}, {Name: "d"}})
	if d.One("a") != "1" || d.One("none") != "5" || d.One("c") != "6" || d["d"] != nil || v["c"] != nil {
		t.Errorf("with defaults: %v", d)
	}
}

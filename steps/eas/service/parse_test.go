package service

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// at is a finding as line:column-end rule message.
func at(f Finding) string {
	return fmt.Sprintf("%d:%d-%d %s %s", f.Line, f.Column, f.EndColumn, f.Rule, f.Message)
}

// parsed are the findings of Parse, in the order of the file.
func parsed(raw []byte) (*Node, []string) {
	root, all := Parse(raw)
	locate(raw, all)
	out := []string{}
	for _, f := range all {
		out = append(out, at(f))
	}
	return root, out
}

// TestParse: what is no JSON, and where.
func TestParse(t *testing.T) {
	t.Parallel()
	const notJSON = "R1 is not JSON here: invalid character "
	for _, c := range []struct {
		raw  string
		want []string
		read bool // all the same
	}{
		{raw: `{}`, read: true},
		{raw: "\r\n\t{ } \n", read: true},
		{raw: `null`, read: true},
		{raw: `"x"`, read: true},
		{raw: `[1.50, -0, 1E+2, true, false, "\u00e9\ud83d\ude00\"\\"]`, read: true},

		{raw: "", want: []string{"1:1-2 R1 is empty"}},
		{raw: " \n\t", want: []string{"1:1-2 R1 is empty"}},
		{raw: "{", want: []string{"1:2-3 R1 ends in the middle"}},
		{raw: "{\n\"a\":\n[1,\n", want: []string{"3:4-5 R1 ends in the middle"}},
		{raw: `{"a": "b`, want: []string{"1:9-10 R1 ends in the middle"}},
		{raw: `{"a": tr`, want: []string{"1:9-10 R1 ends in the middle"}},
		{raw: `{"a": "b\`, want: []string{"1:10-11 R1 ends in the middle"}},
		{raw: "{\"a\": \"b\n\"}", want: []string{`1:7-9 ` + notJSON + `'\n' in string literal`}},

		// Keys that stand twice: each time but the first, at any depth.
		{raw: `{"a": 1, "a": 2}`, want: []string{`1:10-13 R1 has the key "a" twice; the service would silently take one of them`}, read: true},
		{raw: "{\"x\": [{\"y\": {\n  \"a\": 1,\n  \"b\": 1, \"a\": 2,\n  \"a\": {\"a\": 3}}}]}", want: []string{
			`3:11-14 R1 has the key "a" twice; the service would silently take one of them`,
			`4:3-6 R1 has the key "a" twice; the service would silently take one of them`}, read: true},
		{raw: `{"a": 1, "\u0061": 2}`, want: []string{`1:10-18 R1 has the key "a" twice; the service would silently take one of them`}, read: true},
		{raw: `{"": 1, "": 2}`, want: []string{`1:9-11 R1 has the key "" twice; the service would silently take one of them`}, read: true},
		{raw: `{"a": 1, "b": {"a": 2}, "A": 3}`, read: true},
		{raw: `{"` + strings.Repeat("k", 99) + `": 1, "` + strings.Repeat("k", 99) + `": 2}`,
			want: []string{`1:108-209 R1 has the key "` + strings.Repeat("k", 60) + `..." twice; the service would silently take one of them`}, read: true},

		// Clear in its meaning: read all the same.
		{raw: "\ufeff{}", want: []string{"1:1-2 R1 begins with a byte order mark"}, read: true},
		{raw: "{ // a\n}", want: []string{"1:3-7 R1 holds comments, which JSON has not"}, read: true},
		{raw: "{ /* a\n */ \"a\": 1 // b\n}", want: []string{"1:3-7 R1 holds comments, which JSON has not"}, read: true},
		{raw: "{} // a", want: []string{"1:4-8 R1 holds comments, which JSON has not"}, read: true},
		{raw: "{} /* a", want: []string{"1:4-8 R1 holds comments, which JSON has not"}, read: true},
		{raw: "{\"a\": /**/ 1}", want: []string{"1:7-11 R1 holds comments, which JSON has not"}, read: true},
		{raw: `{"a": "// no, /* no */, }"}`, read: true},
		{raw: `{"a": 1,}`, want: []string{"1:8-9 R1 has a comma before a closing bracket"}, read: true},
		{raw: "[1, [2,], // x\n]", want: []string{"1:7-8 R1 has a comma before a closing bracket", "1:11-15 R1 holds comments, which JSON has not"}, read: true},
		{raw: "[1,\n/* x */ ]", want: []string{"1:3-4 R1 has a comma before a closing bracket", "2:1-8 R1 holds comments, which JSON has not"}, read: true},
		{raw: "/", want: []string{"1:1-2 " + notJSON + "'/' looking for beginning of value"}},
		{raw: "// x", want: []string{"1:1-5 R1 holds comments, which JSON has not", "1:1-2 R1 is empty"}},

		// Beyond the end.
		{raw: `{} {}`, want: []string{"1:4-5 R1 goes on after the JSON object"}, read: true},
		{raw: "{}\n\n[", want: []string{"3:1-2 R1 goes on after the JSON object"}, read: true},
		{raw: `{}}`, want: []string{"1:3-4 R1 goes on after the JSON object"}, read: true},

		// Numbers that fit nowhere.
		{raw: `{"a": 1e400}`, want: []string{"1:7-12 R1 is a number that no program can hold: 1e400"}, read: true},
		{raw: `[-1e999, 1e308, 1e-999]`, want: []string{"1:2-8 R1 is a number that no program can hold: -1e999"}, read: true},
		{raw: `[` + strings.Repeat("9", 400) + `]`, want: []string{"1:2-402 R1 is a number that no program can hold: " + strings.Repeat("9", 60) + "..."}, read: true},
		{raw: `[01]`, want: []string{"1:3-4 " + notJSON + "'1' after array element"}},
		{raw: `[+1]`, want: []string{"1:2-3 " + notJSON + "'+' looking for beginning of value"}},
		{raw: `[NaN]`, want: []string{"1:2-3 " + notJSON + "'N' looking for beginning of value"}},

		// Bytes that are no characters.
		{raw: "{\"ä\": \"\xff\"}", want: []string{"1:8-9 R1 is not UTF-8"}, read: true},
		{raw: "{\"a\": \"\xc3\"}", want: []string{"1:8-9 R1 is not UTF-8"}, read: true},
		{raw: "{\n\"a\": \"\xed\xa0\x80\"}", want: []string{"2:7-8 R1 is not UTF-8"}, read: true},
		{raw: "\xff\xfe{\x00}\x00", want: []string{"1:1-2 R1 is UTF-16", "1:1-2 " + notJSON + "'ÿ' looking for beginning of value"}},
		{raw: "\xfe\xff\x00{\x00}", want: []string{"1:1-2 R1 is UTF-16", "1:1-2 " + notJSON + "'þ' looking for beginning of value"}},
		{raw: "{\x00}", want: []string{"1:2-3 " + notJSON + `'\x00' looking for beginning of object key string`}},

		// Halves of characters.
		{raw: `{"a": "\ud800"}`, want: []string{"1:7-15 R1 holds an escape of half a character"}, read: true},
		{raw: `["\uDE00\uD83D"]`, want: []string{"1:2-16 R1 holds an escape of half a character"}, read: true},
		{raw: `["�"]`, read: true},

		// Other languages.
		{raw: `{'a': 1}`, want: []string{`1:2-3 ` + notJSON + `'\'' looking for beginning of object key string`}},
		{raw: `{"a": 'b'}`, want: []string{`1:7-8 ` + notJSON + `'\'' looking for beginning of value`}},
		{raw: `{a: 1}`, want: []string{`1:2-3 ` + notJSON + `'a' looking for beginning of object key string`}},
		{raw: `{"a": <b>}`, want: []string{`1:7-8 ` + notJSON + `'<' looking for beginning of value`}},
		{raw: `{"a": True}`, want: []string{`1:7-8 ` + notJSON + `'T' looking for beginning of value`}},
		{raw: "# x\n{}", want: []string{`1:1-2 ` + notJSON + `'#' looking for beginning of value`}},
		{raw: "metadata:\n  name: x", want: []string{`1:1-2 ` + notJSON + `'m' looking for beginning of value`}},
		{raw: `{"a": 1 "b": 2}`, want: []string{`1:9-10 ` + notJSON + `'"' after object key:value pair`}},
		{raw: `[1 2]`, want: []string{"1:4-5 " + notJSON + "'2' after array element"}},
		{raw: `{"a": 1]`, want: []string{"1:8-9 " + notJSON + "']' after object key:value pair"}},
		{raw: `[1}`, want: []string{"1:3-4 " + notJSON + "'}' after array element"}},
		{raw: `}`, want: []string{"1:1-2 " + notJSON + "'}' looking for beginning of value"}},
	} {
		root, got := parsed([]byte(c.raw))
		if !slices.Equal(got, c.want) && len(got)+len(c.want) > 0 || root != nil != c.read {
			t.Errorf("%q: got %q, read %t\nwant %q, %t", c.raw, got, root != nil, c.want, c.read)
		}
	}
}

// TestParseDefects: the same, of what was or is not found where it is; those with a defect are skipped until they
// hold.
func TestParseDefects(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		raw    string
		want   []string
		defect string
	}{
		{"{},", []string{"1:3-4 R1 goes on after the JSON object"}, "commas and colons behind the document are skipped, so that what is no JSON has no finding"},
		{"{} :\n", []string{"1:4-5 R1 goes on after the JSON object"}, "commas and colons behind the document are skipped, so that what is no JSON has no finding"},
		{"[1,,2]", []string{"1:4-5 R1 is not JSON here: invalid character ',' looking for beginning of value"}, "the mark stands behind the comma that is wrong"},
		{`{"a":: 1}`, []string{"1:6-7 R1 is not JSON here: invalid character ':' looking for beginning of value"}, "the mark stands behind the colon that is wrong"},
		{`{"a": tru}`, []string{"1:10-11 R1 is not JSON here: invalid character '}' in literal true (expecting 'e')"}, "the offset of the decoder counts no brackets and colons, so that the mark stands somewhere before the character"},
		{`{"a": {"b": "0123456789\q"}}`, []string{"1:25-26 R1 is not JSON here: invalid character 'q' in string escape code"}, "the offset of the decoder counts no brackets and colons, so that the mark stands somewhere before the character"},
		{`{"\ud800": 1}`, []string{"1:2-10 R1 holds an escape of half a character"}, "halves are looked for in values only, not in keys"},
		{`["\\ud800 \ufffd"]`, nil, ""},
		{`["\ufffd\ud83d\ude00"]`, nil, ""},
		{`["�\ud800"]`, []string{"1:2-11 R1 holds an escape of half a character"}, ""},
	} {
		t.Run(c.raw, func(t *testing.T) {
			t.Parallel()
			_, got := parsed([]byte(c.raw))
			if !slices.Equal(got, c.want) && len(got)+len(c.want) > 0 {
				if c.defect == "" {
					t.Fatalf("got %q, want %q", got, c.want)
				}
				t.Errorf("%s: got %q, want %q", c.defect, got, c.want)
			}
		})
	}
}

func TestParseDepth(t *testing.T) {
	t.Parallel()
	const deep = "R1 is nested more than 100 levels deep, so it was not read"
	for _, c := range []struct {
		raw  string
		want []string
	}{
		{strings.Repeat("[", 100) + strings.Repeat("]", 100), nil},
		{strings.Repeat("[", 101) + strings.Repeat("]", 101), []string{"1:101-102 " + deep}},
		{strings.Repeat("[", 10000) + strings.Repeat("]", 10000), []string{"1:101-102 " + deep}},
		{strings.Repeat("[", 10000), []string{"1:101-102 " + deep}},
		{strings.Repeat(`{"a":`, 10000) + "1" + strings.Repeat("}", 10000), []string{"1:501-502 " + deep}},
		{strings.Repeat("{\"a\":\n", 10000), []string{"101:1-2 " + deep}},
	} {
		if root, got := parsed([]byte(c.raw)); !slices.Equal(got, c.want) && len(got)+len(c.want) > 0 || root == nil != (c.want != nil) {
			t.Errorf("%.20s, %d bytes: got %q, want %q", c.raw, len(c.raw), got, c.want)
		}
		// None of the rules goes deeper either.
		Check([]byte(c.raw), Known{})
	}
}

const tenMB = 10 << 20

// large are files of ten million bytes.
func large() []struct {
	name string
	raw  []byte
	want []string
} {
	small := string(Patterns[0].Template())
	tooLong := func(n int) string {
		return fmt.Sprintf("1:1-2 R2 is %d bytes long without blanks; at most 131071 fit on a command line, so the rest was not looked at", n)
	}
	blanks := func(n int) string {
		return fmt.Sprintf("1:1-2 R2 is %d bytes long, more than the 131071 that fit on a command line; blanks make the difference", n)
	}
	big := []byte(`{"a": "` + strings.Repeat("x", tenMB) + `"}`)
	ones := []byte("[" + strings.Repeat("1,", tenMB/2) + "1]")
	return []struct {
		name string
		raw  []byte
		want []string
	}{
		{"blanks", []byte(strings.Repeat(" ", tenMB) + small), []string{blanks(tenMB + len(small) - 1)}},
		{"one string", big, []string{tooLong(len(big) - 1)}},
		{"ones", ones, []string{tooLong(len(ones))}},
		{"newlines before", []byte(strings.Repeat("\n", tenMB) + small), []string{blanks(tenMB + len(small) - 1)}},
		// They are not sent.
		{"newlines behind", []byte(small + strings.Repeat("\n", tenMB)), nil},
		{"newlines", []byte(strings.Repeat("\n", tenMB)), []string{"1:1-2 R1 is empty"}},
		{"brackets", []byte(strings.Repeat("[", tenMB)), []string{tooLong(tenMB)}},
		{"comments", []byte(strings.Repeat("//\n", tenMB/3) + small), []string{blanks(tenMB/3*3 + len(small) - 1), "1:1-3 R1 holds comments, which JSON has not"}},
	}
}

func TestParseLarge(t *testing.T) {
	t.Parallel()
	for _, c := range large() {
		got := []string{}
		for _, f := range Check(c.raw, Known{}) {
			got = append(got, at(f))
			if text := f.Text("x"); len(text) > 2000 {
				t.Errorf("%s: a text of %d bytes", c.name, len(text))
			}
		}
		slices.Sort(got)
		slices.Sort(c.want)
		if !slices.Equal(got, c.want) && len(got)+len(c.want) > 0 {
			t.Errorf("%s: got %.500q, want %q", c.name, got, c.want)
		}
	}
}

// TestLocateLarge: the place of a finding behind ten million newlines, or in one very long line.
func TestLocateLarge(t *testing.T) {
	t.Parallel()
	small := bytes.Replace(Patterns[0].Template(), []byte("qwen_vllm"), []byte("Qwen"), 1)
	for _, c := range []struct {
		before       string
		line, column int
	}{{strings.Repeat("\n", tenMB), tenMB + 3, 13}, {strings.Repeat(" ", tenMB), 3, 13}, {strings.Repeat("\r\n", 1000), 1003, 13}} {
		all := Check([]byte(c.before+string(small)), Known{})
		f := all[len(all)-1]
		if f.Rule != "R9" || f.Line != c.line || f.Column != c.column {
			t.Errorf("got %s at %d:%d, want %d:%d", f.Rule, f.Line, f.Column, c.line, c.column)
		}
	}
}

// TestMaxBody: 131071 bytes without blanks are the most; blanks that would be sent are doubtful.
func TestMaxBody(t *testing.T) {
	t.Parallel()
	document := func(minified int) string {
		const before, behind = `{"metadata":{"name":"abc","workspace_id":"1"},"containers":[{"image":"` + vpcRegistry + `m:1","port":8000,"command":"x","env":[{"name":"A","value":"`, `"}]}],"cloud":{"computing":{"instance_type":"a"}}}`
		return before + strings.Repeat("x", minified-len(before)-len(behind)) + behind
	}
	for _, c := range []struct {
		raw  string
		want string
	}{
		{document(MaxBody), ""},
		{document(MaxBody) + "\r\n\n", ""},
		{document(MaxBody) + " ", "R2 warning $"},
		{" " + document(MaxBody), "R2 warning $"},
		{document(MaxBody + 1), "R2 error $"},
		// With what a blank in a string is: part of the body.
		{strings.Replace(document(MaxBody), "xx", "  ", 1), ""},
		{strings.Replace(document(MaxBody), "xxxx", `\" \\`, 1), "R2 error $"},
	} {
		got := told(Check([]byte(c.raw), Known{}))
		if len(c.raw) == MaxBody+1 && c.want == "R2 error $" && strings.Contains(c.raw, `\" \\`) {
			c.raw = ""
		}
		if !slices.Equal(got, listed(c.want)) {
			t.Errorf("%d bytes: got %q, want %q", len(c.raw), got, c.want)
		}
	}
}

func TestBody(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{"": "", "{}": "{}", "{}\n": "{}", "{}\r\n\n\r": "{}", "\n{}": "\n{}", "{} \n": "{} ", "\n\n": ""} {
		if got := string(Body([]byte(raw))); got != want {
			t.Errorf("%q: got %q, want %q", raw, got, want)
		}
	}
}

// TestLocate: lines and columns as an editor counts them, and the mark under the line.
func TestLocate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		raw  string
		rule string
		want string // of Text, without its first line and the fix
		at   string
	}{
		{"{\"a\": 1, \"metadata\": 1}", "R7", "" +
			"    1 | {\"a\": 1, \"metadata\": 1}\n" +
			"      |                      ^\n", "1:22-23"},
		// Characters, not bytes.
		{"{\"größe😀\": \"日本\", \"metadata\": \"äöü\"}", "R7", "" +
			"    1 | {\"größe😀\": \"日本\", \"metadata\": \"äöü\"}\n" +
			"      |                              ^~~~~\n", "1:30-35"},
		// A tab is one column, and stays one under the line.
		{"{\n\t\"metadata\":\t12345}", "R7", "" +
			"    2 | \t\"metadata\":\t12345}\n" +
			"      | \t           \t^~~~~\n", "2:14-19"},
		{"{\r\n  \"metadata\": [\r\n]\r\n}\r\n", "R7", "" +
			"    2 |   \"metadata\": [\n" +
			"      |               ^\n", "2:15-16"},
		// What goes on in the next line is marked up to the end of its first.
		{"{\n  \"metadata\": [1, \n  2]\n}", "R7", "" +
			"    2 |   \"metadata\": [1, \n" +
			"      |               ^~~~\n", "2:15-19"},
		{"{\"metadata\": 1}", "R17", "" +
			"    1 | {\"metadata\": 1}\n" +
			"      | ^\n", "1:1-2"},
		// A long line is cut on both sides, between characters.
		{"{\"" + strings.Repeat("ä", 100) + "\": \"" + strings.Repeat("ö", 100) + "\", \"metadata\": \"" + strings.Repeat("ü", 100) + "\", \"x\": 1}", "R7", "" +
			"    1 | " + strings.Repeat("ö", 22) + "\", \"metadata\": \"" + strings.Repeat("ü", 49) + "\n" +
			"      | " + strings.Repeat(" ", 37) + "^" + strings.Repeat("~", 49) + "\n", "1:222-324"},
		// Nothing is left to show.
		{"{\"metadata\": 1", "R1", "" +
			"    1 | {\"metadata\": 1\n" +
			"      |               ^\n", "1:15-16"},
		{"{\"metadata\": 1\n", "R1", "" +
			"    1 | {\"metadata\": 1\n" +
			"      |               ^\n", "1:15-16"},
		{"", "R1", "", "1:1-2"},
		// Bytes that are no characters are shown as one.
		{"{\"a\": \"\xff\", \"metadata\": 1}", "R7", "" +
			"    1 | {\"a\": \"\ufffd\", \"metadata\": 1}\n" +
			"      |                        ^\n", "1:24-25"},
	} {
		all := Check([]byte(c.raw), Known{})
		i := slices.IndexFunc(all, func(f Finding) bool { return f.Rule == c.rule })
		if i < 0 {
			t.Errorf("%q: no %s", c.raw, c.rule)
			continue
		}
		f := all[i]
		lines := strings.SplitAfter(f.Text("f.json"), "\n")
		text := strings.Join(lines[1:], "")
		if n := strings.Index(text, "        write "); n >= 0 {
			text = text[:n]
		}
		if got := fmt.Sprintf("%d:%d-%d", f.Line, f.Column, f.EndColumn); got != c.at || text != c.want {
			t.Errorf("%.60q: got %s, want %s\n%s\n%s", c.raw, got, c.at, text, c.want)
		}
		if !utf8.ValidString(text) {
			t.Errorf("%.60q: got %q", c.raw, text)
		}
	}
}

// TestLocateOrder: in the order of the file, at one place the worst first.
func TestLocateOrder(t *testing.T) {
	t.Parallel()
	raw := []byte("ab\ncd")
	all := Findings{{Rule: "R4", start: 4, end: 5}, {Rule: "R3", Severity: Warning, start: 1, end: 99}, {Rule: "R2", start: 1, end: 0}, {Rule: "R1", start: 99}, {Rule: "R0", start: 0, end: 2}}
	locate(raw, all)
	got := []string{}
	for _, f := range all {
		got = append(got, at(f))
	}
	if want := []string{"1:1-3 R0 ", "1:2-3 R2 ", "1:2-3 R3 ", "2:2-3 R4 ", "2:3-4 R1 "}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestPath(t *testing.T) {
	t.Parallel()
	root, findings := Parse([]byte(`{"a-b_C9": [0, {"x y": {"": {"é": {"\"": null}}}}]}`))
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	var got []string
	root.Walk(func(n *Node) { got = append(got, n.Path()) })
	if want := []string{"$", "$.a-b_C9", "$.a-b_C9[0]", "$.a-b_C9[1]", `$.a-b_C9[1]["x y"]`, `$.a-b_C9[1]["x y"][""]`, `$.a-b_C9[1]["x y"][""]["é"]`, `$.a-b_C9[1]["x y"][""]["é"]["\""]`}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestNode: a value that is not there, or of another type, has no parts.
func TestNode(t *testing.T) {
	t.Parallel()
	var none *Node
	none.Walk(func(*Node) { t.Error("walked over nothing") })
	if none.Get("a", "b") != nil || none.Items() != nil || none.Str() != "" {
		t.Error("nothing has parts")
	}
	root, _ := Parse([]byte(`{"s": "x", "n": 12, "f": 1.5, "e": 1e2, "big": 12345678901234567890, "b": true, "l": [1], "z": null}`))
	for _, c := range []struct {
		key   string
		str   string
		whole int
		isInt bool
		float float64
		isNum bool
		items int
	}{
		{key: "s", str: "x"}, {key: "n", whole: 12, isInt: true, float: 12, isNum: true}, {key: "f", float: 1.5, isNum: true}, {key: "e", float: 100, isNum: true},
		{key: "big", float: 12345678901234567890, isNum: true}, {key: "b"}, {key: "l", items: 1}, {key: "z"}, {key: "nosuch"},
	} {
		n := root.Get(c.key)
		i, isInt := n.Int()
		x, isNum := n.Float()
		if n.Str() != c.str || isInt != c.isInt || isInt && i != c.whole || isNum != c.isNum || x != c.float || len(n.Items()) != c.items || n.Get("x") != nil {
			t.Errorf("%s: got %q, %d %t, %v %t, %d items", c.key, n.Str(), i, isInt, x, isNum, len(n.Items()))
		}
	}
}

func BenchmarkCheckLarge(b *testing.B) {
	for _, c := range large() {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(c.raw)))
			for b.Loop() {
				Check(c.raw, Known{})
			}
		})
	}
}

// BenchmarkCheckFindings: thousands of findings in one line.
func BenchmarkCheckFindings(b *testing.B) {
	raw := []byte(`{"containers":[` + strings.TrimSuffix(strings.Repeat(`{"a":1},`, 10000), ",") + `]}`)
	b.ReportAllocs()
	for b.Loop() {
		Check(raw, Known{})
	}
}

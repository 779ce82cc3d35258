package runner

import (
	"bytes"
	"encoding/json"
	"io"
	"reflect"
	"testing"
)

// standard is what parseJSON has to agree with: encoding/json.
func standard(data []byte) (any, bool) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var v any
	if dec.Decode(&v) != nil {
		return nil, false
	}
	_, err := dec.Token()
	return v, err == io.EOF
}

func FuzzParseJSON(f *testing.F) {
	for _, seed := range []string{
		`{}`, `[]`, `null`, `true`, `false`, `"x"`, `0`, `-0.5e+10`, `{"a":{"b":[1,2,{"c":null}]},"a":2}`, `"\u00e9\ud83d\ude00\ud83d\n\/"`,
		"\"\xff\"", `{"a":1,}`, `[1,]`, `01`, `1.`, `-`, `1e`, `"\x"`, `"\u12"`, `{"a"`, `{"a":`, `[`, `"`, `tru`, `nul`, "\"\n\"", `{"a" 1}`, `[1 2]`, ` { "a" : [ ] } `,
		`{,}`, `{"a":1 "b":2}`, `"\ud83d\u0041"`, `"\ud83d\ud83d\ude00"`, `1 2`, `{}x`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		want, ok := standard(data)
		got, rest, err := parseJSON(data)
		if (err == nil && rest == "") != ok {
			t.Fatalf("parseJSON(%q) = %v, rest %q, error %v; encoding/json accepts it: %t", data, got, rest, err, ok)
		}
		if ok && !reflect.DeepEqual(got, want) {
			t.Fatalf("parseJSON(%q) = %#v, encoding/json: %#v", data, got, want)
		}
	})
}

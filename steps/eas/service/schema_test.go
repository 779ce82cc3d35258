package service

import (
	"bytes"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// compiled is the schema as a validator that others wrote reads it.
var compiled = sync.OnceValues(func() (*jsonschema.Schema, error) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema))
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	if err := c.AddResource("service.schema.json", doc); err != nil {
		return nil, err
	}
	return c.Compile("service.schema.json")
})

// oracle is what that validator says about raw, which must be JSON.
func oracle(t testing.TB, raw []byte) error {
	t.Helper()
	s, err := compiled()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return err
	}
	return s.Validate(doc)
}

func TestSchemaCompiles(t *testing.T) {
	t.Parallel()
	s, err := compiled()
	if err != nil {
		t.Fatal(err)
	}
	if s.DraftVersion != 2020 {
		t.Errorf("got draft %d", s.DraftVersion)
	}
	// An oracle that accepts everything would prove nothing.
	for _, raw := range []string{`{}`, `[]`, `{"metadata":{},"containers":[]}`, `{"metadata":{"name":"abc","workspace_id":"1"},"containers":[{"image":"x","port":8080}]}`} {
		if oracle(t, []byte(raw)) == nil {
			t.Errorf("%s: accepted", raw)
		}
	}
	if err := oracle(t, []byte(everything)); err != nil {
		t.Error(err)
	}
}

// schemas calls f for each schema object in the schema.
func schemas(n *Node, f func(s *Node)) {
	if n == nil || n.Kind != Object {
		return
	}
	f(n)
	for _, key := range []string{"properties", "$defs"} {
		for _, m := range n.Get(key).members() {
			schemas(m.Value, f)
		}
	}
	for _, key := range []string{"items", "not", "propertyNames"} {
		schemas(n.Get(key), f)
	}
	for _, branch := range n.Get("oneOf").Items() {
		schemas(branch, f)
	}
}

// TestSchemaKeywords: what nobody applies would be a rule that is not kept.
func TestSchemaKeywords(t *testing.T) {
	t.Parallel()
	root, findings := Parse(Schema)
	if len(findings) > 0 {
		t.Fatalf("got %+v", findings)
	}
	applied := []string{"type", "properties", "items", "additionalProperties", "propertyNames", "$ref"}
	for keyword := range keywords {
		applied = append(applied, keyword)
	}
	annotations := []string{"title", "description", "default", "$schema", "$id", "$defs", "x-rule", "x-says", "x-missing", "x-names", "x-unknown", "x-upstream"}
	types := []string{"object", "array", "string", "integer", "number", "boolean", "null"}
	seen := 0
	schemas(root, func(s *Node) {
		seen++
		not := s.key == "not" && s.parent.key != "properties"
		for _, m := range s.Members {
			switch {
			case !slices.Contains(applied, m.Key) && !slices.Contains(annotations, m.Key):
				t.Errorf("%s: nothing applies %s", s.Path(), m.Key)
			// What is known of these is one shape each.
			case m.Key == "$ref" && root.Get("$defs", strings.TrimPrefix(m.Value.Str(), "#/$defs/")) == nil,
				m.Key == "additionalProperties" && (m.Value.Kind != Bool || m.Value.Text != "false" || s.Get("x-unknown") == nil),
				m.Key == "propertyNames" && (len(m.Value.Members) != 1 || m.Value.Get("not", "enum") == nil || s.Get("x-names") == nil),
				m.Key == "minLength" && m.Value.Text != "1",
				m.Key == "minItems" && m.Value.Text != "1",
				not && !slices.Contains([]string{"enum", "required", "x-rule", "x-says"}, m.Key):
				t.Errorf("%s: %s %s is applied in no such shape", s.Path(), m.Key, m.Value.Text)
			}
		}
		for _, branch := range s.Get("oneOf").Items() {
			if len(branch.Members) != 1 || len(branch.Get("required").Items()) != 1 {
				t.Errorf("%s: a branch of oneOf that is more than one member's presence", s.Path())
			}
		}
		named := append([]string{}, s.Get("type").Str())
		for _, item := range s.Get("type").Items() {
			named = append(named, item.Str())
		}
		for _, name := range named {
			if name != "" && !slices.Contains(types, name) {
				t.Errorf("%s: no such type: %q", s.Path(), name)
			}
		}
	})
	if seen < 100 {
		t.Errorf("got %d schemas", seen)
	}
}

// TestSchemaNames: validators refuse by propertyNames what x-names knows the right name of.
func TestSchemaNames(t *testing.T) {
	t.Parallel()
	root, _ := Parse(Schema)
	seen := 0
	schemas(root, func(s *Node) {
		var names, refused []string
		for _, rule := range s.Get("x-names").members() {
			for _, m := range rule.Value.Members {
				names = append(names, m.Key)
				if s.Get("properties", m.Key) != nil {
					t.Errorf("%s: the wrong name %s is a property", s.Path(), m.Key)
				}
				// At the top level, the right name is a path from there.
				if right := m.Value.Str(); s != root && right != "" && s.Get("properties", right) == nil {
					t.Errorf("%s: the right name %s of %s is no property", s.Path(), right, m.Key)
				}
			}
		}
		for _, v := range s.Get("propertyNames", "not", "enum").Items() {
			refused = append(refused, v.Str())
		}
		seen += len(names)
		if s == root {
			if s.Get("additionalProperties") == nil || refused != nil {
				t.Error("the top level does not refuse by additionalProperties")
			}
			return
		}
		if !slices.Equal(names, refused) {
			t.Errorf("%s: x-names %q, propertyNames %q", s.Path(), names, refused)
		}
	})
	if seen < 40 {
		t.Errorf("got %d names", seen)
	}
}

func TestOracleAcceptsTemplates(t *testing.T) {
	t.Parallel()
	for _, p := range Patterns {
		if err := oracle(t, p.Template()); err != nil {
			t.Errorf("%s: %v", p.ID, err)
		}
	}
}

// spelling are whole numbers that JSON Schema takes and the service does not.
func spelling(raw []byte) bool {
	root, _ := Parse(raw)
	found := false
	root.Walk(func(n *Node) {
		if _, whole := n.Int(); !whole {
			x, ok := n.Float()
			found = found || ok && x == float64(int64(x)) || ok && (x >= 1<<63 || x < -1<<63)
		}
	})
	return found
}

// agrees proves that the code here and the oracle apply the schema alike: one finds nothing where the other does
// not, and who asks only the oracle is not told more than Check says.
func agrees(t testing.TB, raw []byte) {
	t.Helper()
	root, findings := Parse(raw)
	if root == nil || len(findings) > 0 {
		return
	}
	err := oracle(t, raw)
	if err != nil && Check(raw, Known{}).Count(Error) == 0 {
		t.Errorf("Check finds no error, and the oracle says %v\nin %.1000s", err, raw)
	}
	if root.Kind != Object {
		return
	}
	if n := checkSchema(root).Count(Error); n > 0 != (err != nil) && !spelling(raw) {
		t.Errorf("%d errors by the schema, and the oracle says %v\nin %.1000s", n, err, raw)
	}
}

func TestOracleAgreesOnCases(t *testing.T) {
	t.Parallel()
	for _, c := range ruleCases {
		agrees(t, c.doc(t))
	}
}

// TestOracleAgreesOnTypes: so does it on every field with another type, absent, empty or huge.
func TestOracleAgreesOnFields(t *testing.T) {
	t.Parallel()
	root, _ := Parse([]byte(everything))
	root.Walk(func(n *Node) {
		for _, literal := range []string{"null", "true", "0", "-1", "0.5", "1", "65536", "1e300", `""`, `" "`, `"x"`, `"default"`, `"a,b"`, "[]", "[{}]", `["x"]`, "{}", `{"type":"x"}`, `{"x":1}`} {
			agrees(t, []byte(everything[:n.start]+literal+everything[n.end:]))
		}
	})
}

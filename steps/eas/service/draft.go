package service

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/itchyny/gojq"
)

// Draft is a service description in the making.
type Draft map[string]any

// NewDraft reads a user's file as far as it can be edited: one JSON object without a finding of rules R1 and R2.
// All else is checked when the draft is done.
func NewDraft(raw []byte) (Draft, error) {
	root, findings := Parse(raw)
	locate(raw, findings)
	for _, f := range findings {
		if f.Severity == Error {
			return nil, fmt.Errorf("line %d: %s", f.Line, f.Message)
		}
	}
	if root.Kind != Object {
		return nil, fmt.Errorf("is %s, not an object", root.Kind)
	}
	return Draft(root.value().(map[string]any)), nil
}

// value is n as encoding/json would decode it, numbers as json.Number.
func (n *Node) value() any {
	switch n.Kind {
	case Bool:
		return n.Text == "true"
	case Number:
		return json.Number(n.Text)
	case String:
		return n.Text
	case Array:
		items := make([]any, len(n.items))
		for i, item := range n.items {
			items[i] = item.value()
		}
		return items
	case Object:
		members := make(map[string]any, len(n.Members))
		for _, m := range n.Members {
			members[m.Key] = m.Value.value()
		}
		return members
	}
	return nil
}

// Object returns the object behind keys, which is made where there is none.
func (d Draft) Object(keys ...string) map[string]any {
	at := map[string]any(d)
	for _, key := range keys {
		next, ok := at[key].(map[string]any)
		if !ok {
			next = map[string]any{}
			at[key] = next
		}
		at = next
	}
	return at
}

// Container returns the first container, which is made where there is none.
func (d Draft) Container() map[string]any {
	all, _ := d["containers"].([]any)
	if len(all) > 0 {
		if c, ok := all[0].(map[string]any); ok {
			return c
		}
		all = all[1:]
	}
	c := map[string]any{}
	d["containers"] = append([]any{c}, all...)
	return c
}

// Append adds items to the array called key of object.
func Append(object map[string]any, key string, items ...any) {
	all, _ := object[key].([]any)
	object[key] = append(slices.Clone(all), items...)
}

// WithoutNLB returns raw for the shared gateway: without networking.nlb and cloud.networking, and without what is
// empty then. ok is false if raw has no NLB with a whole VPC beside it, so that there is nothing to take away.
func WithoutNLB(raw []byte) (shared []byte, ok bool, err error) {
	root, _ := Parse(raw)
	f := &File{Root: root}
	if root.Get("networking", "nlb") == nil || !f.hasVPC() {
		return nil, false, nil
	}
	d, err := NewDraft(raw)
	if err != nil {
		return nil, false, err
	}
	for _, gone := range [][2]string{{"networking", "nlb"}, {"cloud", "networking"}} {
		parent := d.Object(gone[0])
		delete(parent, gone[1])
		if len(parent) == 0 {
			delete(d, gone[0])
		}
	}
	shared, err = d.Encode()
	return shared, true, err
}

// SetError is a --set expression that did not make a description of a description.
type SetError struct {
	Expression string
	Reason     string
}

func (e *SetError) Error() string { return fmt.Sprintf("%q: %s", e.Expression, e.Reason) }

// setLasts is how long an expression may run: there are loops without an end in jq.
const setLasts = 5 * time.Second

// CheckExpression finds what is wrong with the text of a --set expression. Errors: *SetError.
func CheckExpression(expression string) error {
	_, err := compileSet(expression)
	return err
}

func compileSet(expression string) (*gojq.Code, error) {
	query, err := gojq.Parse(expression)
	if err == nil {
		var code *gojq.Code
		if code, err = gojq.Compile(query); err == nil {
			return code, nil
		}
	}
	return nil, &SetError{Expression: expression, Reason: fmt.Sprintf("is no jq expression: %v", err)}
}

// Set runs a jq expression of the user's over d and returns what comes out of it. The expression is a program
// because the user wrote it as one; it has no environment, no modules and no input but d. Errors: *SetError.
func (d Draft) Set(ctx context.Context, expression string) (Draft, error) {
	fail := func(format string, args ...any) (Draft, error) {
		return nil, &SetError{Expression: expression, Reason: fmt.Sprintf(format, args...)}
	}
	code, err := compileSet(expression)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, setLasts)
	defer cancel()
	iter := code.RunWithContext(ctx, map[string]any(d))
	value, ok := iter.Next()
	if !ok {
		return fail("has no result; a description must come out of it")
	}
	if err, bad := value.(error); bad {
		if errors.Is(err, context.DeadlineExceeded) {
			return fail("was still running after %v", setLasts)
		}
		return fail("failed: %v", err)
	}
	object, ok := value.(map[string]any)
	if !ok {
		return fail("yields %s; assign with =, e.g. '.metadata.instance = 2'", gojq.TypeOf(value))
	}
	if _, more := iter.Next(); more {
		return fail("has more than one result")
	}
	return object, nil
}

// Encode returns d as it stands in the file: indented, keys in the order of the schema and others behind them in
// the order of the alphabet, ending in a newline.
func (d Draft) Encode() ([]byte, error) {
	var b bytes.Buffer
	if err := encode(&b, map[string]any(d), schemaRoot(), ""); err != nil {
		return nil, err
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

func encode(b *bytes.Buffer, v any, s schema, indent string) error {
	const deeper = "  "
	switch x := v.(type) {
	case map[string]any:
		if len(x) == 0 {
			b.WriteString("{}")
			return nil
		}
		b.WriteString("{")
		for i, key := range ordered(x, s) {
			if i > 0 {
				b.WriteString(",")
			}
			b.WriteString("\n" + indent + deeper)
			if err := scalar(b, key); err != nil {
				return err
			}
			b.WriteString(": ")
			if err := encode(b, x[key], s.property(key), indent+deeper); err != nil {
				return err
			}
		}
		b.WriteString("\n" + indent + "}")
	case []any:
		if len(x) == 0 {
			b.WriteString("[]")
			return nil
		}
		items := schema{s.Get("items")}.resolve()
		b.WriteString("[")
		for i, item := range x {
			if i > 0 {
				b.WriteString(",")
			}
			b.WriteString("\n" + indent + deeper)
			if err := encode(b, item, items, indent+deeper); err != nil {
				return err
			}
		}
		b.WriteString("\n" + indent + "]")
	default:
		return scalar(b, v)
	}
	return nil
}

// ordered are the keys of x in the order of the schema.
func ordered(x map[string]any, s schema) []string {
	var keys []string
	for _, key := range s.keys() {
		if _, there := x[key]; there {
			keys = append(keys, key)
		}
	}
	known := len(keys)
	for _, key := range slices.Sorted(maps.Keys(x)) {
		if !slices.Contains(keys[:known], key) {
			keys = append(keys, key)
		}
	}
	return keys
}

func scalar(b *bytes.Buffer, v any) error {
	if x, ok := v.(float64); ok {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return fmt.Errorf("%v is no number of JSON", x)
		}
		if x == math.Trunc(x) && math.Abs(x) < 1<<53 {
			v = int64(x)
		}
	}
	var text strings.Builder
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	b.WriteString(strings.TrimSuffix(text.String(), "\n"))
	return nil
}

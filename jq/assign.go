package jq

import (
	"encoding"
	"encoding/json"
	"fmt"
	"math/big"
	"reflect"
	"strconv"
	"strings"
	"sync"
)

// assign puts value, as gojq returns it, into the Go value to, whose JSON tags say where. It does what encoding
// to JSON and decoding would do, without the two passes over the text: replies have hundreds of rows. null
// leaves to as it is.
func assign(to reflect.Value, value any) error {
	if value == nil {
		return nil
	}
	switch to.Kind() {
	case reflect.Pointer:
		p := reflect.New(to.Type().Elem())
		if err := assign(p.Elem(), value); err != nil {
			return err
		}
		to.Set(p)
		return nil
	case reflect.Interface:
		to.Set(reflect.ValueOf(value))
		return nil
	case reflect.Struct:
		if text, ok := value.(string); ok {
			return assignText(to, text)
		}
		object, ok := value.(map[string]any)
		if !ok {
			return mismatch(to, value)
		}
		for _, f := range fieldsOf(to.Type()) {
			if err := assign(to.Field(f.index), object[f.name]); err != nil {
				return fmt.Errorf("%s: %w", f.name, err)
			}
		}
		return nil
	case reflect.Slice:
		array, ok := value.([]any)
		if !ok {
			return mismatch(to, value)
		}
		out := reflect.MakeSlice(to.Type(), len(array), len(array))
		for i, item := range array {
			if err := assign(out.Index(i), item); err != nil {
				return fmt.Errorf("[%d]: %w", i, err)
			}
		}
		to.Set(out)
		return nil
	case reflect.Map:
		object, ok := value.(map[string]any)
		if !ok {
			return mismatch(to, value)
		}
		out := reflect.MakeMapWithSize(to.Type(), len(object))
		for key, item := range object {
			element := reflect.New(to.Type().Elem()).Elem()
			if err := assign(element, item); err != nil {
				return fmt.Errorf("%q: %w", key, err)
			}
			out.SetMapIndex(reflect.ValueOf(key), element)
		}
		to.Set(out)
		return nil
	case reflect.Bool:
		if b, ok := value.(bool); ok {
			to.SetBool(b)
			return nil
		}
	case reflect.String:
		if s, ok := value.(string); ok && to.Type() != numberType {
			to.SetString(s)
			return nil
		}
		if n, ok := number(value); ok && to.Type() == numberType {
			to.SetString(n)
			return nil
		}
	case reflect.Int:
		if n, ok := number(value); ok {
			i, err := strconv.Atoi(n)
			if err != nil {
				return mismatch(to, value)
			}
			to.SetInt(int64(i))
			return nil
		}
	case reflect.Float64:
		if n, ok := number(value); ok {
			f, err := strconv.ParseFloat(n, 64)
			if err != nil {
				return mismatch(to, value)
			}
			to.SetFloat(f)
			return nil
		}
	}
	return mismatch(to, value)
}

// assignText lets a type read itself, e.g. netip.Prefix.
func assignText(to reflect.Value, text string) error {
	reader, ok := to.Addr().Interface().(encoding.TextUnmarshaler)
	if !ok {
		return mismatch(to, text)
	}
	return reader.UnmarshalText([]byte(text))
}

var numberType = reflect.TypeFor[json.Number]()

// number returns the digits of any of the numbers that gojq deals in.
func number(v any) (string, bool) {
	switch n := v.(type) {
	case json.Number:
		return n.String(), true
	case int:
		return strconv.Itoa(n), true
	case float64:
		return strconv.FormatFloat(n, 'g', -1, 64), true
	case *big.Int:
		return n.String(), true
	}
	return "", false
}

func mismatch(to reflect.Value, value any) error {
	return fmt.Errorf("a %s where a %s is expected", kindOf(value), to.Kind())
}

func kindOf(v any) string {
	switch v.(type) {
	case string:
		return "string"
	case bool:
		return "boolean"
	case []any:
		return "array"
	case map[string]any:
		return "object"
	}
	return "number"
}

// field is an exported field and the key it takes.
type field struct {
	index int
	name  string
}

var fieldCache sync.Map // reflect.Type -> []field

func fieldsOf(t reflect.Type) []field {
	if cached, ok := fieldCache.Load(t); ok {
		return cached.([]field)
	}
	var fields []field
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.IsExported() {
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" {
			name = f.Name
		}
		fields = append(fields, field{i, name})
	}
	fieldCache.Store(t, fields)
	return fields
}

// Package jq runs the project's jq filters: the .jq files beside it, embedded, one for the reply of each step
// that reads one. A filter turns a reply, in any of the shapes known, into one shape of ours, or fails with a
// sentence when the reply has none of them.
//
// It owns: the files, their compilation, and the way between JSON values and Go types. It must not know: who
// asks, or what the values mean. Filters are never built from values: what varies is passed as a $variable.
// There is no environment, no module and no input() inside a filter, and no loop without an end: all are ours.
package jq

import (
	"embed"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/itchyny/gojq"
)

//go:embed */*.jq
var files embed.FS

// ShapeError says that a reply has none of the shapes the filter knows.
type ShapeError struct {
	// Filter is the file, e.g. "eas/check-name.jq".
	Filter string
	Reason string
}

func (e *ShapeError) Error() string { return fmt.Sprintf("%s: %s", e.Filter, e.Reason) }

var compiled sync.Map // file name -> func() (*gojq.Code, error)

// Into runs the filter file name (without ".jq") over input, a decoded JSON value with numbers as json.Number,
// and decodes its one result into a T. vars binds $variables by name, without the dollar.
//
// Errors: *ShapeError if the filter rejects the input; anything else is a defect of the filter or of T.
func Into[T any](name string, input any, vars map[string]any) (T, error) {
	var out T
	value, err := run(name, input, vars)
	if err != nil {
		return out, err
	}
	if err := assign(reflect.ValueOf(&out).Elem(), value); err != nil {
		// The filter passed a value on as it came, and it is of another type: a shape nobody has seen yet.
		return out, &ShapeError{Filter: name + ".jq", Reason: err.Error()}
	}
	return out, nil
}

// Preload compiles the filters of a folder, e.g. "eas", that take no variables. It is for a time when nothing else
// is to be done: while the first command runs.
func Preload(folder string) {
	entries, err := files.ReadDir(folder)
	if err != nil {
		return
	}
	for _, entry := range entries {
		_, _ = compile(folder+"/"+strings.TrimSuffix(entry.Name(), ".jq"), nil)
	}
}

func run(name string, input any, vars map[string]any) (any, error) {
	names := make([]string, 0, len(vars))
	values := make([]any, 0, len(vars))
	for _, k := range slices.Sorted(maps.Keys(vars)) {
		names, values = append(names, "$"+k), append(values, vars[k])
	}
	code, err := compile(name, names)
	if err != nil {
		return nil, err
	}
	iter := code.Run(input, values...)
	value, ok := iter.Next()
	if !ok {
		return nil, &ShapeError{Filter: name + ".jq", Reason: "no result"}
	}
	if err, bad := value.(error); bad {
		return nil, &ShapeError{Filter: name + ".jq", Reason: reason(err)}
	}
	if _, more := iter.Next(); more {
		return nil, fmt.Errorf("%s.jq: more than one result", name)
	}
	return value, nil
}

func compile(name string, variables []string) (*gojq.Code, error) {
	key := name + strings.Join(variables, "")
	once, _ := compiled.LoadOrStore(key, sync.OnceValues(func() (*gojq.Code, error) {
		source, err := files.ReadFile(name + ".jq")
		if err != nil {
			return nil, err
		}
		query, err := gojq.Parse(string(source))
		if err != nil {
			return nil, fmt.Errorf("%s.jq: %w", name, err)
		}
		return gojq.Compile(query, gojq.WithVariables(variables))
	}))
	return once.(func() (*gojq.Code, error))()
}

// reason is the filter's own sentence if it called error("..."), else gojq's.
func reason(err error) string {
	var halt interface{ Value() any }
	if errors.As(err, &halt) {
		if s, ok := halt.Value().(string); ok {
			return s
		}
	}
	return err.Error()
}

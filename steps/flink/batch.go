package flink

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"aligate/steps"
)

// batch carries out a file of writes.
var batch = steps.Tool{
	Name: "batch", Summary: "carry out the writes in a file, one after another", Category: "SEVERAL", Changes: true,
	Description: "A document of the file is one write: operation, and the flags of its command as keys; a list where the flag may\n" +
		"stand several times. The flags that confirm are given here and cover every document. Each is verified before the\n" +
		"next begins; a failure stops the others only with --all-or-nothing. Nothing is ever taken back. A document:\n\n" +
		"  operation: tag-resources\n  region-id: cn-hangzhou\n  resource-type: vvpinstance\n  resource-ids: [f-cn-abc, f-cn-def]\n  tags: env:prod",
	Example: "aligate flink batch -f ops.yaml",
	Params: slices.Concat([]steps.Param{
		{Name: "file", Short: "f", Required: true, Usage: "`FILE` of YAML documents; - is standard input"},
		{Name: "all-or-nothing", Bool: true, Usage: "begin nothing more after a failure"},
	}, flagsOfWrites, patienceFlags),
	Run: runBatch,
}

func runBatch(ctx context.Context, env *steps.Env) (steps.Outcome, error) {
	raw, err := readBatch(env, env.Values.One("file"))
	if err != nil {
		return steps.Outcome{}, wrong([]steps.Problem{{Where: "--file", What: err.Error()}})
	}
	items, problems := itemsOf(raw, env.Values)
	if len(problems) > 0 {
		return steps.Outcome{}, wrong(problems)
	}
	warnOfLeft(env)
	return runItems(ctx, env, "batch", items, env.Values.Is("all-or-nothing"))
}

// mostBatch is more than any file of operations is; a longer one is not read.
const mostBatch = 1 << 20

func readBatch(env *steps.Env, name string) ([]byte, error) {
	source := env.Stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		source = f
	}
	raw, err := io.ReadAll(io.LimitReader(source, mostBatch+1))
	if err == nil && len(raw) > mostBatch {
		err = fmt.Errorf("%q is longer than %d bytes", name, mostBatch)
	}
	return raw, err
}

// itemsOf reads a file of operations. given are the flags of the command, which cover all of them. Every problem of
// every document is named.
func itemsOf(raw []byte, given steps.Values) ([]item, []steps.Problem) {
	var (
		items    []item
		problems []steps.Problem
	)
	decoder := yaml.NewDecoder(bytes.NewReader(raw))
	for number := 1; ; number++ {
		where := fmt.Sprintf("document %d", number)
		var document yaml.Node
		err := decoder.Decode(&document)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, append(problems, steps.Problem{Where: where, What: strings.TrimPrefix(err.Error(), "yaml: ")})
		}
		if isNothing(&document) {
			continue // a separator at the beginning or the end
		}
		its, faults := documentItems(document.Content[0], given)
		for _, problem := range faults {
			problem.Where = where + ", " + strings.TrimPrefix(problem.Where, "--")
			problems = append(problems, problem)
		}
		items = append(items, its...)
	}
	if len(items) == 0 && len(problems) == 0 {
		problems = append(problems, steps.Problem{Where: "--file", What: "holds no operation"})
	}
	return items, problems
}

func isNothing(document *yaml.Node) bool {
	return len(document.Content) == 0 || document.Content[0].Tag == "!!null"
}

// documentItems are the writes of one document: several if it names several targets.
func documentItems(node *yaml.Node, given steps.Values) ([]item, []steps.Problem) {
	v, problems := valuesOf(node)
	if len(problems) > 0 {
		return nil, problems
	}
	name := v.One("operation")
	o := operationNamed(name)
	switch {
	case name == "":
		return nil, []steps.Problem{{Where: "operation", What: "is required"}}
	case len(v["operation"]) > 1:
		return nil, []steps.Problem{{Where: "operation", What: "names several: each write is a document of its own"}}
	case o == nil || !o.writes():
		return nil, []steps.Problem{{Where: "operation", What: fmt.Sprintf("%q is not an operation that changes something", name)}}
	}
	delete(v, "operation")
	for key := range v {
		at := slices.IndexFunc(o.params, func(p steps.Param) bool { return p.Name == key })
		switch {
		case slices.ContainsFunc(flagsOfWrites, func(p steps.Param) bool { return p.Name == key }):
			problems = append(problems, steps.Problem{Where: key, What: "is given on the command line: a file confirms nothing"})
		case at < 0:
			problems = append(problems, steps.Problem{Where: key, What: "is not a flag of " + o.name})
		case o.params[at].Bool && v.One(key) != "true" && v.One(key) != "false":
			problems = append(problems, steps.Problem{Where: key, What: fmt.Sprintf("%q is neither true nor false", v.One(key))})
		}
	}
	slices.SortFunc(problems, func(a, b steps.Problem) int { return strings.Compare(a.Where, b.Where) })
	problems = append(problems, steps.CheckValues(o.params, v)...)
	if len(problems) > 0 {
		return nil, problems
	}
	if problems := o.problems(v); len(problems) > 0 {
		return nil, problems
	}
	for _, p := range slices.Concat([]steps.Param{{Name: o.flag}}, patienceFlags, steps.Common[:1]) {
		if values, ok := given[p.Name]; ok {
			v[p.Name] = values
		}
	}
	return o.items(v), nil
}

// valuesOf reads a mapping of names to texts or lists of texts, as flags are given. Nothing is interpreted: 007 stays.
func valuesOf(node *yaml.Node) (steps.Values, []steps.Problem) {
	if node.Kind != yaml.MappingNode {
		return nil, []steps.Problem{{Where: "content", What: "is not a mapping of flags to values"}}
	}
	v, problems := steps.Values{}, []steps.Problem(nil)
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := strings.ReplaceAll(node.Content[i].Value, "_", "-"), node.Content[i+1]
		texts, ok := textsOf(value)
		switch {
		case !ok:
			problems = append(problems, steps.Problem{Where: key, What: "is neither a value nor a list of values"})
		case v[key] != nil:
			problems = append(problems, steps.Problem{Where: key, What: "stands there twice"})
		default:
			v[key] = texts
		}
	}
	return v, problems
}

func textsOf(node *yaml.Node) ([]string, bool) {
	switch node.Kind {
	case yaml.ScalarNode:
		return []string{node.Value}, node.Tag != "!!null"
	case yaml.SequenceNode:
		texts := make([]string, 0, len(node.Content))
		for _, n := range node.Content {
			if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
				return nil, false
			}
			texts = append(texts, n.Value)
		}
		return texts, len(texts) > 0
	}
	return nil, false
}

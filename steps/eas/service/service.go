// Package service is service.json, the description that create-service takes: its schema, its rules, its templates.
//
// It owns: reading a file with the place of every value in it; the JSON Schema (service.schema.json) and the rules
// that a schema cannot say, one row each in one table, under the numbers of eas-facts section C; findings, and how
// they look as text and as SARIF; probes as flags; the stable order of keys; the eight patterns. It must not know:
// where a file comes from, any argv, steps or runs. It is pure: what else is known comes in as Known.
package service

import (
	"slices"
	"strings"

	"aligate/steps/eas/catalog"
)

// Known is what is known besides the file. The zero value is a file alone; what is nil or empty is not compared.
type Known struct {
	// Name is what the service of the run is called (rule R10).
	Name   string
	Region string
	// Workspace is the one that the run chose (rule R13).
	Workspace string
	// NoWorkspace is set if the run looked for a workspace and found none that is enabled (rule R14).
	NoWorkspace bool
	// Images and Types are the lists of both gates (rules R26 and R55 to R57).
	Images []catalog.Image
	Types  []catalog.Type
}

// Check returns all findings about raw, in the order of the file. It never changes raw.
func Check(raw []byte, known Known) Findings {
	root, findings := Parse(raw)
	if root != nil && !findings.stop() {
		f := &File{Root: root, Known: known}
		if root.Kind != Object {
			findings = append(findings, root.finding("R1", Error, "is "+root.Kind.String()+", not an object", "an object: {\"metadata\": ..., \"containers\": [...]}"))
		} else {
			findings = append(findings, checkSchema(root)...)
			if known.NoWorkspace {
				findings = findings.Allow([]string{"R13"}) // R14 says it
			}
			for i := range Rules {
				if r := &Rules[i]; r.check != nil {
					r.check(f, Sayer{rule: r, out: &findings, said: new(int)})
				}
			}
		}
	}
	findings = capped(yielding(findings))
	locate(raw, findings)
	return findings
}

// Preload does what Check needs once: reading the schema, compiling expressions. It is for a time when nothing else
// is to be done: while the first command runs.
func Preload() {
	p, _ := PatternByID("P1")
	Check(p.Template(), Known{})
}

// yields are the rules that say little where another one is broken at the same place.
var yields = map[string]bool{"R66": true, "R89": true, "R90": true}

// yielding drops what says no more than another finding at the same place: the same rule twice, and rules that
// yield to any error.
func yielding(all Findings) Findings {
	type place struct{ path, rule string }
	seen, wrong := map[place]bool{}, map[string]bool{}
	for _, f := range all {
		if f.Severity == Error && !yields[f.Rule] {
			wrong[f.Path] = true
		}
	}
	return slices.DeleteFunc(all, func(f Finding) bool {
		p := place{f.Path, f.Rule}
		twice := seen[p]
		seen[p] = f.Rule != "R1"
		return twice || yields[f.Rule] && wrong[f.Path]
	})
}

// mostOfRule is how many findings of one rule are told; nobody reads more of the same, and a file can hold tens of
// thousands.
const mostOfRule = 100

// capped leaves mostOfRule findings of each rule and says that there were more.
func capped(all Findings) Findings {
	told := map[string]int{}
	var kept Findings
	for _, f := range all {
		if told[f.Rule]++; told[f.Rule] <= mostOfRule {
			kept = append(kept, f)
		} else if told[f.Rule] == mostOfRule+1 {
			kept = append(kept, spanned(f.Rule, f.Severity, 0, 1, "has many more places that break this rule", ""))
		}
	}
	return kept
}

// Body is what is sent of a service.json: its bytes without trailing newlines.
func Body(raw []byte) []byte {
	end := len(raw)
	for end > 0 && (raw[end-1] == '\n' || raw[end-1] == '\r') {
		end--
	}
	return raw[:end]
}

// File is a file while it is checked.
type File struct {
	Root  *Node
	Known Known

	served *catalog.Family // what family found out
}

// containers are the containers that are objects.
func (f *File) containers() []*Node {
	var out []*Node
	for _, c := range f.Root.Get("containers").Items() {
		if c.Kind == Object {
			out = append(out, c)
		}
	}
	return out
}

// entry is the text that starts the container: command, script and args.
func entry(c *Node) string {
	words := []string{c.Get("command").Str(), c.Get("script").Str()}
	for _, arg := range c.Get("args").Items() {
		words = append(words, arg.Str())
	}
	return strings.TrimSpace(strings.Join(words, " "))
}

// types are the instance types, of either form.
func (f *File) types() []*Node {
	computing := f.Root.Get("cloud", "computing")
	if one := computing.Get("instance_type"); one != nil {
		return []*Node{one}
	}
	var out []*Node
	for _, item := range computing.Get("instances").Items() {
		if t := item.Get("type"); t != nil {
			out = append(out, t)
		}
	}
	return out
}

// mountPaths are the mount paths that are strings.
func (f *File) mountPaths() []*Node {
	var out []*Node
	for _, item := range f.Root.Get("storage").Items() {
		if dir := item.Get("mount_path"); dir.Str() != "" {
			out = append(out, dir)
		}
	}
	return out
}

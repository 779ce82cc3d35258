package service

import (
	"cmp"
	_ "embed"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/agnivade/levenshtein"
)

// Schema is the JSON Schema (draft 2020-12) of service.json.
//
//go:embed service.schema.json
var Schema []byte

// The schema is applied by the few dozen lines below and not by a library: a finding needs the place in the file,
// the number of the rule and a sentence that says what to write, and the libraries there are either stop at the
// first error or compile every draft's metaschema when the process starts, which costs each command more than all
// of its own work. That both agree is tested, with santhosh-tekuri/jsonschema.

// schema is one schema object, with $ref followed.
type schema struct{ *Node }

var schemaRoot = sync.OnceValue(func() schema {
	p := &parser{text: Schema} // ours: nothing to blank out, nothing to measure
	return schema{p.document()}.resolve()
})

// resolve follows $ref, which is always #/$defs/NAME.
func (s schema) resolve() schema {
	if s.Node == nil {
		return s
	}
	if name, ok := strings.CutPrefix(s.Get("$ref").Str(), "#/$defs/"); ok {
		root := s.Node
		for root.parent != nil {
			root = root.parent
		}
		return schema{root.Get("$defs", name)}
	}
	return s
}

// property is the schema of the member key, without a node if there is none.
func (s schema) property(key string) schema {
	if p := s.Get("properties", key); p != nil {
		return schema{p}.resolve()
	}
	return schema{}
}

// rule is the number of the rule that the keywords of s belong to.
func (s schema) rule() string {
	if r := s.Get("x-rule").Str(); r != "" {
		return r
	}
	return "R7"
}

// keys are the names of the properties, in the order in which they are written.
func (s schema) keys() []string {
	var keys []string
	for _, m := range s.Get("properties").members() {
		keys = append(keys, m.Key)
	}
	return keys
}

func (n *Node) members() []Member {
	if n == nil {
		return nil
	}
	return n.Members
}

// checkSchema applies the schema to root.
func checkSchema(root *Node) Findings {
	c := &schemaCheck{}
	c.value(root, schemaRoot())
	return c.findings
}

type schemaCheck struct {
	findings Findings
	// strangers counts the unknown keys.
	strangers int
}

func (c *schemaCheck) add(f Finding) { c.findings = append(c.findings, f) }

// keywords are what value applies to a value of the right type, by name.
var keywords = map[string]func(c *schemaCheck, n *Node, s schema, k *Node){
	"required":         (*schemaCheck).required,
	"oneOf":            (*schemaCheck).oneOf,
	"not":              (*schemaCheck).not,
	"minItems":         (*schemaCheck).minItems,
	"minLength":        (*schemaCheck).minLength,
	"pattern":          (*schemaCheck).pattern,
	"enum":             (*schemaCheck).enum,
	"minimum":          (*schemaCheck).bound,
	"maximum":          (*schemaCheck).bound,
	"exclusiveMinimum": (*schemaCheck).bound,
}

// value applies s to n.
func (c *schemaCheck) value(n *Node, s schema) {
	if types := s.Get("type"); types != nil && !c.typed(n, s, types) {
		return
	}
	for _, m := range s.Members {
		if apply := keywords[m.Key]; apply != nil {
			apply(c, n, s, m.Value)
		}
	}
	for _, m := range n.Members {
		if p := s.property(m.Key); p.Node != nil {
			c.value(m.Value, p)
		} else if s.Get("properties") != nil {
			c.unknown(n, m, s)
		}
	}
	if items := s.Get("items"); items != nil {
		for _, item := range n.items {
			c.value(item, schema{items}.resolve())
		}
	}
}

// typed is rule R7.
func (c *schemaCheck) typed(n *Node, s schema, types *Node) bool {
	allowed := []string{types.Str()}
	for _, t := range types.Items() {
		allowed = append(allowed, t.Str())
	}
	if slices.ContainsFunc(allowed, n.is) {
		return true
	}
	want := allowed[0]
	if want == "" {
		want = allowed[1]
	}
	what := "is " + n.Kind.String()
	switch {
	case want != "integer" || n.Kind != Number:
	case strings.ContainsAny(n.Text, ".eE"):
		what += " with a fraction or an exponent"
	default:
		what += " of more than 64 bits"
	}
	c.add(n.finding("R7", Error, what+", not "+article(want), retyped(n, want, s)))
	return false
}

// is reports whether n is of a type of JSON Schema. A whole number is one that is written as one: the service
// reads it into an integer, which takes neither 1.0 nor 1e0.
func (n *Node) is(t string) bool {
	switch t {
	case "integer":
		_, ok := n.Int()
		return ok
	case "null":
		return n.Kind == Null
	}
	return t != "" && strings.HasSuffix(n.Kind.String(), " "+t)
}

func article(t string) string {
	if strings.ContainsRune("aeiou", rune(t[0])) {
		return "an " + t
	}
	return "a " + t
}

// retyped is n as a value of type want, if that is clear.
func retyped(n *Node, want string, s schema) string {
	switch {
	case want == "integer" && n.Kind == String:
		if i, err := strconv.Atoi(n.Text); err == nil {
			return strconv.Itoa(i) + ", without quotes"
		}
	case want == "integer" && n.Kind == Number:
		if x, ok := n.Float(); ok && x == float64(int64(x)) {
			return strconv.FormatInt(int64(x), 10)
		}
	case want == "string" && (n.Kind == Number || n.Kind == Bool):
		return strconv.Quote(n.Text) + ", with quotes"
	case want == "boolean" && n.Kind == String && (n.Text == "true" || n.Text == "false"):
		return n.Text + ", without quotes"
	case want == "array" && n.Kind == Object:
		return "[{...}], an array around it"
	case want == "string" && n.Kind == Array && s.rule() == "R59":
		return s.Get("x-says").Str()
	}
	return article(want)
}

func (c *schemaCheck) required(n *Node, s schema, k *Node) {
	for _, key := range k.Items() {
		if n.Get(key.Text) != nil || misnamed(n, s, key.Text) {
			continue
		}
		p := s.property(key.Text)
		rule := s.rule()
		if p.Node != nil && p.Get("x-rule") != nil {
			rule = p.rule()
		}
		rule = cmp.Or(s.Get("x-missing").Str(), rule)
		c.add(n.missing(key.Text, rule, Error, "is missing", says(p)))
	}
}

// says is what a value of s looks like.
func says(s schema) string {
	if s.Node == nil {
		return ""
	}
	if text := s.Get("x-says").Str(); text != "" {
		return text
	}
	if t := s.Get("type").Str(); t != "" {
		return article(t)
	}
	return ""
}

// oneOf is exactly one of several members.
func (c *schemaCheck) oneOf(n *Node, s schema, k *Node) {
	var names, there []string
	for _, branch := range k.Items() {
		name := branch.Get("required").Items()[0].Text
		names = append(names, name)
		if n.Get(name) != nil || misnamed(n, s, name) {
			there = append(there, name)
		}
	}
	one := "exactly one of " + strings.Join(names, ", ")
	switch len(there) {
	case 1:
	case 0:
		if slices.ContainsFunc(n.Members, func(m Member) bool { return named(s, m.Key) != nil }) {
			return // one under a wrong name, which is a finding of its own
		}
		c.add(n.finding(s.rule(), Error, "has none of "+strings.Join(names, ", "), one))
	default:
		c.add(n.finding(s.rule(), Error, "has "+strings.Join(there, " and ")+", which exclude each other", one))
	}
}

// not is values that cannot stand, or members that cannot stand together.
func (c *schemaCheck) not(n *Node, _ schema, k *Node) {
	s := schema{k}
	for _, bad := range k.Get("enum").Items() {
		if n.Kind == bad.Kind && n.Text == bad.Text {
			c.add(n.finding(s.rule(), Error, "is "+n.Text, says(s)))
		}
	}
	if together := k.Get("required").Items(); len(together) > 0 {
		var names []string
		for _, name := range together {
			if n.Get(name.Text) == nil {
				return
			}
			names = append(names, name.Text)
		}
		c.add(n.finding(s.rule(), Error, "has both "+strings.Join(names, " and "), says(s)))
	}
}

func (c *schemaCheck) minItems(n *Node, s schema, k *Node) {
	if least, _ := k.Int(); n.Kind == Array && len(n.items) < least {
		c.add(n.finding(s.rule(), Error, "is empty", "at least one element"))
	}
}

func (c *schemaCheck) minLength(n *Node, s schema, k *Node) {
	if n.Kind == String && n.Text == "" {
		c.add(n.finding(s.rule(), Error, "is empty", says(s)))
	}
}

var compiledPatterns sync.Map // pattern -> *regexp.Regexp

func (c *schemaCheck) pattern(n *Node, s schema, k *Node) {
	if n.Kind != String || n.Text == "" && s.Get("minLength") != nil {
		return
	}
	compiled, ok := compiledPatterns.Load(k.Text)
	if !ok {
		compiled, _ = compiledPatterns.LoadOrStore(k.Text, regexp.MustCompile(k.Text))
	}
	if !compiled.(*regexp.Regexp).MatchString(n.Text) {
		c.add(n.finding(s.rule(), Error, "is "+strconv.Quote(abridge(n.Text)), says(s)))
	}
}

func (c *schemaCheck) enum(n *Node, s schema, k *Node) {
	var names []string
	for _, v := range k.Items() {
		if v.Kind == n.Kind && v.Text == n.Text {
			return
		}
		names = append(names, v.Text)
	}
	c.add(n.finding(s.rule(), Error, "is "+strconv.Quote(abridge(n.Text)), "one of "+strings.Join(names, ", ")))
}

// bound is minimum, maximum and exclusiveMinimum.
func (c *schemaCheck) bound(n *Node, s schema, k *Node) {
	x, ok := n.Float()
	limit, _ := k.Float()
	if !ok {
		return
	}
	switch {
	case k.key == "minimum" && x < limit:
		c.add(n.finding(s.rule(), Error, "is "+abridge(n.Text), "a number from "+k.Text+" up"))
	case k.key == "maximum" && x > limit:
		c.add(n.finding(s.rule(), Error, "is "+abridge(n.Text), "a number up to "+k.Text))
	case k.key == "exclusiveMinimum" && x <= limit:
		c.add(n.finding(s.rule(), Error, "is "+abridge(n.Text), "a number above "+k.Text))
	}
}

// unknown is a member that s does not describe: one of a wrong name that is known, one where nothing else may
// stand (R3, R51, R65), or one that may be a typing error (R8).
func (c *schemaCheck) unknown(n *Node, m Member, s schema) {
	if right := named(s, m.Key); right != nil {
		c.add(n.atKey(m, right.parent.key, Error, "is no key of "+where(n), rightName(right.Text, s)))
		return
	}
	severity, rule, message := Warning, "R8", "is no key of "+where(n)+" that is known"
	if s.Get("additionalProperties") != nil {
		severity, rule, message = Error, s.Get("x-unknown").Str(), "is no key of "+where(n)
	}
	if c.strangers++; c.strangers > 2*mostOfRule {
		// More than are ever told: what each was meant to be is not looked for.
		c.add(n.atKey(m, rule, severity, message, ""))
		return
	}
	near := nearKey(s.keys(), m.Key)
	switch {
	case near != "":
		c.add(n.atKey(m, rule, severity, message, "did you mean "+near+"?"))
	case slices.ContainsFunc(s.Get("x-upstream").Items(), func(k *Node) bool { return k.Text == m.Key }):
		c.add(n.atKey(m, rule+".upstream", severity, "is a key that the service knows, but that the procedure forbids", "the file without it, or --allow R3.upstream"))
	default:
		c.add(n.atKey(m, rule, severity, message, "one of "+strings.Join(s.keys(), ", ")))
	}
}

// named is the entry of a wrong name in x-names: its text is the right one, and its parent's key the rule.
func named(s schema, wrong string) *Node {
	for _, names := range s.Get("x-names").members() {
		if right := names.Value.Get(wrong); right != nil {
			return right
		}
	}
	return nil
}

// misnamed reports whether n has the member key under a wrong name, which is a finding of its own.
func misnamed(n *Node, s schema, key string) bool {
	return slices.ContainsFunc(s.Get("x-names").members(), func(names Member) bool {
		return slices.ContainsFunc(names.Value.Members, func(wrong Member) bool {
			return wrong.Value.Text == key && n.Get(wrong.Key) != nil
		})
	})
}

func rightName(right string, s schema) string {
	if right == "" {
		return "one of " + strings.Join(s.keys(), ", ")
	}
	return "did you mean " + right + "?"
}

// where names an object in a message.
func where(n *Node) string {
	if n.parent == nil {
		return "the file's top level"
	}
	return strings.TrimPrefix(n.Path(), "$.")
}

// nearKey is the key most likely meant by a wrong one, "" if none is near: case, hyphens and underscores do not
// count, and a typing error or two.
func nearKey(keys []string, wrong string) string {
	if len(wrong) > 64 {
		return ""
	}
	bare := func(s string) string { return strings.NewReplacer("_", "", "-", "").Replace(strings.ToLower(s)) }
	best, least := "", 3
	for _, key := range keys {
		d := levenshtein.ComputeDistance(bare(key), bare(wrong))
		if d < least && 2*d <= len(key) {
			best, least = key, d
		}
	}
	return best
}

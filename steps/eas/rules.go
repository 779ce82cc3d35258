package eas

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"aligate/steps"
)

// maxBody is how many bytes of service.json fit into one argv element (rule R2).
const maxBody = 131071

// rule is one rule of service.json, under its number in eas-facts section C.
type rule struct {
	id string
	// warns is set if breaking the rule is no error.
	warns bool
	check func(doc object, say sayer)
}

// object is a decoded JSON object, numbers as json.Number.
type object = map[string]any

// sayer takes a finding: the JSON path it is at, and what is wrong and what to write instead.
type sayer func(path, format string, args ...any)

// rules are those that a basic service.json can break and that need no list to check. A rule is one row; the
// whole set is another issue's (service.json).
var rules = []rule{
	{id: "R3", check: topLevelKeys},
	{id: "R6", check: requiredParts},
	{id: "R9", check: nameRule},
	{id: "R12", check: instanceRule},
	{id: "R13", warns: true, check: workspaceRule},
	{id: "R16", check: resourceOrComputing},
	{id: "R22", check: imageRule},
	{id: "R24", warns: true, check: registryRule},
	{id: "R27", check: portRule},
	{id: "R29", check: portOfCommand},
	{id: "R30", check: commandRule},
	{id: "R32", warns: true, check: commandMissing},
	{id: "R34", check: ossInCommand},
	{id: "R52", check: computingRule},
	{id: "R73", check: storageRule},
	{id: "R81", warns: true, check: modelWithoutStorage},
	{id: "R89", check: placeholders},
}

// validate checks the bytes of a service.json against the rules. name is the run's service name (rule R10).
func validate(raw []byte, name string) (problems []steps.Problem, warnings []steps.Warning) {
	bad := func(id, path, format string, args ...any) {
		problems = append(problems, steps.Problem{Where: path, What: fmt.Sprintf(format, args...), Rule: id})
	}
	if size := len(trimBody(raw)); size > maxBody {
		bad("R2", "$", "is %d bytes long; at most %d fit on a command line", size, maxBody)
	}
	doc, err := decodeDocument(raw)
	if err != nil {
		bad("R1", "$", "%v", err)
		return problems, nil
	}
	for _, r := range rules {
		r.check(doc, func(path, format string, args ...any) {
			if r.warns {
				warnings = append(warnings, steps.Warning{Code: r.id, Message: path + ": " + fmt.Sprintf(format, args...)})
			} else {
				bad(r.id, path, format, args...)
			}
		})
	}
	if got, ok := at(doc, "metadata", "name").(string); ok && name != "" && got != name {
		bad("R10", "$.metadata.name", "is %q, but the run is about %q", got, name)
	}
	return problems, warnings
}

// trimBody returns what is sent of a service.json: its bytes without trailing newlines.
func trimBody(raw []byte) []byte { return bytes.TrimRight(raw, "\r\n") }

// decodeDocument is rule R1: one JSON object and no key twice, at any depth.
func decodeDocument(raw []byte) (object, error) {
	if !utf8.Valid(raw) {
		return nil, errors.New("is not UTF-8")
	}
	if err := duplicateKeys(raw); err != nil {
		return nil, err
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var doc object
	if err := dec.Decode(&doc); err != nil {
		return nil, fmt.Errorf("is not a JSON object: %w", err)
	}
	if doc == nil {
		return nil, errors.New("is null, not a JSON object")
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("goes on after the JSON object")
	}
	return doc, nil
}

// duplicateKeys walks the tokens: decoding would keep the last of two keys and say nothing.
func duplicateKeys(raw []byte) error {
	type level struct {
		keys  map[string]bool // nil in an array
		value bool            // the next token is a value
	}
	var stack []level
	dec := json.NewDecoder(bytes.NewReader(raw))
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("is not JSON: %w", err)
		}
		top := len(stack) - 1
		if key, ok := token.(string); ok && top >= 0 && stack[top].keys != nil && !stack[top].value {
			if stack[top].keys[key] {
				return fmt.Errorf("has the key %q twice", key)
			}
			stack[top].keys[key], stack[top].value = true, true
			continue
		}
		if top >= 0 {
			stack[top].value = false
		}
		switch token {
		case json.Delim('{'):
			stack = append(stack, level{keys: map[string]bool{}})
		case json.Delim('['):
			stack = append(stack, level{})
		case json.Delim('}'), json.Delim(']'):
			if stack = stack[:top]; len(stack) == 0 {
				return nil // what follows is decodeDocument's business
			}
		}
	}
}

// at returns the value behind keys, nil if any of them is missing.
func at(v any, keys ...string) any {
	for _, key := range keys {
		o, ok := v.(object)
		if !ok {
			return nil
		}
		v = o[key]
	}
	return v
}

func integer(v any) (int, bool) {
	n, ok := v.(json.Number)
	if !ok {
		return 0, false
	}
	i, err := strconv.Atoi(n.String())
	return i, err == nil
}

// containers calls f for each container that is an object.
func containers(doc object, f func(path string, c object)) {
	all, _ := doc["containers"].([]any)
	for i, v := range all {
		if c, ok := v.(object); ok {
			f(fmt.Sprintf("$.containers[%d]", i), c)
		}
	}
}

var topLevel = []string{"metadata", "containers", "storage", "cloud", "autoscaler", "networking"}

// misplaced are names that belong somewhere else (rule R4).
var misplaced = map[string]string{
	"name": "metadata.name", "ServiceName": "metadata.name", "service_name": "metadata.name",
	"image": "containers[].image", "Image": "containers[].image",
	"port": "containers[].port", "command": "containers[].command", "instance": "metadata.instance",
	"resource": "metadata.resource", "resourceGroupId": "metadata.resource",
	"spec": "cloud.computing.instance_type", "Cpu": "cloud.computing.instance_type", "Memory": "cloud.computing.instance_type", "Gpu": "cloud.computing.instance_type",
}

func topLevelKeys(doc object, say sayer) {
	for _, key := range slices.Sorted(maps.Keys(doc)) {
		if slices.Contains(topLevel, key) {
			continue
		}
		if right := misplaced[key]; right != "" {
			say("$."+key, "is not a top-level key; write %s", right)
		} else {
			say("$."+key, "is not one of %s", strings.Join(topLevel, ", "))
		}
	}
}

func requiredParts(doc object, say sayer) {
	if _, ok := doc["metadata"].(object); !ok {
		say("$.metadata", "is required, an object")
	}
	all, ok := doc["containers"].([]any)
	if !ok || len(all) == 0 {
		say("$.containers", "is required, an array with one container")
	}
	for i, v := range all {
		if _, ok := v.(object); !ok {
			say(fmt.Sprintf("$.containers[%d]", i), "is not an object")
		}
	}
}

func nameRule(doc object, say sayer) {
	name, ok := at(doc, "metadata", "name").(string)
	if !ok {
		say("$.metadata.name", "is required, a string")
	} else if err := checkServiceName(name); err != nil {
		say("$.metadata.name", "%v", err)
	}
}

func instanceRule(doc object, say sayer) {
	if v := at(doc, "metadata", "instance"); v != nil {
		if n, ok := integer(v); !ok || n < 1 {
			say("$.metadata.instance", "is not a whole number from 1 up")
		}
	}
}

func workspaceRule(doc object, say sayer) {
	if id, ok := at(doc, "metadata", "workspace_id").(string); !ok || id == "" {
		say("$.metadata.workspace_id", "is missing; the service may refuse the request")
	}
}

// resourceOrComputing is rules R16 and R17.
func resourceOrComputing(doc object, say sayer) {
	resource, computing := at(doc, "metadata", "resource"), at(doc, "cloud", "computing")
	switch {
	case resource != nil && computing != nil:
		say("$.cloud.computing", "cannot stand beside metadata.resource; remove one of them")
	case resource == nil && computing == nil:
		say("$.cloud.computing", "is required unless metadata.resource names a dedicated resource group")
	}
}

func imageRule(doc object, say sayer) {
	containers(doc, func(path string, c object) {
		image, ok := c["image"].(string)
		switch {
		case !ok || image == "":
			say(path+".image", "is required, a string")
		case strings.ContainsAny(image, " \t\n") || strings.Contains(image, "://"):
			say(path+".image", "%q: no blanks and no scheme; write host/path:tag", image)
		}
	})
}

func registryRule(doc object, say sayer) {
	containers(doc, func(path string, c object) {
		image, _ := c["image"].(string)
		host, _, _ := strings.Cut(image, "/")
		if host != image && !strings.Contains(host, "-vpc.") {
			say(path+".image", "%s is not a VPC registry; a service has no way to the Internet unless one is set up", host)
		}
	})
}

func portRule(doc object, say sayer) {
	containers(doc, func(path string, c object) {
		port, ok := integer(c["port"])
		if !ok {
			say(path+".port", "is required, a whole number")
		} else if err := checkPort(strconv.Itoa(port)); err != nil {
			say(path+".port", "%v", err)
		}
	})
}

var portFlag = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?:^|\s)--(?:server_)?port[= ](\d+)`) })

func portOfCommand(doc object, say sayer) {
	containers(doc, func(path string, c object) {
		command, _ := c["command"].(string)
		port, ok := integer(c["port"])
		if m := portFlag().FindStringSubmatch(command); ok && m != nil && m[1] != strconv.Itoa(port) {
			say(path+".command", "listens on port %s, but the container's port is %d", m[1], port)
		}
	})
}

func commandRule(doc object, say sayer) {
	containers(doc, func(path string, c object) {
		if v, there := c["command"]; there {
			if _, ok := v.(string); !ok {
				say(path+".command", "is not a string")
			}
		}
	})
}

func commandMissing(doc object, say sayer) {
	containers(doc, func(path string, c object) {
		if c["command"] == nil && c["script"] == nil {
			say(path+".command", "is missing; the image's own command is used")
		}
	})
}

func ossInCommand(doc object, say sayer) {
	containers(doc, func(path string, c object) {
		if command, _ := c["command"].(string); strings.Contains(command, "oss://") {
			say(path+".command", "names an oss:// path; mount it (--oss) and use the local path")
		}
	})
}

// computingRule is rules R52 and R53.
func computingRule(doc object, say sayer) {
	v := at(doc, "cloud", "computing")
	if v == nil {
		return
	}
	computing, ok := v.(object)
	if !ok {
		say("$.cloud.computing", "is not an object")
		return
	}
	for _, key := range slices.Sorted(maps.Keys(computing)) {
		switch key {
		case "instance_type", "instances":
		case "instanceType", "InstanceType", "instance-type", "type":
			say("$.cloud.computing."+key, "is not a key; did you mean instance_type?")
		}
	}
	one, _ := computing["instance_type"].(string)
	several, _ := computing["instances"].([]any)
	if (one == "") == (len(several) == 0) {
		say("$.cloud.computing", "needs exactly one of instance_type and instances")
	}
}

// storageRule is rules R73 to R76.
func storageRule(doc object, say sayer) {
	v, there := doc["storage"]
	if !there {
		return
	}
	all, ok := v.([]any)
	if !ok {
		say("$.storage", "is not an array")
		return
	}
	var dirs []string
	for i, v := range all {
		path := fmt.Sprintf("$.storage[%d]", i)
		item, _ := v.(object)
		dir, ok := item["mount_path"].(string)
		if !ok {
			say(path+".mount_path", "is required, a string")
			continue
		}
		if err := checkMountDir(dir); err != nil {
			say(path+".mount_path", "%v", err)
		}
		for _, other := range dirs {
			if within(other, dir) || within(dir, other) {
				say(path+".mount_path", "%s and %s overlap", other, dir)
			}
		}
		dirs = append(dirs, dir)
		source, ok := at(item, "oss", "path").(string)
		switch {
		case !ok && item["nfs"] == nil && item["dataset"] == nil:
			say(path, "needs a source: oss, nfs or dataset")
		case !ok:
		case !strings.HasSuffix(source, "/"):
			say(path+".oss.path", "%q does not end in /", source)
		default:
			if _, err := parseMount(source); err != nil {
				say(path+".oss.path", "%v", err)
			}
		}
	}
}

func modelWithoutStorage(doc object, say sayer) {
	if doc["storage"] != nil {
		return
	}
	containers(doc, func(path string, c object) {
		image, _ := c["image"].(string)
		if f := familyOf(image); f.name != "" {
			say("$.storage", "is missing; a %s image normally needs its model mounted (--oss)", f.name)
		}
	})
}

// isPlaceholder reports whether s stands for a value instead of being one: <x>, {x}, a masked ***, null.
func isPlaceholder(s string) bool {
	wrapped := func(open, close string) bool { return strings.HasPrefix(s, open) && strings.HasSuffix(s, close) }
	return s == "" || s == "null" || s == "undefined" || strings.Contains(s, "***") ||
		wrapped("<", ">") || wrapped("{", "}")
}

func placeholders(doc object, say sayer) {
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch x := v.(type) {
		case object:
			for _, key := range slices.Sorted(maps.Keys(x)) {
				walk(path+"."+key, x[key])
			}
		case []any:
			for i, item := range x {
				walk(fmt.Sprintf("%s[%d]", path, i), item)
			}
		case string:
			if isPlaceholder(x) {
				say(path, "%q is a placeholder, not a value", x)
			}
		}
	}
	walk("$", doc)
}

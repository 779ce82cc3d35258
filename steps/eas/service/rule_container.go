package service

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/google/shlex"

	"aligate/steps/eas/catalog"
)

// imageScheme is the part of rule R22 that the schema lets pass.
func imageScheme(f *File, say Sayer) {
	for _, c := range f.containers() {
		image := c.Get("image")
		if scheme, rest, ok := strings.Cut(image.Str(), "://"); ok {
			say.At(image, "begins with the scheme "+abridge(scheme)+"://", strconv.Quote(whole(rest)))
		}
	}
}

var imageReference = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[A-Za-z0-9.-]+(:[0-9]+)?(/[a-zA-Z0-9._-]+)+(:[A-Za-z0-9_][A-Za-z0-9._-]*)?$`)
})

// isReference reports whether uri is host/path, with a tag, a digest, or both. The digest is told by hand: an
// expression that counts to 64 takes longer to compile than all rules to run.
func isReference(uri string) bool {
	uri, digest, hasDigest := strings.Cut(uri, "@sha256:")
	if hasDigest && (len(digest) != 64 || strings.Trim(digest, "0123456789abcdef") != "") {
		return false
	}
	return imageReference().MatchString(uri)
}

// imageForm is rule R23.
func imageForm(f *File, say Sayer) {
	for _, c := range f.containers() {
		image := c.Get("image")
		switch uri := image.Str(); {
		case uri == "" || strings.Contains(uri, "://") || strings.ContainsAny(uri, " \t\r\n"): // R22
		case !isReference(uri):
			say.At(image, "is not of the form host/path:tag", "one such as registry-vpc.cn-hangzhou.aliyuncs.com/team/name:1.0")
		case !strings.ContainsAny(catalog.RepoTag(uri), ":@"):
			say.At(image, "has no tag: what latest is may change between two instances", strconv.Quote(uri+":TAG"))
		}
	}
}

// registryOf is the host of an image, "" if it names none.
func registryOf(uri string) string {
	host, _, ok := strings.Cut(uri, "/")
	if !ok || !strings.ContainsAny(host, ".:") && host != "localhost" {
		return ""
	}
	return host
}

// imageRegistry is rule R24.
func imageRegistry(f *File, say Sayer) {
	for _, c := range f.containers() {
		image := c.Get("image")
		uri := image.Str()
		host := registryOf(uri)
		if uri == "" || strings.Contains(uri, "://") || strings.Contains(host, "-vpc.") {
			continue
		}
		fix := "an image in a VPC registry, such as registry-vpc.cn-hangzhou.aliyuncs.com/..."
		if region := registryRegion(host); region != "" {
			first, rest, _ := strings.Cut(uri, ".")
			fix = strconv.Quote(whole(first + "-vpc." + rest))
		}
		if host == "" {
			host = "docker.io"
		}
		say.At(image, abridge(host)+" is no VPC registry, and a service has no way to the Internet unless one is set up", fix)
	}
}

// registryRegion is the region in the host of a registry of Alibaba Cloud, "" if there is none.
func registryRegion(host string) string {
	rest, ok := strings.CutSuffix(host, ".aliyuncs.com")
	if !ok {
		return ""
	}
	labels := strings.Split(strings.TrimSuffix(rest, ".cr"), ".")
	if len(labels) < 2 {
		return ""
	}
	return labels[len(labels)-1]
}

// imageRegion is rule R25.
func imageRegion(f *File, say Sayer) {
	for _, c := range f.containers() {
		image := c.Get("image")
		if region := registryRegion(registryOf(image.Str())); region != "" && f.Known.Region != "" && region != f.Known.Region {
			say.At(image, "lies in "+region+", but the service in "+f.Known.Region,
				strconv.Quote(whole(strings.Replace(image.Str(), "."+region+".", "."+f.Known.Region+".", 1)))+", if it is there")
		}
	}
}

// imageListed is rule R26.
func imageListed(f *File, say Sayer) {
	if len(f.Known.Images) == 0 {
		return
	}
	for _, c := range f.containers() {
		image := c.Get("image")
		uri := image.Str()
		if _, ok := catalog.FindImage(f.Known.Images, uri); ok || uri == "" {
			continue
		}
		if catalog.Official(uri) {
			say.At(image, "is not among the official images of the region", "one of "+strings.Join(catalog.NearestImages(f.Known.Images, uri), ", "))
		} else {
			say.At(image, "is not an official image; whether it can be pulled was not checked", "it all the same, if it is yours")
		}
	}
}

// words splits a command as a shell would; one that no shell could read, at its blanks.
func words(command string) []string {
	split, err := shlex.Split(command)
	if err != nil {
		return strings.Fields(command)
	}
	return split
}

// flagValues are the values of flags in a command line, given as two words or with =.
func flagValues(words []string, flags ...string) []string {
	var values []string
	for i, word := range words {
		name, value, glued := strings.Cut(word, "=")
		switch {
		case !slices.Contains(flags, name):
		case glued:
			values = append(values, value)
		case i+1 < len(words):
			values = append(values, words[i+1])
		}
	}
	return values
}

// entryNode is where findings about the entry of a container stand.
func entryNode(c *Node) *Node {
	for _, key := range []string{"command", "script", "args"} {
		if n := c.Get(key); n != nil {
			return n
		}
	}
	return c
}

// PortsOf are the ports that a command says it listens on.
func PortsOf(command string) []int {
	var ports []int
	for _, v := range flagValues(words(command), "--port", "--server_port", "--server-port") {
		if port, err := strconv.Atoi(v); err == nil {
			ports = append(ports, port)
		}
	}
	return ports
}

// portOfCommand is rule R29.
func portOfCommand(f *File, say Sayer) {
	for _, c := range f.containers() {
		port, ok := c.Get("port").Int()
		for _, listens := range PortsOf(entry(c)) {
			if ok && listens != port {
				say.At(entryNode(c), fmt.Sprintf("listens on port %d, but the container's port is %d", listens, port), fmt.Sprintf("--port %d, or \"port\": %d", port, listens))
				break
			}
		}
	}
}

// commandAndScript is rule R31.
func commandAndScript(f *File, say Sayer) {
	for _, c := range f.containers() {
		script := c.Get("script")
		switch {
		case script == nil:
		case c.Get("command") != nil:
			say.At(script, "stands beside command", "command alone")
		default:
			say.Warn(script, "is the older form of command", "command")
		}
	}
}

// commandMissing is rule R32.
func commandMissing(f *File, say Sayer) {
	for _, c := range f.containers() {
		if c.Get("command") == nil && c.Get("script") == nil {
			say.Missing(c, "command", "is missing, so the image's own command is used", "the command that starts the server on port "+c.Get("port").text())
		}
	}
}

// text is the literal of n, "" of none.
func (n *Node) text() string {
	if n == nil {
		return ""
	}
	return n.Text
}

// commandIsSingle is rule R33.
func commandIsSingle(f *File, say Sayer) {
	for _, c := range f.containers() {
		for _, key := range []string{"command", "script"} {
			n := c.Get(key)
			for _, operator := range []string{"&&", "||", ";", "|", "\n", "$(", "`"} {
				if strings.Contains(n.Str(), operator) {
					say.At(n, "holds "+strconv.Quote(operator)+": the service runs a single command", "one command; put more into a script in the image")
					break
				}
			}
		}
	}
}

// ossInCommand is rule R34.
func ossInCommand(f *File, say Sayer) {
	for _, c := range f.containers() {
		nodes := append([]*Node{c.Get("command"), c.Get("script")}, c.Get("args").Items()...)
		for _, n := range nodes {
			if strings.Contains(n.Str(), "oss://") {
				say.At(n, "names an oss:// path, which no program in the container can open", "the mount path of a storage item")
			}
		}
	}
}

// modelPathMounted is rule R35.
func modelPathMounted(f *File, say Sayer) {
	for _, c := range f.containers() {
		if !catalog.FamilyOf(entry(c)).GPU {
			continue
		}
		split := words(entry(c))
		paths := flagValues(split, "--model-path", "--model")
		if i := slices.Index(split, "serve"); i >= 0 && i+1 < len(split) {
			paths = append(paths, split[i+1])
		}
		for _, path := range paths {
			mounted := slices.ContainsFunc(f.mountPaths(), func(dir *Node) bool { return Within(dir.Text, path) })
			if strings.HasPrefix(path, "/") && !mounted {
				say.At(entryNode(c), "reads a model from "+abridge(path)+", which lies in no mount", "the mount path of a storage item, unless the image has the model")
				break
			}
		}
	}
}

// commandBinds is rule R36.
func commandBinds(f *File, say Sayer) {
	for _, c := range f.containers() {
		split := words(entry(c))
		hosts := flagValues(split, "--host", "--listen", "--bind", "--server-name", "--server_name")
		switch {
		case slices.ContainsFunc(hosts, func(h string) bool { return h == "127.0.0.1" || h == "localhost" || h == "::1" }):
			say.At(entryNode(c), "listens on loopback only, where neither traffic nor health checks arrive", "--host 0.0.0.0")
		case len(hosts) == 0 && catalog.FamilyOf(entry(c)).Name == "sglang":
			say.At(entryNode(c), "says no host, and SGLang listens on loopback by default", "--host 0.0.0.0")
		}
	}
}

// SecretName reports whether an environment variable of this name most likely holds a secret (rule R37).
func SecretName(name string) bool {
	name = strings.ToUpper(name)
	for _, part := range []string{"SECRET", "PASSWORD", "PASSWD", "ACCESSKEY", "ACCESS_KEY", "APIKEY", "API_KEY"} {
		if strings.Contains(name, part) {
			return true
		}
	}
	// MAX_TOKENS and TOKENIZERS_PARALLELISM are none.
	return strings.HasSuffix(name, "TOKEN") || strings.Contains(name, "TOKEN_")
}

// environment is the part of rule R37 that the schema lets pass.
func environment(f *File, say Sayer) {
	for _, c := range f.containers() {
		seen := map[string]bool{}
		for _, item := range c.Get("env").Items() {
			name := item.Get("name")
			if seen[name.Str()] {
				say.Warn(name, abridge(name.Str())+" is set twice", "one of the two")
			}
			if name.Str() != "" && SecretName(name.Str()) && item.Get("value").Str() != "" {
				say.Warn(name, "most likely holds a secret, and what is sent stands in the list of processes while it is sent", "what is no secret, or let the container fetch it")
			}
			seen[name.Str()] = name.Str() != ""
		}
	}
}

// Secrets are the values of environment variables that are most likely secrets: what must not be shown.
func Secrets(raw []byte) []string {
	root, _ := Parse(raw)
	var values []string
	for _, c := range (&File{Root: root}).containers() {
		for _, item := range c.Get("env").Items() {
			if value := item.Get("value").Str(); value != "" && SecretName(item.Get("name").Str()) {
				values = append(values, value)
			}
		}
	}
	return values
}

// severalContainers is rule R38.
func severalContainers(f *File, say Sayer) {
	ports := map[int]bool{}
	for i, c := range f.containers() {
		if i == 1 {
			say.Warn(c, "is a second container; a model service has one", "one container")
		}
		if port, ok := c.Get("port").Int(); ok {
			if ports[port] {
				say.At(c.Get("port"), "is the port of another container", "a port of its own")
			}
			ports[port] = true
		}
	}
}

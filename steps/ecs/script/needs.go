package script

import (
	"slices"
	"strings"
)

// source is where a kind of dependency comes from; a mirror of one is none for another.
type source uint8

const (
	anywhere source = iota // whatever the address says
	system
	python
	node
	golang
	rust
	ruby
	images
	models
)

// need is a command that fetches something.
type need struct {
	programs string
	// subs are the subcommands that do; empty if all do.
	subs string
	// bare is set if the program without a subcommand does too.
	bare bool
	from source
	what string
}

// needs are the commands that mean a dependency on something overseas, unless they name a mirror (seed, region
// selection). Those without subcommands that are from anywhere do only if their address is overseas.
var needs = []need{
	{programs: "pip pipx", subs: "install download wheel run", from: python, what: "installs Python packages"},
	{programs: "uv", subs: "install sync add run tool lock", from: python, what: "installs Python packages"},
	{programs: "uvx", bare: true, from: python, what: "runs a Python package it fetches"},
	{programs: "poetry pdm", subs: "install add update sync", from: python, what: "installs Python packages"},
	{programs: "conda mamba micromamba", subs: "install create update env", from: python, what: "installs Conda packages"},
	{programs: "apt apt-get aptitude", subs: "install update upgrade dist-upgrade full-upgrade build-dep", from: system, what: "installs packages of the system"},
	{programs: "yum dnf microdnf", subs: "install update upgrade groupinstall makecache localinstall reinstall", from: system, what: "installs packages of the system"},
	{programs: "zypper", subs: "install in update up refresh ref", from: system, what: "installs packages of the system"},
	{programs: "apk", subs: "add update upgrade", from: system, what: "installs packages of the system"},
	{programs: "add-apt-repository", bare: true, from: system, what: "adds a source of packages"},
	{programs: "snap", subs: "install refresh", from: anywhere, what: "installs a snap"},
	{programs: "npm", subs: "install i ci add update exec create init", from: node, what: "installs npm packages"},
	{programs: "pnpm bun", subs: "install i add update dlx create", from: node, what: "installs npm packages"},
	{programs: "yarn", subs: "install add global upgrade dlx create", bare: true, from: node, what: "installs npm packages"},
	{programs: "npx bunx", bare: true, from: node, what: "runs an npm package it fetches"},
	{programs: "go", subs: "install get mod", from: golang, what: "fetches Go modules"},
	{programs: "cargo", subs: "install add fetch update build run test", from: rust, what: "fetches Rust crates"},
	{programs: "rustup", subs: "install update toolchain default target component", from: rust, what: "installs Rust"},
	{programs: "gem", subs: "install update", from: ruby, what: "installs Ruby gems"},
	{programs: "bundle bundler", subs: "install update", bare: true, from: ruby, what: "installs Ruby gems"},
	{programs: "docker podman nerdctl", subs: "pull run create build buildx compose", from: images, what: "pulls container images"},
	{programs: "docker-compose podman-compose", subs: "up pull run build", from: images, what: "pulls container images"},
	{programs: "crictl", subs: "pull", from: images, what: "pulls container images"},
	{programs: "hf huggingface-cli", subs: "download", from: models, what: "downloads models"},
	{programs: "ollama", subs: "pull run", from: anywhere, what: "downloads models"},
}

// fetchers are programs that fetch from the address they are given, and from overseas only if that is there.
var fetchers = []need{
	{programs: "curl wget aria2c axel http https lftp", what: "downloads from overseas"},
	{programs: "git", subs: "clone fetch pull submodule ls-remote remote", what: "clones from overseas"},
	{programs: "svn hg", what: "clones from overseas"},
	{programs: "rpm dpkg helm kubectl", what: "reads an address overseas"},
}

// matches reports whether k is a command of this row.
func (n need) matches(k call) bool {
	if !has(n.programs, k.name) {
		return false
	}
	return n.subs == "" || k.subcommand(n.subs) || n.bare && len(k.operands(1)) == 0
}

// needed says what k needs from overseas. mirrors are the sources for which a mirror has been set before it.
func needed(k call, mirrors []source) (string, bool) {
	if k.name == "" || k.asks() {
		return "", false
	}
	address := strings.Join(append(slices.Clone(k.set), k.args...), " ")
	for _, n := range fetchers {
		if n.matches(k) {
			return n.what, isOverseas(address)
		}
	}
	for _, n := range needs {
		if !n.matches(k) {
			continue
		}
		if isOverseas(address) {
			return n.what, true
		}
		return n.what, !isMainland(address) && !slices.Contains(mirrors, n.from) && !k.has("--no-index --offline")
	}
	return "", false
}

// marks tell what a mirror is one of, by a word beside its address. What has none of these words is no mirror.
var marks = []struct {
	word string
	of   source
}{
	{"pypi", python}, {"pip_", python}, {"uv_", python}, {"conda", python}, {"index-url", python}, {"index_url", python},
	{"npm", node}, {"node", node}, {"yarn", node},
	{"goproxy", golang},
	{"crates", rust}, {"cargo", rust}, {"rustup", rust}, {"rsproxy", rust},
	{"gems", ruby}, {"ruby", ruby},
	{"registry-mirror", images}, {"daemon.json", images}, {"docker-ce", system}, {"docker", images},
	{"hf_endpoint", models}, {"hf-mirror", models},
	{"mirror", system}, {"sources.list", system}, {".repo", system}, {"repositories", system},
}

// configures are commands that can set a mirror; downloads are those that do if what they fetch is a list of sources.
var (
	configures = []need{
		{programs: "pip uv npm pnpm yarn bun conda mamba bundle bundler", subs: "config"},
		{programs: "go", subs: "env"},
		{programs: "gem", subs: "sources"},
		{programs: "dnf", subs: "config-manager"},
		{programs: "sed tee export declare yum-config-manager add-apt-repository"},
	}
	downloads = "curl wget"
)

// mirrored returns the source for which k sets a mirror in mainland China.
func mirrored(k call) (source, bool) {
	if !sets(k) || !isMainland(k.text) {
		return anywhere, false
	}
	lower := strings.ToLower(k.text)
	for _, m := range marks {
		if strings.Contains(lower, m.word) {
			return m.of, true
		}
	}
	return anywhere, false
}

// sets reports whether k may set something for the commands behind it.
func sets(k call) bool {
	switch {
	case k.name == "":
		return true
	case has("echo printf cat", k.name):
		return k.writes
	case has(downloads, k.name):
		return strings.Contains(k.text, "repos.d") || strings.Contains(k.text, "sources.list")
	}
	return slices.ContainsFunc(configures, func(n need) bool { return n.matches(k) })
}

// findNeeds are the calls that need something from overseas.
func findNeeds(all []call) []Sign {
	var signs []Sign
	var mirrors []source
	vars := variables{}
	for _, k := range all {
		k = vars.in(k)
		if of, ok := mirrored(k); ok {
			mirrors = append(mirrors, of)
		}
		if what, ok := needed(k, mirrors); ok {
			signs = append(signs, Sign{Line: k.line, What: what})
		}
	}
	return signs
}

// variables are the values that a script gives to names before they are used.
type variables map[string]string

// longestValue is how much of a value is kept: a=$a$a, a hundred times, fills the memory.
const longestValue = 256

// in puts values for variables in k, and takes note of those that k sets.
func (v variables) in(k call) call {
	k.set, k.args, k.text = v.all(k.set), v.all(k.args), v.expand(k.text)
	sets := k.set
	if has("export declare readonly local", k.name) {
		sets = k.args
	} else if k.name != "" {
		return k // NAME=value in front of a program is for that program
	}
	for _, s := range sets {
		if name, value, found := strings.Cut(s, "="); found {
			v[name] = value[:min(len(value), longestValue)]
		}
	}
	return k
}

func (v variables) all(texts []string) []string {
	out := make([]string, len(texts))
	for i, t := range texts {
		out[i] = v.expand(t)
	}
	return out
}

// expand puts values for $NAME and ${NAME}; what has no value stays.
func (v variables) expand(text string) string {
	if len(v) == 0 || !strings.Contains(text, "$") {
		return text
	}
	first, rest, _ := strings.Cut(text, "$")
	var b strings.Builder
	b.WriteString(first)
	for part := range strings.SplitSeq(rest, "$") {
		name, behind := leading(part)
		if value, known := v[name]; known {
			b.WriteString(value + behind)
		} else {
			b.WriteString("$" + part)
		}
	}
	return b.String()
}

// leading splits what stands behind a dollar sign into a name and the rest.
func leading(text string) (name, rest string) {
	if inner, found := strings.CutPrefix(text, "{"); found {
		name, rest, _ = strings.Cut(inner, "}")
		return name, rest
	}
	n := 0
	for n < len(text) && isName(text[:n+1]) {
		n++
	}
	return text[:n], text[n:]
}

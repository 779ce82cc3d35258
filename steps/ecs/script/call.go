package script

import (
	"path"
	"strings"
)

// call is a program and what it is called with, as it runs in the end: without sudo and the like, out of bash -c and
// out of what is piped into a shell by a here-document.
type call struct {
	line int
	// name is the program without its directory and its version: /usr/bin/pip3.11 is pip. A module that python runs is
	// the program. It is empty for a group that runs in the background, or for variables that are set and nothing run.
	name string
	args []string
	// set are the variables in front of it, as NAME=value, or all there is.
	set []string
	// wrappers are the programs that run it.
	wrappers []string
	// text is all of it in words, with here-documents and redirections.
	text       string
	background bool
	// writes is set if its output goes to a file or another program.
	writes bool
}

// deepest is how many shells may stand inside each other: nobody writes more.
const deepest = 8

// calls are what the commands of src run, in their order.
func calls(src string) ([]call, []Problem) {
	commands, faults := read(src, 1)
	var all []call
	for _, c := range commands {
		all = append(all, resolve(c, deepest)...)
	}
	return all, faults
}

// resolve is what a command runs in the end: more than one program if it is a shell with a script in its arguments.
func resolve(c *command, depth int) []call {
	k := call{line: c.line, background: c.background, writes: c.piped || len(c.files) > 0}
	words := c.words
	k.text = texts(words) + "\n" + strings.Join(c.files, " ") + "\n" + c.input
	for {
		words = k.assignments(words)
		if len(words) == 0 {
			return []call{k}
		}
		w, found := wrapperOf(program(words[0].text))
		if !found {
			break
		}
		k.wrappers = append(k.wrappers, w.name)
		words = w.behind(words[1:])
	}
	k.name = program(words[0].text)
	if inner, ok := innerScript(k.name, words, c); ok && depth > 0 {
		return append(k.inner(inner, depth), k.alone()...)
	}
	for _, w := range words[1:] {
		k.args = append(k.args, w.text)
	}
	if k.name == "python" {
		k.module()
	}
	return []call{k}
}

// assignments takes NAME=value from the front of words.
func (k *call) assignments(words []word) []word {
	for len(words) > 0 {
		name, _, found := strings.Cut(words[0].text, "=")
		if !found || name == "" || !isName(name) {
			break
		}
		k.set = append(k.set, words[0].text)
		words = words[1:]
	}
	return words
}

// module makes "python -m pip install" a call of pip.
func (k *call) module() {
	for i, a := range k.args {
		if a == "-m" && i+1 < len(k.args) {
			k.name, k.args = program(k.args[i+1]), k.args[i+2:]
			return
		}
		if !strings.HasPrefix(a, "-") || a == "-c" {
			return
		}
	}
}

// inner are the calls of a script inside of k: what runs it in the background or for a time does so with each of them.
func (k *call) inner(src word, depth int) []call {
	commands, _ := read(src.text, src.line)
	var all []call
	for _, c := range commands {
		for _, in := range resolve(c, depth-1) {
			in.wrappers = append(append([]string(nil), k.wrappers...), in.wrappers...)
			in.set = append(append([]string(nil), k.set...), in.set...)
			all = append(all, in)
		}
	}
	return all
}

// alone is the shell around an inner script, if it is a sign by itself.
func (k *call) alone() []call {
	if !k.background && len(k.wrappers) == 0 {
		return nil
	}
	return []call{{line: k.line, wrappers: k.wrappers, background: k.background, text: k.text}}
}

// shells run what stands behind -c, or what is on their input.
const shells = "sh bash dash ash ksh zsh"

// innerScript is the script that a command hands to a shell.
func innerScript(name string, words []word, c *command) (word, bool) {
	switch {
	case name == "eval" && len(words) > 1:
		return word{text: texts(words[1:]), line: words[1].line}, true
	case !has(shells, name) && name != "su":
		return word{}, false
	}
	for i, w := range words[1:] {
		if isShort(w.text, 'c') && i+2 < len(words) {
			return words[i+2], true
		}
	}
	if c.input != "" && name != "su" {
		return word{text: c.input, line: c.inputLine}, true
	}
	return word{}, false
}

// isShort reports whether a is a cluster of short flags such as -lc with flag among them.
func isShort(a string, flag byte) bool {
	return len(a) > 1 && a[0] == '-' && a[1] != '-' && strings.IndexByte(a, '=') < 0 && strings.IndexByte(a, flag) > 0
}

// wrapper is a program whose arguments are another program with its own.
type wrapper struct {
	name string
	// valued are its flags that take the next word.
	valued string
	// skip is how many words stand in front of the program, besides flags.
	skip int
}

var wrappers = []wrapper{
	{name: "sudo", valued: "-u -g -h -p -C -r -t -U -D -R -T --user --group"},
	{name: "doas", valued: "-u -C"},
	{name: "env", valued: "-u -C --unset --chdir"},
	{name: "nohup"},
	{name: "setsid"},
	{name: "time", valued: "-f -o"},
	{name: "nice", valued: "-n"},
	{name: "ionice", valued: "-c -n"},
	{name: "timeout", valued: "-s -k --signal --kill-after", skip: 1},
	{name: "stdbuf", valued: "-i -o -e"},
	{name: "exec", valued: "-a"},
	{name: "command"},
	{name: "builtin"},
	{name: "chroot", skip: 1},
	{name: "flock", valued: "-w", skip: 1},
	{name: "taskset", skip: 1},
	{name: "xargs", valued: "-n -P -I -d -L -s -a -E"},
	{name: "watch", valued: "-n"},
	{name: "strace", valued: "-e -o -p"},
}

func wrapperOf(name string) (wrapper, bool) {
	for _, w := range wrappers {
		if w.name == name {
			return w, true
		}
	}
	return wrapper{}, false
}

// behind are the words of the program that w runs.
func (w wrapper) behind(words []word) []word {
	skip := w.skip
	for len(words) > 0 {
		text := words[0].text
		switch {
		case text == "--":
			return words[min(len(words), 1+skip):]
		case strings.HasPrefix(text, "-") && len(text) > 1:
			words = words[1:]
			if has(w.valued, text) && len(words) > 0 {
				words = words[1:]
			}
		case skip > 0:
			skip--
			words = words[1:]
		default:
			return words
		}
	}
	return nil
}

// program is a name without its directory and without a version at its end.
func program(text string) string {
	name := path.Base(text)
	if short := strings.TrimRight(name, "0123456789."); short != "" {
		return short
	}
	return name
}

// isName reports whether s can be the name of a variable.
func isName(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c == '_', 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z':
		case i > 0 && ('0' <= c && c <= '9' || c == '+' && i == len(s)-1):
		default:
			return false
		}
	}
	return s != ""
}

func texts(words []word) string {
	all := make([]string, len(words))
	for i, w := range words {
		all[i] = w.text
	}
	return strings.Join(all, " ")
}

// asks reports whether k only asks a program about itself.
func (k call) asks() bool {
	for _, a := range k.args {
		if a == "--help" || a == "--version" {
			return true
		}
	}
	return len(k.args) == 1 && has("-h -v -V help version", k.args[0])
}

// operands are the arguments that are no flags, the first most of them.
func (k call) operands(most int) []string {
	var all []string
	for _, a := range k.args {
		if !strings.HasPrefix(a, "-") && len(all) < most {
			all = append(all, a)
		}
	}
	return all
}

// has reports whether one of the arguments is one of the words of list.
func (k call) has(list string) bool {
	for _, a := range k.args {
		if has(list, a) {
			return true
		}
	}
	return false
}

// subcommand reports whether one of the first two operands is one of the words of list: a value may stand in front.
func (k call) subcommand(list string) bool {
	for _, a := range k.operands(2) {
		if has(list, a) {
			return true
		}
	}
	return false
}

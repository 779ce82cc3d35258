package cmdline

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"

	"aligate/steps"
)

// completionName is the command that prints completion scripts.
const completionName = "completion"

// scan is a look over the command line before the parser gets it. The parser stops at the first mistake; the
// scan finds all of them, names the nearest flag or command, and takes them out, so that the values of the
// flags that are right can be checked in the same go.
type scan struct {
	// clean is the command line without what is wrong with it.
	clean []string
	// path are the names of the commands, without the program's.
	path     []string
	problems []steps.Problem
	// help is set if help or a completion was asked for: then nothing else is wrong.
	help bool
	// json is set if the result is to be JSON.
	json bool
}

func scanArgs(root *cli.Command, args, environ []string) scan {
	if len(args) > 1 && args[1] == completionName {
		return scan{clean: args, help: true} // the library adds this command when it runs
	}
	s := scan{clean: args[:1:1], json: slices.Contains(environ, "ALIGATE_OUTPUT=json")}
	cmd, flags := root, root.Flags
	seen := map[string][]string{}
	for i := 1; i < len(args); i++ {
		arg := args[i]
		switch {
		case arg == "--generate-shell-completion":
			return scan{clean: args, help: true}
		case arg == "--" && cmd.ArgsUsage != "":
			s.clean = append(s.clean, args[i:]...) // what stands behind it is the command's, flags and all
			i = len(args)
		case arg == "--":
			s.unexpected(cmd, args[i+1:])
			i = len(args)
		case len(arg) > 1 && arg[0] == '-':
			i = s.flag(cmd, flags, seen, args, i)
		default:
			if arg == completionName && cmd == root {
				return scan{clean: args, help: true} // as above, behind global flags
			}
			if sub := command(cmd, arg); sub != nil {
				cmd, flags = sub, slices.Concat(sub.Flags, flags)
				s.path = append(s.path, sub.Name)
				s.clean = append(s.clean, sub.Name)
				s.help = s.help || sub.Name == "help"
			} else if cmd.ArgsUsage != "" || s.help {
				s.clean = append(s.clean, arg)
			} else {
				s.unexpected(cmd, []string{arg})
				if len(cmd.Commands) > 0 {
					i = len(args) // what follows belongs to a command that nobody knows
				}
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(seen)) {
		if given := seen[name]; len(given) > 1 && slices.ContainsFunc(given, func(v string) bool { return v != given[0] }) {
			s.problem("--"+name, fmt.Sprintf("given %d times with different values (%s); give it once", len(given), quoted(given)))
		}
	}
	return s
}

// flag looks at the flag at args[i] and returns the index of its last word.
func (s *scan) flag(cmd *cli.Command, flags []cli.Flag, seen map[string][]string, args []string, i int) int {
	name, value, glued := strings.Cut(strings.TrimLeft(args[i], "-"), "=")
	if name == "help" || name == "h" {
		s.help = true
	}
	if name == "help" || name == "h" || name == "version" || name == "v" {
		s.clean = append(s.clean, args[i])
		return i
	}
	known, name := find(flags, name)
	if known < 0 {
		what := "unknown flag"
		if near := cli.SuggestFlag(visible(flags), name, true); near != "" {
			what += "; did you mean " + near + "?"
		}
		s.problem(strings.SplitN(args[i], "=", 2)[0], what)
		// The word behind it is most likely its value.
		if !glued && i+1 < len(args) && !strings.HasPrefix(args[i+1], "-") && command(cmd, args[i+1]) == nil {
			return i + 1
		}
		return i
	}
	word := "--" + name
	if glued {
		word += "=" + value
	}
	s.clean = append(s.clean, word)
	if _, isBool := flags[known].(*cli.BoolFlag); isBool {
		return i
	}
	if !glued {
		if i+1 == len(args) || isFlag(flags, args[i+1]) {
			s.clean = s.clean[:len(s.clean)-1]
			s.problem("--"+name, "needs a value")
			return i
		}
		i++
		value = args[i]
		s.clean = append(s.clean, value)
	}
	if name == "output" {
		s.json = value == "json"
	}
	if _, repeats := flags[known].(*cli.StringSliceFlag); !repeats {
		seen[name] = append(seen[name], value)
	}
	return i
}

// hyphened is a name as we write it: with underscores it is understood as well.
func hyphened(name string) string { return strings.ReplaceAll(name, "_", "-") }

// command returns the command of cmd that word names, nil if there is none.
func command(cmd *cli.Command, word string) *cli.Command {
	if sub := cmd.Command(word); sub != nil {
		return sub
	}
	return cmd.Command(hyphened(word))
}

// find returns the place of the flag called name among flags, -1 if there is none, and its name as we write it.
func find(flags []cli.Flag, name string) (int, string) {
	for _, spelt := range []string{name, hyphened(name)} {
		if at := slices.IndexFunc(flags, func(f cli.Flag) bool { return slices.Contains(f.Names(), spelt) }); at >= 0 {
			return at, spelt
		}
	}
	return -1, name
}

// unexpected names words that are no command and no argument.
func (s *scan) unexpected(cmd *cli.Command, words []string) {
	for _, word := range words {
		if cmd.ArgsUsage != "" {
			s.clean = append(s.clean, word)
			continue
		}
		what := "unexpected argument"
		if len(cmd.Commands) > 0 {
			what = "unknown command"
			if near := cli.SuggestCommand(cmd.Commands, word); near != "" {
				what += fmt.Sprintf("; did you mean %q?", near)
			}
		}
		s.problem(fmt.Sprintf("%q", word), what)
	}
}

func (s *scan) problem(where, what string) {
	s.problems = append(s.problems, steps.Problem{Where: where, What: what})
}

// isFlag reports whether word is one of flags, so that it cannot be meant as a value.
func isFlag(flags []cli.Flag, word string) bool {
	if !strings.HasPrefix(word, "--") {
		return false
	}
	name, _, _ := strings.Cut(word[2:], "=")
	known, _ := find(flags, name)
	return known >= 0
}

func visible(flags []cli.Flag) []cli.Flag {
	return slices.DeleteFunc(slices.Clone(flags), func(f cli.Flag) bool {
		v, ok := f.(cli.VisibleFlag)
		return ok && !v.IsVisible()
	})
}

func quoted(values []string) string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = fmt.Sprintf("%q", v)
	}
	return strings.Join(out, ", ")
}

package cmdline

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v3"

	"aligate/runner"
	"aligate/steps"
)

// Demo is what `aligate demo NAME` runs from a recording.
type Demo struct {
	Name, Usage string
	// Commands are the command lines in their order, each the words after "aligate". The last one's exit code is the
	// demo's.
	Commands [][]string
	// Files are what the commands read, by name, in the directory they run in.
	Files map[string]string
	// Extract writes the recording into dir.
	Extract func(dir string) error
}

// The first and the last line of a demo.
const (
	demoFirst = "This is a replay of a synthetic recording. No aliyun is started and nothing is sent."
	demoLast  = "That was a replay: nothing was sent, nothing was created."
)

func (a *App) demoCommand() *cli.Command {
	var names []string
	for _, d := range a.Demos {
		names = append(names, d.Name+": "+d.Usage)
	}
	return &cli.Command{
		Name: "demo", Usage: "a procedure replayed from a recording in this binary", ArgsUsage: "[NAME]",
		Description: describe("Shows every aliyun command as it goes, in a temporary directory. Demos:\n  "+strings.Join(names, "\n  "), "aligate demo\naligate demo ecs"),
		Action: func(ctx context.Context, cmd *cli.Command) error {
			if len(a.scan.problems) > 0 {
				a.exit = a.usage(nil)
				return nil
			}
			name := cmd.Args().First()
			for _, d := range a.Demos {
				if name == "" || name == d.Name {
					a.exit = a.demo(ctx, cmd, d)
					return nil
				}
			}
			a.exit = a.usage(nil, steps.Problem{Where: fmt.Sprintf("%q", name), What: "no such demo"})
			return nil
		},
	}
}

// demo runs d in a temporary directory. As text, everything is the result that was asked for, so all of it goes
// to stdout; as JSON, the document alone does.
func (a *App) demo(ctx context.Context, cmd *cli.Command, d Demo) steps.ExitCode {
	dir, err := os.MkdirTemp("", "aligate-demo-")
	if err == nil {
		defer os.RemoveAll(dir)
		err = d.prepare(dir)
	}
	if err != nil {
		report := steps.FailureReport("demo", d.Name, &steps.Error{Code: "TemporaryDirectory", Message: err.Error(), Exit: steps.ExitFailed, Err: err,
			Hints: []string{"name a directory that can be written to in TMPDIR"}}, nil)
		_ = a.printer(settingsOf(cmd), &runner.Redactor{}, false).Print(report)
		return report.ExitCode
	}
	asJSON := cmd.String("output") == "json"
	if !asJSON {
		fmt.Fprintln(a.Stdout, demoFirst)
	}
	var code steps.ExitCode
	for i, words := range d.Commands {
		inner := *a
		inner.StdinTerminal, inner.exit = false, 0
		args := d.args(words, dir)
		switch last := i == len(d.Commands)-1; {
		case asJSON && last:
			args = append(args, "--output", "json")
		case asJSON:
			inner.Stdout, inner.Stderr = io.Discard, io.Discard
		default:
			inner.Stderr = a.Stdout
			args = append(args, "--verbose")
			if len(d.Commands) > 1 {
				fmt.Fprintln(a.Stdout, "$ aligate "+runner.Quote(words...))
			}
		}
		code = inner.Run(ctx, args)
	}
	if !asJSON {
		fmt.Fprintln(a.Stdout, demoLast)
	}
	return code
}

// prepare makes dir the place of a demo.
func (d Demo) prepare(dir string) error {
	for name, content := range d.Files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			return err
		}
	}
	return d.Extract(filepath.Join(dir, "recording"))
}

// args is a command line of a demo with everything it needs: its files lie in dir, and so does all that it writes.
func (d Demo) args(words []string, dir string) []string {
	args := []string{"aligate"}
	for _, word := range words {
		if _, ours := d.Files[word]; ours {
			word = filepath.Join(dir, word)
		}
		args = append(args, word)
	}
	return append(args, "--replay", filepath.Join(dir, "recording"), "--state-dir", filepath.Join(dir, "state"), "--gate-dir", dir, "--service-file", filepath.Join(dir, "service.json"))
}

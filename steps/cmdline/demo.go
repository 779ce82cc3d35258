package cmdline

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v3"

	"aligate/runner"
	"aligate/steps"
)

// Demo is a command line that `aligate demo NAME` runs from a recording.
type Demo struct {
	Name, Usage string
	// Args are the words after "aligate".
	Args []string
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
		Name: "demo", Usage: "a deployment replayed from a recording in this binary", ArgsUsage: "[NAME]",
		Description: describe("Shows every aliyun command as it goes, in a temporary directory. Demos:\n  "+strings.Join(names, "\n  "), "aligate demo"),
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
		err = d.Extract(filepath.Join(dir, "recording"))
	}
	if err != nil {
		report := steps.FailureReport("demo", d.Name, &steps.Error{Code: "TemporaryDirectory", Message: err.Error(), Exit: steps.ExitFailed, Err: err,
			Hints: []string{"name a directory that can be written to in TMPDIR"}}, nil)
		_ = a.printer(settingsOf(cmd), &runner.Redactor{}, false).Print(report)
		return report.ExitCode
	}
	inner := *a
	inner.StdinTerminal, inner.exit = false, 0
	args := append([]string{"aligate"}, d.Args...)
	args = append(args, "--replay", filepath.Join(dir, "recording"), "--state-dir", filepath.Join(dir, "state"), "--gate-dir", dir, "--service-file", filepath.Join(dir, "service.json"))
	if cmd.String("output") == "json" {
		return inner.Run(ctx, append(args, "--output", "json"))
	}
	inner.Stderr = a.Stdout
	fmt.Fprintln(a.Stdout, demoFirst)
	code := inner.Run(ctx, append(args, "--verbose"))
	fmt.Fprintln(a.Stdout, demoLast)
	return code
}

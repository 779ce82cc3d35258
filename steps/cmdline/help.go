package cmdline

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v3"

	"aligate/steps"
)

func init() {
	// The library shows the headings of commands on the root alone.
	cli.SubcommandHelpTemplate = strings.ReplaceAll(cli.SubcommandHelpTemplate, "visibleCommandTemplate", "visibleCommandCategoryTemplate")
}

type topic struct {
	name, summary string
	text          func() string
}

// topics are the help texts that belong to no command: `aligate help TOPIC`.
var topics = []topic{
	{"exit-codes", "what each exit code means", exitCodesText},
	{"environment", "environment variables that aligate reads", environmentText},
	{"files", "what aligate writes, and where", filesText},
}

func (a *App) helpCommand() *cli.Command {
	names := make([]string, len(topics))
	for i, t := range topics {
		names[i] = t.name + ": " + t.summary
	}
	return &cli.Command{
		Name: "help", Usage: "help for a command or a topic", ArgsUsage: "[COMMAND... | TOPIC]",
		Description: "Topics:\n  " + strings.Join(names, "\n  "),
		Action: func(ctx context.Context, cmd *cli.Command) error {
			words := cmd.Args().Slice()
			if len(words) == 0 {
				return cli.ShowRootCommandHelp(cmd.Root())
			}
			if i := slices.IndexFunc(topics, func(t topic) bool { return t.name == words[0] }); i >= 0 {
				fmt.Fprint(a.Stdout, topics[i].text())
				return nil
			}
			parent, target := cmd.Root(), cmd.Root()
			for _, word := range words {
				if parent, target = target, target.Command(word); target == nil {
					a.exit = a.usage(nil, steps.Problem{Where: fmt.Sprintf("%q", word), What: "no such command or help topic"})
					return nil
				}
			}
			if len(target.Commands) > 0 {
				return cli.ShowSubcommandHelp(target)
			}
			return cli.ShowCommandHelp(ctx, parent, target.Name)
		},
	}
}

func exitCodesText() string {
	return table(func(w *tabwriter.Writer) {
		for _, row := range steps.ExitCodes {
			code := fmt.Sprint(row.Code)
			if row.Code == 128 {
				code = "128+n"
			}
			fmt.Fprintf(w, "%s\t%s\n", code, row.Meaning)
		}
	})
}

func environmentText() string {
	return table(func(w *tabwriter.Writer) {
		for _, f := range globalFlags() {
			d, ok := f.(cli.DocGenerationFlag)
			if v, visible := f.(cli.VisibleFlag); !ok || visible && !v.IsVisible() {
				continue
			}
			fmt.Fprintf(w, "%s\tthe same as --%s\n", strings.Join(d.GetEnvVars(), ", "), f.Names()[0])
		}
		fmt.Fprintf(w, "ALIGATE_ALIYUN\tthe command to run instead of aliyun, split like a shell would\n")
		fmt.Fprintf(w, "ALIGATE_ALLOW_MOCK\t1 lets ALIBABA_CLOUD_CLI_MOCK* through: the CLI's own mock mode\n")
		fmt.Fprintf(w, "NO_COLOR\tno colour\n")
	})
}

func filesText() string {
	return table(func(w *tabwriter.Writer) {
		for _, row := range [][2]string{
			{".aligate/run.json", "the run record: parameters, each step's result; --state-dir moves the directory"},
			{".aligate/run-<id>.json", "records of runs that were closed or replaced"},
			{".aligate/journal.jsonl", "one line per aliyun process: argv without secrets, exit code, duration"},
			{".aligate/ledgers-ecs/<run>.jsonl", "what a run of ecs has made: aligate ecs runs shows it, ecs release releases it"},
			{".aligate/ledgers-flink/<run>.jsonl", "the Flink instances that were bought; a --replay has replay-ledgers of its own"},
			{".aligate/ecs-offer.json", "the last price that ecs run, up or create has shown"},
			{".aligate/run.lock", "held while a command works on the run"},
			{"/tmp/eas_images.json", "gate file of eas images, a JSON array; --gate-dir moves it"},
			{"/tmp/eas_specs.json", "gate file of eas specs, a JSON array"},
			{"service.json", "what eas create sends; --service-file names another"},
			{".aligate/replay.json", "the place in the recording of --replay"},
			{".aligate/masks.json", "the placeholders of the recording of --record, as keyed digests"},
			{"<user cache>/aligate/ai-mode/", "one note a run that needs ai-mode: the last one turns it off"},
			{"<user cache>/aligate/cli.lock", "held while aliyun configure and plugin commands run"},
		} {
			fmt.Fprintf(w, "%s\t%s\n", row[0], row[1])
		}
	})
}

func table(fill func(w *tabwriter.Writer)) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fill(w)
	w.Flush()
	return b.String()
}

package cmdline

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"aligate/steps"
)

// Settings are the global flags that concern this process alone. Those that belong to a run are steps.Common.
type Settings struct {
	// Output is the format of the result: text, json, or one that a single command has.
	Output   string
	Quiet    bool
	Verbose  bool
	NoColor  bool
	StateDir string
	// Scale stretches every deadline.
	Scale float64
	// LockTimeout is how long to wait for another aligate in the same state directory.
	LockTimeout time.Duration
	// Replay is the directory of the recording that answers instead of aliyun, empty for none.
	Replay string
	// Record is the directory that every call is recorded into, empty for none.
	Record string
	// Redact are expressions of what is taken out of the recording besides the usual.
	Redact []*regexp.Regexp
}

// DefaultStateDir is where a run keeps its state.
const DefaultStateDir = ".aligate"

// globalFlags are the flags of every command; each has an environment variable.
func globalFlags() []cli.Flag {
	flags := []cli.Flag{
		&cli.StringFlag{Name: "output", Value: "text", Usage: "`FORMAT` of the result on stdout: text, json; eas validate has sarif as well", Sources: env("output"), Validator: steps.OneOf("text", "json", "sarif")},
		&cli.BoolFlag{Name: "quiet", Usage: "print the result and errors, nothing else", Sources: env("quiet")},
		&cli.BoolFlag{Name: "verbose", Usage: "show each aliyun command before it runs", Sources: env("verbose")},
		&cli.BoolFlag{Name: "no-color", Usage: "no colour (NO_COLOR does the same)", Sources: env("no-color")},
		&cli.StringFlag{Name: "state-dir", Value: DefaultStateDir, Usage: "`DIR` of the run record, journal and lock", Sources: env("state-dir"), Validator: notEmpty},
		&cli.StringFlag{Name: "timeout", Value: "1", Usage: "`FACTOR` that stretches every deadline: 2 doubles them", Sources: env("timeout"), Validator: factor},
		&cli.StringFlag{Name: "replay", Usage: "answer from the recording in `DIR`; aliyun is never started", Sources: env("replay"), Validator: notEmpty},
		&cli.StringFlag{Name: "record", Usage: "record every aliyun call into `DIR`, without secrets", Sources: env("record"), Validator: notEmpty},
		&cli.StringSliceFlag{Name: "redact", Usage: "take what matches `REGEX` out of the recording as well; repeatable", Sources: env("redact"), Validator: expressions},
		&cli.StringFlag{Name: "lock-timeout", Value: "10s", Usage: "`TIME` to wait for another aligate in the same state directory, e.g. 0s, 5m", Sources: env("lock-timeout"), Validator: duration},
	}
	for _, p := range steps.Common {
		flags = append(flags, flagOf(p, env(p.Name)))
	}
	return flags
}

func env(flag string) cli.ValueSourceChain {
	return cli.EnvVars("ALIGATE_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_")))
}

func notEmpty(v string) error {
	if v == "" {
		return fmt.Errorf("is empty")
	}
	return nil
}

func factor(v string) error {
	if f, err := strconv.ParseFloat(v, 64); err != nil || !(f > 0) || f > 100 {
		return fmt.Errorf("%q is not a number greater than 0, up to 100", v)
	}
	return nil
}

func duration(v string) error {
	if d, err := time.ParseDuration(v); err != nil || d < 0 || d > 24*time.Hour {
		return fmt.Errorf("%q is not a time such as 30s or 5m", v)
	}
	return nil
}

// expressions checks the values of --redact: what matches nothing at all would match everywhere.
func expressions(values []string) error {
	for _, v := range values {
		if expr, err := regexp.Compile(v); err != nil {
			return fmt.Errorf("%q is not a regular expression: %v", v, err)
		} else if expr.MatchString("") {
			return fmt.Errorf("%q matches an empty text, and so everywhere", v)
		}
	}
	return nil
}

func settingsOf(cmd *cli.Command) Settings {
	scale, _ := strconv.ParseFloat(cmd.String("timeout"), 64)
	lock, _ := time.ParseDuration(cmd.String("lock-timeout"))
	var redact []*regexp.Regexp
	for _, v := range cmd.StringSlice("redact") {
		if expr, err := regexp.Compile(v); err == nil {
			redact = append(redact, expr)
		}
	}
	return Settings{
		LockTimeout: lock, Record: cmd.String("record"), Redact: redact,
		Output: cmd.String("output"), Quiet: cmd.Bool("quiet"), Verbose: cmd.Bool("verbose"), NoColor: cmd.Bool("no-color"),
		StateDir: cmd.String("state-dir"), Scale: scale, Replay: cmd.String("replay"),
	}
}

// flagOf makes the flag of a parameter.
func flagOf(p steps.Param, sources cli.ValueSourceChain) cli.Flag {
	usage := p.Usage
	if p.Required {
		usage += " (required)"
	}
	var aliases []string
	if p.Short != "" {
		aliases = []string{p.Short}
	}
	switch {
	case p.Bool:
		return &cli.BoolFlag{Name: p.Name, Aliases: aliases, Usage: usage, Hidden: p.Hidden, Sources: sources}
	case p.Repeat:
		return &cli.StringSliceFlag{Name: p.Name, Aliases: aliases, Usage: usage, Hidden: p.Hidden, Sources: sources}
	}
	return &cli.StringFlag{Name: p.Name, Aliases: aliases, Usage: usage, Hidden: p.Hidden, DefaultText: cmp.Or(p.Default, p.Otherwise), Sources: sources}
}

// valuesOf collects the parameters that were given to cmd.
func valuesOf(cmd *cli.Command, params []steps.Param) steps.Values {
	v := steps.Values{}
	// The library finds a flag by going through all of them, and all their names, each time.
	known, given := map[string]bool{}, map[string]bool{}
	for _, c := range cmd.Lineage() {
		for _, f := range c.Flags {
			if name := f.Names()[0]; !known[name] {
				known[name], given[name] = true, f.IsSet()
			}
		}
	}
	for _, p := range params {
		if !given[p.Name] {
			continue
		}
		switch {
		case p.Bool:
			v[p.Name] = []string{strconv.FormatBool(cmd.Bool(p.Name))}
		case p.Repeat:
			v[p.Name] = cmd.StringSlice(p.Name)
		default:
			v[p.Name] = []string{cmd.String(p.Name)}
		}
	}
	return v
}

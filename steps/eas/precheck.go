package eas

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"aligate/jq"
	"aligate/runner"
	"aligate/steps"
	"aligate/steps/eas/service"
)

// precheck prepares the CLI: ai-mode, plugins, automatic installation. None of its commands can stop the run,
// but for a CLI that no later call could work with (eas-facts D13, D14).
var precheck = steps.Step{
	Name:    "precheck",
	Summary: "prepare the CLI: ai-mode on, plugins installed and up to date",
	Description: "Runs eight configure and plugin commands. A failure is a warning; only a missing aliyun, a broken\n" +
		"configuration or a missing profile ends the run (exit 10).",
	Example:  "aligate eas precheck",
	Opens:    true,
	Commands: precheckCommands,
	Run:      runPrecheck,
}

// plugins are the CLI plugins of the products that the procedure calls.
var plugins = []string{"aiworkspace", "eas"}

func precheckCommands(steps.Values) []runner.Command {
	commands := []runner.Command{
		aiMode("enable"),
		aiMode("set-user-agent", "--user-agent", userAgent),
		pluginUpdate,
		local("configure", "set", "--auto-plugin-install", "true"),
		pluginUpdate,
	}
	for _, name := range plugins {
		commands = append(commands, pluginInstall(name))
	}
	return append(commands, pluginList)
}

func runPrecheck(ctx context.Context, env *steps.Env) (steps.Outcome, error) {
	// The filters of the steps to come are compiled while the CLI is at work here.
	go func() { jq.Preload("eas"); service.Preload() }()
	commands := precheckCommands(env.Values)
	last := len(commands) - 1
	installs := last - len(plugins)
	for _, c := range commands[:installs] {
		_, err := env.Runner.Run(ctx, c)
		if err := tolerate(env, c, err); err != nil {
			return steps.Outcome{}, err
		}
	}
	in := installer{env: env}
	for _, name := range plugins {
		if err := in.install(ctx, name); err != nil {
			return steps.Outcome{}, err
		}
	}
	missing, err := in.missing(ctx)
	if err != nil {
		return steps.Outcome{}, err
	}
	for _, name := range missing {
		env.Warn("PluginMissing", "plugin %s is not in the list of plugins; installing it once more", name)
		if err := in.install(ctx, name); err != nil {
			return steps.Outcome{}, err
		}
	}
	return steps.Outcome{
		Summary: "the CLI is prepared, ai-mode is on until the run ends",
		Data:    map[string]any{"plugins": plugins, "reinstalled": missing},
	}, nil
}

// tolerate makes a warning of err, unless no later call can work.
func tolerate(env *steps.Env, c runner.Command, err error) error {
	switch {
	case err == nil:
		return nil
	case fatal(err):
		return err
	case runner.ClassOf(err) == runner.Unsaved && env.Values.One("profile") == "" && !credentialsInEnvironment(env.Environ):
		return &steps.Error{Code: "AliyunUnusable", Exit: steps.ExitNoCLI, Err: err,
			Message: "the CLI has no usable profile", Detail: runner.Stderr(err),
			Hints: []string{"run aliyun configure, or choose another profile with --profile; aliyun configure list shows them"}}
	}
	failure := steps.FromCall(err)
	env.Warn("PrecheckFailed", "%s failed, going on: %s", c.Name(), firstSentence(failure))
	return nil
}

// credentialsInEnvironment reports whether the environment names credentials: then calls work without any
// profile, though configure set has none to write to (tried on the real CLI).
func credentialsInEnvironment(environ []string) bool {
	names := []string{"ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABACLOUD_ACCESS_KEY_ID", "ALICLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_CREDENTIALS_URI"}
	return slices.ContainsFunc(environ, func(entry string) bool {
		name, value, _ := strings.Cut(entry, "=")
		return value != "" && slices.Contains(names, name)
	})
}

// firstSentence is the gist of a failure, for a warning.
func firstSentence(e *steps.Error) string {
	for line := range strings.Lines(e.Detail) {
		if line = strings.TrimSpace(line); line != "" {
			return strings.TrimSpace(strings.TrimPrefix(line, "ERROR:"))
		}
	}
	return e.Code + ": " + e.Message
}

// installer installs plugins. It remembers that the CLI rejects --force, as current ones do (eas-facts 0.6), so
// that a second installation does not fail the same way first.
type installer struct {
	env    *steps.Env
	byName bool
}

var (
	pluginUpdate = runner.Command{Args: []string{"plugin", "update"}, Kind: runner.Plugin}
	pluginList   = runner.Command{Args: []string{"plugin", "list"}, Kind: runner.Plugin, Effect: runner.ReadOnly}
)

// pluginInstall is the documented form, pluginInstallNames the one that current CLIs take.
func pluginInstall(name string) runner.Command {
	return runner.Command{Args: []string{"plugin", "install", name, "--force"}, Kind: runner.Plugin}
}

func pluginInstallNames(name string) runner.Command {
	return runner.Command{Args: []string{"plugin", "install", "--names", name}, Kind: runner.Plugin}
}

// install installs the plugin called name. Only what ends the run is an error.
func (in *installer) install(ctx context.Context, name string) error {
	if !in.byName {
		c := pluginInstall(name)
		_, err := in.env.Runner.Run(ctx, c)
		if in.byName = runner.ClassOf(err) == runner.BadForce; !in.byName {
			return tolerate(in.env, c, err)
		}
	}
	c := pluginInstallNames(name)
	_, err := in.env.Runner.Run(ctx, c)
	return tolerate(in.env, c, err)
}

// missing returns the plugins that are not in the list of plugins; none if the list cannot be had.
func (in *installer) missing(ctx context.Context) ([]string, error) {
	res, err := in.env.Runner.Run(ctx, pluginList)
	if err != nil {
		return nil, tolerate(in.env, pluginList, err)
	}
	installed, err := parsePluginList(string(res.Stdout))
	if err != nil {
		in.env.Warn("PluginListUnreadable", "the list of plugins could not be read: %v", err)
		return nil, nil
	}
	return slices.DeleteFunc(slices.Clone(plugins), func(name string) bool {
		return slices.Contains(installed, "aliyun-cli-"+name) || slices.Contains(installed, name)
	}), nil
}

var errNoTable = errors.New("no table in it")

// parsePluginList returns the first column of the table that `plugin list` prints (eas-facts E.2): a header,
// dashes, rows.
func parsePluginList(text string) ([]string, error) {
	var names []string
	header := false
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		switch {
		case len(fields) == 0:
		case fields[0] == "Name":
			header = true
		case header && strings.Trim(fields[0], "-") != "":
			names = append(names, strings.ToLower(fields[0]))
		}
	}
	if !header {
		if strings.Contains(text, "No plugins installed") {
			return nil, nil
		}
		return nil, fmt.Errorf("%w: %q", errNoTable, strings.TrimSpace(text))
	}
	return names, nil
}

package eas

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"aligate/jq"
	"aligate/runner"
	"aligate/steps"
)

// collect is the step called params: the region of the CLI, the workspace, the name.
var collect = steps.Step{
	Name:    "params",
	Summary: "check the parameters, set the CLI's region, choose the workspace",
	Description: "Checks every parameter before any command runs and names all problems at once. Without --workspace-id the\n" +
		"only enabled workspace is taken; of several, one has to be chosen (exit 8 lists them).",
	Example:  strings.Replace(deployExample, " deploy", " params", 1),
	Uses:     []string{"region", "name", "name-prefix", "name-suffix", "workspace-id", "keep-region", "profile"},
	Shows:    names(params), // all of them may be given here, and are remembered
	Needs:    []string{"precheck"},
	Commands: collectCommands,
	Run:      runCollect,
}

func names(params []steps.Param) []string {
	var all []string
	for _, p := range params {
		all = append(all, p.Name)
	}
	return all
}

const deployExample = "aligate eas deploy --region cn-hangzhou --name qwen_demo --image vllm \\\n" +
	"  --instance-type ecs.gn7i-c16g1.4xlarge --oss oss://my-bucket/qwen/ --workspace-id auto"

// collected is what later steps know from params.
type collected struct {
	Name string `json:"name"`
	// Drawn is set if the name ends in random digits, which are drawn again if the name is taken.
	Drawn bool `json:"drawn,omitempty"`
	// Prefix is what a drawn name was drawn for.
	Prefix      string `json:"prefix,omitempty"`
	WorkspaceID string `json:"workspace_id"`
}

func collectCommands(v steps.Values) []runner.Command {
	return append(setRegionCommands(v, "<current profile>"), listWorkspaces(v))
}

// setRegionCommands make the region that of the CLI's profile. With --profile that makes the profile the current
// one, so the one that was current is switched back to (eas-facts E.4).
func setRegionCommands(v steps.Values, current string) []runner.Command {
	profile, region := v.One("profile"), v.One("region")
	switch {
	case v.Is("keep-region"):
		return nil
	case profile == "":
		return []runner.Command{local("configure", "set", "--region", region)}
	}
	return []runner.Command{
		listProfiles,
		local("configure", "set", "--profile", profile, "--region", region),
		local("configure", "switch", "--profile", current),
	}
}

var listProfiles = runner.Command{Args: []string{"configure", "list"}, Kind: runner.Local, Effect: runner.ReadOnly}

func listWorkspaces(v steps.Values) runner.Command {
	return call(v, "aiworkspace", "list-workspaces", "--region", v.One("region"))
}

func runCollect(ctx context.Context, env *steps.Env) (steps.Outcome, error) {
	if region := env.Values.One("region"); region == "" {
		return steps.Outcome{}, steps.Usage(steps.Problem{Where: "--region", What: "is required"})
	} else if !slices.Contains(knownRegions, region) {
		env.Warn("RegionUnknown", "region %q is not one aligate knows; for a region it does not know either, the CLI silently uses the endpoint of cn-hangzhou", region)
	}
	out := collected{}
	if err := chooseName(env, &out); err != nil {
		return steps.Outcome{}, err
	}
	if err := setRegion(ctx, env); err != nil {
		return steps.Outcome{}, err
	}
	var err error
	if out.WorkspaceID, err = chooseWorkspace(ctx, env); err != nil {
		return steps.Outcome{}, err
	}
	summary := subject(out.Name, env.Values.One("region"))
	if out.WorkspaceID != "" {
		summary += ", workspace " + out.WorkspaceID
	}
	return steps.Outcome{Summary: summary, Data: out, Output: out}, nil
}

// chooseName takes the name as given, or keeps the one drawn earlier for the same prefix, or draws one.
func chooseName(env *steps.Env, out *collected) error {
	v := env.Values
	prefix, suffix := v.One("name-prefix"), v.One("name-suffix")
	switch {
	case v.One("name") != "":
		out.Name = v.One("name")
		return nil
	case prefix == "":
		return steps.Usage(steps.Problem{Where: "--name", What: "is required, or --name-prefix"})
	case suffix != "":
		out.Name = prefix + suffix
		return nil
	}
	var before collected
	if ok, err := env.Output("params", &before); ok && err == nil && before.Drawn && before.Prefix == prefix {
		out.Name, out.Drawn, out.Prefix = before.Name, true, prefix
		return nil
	}
	name, err := drawName(env.Rand, prefix)
	out.Name, out.Drawn, out.Prefix = name, true, prefix
	return err
}

// drawName appends six random decimal digits (rule R10).
func drawName(random io.Reader, prefix string) (string, error) {
	const digits = 6
	name := []byte(prefix)
	var b [1]byte
	for len(name) < len(prefix)+digits {
		if _, err := io.ReadFull(random, b[:]); err != nil {
			return "", err
		}
		if b[0] < 250 { // 250 is a multiple of ten: every digit is as likely
			name = append(name, '0'+b[0]%10)
		}
	}
	return string(name), nil
}

func setRegion(ctx context.Context, env *steps.Env) error {
	commands := setRegionCommands(env.Values, "")
	current := ""
	for _, c := range commands {
		if c.Args[1] == "switch" {
			if current == env.Values.One("profile") {
				return nil
			}
			c.Args[len(c.Args)-1] = current
			// Whatever the user has asked for since: this command undoes what the one before it did.
			ctx = context.WithoutCancel(ctx)
		}
		res, err := env.Runner.Run(ctx, c)
		if err != nil {
			if err := tolerate(env, c, err); err != nil {
				return err
			}
			if c.Args[1] == "switch" {
				env.Warn("ProfileNotRestored", "profile %s is the CLI's current one now; switch back with: aliyun configure switch --profile %s", env.Values.One("profile"), runner.Quote(current))
				return nil
			}
			env.Warn("RegionNotSet", "the region of the CLI's profile is unchanged; every call names its region all the same")
			return nil
		}
		if c.Args[1] == "list" {
			if current = currentProfile(string(res.Stdout)); current == "" {
				env.Warn("RegionNotSet", "which profile is current could not be read, so the region of profile %s was left alone", env.Values.One("profile"))
				return nil
			}
		}
	}
	return nil
}

// currentProfile returns the profile that `configure list` marks with an asterisk, "" if there is none.
func currentProfile(table string) string {
	for line := range strings.Lines(table) {
		cell, _, ok := strings.Cut(line, "|")
		if name, marked := strings.CutSuffix(strings.TrimSpace(cell), " *"); ok && marked {
			return strings.TrimSpace(name)
		}
	}
	return ""
}

type workspace struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Status  string `json:"status"`
	Default bool   `json:"default"`
}

// chooseWorkspace returns the workspace of the service, "" if there is none to be had (spec/eas.md, params).
func chooseWorkspace(ctx context.Context, env *steps.Env) (string, error) {
	asked := env.Values.One("workspace-id")
	all, err := workspaces(ctx, env)
	if err != nil {
		switch {
		case fatal(err):
			return "", err
		case asked == "" || asked == "auto":
			failure := steps.FromCall(err)
			return "", &steps.Error{Code: "WorkspaceUnknown", Exit: steps.ExitChoice, Err: err, RequestID: failure.RequestID, Detail: failure.Detail,
				Message: fmt.Sprintf("the workspaces could not be listed (%s), so none could be chosen", failure.Code),
				Hints:   []string{"name one: " + env.Command("eas params --workspace-id ID")}}
		}
		env.Warn("WorkspaceUnchecked", "the workspaces could not be listed, so workspace %s was not checked: %v", asked, err)
		return asked, nil
	}
	enabled := slices.DeleteFunc(slices.Clone(all), func(w workspace) bool { return w.Status != "ENABLED" })
	if asked != "" && asked != "auto" {
		if !slices.ContainsFunc(enabled, func(w workspace) bool { return w.ID == asked }) {
			env.Warn("WorkspaceNotEnabled", "workspace %s is not among the %d enabled workspaces of the region", asked, len(enabled))
		}
		return asked, nil
	}
	switch {
	case len(enabled) == 0:
		env.Warn("WorkspaceMissing", "the region has no enabled workspace; workspace_id is left out of service.json")
		return "", nil
	case len(enabled) == 1:
		return enabled[0].ID, nil
	case asked == "auto":
		chosen := slices.MinFunc(enabled, preferred)
		env.Warn("WorkspaceChosen", "of %d enabled workspaces %s was chosen; --workspace-id takes another", len(enabled), chosen.text())
		return chosen.ID, nil
	case env.Ask != nil:
		options := make([]string, len(enabled))
		for i, w := range enabled {
			options[i] = w.text()
		}
		i, err := env.Ask(ctx, "Which workspace is the service to belong to?", options)
		if err == nil {
			return enabled[i].ID, nil
		}
		if cause := context.Cause(ctx); cause != nil {
			return "", cause
		}
	}
	return "", &steps.Error{Code: "WorkspaceAmbiguous", Exit: steps.ExitChoice, Choices: enabled,
		Message: fmt.Sprintf("the region has %d enabled workspaces: %s", len(enabled), list(enabled)),
		Hints: []string{
			"choose one: " + env.Command("eas params --workspace-id "+enabled[0].ID),
			"or let aligate choose: " + env.Command("eas params --workspace-id auto"),
		}}
}

func (w workspace) text() string {
	text := w.ID
	if w.Name != "" {
		text += " (" + w.Name + ")"
	}
	if w.Default {
		text += ", the default one"
	}
	return text
}

func list(all []workspace) string {
	texts := make([]string, len(all))
	for i, w := range all {
		texts[i] = w.text()
	}
	return strings.Join(texts, "; ")
}

// preferred orders workspaces for auto: the default one first, then by number.
func preferred(a, b workspace) int {
	if a.Default != b.Default {
		if a.Default {
			return -1
		}
		return 1
	}
	m, errM := strconv.ParseUint(a.ID, 10, 64)
	n, errN := strconv.ParseUint(b.ID, 10, 64)
	if errM == nil && errN == nil {
		return cmp.Compare(m, n)
	}
	return cmp.Compare(a.ID, b.ID)
}

func workspaces(ctx context.Context, env *steps.Env) ([]workspace, error) {
	first := listWorkspaces(env.Values)
	return steps.Pages(ctx, func(w workspace) string { return w.ID }, func(ctx context.Context, page, size int) (steps.Page[workspace], error) {
		return fetch[workspace](ctx, env, "params", numbered(first, page, size))
	})
}

// numbered adds the paging flags to c from page 2 on: the first page is asked for exactly as documented.
func numbered(c runner.Command, page, size int) runner.Command {
	if page == 1 {
		return c
	}
	if size > 0 && !slices.Contains(c.Args, "--page-size") {
		c = c.With("--page-size", strconv.Itoa(size))
	}
	return c.With("--page-number", strconv.Itoa(page))
}

// fetch runs one page of a list and reads it with the filter of step.
func fetch[T any](ctx context.Context, env *steps.Env, step string, c runner.Command) (steps.Page[T], error) {
	page, _, err := fetchHearing[T](ctx, env, step, c)
	return page, err
}

// fetchHearing is fetch, and tells whether the CLI printed something before the reply.
func fetchHearing[T any](ctx context.Context, env *steps.Env, step string, c runner.Command) (page steps.Page[T], chatter bool, err error) {
	res, err := env.Runner.Run(ctx, c)
	if err != nil {
		return page, false, err
	}
	page, err = jq.Into[steps.Page[T]]("eas/"+step, res.JSON, nil)
	return page, res.Chatter != "", err
}

// gatePath is where the gate file called name is.
func gatePath(env *steps.Env, name string) string {
	return filepath.Join(env.Values.One("gate-dir"), name)
}

package eas

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"aligate/steps"
	"aligate/steps/eas/service"
)

// validate checks files against the rules.
var validate = steps.Tool{
	Name:    "validate",
	Summary: "check service.json against every rule",
	Description: "Reads files, or standard input for -, and names every rule they break: where, what is wrong, what to write\n" +
		"instead. Nothing is sent. Exit 6 if there is an error; warnings alone are exit 0, unless --strict makes errors of\n" +
		"them. With a run in the state directory its name, region, images and instance types are compared as well; --offline\n" +
		"looks at the file alone. --output sarif is for code scanners.",
	Example: "aligate eas validate service.json\n" +
		"aligate eas validate --strict --allow R24,R33 services/*.json\n" +
		"aligate eas patterns P1 | aligate eas validate -\n" +
		"aligate eas validate --rules",
	Args: "FILE...",
	Uses: []string{"region", "allow"},
	Params: []steps.Param{
		{Name: "strict", Bool: true, Usage: "warnings are errors"},
		{Name: "rules", Bool: true, Usage: "list all rules instead of checking anything"},
		{Name: "offline", Bool: true, Usage: "do not look at the run in the state directory"},
	},
	Formats: []string{"sarif"},
	Offline: true,
	Run:     runValidate,
}

// allowed are the rules named in --allow.
func allowed(v steps.Values) []string {
	var ids []string
	for _, value := range v["allow"] {
		for _, id := range strings.Split(value, ",") {
			ids = append(ids, strings.TrimSpace(id))
		}
	}
	return ids
}

func checkAllowed(value string) error {
	for _, id := range strings.Split(value, ",") {
		if _, ok := service.RuleByID(strings.TrimSpace(id)); !ok {
			return fmt.Errorf("%q is not a rule; aligate eas validate --rules lists them", strings.TrimSpace(id))
		}
	}
	return nil
}

// checkedFile is the result for one file.
type checkedFile struct {
	File     string           `json:"file"`
	Valid    bool             `json:"valid"`
	Errors   int              `json:"errors"`
	Warnings int              `json:"warnings"`
	Findings service.Findings `json:"findings"`
}

func runValidate(ctx context.Context, env *steps.Env) (steps.Outcome, error) {
	if env.Values.Is("rules") {
		return steps.Outcome{Summary: fmt.Sprintf("%d rules", len(service.Rules)), Data: map[string]any{"rules": service.Rules}, Text: rulesTable}, nil
	}
	if len(env.Args) == 0 {
		return steps.Outcome{}, steps.Usage(steps.Problem{Where: "FILE", What: "is required, or - for standard input"})
	}
	known := service.Known{}
	if !env.Values.Is("offline") {
		known = knownOfRun(env)
	}
	var files []checkedFile
	for _, name := range env.Args {
		raw, err := readInput(env, name)
		if err != nil {
			return steps.Outcome{}, &steps.Error{Code: "FileUnreadable", Exit: steps.ExitUsage, Err: err, Message: fmt.Sprintf("%s: %v", name, err)}
		}
		learnSecrets(env, raw)
		findings := service.Check(raw, known).Allow(allowed(env.Values))
		if findings == nil {
			findings = service.Findings{}
		}
		files = append(files, checkedFile{File: name, Errors: findings.Count(service.Error), Warnings: findings.Count(service.Warning), Findings: findings})
	}
	return judge(env, files)
}

// judge counts what was found and makes the result of it.
func judge(env *steps.Env, files []checkedFile) (steps.Outcome, error) {
	errs, warns, bad := 0, 0, 0
	for i := range files {
		f := &files[i]
		f.Valid = f.Errors == 0 && (f.Warnings == 0 || !env.Values.Is("strict"))
		errs, warns = errs+f.Errors, warns+f.Warnings
		if !f.Valid {
			bad++
		}
	}
	summary := fmt.Sprintf("%s: %s, %s", counted(len(files), "file"), counted(errs, "error"), counted(warns, "warning"))
	out := steps.Outcome{
		Summary: summary,
		Data:    map[string]any{"files": files, "errors": errs, "warnings": warns},
		Text:    func() string { return findingsText(files, summary) },
		Formats: map[string]func() ([]byte, error){"sarif": func() ([]byte, error) { return sarif(env.Version, files) }},
	}
	if bad == 0 {
		return out, nil
	}
	hint := "a rule you disagree with: --allow RULE; all rules: aligate eas validate --rules"
	return out, &steps.Error{Code: "ServiceInvalid", Exit: steps.ExitInvalid, Message: summary, Hints: []string{hint}}
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func findingsText(files []checkedFile, summary string) string {
	var b strings.Builder
	for _, f := range files {
		for _, finding := range f.Findings {
			b.WriteString(finding.Text(f.File))
		}
	}
	b.WriteString(summary)
	return b.String()
}

func sarif(version string, files []checkedFile) ([]byte, error) {
	all := make([]service.FileFindings, len(files))
	for i, f := range files {
		uri := (&url.URL{Path: filepath.ToSlash(f.File)}).String()
		if f.File == "-" {
			uri = "stdin"
		}
		all[i] = service.FileFindings{URI: uri, Findings: f.Findings}
	}
	return service.SARIF(version, all)
}

// knownOfRun is what the run in the state directory knows. Its lists are compared only if both were loaded.
func knownOfRun(env *steps.Env) service.Known {
	known := service.Known{Region: env.Values.One("region")}
	var c collected
	if ok, err := env.Output("params", &c); ok && err == nil {
		known.Name, known.Workspace, known.NoWorkspace = c.Name, c.WorkspaceID, c.WorkspaceID == ""
	}
	if l, err := readLists(env); err == nil {
		known.Images, known.Types = l.images, l.types
	}
	return known
}

// maxFile is more than any service.json is; what is longer is not read.
const maxFile = 64 << 20

// readInput reads a file, or standard input for -.
func readInput(env *steps.Env, name string) ([]byte, error) {
	if name != "-" {
		return readAtMost(name)
	}
	return readLimited(env.Stdin)
}

// readAtMost reads a file that is not longer than any service.json.
func readAtMost(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, reason(err)
	}
	defer f.Close()
	return readLimited(f)
}

func readLimited(in io.Reader) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(in, maxFile+1))
	if err == nil && len(raw) > maxFile {
		err = fmt.Errorf("is longer than %d MiB", maxFile>>20)
	}
	return raw, reason(err)
}

// reason is err without the name of the file, which the message has already.
func reason(err error) error {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		return pathError.Err
	}
	return err
}

// rulesTable lists all rules.
func rulesTable() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "RULE\tSEVERITY\tCHECKED BY\tWHAT\tSOURCE")
	for _, r := range service.Rules {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", r.ID, r.Severity, r.Scope, r.Summary, r.Source)
	}
	w.Flush()
	return b.String()
}

package eas

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"aligate/steps"
	"aligate/steps/eas/catalog"
	"aligate/steps/eas/service"
)

// build writes service.json: both gates open, the image and the instance types checked against the lists, the
// result checked against the rules.
var build = steps.Step{
	Name:    "build",
	Summary: "write service.json and validate it",
	Description: "Both gates must be open (exit 3). An official image that is not listed is refused with the nearest tags\n" +
		"(exit 2). A vLLM or SGLang image on a CPU type gets a GPU type, and the change is reported. The file follows one\n" +
		"of eight patterns (eas patterns), chosen by the flags or with --pattern; --from begins with a file of yours, and\n" +
		"--set edits the result last. It is validated like any other (eas validate). A service.json that this run did\n" +
		"not write is kept as service.json.old.",
	Example: "aligate eas build --image \"sglang gpu\"\n" +
		"aligate eas build --from base.json --replicas 3 --set '.metadata.rdma = 1'\n" +
		"aligate eas build --autoscaler min=1,max=4,qps=20 --health-check http:/health",
	Uses: []string{"region", "image", "instance-type", "replicas", "port", "command", "env", "oss", "nfs", "dataset", "autoscaler",
		"startup-check", "liveness-check", "health-check", "disk", "shm-size", "cpu", "memory", "gpu", "pattern", "from", baseContent, "set",
		"allow", "allow-unlisted-image", "nlb-id", "nlb-port", "nlb-net", "service-file"},
	Needs: []string{"params", "images", "specs", "network"},
	Reads: []string{"params", "images", "specs", "network"},
	Run:   runBuild,
}

// built is what later steps know from build.
type built struct {
	File string `json:"file"`
	// SHA256 is that of the file as written.
	SHA256 string `json:"sha256"`
	Name   string `json:"name"`
	Image  string `json:"image"`
	// InstanceType is the first of InstanceTypes, "" in a dedicated resource group.
	InstanceType  string   `json:"instance_type"`
	InstanceTypes []string `json:"instance_types,omitempty"`
	// SwitchedFrom is the CPU type that was asked for, if a GPU type stands in its place.
	SwitchedFrom string `json:"switched_from,omitempty"`
	Pattern      string `json:"pattern"`
	// Fallback is set if the file was rewritten for the shared gateway, because the CLI's plugin fails on its NLB.
	Fallback bool `json:"fallback,omitempty"`
}

// lists are what both gates kept.
type lists struct {
	images []catalog.Image
	types  []catalog.Type
}

func readLists(env *steps.Env) (l lists, err error) {
	return l, errors.Join(env.File(imagesFile, &l.images), env.File(specsFile, &l.types))
}

func runBuild(ctx context.Context, env *steps.Env) (steps.Outcome, error) {
	v := env.Values
	if problems := required(v); len(problems) > 0 {
		return steps.Outcome{}, steps.Usage(problems...)
	}
	if err := gatesOpen(env); err != nil {
		return steps.Outcome{}, err
	}
	r := recipe{Values: v, environ: env.Environ, learn: env.Redactor.Add}
	if _, err := env.Output("params", &r.collected); err != nil {
		return steps.Outcome{}, err
	}
	if _, err := env.Output("network", &r.networking); err != nil {
		return steps.Outcome{}, err
	}
	l, err := readLists(env)
	if err != nil {
		return steps.Outcome{}, err
	}
	if r.image, err = chooseImage(env, l.images, v.One("image")); err != nil {
		return steps.Outcome{}, err
	}
	var switched []string
	family := catalog.FamilyOf(r.image.ImageURI + " " + v.One("command"))
	if r.Resource == "" {
		if r.types, switched, err = chooseTypes(env, l.types, family, v["instance-type"]); err != nil {
			return steps.Outcome{}, err
		}
	}
	draft, pattern, err := compose(r)
	if err != nil {
		return steps.Outcome{}, err
	}
	if draft, err = edit(ctx, draft, v["set"]); err != nil {
		return steps.Outcome{}, err
	}
	raw, err := draft.Encode()
	if err != nil {
		return steps.Outcome{}, steps.Usage(steps.Problem{Where: "--set", What: err.Error()})
	}
	learnSecrets(env, raw)
	path := v.One("service-file")
	if err := valid(env, raw, r.collected, l, path); err != nil {
		return steps.Outcome{}, err
	}
	if err := writeService(env, path, raw); err != nil {
		return steps.Outcome{}, err
	}
	out := built{File: path, SHA256: sum(raw), Name: r.Name, Image: r.image.ImageURI, InstanceTypes: r.types, SwitchedFrom: strings.Join(switched, ","), Pattern: pattern.ID}
	if len(r.types) > 0 {
		out.InstanceType = r.types[0]
	}
	return steps.Outcome{
		Summary: fmt.Sprintf("wrote %s: %s on %s (pattern %s)", path, catalog.RepoTag(out.Image), cmp.Or(strings.Join(r.types, " or "), r.Resource), pattern.ID),
		Data: map[string]any{"file": path, "sha256": out.SHA256, "image": out.Image, "instance_type": out.InstanceType, "instance_types": r.types,
			"switched_from": out.SwitchedFrom, "pattern": pattern.ID, "service": json.RawMessage(raw)},
		Output: out,
	}, nil
}

// required returns a problem for each parameter that build needs and that is nowhere.
func required(v steps.Values) []steps.Problem {
	problems := checkPlace(v, true)
	if v.One("image") == "" {
		problems = append(problems, steps.Problem{Where: "--image", What: "is required"})
	}
	return problems
}

// edit applies the expressions of --set, in order.
func edit(ctx context.Context, draft service.Draft, expressions []string) (service.Draft, error) {
	for _, expression := range expressions {
		next, err := draft.Set(ctx, expression)
		if err != nil {
			if cause := context.Cause(ctx); cause != nil {
				return nil, cause
			}
			return nil, steps.Usage(steps.Problem{Where: "--set", What: err.Error()})
		}
		draft = next
	}
	return draft, nil
}

// learnSecrets keeps the values of environment variables that are secrets out of everything that is shown.
func learnSecrets(env *steps.Env, raw []byte) {
	for _, value := range service.Secrets(raw) {
		env.Redactor.Add(value)
	}
}

// writeService writes the file and keeps what stood there and was not of this run.
func writeService(env *steps.Env, path string, raw []byte) error {
	var before built
	if _, err := env.Output("build", &before); err != nil {
		return err
	}
	kept, err := env.WriteFile(path, raw, before.SHA256)
	if err != nil {
		return &steps.Error{Code: "ServiceFile", Exit: steps.ExitFailed, Err: err, Message: "cannot write the service description: " + err.Error(),
			Hints: []string{steps.MakeRoom(err, "remove what is there, or name another file with --service-file")}}
	}
	if kept != "" {
		env.Warn("ServiceFileReplaced", "%s was there already and not of this run; it was kept as %s", path, kept)
	}
	return nil
}

// gatesOpen is the hard gate before service.json is written or sent.
func gatesOpen(env *steps.Env) error {
	for _, step := range []string{"images", "specs"} {
		if err := env.GateOpen(step); err != nil {
			return err
		}
	}
	return nil
}

// saidAlready are the rules that the choice of image and types has spoken about, in its own words.
var saidAlready = []string{"R26", "R55", "R14"}

// valid returns the error that names every rule raw breaks, nil if it breaks none; broken rules that are no
// errors become warnings.
func valid(env *steps.Env, raw []byte, c collected, l lists, path string) error {
	known := service.Known{Name: c.Name, Region: env.Values.One("region"), Workspace: c.WorkspaceID, NoWorkspace: c.WorkspaceID == "",
		Images: l.images, Types: l.types}
	findings := service.Check(raw, known).Allow(append(allowed(env.Values), saidAlready...))
	var problems []steps.Problem
	for _, f := range findings {
		if f.Severity != service.Error {
			env.Warn(f.Rule, "%s: %s %s", path, f.Path, f.Message)
			continue
		}
		problems = append(problems, steps.Problem{Where: f.Path, What: f.Sentence(), Rule: f.Rule})
	}
	if len(problems) == 0 {
		return nil
	}
	message := fmt.Sprintf("%s breaks %d rules", path, len(problems))
	if len(problems) == 1 {
		message = fmt.Sprintf("%s breaks rule %s: %s", path, problems[0].Rule, problems[0])
	}
	hints := []string{"correct the flags, then: " + env.Command("eas build"), "a rule you disagree with: --allow RULE"}
	if slices.ContainsFunc(problems, func(p steps.Problem) bool { return p.Rule == "R10" }) {
		hints = append(hints, "a name is changed with --name, not in the file")
	}
	return &steps.Error{Code: "ServiceInvalid", Exit: steps.ExitInvalid, Message: message, Problems: problems, Hints: hints}
}

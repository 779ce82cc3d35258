package eas

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"aligate/steps"
)

// build writes service.json: both gates open, the image and the instance type checked against the lists, the
// result checked against the rules.
var build = steps.Step{
	Name:    "build",
	Summary: "write service.json and validate it",
	Description: "Both gates must be open (exit 3). An official image that is not listed is refused with the nearest tags\n" +
		"(exit 2). A vLLM or SGLang image on a CPU type gets a GPU type, and the change is reported. A service.json\n" +
		"that this run did not write is kept as service.json.old.",
	Example: "aligate eas build --image \"sglang gpu\"",
	Uses: []string{"region", "image", "instance-type", "replicas", "port", "command", "oss", "allow-unlisted-image",
		"network", "resource", "service-file"},
	Needs: []string{"params", "images", "specs", "network"},
	Reads: []string{"params", "images", "specs", "network"},
	Run:   runBuild,
}

// built is what later steps know from build.
type built struct {
	File string `json:"file"`
	// SHA256 is that of the file as written.
	SHA256       string `json:"sha256"`
	Name         string `json:"name"`
	Image        string `json:"image"`
	InstanceType string `json:"instance_type"`
	// SwitchedFrom is the CPU type that was asked for, if a GPU type stands in its place.
	SwitchedFrom string `json:"switched_from,omitempty"`
}

func runBuild(_ context.Context, env *steps.Env) (steps.Outcome, error) {
	v := env.Values
	if problems := required(v, "image", "instance-type"); len(problems) > 0 {
		return steps.Outcome{}, steps.Usage(problems...)
	}
	if err := gatesOpen(env); err != nil {
		return steps.Outcome{}, err
	}
	var (
		c         collected
		allImages []image
		allSpecs  []spec
	)
	if _, err := env.Output("params", &c); err != nil {
		return steps.Outcome{}, err
	}
	if err := env.File(imagesFile, &allImages); err != nil {
		return steps.Outcome{}, err
	}
	if err := env.File(specsFile, &allSpecs); err != nil {
		return steps.Outcome{}, err
	}
	chosen, err := chooseImage(env, allImages, v.One("image"))
	if err != nil {
		return steps.Outcome{}, err
	}
	kind, switched, err := chooseType(env, allSpecs, chosen)
	if err != nil {
		return steps.Outcome{}, err
	}
	doc, err := compose(v, c, chosen.ImageURI, kind)
	if err != nil {
		return steps.Outcome{}, err
	}
	raw, err := doc.encode()
	if err != nil {
		return steps.Outcome{}, err
	}
	path := v.One("service-file")
	if err := valid(env, raw, c.Name, path); err != nil {
		return steps.Outcome{}, err
	}
	var before built
	if _, err := env.Output("build", &before); err != nil {
		return steps.Outcome{}, err
	}
	kept, err := env.WriteFile(path, raw, before.SHA256)
	if err != nil {
		return steps.Outcome{}, &steps.Error{Code: "ServiceFile", Exit: steps.ExitFailed, Err: err, Message: "cannot write the service description: " + err.Error(),
			Hints: []string{"remove what is there, or name another file with --service-file"}}
	}
	if kept != "" {
		env.Warn("ServiceFileReplaced", "%s was there already and not of this run; it was kept as %s", path, kept)
	}
	out := built{File: path, SHA256: sum(raw), Name: c.Name, Image: chosen.ImageURI, InstanceType: kind, SwitchedFrom: switched}
	return steps.Outcome{
		Summary: fmt.Sprintf("wrote %s: %s on %s", path, repoTag(out.Image), out.InstanceType),
		Data:    map[string]any{"file": path, "sha256": out.SHA256, "image": out.Image, "instance_type": kind, "switched_from": switched, "service": json.RawMessage(raw)},
		Output:  out,
	}, nil
}

// required returns a problem for each of names that was not given.
func required(v steps.Values, names ...string) []steps.Problem {
	var problems []steps.Problem
	for _, name := range names {
		if v.One(name) == "" {
			problems = append(problems, steps.Problem{Where: "--" + name, What: "is required"})
		}
	}
	return problems
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

// valid returns the error that names every rule raw breaks, nil if it breaks none; broken rules that are no
// errors become warnings.
func valid(env *steps.Env, raw []byte, name, path string) error {
	problems, warnings := validate(raw, name)
	for _, w := range warnings {
		env.Warn(w.Code, "%s: %s", path, w.Message)
	}
	if len(problems) == 0 {
		return nil
	}
	message := fmt.Sprintf("%s breaks %d rules", path, len(problems))
	if len(problems) == 1 {
		message = fmt.Sprintf("%s breaks rule %s: %s", path, problems[0].Rule, problems[0])
	}
	return &steps.Error{Code: "ServiceInvalid", Exit: steps.ExitInvalid, Message: message, Problems: problems,
		Hints: []string{"correct the flags, then: " + env.Command("eas build")}}
}

// chooseType checks the instance type and, for an image that needs a GPU on a type without one, takes another
// (rules R55 and R56). switched is the type that was asked for, if it was replaced.
func chooseType(env *steps.Env, all []spec, im image) (kind, switched string, err error) {
	asked := env.Values.One("instance-type")
	if f := familyOf(im.ImageURI + " " + env.Values.One("command")); f.gpu && isCPU(all, asked) {
		gpu, ok := chooseGPU(all)
		if !ok {
			return "", "", &steps.Error{Code: "NoGPUType", Exit: steps.ExitInvalid,
				Message: fmt.Sprintf("%s does not run on the CPU type %s, and no GPU type is available in the region", f.name, asked),
				Hints:   []string{"choose another region, or ask again later: " + env.Command("eas specs")}}
		}
		env.Warn("SwitchedToGPU", "%s does not run on the CPU type %s; %s was taken instead (%s x %s)", f.name, asked, gpu.InstanceType, gpu.GPU, gpu.GPUModel)
		return gpu.InstanceType, asked, nil
	}
	found, ok := findSpec(all, asked)
	switch {
	case !ok:
		env.Warn("TypeNotListed", "instance type %s is not among the %d types of the region; the nearest: %s", asked, len(all), strings.Join(nearestTypes(all, asked), ", "))
	case !found.Available:
		env.Warn("TypeUnavailable", "instance type %s is not available now (%s); available ones like it: %s", asked, found.Stock, strings.Join(nearestTypes(all, asked), ", "))
	}
	return asked, "", nil
}

// compose makes the document of the parameters.
func compose(v steps.Values, c collected, imageURI, instanceType string) (document, error) {
	replicas, err := strconv.Atoi(v.One("replicas"))
	if err != nil {
		return document{}, err
	}
	port, err := strconv.Atoi(v.One("port"))
	if err != nil {
		return document{}, err
	}
	mounted, err := mounts(v["oss"])
	if err != nil {
		return document{}, steps.Usage(steps.Problem{Where: "--oss", What: err.Error()})
	}
	command, dir := v.One("command"), defaultMount
	if len(mounted) > 0 {
		dir = mounted[0].dir
	}
	if f := familyOf(imageURI); command == "" && f.command != nil {
		command = f.command(dir, v.One("port"))
	}
	doc := document{
		Metadata:   metadata{Name: c.Name, Instance: replicas, WorkspaceID: c.WorkspaceID},
		Containers: []container{{Image: imageURI, Port: port, Command: command}},
		Cloud:      &cloud{Computing: computing{InstanceType: instanceType}},
	}
	for _, m := range mounted {
		doc.Storage = append(doc.Storage, storage{MountPath: m.dir, OSS: oss{Path: m.path, ReadOnly: true}})
	}
	return doc, nil
}

func sum(data []byte) string {
	s := sha256.Sum256(data)
	return hex.EncodeToString(s[:])
}

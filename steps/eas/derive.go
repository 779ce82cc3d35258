package eas

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"aligate/steps"
	"aligate/steps/eas/service"
)

// baseParams are the parameters that the file of --from speaks about, and where it does: a flag stands above the
// file, and the file above a default.
var baseParams = []struct {
	param string
	read  func(d service.Draft) []string
}{
	{"name", scalarAt("metadata", "name")},
	{"workspace-id", scalarAt("metadata", "workspace_id")},
	{"replicas", scalarAt("metadata", "instance")},
	{"resource", scalarAt("metadata", "resource")},
	{"image", inContainer("image")},
	{"port", inContainer("port")},
	{"command", inContainer("command")},
	{"instance-type", instanceTypes},
	{"vpc-id", scalarAt("cloud", "networking", "vpc_id")},
	{"vswitch-id", scalarAt("cloud", "networking", "vswitch_id")},
	{"security-group-id", scalarAt("cloud", "networking", "security_group_id")},
	{"gateway-id", scalarAt("networking", "gateway")},
	{"network", networkKind},
}

// baseContent is a value that no flag sets: the digest of the file of --from, so that build is stale when it changes.
const baseContent = "from (content)"

// derive fills in what follows from --from and --pattern.
func derive(v steps.Values) {
	if v.One("from") != "" {
		if base, raw, err := readBase(v.One("from")); err == nil {
			v[baseContent] = []string{sum(raw)}
			for _, p := range baseParams {
				// A name that is to be drawn is not that of the file.
				if drawn := p.param == "name" && v.One("name-prefix") != ""; len(v[p.param]) > 0 || drawn {
					continue
				}
				if values := p.read(base); len(values) > 0 {
					v[p.param] = values
				}
			}
		}
	}
	pattern, _ := service.PatternByID(v.One("pattern"))
	for _, d := range []struct{ param, value string }{
		{"image", pattern.Image}, {"network", pattern.Network}, {"resource", pattern.Resource}, {"autoscaler", pattern.Autoscaler}, {"network", "shared"},
	} {
		if len(v[d.param]) == 0 && d.value != "" {
			v[d.param] = []string{d.value}
		}
	}
	if load := loadOf(v); load != "" {
		v[networkLoad] = []string{load}
	}
}

// readBase reads the file of --from.
func readBase(path string) (service.Draft, []byte, error) {
	raw, err := readAtMost(path)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	base, err := service.NewDraft(raw)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	for _, f := range service.Check(raw, service.Known{}) {
		if f.Rule == "R7" { // nothing can be laid over what is of another type
			return nil, nil, fmt.Errorf("%s: line %d: %s %s", path, f.Line, f.Path, f.Message)
		}
	}
	return base, raw, nil
}

func checkBase(path string) error {
	_, _, err := readBase(path)
	return err
}

// checkDerived finds values of the file of --from that the flag of the same meaning would refuse.
func checkDerived(v steps.Values) []steps.Problem {
	base, _, err := readBase(v.One("from"))
	if err != nil {
		return nil // the parameter's own check names it
	}
	var problems []steps.Problem
	for _, p := range baseParams {
		for _, row := range params {
			values := p.read(base)
			if row.Name != p.param || row.Check == nil || len(values) == 0 || values[0] != v.One(p.param) {
				continue
			}
			if err := row.Check(values[0]); err != nil {
				problems = append(problems, steps.Problem{Where: v.One("from"), What: fmt.Sprintf("%s: %v", p.param, err)})
			}
		}
	}
	return problems
}

func scalarAt(keys ...string) func(service.Draft) []string {
	return func(d service.Draft) []string {
		object := map[string]any(d)
		for _, key := range keys[:len(keys)-1] {
			object, _ = object[key].(map[string]any)
		}
		return texts(object[keys[len(keys)-1]])
	}
}

func inContainer(key string) func(service.Draft) []string {
	return func(d service.Draft) []string {
		all, _ := d["containers"].([]any)
		if len(all) == 0 {
			return nil
		}
		c, _ := all[0].(map[string]any)
		return texts(c[key])
	}
}

func instanceTypes(d service.Draft) []string {
	cloud, _ := d["cloud"].(map[string]any)
	computing, _ := cloud["computing"].(map[string]any)
	types := texts(computing["instance_type"])
	all, _ := computing["instances"].([]any)
	for _, item := range all {
		object, _ := item.(map[string]any)
		types = append(types, texts(object["type"])...)
	}
	return types
}

func networkKind(d service.Draft) []string {
	networking, _ := d["networking"].(map[string]any)
	switch {
	case networking["gateway"] != nil:
		return []string{"gateway"}
	case networking["nlb"] != nil:
		return []string{"nlb"}
	}
	return nil
}

// texts is a scalar as a flag would give it.
func texts(v any) []string {
	switch x := v.(type) {
	case string:
		if x != "" {
			return []string{x}
		}
	case json.Number:
		return []string{x.String()}
	}
	return nil
}

func sum(data []byte) string {
	s := sha256.Sum256(data)
	return hex.EncodeToString(s[:])
}

package eas

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"aligate/steps"
	"aligate/steps/eas/catalog"
	"aligate/steps/eas/service"
)

// recipe is everything that service.json is made of.
type recipe struct {
	steps.Values
	collected
	networking
	image catalog.Image
	types []string
	// environ is where --env NAME takes its value from.
	environ []string
	// learn is told each secret on its way into the file.
	learn func(value string)
}

// compose makes the description: the file of --from if there is one, flags over it, then the defaults of its
// pattern where neither says anything. The pattern comes back as well.
func compose(r recipe) (service.Draft, service.Pattern, error) {
	draft := service.Draft{}
	if from := r.One("from"); from != "" {
		base, _, err := readBase(from)
		if err != nil {
			return nil, service.Pattern{}, steps.Usage(steps.Problem{Where: "--from", What: err.Error()})
		}
		draft = base
	}
	pattern, asked := service.PatternByID(r.One("pattern"))
	if !asked {
		pattern = service.PatternOf(service.Facts{
			Family: catalog.FamilyOf(r.image.ImageURI + " " + r.One("command")).Name, Network: r.Kind,
			Resource: r.Resource != "", Autoscaler: r.One("autoscaler") != "" || draft["autoscaler"] != nil,
		})
	}
	mounted, err := mounts(r.Values, pattern.Mount)
	if err != nil {
		return nil, pattern, steps.Usage(steps.Problem{Where: "--oss", What: err.Error()})
	}
	port := r.port()
	for _, part := range []func() error{
		func() error { return r.metadata(draft.Object("metadata")) },
		func() error { return r.container(draft.Container(), port, pattern, mounted) },
		func() error { return r.env(draft.Container()) },
		func() error { return r.probes(draft.Container(), port, pattern) },
		func() error { r.storage(draft, mounted); return nil },
		func() error { r.place(draft, port); return nil },
		func() error { return r.autoscaler(draft) },
	} {
		if err := part(); err != nil {
			return nil, pattern, err
		}
	}
	return draft, pattern, nil
}

// number puts the whole number of a flag at key, if the flag was given.
func (r recipe) number(object map[string]any, key, flag string) error {
	value := r.One(flag)
	if value == "" {
		return nil
	}
	n, err := strconv.Atoi(value)
	object[key] = n
	return err
}

func (r recipe) metadata(object map[string]any) error {
	object["name"] = r.Name
	if r.WorkspaceID != "" {
		object["workspace_id"] = r.WorkspaceID
	}
	if object["instance"] == nil {
		object["instance"] = 1
	}
	if r.Resource != "" {
		object["resource"] = r.Resource
	}
	if disk := r.One("disk"); disk != "" {
		object["disk"] = disk
	}
	for key, flag := range map[string]string{"instance": "replicas", "cpu": "cpu", "memory": "memory", "gpu": "gpu", "shm_size": "shm-size"} {
		if err := r.number(object, key, flag); err != nil {
			return err
		}
	}
	return nil
}

// port is that of the flag or the file, else the image's own, else 8000.
func (r recipe) port() int {
	own := r.image.DefaultPort()
	if checkPort(own) != nil {
		own = ""
	}
	port, _ := strconv.Atoi(cmp.Or(r.One("port"), own, "8000"))
	return port
}

func (r recipe) container(c map[string]any, port int, pattern service.Pattern, mounted []mount) error {
	c["image"], c["port"] = r.image.ImageURI, port
	if command := r.One("command"); command != "" {
		c["command"] = command
		delete(c, "script")
	} else if r.One("from") == "" {
		dir := pattern.Mount
		if len(mounted) > 0 {
			dir = mounted[0].dir
		}
		if command := defaultCommand(r.image, dir, port); command != "" {
			c["command"] = command
		}
	}
	return nil
}

// defaultCommand is how the image is started: as its label says, unless that speaks of another port or another
// directory than there is, else as its family is (eas-facts A.4, C.11).
func defaultCommand(im catalog.Image, dir string, port int) string {
	script := im.DefaultScript()
	fits := script != "" && !slices.ContainsFunc(service.PortsOf(script), func(p int) bool { return p != port }) &&
		(dir == service.DefaultMount || !strings.Contains(script, service.DefaultMount))
	if family := catalog.FamilyOf(im.ImageURI); !fits && family.Command != nil {
		return family.Command(dir, strconv.Itoa(port))
	}
	return script
}

// env puts --env into the container; a variable of the same name in the file is replaced.
func (r recipe) env(c map[string]any) error {
	for _, given := range r.Values["env"] {
		name, value, literal := strings.Cut(given, "=")
		if !literal {
			i := slices.IndexFunc(r.environ, func(entry string) bool { return strings.HasPrefix(entry, name+"=") })
			if i < 0 {
				return steps.Usage(steps.Problem{Where: "--env " + name, What: "is not set in the environment; export it first"})
			}
			value = r.environ[i][len(name)+1:]
		}
		if service.SecretName(name) {
			r.learn(value)
		}
		all, _ := c["env"].([]any)
		c["env"] = slices.DeleteFunc(slices.Clone(all), func(item any) bool {
			object, _ := item.(map[string]any)
			return object["name"] == name
		})
		service.Append(c, "env", map[string]any{"name": name, "value": value})
	}
	return nil
}

// probes puts the probes of the flags into the container, and the pattern's startup check if nothing else says.
func (r recipe) probes(c map[string]any, port int, pattern service.Pattern) error {
	for _, key := range service.ProbeKeys {
		flag := r.One(strings.ReplaceAll(key, "_", "-"))
		if flag == "" && key == "startup_check" && c[key] == nil && (r.One("from") == "" || r.One("pattern") != "") {
			flag = pattern.Startup
		}
		switch flag {
		case "":
		case service.NoProbe:
			delete(c, key)
		default:
			probe, err := service.ParseProbe(key, flag, port)
			if err != nil {
				return steps.Usage(steps.Problem{Where: "--" + strings.ReplaceAll(key, "_", "-"), What: err.Error()})
			}
			c[key] = probe
		}
	}
	return nil
}

// storage mounts what the flags say; what the file mounts at the same path is replaced.
func (r recipe) storage(draft service.Draft, mounted []mount) {
	for _, m := range mounted {
		all, _ := draft["storage"].([]any)
		draft["storage"] = slices.DeleteFunc(slices.Clone(all), func(item any) bool {
			object, _ := item.(map[string]any)
			dir, _ := object["mount_path"].(string)
			return strings.TrimSuffix(dir, "/") == strings.TrimSuffix(m.dir, "/")
		})
		service.Append(draft, "storage", m.storage())
	}
}

// place writes where the service runs and how it is reached.
func (r recipe) place(draft service.Draft, port int) {
	switch {
	case r.Resource != "":
		delete(draft.Object("cloud"), "computing")
	case slices.Equal(r.types, instanceTypes(draft)):
		// As the file has it, with all else it says of them.
	case len(r.types) == 1:
		draft.Object("cloud")["computing"] = map[string]any{"instance_type": r.types[0]}
	case len(r.types) > 1:
		computing := map[string]any{}
		for _, kind := range r.types {
			service.Append(computing, "instances", map[string]any{"type": kind})
		}
		draft.Object("cloud")["computing"] = computing
	}
	if r.VPC != "" {
		draft.Object("cloud")["networking"] = map[string]any{"vpc_id": r.VPC, "vswitch_id": r.VSwitches, "security_group_id": r.SecurityGroup}
	}
	if len(draft.Object("cloud")) == 0 {
		delete(draft, "cloud")
	}
	switch r.Kind {
	case "shared":
		// What else the file says of networking is for the rules to judge.
		if networking, ok := draft["networking"].(map[string]any); ok && (networking["gateway"] != nil || networking["nlb"] != nil) {
			delete(draft, "networking")
		}
	case "gateway":
		draft["networking"] = map[string]any{"gateway": r.Gateway}
	case "nlb":
		if networking, ok := draft["networking"].(map[string]any); ok && networking["nlb"] != nil && !r.nlbGiven() {
			return // the file's own listeners stand
		}
		draft["networking"] = map[string]any{}
		for _, l := range r.NLB {
			item := map[string]any{"id": l.ID, "listener_port": port}
			if n, err := strconv.Atoi(l.Port); err == nil {
				item["listener_port"] = n
			}
			if l.Kind != "" {
				item["netType"] = l.Kind
			}
			service.Append(draft.Object("networking"), "nlb", item)
		}
	}
}

func (r recipe) nlbGiven() bool {
	return len(r.Values["nlb-id"])+len(r.Values["nlb-port"])+len(r.Values["nlb-net"]) > 0
}

func (r recipe) autoscaler(draft service.Draft) error {
	flag := r.One("autoscaler")
	if flag == "" {
		return nil
	}
	scaler, err := parseAutoscaler(flag)
	if err != nil {
		return fmt.Errorf("autoscaler: %w", err)
	}
	draft["autoscaler"] = scaler
	return nil
}

package eas

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"aligate/steps"
	"aligate/steps/eas/catalog"
	"aligate/steps/eas/service"
)

// composed is the file that flags make, with the images of the samples and a workspace.
func composed(t testing.TB, v steps.Values) ([]byte, service.Pattern, error) {
	t.Helper()
	all := officialImages(t, "ListImages.json")
	im, ok := catalog.FindImage(all, v.One("image"))
	if !ok {
		if im, ok = catalog.ImageOfWords(all, v.One("image")); !ok {
			im = catalog.Image{ImageURI: v.One("image")}
		}
	}
	r := recipe{
		Values: v, image: im, types: v["instance-type"], environ: []string{"HF_TOKEN=hush-hush", "EMPTY="}, learn: func(string) {},
		collected: collected{Name: v.One("name"), WorkspaceID: "310001"},
		networking: networking{Kind: v.One("network"), VPC: v.One("vpc-id"), VSwitches: v.One("vswitch-id"), SecurityGroup: v.One("security-group-id"),
			Gateway: v.One("gateway-id"), NLB: listeners(v), Resource: v.One("resource")},
	}
	draft, pattern, err := compose(r)
	if err != nil {
		return nil, pattern, err
	}
	if draft, err = edit(t.Context(), draft, v["set"]); err != nil {
		return nil, pattern, err
	}
	raw, err := draft.Encode()
	return raw, pattern, err
}

// flagsOf reads flags that each have a value.
func flagsOf(flags []string) steps.Values {
	var pairs []string
	for i := 0; i < len(flags); i += 2 {
		pairs = append(pairs, strings.TrimPrefix(flags[i], "--"), flags[i+1])
	}
	return values(pairs...)
}

// TestPatterns: the flags that a pattern names make its template, byte for byte, and the template breaks no rule.
func TestPatterns(t *testing.T) {
	t.Parallel()
	for _, p := range service.Patterns {
		got, pattern, err := composed(t, flagsOf(p.Flags))
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(p.Template()) || pattern.ID != p.ID {
			t.Errorf("%s: its flags make pattern %s:\n%s\nthe template is\n%s", p.ID, pattern.ID, got, p.Template())
		}
		if findings := service.Check(p.Template(), service.Known{Region: "cn-hangzhou"}); len(findings) > 0 {
			t.Errorf("%s: %v", p.ID, findings)
		}
		// Asked for by name, with as few flags as it takes, it is the same one.
		v := flagsOf(p.Flags)
		for _, flag := range []string{"network", "autoscaler"} {
			delete(v, flag)
		}
		if p.Image != "" {
			delete(v, "image")
		}
		v["pattern"] = []string{strings.ToLower(p.ID)}
		derive(v)
		if got, _, err = composed(t, v); err != nil || string(got) != string(p.Template()) {
			t.Errorf("--pattern %s: %v\n%s", p.ID, err, got)
		}
	}
}

// compact is the file on one line.
func compact(t *testing.T, raw []byte) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, raw); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestCompose: what the flags say stands in the file, and what they do not say stands nowhere, not even empty.
func TestCompose(t *testing.T) {
	t.Parallel()
	const (
		head   = `{"metadata":{"name":"abc","instance":1,"workspace_id":"310001"},"containers":[{"image":"host/x:1","port":8000`
		cloud  = `"cloud":{"computing":{"instance_type":"ecs.c7.large"}}}`
		middle = `}],` + cloud
	)
	for _, c := range []struct {
		name  string
		flags []string
		want  string
	}{
		{"least", nil, head + middle},
		// The command is written as it was given: a service gets these bytes.
		{"command and port", []string{"command", `run --a "<&>" '`, "port", "9000"}, strings.Replace(head, "8000", "9000", 1) + `,"command":"run --a \"<&>\" '"` + middle},
		{"sizes", []string{"replicas", "3", "disk", "100Gi", "shm-size", "8"},
			`{"metadata":{"name":"abc","instance":3,"workspace_id":"310001","disk":"100Gi","shm_size":8},"containers":[{"image":"host/x:1","port":8000` + middle},
		{"environment", []string{"env", "A=1", "env", "B=x=y", "env", "A=2", "env", "HF_TOKEN", "env", "EMPTY"},
			head + `,"env":[{"name":"B","value":"x=y"},{"name":"A","value":"2"},{"name":"HF_TOKEN","value":"hush-hush"},{"name":"EMPTY","value":""}]` + middle},
		{"probes", []string{"startup-check", "http:/ready:8001,delay=5,period=10,failures=1", "liveness-check", "tcp,timeout=2", "health-check", "exec:test -f '/a b',failures=3"},
			head + `,"startup_check":{"http_get":{"path":"/ready","port":8001},"initial_delay_seconds":5},"liveness_check":{"tcp_socket":{"port":8000},"timeout_seconds":2},` +
				`"health_check":{"exec":{"command":["test","-f","/a b"]}}` + middle},
		{"storage", []string{"dataset", "d-1:v1=/d", "nfs", "h:/n=/n", "oss", "oss://bucket/a"},
			head + `}],"storage":[{"mount_path":"/model_dir","oss":{"path":"oss://bucket/a/","readOnly":true}},{"mount_path":"/n","nfs":{"server":"h","path":"/n","readOnly":true}},` +
				`{"mount_path":"/d","dataset":{"id":"d-1","version":"v1"}}],` + cloud},
		{"several types", []string{"instance-type", "ecs.g7.large"}, head + `}],"cloud":{"computing":{"instances":[{"type":"ecs.c7.large"},{"type":"ecs.g7.large"}]}}}`},
		{"plain VPC", []string{"vpc-id", "vpc-1", "vswitch-id", "vsw-1", "security-group-id", "sg-1"},
			head + `}],"cloud":{"computing":{"instance_type":"ecs.c7.large"},"networking":{"vpc_id":"vpc-1","vswitch_id":"vsw-1","security_group_id":"sg-1"}}}`},
		{"autoscaler", []string{"autoscaler", "max=3,min=0,cpu=60.5"}, head + `}],"cloud":{"computing":{"instance_type":"ecs.c7.large"}},"autoscaler":{"min":0,"max":3,"scaleStrategies":[{"metricName":"cpu","threshold":60.5}]}}`},
		{"an NLB of one's own, two listeners", []string{"network", "nlb", "nlb-id", "nlb-1", "nlb-port", "80", "nlb-port", "443"},
			head + `}],"cloud":{"computing":{"instance_type":"ecs.c7.large"}},"networking":{"nlb":[{"id":"nlb-1","listener_port":80},{"id":"nlb-1","listener_port":443}]}}`},
		{"set", []string{"set", ".metadata.instance += 1", "set", `.metadata.zone = "a" | .containers[0].args = ["x"]`},
			`{"metadata":{"name":"abc","instance":2,"workspace_id":"310001","zone":"a"},"containers":[{"image":"host/x:1","port":8000,"args":["x"]` + middle},
	} {
		raw, _, err := composed(t, values(append([]string{"name", "abc", "image", "host/x:1", "instance-type", "ecs.c7.large"}, c.flags...)...))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		} else if got := compact(t, raw); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.name, got, c.want)
		}
	}
	raw, _, err := composed(t, values("name", "abc", "image", "host/x:1", "resource", "eas-r-1", "cpu", "4", "memory", "8000", "gpu", "0"))
	if err != nil {
		t.Fatal(err)
	}
	same(t, compact(t, raw), `{"metadata":{"name":"abc","instance":1,"workspace_id":"310001","resource":"eas-r-1","cpu":4,"memory":8000,"gpu":0},"containers":[{"image":"host/x:1","port":8000}]}`)
}

// TestDefaultCommand: the image's label, unless it speaks of another port or directory; then its family; a command
// given stands.
func TestDefaultCommand(t *testing.T) {
	t.Parallel()
	labelled := func(uri, script, port string) catalog.Image {
		return catalog.Image{ImageURI: uri, Labels: []catalog.Label{{Key: "system.eas.default.script", Value: script}, {Key: "system.eas.default.port", Value: port}}}
	}
	const vllm, vllm9000 = "vllm serve /model_dir --port 8000 --trust-remote-code", "vllm serve /data --port 9000 --trust-remote-code"
	for _, c := range []struct {
		im    catalog.Image
		flags []string
		port  int
		want  string
	}{
		{labelled("h/vllm:1", "start me --port 8000", "8000"), nil, 8000, "start me --port 8000"},
		{labelled("h/vllm:1", "start me", "7000"), nil, 7000, "start me"},
		{labelled("h/vllm:1", "start me --port 8000", "8000"), []string{"port", "9000", "oss", "oss://bucket/m=/data"}, 9000, vllm9000},
		{labelled("h/vllm:1", "vllm serve /model_dir", ""), []string{"oss", "oss://bucket/m=/data", "port", "9000"}, 9000, vllm9000},
		// A label that names a reserved port is not followed.
		{labelled("h/vllm:1", "", "8080"), nil, 8000, vllm},
		{catalog.Image{ImageURI: "h/vllm:1"}, nil, 8000, vllm},
		{catalog.Image{ImageURI: "h/comfyui:1"}, []string{"oss", "oss://bucket/"}, 8000, "python main.py --listen 0.0.0.0 --port 8000"},
		{catalog.Image{ImageURI: "h/triton:1"}, nil, 8000, ""},
		{labelled("h/triton:1", "serve --port 8000", ""), []string{"port", "9000"}, 9000, "serve --port 8000"}, // rule R29 says the rest
		{catalog.Image{ImageURI: "h/vllm:1"}, []string{"command", "my own"}, 8000, "my own"},
	} {
		v := values(append([]string{"name", "abc", "instance-type", "ecs.gn7i-c16g1.4xlarge"}, c.flags...)...)
		draft, _, err := compose(recipe{Values: v, image: c.im, types: v["instance-type"], networking: networking{Kind: "shared"}})
		if err != nil {
			t.Fatal(err)
		}
		command, _ := draft.Container()["command"].(string)
		if command != c.want || draft.Container()["port"] != c.port {
			t.Errorf("%v %v: got %q, port %v", c.im, c.flags, command, draft.Container()["port"])
		}
	}
}

// base writes a file for --from.
func base(t testing.TB, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "base.json")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestFrom: flags stand above the file, the file above defaults; what nobody knows survives; nothing is added that
// the user left out of his file.
func TestFrom(t *testing.T) {
	t.Parallel()
	path := base(t, `{"zeta": {"b": 1.50, "a": [1e2]}, "cloud": {"computing": {"instances": [{"type": "ecs.gn7i-c16g1.4xlarge"}]}},
		"containers": [{"script": "vllm serve /m", "port": 7000, "image": "host/vllm:1", "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}], "own": true}],
		"metadata": {"name": "from_file", "workspace_id": "77", "instance": 4, "extra": null},
		"storage": [{"mount_path": "/m/", "oss": {"path": "oss://bucket/old/"}}, {"mount_path": "/n", "nfs": {"server": "h", "path": "/"}}]}`)

	v := values("from", path)
	same(t, []string{v.One("name"), v.One("workspace-id"), v.One("image"), v.One("instance-type"), v.One("replicas"), v.One("port"), v.One("network")},
		[]string{"from_file", "77", "host/vllm:1", "ecs.gn7i-c16g1.4xlarge", "4", "7000", "shared"})
	raw, pattern, err := composed(t, v)
	if err != nil {
		t.Fatal(err)
	}
	same(t, pattern.ID, "P1")
	same(t, compact(t, raw), `{"metadata":{"name":"from_file","instance":4,"workspace_id":"310001","extra":null},"containers":[{"image":"host/vllm:1","port":7000,"script":"vllm serve /m",`+
		`"env":[{"name":"A","value":"1"},{"name":"B","value":"2"}],"own":true}],"storage":[{"mount_path":"/m/","oss":{"path":"oss://bucket/old/"}},{"mount_path":"/n","nfs":{"server":"h","path":"/"}}],`+
		`"cloud":{"computing":{"instances":[{"type":"ecs.gn7i-c16g1.4xlarge"}]}},"zeta":{"a":[1e2],"b":1.50}}`)

	raw, _, err = composed(t, values("from", path, "name", "mine", "replicas", "2", "command", "vllm serve /m --port 7000", "env", "A=9", "oss", "oss://bucket/new=/m", "startup-check", "tcp"))
	if err != nil {
		t.Fatal(err)
	}
	same(t, compact(t, raw), `{"metadata":{"name":"mine","instance":2,"workspace_id":"310001","extra":null},"containers":[{"image":"host/vllm:1","port":7000,"command":"vllm serve /m --port 7000",`+
		`"env":[{"name":"B","value":"2"},{"name":"A","value":"9"}],"startup_check":{"tcp_socket":{"port":7000}},"own":true}],"storage":[{"mount_path":"/n","nfs":{"server":"h","path":"/"}},`+
		`{"mount_path":"/m","oss":{"path":"oss://bucket/new/","readOnly":true}}],"cloud":{"computing":{"instances":[{"type":"ecs.gn7i-c16g1.4xlarge"}]}},"zeta":{"a":[1e2],"b":1.50}}`)

	// The file's own listeners stand unless a flag speaks of them.
	nlb := base(t, `{"networking": {"nlb": [{"id": "nlb-1", "listener_port": 80}, {"id": "nlb-2", "listener_port": 81}]}, "containers": [{"image": "host/x:1"}]}`)
	for flag, want := range map[string]string{"": `{"nlb":[{"id":"nlb-1","listener_port":80},{"id":"nlb-2","listener_port":81}]}`, "9000": `{"nlb":[{"id":"default","listener_port":9000,"netType":"intranet"}]}`} {
		v := values("from", nlb, "name", "abc", "instance-type", "ecs.c7.large")
		if flag != "" {
			v["nlb-port"] = []string{flag}
		}
		raw, _, err := composed(t, v)
		if err != nil || !strings.Contains(compact(t, raw), `"networking":`+want) {
			t.Errorf("%q: %v\n%s", flag, err, raw)
		}
	}

	// A template goes through unchanged.
	for _, p := range service.Patterns {
		raw, _, err := composed(t, values("from", base(t, string(p.Template()))))
		if err != nil || string(raw) != string(p.Template()) {
			t.Errorf("%s: %v\n%s", p.ID, err, raw)
		}
	}
}

// TestDerivedProblems: what the file says is checked like what a flag says, and the file is named.
func TestDerivedProblems(t *testing.T) {
	t.Parallel()
	path := base(t, `{"metadata": {"name": "My-Svc", "instance": 0}, "containers": [{"image": "https://x/y", "port": 8080}], "cloud": {"computing": {"instance_type": "x"}}}`)
	var got []string
	for _, p := range checkTogether(values("from", path), true) {
		if p.Where != path {
			t.Errorf("got %v", p)
		}
		flag, _, _ := strings.Cut(p.What, ":")
		got = append(got, flag)
	}
	same(t, got, []string{"name", "replicas", "image", "port", "instance-type"})
	// A flag in its place: nothing to complain about.
	if got := checkTogether(values("from", path, "name", "abc", "replicas", "1", "image", "host/x:1", "port", "1", "instance-type", "ecs.c7.large"), true); len(got) > 0 {
		t.Errorf("got %v", got)
	}
}

func TestComposeRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		flags []string
		want  string
	}{
		{[]string{"env", "NOT_SET_ANYWHERE"}, "--env NOT_SET_ANYWHERE: is not set in the environment"},
		{[]string{"set", "1"}, "yields number"}, {[]string{"set", "empty"}, "no result"}, {[]string{"set", ".,."}, "more than one result"}, {[]string{"set", `error("no")`}, "failed"},
		{[]string{"set", ".metadata.name.x = 1"}, "failed"}, {[]string{"set", ".a = nan"}, "no number of JSON"},
		{[]string{"oss", "oss://a/=/m", "oss", "oss://b/"}, "needs a mount path"},
		{[]string{"from", "nosuch.json"}, "no such file"},
	} {
		raw, _, err := composed(t, values(append([]string{"name", "abc", "image", "host/x:1", "instance-type", "ecs.c7.large"}, c.flags...)...))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: got %v, want %q\n%s", c.flags, err, c.want, raw)
		}
	}
}

// TestBuildValidates: whatever flags go together, the file they make breaks no rule.
func TestBuildValidates(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(7, 11))
	one := func(options ...string) string { return options[random.IntN(len(options))] }
	vpc := []string{"vpc-id", "vpc-1", "vswitch-id", "vsw-1,vsw-2", "security-group-id", "sg-1"}
	for i := range 3000 {
		v := []string{"name", "abc", "image", one("vllm", "sglang", "comfyui", "vllm gpu", "host-vpc.x/team/own:1", "tritonserver")}
		maybe := func(name string, options ...string) {
			if random.IntN(3) == 0 {
				v = append(v, name, one(options...))
			}
		}
		maybe("replicas", "1", "7", "10000")
		maybe("port", "1", "8000", "65535", "9000")
		maybe("env", "A=b", "HF_TOKEN", "A=", `X={"y":1}`)
		maybe("oss", "oss://bucket/", "oss://bucket/a b=c/"[:16]+"/", "oss://bucket/x=1/=/data:rw", "oss://bucket/x")
		maybe("nfs", "h.example:/=/nas", "h:/x=/n:rw")
		maybe("dataset", "d-1=/set", "d-1:v2=/set:rw")
		maybe("autoscaler", "min=1,max=4,qps=20", "min=0,max=1,cpu=50,memory=1.5", "min=2,max=2,gpu=90")
		maybe("startup-check", "none", "tcp", "http:/:1,delay=9", "exec:a b,timeout=3,period=4")
		maybe("liveness-check", "tcp:9", "http:/x", "none")
		maybe("health-check", "exec:'a b' c", "tcp,successes=2,failures=3")
		maybe("disk", "1G", "200Gi")
		maybe("shm-size", "1", "64")
		if random.IntN(4) == 0 {
			v = append(v, "resource", "eas-r-1")
			maybe("cpu", "1")
			maybe("memory", "1")
			maybe("gpu", "0", "1")
		} else {
			v = append(v, "instance-type", one("ecs.gn7i-c16g1.4xlarge", "ecs.gn8is.2xlarge"))
			maybe("instance-type", "ecs.gn6i-c4g1.xlarge")
		}
		switch kind := one("shared", "shared", "vpc", "gateway", "nlb", "own"); kind {
		case "vpc":
			v = append(v, vpc...)
		case "gateway":
			v = append(append(v, vpc...), "network", kind, "gateway-id", "gw-1")
		case "nlb":
			v = append(append(v, vpc...), "network", kind, "nlb-net", one("intranet", "internet"))
			maybe("nlb-port", "1", "9090")
		case "own":
			v = append(append(v, vpc...), "network", "nlb", "nlb-id", "nlb-1", "nlb-port", "1", "nlb-port", "2")
		}
		given := values(v...)
		if problems := checkTogether(given, true); len(problems) > 0 {
			t.Fatalf("%d: %v: %v", i, v, problems)
		}
		raw, _, err := composed(t, given)
		if err != nil {
			t.Fatalf("%d: %v: %v", i, v, err)
		}
		findings := service.Check(raw, service.Known{Name: "abc", Region: "cn-hangzhou"})
		if findings.Count(service.Error) > 0 {
			t.Fatalf("%d: %v\n%s%s", i, v, raw, fmt.Sprint(findings))
		}
	}
}

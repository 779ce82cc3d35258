package service

import (
	"encoding/json"
	"slices"
	"strconv"
	"testing"
)

func TestPatternOf(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		facts Facts
		want  string
	}{
		{Facts{}, "P6"},
		{Facts{Family: "vllm"}, "P1"},
		{Facts{Family: "sglang"}, "P4"},
		{Facts{Family: "comfyui"}, "P5"},
		{Facts{Family: "stable-diffusion"}, "P6"},
		{Facts{Network: "shared"}, "P6"},
		{Facts{Family: "vllm", Network: "shared"}, "P1"},
		{Facts{Family: "vllm", Autoscaler: true}, "P2"},
		{Facts{Family: "sglang", Autoscaler: true}, "P2"},
		{Facts{Autoscaler: true}, "P2"},
		{Facts{Family: "vllm", Network: "nlb"}, "P3"},
		{Facts{Family: "comfyui", Network: "nlb", Autoscaler: true}, "P3"},
		{Facts{Family: "vllm", Network: "gateway"}, "P8"},
		{Facts{Network: "gateway", Autoscaler: true}, "P8"},
		{Facts{Family: "vllm", Resource: true}, "P7"},
		{Facts{Resource: true, Network: "gateway", Autoscaler: true, Family: "sglang"}, "P7"},
		{Facts{Resource: true, Network: "nlb"}, "P7"},
	} {
		if got := PatternOf(c.facts); got.ID != c.want {
			t.Errorf("%+v: got %s, want %s", c.facts, got.ID, c.want)
		}
	}
}

func TestPatternByID(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{"P1": "P1", "p8": "P8", "P9": "", "P0": "", "": "", "1": "", "P1 ": "", "P11": ""} {
		if got, ok := PatternByID(id); got.ID != want || ok != (want != "") {
			t.Errorf("%q: got %q, %t; want %q", id, got.ID, ok, want)
		}
	}
}

// TestPatterns: eight of them, in order, and no rule objects to any.
func TestPatterns(t *testing.T) {
	t.Parallel()
	if len(Patterns) != 8 {
		t.Errorf("got %d patterns", len(Patterns))
	}
	for i, p := range Patterns {
		if p.ID != "P"+strconv.Itoa(i+1) || p.Summary == "" || p.Mount == "" || len(p.Flags)%2 != 0 {
			t.Errorf("got %+v", p)
		}
		raw := p.Template()
		if !json.Valid(raw) || raw[len(raw)-1] != '\n' {
			t.Errorf("%s: got %s", p.ID, raw)
		}
		if all := Check(raw, Known{Region: "cn-hangzhou"}); len(all) > 0 {
			t.Errorf("%s: got %q", p.ID, told(all))
		}
	}
}

// TestTemplates: what the rules' source says of each pattern.
func TestTemplates(t *testing.T) {
	t.Parallel()
	for id, c := range map[string]struct {
		family  string
		startup bool
		network string
		vpc     bool
		scaler  bool
	}{
		"P1": {family: "vllm", startup: true}, "P2": {family: "vllm", scaler: true}, "P3": {family: "vllm", network: "nlb", vpc: true}, "P4": {family: "sglang", startup: true},
		"P5": {family: "comfyui", startup: true}, "P6": {}, "P7": {family: "vllm"}, "P8": {family: "vllm", network: "gateway", vpc: true},
	} {
		p, _ := PatternByID(id)
		root, _ := Parse(p.Template())
		f := &File{Root: root}
		one := f.containers()[0]
		dedicated := root.Get("metadata", "resource") != nil
		if f.family().Name != c.family || one.Get("startup_check") != nil != c.startup || f.hasVPC() != c.vpc || root.Get("autoscaler") != nil != c.scaler ||
			root.Get("networking") != nil != (c.network != "") || c.network != "" && root.Get("networking", c.network) == nil ||
			dedicated != (id == "P7") || root.Get("cloud", "computing") == nil != dedicated || root.Get("storage") == nil {
			t.Errorf("%s: got %s", id, p.Template())
		}
		if dir := f.mountPaths()[0].Text; dir != p.Mount {
			t.Errorf("%s: mounted at %s, not %s", id, dir, p.Mount)
		}
		// The template follows its own pattern.
		facts := Facts{Family: c.family, Network: c.network, Resource: dedicated, Autoscaler: c.scaler}
		if got := PatternOf(facts); got.ID != id {
			t.Errorf("%s: follows %s", id, got.ID)
		}
	}
}

func TestMountPathProblem(t *testing.T) {
	t.Parallel()
	const plain, below = "is not a plain directory below /", ", which belongs to the system"
	for dir, want := range map[string]string{
		"/model_dir": "", "/model_dir/": "", "/a/b c": "", "/...": "", "/rooted": "", "/root": "", "/var/x": "", "/binary": "", "/libs": "", "/lib32": "", "/mnt": "", "/home/x": "", "/opt": "", "/devices": "",
		"": "is not absolute", "a": "is not absolute", "./a": "is not absolute", "a/": "is not absolute", " /a": "is not absolute", "~": "is not absolute", "oss://b/": "is not absolute",
		"/": plain, "//": plain, "/.": plain, "/..": plain, "/a/..": plain, "/a/../b": plain, "/a//b": plain, "/a/./b": plain, "//a": plain, "/a//": plain,
		"/a\nb": "holds control characters", "/a\t": "holds control characters",
		"/dev/shm": "is shared memory: metadata.shm_size sets its size", "/dev/shm/x": "is shared memory: metadata.shm_size sets its size",
		"/bin": "lies in /bin" + below, "/boot": "lies in /boot" + below, "/dev": "lies in /dev" + below, "/dev/shmx": "lies in /dev" + below, "/etc/": "lies in /etc" + below, "/lib/x": "lies in /lib" + below, "/lib64": "lies in /lib64" + below,
		"/proc": "lies in /proc" + below, "/run": "lies in /run" + below, "/sbin": "lies in /sbin" + below, "/sys": "lies in /sys" + below, "/usr/local/a": "lies in /usr" + below,
	} {
		if got := MountPathProblem(dir); got != want {
			t.Errorf("%q: got %q, want %q", dir, got, want)
		}
	}
}

func TestOSSPathProblem(t *testing.T) {
	t.Parallel()
	const up, empty, blank = "holds ..", "holds an empty directory name (//)", "holds a blank or a ?"
	for uri, want := range map[string]string{
		"oss://b/": "", "oss://b/p/": "", "oss://b/p/q/": "", "oss://b": "", "oss://": "", "oss://b/a..b/": "", "oss://b/.../": "", "oss://b/ü/": "", "oss://b/.hidden/": "",
		"oss://b/../": up, "oss://b/p/..": up, "oss://b/..//": up,
		"oss://b//": empty, "oss://b/p//": empty, "oss://b/p//q/": empty, "oss:////": empty,
		"oss://b/a b/": blank, "oss://b/?": blank, "oss://b/a\n/": blank, "oss://b/\t/": blank, "oss://b/a\r/": blank,
	} {
		if got := OSSPathProblem(uri); got != want {
			t.Errorf("%q: got %q, want %q", uri, got, want)
		}
	}
}

func TestBucket(t *testing.T) {
	t.Parallel()
	for uri, want := range map[string]string{"oss://b/p/": "b", "oss://b": "b", "oss://": "", "oss:///p/": "", "": "", "b/p/": "b", "oss://b.oss-cn-hangzhou.aliyuncs.com/p/": "b.oss-cn-hangzhou.aliyuncs.com"} {
		if got := Bucket(uri); got != want {
			t.Errorf("%q: got %q, want %q", uri, got, want)
		}
	}
}

func TestWithin(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		parent, dir string
		want        bool
	}{
		{"/a", "/a", true}, {"/a", "/a/", true}, {"/a/", "/a", true}, {"/a", "/a/b", true}, {"/a/", "/a/b/c", true}, {"/", "/a", true}, {"/", "/", true},
		{"/a", "/ab", false}, {"/data", "/database", false}, {"/a/b", "/a", false}, {"/a", "/b/a", false}, {"/a", "a", false}, {"/a", "", false}, {"/a", "/", false},
	} {
		if got := Within(c.parent, c.dir); got != c.want {
			t.Errorf("%q in %q: got %t", c.dir, c.parent, got)
		}
	}
}

func TestSecretName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"SECRET": true, "MY_SECRET": true, "my_secrets": true, "HF_TOKEN": true, "TOKEN": true, "DB_PASSWORD": true, "db_passwd": true, "ALIBABA_CLOUD_ACCESS_KEY_ID": true, "ALIBABA_CLOUD_ACCESS_KEY_SECRET": true,
		"OPENAI_API_KEY": true, "APIKEY": true, "ACCESSKEY": true, "Access_Key": true,
		"": false, "A": false, "MODEL": false, "MAX_TOKENS": false, "TOKENIZERS_PARALLELISM": false, "KEY": false, "PASS": false, "ACCESS": false,
	} {
		if got := SecretName(name); got != want {
			t.Errorf("%q: got %t", name, got)
		}
	}
}

// TestSecretNameInside: rule R37 is about names that contain these words, however they are joined.
func TestSecretNameInside(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"PGPASSWORD", "MYSQLPASSWORD", "accessKeySecret", "OSS_ACCESSKEYSECRET", "AWSSECRET", "GITHUBTOKEN", "SECRETKEY"} {
		if !SecretName(name) {
			t.Errorf("%s is not taken for a secret, because only whole words between underscores are", name)
		}
	}
}

func TestPortsOf(t *testing.T) {
	t.Parallel()
	for command, want := range map[string][]int{
		"": nil, "x": nil, "x --port": nil, "x --port a": nil, "x --port=": nil, "x --ports 1": nil, "x -p 1": nil, "x --Port 1": nil, "x '--port 1'": nil, "x --port $PORT": nil,
		"x --port 8000": {8000}, "x --port=8000": {8000}, "--port 1": {1}, "x --server_port=8000": {8000}, "x --server-port 8000": {8000}, `x --port "8000"`: {8000},
		"x --port 1 --port=2": {1, 2}, "x --server_port 2 --port 1": {2, 1}, "x  --port \t 8000\n": {8000},
		// No shell could read it: at the blanks.
		"x 'a --port 8000": {8000},
	} {
		if got := PortsOf(command); !slices.Equal(got, want) {
			t.Errorf("%q: got %v, want %v", command, got, want)
		}
	}
}

func TestFetches(t *testing.T) {
	t.Parallel()
	for command, want := range map[string]string{
		"": "", "vllm serve /model_dir": "", "curling": "", "wget": "", "pip freeze": "", "git status": "", "python clone.py": "",
		"pip install x": "pip install", "pip3 install x": "pip3 install", "python -m pip install x": "pip install", "apt install x": "apt install", "apt-get update": "apt-get", "yum install x": "yum install", "apk add x": "apk add",
		"npm install": "npm install", "git clone x": "git clone", "curl x": "curl", "a; wget x": "wget", "huggingface-cli download x": "huggingface-cli", "x https://huggingface.co/y": "huggingface.co",
		"python -c 'snapshot_download()'": "snapshot_download", "modelscope download x": "modelscope download",
	} {
		if got := Fetches(command); got != want {
			t.Errorf("%q: got %q, want %q", command, got, want)
		}
	}
}

func TestPlaceholder(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]bool{
		"<x>": true, "<workspace_id>": true, "<a b>": true, "<>": true, "<ä>": true, "{x}": true, "{}": true, "{a.b-c d}": true, "null": true, "undefined": true, "***": true, "vpc-bp1*****": true, "a***b": true,
		"": false, "x": false, "<x": false, "x>": false, "<a><b>": false, "a <b>": false, "<b> a": false, "{x} y": false, `{"a": 1}`: false, "{a}{b}": false, "**": false, "Null": false, "nullable": false, "NULL": false, " null": false,
	} {
		if got := Placeholder(s); got != want {
			t.Errorf("%q: got %t", s, got)
		}
	}
}

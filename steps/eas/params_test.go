package eas

import (
	"slices"
	"strings"
	"testing"

	"aligate/steps"
)

func param(t *testing.T, name string) steps.Param {
	t.Helper()
	i := slices.IndexFunc(Workflow.Params, func(p steps.Param) bool { return p.Name == name })
	if i < 0 {
		t.Fatalf("no parameter %q", name)
	}
	return Workflow.Params[i]
}

// TestParamChecks goes through the table, so that a check at the wrong row is noticed.
func TestParamChecks(t *testing.T) {
	t.Parallel()
	long := func(n int) string { return strings.Repeat("a", n) }
	for _, c := range []struct {
		param string
		good  []string
		// bad are values and a fragment of what is said about them, in turns.
		bad []string
	}{
		{
			param: "region",
			good:  append([]string{"cn-newregion", "cn-x", "cn-asia-1", "us-east-9", "me-central-1", "cn-north-2-gov-1", "eu-west-1a"}, knownRegions...),
			bad: []string{
				"", "is not a region", "cn", "is not a region", "cn-", "is not a region", "-hangzhou", "is not a region", "hangzhou", "is not a region",
				"CN-HANGZHOU", "is not a region", "cn-Hangzhou", "is not a region", "cn_hangzhou", "is not a region", "cn-1", "is not a region", "cn-1-hangzhou", "is not a region",
				"cn--hangzhou", "is not a region", "cn-hang--zhou", "is not a region", "cn-hangzhou-", "is not a region", "chn-hangzhou", "is not a region", "c-hangzhou", "is not a region",
				"c1-hangzhou", "is not a region", "cn-hang zhou", "is not a region", "cn-hangzhou/..", "is not a region", "cn.hangzhou", "is not a region", "cn-hángzhou", "is not a region",
			},
		},
		{
			param: "name",
			good:  []string{"abc", "qwen_demo", "123", "___", "a_1", "skill_qwen_482917", long(63)},
			bad: []string{
				"", "0 characters", "ab", "2 characters long; 3 to 63", long(64), "64 characters long; 3 to 63",
				"my-svc", `holds a hyphen`, "my-svc", `e.g. "my_svc"`, "My-Svc", `e.g. "my_svc"`, "a-b", "holds a hyphen", long(62) + "-", "holds a hyphen",
				"Qwen", "only lower case", "QWEN", "only lower case", "qwen.demo", "only lower case", "qwen demo", "only lower case", "qwen/demo", "only lower case",
				"../etc", "only lower case", "qwén", "only lower case", "qwen\x00", "only lower case", "名前_1", "only lower case",
			},
		},
		{
			param: "name-prefix",
			good:  []string{"a", "skill_qwen_", "1", "_", long(57)}, // with six digits 63
			bad:   []string{"", "1 to 57", long(58), "1 to 57", "my-", "1 to 57", "Qwen_", "1 to 57", "a b", "1 to 57", "é", "1 to 57"},
		},
		{
			param: "name-suffix",
			good:  []string{"000000", "482917", "999999"},
			bad:   []string{"", "six digits", "48291", "six digits", "4829171", "six digits", "48291a", "six digits", "-48291", "six digits", "４８２９１７", "six digits", "1e5000", "six digits"},
		},
		{
			param: "workspace-id",
			good:  []string{"310001", "auto", "ws-1_A", "1", long(64)},
			bad: []string{
				"", "is not a workspace id", "../310001", "is not a workspace id", "310001/..", "is not a workspace id", "31 0001", "is not a workspace id",
				"31.0001", "is not a workspace id", "310001?x=1", "is not a workspace id", long(65), "is not a workspace id", "é", "is not a workspace id",
			},
		},
		{
			param: "image",
			good: []string{
				"vllm", "sglang gpu", "vllm:0.14.0", "host/repo", "host:5000/repo:tag", "host/repo@sha256:0123",
				"eas-registry-vpc.cn-hangzhou.cr.aliyuncs.com/pai-eas/vllm:0.14.0-gpu",
			},
			bad: []string{
				"https://host/repo:tag", "has no scheme", "docker://vllm", "has no scheme", "host/repo tag", "no blanks", " host/repo", "no blanks", "host/repo\ttag", "no blanks",
				"", "is blank", " ", "is blank", "\t", "is blank",
			},
		},
		{
			param: "instance-type",
			good:  []string{"ecs.gn7i-c16g1.4xlarge", "ml.gu7i.c16m60.1-gu30", "ecs.c7.large", "ecs.c7", "ecs.c", "ecs.gn8is-8x.32xlarge", "ecs.G7"},
			bad: []string{
				"", "is not an instance type", "gn7i", "is not an instance type", "ecs.", "is not an instance type", ".c7", "is not an instance type", "e.c7", "is not an instance type",
				"ecs..c7", "is not an instance type", "ecs.-c7", "is not an instance type", "ECS.c7", "is not an instance type", "ecs.c7 large", "is not an instance type",
				"ecs.c7/../x", "is not an instance type", "../ecs.c7", "is not an instance type", "ecs.c7,ecs.c8", "is not an instance type", "ecs." + long(64), "is not an instance type",
			},
		},
		{
			param: "replicas",
			good:  []string{"1", "2", "10000"},
			bad: []string{
				"0", "from 1 to 10000", "-1", "from 1 to 10000", "1.5", "from 1 to 10000", "1.0", "from 1 to 10000", "10001", "from 1 to 10000", "", "from 1 to 10000",
				"two", "from 1 to 10000", "1e2", "from 1 to 10000", "0x2", "from 1 to 10000", " 2", "from 1 to 10000", "99999999999999999999", "from 1 to 10000",
			},
		},
		{
			param: "port",
			good:  []string{"1", "80", "8000", "8079", "8081", "9089", "9091", "65535"},
			bad: []string{
				"0", "from 1 to 65535", "65536", "from 1 to 65535", "-1", "from 1 to 65535", "http", "from 1 to 65535", "8000.0", "from 1 to 65535", "", "from 1 to 65535", "80 00", "from 1 to 65535",
				"8080", "8080 is reserved", "9090", "9090 is reserved",
			},
		},
		{
			param: "oss",
			good:  []string{"oss://bucket", "oss://bucket/", "oss://my-bucket/qwen/", "oss://my-bucket/qwen/=/data"},
			bad:   []string{"", "oss://", "bucket/qwen/", "does not begin with oss://", "oss://", "not a bucket name", "oss://b/../x/", "holds ..", "oss://b/x/=data", "not absolute"},
		},
		{param: "nfs", good: []string{"0a1b2-xyz.cn-hangzhou.nas.aliyuncs.com:/models", "10.0.0.1:/=/data", "h:/a=/data:rw"}, bad: []string{"h", "is not SERVER:/path", ":/a", "is not SERVER", "h:a", "is not SERVER", "-h:/a", "is not SERVER", "h:/a=/etc", "belongs to the system"}},
		{param: "dataset", good: []string{"d-abc123", "d-abc123:v1=/data", "d-abc:1=/x:ro"}, bad: []string{"abc", "not the id of a dataset", "d-", "not the id", "d-a:=/x", "not the id", "d-a=/x:rx", `"rx" behind the mount path is not rw or ro`}},
		{param: "autoscaler", good: []string{"min=1,max=4,qps=20", "max=1,min=0,cpu=70.5,memory=80", " min=1, max=2, gpu=5"},
			bad: []string{"", "write min=N", "min=1,max=4", "a metric is needed", "qps=20", "min and max are both needed", "min=5,max=4,qps=1", "min 5 is above max 4", "min=1,max=0,qps=1", "not a number of instances",
				"min=1,min=1,max=2,qps=1", "given twice", "min=1,max=2,qps=0", "not a number above 0", "min=1,max=2,qps=nan", "not a number above 0", "min=1,max=2,latency=1", `"latency" is not one of`, "min=-1,max=2,qps=1", "not a number of instances"}},
		{param: "startup-check", good: []string{"none", "http:/health", "http:/health:8000,delay=120,period=10,failures=30", "tcp", "tcp:8000", "exec:test -f /x"},
			bad: []string{"", "write http:", "http:health", "does not begin with /", "http:/h:8080", "reserved", "tcp:x", "is not a port", "exec:", "needs a command", "exec:'x", "cannot be split", "tcp,delay=-1", "from 0 up", "tcp,period=0", "from 1 up", "tcp,foo=1", "is not one of"}},
		{param: "liveness-check", good: []string{"tcp"}, bad: []string{"grpc:1", "write http:"}},
		{param: "health-check", good: []string{"tcp"}, bad: []string{"grpc:1", "write http:"}},
		{param: "env", good: []string{"A=b", "A=", "HF_HOME=/x=y", "TOKENIZERS_PARALLELISM=false", "HF_TOKEN", "_x=1"},
			bad: []string{"", "is not NAME=VALUE", "1A=b", "is not NAME=VALUE", "a-b=c", "is not NAME=VALUE", "=x", "is not NAME=VALUE", "HF_TOKEN=hush", "write --env HF_TOKEN", "api_key=hush", "write --env api_key"}},
		{param: "disk", good: []string{"100Gi", "1G"}, bad: []string{"100", "is not a size", "0Gi", "is not a size", "100GB", "is not a size", "-1Gi", "is not a size", "1.5Gi", "is not a size", "100i", "is not a size"}},
		{param: "shm-size", good: []string{"1"}, bad: []string{"0", "whole number"}},
		{param: "cpu", good: []string{"1"}, bad: []string{"0", "whole number"}},
		{param: "memory", good: []string{"61440"}, bad: []string{"0", "whole number", "60Gi", "whole number"}},
		{param: "gpu", good: []string{"0", "8"}, bad: []string{"-1", "whole number"}},
		{param: "network", good: []string{"shared", "gateway", "nlb"}, bad: []string{"", "not one of shared, gateway, nlb", "Shared", "not one of", "vpc", "not one of", "shared ", "not one of"}},
		{param: "resource", good: []string{"eas-r-abc123", "dedicated"}, bad: []string{"default", "not the id of a dedicated resource group", "eas-r-", "not the id", "eas-r-a-b", "not the id"}},
		{param: "gateway-id", good: []string{"gw-1"}, bad: []string{"gw-", "is not an id such as gw-", "1", "is not an id", "gw-1/../2", "is not an id"}},
		{param: "nlb-id", good: []string{"default", "nlb-1"}, bad: []string{"", "is not an id", "lb-1", "is not an id"}},
		{param: "nlb-port", good: []string{"1", "9090"}, bad: []string{"8080", "is reserved", "0", "whole number"}},
		{param: "nlb-net", good: []string{"intranet", "internet"}, bad: []string{"both", "not one of"}},
		{param: "vpc-id", good: []string{"vpc-1"}, bad: []string{"vpc1", "is not an id such as vpc-"}},
		{param: "vswitch-id", good: []string{"vsw-1", "vsw-1,vsw-2", "vsw-zone-a, vsw-zone-b"}, bad: []string{"", "is not an id", "vsw-1,", "is not an id", "vsw-1,vsw-1", "named twice", "vsw-1 vsw-2", "is not an id"}},
		{param: "security-group-id", good: []string{"sg-1"}, bad: []string{"sg", "is not an id such as sg-"}},
		{param: "pattern", good: []string{"P1", "p8"}, bad: []string{"P9", "is not one of P1 to P8", "", "is not one of"}},
		{param: "from", bad: []string{"no-such-file.json", "no-such-file.json: no such file", ".", "is a directory"}},
		{param: "set", good: []string{".", ".a = 1", ".metadata.instance |= . + 1"}, bad: []string{"", "is no jq expression", ".a = ", "is no jq expression", "nosuch(1)", "is no jq expression", "$x", "is no jq expression"}},
		{param: "allow", good: []string{"R1", "R3,R24", "R3.upstream", "R90, R89"}, bad: []string{"R0", `"R0" is not a rule`, "R91", "not a rule", "", "not a rule", "R4.upstream", "not a rule", "r3", "not a rule"}},
	} {
		t.Run(c.param, func(t *testing.T) {
			t.Parallel()
			check := param(t, c.param).Check
			if check == nil {
				t.Fatal("got no check")
			}
			for _, value := range c.good {
				if err := check(value); err != nil {
					t.Errorf("%q: got %v, want no error", value, err)
				}
			}
			for i := 0; i < len(c.bad); i += 2 {
				value, fragment := c.bad[i], c.bad[i+1]
				if err := check(value); err == nil || !strings.Contains(err.Error(), fragment) {
					t.Errorf("%q: got %v, want an error with %q", value, err, fragment)
				}
			}
		})
	}
}

func TestParamTable(t *testing.T) {
	t.Parallel()
	var required, repeated, switches []string
	defaults := map[string]string{}
	for _, p := range params {
		if p.Required {
			required = append(required, p.Name)
		}
		if p.Repeat {
			repeated = append(repeated, p.Name)
		}
		if p.Bool {
			switches = append(switches, p.Name)
		}
		if p.Default != "" {
			defaults[p.Name] = p.Default
			// The check is called for remembered values, which may be the default itself.
			if p.Check != nil && p.Check(p.Default) != nil {
				t.Errorf("--%s: the default %q is rejected", p.Name, p.Default)
			}
		}
	}
	same(t, required, []string{"region"})
	same(t, repeated, []string{"instance-type", "env", "oss", "nfs", "dataset", "nlb-port", "set", "allow"})
	same(t, switches, []string{"no-nlb-fallback", "allow-unlisted-image", "keep-region", "redact-token"})
	same(t, defaults, map[string]string{})
}

func TestCheckTogether(t *testing.T) {
	t.Parallel()
	problem := func(where, what string) steps.Problem { return steps.Problem{Where: where, What: what} }
	both := problem("--name", "cannot stand beside --name-prefix")
	neither := problem("--name", "is required, or --name-prefix")
	suffix := problem("--name-suffix", "needs --name-prefix")
	// All that a run needs besides its name.
	whole := func(pairs ...string) steps.Values {
		return values(append([]string{"image", "x", "instance-type", "ecs.c7.large"}, pairs...)...)
	}
	vpc := []string{"vpc-id", "vpc-1", "vswitch-id", "vsw-1,vsw-2", "security-group-id", "sg-1"}
	for _, c := range []struct {
		values   steps.Values
		complete bool
		want     []steps.Problem
	}{
		{given(), false, nil},
		{values(), true, []steps.Problem{neither, problem("--image", "is required"), problem("--instance-type", "is required")}},
		{whole(), true, []steps.Problem{neither}},
		{whole("name", "abc"), true, nil},
		{whole("name-prefix", "p_"), true, nil},
		{whole("name-prefix", "p_", "name-suffix", "123456"), true, nil},
		{given("name", "abc", "name-prefix", "p_"), false, []steps.Problem{both}},
		{whole("name", "abc", "name-prefix", "p_"), true, []steps.Problem{both}},
		{given("name-suffix", "123456"), false, []steps.Problem{suffix}},
		{whole("name-suffix", "123456"), true, []steps.Problem{neither, suffix}},
		{whole("name", "abc", "name-suffix", "123456"), true, []steps.Problem{suffix}},
		// An empty name was given: that it is empty is said elsewhere, and once.
		{whole("name", ""), true, nil},
		{whole("name", "abc", "oss", "oss://a/", "oss", "oss://b/"), true,
			[]steps.Problem{problem("--oss", `"oss://b/" needs a mount path: only the first has a default, write oss://b/=/dir`)}},
		{whole("name", "abc", "oss", "oss://a/=/m", "nfs", "h:/x=/m/x"), true, []steps.Problem{problem("--oss", "mount paths /m and /m/x overlap")}},
		// All at once.
		{whole("name", "abc", "name-prefix", "p_", "oss", "oss://a/=/m", "oss", "oss://b/=/m"), true, []steps.Problem{both, problem("--oss", "mount paths /m and /m overlap")}},

		// Where it runs.
		{values("name", "abc", "image", "x", "resource", "eas-r-1", "cpu", "4"), true, nil},
		{whole("name", "abc", "resource", "eas-r-1"), true, []steps.Problem{problem("--instance-type", "cannot stand beside --resource: a dedicated resource group has its own instances")}},
		{whole("name", "abc", "memory", "4"), true, []steps.Problem{problem("--memory", "needs --resource: an instance type has its own")}},

		// How it is reached.
		{whole(append(vpc, "name", "abc")...), true, nil},
		{whole(append(vpc, "name", "abc", "network", "nlb", "nlb-port", "9000")...), true, nil},
		{whole(append(vpc, "name", "abc", "network", "gateway", "gateway-id", "gw-1")...), true, nil},
		// What is not given is looked up, if it is clear where.
		{whole("name", "abc", "vpc-id", "vpc-1"), true, nil},
		{whole("name", "abc", "network", "gateway"), true, nil},
		{whole("name", "abc", "network", "nlb", "vswitch-id", "vsw-1,vsw-2"), true, nil},
		{whole("name", "abc", "vswitch-id", "vsw-1", "security-group-id", "sg-1"), true, []steps.Problem{problem("--vswitch-id", "needs --vpc-id"), problem("--security-group-id", "needs --vpc-id")}},
		{whole("name", "abc", "network", "nlb", "nlb-id", "nlb-1", "nlb-net", "internet"), true, []steps.Problem{problem("--nlb-net", "is that of the system's NLB; nlb-1 has its own")}},
		{whole("name", "abc", "no-nlb-fallback", "true"), true, []steps.Problem{problem("--no-nlb-fallback", "needs --network nlb")}},
		{whole(append(vpc, "name", "abc", "nlb-port", "1", "gateway-id", "gw-1")...), true,
			[]steps.Problem{problem("--gateway-id", "needs --network gateway"), problem("--nlb-port", "needs --network nlb")}},
		// A pattern brings its image and its network.
		{values(append(vpc, "name", "abc", "pattern", "p3", "instance-type", "ecs.gn7i-c16g1.4xlarge")...), true, nil},
		{values("name", "abc", "pattern", "P6", "instance-type", "ecs.c7.large"), true, []steps.Problem{problem("--image", "is required")}},
	} {
		same(t, checkTogether(c.values, c.complete), c.want)
	}
}

func TestMadeOf(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		s, allowed  string
		least, most int
		want        bool
	}{
		{"abc", "a", 3, 3, true}, {"abc", "a", 4, 9, false}, {"abc", "a", 1, 2, false}, {"", "a", 0, 1, true},
		{"zZ9", "aA0", 1, 9, true}, {"zZ9", "a0", 1, 9, false}, {"zZ9", "aA", 1, 9, false}, {"b", "A", 1, 9, false},
		{"a.b", "a.", 1, 9, true}, {"a.b", "a-", 1, 9, false}, {"é", "aA0", 1, 9, false}, {"\xff", "aA0", 1, 9, false},
	} {
		if got := madeOf(c.s, c.allowed, c.least, c.most); got != c.want {
			t.Errorf("madeOf(%q, %q, %d, %d): got %t", c.s, c.allowed, c.least, c.most, got)
		}
	}
}

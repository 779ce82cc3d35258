package eas

import (
	"errors"
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
			bad:   []string{"", "oss://", "bucket/qwen/", "does not begin with oss://", "oss://", "not a bucket name", "oss://b/../x/", "may not hold", "oss://b/x/=data", "not absolute"},
		},
		{
			param: "network",
			good:  []string{"shared"},
			bad: []string{
				"gateway", `"gateway" is not built yet`, "nlb", `"nlb" is not built yet`,
				"", "not one of shared, gateway, nlb", "Shared", "not one of", "vpc", "not one of", "shared ", "not one of",
			},
		},
		{param: "resource", bad: []string{"dedicated", "not built yet", "eas-r-abc", "not built yet"}},
		{param: "gateway-id", bad: []string{"gw-1", "not built yet"}},
		{param: "nlb-id", bad: []string{"default", "not built yet"}},
		{param: "nlb-port", bad: []string{"9000", "not built yet"}},
		{param: "nlb-net", bad: []string{"intranet", "not built yet"}},
		{param: "vpc-id", bad: []string{"vpc-1", "not built yet"}},
		{param: "vswitch-id", bad: []string{"vsw-1,vsw-2", "not built yet"}},
		{param: "security-group-id", bad: []string{"sg-1", "not built yet"}},
		{param: "no-nlb-fallback", bad: []string{"true", "not built yet"}},
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

func TestNotBuilt(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"network", "resource"} {
		if err := param(t, name).Check("nlb"); !errors.Is(err, errNotBuilt) {
			t.Errorf("--%s nlb: got %v, want %v", name, err, errNotBuilt)
		}
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
	same(t, required, []string{"region", "image", "instance-type"})
	same(t, repeated, []string{"oss"})
	same(t, switches, []string{"allow-unlisted-image", "keep-region", "redact-token", "no-nlb-fallback"})
	same(t, defaults, map[string]string{"replicas": "1", "port": "8000", "network": "shared"})
}

func TestCheckTogether(t *testing.T) {
	t.Parallel()
	both := steps.Problem{Where: "--name", What: "cannot stand beside --name-prefix"}
	neither := steps.Problem{Where: "--name", What: "is required, or --name-prefix"}
	suffix := steps.Problem{Where: "--name-suffix", What: "needs --name-prefix"}
	for _, c := range []struct {
		values   steps.Values
		complete bool
		want     []steps.Problem
	}{
		{given(), false, nil},
		{given(), true, []steps.Problem{neither}},
		{given("name", "abc"), true, nil},
		{given("name-prefix", "p_"), true, nil},
		{given("name-prefix", "p_", "name-suffix", "123456"), true, nil},
		{given("name", "abc", "name-prefix", "p_"), false, []steps.Problem{both}},
		{given("name", "abc", "name-prefix", "p_"), true, []steps.Problem{both}},
		{given("name-suffix", "123456"), false, []steps.Problem{suffix}},
		{given("name-suffix", "123456"), true, []steps.Problem{neither, suffix}},
		{given("name", "abc", "name-suffix", "123456"), true, []steps.Problem{suffix}},
		// An empty name was given: that it is empty is said elsewhere, and once.
		{steps.Values{"name": {""}}, true, nil},
		{given("name", "abc", "oss", "oss://a/", "oss", "oss://b/"), true,
			[]steps.Problem{{Where: "--oss", What: `"oss://b/" needs a mount path: only the first has a default, write oss://b/=/dir`}}},
		{given("name", "abc", "oss", "oss://a/=/m", "oss", "oss://b/=/m/x"), true, []steps.Problem{{Where: "--oss", What: "mount paths /m and /m/x overlap"}}},
		// All at once.
		{given("name", "abc", "name-prefix", "p_", "oss", "oss://a/=/m", "oss", "oss://b/=/m"), true, []steps.Problem{both, {Where: "--oss", What: "mount paths /m and /m overlap"}}},
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

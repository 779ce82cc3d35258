package service

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/itchyny/gojq"

	"aligate/steps/eas/catalog"
)

// edited is the template of the pattern called id after a jq expression.
func edited(t testing.TB, id, expression string) []byte {
	t.Helper()
	p, ok := PatternByID(id)
	if !ok {
		t.Fatalf("no pattern %q", id)
	}
	if expression == "" {
		return p.Template()
	}
	query, err := gojq.Parse(expression)
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	var doc any
	if err := json.Unmarshal(p.Template(), &doc); err != nil {
		t.Fatal(err)
	}
	value, ok := query.Run(doc).Next()
	if err, bad := value.(error); bad || !ok {
		t.Fatalf("%s: %v, %t", expression, err, ok)
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(value); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// told is what findings are about: rule, severity and path.
func told(all Findings) []string {
	out := []string{}
	for _, f := range all {
		out = append(out, fmt.Sprintf("%s %s %s", f.Rule, f.Severity, f.Path))
	}
	slices.Sort(out)
	return out
}

// listed splits what a case wants to find.
func listed(want string) []string {
	out := []string{}
	for item := range strings.SplitSeq(want, ",") {
		if item = strings.TrimSpace(item); item != "" {
			out = append(out, item)
		}
	}
	slices.Sort(out)
	return out
}

const (
	vpcRegistry = "registry-vpc.cn-hangzhou.aliyuncs.com/example/"
	easRegistry = "eas-registry-vpc.cn-hangzhou.cr.aliyuncs.com/pai-eas/"
)

var (
	digest     = "@sha256:" + strings.Repeat("0a", 32)
	someImages = []catalog.Image{{ImageURI: easRegistry + "vllm:0.14.0-gpu"}, {ImageURI: easRegistry + "labelled:1", Labels: []catalog.Label{{Key: "system.chipType", Value: "PPU"}}}}
	someTypes  = []catalog.Type{{InstanceType: catalog.Favourite, CPU: "16", GPU: "1", Available: true, Chip: "GPU"}, {InstanceType: "ecs.gn6v-c8g1.2xlarge", CPU: "8", GPU: "1", Stock: "NoStock", Chip: "GPU"},
		{InstanceType: "ecs.odd.large", CPU: "2", GPU: "0", Available: true, Chip: "CPU"}}
)

// ruleCase is a document and all that is found in it: the template of a pattern after a jq expression and a
// replacement in its text, or raw.
type ruleCase struct {
	rule  string // the rule that the case is about; it is silent if it is not in want
	base  string // P1 if empty
	edit  string
	old   string
	new   string
	raw   string
	known Known
	want  string // "R9 error $.metadata.name, ..."
	// defect says why the package does not do this yet: the case is skipped until it holds.
	defect string
}

func (c ruleCase) name() string {
	return fmt.Sprintf("%s %s %.60s%.60s%.60s", c.rule, c.base, c.edit, c.new, c.raw)
}

func (c ruleCase) doc(t testing.TB) []byte {
	t.Helper()
	if c.raw != "" {
		return []byte(c.raw)
	}
	base := c.base
	if base == "" {
		base = "P1"
	}
	raw := edited(t, base, c.edit)
	if c.old == "" {
		return raw
	}
	if bytes.Count(raw, []byte(c.old)) != 1 {
		t.Fatalf("%q does not stand in the file once", c.old)
	}
	return bytes.Replace(raw, []byte(c.old), []byte(c.new), 1)
}

const (
	probe8000 = `{tcp_socket: {port: 8000}}`
	noVPC     = "R17 error $.cloud.computing"
)

var ruleCases = []ruleCase{
	// R1: more in parse_test.go.
	{rule: "R1", raw: `{"metadata":{},"metadata":{}}`, want: "R1 error $, R6 error $.containers, R9 error $.metadata.name, R13 error $.metadata.workspace_id, " + noVPC},
	{rule: "R1", old: `"instance": 1,`, new: `"instance": 1, "instance": 1,`, want: "R1 error $"},
	{rule: "R1", old: `"instance": 1,`, new: `"instance": 1, // one`, want: "R1 error $"},
	{rule: "R1", old: `"310001"`, new: `"310001",`, want: "R1 error $"},
	{rule: "R1", raw: `[]`, want: "R1 error $"},
	{rule: "R1", raw: `{"metadata": {"name": "abc"`, want: "R1 error $"},
	{rule: "R1", old: `"instance": 1,`, new: `"instance": 1, "Instance": 1,`, want: "R8 warning $.metadata.Instance"},
	{rule: "R1", old: `"qwen_vllm"`, new: `"\u0071wen_vllm"`},
	{rule: "R1", old: `--trust-remote-code`, new: `-a '/* // ,} ,]'`},

	{rule: "R2", edit: `.containers[0].env = [{name: "A", value: ("x" * 131071)}]`, want: "R2 error $"},
	{rule: "R2", edit: `.containers[0].env = [{name: "A", value: ("x" * 130000)}]`},

	{rule: "R3", edit: `.extra = 1`, want: "R3 error $.extra"},
	{rule: "R3", edit: `.metdata = {}`, want: "R3 error $.metdata"},
	{rule: "R3", edit: `.labels = {}`, want: "R3.upstream error $.labels"},
	{rule: "R3", edit: `. + {runtime: {}, features: {}, rpc: {}, eas: {}, dockerAuth: "x"}`,
		want: "R3.upstream error $.runtime, R3.upstream error $.features, R3.upstream error $.rpc, R3.upstream error $.eas, R3.upstream error $.dockerAuth"},
	{rule: "R3", base: "P3", edit: `.autoscaler = {min: 1, max: 4, scaleStrategies: [{metricName: "qps", threshold: 20}]}`},

	{rule: "R4", raw: `{"ServiceName":"a"}`, want: "R4 error $.ServiceName, R6 error $.metadata, R6 error $.containers, " + noVPC},
	{rule: "R4", edit: `. + {spec: 1, ServiceName: 1, Image: 1, Cpu: 1, Memory: 1, Gpu: 1, processor_path: 1, resourceGroupId: 1, instance: 1, port: 1, command: 1, access: 1}`,
		want: "R4 error $.spec, R4 error $.ServiceName, R4 error $.Image, R4 error $.Cpu, R4 error $.Memory, R4 error $.Gpu, R4 error $.processor_path, R4 error $.resourceGroupId, R4 error $.instance, R4 error $.port, R4 error $.command, R4 error $.access"},
	{rule: "R4", edit: `. + {name: 1, service_name: 1, image: 1, processor: 1, model: 1, model_path: 1, resource: 1}`,
		want: "R4 error $.name, R4 error $.service_name, R4 error $.image, R4 error $.processor, R4 error $.model, R4 error $.model_path, R4 error $.resource"},
	{rule: "R4", edit: `.metadata.service_name = "x"`, want: "R8 warning $.metadata.service_name"},

	{rule: "R5", raw: `{"metadata":{"access":1}}`, want: "R5 error $.metadata.access, R8 warning $.metadata.access, R6 error $.containers, R9 error $.metadata.name, R13 error $.metadata.workspace_id, " + noVPC},
	{rule: "R5", edit: `.containers[0].resources = {a: [{spec: 1}]}`, want: "R5 error $.containers[0].resources.a[0].spec"},
	{rule: "R5", edit: `.cloud.resourceGroupId = "x"`, want: "R5 error $.cloud.resourceGroupId, R51 error $.cloud.resourceGroupId"},
	{rule: "R5", edit: `.containers[0].processor_path = "x"`, want: "R5 error $.containers[0].processor_path, R8 warning $.containers[0].processor_path"},
	{rule: "R5", edit: `.containers[0].env = [{name: "spec", value: "access"}]`},

	{rule: "R6", raw: `{"containers":[]}`, want: "R6 error $.containers, R6 error $.metadata, " + noVPC},
	{rule: "R6", edit: `del(.metadata)`, want: "R6 error $.metadata"},
	{rule: "R6", edit: `del(.containers)`, want: "R6 error $.containers"},
	{rule: "R6"},

	{rule: "R7", raw: `{"containers":{"image":"x"}}`, want: "R7 error $.containers, R6 error $.metadata, " + noVPC},
	{rule: "R7", edit: `.metadata = []`, want: "R7 error $.metadata"},
	{rule: "R7", edit: `.metadata.name = 1`, want: "R7 error $.metadata.name"},
	{rule: "R7", edit: `.metadata.instance = null`, want: "R7 error $.metadata.instance"},
	{rule: "R7", edit: `.metadata.workspace_id = true`, want: "R7 error $.metadata.workspace_id"},
	{rule: "R7", edit: `.containers = ["x"]`, want: "R7 error $.containers[0]"},
	{rule: "R7", edit: `.storage = {}`, want: "R7 error $.storage, R35 warning $.containers[0].command, R81 warning $.storage"},
	{rule: "R7", edit: `.cloud = "x"`, want: "R7 error $.cloud, " + noVPC},
	// The service reads whole numbers into integers, which take no other spelling of them.
	{rule: "R7", old: `"instance": 1`, new: `"instance": 1.0`, want: "R7 error $.metadata.instance"},
	{rule: "R7", old: `"instance": 1`, new: `"instance": 1e0`, want: "R7 error $.metadata.instance"},
	{rule: "R7", old: `"instance": 1`, new: `"instance": 12345678901234567890`, want: "R7 error $.metadata.instance"},
	{rule: "R7", base: "P2", edit: `.autoscaler.scaleStrategies[0].threshold = 0.5`},

	{rule: "R8", edit: `.metadata.instnce = 1`, want: "R8 warning $.metadata.instnce"},
	{rule: "R8", edit: `.containers[0].timeoutSeconds = 1 | .containers[0].startup_check.timeoutSeconds = 1`, want: "R8 warning $.containers[0].timeoutSeconds, R8 warning $.containers[0].startup_check.timeoutSeconds"},
	{rule: "R8", edit: `.storage[0].oss.region = "x"`, want: "R8 warning $.storage[0].oss.region"},
	{rule: "R8", edit: `.metadata.instanceType = "x"`, want: "R8 warning $.metadata.instanceType"},
	{rule: "R8", edit: `.metadata["a b"] = 1 | .metadata[""] = 1`, want: `R8 warning $.metadata["a b"], R8 warning $.metadata[""]`},
	{rule: "R8", edit: `.containers[0].resources = {anything: {at: ["all"]}}`},

	{rule: "R9", edit: `.metadata.name = "my-svc"`, want: "R9 error $.metadata.name"},
	{rule: "R9", edit: `.metadata.name = "ab"`, want: "R9 error $.metadata.name"},
	{rule: "R9", edit: `.metadata.name = "Qwen"`, want: "R9 error $.metadata.name"},
	{rule: "R9", edit: `.metadata.name = "a.b"`, want: "R9 error $.metadata.name"},
	{rule: "R9", edit: `.metadata.name = "abc\n"`, want: "R9 error $.metadata.name"},
	{rule: "R9", edit: `.metadata.name = "größe"`, want: "R9 error $.metadata.name"},
	{rule: "R9", edit: `.metadata.name = "a" * 64`, want: "R9 error $.metadata.name"},
	{rule: "R9", edit: `.metadata.name = ""`, want: "R9 error $.metadata.name"},
	{rule: "R9", edit: `.metadata.name = "<name>"`, want: "R9 error $.metadata.name"},
	{rule: "R9", edit: `del(.metadata.name)`, want: "R9 error $.metadata.name"},
	{rule: "R9", edit: `.metadata.name = "a" * 63`},
	{rule: "R9", edit: `.metadata.name = "0_1"`},

	{rule: "R10", known: Known{Name: "other"}, want: "R10 error $.metadata.name"},
	{rule: "R10", known: Known{Name: "qwen_vllm_"}, want: "R10 error $.metadata.name"},
	{rule: "R10", known: Known{Name: "qwen_vllm"}},
	{rule: "R10", known: Known{Name: "other"}, edit: `del(.metadata.name)`, want: "R9 error $.metadata.name"},

	{rule: "R12", edit: `.metadata.instance = "2"`, want: "R7 error $.metadata.instance"},
	{rule: "R12", edit: `.metadata.instance = 0`, want: "R12 error $.metadata.instance"},
	{rule: "R12", edit: `.metadata.instance = -1`, want: "R12 error $.metadata.instance"},
	{rule: "R12", edit: `del(.metadata.instance)`},
	{rule: "R12", edit: `.metadata.instance = 100`},

	{rule: "R13", raw: `{"metadata":{"name":"abc"}}`, want: "R13 error $.metadata.workspace_id, R6 error $.containers, " + noVPC},
	{rule: "R13", edit: `.metadata.workspace_id = ""`, want: "R13 error $.metadata.workspace_id"},
	{rule: "R13", edit: `.metadata.workspace_id = 310001`, want: "R13 warning $.metadata.workspace_id"},
	{rule: "R13", edit: `.metadata.workspace_id = "1"`},

	{rule: "R14", known: Known{NoWorkspace: true}, edit: `del(.metadata.workspace_id)`, want: "R14 warning $.metadata.workspace_id"},
	{rule: "R14", known: Known{NoWorkspace: true}},
	{rule: "R14", known: Known{NoWorkspace: true}, edit: `.metadata.workspace_id = ""`, want: "R89 error $.metadata.workspace_id"},
	{rule: "R14", edit: `del(.metadata.workspace_id)`, want: "R13 error $.metadata.workspace_id"},

	{rule: "R15", base: "P7", edit: `.metadata.resource = "default"`, want: "R15 error $.metadata.resource"},
	{rule: "R15", base: "P7", edit: `.metadata.resource = "eas-r-"`, want: "R15 error $.metadata.resource"},
	{rule: "R15", base: "P7", edit: `.metadata.resource = "eas-r-a-b"`, want: "R15 error $.metadata.resource"},
	{rule: "R15", base: "P7", edit: `.metadata.resource = ""`, want: "R15 error $.metadata.resource"},
	{rule: "R15", base: "P7", edit: `.metadata.resource = "eas-r-9aZ"`},

	{rule: "R16", edit: `.metadata.resource = "eas-r-1"`, want: "R16 error $.cloud.computing, R18 warning $.metadata.resource"},
	{rule: "R16", base: "P7", edit: `.cloud = {networking: {vpc_id: "vpc-1", vswitch_id: "vsw-1", security_group_id: "sg-1"}}`},

	{rule: "R17", edit: `del(.cloud)`, want: noVPC},
	{rule: "R17", base: "P3", edit: `del(.cloud.computing)`, want: noVPC},
	{rule: "R17", raw: `{"metadata":{"name":"abc"},"containers":[{"image":"` + vpcRegistry + `a:1","port":8000,"command":"x"}]}`, want: "R13 error $.metadata.workspace_id, " + noVPC},
	{rule: "R17", base: "P7"},

	{rule: "R18", base: "P7", edit: `del(.metadata.cpu)`, want: "R18 warning $.metadata.resource"},
	{rule: "R18", base: "P7", edit: `del(.metadata.memory)`, want: "R18 warning $.metadata.resource"},
	{rule: "R18", base: "P7", edit: `.metadata += {cpu: 0, memory: 0, gpu: -1}`, want: "R18 error $.metadata.cpu, R18 error $.metadata.memory, R18 error $.metadata.gpu"},
	{rule: "R18", base: "P7", edit: `.metadata += {cpu: "16", memory: 1.5, gpu: null}`, want: "R7 error $.metadata.cpu, R7 error $.metadata.memory, R7 error $.metadata.gpu"},
	{rule: "R18", base: "P7", edit: `.metadata += {cpu: 1, memory: 1, gpu: 1}`},
	// An image that needs no accelerator needs no gpu.
	{rule: "R18", base: "P7", edit: `.containers[0] += {image: "` + vpcRegistry + `my-model:1.0", command: "python x.py"} | del(.metadata.gpu)`},
	{rule: "R18", base: "P7", edit: `del(.metadata.gpu)`, want: "R18 warning $.metadata.resource", defect: "a GPU image in a dedicated group without gpu is not found"},

	{rule: "R19", edit: `.metadata += {cpu: 1, memory: 1, gpu: 0}`, want: "R19 warning $.metadata.cpu, R19 warning $.metadata.memory, R19 warning $.metadata.gpu"},
	{rule: "R19", base: "P7"},

	{rule: "R20", edit: `.metadata.quota_id = "q1"`, want: "R20 warning $.metadata.quota_id"},
	{rule: "R20", edit: `.containers[0].resources = {quota_id: "q1"}`},

	{rule: "R21", edit: `.metadata.disk = "100"`, want: "R21 warning $.metadata.disk"},
	{rule: "R21", edit: `.metadata.disk = "100Mi"`, want: "R21 warning $.metadata.disk"},
	{rule: "R21", edit: `.metadata.disk = "Gi"`, want: "R21 warning $.metadata.disk"},
	{rule: "R21", edit: `.metadata += {shm_size: 0, rdma: -1}`, want: "R21 warning $.metadata.shm_size, R21 warning $.metadata.rdma"},
	{rule: "R21", edit: `.metadata.rolling_strategy = {max_surge: 0, max_unavailable: 0}`, want: "R21 warning $.metadata.rolling_strategy"},
	{rule: "R21", edit: `.metadata.rolling_strategy = {max_surge: -1, max_unavailable: -1}`, want: "R21 warning $.metadata.rolling_strategy.max_surge, R21 warning $.metadata.rolling_strategy.max_unavailable"},
	{rule: "R21", edit: `.metadata += {enable_grpc: "true", enable_webservice: 1}`, want: "R7 error $.metadata.enable_grpc, R7 error $.metadata.enable_webservice"},
	{rule: "R21", edit: `.metadata += {disk: "100Gi", shm_size: 1, rdma: 0, enable_grpc: true, enable_webservice: false, rolling_strategy: {max_surge: 1, max_unavailable: 0}}`},
	{rule: "R21", edit: `.metadata += {disk: "1G", rolling_strategy: {max_surge: 0}}`},

	{rule: "R22", edit: `.containers[0] = {port: 8000}`, want: "R22 error $.containers[0].image, R32 warning $.containers[0].command"},
	{rule: "R22", edit: `.containers[0].image = ""`, want: "R22 error $.containers[0].image"},
	{rule: "R22", edit: `.containers[0].image |= . + " "`, want: "R22 error $.containers[0].image"},
	{rule: "R22", edit: `.containers[0].image |= . + "\n"`, want: "R22 error $.containers[0].image"},
	{rule: "R22", edit: `.containers[0].image |= "https://" + .`, want: "R22 error $.containers[0].image"},
	{rule: "R22", edit: `.containers[0].image |= "docker://" + .`, want: "R22 error $.containers[0].image"},
	{rule: "R22", base: "P6"},

	{rule: "R23", base: "P6", edit: `.containers[0].image = "` + vpcRegistry + `my-model"`, want: "R23 warning $.containers[0].image"},
	{rule: "R23", base: "P6", edit: `.containers[0].image = "` + vpcRegistry + `my-model:"`, want: "R23 warning $.containers[0].image"},
	{rule: "R23", base: "P6", edit: `.containers[0].image = "` + vpcRegistry + `my-model@sha256:12"`, want: "R23 warning $.containers[0].image"},
	{rule: "R23", base: "P6", edit: `.containers[0].image = "my-model:1"`, want: "R23 warning $.containers[0].image, R24 warning $.containers[0].image"},
	// What the service's own validator warns about by mistake.
	{rule: "R23", base: "P6", edit: `.containers[0].image = "registry-vpc.cn-hangzhou.aliyuncs.com:5000/a/b:1"`},
	{rule: "R23", base: "P6", edit: `.containers[0].image = "` + vpcRegistry + `my-model` + digest + `"`},
	{rule: "R23", base: "P6", edit: `.containers[0].image = "` + vpcRegistry + `my-model:1.0` + digest + `"`},

	{rule: "R24", edit: `.containers[0].image = "docker.io/vllm/vllm-openai:v0.14.0"`, want: "R24 warning $.containers[0].image"},
	{rule: "R24", edit: `.containers[0].image = "vllm/vllm-openai:v0.14.0"`, want: "R24 warning $.containers[0].image"},
	{rule: "R24", base: "P6", edit: `.containers[0].image = "registry.cn-hangzhou.aliyuncs.com/a/b:1"`, want: "R24 warning $.containers[0].image"},
	{rule: "R24", base: "P6", edit: `.containers[0].image = "registry.cn-hangzhou.aliyuncs.com/a-vpc.b/c:1"`, want: "R24 warning $.containers[0].image"},
	{rule: "R24", base: "P6"},

	{rule: "R25", known: Known{Region: "cn-beijing"}, want: "R25 warning $.containers[0].image"},
	{rule: "R25", base: "P6", known: Known{Region: "cn-beijing"}, want: "R25 warning $.containers[0].image"},
	{rule: "R25", known: Known{Region: "cn-hangzhou"}},
	{rule: "R25", base: "P6", edit: `.containers[0].image = "hub-vpc.example.com/a/b:1"`, known: Known{Region: "cn-beijing"}},

	{rule: "R26", base: "P4", known: Known{Images: someImages}, want: "R26 warning $.containers[0].image"},
	{rule: "R26", base: "P6", known: Known{Images: someImages}, want: "R26 warning $.containers[0].image"},
	{rule: "R26", known: Known{Images: someImages}},

	{rule: "R27", edit: `.containers[0] = {image: "x"}`,
		want: "R27 error $.containers[0].port, R23 warning $.containers[0].image, R24 warning $.containers[0].image, R32 warning $.containers[0].command"},
	{rule: "R27", base: "P6", edit: `del(.containers[0].port)`, want: "R27 error $.containers[0].port"},
	{rule: "R27", base: "P6", edit: `.containers[0] += {port: 0, command: "x"}`, want: "R27 error $.containers[0].port"},
	{rule: "R27", base: "P6", edit: `.containers[0] += {port: 65536, command: "x"}`, want: "R27 error $.containers[0].port"},
	{rule: "R27", base: "P6", edit: `.containers[0].port = "8000"`, want: "R7 error $.containers[0].port"},
	{rule: "R27", base: "P6", edit: `.containers[0] += {port: 1, command: "x"}`},
	{rule: "R27", base: "P6", edit: `.containers[0] += {port: 65535, command: "x"}`},

	{rule: "R28", base: "P6", edit: `.containers[0] += {port: 8080, command: "x"}`, want: "R28 error $.containers[0].port"},
	{rule: "R28", base: "P6", edit: `.containers[0] += {port: 9090, command: "x"}`, want: "R28 error $.containers[0].port"},
	{rule: "R28", base: "P6", edit: `.containers[0] += {port: 8081, command: "x"}`},

	{rule: "R29", base: "P2", edit: `.containers[0].command = "vllm serve /model_dir --port 9000"`, want: "R29 error $.containers[0].command"},
	{rule: "R29", base: "P2", edit: `.containers[0].command = "vllm serve /model_dir --port=9000"`, want: "R29 error $.containers[0].command"},
	{rule: "R29", base: "P6", edit: `.containers[0].command = "x --server_port=9000"`, want: "R29 error $.containers[0].command"},
	{rule: "R29", base: "P6", edit: `.containers[0].command = "x --port 8000 --port 9000"`, want: "R29 error $.containers[0].command"},
	{rule: "R29", base: "P6", edit: `.containers[0].args = ["--port", "9000"] | .containers[0].command = "x"`, want: "R29 error $.containers[0].command"},
	{rule: "R29", base: "P6", edit: `.containers[0] |= (.script = "x --port 9000" | del(.command))`, want: "R29 error $.containers[0].script, R31 warning $.containers[0].script"},
	{rule: "R29", base: "P6", edit: `.containers[0].command = "x --port 8000"`},
	{rule: "R29", base: "P6", edit: `.containers[0].command = "x '--port 9000' --port $PORT --other-port 9000"`},

	{rule: "R30", base: "P6", edit: `.containers[0].command = ["vllm"]`, want: "R7 error $.containers[0].command"},
	{rule: "R30", base: "P6", edit: `.containers[0].args = "x"`, want: "R7 error $.containers[0].args"},
	{rule: "R30", base: "P6", edit: `.containers[0].args = ["x", 1]`, want: "R7 error $.containers[0].args[1]"},
	{rule: "R30", base: "P6", edit: `.containers[0] |= (.script = {} | del(.command))`, want: "R7 error $.containers[0].script, R31 warning $.containers[0].script"},
	{rule: "R30", base: "P6", edit: `.containers[0].args = ["x", "y"]`},

	{rule: "R31", base: "P6", edit: `.containers[0].script = .containers[0].command`, want: "R31 error $.containers[0].script"},
	{rule: "R31", base: "P6", edit: `.containers[0] |= (.script = .command | del(.command))`, want: "R31 warning $.containers[0].script"},
	{rule: "R31", base: "P6"},

	{rule: "R32", base: "P6", edit: `del(.containers[0].command)`, want: "R32 warning $.containers[0].command"},
	{rule: "R32", base: "P6", edit: `.containers[0] |= (.args = ["x"] | del(.command))`, want: "R32 warning $.containers[0].command"},
	{rule: "R32", base: "P6"},

	{rule: "R33", base: "P6", edit: `.containers[0].command = "a && b"`, want: "R33 warning $.containers[0].command"},
	{rule: "R33", base: "P6", edit: `.containers[0].command = "a || b"`, want: "R33 warning $.containers[0].command"},
	{rule: "R33", base: "P6", edit: `.containers[0].command = "a; b"`, want: "R33 warning $.containers[0].command"},
	{rule: "R33", base: "P6", edit: `.containers[0].command = "a | b"`, want: "R33 warning $.containers[0].command"},
	{rule: "R33", base: "P6", edit: `.containers[0].command = "a\nb"`, want: "R33 warning $.containers[0].command"},
	{rule: "R33", base: "P6", edit: `.containers[0].command = "a $(b)"`, want: "R33 warning $.containers[0].command"},
	{rule: "R33", base: "P6", edit: `.containers[0].command = "a 'b c' $D --e=f"`},

	{rule: "R34", base: "P2", edit: `.containers[0].command = "vllm serve oss://b/m/"`, want: "R34 error $.containers[0].command"},
	{rule: "R34", base: "P6", edit: `.containers[0].args = ["a", "--m=oss://b/m/"]`, want: "R34 error $.containers[0].args[1]"},
	{rule: "R34", base: "P6", edit: `.containers[0] |= (.script = "a oss://b/" | del(.command))`, want: "R34 error $.containers[0].script, R31 warning $.containers[0].script"},
	{rule: "R34", base: "P6", edit: `.containers[0].env = [{name: "A", value: "oss://b/m/"}]`},

	{rule: "R35", edit: `.containers[0].command = "vllm serve /other --port 8000"`, want: "R35 warning $.containers[0].command"},
	{rule: "R35", edit: `.containers[0].command = "vllm serve /model_dir2 --port 8000"`, want: "R35 warning $.containers[0].command"},
	{rule: "R35", edit: `.containers[0].command = "python -m vllm.entrypoints.openai.api_server --model=/other"`, want: "R35 warning $.containers[0].command"},
	{rule: "R35", base: "P4", edit: `.containers[0].command |= sub("/model_dir"; "/other")`, want: "R35 warning $.containers[0].command"},
	{rule: "R35", edit: `.containers[0].command = "vllm serve /model_dir/sub --port 8000"`},
	{rule: "R35", edit: `.containers[0].command = "vllm serve Qwen/Qwen2.5-7B --port 8000"`},
	{rule: "R35", base: "P6", edit: `.containers[0].command = "x --model /other"`},

	{rule: "R36", edit: `.containers[0].command += " --host 127.0.0.1"`, want: "R36 warning $.containers[0].command"},
	{rule: "R36", edit: `.containers[0].command += " --host=localhost"`, want: "R36 warning $.containers[0].command"},
	{rule: "R36", base: "P4", edit: `.containers[0].command |= sub(" --host 0.0.0.0"; "")`, want: "R36 warning $.containers[0].command"},
	{rule: "R36", base: "P5", edit: `.containers[0].command |= sub("0.0.0.0"; "127.0.0.1")`, want: "R36 warning $.containers[0].command"},
	{rule: "R36", edit: `.containers[0].command += " --host 0.0.0.0"`},
	{rule: "R36", base: "P4"},

	{rule: "R37", base: "P6", edit: `.containers[0].env = {A: "b"}`, want: "R7 error $.containers[0].env"},
	{rule: "R37", base: "P6", edit: `.containers[0].env = [{}]`, want: "R37 error $.containers[0].env[0].name, R37 error $.containers[0].env[0].value"},
	{rule: "R37", base: "P6", edit: `.containers[0].env = [{name: "", value: ""}]`, want: "R37 error $.containers[0].env[0].name"},
	{rule: "R37", base: "P6", edit: `.containers[0].env = [{name: "1A", value: ""}, {name: "A-B", value: ""}]`, want: "R37 error $.containers[0].env[0].name, R37 error $.containers[0].env[1].name"},
	{rule: "R37", base: "P6", edit: `.containers[0].env = [{name: "A", value: 1}]`, want: "R7 error $.containers[0].env[0].value"},
	{rule: "R37", base: "P6", edit: `.containers[0].env = [{name: "A", value: "1"}, {name: "B", value: "1"}, {name: "A", value: "2"}]`, want: "R37 warning $.containers[0].env[2].name"},
	{rule: "R37", base: "P6", edit: `.containers[0].env = [{name: "HF_TOKEN", value: "x"}, {name: "MY_SECRET", value: "x"}, {name: "DB_PASSWORD", value: "x"}, {name: "ALIBABA_CLOUD_ACCESS_KEY_ID", value: "x"}]`,
		want: "R37 warning $.containers[0].env[0].name, R37 warning $.containers[0].env[1].name, R37 warning $.containers[0].env[2].name, R37 warning $.containers[0].env[3].name"},
	{rule: "R37", base: "P6", edit: `.containers[0].env = [{name: "_a1", value: ""}, {name: "HF_TOKEN", value: ""}, {name: "MAX_TOKENS", value: "9"}]`},

	{rule: "R38", base: "P6", edit: `.containers += .containers`, want: "R38 warning $.containers[1], R38 error $.containers[1].port"},
	{rule: "R38", base: "P6", edit: `.containers[1] = (.containers[0] | .port = 8001 | .command = "x") | .containers[2] = (.containers[0] | .port = 8002 | .command = "x")`, want: "R38 warning $.containers[1]"},
	{rule: "R38", base: "P6"},

	{rule: "R39", base: "P3", edit: `.containers[0] += {prepare: {pythonRequirements: "x", pythonRequirementsPath: []}, resources: 1}`,
		want: "R7 error $.containers[0].prepare.pythonRequirements, R7 error $.containers[0].prepare.pythonRequirementsPath, R7 error $.containers[0].resources"},
	{rule: "R39", base: "P3", edit: `.containers[0] += {prepare: {pythonRequirements: ["x"], pythonRequirementsPath: "/x"}, resources: {}}`},

	{rule: "R40", base: "P6", edit: `.containers[0].readiness_check = ` + probe8000, want: "R40 error $.containers[0].readiness_check"},
	{rule: "R40", base: "P6", edit: `reduce ("readinessProbe", "readiness_probe", "healthCheck", "livenessProbe", "liveness_probe", "livenessCheck", "startupProbe", "startup_probe", "startupCheck") as $k (.; .containers[0][$k] = ` + probe8000 + `)`,
		want: "R40 error $.containers[0].readinessProbe, R40 error $.containers[0].readiness_probe, R40 error $.containers[0].healthCheck, R40 error $.containers[0].livenessProbe, R40 error $.containers[0].liveness_probe, R40 error $.containers[0].livenessCheck, R40 error $.containers[0].startupProbe, R40 error $.containers[0].startup_probe, R40 error $.containers[0].startupCheck"},
	{rule: "R40", base: "P6", edit: `.containers[0] += {startup_check: ` + probe8000 + `, liveness_check: ` + probe8000 + `, health_check: ` + probe8000 + `}`},

	{rule: "R41", edit: `.containers[0].startup_check.tcp_socket = {port: 8000}`, want: "R41 error $.containers[0].startup_check"},
	{rule: "R41", base: "P6", edit: `.containers[0].startup_check = {period_seconds: 5}`, want: "R41 error $.containers[0].startup_check"},
	{rule: "R41", base: "P6", edit: `.containers[0].health_check = {}`, want: "R41 error $.containers[0].health_check"},
	{rule: "R41", base: "P6", edit: `.containers[0].health_check = ` + probe8000},

	{rule: "R42", base: "P6", edit: `.containers[0].health_check = {http_get: {path: "health", port: 8000}}`, want: "R42 error $.containers[0].health_check.http_get.path"},
	{rule: "R42", base: "P6", edit: `.containers[0].health_check = {http_get: {path: ""}}`, want: "R42 error $.containers[0].health_check.http_get.path, R42 error $.containers[0].health_check.http_get.port"},
	{rule: "R42", base: "P6", edit: `.containers[0].health_check = {http_get: {port: "8000"}}`, want: "R7 error $.containers[0].health_check.http_get.port"},
	// Zero and 65536 are not the container's port either, which says no more.
	{rule: "R42", base: "P6", edit: `.containers[0].health_check = {http_get: {port: 0}}`, want: "R42 error $.containers[0].health_check.http_get.port, R45 warning $.containers[0].health_check.http_get.port"},
	{rule: "R42", base: "P6", edit: `.containers[0].health_check = {http_get: {port: 65536}}`, want: "R42 error $.containers[0].health_check.http_get.port, R45 warning $.containers[0].health_check.http_get.port"},
	{rule: "R42", base: "P6", edit: `.containers[0].health_check = {http_get: {port: 8000, scheme: "HTTP"}}`, want: "R8 warning $.containers[0].health_check.http_get.scheme"},
	{rule: "R42", base: "P6", edit: `.containers[0].health_check = {http_get: {port: 8000}}`},

	{rule: "R43", base: "P6", edit: `.containers[0].health_check = {tcp_socket: {}}`, want: "R43 error $.containers[0].health_check.tcp_socket.port", defect: "reported as R42: the rule of $defs/port, which http_get shares, wins over that of tcp_socket"},
	{rule: "R43", base: "P6", edit: `.containers[0].health_check = ` + probe8000},

	{rule: "R44", base: "P6", edit: `.containers[0].health_check = {exec: {command: "test -f /x"}}`, want: "R7 error $.containers[0].health_check.exec.command"},
	{rule: "R44", base: "P6", edit: `.containers[0].health_check = {exec: {command: []}}`, want: "R44 error $.containers[0].health_check.exec.command"},
	{rule: "R44", base: "P6", edit: `.containers[0].health_check = {exec: {}}`, want: "R44 error $.containers[0].health_check.exec.command"},
	{rule: "R44", base: "P6", edit: `.containers[0].health_check = {exec: {command: ["test", 1]}}`, want: "R7 error $.containers[0].health_check.exec.command[1]"},
	{rule: "R44", base: "P6", edit: `.containers[0].health_check = {exec: {command: ["test", "-f", "/x"]}}`},

	{rule: "R45", base: "P6", edit: `.containers[0].health_check = {http_get: {port: 8080}}`, want: "R45 error $.containers[0].health_check.http_get.port"},
	{rule: "R45", base: "P6", edit: `.containers[0].health_check = {tcp_socket: {port: 9090}}`, want: "R45 error $.containers[0].health_check.tcp_socket.port"},
	{rule: "R45", base: "P6", edit: `.containers[0].health_check = {tcp_socket: {port: 8001}}`, want: "R45 warning $.containers[0].health_check.tcp_socket.port"},
	{rule: "R45", base: "P6", edit: `.containers[0].health_check = {http_get: {port: 8000}}`},

	{rule: "R46", base: "P6", edit: `.containers[0].health_check = ` + probe8000 + ` + {timeout_seconds: 0}`, want: "R46 error $.containers[0].health_check.timeout_seconds"},
	{rule: "R46", base: "P6", edit: `.containers[0].health_check = ` + probe8000 + ` + {initial_delay_seconds: -1, success_threshold: 0, failure_threshold: 0}`,
		want: "R46 error $.containers[0].health_check.initial_delay_seconds, R46 error $.containers[0].health_check.success_threshold, R46 error $.containers[0].health_check.failure_threshold"},
	{rule: "R46", base: "P6", edit: `.containers[0].health_check = ` + probe8000 + ` + {period_seconds: 0}`,
		want: "R46 error $.containers[0].health_check.period_seconds, R49 warning $.containers[0].health_check"},
	{rule: "R46", base: "P6", edit: `.containers[0].health_check = ` + probe8000 + ` + {period_seconds: "5"}`, want: "R7 error $.containers[0].health_check.period_seconds"},
	{rule: "R46", base: "P6", edit: `.containers[0].health_check = ` + probe8000 + ` + {initial_delay_seconds: 0, period_seconds: 1, timeout_seconds: 1, success_threshold: 1, failure_threshold: 1}`},

	{rule: "R48", edit: `.containers[0].startup_check.success_threshold = 2`, want: "R48 warning $.containers[0].startup_check.success_threshold"},
	{rule: "R48", base: "P6", edit: `.containers[0].liveness_check = ` + probe8000 + ` + {success_threshold: 2}`, want: "R48 warning $.containers[0].liveness_check.success_threshold"},
	{rule: "R48", base: "P6", edit: `.containers[0].health_check = ` + probe8000 + ` + {success_threshold: 2}`},
	{rule: "R48", edit: `.containers[0].startup_check.success_threshold = 1`},

	{rule: "R49", edit: `.containers[0].startup_check.timeout_seconds = 11`, want: "R49 warning $.containers[0].startup_check"},
	{rule: "R49", edit: `.containers[0].startup_check |= (del(.initial_delay_seconds) | .failure_threshold = 11)`, want: "R49 warning $.containers[0].startup_check"},
	{rule: "R49", base: "P2", edit: `.containers[0].liveness_check = ` + probe8000, want: "R49 warning $.containers[0].liveness_check"},
	{rule: "R49", edit: `.containers[0].startup_check |= (del(.initial_delay_seconds) | .failure_threshold = 12)`},
	{rule: "R49", edit: `.containers[0].liveness_check = ` + probe8000},
	{rule: "R49", base: "P2", edit: `.containers[0].liveness_check = ` + probe8000 + ` + {initial_delay_seconds: 110}`},
	{rule: "R49", base: "P6", edit: `.containers[0].startup_check = ` + probe8000 + ` + {timeout_seconds: 10}`},

	{rule: "R51", edit: `.cloud.extra = 1`, want: "R51 error $.cloud.extra"},
	{rule: "R51", edit: `.cloud.instance_type = "x"`, want: "R51 error $.cloud.instance_type"},
	{rule: "R51", base: "P3"},

	{rule: "R52", base: "P6", edit: `.cloud.computing = {instance_type: "a", instances: [{type: "b"}]}`, want: "R52 error $.cloud.computing"},
	{rule: "R52", base: "P6", edit: `.cloud.computing = {}`, want: "R52 error $.cloud.computing"},
	{rule: "R52", base: "P6", edit: `.cloud.computing = {instances: []}`, want: "R52 error $.cloud.computing.instances"},
	{rule: "R52", base: "P6", edit: `.cloud.computing = {instances: [{}]}`, want: "R52 error $.cloud.computing.instances[0].type"},
	{rule: "R52", base: "P6", edit: `.cloud.computing = {instances: [{type: ""}]}`, want: "R52 error $.cloud.computing.instances[0].type"},
	{rule: "R52", base: "P6", edit: `.cloud.computing = {instance_type: ""}`, want: "R52 error $.cloud.computing.instance_type"},
	{rule: "R52", base: "P6", edit: `.cloud.computing = {instances: [{type: "a"}, {type: "b"}]}`},

	{rule: "R53", base: "P6", edit: `.cloud.computing = {instanceType: "x"}`, want: "R53 error $.cloud.computing.instanceType"},
	{rule: "R53", base: "P6", edit: `.cloud.computing = {InstanceType: "x"}`, want: "R53 error $.cloud.computing.InstanceType"},
	{rule: "R53", base: "P6", edit: `.cloud.computing = {"instance-type": "x"}`, want: "R53 error $.cloud.computing.instance-type"},
	{rule: "R53", base: "P6", edit: `.cloud.computing = {type: "x"}`, want: "R53 error $.cloud.computing.type"},
	{rule: "R53", base: "P6", edit: `.cloud.computing = {instances: [{instance_type: "a"}, {instanceType: "b"}]}`, want: "R53 error $.cloud.computing.instances[0].instance_type, R53 error $.cloud.computing.instances[1].instanceType"},
	{rule: "R53", base: "P6", edit: `.cloud.computing = {instances: [{type: "a"}, {type: "b"}, {type: "a"}]}`, want: "R53 warning $.cloud.computing.instances[2].type"},
	{rule: "R53", base: "P6", edit: `.cloud.computing = {instances: [{type: "a"}]}`},

	{rule: "R54", edit: `del(.cloud)`, want: noVPC},
	{rule: "R54", base: "P6", edit: `.cloud.computing = {instances: [{type: "a"}]}`},

	{rule: "R55", base: "P6", edit: `.cloud.computing.instance_type = "ecs.nosuch"`, known: Known{Types: someTypes}, want: "R55 warning $.cloud.computing.instance_type"},
	{rule: "R55", base: "P6", edit: `.cloud.computing = {instances: [{type: "` + catalog.Favourite + `"}, {type: "ecs.gn6v-c8g1.2xlarge"}]}`, known: Known{Types: someTypes}, want: "R55 warning $.cloud.computing.instances[1].type"},
	{rule: "R55", known: Known{Types: someTypes}},

	{rule: "R56", edit: `.cloud.computing.instance_type = "ecs.c7.large"`, want: "R56 error $.cloud.computing.instance_type"},
	{rule: "R56", base: "P4", edit: `.cloud.computing = {instances: [{type: "ecs.gn7i-c8g1.2xlarge"}, {type: "ecs.g7.large"}]}`, want: "R56 error $.cloud.computing.instances[1].type"},
	{rule: "R56", base: "P6", edit: `.cloud.computing.instance_type = "ecs.c7.large" | .containers[0].command = "vllm serve /model_dir"`, want: "R56 error $.cloud.computing.instance_type"},
	// What the list says stands above the name.
	{rule: "R56", edit: `.cloud.computing.instance_type = "ecs.odd.large"`, known: Known{Types: someTypes}, want: "R56 error $.cloud.computing.instance_type"},
	{rule: "R56", edit: `.cloud.computing.instance_type = "ecs.odd.large"`},
	{rule: "R56", base: "P6", edit: `.cloud.computing.instance_type = "ecs.c7.large"`},

	{rule: "R57", edit: `.containers[0].image = "` + easRegistry + `vllm:0.14.0-xpu"`, want: "R57 error $.cloud.computing.instance_type"},
	{rule: "R57", edit: `.containers[0].image = "` + easRegistry + `vllm:0.14.0-xpu" | .cloud.computing.instance_type = "ecs.gn7-c1g1.x"`, want: "R57 error $.cloud.computing.instance_type"},
	{rule: "R57", edit: `.containers[0].image = "` + easRegistry + `vllm:0.14.0-ppu"`, want: "R57 error $.cloud.computing.instance_type"},
	{rule: "R57", edit: `.cloud.computing.instance_type = "ecs.ebmppu1.48xlarge"`, want: "R57 error $.cloud.computing.instance_type"},
	{rule: "R57", base: "P6", edit: `.containers[0].image = "` + vpcRegistry + `m:1-cpu"`, want: "R57 warning $.cloud.computing.instance_type"},
	{rule: "R57", base: "P6", edit: `.containers[0].image = "` + vpcRegistry + `m:1-gpu" | .cloud.computing.instance_type = "ecs.c7.large"`, want: "R57 error $.cloud.computing.instance_type"},
	{rule: "R57", base: "P6", edit: `.containers[0].image = "` + easRegistry + `labelled:1"`, known: Known{Images: someImages}, want: "R57 error $.cloud.computing.instance_type"},
	{rule: "R57", edit: `.containers[0].image = "` + easRegistry + `vllm:0.14.0-ppu" | .cloud.computing.instance_type = "ecs.ebmppu1.48xlarge"`},
	{rule: "R57", edit: `.containers[0].image = "` + easRegistry + `vllm:0.14.0-xpu" | .cloud.computing.instance_type = "ecs.egs8.16xlarge"`},
	{rule: "R57", base: "P6", edit: `.containers[0].image = "` + vpcRegistry + `m:1-cpu" | .cloud.computing.instance_type = "ecs.c7.large"`},
	{rule: "R57", base: "P6", edit: `.containers[0].image = "` + vpcRegistry + `m:1-gpu" | .cloud.computing.instance_type = "ecs.odd.large"`},

	{rule: "R58", edit: `.cloud.networking = {vpc_id: "vpc-1"}`, want: "R58 error $.cloud.networking.vswitch_id, R58 error $.cloud.networking.security_group_id",
		defect: "reported as R59: the rule of the missing member, which is about its form, wins over that of cloud.networking"},
	{rule: "R58", base: "P6", edit: `.cloud.networking = {vpc_id: "vpc-1", vswitch_id: "vsw-1", security_group_id: "sg-1"}`},

	{rule: "R59", base: "P8", edit: `.cloud.networking.vswitch_id = ","`, want: "R59 error $.cloud.networking.vswitch_id"},
	{rule: "R59", base: "P8", edit: `.cloud.networking.vswitch_id = "null"`, want: "R59 error $.cloud.networking.vswitch_id"},
	{rule: "R59", base: "P8", edit: `.cloud.networking.vswitch_id = ["vsw-a", "vsw-b"]`, want: "R7 error $.cloud.networking.vswitch_id"},
	{rule: "R59", base: "P8", edit: `.cloud.networking.vswitch_id = "vsw-a,,vsw-b"`, want: "R59 error $.cloud.networking.vswitch_id"},
	{rule: "R59", base: "P8", edit: `.cloud.networking.vswitch_id = "vsw-a,vsw-b,vsw-a"`, want: "R59 error $.cloud.networking.vswitch_id"},
	{rule: "R59", base: "P8", edit: `.cloud.networking.vswitch_id = " vsw-a , vsw-b"`, want: "R59 warning $.cloud.networking.vswitch_id"},
	{rule: "R59", base: "P8", edit: `.cloud.networking.vpc_id = "vpc_1" | .cloud.networking.security_group_id = "sg-"`, want: "R59 error $.cloud.networking.vpc_id, R59 error $.cloud.networking.security_group_id"},
	{rule: "R59", base: "P8", edit: `.cloud.networking.vpc_id = "vpc-bp1uepgqtar*****"`, want: "R59 error $.cloud.networking.vpc_id"},
	{rule: "R59", base: "P8", edit: `.cloud.networking.vswitch_id = "vsw-zone-a,vsw-zone-b"`},
	{rule: "R59", base: "P8", edit: `.cloud.networking.vswitch_id = "vsw-a"`},

	{rule: "R62", base: "P6", edit: `.containers[0].command = "pip install x"`, want: "R62 warning $.containers[0].command"},
	{rule: "R62", base: "P6", edit: `.containers[0] |= (.script = "git clone x" | del(.command))`, want: "R62 warning $.containers[0].script, R31 warning $.containers[0].script"},
	{rule: "R62", base: "P6", edit: `.containers[0].prepare = {pythonRequirements: ["x"]}`, want: "R62 warning $.containers[0].prepare"},
	{rule: "R62", base: "P3", edit: `.containers[0].command = "pip install x" | .containers[0].prepare = {pythonRequirements: ["x"]}`},
	{rule: "R62", base: "P6", edit: `.containers[0].command = "python curly.py --gitter"`},

	{rule: "R64", edit: `.networking = {}`, want: "R64 error $.networking"},
	{rule: "R64", edit: `.networking = {gateway: "shared"}`, want: "R64 error $.networking.gateway"},
	{rule: "R64", edit: `.networking = {gateway: ""}`, want: "R64 error $.networking.gateway"},
	{rule: "R64", edit: `.networking = null`, want: "R7 error $.networking"},
	{rule: "R64", base: "P8"},

	{rule: "R65", base: "P3", edit: `.networking.gateway = "gw-1"`, want: "R65 error $.networking"},
	{rule: "R65", base: "P3", edit: `.networking.vpc_id = "vpc-1"`, want: "R65 error $.networking.vpc_id"},
	{rule: "R65", base: "P3"},

	{rule: "R66", edit: `.networking = {gateway: "gw-1"}`, want: "R66 error $.networking.gateway"},
	{rule: "R66", base: "P8", edit: `.networking.gateway = "GW-1"`, want: "R66 error $.networking.gateway"},
	{rule: "R66", base: "P8", edit: `.networking.gateway = 1`, want: "R7 error $.networking.gateway"},
	{rule: "R66", base: "P8"},

	{rule: "R67", base: "P3", edit: `.networking.nlb = []`, want: "R67 error $.networking.nlb"},
	{rule: "R67", base: "P3", edit: `.cloud.networking.vswitch_id = "vsw-a"`, want: "R67 error $.cloud.networking.vswitch_id"},
	{rule: "R67", base: "P3", edit: `.cloud.networking.vswitch_id = "vsw-a,vsw-a"`, want: "R67 error $.cloud.networking.vswitch_id, R59 error $.cloud.networking.vswitch_id"},
	{rule: "R67", base: "P3", edit: `del(.cloud.networking)`, want: "R67 error $.networking.nlb"},
	{rule: "R67", base: "P3", edit: `.networking.nlb = {}`, want: "R7 error $.networking.nlb"},
	{rule: "R67", base: "P8", edit: `.cloud.networking.vswitch_id = "vsw-a"`},

	{rule: "R68", base: "P3", edit: `.networking.nlb[0] |= (.id = "alb-1" | del(.netType))`, want: "R68 error $.networking.nlb[0].id"},
	{rule: "R68", base: "P3", edit: `.networking.nlb += [{id: "nlb-1", listener_port: 80}]`, want: "R68 error $.networking.nlb[1].id"},
	{rule: "R68", base: "P3", edit: `.networking.nlb = [{id: "nlb-1", listener_port: 80}, {id: "nlb-2", listener_port: 80}]`},

	{rule: "R69", base: "P3", edit: `.networking.nlb[0].listener_port = 8080`, want: "R69 error $.networking.nlb[0].listener_port"},
	{rule: "R69", base: "P3", edit: `.networking.nlb[0].listener_port = 0`, want: "R69 error $.networking.nlb[0].listener_port"},
	{rule: "R69", base: "P3", edit: `.networking.nlb[0].listener_port = 65536`, want: "R69 error $.networking.nlb[0].listener_port"},
	{rule: "R69", base: "P3", edit: `del(.networking.nlb[0].listener_port)`, want: "R69 error $.networking.nlb[0].listener_port"},
	{rule: "R69", base: "P3", edit: `.networking.nlb[0].listener_port = 9090`},

	{rule: "R70", base: "P3", edit: `del(.networking.nlb[0].netType)`, want: "R70 error $.networking.nlb[0].netType"},
	{rule: "R70", base: "P3", edit: `.networking.nlb[0].netType = "public"`, want: "R70 error $.networking.nlb[0].netType"},
	{rule: "R70", base: "P3", edit: `.networking.nlb[0] |= (.net_type = .netType)`, want: "R70 error $.networking.nlb[0]"},
	{rule: "R70", base: "P3", edit: `.networking.nlb[0] |= (.net_type = .netType | del(.netType))`, want: "R70 warning $.networking.nlb[0].net_type"},
	{rule: "R70", base: "P3", edit: `.networking.nlb[0].id = "nlb-1"`, want: "R70 warning $.networking.nlb[0].netType"},
	{rule: "R70", base: "P3", edit: `.networking.nlb[0].netType = "internet"`},

	{rule: "R71", base: "P3", edit: `.networking.nlb += .networking.nlb`, want: "R71 error $.networking.nlb[1].listener_port"},
	{rule: "R71", base: "P3", edit: `.networking.nlb[1] = (.networking.nlb[0] | .net_type = .netType | del(.netType))`, want: "R71 error $.networking.nlb[1].listener_port, R70 warning $.networking.nlb[1].net_type"},
	{rule: "R71", base: "P3", edit: `.networking.nlb[1] = (.networking.nlb[0] | .netType = "internet") | .networking.nlb[2] = (.networking.nlb[0] | .listener_port = 81)`},

	{rule: "R73", base: "P6", edit: `.storage = [{mount_path: "/m"}]`, want: "R73 error $.storage[0]"},
	{rule: "R73", base: "P6", edit: `.storage[0].dataset = {id: "d-1"}`, want: "R73 error $.storage[0]"},
	{rule: "R73", base: "P6", edit: `del(.storage[0].mount_path)`, want: "R73 error $.storage[0].mount_path"},
	{rule: "R73", base: "P6", edit: `.storage[0] |= (.mountPath = .mount_path | del(.mount_path))`, want: "R73 error $.storage[0].mountPath"},
	{rule: "R73", base: "P6", edit: `.storage = [{mount_path: "/m", git: {}}, {mount_path: "/n", empty_dir: {}}]`,
		want: "R73 error $.storage[0].git, R73 error $.storage[1].empty_dir"},
	{rule: "R73", base: "P6", edit: `.storage[0] += {code: {}, image: {}, cpfs: {}}`, want: "R73 error $.storage[0].code, R73 error $.storage[0].image, R73 error $.storage[0].cpfs"},
	{rule: "R73", base: "P6", edit: `.storage += [{mount_path: "/d", dataset: {id: "d-1"}}]`},

	{rule: "R74", base: "P6", edit: `.storage[0].mount_path = "/"`, want: "R74 error $.storage[0].mount_path"},
	{rule: "R74", base: "P6", edit: `.storage[0].mount_path = "model"`, want: "R74 error $.storage[0].mount_path"},
	{rule: "R74", base: "P6", edit: `.storage[0].mount_path = "/a/../b"`, want: "R74 error $.storage[0].mount_path"},
	{rule: "R74", base: "P6", edit: `.storage[0].mount_path = "/dev/shm"`, want: "R74 error $.storage[0].mount_path"},
	{rule: "R74", base: "P6", edit: `.storage[0].mount_path = "/usr/local/models"`, want: "R74 error $.storage[0].mount_path"},
	{rule: "R74", base: "P6", edit: `.storage[0].mount_path = "/root"`, want: "R74 warning $.storage[0].mount_path"},
	{rule: "R74", base: "P6", edit: `.storage[0].mount_path = "/var/lib/x/"`, want: "R74 warning $.storage[0].mount_path"},
	{rule: "R74", base: "P6", edit: `.storage[0].mount_path = ""`, want: "R89 error $.storage[0].mount_path"},
	{rule: "R74", base: "P6", edit: `.storage[0].mount_path = "/users"`},
	{rule: "R74", base: "P6", edit: `.storage[0].mount_path = "/a/b/"`},

	{rule: "R75", base: "P6", edit: `.storage[1] = .storage[0] | .storage[0].mount_path = "/m" | .storage[1].mount_path = "/m/x"`, want: "R75 error $.storage[1].mount_path"},
	{rule: "R75", base: "P6", edit: `.storage[1] = .storage[0] | .storage[0].mount_path = "/m/x" | .storage[1].mount_path = "/m"`, want: "R75 error $.storage[1].mount_path"},
	{rule: "R75", base: "P6", edit: `.storage[1] = .storage[0] | .storage[1].mount_path += "/"`, want: "R75 error $.storage[1].mount_path"},
	{rule: "R75", base: "P6", edit: `.storage[1] = .storage[0] | .storage[0].mount_path = "/data" | .storage[1].mount_path = "/database"`},

	{rule: "R76", base: "P6", edit: `.storage[0].oss.path = "oss://b/p"`, want: "R76 error $.storage[0].oss.path"},
	{rule: "R76", base: "P6", edit: `.storage[0].oss.path = "bucket/p/"`, want: "R76 error $.storage[0].oss.path"},
	{rule: "R76", base: "P6", edit: `.storage[0].oss.path = "oss://"`, want: "R76 error $.storage[0].oss.path"},
	{rule: "R76", base: "P6", edit: `.storage[0].oss.path = "oss:///p/"`, want: "R76 error $.storage[0].oss.path"},
	{rule: "R76", base: "P6", edit: `.storage[0].oss.path = "oss://Bucket/p/"`, want: "R76 error $.storage[0].oss.path"},
	{rule: "R76", base: "P6", edit: `.storage[0].oss.path = "oss://bucket/../p/"`, want: "R76 error $.storage[0].oss.path"},
	{rule: "R76", base: "P6", edit: `.storage[0].oss.path = "oss://bucket/a b/"`, want: "R76 error $.storage[0].oss.path"},
	{rule: "R76", base: "P6", edit: `.storage[0].oss.path = "oss://bucket/p?x/"`, want: "R76 error $.storage[0].oss.path"},
	{rule: "R76", base: "P6", edit: `.storage[0].oss.path = "oss://bucket/p//q/"`, want: "R76 error $.storage[0].oss.path"},
	{rule: "R76", base: "P6", edit: `.storage[0].oss.path = "oss://bucket//"`, want: "R76 error $.storage[0].oss.path"},
	{rule: "R76", base: "P6", edit: `del(.storage[0].oss.path)`, want: "R76 error $.storage[0].oss.path"},
	{rule: "R76", base: "P6", edit: `.storage[0].oss.path = "oss://bb/p/"`, want: "R76 warning $.storage[0].oss.path"},
	{rule: "R76", base: "P6", edit: `.storage[0].oss.path = "oss://" + ("b" * 64) + "/"`, want: "R76 warning $.storage[0].oss.path"},
	{rule: "R76", base: "P6", edit: `.storage[0].oss.path = "oss://bucket.oss-cn-hangzhou-internal.aliyuncs.com/p/"`, want: "R76 warning $.storage[0].oss.path"},
	{rule: "R76", base: "P6", edit: `.storage[0].oss.path = "oss://bucket/"`},
	{rule: "R76", base: "P6", edit: `.storage[0].oss.path = "oss://" + ("b" * 63) + "/a..b/ü/"`},

	{rule: "R77", base: "P6", edit: `.storage[0].oss |= (.read_only = true | del(.readOnly))`, want: "R77 error $.storage[0].oss.read_only"},
	{rule: "R77", base: "P6", edit: `.storage[0].oss |= (.readonly = true | del(.readOnly))`, want: "R77 error $.storage[0].oss.readonly"},
	{rule: "R77", edit: `del(.storage[0].oss.readOnly)`, want: "R77 warning $.storage[0].oss.readOnly"},
	{rule: "R77", edit: `.storage[0].oss.readOnly = "true"`, want: "R7 error $.storage[0].oss.readOnly"},
	{rule: "R77", edit: `.storage[0].oss.readOnly = false`},
	{rule: "R77", base: "P6", edit: `del(.storage[0].oss.readOnly)`},

	{rule: "R78", edit: `.storage[0].oss.path = "oss://models-cn-beijing/"`, known: Known{Region: "cn-hangzhou"}, want: "R78 warning $.storage[0].oss.path"},
	{rule: "R78", edit: `.storage[0].oss.path = "oss://b.oss-ap-southeast-1.aliyuncs.com/"`, known: Known{Region: "cn-hangzhou"}, want: "R78 warning $.storage[0].oss.path, R76 warning $.storage[0].oss.path"},
	{rule: "R78", edit: `.storage[0].oss.path = "oss://models-cn-hangzhou/"`, known: Known{Region: "cn-hangzhou"}},
	{rule: "R78", edit: `.storage[0].oss.path = "oss://models-cn-beijing/"`},

	{rule: "R79", base: "P6", edit: `.storage[0] = {mount_path: "/m", nfs: {server: "x.cn-hangzhou.nas.aliyuncs.com", path: "/"}}`, want: "R79 warning $.storage[0].nfs"},
	{rule: "R79", base: "P8", edit: `.storage[1] = {mount_path: "/m", nfs: {}}`, want: "R79 error $.storage[1].nfs.server, R79 error $.storage[1].nfs.path"},
	{rule: "R79", base: "P8", edit: `.storage[1] = {mount_path: "/m", nfs: {server: "nfs://x", path: "a"}}`, want: "R79 error $.storage[1].nfs.server, R79 error $.storage[1].nfs.path"},
	{rule: "R79", base: "P8", edit: `.storage[1] = {mount_path: "/m", nfs: {server: "", path: "", readOnly: 1, resourceGroup: 1}}`,
		want: "R79 error $.storage[1].nfs.server, R79 error $.storage[1].nfs.path, R7 error $.storage[1].nfs.readOnly, R7 error $.storage[1].nfs.resourceGroup"},
	{rule: "R79", base: "P8", edit: `.storage[1] = {mount_path: "/m", nfs: {server: "cpfs-1.cn-hangzhou.cpfs.aliyuncs.com", path: "/"}}`, want: "R79 warning $.storage[1].nfs.server"},
	{rule: "R79", base: "P8", edit: `.storage[1] = {mount_path: "/m", nfs: {server: "x.cn-hangzhou.nas.aliyuncs.com", path: "/a", readOnly: true, resourceGroup: "x"}}`},

	{rule: "R80", base: "P6", edit: `.storage[0] = {mount_path: "/m", dataset: {}}`, want: "R80 error $.storage[0].dataset.id"},
	{rule: "R80", base: "P6", edit: `.storage[0] = {mount_path: "/m", dataset: {id: "x-1"}}`, want: "R80 error $.storage[0].dataset.id"},
	{rule: "R80", base: "P6", edit: `.storage[0] = {mount_path: "/m", dataset: {id: "d-1", version: 1, read_only: "x"}}`, want: "R7 error $.storage[0].dataset.version, R7 error $.storage[0].dataset.read_only"},
	{rule: "R80", base: "P6", edit: `.storage[0] = {mount_path: "/m", dataset: {id: "d-1", version: "v1", read_only: false}}`},

	{rule: "R81", base: "P5", edit: `del(.storage)`, want: "R81 warning $.storage"},
	{rule: "R81", base: "P5", edit: `.storage = []`, want: "R81 warning $.storage"},
	{rule: "R81", edit: `del(.storage)`, want: "R81 warning $.storage, R35 warning $.containers[0].command"},
	{rule: "R81", base: "P6", edit: `del(.storage)`},

	{rule: "R82", base: "P2", edit: `.autoscaler = {min_replica: 1, max_replica: 4, scale_strategies: [{metricName: "qps", threshold: 20}]}`,
		want: "R82 error $.autoscaler.min_replica, R82 error $.autoscaler.max_replica, R82 error $.autoscaler.scale_strategies"},
	{rule: "R82", base: "P2", edit: `.autoscaler += {minReplica: 1, maxReplica: 4, strategies: []}`, want: "R82 error $.autoscaler.minReplica, R82 error $.autoscaler.maxReplica, R82 error $.autoscaler.strategies"},
	{rule: "R82", base: "P2", edit: `.autoscaler.scaleStrategies[0] |= (.metric_name = .metricName | del(.metricName))`, want: "R82 error $.autoscaler.scaleStrategies[0].metric_name"},
	{rule: "R82", base: "P2"},

	{rule: "R83", base: "P2", edit: `.autoscaler += {min: 4, max: 1}`, want: "R83 error $.autoscaler"},
	{rule: "R83", base: "P2", edit: `.autoscaler.min = -1`, want: "R83 error $.autoscaler.min"},
	{rule: "R83", base: "P2", edit: `.autoscaler += {min: 0, max: 0}`, want: "R83 error $.autoscaler.max, R83 warning $.autoscaler, R85 warning $.metadata.instance"},
	{rule: "R83", base: "P2", edit: `.autoscaler += {min: 1, max: 1}`, want: "R83 warning $.autoscaler"},
	{rule: "R83", base: "P2", edit: `.autoscaler |= del(.min, .max)`, want: "R83 warning $.autoscaler.min, R83 warning $.autoscaler.max"},
	{rule: "R83", base: "P2", edit: `.autoscaler |= (.min = 11 | del(.max))`, want: "R83 warning $.autoscaler.max, R83 error $.autoscaler"},
	{rule: "R83", base: "P2", edit: `.autoscaler += {min: "1", max: 1.5}`, want: "R7 error $.autoscaler.min, R7 error $.autoscaler.max"},
	{rule: "R83", base: "P2", edit: `.autoscaler += {min: 0, max: 1}`},

	{rule: "R84", base: "P2", edit: `.autoscaler.scaleStrategies = []`, want: "R84 error $.autoscaler.scaleStrategies"},
	{rule: "R84", base: "P2", edit: `del(.autoscaler.scaleStrategies)`, want: "R84 error $.autoscaler.scaleStrategies"},
	{rule: "R84", base: "P2", edit: `.autoscaler.scaleStrategies = [{}]`, want: "R84 error $.autoscaler.scaleStrategies[0].metricName, R84 error $.autoscaler.scaleStrategies[0].threshold"},
	{rule: "R84", base: "P2", edit: `.autoscaler.scaleStrategies = [{metricName: "", threshold: 0}]`, want: "R84 error $.autoscaler.scaleStrategies[0].metricName, R84 error $.autoscaler.scaleStrategies[0].threshold"},
	{rule: "R84", base: "P2", edit: `.autoscaler.scaleStrategies = [{metricName: 1, threshold: "20"}]`, want: "R7 error $.autoscaler.scaleStrategies[0].metricName, R7 error $.autoscaler.scaleStrategies[0].threshold"},
	{rule: "R84", base: "P2", edit: `.autoscaler.scaleStrategies[0].metricName = "rps"`, want: "R84 warning $.autoscaler.scaleStrategies[0].metricName"},
	{rule: "R84", base: "P2", edit: `.autoscaler.scaleStrategies = [{metricName: "cpu", threshold: 101}, {metricName: "gpu", threshold: 100.5}, {metricName: "memory", threshold: 1000}]`,
		want: "R84 warning $.autoscaler.scaleStrategies[0].threshold, R84 warning $.autoscaler.scaleStrategies[1].threshold, R84 warning $.autoscaler.scaleStrategies[2].threshold"},
	{rule: "R84", base: "P2", edit: `.autoscaler.scaleStrategies += .autoscaler.scaleStrategies`, want: "R84 warning $.autoscaler.scaleStrategies[1].metricName"},
	{rule: "R84", base: "P6", edit: `.cloud.computing.instance_type = "ecs.c7.large" | .autoscaler = {min: 1, max: 4, scaleStrategies: [{metricName: "gpu", threshold: 50}]}`, want: "R84 warning $.autoscaler.scaleStrategies[0].metricName"},
	{rule: "R84", base: "P2", edit: `.autoscaler.scaleStrategies = [{metricName: "cpu", threshold: 100}, {metricName: "gpu", threshold: 0.1}, {metricName: "memory", threshold: 50}, {metricName: "qps", threshold: 1000}]`},

	{rule: "R85", base: "P2", edit: `.metadata.instance = 5`, want: "R85 warning $.metadata.instance"},
	{rule: "R85", base: "P2", edit: `.autoscaler.min = 2`, want: "R85 warning $.metadata.instance"},
	{rule: "R85", base: "P2", edit: `.metadata.instance = 4`},
	{rule: "R85", edit: `.metadata.instance = 50`},

	{rule: "R89", edit: `.metadata.workspace_id = "<workspace_id>"`, want: "R89 error $.metadata.workspace_id"},
	{rule: "R89", edit: `.metadata.workspace_id = "{workspace_id}"`, want: "R89 error $.metadata.workspace_id"},
	{rule: "R89", edit: `.metadata.workspace_id = "31****"`, want: "R89 error $.metadata.workspace_id"},
	{rule: "R89", edit: `.metadata.workspace_id = "null"`, want: "R89 error $.metadata.workspace_id"},
	{rule: "R89", edit: `.metadata.workspace_id = "undefined"`, want: "R89 error $.metadata.workspace_id"},
	{rule: "R89", base: "P6", edit: `.containers[0].command = ""`, want: "R89 error $.containers[0].command"},
	{rule: "R89", base: "P6", edit: `.containers[0].resources = {a: [{b: "<c>"}]}`, want: "R89 error $.containers[0].resources.a[0].b"},
	{rule: "R89", base: "P6", edit: `.containers[0].command = "x <a> {b} nullable" | .containers[0].env = [{name: "A", value: ""}]`},

	{rule: "R90", base: "P8", edit: `.cloud.networking += {vpc_id: "vpc-xxx", vswitch_id: "vsw-a,vsw-xxx", security_group_id: "sg-xxxx"} | .networking.gateway = "gw-xxx"`,
		want: "R90 warning $.cloud.networking.vpc_id, R90 warning $.cloud.networking.vswitch_id, R90 warning $.cloud.networking.security_group_id, R90 warning $.networking.gateway"},
	{rule: "R90", base: "P8", edit: `.cloud.networking.vpc_id = "vpc-xx" | .networking.gateway = "gw-xxxa"`},
}

func TestCheck(t *testing.T) {
	t.Parallel()
	for i, c := range ruleCases {
		t.Run(c.name(), func(t *testing.T) {
			t.Parallel()
			raw := c.doc(t)
			before := bytes.Clone(raw)
			all := Check(raw, c.known)
			if got, want := told(all), listed(c.want); !slices.Equal(got, want) {
				if c.defect != "" {
					t.Errorf("%s: got %q, want %q", c.defect, got, want)
				}
				t.Errorf("case %d: got %q\nwant %q\nin %.400s", i, got, want, raw)
			}
			if !bytes.Equal(raw, before) {
				t.Error("the file was changed")
			}
		})
	}
}

// nameless are rules that hold, but that are told under the number of another one, which is broken as well.
var nameless = map[string]string{
	"R30": "R7",  // a command of another type
	"R39": "R7",  // types alone
	"R54": "R17", // the same on the other side
}

// TestRulesHaveCases: each rule that a file can break is seen broken and unbroken.
func TestRulesHaveCases(t *testing.T) {
	t.Parallel()
	fires, silent := map[string]bool{}, map[string]bool{}
	for _, c := range ruleCases {
		id := c.rule
		if other := nameless[id]; other != "" {
			id = other
		}
		found := slices.ContainsFunc(listed(c.want), func(f string) bool { rule, _, _ := strings.Cut(f, " "); return base(rule) == id })
		if found {
			fires[c.rule] = true
		} else {
			silent[c.rule] = true
		}
	}
	for _, r := range Rules {
		byCheck := r.Scope == ByFile || r.Scope == ByRun
		if fires[r.ID] != byCheck || silent[r.ID] != byCheck {
			t.Errorf("%s: fires in a case: %t, silent in a case: %t, found by Check: %t", r.ID, fires[r.ID], silent[r.ID], byCheck)
		}
	}
}

func TestRules(t *testing.T) {
	t.Parallel()
	inSchema := map[string]bool{}
	root, _ := Parse(Schema)
	root.Walk(func(n *Node) {
		for _, m := range n.Members {
			switch m.Key {
			case "x-rule", "x-unknown":
				inSchema[m.Value.Str()] = true
			case "x-names":
				for _, names := range m.Value.Members {
					inSchema[names.Key] = true
				}
			}
		}
	})
	elsewhere := map[string]string{"R1": "Parse", "R2": "Parse", "R4": "unknown", "R7": "typed", "R8": "unknown", "R54": "R17"}
	known := map[string]bool{}
	for i, r := range Rules {
		known[r.ID] = true
		if want := "R" + strconv.Itoa(i+1); r.ID != want {
			t.Errorf("rule %d is %s, want %s", i, r.ID, want)
		}
		if r.Summary == "" || r.Source == "" {
			t.Errorf("%s: summary %q, source %q", r.ID, r.Summary, r.Source)
		}
		if r.Scope == ByFile && r.check == nil && !inSchema[r.ID] && elsewhere[r.ID] == "" {
			t.Errorf("%s is checked nowhere", r.ID)
		}
		if r.check == nil && r.Scope == ByRun || r.check != nil && r.Scope > ByRun {
			t.Errorf("%s: of the scope %s, with a check: %t", r.ID, r.Scope, r.check != nil)
		}
		if got, ok := RuleByID(r.ID); !ok || got.ID != r.ID {
			t.Errorf("RuleByID(%s): got %s, %t", r.ID, got.ID, ok)
		}
	}
	if len(Rules) != 90 {
		t.Errorf("got %d rules, want 90", len(Rules))
	}
	for id := range inSchema {
		if !known[id] {
			t.Errorf("the schema names a rule %q", id)
		}
	}
}

func TestRuleByID(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{"R1": "R1", "R90": "R90", "R3.upstream": "R3", "": "", "R": "", "R0": "", "R91": "", "r1": "", "R01": "", "R9.upstream": "", "R3.": "", "R3.upstream.x": "", " R1": ""} {
		if got, ok := RuleByID(id); got.ID != want || ok != (want != "") {
			t.Errorf("%q: got %q, %t; want %q", id, got.ID, ok, want)
		}
	}
}

// TestFixes: what to write instead, where it can be told.
func TestFixes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		edit string
		path string
		fix  string
	}{
		{`.ServiceName = "a"`, "$.ServiceName", "did you mean metadata.name?"},
		{`.Gpu = 1`, "$.Gpu", "did you mean cloud.computing.instance_type?"},
		{`.access = 1`, "$.access", "one of metadata, containers, storage, cloud, networking, autoscaler"},
		{`.contaners = []`, "$.contaners", "did you mean containers?"},
		{`.labels = {}`, "$.labels", "the file without it, or --allow R3.upstream"},
		{`.metadata.workspaceId = "1"`, "$.metadata.workspaceId", "did you mean workspace_id?"},
		{`.metadata.instance = "2"`, "$.metadata.instance", "2, without quotes"},
		{`.metadata.name = 123`, "$.metadata.name", `"123", with quotes`},
		{`.metadata.workspace_id = 7`, "$.metadata.workspace_id", `"7", with quotes`},
		{`.metadata.enable_grpc = "true"`, "$.metadata.enable_grpc", "true, without quotes"},
		{`.containers |= .[0]`, "$.containers", "[{...}], an array around it"},
		{`.containers[0].readiness_check = {}`, "$.containers[0].readiness_check", "did you mean health_check?"},
		{`.containers[0].image = "https://` + vpcRegistry + `a:1"`, "$.containers[0].image", `"` + vpcRegistry + `a:1"`},
		{`.cloud.computing = {type: "a"}`, "$.cloud.computing.type", "did you mean instance_type?"},
		{`.cloud.computing.instance_type = "ecs.c7.large"`, "$.cloud.computing.instance_type", "a GPU type, such as " + catalog.Favourite},
		{`.storage[0].oss.readonly = true`, "$.storage[0].oss.readonly", "did you mean readOnly?"},
		{`.storage[0].git = {}`, "$.storage[0].git", "one of mount_path, oss, nfs, dataset"},
	} {
		all := Check(edited(t, "P1", c.edit), Known{})
		i := slices.IndexFunc(all, func(f Finding) bool { return f.Path == c.path })
		if i < 0 || all[i].Fix != c.fix {
			t.Errorf("%s: got %+v, want %q", c.edit, all, c.fix)
		}
	}
}

// TestFixIsWhole: a value to write is of no use if it is cut short.
func TestFixIsWhole(t *testing.T) {
	t.Parallel()
	const image = easRegistry + "vllm:0.14.0-gpu"
	for _, c := range []struct {
		edit  string
		known Known
		want  string
	}{
		{`.containers[0].image = "https://` + image + `"`, Known{}, strconv.Quote(image)},
		{`.containers[0].image |= sub("-vpc"; "")`, Known{}, strconv.Quote(image)},
		{``, Known{Region: "cn-beijing"}, strconv.Quote(strings.Replace(image, "hangzhou", "beijing", 1)) + ", if it is there"},
		{`.storage[0].oss.path = "oss://bucket.oss-cn-hangzhou-internal.aliyuncs.com/" + ("p" * 60) + "/"`, Known{}, `"oss://bucket/` + strings.Repeat("p", 60) + `/"`},
	} {
		all := Check(edited(t, "P1", c.edit), c.known)
		if len(all) != 1 || all[0].Fix != c.want {
			t.Errorf("%s: got %+v, want %q", c.edit, all, c.want)
		}
	}
}

// everything is a file with every key of the schema that can stand beside the others.
const everything = `{
  "metadata": {"name": "abc", "instance": 2, "workspace_id": "1", "cpu": 1, "memory": 1, "gpu": 1, "quota_id": "q", "disk": "1Gi", "shm_size": 1, "rdma": 1,
    "enable_grpc": true, "enable_webservice": true, "rolling_strategy": {"max_surge": 1, "max_unavailable": 1}},
  "containers": [{"image": "registry-vpc.cn-hangzhou.aliyuncs.com/example/m:1", "port": 8000, "command": "x", "args": ["y"], "env": [{"name": "A", "value": "b"}],
    "prepare": {"pythonRequirements": ["x"], "pythonRequirementsPath": "/x"}, "resources": {},
    "startup_check": {"http_get": {"path": "/", "port": 8000}, "initial_delay_seconds": 1, "period_seconds": 1, "timeout_seconds": 1, "failure_threshold": 1, "success_threshold": 1},
    "liveness_check": {"tcp_socket": {"port": 8000}}, "health_check": {"exec": {"command": ["x"]}}}],
  "storage": [{"mount_path": "/a", "oss": {"path": "oss://bucket/", "readOnly": true}}, {"mount_path": "/b", "nfs": {"server": "x", "path": "/", "readOnly": true, "resourceGroup": "x"}},
    {"mount_path": "/c", "dataset": {"id": "d-1", "version": "v1", "read_only": true}}],
  "cloud": {"computing": {"instances": [{"type": "a"}]}, "networking": {"vpc_id": "vpc-1", "vswitch_id": "vsw-1,vsw-2", "security_group_id": "sg-1"}},
  "networking": {"nlb": [{"id": "default", "listener_port": 80, "netType": "intranet"}]},
  "autoscaler": {"min": 1, "max": 4, "scaleStrategies": [{"metricName": "qps", "threshold": 1}]}
}`

// TestEveryFieldHasItsType: a value of another type in the place of any one is R7, and nothing panics at it.
func TestEveryFieldHasItsType(t *testing.T) {
	t.Parallel()
	if got, want := told(Check([]byte(everything), Known{})), listed("R19 warning $.metadata.cpu, R19 warning $.metadata.memory, R19 warning $.metadata.gpu, R20 warning $.metadata.quota_id"); !slices.Equal(got, want) {
		t.Fatalf("got %q, want %q", got, want)
	}
	root, _ := Parse([]byte(everything))
	places := 0
	root.Walk(func(n *Node) {
		if n == root {
			return
		}
		places++
		for kind, literal := range map[Kind]string{Null: "null", Bool: "true", Number: "1", String: `"x"`, Array: "[]", Object: "{}"} {
			if kind == n.Kind || n.key == "workspace_id" && kind == Number {
				continue
			}
			raw := everything[:n.start] + literal + everything[n.end:]
			if got, want := told(Check([]byte(raw), Known{})), "R7 error "+n.Path(); !slices.Contains(got, want) {
				t.Errorf("%s: got %q, want %s", literal, got, want)
			}
		}
	})
	if places < 80 {
		t.Errorf("%d places", places)
	}
}

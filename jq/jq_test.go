package jq

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/big"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/itchyny/gojq"
)

// The targets below have the fields of those that the steps decode into. They are written down a second time
// because the filters, not the steps, are on trial here.

type page[T any] struct {
	Total *int `json:"total"`
	Size  *int `json:"size"`
	Count *int `json:"count"`
	Rows  []T  `json:"rows"`
}

type service struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Status  string `json:"status"`
	Created string `json:"created"`
	Image   string `json:"image"`
}

type described struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Status  string `json:"status"`
	Message string `json:"message"`
	Created string `json:"created"`
	Image   string `json:"image"`
}

type created struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Region    string `json:"region"`
	Status    string `json:"status"`
	RequestID string `json:"request_id"`
}

type label struct {
	Key   string `json:"Key"`
	Value any    `json:"Value"`
}

type image struct {
	ImageID       string  `json:"ImageId"`
	ImageURI      string  `json:"ImageUri"`
	ImageCategory string  `json:"ImageCategory"`
	Name          string  `json:"Name,omitempty"`
	Created       string  `json:"Created,omitempty"`
	Labels        []label `json:"Labels,omitempty"`
}

type workspace struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Status  string `json:"status"`
	Default bool   `json:"default"`
}

type spec struct {
	InstanceType string      `json:"InstanceType"`
	CPU          json.Number `json:"CPU"`
	GPU          json.Number `json:"GPU"`
	Memory       json.Number `json:"Memory"`
	GPUModel     string      `json:"GPUModel"`
	GPUMemory    float64     `json:"GPUMemory"`
	Available    bool        `json:"Available"`
	Stock        string      `json:"Stock"`
}

type endpoints struct {
	Token     string     `json:"token"`
	Endpoints []endpoint `json:"endpoints"`
}

type endpoint struct {
	Type     string      `json:"type"`
	Internet []string    `json:"internet"`
	Intranet []string    `json:"intranet"`
	Port     json.Number `json:"port"`
}

type balancer struct {
	ID        string   `json:"id"`
	Status    string   `json:"status"`
	Kind      string   `json:"kind"`
	VPC       string   `json:"vpc"`
	VSwitches []string `json:"vswitches"`
}

type dlink struct {
	VPC           string   `json:"vpc"`
	VSwitch       string   `json:"vswitch"`
	More          []string `json:"more"`
	SecurityGroup string   `json:"security_group"`
	CIDRs         string   `json:"cidrs"`
}

type gatewayDetail struct {
	ID        string   `json:"id"`
	Status    string   `json:"status"`
	VPC       string   `json:"vpc"`
	VSwitches []string `json:"vswitches"`
}

type gateway struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Status  string `json:"status"`
	Default bool   `json:"default"`
}

type linkedVPC struct {
	VPC           string `json:"vpc"`
	VSwitch       string `json:"vswitch"`
	SecurityGroup string `json:"security_group"`
	Status        string `json:"status"`
}

type natGateway struct {
	ID       string   `json:"id"`
	Status   string   `json:"status"`
	Internet bool     `json:"internet"`
	IPs      []string `json:"ips"`
}

type resource struct {
	ID         string  `json:"id"`
	Name       string  `json:"name"`
	Kind       string  `json:"kind"`
	Status     string  `json:"status"`
	CPUs       float64 `json:"cpus"`
	GPUs       float64 `json:"gpus"`
	FreeCPUs   float64 `json:"free_cpus"`
	FreeGPUs   float64 `json:"free_gpus"`
	MostCPU    float64 `json:"most_cpu"`
	MostGPU    float64 `json:"most_gpu"`
	MostMemory float64 `json:"most_memory"`
}

// securityGroups is a page of the one list that is paged by tokens.
type securityGroups struct {
	Next  *string         `json:"next"`
	Count *int            `json:"count"`
	Rows  []securityGroup `json:"rows"`
}

type securityGroup struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	VPC     string `json:"vpc"`
	Kind    string `json:"kind"`
	Managed bool   `json:"managed"`
}

type serviceConfig struct {
	Name      string `json:"name"`
	Resource  string `json:"resource"`
	Instances int    `json:"instances"`
	Config    string `json:"config"`
}

type snatEntry struct {
	ID      string `json:"id"`
	VSwitch string `json:"vswitch"`
	CIDR    string `json:"cidr"`
	IP      string `json:"ip"`
	Status  string `json:"status"`
}

type vpc struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	CIDR    string `json:"cidr"`
	Status  string `json:"status"`
	Default bool   `json:"default"`
}

type vswitch struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	VPC    string `json:"vpc"`
	Zone   string `json:"zone"`
	CIDR   string `json:"cidr"`
	Status string `json:"status"`
	Free   int    `json:"free"`
}

// filters runs each filter into its target. TestFiltersComplete holds the list to the files.
var filters = map[string]func(any) (any, error){
	"eas/check-name": filterOf[page[service]]("eas/check-name"),
	"eas/create":     filterOf[created]("eas/create"),
	"eas/images":     filterOf[page[image]]("eas/images"),
	"eas/params":     filterOf[page[workspace]]("eas/params"),
	"eas/report":     filterOf[endpoints]("eas/report"),
	"eas/specs":      filterOf[page[spec]]("eas/specs"),
	"eas/verify":     filterOf[described]("eas/verify"),

	"network/balancer":        filterOf[balancer]("network/balancer"),
	"network/dlink":           filterOf[dlink]("network/dlink"),
	"network/gateway":         filterOf[gatewayDetail]("network/gateway"),
	"network/gateways":        filterOf[page[gateway]]("network/gateways"),
	"network/linked-vpcs":     filterOf[page[linkedVPC]]("network/linked-vpcs"),
	"network/nat-gateways":    filterOf[page[natGateway]]("network/nat-gateways"),
	"network/resources":       filterOf[page[resource]]("network/resources"),
	"network/security-groups": filterOf[securityGroups]("network/security-groups"),
	"network/service-config":  filterOf[serviceConfig]("network/service-config"),
	"network/snat-entries":    filterOf[page[snatEntry]]("network/snat-entries"),
	"network/vpcs":            filterOf[page[vpc]]("network/vpcs"),
	"network/vswitches":       filterOf[page[vswitch]]("network/vswitches"),
}

func filterOf[T any](name string) func(any) (any, error) {
	return func(v any) (any, error) { return Into[T](name, v, nil) }
}

func into[T any](t *testing.T, filter string, input any) T {
	t.Helper()
	out, err := Into[T](filter, input, nil)
	if err != nil {
		t.Fatalf("%s: got error %v", filter, err)
	}
	return out
}

const samples = "../fixtures/samples/eas"

func sample(t testing.TB, name string) any {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(samples, name))
	if err != nil {
		t.Fatal(err)
	}
	return decode(t, string(raw))
}

// decode makes the value a filter gets: as encoding/json, with numbers as json.Number.
func decode(t testing.TB, text string) any {
	t.Helper()
	v, err := decoded([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

func decoded(raw []byte) (v any, err error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	err = dec.Decode(&v)
	return v, err
}

func same(t *testing.T, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %s\nwant %s", show(got), show(want))
	}
}

func show(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprintf("%#v", v)
	}
	return string(raw)
}

func ptr(i int) *int { return &i }

const vllmImage = "eas-registry-vpc.cn-hangzhou.cr.aliyuncs.com/pai-eas/vllm:0.14.0-gpu"

func TestCheckName(t *testing.T) {
	t.Parallel()
	all := []service{
		{"eas-m-synth000001", "qwen35_7b_prod", "Running", "2026-06-02T03:00:00Z", vllmImage},
		{"eas-m-synth000002", "qwen35_7b", "Stopped", "2026-06-03T03:00:00Z", vllmImage},
		{"eas-m-synth000003", "llama3_8b_api", "Failed", "2026-06-04T03:00:00Z", vllmImage},
		{"eas-m-synth000004", "sdxl_inference", "Creating", "2026-06-05T03:00:00Z", vllmImage},
		{"eas-m-synth000005", "my_vllm_service", "Waiting", "2026-06-06T03:00:00Z", vllmImage},
		{"eas-m-synth000006", "gw_demo", "Running", "2026-06-07T03:00:00Z", vllmImage},
		{"eas-m-synth000007", "grp_a.qwen_canary", "Updating", "2026-06-08T03:00:00Z", vllmImage},
		{"eas-m-synth000008", "qwen35_7b_prod_queue", "Running", "2026-06-01T03:00:00Z", vllmImage},
	}
	for _, c := range []struct {
		input any
		want  page[service]
	}{
		{sample(t, "ListServices.json"), page[service]{Total: ptr(8), Size: ptr(100), Rows: all}},
		{sample(t, "ListServices.page1of2.json"), page[service]{Total: ptr(8), Size: ptr(5), Rows: all[:5]}},
		{sample(t, "ListServices.page2of2.json"), page[service]{Total: ptr(8), Size: ptr(5), Rows: all[5:]}},
		{sample(t, "ListServices.empty.json"), page[service]{Total: ptr(0), Size: ptr(100), Rows: []service{}}},
		// The documented shape tells no page size.
		{sample(t, "ListServices.seed-shape.json"), page[service]{Total: ptr(8), Rows: all}},
		{map[string]any{"Data": sample(t, "ListServices.page1of2.json")}, page[service]{Rows: all[:5]}},
		{decode(t, `{"Services":[{"ServiceName":"a"}]}`), page[service]{Rows: []service{{ID: "a", Name: "a"}}}},
		{decode(t, `{"Services":[{"ServiceName":"a"}],"ServiceList":[{"ServiceName":"b"}]}`), page[service]{Rows: []service{{ID: "a", Name: "a"}}}},
		// A null beside the list of the other shape hides nothing.
		{decode(t, `{"Services":null,"ServiceList":[{"ServiceName":"b"}]}`), page[service]{Rows: []service{{ID: "b", Name: "b"}}}},
	} {
		same(t, into[page[service]](t, "eas/check-name", c.input), c.want)
	}
}

func TestImages(t *testing.T) {
	t.Parallel()
	const registry = "eas-registry-vpc.cn-hangzhou.cr.aliyuncs.com/pai-eas/"
	var all []image
	for i, row := range [][3]string{
		{"vllm:0.14.0-gpu", "LLM", "2026-02-11"},
		{"vllm:0.13.0rc2.a8ec486.20260305pai-gpu", "LLM", "2026-03-12"},
		{"vllm:0.11.2-gpu", "LLM", "2026-04-13"},
		{"vllm:0.14.0-ppu", "LLM", "2026-05-14"},
		{"vllm:0.14.0-xpu", "LLM", "2026-06-15"},
		{"sglang:0.5.8-acclep1.2.1-gpu", "LLM", "2026-01-16"},
		{"sglang:0.5.2-gpu", "LLM", "2026-02-17"},
		{"sglang:0.5.8-ppu", "LLM", "2026-03-18"},
		{"comfyui:2.2-api", "image", "2026-04-10"},
		{"comfyui:2.1-webui", "image", "2026-05-11"},
		{"stable-diffusion-webui:4.2", "image", "2026-06-12"},
		{"cosyvoice-webui:3.0.6", "tts", "2026-01-13"},
		{"pairag:0.4.3-cpu", "rag", "2026-02-14"},
		{"pytorch-inference:2.5.1-cpu-py310", "general", "2026-03-15"},
		{"pytorch-inference:2.7.1-gpu-py310", "general", "2026-04-16"},
		{"tritonserver:25.03-py3", "general", "2026-05-17"},
		{"python-inference:py39-ubuntu2004", "tools", "2026-06-18"},
		{"llama.cpp:b4000-gpu", "LLM", "2026-01-10"},
	} {
		all = append(all, image{ImageID: fmt.Sprintf("image-synth%04d", i+1), ImageURI: registry + row[0], ImageCategory: row[1], Name: row[0], Created: row[2] + "T08:00:00.000Z"})
	}
	// stripped takes the labels away, which are compared with the sample's own.
	stripped := func(images []image) []image {
		out := slices.Clone(images)
		for i := range out {
			out[i].Labels = nil
		}
		return out
	}
	for _, c := range []struct {
		sample string
		rows   []image
		labels bool
	}{
		{"ListImages.json", all, true},
		{"ListImages.page1of2.json", all[:10], true},
		{"ListImages.page2of2.json", all[10:], true},
		{"ListImages.no-verbose.json", all, false},
	} {
		input := sample(t, c.sample)
		got := into[page[image]](t, "eas/images", input)
		same(t, page[image]{got.Total, got.Size, got.Count, stripped(got.Rows)}, page[image]{Total: ptr(18), Count: ptr(len(c.rows)), Rows: c.rows})
		for i, row := range input.(map[string]any)["Images"].([]any) {
			var want []label
			for _, l := range asArray(row.(map[string]any)["Labels"]) {
				want = append(want, label{Key: l.(map[string]any)["Key"].(string), Value: l.(map[string]any)["Value"]})
			}
			if (want != nil) != c.labels {
				t.Fatalf("%s: row %d has labels: %t", c.sample, i, want != nil)
			}
			same(t, got.Rows[i].Labels, want)
		}
	}

	// A category in the reply stands, as the documented filter has it.
	seed := into[page[image]](t, "eas/images", sample(t, "ListImages.seed-shape.json"))
	for i, row := range seed.Rows {
		want := "General"
		switch {
		case i < 8:
			want = "LLM"
		case i < 10:
			want = "ImageGeneration"
		}
		if row.ImageCategory != want || row.ImageURI != all[i].ImageURI {
			t.Errorf("row %d: got %s %s, want %s %s", i, row.ImageURI, row.ImageCategory, all[i].ImageURI, want)
		}
	}
}

func asArray(v any) []any {
	a, _ := v.([]any)
	return a
}

func TestImagesWithoutURI(t *testing.T) {
	t.Parallel()
	got := into[page[image]](t, "eas/images", decode(t, `{"TotalCount":5,"PageSize":50,"Images":[
		{"ImageId":"a","Name":"vllm","ImageUri":null},{"ImageId":"b"},{"ImageUri":""},{"ImageUri":7},{"ImageUri":"host/x:1"}]}`))
	// Dropped rows count as read: the list would otherwise never reach its total.
	same(t, got, page[image]{Total: ptr(5), Size: ptr(50), Count: ptr(5), Rows: []image{{ImageID: "host/x:1", ImageURI: "host/x:1", ImageCategory: "other"}}})
	same(t, into[page[image]](t, "eas/images", decode(t, `{"Images":[]}`)), page[image]{Count: ptr(0), Rows: []image{}})
}

func TestCategory(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, want string }{
		{"vllm:1", "LLM"}, {"VLLM:1", "LLM"}, {"sglang:1", "LLM"}, {"llama.cpp:b1", "LLM"},
		{"comfyui:2", "image"}, {"stable-diffusion-webui:4", "image"}, {"kohya_ss:1", "image"}, {"easyanimate:1", "image"},
		{"cosyvoice-webui:3", "tts"}, {"pairag:1", "rag"},
		{"pytorch-inference:2-py310", "general"}, {"tritonserver:25", "general"}, {"tensorflow-serving:2", "general"},
		{"openclaw:1", "tools"}, {"copaw:1", "tools"}, {"python-inference:py39", "tools"},
		{"llama:1", "other"}, {"modelscope:1", "other"},
	} {
		for _, input := range []map[string]any{
			{"ImageUri": "host/x", "Name": c.name},
			{"ImageUri": "host/" + c.name}, // no name: the URI tells
		} {
			got := into[page[image]](t, "eas/images", map[string]any{"Images": []any{input}})
			if got.Rows[0].ImageCategory != c.want {
				t.Errorf("%v: got category %q, want %q", input, got.Rows[0].ImageCategory, c.want)
			}
		}
	}
}

// machineSpecs is what the samples say, in either shape, with numbers as they are spelled there.
var machineSpecs = []spec{
	{"ecs.c7.large", "2", "0", "4.0", "", 0, true, "WithStock"},
	{"ecs.c7a.xlarge", "4", "0", "8.0", "", 0, true, "WithStock"}, // no GPUAmount
	{"ecs.g7.2xlarge", "8", "0", "32.0", "", 0, true, "WithStock"},
	{"ecs.r7.4xlarge", "16", "0", "128.0", "", 0, false, "NoStock"},
	{"ml.c7.8xlarge.2", "32", "0", "64.0", "", 0, true, "WithStock"},
	{"ecs.gn6i-c4g1.xlarge", "4", "1", "15.0", "T4", 16, true, "WithStock"},
	{"ecs.gn6i-c8g1.2xlarge", "8", "1", "31.0", "T4", 16, true, "WithStock"},
	{"ecs.gn6v-c8g1.2xlarge", "8", "1", "32.0", "V100", 16, false, "NoStock"},
	{"ecs.gn6e-c12g1.3xlarge", "12", "1", "92.0", "V100", 32, true, "WithStock"},
	{"ecs.gn7i-c16g1.4xlarge", "16", "1", "60.0", "A10", 24, true, "WithStock"},
	{"ecs.gn7i-c32g1.32xlarge", "128", "4", "752.0", "A10", 24, true, "WithStock"},
	{"ecs.gn7-c12g1.3xlarge", "12", "1", "94.0", "A100", 40, false, "ClosedWithStock"},
	{"ecs.gn8is.2xlarge", "8", "1", "64.0", "L20", 48, true, "WithStock"},
	{"ecs.gn8is-8x.32xlarge", "128", "8", "1024.0", "L20", 48, true, "WithStock"},
	{"ml.gu7i.c16m60.1-gu30", "16", "1", "60.0", "GU30", 24, true, "WithStock"},
	{"ml.gu7i.c32m188.1-gu30", "32", "1", "188.0", "GU30", 24, true, "WithStock"},
	{"ecs.ebmppu1.48xlarge", "192", "16", "1800.0", "PPU", 96, true, "WithStock"},
	{"ecs.ebmppu1s.24xlarge", "96", "8", "900.0", "PPU", 96, false, "NoStock"},
	{"ecs.egs8.16xlarge", "64", "8", "512.0", "XPU", 64, true, "WithStock"},
}

func TestSpecs(t *testing.T) {
	t.Parallel()
	documented := slices.Clone(machineSpecs)
	for i, s := range documented {
		// The documented shape has the count in GPU and says nothing of model, card memory and stock.
		documented[i] = spec{InstanceType: s.InstanceType, CPU: s.CPU, GPU: s.GPU, Memory: s.Memory, Available: true}
	}
	for _, c := range []struct {
		sample string
		want   []spec
	}{
		{"DescribeMachineSpec.json", machineSpecs},
		{"DescribeMachineSpec.seed-shape.json", documented},
		{"DescribeMachineSpec.empty-string-gpu.json", machineSpecs[:7]},
		{"DescribeMachineSpec.empty.json", []spec{}},
	} {
		t.Run(c.sample, func(t *testing.T) {
			t.Parallel()
			same(t, into[page[spec]](t, "eas/specs", sample(t, c.sample)), page[spec]{Rows: c.want})
		})
	}
}

func TestSpecsCount(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		row   string
		count json.Number
		model string // an asterisk where it does not matter
	}{
		{`{}`, "0", ""},
		{`{"GPU":null,"GPUAmount":null}`, "0", ""},
		{`{"GPU":2}`, "2", ""},
		{`{"GPU":0,"GPUType":"T4"}`, "0", "T4"},
		{`{"GPU":"T4"}`, "1", "T4"}, // a model without a count is one card
		{`{"GPU":"T4","GPUAmount":4}`, "4", "T4"},
		{`{"GPU":"","GPUAmount":0}`, "0", ""},
		{`{"GPU":""}`, "0", ""},
		{`{"GPU":"8"}`, "8", "*"},
		{`{"GPUAmount":"2"}`, "2", ""},
		{`{"GPU":0.25}`, "0.25", ""}, // a slice of a card
		{`{"GPU":"A10","GPUAmount":12345678901234567890}`, "12345678901234567890", "A10"},
	} {
		got := into[page[spec]](t, "eas/specs", decode(t, `{"InstanceMetas":[`+c.row+`]}`)).Rows[0]
		if got.GPU != c.count || c.model != "*" && got.GPUModel != c.model {
			t.Errorf("%s: got %s %q, want %s %q", c.row, got.GPU, got.GPUModel, c.count, c.model)
		}
	}
	for row, want := range map[string]bool{`{}`: true, `{"IsAvailable":null}`: true, `{"IsAvailable":true}`: true, `{"IsAvailable":false}`: false} {
		if got := into[page[spec]](t, "eas/specs", decode(t, `{"InstanceTypes":[`+row+`]}`)).Rows[0].Available; got != want {
			t.Errorf("%s: got available %t, want %t", row, got, want)
		}
	}
}

func TestWorkspaces(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]page[workspace]{
		"ListWorkspaces.json": {Total: ptr(4), Rows: []workspace{
			{"310001", "ws_default_hz", "ENABLED", true},
			{"310002", "ws_llm_team", "ENABLED", false},
			{"310003", "ws_frozen", "FROZEN", false},
			{"310004", "ws_init", "INITIALIZING", false},
		}},
		"ListWorkspaces.single.json": {Total: ptr(1), Rows: []workspace{{"310009", "only_one", "ENABLED", true}}},
		"ListWorkspaces.empty.json":  {Total: ptr(0), Rows: []workspace{}},
	} {
		same(t, into[page[workspace]](t, "eas/params", sample(t, name)), want)
	}
	// An id that came as a number keeps every digit: it goes into service.json as a string.
	same(t, into[page[workspace]](t, "eas/params", decode(t, `{"PageSize":20,"Workspaces":[{"WorkspaceId":12345678901234567890123,"IsDefault":"true"}]}`)),
		page[workspace]{Size: ptr(20), Rows: []workspace{{ID: "12345678901234567890123"}}})
}

func TestVerify(t *testing.T) {
	t.Parallel()
	running := described{ID: "eas-m-synth000001", Name: "qwen35_7b_prod", Status: "Running", Message: "Service is running", Created: "2026-06-02T03:00:00Z", Image: vllmImage}
	for _, c := range []struct {
		input any
		want  described
	}{
		{sample(t, "DescribeService.json"), running},
		{sample(t, "DescribeService.upstream-shape.json"), running},
		{map[string]any{"Data": sample(t, "DescribeService.json")}, running},
		{sample(t, "DescribeService.creating.json"),
			described{ID: "eas-m-synth000004", Name: "sdxl_inference", Status: "Creating", Message: "Service is creating", Created: "2026-06-05T03:00:00Z", Image: vllmImage}},
		{decode(t, `{"ServiceName":"a"}`), described{Name: "a", Status: "unknown"}},
		// What is flat wins: Service may be a field of the reply.
		{decode(t, `{"ServiceName":"a","Status":"Running","Service":{"ServiceName":"b"}}`), described{Name: "a", Status: "Running"}},
	} {
		same(t, into[described](t, "eas/verify", c.input), c.want)
	}
}

func TestReport(t *testing.T) {
	t.Parallel()
	const token = "U1lOVEhFVElDLXRva2VuLW5vdC1yZWFs"
	for _, c := range []struct {
		input any
		want  endpoints
	}{
		{sample(t, "DescribeServiceEndpoints.json"), endpoints{token, []endpoint{
			{"DefaultGateway", []string{"http://1900000000000001.cn-hangzhou.pai-eas.aliyuncs.com/api/predict/qwen35_7b_prod"},
				[]string{"http://1900000000000001.vpc.cn-hangzhou.pai-eas.aliyuncs.com/api/predict/qwen35_7b_prod"}, "0"},
			{"Nlb", []string{}, []string{"nlb-synth0000000001.cn-hangzhou.nlb.aliyuncs.com:9000"}, "9000"},
		}}},
		{sample(t, "DescribeServiceEndpoints.private-gateway.json"), endpoints{token, []endpoint{
			{"PrivateGateway", []string{}, []string{"http://gw_demo.gw-synth000001-vpc.cn-hangzhou.pai-eas.aliyuncs.com/"}, "0"},
		}}},
		// Absent while the service is being created.
		{sample(t, "DescribeServiceEndpoints.creating.json"), endpoints{token, []endpoint{}}},
		{decode(t, `{"Endpoints":[]}`), endpoints{"", []endpoint{}}},
		{decode(t, `{"Endpoints":[{"InternetEndpoints":"a","IntranetEndpoints":["b","",null,"c"]}]}`),
			endpoints{"", []endpoint{{"Endpoint", []string{"a"}, []string{"b", "c"}, "0"}}}},
	} {
		same(t, into[endpoints](t, "eas/report", c.input), c.want)
	}
}

func TestCreate(t *testing.T) {
	t.Parallel()
	same(t, into[created](t, "eas/create", sample(t, "CreateService.json")),
		created{"eas-m-synth000101", "skill_qwen_482917", "cn-hangzhou", "Creating", "7F3A0026-1B2C-5D6E-9A00-0C0FFEE00026"})
	same(t, into[created](t, "eas/create", decode(t, `{"ServiceId":"x"}`)), created{ID: "x"})
}

const (
	vpcA = "vpc-synth0000000000a"
	vpcB = "vpc-synth0000000000b"
	vswH = "vsw-synth0000000h001"
	vswI = "vsw-synth0000000i001"
	sgA1 = "sg-synth0000000000a1"
)

func str(s string) *string { return &s }

// TestNetworkSamples: the shapes of the real replies and of the documented ones give the same.
func TestNetworkSamples(t *testing.T) {
	t.Parallel()
	gateways := []gateway{{"gw-synth000001", "gw_1", "Running", true}, {"gw-synth000002", "gw_2", "Creating", false}, {"gw-synth000003", "gw_3", "Running", false}}
	nlb := balancer{"nlb-synth0000000001", "Active", "Intranet", vpcA, []string{vswH, vswI}}
	groups := securityGroups{str(""), ptr(4), []securityGroup{
		{sgA1, "sg_eas", vpcA, "normal", false}, {"sg-synth0000000000a2", "sg_web", vpcA, "normal", false},
		{"sg-synth0000000000a3", "sg_managed", vpcA, "normal", true}, {"sg-synth0000000000b1", "sg_b", vpcB, "normal", false},
	}}
	vswitches := []vswitch{
		{vswH, "synth0000000h001", vpcA, "cn-hangzhou-h", "192.168.10.0/24", "Available", 248},
		{"vsw-synth0000000h002", "synth0000000h002", vpcA, "cn-hangzhou-h", "192.168.11.0/29", "Available", 2},
		{vswI, "synth0000000i001", vpcA, "cn-hangzhou-i", "192.168.20.0/24", "Available", 199},
		{"vsw-synth0000000j001", "synth0000000j001", vpcA, "cn-hangzhou-j", "192.168.30.0/28", "Available", 0},
		{"vsw-synth0000000i002", "synth0000000i002", vpcA, "cn-hangzhou-i", "192.168.21.0/24", "Pending", 250},
		{"vsw-synth0000000h101", "synth0000000h101", vpcB, "cn-hangzhou-h", "10.1.0.0/24", "Available", 240},
		{"vsw-synth0000000j101", "synth0000000j101", vpcB, "cn-hangzhou-j", "10.1.1.0/24", "Available", 240},
	}
	// Memory is in MB, and what is used is not free.
	resources := []resource{
		{"eas-r-synthded0001", "prod_ded", "Dedicated", "ResourceReady", 64, 4, 48, 2, 16, 1, 61440},
		{"eas-r-synthded0002", "new_ded", "Dedicated", "ResourceCreating", 0, 0, 0, 0, 16, 1, 61440},
		{"eas-r-synthself001", "self_ack", "SelfManaged", "ResourceReady", 128, 8, 96, 4, 16, 1, 61440},
		{"eas-r-synthded0003", "cpu_ded", "Dedicated", "ResourceReady", 32, 0, 24, 0, 16, 1, 61440},
	}
	const config = `{"metadata": {"name": "qwen35_7b_prod", "instance": 2, "workspace_id": "310001"}, "containers": [{"image": "` + vllmImage +
		`", "port": 8000, "command": "vllm serve /model_dir --port 8000 --trust-remote-code"}], "cloud": {"computing": {"instance_type": "ecs.gn7i-c16g1.4xlarge"}}}`
	prod := serviceConfig{"qwen35_7b_prod", "", 2, config}
	for _, c := range []struct {
		filter, sample string
		want           any
	}{
		{"balancer", "GetLoadBalancerAttribute.json", nlb},
		{"balancer", "GetLoadBalancerAttribute.upstream-shape.json", nlb},
		{"dlink", "DescribeResourceDLink.json", dlink{vpcA, vswH, []string{vswI}, sgA1, "192.168.0.0/16"}},
		{"gateway", "DescribeGateway.json", gatewayDetail{"gw-synth000001", "Running", "", []string{}}},
		{"gateway", "DescribeGateway.seed-shape.json", gatewayDetail{"gw-synth000001", "Running", vpcA, []string{vswH, vswI}}},
		{"gateways", "ListGateway.json", page[gateway]{ptr(3), ptr(100), ptr(3), gateways}},
		{"gateways", "ListGateway.empty.json", page[gateway]{ptr(0), ptr(100), ptr(0), []gateway{}}},
		{"linked-vpcs", "ListGatewayIntranetLinkedVpc.json", page[linkedVPC]{Rows: []linkedVPC{
			{vpcA, vswH, sgA1, "Running"}, {vpcA, vswI, sgA1, "Running"}, {vpcB, "vsw-synth0000000h101", "sg-synth0000000000b1", "Creating"},
		}}},
		{"linked-vpcs", "ListGatewayIntranetLinkedVpc.empty.json", page[linkedVPC]{Rows: []linkedVPC{}}},
		{"nat-gateways", "DescribeNatGateways.json", page[natGateway]{ptr(2), ptr(50), ptr(2), []natGateway{
			{"ngw-synth00000001", "Available", true, []string{"198.51.100.23"}}, {"ngw-synth00000002", "Available", false, []string{}},
		}}},
		{"resources", "ListResources.json", page[resource]{ptr(4), ptr(100), ptr(4), resources}},
		{"resources", "ListResources.none-ready.json", page[resource]{ptr(2), ptr(100), ptr(2), resources[1:3]}},
		{"resources", "ListResources.empty.json", page[resource]{ptr(0), ptr(100), ptr(0), []resource{}}},
		{"security-groups", "DescribeSecurityGroups.json", groups},
		{"security-groups", "DescribeSecurityGroups.upstream-shape.json", groups},
		{"security-groups", "DescribeSecurityGroups.empty.json", securityGroups{str(""), ptr(0), []securityGroup{}}},
		{"service-config", "DescribeService.json", prod},
		{"service-config", "DescribeService.upstream-shape.json", prod},
		{"snat-entries", "DescribeSnatTableEntries.json", page[snatEntry]{ptr(2), ptr(50), ptr(2), []snatEntry{
			{"snat-synth1", vswH, "192.168.10.0/24", "198.51.100.23", "Available"}, {"snat-synth2", "", "192.168.11.0/29", "198.51.100.23", "Pending"},
		}}},
		{"vpcs", "DescribeVpcs.json", page[vpc]{ptr(2), ptr(50), ptr(2), []vpc{
			{vpcA, "vpc_main", "192.168.0.0/16", "Available", true}, {vpcB, "vpc_b", "10.1.0.0/16", "Available", false},
		}}},
		{"vpcs", "DescribeVpcs.empty.json", page[vpc]{ptr(0), ptr(50), ptr(0), []vpc{}}},
		{"vswitches", "DescribeVSwitches.json", page[vswitch]{ptr(7), ptr(50), ptr(7), vswitches}},
		{"vswitches", "DescribeVSwitches.one-zone.json", page[vswitch]{ptr(2), ptr(50), ptr(2), vswitches[:2]}},
	} {
		t.Run(c.filter+" "+c.sample, func(t *testing.T) {
			t.Parallel()
			got, err := filters["network/"+c.filter](sample(t, c.sample))
			if err != nil {
				t.Fatal(err)
			}
			same(t, got, c.want)
		})
	}
}

// TestNetworkShapes: shapes that no sample has.
func TestNetworkShapes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		filter, input string
		want          any
	}{
		// Empty lists are an answer, in either shape.
		{"gateways", `{"Gateways":[]}`, page[gateway]{Count: ptr(0), Rows: []gateway{}}},
		{"linked-vpcs", `{"IntranetLinkedVpcList":[]}`, page[linkedVPC]{Rows: []linkedVPC{}}},
		{"nat-gateways", `{"NatGateways":[]}`, page[natGateway]{Count: ptr(0), Rows: []natGateway{}}},
		{"nat-gateways", `{"NatGateways":{"NatGateway":[]}}`, page[natGateway]{Count: ptr(0), Rows: []natGateway{}}},
		{"resources", `{"Resources":[]}`, page[resource]{Count: ptr(0), Rows: []resource{}}},
		{"security-groups", `{"SecurityGroups":[]}`, securityGroups{str(""), ptr(0), []securityGroup{}}},
		{"security-groups", `{"SecurityGroups":{"SecurityGroup":[]},"NextToken":"t"}`, securityGroups{str("t"), ptr(0), []securityGroup{}}},
		{"snat-entries", `{"SnatTableEntries":[]}`, page[snatEntry]{Count: ptr(0), Rows: []snatEntry{}}},
		{"snat-entries", `{"SnatTableEntries":{"SnatTableEntry":[]}}`, page[snatEntry]{Count: ptr(0), Rows: []snatEntry{}}},
		{"vpcs", `{"Vpcs":[]}`, page[vpc]{Count: ptr(0), Rows: []vpc{}}},
		{"vswitches", `{"VSwitches":[]}`, page[vswitch]{Count: ptr(0), Rows: []vswitch{}}},
		// A plain list, as the documents have it.
		{"nat-gateways", `{"NatGateways":[{"NatGatewayId":"ngw-1"}]}`, page[natGateway]{Count: ptr(1), Rows: []natGateway{{"ngw-1", "", true, []string{}}}}},
		{"nat-gateways", `{"NatGateways":[{"NatGatewayId":"ngw-1","IpLists":{"IpList":[{"IpAddress":"1.2.3.4"},{"IpAddress":null},{}]}}]}`, page[natGateway]{Count: ptr(1), Rows: []natGateway{{"ngw-1", "", true, []string{"1.2.3.4"}}}}},
		{"snat-entries", `{"SnatTableEntries":[{"SnatEntryId":"snat-1","SourceCIDR":"10.0.0.0/8"}]}`, page[snatEntry]{Count: ptr(1), Rows: []snatEntry{{ID: "snat-1", CIDR: "10.0.0.0/8"}}}},
		{"vpcs", `{"Vpcs":[{"VpcId":"vpc-1"}]}`, page[vpc]{Count: ptr(1), Rows: []vpc{{ID: "vpc-1"}}}},
		{"vswitches", `{"VSwitches":[{"VSwitchId":"vsw-1"}]}`, page[vswitch]{Count: ptr(1), Rows: []vswitch{{ID: "vsw-1"}}}},
		// Only true is true: a default or managed thing is chosen or left out for it.
		{"gateways", `{"Gateways":[{"GatewayId":"gw-1","IsDefault":"true"}]}`, page[gateway]{Count: ptr(1), Rows: []gateway{{ID: "gw-1"}}}},
		{"security-groups", `{"SecurityGroups":[{"SecurityGroupId":"sg-1","ServiceManaged":null}]}`, securityGroups{str(""), ptr(1), []securityGroup{{ID: "sg-1"}}}},
		// A row that was dropped is counted: the pages add up to the total.
		{"vpcs", `{"TotalCount":2,"Vpcs":{"Vpc":[{"VpcId":""},{"VpcId":"vpc-1"}]}}`, page[vpc]{Total: ptr(2), Count: ptr(2), Rows: []vpc{{ID: "vpc-1"}}}},
		{"resources", `{"Resources":[{"ResourceId":"eas-r-1","CpuCount":8,"GpuCount":1.5,"GpuUsed":0.25}]}`, page[resource]{Count: ptr(1), Rows: []resource{{ID: "eas-r-1", CPUs: 8, GPUs: 1.5, FreeCPUs: 8, FreeGPUs: 1.25}}}},
		// The first load balancer counts; ids in one string are taken apart.
		{"gateway", `{"GatewayId":"gw-1","LoadBalancerList":[]}`, gatewayDetail{ID: "gw-1", VSwitches: []string{}}},
		{"gateway", `{"GatewayId":"gw-1","LoadBalancerList":null}`, gatewayDetail{ID: "gw-1", VSwitches: []string{}}},
		{"gateway", `{"GatewayId":"gw-1","LoadBalancerList":"a"}`, gatewayDetail{ID: "gw-1", VSwitches: []string{}}},
		{"gateway", `{"GatewayId":"gw-1","LoadBalancerList":[{"VpcId":"vpc-1","VSwitchIds":" vsw-1, vsw-2,"},{"VpcId":"vpc-2"}]}`, gatewayDetail{"gw-1", "", "vpc-1", []string{"vsw-1", "vsw-2"}}},
		{"gateway", `{"GatewayId":"gw-1","LoadBalancerList":[{"VpcId":"vpc-1","VSwitchIds":["vsw-1",null,"","null",7]}]}`, gatewayDetail{"gw-1", "", "vpc-1", []string{"vsw-1"}}},
		{"balancer", `{"LoadBalancerId":"nlb-1"}`, balancer{ID: "nlb-1", VSwitches: []string{}}},
		{"balancer", `{"LoadBalancerId":"nlb-1","ZoneMappings":[{"VSwitchId":"vsw-1","VswitchId":"vsw-2"},{},{"VswitchId":"vsw-3"}]}`, balancer{ID: "nlb-1", VSwitches: []string{"vsw-1", "vsw-3"}}},
		// A resource group without a VPC is an answer.
		{"dlink", `{"RequestId":"R-1"}`, dlink{More: []string{}}},
		{"dlink", `{"VpcId":""}`, dlink{More: []string{}}},
		{"dlink", `{"VpcId":"vpc-1","VSwitchId":"vsw-1","AuxVSwitchList":["",null,7,"vsw-2"]}`, dlink{VPC: "vpc-1", VSwitch: "vsw-1", More: []string{"vsw-2"}}},
		{"linked-vpcs", `{"IntranetLinkedVpcList":[{"VpcId":"vpc-1"},{"VSwitchId":"vsw-1"},{"VpcId":"vpc-1","VSwitchId":"vsw-1"}]}`, page[linkedVPC]{Rows: []linkedVPC{{VPC: "vpc-1", VSwitch: "vsw-1"}}}},
		{"service-config", `{"ServiceName":"a"}`, serviceConfig{Name: "a"}},
		{"service-config", `{"ServiceName":"a","Service":{"ServiceName":"b"}}`, serviceConfig{Name: "a"}},
		{"service-config", `{"Service":{"ServiceName":"b","Resource":"eas-r-1","TotalInstance":3,"ServiceConfig":"{}"}}`, serviceConfig{"b", "eas-r-1", 3, "{}"}},
	} {
		got, err := filters["network/"+c.filter](decode(t, c.input))
		if err != nil {
			t.Errorf("%s: %s: got error %v", c.filter, c.input, err)
			continue
		}
		same(t, got, c.want)
	}
}

// TestNetworkNoIDs: what stands where an id belongs and is none never comes out as one: it would go into
// service.json. ID stands for the odd value.
func TestNetworkNoIDs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		filter, input string
		want          any
		passes        []string // odd values that come out as ids
	}{
		{"balancer", `{"LoadBalancerId":"nlb-1","VpcId":ID,"ZoneMappings":[{"VSwitchId":ID},{"VswitchId":ID}]}`, balancer{ID: "nlb-1", VSwitches: []string{}}, []string{`"null"`, `","`}},
		{"dlink", `{"RequestId":"R-1","VpcId":ID,"VSwitchId":ID,"SecurityGroupId":ID,"AuxVSwitchList":[ID]}`, dlink{More: []string{}}, []string{`"null"`, `","`}},
		{"gateway", `{"GatewayId":"gw-1","LoadBalancerList":[{"VpcId":"vpc-1","VSwitchIds":ID}]}`, gatewayDetail{ID: "gw-1", VPC: "vpc-1", VSwitches: []string{}}, nil},
		{"gateway", `{"GatewayId":"gw-1","LoadBalancerList":[{"VpcId":"vpc-1","VSwitchIds":[ID]}]}`, gatewayDetail{ID: "gw-1", VPC: "vpc-1", VSwitches: []string{}}, []string{`","`}},
		{"gateway", `{"GatewayId":"gw-1","LoadBalancerList":[{"VpcId":ID}]}`, gatewayDetail{ID: "gw-1", VSwitches: []string{}}, []string{`","`}},
		{"gateways", `{"Gateways":[{"GatewayId":ID}]}`, page[gateway]{Count: ptr(1), Rows: []gateway{}}, []string{`"null"`, `","`}},
		{"linked-vpcs", `{"IntranetLinkedVpcList":[{"VpcId":ID,"VSwitchId":"vsw-1"},{"VpcId":"vpc-1","VSwitchId":ID}]}`, page[linkedVPC]{Rows: []linkedVPC{}}, []string{`","`}},
		{"linked-vpcs", `{"IntranetLinkedVpcList":[{"VpcId":"vpc-1","VSwitchId":"vsw-1","SecurityGroupId":ID}]}`, page[linkedVPC]{Rows: []linkedVPC{{VPC: "vpc-1", VSwitch: "vsw-1"}}}, []string{`","`}},
		{"nat-gateways", `{"NatGateways":[{"NatGatewayId":ID}]}`, page[natGateway]{Count: ptr(1), Rows: []natGateway{}}, []string{`"null"`, `","`}},
		{"resources", `{"Resources":[{"ResourceId":ID}]}`, page[resource]{Count: ptr(1), Rows: []resource{}}, []string{`"null"`, `","`}},
		{"security-groups", `{"SecurityGroups":[{"SecurityGroupId":ID}]}`, securityGroups{str(""), ptr(1), []securityGroup{}}, []string{`"null"`, `","`}},
		{"snat-entries", `{"SnatTableEntries":[{"SourceVSwitchId":ID}]}`, page[snatEntry]{Count: ptr(1), Rows: []snatEntry{{}}}, []string{`"null"`, `","`}},
		{"vpcs", `{"Vpcs":[{"VpcId":ID}]}`, page[vpc]{Count: ptr(1), Rows: []vpc{}}, []string{`"null"`, `","`}},
		{"vswitches", `{"VSwitches":[{"VSwitchId":ID}]}`, page[vswitch]{Count: ptr(1), Rows: []vswitch{}}, []string{`"null"`, `","`}},
	} {
		for _, odd := range []string{`null`, `""`, `"null"`, `","`} {
			input := strings.ReplaceAll(c.input, "ID", odd)
			t.Run(c.filter+" "+input, func(t *testing.T) {
				t.Parallel()
				got, err := filters["network/"+c.filter](decode(t, input))
				if err != nil {
					t.Fatal(err)
				}
				same(t, got, c.want)
			})
		}
	}
}

// TestNumbersExact: a reply's numbers are text on their way through; 2^53+1 is the first that a float would change.
func TestNumbersExact(t *testing.T) {
	t.Parallel()
	for _, n := range []json.Number{"9007199254740993", "12345678901234567890123", "1.10", "0.1000000000000000055", "4.0", "1E2"} {
		got := into[page[spec]](t, "eas/specs", map[string]any{"InstanceMetas": []any{map[string]any{"CPU": n, "Memory": n, "GPUAmount": n}}}).Rows[0]
		same(t, []json.Number{got.CPU, got.Memory, got.GPU}, []json.Number{n, n, n})
		same(t, into[endpoints](t, "eas/report", map[string]any{"Endpoints": []any{map[string]any{"Port": n}}}).Endpoints[0].Port, n)
		labels := map[string]any{"ImageUri": "host/x", "Labels": []any{map[string]any{"Key": "k", "Value": n}}}
		same(t, into[page[image]](t, "eas/images", map[string]any{"Images": []any{labels}}).Rows[0].Labels, []label{{"k", n}})
	}
	same(t, into[page[service]](t, "eas/check-name", decode(t, `{"TotalCount":9007199254740993,"Services":[]}`)).Total, ptr(9007199254740993))
}

// rejections are replies that no filter may take for an empty answer.
var rejections = map[string]struct {
	reason string // of {}
	inputs []string
}{
	"eas/check-name": {"the reply has no Services list (nor ServiceList)", []string{
		`{"Services":null}`, `{"ServiceList":null}`, `{"Services":null,"ServiceList":null}`, `{"Data":null}`, `{"Data":{}}`, `{"Data":{"Services":null}}`, `{"Data":[]}`,
		`{"Services":{}}`, `{"Services":"a"}`, `{"Services":0}`, `{"Services":true}`, `{"TotalCount":0}`, `{"services":[]}`,
		`{"Services":[null]}`, `{"Services":["a"]}`, `{"Services":[[]]}`, `{"Services":[{}]}`, `{"Services":[{"ServiceName":null}]}`, `{"Services":[{"ServiceName":7}]}`,
		`{"Services":[{"ServiceName":"a","Status":7}]}`, `{"Services":[{"ServiceName":"a","ServiceId":7}]}`, `{"Services":[{"ServiceName":"a","CreateTime":{}}]}`,
		`{"Services":[],"TotalCount":"0"}`, `{"Services":[],"TotalCount":0.5}`, `{"Services":[],"TotalCount":{}}`, `{"Services":[],"PageSize":[]}`, `{"Services":[],"TotalCount":99999999999999999999}`,
	}},
	"eas/create": {"the reply has no ServiceId", []string{
		`{"ServiceId":null}`, `{"ServiceId":""}`, `{"ServiceId":7}`, `{"ServiceId":{}}`, `{"ServiceId":["a"]}`, `{"ServiceId":true}`, `{"serviceId":"a"}`, `{"ServiceName":"a"}`,
		`{"ServiceId":"a","Region":7}`, `{"ServiceId":"a","Status":{}}`, `{"ServiceId":"a","ServiceName":[]}`, `{"ServiceId":"a","RequestId":1}`,
	}},
	"eas/images": {"the reply has no Images list", []string{
		`{"Images":null}`, `{"Images":{}}`, `{"Images":"a"}`, `{"Images":0}`, `{"Images":false}`, `{"images":[]}`, `{"TotalCount":0}`,
		`{"Images":[7]}`, `{"Images":["a"]}`, `{"Images":[[]]}`, `{"Images":[{"ImageUri":"a","Name":7}]}`, `{"Images":[{"ImageUri":"a","ImageId":7}]}`,
		`{"Images":[{"ImageUri":"a","Labels":{}}]}`, `{"Images":[{"ImageUri":"a","Labels":["b"]}]}`, `{"Images":[{"ImageUri":"a","Labels":[{"Key":7}]}]}`,
		`{"Images":[{"ImageUri":"a","ImageCategory":{}}]}`, `{"Images":[],"TotalCount":"0"}`, `{"Images":[],"PageSize":1.5}`,
	}},
	"eas/params": {"the reply has no Workspaces list", []string{
		`{"Workspaces":null}`, `{"Workspaces":{}}`, `{"Workspaces":"a"}`, `{"Workspaces":1}`, `{"workspaces":[]}`,
		`{"Workspaces":["a"]}`, `{"Workspaces":[7]}`, `{"Workspaces":[[]]}`, `{"Workspaces":[{"WorkspaceId":{}}]}`, `{"Workspaces":[{"WorkspaceId":true}]}`,
		`{"Workspaces":[{"WorkspaceName":7}]}`, `{"Workspaces":[{"Status":7}]}`, `{"Workspaces":[],"TotalCount":"0"}`,
	}},
	"eas/report": {"the reply has neither Endpoints nor AccessToken", []string{
		`{"endpoints":[]}`, `{"Message":"ok"}`, `{"AccessToken":7}`, `{"AccessToken":{}}`, `{"AccessToken":["a"]}`,
		`{"Endpoints":[7]}`, `{"Endpoints":["a"]}`, `{"Endpoints":[[]]}`, `{"Endpoints":[{"EndpointType":7}]}`, `{"Endpoints":[{"Port":{}}]}`, `{"Endpoints":[{"Port":true}]}`,
	}},
	"eas/specs": {"the reply has no InstanceMetas list (nor InstanceTypes)", []string{
		`{"InstanceMetas":null}`, `{"InstanceTypes":null}`, `{"InstanceMetas":null,"InstanceTypes":null}`, `{"InstanceMetas":{}}`, `{"InstanceTypes":"a"}`, `{"InstanceMetas":7}`, `{"Types":[]}`,
		`{"InstanceMetas":[7]}`, `{"InstanceMetas":["a"]}`, `{"InstanceTypes":[[]]}`, `{"InstanceMetas":[{"InstanceType":7}]}`, `{"InstanceMetas":[{"CPU":{}}]}`, `{"InstanceMetas":[{"Memory":[]}]}`,
		`{"InstanceMetas":[{"GPU":{}}]}`, `{"InstanceMetas":[{"GPU":[1]}]}`, `{"InstanceMetas":[{"GPUAmount":true}]}`, `{"InstanceMetas":[{"GPUMemory":"24"}]}`, `{"InstanceMetas":[{"StockStatus":7}]}`,
	}},
	"eas/verify": {"the reply describes no service", []string{
		`{"ServiceName":null}`, `{"ServiceName":7}`, `{"Service":null}`, `{"Service":{}}`, `{"Service":{"ServiceName":null}}`, `{"Service":[]}`, `{"Data":{}}`, `{"Data":null}`, `{"Data":"a"}`,
		`{"Service":{"Service":{"ServiceName":"a"}}}`, `{"Status":"Running"}`, `{"ServiceName":"a","Status":7}`, `{"ServiceName":"a","ServiceId":{}}`, `{"ServiceName":"a","Message":[]}`,
	}},

	"network/balancer": {"the reply describes no load balancer", []string{
		`{"LoadBalancerId":null}`, `{"LoadBalancerId":7}`, `{"LoadBalancerId":{}}`, `{"loadBalancerId":"a"}`, `{"LoadBalancers":[]}`, `{"VpcId":"a"}`,
		`{"LoadBalancerId":"a","VpcId":7}`, `{"LoadBalancerId":"a","LoadBalancerStatus":[]}`, `{"LoadBalancerId":"a","ZoneMappings":["b"]}`, `{"LoadBalancerId":"a","ZoneMappings":[{"VSwitchId":7}]}`,
	}},
	"network/dlink": {"the reply describes no DLink", []string{
		`{"vpcId":"a"}`, `{"AuxVSwitchList":[]}`, `{"DestinationCIDRs":"10.0.0.0/8"}`, `{"Message":"ok"}`,
	}},
	"network/gateway": {"the reply describes no gateway", []string{
		`{"GatewayId":null}`, `{"GatewayId":7}`, `{"GatewayId":["a"]}`, `{"Gateway":{"GatewayId":"a"}}`, `{"LoadBalancerList":[]}`, `{"GatewayId":"a","Status":7}`,
	}},
	"network/gateways": {"the reply has no Gateways list", []string{
		`{"Gateways":null}`, `{"Gateways":{}}`, `{"Gateways":"a"}`, `{"Gateways":0}`, `{"gateways":[]}`, `{"TotalCount":0}`, `{"Gateways":["a"]}`, `{"Gateways":[7]}`, `{"Gateways":[[]]}`,
		`{"Gateways":[{"GatewayId":"a","Status":7}]}`, `{"Gateways":[{"GatewayId":"a","GatewayName":{}}]}`, `{"Gateways":[],"TotalCount":"0"}`, `{"Gateways":[],"PageSize":1.5}`,
	}},
	"network/linked-vpcs": {"the reply has no IntranetLinkedVpcList", []string{
		`{"IntranetLinkedVpcList":null}`, `{"IntranetLinkedVpcList":{}}`, `{"IntranetLinkedVpcList":"a"}`, `{"GatewayId":"a"}`, `{"IntranetLinkedVpcList":["a"]}`, `{"IntranetLinkedVpcList":[7]}`,
		`{"IntranetLinkedVpcList":[{"VpcId":"a","VSwitchId":"b","Status":7}]}`,
	}},
	"network/nat-gateways": {"the reply has no NatGateways list", []string{
		`{"NatGateways":null}`, `{"NatGateways":{}}`, `{"NatGateways":"a"}`, `{"NatGateways":{"NatGateway":null}}`, `{"NatGateways":{"NatGateway":{}}}`, `{"TotalCount":0}`, `{"NatGateways":["a"]}`, `{"NatGateways":[7]}`,
		`{"NatGateways":[{"NatGatewayId":"a","Status":7}]}`, `{"NatGateways":[{"NatGatewayId":"a","IpLists":{"IpList":7}}]}`, `{"NatGateways":[{"NatGatewayId":"a","IpLists":{"IpList":[7]}}]}`, `{"NatGateways":[],"TotalCount":{}}`,
	}},
	"network/resources": {"the reply has no Resources list", []string{
		`{"Resources":null}`, `{"Resources":{}}`, `{"Resources":"a"}`, `{"resources":[]}`, `{"TotalCount":0}`, `{"Resources":["a"]}`, `{"Resources":[7]}`,
		`{"Resources":[{"ResourceId":"a","CpuCount":"8"}]}`, `{"Resources":[{"ResourceId":"a","GpuUsed":{}}]}`, `{"Resources":[{"ResourceId":"a","Status":7}]}`, `{"Resources":[],"TotalCount":"0"}`,
	}},
	"network/security-groups": {"the reply has no SecurityGroups list", []string{
		`{"SecurityGroups":null}`, `{"SecurityGroups":{}}`, `{"SecurityGroups":"a"}`, `{"SecurityGroups":{"SecurityGroup":null}}`, `{"NextToken":""}`, `{"SecurityGroups":["a"]}`, `{"SecurityGroups":[7]}`,
		`{"SecurityGroups":[],"NextToken":7}`, `{"SecurityGroups":[{"SecurityGroupId":"a","VpcId":7}]}`, `{"SecurityGroups":[{"SecurityGroupId":"a","SecurityGroupName":[]}]}`,
	}},
	"network/service-config": {"the reply describes no service", []string{
		`{"ServiceName":null}`, `{"ServiceName":7}`, `{"Service":null}`, `{"Service":[]}`, `{"Service":"a"}`, `{"ServiceConfig":"{}"}`,
		`{"ServiceName":"a","ServiceConfig":{}}`, `{"ServiceName":"a","Resource":7}`, `{"ServiceName":"a","TotalInstance":"2"}`, `{"ServiceName":"a","TotalInstance":1.5}`,
	}},
	"network/snat-entries": {"the reply has no SnatTableEntries list", []string{
		`{"SnatTableEntries":null}`, `{"SnatTableEntries":{}}`, `{"SnatTableEntries":"a"}`, `{"SnatTableEntries":{"SnatTableEntry":null}}`, `{"TotalCount":0}`, `{"SnatTableEntries":["a"]}`, `{"SnatTableEntries":[7]}`,
		`{"SnatTableEntries":[{"SnatIp":7}]}`, `{"SnatTableEntries":[{"SourceCIDR":[]}]}`, `{"SnatTableEntries":[],"PageSize":"50"}`,
	}},
	"network/vpcs": {"the reply has no Vpcs list", []string{
		`{"Vpcs":null}`, `{"Vpcs":{}}`, `{"Vpcs":"a"}`, `{"Vpcs":{"Vpc":null}}`, `{"Vpcs":{"Vpc":{}}}`, `{"TotalCount":0}`, `{"Vpcs":["a"]}`, `{"Vpcs":[7]}`,
		`{"Vpcs":[{"VpcId":"a","VpcName":7}]}`, `{"Vpcs":[{"VpcId":"a","CidrBlock":{}}]}`, `{"Vpcs":[],"TotalCount":"0"}`,
	}},
	"network/vswitches": {"the reply has no VSwitches list", []string{
		`{"VSwitches":null}`, `{"VSwitches":{}}`, `{"VSwitches":"a"}`, `{"VSwitches":{"VSwitch":null}}`, `{"TotalCount":0}`, `{"VSwitches":["a"]}`, `{"VSwitches":[7]}`,
		`{"VSwitches":[{"VSwitchId":"a","AvailableIpAddressCount":"8"}]}`, `{"VSwitches":[{"VSwitchId":"a","AvailableIpAddressCount":0.5}]}`, `{"VSwitches":[{"VSwitchId":"a","ZoneId":7}]}`, `{"VSwitches":[],"PageSize":[]}`,
	}},
}

func TestRejections(t *testing.T) {
	t.Parallel()
	for name, c := range rejections {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, input := range append([]string{`{}`, `[]`, `[{}]`, `null`, `"x"`, `""`, `0`, `true`, `false`}, c.inputs...) {
				got, err := filters[name](decode(t, input))
				var shape *ShapeError
				switch {
				case err == nil:
					t.Errorf("%s: got %s, want a shape error", input, show(got))
				case !errors.As(err, &shape):
					t.Errorf("%s: got %T %v, want a shape error", input, err, err)
				case shape.Filter != name+".jq" || shape.Reason == "":
					t.Errorf("%s: got filter %q, reason %q; want filter %q and a reason", input, shape.Filter, shape.Reason, name+".jq")
				case input == `{}` && shape.Reason != c.reason:
					t.Errorf("%s: got reason %q, want %q", input, shape.Reason, c.reason)
				case input == `{}` && err.Error() != name+".jq: "+c.reason:
					t.Errorf("%s: got error %q", input, err)
				}
			}
		})
	}
}

// TestFiltersComplete: a new filter has to come with its cases above.
func TestFiltersComplete(t *testing.T) {
	t.Parallel()
	// The filters of ECS are tested by the package that reads with them.
	var names []string
	for _, folder := range []string{"eas", "flink", "network"} {
		some, err := fs.Glob(files, folder+"/*.jq")
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, some...)
	}
	for i, name := range names {
		names[i] = strings.TrimSuffix(name, ".jq")
		if _, err := compile(names[i], nil); err != nil {
			t.Errorf("%s: got %v", name, err)
		}
	}
	slices.Sort(names)
	same(t, slices.Sorted(maps.Keys(filters)), names)
	same(t, slices.Sorted(maps.Keys(rejections)), names)
}

// TestPreload runs before the parallel tests: they would compile the filters themselves.
func TestPreload(t *testing.T) {
	for name := range filters {
		compiled.Delete(name)
	}
	Preload("eas")
	Preload("network")
	Preload("flink")
	for name := range filters {
		if _, ok := compiled.Load(name); !ok {
			t.Errorf("%s is not compiled", name)
		}
	}
	Preload("nosuch") // says nothing: it is an optimisation
}

// plant registers a filter that is not among the files.
func plant(t *testing.T, name, source string, variables ...string) {
	t.Helper()
	query, err := gojq.Parse(source)
	if err != nil {
		t.Fatal(err)
	}
	compiled.Store(name+strings.Join(variables, ""), sync.OnceValues(func() (*gojq.Code, error) {
		return gojq.Compile(query, gojq.WithVariables(variables))
	}))
}

func TestInto(t *testing.T) {
	t.Parallel()
	plant(t, "test/vars", `[$a, $b, .]`, "$a", "$b")
	got, err := Into[[]string]("test/vars", "c", map[string]any{"b": "B", "a": "A"})
	if err != nil {
		t.Fatal(err)
	}
	same(t, got, []string{"A", "B", "c"})

	var shape *ShapeError
	plant(t, "test/none", `empty`)
	if _, err := Into[string]("test/none", nil, nil); !errors.As(err, &shape) || shape.Reason != "no result" {
		t.Errorf("no result: got %v, want a shape error", err)
	}
	plant(t, "test/object", `error({a: 1})`)
	if _, err := Into[string]("test/object", nil, nil); !errors.As(err, &shape) || shape.Reason == "" {
		t.Errorf("an error that is no sentence: got %v, want a shape error with a reason", err)
	}
	// What follows are defects of ours: they must not look like a strange reply.
	plant(t, "test/many", `1, 2`)
	if _, err := Into[int]("test/many", nil, nil); err == nil || errors.As(err, &shape) {
		t.Errorf("two results: got %v, want an error that is no shape error", err)
	}
	if _, err := Into[int]("eas/nosuch", nil, nil); !errors.Is(err, fs.ErrNotExist) || errors.As(err, &shape) {
		t.Errorf("no such filter: got %v, want %v", err, fs.ErrNotExist)
	}
	for range 2 { // the second answer is the stored one
		if _, err := Into[int]("eas/nosuch", nil, nil); err == nil {
			t.Error("no such filter: got no error")
		}
	}
}

func TestIntoSaysWhere(t *testing.T) {
	t.Parallel()
	_, err := filters["eas/check-name"](decode(t, `{"Services":[{"ServiceName":"a"},{"ServiceName":"b","Status":[]}]}`))
	const want = "eas/check-name.jq: rows: [1]: status: a array where a string is expected"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// kinds has a field of every kind that a target of a filter has.
type kinds struct {
	Text     string      `json:"text"`
	Yes      bool        `json:"yes"`
	Whole    int         `json:"whole"`
	Part     float64     `json:"part"`
	Exact    json.Number `json:"exact"`
	Perhaps  *int        `json:"perhaps,omitempty"`
	Any      any         `json:"any"`
	Texts    []string    `json:"texts"`
	Rows     []row       `json:"rows"`
	Below    row         `json:"below"`
	Untagged string
	hidden   string
}

// A field that is not exported is no place to assign to; naming it here keeps it from being called unused.
var _ = kinds{}.hidden

type row struct {
	Key   string `json:"Key"`
	Value any    `json:"Value"`
	Whole *int   `json:"whole"`
}

func TestAssign(t *testing.T) {
	t.Parallel()
	big1, _ := new(big.Int).SetString("123456789012345678901", 10)
	for _, c := range []struct {
		value any
		want  kinds
		bad   string // what the error begins with, if there is one
	}{
		{value: nil},
		{value: map[string]any{}},
		{value: map[string]any{"text": nil, "yes": nil, "whole": nil, "part": nil, "exact": nil, "perhaps": nil, "any": nil, "texts": nil, "rows": nil, "below": nil}},
		{value: map[string]any{"text": "a", "yes": true, "Untagged": "u", "hidden": "h", "other": 1}, want: kinds{Text: "a", Yes: true, Untagged: "u"}},
		{value: map[string]any{"whole": 7, "part": 7, "exact": 7, "perhaps": 7}, want: kinds{Whole: 7, Part: 7, Exact: "7", Perhaps: ptr(7)}},
		{value: map[string]any{"whole": json.Number("-7"), "part": json.Number("0.5"), "exact": json.Number("1.50")}, want: kinds{Whole: -7, Part: 0.5, Exact: "1.50"}},
		{value: map[string]any{"whole": 3.0, "part": 0.25, "exact": 0.25}, want: kinds{Whole: 3, Part: 0.25, Exact: "0.25"}},
		{value: map[string]any{"exact": big1, "part": big1}, want: kinds{Exact: "123456789012345678901", Part: 123456789012345678901}},
		{value: map[string]any{"texts": []any{}, "rows": []any{}}, want: kinds{Texts: []string{}, Rows: []row{}}},
		{value: map[string]any{"texts": []any{"a", nil}, "rows": []any{nil, map[string]any{"Key": "k", "Value": []any{json.Number("1")}, "whole": 0}}},
			want: kinds{Texts: []string{"a", ""}, Rows: []row{{}, {"k", []any{json.Number("1")}, ptr(0)}}}},
		{value: []any{}, bad: "a array where a struct is expected"},
		{value: "x", bad: "a string where a struct is expected"},
		{value: map[string]any{"text": 7}, bad: "text: a number where a string is expected"},
		{value: map[string]any{"text": big1}, bad: "text: a number where a string is expected"},
		{value: map[string]any{"text": false}, bad: "text: a boolean where a string is expected"},
		{value: map[string]any{"yes": "true"}, bad: "yes: a string where a bool is expected"},
		{value: map[string]any{"whole": "7"}, bad: "whole: a string where a int is expected"},
		{value: map[string]any{"whole": json.Number("7.0")}, bad: "whole: a number where a int is expected"},
		{value: map[string]any{"whole": big1}, bad: "whole: a number where a int is expected"},
		{value: map[string]any{"perhaps": 1.5}, bad: "perhaps: a number where a int is expected"},
		{value: map[string]any{"part": json.Number("1e999")}, bad: "part: a number where a float64 is expected"},
		{value: map[string]any{"exact": true}, bad: "exact: a boolean where "},
		{value: map[string]any{"texts": map[string]any{}}, bad: "texts: a object where a slice is expected"},
		{value: map[string]any{"texts": []any{"a", 1}}, bad: "texts: [1]: a number where a string is expected"},
		{value: map[string]any{"below": map[string]any{"whole": []any{}}}, bad: "below: whole: a array where a int is expected"},
	} {
		var got kinds
		err := assign(reflect.ValueOf(&got).Elem(), c.value)
		if c.bad != "" {
			if err == nil || !strings.HasPrefix(err.Error(), c.bad) {
				t.Errorf("%s: got error %v, want %s", show(c.value), err, c.bad)
			}
			continue
		}
		if err != nil || got.hidden != "" {
			t.Errorf("%s: got error %v, hidden %q", show(c.value), err, got.hidden)
		}
		same(t, got, c.want)
	}
}

// Maps, and types that read themselves from text, are filled as encoding/json fills them.
func TestAssignMapsAndText(t *testing.T) {
	t.Parallel()
	type target struct {
		Tags  map[string]string `json:"tags"`
		CIDR  netip.Prefix      `json:"cidr"`
		CIDRs []netip.Prefix    `json:"cidrs"`
	}
	for _, text := range []string{
		`{}`, `{"tags":null,"cidr":null,"cidrs":null}`, `{"tags":{},"cidr":"","cidrs":[]}`,
		`{"tags":{"a":"b","c":null},"cidr":"10.0.0.0/8","cidrs":["192.168.0.0/16","fd00::/8"]}`,
		`{"tags":[]}`, `{"tags":{"a":1}}`, `{"cidr":"ten"}`, `{"cidr":7}`, `{"cidrs":["10.0.0.0/8","x"]}`,
	} {
		var got, want target
		gotErr := assign(reflect.ValueOf(&got).Elem(), decode(t, text))
		wantErr := json.Unmarshal([]byte(text), &want)
		if (gotErr == nil) != (wantErr == nil) {
			t.Errorf("%s: got error %v, encoding/json's %v", text, gotErr, wantErr)
		}
		if gotErr == nil && !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\ngot  %#v\nwant %#v", text, got, want)
		}
	}
}

// agree holds assign to what encoding and decoding the value does.
func agree(t *testing.T, value any) {
	t.Helper()
	var got, want kinds
	gotErr := assign(reflect.ValueOf(&got).Elem(), value)
	raw, err := json.Marshal(value)
	if err != nil {
		t.Fatalf("%#v: %v", value, err)
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	wantErr := dec.Decode(&want)
	if (gotErr == nil) != (wantErr == nil) {
		t.Fatalf("%s: got error %v, encoding/json's %v", raw, gotErr, wantErr)
	}
	// Where the target is any, the value is passed on as it is, an int as an int.
	got.Any = plain(t, got.Any)
	for i := range got.Rows {
		got.Rows[i].Value = plain(t, got.Rows[i].Value)
	}
	got.Below.Value = plain(t, got.Below.Value)
	if gotErr == nil && !reflect.DeepEqual(got, want) {
		t.Fatalf("%s:\ngot  %#v\nwant %#v", raw, got, want)
	}
}

func plain(t *testing.T, v any) any {
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return decode(t, string(raw))
}

func TestAssignLikeJSON(t *testing.T) {
	t.Parallel()
	fits := 0
	for seed := range uint64(2000) {
		g := generator{rand.New(rand.NewPCG(seed, 1))}
		value := g.object(reflect.TypeFor[kinds]())
		var k kinds
		if assign(reflect.ValueOf(&k).Elem(), value) == nil {
			fits++
		}
		agree(t, value)
	}
	// Both outcomes have to come up often, or the comparison says little.
	if fits < 500 || fits > 1500 {
		t.Errorf("got %d values that fit of 2000", fits)
	}
}

// generator makes values of the types that gojq deals in.
type generator struct{ *rand.Rand }

var (
	someStrings = []string{"", "a", "vllm", "é漢", "a\"b\\c", "<&>", "\u2028", "true", "null", "x1", "\x00"}
	someNumbers = []json.Number{"0", "-0", "1", "-7", "1.0", "1.50", "1e2", "1E+2", "9007199254740993", "9223372036854775807", "9223372036854775808",
		"123456789012345678901234567890", "0.1e-7", "1e400", "-1e-400"}
)

func (g generator) number() any {
	switch g.IntN(4) {
	case 0:
		return g.IntN(2000) - 1000
	case 1:
		return float64(g.IntN(4000)-2000) / 8
	case 2:
		return new(big.Int).Lsh(big.NewInt(int64(g.IntN(1000)-500)), uint(g.IntN(90)))
	}
	return someNumbers[g.IntN(len(someNumbers))]
}

func (g generator) any(depth int) any {
	switch n := g.IntN(8); {
	case n == 0:
		return nil
	case n == 1:
		return g.IntN(2) == 0
	case n <= 3:
		return g.number()
	case n <= 5 || depth == 0:
		return someStrings[g.IntN(len(someStrings))]
	case n == 6:
		array := make([]any, g.IntN(4))
		for i := range array {
			array[i] = g.any(depth - 1)
		}
		return array
	}
	object := map[string]any{}
	for range g.IntN(4) {
		object[[]string{"text", "Key", "Value", "whole", "other"}[g.IntN(5)]] = g.any(depth - 1)
	}
	return object
}

// of makes a value for a target of type t: mostly one that fits.
func (g generator) of(t reflect.Type) any {
	if g.IntN(20) == 0 {
		return g.any(2)
	}
	if g.IntN(10) == 0 {
		return nil
	}
	switch {
	case t == numberType:
		return g.number()
	case t.Kind() == reflect.Pointer:
		return g.of(t.Elem())
	case t.Kind() == reflect.Struct:
		return g.object(t)
	case t.Kind() == reflect.Slice:
		array := make([]any, g.IntN(4))
		for i := range array {
			array[i] = g.of(t.Elem())
		}
		return array
	case t.Kind() == reflect.Bool:
		return g.IntN(2) == 0
	case t.Kind() == reflect.Int:
		return g.IntN(100)
	case t.Kind() == reflect.Float64:
		return g.number()
	case t.Kind() == reflect.String:
		return someStrings[g.IntN(len(someStrings))]
	}
	return g.any(2)
}

func (g generator) object(t reflect.Type) map[string]any {
	object := map[string]any{}
	for f := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(f).Tag.Get("json"), ",")
		if name == "" {
			name = t.Field(f).Name
		}
		if g.IntN(4) > 0 {
			object[name] = g.of(t.Field(f).Type)
		}
	}
	if g.IntN(4) == 0 {
		object["other"] = g.any(2)
	}
	return object
}

func FuzzAssign(f *testing.F) {
	for _, seed := range []string{
		`{}`, `null`, `[]`, `{"text":"a","yes":true,"whole":1,"part":0.5,"exact":1.50,"perhaps":2,"any":{"a":[1]},"texts":["a",null],"rows":[{"Key":"k","Value":1}],"below":{"whole":1}}`,
		`{"whole":1.0}`, `{"whole":1e2}`, `{"part":1e999}`, `{"rows":[[]]}`, `{"texts":{}}`, `{"Untagged":"a","hidden":"b"}`, `{"exact":true}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		value, err := decoded(raw)
		if err == nil && alike(value) {
			agree(t, value)
		}
	})
}

// alike tells whether encoding/json does with v what assign means to do: it also takes a key in another case
// for the field, and a string of digits for a json.Number.
func alike(v any) bool {
	switch x := v.(type) {
	case string:
		_, err := strconv.ParseFloat(x, 64)
		return err != nil && !errors.Is(err, strconv.ErrRange)
	case []any:
		return !slices.ContainsFunc(x, func(v any) bool { return !alike(v) })
	case map[string]any:
		for key, item := range x {
			for _, t := range []reflect.Type{reflect.TypeFor[kinds](), reflect.TypeFor[row]()} {
				for _, f := range fieldsOf(t) {
					if key != f.name && strings.EqualFold(key, f.name) {
						return false
					}
				}
			}
			if !alike(item) {
				return false
			}
		}
	}
	return true
}

// survive runs every filter over v: whatever v is, a filter answers or says that it does not know the shape, and
// leaves v as it was.
func survive(t *testing.T, v any) {
	t.Helper()
	before := show(v)
	for name, filter := range filters {
		_, err := filter(v)
		var shape *ShapeError
		if err != nil && !errors.As(err, &shape) {
			t.Fatalf("%s: %s: got %T %v, want a shape error or none", name, before, err, err)
		}
	}
	if after := show(v); after != before {
		t.Fatalf("a filter changed its input:\nbefore %s\nafter  %s", before, after)
	}
}

func sampleFiles(t testing.TB) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(samples, "*.json"))
	if err != nil || len(names) < 15 {
		t.Fatalf("got %d samples, error %v", len(names), err)
	}
	return names
}

// TestOddReplies damages the samples: a value here and there is replaced by one of another kind, or taken away.
func TestOddReplies(t *testing.T) {
	t.Parallel()
	for _, file := range sampleFiles(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for seed := range uint64(40) {
				g := generator{rand.New(rand.NewPCG(seed, 2))}
				survive(t, g.damage(decode(t, string(raw)), 8))
			}
		})
	}
}

// damage replaces about every odds-th value inside v.
func (g generator) damage(v any, odds int) any {
	switch x := v.(type) {
	case []any:
		x = x[:min(len(x), 3)] // more rows say nothing new
		for i := range x {
			x[i] = g.part(x[i], odds)
		}
		return x
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(x)) {
			if g.IntN(4*odds) == 0 {
				delete(x, key)
				continue
			}
			x[key] = g.part(x[key], odds)
		}
		return x
	}
	return v
}

func (g generator) part(v any, odds int) any {
	if g.IntN(odds) > 0 {
		return g.damage(v, odds)
	}
	raw, err := json.Marshal(g.any(2)) // replies are decoded JSON: their numbers are json.Number
	if err != nil {
		panic(err)
	}
	odd, _ := decoded(raw)
	return odd
}

func FuzzFilters(f *testing.F) {
	for _, file := range sampleFiles(f) {
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		var compact bytes.Buffer
		if err := json.Compact(&compact, raw); err != nil {
			f.Fatal(err)
		}
		f.Add(compact.Bytes())
	}
	for _, c := range rejections {
		for _, input := range c.inputs {
			f.Add([]byte(input))
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		v, err := decoded(raw)
		if _, ok := v.(map[string]any); err == nil && ok { // runner.Check lets nothing else through
			survive(t, v)
		}
	})
}

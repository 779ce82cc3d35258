package service

import (
	"embed"
	"strings"
)

//go:embed patterns/*.json
var templates embed.FS

// Pattern is one of the eight shapes a service has (eas-facts C.11). Its template is the very file that `eas
// build` makes of its Flags; the flags that are left empty have no part in it.
type Pattern struct {
	ID      string `json:"id"`
	Summary string `json:"summary"`
	// Image are the words that choose its image, if the user names none.
	Image string `json:"image,omitempty"`
	// Network is its kind of gateway, if it is not the shared one.
	Network string `json:"network,omitempty"`
	// Resource is set if it runs in a dedicated resource group.
	Resource string `json:"resource,omitempty"`
	// Startup is its startup check, as a flag.
	Startup string `json:"startup_check,omitempty"`
	// Autoscaler is its autoscaler, as a flag.
	Autoscaler string `json:"autoscaler,omitempty"`
	// Mount is where the first OSS path appears.
	Mount string `json:"mount"`
	// Flags are those of a command that makes the template.
	Flags []string `json:"-"`
}

// DefaultMount is where the first OSS path is mounted unless the user or the pattern says otherwise.
const DefaultMount = "/model_dir"

var (
	modelMount  = []string{"--oss", "oss://example-models/qwen2.5-7b/"}
	gpuType     = []string{"--instance-type", "ecs.gn7i-c16g1.4xlarge"}
	exampleVPC  = []string{"--vpc-id", "vpc-bp1example0001", "--vswitch-id", "vsw-bp1example000a,vsw-bp1example000b", "--security-group-id", "sg-bp1example0001"}
	modelStarts = "http:/health,delay=120,failures=30"
)

// Patterns are the eight patterns. The first one whose conditions a command fulfils is the one it makes.
var Patterns = []Pattern{
	{ID: "P1", Summary: "vLLM with a model from OSS, public resource group, shared gateway", Image: "vllm", Startup: modelStarts, Mount: DefaultMount,
		Flags: flags([]string{"--name", "qwen_vllm", "--image", "vllm"}, modelMount, gpuType)},
	{ID: "P2", Summary: "vLLM with an autoscaler", Image: "vllm", Autoscaler: "min=1,max=4,qps=20", Mount: DefaultMount,
		Flags: flags([]string{"--name", "qwen_vllm", "--image", "vllm", "--autoscaler", "min=1,max=4,qps=20"}, modelMount, gpuType)},
	{ID: "P3", Summary: "vLLM behind a network load balancer (NLB)", Image: "vllm", Network: "nlb", Mount: DefaultMount,
		Flags: flags([]string{"--name", "qwen_vllm", "--image", "vllm", "--network", "nlb"}, exampleVPC, modelMount, gpuType)},
	{ID: "P4", Summary: "SGLang with a model from OSS and a startup check", Image: "sglang", Startup: modelStarts, Mount: DefaultMount,
		Flags: flags([]string{"--name", "qwen_sglang", "--image", "sglang"}, modelMount, gpuType)},
	{ID: "P5", Summary: "ComfyUI with models from OSS", Image: "comfyui", Startup: "http:/,delay=60,failures=30", Mount: "/models",
		Flags: flags([]string{"--name", "comfyui", "--image", "comfyui", "--oss", "oss://example-models/comfyui/"}, gpuType)},
	{ID: "P6", Summary: "an image of your own", Mount: DefaultMount,
		Flags: flags([]string{"--name", "my_model", "--image", "registry-vpc.cn-hangzhou.aliyuncs.com/example/my-model:1.0", "--replicas", "2",
			"--command", "python /app/server.py --port 8000"}, modelMount, gpuType)},
	{ID: "P7", Summary: "vLLM in a dedicated resource group", Image: "vllm", Resource: "dedicated", Mount: DefaultMount,
		Flags: flags([]string{"--name", "qwen_vllm", "--image", "vllm", "--resource", "eas-r-bp1example0001", "--cpu", "16", "--memory", "61440", "--gpu", "1"}, modelMount)},
	{ID: "P8", Summary: "vLLM behind a dedicated gateway", Image: "vllm", Network: "gateway", Mount: DefaultMount,
		Flags: flags([]string{"--name", "qwen_vllm", "--image", "vllm", "--network", "gateway", "--gateway-id", "gw-bp1example0001"}, exampleVPC, modelMount, gpuType)},
}

func flags(groups ...[]string) []string {
	var all []string
	for _, g := range groups {
		all = append(all, g...)
	}
	return all
}

// PatternByID returns the pattern called id, in either case.
func PatternByID(id string) (Pattern, bool) {
	for _, p := range Patterns {
		if strings.EqualFold(p.ID, id) {
			return p, true
		}
	}
	return Pattern{}, false
}

// Template is the pattern as a file.
func (p Pattern) Template() []byte {
	raw, err := templates.ReadFile("patterns/" + p.ID + ".json")
	if err != nil {
		panic(err) // embedded beside the table
	}
	return raw
}

// Facts are what decides which pattern a description follows.
type Facts struct {
	Family     string
	Network    string
	Resource   bool
	Autoscaler bool
}

// PatternOf returns the pattern of a description: the network and the resource group weigh more than the image.
func PatternOf(f Facts) Pattern {
	id := "P6"
	switch {
	case f.Resource:
		id = "P7"
	case f.Network == "gateway":
		id = "P8"
	case f.Network == "nlb":
		id = "P3"
	case f.Autoscaler:
		id = "P2"
	case f.Family == "vllm":
		id = "P1"
	case f.Family == "sglang":
		id = "P4"
	case f.Family == "comfyui":
		id = "P5"
	}
	p, _ := PatternByID(id)
	return p
}

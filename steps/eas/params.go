package eas

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"aligate/steps"
)

// params are the deployment's parameters: one row each, in the order of the help (spec/eas.md, Commands).
var params = []steps.Param{
	{Name: "region", Required: true, Check: checkRegion, Usage: "`REGION` of the service, e.g. cn-hangzhou"},
	{Name: "name", Check: checkServiceName, Usage: "`NAME` of the service: lower case, digits, underscores, 3 to 63 characters; used exactly as given"},
	{Name: "name-prefix", Check: checkPrefix, Usage: "instead of --name: `PREFIX` of a name that ends in six random digits"},
	{Name: "name-suffix", Check: checkSuffix, Usage: "`DDDDDD`, six digits instead of random ones"},
	{Name: "workspace-id", Check: checkWorkspaceID, Usage: "`ID` of the workspace; auto takes the default one"},
	{Name: "image", Required: true, Check: checkImage, Usage: "`IMAGE` URI, or words that choose an official image, e.g. vllm or \"sglang gpu\""},
	{Name: "instance-type", Required: true, Check: checkInstanceType, Usage: "instance `TYPE`, e.g. ecs.gn7i-c16g1.4xlarge"},
	{Name: "replicas", Default: "1", Check: between(1, 10000), Usage: "number `N` of instances"},
	{Name: "port", Default: "8000", Check: checkPort, Usage: "`PORT` the container listens on"},
	{Name: "command", Usage: "start `COMMAND`; vLLM, SGLang and ComfyUI images have a default"},
	{Name: "oss", Repeat: true, Check: checkOSS, Usage: "OSS `PATH` to mount, oss://bucket/path/[=MOUNT]; repeatable; the first mounts at " + defaultMount},
	{Name: "network", Default: "shared", Check: checkNetwork, Usage: "`KIND` of gateway: shared (the others are not built yet)"},
	{Name: "allow-unlisted-image", Bool: true, Usage: "go on with an official image URI that is not in the list"},
	{Name: "keep-region", Bool: true, Usage: "leave the region of the CLI's profile as it is"},
	{Name: "redact-token", Bool: true, Usage: "hide the AccessToken in the report"},

	// What belongs to the networks and resource groups of a later issue answers so, instead of being unknown.
	{Name: "resource", Hidden: true, Check: notBuilt, Usage: "dedicated resource group"},
	{Name: "gateway-id", Hidden: true, Check: notBuilt, Usage: "dedicated gateway"},
	{Name: "nlb-id", Hidden: true, Check: notBuilt, Usage: "NLB"},
	{Name: "nlb-port", Hidden: true, Check: notBuilt, Usage: "listener port of the NLB"},
	{Name: "nlb-net", Hidden: true, Check: notBuilt, Usage: "network type of the NLB"},
	{Name: "vpc-id", Hidden: true, Check: notBuilt, Usage: "VPC"},
	{Name: "vswitch-id", Hidden: true, Check: notBuilt, Usage: "vswitches"},
	{Name: "security-group-id", Hidden: true, Check: notBuilt, Usage: "security group"},
	{Name: "no-nlb-fallback", Bool: true, Hidden: true, Check: notBuilt, Usage: "stop instead of falling back to the shared gateway"},
}

var errNotBuilt = errors.New("not built yet")

func notBuilt(string) error { return errNotBuilt }

// checkTogether finds problems between parameters.
func checkTogether(v steps.Values, complete bool) []steps.Problem {
	var problems []steps.Problem
	add := func(where, what string) { problems = append(problems, steps.Problem{Where: where, What: what}) }
	name, prefix, suffix := v.One("name"), v.One("name-prefix"), v.One("name-suffix")
	switch {
	case name != "" && prefix != "":
		add("--name", "cannot stand beside --name-prefix")
	case complete && len(v["name"]) == 0 && len(v["name-prefix"]) == 0:
		add("--name", "is required, or --name-prefix")
	}
	if suffix != "" && prefix == "" {
		add("--name-suffix", "needs --name-prefix")
	}
	if _, err := mounts(v["oss"]); err != nil {
		add("--oss", err.Error())
	}
	return problems
}

// knownRegions have an endpoint of their own for EAS or AIWorkSpace (eas-facts A.0). For any other the CLI
// silently uses that of cn-hangzhou, so that a typo deploys elsewhere.
var knownRegions = []string{
	"ap-northeast-1", "ap-southeast-1", "ap-southeast-3", "ap-southeast-5", "cn-beijing", "cn-chengdu", "cn-guangzhou",
	"cn-hangzhou", "cn-heyuan", "cn-hongkong", "cn-shanghai", "cn-shenzhen", "cn-wulanchabu", "cn-zhangjiakou",
	"eu-central-1", "us-east-1", "us-west-1",
}

func checkRegion(v string) error {
	if slices.Contains(knownRegions, v) {
		return nil
	}
	if country, rest, ok := strings.Cut(v, "-"); ok && madeOf(country, "a", 2, 2) && madeOf(rest, "a0-", 1, 40) && lettersFirst(rest) &&
		!strings.HasSuffix(rest, "-") && !strings.Contains(rest, "--") {
		return nil
	}
	return fmt.Errorf("%q is not a region such as cn-hangzhou", v)
}

// lettersFirst reports whether the part of s before the first hyphen is letters only.
func lettersFirst(s string) bool {
	first, _, _ := strings.Cut(s, "-")
	return madeOf(first, "a", 1, 40)
}

// checkServiceName is rule R9.
func checkServiceName(v string) error {
	switch {
	case madeOf(v, "a0_", 3, 63):
		return nil
	case len(v) < 3 || len(v) > 63:
		return fmt.Errorf("%q is %d characters long; 3 to 63 are allowed", v, len(v))
	case strings.Contains(v, "-"):
		return fmt.Errorf("%q holds a hyphen; only lower case letters, digits and underscores are allowed, e.g. %q", v, strings.ReplaceAll(strings.ToLower(v), "-", "_"))
	}
	return fmt.Errorf("%q: only lower case letters, digits and underscores are allowed", v)
}

// checkPrefix leaves room for the six digits.
func checkPrefix(v string) error {
	if !madeOf(v, "a0_", 1, 57) {
		return fmt.Errorf("%q is not 1 to 57 lower case letters, digits and underscores", v)
	}
	return nil
}

func checkSuffix(v string) error {
	if !madeOf(v, "0", 6, 6) {
		return fmt.Errorf("%q is not six digits", v)
	}
	return nil
}

func checkWorkspaceID(v string) error {
	if !madeOf(v, "aA0_-", 1, 64) {
		return fmt.Errorf("%q is not a workspace id (letters, digits, - and _), nor auto", v)
	}
	return nil
}

func checkInstanceType(v string) error {
	kind, rest, _ := strings.Cut(v, ".")
	if !madeOf(kind, "a", 2, 8) || !madeOf(rest, "aA0._-", 1, 63) || !madeOf(rest[:1], "aA0", 1, 1) {
		return fmt.Errorf("%q is not an instance type such as ecs.gn7i-c16g1.4xlarge", v)
	}
	return nil
}

func checkImage(v string) error {
	switch {
	case strings.Contains(v, "://"):
		return fmt.Errorf("%q: an image has no scheme; write host/path:tag", v)
	case strings.Contains(v, "/") && strings.ContainsAny(v, " \t"):
		return fmt.Errorf("%q: an image URI holds no blanks", v)
	case strings.TrimSpace(v) == "":
		return errors.New("is blank")
	}
	return nil
}

// checkPort is rules R27 and R28.
func checkPort(v string) error {
	if err := between(1, 65535)(v); err != nil {
		return err
	}
	if v == "8080" || v == "9090" {
		return fmt.Errorf("%s is reserved by the EAS engine; choose another, e.g. 8000", v)
	}
	return nil
}

func checkNetwork(v string) error {
	switch v {
	case "shared":
		return nil
	case "gateway", "nlb":
		return fmt.Errorf("%q is %w", v, errNotBuilt)
	}
	return fmt.Errorf("%q is not one of shared, gateway, nlb", v)
}

func checkOSS(v string) error {
	_, err := parseMount(v)
	return err
}

// madeOf reports whether s is of from least to most characters, all ASCII letters or digits of the classes in
// allowed ("a" lower case, "A" upper case, "0" digits) or one of its other characters.
func madeOf(s, allowed string, least, most int) bool {
	if len(s) < least || len(s) > most {
		return false
	}
	for _, r := range s {
		class := r
		switch {
		case r >= 'a' && r <= 'z':
			class = 'a'
		case r >= 'A' && r <= 'Z':
			class = 'A'
		case r >= '0' && r <= '9':
			class = '0'
		}
		if !strings.ContainsRune(allowed, class) {
			return false
		}
	}
	return true
}

// between returns a check for a whole number from least to most.
func between(least, most int) func(string) error {
	return func(v string) error {
		// Only the plain spelling: the value is written on as it was given.
		if n, err := strconv.Atoi(v); err != nil || n < least || n > most || strconv.Itoa(n) != v {
			return fmt.Errorf("%q is not a whole number from %d to %d", v, least, most)
		}
		return nil
	}
}

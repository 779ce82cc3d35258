package eas

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"aligate/steps"
	"aligate/steps/eas/service"
)

// params are the deployment's parameters: one row each, in the order of the help (spec/eas.md, Commands).
var params = []steps.Param{
	{Name: "region", Required: true, Check: checkRegion, Usage: "`REGION` of the service, e.g. cn-hangzhou"},
	{Name: "name", Check: checkServiceName, Usage: "`NAME` of the service: lower case, digits, underscores, 3 to 63 characters; used exactly as given"},
	{Name: "name-prefix", Check: checkPrefix, Usage: "instead of --name: `PREFIX` of a name that ends in six random digits"},
	{Name: "name-suffix", Check: checkSuffix, Usage: "`DDDDDD`, six digits instead of random ones"},
	{Name: "workspace-id", Check: checkWorkspaceID, Usage: "`ID` of the workspace; auto takes the default one"},

	{Name: "image", Check: checkImage, Usage: "`IMAGE` URI, or words that choose an official image, e.g. vllm or \"sglang gpu\" (required)"},
	{Name: "instance-type", Repeat: true, Check: checkInstanceType, Usage: "instance `TYPE`, e.g. ecs.gn7i-c16g1.4xlarge; repeatable, in order of preference (required)"},
	{Name: "replicas", Otherwise: "1", Check: between(1, 10000), Usage: "number `N` of instances"},
	{Name: "port", Otherwise: "8000", Check: checkPort, Usage: "`PORT` the container listens on"},
	{Name: "command", Usage: "start `COMMAND`; official images have a default"},
	{Name: "env", Repeat: true, Check: checkEnv, Usage: "environment variable `NAME=VALUE`; NAME alone takes the value from the environment; repeatable"},
	{Name: "oss", Repeat: true, Check: checks(parseOSS), Usage: "OSS `PATH` to mount, oss://bucket/path/[=MOUNT[:rw]]; repeatable; the first mount appears at " + service.DefaultMount},
	{Name: "nfs", Repeat: true, Check: checks(parseNFS), Usage: "NFS export to mount, `SERVER:/path`[=MOUNT[:rw]]; repeatable"},
	{Name: "dataset", Repeat: true, Check: checks(parseDataset), Usage: "dataset to mount, `ID`[:VERSION][=MOUNT[:rw]]; repeatable"},
	{Name: "autoscaler", Check: checks(parseAutoscaler), Usage: "`BOUNDS` and thresholds of an autoscaler, e.g. min=1,max=4,qps=20"},
	{Name: "startup-check", Check: checkProbe("startup_check"), Usage: "`PROBE` that holds the others back, e.g. http:/health:8000,delay=120,failures=30, tcp:8000, \"exec:cmd arg\" or none"},
	{Name: "liveness-check", Check: checkProbe("liveness_check"), Usage: "`PROBE` that restarts the container when it fails"},
	{Name: "health-check", Check: checkProbe("health_check"), Usage: "`PROBE` that takes the instance out of the traffic when it fails (readiness)"},
	{Name: "disk", Check: checkDisk, Usage: "`SIZE` of the system disk, e.g. 100Gi"},
	{Name: "shm-size", Check: between(1, 1<<20), Usage: "shared memory in `GB`"},

	{Name: "network", Otherwise: "shared", Check: steps.OneOf("shared", "gateway", "nlb"), Usage: "`KIND` of gateway: shared, gateway (a dedicated one) or nlb"},
	{Name: "gateway-id", Check: checkID("gw-"), Usage: "`ID` of the dedicated gateway; otherwise the default one"},
	{Name: "nlb-id", Check: checkNLB, Usage: "`ID` of an NLB of yours, instead of the system's (default)"},
	{Name: "nlb-port", Repeat: true, Check: checkListenerPort, Usage: "listener `PORT` of the NLB; repeatable; otherwise the container's"},
	{Name: "no-nlb-fallback", Bool: true, Usage: "stop when the CLI's plugin fails on the NLB, instead of falling back to the shared gateway"},
	{Name: "nlb-net", Check: steps.OneOf("intranet", "internet"), Usage: "`NET` the system's NLB is in: intranet or internet"},
	{Name: "vpc-id", Check: checkID("vpc-"), Usage: "`ID` of the VPC that the instances are attached to; with gateway and nlb otherwise looked up"},
	{Name: "vswitch-id", Check: checkVSwitches, Usage: "`IDS` of its vswitches, with commas between them; otherwise looked up"},
	{Name: "security-group-id", Check: checkID("sg-"), Usage: "`ID` of the security group; otherwise looked up"},
	{Name: "resource", Check: checkResource, Usage: "dedicated resource group, its `ID` (eas-r-...) or dedicated for one that is ready, instead of the public one"},
	{Name: "cpu", Check: between(1, 100000), Usage: "`CORES` of each instance, in a dedicated resource group"},
	{Name: "memory", Check: between(1, 1<<30), Usage: "memory of each instance in `MB`, in a dedicated resource group"},
	{Name: "gpu", Check: between(0, 1024), Usage: "`N` accelerators of each instance, in a dedicated resource group"},

	{Name: "pattern", Check: checkPattern, Usage: "`PATTERN` that fills in what no flag says, P1 to P8; see eas patterns"},
	{Name: "from", Check: checkBase, Usage: "begin with the service description in `FILE`; flags stand above it"},
	{Name: "set", Repeat: true, Check: checkSet, Usage: "edit the result with a jq `EXPRESSION`, e.g. '.metadata.rdma = 1'; repeatable, in order"},
	{Name: "allow", Repeat: true, Check: checkAllowed, Usage: "do not report these `RULES` of service.json, e.g. R3,R24; repeatable; see eas validate --rules"},
	{Name: "allow-unlisted-image", Bool: true, Usage: "go on with an official image URI that is not in the list"},
	{Name: "keep-region", Bool: true, Usage: "leave the region of the CLI's profile as it is"},
	{Name: "redact-token", Bool: true, Usage: "hide the AccessToken in the report"},
}

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
	if complete && len(v["image"]) == 0 {
		add("--image", "is required")
	}
	problems = append(problems, checkPlace(v, complete)...)
	if complete {
		problems = append(problems, checkNetworks(v)...)
	}
	if _, err := mounts(v, service.DefaultMount); err != nil {
		add("--oss", err.Error())
	}
	return append(problems, checkDerived(v)...)
}

// checkPlace finds problems of where the service is to run: on instance types, or in a resource group.
func checkPlace(v steps.Values, complete bool) []steps.Problem {
	var problems []steps.Problem
	add := func(where, what string) { problems = append(problems, steps.Problem{Where: where, What: what}) }
	dedicated := v.One("resource") != ""
	switch {
	case dedicated && len(v["instance-type"]) > 0:
		add("--instance-type", "cannot stand beside --resource: a dedicated resource group has its own instances")
	case complete && !dedicated && len(v["instance-type"]) == 0:
		add("--instance-type", "is required")
	}
	for _, flag := range []string{"cpu", "memory", "gpu"} {
		if v.One(flag) != "" && !dedicated {
			add("--"+flag, "needs --resource: an instance type has its own")
		}
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

// checks makes a check of a parser.
func checks[T any](parse func(string) (T, error)) func(string) error {
	return func(v string) error { _, err := parse(v); return err }
}

// checkID returns a check for an id of the service (rules R59 and R66).
func checkID(prefix string) func(string) error {
	return func(v string) error {
		if rest, ok := strings.CutPrefix(v, prefix); !ok || !madeOf(rest, "aA0-", 1, 64) {
			return fmt.Errorf("%q is not an id such as %sbp1abc", v, prefix)
		}
		return nil
	}
}

// checkVSwitches is rule R59.
func checkVSwitches(v string) error {
	var seen []string
	for _, id := range strings.Split(v, ",") {
		id = strings.TrimSpace(id)
		if err := checkID("vsw-")(id); err != nil {
			return err
		}
		if slices.Contains(seen, id) {
			return fmt.Errorf("%s is named twice", id)
		}
		seen = append(seen, id)
	}
	return nil
}

// checkCIDRs takes several with commas between them.
func checkCIDRs(v string) error {
	for _, part := range strings.Split(v, ",") {
		if _, err := netip.ParsePrefix(strings.TrimSpace(part)); err != nil {
			return fmt.Errorf("%q is not a CIDR such as 192.168.0.0/16", part)
		}
	}
	return nil
}

// checkResource is rule R15; dedicated looks one up.
func checkResource(v string) error {
	if rest, ok := strings.CutPrefix(v, "eas-r-"); v != "dedicated" && (!ok || !madeOf(rest, "aA0", 1, 64)) {
		return fmt.Errorf("%q is not the id of a dedicated resource group such as eas-r-abc123", v)
	}
	return nil
}

// checkNLB is rule R68.
func checkNLB(v string) error {
	if v == "default" {
		return nil
	}
	return checkID("nlb-")(v)
}

// checkListenerPort is rule R69.
func checkListenerPort(v string) error {
	if err := between(1, 65535)(v); err != nil {
		return err
	}
	if v == "8080" {
		return errors.New("8080 is reserved; choose another, e.g. 8000")
	}
	return nil
}

// checkDisk is rule R21.
func checkDisk(v string) error {
	size, ok := strings.CutSuffix(strings.TrimSuffix(v, "i"), "G")
	if !ok || !madeOf(size, "0", 1, 6) || strings.Trim(size, "0") == "" {
		return fmt.Errorf("%q is not a size such as 100Gi", v)
	}
	return nil
}

// checkEnv is rule R37. A secret must not stand in the history of a shell, nor in the run record.
func checkEnv(v string) error {
	name, _, literal := strings.Cut(v, "=")
	switch {
	case !madeOf(name, "aA0_", 1, 256) || name[0] >= '0' && name[0] <= '9':
		return fmt.Errorf("%q is not NAME=VALUE with a name of letters, digits and underscores", v)
	case literal && service.SecretName(name):
		return fmt.Errorf("%s most likely holds a secret: put the value into the environment and write --env %s", name, name)
	}
	return nil
}

// checkProbe returns the check of a probe's flag; the container's port, which it may leave out, does not matter.
func checkProbe(key string) func(string) error {
	return func(v string) error {
		if v == service.NoProbe {
			return nil
		}
		_, err := service.ParseProbe(key, v, 8000)
		return err
	}
}

func checkPattern(v string) error {
	if _, ok := service.PatternByID(v); !ok {
		return fmt.Errorf("%q is not one of P1 to P8", v)
	}
	return nil
}

func checkSet(v string) error { return service.CheckExpression(v) }

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

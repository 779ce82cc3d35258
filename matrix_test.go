package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The fault matrix: real processes, every call of every kind of network times every fault, generated. Each case runs
// a deployment into the fault and then resumes it on a healthy CLI. go test does one case in matrixStride of them,
// another one each for neighbouring calls and faults; ALIGATE_MATRIX=1 does them all (make matrix).
const matrixStride = 24

// matrixKinds are deployments, by what they add to the flags; answers are those that the shared gateway does not need.
var matrixKinds = []struct {
	name  string
	flags []string
}{
	{"shared", []string{"--instance-type", "ecs.gn7i-c16g1.4xlarge"}},
	{"vpc", []string{"--instance-type", "ecs.gn7i-c16g1.4xlarge", "--vpc-id", "vpc-synth0000000000a", "--command", "sh -c 'pip install x' --port 8000"}},
	{"gateway", []string{"--instance-type", "ecs.gn7i-c16g1.4xlarge", "--network", "gateway"}},
	{"nlb", []string{"--instance-type", "ecs.gn7i-c16g1.4xlarge", "--network", "nlb"}},
	{"own-nlb", []string{"--instance-type", "ecs.gn7i-c16g1.4xlarge", "--network", "nlb", "--nlb-id", "nlb-synth0000000001"}},
	{"dedicated", []string{"--resource", "dedicated"}},
}

// matrixFaults are those of fixtures/sim; + means that the call had its effect before.
var matrixFaults = []string{
	"forbidden", "throttled", "server", "server+", "flag", "profile", "exit4", "exit4+", "hang", "hang+", "die", "die+", "grandchild",
	"empty", "empty+", "null", "null+", "html+", "cut", "cut+", "shape+", "chatter", "flood", "flood+", "stderr", "garbage", "garbage+", "gone", "noexec",
	"int", "term", "kill9", "state", "full", "symlink",
}

// matrixAnswers are what the account answers, by operation: samples and the embedded recording.
func matrixAnswers(t *testing.T) map[string]string {
	t.Helper()
	happy, err := happyPath()
	if err != nil {
		t.Fatal(err)
	}
	answers := map[string]string{}
	for _, call := range happy {
		var words []string
		for _, arg := range call.Args {
			if strings.HasPrefix(arg, "-") || len(words) == 3 {
				break
			}
			words = append(words, arg)
		}
		answers[strings.Join(words, " ")] = string(call.Stdout)
	}
	answers["eas list-services with it"] = `{"TotalCount":1,"Services":[{"ServiceId":"eas-m-synth000201","ServiceName":"qwen_demo","Status":"Creating","CreateTime":"@CREATED@"}]}`
	for operation, file := range map[string]string{
		"eas list-gateway": "ListGateway", "eas describe-gateway": "DescribeGateway", "eas ListGatewayIntranetLinkedVpc": "ListGatewayIntranetLinkedVpc",
		"eas list-resources": "ListResources", "vpc DescribeVpcs": "DescribeVpcs", "vpc DescribeVSwitches": "DescribeVSwitches",
		"ecs DescribeSecurityGroups": "DescribeSecurityGroups", "nlb GetLoadBalancerAttribute": "GetLoadBalancerAttribute",
		"vpc DescribeNatGateways": "DescribeNatGateways", "vpc DescribeSnatTableEntries": "DescribeSnatTableEntries",
	} {
		answers[operation] = string(sampleFile(t, file+".json"))
	}
	// The installer of a plugin speaks, whatever it is called with.
	answers["plugin install"] = answers["plugin install aiworkspace"]
	return answers
}

func sampleFile(t *testing.T, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(samples, name))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// programs builds programs of the module, by name, and returns their directory: without the race detector, and so
// quick to start.
func programs(t *testing.T, packages map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, pkg := range packages {
		if out, err := exec.Command("go", "build", "-o", filepath.Join(dir, name), pkg).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	return dir
}

// matrixCase is one deployment in a directory of its own.
type matrixCase struct {
	t       *testing.T
	dir     string
	bin     string
	answers map[string]string
	errors  map[string]string
	kind    []string
}

func (c *matrixCase) plan(at int, fault string) {
	raw, err := json.Marshal(map[string]any{"answers": c.answers, "errors": c.errors, "at": at, "fault": fault,
		"state": filepath.Join(c.dir, "state"), "gate": filepath.Join(c.dir, "eas_images.json")})
	if err == nil {
		err = os.WriteFile(filepath.Join(c.dir, "sim", "plan.json"), raw, 0o644)
	}
	if err != nil {
		c.t.Fatal(err)
	}
}

// heal makes everything as it was, but for what the deployment did.
func (c *matrixCase) heal() {
	c.plan(0, "")
	bin := filepath.Join(c.dir, "bin", "aliyun")
	_ = os.Remove(bin)
	if err := os.Link(filepath.Join(c.bin, "sim"), bin); err != nil {
		if data, err := os.ReadFile(filepath.Join(c.bin, "sim")); err != nil || os.WriteFile(bin, data, 0o755) != nil {
			c.t.Fatal(err)
		}
	}
	state := filepath.Join(c.dir, "state")
	if _, err := os.Stat(state + ".away"); err == nil {
		_ = os.RemoveAll(state)
		_ = os.Rename(state+".away", state)
	}
	gate := filepath.Join(c.dir, "eas_images.json")
	if _, err := os.Stat(gate + ".away"); err == nil {
		_ = os.Remove(gate)
		_ = os.Rename(gate+".away", gate)
	}
}

// run runs aligate and returns its exit code, 128+n for a signal.
func (c *matrixCase) run(factor string, words ...string) (code int, stdout, stderr string) {
	args := append([]string{"eas", "deploy", "--timeout", factor, "--gate-dir", c.dir, "--state-dir", filepath.Join(c.dir, "state"), "--service-file", filepath.Join(c.dir, "service.json")}, words...)
	cmd := exec.Command(filepath.Join(c.bin, "aligate"), args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	cmd.Dir = c.dir
	cmd.Env = []string{"PATH=" + filepath.Join(c.dir, "bin"), "HOME=" + c.dir, "SIM_DIR=" + filepath.Join(c.dir, "sim")}
	err := cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		code = exit.ExitCode()
		if code < 0 {
			code = 137
		}
	} else if err != nil {
		c.t.Fatal(err)
	}
	return code, out.String(), errs.String()
}

// nextCommand is a hint that names one.
var nextCommand = regexp.MustCompile(`(?m)^aligate: hint: .*\b(aligate|aliyun) [a-z]`)

func (c *matrixCase) calls() []string {
	raw, _ := os.ReadFile(filepath.Join(c.dir, "sim", "calls"))
	return strings.Split(strings.TrimSpace(string(raw)), "\n")
}

func (c *matrixCase) exists(name string) bool {
	_, err := os.Stat(filepath.Join(c.dir, "sim", name))
	return err == nil
}

// fresh makes the directory of a case.
func fresh(t *testing.T, bin string, kind []string, answers, errs map[string]string) *matrixCase {
	c := &matrixCase{t: t, dir: t.TempDir(), bin: bin, kind: kind, answers: answers, errors: errs}
	for _, dir := range []string{"bin", "sim"} {
		if err := os.Mkdir(filepath.Join(c.dir, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	c.heal()
	return c
}

func (c *matrixCase) deploy(factor string) (code int, stdout, stderr string) {
	return c.run(factor, append([]string{"--region", "cn-hangzhou", "--name", "qwen_demo", "--workspace-id", "310001", "--image", "vllm", "--oss", "oss://example-models/qwen2.5-7b/"}, c.kind...)...)
}

func TestFaultMatrix(t *testing.T) {
	t.Parallel()
	bin := programs(t, map[string]string{"aligate": ".", "sim": "./fixtures/sim"})
	answers := matrixAnswers(t)
	errs := map[string]string{"server": string(sampleFile(t, "errors/html-502.stderr")), "flag": string(sampleFile(t, "errors/invalid-param.rc2.stderr")), "profile": string(sampleFile(t, "errors/unknown-profile.rc3.stderr"))}
	for _, name := range []string{"forbidden", "throttling", "conflict", "not-found"} {
		errs[name] = string(sampleFile(t, "errors/"+name+".stderr"))
	}
	stride := matrixStride
	if n, err := strconv.Atoi(os.Getenv("ALIGATE_MATRIX")); err == nil && n > 0 {
		stride = n
	}
	type job struct {
		kind  int
		at    int
		fault string
		name  string
	}
	var jobs []job
	shared := 0
	for k, kind := range matrixKinds {
		c := fresh(t, bin, kind.flags, answers, errs)
		if code, _, stderr := c.deploy("1"); code != 0 {
			t.Fatalf("%s: the happy path ends with %d\n%s", kind.name, code, stderr)
		}
		calls := c.calls()
		from := 1
		if k == 0 {
			shared = len(calls)
		} else {
			from = 14 // what comes before is the same for all
		}
		for at := from; at <= len(calls); at++ {
			for f, fault := range matrixFaults {
				if (at*5+f+k)%stride == 0 {
					jobs = append(jobs, job{k, at, fault, fmt.Sprintf("%s/%02d-%s/%s", kind.name, at, strings.ReplaceAll(calls[at-1], " ", "-"), fault)})
				}
			}
		}
	}
	if shared != 17 {
		t.Errorf("the shared gateway's happy path has %d calls", shared)
	}
	slices.SortStableFunc(jobs, func(a, b job) int { return cmp.Compare(a.fault, b.fault) })
	t.Logf("%d cases (stride %d)", len(jobs), stride)
	for _, j := range jobs {
		t.Run(j.name, func(t *testing.T) {
			t.Parallel()
			matrixOne(fresh(t, bin, matrixKinds[j.kind].flags, answers, errs), j.at, j.fault)
		})
	}
}

// matrixOne runs into a fault, judges, resumes, and judges again.
func matrixOne(c *matrixCase, at int, fault string) {
	t := c.t
	factor := "0.2"
	if strings.HasPrefix(fault, "hang") || fault == "grandchild" {
		factor = "0.02" // 1.5 s for a read, 2.4 s for the create
	}
	c.plan(at, fault)
	code, stdout, stderr := c.deploy(factor)
	where := fmt.Sprintf("exit %d\n%s%s", code, stdout, stderr)
	if !slices.Contains([]int{0, 1, 3, 4, 5, 8, 9, 10, 130, 137, 143}, code) {
		t.Fatalf("undocumented %s", where)
	}
	if strings.Contains(stderr, "panic") || strings.Contains(stderr, "goroutine ") {
		t.Fatalf("crashed: %s", where)
	}
	errorLines := strings.Count("\n"+stderr, "\naligate: error: ")
	switch {
	case code == 137: // nothing could be said
	case code == 0 && errorLines != 0, code != 0 && errorLines != 1:
		t.Errorf("%d error lines: %s", errorLines, where)
	case code != 0 && !nextCommand.MatchString(stderr):
		t.Errorf("no next command: %s", where)
	case code != 0 && fault == "full" && !strings.Contains(stderr, "make room on the disk"):
		t.Errorf("does not say that the disk is full: %s", where)
	}
	if code == 0 && !c.exists("service") {
		t.Errorf("done, and no service: %s", where)
	}
	if c.exists("service") && code != 0 && strings.Contains(stderr, "nothing changed in the cloud") {
		t.Errorf("the service is there, and it says that nothing changed: %s", where)
	}
	calls := c.calls()
	if c.exists("ai-mode") && code != 137 && !(at == len(calls) && calls[at-1] == "configure ai-mode disable") && fault != "gone" && fault != "noexec" && code != 3 && code != 8 {
		t.Errorf("ai-mode is on: %v %s", calls[max(0, len(calls)-3):], where)
	}
	noSecrets(c, stdout, stderr)
	looked := true
	for _, call := range calls {
		switch call {
		case "eas list-services", "eas describe-service":
			looked = true
		case "eas create-service":
			if !looked && fault != "throttled" { // which says that nothing was done
				t.Errorf("two creates without a look in between: %v", calls)
			}
			looked = false
		}
	}

	if code == 0 || code == 4 {
		return
	}
	c.heal()
	again, stdout, stderr := c.run("1", "--resume")
	if again == 3 && strings.Contains(stderr, "NothingToResume") {
		again, stdout, stderr = c.deploy("1")
	}
	if again != 0 || !c.exists("service") {
		t.Errorf("%s\nresumed: exit %d\n%s%s", where, again, stdout, stderr)
	}
	if c.exists("ai-mode") {
		t.Errorf("resumed, and ai-mode is on")
	}
	noSecrets(c, "", stderr)
}

// noSecrets looks for the account's token in everything that is written, and in what is shown but the report.
func noSecrets(c *matrixCase, _, stderr string) {
	const token = "U1lOVEhFVElDLXRva2Vu"
	if strings.Contains(stderr, token) {
		c.t.Errorf("the token is on stderr: %s", stderr)
	}
	for _, name := range []string{"run.json", "journal.jsonl"} {
		if raw, err := os.ReadFile(filepath.Join(c.dir, "state", name)); err == nil && bytes.Contains(raw, []byte(token)) {
			c.t.Errorf("the token is in %s", name)
		}
	}
}

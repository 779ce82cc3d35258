package eas

import (
	"slices"
	"testing"

	"aligate/runner"
	"aligate/steps"
	"aligate/steps/eas/catalog"
)

const ua = "AlibabaCloud-Agent-Skills/alibabacloud-pai-eas-service-deploy"

// TestArgv holds every command to the documented one, element by element.
func TestArgv(t *testing.T) {
	t.Parallel()
	v := values("region", "cn-hangzhou", "name", "qwen_demo")
	p := values("region", "cn-hangzhou", "name", "qwen_demo", "profile", "team")
	const (
		ro  = runner.ReadOnly
		mut = runner.Mutates
	)
	for _, c := range []struct {
		name   string
		got    runner.Command
		want   []string
		effect runner.Effect
		kind   runner.Kind
	}{
		{"ai-mode enable", aiMode("enable"), []string{"configure", "ai-mode", "enable"}, mut, runner.Local},
		{"ai-mode disable", aiMode("disable"), []string{"configure", "ai-mode", "disable"}, mut, runner.Local},
		{"plugin update", pluginUpdate, []string{"plugin", "update"}, mut, runner.Plugin},
		{"plugin install", pluginInstall("eas"), []string{"plugin", "install", "eas", "--force"}, mut, runner.Plugin},
		{"plugin install by name", pluginInstallNames("eas"), []string{"plugin", "install", "--names", "eas"}, mut, runner.Plugin},
		{"plugin list", pluginList, []string{"plugin", "list"}, ro, runner.Plugin},
		{"configure list", listProfiles, []string{"configure", "list"}, ro, runner.Local},

		{"list-workspaces", listWorkspaces(v), []string{"aiworkspace", "list-workspaces", "--region", "cn-hangzhou", "--user-agent", ua}, ro, runner.Read},
		{"list-workspaces, profile", listWorkspaces(p), []string{"aiworkspace", "list-workspaces", "--region", "cn-hangzhou", "--user-agent", ua, "--profile", "team"}, ro, runner.Read},
		{"list-workspaces, page 2", numbered(listWorkspaces(v), 2, 20),
			[]string{"aiworkspace", "list-workspaces", "--region", "cn-hangzhou", "--user-agent", ua, "--page-size", "20", "--page-number", "2"}, ro, runner.Read},

		{"list-services", listServices(v, true), []string{"eas", "list-services", "--region", "cn-hangzhou", "--cluster-id", "cn-hangzhou", "--user-agent", ua}, ro, runner.Read},
		{"list-services, no cluster", listServices(v, false), []string{"eas", "list-services", "--region", "cn-hangzhou", "--user-agent", ua}, ro, runner.Read},
		{"list-services, profile", listServices(p, true),
			[]string{"eas", "list-services", "--region", "cn-hangzhou", "--cluster-id", "cn-hangzhou", "--user-agent", ua, "--profile", "team"}, ro, runner.Read},
		{"list-services, page 2", numbered(listServices(v, true), 2, 100),
			[]string{"eas", "list-services", "--region", "cn-hangzhou", "--cluster-id", "cn-hangzhou", "--user-agent", ua, "--page-size", "100", "--page-number", "2"}, ro, runner.Read},
		{"list-services, page 3 of profile", numbered(listServices(p, true), 3, 5),
			[]string{"eas", "list-services", "--region", "cn-hangzhou", "--cluster-id", "cn-hangzhou", "--user-agent", ua, "--profile", "team", "--page-size", "5", "--page-number", "3"}, ro, runner.Read},
		{"list-services, page 2 of unknown size", numbered(listServices(v, true), 2, 0),
			[]string{"eas", "list-services", "--region", "cn-hangzhou", "--cluster-id", "cn-hangzhou", "--user-agent", ua, "--page-number", "2"}, ro, runner.Read},
		// The first page is asked for as documented, whatever size is known.
		{"list-services, page 1", numbered(listServices(v, true), 1, 100), []string{"eas", "list-services", "--region", "cn-hangzhou", "--cluster-id", "cn-hangzhou", "--user-agent", ua}, ro, runner.Read},

		{"list-images", listImages(v), []string{"aiworkspace", "list-images", "--region", "cn-hangzhou", "--verbose", "true",
			"--labels", "system.official=true,system.supported.eas=true", "--page-size", "50", "--user-agent", ua}, ro, runner.Read},
		{"list-images, profile", listImages(p), []string{"aiworkspace", "list-images", "--region", "cn-hangzhou", "--verbose", "true",
			"--labels", "system.official=true,system.supported.eas=true", "--page-size", "50", "--user-agent", ua, "--profile", "team"}, ro, runner.Read},
		// Its own page size stays: a second --page-size would be rejected.
		{"list-images, page 2", numbered(listImages(v), 2, 10), []string{"aiworkspace", "list-images", "--region", "cn-hangzhou", "--verbose", "true",
			"--labels", "system.official=true,system.supported.eas=true", "--page-size", "50", "--user-agent", ua, "--page-number", "2"}, ro, runner.Read},

		{"describe-machine-spec", describeMachineSpec(v), []string{"eas", "describe-machine-spec", "--region", "cn-hangzhou", "--user-agent", ua}, ro, runner.Read},
		{"describe-machine-spec, profile", describeMachineSpec(p), []string{"eas", "describe-machine-spec", "--region", "cn-hangzhou", "--user-agent", ua, "--profile", "team"}, ro, runner.Read},

		{"create-service", createService(v, "{\n \"a\": 1\n}"), []string{"eas", "create-service", "--region", "cn-hangzhou", "--body", "{\n \"a\": 1\n}", "--user-agent", ua}, mut, runner.Write},
		{"create-service, profile", createService(p, "{}"), []string{"eas", "create-service", "--region", "cn-hangzhou", "--body", "{}", "--user-agent", ua, "--profile", "team"}, mut, runner.Write},

		{"describe-service", describeService(v, "qwen_demo"),
			[]string{"eas", "describe-service", "--region", "cn-hangzhou", "--cluster-id", "cn-hangzhou", "--service-name", "qwen_demo", "--user-agent", ua}, ro, runner.Read},
		{"describe-service, profile", describeService(p, "qwen_demo"),
			[]string{"eas", "describe-service", "--region", "cn-hangzhou", "--cluster-id", "cn-hangzhou", "--service-name", "qwen_demo", "--user-agent", ua, "--profile", "team"}, ro, runner.Read},

		{"describe-service-endpoints", describeEndpoints(v, "qwen_demo"),
			[]string{"eas", "describe-service-endpoints", "--region", "cn-hangzhou", "--cluster-id", "cn-hangzhou", "--service-name", "qwen_demo", "--user-agent", ua}, ro, runner.Read},
		{"describe-service-endpoints, profile", describeEndpoints(p, "qwen_demo"),
			[]string{"eas", "describe-service-endpoints", "--region", "cn-hangzhou", "--cluster-id", "cn-hangzhou", "--service-name", "qwen_demo", "--user-agent", ua, "--profile", "team"}, ro, runner.Read},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			same(t, c.got.Args, c.want)
			if c.got.Effect != c.effect || c.got.Kind != c.kind {
				t.Errorf("got effect %v, kind %v; want %v, %v", c.got.Effect, c.got.Kind, c.effect, c.kind)
			}
			server := c.kind == runner.Read || c.kind == runner.Write
			if c.got.JSON != server {
				t.Errorf("got JSON %t, want %t", c.got.JSON, server)
			}
			// Only reads are repeated with patience; a create that timed out is not sent again.
			var slow []string
			if c.kind == runner.Read {
				slow = []string{"--read-timeout", "60"}
			}
			same(t, c.got.Slow, slow)
			if c.got.Most != 0 {
				t.Error("got a limit, which is for the step to set")
			}
		})
	}
}

// TestNumberedCopies: two pages of one command must not share an array.
func TestNumberedCopies(t *testing.T) {
	t.Parallel()
	first := listServices(values("region", "cn-hangzhou"), true)
	before := slices.Clone(first.Args)
	two := numbered(first, 2, 5)
	three := numbered(first, 3, 5)
	same(t, first.Args, before)
	same(t, two.Args[len(two.Args)-1], "2")
	same(t, three.Args[len(three.Args)-1], "3")
}

func TestPrecheckCommands(t *testing.T) {
	t.Parallel()
	want := [][]string{
		{"configure", "ai-mode", "enable"},
		{"configure", "ai-mode", "set-user-agent", "--user-agent", ua},
		{"plugin", "update"},
		{"configure", "set", "--auto-plugin-install", "true"},
		{"plugin", "update"},
		{"plugin", "install", "aiworkspace", "--force"},
		{"plugin", "install", "eas", "--force"},
		{"plugin", "list"},
	}
	// --profile is for API calls; these are settings of the whole machine user.
	for _, v := range []steps.Values{values(), values("profile", "team")} {
		got := precheckCommands(v)
		same(t, argvs(got), want)
		for _, c := range got {
			wantKind, wantEffect := runner.Local, runner.Mutates
			if c.Args[0] == "plugin" {
				wantKind = runner.Plugin
			}
			if c.Args[1] == "list" {
				wantEffect = runner.ReadOnly
			}
			if c.Kind != wantKind || c.Effect != wantEffect {
				t.Errorf("%v: got kind %v, effect %v", c.Args, c.Kind, c.Effect)
			}
		}
	}
}

func TestSetRegionCommands(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		values steps.Values
		want   [][]string
	}{
		{values("region", "cn-beijing"), [][]string{{"configure", "set", "--region", "cn-beijing"}}},
		{values("region", "cn-beijing", "profile", "team"), [][]string{
			{"configure", "list"},
			{"configure", "set", "--profile", "team", "--region", "cn-beijing"},
			{"configure", "switch", "--profile", "was"},
		}},
		{values("region", "cn-beijing", "keep-region", "true"), nil},
		{values("region", "cn-beijing", "profile", "team", "keep-region", "true"), nil},
	} {
		got := setRegionCommands(c.values, "was")
		same(t, argvs(got), c.want)
		for _, command := range got {
			if want := command.Args[1] == "list"; command.Kind != runner.Local || (command.Effect == runner.ReadOnly) != want {
				t.Errorf("%v: got kind %v, effect %v", command.Args, command.Kind, command.Effect)
			}
		}
	}
}

func argvs(commands []runner.Command) [][]string {
	var out [][]string
	for _, c := range commands {
		out = append(out, c.Args)
	}
	return out
}

// planned are the commands of a run that goes well: step by step, and what closes it.
func planned(v steps.Values) (names []string, commands []runner.Command) {
	for _, step := range Workflow.Steps {
		names = append(names, step.Name)
		if step.Commands != nil {
			commands = append(commands, step.Commands(v)...)
		}
	}
	return names, append(commands, Workflow.CloseCommands(v)...)
}

// TestPlan: the happy path on a shared gateway is the seventeen documented commands, in their order, and no other.
func TestPlan(t *testing.T) {
	t.Parallel()
	names, commands := planned(values("region", "cn-hangzhou", "name", "qwen_vllm_482917", "image", "vllm", "instance-type", catalog.Favourite, "workspace-id", "312319"))
	same(t, names, []string{"precheck", "params", "check-name", "images", "specs", "network", "build", "create", "verify", "report"})
	same(t, argvs(commands), [][]string{
		{"configure", "ai-mode", "enable"},
		{"configure", "ai-mode", "set-user-agent", "--user-agent", ua},
		{"plugin", "update"},
		{"configure", "set", "--auto-plugin-install", "true"},
		{"plugin", "update"},
		{"plugin", "install", "aiworkspace", "--force"},
		{"plugin", "install", "eas", "--force"},
		{"plugin", "list"},
		{"configure", "set", "--region", "cn-hangzhou"},
		{"aiworkspace", "list-workspaces", "--region", "cn-hangzhou", "--user-agent", ua},
		{"eas", "list-services", "--region", "cn-hangzhou", "--cluster-id", "cn-hangzhou", "--user-agent", ua},
		{"aiworkspace", "list-images", "--region", "cn-hangzhou", "--verbose", "true", "--labels", "system.official=true,system.supported.eas=true", "--page-size", "50", "--user-agent", ua},
		{"eas", "describe-machine-spec", "--region", "cn-hangzhou", "--user-agent", ua},
		{"eas", "create-service", "--region", "cn-hangzhou", "--body", "<content of service.json>", "--user-agent", ua},
		{"eas", "describe-service", "--region", "cn-hangzhou", "--cluster-id", "cn-hangzhou", "--service-name", "qwen_vllm_482917", "--user-agent", ua},
		{"eas", "describe-service-endpoints", "--region", "cn-hangzhou", "--cluster-id", "cn-hangzhou", "--service-name", "qwen_vllm_482917", "--user-agent", ua},
		{"configure", "ai-mode", "disable"},
	})
	for i, c := range commands {
		if create := i == 13; (c.Kind == runner.Write) != create {
			t.Errorf("%v: got kind %v", c.Args, c.Kind)
		}
		if c.Kind == runner.Read && c.Effect != runner.ReadOnly {
			t.Errorf("%v: got effect %v", c.Args, c.Effect)
		}
	}
}

// TestPlanOfProfile: two more commands, which leave the current profile what it was, and the flag on every call.
func TestPlanOfProfile(t *testing.T) {
	t.Parallel()
	_, commands := planned(values("region", "cn-hangzhou", "name-prefix", "qwen_", "profile", "team", "service-file", "out/x.json"))
	got := argvs(commands)
	if len(got) != 19 {
		t.Fatalf("got %d commands, want 19: %q", len(got), got)
	}
	same(t, got[8:12], [][]string{
		{"configure", "list"},
		{"configure", "set", "--profile", "team", "--region", "cn-hangzhou"},
		{"configure", "switch", "--profile", "<current profile>"},
		{"aiworkspace", "list-workspaces", "--region", "cn-hangzhou", "--user-agent", ua, "--profile", "team"},
	})
	same(t, got[15], []string{"eas", "create-service", "--region", "cn-hangzhou", "--body", "<content of out/x.json>", "--user-agent", ua, "--profile", "team"})
	same(t, got[17], []string{"eas", "describe-service-endpoints", "--region", "cn-hangzhou", "--cluster-id", "cn-hangzhou", "--service-name", "qwen_<6 digits>", "--user-agent", ua, "--profile", "team"})
	for _, argv := range got[11:18] {
		same(t, argv[len(argv)-2:], []string{"--profile", "team"})
	}
}

func TestPlannedName(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		values steps.Values
		want   string
	}{
		{given("name", "abc"), "abc"},
		{given("name-prefix", "p_", "name-suffix", "012345"), "p_012345"},
		{given("name-prefix", "p_"), "p_<6 digits>"},
	} {
		same(t, plannedName(c.values), c.want)
	}
}

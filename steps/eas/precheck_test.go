package eas

import (
	"context"
	"errors"
	"os/exec"
	"strings"
	"testing"

	"aligate/runner"
	"aligate/steps"
)

const pluginTable = `Name                     Version   Description
----                     -------   -----------
aliyun-cli-aiworkspace   0.1.2     Workspaces, made easy
aliyun-cli-eas           0.2.0     Release of the EAS plugin
aliyun-cli-ecs           1.0.0     an easy way to ecs
`

func TestParsePluginList(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text string
		want       []string
		bad        bool
	}{
		{"both", pluginTable, []string{"aliyun-cli-aiworkspace", "aliyun-cli-eas", "aliyun-cli-ecs"}, false},
		// Words of a description are no plugins, which the documented grep takes them for.
		{"easy", "Name  Version  Description\n----  -------  -----------\naliyun-cli-ecs  1.0  aiworkspace and eas, easy\n", []string{"aliyun-cli-ecs"}, false},
		{"alike", "Name Version\n---- ----\neasy 1.0\naliyun-cli-eas-extra 1.0\n", []string{"easy", "aliyun-cli-eas-extra"}, false},
		{"short names, in capitals", "Name Version\n---- ----\nEAS 1.0\nAIWorkspace 1.0\n", []string{"eas", "aiworkspace"}, false},
		{"carriage returns and blanks", "\r\n  Name   Version\r\n ----  ----\r\n\r\n  eas   1.0\r\n", []string{"eas"}, false},
		{"something before the table", "Note: a new version is there\nName Version\n---- ----\neas 1.0\n", []string{"eas"}, false},
		{"a version of dashes, or none", "Name Version\n---- ----\neas -\naiworkspace\n", []string{"eas", "aiworkspace"}, false},
		{"only a header", "Name  Version  Description\n----  -------  -----------\n", nil, false},
		{"none installed", "No plugins installed.\n", nil, false},
		{"no header", "aliyun-cli-eas 0.2.0\n", nil, true},
		{"empty", "", nil, true},
		{"prose", "cannot read the manifest\n", nil, true},
	} {
		got, err := parsePluginList(c.text)
		if (err != nil) != c.bad || c.bad && !errors.Is(err, errNoTable) {
			t.Errorf("%s: got %v, want an error: %t", c.name, err, c.bad)
		}
		same(t, got, c.want)
	}
}

func TestMissingPlugins(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		reply    reply
		want     []string
		warnings []string
		exit     steps.ExitCode
	}{
		{"both there", answer("plugin list", pluginTable), []string{}, nil, 0},
		{"short names", answer("plugin list", "Name V\n---- -\neas 1\naiworkspace 1\n"), []string{}, nil, 0},
		{"only words alike", answer("plugin list", "Name V D\n- - -\naliyun-cli-ecs 1 eas and aiworkspace\neasy 1 x\n"), []string{"aiworkspace", "eas"}, nil, 0},
		{"one", answer("plugin list", "Name V\n- -\naliyun-cli-aiworkspace 1\n"), []string{"eas"}, nil, 0},
		{"none", answer("plugin list", "No plugins installed.\n"), []string{"aiworkspace", "eas"}, nil, 0},
		// What cannot be read proves nothing.
		{"unreadable", answer("plugin list", "what?"), nil, []string{`PluginListUnreadable: "what?"`}, 0},
		{"fails", refusal("plugin list", "ERROR: whatever"), nil, []string{"PrecheckFailed: aliyun plugin list failed, going on: whatever"}, 0},
		{"broken configuration", broken(t, "plugin list"), nil, nil, steps.ExitNoCLI},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			report := run{runner: cli(t, c.reply)}.do(t, func(ctx context.Context, env *steps.Env) error {
				in := installer{env: env}
				got, err := in.missing(ctx)
				same(t, got, c.want)
				return err
			})
			if report.ExitCode != c.exit {
				t.Errorf("got %v, exit %d; want %d", report.Fault, report.ExitCode, c.exit)
			}
			warned(t, report.Warnings, c.warnings...)
		})
	}
}

func TestInstall(t *testing.T) {
	t.Parallel()
	force := refusal("plugin install eas --force", string(read(t, "errors/plugin-force-flag.rc1.stderr")))
	for _, c := range []struct {
		name     string
		replies  []reply
		warnings []string
		exit     steps.ExitCode
	}{
		{"as documented", []reply{answer("plugin install eas --force", ""), answer("plugin install aiworkspace --force", "")}, nil, 0},
		// Rejected once, --force is not tried on the second plugin.
		{"force rejected", []reply{force, answer("plugin install --names eas", ""), answer("plugin install --names aiworkspace", "")}, nil, 0},
		{"force rejected, then no network", []reply{force, refusal("plugin install --names eas", "ERROR: failed to fetch plugin index"), answer("plugin install --names aiworkspace", "")},
			[]string{"PrecheckFailed: failed to fetch plugin index"}, 0},
		{"another failure", []reply{refusal("plugin install eas --force", "ERROR: checksum verification failed"), answer("plugin install aiworkspace --force", "")},
			[]string{"PrecheckFailed: aliyun plugin install eas failed, going on: checksum verification failed"}, 0},
		{"broken configuration", []reply{broken(t, "plugin install eas --force")}, nil, steps.ExitNoCLI},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			report := run{runner: cli(t, c.replies...)}.do(t, func(ctx context.Context, env *steps.Env) error {
				in := installer{env: env}
				return errors.Join(in.install(ctx, "eas"), func() error {
					if len(c.replies) == 1 {
						return nil
					}
					return in.install(ctx, "aiworkspace")
				}())
			})
			if report.ExitCode != c.exit {
				t.Errorf("got %v, exit %d; want %d", report.Fault, report.ExitCode, c.exit)
			}
			warned(t, report.Warnings, c.warnings...)
		})
	}
}

func TestTolerate(t *testing.T) {
	t.Parallel()
	c := local("configure", "set", "--region", "cn-hangzhou")
	exit := func(code int, stderr string) error {
		return runner.NewExitError(c, runner.Result{ExitCode: code, Stderr: []byte(stderr)})
	}
	unsaved := exit(1, "ERROR: fail to set configuration: access_key_id is not configured")
	for _, test := range []struct {
		name     string
		err      error
		env      steps.Env
		warnings []string
		exit     steps.ExitCode // 0: tolerated
	}{
		{name: "none"},
		{name: "a failure", err: exit(1, "ERROR: checksum verification failed"), warnings: []string{"PrecheckFailed: aliyun configure set failed, going on: checksum verification failed"}},
		{name: "of the service", err: exit(1, string(read(t, "errors/forbidden.stderr"))), warnings: []string{"PrecheckFailed: Forbidden.RAM: User not authorized"}},
		{name: "a timeout", err: &runner.DeadlineError{Command: c}, warnings: []string{"PrecheckFailed: Timeout"}},
		{name: "unknown profile", err: exit(3, string(read(t, "errors/unknown-profile.rc3.stderr"))), exit: steps.ExitNoCLI},
		{name: "not on PATH", err: &runner.StartError{Path: "aliyun", Err: exec.ErrNotFound}, exit: steps.ExitNoCLI},
		{name: "not recorded", err: runner.ErrUnrecorded, exit: steps.ExitFailed},
		{name: "nothing to write to", err: unsaved, exit: steps.ExitNoCLI},
		{name: "nothing to write to, another profile", err: unsaved, env: steps.Env{Values: given("profile", "team")}, warnings: []string{"PrecheckFailed"}},
		{name: "nothing to write to, credentials in the environment", err: unsaved, env: steps.Env{Environ: []string{"ALIBABA_CLOUD_ACCESS_KEY_ID=x"}}, warnings: []string{"PrecheckFailed"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			report := run{values: test.env.Values}.do(t, func(_ context.Context, env *steps.Env) error {
				env.Environ = test.env.Environ
				return tolerate(env, c, test.err)
			})
			if report.ExitCode != test.exit {
				t.Errorf("got %v, exit %d; want %d", report.Fault, report.ExitCode, test.exit)
			}
			warned(t, report.Warnings, test.warnings...)
		})
	}
}

func TestCredentialsInEnvironment(t *testing.T) {
	t.Parallel()
	for entry, want := range map[string]bool{
		"ALIBABA_CLOUD_ACCESS_KEY_ID=x": true, "ALIBABACLOUD_ACCESS_KEY_ID=x": true, "ALICLOUD_ACCESS_KEY_ID=x": true, "ALIBABA_CLOUD_CREDENTIALS_URI=http://x": true,
		"ALIBABA_CLOUD_ACCESS_KEY_ID=": false, "ALIBABA_CLOUD_ACCESS_KEY_ID": false, "ALIBABA_CLOUD_ACCESS_KEY_SECRET=x": false, "XALIBABA_CLOUD_ACCESS_KEY_ID=x": false,
		"alibaba_cloud_access_key_id=x": false,
	} {
		if got := credentialsInEnvironment([]string{"PATH=/bin", entry}); got != want {
			t.Errorf("%s: got %t, want %t", entry, got, want)
		}
	}
	if credentialsInEnvironment(nil) {
		t.Error("got credentials in an empty environment")
	}
}

func TestFirstSentence(t *testing.T) {
	t.Parallel()
	for detail, want := range map[string]string{
		"\n  \nERROR: one\ntwo": "one", "one": "one", "": "C: m", " \n": "C: m",
	} {
		if got := firstSentence(&steps.Error{Code: "C", Message: "m", Detail: detail}); got != want {
			t.Errorf("%q: got %q, want %q", detail, got, want)
		}
	}
}

func TestRunPrecheck(t *testing.T) {
	t.Parallel()
	first := []reply{
		answer("configure ai-mode enable", ""), answer("configure ai-mode set-user-agent --user-agent "+ua, ""), answer("plugin update", ""),
		answer("configure set --auto-plugin-install true", ""), answer("plugin update", ""),
	}
	failing := make([]reply, len(first))
	for i, r := range first {
		failing[i] = refusal(r.words, "ERROR: whatever")
	}
	install := []reply{answer("plugin install aiworkspace --force", ""), answer("plugin install eas --force", "")}
	for _, c := range []struct {
		name     string
		replies  [][]reply
		warnings string // the codes, joined
		exit     steps.ExitCode
	}{
		{"all well: the eight commands", [][]reply{first, install, {answer("plugin list", pluginTable)}}, "", 0},
		{"all fail", [][]reply{failing, {refusal(install[0].words, "ERROR: x"), refusal(install[1].words, "ERROR: x"), refusal("plugin list", "ERROR: x")}},
			strings.TrimSuffix(strings.Repeat("PrecheckFailed ", 8), " "), 0},
		{"one missing", [][]reply{first, install, {answer("plugin list", "Name V\n- -\naliyun-cli-eas 1\n"), answer("plugin install aiworkspace --force", "")}}, "PluginMissing", 0},
		{"force rejected and missing", [][]reply{first, {
			refusal(install[0].words, string(read(t, "errors/plugin-force-flag.rc1.stderr"))), answer("plugin install --names aiworkspace", ""), answer("plugin install --names eas", ""),
			answer("plugin list", "Name V\n- -\naliyun-cli-aiworkspace 1\n"), answer("plugin install --names eas", ""),
		}}, "PluginMissing", 0},
		// A configuration that breaks on the way ends the run wherever it is noticed.
		{"broken at once", [][]reply{{broken(t, "configure ai-mode enable")}}, "", steps.ExitNoCLI},
		{"broken at the installation", [][]reply{first, {broken(t, install[0].words)}}, "", steps.ExitNoCLI},
		{"broken at the list", [][]reply{first, install, {broken(t, "plugin list")}}, "", steps.ExitNoCLI},
		{"broken at the second installation", [][]reply{first, install, {answer("plugin list", "No plugins installed."), broken(t, install[0].words)}}, "PluginMissing", steps.ExitNoCLI},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var replies []reply
			for _, r := range c.replies {
				replies = append(replies, r...)
			}
			report := run{runner: cli(t, replies...)}.do(t, func(ctx context.Context, env *steps.Env) error {
				_, err := runPrecheck(ctx, env)
				return err
			})
			var codes []string
			for _, w := range report.Warnings {
				codes = append(codes, w.Code)
			}
			if got := strings.Join(codes, " "); report.ExitCode != c.exit || got != c.warnings {
				t.Errorf("got %v, exit %d, warnings %q; want %d, %q", report.Fault, report.ExitCode, got, c.exit, c.warnings)
			}
		})
	}
}

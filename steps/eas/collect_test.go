package eas

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"aligate/steps"
)

const profiles = `Profile   | Credential         | Valid   | Region           | Language
--------- | ------------------ | ------- | ---------------- | --------
default   | AK:***ake          | Valid   | cn-hangzhou      | en
team *    | StsToken:***abc *  | Valid   | cn-beijing       | zh
`

func TestCurrentProfile(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ table, want string }{
		{profiles, "team"},
		{"default * | AK:***ake | Valid | cn-hangzhou | en", "default"},
		{"Profile | Credential\r\n--- | ---\r\nmy team * | AK:***ake\r\n", "my team"},
		{strings.ReplaceAll(profiles, "team *", "team  "), ""}, // an asterisk elsewhere marks no profile
		{"default* | AK:***ake", ""},
		{"* | AK:***ake", ""},
		{"a note *\nno table", ""},
		{"", ""},
	} {
		if got := currentProfile(c.table); got != c.want {
			t.Errorf("%q: got %q, want %q", c.table, got, c.want)
		}
	}
}

func TestPreferred(t *testing.T) {
	t.Parallel()
	ids := func(all []workspace) (out []string) {
		for _, w := range all {
			out = append(out, w.ID)
		}
		return out
	}
	all := []workspace{{ID: "ws-b"}, {ID: "10"}, {ID: "9"}, {ID: "ws-a"}, {ID: "100", Default: true}, {ID: "18446744073709551615"}, {ID: "2", Default: true}}
	slices.SortStableFunc(all, preferred)
	// The default ones first, numbers as numbers, names as text behind them.
	same(t, ids(all), []string{"2", "100", "9", "10", "18446744073709551615", "ws-a", "ws-b"})
	if preferred(workspace{ID: "1"}, workspace{ID: "1"}) != 0 {
		t.Error("got an order of equals")
	}
}

func TestDrawName(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		random []byte
		want   string
	}{
		{[]byte{0, 1, 2, 3, 4, 5}, "p_012345"},
		{[]byte{10, 249, 99, 100, 57, 248}, "p_099078"},
		{[]byte{255, 1, 250, 2, 251, 3, 252, 4, 253, 5, 254, 6}, "p_123456"}, // 250 and up would make low digits likelier
	} {
		got, err := drawName(bytes.NewReader(c.random), "p_")
		if err != nil || got != c.want {
			t.Errorf("%v: got %q, %v; want %q", c.random, got, err, c.want)
		}
	}
	for _, random := range []string{"", "12345", "\xff\xff\xff\xff\xff\xff"} {
		if got, err := drawName(strings.NewReader(random), "p_"); err == nil || got != "" {
			t.Errorf("%q: got %q, %v; want an error", random, got, err)
		}
	}
	long := strings.Repeat("a", 57)
	got, err := drawName(strings.NewReader("000000"), long)
	if err != nil || checkServiceName(got) != nil || len(got) != 63 {
		t.Errorf("the longest prefix: got %q, %v", got, err)
	}
}

// TestDrawNameUniform: of all bytes there are, every digit comes out equally often.
func TestDrawNameUniform(t *testing.T) {
	t.Parallel()
	var every []byte
	for i := range 6 * 256 {
		every = append(every, byte(i*7)) // 7 and 256 have no common divisor: each byte six times
	}
	random := bytes.NewReader(every)
	digits := map[rune]int{}
	for range 250 { // six times 250 bytes that count, six digits a name
		name, err := drawName(random, "")
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range name {
			digits[r]++
		}
	}
	want := map[rune]int{}
	for r := '0'; r <= '9'; r++ {
		want[r] = 150
	}
	same(t, digits, want)
	if _, err := drawName(random, ""); !errors.Is(err, io.EOF) {
		t.Errorf("got %v, want %v", err, io.EOF)
	}
}

func TestChooseName(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		values steps.Values
		before any
		random string
		want   collected
		bad    string
	}{
		{name: "exact", values: given("name", "qwen_demo"), before: collected{Name: "p_111111", Drawn: true, Prefix: "p_"}, want: collected{Name: "qwen_demo"}},
		{name: "suffix", values: given("name-prefix", "p_", "name-suffix", "012345"), before: collected{Name: "p_111111", Drawn: true, Prefix: "p_"}, want: collected{Name: "p_012345"}},
		{name: "drawn", values: given("name-prefix", "p_"), random: "\x00\x01\x02\x03\x04\x05", want: collected{Name: "p_012345", Drawn: true, Prefix: "p_"}},
		{name: "kept", values: given("name-prefix", "p_"), before: collected{Name: "p_111111", Drawn: true, Prefix: "p_"}, want: collected{Name: "p_111111", Drawn: true, Prefix: "p_"}},
		{name: "for another prefix", values: given("name-prefix", "q_"), before: collected{Name: "p_111111", Drawn: true, Prefix: "p_"}, random: "\x00\x01\x02\x03\x04\x05",
			want: collected{Name: "q_012345", Drawn: true, Prefix: "q_"}},
		{name: "after an exact one", values: given("name-prefix", "p_"), before: collected{Name: "p_111111"}, random: "\x00\x01\x02\x03\x04\x05", want: collected{Name: "p_012345", Drawn: true, Prefix: "p_"}},
		{name: "neither", values: given(), bad: "--name"},
		{name: "no randomness", values: given("name-prefix", "p_"), bad: "EOF"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := run{values: c.values, random: c.random}
			if c.before != nil {
				r.outputs = map[string]any{"params": c.before}
			}
			report := r.do(t, func(_ context.Context, env *steps.Env) error {
				var got collected
				err := chooseName(env, &got)
				if err == nil {
					same(t, got, c.want)
				}
				return err
			})
			if (report.Fault == nil) != (c.bad == "") || report.Fault != nil && !strings.Contains(report.Fault.Message, c.bad) {
				t.Errorf("got %v, want %q", report.Fault, c.bad)
			}
		})
	}
}

func TestSetRegion(t *testing.T) {
	t.Parallel()
	plain, team := values("region", "cn-beijing"), values("region", "cn-beijing", "profile", "team")
	other := strings.NewReplacer("default  ", "default *", "team *", "team  ").Replace(profiles)
	for _, c := range []struct {
		name     string
		values   steps.Values
		replies  []reply
		warnings []string
		exit     steps.ExitCode
	}{
		{name: "kept", values: values("region", "cn-beijing", "keep-region", "true")},
		{name: "current profile", values: plain, replies: []reply{answer("configure set --region cn-beijing", "")}},
		// The profile that was current is current again.
		{name: "another profile", values: team, replies: []reply{
			answer("configure list", other), answer("configure set --profile team --region cn-beijing", ""), answer("configure switch --profile default", ""),
		}},
		{name: "the current profile by name", values: team, replies: []reply{answer("configure list", profiles), answer("configure set --profile team --region cn-beijing", "")}},
		// Not knowing what to switch back to, it changes nothing.
		{name: "current profile unknown", values: team, replies: []reply{answer("configure list", "no table")}, warnings: []string{"RegionNotSet: profile team was left alone"}},
		{name: "list fails", values: team, replies: []reply{refusal("configure list", "ERROR: whatever")}, warnings: []string{"PrecheckFailed: whatever", "RegionNotSet: is unchanged"}},
		{name: "set fails", values: plain, replies: []reply{refusal("configure set", "ERROR: whatever")}, warnings: []string{"PrecheckFailed: aliyun configure set failed, going on: whatever", "RegionNotSet: is unchanged"}},
		{name: "no profile at all", values: plain, replies: []reply{refusal("configure set", string(read(t, "errors/unknown-profile.rc3.stderr")))}, exit: steps.ExitNoCLI},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			report := run{values: c.values, runner: cli(t, c.replies...)}.do(t, setRegion)
			if report.ExitCode != c.exit {
				t.Errorf("got exit %d, want %d", report.ExitCode, c.exit)
			}
			warned(t, report.Warnings, c.warnings...)
		})
	}
}

func TestChooseWorkspace(t *testing.T) {
	t.Parallel()
	several, single, none := string(read(t, "ListWorkspaces.json")), string(read(t, "ListWorkspaces.single.json")), string(read(t, "ListWorkspaces.empty.json"))
	const call = "aiworkspace list-workspaces --region cn-hangzhou"
	denied := refusal(call, string(read(t, "errors/forbidden.stderr")))
	asked := func(i int, err error) func(context.Context, string, []string) (int, error) {
		return func(_ context.Context, _ string, options []string) (int, error) {
			same(t, options, []string{"310001 (ws_default_hz), the default one", "310002 (ws_llm_team)"})
			return i, err
		}
	}
	for _, c := range []struct {
		name     string
		id       string
		reply    reply
		ask      func(context.Context, string, []string) (int, error)
		want     string
		warnings []string
		code     string // of the error, if there is one
		exit     steps.ExitCode
	}{
		{name: "the only one", reply: answer(call, single), want: "310009"},
		{name: "the only one, auto", id: "auto", reply: answer(call, single), want: "310009"},
		{name: "auto takes the default one", id: "auto", reply: answer(call, several), want: "310001", warnings: []string{"WorkspaceChosen: of 2 enabled workspaces 310001"}},
		{name: "several, nobody there", reply: answer(call, several), code: "WorkspaceAmbiguous", exit: steps.ExitChoice},
		{name: "several, asked", reply: answer(call, several), ask: asked(1, nil), want: "310002"},
		{name: "several, no answer", reply: answer(call, several), ask: asked(0, io.EOF), code: "WorkspaceAmbiguous", exit: steps.ExitChoice},
		{name: "auto asks nobody", id: "auto", reply: answer(call, several), ask: asked(1, nil), want: "310001", warnings: []string{"WorkspaceChosen"}},
		{name: "explicit", id: "310002", reply: answer(call, several), want: "310002"},
		{name: "explicit, frozen", id: "310003", reply: answer(call, several), want: "310003", warnings: []string{"WorkspaceNotEnabled: 310003 is not among the 2"}},
		{name: "explicit, unknown", id: "31000", reply: answer(call, several), want: "31000", warnings: []string{"WorkspaceNotEnabled"}},
		{name: "none", reply: answer(call, none), warnings: []string{"WorkspaceMissing"}},
		{name: "none, auto", id: "auto", reply: answer(call, none), warnings: []string{"WorkspaceMissing"}},
		{name: "explicit of none", id: "310001", reply: answer(call, none), want: "310001", warnings: []string{"WorkspaceNotEnabled"}},
		{name: "not listed", reply: denied, code: "WorkspaceUnknown", exit: steps.ExitChoice},
		{name: "not listed, auto", id: "auto", reply: denied, code: "WorkspaceUnknown", exit: steps.ExitChoice},
		{name: "not listed, explicit", id: "310001", reply: denied, want: "310001", warnings: []string{"WorkspaceUnchecked: Forbidden.RAM"}},
		{name: "unknown shape", reply: answer(call, "{}"), code: "WorkspaceUnknown", exit: steps.ExitChoice},
		{name: "unknown shape, explicit", id: "310001", reply: answer(call, "{}"), want: "310001", warnings: []string{"WorkspaceUnchecked"}},
		{name: "no call can work", id: "310001", reply: broken(t, call), code: "AliyunUnusable", exit: steps.ExitNoCLI},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v := values("region", "cn-hangzhou")
			if c.id != "" {
				v["workspace-id"] = []string{c.id}
			}
			report := run{values: v, runner: cli(t, c.reply), ask: c.ask}.do(t, func(ctx context.Context, env *steps.Env) error {
				got, err := chooseWorkspace(ctx, env)
				if got != c.want {
					t.Errorf("got %q, want %q", got, c.want)
				}
				return err
			})
			if report.ExitCode != c.exit || report.Fault != nil && report.Fault.Code != c.code {
				t.Errorf("got %v, exit %d; want %q, %d", report.Fault, report.ExitCode, c.code, c.exit)
			}
			warned(t, report.Warnings, c.warnings...)
			if c.code != "WorkspaceAmbiguous" {
				return
			}
			same(t, report.Fault.Choices, []workspace{{"310001", "ws_default_hz", "ENABLED", true}, {"310002", "ws_llm_team", "ENABLED", false}})
			for i, flag := range []string{"--workspace-id 310001", "--workspace-id auto"} {
				if !strings.Contains(report.Fault.Hints[i], "aligate eas params "+flag) {
					t.Errorf("got hint %q, want one with %q", report.Fault.Hints[i], flag)
				}
			}
		})
	}
}

func TestWorkspacePages(t *testing.T) {
	t.Parallel()
	const call = "aiworkspace list-workspaces --region cn-hangzhou --user-agent " + ua
	f := cli(t,
		answer(call, `{"TotalCount":3,"Workspaces":[{"WorkspaceId":"1"},{"WorkspaceId":"2"}]}`),
		answer(call+" --page-size 2 --page-number 2", `{"TotalCount":3,"Workspaces":[{"WorkspaceId":"2"},{"WorkspaceId":"3"}]}`))
	got, err := workspaces(t.Context(), &steps.Env{Values: values("region", "cn-hangzhou"), Runner: f})
	if err != nil {
		t.Fatal(err)
	}
	same(t, got, []workspace{{ID: "1"}, {ID: "2"}, {ID: "3"}})
}

func TestRunCollect(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		region   string
		warnings []string
	}{
		{"cn-hangzhou", nil},
		{"cn-hangzhuo", []string{`RegionUnknown: region "cn-hangzhuo"`}},
	} {
		report := run{values: values("region", c.region, "name", "qwen_demo"), runner: cli(t,
			answer("configure set --region "+c.region, ""),
			answer("aiworkspace list-workspaces --region "+c.region, string(read(t, "ListWorkspaces.single.json"))),
		)}.do(t, func(ctx context.Context, env *steps.Env) error {
			out, err := runCollect(ctx, env)
			same(t, out.Output, any(collected{Name: "qwen_demo", WorkspaceID: "310009"}))
			return err
		})
		if report.Fault != nil {
			t.Errorf("got %v", report.Fault)
		}
		warned(t, report.Warnings, c.warnings...)
	}
	// Without a region nothing is run.
	report := run{values: values("name", "qwen_demo"), runner: cli(t)}.do(t, func(ctx context.Context, env *steps.Env) error {
		_, err := runCollect(ctx, env)
		return err
	})
	if report.ExitCode != steps.ExitUsage {
		t.Errorf("got exit %d, want %d", report.ExitCode, steps.ExitUsage)
	}
}

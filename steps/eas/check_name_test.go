package eas

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"aligate/steps"
)

const (
	listCall     = "eas list-services --region cn-hangzhou --cluster-id cn-hangzhou --user-agent " + ua
	bareListCall = "eas list-services --region cn-hangzhou --user-agent " + ua
)

func describeCall(name string) string {
	return "eas describe-service --region cn-hangzhou --cluster-id cn-hangzhou --service-name " + name
}

func TestSearch(t *testing.T) {
	t.Parallel()
	all := []existing{{Name: "qwen"}, {ID: "2", Name: "qwen_demo"}, {Name: "grp.qwen_x"}}
	for name, want := range map[string]steps.Presence{"qwen_demo": steps.Present, "qwen": steps.Present, "qwen_dem": steps.Absent, "qwen_demo_": steps.Absent, "Qwen": steps.Absent, "qwen_x": steps.Absent, "": steps.Absent} {
		if got, s := search(all, name); got != want || got == steps.Present && s.Name != name {
			t.Errorf("%q: got %v, %+v", name, got, s)
		}
	}
	if got, _ := search(nil, "qwen"); got != steps.Absent {
		t.Errorf("got %v", got)
	}
}

// TestServices: every page is read, each asked for as the plugin understands it.
func TestServices(t *testing.T) {
	t.Parallel()
	one, two := string(read(t, "ListServices.page1of2.json")), string(read(t, "ListServices.page2of2.json"))
	const page2 = " --page-size 5 --page-number 2"
	rejected := refusal(listCall, "ERROR: unknown flag: --cluster-id")
	for _, c := range []struct {
		name    string
		replies []reply
		want    int // rows, -1 for an error
	}{
		{"one page", []reply{answer(listCall, string(read(t, "ListServices.json")))}, 8},
		{"documented shape", []reply{answer(listCall, string(read(t, "ListServices.seed-shape.json")))}, 8},
		{"two pages", []reply{answer(listCall, one), answer(listCall+page2, two)}, 8},
		{"none", []reply{answer(listCall, string(read(t, "ListServices.empty.json")))}, 0},
		// Rejected once, the flag is not tried again on the next page.
		{"no cluster id", []reply{rejected, answer(bareListCall, one), answer(bareListCall+page2, two)}, 8},
		{"rejected without it too", []reply{rejected, refusal(bareListCall, "ERROR: unknown flag: --cluster-id")}, -1},
		{"another flag rejected", []reply{refusal(listCall, "ERROR: unknown flag: --user-agent")}, -1},
		{"denied", []reply{refusal(listCall, string(read(t, "errors/forbidden.stderr")))}, -1},
		{"second page fails", []reply{answer(listCall, one), refusal(listCall+page2, "ERROR: EOF")}, -1},
		{"second page brings nothing new", []reply{answer(listCall, one), answer(listCall+page2, one)}, -1},
		{"no list in it", []reply{answer(listCall, `{"TotalCount":0}`)}, -1},
		{"empty stdout", []reply{answer(listCall, "")}, -1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := services(t.Context(), &steps.Env{Values: values("region", "cn-hangzhou"), Runner: cli(t, c.replies...)})
			if c.want < 0 {
				if err == nil || got != nil {
					t.Errorf("got %d rows, %v; want an error", len(got), err)
				}
				return
			}
			// Not nil even when empty: nil stands for a list that could not be had.
			if err != nil || got == nil || len(got) != c.want {
				t.Errorf("got %d rows (nil: %t), %v; want %d", len(got), got == nil, err, c.want)
			}
		})
	}
}

func TestDescribe(t *testing.T) {
	t.Parallel()
	apiError := func(code string) reply {
		return refusal(describeCall("qwen35_7b_prod"), "ERROR: SDK.ServerError\nErrorCode: "+code+"\nRecommend: \nRequestId: R\nMessage: m\n")
	}
	for _, c := range []struct {
		name  string
		reply reply
		want  steps.Presence
	}{
		{"there", answer(describeCall("qwen35_7b_prod"), string(read(t, "DescribeService.json"))), steps.Present},
		{"there, below Service", answer(describeCall("qwen35_7b_prod"), string(read(t, "DescribeService.upstream-shape.json"))), steps.Present},
		{"not found", refusal(describeCall("qwen35_7b_prod"), string(read(t, "errors/not-found.stderr"))), steps.Absent},
		{"not found, by another code", apiError("InvalidService.NotFound"), steps.Absent},
		// Something is not found, but not the service.
		{"no such cluster", apiError("InvalidCluster.NotFound"), steps.Unknown},
		{"no such product", apiError("InvalidProduct.NotFound"), steps.Unknown},
		{"not found in prose only", refusal(describeCall("qwen35_7b_prod"), "ERROR: service not found"), steps.Unknown},
		{"another service", answer(describeCall("qwen35_7b_prod"), string(read(t, "DescribeService.creating.json"))), steps.Unknown},
		{"no service", answer(describeCall("qwen35_7b_prod"), `{"RequestId":"R"}`), steps.Unknown},
		{"denied", refusal(describeCall("qwen35_7b_prod"), string(read(t, "errors/forbidden.stderr"))), steps.Unknown},
		{"empty stdout", answer(describeCall("qwen35_7b_prod"), ""), steps.Unknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := cli(t, c.reply)
			got, s, err := describe(t.Context(), &steps.Env{Values: values("region", "cn-hangzhou"), Runner: f}, "qwen35_7b_prod")
			if got != c.want || (err == nil) != (c.want != steps.Unknown) || (s.Name == "qwen35_7b_prod") != (c.want == steps.Present) {
				t.Errorf("got %v, %+v, %v; want %v", got, s, err, c.want)
			}
			if f.calls[0].Most != 1 {
				t.Error("got a call that may be repeated")
			}
		})
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	denied := refusal(listCall, string(read(t, "errors/forbidden.stderr")))
	for _, c := range []struct {
		name    string
		replies []reply
		asked   string
		want    steps.Presence
		listed  bool
	}{
		{"in the list", []reply{answer(listCall, string(read(t, "ListServices.json")))}, "gw_demo", steps.Present, true},
		{"on page 2", []reply{answer(listCall, string(read(t, "ListServices.page1of2.json"))), answer(listCall, string(read(t, "ListServices.page2of2.json")))}, "gw_demo", steps.Present, true},
		{"not in the list", []reply{answer(listCall, string(read(t, "ListServices.json")))}, "qwen35", steps.Absent, true},
		{"an empty list", []reply{answer(listCall, string(read(t, "ListServices.empty.json")))}, "qwen35", steps.Absent, true},
		// Without the list, one describe-service decides.
		{"described", []reply{denied, answer(describeCall("qwen35_7b_prod"), string(read(t, "DescribeService.json")))}, "qwen35_7b_prod", steps.Present, false},
		{"described as absent", []reply{denied, refusal(describeCall("abc"), string(read(t, "errors/not-found.stderr")))}, "abc", steps.Absent, false},
		{"neither", []reply{denied, refusal(describeCall("abc"), string(read(t, "errors/forbidden.stderr")))}, "abc", steps.Unknown, false},
		{"unknown shape, neither", []reply{answer(listCall, `{}`), refusal(describeCall("abc"), "ERROR: EOF")}, "abc", steps.Unknown, false},
		// No second call where none can work.
		{"broken configuration", []reply{broken(t, listCall)}, "abc", steps.Unknown, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			all, got, s, err := find(t.Context(), &steps.Env{Values: values("region", "cn-hangzhou"), Runner: cli(t, c.replies...)}, c.asked)
			if got != c.want || (all != nil) != c.listed || (err == nil) != (c.want != steps.Unknown) || (s.Name == c.asked) != (c.want == steps.Present) {
				t.Errorf("got %v, list %t, %+v, %v; want %v, %t", got, all != nil, s, err, c.want, c.listed)
			}
		})
	}
}

func TestProveAbsent(t *testing.T) {
	t.Parallel()
	rows := func(names ...string) string {
		var rows []string
		for _, name := range names {
			rows = append(rows, fmt.Sprintf(`{"ServiceName":%q,"Status":"Running"}`, name))
		}
		return fmt.Sprintf(`{"TotalCount":%d,"Services":[%s]}`, len(rows), strings.Join(rows, ","))
	}
	drawn := collected{Name: "p_111111", Drawn: true, Prefix: "p_", WorkspaceID: "1"}
	for _, c := range []struct {
		name     string
		before   collected
		replies  []reply
		random   string
		want     nameCheck
		warnings []string
		code     string
		exit     steps.ExitCode
		message  string
	}{
		{name: "absent", before: collected{Name: "abc"}, replies: []reply{answer(listCall, rows("abcd", "ab", "ABC"))}, want: nameCheck{"abc", 3}},
		{name: "in a group", before: collected{Name: "abc"}, replies: []reply{answer(listCall, rows("grp.abc", "grp.xabc"))}, want: nameCheck{"abc", 2}, warnings: []string{"GroupedName: grp.abc (Status: Running)"}},
		{name: "exists", before: collected{Name: "abc"}, replies: []reply{answer(listCall, rows("x", "abc"))}, code: "ServiceAlreadyExists", exit: steps.ExitExists,
			message: "A service named abc already exists (Status: Running). Please choose a different name."},
		{name: "unknown", before: collected{Name: "abc"}, replies: []reply{answer(listCall, "{}"), refusal(describeCall("abc"), string(read(t, "errors/forbidden.stderr")))},
			code: "NameUnproven", exit: steps.ExitBlocked, message: "whether a service is named abc could not be found out"},
		{name: "drawn again", before: drawn, replies: []reply{answer(listCall, rows("p_111111"))}, random: "\x02\x02\x02\x02\x02\x02", want: nameCheck{"p_222222", 1},
			warnings: []string{"NameDrawnAgain: the name p_111111 was taken; p_222222 was drawn instead"}},
		{name: "drawn again twice", before: drawn, replies: []reply{answer(listCall, rows("p_111111", "p_222222"))}, random: "\x02\x02\x02\x02\x02\x02\x03\x03\x03\x03\x03\x03", want: nameCheck{"p_333333", 2},
			warnings: []string{"NameDrawnAgain: the name p_222222 was taken; p_333333"}},
		{name: "free at the last draw", before: drawn, replies: []reply{answer(listCall, rows("p_111111"))}, random: strings.Repeat("\x01", 6*(maxDraws-1)) + "\x02\x02\x02\x02\x02\x02",
			want: nameCheck{"p_222222", 1}, warnings: []string{"NameDrawnAgain"}},
		{name: "never free", before: drawn, replies: []reply{answer(listCall, rows("p_111111"))}, random: strings.Repeat("\x01", 6*maxDraws), code: "ServiceAlreadyExists", exit: steps.ExitExists},
		// Without the list nothing is known of another name.
		{name: "taken and no list", before: collected{Name: "qwen35_7b_prod", Drawn: true, Prefix: "p_"},
			replies: []reply{answer(listCall, "{}"), answer(describeCall("qwen35_7b_prod"), string(read(t, "DescribeService.json")))}, code: "ServiceAlreadyExists", exit: steps.ExitExists,
			warnings: []string{"ListServicesFailed"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := run{values: values("region", "cn-hangzhou"), runner: cli(t, c.replies...), outputs: map[string]any{"params": c.before}, random: c.random}
			report := r.do(t, func(ctx context.Context, env *steps.Env) error {
				now := c.before
				got, err := proveAbsent(ctx, env, &now)
				same(t, got, c.want)
				if err == nil {
					// What later steps read is the name that is free; the workspace stays.
					var stored collected
					if _, err := env.Output("params", &stored); err != nil {
						return err
					}
					after := c.before
					after.Name = c.want.Name
					same(t, stored, after)
				}
				return err
			})
			if report.ExitCode != c.exit || report.Fault != nil && (report.Fault.Code != c.code || !strings.Contains(report.Fault.Message, c.message)) {
				t.Errorf("got %v, exit %d; want %q, %d", report.Fault, report.ExitCode, c.code, c.exit)
			}
			warned(t, report.Warnings, c.warnings...)
		})
	}
}

func TestRunCheckName(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		reply reply
		want  any
		exit  steps.ExitCode
	}{
		{"absent", answer(listCall, string(read(t, "ListServices.json"))), nameCheck{"qwen35", 8}, 0},
		{"there", answer(listCall, `{"TotalCount":1,"Services":[{"ServiceName":"qwen35"}]}`), nil, steps.ExitExists},
	} {
		r := run{values: values("region", "cn-hangzhou"), runner: cli(t, c.reply), outputs: map[string]any{"params": collected{Name: "qwen35"}}}
		report := r.do(t, func(ctx context.Context, env *steps.Env) error {
			out, err := runCheckName(ctx, env)
			same(t, out.Output, c.want)
			return err
		})
		if report.ExitCode != c.exit {
			t.Errorf("%s: got %v, exit %d; want %d", c.name, report.Fault, report.ExitCode, c.exit)
		}
	}
}

// TestExists: a create of this run that was cut off may be what stands in the way.
func TestExists(t *testing.T) {
	t.Parallel()
	s := existing{ID: "eas-m-1", Name: "abc", Status: "Waiting", Created: "2026-06-02T12:00:01Z"}
	const message = "A service named abc already exists (Status: Waiting). Please choose a different name."
	v := values("region", "cn-hangzhou")
	command := createService(v, "{}")
	f := cli(t, refusal(strings.Join(command.Args, " "), string(read(t, "errors/read-timeout.stderr"))))
	run{values: v, runner: f}.do(t, func(ctx context.Context, env *steps.Env) error {
		e := failure(t, exists(env, s))
		if e.Message != message || e.Exit != steps.ExitExists || e.Choices != any(s) || len(e.Hints) != 1 || !strings.Contains(e.Hints[0], "aligate eas params --name NEW_NAME") {
			t.Errorf("got %+v", e)
		}
		_, err := steps.Mutate(ctx, env, steps.Mutation[created]{Step: "create", Command: command, Look: func(context.Context, time.Time) (steps.Presence, created, error) {
			return steps.Unknown, created{}, nil
		}})
		if err == nil {
			t.Fatal("got no error of a create that nobody knows of")
		}
		e = failure(t, exists(env, s))
		if e.Message != message || len(e.Hints) != 2 || !strings.Contains(e.Hints[1], "eas-m-1") || !strings.Contains(e.Hints[1], "aligate eas deploy --resume") {
			t.Errorf("got %+v", e)
		}
		return nil
	})
}

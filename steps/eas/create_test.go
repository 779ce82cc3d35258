package eas

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"aligate/runner"
	"aligate/steps"
)

// TestLook: a service that is older than the first attempt, by more than the clocks may differ, is somebody else's.
func TestLook(t *testing.T) {
	t.Parallel()
	createdAt := func(at string) string {
		return `{"TotalCount":1,"Services":[{"ServiceName":"abc","ServiceId":"eas-m-1","Status":"Creating","CreateTime":"` + at + `"}]}`
	}
	for _, c := range []struct {
		name    string
		replies []reply
		want    steps.Presence
		older   bool
	}{
		{"created since", []reply{answer(listCall, createdAt("2026-06-02T12:00:01Z"))}, steps.Present, false},
		{"in another time zone", []reply{answer(listCall, createdAt("2026-06-02T20:00:01+08:00"))}, steps.Present, false},
		{"the clock is behind", []reply{answer(listCall, createdAt("2026-06-02T11:55:00Z"))}, steps.Present, false},
		{"older", []reply{answer(listCall, createdAt("2026-06-02T11:54:59Z"))}, steps.Present, true},
		{"years older", []reply{answer(listCall, createdAt("2020-06-02T12:00:00Z"))}, steps.Present, true},
		// Nothing says that it is somebody else's.
		{"no time", []reply{answer(listCall, createdAt(""))}, steps.Present, false},
		{"absent", []reply{answer(listCall, string(read(t, "ListServices.empty.json")))}, steps.Absent, false},
		{"unknown", []reply{answer(listCall, "{}"), refusal(describeCall("abc"), string(read(t, "errors/forbidden.stderr")))}, steps.Unknown, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			env := &steps.Env{Values: values("region", "cn-hangzhou"), Runner: cli(t, c.replies...)}
			got, made, err := look(t.Context(), env, "abc", "cn-hangzhou", midday)
			if got != c.want || (err == nil) != (c.want != steps.Unknown) {
				t.Fatalf("got %v, %v; want %v", got, err, c.want)
			}
			if c.want != steps.Present {
				same(t, made, created{})
				return
			}
			if made.ID != "eas-m-1" || made.Name != "abc" || made.Region != "cn-hangzhou" || made.Status != "Creating" || made.older != c.older || made.found.ID != "eas-m-1" {
				t.Errorf("got %+v, want older: %t", made, c.older)
			}
		})
	}
}

func TestRequestOf(t *testing.T) {
	t.Parallel()
	c := createService(values(), "{}")
	same(t, requestOf(runner.NewExitError(c, runner.Result{ExitCode: 1, Stderr: read(t, "errors/conflict.stderr")})), "R-SYNTH")
	same(t, requestOf(&steps.UnsettledError{Doubt: runner.NewExitError(c, runner.Result{ExitCode: 1, Stderr: read(t, "errors/nlb-bug-1.stderr")})}), "R-SYNTH")
	same(t, requestOf(runner.NewExitError(c, runner.Result{ExitCode: 1, Stderr: read(t, "errors/dns.stderr")})), "")
	same(t, requestOf(nil), "")
}

func TestReadService(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		written  string // what build wrote
		there    string // what is there now; "-" for nothing
		want     string
		warnings []string
		code     string
		exit     steps.ExitCode
	}{
		// The file's own bytes, without the newlines at its end.
		{name: "as written", written: faultless, there: faultless, want: strings.TrimSuffix(faultless, "\n")},
		{name: "edited", written: faultless, there: strings.Replace(faultless, `"instance": 1`, `"instance": 2`, 1) + "\r\n\n",
			want: strings.TrimSuffix(strings.Replace(faultless, `"instance": 1`, `"instance": 2`, 1), "\n"), warnings: []string{"ServiceFileEdited"}},
		{name: "edited, with a warning", written: faultless, there: strings.Replace(faultless, `"310001"`, `310001`, 1),
			want: strings.TrimSuffix(strings.Replace(faultless, `"310001"`, `310001`, 1), "\n"), warnings: []string{"R13: workspace_id is a number", "ServiceFileEdited"}},
		{name: "edited and wrong", written: faultless, there: strings.Replace(faultless, `8000,`, `8080,`, 1), code: "ServiceInvalid", exit: steps.ExitInvalid},
		{name: "another name", written: faultless, there: strings.Replace(faultless, `qwen_demo`, `qwen_other`, 1), code: "ServiceInvalid", exit: steps.ExitInvalid},
		{name: "emptied", written: faultless, there: "", code: "ServiceInvalid", exit: steps.ExitInvalid},
		{name: "gone", written: faultless, there: "-", code: "ServiceFileMissing", exit: steps.ExitBlocked},
		// What build wrote was valid then: it is not looked at again.
		{name: "unchanged", written: "anything", there: "anything", want: "anything"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "service.json")
			if c.there != "-" {
				if err := os.WriteFile(file, []byte(c.there), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			r := run{outputs: map[string]any{"build": built{File: file, SHA256: sum([]byte(c.written)), Name: "qwen_demo"}}}
			report := r.do(t, func(_ context.Context, env *steps.Env) error {
				got, err := readService(env, collected{Name: "qwen_demo", WorkspaceID: "310001"})
				same(t, got, c.want)
				return err
			})
			if report.ExitCode != c.exit || report.Fault != nil && (report.Fault.Code != c.code || !strings.Contains(report.Fault.Message, "service.json")) {
				t.Errorf("got %v, exit %d; want %q, %d", report.Fault, report.ExitCode, c.code, c.exit)
			}
			warned(t, report.Warnings, c.warnings...)
		})
	}
}

func TestReadServiceLink(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "real.json"), []byte(faultless), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("real.json", filepath.Join(dir, "service.json")); err != nil {
		t.Fatal(err)
	}
	r := run{outputs: map[string]any{"build": built{File: filepath.Join(dir, "service.json"), SHA256: sum([]byte(faultless))}}}
	report := r.do(t, func(_ context.Context, env *steps.Env) error {
		got, err := readService(env, collected{Name: "qwen_demo", WorkspaceID: "310001"})
		same(t, got, "")
		return err
	})
	if f := report.Fault; f == nil || f.Code != "ServiceFileUnreadable" || f.Exit != steps.ExitBlocked {
		t.Errorf("got %v, want a link refused", f)
	}
}

func TestRenewProof(t *testing.T) {
	t.Parallel()
	taken := `{"TotalCount":1,"Services":[{"ServiceName":"p_111111","Status":"Running"}]}`
	for _, c := range []struct {
		name    string
		age     time.Duration
		replies []reply
		exit    steps.ExitCode
	}{
		{"fresh", 0, nil, 0},
		{"a minute old", 60 * time.Second, nil, 0},
		{"too old", 61 * time.Second, []reply{answer(listCall, string(read(t, "ListServices.empty.json")))}, 0},
		// The name is in service.json already: it is not drawn again.
		{"taken since", 61 * time.Second, []reply{answer(listCall, taken)}, steps.ExitExists},
		{"unknown now", 61 * time.Second, []reply{answer(listCall, "{}"), refusal(describeCall("p_111111"), "ERROR: EOF")}, steps.ExitBlocked},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			now := midday
			r := run{
				values: values("region", "cn-hangzhou"), runner: cli(t, c.replies...), clock: func() time.Time { return now }, random: "\x02\x02\x02\x02\x02\x02",
				outputs: map[string]any{"check-name": nameCheck{Name: "p_111111", Listed: 7}},
			}
			report := r.do(t, func(ctx context.Context, env *steps.Env) error {
				now = now.Add(c.age)
				err := renewProof(ctx, env, collected{Name: "p_111111", Drawn: true, Prefix: "p_"})
				if err == nil && c.replies != nil {
					var stored nameCheck
					if _, err := env.Output("check-name", &stored); err != nil {
						return err
					}
					same(t, stored, nameCheck{Name: "p_111111", Listed: 0})
					same(t, env.EndedAt("check-name"), now)
				}
				return err
			})
			if report.ExitCode != c.exit {
				t.Errorf("got %v, exit %d; want %d", report.Fault, report.ExitCode, c.exit)
			}
		})
	}
}

func TestCreateFailed(t *testing.T) {
	t.Parallel()
	command := createService(values("region", "cn-hangzhou"), "{}")
	exit := func(name string) error {
		return runner.NewExitError(command, runner.Result{ExitCode: 1, Stderr: read(t, "errors/"+name)})
	}
	there := `{"TotalCount":1,"ServiceName":"abc","ServiceId":"eas-m-9","CreateTime":"2026-06-02T12:00:01Z"}`
	for _, c := range []struct {
		name    string
		err     error
		replies []reply
		code    string
		exit    steps.ExitCode
		request string
		message string
		changed string // what it begins with
		hints   []string
	}{
		{name: "unsettled", err: &steps.UnsettledError{Subject: "service abc in cn-hangzhou", Doubt: exit("read-timeout.stderr"), Blind: errors.New("blind")},
			code: "OutcomeUnknown", exit: steps.ExitIncomplete, message: "the outcome is unknown", changed: "perhaps: service abc may have been created",
			hints: []string{"aligate eas deploy --resume", "aliyun eas describe-service --region cn-hangzhou --cluster-id cn-hangzhou --service-name abc"}},
		{name: "exists", err: &steps.RefusedError{Err: exit("conflict.stderr")},
			code: "ServiceAlreadyExists", exit: steps.ExitExists, request: "R-SYNTH", message: "A service named abc already exists. Please choose a different name.", hints: []string{"aligate eas reset"}},
		{name: "exists, as a plugin says it", err: &steps.RefusedError{Err: exit("plugin-style-409.UNVERIFIED.stderr")},
			code: "ServiceAlreadyExists", exit: steps.ExitExists, request: "R-SYNTH", message: "A service named abc already exists."},
		{name: "exists after a doubtful attempt", err: &steps.RefusedError{Doubted: true, Since: midday, Err: exit("conflict.stderr")},
			replies: []reply{answer(describeCall("abc"), there)},
			code:    "ServiceAlreadyExists", exit: steps.ExitExists, request: "R-SYNTH", message: "already exists", changed: "perhaps: an attempt of this run, begun 2026-06-02T12:00:00Z",
			hints: []string{"service abc has ServiceId eas-m-9 and CreateTime 2026-06-02T12:00:01Z", "aligate eas reset"}},
		{name: "exists after a doubtful attempt, and cannot be described", err: &steps.RefusedError{Doubted: true, Since: midday, Err: exit("conflict.stderr")},
			replies: []reply{refusal(describeCall("abc"), "ERROR: EOF")},
			code:    "ServiceAlreadyExists", exit: steps.ExitExists, request: "R-SYNTH", changed: "perhaps: an attempt of this run", hints: []string{"aligate eas reset"}},
		{name: "twice doubtful and absent", err: &steps.RefusedError{Doubted: true, Since: midday, Err: exit("read-timeout.stderr")},
			code: "Timeout", exit: steps.ExitFailed, changed: "no service of the name is there: nothing changed in the cloud", hints: []string{"--timeout 2", "aligate eas deploy --resume"}},
		{name: "rejected after a doubtful attempt", err: &steps.RefusedError{Doubted: true, Since: midday, Err: exit("nlb-bug-1.stderr")},
			code: "BadRequest", exit: steps.ExitFailed, request: "R-SYNTH", changed: "no service of the name is there: nothing changed in the cloud", hints: []string{"aligate eas deploy --resume"}},
		{name: "too long", err: &steps.RefusedError{Err: &runner.StartError{Path: "aliyun", Err: syscall.E2BIG}}, code: "ArgumentTooLong", exit: steps.ExitInvalid},
		{name: "rejected", err: &steps.RefusedError{Err: exit("nlb-bug-1.stderr")}, code: "BadRequest", exit: steps.ExitFailed, request: "R-SYNTH", message: "vswitch can not be null"},
		{name: "denied", err: &steps.RefusedError{Err: exit("forbidden.stderr")}, code: "Forbidden.RAM", exit: steps.ExitFailed, request: "R-SYNTH", message: "not authorized", hints: []string{"administrator"}},
		{name: "no call can work", err: &steps.RefusedError{Err: exit("unknown-profile.rc3.stderr")}, code: "AliyunUnusable", exit: steps.ExitNoCLI},
		{name: "the record", err: &steps.Error{Code: "StateDirectory", Exit: steps.ExitFailed, Message: "m"}, code: "StateDirectory", exit: steps.ExitFailed, message: "m"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			report := run{values: values("region", "cn-hangzhou"), runner: cli(t, c.replies...)}.do(t, func(ctx context.Context, env *steps.Env) error {
				return createFailed(ctx, env, "abc", c.err)
			})
			f := report.Fault
			if f == nil {
				t.Fatal("got no error")
			}
			if f.Code != c.code || f.Exit != c.exit || f.RequestID != c.request || !strings.Contains(f.Message, c.message) {
				t.Errorf("got %s, exit %d, request %q: %s; want %s, %d, %q: %s", f.Code, f.Exit, f.RequestID, f.Message, c.code, c.exit, c.request, c.message)
			}
			if !strings.HasPrefix(f.Changed, c.changed) || c.changed == "" && f.Changed != "" {
				t.Errorf("got changed %q, want %q", f.Changed, c.changed)
			}
			for i, hint := range c.hints {
				if i >= len(f.Hints) || !strings.Contains(f.Hints[i], hint) {
					t.Errorf("got hints %q, want %q at %d", f.Hints, hint, i)
				}
			}
		})
	}
}

package eas

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"aligate/runner"
	"aligate/steps"
)

// balanced is faultless behind the system's NLB.
var balanced = strings.Replace(faultless,
	`"ecs.gn7i-c16g1.4xlarge"}}`, `"ecs.gn7i-c16g1.4xlarge"}, "networking": {"vpc_id": "`+vpcA+`", "vswitch_id": "`+vswH+`,`+vswI+`", "security_group_id": "`+sgEAS+`"}},
  "networking": {"nlb": [{"id": "default", "listener_port": 8000, "netType": "intranet"}]}`, 1)

const createCall = "eas create-service --region cn-hangzhou --body"

// TestNLBFallback: the CLI's plugin loses the network of a service with an NLB; it is tried once more, and then the
// service is created without. More than three creates are never sent.
func TestNLBFallback(t *testing.T) {
	t.Parallel()
	bug1 := refusal(createCall, string(read(t, "errors/nlb-bug-1.stderr")))
	bug2 := refusal(createCall, string(read(t, "errors/nlb-bug-2.stderr")))
	timeout := refusal(createCall, string(read(t, "errors/read-timeout.stderr")))
	forbidden := refusal(createCall, string(read(t, "errors/forbidden.stderr")))
	conflict := refusal(createCall, string(read(t, "errors/conflict.stderr")))
	done := answer(createCall, `{"ServiceId":"eas-m-1","ServiceName":"qwen_demo","Region":"cn-hangzhou","Status":"Creating","RequestId":"R-1"}`)
	none := answer(listCall, string(read(t, "ListServices.empty.json")))
	listed := answer(listCall, `{"TotalCount":1,"Services":[{"ServiceName":"qwen_demo","ServiceId":"eas-m-2","Status":"Waiting","CreateTime":"2026-06-02T12:00:01Z"}]}`)
	blind := []reply{refusal(listCall, "ERROR: EOF"), refusal(describeCall("qwen_demo"), "ERROR: EOF")}
	made := created{ID: "eas-m-1", Name: "qwen_demo", Region: "cn-hangzhou", Status: "Creating", RequestID: "R-1"}
	found := created{ID: "eas-m-2", Name: "qwen_demo", Region: "cn-hangzhou", Status: "Waiting", Adopted: true}
	without := func(c created) created {
		c.Fallback = nlbFallback
		return c
	}
	noVPC := strings.Replace(faultless, "\n}\n", ",\n  \"networking\": {\"nlb\": [{\"id\": \"default\", \"listener_port\": 8000, \"netType\": \"intranet\"}]}\n}\n", 1)
	for _, c := range []struct {
		name     string
		pairs    []string
		file     string // balanced, if empty
		edited   bool   // since build
		replies  []reply
		want     created
		shared   int // how many of the creates went without the NLB
		summary  string
		warnings []string
		code     string
		exit     steps.ExitCode
		hint     string
	}{
		{name: "no bug", replies: []reply{done}, want: made},
		{name: "once", replies: []reply{bug1, done}, want: made},
		{name: "twice", replies: []reply{bug1, bug2, done}, want: without(made), shared: 1, summary: "(eas-m-1). " + nlbFallback, warnings: []string{"NLBFallback: " + nlbFallback}},
		{name: "twice the same", replies: []reply{bug2, bug2, done}, want: without(made), shared: 1, warnings: []string{"NLBFallback"}},
		// What the user wrote into the file is kept beside it.
		{name: "twice, file edited", edited: true, replies: []reply{bug1, bug1, done}, want: without(made), shared: 1, warnings: []string{"ServiceFileEdited", "ServiceFileReplaced: service.json.old", "NLBFallback"}},
		{name: "no fallback wanted", pairs: []string{"no-nlb-fallback", "true"}, replies: []reply{bug1, bug2}, code: "NLBPluginBug", exit: steps.ExitFailed, hint: "--no-nlb-fallback=false"},
		{name: "no fallback wanted, once", pairs: []string{"no-nlb-fallback", "true"}, replies: []reply{bug1, done}, want: made},

		// Without an NLB, or without a VPC beside it, the service says what the file lacks.
		{name: "no NLB in the file", file: faultless, replies: []reply{bug1}, code: "BadRequest", exit: steps.ExitFailed},
		{name: "no VPC in the file", file: noVPC, replies: []reply{bug2}, code: "BadRequest", exit: steps.ExitFailed},

		// Another refusal ends it wherever it comes.
		{name: "refused at first", replies: []reply{forbidden}, code: "Forbidden.RAM", exit: steps.ExitFailed},
		{name: "refused at second", replies: []reply{bug1, forbidden}, code: "Forbidden.RAM", exit: steps.ExitFailed},
		{name: "exists at second", replies: []reply{bug1, conflict}, code: "ServiceAlreadyExists", exit: steps.ExitExists},
		{name: "refused at third", replies: []reply{bug1, bug2, forbidden}, shared: 1, code: "Forbidden.RAM", exit: steps.ExitFailed},
		{name: "the bug at third", replies: []reply{bug1, bug2, bug1}, shared: 1, code: "BadRequest", exit: steps.ExitFailed},
		{name: "broken at second", replies: []reply{bug1, broken(t, createCall)}, code: "AliyunUnusable", exit: steps.ExitNoCLI},

		// A lost answer: look first, and the bug after it may be about what is there already.
		{name: "lost, then the bug", replies: []reply{timeout, none, bug1}, code: "BadRequest", exit: steps.ExitFailed},
		{name: "lost, then created", replies: []reply{timeout, none, done}, want: made},
		{name: "second lost, then the bug", replies: []reply{bug1, timeout, none, bug1}, code: "BadRequest", exit: steps.ExitFailed},
		{name: "second lost, then created", replies: []reply{bug1, timeout, none, done}, want: made},
		{name: "second lost and there", replies: []reply{bug1, timeout, listed}, want: found, warnings: []string{"CreateAdopted: eas-m-2"}},
		{name: "second lost twice", replies: []reply{bug1, timeout, none, timeout, none}, code: "Timeout", exit: steps.ExitFailed},
		{name: "second lost and nobody knows", replies: append([]reply{bug1, timeout}, blind...), code: "OutcomeUnknown", exit: steps.ExitIncomplete},
		{name: "third lost and absent", replies: []reply{bug1, bug2, timeout, none}, shared: 1, code: "Timeout", exit: steps.ExitFailed},
		{name: "third lost and there", replies: []reply{bug1, bug2, timeout, listed}, want: without(found), shared: 1, summary: nlbFallback, warnings: []string{"NLBFallback", "CreateAdopted: eas-m-2"}},
		{name: "third lost and nobody knows", replies: append([]reply{bug1, bug2, timeout}, blind...), shared: 1, code: "OutcomeUnknown", exit: steps.ExitIncomplete},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := cli(t, c.replies...)
			r := ready(t, f, append([]string{"network", "nlb"}, c.pairs...)...)
			file, before := r.values.One("service-file"), c.file
			if before == "" {
				before = balanced
			}
			if err := os.WriteFile(file, []byte(before), 0o600); err != nil {
				t.Fatal(err)
			}
			build := built{File: file, SHA256: sum([]byte(before)), Name: "qwen_demo"}
			if c.edited {
				build.SHA256 = sum([]byte("what build wrote"))
			}
			r.outputs["build"] = build
			report := r.do(t, func(ctx context.Context, env *steps.Env) error {
				out, err := runCreate(ctx, env)
				var b built
				if _, failed := env.Output("build", &b); failed != nil {
					t.Error(failed)
				}
				raw, failed := os.ReadFile(file)
				if failed != nil {
					t.Error(failed)
				}
				// The file is what was sent last, and this run's own.
				switch {
				case c.shared > 0 && b.SHA256 != sum(raw):
					t.Errorf("got the digest %s of another service.json", b.SHA256)
				case c.shared > 0:
					same(t, decoded(t, string(raw)), decoded(t, faultless))
				case string(raw) != before:
					t.Errorf("got service.json %s", raw)
				}
				if err != nil {
					return err
				}
				got := out.Output.(created)
				got.found, got.older = existing{}, false
				same(t, got, c.want)
				if !strings.Contains(out.Summary, c.summary) || c.want.Fallback == "" && strings.Contains(out.Summary, nlbFallback) {
					t.Errorf("got summary %q", out.Summary)
				}
				return nil
			})
			if report.ExitCode != c.exit || report.Fault != nil && report.Fault.Code != c.code {
				t.Errorf("got %v, exit %d; want %q, %d", report.Fault, report.ExitCode, c.code, c.exit)
			}
			if c.hint != "" && (report.Fault == nil || !strings.Contains(strings.Join(report.Fault.Hints, "\n"), c.hint)) {
				t.Errorf("got %+v, want the hint %q", report.Fault, c.hint)
			}
			warned(t, report.Warnings, c.warnings...)
			kept, err := os.ReadFile(file + ".old")
			if c.edited && string(kept) != before || !c.edited && !errors.Is(err, os.ErrNotExist) {
				t.Errorf("got %q kept, error %v", kept, err)
			}
			var bodies []string
			for _, command := range f.calls {
				if command.Kind == runner.Write {
					bodies = append(bodies, command.Args[5])
				}
			}
			if len(bodies) > 3 {
				t.Errorf("got %d creates", len(bodies))
			}
			for i, body := range bodies {
				want := before
				if i >= len(bodies)-c.shared {
					want = faultless
				}
				same(t, decoded(t, body), decoded(t, want))
			}
		})
	}
}

// TestNLBFallbackResumed: a run that was cut off on the shared gateway says, when it goes on, that the NLB is missing.
func TestNLBFallbackResumed(t *testing.T) {
	t.Parallel()
	f := cli(t,
		refusal(createCall, string(read(t, "errors/nlb-bug-1.stderr"))),
		refusal(createCall, string(read(t, "errors/nlb-bug-2.stderr"))),
		refusal(createCall, string(read(t, "errors/read-timeout.stderr"))),
		refusal(listCall, "ERROR: EOF"), refusal(describeCall("qwen_demo"), "ERROR: EOF"),
		answer(listCall, `{"TotalCount":1,"Services":[{"ServiceName":"qwen_demo","ServiceId":"eas-m-2","Status":"Waiting","CreateTime":"2026-06-02T12:00:01Z"}]}`))
	r := ready(t, f, "network", "nlb")
	file := r.values.One("service-file")
	if err := os.WriteFile(file, []byte(balanced), 0o600); err != nil {
		t.Fatal(err)
	}
	r.outputs["build"] = built{File: file, SHA256: sum([]byte(balanced)), Name: "qwen_demo"}
	report := r.do(t, func(ctx context.Context, env *steps.Env) error {
		if _, err := runCreate(ctx, env); failure(t, err).Code != "OutcomeUnknown" {
			t.Errorf("got %v", err)
		}
		out, err := runCreate(ctx, env)
		if err != nil {
			return err
		}
		if got := out.Output.(created); got.Fallback != nlbFallback || !strings.Contains(out.Summary, nlbFallback) {
			t.Errorf("got %+v, summary %q", got, out.Summary)
		}
		return nil
	})
	warned(t, report.Warnings, "CreateAdopted", "NLBFallback")
}

func decoded(t *testing.T, text string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

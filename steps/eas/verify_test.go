package eas

import (
	"context"
	"testing"

	"aligate/steps"
)

// TestVerify: any status is fine, and none at all is a warning: the service exists.
func TestVerify(t *testing.T) {
	t.Parallel()
	const call = "eas describe-service --region cn-hangzhou --cluster-id cn-hangzhou --service-name qwen35_7b_prod"
	for _, c := range []struct {
		name     string
		reply    reply
		status   string
		warnings []string
		exit     steps.ExitCode
	}{
		{"running", answer(call, string(read(t, "DescribeService.json"))), "Running", nil, 0},
		{"below Service", answer(call, string(read(t, "DescribeService.upstream-shape.json"))), "Running", nil, 0},
		{"failed is a status too", answer(call, `{"ServiceName":"qwen35_7b_prod","Status":"Failed"}`), "Failed", nil, 0},
		{"not found yet", refusal(call, string(read(t, "errors/not-found.stderr"))), "unknown", []string{"StatusUnknown: ServiceNotFound"}, 0},
		{"unknown shape", answer(call, `{}`), "unknown", []string{"StatusUnknown: the reply describes no service"}, 0},
		{"broken configuration", broken(t, call), "", nil, steps.ExitNoCLI},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := cli(t, c.reply)
			r := run{values: values("region", "cn-hangzhou"), runner: f, outputs: map[string]any{"params": collected{Name: "qwen35_7b_prod"}, "create": created{ID: "eas-m-7"}}}
			report := r.do(t, func(ctx context.Context, env *steps.Env) error {
				out, err := runVerify(ctx, env)
				if err == nil {
					same(t, out.Output, any(verified{Name: "qwen35_7b_prod", ID: "eas-m-7", Status: c.status}))
				}
				return err
			})
			if report.ExitCode != c.exit {
				t.Errorf("got %v, exit %d; want %d", report.Fault, report.ExitCode, c.exit)
			}
			warned(t, report.Warnings, c.warnings...)
			if f.calls[0].Most != 1 {
				t.Error("got a call that may be repeated")
			}
		})
	}
}

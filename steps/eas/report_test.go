package eas

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/shlex"

	"aligate/steps"
)

func TestInvocationURLs(t *testing.T) {
	t.Parallel()
	const path = "/api/predict/demo"
	for _, c := range []struct {
		kind string
		port json.Number
		raw  string
		want []string
	}{
		// The documented endpoints have the path already.
		{"DefaultGateway", "0", "http://1.cn-hangzhou.pai-eas.aliyuncs.com" + path, []string{"http://1.cn-hangzhou.pai-eas.aliyuncs.com" + path}},
		{"DefaultGateway", "0", "https://h" + path, []string{"https://h" + path}},
		{"DefaultGateway", "0", "http://h" + path + "/", []string{"http://h" + path + "/"}},
		{"DefaultGateway", "0", "http://h/grp" + path, []string{"http://h/grp" + path}},
		{"DefaultGateway", "0", "http://h", []string{"http://h" + path}},
		{"DefaultGateway", "0", "http://h/", []string{"http://h" + path}},
		{"DefaultGateway", "0", "h", []string{"http://h" + path}},
		{"DefaultGateway", "0", "h" + path, []string{"http://h" + path}},
		{"DefaultGateway", "0", "h:81", []string{"http://h:81" + path}},
		{"DefaultGateway", "", "http://h", []string{"http://h" + path}},
		// The path of another service is not this one's.
		{"DefaultGateway", "0", "http://h/api/predict/demo2", []string{"http://h/api/predict/demo2" + path}},
		{"DefaultGateway", "0", "http://h/x/", []string{"http://h/x" + path}},

		// An NLB listens where it says, and the port stands once.
		{"Nlb", "9000", "nlb-1.cn-hangzhou.nlb.aliyuncs.com", []string{"http://nlb-1.cn-hangzhou.nlb.aliyuncs.com:9000" + path}},
		{"Nlb", "9000", "nlb-1.cn-hangzhou.nlb.aliyuncs.com:9000", []string{"http://nlb-1.cn-hangzhou.nlb.aliyuncs.com:9000" + path}},
		{"Nlb", "9000", "nlb-1:9001", []string{"http://nlb-1:9001" + path}},
		{"Nlb", "9000", "http://nlb-1" + path, []string{"http://nlb-1:9000" + path}},
		{"Nlb", "9000", "https://nlb-1/", []string{"https://nlb-1:9000" + path}},
		{"Nlb", "1", "nlb-1", []string{"http://nlb-1:1" + path}},
		{"Nlb", "0", "nlb-1", []string{"http://nlb-1" + path}},
		{"Nlb", "-1", "nlb-1", []string{"http://nlb-1" + path}},

		// A private gateway's host belongs to the service: both forms.
		{"PrivateGateway", "0", "http://demo.gw-1-vpc.cn-hangzhou.pai-eas.aliyuncs.com/",
			[]string{"http://demo.gw-1-vpc.cn-hangzhou.pai-eas.aliyuncs.com/", "http://demo.gw-1-vpc.cn-hangzhou.pai-eas.aliyuncs.com" + path}},
		{"PrivateGateway", "0", "my_demo.gw-1", []string{"http://my_demo.gw-1", "http://my_demo.gw-1" + path}},
		{"PrivateGateway", "0", "http://gw-1" + path, []string{"http://gw-1" + path}},
		{"PrivateGateway", "0", "http://gw-1/x", []string{"http://gw-1/x" + path}},

		// What is no URL is shown as it is.
		{"DefaultGateway", "0", "http://h:port", []string{"http://h:port"}},
		{"DefaultGateway", "0", "a b", []string{"http://a b"}},
	} {
		if got := invocationURLs(endpoint{Type: c.kind, Port: c.port}, c.raw, "demo"); !slices.Equal(got, c.want) {
			t.Errorf("%s %s:%s: got %q, want %q", c.kind, c.raw, c.port, got, c.want)
		}
	}
}

// answered is what report makes of a sample.
func answered(t *testing.T, name string) []endpoint {
	t.Helper()
	return sample[endpoints](t, "eas/report", name).Endpoints
}

const token = "U1lOVEhFVElDLXRva2VuLW5vdC1yZWFs"

func TestReportText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		summary
		want string
	}{
		{"shared gateway and NLB", summary{Name: "qwen35_7b_prod", Status: "Running", Token: token, Endpoints: answered(t, "DescribeServiceEndpoints.json")}, `Deployment Summary
==================
Service Name: qwen35_7b_prod
Status: Running
Endpoints:
- DefaultGateway:
  InternetEndpoint: http://1900000000000001.cn-hangzhou.pai-eas.aliyuncs.com/api/predict/qwen35_7b_prod
  IntranetEndpoint: http://1900000000000001.vpc.cn-hangzhou.pai-eas.aliyuncs.com/api/predict/qwen35_7b_prod
  Port: 0
- Nlb:
  InternetEndpoint: (not available for this network type)
  IntranetEndpoint: nlb-synth0000000001.cn-hangzhou.nlb.aliyuncs.com:9000
  Port: 9000
Service Invocation Examples:
curl http://1900000000000001.cn-hangzhou.pai-eas.aliyuncs.com/api/predict/qwen35_7b_prod \
  -H "Authorization: U1lOVEhFVElDLXRva2VuLW5vdC1yZWFs"
curl http://1900000000000001.vpc.cn-hangzhou.pai-eas.aliyuncs.com/api/predict/qwen35_7b_prod \
  -H "Authorization: U1lOVEhFVElDLXRva2VuLW5vdC1yZWFs"
curl http://nlb-synth0000000001.cn-hangzhou.nlb.aliyuncs.com:9000/api/predict/qwen35_7b_prod \
  -H "Authorization: U1lOVEhFVElDLXRva2VuLW5vdC1yZWFs"
`},
		{"private gateway", summary{Name: "gw_demo", Status: "Waiting", Token: token, Endpoints: answered(t, "DescribeServiceEndpoints.private-gateway.json")}, `Deployment Summary
==================
Service Name: gw_demo
Status: Waiting
Endpoints:
- PrivateGateway:
  InternetEndpoint: (not available for this network type)
  IntranetEndpoint: http://gw_demo.gw-synth000001-vpc.cn-hangzhou.pai-eas.aliyuncs.com/
  Port: 0
Service Invocation Examples:
curl http://gw_demo.gw-synth000001-vpc.cn-hangzhou.pai-eas.aliyuncs.com/ \
  -H "Authorization: U1lOVEhFVElDLXRva2VuLW5vdC1yZWFs"
curl http://gw_demo.gw-synth000001-vpc.cn-hangzhou.pai-eas.aliyuncs.com/api/predict/gw_demo \
  -H "Authorization: U1lOVEhFVElDLXRva2VuLW5vdC1yZWFs"
`},
		{"several URLs", summary{Name: "a", Status: "Running", Token: "T", Endpoints: []endpoint{{Type: "X", Internet: []string{"http://a", "http://b"}, Port: "0"}}}, `Deployment Summary
==================
Service Name: a
Status: Running
Endpoints:
- X:
  InternetEndpoint: http://a, http://b
  IntranetEndpoint: (not available for this network type)
  Port: 0
Service Invocation Examples:
curl http://a/api/predict/a \
  -H "Authorization: T"
curl http://b/api/predict/a \
  -H "Authorization: T"
`},
		// The two lines and an example stand in every report.
		{"no endpoints", summary{Name: "a", Status: "Creating", Token: token, Endpoints: answered(t, "DescribeServiceEndpoints.creating.json")}, `Deployment Summary
==================
Service Name: a
Status: Creating
Endpoints:
  InternetEndpoint: (not available for this network type)
  IntranetEndpoint: (not available for this network type)
  Port: 0
Service Invocation Examples:
curl <endpoint>/api/predict/a \
  -H "Authorization: U1lOVEhFVElDLXRva2VuLW5vdC1yZWFs"
`},
		// What could not be read is not said to be unavailable.
		{"unread", summary{Name: "a", Status: "unknown", Unread: true}, `Deployment Summary
==================
Service Name: a
Status: unknown
Endpoints:
  (could not be read)
Service Invocation Examples:
curl <endpoint>/api/predict/a \
  -H "Authorization: <AccessToken>"
`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.Examples = examples(c.summary)
			if got := c.text(); got != c.want {
				t.Errorf("got\n%swant\n%s", got, c.want)
			}
		})
	}
}

// TestExamplesAreShell: pasted into a shell, an example sends the token and the URL as they are.
func TestExamplesAreShell(t *testing.T) {
	t.Parallel()
	for _, token := range []string{"abc", "a b", `a"b`, `a'b`, `a\b`, "a$HOME", "a`id`", "a!b", `"'\$!`, "a==", "a&b;c|d", "#a", "漢"} {
		for _, url := range []string{"http://h/api/predict/a", "http://h/api/predict/a?x=1&y=$z", "http://h/;id/api/predict/a"} {
			s := summary{Name: "a", Token: token, Endpoints: []endpoint{{Type: "X", Internet: []string{url}, Port: "0"}}}
			target := invocationURLs(s.Endpoints[0], url, "a")[0]
			example := examples(s)[0]
			// A backslash at the end of a line continues it.
			got, err := shlex.Split(strings.Replace(example, "\\\n", " ", 1))
			if err != nil {
				t.Fatalf("%s: %v", example, err)
			}
			same(t, got, []string{"curl", target, "-H", "Authorization: " + token})
			if strings.ContainsAny(token, "$`!\\") && strings.Contains(example, `"Authorization`) {
				t.Errorf("%s: a shell reads more than text between these quotes", example)
			}
		}
	}
}

func TestJoined(t *testing.T) {
	t.Parallel()
	same(t, joined(nil), "(not available for this network type)")
	same(t, joined([]string{}), "(not available for this network type)")
	same(t, joined([]string{"a"}), "a")
	same(t, joined([]string{"a", "b"}), "a, b")
}

func TestPlural(t *testing.T) {
	t.Parallel()
	for n, want := range []string{"0 endpoints", "1 endpoint", "2 endpoints"} {
		same(t, steps.Count(n, "endpoint"), want)
	}
}

func TestRunReport(t *testing.T) {
	t.Parallel()
	const call = "eas describe-service-endpoints --region cn-hangzhou --cluster-id cn-hangzhou --service-name qwen35_7b_prod"
	verified := verified{Name: "qwen35_7b_prod", ID: "eas-m-1", Status: "Running"}
	for _, c := range []struct {
		name     string
		values   steps.Values
		reply    reply
		token    string
		reveals  bool
		unread   bool
		kinds    []string
		warnings []string
		exit     steps.ExitCode
	}{
		{name: "endpoints", reply: answer(call, string(read(t, "DescribeServiceEndpoints.json"))), token: token, reveals: true, kinds: []string{"DefaultGateway", "Nlb"}},
		{name: "token hidden", values: given("redact-token", "true"), reply: answer(call, string(read(t, "DescribeServiceEndpoints.json"))), token: "REDACTED", kinds: []string{"DefaultGateway", "Nlb"}},
		{name: "none yet", reply: answer(call, string(read(t, "DescribeServiceEndpoints.creating.json"))), token: token, reveals: true, warnings: []string{"EndpointsPending: aligate eas report"}},
		{name: "no token", reply: answer(call, `{"Endpoints":[{"EndpointType":"X","InternetEndpoints":["h"]}]}`), kinds: []string{"X"}},
		// The service exists: that its endpoints cannot be read undoes nothing.
		{name: "denied", reply: refusal(call, string(read(t, "errors/forbidden.stderr"))), unread: true, warnings: []string{"EndpointsUnknown: Forbidden.RAM"}},
		{name: "unknown shape", reply: answer(call, `{"Message":"Execution succeeded."}`), unread: true, warnings: []string{"EndpointsUnknown: neither Endpoints nor AccessToken"}},
		{name: "broken configuration", reply: broken(t, call), exit: steps.ExitNoCLI},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v := values("region", "cn-hangzhou")
			for name, value := range c.values {
				v[name] = value
			}
			f := cli(t, c.reply)
			report := run{values: v, runner: f, outputs: map[string]any{"verify": verified}}.do(t, func(ctx context.Context, env *steps.Env) error {
				out, err := runReport(ctx, env)
				if err != nil {
					return err
				}
				got := out.Data.(summary)
				var kinds []string
				for _, e := range got.Endpoints {
					kinds = append(kinds, e.Type)
				}
				same(t, kinds, c.kinds)
				if got.Name != "qwen35_7b_prod" || got.ID != "eas-m-1" || got.Status != "Running" || got.Token != c.token || got.Unread != c.unread || out.Reveals != c.reveals {
					t.Errorf("got %+v, reveals %t", got, out.Reveals)
				}
				text := out.Text()
				if strings.Contains(text, token) != c.reveals {
					t.Errorf("got text %q; want the token in it: %t", text, c.reveals)
				}
				// Whoever prints anything else of this step must not print the token.
				if c.token != "" && strings.Contains(env.Redactor.Text("x "+token), token) {
					t.Error("the redactor does not know the token")
				}
				return nil
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

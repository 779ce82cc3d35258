package eas

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"aligate/jq"
	"aligate/runner"
	"aligate/steps"
)

// report asks for the endpoints, once, and prints the Deployment Summary. Then the run ends.
var report = steps.Step{
	Name:    "report",
	Summary: "ask for the endpoints and print the Deployment Summary",
	Description: "Shows the service's AccessToken, because the procedure demands it; --redact-token hides it. It is stored\n" +
		"nowhere. After this step ai-mode is off again.",
	Example:  "aligate eas report --redact-token",
	Uses:     []string{"region", "profile"},
	Shows:    []string{"redact-token"},
	Needs:    []string{"verify"},
	Reads:    []string{"verify"},
	Commands: func(v steps.Values) []runner.Command { return []runner.Command{describeEndpoints(v, plannedName(v))} },
	Run:      runReport,
}

func describeEndpoints(v steps.Values, name string) runner.Command {
	region := v.One("region")
	return call(v, "eas", "describe-service-endpoints", "--region", region, "--cluster-id", region, "--service-name", name)
}

// endpoints is what the service answers.
type endpoints struct {
	Token     string     `json:"token"`
	Endpoints []endpoint `json:"endpoints"`
}

type endpoint struct {
	Type     string      `json:"type"`
	Internet []string    `json:"internet"`
	Intranet []string    `json:"intranet"`
	Port     json.Number `json:"port"`
}

// summary is the data of the report.
type summary struct {
	Name      string     `json:"name"`
	ID        string     `json:"id"`
	Status    string     `json:"status"`
	Token     string     `json:"access_token"`
	Endpoints []endpoint `json:"endpoints"`
	// Examples are the invocation examples, one curl command each.
	Examples []string `json:"examples"`
	// Unread is set if the endpoints could not be read: that none are listed says nothing then.
	Unread bool `json:"endpoints_unread,omitempty"`
	// Note is what the procedure wants said of a service that is not quite what was asked for.
	Note string `json:"note,omitempty"`
}

func runReport(ctx context.Context, env *steps.Env) (steps.Outcome, error) {
	var seen verified
	if _, err := env.Output("verify", &seen); err != nil {
		return steps.Outcome{}, err
	}
	command := describeEndpoints(env.Values, seen.Name)
	command.Most = 1
	res, err := env.Runner.Run(ctx, command)
	var answer endpoints
	if err == nil {
		answer, err = jq.Into[endpoints]("eas/report", res.JSON, nil)
	}
	if fatal(err) {
		return steps.Outcome{}, err
	}
	env.Redactor.Add(answer.Token)
	reveal := answer.Token != "" && !env.Values.Is("redact-token")
	token := answer.Token
	if token != "" && !reveal {
		token = runner.Redacted
	}
	out := summary{Name: seen.Name, ID: seen.ID, Status: seen.Status, Token: token, Endpoints: answer.Endpoints, Unread: err != nil}
	switch {
	case err != nil:
		env.Warn("EndpointsUnknown", "the service is created, but its endpoints could not be read: %v", err)
	case len(answer.Endpoints) == 0:
		env.Warn("EndpointsPending", "the service has no endpoints yet; ask again later: %s", env.Command("eas report"))
	}
	out.Examples = examples(out)
	var made created
	if _, err := env.Output("create", &made); err != nil {
		return steps.Outcome{}, err
	}
	out.Note = made.Fallback
	return steps.Outcome{
		Summary: fmt.Sprintf("service %s is %s, %s", out.Name, out.Status, steps.Count(len(out.Endpoints), "endpoint")),
		Data:    out,
		Text:    out.text,
		Reveals: reveal,
	}, nil
}

// text is the summary in the procedure's format.
func (s summary) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Deployment Summary\n==================\nService Name: %s\nStatus: %s\nEndpoints:\n", s.Name, s.Status)
	switch {
	case s.Unread:
		b.WriteString("  (could not be read)\n")
	case len(s.Endpoints) == 0:
		// The two lines stand in every report, as the procedure wants them, even without an endpoint.
		fmt.Fprintf(&b, "  InternetEndpoint: %s\n  IntranetEndpoint: %s\n  Port: 0\n", unavailable, unavailable)
	}
	for _, e := range s.Endpoints {
		fmt.Fprintf(&b, "- %s:\n  InternetEndpoint: %s\n  IntranetEndpoint: %s\n  Port: %s\n", e.Type, joined(e.Internet), joined(e.Intranet), e.Port)
	}
	b.WriteString("Service Invocation Examples:\n")
	for _, example := range s.Examples {
		b.WriteString(example + "\n")
	}
	return b.String()
}

const unavailable = "(not available for this network type)"

func joined(urls []string) string {
	if len(urls) == 0 {
		return unavailable
	}
	return strings.Join(urls, ", ")
}

// examples returns a curl command for each URL of each endpoint; the pattern of one where there is none.
func examples(s summary) []string {
	out := []string{}
	header := doubleQuoted("Authorization: " + cmp.Or(s.Token, "<AccessToken>"))
	for _, e := range s.Endpoints {
		for _, raw := range append(append([]string{}, e.Internet...), e.Intranet...) {
			for _, target := range invocationURLs(e, raw, s.Name) {
				out = append(out, fmt.Sprintf("curl %s \\\n  -H %s", runner.Quote(target), header))
			}
		}
	}
	if len(out) == 0 {
		out = append(out, fmt.Sprintf("curl <endpoint>/api/predict/%s \\\n  -H %s", s.Name, header))
	}
	return out
}

// invocationURLs completes an endpoint's URL: a scheme, the NLB's port, and the path of the service, each unless
// it is there already (eas-facts A.12). A private gateway's host needs no path, so both forms are shown.
func invocationURLs(e endpoint, raw, name string) []string {
	if !strings.Contains(raw, "://") {
		raw = "http://" + raw
	}
	u, err := url.Parse(raw)
	if err != nil {
		return []string{raw}
	}
	if port, err := strconv.Atoi(e.Port.String()); err == nil && port > 0 && u.Port() == "" {
		u.Host += ":" + strconv.Itoa(port)
	}
	suffix := "/api/predict/" + name
	bare := strings.TrimSuffix(u.Path, "/")
	if strings.HasSuffix(bare, suffix) {
		return []string{u.String()}
	}
	full := *u
	full.Path = bare + suffix
	if e.Type == "PrivateGateway" && bare == "" {
		return []string{u.String(), full.String()}
	}
	return []string{full.String()}
}

// doubleQuoted quotes s the way the procedure prints the header, or as a shell needs it if s holds more than a
// token does.
func doubleQuoted(s string) string {
	if strings.ContainsAny(s, "\"\\$`!'") {
		return runner.Quote(s)
	}
	return `"` + s + `"`
}

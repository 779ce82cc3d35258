package flink

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"aligate/runner"
	"aligate/steps"
)

var diagnose = steps.Tool{
	Name: "diagnose", Summary: "what is wrong with the CLI, the profile, or the access to Flink", Category: "TOOLS", Changes: true,
	Description: "Asks the CLI for its version and its profiles, and the service for the regions that have Flink, or, with\n" +
		"--region-id, for the instances of one. Then it looks for instances of which an earlier command does not know what\n" +
		"became of them. It changes nothing in the cloud.",
	Example: "aligate flink diagnose --region-id cn-hangzhou",
	Params:  []steps.Param{{Name: "region-id", Check: steps.CheckRegion, Usage: "`REGION` to look into"}},
	Run:     runDiagnose,
}

// finding is one line of a diagnosis.
type finding struct {
	Check  string `json:"check"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"`
	Advice string `json:"advice,omitempty"`
}

func runDiagnose(ctx context.Context, env *steps.Env) (steps.Outcome, error) {
	c := cloudOf(env, env.Values)
	var (
		findings []finding
		first    *steps.Error
	)
	for _, check := range []struct {
		name string
		do   func(ctx context.Context) (finding, error)
	}{{"version", c.version}, {"profile", c.configured}, {"access", c.access}} {
		f, err := check.do(ctx)
		f.Check, f.OK = check.name, err == nil && f.Advice == ""
		if err != nil {
			fault := faultOf(ctx, err, "DescribeVvpInstances")
			if first == nil {
				first = fault
			}
			f.Detail, f.Advice = fault.Code+": "+fault.Message, strings.Join(fault.Hints, "; ")
		}
		findings = append(findings, f)
		if cause := context.Cause(ctx); cause != nil {
			return steps.Outcome{}, cause
		}
	}
	left, err := c.left(ctx, first == nil)
	if err != nil {
		return steps.Outcome{}, err
	}
	return diagnosis(append(findings, left...), first)
}

// diagnosis is the result: a failure if a call failed, with everything that was found.
func diagnosis(findings []finding, failed *steps.Error) (steps.Outcome, error) {
	bad := 0
	for _, f := range findings {
		if !f.OK {
			bad++
		}
	}
	out := steps.Outcome{Summary: "nothing is wrong", Data: map[string]any{"checks": findings}, Text: func() string {
		var b strings.Builder
		for _, f := range findings {
			mark := "ok"
			if !f.OK {
				mark = "!!"
			}
			fmt.Fprintf(&b, "%s  %-8s %s\n", mark, f.Check, f.Detail)
			if f.Advice != "" {
				fmt.Fprintf(&b, "    %-8s %s\n", "", f.Advice)
			}
		}
		return b.String()
	}}
	if bad > 0 {
		out.Summary = steps.Count(bad, "finding")
	}
	if failed != nil {
		return out, failed
	}
	return out, nil
}

// oldest is the oldest CLI that has everything (facts A10).
var oldest = []int{3, 3, 1}

func (c cloud) version(ctx context.Context) (finding, error) {
	res, err := c.env.Runner.Run(ctx, runner.Command{Args: []string{"version"}, Effect: runner.ReadOnly, Kind: runner.Read, Most: 1})
	if err != nil {
		return finding{}, err
	}
	text := strings.TrimSpace(string(res.Stdout))
	f := finding{Detail: "aliyun " + text}
	numbers := versionOf(text)
	switch {
	case numbers == nil:
		f.Advice = "this is not a version: is aliyun the official CLI?"
	case slices.Equal(numbers, []int{0, 0, 1}):
		f.Detail += ", built from source: how old it is cannot be told"
	case slices.Compare(numbers, oldest) < 0:
		f.Advice = "update the CLI: 3.3.1 is the oldest that knows everything used here"
	}
	return f, nil
}

// versionOf reads three numbers, nil if text is none.
func versionOf(text string) []int {
	parts := strings.Split(strings.TrimPrefix(text, "v"), ".")
	if len(parts) != 3 {
		return nil
	}
	numbers := make([]int, 3)
	for i, part := range parts {
		n, err := strconv.Atoi(part)
		if err != nil {
			return nil
		}
		numbers[i] = n
	}
	return numbers
}

// configured looks at the profile in use. The CLI masks keys itself; of a credential only its kind is shown.
func (c cloud) configured(ctx context.Context) (finding, error) {
	res, err := c.env.Runner.Run(ctx, runner.Command{Args: []string{"configure", "list"}, Effect: runner.ReadOnly, Kind: runner.Local})
	if err != nil {
		return finding{}, err
	}
	for line := range strings.Lines(string(res.Stdout)) {
		cells := strings.Split(line, "|")
		if len(cells) < 4 {
			continue
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		name, current := strings.CutSuffix(cells[0], "*")
		if name = strings.TrimSpace(name); c.profile != "" && name != c.profile || c.profile == "" && !current {
			continue
		}
		kind, _, _ := strings.Cut(cells[1], ":")
		f := finding{Detail: fmt.Sprintf("profile %s, credentials %s, %s, region %s", name, kind, cells[2], cells[3])}
		if cells[2] != "Valid" {
			f.Advice = "set the profile up again: aliyun configure --profile " + runner.Quote(name)
		}
		return f, nil
	}
	return finding{Detail: "no profile is in use",
		Advice: "run aliyun configure, or choose a profile with --profile; credentials in the environment may do as well"}, nil
}

// access asks the service for something.
func (c cloud) access(ctx context.Context) (finding, error) {
	if c.region == "" {
		rows, _, err := c.regionRows(ctx)
		return finding{Detail: steps.Count(len(rows), "region") + " with Flink"}, err
	}
	all, err := c.instances(ctx)
	f := finding{Detail: fmt.Sprintf("%s in %s", steps.Count(len(all), "instance"), c.region)}
	if err == nil && !c.knows(ctx) {
		f.Advice = fmt.Sprintf("the service does not name %q among its regions: check --region-id", c.region)
	}
	return f, err
}

// left looks for what earlier commands may have left; looks is set if the service can be asked.
func (c cloud) left(ctx context.Context, looks bool) ([]finding, error) {
	var findings []finding
	err := eachLeft(c.env, func(l *steps.Ledger, it steps.Item) error {
		f := finding{Check: "left", Detail: leftText(it)}
		if looks {
			f = cloud{env: c.env, region: it.Region, profile: c.profile}.settled(ctx, l, it)
		}
		findings = append(findings, f)
		return nil
	})
	return findings, err
}

// settled finds out what became of a thing, and closes its entry if that is clear.
func (c cloud) settled(ctx context.Context, l *steps.Ledger, it steps.Item) finding {
	f := finding{Check: "left", Detail: leftText(it)}
	fresh, err := c.candidates(ctx, it)
	remove := "delete it, if nobody needs it: " + c.env.Command("flink delete --region-id "+it.Region+" --force-confirmation --instance-id ")
	switch {
	case err != nil:
		f.Advice = "it could not be looked for: " + faultOf(ctx, err, "DescribeVvpInstances").Message
	case len(fresh) == 1:
		f.Detail = fmt.Sprintf("instance %s is there: an earlier command made it and did not finish", fresh[0].String())
		f.Advice = remove + fresh[0].ID + "; or keep it: " + aboutOf(l).Command
		if it.Note != wasSeen {
			it.ID, it.State, it.Note = fresh[0].ID, steps.Made, wasSeen
			err = l.Put(it)
		}
	case len(fresh) > 1:
		f.Advice = fmt.Sprintf("%s have this name, one of them may be it: %s", steps.Count(len(fresh), "instance"), strings.Join(idsOf(fresh), ", "))
	case mayAppear(c.env, it):
		f.Advice = "it is not there now; it may still appear: run this again in an hour"
	case it.ID != "":
		f.OK, f.Detail = true, fmt.Sprintf("instance %s (%s) is gone", it.ID, it.Key)
		err = closeEntry(l, it, steps.Gone, "found gone")
	default:
		f.OK, f.Detail = true, fmt.Sprintf("instance %s was never made", it.Key)
		err = closeEntry(l, it, steps.Never, "did not appear")
	}
	if err != nil && f.Advice == "" {
		f.Advice = err.Error()
	}
	return f
}

// candidates are the instances that the entry may be about.
func (c cloud) candidates(ctx context.Context, it steps.Item) ([]instance, error) {
	all, err := c.instances(ctx)
	known := intentOf(it).Known
	return slices.DeleteFunc(all, func(i instance) bool {
		if it.ID != "" {
			return i.ID != it.ID || i.Status == deleted
		}
		return i.Name != it.Key || i.Status == deleted || slices.Contains(known, i.ID)
	}), err
}

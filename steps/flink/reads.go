package flink

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"aligate/jq"
	"aligate/runner"
	"aligate/steps"
)

// listing makes the result of a read of all pages: the body of the service with all rows in one (facts B2).
func listing[T any](key, summary, requestID string, rows []row[T], head string, cells func(T) []any) steps.Outcome {
	raw := make([]any, len(rows))
	for i, r := range rows {
		raw[i] = r.Raw
	}
	return steps.Outcome{
		Summary: summary,
		Data:    map[string]any{key: raw, "TotalCount": len(rows), "RequestId": requestID, "Success": true},
		Text:    func() string { return table(summary, head, viewsOf(rows), cells) },
		Keys:    map[string]any{"request_id": requestID},
	}
}

// table is rows below a head, in columns; the summary if there are none.
func table[T any](summary, head string, rows []T, cells func(T) []any) string {
	if len(rows) == 0 {
		return summary
	}
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, strings.ReplaceAll(head, " ", "\t"))
	for _, r := range rows {
		words := make([]string, 0, 8)
		for _, cell := range cells(r) {
			if word := fmt.Sprint(cell); word != "" {
				words = append(words, word)
			} else {
				words = append(words, "-")
			}
		}
		fmt.Fprintln(w, strings.Join(words, "\t"))
	}
	_ = w.Flush() // a Builder does not fail
	return b.String()
}

func describe(ctx context.Context, c cloud, v steps.Values) (steps.Outcome, error) {
	id, name := v.One("instance-id"), v.One("name")
	rows, requestID, err := c.instanceRows(ctx, pair{"InstanceId", id})
	if err != nil {
		return steps.Outcome{}, err
	}
	rows = slices.DeleteFunc(rows, func(r row[instance]) bool {
		return id != "" && r.View.ID != id || name != "" && r.View.Name != name
	})
	if id != "" && len(rows) == 0 {
		// The filter alone proves nothing (facts E1).
		if rows, requestID, err = c.instanceRows(ctx); err != nil {
			return steps.Outcome{}, err
		}
		if rows = slices.DeleteFunc(rows, func(r row[instance]) bool { return r.View.ID != id }); len(rows) == 0 {
			return steps.Outcome{}, noInstance(c, id)
		}
	}
	return listing("Instances", fmt.Sprintf("%s in %s", steps.Count(len(rows), "instance"), c.region), requestID, rows,
		"INSTANCE NAME CHARGE STATE CORES GB ZONE EXPIRES", func(i instance) []any {
			cores, gb := "", ""
			if i.Spec != nil {
				cores, gb = fmt.Sprint(i.Spec.CPU), fmt.Sprint(i.Spec.Memory)
			}
			return []any{i.ID, i.Name, i.Charge, i.state(), cores, gb, i.Zone, day(i.Expires)}
		}), nil
}

// day is the date of a time in milliseconds, "" for none.
func day(ms int) string {
	if ms == 0 {
		return ""
	}
	return time.UnixMilli(int64(ms)).UTC().Format(time.DateOnly)
}

func describeNamespaces(ctx context.Context, c cloud, v steps.Values) (steps.Outcome, error) {
	id := v.One("instance-id")
	i, err := c.instance(ctx, id)
	if err != nil {
		return steps.Outcome{}, err
	}
	if i == nil {
		return steps.Outcome{}, noInstance(c, id)
	}
	rows, requestID, err := c.namespaceRows(ctx, id)
	if err != nil {
		return steps.Outcome{}, err
	}
	return listing("Namespaces", fmt.Sprintf("%s in %s", steps.Count(len(rows), "namespace"), id), requestID, rows,
		"NAMESPACE STATE HAS USES DEFAULT", func(n namespace) []any {
			uses := "not reported"
			if n.Used != nil {
				uses = fmt.Sprintf("%g cores, %g GB", n.Used.CPU, n.Used.Memory)
			}
			mark := ""
			if isDefault(i, n.Name) {
				mark = "default"
			}
			return []any{n.Name, n.Status, n.effective(i), uses, mark}
		}), nil
}

func listTags(ctx context.Context, c cloud, v steps.Values) (steps.Outcome, error) {
	rows, requestID, err := c.tagRows(ctx, allFields(v, "resource-ids")...)
	if err != nil {
		return steps.Outcome{}, err
	}
	return listing("TagResources", fmt.Sprintf("%s in %s", steps.Count(len(rows), "tag"), c.region), requestID, rows,
		"RESOURCE KEY VALUE", func(t tag) []any { return []any{t.Resource, t.Key, t.Value} }), nil
}

// region is a region that has Flink.
type region struct {
	ID   string `json:"Region"`
	Name string `json:"RegionName"`
}

func describeRegions(ctx context.Context, c cloud, _ steps.Values) (steps.Outcome, error) {
	rows, requestID, err := c.regionRows(ctx)
	if err != nil {
		return steps.Outcome{}, err
	}
	return listing("Regions", steps.Count(len(rows), "region"), requestID, rows, "REGION NAME",
		func(r region) []any { return []any{r.ID, r.Name} }), nil
}

// zone is a zone of a region.
type zone struct {
	ID string `json:"ZoneId"`
}

func describeZones(ctx context.Context, c cloud, _ steps.Values) (steps.Outcome, error) {
	rows, requestID, err := single[zone](ctx, c, "zones", c.read("DescribeSupportedZones"))
	if err != nil {
		return steps.Outcome{}, err
	}
	return listing("ZoneIds", fmt.Sprintf("%s in %s", steps.Count(len(rows), "zone"), c.region), requestID, rows, "ZONE",
		func(z zone) []any { return []any{z.ID} }), nil
}

// regionRows lists the regions. The call takes no region of its own (facts C1).
func (c cloud) regionRows(ctx context.Context) ([]row[region], string, error) {
	return single[region](ctx, c, "regions", c.call("DescribeSupportedRegions"))
}

// single reads a list that has one page. One that holds less than it says is incomplete.
func single[T any](ctx context.Context, c cloud, filter string, call runner.Command) ([]row[T], string, error) {
	answer, err := c.ask(ctx, call)
	if err != nil {
		return nil, "", err
	}
	page, err := jq.Into[steps.Page[row[T]]]("flink/"+filter, answer.body, nil)
	if err == nil && page.Total != nil && *page.Total > len(page.Rows) {
		err = &steps.PagingError{Reason: fmt.Sprintf("%d of %d rows, and the call takes no page", len(page.Rows), *page.Total)}
	}
	return page.Rows, answer.requestID, err
}

// knows reports whether the service has Flink in the region; true if that cannot be found out.
func (c cloud) knows(ctx context.Context) bool {
	rows, _, err := c.regionRows(ctx)
	return err != nil || slices.ContainsFunc(rows, func(r row[region]) bool { return r.View.ID == c.region })
}

// absentInstance is what a write says that finds its instance gone: true in this region, and no other (facts F19).
func absentInstance(ctx context.Context, c cloud, id string) {
	if !c.knows(ctx) {
		c.env.Warn("RegionUnknown", "the service does not name %q among its regions: check --region-id", c.region)
		return
	}
	c.env.Warn("VerifiedAbsent", "there is no instance %s in %s; in another region there may be", id, c.region)
}

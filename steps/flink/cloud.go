package flink

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"aligate/jq"
	"aligate/runner"
	"aligate/steps"
)

// cloud is the service, seen in one region.
type cloud struct {
	env     *steps.Env
	region  string
	profile string
}

func cloudOf(env *steps.Env, v steps.Values) cloud {
	return cloud{env: env, region: v.One("region-id"), profile: v.One("profile")}
}

// row is one row of a list: what we read of it, and the row as it came, without its secrets.
type row[T any] struct {
	View    T        `json:"view"`
	Secrets []string `json:"secrets"`
	Raw     any      `json:"raw"`
}

// instance is what operations read of an instance (facts D1), by the API's names. ResourceExpiredTime is in
// milliseconds, 0 if the reply has none.
type instance struct {
	ID           string   `json:"InstanceId"`
	Name         string   `json:"InstanceName"`
	Region       string   `json:"Region"`
	Zone         string   `json:"ZoneId"`
	Charge       string   `json:"ChargeType"`
	Order        string   `json:"OrderState"`
	Status       string   `json:"ClusterStatus"`
	Stage        string   `json:"Stage"`
	Spec         *spec    `json:"ResourceSpec"`
	Elastic      bool     `json:"Elastic"`
	ElasticSpec  *spec    `json:"ElasticResourceSpec"`
	VPC          string   `json:"VpcId"`
	VSwitches    []string `json:"VSwitchIds"`
	FullyManaged bool     `json:"FullyManaged"`
	Protected    bool     `json:"DeletionProtection"`
	Expires      int      `json:"ResourceExpiredTime"`
	Tags         []label  `json:"Tags,omitempty"`
}

// label is a tag as its instance has it.
type label struct {
	Key   string `json:"Key"`
	Value string `json:"Value"`
}

// namespace is what operations read of a namespace (facts D2).
type namespace struct {
	Name       string `json:"Namespace"`
	Status     string `json:"Status"`
	HA         *bool  `json:"Ha"`
	Spec       *spec  `json:"ResourceSpec"`
	Elastic    *spec  `json:"ElasticResourceSpec"`
	Guaranteed *spec  `json:"GuaranteedResourceSpec"`
	Used       *usage `json:"ResourceUsed"`
}

// usage is what runs in a namespace.
type usage struct {
	CPU    float64 `json:"Cpu"`
	Memory float64 `json:"MemoryGB"`
	CU     float64 `json:"Cu"`
}

// tag is one tag of one resource.
type tag struct {
	Resource string `json:"ResourceId"`
	Key      string `json:"TagKey"`
	Value    string `json:"TagValue"`
}

// order is the reply to a write.
type order struct {
	Instance string `json:"instance"`
	Order    string `json:"order"`
}

// unsuccessful: the service answered, with exit 0, that it did not succeed (facts F4).
type unsuccessful struct{ Code, Message, RequestID string }

func (e *unsuccessful) Error() string { return e.Code + ": " + e.Message }

// reply is one answer of the service.
type reply struct {
	body      map[string]any
	requestID string
}

// ask runs one call. A reply without "Success": true is a failure, whatever the exit code says (facts A5, F4); one that
// says neither true nor false leaves open what was done. Errors: those of the runner, and *unsuccessful.
func (c cloud) ask(ctx context.Context, call runner.Command) (reply, error) {
	res, err := c.env.Runner.Run(ctx, call)
	if err != nil {
		return reply{}, err
	}
	body, _ := res.JSON.(map[string]any)
	text := func(key string) string { s, _ := body[key].(string); return s }
	answer := reply{body: body, requestID: text("RequestId")}
	switch body["Success"] {
	case true:
		return answer, nil
	case false:
		return answer, &unsuccessful{
			Code:      cmp.Or(text("ErrCode"), text("ErrorCode"), text("Code"), "ApiReturnedFailure"),
			Message:   cmp.Or(text("Message"), text("ErrorMessage"), "the service says that the call did not succeed"),
			RequestID: answer.requestID,
		}
	}
	return answer, &runner.OutputError{Command: call, Result: res, Reason: "the reply does not say whether the call succeeded"}
}

// pageSize is the most that the service gives at once (facts C3).
const pageSize = "100"

// list reads a whole list through a filter of jq/flink, page by page (facts F1, A8). of makes the call of one page of
// the parameters that choose it.
func list[T any](ctx context.Context, c cloud, filter string, key func(T) string, of func(page ...pair) runner.Command) ([]row[T], string, error) {
	requestID, token := "", ""
	tokens := map[string]bool{}
	rows, err := steps.Pages(ctx, func(r row[T]) string { return key(r.View) }, func(ctx context.Context, number, _ int) (steps.Page[row[T]], error) {
		page := []pair{{"PageIndex", fmt.Sprint(number)}, {"PageSize", pageSize}, {"NextToken", token}}
		answer, err := c.ask(ctx, of(page...))
		if err != nil {
			return steps.Page[row[T]]{}, err
		}
		requestID = answer.requestID
		got, err := jq.Into[steps.Page[row[T]]]("flink/"+filter, answer.body, nil)
		if err == nil && got.Next != nil {
			if token = *got.Next; tokens[token] && token != "" {
				err = &steps.PagingError{Reason: fmt.Sprintf("page %d names a token for the second time", number)}
			}
			tokens[token] = true
		}
		return got, err
	})
	for _, r := range rows {
		for _, secret := range r.Secrets {
			c.env.Redactor.Add(secret)
		}
	}
	return rows, requestID, err
}

// byNumber leaves of the parameters of a page those of a list that is paged by numbers.
func byNumber(page []pair) []pair { return page[:2] }

// byToken leaves those of a list that is paged by tokens.
func byToken(page []pair) []pair { return page[2:] }

// viewsOf are the rows as we read them.
func viewsOf[T any](rows []row[T]) []T {
	out := make([]T, len(rows))
	for i, r := range rows {
		out[i] = r.View
	}
	return out
}

// instanceRows reads all instances of the region that the filters let through.
func (c cloud) instanceRows(ctx context.Context, filters ...pair) ([]row[instance], string, error) {
	return list(ctx, c, "instances", func(i instance) string { return i.ID }, func(page ...pair) runner.Command {
		return c.read("DescribeInstances", append(byNumber(page), filters...)...)
	})
}

func (c cloud) instances(ctx context.Context, filters ...pair) ([]instance, error) {
	rows, _, err := c.instanceRows(ctx, filters...)
	return viewsOf(rows), err
}

// instance finds the instance called id, nil if there is none. That there is none takes two proofs: the filtered list
// and the whole one (facts E1, F1); and a filter that the service ignores finds nobody else's (facts C3). A row that
// says DELETED is none.
func (c cloud) instance(ctx context.Context, id string) (*instance, error) {
	for _, filters := range [][]pair{{{"InstanceId", id}}, nil} {
		rows, err := c.instances(ctx, filters...)
		if err != nil {
			return nil, err
		}
		if at := slices.IndexFunc(rows, func(i instance) bool { return i.ID == id }); at >= 0 {
			if rows[at].Status == deleted {
				return nil, nil
			}
			return &rows[at], nil
		}
	}
	return nil, nil
}

// namespaceRows reads all namespaces of an instance.
func (c cloud) namespaceRows(ctx context.Context, id string) ([]row[namespace], string, error) {
	return list(ctx, c, "namespaces", func(n namespace) string { return n.Name }, func(page ...pair) runner.Command {
		return c.read("DescribeNamespaces", append([]pair{{"InstanceId", id}}, byNumber(page)...)...)
	})
}

func (c cloud) namespaces(ctx context.Context, id string) ([]namespace, error) {
	rows, _, err := c.namespaceRows(ctx, id)
	return viewsOf(rows), err
}

// named returns the namespace called name, nil if there is none.
func named(all []namespace, name string) *namespace {
	if at := slices.IndexFunc(all, func(n namespace) bool { return n.Name == name }); at >= 0 {
		return &all[at]
	}
	return nil
}

// tagRows reads the tags of resources, of all if none is named.
func (c cloud) tagRows(ctx context.Context, ids ...string) ([]row[tag], string, error) {
	of := append([]pair{{"ResourceType", resourceType}}, numbered("ResourceId", ids)...)
	return list(ctx, c, "tags", func(t tag) string { return t.Resource + "\x00" + t.Key }, func(page ...pair) runner.Command {
		return c.readTags("ListTagResources", append(of[:len(of):len(of)], byToken(page)...)...)
	})
}

// tags are the tags of one resource, by key.
func (c cloud) tags(ctx context.Context, id string) (map[string]string, error) {
	rows, _, err := c.tagRows(ctx, id)
	if err != nil {
		return nil, err
	}
	tags := map[string]string{}
	for _, r := range rows {
		if r.View.Resource == id { // a filter that the service ignores finds nobody else's
			tags[r.View.Key] = r.View.Value
		}
	}
	return tags, nil
}

// tagsLeft are the tags of one instance for somebody who wants them gone: in the list of tags, or on the instance. One
// page that is empty by mistake proves nothing (facts E1).
func (c cloud) tagsLeft(ctx context.Context, id string) (map[string]string, error) {
	i, err := c.instance(ctx, id)
	if err != nil {
		return nil, err
	}
	tags, err := c.tags(ctx, id)
	if err != nil || i == nil {
		return tags, err
	}
	for _, l := range i.Tags {
		if _, listed := tags[l.Key]; !listed {
			tags[l.Key] = l.Value
		}
	}
	return tags, nil
}

// The states of an instance and of a namespace (facts E0). Others are neither ready nor the end of it.
const (
	running  = "RUNNING"
	deleting = "DELETING"
	deleted  = "DELETED"
	success  = "SUCCESS"
	pre      = "PRE"
	post     = "POST"
)

// ready reports whether the instance can be worked with.
func (i *instance) ready() bool {
	return i.Status == running && (i.Order == "NORMAL" || i.Order == "") && i.Stage != "MODIFYING" && i.Stage != "FAILED"
}

// broken says why the instance will never be ready by itself, "" if it may be.
func (i *instance) broken() string {
	switch {
	case i.Status == "DISABLE":
		return "the instance is invalid (ClusterStatus DISABLE)"
	case i.Order == "CEASE" || i.Order == "RELEASE":
		return "its order has ended (OrderState " + i.Order + ")"
	case i.Stage == "FAILED":
		return "its last change failed (ClusterStage FAILED)"
	}
	return ""
}

// state is the instance in the service's own words.
func (i *instance) state() string {
	words := []string{cmp.Or(i.Status, "no ClusterStatus")}
	if i.Order != "" && i.Order != "NORMAL" {
		words = append(words, "order "+i.Order)
	}
	if i.Stage != "" && i.Stage != success {
		words = append(words, "stage "+i.Stage)
	}
	return strings.Join(words, ", ")
}

// mark is what a change of the instance would change.
func (i *instance) mark() string { return inJSON(i) }

// isDefault reports whether the service made ns itself, with the instance (facts F2).
func isDefault(i *instance, ns string) bool {
	return ns == "default" || ns == i.Name+"-default" || ns == i.Name+"-default-ha"
}

// effective is what ns has, by the billing of its instance (facts E4).
func (ns *namespace) effective(i *instance) *spec {
	switch {
	case i.Elastic && (!ns.Guaranteed.empty() || !ns.Elastic.empty()):
		return ns.Guaranteed.plus(ns.Elastic)
	case i.Charge == pre && !ns.Guaranteed.empty():
		return ns.Guaranteed
	case i.Charge == post && !ns.Elastic.empty():
		return ns.Elastic
	}
	return ns.Spec
}

// capacity is what an instance has, what its namespaces have of it, and what is left. Total is nil if the service does
// not say, and then nothing follows from it (facts E4).
type capacity struct {
	Total     *spec `json:"instance_total"`
	Allocated spec  `json:"allocated"`
}

func capacityOf(i *instance, all []namespace) capacity {
	c := capacity{}
	if !i.Spec.empty() {
		c.Total = i.Spec
		if i.Elastic {
			c.Total = c.Total.plus(i.ElasticSpec)
		}
	}
	for _, ns := range all {
		if has := ns.effective(i); has != nil {
			c.Allocated = *c.Allocated.plus(has)
		}
	}
	return c
}

// holds reports whether want fits beside what is allocated, or whether that is unknown.
func (c capacity) holds(want spec) bool {
	return c.Total == nil || c.Allocated.CPU+want.CPU <= c.Total.CPU && c.Allocated.Memory+want.Memory <= c.Total.Memory
}

// billing are the words for a ChargeType (facts B5).
var billing = map[string]string{"Subscription": pre, "PayAsYouGo": post}

// chargeable refuses an instance of which the service does not say how it is paid for, or in a word that nobody knows:
// what a change would mean for it is not known.
func chargeable(i *instance) error {
	if i.Charge == pre || i.Charge == post {
		return nil
	}
	return blocked("UnsupportedChargeType", i, "how instance %s is paid for is not known (ChargeType %q)", i.ID, i.Charge)
}

func billingWord(charge string) string {
	for word, api := range billing {
		if api == charge {
			return word
		}
	}
	return charge
}

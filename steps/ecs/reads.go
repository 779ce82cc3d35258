package ecs

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"aligate/jq"
	"aligate/runner"
	"aligate/steps"
)

// reader asks one region what there is. Each method is one API: it builds the argv, reads all pages by hand (the CLI's
// own --pager loses some, ecs-facts 6) and reads each reply through the filter of that name in jq/ecs. A reply of
// another shape than the known ones is an error, never an empty list.
//
// Errors: those of the runner, and *steps.Error with one of the codes below.
type reader struct {
	env             *steps.Env
	region, profile string
}

// The codes of what a reader refuses or cannot read.
const (
	// unfiltered: the call would have listed everything; no process was started (ecs-facts 5.28, 5.36).
	unfiltered = "UnfilteredCall"
	// unreadable: the reply has none of the known shapes, or answers another question.
	unreadable = "UnreadableReply"
	// unpriced: the reply has no price that could be confirmed (ecs-facts 5.3).
	unpriced = "NoPrice"
	// unknownInvocation: the service knows no such invocation, perhaps not yet.
	unknownInvocation = "InvocationUnknown"
)

// newReader is a reader for the region and profile of env.
func newReader(env *steps.Env) reader {
	return reader{env: env, region: env.Values.One("region"), profile: env.Values.One("profile")}
}

// sizes of pages: the most that each API gives (ecs-facts 6).
const (
	typePage       = "1600"
	instancePage   = "100"
	groupPage      = "100"
	invocationPage = "50"
	imagePage      = "100"
	networkPage    = "50"
)

// The most ids that one call takes (ecs-facts 2.2, 2.6, 2.11, 6).
const (
	mostTypes     = 10
	mostFamilies  = 10
	mostVPCs      = 20
	mostInstances = 100
)

// regions lists the regions of the account.
func (r reader) regions(ctx context.Context) ([]region, error) {
	return read[[]region](ctx, r, "regions", r.ecs("DescribeRegions", pair{"AcceptLanguage", "en-US"}), nil)
}

// zones lists the zones of the region, without what each of them sells.
func (r reader) zones(ctx context.Context) ([]zone, error) {
	return read[[]zone](ctx, r, "zones", r.ecs("DescribeZones", pair{"Verbose", "false"}, pair{"AcceptLanguage", "en-US"}), nil)
}

// families lists the instance type families, of all generations if generation is empty.
func (r reader) families(ctx context.Context, generation string) ([]family, error) {
	return read[[]family](ctx, r, "families", r.ecs("DescribeInstanceTypeFamilies", pair{"Generation", generation}), nil)
}

// price asks what params cost; they are those of DescribePrice, and had better be those of the order (ecs-facts 5.4).
// A reply without a price above zero and a currency is an error with the code NoPrice.
func (r reader) price(ctx context.Context, params []pair) (quote, error) {
	q, err := read[quote](ctx, r, "price", r.ecs("DescribePrice", params...), nil)
	if err != nil {
		return quote{}, err
	}
	if amount, err := q.Trade.Float64(); err != nil || amount <= 0 {
		return quote{}, &steps.Error{Code: unpriced, Exit: steps.ExitFailed, Message: fmt.Sprintf("the service told no price above zero (TradePrice %q)", q.Trade)}
	}
	if q.Currency == "" {
		return quote{}, &steps.Error{Code: unpriced, Exit: steps.ExitFailed, Message: fmt.Sprintf("the service told a price of %s, and no currency", q.Trade)}
	}
	return q, nil
}

// images lists the system's own images, the newest first, of all families if family is empty. With an instance type,
// only those that run on it: none for an ARM type and an x64 family (ecs-facts 2.9).
func (r reader) images(ctx context.Context, family, instanceType string) ([]image, error) {
	c := r.ecs("DescribeImages", pair{"ImageOwnerAlias", "system"}, pair{"Status", "Available"}, pair{"ImageFamily", family},
		pair{"InstanceType", instanceType})
	all, err := numbered(ctx, r, "images", c, imagePage, func(i image) string { return i.ID })
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(i image) bool { return family != "" && i.Family != family })
	slices.SortStableFunc(all, func(a, b image) int {
		return cmp.Or(strings.Compare(b.Created, a.Created), strings.Compare(b.ID, a.ID))
	})
	return all, nil
}

// ecs builds a call of the ECS API.
func (r reader) ecs(api string, pairs ...pair) runner.Command {
	return call(r.profile, r.region, "ecs", api, pairs...)
}

// vpc builds a call of the VPC API.
func (r reader) vpc(api string, pairs ...pair) runner.Command {
	return call(r.profile, r.region, "vpc", api, pairs...)
}

// read runs c and reads its reply through a filter of jq/ecs with vars.
func read[T any](ctx context.Context, r reader, filter string, c runner.Command, vars map[string]any) (T, error) {
	var none T
	res, err := r.env.Runner.Run(ctx, c)
	if err != nil {
		return none, denied(c, err)
	}
	out, err := jq.Into[T]("ecs/"+filter, res.JSON, vars)
	var shape *jq.ShapeError
	if errors.As(err, &shape) {
		return none, misread(c, shape.Reason, err)
	}
	return out, err
}

// tokens reads all pages of a list that is paged by tokens.
func tokens[T any](ctx context.Context, r reader, filter string, c runner.Command, size string, key func(T) string) ([]T, error) {
	c, token := plus(c, pair{"MaxResults", size}), ""
	return steps.Pages(ctx, key, func(ctx context.Context, _, _ int) (steps.Page[T], error) {
		page, err := read[steps.Page[T]](ctx, r, filter, plus(c, pair{"NextToken", token}), nil)
		if page.Next != nil {
			token = *page.Next
		}
		return page, err
	})
}

// numbered reads all pages of a list that is paged by numbers.
func numbered[T any](ctx context.Context, r reader, filter string, c runner.Command, size string, key func(T) string) ([]T, error) {
	return steps.Pages(ctx, key, func(ctx context.Context, number, _ int) (steps.Page[T], error) {
		return read[steps.Page[T]](ctx, r, filter, plus(c, pair{"PageNumber", strconv.Itoa(number)}, pair{"PageSize", size}), nil)
	})
}

// plus returns c with further parameters.
func plus(c runner.Command, pairs ...pair) runner.Command {
	for _, p := range pairs {
		if p.value != "" {
			c = c.With("--" + p.name + "=" + p.value)
		}
	}
	return c
}

// each makes the pairs of a list: Name.1, Name.2 and so on.
func each(name string, values []string) []pair {
	pairs := make([]pair, len(values))
	for i, v := range values {
		pairs[i] = pair{name + "." + strconv.Itoa(i+1), v}
	}
	return pairs
}

// jsonList is a list that the API wants as JSON.
func jsonList(values []string) string {
	raw, err := json.Marshal(values)
	if err != nil {
		panic(err) // strings always have a JSON form
	}
	return string(raw)
}

// refuse is the error of a call that would have listed everything; lacks is what it was not given.
func refuse(api, lacks string) error {
	return &steps.Error{Code: unfiltered, Exit: steps.ExitUsage, Message: fmt.Sprintf("%s without %s would list everything, and was not called", api, lacks)}
}

// misread is the error of a reply that cannot be what was asked for.
func misread(c runner.Command, reason string, err error) error {
	return &steps.Error{Code: unreadable, Exit: steps.ExitFailed, Err: err, Message: fmt.Sprintf("the reply of %s: %s", c.Name(), reason)}
}

// denied names the permission that a call lacks; every other error stays what it is.
func denied(c runner.Command, err error) error {
	if runner.ClassOf(err) != runner.Denied {
		return err
	}
	failure := steps.FromCall(err)
	failure.Message = strings.TrimSpace(fmt.Sprintf("%s (the action is %s:%s)", failure.Message, c.Args[0], c.Args[1]))
	return failure
}

// checkAsked makes sure that a filter was applied: wrong returns the id of a row that it should have kept out, or "".
func checkAsked[T any](c runner.Command, rows []T, wrong func(T) string) error {
	for _, row := range rows {
		if id := wrong(row); id != "" {
			return misread(c, fmt.Sprintf("%q is in it, which was not asked for", id), nil)
		}
	}
	return nil
}

package ecs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"aligate/steps"
	"aligate/steps/ecs/order"
)

// option is an order that could be placed: there is stock, there is an image, and it has a price.
type option struct {
	order.Order
	Quote order.Quote `json:"quote"`
	Image image       `json:"image"`
	// Zones are all zones with stock, the best first; the order is for the first.
	Zones []string `json:"zones"`
}

// miss is what could not be ordered, and why.
type miss struct {
	Region string `json:"region"`
	Type   string `json:"type,omitempty"`
	Why    string `json:"why"`
}

func (m miss) String() string {
	if m.Type == "" {
		return m.Region + ": " + m.Why
	}
	return m.Type + " in " + m.Region + ": " + m.Why
}

// shop looks for options, region by region.
type shop struct {
	env    *steps.Env
	spec   spec
	misses []miss
}

// mostTried is how many types are looked at in a region: what the service recommends first is likeliest to be there.
const mostTried = 5

func (s *shop) reader(region string) reader {
	return reader{env: s.env, region: region, profile: s.env.Values.One("profile")}
}

// visit returns at most so many options in a region. What does not exist or is sold out is a miss, and no error; what
// would fail everywhere is an error, whichever region it is.
func (s *shop) visit(ctx context.Context, region string, most int) ([]option, error) {
	types, err := s.types(ctx, region)
	if err != nil {
		return nil, err
	}
	var options []option
	for _, t := range types {
		if len(options) == most {
			break
		}
		found, why, err := s.option(ctx, region, t)
		if err != nil {
			return nil, err
		}
		if why != "" {
			s.misses = append(s.misses, miss{region, t.ID, why})
			continue
		}
		options = append(options, found)
	}
	return options, nil
}

// types are those that would do: the one asked for, or what the service recommends, with what the catalogue says of
// them. The recommendation tells no architecture, which decides about the image (ecs-facts 5, 1 and 10).
func (s *shop) types(ctx context.Context, region string) ([]instanceType, error) {
	r := s.reader(region)
	ids := []string{s.spec.Type}
	if s.spec.Type == "" {
		rows, err := r.recommend(ctx, s.spec.wish)
		if elsewhereToo(err) {
			s.misses = append(s.misses, miss{Region: region, Why: "nothing recommended: " + steps.FromCall(err).Message})
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		ids = ids[:0]
		for _, row := range rows {
			if !slices.Contains(ids, row.Type) && len(ids) < mostTried {
				ids = append(ids, row.Type)
			}
		}
	}
	if len(ids) == 0 {
		s.misses = append(s.misses, miss{Region: region, Why: "nothing recommended"})
		return nil, nil
	}
	known, err := r.types(ctx, typeFilter{IDs: ids})
	if err != nil {
		return nil, err
	}
	var types []instanceType
	for _, id := range ids {
		at := slices.IndexFunc(known, func(t instanceType) bool { return t.ID == id })
		if at < 0 {
			s.misses = append(s.misses, miss{region, id, "is not in the catalogue of the region"})
			continue
		}
		types = append(types, known[at])
	}
	return types, nil
}

// option makes an order of t, or says why not.
func (s *shop) option(ctx context.Context, region string, t instanceType) (found option, why string, err error) {
	r := s.reader(region)
	family, err := order.FamilyOf(s.spec.Image, t.Architecture)
	var unknown *order.UnknownFamily
	switch {
	case errors.As(err, &unknown):
		return found, fmt.Sprintf("is %s, for which there is no image of %q", t.Architecture, s.spec.Image), nil
	case err != nil:
		return found, "", err
	}
	zones, err := s.zones(ctx, r, t.ID)
	if err != nil || len(zones) == 0 {
		return found, "no stock", skip(&err)
	}
	images, err := r.images(ctx, family, t.ID)
	switch {
	case err != nil:
		return found, "", err
	case len(images) == 0:
		return found, "no image of the family " + family, nil
	case images[0].SizeGiB > s.spec.Disk.SizeGiB:
		return found, fmt.Sprintf("the image needs a system disk of %d GiB: --disk-size %d", images[0].SizeGiB, images[0].SizeGiB), nil
	}
	found = option{Image: images[0], Zones: zones, Order: order.Order{
		Region: region, Zone: zones[0], InstanceType: t.ID, Cores: t.Cores, MemoryGiB: t.MemoryGiB, Architecture: t.Architecture,
		ImageFamily: family, ImageID: images[0].ID, Disk: s.spec.Disk, Bandwidth: s.spec.Bandwidth, Amount: 1,
	}}
	found.Quote, err = s.price(ctx, found.Order)
	if elsewhereToo(err) {
		return found, "no price: " + steps.FromCall(err).Code, nil
	}
	return found, "", err
}

// zones are those with stock, those that are replenished first.
func (s *shop) zones(ctx context.Context, r reader, instanceType string) ([]string, error) {
	rows, err := r.stock(ctx, instanceType, s.spec.Zone, s.spec.Disk.Category)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(rows, func(a, b zoneStock) int {
		switch {
		case a.Plenty == b.Plenty:
			return 0
		case a.Plenty:
			return -1
		}
		return 1
	})
	var zones []string
	for _, row := range rows {
		if row.Usable && (s.spec.Zone == "" || row.Zone == s.spec.Zone) {
			zones = append(zones, row.Zone)
		}
	}
	return zones, nil
}

// price asks for the price of exactly what would be ordered.
func (s *shop) price(ctx context.Context, o order.Order) (order.Quote, error) {
	q, err := s.reader(o.Region).price(ctx, pairs(o.PriceParams()))
	return order.Quote{Trade: q.Trade, Original: q.Original, Discount: q.Discount, Currency: q.Currency}, err
}

// elsewhereToo reports whether err says only that something is not to be had here.
func elsewhereToo(err error) bool {
	m := moveOf(err)
	return err != nil && (m == elsewhere || m == disk)
}

// skip clears an error that says only that something is not to be had here.
func skip(err *error) error {
	if elsewhereToo(*err) {
		return nil
	}
	return *err
}

func pairs(params []order.Param) []pair {
	out := make([]pair, len(params))
	for i, p := range params {
		out[i] = pair{p.Name, p.Value}
	}
	return out
}

// soldOut is the error of a search that found nothing, with the alternatives for a type that was named.
func (s *shop) soldOut(ctx context.Context, regions []string) error {
	what := fmt.Sprintf("%d vCPU and %s GiB", s.spec.Cores, decimal(s.spec.MemoryGiB))
	e := &steps.Error{Code: "NoStock", Exit: steps.ExitMissing, Details: map[string]any{"missed": s.misses}}
	if s.spec.Type != "" {
		what = s.spec.Type
		if alternatives := s.alternatives(ctx, regions[0]); len(alternatives) > 0 {
			e.Choices = alternatives
			e.Hints = append(e.Hints, "alternatives in "+regions[0]+": "+strings.Join(alternatives, ", ")+"; choose one with --type")
		}
	}
	e.Message = fmt.Sprintf("%s cannot be ordered in %s", what, strings.Join(regions, ", "))
	if len(s.misses) == 1 {
		e.Message += ": " + s.misses[0].Why
	}
	for _, m := range s.misses {
		e.Problems = append(e.Problems, steps.Problem{Where: m.Region, What: strings.TrimSpace(m.Type + " " + m.Why)})
	}
	e.Hints = append(e.Hints, "other regions: --regions cn-hangzhou,cn-shanghai,cn-beijing", "what is there: "+s.env.Command("ecs stock --region "+regions[0]))
	return e
}

// alternatives are what the service would take in the place of the type asked for. They are shown, never taken.
func (s *shop) alternatives(ctx context.Context, region string) []string {
	rows, err := s.reader(region).recommend(ctx, wish{Type: s.spec.Type, Zone: s.spec.Zone, Strategy: s.spec.Strategy})
	if err != nil {
		return nil
	}
	var ids []string
	for _, row := range rows {
		if row.Type != s.spec.Type && !slices.Contains(ids, row.Type) && len(ids) < mostTried {
			ids = append(ids, row.Type)
		}
	}
	return ids
}

// findTool shows what could be ordered.
var findTool = steps.Tool{
	Name: "find", Category: "RUN", Summary: "what could be ordered: types with stock, all zones, the price of each",
	Description: "Looks for instance types that have the size, an image and stock, region by region, and asks for the price with the very\n" +
		"options that would be ordered. Nothing is created. --type is looked up as it is: what could take its place is only named.",
	Example: "aligate ecs find --cores 2 --memory 4\naligate ecs find --type ecs.c7.large --regions cn-hangzhou,cn-shanghai --image \"ubuntu 24.04\" --bandwidth 5",
	Uses:    []string{"region", "profile"},
	Params: append(slices.Clone(specParams),
		steps.Param{Name: "limit", Default: "3", Check: checkWhole(1, 20), Usage: "at most `N` options"}),
	Run: runFind,
}

// finding is what find shows.
type finding struct {
	Regions []string `json:"regions"`
	Options []option `json:"options"`
	Missed  []miss   `json:"missed"`
}

func runFind(ctx context.Context, env *steps.Env) (steps.Outcome, error) {
	if problems := specProblems(env.Values); len(problems) > 0 {
		return steps.Outcome{}, steps.Usage(problems...)
	}
	s := &shop{env: env, spec: specOf(env.Values)}
	regions := order.Regions(givenRegions(env.Values), false)
	f := finding{Regions: regions, Options: []option{}, Missed: []miss{}}
	for _, region := range regions {
		found, err := s.visit(ctx, region, wholeOf(env.Values, "limit")-len(f.Options))
		if err != nil {
			return steps.Outcome{}, err
		}
		f.Options = append(f.Options, found...)
		if len(f.Options) == wholeOf(env.Values, "limit") {
			break
		}
	}
	f.Missed = append(f.Missed, s.misses...)
	if len(f.Options) == 0 {
		return steps.Outcome{Data: f}, s.soldOut(ctx, regions)
	}
	return steps.Outcome{Data: f, Text: f.text, Summary: fmt.Sprintf("%d options", len(f.Options))}, nil
}

func (f finding) text() string {
	text := table(f.Options, []column[option]{
		{"TYPE", func(o option) string { return o.InstanceType }},
		{"VCPU", func(o option) string { return strconv.Itoa(o.Cores) }},
		{"MEMORY GiB", func(o option) string { return decimal(o.MemoryGiB) }},
		{"REGION", func(o option) string { return o.Region }},
		{"ZONES", func(o option) string { return strings.Join(o.Zones, ", ") }},
		{"IMAGE", func(o option) string { return o.ImageID }},
		{"PRICE/HOUR", func(o option) string { return o.Quote.Currency + " " + string(o.Quote.Trade) }},
	})
	for _, m := range f.Missed {
		text += "\nnot: " + m.String()
	}
	return text
}

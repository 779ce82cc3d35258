package ecs

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"

	"aligate/steps"
)

// What an order has if nothing else is said (seed 001, ecs-facts 2.5).
const (
	defaultImageFamily  = "acs:alibaba_cloud_linux_3_2104_lts_x64"
	defaultDiskCategory = "cloud_essd"
	defaultDiskGiB      = "40"
	defaultDiskLevel    = "PL1"
)

// priceParams are the options of an order that have a price.
var priceParams = []steps.Param{
	typeParam,
	zoneParam,
	{Name: "image", Check: checkWord, Usage: "`ID` of the image; without it, the newest of --image-family"},
	{Name: "image-family", Check: checkWord, Usage: "`FAMILY` of the image", Otherwise: defaultImageFamily},
	{Name: "disk-category", Default: defaultDiskCategory, Check: oneOf(diskCategories), Usage: "`CATEGORY` of the system disk: " + listed(diskCategories)},
	{Name: "disk-size", Default: defaultDiskGiB, Check: checkWhole(1, 2048), Usage: "`GiB` of the system disk"},
	{Name: "disk-level", Check: oneOf(performanceLevels), Usage: "performance `LEVEL` of a disk of the category cloud_essd: " + listed(performanceLevels),
		Otherwise: defaultDiskLevel},
	{Name: "bandwidth", Default: "0", Check: checkWhole(0, 100), Usage: "outbound `MBIT/S` of a public IP, billed by traffic; 0 is no public IP"},
	{Name: "period-unit", Default: "Hour", Check: oneOf(periodUnits), Usage: "`UNIT` of the price: Hour is pay-as-you-go, Month and Year are subscriptions"},
	{Name: "period", Default: "1", Check: checkWhole(1, 9), Usage: "`NUMBER` of units: 1 hour, up to 9 months or 5 years"},
}

// mostPeriods is how many units a price can be asked for (ecs-facts 2.5).
var mostPeriods = map[string]int{"Hour": 1, "Month": 9, "Year": 5}

// leastGiB is the smallest disk of each performance level.
var leastGiB = map[string]int{"PL0": 1, "PL1": 20, "PL2": 461, "PL3": 1261}

func checkPrice(v steps.Values) []steps.Problem {
	var problems []steps.Problem
	add := func(flag, format string, args ...any) {
		problems = append(problems, steps.Problem{Where: "--" + flag, What: fmt.Sprintf(format, args...)})
	}
	if v.One("image") != "" && v.One("image-family") != "" {
		add("image-family", "does not go with --image")
	}
	if most := mostPeriods[v.One("period-unit")]; wholeOf(v, "period") > most {
		add("period", "is %s; with --period-unit %s it is at most %d", v.One("period"), v.One("period-unit"), most)
	}
	if v.One("disk-level") != "" && v.One("disk-category") != defaultDiskCategory {
		add("disk-level", "goes with --disk-category %s only", defaultDiskCategory)
	}
	if least := leastGiB[diskLevel(v)]; wholeOf(v, "disk-size") < least {
		add("disk-size", "is %s; a disk of the level %s has %d GiB at least", v.One("disk-size"), diskLevel(v), least)
	}
	return problems
}

// diskLevel is the performance level of the disk that is asked for, "" if its category has none.
func diskLevel(v steps.Values) string {
	switch {
	case v.One("disk-category") != defaultDiskCategory:
		return ""
	case v.One("disk-level") == "":
		return defaultDiskLevel
	}
	return v.One("disk-level")
}

func showPrice(ctx context.Context, r reader, v steps.Values) (listing, error) {
	id, err := r.imageToPrice(ctx, v)
	if err != nil {
		return listing{}, err
	}
	q, err := r.price(ctx, pricePairs(v, id))
	if err != nil {
		return listing{}, err
	}
	return listing{
		key: "price", thing: "price", rows: q, count: 1, table: priceText(q, v, id),
		more: map[string]any{"image": id, "traffic_included": false},
	}, nil
}

// imageToPrice is the image that is named, else the newest of the family.
func (r reader) imageToPrice(ctx context.Context, v steps.Values) (string, error) {
	if id := v.One("image"); id != "" {
		return id, nil
	}
	family, kind := v.One("image-family"), v.One("type")
	if family == "" {
		family = defaultImageFamily
	}
	found, err := r.images(ctx, family, kind)
	if err != nil {
		return "", err
	}
	if len(found) == 0 {
		return "", &steps.Error{Code: "ImageMissing", Exit: steps.ExitMissing,
			Message: fmt.Sprintf("no image of the family %s runs on %s in %s", family, kind, r.region),
			Hints:   []string{"an ARM type needs a family for arm64; those that there are: " + r.next("images", v, "--type", kind)}}
	}
	if size := wholeOf(v, "disk-size"); size < found[0].SizeGiB {
		return "", steps.Usage(steps.Problem{Where: "--disk-size", What: fmt.Sprintf("is %d; the image %s needs %d GiB", size, found[0].ID, found[0].SizeGiB)})
	}
	return found[0].ID, nil
}

// pricePairs are the parameters of DescribePrice. InstanceChargeType is none of them: the unit says it (ecs-facts 2.5).
func pricePairs(v steps.Values, image string) []pair {
	pairs := []pair{{"ResourceType", "instance"}, {"InstanceType", v.One("type")}, {"ZoneId", v.One("zone")}, {"ImageId", image},
		{"InstanceNetworkType", "vpc"}, {"IoOptimized", "optimized"}, {"PriceUnit", v.One("period-unit")}, {"Period", v.One("period")},
		{"Amount", "1"}, {"SystemDisk.Category", v.One("disk-category")}, {"SystemDisk.Size", v.One("disk-size")},
		{"SystemDisk.PerformanceLevel", diskLevel(v)}}
	if wide := v.One("bandwidth"); wide != "0" {
		pairs = append(pairs, pair{"InternetChargeType", "PayByTraffic"}, pair{"InternetMaxBandwidthOut", wide})
	}
	return pairs
}

// priceText shows a quote.
func priceText(q quote, v steps.Values, image string) string {
	term := " per " + strings.ToLower(v.One("period-unit"))
	if n := v.One("period"); n != "1" {
		term = " for " + n + " " + strings.ToLower(v.One("period-unit")) + "s"
	}
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	line := func(head, text string) {
		if text != "" {
			fmt.Fprintf(w, "%s\t%s\n", head, cell(text))
		}
	}
	amount := func(n string) string {
		if n == "" {
			return ""
		}
		return q.Currency + " " + n
	}
	line("instance type", v.One("type"))
	line("zone", v.One("zone"))
	line("image", image)
	line("system disk", strings.Join(strings.Fields(v.One("disk-category")+" "+diskLevel(v)+" "+v.One("disk-size")+" GiB"), " "))
	line("public bandwidth", v.One("bandwidth")+" Mbit/s")
	for _, d := range q.Details {
		line("part "+d.Resource, amount(d.Trade.String()))
	}
	line("list price", amount(q.Original.String()))
	line("discount (amount taken off)", amount(q.Discount.String()))
	line("price", amount(q.Trade.String())+term)
	w.Flush()
	return b.String() + "traffic is not included: a public IP is billed by the GB that leaves it"
}

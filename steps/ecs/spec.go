package ecs

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"aligate/steps"
	"aligate/steps/ecs/order"
	"aligate/steps/ecs/subnet"
)

// specParams are the flags that say what is ordered, the same for every command that finds or creates.
var specParams = []steps.Param{
	{Name: "cores", Check: checkWhole(1, 1024), Usage: "`N` vCPUs, together with --memory"},
	{Name: "memory", Check: checkSize, Usage: "`GIB` of memory, together with --cores"},
	{Name: "type", Check: checkType, Usage: "this instance `TYPE` and no other, e.g. ecs.c7.large; instead of --cores and --memory"},
	{Name: "regions", Check: checkRegions, Usage: "`REGIONS` to try, in order, with commas between them; --region names one alone"},
	{Name: "zone", Check: checkZone, Usage: "this `ZONE` only, e.g. cn-hangzhou-k; needs --region"},
	{Name: "image", Default: "alibaba cloud linux 3", Usage: "`WORDS` of the image family, e.g. \"ubuntu 24.04\" or acs:debian_12_x64; the newest image of it is taken"},
	{Name: "disk-category", Default: "cloud_essd", Check: oneOf(diskCategories), Usage: "`CATEGORY` of the system disk"},
	{Name: "disk-size", Default: "40", Check: checkWhole(20, 2048), Usage: "`GIB` of the system disk"},
	{Name: "disk-performance", Check: oneOf(performanceLevels), Otherwise: "PL1", Usage: "performance `LEVEL` of a cloud_essd disk"},
	{Name: "bandwidth", Check: checkWhole(0, 100), Otherwise: "0, or 5 if the script fetches something from overseas",
		Usage: "`MBIT` per second out to the internet; above 0, the instance gets a public address, and traffic is billed"},
	{Name: "strategy", Default: "InventoryFirst", Check: oneOf(strategies), Usage: "which types come `FIRST`"},
}

// spec is what is asked for, before anybody knows what there is.
type spec struct {
	wish
	// Image are the words of the image family.
	Image     string
	Disk      order.Disk
	Bandwidth int
}

// specOf reads the flags, which have been checked one by one.
func specOf(v steps.Values) spec {
	s := spec{wish: wishOf(v), Image: v.One("image"), Bandwidth: wholeOf(v, "bandwidth"),
		Disk: order.Disk{Category: v.One("disk-category"), SizeGiB: wholeOf(v, "disk-size"), Performance: v.One("disk-performance")}}
	if s.Disk.Category == "cloud_essd" {
		s.Disk.Performance = cmp.Or(s.Disk.Performance, "PL1")
	}
	return s
}

// specProblems are what does not go together.
func specProblems(v steps.Values) []steps.Problem {
	var problems []steps.Problem
	add := func(where, what string) { problems = append(problems, steps.Problem{Where: where, What: what}) }
	sized := v.One("cores") != "" || v.One("memory") != ""
	switch {
	case v.One("type") != "" && sized:
		add("--type", "names the instance type; leave out --cores and --memory, or leave out --type")
	case v.One("type") == "" && (v.One("cores") == "" || v.One("memory") == ""):
		add("--cores", "and --memory say together what is needed, e.g. --cores 2 --memory 4; or name the --type")
	}
	if v.One("region") != "" && v.One("regions") != "" {
		add("--regions", "and --region exclude each other")
	}
	if zone := v.One("zone"); zone != "" && (v.One("region") == "" || !strings.HasPrefix(zone, v.One("region"))) {
		add("--zone", fmt.Sprintf("%q is not a zone of --region %q", zone, v.One("region")))
	}
	if v.One("disk-performance") != "" && v.One("disk-category") != "cloud_essd" {
		add("--disk-performance", "is for --disk-category cloud_essd only")
	}
	if _, err := order.FamilyOf(v.One("image"), ""); err != nil {
		add("--image", err.Error())
	}
	return problems
}

// givenRegions are those of the flags, in their order.
func givenRegions(v steps.Values) []string {
	if v.One("region") != "" {
		return []string{v.One("region")}
	}
	if v.One("regions") == "" {
		return nil
	}
	return strings.Split(v.One("regions"), ",")
}

func checkType(v string) error {
	if !strings.HasPrefix(v, "ecs.") || strings.Count(v, ".") < 2 || strings.Trim(v, "abcdefghijklmnopqrstuvwxyz0123456789.-") != "" {
		return fmt.Errorf("%q is not an instance type such as ecs.c7.large", v)
	}
	return nil
}

func checkRegions(v string) error {
	var seen []string
	for region := range strings.SplitSeq(v, ",") {
		if err := steps.CheckRegion(region); err != nil {
			return err
		}
		if slices.Contains(seen, region) {
			return fmt.Errorf("%q stands there twice", region)
		}
		seen = append(seen, region)
	}
	return nil
}

// ingressParams are the flags of what may come in.
var ingressParams = []steps.Param{
	{Name: "ingress", Check: checkText, Otherwise: "nothing", Usage: "`RULES` of what may come in, with commas between them, e.g. 80/80,443/443@0.0.0.0/0,22/22@203.0.113.5/32"},
	{Name: "allow-world", Check: checkPorts, Usage: "`PORTS` for management or databases that may be open to the world all the same"},
}

// rulesOf reads the rules, with what is wrong with them.
func rulesOf(v steps.Values) ([]subnet.Rule, []steps.Problem) {
	if v.One("ingress") == "" {
		return nil, nil
	}
	var ports []int
	for _, port := range strings.Split(v.One("allow-world"), ",") {
		if n, err := strconv.Atoi(port); err == nil {
			ports = append(ports, n)
		}
	}
	rules, wrong := subnet.ParseRules(v.One("ingress"), ports)
	var problems []steps.Problem
	for _, what := range wrong {
		problems = append(problems, steps.Problem{Where: "--ingress", What: what})
	}
	return rules, problems
}

func checkPorts(v string) error {
	for port := range strings.SplitSeq(v, ",") {
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
			return fmt.Errorf("%q is not a port", port)
		}
	}
	return nil
}

func checkText(v string) error {
	if strings.TrimSpace(v) == "" {
		return fmt.Errorf("is blank")
	}
	return nil
}

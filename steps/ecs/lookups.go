package ecs

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"aligate/runner"
	"aligate/steps"
)

// lookup is a command that shows what there is: a row of the table below. Another one is another row.
type lookup struct {
	name        string
	summary     string
	description string
	example     string
	params      []steps.Param
	// anywhere is set if the answer is the same in every region: then none has to be named.
	anywhere bool
	// check finds problems between flags; each alone is the business of its Param. May be nil.
	check func(v steps.Values) []steps.Problem
	show  func(ctx context.Context, r reader, v steps.Values) (listing, error)
}

// anyRegion is the region that answers what is the same in all of them.
const anyRegion = "cn-hangzhou"

// lookupTable is all look-ups, in the order in which one needs them.
var lookupTable = []lookup{
	{
		name: "recommend", summary: "instance types for cores and memory, best first",
		description: "Asks the service which instance types with stock come closest to --cores and --memory, or can stand in for --type: it\n" +
			"answers with alternatives, which need not include that type. Neither prices nor architectures are in the answer.",
		example: "aligate ecs recommend --region cn-hangzhou --cores 2 --memory 4 --strategy PriceFirst",
		params: []steps.Param{
			coresParam, memoryParam,
			{Name: "type", Check: checkID("ecs."), Usage: "instance `TYPE` to find alternatives to, instead of --cores and --memory"},
			zoneParam,
			{Name: "family", Repeat: true, Check: checkID("ecs."), Usage: "only this instance type `FAMILY`, e.g. ecs.g7; may be given up to 10 times"},
			{Name: "strategy", Check: oneOf(strategies), Usage: "what comes first: `STRATEGY` " + listed(strategies), Otherwise: "InventoryFirst"},
			diskCategoryParam,
			{Name: "level", Check: oneOf(levels), Usage: "`LEVEL` of the family: " + listed(levels)},
		},
		check: checkWish,
		show:  showRecommended,
	},
	{
		name: "types", summary: "the catalogue of instance types",
		description: "What instance types are like: cores, memory, GPUs, architecture. It says nothing of stock: aligate ecs stock does.",
		example:     "aligate ecs types --region cn-hangzhou --family ecs.gn7i --min-gpus 1 --max-memory 64",
		params: []steps.Param{
			{Name: "type", Repeat: true, Check: checkID("ecs."), Usage: "only this instance `TYPE`; may be given several times"},
			{Name: "family", Check: checkID("ecs."), Usage: "only this instance type `FAMILY`, e.g. ecs.g7"},
			{Name: "min-cores", Check: checkWhole(1, 4096), Usage: "`NUMBER` of vCPUs at least"},
			{Name: "max-cores", Check: checkWhole(1, 4096), Usage: "`NUMBER` of vCPUs at most"},
			{Name: "min-memory", Check: checkSize, Usage: "`GiB` of memory at least"},
			{Name: "max-memory", Check: checkSize, Usage: "`GiB` of memory at most"},
			{Name: "min-gpus", Check: checkWhole(1, 64), Usage: "`NUMBER` of GPUs at least"},
			{Name: "max-gpus", Check: checkWhole(1, 64), Usage: "`NUMBER` of GPUs at most"},
			{Name: "architecture", Check: oneOf(cpuArchitectures), Usage: "`ARCHITECTURE` " + listed(cpuArchitectures)},
		},
		check: checkBounds,
		show:  showTypes,
	},
	{
		name: "families", summary: "the instance type families",
		description: "Lists the families, e.g. ecs.g7. The service knows of newer generations than it documents.",
		example:     "aligate ecs families --region cn-hangzhou --generation ecs-6",
		params:      []steps.Param{{Name: "generation", Check: checkID("ecs-"), Usage: "only this `GENERATION`, e.g. ecs-6"}},
		show:        showFamilies,
	},
	{
		name: "regions", summary: "the regions of the account", anywhere: true,
		description: "Lists the regions. Which region is asked makes no difference; without --region it is " + anyRegion + ".",
		example:     "aligate ecs regions",
		show:        showRegions,
	},
	{
		name: "zones", summary: "the zones of a region",
		description: "Lists the zones. What a zone sells is in aligate ecs stock.",
		example:     "aligate ecs zones --region ap-southeast-1",
		show:        showZones,
	},
	{
		name: "stock", summary: "the zones in which an instance type can be bought",
		description: "Asks for the stock of one instance type, pay-as-you-go. A zone is usable if both it and the type are available there;\n" +
			"low stock is sold until it is gone. With --disks, the system disks that the type can have in a zone.",
		example: "aligate ecs stock --region cn-hangzhou --type ecs.c7.large --disk-category cloud_essd",
		params: []steps.Param{
			typeParam, zoneParam, diskCategoryParam,
			{Name: "disks", Bool: true, Usage: "show the system disks that --type can have in --zone"},
		},
		check: checkStock,
		show:  showStock,
	},
	{
		name: "price", summary: "what an instance costs",
		description: "Asks what one instance with these options costs, all of them part of the price: without an image, the service leaves the\n" +
			"system disk out. Without --image it is the newest of --image-family. Public traffic is billed by the GB and not included.\n" +
			"The discount is the amount taken off the list price, not a price.",
		example: "aligate ecs price --region cn-hangzhou --type ecs.c7.large --zone cn-hangzhou-k --disk-size 40 --bandwidth 5",
		params:  priceParams,
		check:   checkPrice,
		show:    showPrice,
	},
	{
		name: "images", summary: "the system's images, newest first",
		description: "Lists the images that Alibaba Cloud provides. With --type, only those that run on it: an ARM type has none of a family\n" +
			"whose name ends in _x64. Ids differ from region to region and are replaced; families stay.",
		example: "aligate ecs images --region cn-hangzhou --family acs:ubuntu_24_04_x64 --type ecs.c7.large",
		params: []steps.Param{
			{Name: "family", Check: checkWord, Usage: "only this image `FAMILY`, e.g. " + defaultImageFamily},
			{Name: "type", Check: checkID("ecs."), Usage: "only what runs on this instance `TYPE`"},
			{Name: "os", Check: oneOf(systems), Usage: "only this `SYSTEM`: " + listed(systems)},
			{Name: "architecture", Check: oneOf(imageArchitectures), Usage: "only this `ARCHITECTURE`: " + listed(imageArchitectures)},
		},
		show: showImages,
	},
	{
		name: "instances", summary: "instances, by id, tag, network or name",
		description: "Lists instances for which all that is given holds. One filter at least is required. An id that does not exist is not\n" +
			"in the list.",
		example: "aligate ecs instances --region cn-hangzhou --tag acf-run=r-01",
		params: []steps.Param{
			{Name: "instance-id", Repeat: true, Check: checkID("i-"), Usage: "`ID` of an instance; may be given several times"},
			{Name: "tag", Check: checkTag, Usage: "`KEY=VALUE` of a tag, or KEY alone"},
			{Name: "vpc-id", Check: checkID("vpc-"), Usage: "`ID` of the VPC"},
			{Name: "vswitch-id", Check: checkID("vsw-"), Usage: "`ID` of the vswitch"},
			{Name: "security-group-id", Check: checkID("sg-"), Usage: "`ID` of a security group"},
			{Name: "name", Usage: "`NAME`, the whole of it"},
		},
		check: func(v steps.Values) []steps.Problem {
			return needsOne(v, "instance-id", "tag", "vpc-id", "vswitch-id", "security-group-id", "name")
		},
		show: showInstances,
	},
	{
		name: "invocations", summary: "scripts that were run on instances, and how they ended",
		description: "Lists invocations of Cloud Assistant, a row for each instance. The script and what it printed are not shown: both may\n" +
			"hold what is nobody's business.",
		example: "aligate ecs invocations --region cn-hangzhou --instance-id i-bp1abc",
		params: []steps.Param{
			{Name: "invoke-id", Check: checkID("t-"), Usage: "`ID` of the invocation"},
			{Name: "instance-id", Check: checkID("i-"), Usage: "`ID` of an instance"},
		},
		check: func(v steps.Values) []steps.Problem { return needsOne(v, "invoke-id", "instance-id") },
		show:  showInvocations,
	},
}

// Parameters that several look-ups have.
var (
	coresParam        = steps.Param{Name: "cores", Check: checkWhole(1, 4096), Usage: "`NUMBER` of vCPUs"}
	memoryParam       = steps.Param{Name: "memory", Check: checkSize, Usage: "`GiB` of memory"}
	typeParam         = steps.Param{Name: "type", Required: true, Check: checkID("ecs."), Usage: "instance `TYPE`, e.g. ecs.c7.large"}
	zoneParam         = steps.Param{Name: "zone", Check: checkZone, Usage: "`ZONE`, e.g. cn-hangzhou-k"}
	diskCategoryParam = steps.Param{Name: "disk-category", Check: oneOf(diskCategories), Usage: "`CATEGORY` of the system disk: " + listed(diskCategories)}
)

// lookups makes the commands of the table.
func lookups() []steps.Tool {
	tools := make([]steps.Tool, len(lookupTable))
	for i, l := range lookupTable {
		tools[i] = steps.Tool{
			Name: l.name, Summary: l.summary, Description: l.description, Example: l.example, Category: "LOOK-UPS",
			Uses: []string{"region"}, Params: l.params, Run: l.run,
		}
	}
	return tools
}

// run checks what the flags are together, asks, and shows the answer.
func (l lookup) run(ctx context.Context, env *steps.Env) (steps.Outcome, error) {
	var problems []steps.Problem
	r := newReader(env)
	if r.region == "" {
		if !l.anywhere {
			problems = append(problems, steps.Problem{Where: "--region", What: "is required"})
		}
		r.region = anyRegion
	}
	if l.check != nil {
		problems = append(problems, l.check(env.Values)...)
	}
	if len(problems) > 0 {
		return steps.Outcome{}, steps.Usage(problems...)
	}
	found, err := l.show(ctx, r, env.Values)
	if err != nil {
		return steps.Outcome{}, err
	}
	return found.outcome(r), nil
}

func showRecommended(ctx context.Context, r reader, v steps.Values) (listing, error) {
	rows, err := r.recommend(ctx, wishOf(v))
	return list("candidates", "instance type", rows,
		column[candidate]{"TYPE", func(c candidate) string { return c.Type }},
		column[candidate]{"FAMILY", func(c candidate) string { return c.Family }},
		column[candidate]{"CORES", func(c candidate) string { return strconv.Itoa(c.Cores) }},
		column[candidate]{"MEMORY GiB", func(c candidate) string { return decimal(c.MemoryGiB) }},
		column[candidate]{"ZONES", func(c candidate) string { return strings.Join(c.Zones, ", ") }},
	).otherwise("the service recommends none", r.next("types", v, "--min-cores", v.One("cores"), "--min-memory", v.One("memory"))), err
}

func wishOf(v steps.Values) wish {
	return wish{Cores: wholeOf(v, "cores"), MemoryGiB: sizeOf(v, "memory"), Type: v.One("type"), Zone: v.One("zone"), Families: v["family"],
		Strategy: v.One("strategy"), DiskCategory: v.One("disk-category"), Level: v.One("level")}
}

func checkWish(v steps.Values) []steps.Problem {
	var problems []steps.Problem
	for _, flag := range []string{"cores", "memory"} {
		if v.One("type") != "" && v.One(flag) != "" {
			problems = append(problems, steps.Problem{Where: "--" + flag, What: "does not go with --type: give either that, or --cores and --memory"})
		} else if v.One("type") == "" && v.One(flag) == "" {
			problems = append(problems, steps.Problem{Where: "--" + flag, What: "is required, unless --type is given"})
		}
	}
	if len(v["family"]) > mostFamilies {
		problems = append(problems, steps.Problem{Where: "--family", What: fmt.Sprintf("may be given %d times, not %d", mostFamilies, len(v["family"]))})
	}
	return problems
}

func showTypes(ctx context.Context, r reader, v steps.Values) (listing, error) {
	rows, err := r.types(ctx, typeFilter{
		IDs: v["type"], Family: v.One("family"), Architecture: v.One("architecture"),
		MinCores: wholeOf(v, "min-cores"), MaxCores: wholeOf(v, "max-cores"),
		MinMemoryGiB: sizeOf(v, "min-memory"), MaxMemoryGiB: sizeOf(v, "max-memory"),
		MinGPU: wholeOf(v, "min-gpus"), MaxGPU: wholeOf(v, "max-gpus"),
	})
	return list("types", "instance type", rows,
		column[instanceType]{"TYPE", func(t instanceType) string { return t.ID }},
		column[instanceType]{"FAMILY", func(t instanceType) string { return t.Family }},
		column[instanceType]{"CORES", func(t instanceType) string { return strconv.Itoa(t.Cores) }},
		column[instanceType]{"MEMORY GiB", func(t instanceType) string { return decimal(t.MemoryGiB) }},
		column[instanceType]{"GPUS", func(t instanceType) string { return strings.TrimSpace(whole(t.GPUs) + " " + t.GPU) }},
		column[instanceType]{"ARCHITECTURE", func(t instanceType) string { return t.Architecture }},
		column[instanceType]{"LEVEL", func(t instanceType) string { return t.Level }},
	).otherwise("the catalogue has none like that", r.next("families", v)), err
}

func checkBounds(v steps.Values) []steps.Problem {
	var problems []steps.Problem
	for _, of := range []string{"cores", "memory", "gpus"} {
		least, most := sizeOf(v, "min-"+of), sizeOf(v, "max-"+of)
		if most != 0 && least > most {
			problems = append(problems, steps.Problem{Where: "--min-" + of, What: fmt.Sprintf("is %s, and --max-%s is %s", v.One("min-"+of), of, v.One("max-"+of))})
		}
	}
	return problems
}

func showFamilies(ctx context.Context, r reader, v steps.Values) (listing, error) {
	rows, err := r.families(ctx, v.One("generation"))
	return list("families", "instance type family", rows,
		column[family]{"FAMILY", func(f family) string { return f.ID }},
		column[family]{"GENERATION", func(f family) string { return f.Generation }},
	).otherwise("there is none of this generation", r.next("families", v)), err
}

func showRegions(ctx context.Context, r reader, _ steps.Values) (listing, error) {
	rows, err := r.regions(ctx)
	found := list("regions", "region", rows,
		column[region]{"REGION", func(g region) string { return g.ID }},
		column[region]{"STATUS", func(g region) string { return g.Status }},
		column[region]{"ENDPOINT", func(g region) string { return g.Endpoint }},
		column[region]{"NAME", func(g region) string { return g.Name }},
	).otherwise("the account sees no region; its permissions may end here", "aliyun sts GetCallerIdentity")
	found.anywhere = true
	return found, err
}

func showZones(ctx context.Context, r reader, v steps.Values) (listing, error) {
	rows, err := r.zones(ctx)
	return list("zones", "zone", rows,
		column[zone]{"ZONE", func(z zone) string { return z.ID }},
		column[zone]{"NAME", func(z zone) string { return z.Name }},
	).otherwise("the region has none; its name may be wrong", r.next("regions", v)), err
}

func checkStock(v steps.Values) []steps.Problem {
	switch {
	case v.Is("disks") && v.One("zone") == "":
		return []steps.Problem{{Where: "--zone", What: "is required with --disks"}}
	case v.Is("disks") && v.One("disk-category") != "":
		return []steps.Problem{{Where: "--disk-category", What: "does not go with --disks, which shows them all"}}
	}
	return nil
}

func showStock(ctx context.Context, r reader, v steps.Values) (listing, error) {
	kind, where := v.One("type"), v.One("zone")
	if v.Is("disks") {
		rows, err := r.disks(ctx, kind, where)
		return list("disks", "system disk category", rows,
			column[diskStock]{"CATEGORY", func(d diskStock) string { return d.Category }},
			column[diskStock]{"MIN GiB", func(d diskStock) string { return whole(d.MinGiB) }},
			column[diskStock]{"MAX GiB", func(d diskStock) string { return whole(d.MaxGiB) }},
			column[diskStock]{"USABLE", func(d diskStock) string { return yes(d.Usable) }},
		).otherwise(kind+" is not sold in "+where, r.next("stock", v, "--type", kind)), err
	}
	rows, err := r.stock(ctx, kind, where, v.One("disk-category"))
	return list("zones", "zone", rows,
		column[zoneStock]{"ZONE", func(s zoneStock) string { return s.Zone }},
		column[zoneStock]{"USABLE", func(s zoneStock) string { return yes(s.Usable) }},
		column[zoneStock]{"STOCK", func(s zoneStock) string { return stockWords(s) }},
		column[zoneStock]{"STATUS", func(s zoneStock) string { return strings.TrimSpace(s.Status + " " + s.Category) }},
	).otherwise("no zone offers "+kind+" with these options", r.next("recommend", v, "--type", kind)), err
}

// stockWords says how much there is, for people.
func stockWords(s zoneStock) string {
	switch {
	case s.Plenty:
		return "yes"
	case s.Usable:
		return "low"
	}
	return "none"
}

func showImages(ctx context.Context, r reader, v steps.Values) (listing, error) {
	rows, err := r.images(ctx, v.One("family"), v.One("type"))
	rows = slices.DeleteFunc(rows, func(i image) bool {
		return !asked(v.One("os"), i.OSType) || !asked(v.One("architecture"), i.Architecture)
	})
	why, next := "the region has none", r.next("regions", v)
	if v.One("family") != "" && v.One("type") != "" {
		why, next = "none of the family runs on "+v.One("type")+"; an ARM type needs a family for arm64", r.next("images", v, "--type", v.One("type"))
	} else if v.One("family")+v.One("type")+v.One("os")+v.One("architecture") != "" {
		why, next = "the region has none like that", r.next("images", v)
	}
	return list("images", "image", rows,
		column[image]{"IMAGE", func(i image) string { return i.ID }},
		column[image]{"FAMILY", func(i image) string { return i.Family }},
		column[image]{"SYSTEM", func(i image) string { return i.OS }},
		column[image]{"ARCHITECTURE", func(i image) string { return i.Architecture }},
		column[image]{"SIZE GiB", func(i image) string { return whole(i.SizeGiB) }},
		column[image]{"CREATED", func(i image) string { return i.Created }},
	).otherwise(why, next), err
}

func showInstances(ctx context.Context, r reader, v steps.Values) (listing, error) {
	key, value, _ := strings.Cut(v.One("tag"), "=")
	rows, err := r.instances(ctx, instanceFilter{IDs: distinct(v["instance-id"]), TagKey: key, TagValue: value, VPC: v.One("vpc-id"),
		VSwitch: v.One("vswitch-id"), SecurityGroup: v.One("security-group-id"), Name: v.One("name")})
	return list("instances", "instance", rows,
		column[instance]{"INSTANCE", func(i instance) string { return i.ID }},
		column[instance]{"STATUS", func(i instance) string { return i.Status }},
		column[instance]{"ZONE", func(i instance) string { return i.Zone }},
		column[instance]{"TYPE", func(i instance) string { return i.Type }},
		column[instance]{"CORES", func(i instance) string { return whole(i.Cores) }},
		column[instance]{"MEMORY GiB", func(i instance) string { return decimal(i.MemoryGiB) }},
		column[instance]{"PUBLIC IP", func(i instance) string { return strings.Join(i.PublicIPs, ", ") }},
		column[instance]{"PRIVATE IP", func(i instance) string { return strings.Join(i.PrivateIPs, ", ") }},
		column[instance]{"AUTO RELEASE", func(i instance) string { return i.AutoRelease }},
		column[instance]{"NAME", func(i instance) string { return i.Name }},
	).otherwise("no instance of "+r.region+" is like that; it may be in another region, or released", r.next("regions", v)), err
}

func showInvocations(ctx context.Context, r reader, v steps.Values) (listing, error) {
	rows, err := r.invocations(ctx, v.One("invoke-id"), v.One("instance-id"))
	next := r.next("regions", v)
	if id := v.One("instance-id"); id != "" {
		next = r.next("instances", v, "--instance-id", id)
	}
	return list("invocations", "invocation", rows,
		column[invocation]{"INVOCATION", func(i invocation) string { return i.ID }},
		column[invocation]{"STATUS", func(i invocation) string { return i.Status }},
		column[invocation]{"INSTANCE", func(i invocation) string { return i.Instance }},
		column[invocation]{"THERE", func(i invocation) string { return i.InstanceStatus }},
		column[invocation]{"EXIT", func(i invocation) string { return i.exit() }},
		column[invocation]{"ERROR", func(i invocation) string { return i.ErrorCode }},
		column[invocation]{"BEGAN", func(i invocation) string { return i.Created }},
	).otherwise("nothing was run like that in "+r.region, next), err
}

// exit is the script's exit code where there is one that means something: the service sends 0 for what still runs, and
// for what never ended (ecs-facts 2.12).
func (i invocation) exit() string {
	if i.ExitCode == nil || i.InstanceStatus != "Success" && i.InstanceStatus != "Failed" {
		return ""
	}
	return strconv.Itoa(*i.ExitCode)
}

// next is a command line that asks further, in the same region and with the same profile; flags are names and values
// by turns, and those without a value are left out.
func (r reader) next(name string, v steps.Values, flags ...string) string {
	words := []string{"aligate", "ecs", name}
	if name != "regions" {
		words = append(words, "--region", r.region)
	}
	for pair := range slices.Chunk(append(flags, "--profile", v.One("profile")), 2) {
		if pair[1] != "" {
			words = append(words, pair...)
		}
	}
	return runner.Quote(words...)
}

// distinct returns values without repetitions.
func distinct(values []string) []string {
	var out []string
	for _, v := range values {
		if !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

func yes(b bool) string { return map[bool]string{true: "yes", false: "no"}[b] }

// needsOne is the problem of a look-up that would list everything.
func needsOne(v steps.Values, flags ...string) []steps.Problem {
	for _, flag := range flags {
		if v.One(flag) != "" {
			return nil
		}
	}
	return []steps.Problem{{Where: "--" + flags[0], What: "is required, or one of --" + strings.Join(flags[1:], ", --")}}
}

// wholeOf is the number that a flag holds, 0 if it was not given; its Check has read it before.
func wholeOf(v steps.Values, flag string) int {
	n, _ := strconv.Atoi(cmp.Or(v.One(flag), "0"))
	return n
}

// sizeOf is the same for GiB.
func sizeOf(v steps.Values, flag string) float64 {
	n, _ := strconv.ParseFloat(cmp.Or(v.One(flag), "0"), 64)
	return n
}

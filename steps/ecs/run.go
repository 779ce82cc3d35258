package ecs

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"aligate/steps"
	"aligate/steps/ecs/order"
	"aligate/steps/ecs/script"
	"aligate/steps/ecs/subnet"
)

// mode is what distinguishes the commands that create an instance.
type mode struct {
	command string
	// script is set for those that run one; oneShot for those that release everything after it.
	script, oneShot bool
	params          []steps.Param
}

// keepParam leaves what a failed run has made, for a look at it.
var keepParam = steps.Param{Name: "keep-on-failure", Bool: true, Usage: "if it fails, keep what was made and say how to release it"}

var (
	runMode = mode{command: "run", script: true, oneShot: true, params: slices.Concat([]steps.Param{params[0]}, specParams, networkParams, ingressParams, commandParams, confirmParams,
		[]steps.Param{keepParam, {Name: "one-shot", Bool: true, Usage: "release everything after the script, although it seems to leave something running"}})}
	upMode     = mode{command: "up", script: true, params: slices.Concat([]steps.Param{params[0]}, specParams, networkParams, ingressParams, commandParams, confirmParams, []steps.Param{keepParam})}
	createMode = mode{command: "create", params: slices.Concat([]steps.Param{params[0]}, specParams, networkParams, ingressParams, confirmParams, []steps.Param{keepParam})}
)

// own are the flags of a command that are not the workflow's.
func (m mode) own() []steps.Param { return m.params[1:] }

var runTool = steps.Tool{
	Name: "run", Args: "SCRIPT", Category: "RUN", Summary: "one-shot: run a script on a new instance, then release everything",
	Description: "Checks the script, finds an instance type with stock, shows the price and asks. Then it makes network, security group and\n" +
		"instance, runs the script, shows its output and releases what it made, in reverse, whatever happens. The exit code is 0 only if\n" +
		"the script's was. Without a terminal it stops at the price with exit 7 and names the command that goes on. The service itself\n" +
		"releases the instance if nobody else does (AutoReleaseTime).",
	Example: "aligate ecs run job.sh --cores 2 --memory 4\naligate ecs run job.sh --type ecs.c7.large --region cn-hangzhou --confirm-price 0.49",
	Uses:    []string{"region", "profile"}, Params: runMode.own(), Changes: true,
	Run: func(ctx context.Context, env *steps.Env) (steps.Outcome, error) { return start(ctx, env, runMode) },
}

var upTool = steps.Tool{
	Name: "up", Args: "SCRIPT", Category: "RUN", Summary: "long-running: run a script on a new instance and keep it",
	Description: "Like run, but what was made stays when the script has done well, and goes on costing: ecs runs lists it, ecs release RUN\n" +
		"releases it. If anything fails before that, everything is released, unless --keep-on-failure is given.",
	Example: "aligate ecs up serve.sh --cores 2 --memory 4 --bandwidth 5 --ingress 80/80",
	Uses:    []string{"region", "profile"}, Params: upMode.own(), Changes: true,
	Run: func(ctx context.Context, env *steps.Env) (steps.Outcome, error) { return start(ctx, env, upMode) },
}

var createTool = steps.Tool{
	Name: "create", Category: "STEPS", Summary: "create an instance and keep it, without a script",
	Description: "The part of up that comes before the script: price, confirmation, network, security group, image, instance. Afterwards\n" +
		"ecs exec runs scripts on it, and ecs release RUN releases it.",
	Example: "aligate ecs create --cores 2 --memory 4 --region cn-hangzhou",
	Uses:    []string{"region", "profile"}, Params: createMode.own(), Changes: true,
	Run: func(ctx context.Context, env *steps.Env) (steps.Outcome, error) { return start(ctx, env, createMode) },
}

// flow is one of these commands on its way.
type flow struct {
	*work
	mode
	script  *script.Script
	rules   []subnet.Rule
	shop    *shop
	regions []string
	deal    *deal
	// chosen is what is ordered, confirmed the price that was agreed to.
	chosen    option
	confirmed order.Quote
	// tried are the types that were tried in the region at hand.
	tried []string
	// up is the instance, once it runs; done what came of the script.
	up   instance
	done execution
	// notes explain choices.
	notes []string
}

// start does the whole of a command.
func start(ctx context.Context, env *steps.Env, m mode) (steps.Outcome, error) {
	f := &flow{mode: m}
	if err := f.prepare(ctx, env); err != nil {
		return steps.Outcome{}, err
	}
	if err := f.agree(ctx, env); err != nil {
		return steps.Outcome{}, err
	}
	if err := f.deal.spend(); err != nil {
		return steps.Outcome{}, err
	}
	w, err := begin(env, f.chosen.Region, about{Command: f.command, Script: f.scriptName(env), Region: f.chosen.Region, OneShot: f.oneShot, Order: &f.chosen.Order, Quote: &f.confirmed})
	if err != nil {
		return steps.Outcome{}, err
	}
	f.work = w
	env.Note("run %s", w.ledger.Run)
	err = f.carryOut(ctx)
	return f.finish(ctx, err)
}

func (f *flow) scriptName(env *steps.Env) string {
	if f.mode.script {
		return env.Args[0]
	}
	return ""
}

// prepare checks everything that can be checked before the service is asked.
func (f *flow) prepare(ctx context.Context, env *steps.Env) error {
	problems := specProblems(env.Values)
	rules, wrong := rulesOf(env.Values)
	problems = append(problems, wrong...)
	if env.Values.One("vswitch-id") != "" && env.Values.One("region") == "" {
		problems = append(problems, steps.Problem{Where: "--vswitch-id", What: "needs --region"})
	}
	if env.Values.One("vswitch-id") != "" && env.Values.One("vpc-id") == "" {
		problems = append(problems, steps.Problem{Where: "--vswitch-id", What: "needs --vpc-id"})
	}
	if env.Values.One("security-group-id") != "" && (env.Values.One("vpc-id") == "" || len(rules) > 0) {
		problems = append(problems, steps.Problem{Where: "--security-group-id", What: "needs --vpc-id, and no --ingress: the group is used as it is"})
	}
	want := map[bool]int{true: 1, false: 0}[f.mode.script]
	if len(env.Args) != want {
		problems = append(problems, steps.Problem{Where: f.command, What: fmt.Sprintf("takes %d arguments, not %d", want, len(env.Args))})
	}
	if len(problems) > 0 {
		return steps.Usage(problems...)
	}
	f.rules = rules
	f.shop = &shop{env: env, spec: specOf(env.Values)}
	f.deal = &deal{env: env, command: f.command, params: f.params}
	if f.mode.script {
		if err := f.readScript(ctx, env); err != nil {
			return err
		}
	}
	f.choosePlace(env)
	f.deal.extra = f.bound(env)
	return nil
}

// bound is what a confirmation is bound to beside the order: what runs there, and who gets in.
func (f *flow) bound(env *steps.Env) string {
	parts := []string{f.command, env.Values.One("vpc-id"), env.Values.One("vswitch-id"), env.Values.One("security-group-id"), env.Values.One("command-timeout")}
	if f.script != nil {
		parts = append(parts, f.script.Digest())
	}
	for _, rule := range f.rules {
		parts = append(parts, rule.String())
	}
	sum := sha256.Sum256([]byte(strings.Join(parts, "\n")))
	return hex.EncodeToString(sum[:])
}

// readScript reads the script and asks what to do about one that seems to leave something running.
func (f *flow) readScript(ctx context.Context, env *steps.Env) error {
	s, err := loadScript(env, env.Args[0])
	if err != nil {
		return err
	}
	f.script = s
	if !f.oneShot || len(s.Persists) == 0 || env.Values.Is("one-shot") {
		return nil
	}
	sign := s.Persists[0]
	question := fmt.Sprintf("line %d of %s seems to leave something running (%s): %s", sign.Line, env.Args[0], sign.What, sign.Text)
	options := []string{"release everything after the script (--one-shot)", "keep the instance (ecs up)"}
	if env.Ask == nil {
		return &steps.Error{Code: "ScriptPersists", Exit: steps.ExitChoice, Message: question, Choices: options,
			Hints: []string{"to keep the instance: " + again(env, "up", upMode.params), "to release it all the same: " + again(env, "run", runMode.params, "--one-shot")}}
	}
	choice, err := env.Ask(ctx, question, options)
	if err == nil && choice == 1 {
		f.mode = upMode
		f.deal.command, f.deal.params = f.command, f.params
	}
	return err
}

// choosePlace applies the rule of regions: what is fetched from overseas is fetched better from there, and needs a
// public address (seed 001, region selection). What the user says wins.
func (f *flow) choosePlace(env *steps.Env) {
	given := givenRegions(env.Values)
	needs := f.script != nil && len(f.script.Needs) > 0
	f.regions = order.Regions(given, needs)
	if !needs {
		return
	}
	sign := f.script.Needs[0]
	why := fmt.Sprintf("line %d of the script (%s)", sign.Line, sign.What)
	if given == nil {
		f.explain(env, "regions overseas come first, because of %s; --region names another", why)
	}
	switch {
	case env.Values.One("bandwidth") == "":
		f.shop.spec.Bandwidth = 5
		f.explain(env, "the instance gets a public address with 5 Mbit/s, because of %s; --bandwidth 0 leaves it out", why)
	case f.shop.spec.Bandwidth == 0:
		env.Warn("NoInternet", "with --bandwidth 0 the instance reaches the internet only if its VPC has a NAT gateway, and the script needs it: %s", why)
	}
}

func (f *flow) explain(env *steps.Env, format string, args ...any) {
	f.notes = append(f.notes, fmt.Sprintf(format, args...))
	env.Note("%s", f.notes[len(f.notes)-1])
}

// agree finds something to order, makes sure that it could be released again, and has it confirmed.
func (f *flow) agree(ctx context.Context, env *steps.Env) error {
	if err := env.Stage(ctx, "find", "a type with stock, its image and its price", func(ctx context.Context) (string, error) {
		if err := f.inGivenVSwitch(ctx, env); err != nil {
			return "", err
		}
		found, err := f.search(ctx, f.regions)
		if err == nil && !found {
			err = f.shop.soldOut(ctx, f.regions)
		}
		return fmt.Sprintf("%s in %s, %s %s an hour", f.chosen.InstanceType, f.chosen.Zone, f.chosen.Quote.Currency, f.chosen.Quote.Trade), err
	}); err != nil {
		return err
	}
	w := &work{env: env, profile: env.Values.One("profile"), region: f.chosen.Region}
	if err := env.Stage(ctx, "preflight", "whether what is made could be deleted", func(ctx context.Context) (string, error) {
		return "nothing stands in the way", w.preflight(ctx)
	}); err != nil {
		return err
	}
	f.confirmed = f.chosen.Quote
	f.deal.plan = f.plan(env)
	return f.deal.confirm(ctx, f.estimate())
}

// plan is what would be done, in order.
func (f *flow) plan(env *steps.Env) []string {
	network := "VPC and vswitch in " + f.chosen.Zone + ": those that aligate made to stay, else new ones"
	if id := env.Values.One("vpc-id"); id != "" {
		network = "vswitch in " + id + ": " + cmp.Or(env.Values.One("vswitch-id"), "one that aligate made to stay, else a new one")
	}
	ingress := "security group: nothing comes in"
	if id := env.Values.One("security-group-id"); id != "" {
		ingress = "security group " + id + ", as it is"
	} else if len(f.rules) > 0 {
		var rules []string
		for _, rule := range f.rules {
			rules = append(rules, rule.String())
		}
		ingress = "security group: lets in " + strings.Join(rules, ", ")
	}
	plan := []string{network, ingress, fmt.Sprintf("instance: %s with %s", f.chosen.InstanceType, f.chosen.ImageID)}
	if f.script != nil {
		plan = append(plan, fmt.Sprintf("run %s: %d bytes, for %s seconds at the most", env.Args[0], len(f.script.Content), env.Values.One("command-timeout")))
	}
	if f.oneShot {
		return append(plan, "release what was made, in reverse; if that cannot be, the service releases the instance by itself")
	}
	return append(plan, "keep it until aligate ecs release")
}

// inGivenVSwitch makes the zone of the vswitch that was given the zone of the order.
func (f *flow) inGivenVSwitch(ctx context.Context, env *steps.Env) error {
	id := env.Values.One("vswitch-id")
	if id == "" {
		return nil
	}
	rows, err := f.shop.reader(f.regions[0]).vswitches(ctx, "", id)
	switch {
	case err != nil:
		return err
	case len(rows) == 0 || rows[0].VPC != env.Values.One("vpc-id"):
		return absent("vswitch", id, env.Values.One("vpc-id"))
	case rows[0].Free == 0:
		return &steps.Error{Code: "VSwitchFull", Exit: steps.ExitMissing, Message: id + " has no address left"}
	}
	f.shop.spec.Zone = rows[0].Zone
	return nil
}

// search looks for the first option in regions, in their order.
func (f *flow) search(ctx context.Context, regions []string) (bool, error) {
	for i, region := range regions {
		found, err := f.shop.visit(ctx, region, 1)
		if err != nil {
			return false, err
		}
		if len(found) > 0 {
			f.chosen, f.regions, f.tried = found[0], regions[i:], []string{found[0].InstanceType}
			return true, nil
		}
	}
	return false, nil
}

// estimate is what is shown before the order is placed.
func (f *flow) estimate() order.Estimate {
	e := order.Estimate{Order: f.chosen.Order, Image: order.FamilyName(f.chosen.ImageFamily), Quote: f.chosen.Quote, OneShot: f.oneShot, Runtime: order.Runtime{Open: true, Text: "until it is released"}}
	if f.script != nil && f.oneShot {
		e.Runtime = order.Runtime(f.script.Runtime())
	}
	return e
}

// carryOut makes everything, and runs the script.
func (f *flow) carryOut(ctx context.Context) error {
	if err := f.place(ctx); err != nil {
		return err
	}
	if f.script == nil {
		return nil
	}
	if err := f.env.Stage(ctx, "agent", "Cloud Assistant on the instance", func(ctx context.Context) (string, error) {
		return "takes commands", f.agentReady(ctx, f.up.ID)
	}); err != nil {
		return err
	}
	return f.env.Stage(ctx, "script", "run "+f.about.Script, func(ctx context.Context) (string, error) {
		var err error
		if f.done, err = f.execute(ctx, f.up.ID, f.script, wholeOf(f.env.Values, "command-timeout")); err != nil {
			return "", err
		}
		if failed := f.done.failure(f.about.Script); failed != nil {
			return "", failed
		}
		return "exit code 0", nil
	})
}

// place tries the order, and after "no stock" the next zone, type and region, until one works or there is none.
func (f *flow) place(ctx context.Context) error {
	for {
		err := f.attempt(ctx)
		var vanished *vanishedError
		m := moveOf(err)
		if errors.As(err, &vanished) {
			m = elsewhere
		}
		if err == nil || m != elsewhere && m != disk {
			var told *steps.Error
			if overQuota(err) && !errors.As(err, &told) {
				return f.quota(err)
			}
			return err
		}
		f.env.Note("%s in %s: %s", f.chosen.InstanceType, f.chosen.Zone, reason(err))
		f.shop.misses = append(f.shop.misses, miss{f.chosen.Zone, f.chosen.InstanceType, reason(err)})
		if err := f.next(ctx, m); err != nil {
			return err
		}
	}
}

// attempt makes what is missing of network, security group and instance for the order at hand.
func (f *flow) attempt(ctx context.Context) error {
	var g ground
	err := f.env.Stage(ctx, "network", "VPC and vswitch in "+f.chosen.Zone, func(ctx context.Context) (string, error) {
		in, err := f.standingVPC(ctx)
		if err != nil {
			return "", err
		}
		g.VPC = in.ID
		g.VSwitch, err = f.chosenVSwitch(ctx, in, f.chosen.Zone)
		return g.VPC + ", " + g.VSwitch, err
	})
	if err != nil {
		return err
	}
	if err := f.env.Stage(ctx, "security group", "what may come in", func(ctx context.Context) (string, error) {
		var err error
		if g.SecurityGroup = f.standing("security-group"); g.SecurityGroup == "" {
			g.SecurityGroup, err = f.chosenSecurityGroup(ctx, g.VPC, f.rules)
		}
		return g.SecurityGroup, err
	}); err != nil {
		return err
	}
	return f.env.Stage(ctx, "instance", "create "+f.chosen.InstanceType, func(ctx context.Context) (string, error) {
		if err := f.requote(ctx); err != nil {
			return "", err
		}
		var err error
		f.up, err = f.launch(ctx, f.chosen.Order, g, f.deadline())
		return f.up.ID + " runs", err
	})
}

// standing is the thing of a kind that an earlier attempt has left in the region at hand, if any.
func (f *flow) standing(kind string) string {
	for _, item := range f.ledger.Items {
		if item.Kind == kind && item.Region == f.region && (item.State == steps.Made || item.State == steps.Kept) {
			return item.ID
		}
	}
	return ""
}

// standingVPC is the VPC of an earlier attempt, or a chosen one.
func (f *flow) standingVPC(ctx context.Context) (vpc, error) {
	id := f.standing("vpc")
	if id == "" {
		return f.chosenVPC(ctx)
	}
	rows, err := f.reader().vpcs(ctx, "", id)
	if err == nil && len(rows) == 0 {
		err = absent("VPC", id, f.region)
	}
	if err != nil {
		return vpc{}, err
	}
	return rows[0], nil
}

// requote asks for the price once more, right before the order: what costs more than was agreed to is agreed to again.
func (f *flow) requote(ctx context.Context) error {
	q, err := f.shop.price(ctx, f.chosen.Order)
	if err != nil {
		return err
	}
	f.chosen.Quote = q
	if !q.Higher(f.confirmed) {
		return nil
	}
	return f.reconfirm(ctx)
}

// reconfirm has the order at hand confirmed, which is not the one that was.
func (f *flow) reconfirm(ctx context.Context) error {
	f.deal.pinned = true
	if err := f.deal.confirm(ctx, f.estimate()); err != nil {
		return err
	}
	f.confirmed = f.chosen.Quote
	return nil
}

// deadline is when the service releases the instance by itself; none for one that is to stay.
func (f *flow) deadline() time.Time {
	if !f.oneShot {
		return time.Time{}
	}
	return f.env.Now().Add(time.Duration(wholeOf(f.env.Values, "command-timeout"))*time.Second + deadMan)
}

// diskChoices are the categories to take in the place of one that is not to be had, the best first (ecs-facts 4).
var diskChoices = []string{"cloud_essd", "cloud_auto", "cloud_ssd", "cloud_efficiency"}

// next makes another order the one at hand: another disk, the next zone, type or region. A zone alone changes nothing
// of what was confirmed unless it costs more; anything else is confirmed again. What stands in the wrong place is
// released first. The error is soldOut if there is none.
func (f *flow) next(ctx context.Context, m move) error {
	if m == disk {
		if changed, err := f.otherDisk(ctx); err != nil || changed {
			return cmp.Or(err, f.reordered(ctx))
		}
	}
	if len(f.chosen.Zones) > 1 {
		f.chosen.Zones = f.chosen.Zones[1:]
		f.chosen.Zone = f.chosen.Zones[0]
		if err := f.clear(ctx, func(i steps.Item) bool { return i.Kind == "vswitch" || i.Kind == "instance" }); err != nil {
			return err
		}
		return nil // requoted before it is ordered
	}
	found, err := f.otherType(ctx)
	if err == nil && !found {
		found, err = f.search(ctx, f.regions[1:])
	}
	if err == nil && !found {
		err = f.shop.soldOut(ctx, []string{f.chosen.Region})
	}
	if err != nil {
		return err
	}
	if err := f.clear(ctx, func(i steps.Item) bool {
		return i.Kind == "vswitch" || i.Kind == "instance" || i.Region != f.chosen.Region
	}); err != nil {
		return err
	}
	f.region = f.chosen.Region
	return f.reordered(ctx)
}

// reordered has another order confirmed.
func (f *flow) reordered(ctx context.Context) error {
	q, err := f.shop.price(ctx, f.chosen.Order)
	if err != nil {
		return err
	}
	f.chosen.Quote = q
	return f.reconfirm(ctx)
}

// otherDisk takes another category of disk in the same zone, if there is one.
func (f *flow) otherDisk(ctx context.Context) (bool, error) {
	rows, err := f.reader().disks(ctx, f.chosen.InstanceType, f.chosen.Zone)
	if err != nil {
		return false, err
	}
	for _, category := range diskChoices {
		for _, row := range rows {
			if row.Category == category && row.Usable && category != f.chosen.Disk.Category {
				f.chosen.Disk.Category, f.chosen.Disk.Performance = category, ""
				if category == "cloud_essd" {
					f.chosen.Disk.Performance = "PL1"
				}
				f.shop.spec.Disk = f.chosen.Disk
				return true, nil
			}
		}
	}
	return false, nil
}

// otherType takes the next type of the region that has not been tried.
func (f *flow) otherType(ctx context.Context) (bool, error) {
	if f.shop.spec.Type != "" {
		return false, nil
	}
	found, err := f.shop.visit(ctx, f.chosen.Region, mostTried)
	if err != nil {
		return false, err
	}
	for _, o := range found {
		if !slices.Contains(f.tried, o.InstanceType) {
			f.chosen, f.tried = o, append(f.tried, o.InstanceType)
			return true, nil
		}
	}
	return false, nil
}

// clear releases what was made for an order that could not be placed and is of no use for the next.
func (f *flow) clear(ctx context.Context, useless func(steps.Item) bool) error {
	items := slices.DeleteFunc(f.ledger.Left(), func(i steps.Item) bool { return !useless(i) })
	left, err := f.release(ctx, items)
	if err == nil && len(left) > 0 {
		err = leftError(f.env, []string{f.ledger.Run}, left, nil)
	}
	return err
}

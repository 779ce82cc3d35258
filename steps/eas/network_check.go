package eas

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"aligate/runner"
	"aligate/steps"
	"aligate/steps/eas/service"
)

// networkCheck answers the questions of the network document (seed 002) for a service or a file.
var networkCheck = steps.Tool{
	Name:    "network check",
	Summary: "what a service's network can reach, and what to put on a whitelist",
	Description: "For a service that exists (--service-name) or a service.json: which VPC, vswitches, zones and security group it\n" +
		"has and how many addresses are left; whether it reaches the Internet, and through which address; which CIDRs or\n" +
		"security group to put on the whitelist of a database; whether the VPC of its resource group counts, or its own.\n" +
		"Nothing is changed. Exit 5 if something it names does not exist or cannot work.",
	Example: "aligate eas network check --region cn-hangzhou --service-name qwen_demo\n" +
		"aligate eas network check service.json",
	Args:   "[FILE]",
	Uses:   []string{"region", "profile"},
	Params: []steps.Param{{Name: "service-name", Check: checkServiceName, Usage: "`NAME` of a service that exists"}},
	Run:    runNetworkCheck,
}

// networkFacts are what is known of a network.
type networkFacts struct {
	// Name is the service or the file.
	Name string `json:"name"`
	// Source says whose VPC it is: "service", "resource group", "none", or "unknown".
	Source string `json:"source"`
	// Resource is the dedicated resource group, and ResourceVPC the VPC of its own; the service's counts if it has one.
	Resource      string         `json:"resource,omitempty"`
	ResourceVPC   string         `json:"resource_vpc,omitempty"`
	VPC           string         `json:"vpc_id"`
	VSwitches     []vswitchFacts `json:"vswitches"`
	SecurityGroup string         `json:"security_group_id"`
	// Internet is "yes", "no", "partly" (not from every vswitch) or "unknown".
	Internet string `json:"internet"`
	// EIPs are the addresses it appears with on the Internet.
	EIPs []string `json:"eips"`
	// Instances is how many addresses it needs now, Most with scaling and an update, Free how many are left.
	Instances int `json:"instances"`
	Most      int `json:"instances_most"`
	Free      int `json:"addresses_left"`
	// Problems are what cannot work.
	Problems []string `json:"problems"`

	// live is set for a service that exists: it has its addresses already.
	live bool
}

type vswitchFacts struct {
	ID   string `json:"id"`
	Zone string `json:"zone"`
	CIDR string `json:"cidr"`
	Free int    `json:"addresses_left"`
	// EIPs are the addresses it reaches the Internet through.
	EIPs []string `json:"eips"`
}

func describeServiceConfig(v steps.Values, name string) runner.Command {
	return describeService(v, name)
}

func runNetworkCheck(ctx context.Context, env *steps.Env) (steps.Outcome, error) {
	if env.Values.One("region") == "" {
		return steps.Outcome{}, steps.Usage(steps.Problem{Where: "--region", What: "is required"})
	}
	draft, facts, err := described(ctx, env)
	if err != nil {
		return steps.Outcome{}, err
	}
	own := scalarAt("cloud", "networking", "vpc_id")(draft)
	ids := scalarAt("cloud", "networking", "vswitch_id")(draft)
	group := scalarAt("cloud", "networking", "security_group_id")(draft)
	facts.Instances = numberAt(draft, 1, "metadata", "instance")
	facts.Most = max(facts.Instances, numberAt(draft, 0, "autoscaler", "max")) + numberAt(draft, 1, "metadata", "rolling_strategy", "max_surge")
	if facts.Resource == "" {
		facts.Resource = strings.Join(scalarAt("metadata", "resource")(draft), "")
	}
	facts.Source, facts.Internet, facts.VSwitches, facts.EIPs, facts.Problems = "none", "no", []vswitchFacts{}, []string{}, []string{}
	var link dlink
	if facts.Resource != "" {
		var failed error
		if link, failed = one[dlink](ctx, env, "dlink", describeDLink(env.Values, facts.Resource)); failed != nil {
			if fatal(failed) {
				return steps.Outcome{}, failed
			}
			env.Warn("DLinkUnknown", "the VPC of resource group %s could not be looked up (%s)", facts.Resource, steps.FromCall(failed).Code)
			facts.Source, facts.Internet = "unknown", "unknown"
		}
		facts.ResourceVPC = link.VPC
	}
	switch {
	case len(own) > 0:
		facts.Source, facts.VPC = "service", own[0]
		facts.SecurityGroup = strings.Join(group, "")
		err = facts.look(ctx, env, vswitchIDs(steps.Values{"vswitch-id": ids}))
	case link.VPC != "":
		facts.Source, facts.VPC, facts.SecurityGroup = "resource group", link.VPC, link.SecurityGroup
		err = facts.look(ctx, env, slices.DeleteFunc(append([]string{link.VSwitch}, link.More...), func(id string) bool { return id == "" }))
	}
	if err != nil {
		return steps.Outcome{}, err
	}
	out := steps.Outcome{Summary: facts.headline(), Data: facts, Text: facts.text}
	if len(facts.Problems) > 0 {
		return out, &steps.Error{Code: "NetworkBroken", Exit: steps.ExitMissing, Message: strings.Join(facts.Problems, "; ")}
	}
	return out, nil
}

// described reads the description of the service or the file.
func described(ctx context.Context, env *steps.Env) (service.Draft, *networkFacts, error) {
	name := env.Values.One("service-name")
	if name != "" && len(env.Args) > 0 {
		return nil, nil, steps.Usage(steps.Problem{Where: "--service-name", What: "cannot stand beside a file"})
	}
	if name != "" {
		c := describeServiceConfig(env.Values, name)
		got, err := one[struct {
			Name     string `json:"name"`
			Resource string `json:"resource"`
			Config   string `json:"config"`
		}](ctx, env, "service-config", c)
		if err != nil {
			return nil, nil, unfound("service "+name, c, err)
		}
		learnSecrets(env, []byte(got.Config))
		draft, err := service.NewDraft([]byte(got.Config))
		if err != nil {
			return nil, nil, &steps.Error{Code: "ConfigUnreadable", Exit: steps.ExitFailed, Err: err, Message: fmt.Sprintf("the description that service %s runs with cannot be read: %v", name, err)}
		}
		return draft, &networkFacts{Name: "service " + name, Resource: got.Resource, live: true}, nil
	}
	file := env.Values.One("service-file")
	if len(env.Args) > 0 {
		file = env.Args[0]
	}
	if len(env.Args) > 1 {
		return nil, nil, steps.Usage(steps.Problem{Where: fmt.Sprintf("%q", env.Args[1]), What: "unexpected argument: one file at a time"})
	}
	raw, err := readInput(env, file)
	if err != nil {
		return nil, nil, steps.Usage(steps.Problem{Where: file, What: fmt.Sprintf("%v; name a file, or a service with --service-name", err)})
	}
	learnSecrets(env, raw)
	draft, err := service.NewDraft(raw)
	if err != nil {
		return nil, nil, &steps.Error{Code: "ServiceInvalid", Exit: steps.ExitInvalid, Err: err, Message: fmt.Sprintf("%s: %v", file, err), Hints: []string{"aligate eas validate " + runner.Quote(file)}}
	}
	return draft, &networkFacts{Name: file}, nil
}

// look finds out about the VPC.
func (f *networkFacts) look(ctx context.Context, env *steps.Env, ids []string) error {
	c := describeVSwitches(env.Values, f.VPC)
	list, err := all(ctx, env, "vswitches", c, numberedPages, func(v vswitch) string { return v.ID })
	if err != nil {
		return unfound("the vswitches of "+f.VPC, c, err)
	}
	var found []vswitch
	for _, id := range ids {
		i := slices.IndexFunc(list, func(v vswitch) bool { return v.ID == id && (v.VPC == "" || v.VPC == f.VPC) })
		if i < 0 {
			f.Problems = append(f.Problems, fmt.Sprintf("there is no vswitch %s in %s", id, f.VPC))
			continue
		}
		found = append(found, list[i])
		f.Free += list[i].Free
		if list[i].Free == 0 {
			env.Warn("VSwitchFull", "vswitch %s has no address left", id)
		}
	}
	if len(ids) == 0 {
		f.Problems = append(f.Problems, "no vswitch is named")
	}
	if len(found) > 0 && f.Free == 0 && !f.live {
		f.Problems = append(f.Problems, "the vswitches have no address left")
	}
	if err := f.lookGroup(ctx, env); err != nil {
		return err
	}
	if len(found) == 0 {
		return nil
	}
	egress, err := egressOf(ctx, env, f.VPC, found)
	if fatal(err) {
		return err
	}
	if err != nil {
		env.Warn("EgressUnchecked", "whether %s has a way to the Internet could not be looked up (%s)", f.VPC, steps.FromCall(err).Code)
	}
	open := 0
	for _, v := range found {
		row := vswitchFacts{ID: v.ID, Zone: v.Zone, CIDR: v.CIDR, Free: v.Free, EIPs: append([]string{}, egress[v.ID]...)}
		f.VSwitches = append(f.VSwitches, row)
		if len(row.EIPs) > 0 {
			open++
		}
		for _, ip := range row.EIPs {
			if !slices.Contains(f.EIPs, ip) {
				f.EIPs = append(f.EIPs, ip)
			}
		}
	}
	switch {
	case err != nil:
		f.Internet = "unknown"
	case open > 0 && open == len(found):
		f.Internet = "yes"
	case open > 0:
		f.Internet = "partly"
	}
	return nil
}

func (f *networkFacts) lookGroup(ctx context.Context, env *steps.Env) error {
	c := describeSecurityGroups(env.Values, f.VPC)
	groups, err := all(ctx, env, "security-groups", c, tokenPages, func(g securityGroup) string { return g.ID })
	if err != nil {
		if fatal(err) {
			return err
		}
		env.Warn("SecurityGroupUnchecked", "the security groups of %s could not be looked up (%s)", f.VPC, steps.FromCall(err).Code)
		return nil
	}
	i := slices.IndexFunc(groups, func(g securityGroup) bool { return g.ID == f.SecurityGroup && (g.VPC == "" || g.VPC == f.VPC) })
	switch {
	case i < 0:
		f.Problems = append(f.Problems, fmt.Sprintf("there is no security group %q in %s", f.SecurityGroup, f.VPC))
	case groups[i].Managed:
		env.Warn("SecurityGroupManaged", "security group %s is managed by another product, which may change its rules", f.SecurityGroup)
	}
	return nil
}

func (f *networkFacts) headline() string {
	switch f.Source {
	case "none":
		return f.Name + " is attached to no VPC"
	case "unknown":
		return f.Name + " has no VPC of its own; whether its resource group has one is not known"
	}
	if f.Source == "service" {
		return fmt.Sprintf("%s is attached to %s", f.Name, f.VPC)
	}
	return fmt.Sprintf("%s is attached to %s by its resource group", f.Name, f.VPC)
}

// text is the table for people.
func (f *networkFacts) text() string {
	var b strings.Builder
	b.WriteString(f.headline() + "\n\n")
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	row := func(what, format string, args ...any) { fmt.Fprintf(w, "%s\t%s\n", what, fmt.Sprintf(format, args...)) }
	if f.Resource != "" {
		switch {
		case f.Source == "service" && f.ResourceVPC != "":
			row("resource group", "%s; its own VPC %s does not count, the service's does", f.Resource, f.ResourceVPC)
		case f.Source == "unknown":
			row("resource group", "%s; its VPC could not be looked up", f.Resource)
		case f.ResourceVPC != "":
			row("resource group", "%s; its VPC counts, the service has none of its own", f.Resource)
		default:
			row("resource group", "%s, attached to no VPC", f.Resource)
		}
	}
	if f.Source == "unknown" {
		row("Internet", "unknown")
		w.Flush()
		return b.String()
	}
	if f.Source == "none" {
		row("Internet", "no way there; attach a VPC that has a NAT gateway, or read from OSS of the same region")
		w.Flush()
		return b.String()
	}
	row("security group", "%s", f.SecurityGroup)
	row("addresses", "%d left; needed are %d, and up to %d while it scales or is updated", f.Free, f.Instances, f.Most)
	switch f.Internet {
	case "yes", "partly":
		row("Internet", "%s, through %s", f.Internet, strings.Join(f.EIPs, ", "))
		row("whitelist elsewhere", "%s", strings.Join(f.EIPs, ", "))
	case "no":
		row("Internet", "no: no NAT gateway with an SNAT entry for its vswitches")
	default:
		row("Internet", "%s", f.Internet)
	}
	var cidrs []string
	for _, v := range f.VSwitches {
		cidrs = append(cidrs, v.CIDR)
	}
	row("whitelist in the VPC", "%s or %s; never the address of an instance", strings.Join(cidrs, ", "), f.SecurityGroup)
	w.Flush()
	b.WriteString("\n")
	fmt.Fprintln(w, "VSWITCH\tZONE\tCIDR\tADDRESSES LEFT\tINTERNET THROUGH")
	for _, v := range f.VSwitches {
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\n", v.ID, v.Zone, v.CIDR, v.Free, strings.Join(v.EIPs, ", "))
	}
	w.Flush()
	return trimRight(b.String())
}

// trimRight takes the blanks off the ends of lines, which a table leaves behind empty cells.
func trimRight(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

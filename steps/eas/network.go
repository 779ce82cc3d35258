package eas

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"aligate/runner"
	"aligate/steps"
	"aligate/steps/eas/service"
)

// network settles how the service is reached and where it runs, and finds out whether that can work before
// anything is created. The shared gateway and the public resource group need no call.
var network = steps.Step{
	Name:    "network",
	Summary: "settle network and resource group",
	Description: "shared needs nothing; with --vpc-id the instances are attached to that VPC. gateway is a dedicated gateway, the\n" +
		"one named or the account's default, in the VPC it is linked to. nlb is a network load balancer, the system's or\n" +
		"one of yours, over vswitches in two zones. --resource dedicated takes a dedicated resource group that is ready.\n" +
		"What no flag says is looked up; what a flag says is checked: the VPC of each vswitch and security group, the\n" +
		"addresses left, the way to the Internet if the command needs one. What is required and not there is exit 5.\n" +
		"eas network check answers the same questions for a service or a file; eas network link attaches a resource group.",
	Example: "aligate eas network --network nlb\n" +
		"aligate eas network --network gateway --gateway-id gw-bp1abc\n" +
		"aligate eas network --vpc-id vpc-bp1abc",
	Uses: []string{"region", "profile", "network", "resource", "gateway-id", "nlb-id", "nlb-port", "nlb-net", "vpc-id", "vswitch-id", "security-group-id",
		networkLoad},
	Needs:    []string{"params"},
	Commands: networkCommands,
	Run:      runNetwork,
}

// networkLoad is a value that no flag sets: what the network has to carry, as far as it matters to what was looked
// up. The shared gateway carries anything.
const networkLoad = "network (load)"

// loadOf is the value of networkLoad.
func loadOf(v steps.Values) string {
	if v.One("network") == "shared" && v.One("vpc-id") == "" && v.One("resource") == "" {
		return ""
	}
	var parts []string
	for _, name := range []string{"image", "command", "replicas", "autoscaler", "cpu", "memory", "gpu", baseContent} {
		parts = append(parts, strings.Join(v[name], " "))
	}
	return sum([]byte(strings.Join(parts, "\x00")))
}

// networking is what later steps know from network.
type networking struct {
	Kind string `json:"kind"`
	// VPC, VSwitches and SecurityGroup are set together, if the instances are attached to a VPC.
	VPC string `json:"vpc_id,omitempty"`
	// VSwitches are ids with commas between them.
	VSwitches     string     `json:"vswitch_id,omitempty"`
	SecurityGroup string     `json:"security_group_id,omitempty"`
	Gateway       string     `json:"gateway,omitempty"`
	NLB           []listener `json:"nlb,omitempty"`
	// Resource is a dedicated resource group, "" for the public one.
	Resource string `json:"resource,omitempty"`
}

// listener is one port of an NLB.
type listener struct {
	ID string `json:"id"`
	// Port is "" for that of the container.
	Port string `json:"listener_port,omitempty"`
	// Kind is intranet or internet; "" for an NLB of one's own.
	Kind string `json:"netType,omitempty"`
}

// networkCommands are those of a run in which all goes well.
func networkCommands(v steps.Values) []runner.Command {
	var commands []runner.Command
	if v.One("resource") != "" {
		commands = append(commands, listResources(v))
	}
	vpc := v.One("vpc-id")
	switch kind := v.One("network"); {
	case kind == "gateway":
		id := v.One("gateway-id")
		if id == "" {
			id = "<gateway>"
		}
		commands = append(commands, listGateways(v), describeGateway(v, id), listLinkedVPCs(v, id))
	case kind == "nlb" && ownNLB(v) != "":
		commands = append(commands, describeBalancer(v, ownNLB(v)))
	case kind == "nlb" && vpc == "":
		commands = append(commands, describeVPCs(v))
	case kind == "shared" && vpc == "":
		return commands
	}
	if vpc == "" {
		vpc = "<vpc>"
	}
	return append(commands, describeVSwitches(v, vpc), describeSecurityGroups(v, vpc))
}

func runNetwork(ctx context.Context, env *steps.Env) (steps.Outcome, error) {
	if problems := checkNetworks(env.Values); len(problems) > 0 {
		return steps.Outcome{}, steps.Usage(problems...)
	}
	r := &resolver{ctx: ctx, env: env, Values: env.Values}
	out, err := r.resolve()
	if err != nil {
		return steps.Outcome{}, err
	}
	return steps.Outcome{Summary: out.String(), Data: out, Output: out}, nil
}

// String is one line for people.
func (n networking) String() string {
	var b strings.Builder
	switch n.Kind {
	case "gateway":
		b.WriteString("gateway " + n.Gateway)
	case "nlb":
		fmt.Fprintf(&b, "NLB %s", n.NLB[0].ID)
	default:
		b.WriteString("shared gateway")
	}
	if n.VPC != "" {
		fmt.Fprintf(&b, ", %s with %s and %s", n.VPC, n.VSwitches, n.SecurityGroup)
	}
	if n.Resource != "" {
		return b.String() + ", resource group " + n.Resource
	}
	return b.String() + ", public resource group"
}

// ownNLB is the user's own NLB, "" for the system's.
func ownNLB(v steps.Values) string {
	if id := v.One("nlb-id"); id != "default" {
		return id
	}
	return ""
}

// vswitchIDs are the ids in --vswitch-id.
func vswitchIDs(v steps.Values) []string {
	var ids []string
	for _, id := range strings.Split(v.One("vswitch-id"), ",") {
		if id = strings.TrimSpace(id); id != "" {
			ids = append(ids, id)
		}
	}
	return ids
}

// listeners are those that the flags ask for: one port on the system's NLB unless they say otherwise.
func listeners(v steps.Values) []listener {
	ports := v["nlb-port"]
	if len(ports) == 0 {
		ports = []string{""}
	}
	var all []listener
	for _, port := range ports {
		l := listener{ID: "default", Port: port, Kind: v.One("nlb-net")}
		if id := ownNLB(v); id != "" {
			l.ID, l.Kind = id, ""
		} else if l.Kind == "" {
			l.Kind = "intranet"
		}
		all = append(all, l)
	}
	return all
}

// checkNetworks finds flags of networks and resource groups that do not go together.
func checkNetworks(v steps.Values) []steps.Problem {
	var problems []steps.Problem
	add := func(where, what string) { problems = append(problems, steps.Problem{Where: where, What: what}) }
	kind := v.One("network")
	for _, f := range []struct{ flag, kind string }{{"gateway-id", "gateway"}, {"nlb-id", "nlb"}, {"nlb-port", "nlb"}, {"nlb-net", "nlb"}} {
		if v.One(f.flag) != "" && kind != f.kind {
			add("--"+f.flag, "needs --network "+f.kind)
		}
	}
	if v.Is("no-nlb-fallback") && kind != "nlb" {
		add("--no-nlb-fallback", "needs --network nlb")
	}
	if ownNLB(v) != "" && v.One("nlb-net") != "" {
		add("--nlb-net", "is that of the system's NLB; "+ownNLB(v)+" has its own")
	}
	if v.One("vpc-id") == "" && kind == "shared" {
		for _, flag := range []string{"vswitch-id", "security-group-id"} {
			if v.One(flag) != "" {
				add("--"+flag, "needs --vpc-id")
			}
		}
	}
	return problems
}

// replicas is how many instances there are to be: at the least to begin with, and at the most while an update
// goes on (rule R61).
func replicas(v steps.Values) (least, most int) {
	least = 1
	if n, err := strconv.Atoi(v.One("replicas")); err == nil {
		least = n
	}
	most = least
	surge := 1 // the service's own
	if base, _, err := readBase(v.One("from")); v.One("from") != "" && err == nil {
		most = max(most, numberAt(base, 0, "autoscaler", "max"))
		surge = numberAt(base, surge, "metadata", "rolling_strategy", "max_surge")
	}
	if scaler, err := parseAutoscaler(v.One("autoscaler")); err == nil {
		most = max(least, scaler["max"].(int))
	}
	return least, most + surge
}

// numberAt is the whole number behind keys, otherwise if there is none.
func numberAt(d service.Draft, otherwise int, keys ...string) int {
	if text := scalarAt(keys...)(d); len(text) > 0 {
		if n, err := strconv.Atoi(text[0]); err == nil {
			return n
		}
	}
	return otherwise
}

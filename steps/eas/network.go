package eas

import (
	"context"
	"fmt"
	"strings"

	"aligate/steps"
)

// network settles how the service is reached and where it runs. The shared gateway and the public resource group
// need no call. What the flags say about the other kinds is taken as it is; looking it up belongs to a later issue
// (networks and resource groups).
var network = steps.Step{
	Name:    "network",
	Summary: "settle network and resource group",
	Description: "The shared gateway needs nothing. --vpc-id, --vswitch-id and --security-group-id attach the instances to a\n" +
		"VPC of yours; --network gateway and --network nlb need them. --resource names a dedicated resource group.",
	Example: "aligate eas network --vpc-id vpc-bp1 --vswitch-id vsw-bp1a --security-group-id sg-bp1",
	Uses:    []string{"network", "resource", "gateway-id", "nlb-id", "nlb-port", "nlb-net", "vpc-id", "vswitch-id", "security-group-id"},
	Needs:   []string{"params"},
	Run:     runNetwork,
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

// listener is one port of an NLB. Port 0 is the container's.
type listener struct {
	ID   string `json:"id"`
	Port string `json:"listener_port,omitempty"`
	// Kind is intranet or internet; "" for an NLB of one's own.
	Kind string `json:"netType,omitempty"`
}

func runNetwork(_ context.Context, env *steps.Env) (steps.Outcome, error) {
	v := env.Values
	if problems := checkNetworks(v); len(problems) > 0 {
		return steps.Outcome{}, steps.Usage(problems...)
	}
	out := networking{
		Kind: v.One("network"), VPC: v.One("vpc-id"), VSwitches: strings.Join(vswitches(v), ","), SecurityGroup: v.One("security-group-id"),
		Resource: v.One("resource"),
	}
	switch out.Kind {
	case "gateway":
		out.Gateway = v.One("gateway-id")
	case "nlb":
		out.NLB = listeners(v)
	}
	where := "public resource group"
	if out.Resource != "" {
		where = "resource group " + out.Resource
	}
	if out.VPC != "" || out.Resource != "" {
		env.Warn("NetworkUnchecked", "the ids of network and resource group were taken as given; whether they exist and fit each other was not checked")
	}
	return steps.Outcome{Summary: fmt.Sprintf("%s gateway, %s", out.Kind, where), Data: out, Output: out}, nil
}

// vswitches are the ids in --vswitch-id.
func vswitches(v steps.Values) []string {
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
		if id := v.One("nlb-id"); id != "" && id != "default" {
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
	triple := []string{"vpc-id", "vswitch-id", "security-group-id"}
	given := 0
	for _, flag := range triple {
		if v.One(flag) != "" {
			given++
		}
	}
	for _, flag := range triple {
		if v.One(flag) == "" && (given > 0 || kind == "gateway" || kind == "nlb") {
			add("--"+flag, "is required with "+needing(given, kind))
		}
	}
	if kind == "gateway" && v.One("gateway-id") == "" {
		add("--gateway-id", "is required with --network gateway")
	}
	if v.One("resource") == "dedicated" {
		add("--resource", "\"dedicated\": looking one up is not built yet; name the resource group, eas-r-...")
	}
	return problems
}

func needing(given int, kind string) string {
	if given > 0 {
		return "the other ids of the VPC"
	}
	return "--network " + kind
}

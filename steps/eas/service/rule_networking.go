package service

import (
	"fmt"
	"slices"
)

// sharedGateway is rule R64.
func sharedGateway(f *File, say Sayer) {
	networking := f.Root.Get("networking")
	if networking == nil || networking.Kind != Object {
		return
	}
	const fix = "the file without networking: the shared gateway needs none"
	if len(networking.Members) == 0 {
		say.At(networking, "is empty", fix)
	}
	if gateway := networking.Get("gateway"); gateway != nil && gateway.Kind == String && (gateway.Text == "" || gateway.Text == "shared" || gateway.Text == "default") {
		say.At(gateway, fmt.Sprintf("is %q", gateway.Text), fix)
	}
}

const wholeVPC = "cloud.networking with vpc_id, vswitch_id and security_group_id"

// gatewayNeedsVPC is the part of rule R66 that the schema lets pass.
func gatewayNeedsVPC(f *File, say Sayer) {
	if gateway := f.Root.Get("networking", "gateway"); gateway != nil && f.Root.Get("cloud", "networking") == nil {
		say.At(gateway, "is there without cloud.networking", wholeVPC)
	}
}

// nlbNeedsVPC is the part of rule R67 that the schema lets pass. Whether the vswitches lie in two zones, only the
// service can tell.
func nlbNeedsVPC(f *File, say Sayer) {
	nlb := f.Root.Get("networking", "nlb")
	if nlb == nil {
		return
	}
	ids := f.vswitches()
	slices.Sort(ids)
	switch vswitch := f.Root.Get("cloud", "networking", "vswitch_id"); {
	case f.Root.Get("cloud", "networking") == nil:
		say.At(nlb, "is there without cloud.networking", wholeVPC)
	case vswitch.Str() != "" && len(slices.Compact(ids)) < 2:
		say.At(vswitch, "names one vswitch; an NLB needs two in different zones", `two, such as "vsw-abc123,vsw-def456"`)
	}
}

// listeners are those of networking.nlb that are objects.
func (f *File) listeners() []*Node {
	return slices.DeleteFunc(slices.Clone(f.Root.Get("networking", "nlb").Items()), func(n *Node) bool { return n.Kind != Object })
}

// nlbMixed is the part of rule R68 that the schema lets pass.
func nlbMixed(f *File, say Sayer) {
	standard := slices.ContainsFunc(f.listeners(), func(l *Node) bool { return l.Get("id").Str() == "default" })
	for _, l := range f.listeners() {
		if id := l.Get("id"); standard && id.Str() != "" && id.Str() != "default" {
			say.At(id, "stands beside the id default", "either default or NLBs of yours")
		}
	}
}

// nlbNetType is the part of rule R70 that the schema lets pass.
func nlbNetType(f *File, say Sayer) {
	for _, l := range f.listeners() {
		kind, other := l.Get("netType"), l.Get("net_type")
		switch {
		case other != nil && kind == nil:
			say.Warn(other, "is the spelling of a help page; the procedure writes netType", "netType")
		case l.Get("id").Str() == "default" && kind == nil:
			say.Missing(l, "netType", "is missing beside the id default", "intranet or internet")
		case l.Get("id").Str() != "default" && l.Get("id").Str() != "" && kind != nil:
			say.Warn(kind, "is ignored beside an NLB of yours, which has its own", "the file without it")
		}
	}
}

// nlbPortTwice is rule R71.
func nlbPortTwice(f *File, say Sayer) {
	type listener struct{ id, kind, port string }
	seen := map[listener]bool{}
	for _, l := range f.listeners() {
		port := l.Get("listener_port")
		if port == nil || port.Kind != Number {
			continue
		}
		key := listener{l.Get("id").Str(), l.Get("netType").Str() + l.Get("net_type").Str(), port.Text}
		if seen[key] {
			say.At(port, "is listened on twice", "a port of its own")
		}
		seen[key] = true
	}
}

package subnet

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// Rule lets Source in to the ports First to Last.
type Rule struct {
	// Protocol is tcp, udp, icmp or all.
	Protocol string `json:"protocol"`
	// First and Last are ports, or both -1 where the protocol has none.
	First int `json:"first"`
	Last  int `json:"last"`
	// Source is an IPv4 prefix without host bits.
	Source netip.Prefix `json:"source"`
}

// protocols are those that a rule may have, and whether they have ports.
var protocols = []struct {
	name  string
	ports bool
}{{"tcp", true}, {"udp", true}, {"icmp", false}, {"all", false}}

// defaultProtocol is the one of a rule that names none.
const defaultProtocol = "tcp"

// widest is the shortest mask that a source may have if the ports are guarded: 10.0.0.0/8 is a private network,
// anything wider is most of the world.
const widest = 8

// world is everybody.
var world = netip.MustParsePrefix("0.0.0.0/0")

// String is the rule as ParseRules reads it.
func (r Rule) String() string {
	prefix := ""
	if r.Protocol != defaultProtocol {
		prefix = r.Protocol + ":"
	}
	return prefix + r.PortRange() + "@" + r.Source.String()
}

// PortRange is the ports as AuthorizeSecurityGroup takes them, e.g. "80/80" or "-1/-1".
func (r Rule) PortRange() string { return strconv.Itoa(r.First) + "/" + strconv.Itoa(r.Last) }

// ParseRules reads rules such as 80/80,443/443@0.0.0.0/0,22/22@203.0.113.5/32: ports, and who may reach them. 80 is
// short for 80/80, an address for the prefix with nothing but it; udp:, icmp: or all: may stand in front. Only rules for
// 80 and 443 may leave out who. allowWorld are the ports of --allow-world. What is wrong comes as sentences, all of
// them; there are no rules then. Two rules that say the same are one.
func ParseRules(text string, allowWorld []int) ([]Rule, []string) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	var rules []Rule
	var wrong []string
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		r, err := parseRule(part)
		if err == nil {
			err = r.guard(allowWorld)
		}
		switch {
		case err != nil:
			wrong = append(wrong, fmt.Sprintf("%q: %v", part, err))
		case !slices.Contains(rules, r):
			rules = append(rules, r)
		}
	}
	if len(wrong) > 0 {
		return nil, wrong
	}
	return rules, nil
}

// parseRule reads one rule; it does not say whether it may be.
func parseRule(text string) (Rule, error) {
	if text == "" {
		return Rule{}, fmt.Errorf("a rule is missing between commas; write e.g. 80/80@0.0.0.0/0")
	}
	what, source, sourced := strings.Cut(text, "@")
	r, err := parsePorts(what)
	if err != nil {
		return Rule{}, err
	}
	switch {
	case sourced:
		r.Source, err = parseSource(source)
	case r.First == r.Last && slices.Contains(open, r.First) && r.Protocol == defaultProtocol:
		r.Source = world
	default:
		err = fmt.Errorf("who may reach it is missing; write e.g. %s@203.0.113.5/32", text)
	}
	return r, err
}

// parsePorts reads what stands in front of the source.
func parsePorts(text string) (Rule, error) {
	name, ports, named := strings.Cut(text, ":")
	if !named {
		name, ports = defaultProtocol, text
		if hasNoPorts(text) { // icmp@10.0.0.0/8
			name, ports = text, ""
		}
	}
	r := Rule{Protocol: strings.ToLower(strings.TrimSpace(name))}
	for _, p := range protocols {
		if p.name == r.Protocol {
			var err error
			if p.ports {
				r.First, r.Last, err = parseRange(strings.TrimSpace(ports))
			} else {
				r.First, r.Last, err = -1, -1, withoutPorts(r.Protocol, strings.TrimSpace(ports))
			}
			return r, err
		}
	}
	return Rule{}, fmt.Errorf("%q is not a protocol; write tcp, udp, icmp or all", name)
}

// hasNoPorts reports whether text is a protocol that has none.
func hasNoPorts(text string) bool {
	for _, p := range protocols {
		if !p.ports && strings.EqualFold(p.name, strings.TrimSpace(text)) {
			return true
		}
	}
	return false
}

// withoutPorts refuses ports where the service knows -1/-1 alone (ecs-facts 2.8).
func withoutPorts(protocol, ports string) error {
	if ports != "" && ports != "-1" && ports != "-1/-1" {
		return fmt.Errorf("%s has no ports, so %q cannot be; write %s:-1/-1", protocol, ports, protocol)
	}
	return nil
}

// parseRange reads 80 or 8000/8010.
func parseRange(text string) (first, last int, err error) {
	from, to, isRange := strings.Cut(text, "/")
	if !isRange {
		to = from
	}
	if first, err = parsePort(from); err != nil {
		return 0, 0, err
	}
	if last, err = parsePort(to); err != nil {
		return 0, 0, err
	}
	if first > last {
		return 0, 0, fmt.Errorf("the range ends before it begins; write %d/%d", last, first)
	}
	return first, last, nil
}

// parsePort reads a port: digits and nothing else, which Atoi is not so strict about.
func parsePort(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > 65535 || strconv.Itoa(n) != text {
		return 0, fmt.Errorf("%q is not a port from 1 to 65535", text)
	}
	return n, nil
}

// parseSource reads a prefix, or an address as the prefix with nothing but it.
func parseSource(text string) (netip.Prefix, error) {
	text = strings.TrimSpace(text)
	prefix, err := netip.ParsePrefix(text)
	if addr, bare := netip.ParseAddr(text); bare == nil && addr.Zone() == "" {
		prefix, err = netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	switch {
	case err != nil:
		return netip.Prefix{}, fmt.Errorf("%q is not a source such as 203.0.113.5/32", text)
	case !prefix.Addr().Is4():
		return netip.Prefix{}, fmt.Errorf("%s is an IPv6 source, which is not supported; rules are for IPv4", prefix)
	case prefix != prefix.Masked():
		return netip.Prefix{}, fmt.Errorf("%s has bits behind its mask; write %s for all of these addresses or %s/32 for this one",
			prefix, prefix.Masked(), prefix.Addr())
	}
	return prefix, nil
}

// guard refuses to let most of the world in to what is not for it (ecs-facts 5.16).
func (r Rule) guard(allowWorld []int) error {
	if r.Source.Bits() >= widest {
		return nil
	}
	closed := r.closed(allowWorld)
	if len(closed) == 0 {
		return nil
	}
	who := "the whole world"
	if r.Source != world {
		who = r.Source.String()
	}
	return fmt.Errorf("%s could reach %s; name who may, such as %s:%s@203.0.113.5/32, or %s",
		who, named(closed), r.Protocol, r.PortRange(), allowing(closed))
}

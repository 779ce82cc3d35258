package subnet

import "net/netip"

// Rule lets Source in to the ports First to Last.
type Rule struct {
	// Protocol is tcp, udp, icmp or all.
	Protocol string `json:"protocol"`
	// First and Last are ports, or both -1 where the protocol has none.
	First int `json:"first"`
	Last  int `json:"last"`
	// Source is an IPv4 prefix.
	Source netip.Prefix `json:"source"`
}

// String is the rule as ParseRules reads it.
func (r Rule) String() string { return "" }

// PortRange is the ports as AuthorizeSecurityGroup takes them, e.g. "80/80" or "-1/-1".
func (r Rule) PortRange() string { return "" }

// ParseRules reads rules such as 80/80,443/443@0.0.0.0/0,22/22@203.0.113.5/32. allowWorld are the ports of
// --allow-world. What is wrong comes as sentences, all of them; there are no rules then.
func ParseRules(text string, allowWorld []int) ([]Rule, []string) { return nil, nil }

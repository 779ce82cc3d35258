// Package subnet is which addresses a vswitch may have, and who may reach an instance.
//
// It owns: free prefixes inside the CIDR blocks of a VPC, ingress rules as one flag, and the ports that are never opened
// to the world by accident. It must not know: what exists in an account, any argv, what becomes of a rule. It is pure.
package subnet

import "net/netip"

// MinBits and MaxBits are the masks that a vswitch may have (ecs-facts 2.7).
const (
	MinBits = 16
	MaxBits = 29
)

// Free returns the first prefix of bits inside the CIDR blocks of a VPC, its own and the secondary ones in their order,
// that overlaps none taken.
func Free(vpc, taken []netip.Prefix, bits int) (netip.Prefix, bool) { return netip.Prefix{}, false }

// Package subnet is which addresses a vswitch may have, and who may reach an instance.
//
// It owns: free prefixes inside the CIDR blocks of a VPC, ingress rules as one flag, and the ports that are never opened
// to the world by accident. It must not know: what exists in an account, any argv, what becomes of a rule. It is pure.
package subnet

import (
	"cmp"
	"encoding/binary"
	"net/netip"
	"slices"
)

// MinBits and MaxBits are the masks that a vswitch may have (ecs-facts 2.7).
const (
	MinBits = 16
	MaxBits = 29
)

// Free returns the first prefix of bits inside the CIDR blocks of a VPC, its own and the secondary ones in their order,
// that overlaps none taken: as ranges, whatever their masks, not as texts (ecs-facts 5.22). There is none if bits is no
// mask of a vswitch or every place is taken. What is no IPv4 prefix is not looked at.
func Free(vpc, taken []netip.Prefix, bits int) (netip.Prefix, bool) {
	if bits < MinBits || bits > MaxBits {
		return netip.Prefix{}, false
	}
	used := merged(taken)
	for _, block := range vpc {
		if r, ok := spanOf(block); ok {
			if first, ok := gap(r, used, uint64(1)<<(32-bits)); ok {
				return netip.PrefixFrom(address(first), bits), true
			}
		}
	}
	return netip.Prefix{}, false
}

// span is IPv4 addresses as numbers, the end not among them: in 64 bits the end of the last block is a number too.
type span struct{ from, to uint64 }

// spanOf returns the addresses of p; host bits do not count.
func spanOf(p netip.Prefix) (span, bool) {
	if !p.IsValid() || !p.Addr().Is4() {
		return span{}, false
	}
	four := p.Masked().Addr().As4()
	from := uint64(binary.BigEndian.Uint32(four[:]))
	return span{from, from + uint64(1)<<(32-p.Bits())}, true
}

func address(n uint64) netip.Addr {
	var four [4]byte
	binary.BigEndian.PutUint32(four[:], uint32(n))
	return netip.AddrFrom4(four)
}

// merged are the spans of all prefixes in their order, none touching the next.
func merged(prefixes []netip.Prefix) []span {
	var all []span
	for _, p := range prefixes {
		if s, ok := spanOf(p); ok {
			all = append(all, s)
		}
	}
	slices.SortFunc(all, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	var out []span
	for _, s := range all {
		if n := len(out); n > 0 && s.from <= out[n-1].to {
			out[n-1].to = max(out[n-1].to, s.to)
		} else {
			out = append(out, s)
		}
	}
	return out
}

// gap returns the first multiple of size inside block with size addresses that are not used. It goes once over what is
// used, however large the block is.
func gap(block span, used []span, size uint64) (uint64, bool) {
	at := block.from
	for _, u := range used {
		if u.to <= at {
			continue
		}
		if u.from >= at+size {
			break
		}
		at = (u.to + size - 1) / size * size
	}
	return at, at+size <= block.to
}

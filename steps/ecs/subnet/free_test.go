package subnet

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

// prefixes reads prefixes with spaces between them.
func prefixes(t testing.TB, text string) []netip.Prefix {
	t.Helper()
	var all []netip.Prefix
	for _, s := range strings.Fields(text) {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}

func TestFree(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		vpc, taken string
		bits       int
		want       string // "" is none
	}{
		{"192.168.0.0/16", "", 24, "192.168.0.0/24"},
		{"192.168.0.0/16", "192.168.0.0/24", 24, "192.168.1.0/24"},
		{"192.168.0.0/16", "192.168.1.0/24 192.168.0.0/24", 24, "192.168.2.0/24"},
		{"192.168.0.0/16", "192.168.1.0/24", 24, "192.168.0.0/24"},
		// A text that differs is no free place: 192.168.0.0/20 takes sixteen of them (trap 22).
		{"192.168.0.0/16", "192.168.0.0/20", 24, "192.168.16.0/24"},
		{"192.168.0.0/16", "192.168.0.128/25", 24, "192.168.1.0/24"},
		{"192.168.0.0/16", "192.168.0.128/25", 25, "192.168.0.0/25"},
		{"192.168.0.0/16", "192.168.0.8/29", 29, "192.168.0.0/29"},
		// The VPC says where, nobody assumes 192.168.
		{"10.0.0.0/8", "10.0.0.0/16", 24, "10.1.0.0/24"},
		{"172.16.0.0/12", "192.168.0.0/16", 16, "172.16.0.0/16"},
		// Gaps that are large enough and do not begin where they should.
		{"10.0.0.0/16", "10.0.0.0/25 10.0.1.128/25", 24, "10.0.2.0/24"},
		{"10.0.0.0/16", "10.0.0.0/25 10.0.1.128/25", 25, "10.0.0.128/25"},
		// What is taken twice, inside each other, out of order, elsewhere.
		{"10.0.0.0/16", "10.0.0.0/24 10.0.0.0/24 10.0.0.0/26 10.0.0.0/23", 24, "10.0.2.0/24"},
		{"10.0.0.0/16", "9.0.0.0/8 11.0.0.0/8", 24, "10.0.0.0/24"},
		{"10.0.0.0/16", "10.0.0.0/8", 24, ""},
		{"10.0.0.0/16", "0.0.0.0/0", 24, ""},
		{"10.0.0.0/16", "9.255.255.0/24", 24, "10.0.0.0/24"},
		// Secondary blocks, in the order given.
		{"10.0.0.0/24 192.168.0.0/16", "10.0.0.0/24", 24, "192.168.0.0/24"},
		{"10.0.0.0/24 192.168.0.0/16", "10.0.0.0/25", 24, "192.168.0.0/24"},
		{"192.168.0.0/16 10.0.0.0/24", "", 24, "192.168.0.0/24"},
		{"10.0.0.0/25 10.1.0.0/16", "", 24, "10.1.0.0/24"}, // the first is too small
		// Full to the last address, also of all there are.
		{"10.0.0.0/24", "", 24, "10.0.0.0/24"},
		{"10.0.0.0/24", "10.0.0.0/24", 24, ""},
		{"10.0.0.0/24", "10.0.0.255/32", 24, ""},
		{"10.0.0.0/24", "10.0.0.0/25", 25, "10.0.0.128/25"},
		{"255.255.0.0/16", "255.255.0.0/17", 17, "255.255.128.0/17"},
		{"255.255.0.0/16", "255.255.128.0/17", 17, "255.255.0.0/17"},
		{"255.255.255.0/24", "255.255.255.0/25", 24, ""},
		{"255.255.255.0/24", "255.255.255.0/24", 29, ""},
		// Host bits do not count.
		{"10.0.0.7/16", "10.0.0.9/24", 24, "10.0.1.0/24"},
		// Masks of vswitches only.
		{"10.0.0.0/8", "", 16, "10.0.0.0/16"},
		{"10.0.0.0/8", "", 29, "10.0.0.0/29"},
		{"10.0.0.0/8", "", 15, ""},
		{"10.0.0.0/8", "", 30, ""},
		{"10.0.0.0/8", "", 0, ""},
		{"10.0.0.0/8", "", -1, ""},
		{"10.0.0.0/8", "", 64, ""},
		// IPv6 is not ours.
		{"2001:db8::/64", "", 24, ""},
		{"2001:db8::/16 10.0.0.0/16", "2001:db8::/64 10.0.0.0/24", 24, "10.0.1.0/24"},
		{"", "", 24, ""},
	} {
		got, ok := Free(prefixes(t, c.vpc), prefixes(t, c.taken), c.bits)
		if ok != (c.want != "") || ok && got.String() != c.want {
			t.Errorf("%s without %s, /%d: got %s, %t, want %q", c.vpc, c.taken, c.bits, got, ok, c.want)
		}
	}
	if _, ok := Free([]netip.Prefix{{}}, []netip.Prefix{{}}, 24); ok {
		t.Error("the zero prefix is no block")
	}
	if got, ok := Free(prefixes(t, "10.0.0.0/16"), []netip.Prefix{{}}, 24); !ok || got.String() != "10.0.0.0/24" {
		t.Errorf("got %s, %t", got, ok)
	}
}

// What is asked for must not change.
func TestFreeReadsOnly(t *testing.T) {
	t.Parallel()
	vpc, taken := prefixes(t, "10.0.0.0/16"), prefixes(t, "10.0.9.0/24 10.0.0.0/24")
	was := slices.Clone(taken)
	Free(vpc, taken, 24)
	if !slices.Equal(taken, was) {
		t.Errorf("got %s", taken)
	}
}

// slow is Free by trying every place.
func slow(vpc, taken []netip.Prefix, bits int) (netip.Prefix, bool) {
	for _, block := range vpc {
		for at := block.Masked().Addr(); block.Bits() <= bits && block.Contains(at); {
			p := netip.PrefixFrom(at, bits)
			if !slices.ContainsFunc(taken, p.Overlaps) {
				return p, true
			}
			for range 1 << (32 - bits) {
				at = at.Next()
			}
		}
	}
	return netip.Prefix{}, false
}

func TestFreeAgainstTrying(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(1, 2))
	near := func(least, most int) netip.Prefix {
		p := netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, byte(rnd.IntN(4)), byte(rnd.IntN(256))}), least+rnd.IntN(most-least+1))
		return p.Masked()
	}
	for range 1000 {
		vpc := []netip.Prefix{near(22, 26), near(22, 26)}
		var taken []netip.Prefix
		for range rnd.IntN(12) {
			taken = append(taken, near(22, 32))
		}
		bits := 24 + rnd.IntN(6)
		got, ok := Free(vpc, taken, bits)
		want, wantOK := slow(vpc, taken, bits)
		if got != want || ok != wantOK {
			t.Fatalf("%s without %s, /%d: got %s, %t, want %s, %t", vpc, taken, bits, got, ok, want, wantOK)
		}
	}
}

// A VPC may be as large as 10.0.0.0/8, and thousands of its vswitches in the way. Whoever tries every place compares
// eight thousand million times here, and is not done today.
func TestFreeInLargeVPC(t *testing.T) {
	t.Parallel()
	var taken []netip.Prefix
	for i := range 4096 {
		taken = append(taken, netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i >> 4), byte(i << 4), 0}), 20))
	}
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(taken), func(i, j int) { taken[i], taken[j] = taken[j], taken[i] })
	last := slices.IndexFunc(taken, func(p netip.Prefix) bool { return p.String() == "10.255.240.0/20" })
	got, ok := Free(prefixes(t, "10.0.0.0/8"), slices.Delete(slices.Clone(taken), last, last+1), 29)
	if !ok || got.String() != "10.255.240.0/29" {
		t.Errorf("got %s, %t", got, ok)
	}
	if _, ok := Free(prefixes(t, "10.0.0.0/8"), taken, 29); ok {
		t.Error("nothing is free")
	}
}

func BenchmarkFree(b *testing.B) {
	var taken []netip.Prefix
	for i := range 4096 {
		taken = append(taken, netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i >> 8), byte(i), 0}), 24))
	}
	vpc := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	for b.Loop() {
		Free(vpc, taken, 24)
	}
}

// FuzzFree: what is free lies in the VPC and overlaps nothing.
func FuzzFree(f *testing.F) {
	f.Add("10.0.0.0/8", "10.0.0.0/16 10.1.0.0/24", 24)
	f.Add("255.255.255.0/24 ::/0", "255.255.255.128/25", 25)
	f.Fuzz(func(t *testing.T, vpcText, takenText string, bits int) {
		read := func(text string) (all []netip.Prefix) {
			for _, s := range strings.Fields(text) {
				if p, err := netip.ParsePrefix(s); err == nil {
					all = append(all, p)
				}
			}
			return all
		}
		vpc, taken := read(vpcText), read(takenText)
		got, ok := Free(vpc, taken, bits)
		if !ok {
			return
		}
		if got != got.Masked() || got.Bits() != bits || bits < MinBits || bits > MaxBits {
			t.Fatalf("got %s", got)
		}
		if !slices.ContainsFunc(vpc, func(p netip.Prefix) bool { return p.Contains(got.Addr()) && p.Bits() <= bits }) {
			t.Fatalf("%s is not in %s", got, vpc)
		}
		if slices.ContainsFunc(taken, func(p netip.Prefix) bool { return p.Masked().Overlaps(got) }) {
			t.Fatalf("%s is taken: %s", got, taken)
		}
	})
}

func ExampleFree() {
	vpc := []netip.Prefix{netip.MustParsePrefix("192.168.0.0/16")}
	taken := []netip.Prefix{netip.MustParsePrefix("192.168.0.0/20")}
	fmt.Println(Free(vpc, taken, 24))
	// Output: 192.168.16.0/24 true
}

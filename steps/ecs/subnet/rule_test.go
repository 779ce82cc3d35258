package subnet

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

func TestParseRules(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text  string
		allow []int
		want  string // as String, with spaces between
	}{
		{"", nil, ""},
		{"  ", nil, ""},
		{"80/80,443/443@0.0.0.0/0,22/22@203.0.113.5/32", nil, "80/80@0.0.0.0/0 443/443@0.0.0.0/0 22/22@203.0.113.5/32"},
		{"80", nil, "80/80@0.0.0.0/0"},
		{"443", nil, "443/443@0.0.0.0/0"},
		{"tcp:80", nil, "80/80@0.0.0.0/0"},
		{" 80/80 , 443 ", nil, "80/80@0.0.0.0/0 443/443@0.0.0.0/0"},
		{"TCP:8080@0.0.0.0/0", nil, "8080/8080@0.0.0.0/0"}, // an application's port
		{"8000/8010@0.0.0.0/0", nil, "8000/8010@0.0.0.0/0"},
		{"udp:53@0.0.0.0/0", nil, "udp:53/53@0.0.0.0/0"},
		{"icmp@0.0.0.0/0", nil, "icmp:-1/-1@0.0.0.0/0"},
		{"icmp:@10.0.0.0/8", nil, "icmp:-1/-1@10.0.0.0/8"},
		{"ICMP:-1@10.0.0.0/8", nil, "icmp:-1/-1@10.0.0.0/8"},
		{"all:-1/-1@203.0.113.5/32", nil, "all:-1/-1@203.0.113.5/32"},
		{"all@10.0.0.0/8", nil, "all:-1/-1@10.0.0.0/8"},
		{"22@203.0.113.5", nil, "22/22@203.0.113.5/32"},
		{"22@10.0.0.0/8", nil, "22/22@10.0.0.0/8"}, // as wide as may be
		{"1/65535@192.168.0.0/16", nil, "1/65535@192.168.0.0/16"},
		{"80,80/80,tcp:80@0.0.0.0/0,443", nil, "80/80@0.0.0.0/0 443/443@0.0.0.0/0"},
		{"80@10.0.0.0/8,80@10.0.0.0/16", nil, "80/80@10.0.0.0/8 80/80@10.0.0.0/16"}, // not the same
		{"22@0.0.0.0/0", []int{22}, "22/22@0.0.0.0/0"},
		{"udp:22@0.0.0.0/0", []int{22}, "udp:22/22@0.0.0.0/0"},
		{"20/23@0.0.0.0/0", []int{23, 22, 21, 99}, "20/23@0.0.0.0/0"},
		{"24/79@0.0.0.0/0", nil, "24/79@0.0.0.0/0"},
	} {
		got, wrong := ParseRules(c.text, c.allow)
		if len(wrong) > 0 || texts(got) != c.want {
			t.Errorf("%q: got %s, %q, want %s", c.text, texts(got), wrong, c.want)
		}
	}
}

func texts(rules []Rule) string {
	var all []string
	for _, r := range rules {
		all = append(all, r.String())
	}
	return strings.Join(all, " ")
}

func TestParseRulesRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text  string
		allow []int
		want  []string // what the sentences contain, in their order
	}{
		// Who is missing.
		{"22", nil, []string{`"22": who may reach it is missing; write e.g. 22@203.0.113.5/32`}},
		{"8080/8080", nil, []string{"who may reach it is missing"}},
		{"80/443", nil, []string{"who may reach it is missing"}},
		{"udp:443", nil, []string{"who may reach it is missing"}},
		{"icmp", nil, []string{"who may reach it is missing"}},
		{"all", nil, []string{"who may reach it is missing"}},
		{"80@", nil, []string{`"" is not a source such as 203.0.113.5/32`}},
		// The world.
		{"22/22@0.0.0.0/0", nil, []string{`"22/22@0.0.0.0/0": the whole world could reach 22 (SSH); name who may, such as tcp:22/22@203.0.113.5/32, or say --allow-world 22`}},
		{"3306@0.0.0.0/0", []int{22}, []string{"3306 (MySQL)"}},
		{"22@0.0.0.0/1", nil, []string{"0.0.0.0/1 could reach 22 (SSH)"}},
		{"22@128.0.0.0/1", nil, []string{"128.0.0.0/1 could reach 22 (SSH)"}},
		{"22@10.0.0.0/7", nil, []string{"10.0.0.0/7 could reach 22 (SSH)"}},
		{"udp:11211@0.0.0.0/0", nil, []string{"11211 (Memcached)"}},
		{"20/23@0.0.0.0/0", []int{22}, []string{"21 (FTP), 23 (Telnet); name who may"}},
		{"5985/5986@0.0.0.0/0", nil, []string{"or say --allow-world 5985,5986"}},
		{"1/65535@0.0.0.0/0", nil, []string{"21 (FTP), 22 (SSH), 23 (Telnet) and 32 more; name who may, such as tcp:1/65535@203.0.113.5/32, or fewer ports"}},
		{"all@0.0.0.0/0", nil, []string{"21 (FTP), 22 (SSH), 23 (Telnet) and 32 more"}},
		{"all@0.0.0.0/0", []int{22}, []string{"21 (FTP), 23 (Telnet), 111 (RPC) and 31 more"}},
		// Addresses.
		{"22@203.0.113.5/24", nil, []string{"203.0.113.5/24 has bits behind its mask; write 203.0.113.0/24 for all of these addresses or 203.0.113.5/32 for this one"}},
		{"80@::/0", nil, []string{"::/0 is an IPv6 source, which is not supported"}},
		{"22@2001:db8::1", nil, []string{"2001:db8::1/128 is an IPv6 source, which is not supported"}},
		{"22@fe80::1%eth0", nil, []string{"is not a source"}},
		{"22@::ffff:10.0.0.1/128", nil, []string{"is an IPv6 source"}},
		{"22@10.0.0.0/33", nil, []string{"is not a source"}},
		{"22@010.0.0.1/32", nil, []string{"is not a source"}},
		{"22@home", nil, []string{"is not a source"}},
		{"22@1.2.3.4/32@5.6.7.8/32", nil, []string{"is not a source"}},
		// Ports.
		{"0@10.0.0.0/8", nil, []string{`"0" is not a port from 1 to 65535`}},
		{"65536@10.0.0.0/8", nil, []string{`"65536" is not a port`}},
		{"+80", nil, []string{`"+80" is not a port`}},
		{"080", nil, []string{`"080" is not a port`}},
		{"http", nil, []string{`"http" is not a port`}},
		{"80-90@10.0.0.0/8", nil, []string{`"80-90" is not a port`}},
		{"80/90/100@10.0.0.0/8", nil, []string{`"90/100" is not a port`}},
		{"80/@10.0.0.0/8", nil, []string{`"" is not a port`}},
		{"-1/-1@10.0.0.0/8", nil, []string{`"-1" is not a port`}},
		{"443/80@10.0.0.0/8", nil, []string{"the range ends before it begins; write 80/443"}},
		{"99999999999999999999@10.0.0.0/8", nil, []string{"is not a port"}},
		// Protocols.
		{"gre:-1/-1@10.0.0.0/8", nil, []string{`"gre" is not a protocol; write tcp, udp, icmp or all`}},
		{":80@10.0.0.0/8", nil, []string{`"" is not a protocol`}},
		{"icmp:8/0@10.0.0.0/8", nil, []string{`icmp has no ports, so "8/0" cannot be; write icmp:-1/-1`}},
		{"all:80@10.0.0.0/8", nil, []string{"all has no ports"}},
		// Every fault at once, and nothing of the rest.
		{"80,,22,x@y", nil, []string{"a rule is missing", "who may reach it", `"x" is not a port`}},
		{",", nil, []string{"a rule is missing", "a rule is missing"}},
	} {
		got, wrong := ParseRules(c.text, c.allow)
		if len(got) > 0 || len(wrong) != len(c.want) {
			t.Errorf("%q: got %s, %q, want %q", c.text, texts(got), wrong, c.want)
			continue
		}
		for i, want := range c.want {
			if !strings.Contains(wrong[i], want) || strings.HasSuffix(wrong[i], ".") {
				t.Errorf("%q: got %q, want %q", c.text, wrong[i], want)
			}
		}
	}
}

// The ports that a list of rules gives to a customer by accident: each one named in the task of the guard.
func TestGuarded(t *testing.T) {
	t.Parallel()
	numbers := map[int]bool{}
	for i, p := range guarded {
		if numbers[p.number] || p.name == "" || i > 0 && guarded[i-1].number >= p.number {
			t.Errorf("got %+v", p)
		}
		numbers[p.number] = true
	}
	for _, n := range []int{22, 23, 1433, 1521, 2375, 2376, 2379, 3306, 3389, 5432, 5985, 5986, 6379, 6443, 9200, 10250, 11211, 27017} {
		if !numbers[n] {
			t.Errorf("port %d is open to everybody", n)
		}
	}
	for _, n := range append(slices.Clone(open), 8080, 8443, 53) {
		if numbers[n] {
			t.Errorf("port %d is for everybody", n)
		}
	}
}

func TestPortRange(t *testing.T) {
	t.Parallel()
	for want, r := range map[string]Rule{
		"80/80": {Protocol: "tcp", First: 80, Last: 80}, "1/65535": {Protocol: "udp", First: 1, Last: 65535}, "-1/-1": {Protocol: "all", First: -1, Last: -1},
	} {
		if got := r.PortRange(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestRuleJSON(t *testing.T) {
	t.Parallel()
	rules, _ := ParseRules("22@203.0.113.5", nil)
	raw, err := json.Marshal(rules)
	if err != nil || string(raw) != `[{"protocol":"tcp","first":22,"last":22,"source":"203.0.113.5/32"}]` {
		t.Errorf("got %s, %v", raw, err)
	}
	var back []Rule
	if err := json.Unmarshal(raw, &back); err != nil || !slices.Equal(back, rules) {
		t.Errorf("got %v, %v", back, err)
	}
}

// FuzzParseRules: rules are read again as they are written, and none lets the world in to a guarded port.
func FuzzParseRules(f *testing.F) {
	for _, s := range []string{"80/80,443/443@0.0.0.0/0,22/22@203.0.113.5/32", "udp:1/65535@10.0.0.0/8", "icmp@0.0.0.0/0", "all@1.2.3.4", "@,:,/", "22@::/0", "tcp:tcp:80"} {
		f.Add(s, 22)
	}
	f.Fuzz(func(t *testing.T, text string, allow int) {
		rules, wrong := ParseRules(text, []int{allow})
		if len(rules) > 0 && len(wrong) > 0 {
			t.Fatalf("got %v and %q", rules, wrong)
		}
		again, wrong := ParseRules(strings.ReplaceAll(texts(rules), " ", ","), []int{allow})
		if len(wrong) > 0 || !slices.Equal(again, rules) {
			t.Fatalf("%q: got %v, %q, want %v", text, again, wrong, rules)
		}
		for _, r := range rules {
			if !r.Source.Addr().Is4() || r.Source != r.Source.Masked() {
				t.Fatalf("got %s", r)
			}
			for _, p := range guarded {
				if r.Source.Bits() < 8 && p.number != allow && r.Protocol != "icmp" && (r.Protocol == "all" || r.First <= p.number && p.number <= r.Last) {
					t.Fatalf("%s lets the world in to %d", r, p.number)
				}
			}
		}
	})
}

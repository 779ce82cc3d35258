package ecs

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"aligate/steps"
)

// Every look-up explains itself, and its example is made of its own flags with values that they take.
func TestLookupsExplained(t *testing.T) {
	t.Parallel()
	var names []string
	for _, tool := range lookups() {
		names = append(names, tool.Name)
		if tool.Summary == "" || strings.HasSuffix(tool.Summary, ".") || tool.Description == "" || tool.Category != "LOOK-UPS" || tool.Changes || tool.Offline {
			t.Errorf("%s: %+v", tool.Name, tool)
		}
		words := strings.Fields(tool.Example)
		if len(words) < 3 || !slices.Equal(words[:3], []string{"aligate", "ecs", tool.Name}) || len(words)%2 == 0 {
			t.Fatalf("%s: the example is %q", tool.Name, tool.Example)
		}
		known := append(slices.Clone(params), tool.Params...)
		for flag := range slices.Chunk(words[3:], 2) {
			at := slices.IndexFunc(known, func(p steps.Param) bool { return "--"+p.Name == flag[0] })
			if at < 0 {
				t.Fatalf("%s: the example has the flag %s", tool.Name, flag[0])
			}
			if check := known[at].Check; check != nil && check(flag[1]) != nil {
				t.Errorf("%s: the example says %s %s: %v", tool.Name, flag[0], flag[1], check(flag[1]))
			}
		}
		for _, p := range tool.Params {
			if p.Usage == "" || !p.Bool && strings.Count(p.Usage, "`") != 2 {
				t.Errorf("%s --%s: help %q has no placeholder in backquotes", tool.Name, p.Name, p.Usage)
			}
			if p.Default != "" && p.Check != nil && p.Check(p.Default) != nil {
				t.Errorf("%s --%s: %v", tool.Name, p.Name, p.Check(p.Default))
			}
		}
	}
	if got := strings.Join(names, " "); got != "recommend types families regions zones stock price images instances invocations" {
		t.Errorf("look-ups: %s", got)
	}
}

func TestChecks(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		about string
		check func(string) error
		value string
		says  string // "" if it is fine
	}{
		{"one of", oneOf(strategies), "PriceFirst", ""},
		{"another case", oneOf(strategies), "pricefirst", "did you mean PriceFirst?"},
		{"a slip", oneOf(diskCategories), "cloud_esd", "did you mean cloud_essd?"},
		{"nothing like it", oneOf(strategies), "cheap", `"cheap" is none of InventoryFirst, PriceFirst, NewProductFirst`},
		{"whole", checkWhole(0, 100), "0", ""},
		{"whole, most", checkWhole(0, 100), "100", ""},
		{"too much", checkWhole(0, 100), "101", "it goes from 0 to 100"},
		{"too little", checkWhole(1, 100), "0", "it goes from 1 to 100"},
		{"a part", checkWhole(1, 100), "2.5", "not a whole number"},
		{"a sign", checkWhole(1, 100), "+2", "not a whole number"},
		{"size", checkSize, "0.5", ""},
		{"size with a unit", checkSize, "4GiB", "without a unit"},
		{"size zero", checkSize, "0", "it goes from"},
		{"size, an exponent", checkSize, "1e2", "not a number of GiB"},
		{"size, hexadecimal", checkSize, "0x10", "not a number of GiB"},
		{"size, no number", checkSize, "NaN", "not a number of GiB"},
		{"size, a dot", checkSize, ".", "not a number of GiB"},
		{"size, more than there is", checkSize, "99999999", "it goes from"},
		{"id", checkID("i-"), "i-bp1abc", ""},
		{"id of another kind", checkID("i-"), "vpc-1", "begins with i-"},
		{"id, no more than that", checkID("i-"), "i-", "begins with i-"},
		{"id, two", checkID("i-"), "i-1,i-2", "letters, digits"},
		{"zone", checkZone, "ap-southeast-1a", ""},
		{"no zone", checkZone, "K", "is not a zone such as cn-hangzhou-k"},
		{"word", checkWord, defaultImageFamily, ""},
		{"two words", checkWord, "a b", "there is a blank in it"},
		{"a flag", checkWord, "--type", "a hyphen before it"},
		{"tag", checkTag, "a=b=c", ""},
		{"tag, key alone", checkTag, "a", ""},
		{"tag without key", checkTag, "=b", "has no key"},
	} {
		t.Run(c.about, func(t *testing.T) {
			t.Parallel()
			err := c.check(c.value)
			if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("%q: %v; want %q", c.value, err, c.says)
			}
		})
	}
	if got := oneOf(strategies)("cheap").Error(); strings.Contains(got, "did you mean") {
		t.Errorf("%s", got)
	}
}

func TestCheckPrice(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ flags, where string }{
		{"", ""},
		{"image=m-1 image-family=acs:x", "--image-family"},
		{"period=2", "--period"},
		{"period=9 period-unit=Month", ""},
		{"period=6 period-unit=Year", "--period"},
		{"disk-level=PL1 disk-category=cloud_auto", "--disk-level"},
		{"disk-category=cloud_auto disk-size=1", ""},
		{"disk-size=19", "--disk-size"},
		{"disk-size=19 disk-level=PL0", ""},
		{"disk-size=460 disk-level=PL2", "--disk-size"},
		{"disk-size=1261 disk-level=PL3", ""},
	} {
		t.Run(c.flags, func(t *testing.T) {
			t.Parallel()
			v := steps.Values{"type": {"ecs.c7.large"}, "period": {"1"}, "period-unit": {"Hour"}, "disk-size": {defaultDiskGiB}, "disk-category": {defaultDiskCategory}}
			for _, flag := range strings.Fields(c.flags) {
				name, value, _ := strings.Cut(flag, "=")
				v[name] = []string{value}
			}
			var where []string
			for _, p := range checkPrice(v) {
				where = append(where, p.Where)
			}
			if got := strings.Join(where, " "); got != c.where {
				t.Errorf("problems at %q, want %q", got, c.where)
			}
		})
	}
}

// What a service calls a thing stays in its cell.
func TestTable(t *testing.T) {
	t.Parallel()
	rows := [][2]string{{"a\tb\nc", ""}, {"d", "e"}}
	got := table(rows, []column[[2]string]{
		{"FIRST", func(r [2]string) string { return r[0] }},
		{"SECOND", func(r [2]string) string { return r[1] }},
	})
	if want := "FIRST  SECOND\na b c  -\nd      e"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestPlural(t *testing.T) {
	t.Parallel()
	for want, got := range map[string]string{
		"0 zones": steps.Count(0, "zone"), "1 instance type family": steps.Count(1, "instance type family"), "2 instance type families": steps.Count(2, "instance type family"),
		"3 system disk categories": steps.Count(3, "system disk category"),
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// A hint can be pasted into a shell, whatever is in it.
func TestNextIsQuoted(t *testing.T) {
	t.Parallel()
	r := reader{region: "cn-hangzhou"}
	const want = "aligate ecs images --region cn-hangzhou --type 'a b; c' --profile ops"
	if got := r.next("images", steps.Values{"profile": {"ops"}}, "--type", "a b; c", "--os", ""); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := r.next("regions", nil); got != "aligate ecs regions" {
		t.Errorf("got %s", got)
	}
}

// Whatever the words are, they come out of the address as they went in, beside the product.
func FuzzDocsAddress(f *testing.F) {
	for _, words := range []string{"RunInstances", "a&product=oss", "50% off?", "云助手", "#x/../y", "\xff"} {
		f.Add(words)
	}
	f.Fuzz(func(t *testing.T, words string) {
		u, err := url.Parse(docsAddress(words))
		if err != nil {
			t.Fatal(err)
		}
		q := u.Query()
		if u.Scheme+"://"+u.Host+u.Path != docsSearch || u.Fragment != "" || len(q) != 2 || q.Get("k") != words || q.Get("product") != "ecs" {
			t.Errorf("%q: %s", words, u)
		}
	})
}

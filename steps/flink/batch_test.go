package flink

import (
	"slices"
	"strings"
	"testing"

	"aligate/steps"
)

// FuzzItems: whatever stands in a file, it is a list of checked writes or a list of problems, and never both; and no
// file confirms anything.
func FuzzItems(f *testing.F) {
	for _, text := range []string{
		"operation: delete\nregion-id: cn-hangzhou\ninstance-id: [f-1, f-2]\n---\noperation: renew\nregion_id: cn-hangzhou\ninstance_id: f-1\nperiod: 3\n",
		"operation: delete\nforce-confirmation: true\n", "a: &a [*a]\n", "- 1\n", "operation: [delete]\n", "{}\n", "---\n---\n", "a: b: c\n", "? [x]\n: y\n",
		"operation: create\nregion-id: cn-hangzhou\nname: a\ninstance-type: PayAsYouGo\nvpc-id: v\nvswitch-id: w\ncu-count: 0x4\n",
		"operation: tag_resources\nregion-id: cn-hangzhou\nresource-type: vvpinstance\nresource-ids: 'a, b'\ntags: [x:1, 'y:2,z:3']\n",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		items, problems := itemsOf([]byte(text), steps.Values{})
		if (len(items) > 0) == (len(problems) > 0) && len(problems) == 0 {
			t.Fatal("neither items nor problems")
		}
		for _, it := range items {
			if len(problems) > 0 {
				break // nothing of the file is done
			}
			if !it.op.writes() || it.values.Is(it.op.flag) || it.label == "" {
				t.Errorf("item %q of %s: %v", it.label, it.op.name, it.values)
			}
			if wrong := steps.CheckValues(it.op.params, it.values); len(wrong) > 0 {
				t.Errorf("item %q is not checked: %v", it.label, wrong)
			}
		}
	})
}

// The flags of the command cover what they name, and nothing else.
func TestItemFlags(t *testing.T) {
	t.Parallel()
	const text = "operation: delete\nregion-id: cn-hangzhou\ninstance-id: f-1\n---\noperation: renew\nregion-id: cn-hangzhou\ninstance-id: f-1\nperiod: 003\n"
	_, problems := itemsOf([]byte(text), steps.Values{})
	if len(problems) != 1 || problems[0].Where != "document 2, period" || !strings.Contains(problems[0].What, `"003"`) {
		t.Errorf("%v", problems)
	}
	items, problems := itemsOf([]byte(strings.Replace(text, "003", "3", 1)), steps.Values{"confirm": {"true"}, "wait": {"true"}, "profile": {"team"}, "all-or-nothing": {"true"}})
	if len(problems) > 0 || len(items) != 2 {
		t.Fatal(items, problems)
	}
	if v := items[0].values; v.Is("force-confirmation") || v.One("confirm") != "" || !v.Is("wait") || v.One("profile") != "team" {
		t.Errorf("delete has %v", v)
	}
	if v := items[1].values; !v.Is("confirm") || v.One("all-or-nothing") != "" {
		t.Errorf("renew has %v", v)
	}
	if !slices.Equal([]string{items[0].label, items[1].label}, []string{"f-1", "f-1"}) {
		t.Errorf("labels %q %q", items[0].label, items[1].label)
	}
}

// A document is one write: of several operations, none is chosen.
func TestItemOperations(t *testing.T) {
	t.Parallel()
	items, problems := itemsOf([]byte("operation: [delete, renew]\nregion-id: cn-hangzhou\ninstance-id: f-1\n"), steps.Values{})
	if len(items) > 0 || len(problems) != 1 || problems[0].Where != "document 1, operation" {
		t.Errorf("%v, %v", items, problems)
	}
}

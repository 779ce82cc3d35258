package flink

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"aligate/runner"
	"aligate/steps"
)

var tagsFlag = steps.Param{
	Name: "tags", Required: true, Repeat: true, Usage: "`TAGS`: key:value, with commas between them; split at the first colon",
}

// mostTags is how many tags one call takes (facts C13).
const mostTags = 20

// keyValue is one tag that is to be.
type keyValue struct{ key, value string }

// tagsOf reads --tags (facts F22).
func tagsOf(v steps.Values) ([]keyValue, []steps.Problem) {
	var tags []keyValue
	for _, text := range allFields(v, "tags") {
		key, value, ok := strings.Cut(text, ":")
		if key, value = strings.TrimSpace(key), strings.TrimSpace(value); !ok || key == "" {
			return nil, []steps.Problem{{Where: "--tags", What: fmt.Sprintf("%q is not key:value", text)}}
		}
		tags = append(tags, keyValue{key, value})
	}
	keys := make([]string, len(tags))
	for i, t := range tags {
		keys[i] = t.key
	}
	return tags, keyProblems("--tags", keys)
}

func keyProblems(where string, keys []string) []steps.Problem {
	sorted := slices.Sorted(slices.Values(keys))
	switch {
	case slices.Contains(keys, ""):
		return []steps.Problem{{Where: where, What: "holds an empty key"}}
	case len(slices.Compact(sorted)) < len(keys):
		return []steps.Problem{{Where: where, What: "names a key twice"}}
	case len(keys) > mostTags:
		return []steps.Problem{{Where: where, What: fmt.Sprintf("holds %d tags; the service takes %d at once", len(keys), mostTags)}}
	}
	return nil
}

func tagProblems(v steps.Values) []steps.Problem {
	_, problems := tagsOf(v)
	return problems
}

func untagProblems(v steps.Values) []steps.Problem {
	return keyProblems("--tag-keys", allFields(v, "tag-keys"))
}

// labelling is a change of the tags of one instance.
type labelling struct {
	change string
	call   runner.Command
	// done is what the change asks for, for programs.
	done map[string]any
	// read reads the tags that there are, evidence says how.
	read     func(ctx context.Context, id string) (map[string]string, error)
	evidence string
	// compare holds them against what is to be.
	compare func(tags map[string]string) []field
}

// planTag works out the tags of one instance (facts C13). An instance that is not there has none, and gets none.
func planTag(ctx context.Context, c cloud, v steps.Values) (*plan, error) {
	id := v.One("resource-ids")
	want, _ := tagsOf(v)
	i, err := c.existing(ctx, id)
	if err != nil {
		return nil, err
	}
	pairs := append([]pair{{"ResourceType", resourceType}}, numbered("ResourceId", []string{id})...)
	words := make([]string, len(want))
	for n, t := range want {
		name := fmt.Sprintf("Tag.%d.", n+1)
		pairs = append(pairs, pair{name + "Key", t.key}, pair{name + "Value", t.value})
		words[n] = t.key + ":" + t.value
	}
	return c.tagPlan(ctx, i, labelling{
		change: fmt.Sprintf("set tags %s of instance %s", strings.Join(words, ", "), id),
		call:   c.writeTags("TagResources", pairs...),
		done:   map[string]any{"resource_ids": []string{id}, "tags": words},
		read:   c.tags, evidence: "every page of ListTagResources for " + id,
		compare: func(tags map[string]string) []field {
			fields := make([]field, len(want))
			for n, t := range want {
				actual, ok := valueOf(tags, t.key)
				fields[n] = field{Name: "tag " + t.key, Expected: t.value, Actual: actual, OK: ok && actual == t.value}
			}
			return fields
		},
	})
}

// planUntag works out the tags to take off one instance (facts C15): the keys named, and never all.
func planUntag(ctx context.Context, c cloud, v steps.Values) (*plan, error) {
	id, keys := v.One("resource-ids"), allFields(v, "tag-keys")
	i, err := c.instance(ctx, id)
	if err != nil {
		return nil, err
	}
	if i == nil {
		absentInstance(ctx, c, id)
		i = &instance{ID: id}
	}
	pairs := append([]pair{{"ResourceType", resourceType}}, numbered("ResourceId", []string{id})...)
	p, err := c.tagPlan(ctx, i, labelling{
		change: fmt.Sprintf("take tags %s off instance %s", strings.Join(keys, ", "), id),
		call:   c.writeTags("UntagResources", append(pairs, numbered("TagKey", keys)...)...),
		done:   map[string]any{"resource_ids": []string{id}, "tag_keys": keys},
		read:   c.tagsLeft, evidence: "every page of ListTagResources, and the row of DescribeInstances, for " + id,
		compare: func(tags map[string]string) []field {
			fields := make([]field, len(keys))
			for n, key := range keys {
				actual, ok := valueOf(tags, key)
				fields[n] = field{Name: "tag " + key, Expected: "absent", Actual: actual, OK: !ok}
			}
			return fields
		},
	})
	if err == nil {
		p.asGood = byNotFound
	}
	return p, err
}

// valueOf is the value of a tag in words, and whether there is one.
func valueOf(tags map[string]string, key string) (string, bool) {
	value, ok := tags[key]
	if !ok {
		value = "absent"
	}
	return value, ok
}

// tagPlan is the plan of l.
func (c cloud) tagPlan(ctx context.Context, i *instance, l labelling) (*plan, error) {
	look := func(ctx context.Context) (sight, error) {
		tags, err := l.read(ctx, i.ID)
		return sight{fields: l.compare(tags), state: inJSON(tags), status: "tagged", ready: true, after: tags, evidence: l.evidence}, err
	}
	now, err := look(ctx)
	if err != nil {
		return nil, err
	}
	return &plan{
		target: target{Region: c.region, Instance: i.ID, Name: i.Name}, change: l.change, planned: l.done,
		current: now.after, before: tagText(now.after.(map[string]string)),
		call: l.call, now: now, look: look, noop: noop{"the tags are so already", l.done},
		again: "flink list-tags --region-id " + runner.Quote(c.region) + " --resource-type " + resourceType +
			" --resource-ids " + runner.Quote(i.ID),
	}, nil
}

// tagText are tags in a line, sorted by key.
func tagText(tags map[string]string) string {
	if len(tags) == 0 {
		return "no tags"
	}
	words := make([]string, 0, len(tags))
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		words = append(words, key+":"+tags[key])
	}
	return "tags " + strings.Join(words, ", ")
}

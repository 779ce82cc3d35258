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

var tagsFlag = steps.Param{Name: "tags", Required: true, Repeat: true, Usage: "`TAGS`: key:value, with commas between them; split at the first colon"}

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
	return c.tagPlan(ctx, i, c.tags, "every page of ListTagResources", "set tags "+strings.Join(words, ", ")+" of instance "+id, c.writeTags("TagResources", pairs...),
		map[string]any{"resource_ids": []string{id}, "tags": words}, func(tags map[string]string) []field {
			fields := make([]field, len(want))
			for n, t := range want {
				actual, ok := tags[t.key]
				if !ok {
					actual = "absent"
				}
				fields[n] = field{Name: "tag " + t.key, Expected: t.value, Actual: actual, OK: ok && actual == t.value}
			}
			return fields
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
	p, err := c.tagPlan(ctx, i, c.tagsLeft, "every page of ListTagResources, and the row of DescribeInstances", "take tags "+strings.Join(keys, ", ")+" off instance "+id, c.writeTags("UntagResources", append(pairs, numbered("TagKey", keys)...)...),
		map[string]any{"resource_ids": []string{id}, "tag_keys": keys}, func(tags map[string]string) []field {
			fields := make([]field, len(keys))
			for n, key := range keys {
				value, ok := tags[key]
				if !ok {
					value = "absent"
				}
				fields[n] = field{Name: "tag " + key, Expected: "absent", Actual: value, OK: !ok}
			}
			return fields
		})
	if err == nil {
		p.asGood = byNotFound
	}
	return p, err
}

// tagPlan is the part that both have in common: read reads the tags that there are, expect compares them with those
// that are to be.
func (c cloud) tagPlan(ctx context.Context, i *instance, read func(context.Context, string) (map[string]string, error), evidence, change string, call runner.Command, done map[string]any, expect func(map[string]string) []field) (*plan, error) {
	look := func(ctx context.Context) (sight, error) {
		tags, err := read(ctx, i.ID)
		if err != nil {
			return sight{}, err
		}
		return sight{fields: expect(tags), state: inJSON(tags), status: "tagged", ready: true, after: tags,
			evidence: evidence + " for " + i.ID}, nil
	}
	now, err := look(ctx)
	if err != nil {
		return nil, err
	}
	return &plan{
		target: target{Region: c.region, Instance: i.ID, Name: i.Name}, change: change, planned: done, current: now.after, before: tagText(now.after.(map[string]string)),
		call: call, now: now, look: look, noop: noop{"the tags are so already", done},
		again: "flink list-tags --region-id " + runner.Quote(c.region) + " --resource-type " + resourceType + " --resource-ids " + runner.Quote(i.ID),
	}, nil
}

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

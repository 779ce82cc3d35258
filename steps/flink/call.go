package flink

import (
	"encoding/json"
	"fmt"
	"strconv"

	"aligate/runner"
)

// pair is one parameter of a call. An empty value is left out: the service would take it for one (facts C3).
type pair struct{ name, value string }

// settings stand in every call (facts A1, A6). Repeating is ours to decide, whatever the profile says; and the CLI's own
// 10 seconds would leave the outcome of a write unknown.
var settings = []string{"--connect-timeout", "10", "--read-timeout", "60", "--retry-count", "0"}

// anyRegion satisfies the CLI where the service wants no region (facts C1).
const anyRegion = "cn-hangzhou"

// read builds a read of one region. The region stands twice, always the same: the first chooses the endpoint, the second
// is what the service gets. Values are glued to their names, so that none is taken for a flag (facts A2).
//
// A read may be tried twice (facts G1); Slow allows that after a timeout too.
func (c cloud) read(api string, pairs ...pair) runner.Command {
	return c.call(api, append([]pair{{"Region", c.region}}, pairs...)...)
}

// readTags builds a read of the tag APIs, which call the region RegionId (facts A1).
func (c cloud) readTags(api string, pairs ...pair) runner.Command {
	return c.call(api, append([]pair{{"RegionId", c.region}}, pairs...)...)
}

// write builds a call that changes something: started once, whatever happens to it.
func (c cloud) write(api string, pairs ...pair) runner.Command { return once(c.read(api, pairs...)) }

// writeTags is write for the tag APIs.
func (c cloud) writeTags(api string, pairs ...pair) runner.Command {
	return once(c.readTags(api, pairs...))
}

func (c cloud) call(api string, pairs ...pair) runner.Command {
	region := c.region
	if region == "" {
		region = anyRegion
	}
	args := append([]string{"foasconsole", api, "--region", region}, settings...)
	for _, p := range pairs {
		if p.value != "" {
			args = append(args, "--"+p.name+"="+p.value)
		}
	}
	if c.profile != "" {
		args = append(args, "--profile", c.profile)
	}
	return runner.Command{Args: args, Effect: runner.ReadOnly, Kind: runner.Read, JSON: true, Slow: []string{}, Most: 2}
}

func once(c runner.Command) runner.Command {
	c.Effect, c.Kind, c.Slow, c.Most = runner.Mutates, runner.Write, nil, 1
	return c
}

// numbered are the parameters of a repeated list: they count from 1 (facts A4).
func numbered(name string, values []string) []pair {
	pairs := make([]pair, len(values))
	for i, value := range values {
		pairs[i] = pair{name + "." + strconv.Itoa(i+1), value}
	}
	return pairs
}

// spec is an amount of resources. The service wants four GB a core everywhere (facts C4, F9).
type spec struct {
	CPU    int `json:"Cpu"`
	Memory int `json:"MemoryGB"`
}

func (s *spec) String() string {
	if s == nil {
		return "not reported"
	}
	return fmt.Sprintf("%d cores, %d GB", s.CPU, s.Memory)
}

// empty reports whether s says nothing: the service tells zeros for "does not apply" (facts F7).
func (s *spec) empty() bool { return s == nil || s.CPU == 0 && s.Memory == 0 }

func (s *spec) equal(other *spec) bool {
	return s != nil && other != nil && *s == *other
}

// plus adds what is reported.
func (s *spec) plus(other *spec) *spec {
	switch {
	case s == nil:
		return other
	case other == nil:
		return s
	}
	return &spec{CPU: s.CPU + other.CPU, Memory: s.Memory + other.Memory}
}

// inJSON is v as the text of a parameter (facts A4). v is one of our own types, which always have one.
func inJSON(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(raw)
}

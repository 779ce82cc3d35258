package ecs

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"aligate/steps"
)

var runsTool = steps.Tool{
	Name: "runs", Category: "RUN", Summary: "the runs of this state directory, and what is left of each", Offline: true,
	Description: "Reads the ledgers in the state directory; nothing is asked. A run is open while anything it made is there or may be.",
	Example:     "aligate ecs runs\naligate ecs runs --all --output json",
	Params:      []steps.Param{{Name: "all", Bool: true, Usage: "also those of which nothing is left"}},
	Run:         runRuns,
}

// runRow is a run in the list.
type runRow struct {
	Run     string    `json:"run"`
	Command string    `json:"command"`
	Script  string    `json:"script,omitempty"`
	Region  string    `json:"region"`
	Began   time.Time `json:"began"`
	// State is open, kept or ended.
	State     string     `json:"state"`
	Resources []resource `json:"resources"`
}

func runRuns(_ context.Context, env *steps.Env) (steps.Outcome, error) {
	ledgers, damaged := env.Ledgers()
	rows := []runRow{}
	for _, l := range ledgers {
		a, err := decodeAbout(l)
		if err != nil {
			return steps.Outcome{}, err
		}
		row := runRow{Run: l.Run, Command: a.Command, Script: a.Script, Region: a.Region, Began: l.Began, State: runState(l), Resources: resources(l)}
		if row.State != "ended" || env.Values.Is("all") {
			rows = append(rows, row)
		}
	}
	return steps.Outcome{Data: rows, Text: func() string { return runsText(env, rows) }, Summary: fmt.Sprintf("%d runs", len(rows))}, damaged
}

// runState is how a run stands by its ledger.
func runState(l *steps.Ledger) string {
	switch {
	case len(l.Left()) > 0:
		return "open"
	case len(kept(l)) > 0:
		return "kept"
	}
	return "ended"
}

// kept are the things that a run has made to stay.
func kept(l *steps.Ledger) []steps.Item {
	return slices.DeleteFunc(slices.Clone(l.Items), func(i steps.Item) bool { return i.State != steps.Kept || dataOf(i).Reused })
}

func runsText(env *steps.Env, rows []runRow) string {
	if len(rows) == 0 {
		return "No run has left anything."
	}
	return table(rows, []column[runRow]{
		{"RUN", func(r runRow) string { return r.Run }},
		{"STATE", func(r runRow) string { return r.State }},
		{"COMMAND", func(r runRow) string { return strings.TrimSpace(r.Command + " " + r.Script) }},
		{"REGION", func(r runRow) string { return r.Region }},
		{"BEGAN", func(r runRow) string { return r.Began.Format(time.RFC3339) }},
		{"THERE", runRow.there},
	}) + "\n\nRelease one with: " + env.Command("ecs release RUN")
}

// there names what is there, or may be, and was made by the run.
func (r runRow) there() string {
	var ids []string
	for _, thing := range r.Resources {
		if thing.State != "released" && thing.State != reused {
			ids = append(ids, strings.TrimSpace(thing.Kind+" "+thing.ID))
		}
	}
	return strings.Join(ids, ", ")
}

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
	ledgers, err := env.Ledgers()
	if err != nil {
		return steps.Outcome{}, err
	}
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
	return steps.Outcome{Data: rows, Text: func() string { return runsText(env, rows) }, Summary: fmt.Sprintf("%d runs", len(rows))}, nil
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

var releaseTool = steps.Tool{
	Name: "release", Args: "[RUN]", Category: "RUN", Summary: "release what a run has made: one run, or all that were cut off",
	Description: "Deletes, in reverse order and only what the ledger of the run says it made, and verifies that it is gone. Without RUN it\n" +
		"takes every run that was cut off or could not release all. What was made to stay (ecs up, ecs create) needs its RUN and\n" +
		"--confirm.",
	Example: "aligate ecs release\naligate ecs release 20261122T081500Z-0a1b2c --confirm",
	Uses:    []string{"profile"}, Changes: true,
	Params: []steps.Param{{Name: "confirm", Bool: true, Usage: "also what was made to stay"}},
	Run:    runRelease,
}

func runRelease(ctx context.Context, env *steps.Env) (steps.Outcome, error) {
	ledgers, err := env.Ledgers()
	if err != nil {
		return steps.Outcome{}, err
	}
	named := ""
	switch {
	case len(env.Args) > 1:
		return steps.Outcome{}, steps.Usage(steps.Problem{Where: "release", What: "takes one RUN at the most"})
	case len(env.Args) == 1:
		named = env.Args[0]
		ledgers = slices.DeleteFunc(ledgers, func(l *steps.Ledger) bool { return l.Run != named })
		if len(ledgers) == 0 {
			return steps.Outcome{}, &steps.Error{Code: "NoSuchRun", Exit: steps.ExitMissing, Message: fmt.Sprintf("there is no run %q in the state directory", named),
				Hints: []string{"the runs: " + env.Command("ecs runs --all")}}
		}
		if stays := kept(ledgers[0]); len(stays) > 0 && !env.Values.Is("confirm") {
			return steps.Outcome{Data: resources(ledgers[0])}, &steps.Error{Code: "ConfirmationRequired", Exit: steps.ExitConfirm,
				Message: fmt.Sprintf("run %s has made %s to stay; this deletes it", named, names(stays)),
				Hints:   []string{"to release it: " + env.Command("ecs release "+named+" --confirm")}}
		}
	}
	var done []resource
	var left []steps.Item
	var open, stay []string
	for _, l := range ledgers {
		items := l.Left()
		if named != "" {
			items = append(items, kept(l)...)
		} else if len(kept(l)) > 0 {
			stay = append(stay, l.Run)
		}
		if len(items) == 0 {
			continue
		}
		still, err := releaseRun(ctx, env, l, items)
		done, left = append(done, resources(l)...), append(left, still...)
		if len(still) > 0 {
			open = append(open, l.Run)
		}
		if err != nil {
			return steps.Outcome{Data: done}, unrecorded(env, err, done, open, left)
		}
	}
	out := steps.Outcome{Data: done, Text: func() string { return releasedText(env, done, stay) }, Summary: "nothing is left"}
	if len(done) == 0 {
		out.Data = []resource{}
	}
	if len(left) > 0 {
		return out, leftError(env, open, left, nil)
	}
	return out, nil
}

// unrecorded is the error of a release whose ledger could not be written, which has changed something all the same.
func unrecorded(env *steps.Env, err error, done []resource, open []string, left []steps.Item) error {
	if len(left) > 0 {
		return leftError(env, open, left, err)
	}
	e := *steps.AsError(context.Background(), err)
	e.Changed = summaryText(done)
	return &e
}

// releasedText says what was released, and what was passed over because it was made to stay.
func releasedText(env *steps.Env, done []resource, stay []string) string {
	text := "Nothing is left to release."
	if len(done) > 0 {
		text = summaryText(done)
	}
	for _, run := range stay {
		text += "\nMade to stay, and not released: run " + run + ". Release it with: " + env.Command("ecs release "+run+" --confirm")
	}
	return text
}

// releaseRun releases items of a ledger.
func releaseRun(ctx context.Context, env *steps.Env, l *steps.Ledger, items []steps.Item) (left []steps.Item, err error) {
	w, err := resume(env, l)
	if err != nil {
		return nil, err
	}
	for i := range items {
		items[i].State = steps.Made // what was kept is to go now
		if items[i].ID == "" {
			items[i].State = steps.Intended
		}
	}
	var unwritten error
	_ = env.Stage(ctx, "release", "run "+l.Run, func(ctx context.Context) (string, error) {
		if left, unwritten = w.release(ctx, items); len(left) > 0 {
			return "", leftError(env, []string{l.Run}, left, unwritten)
		}
		return "nothing is left", unwritten
	})
	return left, unwritten
}

func names(items []steps.Item) string {
	all := make([]string, len(items))
	for i, item := range items {
		all[i] = name(item)
	}
	return strings.Join(all, ", ")
}

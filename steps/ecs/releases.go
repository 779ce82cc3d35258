package ecs

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"aligate/steps"
)

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
	if len(env.Args) > 1 {
		return steps.Outcome{}, steps.Usage(steps.Problem{Where: "release", What: "takes one RUN at the most"})
	}
	ledgers, damaged := env.Ledgers()
	r := &releasing{env: env, damaged: damaged}
	if len(env.Args) == 1 {
		l, err := r.named(ledgers, env.Args[0])
		if err != nil {
			return steps.Outcome{Data: shown(l)}, err
		}
		err = r.release(ctx, l, append(l.Left(), kept(l)...))
		return r.outcome(err)
	}
	for _, l := range ledgers {
		if len(kept(l)) > 0 {
			r.stay = append(r.stay, l.Run)
		}
		if err := r.release(ctx, l, l.Left()); err != nil {
			return r.outcome(err)
		}
	}
	return r.outcome(damaged)
}

// releasing is a release of one run or of several on its way.
type releasing struct {
	env *steps.Env
	// damaged is why not all ledgers could be read.
	damaged error
	// done are the resources of the runs that were released; left those that are still there, of the runs in open.
	done []resource
	left []steps.Item
	open []string
	// stay are runs that were passed over, because what they made is to stay.
	stay []string
}

// named returns the ledger of a run. What the run has made to stay needs to be confirmed.
func (r *releasing) named(ledgers []*steps.Ledger, run string) (*steps.Ledger, error) {
	at := slices.IndexFunc(ledgers, func(l *steps.Ledger) bool { return l.Run == run })
	switch {
	case at < 0 && r.damaged != nil:
		return nil, r.damaged
	case at < 0:
		return nil, &steps.Error{Code: "NoSuchRun", Exit: steps.ExitMissing, Message: fmt.Sprintf("there is no run %q in the state directory", run),
			Hints: []string{"the runs: " + r.env.Command("ecs runs --all")}}
	case r.damaged != nil:
		r.env.Warn("LedgerDamaged", "the ledger of another run cannot be read: %v", r.damaged)
	}
	l := ledgers[at]
	if stays := kept(l); len(stays) > 0 && !r.env.Values.Is("confirm") {
		return l, &steps.Error{Code: "ConfirmationRequired", Exit: steps.ExitConfirm,
			Message: fmt.Sprintf("run %s has made %s to stay; this deletes it", run, names(stays)),
			Hints:   []string{"to release it: " + r.env.Command("ecs release "+run+" --confirm")}}
	}
	return l, nil
}

// shown are the resources of a ledger, nil if there is none.
func shown(l *steps.Ledger) any {
	if l == nil {
		return nil
	}
	return resources(l)
}

// release releases items of a run. The error is that of its ledger.
func (r *releasing) release(ctx context.Context, l *steps.Ledger, items []steps.Item) error {
	if len(items) == 0 {
		return nil
	}
	still, err := releaseRun(ctx, r.env, l, items)
	r.done, r.left = append(r.done, resources(l)...), append(r.left, still...)
	if len(still) > 0 {
		r.open = append(r.open, l.Run)
	}
	return err
}

// outcome is what came of it. err is why it ended early, or what it could not look at.
func (r *releasing) outcome(err error) (steps.Outcome, error) {
	out := steps.Outcome{Data: append([]resource{}, r.done...), Text: r.text, Summary: "nothing is left"}
	switch {
	case len(r.left) > 0:
		return out, leftError(r.env, r.open, r.left, err)
	case err != nil && len(r.done) > 0:
		e := *steps.AsError(context.Background(), err)
		e.Changed = summaryText(r.done)
		return out, &e
	}
	return out, err
}

// text says what was released, and what was passed over because it was made to stay.
func (r *releasing) text() string {
	text := "Nothing is left to release."
	if len(r.done) > 0 {
		text = summaryText(r.done)
	}
	for _, run := range r.stay {
		text += "\nMade to stay, and not released: run " + run + ". Release it with: " + r.env.Command("ecs release "+run+" --confirm")
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

package ecs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"aligate/runner"
	"aligate/steps"
)

// releaseEvery is the time between two attempts to delete something, checkEvery that between two looks whether it is
// gone, checkFor the time after which a thing that is still listed counts as left behind (ecs-facts 3).
const (
	releaseEvery = 15 * time.Second
	checkEvery   = 5 * time.Second
	checkFor     = 5 * time.Minute
	// absences is how many looks in a row must not find a thing before it counts as gone.
	absences = 2
)

// release deletes items of the ledger, which are things that this run made: instances first, then what they were in.
// It goes on after a failure, unless what failed holds the rest. It returns what is left, each with the reason; the
// error is that of the ledger.
func (w *work) release(ctx context.Context, items []steps.Item) (left []steps.Item, err error) {
	items = slices.Clone(items)
	slices.SortStableFunc(items, func(a, b steps.Item) int {
		_, i := thingOf(a.Kind)
		_, j := thingOf(b.Kind)
		return i - j
	})
	for _, item := range items {
		if holder := slices.IndexFunc(left, func(l steps.Item) bool { return l.Region == item.Region && l.Kind != item.Kind }); holder >= 0 {
			// What is still there is in it: deleting it cannot work.
			item.Note = "not tried: " + name(left[holder]) + " is still there"
		} else {
			item = w.releaseOne(ctx, item)
		}
		err = errors.Join(err, w.ledger.Put(item))
		if item.Left() {
			left = append(left, item)
		}
	}
	if err == nil && len(w.ledger.Left()) == 0 {
		err = w.ledger.End()
	}
	return left, err
}

// releaseOne returns what has become of item.
func (w *work) releaseOne(ctx context.Context, item steps.Item) steps.Item {
	kind, _ := thingOf(item.Kind)
	if kind == nil {
		item.Note = "is of a kind that this aligate does not know"
		return item
	}
	if item.ID == "" {
		ids, err := w.unlisted(ctx, kind, item)
		if err != nil {
			item.Note = "may exist, and could not be looked for: " + reason(err)
			return item
		}
		if len(ids) == 0 {
			item.State, item.Note = steps.Never, ""
			return item
		}
		item.ID, item.State = ids[0], steps.Made
	}
	state, note := w.dismantle(ctx, kind, item)
	item.State, item.Note = state, note
	return item
}

// dismantle deletes a thing whose id is known and verifies that it is gone.
func (w *work) dismantle(ctx context.Context, kind *thing, item steps.Item) (steps.ItemState, string) {
	status, there, err := w.listed(ctx, kind, item)
	if err != nil && runner.ClassOf(err) != runner.Denied {
		return steps.Made, "could not be looked up: " + reason(err)
	}
	// One that is not listed is deleted all the same: only the service's "not found" proves that it is not there. So is
	// one that the account may not look at.
	missed := err == nil && !there
	w.env.Note("%s", strings.TrimSpace("releasing "+kind.title+" "+item.ID+" "+status))
	if strangers, err := w.strangers(ctx, kind, item); err != nil {
		return steps.Made, "what is in it could not be looked up: " + reason(err)
	} else if len(strangers) > 0 {
		return steps.Kept, "in use by " + strings.Join(strangers, ", ")
	}
	if note := w.delete(ctx, kind, item); note != "" {
		return steps.Made, note
	}
	err = w.verifyGone(ctx, kind, item)
	switch {
	case err != nil && kind.final && runner.ClassOf(err) == runner.Denied:
		return steps.Gone, "was not looked up again: " + reason(err)
	case err != nil:
		return steps.Made, "was told to go, and it is not known whether it did: " + reason(err)
	case missed: // in another account, everything is
		return steps.Gone, "was not there any more"
	}
	return steps.Gone, ""
}

// listed looks how the thing stands. One that was made a moment ago and is not shown yet is waited for.
func (w *work) listed(ctx context.Context, kind *thing, item steps.Item) (status string, there bool, err error) {
	err = w.env.Poll(ctx, steps.Wait{What: kind.title + " " + item.ID + " to be listed", Every: lookEvery, For: lookFor}, func(ctx context.Context) (steps.State, error) {
		var blind error
		status, there, blind = kind.status(ctx, w.in(item.Region), item.ID)
		old := w.env.Now().Sub(item.Since) > lookFor
		return steps.State{Done: there || old}, blind
	})
	var late *steps.WaitError
	if errors.As(err, &late) && late.Blind == nil {
		err = nil
	}
	return status, there, err
}

// strangers are the instances in item that this run did not make: whoever deletes it takes their ground away.
func (w *work) strangers(ctx context.Context, kind *thing, item steps.Item) ([]string, error) {
	if kind.holds == nil {
		return nil, nil
	}
	rows, err := w.in(item.Region).instances(ctx, kind.holds(item.ID))
	if err != nil {
		if runner.ClassOf(err) == runner.NotFound {
			return nil, nil
		}
		return nil, err
	}
	var ids []string
	for _, row := range rows {
		if !slices.ContainsFunc(w.ledger.Items, func(i steps.Item) bool { return i.ID == row.ID }) {
			ids = append(ids, row.ID)
		}
	}
	return ids, nil
}

// delete sends the call until the service has taken it. It returns why it gave up, empty if it did not.
func (w *work) delete(ctx context.Context, kind *thing, item steps.Item) (note string) {
	if item.ID == "" {
		return "has no id; without one, nothing is deleted" // an empty parameter is left out, and would mean all of them
	}
	params := append([]pair{{kind.idParam, item.ID}}, kind.more...)
	command := change(w.profile, item.Region, kind.product, kind.delete, params...)
	err := w.env.Poll(ctx, steps.Wait{What: kind.title + " " + item.ID + " to be released", Every: releaseEvery, For: kind.patience}, func(ctx context.Context) (steps.State, error) {
		_, err := w.env.Runner.Run(ctx, command)
		switch {
		case err == nil || moveOf(err) == gone:
			return steps.State{Done: true}, nil
		case runner.Doubtful(err) && context.Cause(ctx) == nil:
			// It may have worked: what is gone is gone.
			if _, there, blind := kind.status(ctx, w.in(item.Region), item.ID); blind == nil && !there {
				return steps.State{Done: true}, nil
			}
			return steps.State{Text: steps.FromCall(err).Code}, nil
		case moveOf(err) == later || moveOf(err) == held:
			return steps.State{Text: steps.FromCall(err).Code}, nil
		}
		return steps.State{}, err
	})
	if err == nil {
		return ""
	}
	if moveOf(err) == protected {
		return "is protected: " + steps.FromCall(err).Message
	}
	return reason(err)
}

// verifyGone looks until the thing is not listed any more.
func (w *work) verifyGone(ctx context.Context, kind *thing, item steps.Item) error {
	absent := 0
	return w.env.Poll(ctx, steps.Wait{What: kind.title + " " + item.ID + " to be gone", Every: checkEvery, For: checkFor}, func(ctx context.Context) (steps.State, error) {
		status, there, err := kind.status(ctx, w.in(item.Region), item.ID)
		switch {
		case err != nil && moveOf(err) == gone:
			there = false
		case err != nil:
			return steps.State{}, err
		}
		if absent++; there {
			absent = 0
		}
		return steps.State{Text: status, Done: absent == absences}, nil
	})
}

// reason is err in a line.
func reason(err error) string {
	var late *steps.WaitError
	if errors.As(err, &late) {
		return err.Error()
	}
	failure := steps.AsError(context.Background(), err)
	return failure.Code + ": " + failure.Message
}

// name is an item in a message.
func name(item steps.Item) string {
	kind, _ := thingOf(item.Kind)
	title := item.Kind
	if kind != nil {
		title = kind.title
	}
	if item.ID == "" {
		return fmt.Sprintf("%s (no id known, region %s, tag %s)", title, item.Region, runTag)
	}
	return fmt.Sprintf("%s %s (region %s)", title, item.ID, item.Region)
}

// leftError says what is still there of runs, and how to go on.
func leftError(env *steps.Env, runs []string, left []steps.Item, cause error) *steps.Error {
	names := make([]string, len(left))
	for i, item := range left {
		names[i] = name(item)
		if item.Note != "" {
			names[i] += ": " + item.Note
		}
	}
	again := "ecs release"
	if len(runs) == 1 {
		again += " " + runs[0]
	}
	e := &steps.Error{Code: "LeftBehind", Exit: steps.ExitIncomplete, Err: cause, Final: true,
		Message: fmt.Sprintf("%d of the resources that run %s made could not be released", len(left), strings.Join(runs, ", ")),
		Changed: "still there: " + strings.Join(names, "; "),
		Hints:   []string{"release it: " + env.Command(again)}}
	if cause != nil {
		failure := steps.AsError(context.Background(), cause)
		e.Message += "; before that: " + failure.Code + ": " + failure.Message
	}
	return e
}

package ecs

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"aligate/steps"
	"aligate/steps/ecs/order"
)

// resource is one line of the resource summary.
type resource struct {
	Kind   string `json:"kind"`
	ID     string `json:"id"`
	Region string `json:"region"`
	// State is released, running, retained, retained (reused), left behind, or "not made".
	State string `json:"state"`
	About string `json:"about,omitempty"`
	Note  string `json:"note,omitempty"`
}

// resources are all things that a run has made or used.
func resources(l *steps.Ledger) []resource {
	rows := []resource{}
	for _, row := range things {
		for _, item := range l.Items {
			if item.Kind == row.name && item.State != steps.Never {
				data := dataOf(item)
				rows = append(rows, resource{Kind: row.name, ID: item.ID, Region: item.Region, State: stateOf(item), About: data.About, Note: item.Note})
			}
		}
	}
	return rows
}

// reused is the state of what the run found there.
const reused = "retained (reused)"

// stateOf is an item's state in the words of the summary (seed 001).
func stateOf(item steps.Item) string {
	switch {
	case item.State == steps.Gone:
		return "released"
	case item.State == steps.Kept && dataOf(item).Reused:
		return reused
	case item.State == steps.Kept && item.Kind == "instance":
		return "running"
	case item.State == steps.Kept:
		return "retained"
	case item.ID == "":
		return "may exist"
	}
	return "LEFT BEHIND"
}

// summaryText is the resource summary in the layout of the seed.
func summaryText(rows []resource) string {
	if len(rows) == 0 {
		return "Created resources: none"
	}
	var b strings.Builder
	b.WriteString("Created resources:")
	for _, r := range rows {
		kind, _ := thingOf(r.Kind)
		fmt.Fprintf(&b, "\n- %s: %s", kind.title, r.ID)
		if r.About != "" {
			fmt.Fprintf(&b, " (%s)", r.About)
		}
		fmt.Fprintf(&b, " [%s]", r.State)
		if r.Note != "" {
			b.WriteString(" " + r.Note)
		}
	}
	return b.String()
}

// account is the result of run, up and create.
type account struct {
	Run       string         `json:"run"`
	Order     order.Order    `json:"order"`
	Quote     order.Quote    `json:"quote"`
	Estimate  order.Estimate `json:"estimate"`
	Notes     []string       `json:"notes,omitempty"`
	Instance  string         `json:"instance"`
	PublicIPs []string       `json:"public_ips,omitempty"`
	Script    *execution     `json:"script,omitempty"`
	Resources []resource     `json:"resources"`
}

// finish decides what stays: a one-shot leaves nothing, and neither does a failure, unless it is asked to. What is made
// is released although the user asked to stop; only a second signal ends that too.
func (f *flow) finish(ctx context.Context, failed error) (steps.Outcome, error) {
	err := failed
	if keep := f.env.Values.Is("keep-on-failure") && failed != nil && context.Cause(ctx) == nil; keep || failed == nil && !f.oneShot {
		err = f.keep(failed)
	} else if left := f.ledger.Left(); len(left) > 0 {
		err = f.dissolve(ctx, left, failed)
	} else if ended := f.ledger.End(); err == nil {
		err = ended
	}
	a := account{Run: f.ledger.Run, Order: f.chosen.Order, Quote: f.confirmed, Estimate: f.estimate(), Notes: f.notes,
		Instance: f.up.ID, PublicIPs: f.up.PublicIPs, Resources: resources(f.ledger)}
	if f.done.Invoke != "" {
		a.Script = &f.done
	}
	out := steps.Outcome{Data: a, Text: func() string { return a.text(f.env, f.oneShot) }, Summary: f.ledger.Run}
	return out, err
}

// dissolve releases what is left of the run.
func (f *flow) dissolve(ctx context.Context, items []steps.Item, failed error) error {
	after, end := steps.Afterwards(ctx)
	defer end()
	var left []steps.Item
	err := f.env.Stage(after, "release", "delete what was made, in reverse", func(ctx context.Context) (string, error) {
		var err error
		left, err = f.release(ctx, items)
		if len(left) > 0 {
			err = leftError(f.env, []string{f.ledger.Run}, left, cmp.Or(failed, err))
		}
		return "nothing is left", err
	})
	if err != nil {
		return err
	}
	return f.undone(ctx, failed)
}

// undone is the failure of a run of which nothing is left: what it may have changed is released, but for what others use.
func (f *flow) undone(ctx context.Context, failed error) error {
	var known *steps.Error
	stays := kept(f.ledger)
	if failed == nil || len(stays) == 0 && !errors.As(failed, &known) {
		return failed
	}
	e := *steps.AsError(ctx, failed)
	e.Changed = ""
	if len(stays) > 0 {
		e.Changed = "kept, because others use it: " + summaryText(resources(f.ledger))
	}
	if e.Exit == steps.ExitIncomplete {
		e.Exit = steps.ExitFailed
	}
	return &e
}

// keep leaves what was made where it is, and says how to get rid of it.
func (f *flow) keep(failed error) error {
	var unwritten error
	for _, item := range slices.Clone(f.ledger.Items) {
		if item.State == steps.Made {
			item.State = steps.Kept
			unwritten = errors.Join(unwritten, f.ledger.Put(item))
		}
	}
	if unwritten == nil && failed == nil {
		unwritten = f.ledger.End()
	}
	if failed = cmp.Or(failed, unwritten); failed == nil || len(kept(f.ledger))+len(f.ledger.Left()) == 0 {
		return failed
	}
	e := *steps.AsError(context.Background(), failed)
	e.Changed = "kept, and billed: " + summaryText(resources(f.ledger))
	e.Hints = append(e.Hints, "release it: "+f.env.Command("ecs release "+f.ledger.Run+" --confirm"))
	if e.Exit == steps.ExitFailed {
		e.Exit = steps.ExitIncomplete
	}
	return &e
}

func (a account) text(env *steps.Env, oneShot bool) string {
	var parts []string
	if a.Script != nil {
		if output := a.Script.text(); output != "" {
			parts = append(parts, output)
		}
	}
	parts = append(parts, summaryText(a.Resources))
	if !oneShot && a.Instance != "" {
		line := "Billing goes on. Release it with: " + env.Command("ecs release "+a.Run+" --confirm")
		if len(a.PublicIPs) > 0 {
			line = "Public address: " + strings.Join(a.PublicIPs, ", ") + "\n" + line
		}
		parts = append(parts, line)
	}
	return strings.Join(parts, "\n\n")
}

// decodeAbout reads the head of a ledger.
func decodeAbout(l *steps.Ledger) (a about, err error) {
	err = json.Unmarshal(l.About, &a)
	return a, err
}

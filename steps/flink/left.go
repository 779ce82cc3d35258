package flink

import (
	"encoding/json"
	"fmt"
	"time"

	"aligate/steps"
)

// An instance costs money from the moment it is there. It is in a ledger before the call that makes it, so that a crash
// in between cannot hide it.

// wasSeen is the note of a thing that a read has shown.
const wasSeen = "seen"

// intend writes down what is about to be made.
func (x *execution) intend() error {
	if x.plan.made == nil {
		return nil
	}
	l, err := x.cloud.env.NewLedger(about{Command: x.op.commandLine(x.cloud.env, x.v)})
	if err != nil {
		return err
	}
	x.ledger = l
	return x.put(steps.Intended, "")
}

// known writes down the id, as soon as it is told.
func (x *execution) known() {
	if x.ledger != nil && x.plan.made.id() != "" {
		x.noted(x.put(steps.Made, ""))
	}
}

// settle writes down that what was made is to stay; what a lifecycle has made is not.
func (x *execution) settle() {
	switch {
	case x.ledger == nil:
		x.gone()
	case !x.ours && x.role == passing:
		x.end(steps.Never, "another has appeared")
	case x.role == passing:
		x.noted(x.put(steps.Made, wasSeen))
	default:
		x.end(steps.Kept, "asked for by create")
		x.adopt()
	}
}

// never writes down that nothing was made.
func (x *execution) never() {
	if x.ledger != nil {
		x.end(steps.Never, x.Report.Write.Code)
	}
}

func (x *execution) end(state steps.ItemState, note string) {
	err := x.put(state, note)
	if err == nil {
		err = x.ledger.End()
	}
	x.noted(err)
}

// noted warns if something could not be written down. What was done is done: at worst, diagnose looks once too often.
func (x *execution) noted(err error) {
	if err != nil {
		x.cloud.env.Warn("LedgerNotWritten", "what became of %s could not be written down: %v", x.plan.target, err)
	}
}

func (x *execution) put(state steps.ItemState, note string) error {
	it := x.plan.made.item
	it.ID, it.State, it.Note = x.plan.made.id(), state, note
	return x.ledger.Put(it)
}

// gone writes down, wherever the instance is in a ledger, that it is deleted.
func (x *execution) gone() {
	if x.op.name != "delete" {
		return
	}
	x.noted(eachLeft(x.cloud.env, func(l *steps.Ledger, it steps.Item) error {
		if it.ID != x.plan.target.Instance || it.Region != x.cloud.region {
			return nil
		}
		return closeEntry(l, it, steps.Gone, "deleted")
	}))
}

// adopt closes what an earlier command left open about a thing that is found to be as it was to be.
func (x *execution) adopt() {
	if x.plan.made == nil {
		x.gone()
		return
	}
	x.noted(eachLeft(x.cloud.env, func(l *steps.Ledger, it steps.Item) error {
		if it.Key != x.plan.made.item.Key || it.Region != x.cloud.region {
			return nil
		}
		it.ID = x.plan.made.id()
		return closeEntry(l, it, steps.Kept, "found again by create")
	}))
}

// closeEntry ends the entry of one thing, and its ledger if nothing else is left in it.
func closeEntry(l *steps.Ledger, it steps.Item, state steps.ItemState, note string) error {
	it.State, it.Note = state, note
	if err := l.Put(it); err != nil || len(l.Left()) > 0 {
		return err
	}
	return l.End()
}

// eachLeft calls do for everything that earlier commands may have left.
func eachLeft(env *steps.Env, do func(l *steps.Ledger, it steps.Item) error) error {
	ledgers, err := env.Ledgers()
	if err != nil {
		return err
	}
	for _, l := range ledgers {
		for _, it := range l.Left() {
			if err := do(l, it); err != nil {
				return err
			}
		}
	}
	return nil
}

// warnOfLeft warns of what earlier commands may have left.
func warnOfLeft(env *steps.Env) {
	err := eachLeft(env, func(_ *steps.Ledger, it steps.Item) error {
		env.Warn("InstanceLeft", "%s; find out with: %s", leftText(it), env.Command("flink diagnose --region-id "+it.Region))
		return nil
	})
	if err != nil {
		env.Warn("LedgerUnreadable", "whether an earlier command left an instance is not known: %v", err)
	}
}

// forgotten is how long an instance may take to appear: one that has not by then was not made.
const forgotten = time.Hour

// mayAppear reports whether the thing of an entry that does not show may still do so. One that was seen once is gone.
func mayAppear(env *steps.Env, it steps.Item) bool {
	return it.Note != wasSeen && env.Now().Sub(it.Since) <= forgotten
}

// unresolved is an error if an earlier command has asked for an instance that does not show and may still appear:
// another would be a second purchase (facts A6, G1), and that there is none is not known. is tells the entry.
func (c cloud) unresolved(is func(it steps.Item) bool) error {
	var found *steps.Error
	err := eachLeft(c.env, func(_ *steps.Ledger, it steps.Item) error {
		if it.Region == c.region && is(it) && mayAppear(c.env, it) {
			found = hinting(refuse("InstanceMayAppear", byAmbiguity, steps.ExitBlocked,
				"an earlier command has asked for instance %s in %s, which does not show and may still appear", it.Key, it.Region),
				"look again: "+c.env.Command("flink diagnose --region-id "+c.region),
				fmt.Sprintf("what does not show within %d minutes was not made: then the same command goes on", int(forgotten.Minutes())))
		}
		return nil
	})
	if err == nil && found != nil {
		return found
	}
	return err
}

// leftText says what is left, or may be.
func leftText(it steps.Item) string {
	since := it.Since.UTC().Format("2006-01-02 15:04")
	if it.ID != "" {
		return fmt.Sprintf("instance %s (%s) in %s, made at %s, may still cost money", it.ID, it.Key, it.Region, since)
	}
	return fmt.Sprintf("whether an instance %s was made in %s at %s is not known", it.Key, it.Region, since)
}

// about is what a ledger is about.
type about struct {
	// Command is the command line that makes the same again, or finds it.
	Command string `json:"command"`
}

// aboutOf is what l is about.
func aboutOf(l *steps.Ledger) about {
	var a about
	_ = json.Unmarshal(l.About, &a) // one without it has no command to show
	return a
}

// intentOf is what a ledger's entry says about an instance.
func intentOf(it steps.Item) intent {
	var known intent
	_ = json.Unmarshal(it.Data, &known) // an entry without it names every instance that there was: none
	return known
}

package ecs

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"aligate/runner"
	"aligate/steps"
	"aligate/steps/ecs/order"
)

// work is one run: what is made for it stands in its ledger before it exists.
type work struct {
	env     *steps.Env
	profile string
	region  string
	ledger  *steps.Ledger
	about   about
}

// about is the head of a ledger: what the run is for.
type about struct {
	// Command is run, up, create or sg-create.
	Command string `json:"command"`
	Script  string `json:"script,omitempty"`
	Region  string `json:"region"`
	// Profile is the one whose account it is in, empty for the CLI's current one. In another account, what the run has
	// made is "not found", which must not pass for released (ecs-facts 5, 26).
	Profile string `json:"profile,omitempty"`
	// OneShot runs release what they made when they end.
	OneShot bool         `json:"one_shot,omitempty"`
	Order   *order.Order `json:"order,omitempty"`
	Quote   *order.Quote `json:"quote,omitempty"`
}

// begin starts the ledger of a run.
func begin(env *steps.Env, region string, a about) (*work, error) {
	a.Profile = env.Values.One("profile")
	ledger, err := env.NewLedger(a)
	return &work{env: env, profile: a.Profile, region: region, ledger: ledger, about: a}, err
}

// resume goes on with the ledger of an earlier run, in the account of its profile unless the user names another.
func resume(env *steps.Env, ledger *steps.Ledger) (*work, error) {
	w := &work{env: env, ledger: ledger}
	if err := json.Unmarshal(ledger.About, &w.about); err != nil {
		return nil, fmt.Errorf("the ledger of run %s: %w", ledger.Run, err)
	}
	w.region, w.profile = w.about.Region, cmp.Or(env.Values.One("profile"), w.about.Profile)
	return w, nil
}

func (w *work) reader() reader { return w.in(w.region) }

func (w *work) in(region string) reader {
	return reader{env: w.env, region: region, profile: w.profile}
}

// creation is one thing to be made.
type creation struct {
	thing  string
	params []pair
	data   itemData
	// public things may be used by other runs.
	public bool
}

// resends are the waits before the same call goes out again, with the same ClientToken: the service does it once,
// however often it is asked (ecs-facts 2.6, 2.10).
var resends = []time.Duration{2 * time.Second, 4 * time.Second, 8 * time.Second, 15 * time.Second, 15 * time.Second, 15 * time.Second}

// make creates a thing: the intent is on the disk before the call, the id as soon as it is known. After an answer that
// nobody could read, the same call is sent again, and then the thing is looked for by its tag; if it is not found, it
// stays in the ledger as intended, for release to settle.
func (w *work) make(ctx context.Context, c creation) (string, error) {
	kind, _ := thingOf(c.thing)
	item := steps.Item{Key: w.token(c.thing), Kind: kind.name, Region: w.region, State: steps.Intended, Data: mustJSON(c.data)}
	if err := w.ledger.Put(item); err != nil {
		return "", err
	}
	command := change(w.profile, w.region, kind.product, kind.create, slices.Concat(c.params, []pair{{"ClientToken", item.Key}}, w.tags(c.public))...)
	id, doubted, err := w.send(ctx, command, kind.id)
	if err != nil && doubted && context.Cause(ctx) == nil {
		if ids, looked := w.unlisted(ctx, kind, item); looked == nil && len(ids) > 0 {
			id, err = ids[0], nil
		}
	}
	switch {
	case err == nil:
		item.ID, item.State = id, steps.Made
	case doubted:
		return "", err
	default:
		item.State = steps.Never
	}
	return id, errors.Join(err, w.ledger.Put(item))
}

// token names a call to the service: the run, and the number of the thing in its ledger. At most 64 characters.
func (w *work) token(thing string) string {
	return w.ledger.Run + "-" + strconv.Itoa(len(w.ledger.Items)+1) + "-" + thing
}

func (w *work) tags(public bool) []pair {
	tags := []pair{{"Tag.1.Key", runTag}, {"Tag.1.Value", w.ledger.Run}}
	if public {
		tags = append(tags, pair{"Tag.2.Key", ownTag}, pair{"Tag.2.Value", shared})
	}
	return tags
}

// send sends a call that the service does once however often it comes. doubted is set if, at the end, the call may
// have worked although it failed.
func (w *work) send(ctx context.Context, c runner.Command, read func(any) (string, error)) (id string, doubted bool, err error) {
	for attempt := 0; ; attempt++ {
		var res runner.Result
		res, err = w.env.Runner.Run(ctx, c)
		unclear := err != nil && runner.Doubtful(err)
		if err == nil {
			if id, err = read(res.JSON); err == nil {
				return id, false, nil
			}
			unclear = true // answered, but not with an id: it may be there
			err = &steps.Error{Code: "BadReply", Exit: steps.ExitIncomplete, Err: err, Message: c.Name() + ": " + err.Error()}
		}
		doubted = doubted || unclear
		// "Not found" is about what was made a moment ago and is not known everywhere yet.
		again := unclear || moveOf(err) == later || moveOf(err) == gone
		if context.Cause(ctx) != nil || attempt == len(resends) || !again {
			return "", doubted, err
		}
		w.env.Note("%s: %s; asking again with the same token", c.Name(), steps.FromCall(err).Code)
		if err := w.env.Sleep(ctx, resends[attempt]); err != nil {
			return "", doubted, err
		}
	}
}

// A list may not show at once what was made: it is looked at so often, and for so long, before a thing counts as absent
// (ecs-facts 3: one to two minutes).
const (
	lookEvery = 5 * time.Second
	lookFor   = time.Minute
)

// unlisted returns the things of a kind that carry the run's tag and have no place in the ledger yet: what a call
// whose answer was lost has made.
func (w *work) unlisted(ctx context.Context, kind *thing, item steps.Item) ([]string, error) {
	for began := w.env.Now(); ; {
		ids, err := kind.tagged(ctx, w.in(item.Region), w.ledger.Run, dataOf(item))
		if err != nil {
			return nil, err
		}
		ids = slices.DeleteFunc(ids, func(id string) bool {
			return slices.ContainsFunc(w.ledger.Items, func(i steps.Item) bool { return i.ID == id })
		})
		if len(ids) > 0 || w.env.Now().Sub(began) >= lookFor {
			return ids, nil
		}
		if err := w.env.Sleep(ctx, lookEvery); err != nil {
			return nil, err
		}
	}
}

// use notes a thing that was there before: it is shown, and never released.
func (w *work) use(kind, id, vpc string) error {
	return w.ledger.Put(steps.Item{Key: w.token(kind), Kind: kind, Region: w.region, ID: id, State: steps.Kept, Data: mustJSON(itemData{VPC: vpc, Reused: true})})
}

// await polls until a thing that was just made has the state wanted. A list that does not show it yet says nothing.
func (w *work) await(ctx context.Context, kind, id, want string, every, limit time.Duration) error {
	row, _ := thingOf(kind)
	return w.env.Poll(ctx, steps.Wait{What: row.title + " " + id + " to be " + want, Every: every, For: limit}, func(ctx context.Context) (steps.State, error) {
		status, _, err := row.status(ctx, w.reader(), id)
		return steps.State{Text: status, Done: status == want}, err
	})
}

func mustJSON(v any) json.RawMessage {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err) // a struct of ours
	}
	return raw
}

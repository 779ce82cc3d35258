package ecs

import (
	"context"
	"fmt"
	"time"

	"aligate/runner"
	"aligate/steps"
	"aligate/steps/ecs/order"
)

// deadMan is how long after the script's own time an instance of a one-shot run is released by the service itself, if
// nobody else has done it; the service wants at least 30 minutes from the start (ecs-facts 2.10).
const deadMan = 35 * time.Minute

// launch creates the instance and waits until it runs. An instance that vanishes while it is awaited had no stock after
// all (ecs-facts 2.10).
func (w *work) launch(ctx context.Context, o order.Order, g ground, until time.Time) (instance, error) {
	params := append(pairs(o.RunParams()), pair{"VSwitchId", g.VSwitch}, pair{"SecurityGroupId", g.SecurityGroup}, pair{"InstanceName", w.name()})
	if !until.IsZero() {
		params = append(params, pair{"AutoReleaseTime", until.UTC().Truncate(time.Minute).Format("2006-01-02T15:04:05Z")})
	}
	id, err := w.make(ctx, creation{thing: "instance", params: params, data: itemData{VPC: g.VPC, About: billed(o, w.about.Quote)}})
	if err != nil {
		return instance{}, err
	}
	return w.running(ctx, id)
}

// billed is an instance in the resource summary.
func billed(o order.Order, q *order.Quote) string {
	text := o.InstanceType + ", PostPaid"
	if q != nil {
		text += fmt.Sprintf(" ~%s %s/h", q.Currency, q.Trade)
	}
	return text
}

// vanishedError: the service had taken the order, and then the instance was gone.
type vanishedError struct{ id string }

func (e *vanishedError) Error() string {
	return fmt.Sprintf("instance %s vanished while it was created: there was no stock after all", e.id)
}

// Where an instance is awaited: how often it is looked at, how long it may take to run, and to be listed at all.
const (
	launchEvery = 5 * time.Second
	launchFor   = 5 * time.Minute
	listedFor   = 2 * time.Minute
)

// running waits until an instance runs. Stopped is a state on the way; there is none that says "failed".
func (w *work) running(ctx context.Context, id string) (instance, error) {
	var up instance
	began, seen := w.env.Now(), false
	err := w.env.Poll(ctx, steps.Wait{What: "ECS " + id + " to be Running", Every: launchEvery, For: launchFor}, func(ctx context.Context) (steps.State, error) {
		rows, err := w.reader().instances(ctx, instanceFilter{IDs: []string{id}})
		switch {
		case err != nil:
			return steps.State{}, err
		case len(rows) == 0 && (seen || w.env.Now().Sub(began) > listedFor):
			return steps.State{}, &vanishedError{id}
		case len(rows) == 0:
			return steps.State{Text: "not listed yet"}, nil
		}
		up, seen = rows[0], true
		return steps.State{Text: up.Status, Done: up.Status == "Running"}, nil
	})
	return up, err
}

// agentEvery and agentFor: how the agent is awaited after a start (ecs-facts 3).
const (
	agentEvery = 5 * time.Second
	agentFor   = 3 * time.Minute
)

// agentReady waits until commands can be sent to the instance. Where the account may not ask, it goes on: a command that
// comes too early is sent again.
func (w *work) agentReady(ctx context.Context, id string) error {
	err := w.env.Poll(ctx, steps.Wait{What: "the Cloud Assistant agent of " + id, Every: agentEvery, For: agentFor}, func(ctx context.Context) (steps.State, error) {
		ready, _, err := w.reader().agent(ctx, id)
		return steps.State{Text: map[bool]string{false: "not ready", true: "ready"}[ready], Done: ready}, err
	})
	if runner.ClassOf(err) == runner.Denied {
		w.env.Warn("AgentUnknown", "whether the agent of %s is ready could not be asked: %s", id, reason(err))
		return nil
	}
	return err
}

package ecs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"aligate/runner"
	"aligate/steps"
	"aligate/steps/ecs/order"
)

// confirmParams are the two ways to confirm where nobody can be asked.
var confirmParams = []steps.Param{
	{Name: "confirm", Bool: true, Usage: "order what the last command offered, once: the same order, not more expensive, within 10 minutes"},
	{Name: "confirm-price", Check: checkAmount, Usage: "the same, and only up to `AMOUNT` an hour, in the currency of the offer"},
}

func checkAmount(v string) error {
	if strings.Trim(v, "0123456789.") != "" || strings.Count(v, ".") > 1 || strings.Trim(v, "0.") == "" {
		return fmt.Errorf("%q is not an amount such as 0.49", v)
	}
	return nil
}

// offerFile keeps the last offer in the state directory: what was shown, and when.
const offerFile = "ecs-offer.json"

// deal is an order on its way to being confirmed.
type deal struct {
	env *steps.Env
	// command and params are those of the command line, for the one that goes on.
	command string
	params  []steps.Param
	// extra is what else the confirmation is bound to: the script, the network, what may come in.
	extra string
	// plan is what would be done, a line each.
	plan []string
	// pinned is set once the order is not the one that the flags lead to: the command that goes on names its parts.
	pinned bool
	// accepted is the offer that the flags have confirmed.
	accepted *order.Offer
}

// ordered is what details and documents say of an order.
type ordered struct {
	Plan     []string       `json:"plan"`
	Estimate order.Estimate `json:"estimate"`
	// Total is the price of the whole, empty if it has no end.
	Total  string      `json:"total,omitempty"`
	Offer  order.Offer `json:"offer"`
	Reason string      `json:"reason,omitempty"`
}

// confirm returns nil when the user has agreed to an order at this price: by what he types, if he can be asked, else
// by a flag that goes with the offer of an earlier command. What was agreed to is never more than what was shown.
func (d *deal) confirm(ctx context.Context, e order.Estimate) error {
	if err := e.Quote.Problem(); err != nil {
		return &steps.Error{Code: "NoPrice", Exit: steps.ExitMissing, Err: err, Message: "without a price nothing is ordered: " + err.Error()}
	}
	flagged := d.env.Values.Is("confirm") || d.env.Values.One("confirm-price") != ""
	if !flagged && d.env.Type != nil {
		return d.ask(ctx, e)
	}
	var reason error
	if flagged {
		if reason = d.covered(e); reason == nil {
			return nil
		}
	}
	return d.offer(e, reason)
}

// text is the plan and what it costs.
func (d *deal) text(e order.Estimate) string {
	text := "Plan:\n"
	for i, line := range d.plan {
		text += fmt.Sprintf("%d. %s\n", i+1, line)
	}
	return text + "\n" + e.Text()
}

// covered holds the flags against the last offer.
func (d *deal) covered(e order.Estimate) error {
	last, err := d.last()
	if err != nil {
		return err
	}
	err = last.Covers(d.env.Now(), order.Digest(e.Order, d.extra), e.Quote, d.env.Values.One("confirm-price"))
	if err == nil {
		d.accepted = last
	}
	return err
}

// last is the offer that the flags are about.
func (d *deal) last() (*order.Offer, error) {
	if d.accepted != nil {
		return d.accepted, nil
	}
	var last order.Offer
	switch err := d.env.Recall(offerFile, &last); {
	case errors.Is(err, fs.ErrNotExist):
		return nil, errors.New("nothing was offered yet")
	case err != nil:
		return nil, err
	case last.Digest == "":
		return nil, errors.New("what was offered last has been ordered; a confirmation is good for one order")
	}
	return &last, nil
}

// spend uses up the offer that was confirmed: the same command once more is another order, and another bill.
func (d *deal) spend() error {
	if d.accepted == nil {
		return nil
	}
	return d.env.Keep(offerFile, order.Offer{})
}

// ask shows the estimate and waits for a yes, which has to come in time.
func (d *deal) ask(ctx context.Context, e order.Estimate) error {
	shown := d.env.Now()
	answer, err := d.env.Type(ctx, d.text(e)+"\n"+order.Question+" [yes/no] ")
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) { // whoever closes the terminal has not said yes
		return err
	}
	if !slices.Contains([]string{"yes", "y"}, strings.ToLower(answer)) {
		return &steps.Error{Code: "NotConfirmed", Exit: steps.ExitConfirm, Message: "not confirmed"}
	}
	if d.env.Now().Sub(shown) > order.Valid {
		return &steps.Error{Code: "ConfirmationExpired", Exit: steps.ExitConfirm, Message: fmt.Sprintf("the price is older than %s", order.Valid),
			Hints: []string{"run the same command again"}}
	}
	return nil
}

// offer keeps what was shown and says how to agree to it.
func (d *deal) offer(e order.Estimate, reason error) error {
	o := order.NewOffer(e.Order, d.extra, e.Quote, d.env.Now())
	if err := d.env.Keep(offerFile, o); err != nil {
		return err
	}
	total, _ := e.Total()
	details := ordered{Plan: d.plan, Estimate: e, Total: total, Offer: o}
	message := "nothing is ordered before the price is confirmed"
	if reason != nil {
		details.Reason = reason.Error()
		message = "the price has to be confirmed: " + reason.Error()
	}
	return &steps.Error{Code: "ConfirmationRequired", Exit: steps.ExitConfirm, Message: message, Err: reason, Details: details,
		Detail: d.text(e),
		Hints:  []string{fmt.Sprintf("to order it, within %s: %s", order.Valid, d.onward(e))}}
}

// onward is the command line that orders what was offered.
func (d *deal) onward(e order.Estimate) string {
	confirmed := []string{"--confirm-price", string(e.Quote.Trade)}
	if !d.pinned {
		return again(d.env, d.command, d.params, confirmed...)
	}
	o := e.Order
	params := slices.DeleteFunc(slices.Clone(d.params), func(p steps.Param) bool {
		return slices.Contains([]string{"cores", "memory", "type", "regions", "region", "zone", "disk-category", "disk-performance"}, p.Name)
	})
	pins := []string{"--type", o.InstanceType, "--region", o.Region, "--zone", o.Zone, "--disk-category", o.Disk.Category}
	if o.Disk.Performance != "" {
		pins = append(pins, "--disk-performance", o.Disk.Performance)
	}
	return again(d.env, d.command, params, append(pins, confirmed...)...)
}

// again is the command line that was given, with more flags.
func again(env *steps.Env, command string, params []steps.Param, more ...string) string {
	words := append([]string{"ecs"}, strings.Fields(command)...)
	words = append(words, env.Args...)
	for _, p := range params {
		value := env.Values.One(p.Name)
		switch {
		case value == "" || value == p.Default || p.Name == "confirm" || p.Name == "confirm-price":
		case p.Bool:
			words = append(words, "--"+p.Name)
		default:
			words = append(words, "--"+p.Name, value)
		}
	}
	if profile := env.Values.One("profile"); profile != "" {
		words = append(words, "--profile", profile)
	}
	return env.Command(runner.Quote(append(words, more...)...))
}

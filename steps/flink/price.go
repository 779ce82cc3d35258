package flink

import (
	"cmp"
	"context"
	"fmt"

	"aligate/jq"
	"aligate/runner"
)

// quote is the answer to a price query (facts H). Amounts are as the service returned them: for pay-as-you-go their unit
// is not documented.
type quote struct {
	Code     string `json:"code,omitempty"`
	Message  string `json:"message,omitempty"`
	Currency string `json:"currency"`
	Original any    `json:"original_amount"`
	Discount any    `json:"discount_amount"`
	Trade    any    `json:"trade_amount"`
}

func (q *quote) String() string {
	if q.Code != "" {
		return fmt.Sprintf("no price: %s: %s", q.Code, q.Message)
	}
	return fmt.Sprintf("%v %s, of %v less %v (as the service returned it)", q.Trade, q.Currency, q.Original, q.Discount)
}

// priced asks for the price. One that cannot be made stops the write; one that fails does not (facts H).
func (x *execution) priced(ctx context.Context) error {
	if x.plan.quote == nil {
		return nil
	}
	q, err := x.cloud.price(ctx, *x.plan.quote)
	switch {
	case err != nil:
		if cause := context.Cause(ctx); cause != nil {
			return cause
		}
		x.cloud.env.Warn("PriceUnknown", "the price could not be asked for: %v", faultOf(ctx, err, x.op.action).Message)
	case q.Code != "" && x.plan.binding:
		return hinting(blocked(q.Code, q,
			"the service gives no price for this: %s", cmp.Or(q.Message, q.Code)),
			"settle this first, e.g. an unpaid order, in the console")
	}
	x.Report.Price = q
	return nil
}

func (c cloud) price(ctx context.Context, call runner.Command) (*quote, error) {
	answer, err := c.ask(ctx, call)
	if err != nil {
		return nil, err
	}
	q, err := jq.Into[quote]("flink/price", answer.body, nil)
	return &q, err
}

package order

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

// Quote is a price of one instance for one hour, as the service says it.
type Quote struct {
	// Trade is what is paid, Original the list price. Discount is what is taken off, not a price (ecs-facts 2.5).
	Trade    json.Number `json:"trade"`
	Original json.Number `json:"original,omitempty"`
	Discount json.Number `json:"discount,omitempty"`
	// Currency is as the service says it, e.g. CNY or USD. It is never assumed and never converted.
	Currency string `json:"currency"`
}

// Problem says why nothing can be ordered at this price, or nil. A price that is missing or zero is a question nobody
// answered, not a gift (ecs-facts 5.3).
func (q Quote) Problem() error {
	price, ok := decimal(q.Trade.String())
	switch {
	case q.Trade == "":
		return fmt.Errorf("there is no price")
	case !ok:
		return fmt.Errorf("the price %q is not a number", q.Trade)
	case price.Sign() <= 0:
		return fmt.Errorf("the price %q is not above zero", q.Trade)
	case q.Currency == "":
		return fmt.Errorf("the price %q has no currency", q.Trade)
	case !isCurrency(q.Currency):
		return fmt.Errorf("the price %q is in %q, which is not a currency", q.Trade, q.Currency)
	}
	return nil
}

// Higher reports whether q costs more than the other. Another currency, or what is no price, counts as higher.
func (q Quote) Higher(than Quote) bool {
	if q.Problem() != nil || than.Problem() != nil || q.Currency != than.Currency {
		return true
	}
	return q.price().Cmp(than.price()) > 0
}

// String is the price as it was returned, e.g. "CNY 0.49"; or why it is none.
func (q Quote) String() string {
	if err := q.Problem(); err != nil {
		return err.Error()
	}
	return q.Currency + " " + plain(q.price())
}

// price is what is paid; the quote has no problem.
func (q Quote) price() *big.Rat {
	price, _ := decimal(q.Trade.String())
	return price
}

// isCurrency reports whether s is a currency code of three letters.
func isCurrency(s string) bool {
	return len(s) == 3 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// The longest number and the largest exponent that are taken for money: 1e999999999 would fill the memory.
const (
	longestNumber   = 64
	largestExponent = 30
)

// decimal reads a JSON number exactly. What big.Rat would read besides, 1/3 or 0x1p-2, is no amount of money.
func decimal(s string) (*big.Rat, bool) {
	if len(s) > longestNumber || !isNumber(s) {
		return nil, false
	}
	if _, digits, found := strings.Cut(strings.ToLower(s), "e"); found {
		if exponent, err := strconv.Atoi(digits); err != nil || exponent > largestExponent || exponent < -largestExponent {
			return nil, false
		}
	}
	return new(big.Rat).SetString(s)
}

// isNumber reports whether s is a JSON number and nothing else, not even a space.
func isNumber(s string) bool {
	return s != "" && (s[0] == '-' || isDigit(s[0])) && isDigit(s[len(s)-1]) && json.Valid([]byte(s))
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// plain is a decimal in full, without an exponent.
func plain(r *big.Rat) string {
	digits, _ := r.FloatPrec()
	return r.FloatString(digits)
}

// roundUp is r in 2 to 4 decimals: more than nothing never becomes nothing.
func roundUp(r *big.Rat) string {
	const most = 10000
	scaled := new(big.Rat).Mul(r, big.NewRat(most, 1))
	whole, rest := new(big.Int).QuoRem(scaled.Num(), scaled.Denom(), new(big.Int))
	if rest.Sign() > 0 {
		whole.Add(whole, big.NewInt(1))
	}
	up := new(big.Rat).SetFrac(whole, big.NewInt(most))
	digits, _ := up.FloatPrec()
	return up.FloatString(max(2, digits))
}

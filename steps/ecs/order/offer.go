package order

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"
)

// Valid is how long an offer may be confirmed.
const Valid = 10 * time.Minute

// Offer is an order at a price, as it was shown at a time.
type Offer struct {
	// Digest is that of Digest.
	Digest string    `json:"digest"`
	Order  Order     `json:"order"`
	Quote  Quote     `json:"quote"`
	At     time.Time `json:"at"`
}

// Reason is why an order is not confirmed, in a word.
type Reason string

// The reasons.
const (
	Unpriced    Reason = "unpriced"      // one of the quotes is no price
	OtherOrder  Reason = "other-order"   // the offer is for something else
	Future      Reason = "future"        // the offer is from a time that has not come
	Expired     Reason = "expired"       // the offer is older than Valid
	Currency    Reason = "currency"      // the price is in another currency now
	Higher      Reason = "higher"        // the price is higher now than what was confirmed
	TooLow      Reason = "too-low"       // the amount confirmed is lower than the price in the offer
	NotAnAmount Reason = "not-an-amount" // what was confirmed is no number
)

// NotConfirmed is why an order is not covered by an offer.
type NotConfirmed struct {
	Why Reason
	// Message is the sentence.
	Message string
}

func (e *NotConfirmed) Error() string { return e.Message }

func refuse(why Reason, format string, args ...any) error {
	return &NotConfirmed{why, fmt.Sprintf(format, args...)}
}

// Digest is the SHA-256 of an order and of whatever else a confirmation is bound to: extra, e.g. the digest of the
// script and of flags.
func Digest(o Order, extra string) string {
	o.Amount = o.count()
	// In Go's own notation every field is there, and text is quoted: no field can pass for another.
	sum := sha256.Sum256(fmt.Appendf(nil, "%#v\n%q", o, extra))
	return hex.EncodeToString(sum[:])
}

// NewOffer makes an offer of an order and its price.
func NewOffer(o Order, extra string, q Quote, now time.Time) Offer {
	return Offer{Digest: Digest(o, extra), Order: o, Quote: q, At: now.UTC()}
}

// Covers returns nil if the offer covers an order with this digest (see Digest) at the price q of now, else a
// *NotConfirmed. confirmed is the amount of --confirm-price, for one instance and hour as in the quote, or "" for
// --confirm. Whoever names an amount agrees to any price up to it.
func (f Offer) Covers(now time.Time, digest string, q Quote, confirmed string) error {
	for _, check := range []func() error{
		func() error { return f.priced(q) },
		func() error { return f.same(digest) },
		func() error { return f.fresh(now) },
		func() error { return f.enough(q, confirmed) },
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// priced tells whether there are two prices that can be compared.
func (f Offer) priced(q Quote) error {
	if err := f.Quote.Problem(); err != nil {
		return refuse(Unpriced, "the offer cannot be confirmed: %v", err)
	}
	if err := q.Problem(); err != nil {
		return refuse(Unpriced, "the order has no price now: %v", err)
	}
	if q.Currency != f.Quote.Currency {
		return refuse(Currency, "the price was %s and is %s now, in another currency", f.Quote, q)
	}
	return nil
}

func (f Offer) same(digest string) error {
	if digest == "" || f.Digest != digest {
		return refuse(OtherOrder, "what was offered is not what is ordered now")
	}
	return nil
}

func (f Offer) fresh(now time.Time) error {
	switch age := now.Sub(f.At); {
	case age < 0:
		return refuse(Future, "the offer is from %s, which is still to come; the clock may have been changed", f.At.Format(time.RFC3339))
	case age > Valid:
		return refuse(Expired, "the offer is %s old, and valid for %s", spoken(age.Round(time.Second)), spoken(Valid))
	}
	return nil
}

// enough tells whether what was agreed to pays the price of now.
func (f Offer) enough(q Quote, confirmed string) error {
	limit := f.Quote.price()
	if confirmed != "" {
		amount, ok := decimal(confirmed)
		if !ok {
			return refuse(NotAnAmount, "%q is not an amount such as %s", confirmed, plain(f.Quote.price()))
		}
		if amount.Cmp(limit) < 0 {
			return refuse(TooLow, "%s is lower than the price, %s", plain(amount), f.Quote)
		}
		limit = amount
	}
	if q.price().Cmp(limit) > 0 {
		return refuse(Higher, "the price is %s now, higher than the %s %s confirmed", q, q.Currency, plain(limit))
	}
	return nil
}

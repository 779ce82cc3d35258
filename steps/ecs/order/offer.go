package order

import "time"

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
	Higher      Reason = "higher"        // the price is higher now than it was in the offer
	TooLow      Reason = "too-low"       // the amount confirmed is lower than the price
	NotAnAmount Reason = "not-an-amount" // what was confirmed is no number
)

// NotConfirmed is why an order is not covered by an offer.
type NotConfirmed struct {
	Why Reason
	// Message is the sentence.
	Message string
}

func (e *NotConfirmed) Error() string { return e.Message }

// Digest is the SHA-256 of an order and of whatever else a confirmation is bound to: extra, e.g. the digest of the
// script and of flags.
func Digest(o Order, extra string) string { return "" }

// NewOffer makes an offer of an order and its price.
func NewOffer(o Order, extra string, q Quote, now time.Time) Offer {
	return Offer{Digest: Digest(o, extra), Order: o, Quote: q, At: now.UTC()}
}

// Covers returns nil if the offer covers an order with this digest (see Digest) at the price q of now, else a
// *NotConfirmed. confirmed is the amount of --confirm-price, for one instance and hour as in the quote, or "" for
// --confirm.
func (f Offer) Covers(now time.Time, digest string, q Quote, confirmed string) error {
	return &NotConfirmed{Why: Expired}
}

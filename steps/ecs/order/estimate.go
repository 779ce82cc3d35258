package order

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"time"
)

// Question is what is asked below an estimate.
const Question = "Proceed with creation?"

// Runtime is how long instances are expected to be there. It has the fields of script.Runtime, so that one converts to
// the other.
type Runtime struct {
	Min, Max time.Duration
	// Text is the guess in words, e.g. "5-30 minutes"; Why is what it rests on.
	Text, Why string
	// Open is set if there is no end: the price is one of an hour.
	Open bool
}

// runtimeJSON is a Runtime in a document: durations are seconds.
type runtimeJSON struct {
	Min  float64 `json:"min_seconds"`
	Max  float64 `json:"max_seconds"`
	Text string  `json:"text"`
	Why  string  `json:"why,omitempty"`
	Open bool    `json:"open"`
}

// MarshalJSON writes durations as seconds.
func (r Runtime) MarshalJSON() ([]byte, error) {
	return json.Marshal(runtimeJSON{r.Min.Seconds(), r.Max.Seconds(), r.Text, r.Why, r.Open})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (r *Runtime) UnmarshalJSON(raw []byte) error {
	var v runtimeJSON
	if err := json.Unmarshal(raw, &v); err != nil {
		return err
	}
	*r = Runtime{seconds(v.Min), seconds(v.Max), v.Text, v.Why, v.Open}
	return nil
}

func seconds(n float64) time.Duration { return time.Duration(n * float64(time.Second)) }

// Estimate is what the user is shown before he confirms.
type Estimate struct {
	Order Order `json:"order"`
	// Spec is the instance type with its size, as "ecs.c7.large (2 vCPU, 4 GiB)"; made of the order if empty.
	Spec string `json:"spec"`
	// Image is the name of the image for people, e.g. "Ubuntu 24.04"; made of the image family if empty.
	Image   string  `json:"image"`
	Quote   Quote   `json:"quote"`
	Runtime Runtime `json:"runtime"`
	// OneShot is set if everything is released after the script.
	OneShot bool `json:"one_shot"`
}

// MarshalJSON adds what Text says besides: the total if there is one, and the price of an hour of all instances.
func (e Estimate) MarshalJSON() ([]byte, error) {
	type bare Estimate
	e.Spec, e.Image = e.spec(), e.image()
	total, _ := e.Total()
	hourly, _ := e.Hourly()
	return json.Marshal(struct {
		bare
		Hourly string `json:"hourly,omitempty"`
		Total  string `json:"total,omitempty"`
		// Traffic says that there is a part of the bill that nobody knows yet.
		Traffic bool `json:"traffic_not_included"`
	}{bare(e), hourly, total, e.Order.Bandwidth > 0})
}

// Text is the estimate in the layout of the seed, without Question.
func (e Estimate) Text() string {
	lines := []string{
		"ECS Cost Estimate:",
		"Region: " + e.region(),
		"Spec: " + e.spec(),
		e.instances(),
		"Image: " + e.image(),
		"System disk: " + e.Order.Disk.String(),
		"Unit price: " + e.unitPrice(),
		"Estimated runtime: " + cmp.Or(e.Runtime.Text, "unknown"),
		"Estimated total cost: " + e.cost(),
		e.traffic(),
		"Billing: pay-as-you-go (PostPaid), " + e.end(),
	}
	var b strings.Builder
	for _, line := range lines {
		if line != "" {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}

// Total is the price of all instances for the whole of the longest runtime expected, rounded up, without currency.
// There is none if instances stay, if the end is open or not known, or if the quote is no price.
func (e Estimate) Total() (string, bool) {
	if !e.OneShot || e.Runtime.Open || e.Runtime.Max <= 0 {
		return "", false
	}
	return e.costs(e.Runtime.Max)
}

// Hourly is the price of all instances for an hour, rounded up, without currency. There is none if the quote is no
// price.
func (e Estimate) Hourly() (string, bool) { return e.costs(time.Hour) }

// costs is the price of all instances for some time.
func (e Estimate) costs(d time.Duration) (string, bool) {
	if e.Quote.Problem() != nil {
		return "", false
	}
	sum := new(big.Rat).Mul(e.Quote.price(), big.NewRat(int64(d), int64(time.Hour)))
	return roundUp(sum.Mul(sum, big.NewRat(int64(e.Order.count()), 1))), true
}

func (e Estimate) region() string {
	if e.Order.Zone == "" {
		return e.Order.Region
	}
	return e.Order.Region + " (zone " + e.Order.Zone + ")"
}

func (e Estimate) spec() string { return cmp.Or(e.Spec, e.Order.spec()) }

func (e Estimate) image() string { return cmp.Or(e.Image, FamilyName(e.Order.ImageFamily)) }

func (e Estimate) instances() string {
	if e.Order.count() == 1 {
		return ""
	}
	return fmt.Sprintf("Instances: %d", e.Order.count())
}

func (e Estimate) unitPrice() string {
	if e.Quote.Problem() != nil {
		return "unknown: " + e.Quote.String()
	}
	text := e.Quote.String() + "/hour"
	if e.Order.count() > 1 {
		text += " for each instance"
	}
	return text + " (trade price" + e.reduction() + ")"
}

// reduction says what the list price is, if less is paid. The discount is never shown as if it were a price.
func (e Estimate) reduction() string {
	list, ok := decimal(e.Quote.Original.String())
	if !ok || list.Cmp(e.Quote.price()) <= 0 {
		return ""
	}
	return "; list price " + e.Quote.Currency + " " + plain(list)
}

func (e Estimate) cost() string {
	if total, ok := e.Total(); ok {
		text := e.Quote.Currency + " " + total
		if e.Runtime.Min != e.Runtime.Max {
			text += " (for " + spoken(e.Runtime.Max) + ")"
		}
		return text
	}
	if hourly, ok := e.Hourly(); ok {
		return "open-ended, " + e.Quote.Currency + " " + hourly + " for each hour"
	}
	return "unknown"
}

func (e Estimate) traffic() string {
	if e.Order.Bandwidth <= 0 {
		return ""
	}
	return fmt.Sprintf("Traffic: up to %d Mbit/s out; traffic is billed by use and not included", e.Order.Bandwidth)
}

func (e Estimate) end() string {
	if e.OneShot {
		return "released after completion"
	}
	return "runs and costs until it is released"
}

// spoken is a duration in words.
func spoken(d time.Duration) string {
	switch {
	case d%time.Hour == 0:
		return plural(int(d/time.Hour), "hour")
	case d%time.Minute == 0:
		return plural(int(d/time.Minute), "minute")
	}
	return d.String()
}

func plural(n int, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	return fmt.Sprintf("%d %ss", n, unit)
}

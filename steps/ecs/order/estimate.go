package order

import "time"

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

// Estimate is what the user is shown before he confirms.
type Estimate struct {
	Order Order `json:"order"`
	// Spec is the instance type with its size, as "ecs.c7.large (2 vCPU, 4 GiB)"; made of the order if empty.
	Spec string `json:"spec"`
	// Image is the name of the image for people, e.g. "Ubuntu 24.04"; the image family if empty.
	Image   string  `json:"image"`
	Quote   Quote   `json:"quote"`
	Runtime Runtime `json:"runtime"`
	// OneShot is set if everything is released after the script.
	OneShot bool `json:"one_shot"`
}

// Text is the estimate in the layout of the seed, without Question.
func (e Estimate) Text() string { return "" }

// Total is the price of all instances for the whole of the longest runtime expected, rounded up, without currency.
// There is none for an open end, or if the quote is no price.
func (e Estimate) Total() (string, bool) { return "", false }

package flink

import (
	"context"
	"fmt"
	"strings"

	"aligate/runner"
	"aligate/steps"
)

// plan is one write, worked out against what is there, before anything is sent.
type plan struct {
	target target
	// change is what it does, as a phrase: "delete instance f-1".
	change string
	// planned and current are what is to be and what is, for programs; before is what is, for people.
	planned, current any
	before           string
	// call is the one write.
	call runner.Command
	// quote asks for the price of call; binding is set if a quote that is refused stops the write.
	quote   *runner.Command
	binding bool
	// now is the look that the plan was made from; look repeats it.
	now  sight
	look func(ctx context.Context) (sight, error)
	// again is the command line that looks, without the program's name.
	again string
	// repeats is set if the write has an effect each time: then nothing that is there makes it needless.
	repeats bool
	// noop is what is said if now is what is asked for already.
	noop noop
	// underway is set if the service is at it already: nothing is sent, and the end of it awaited.
	underway bool
	// costly writes are sent again only where the failure itself proves that nothing was done (facts A6, G1): the service
	// knows no client token, and what shows late would be bought twice.
	costly bool
	// fresh looks, right before call, whether what call was made from still holds. May be nil.
	fresh func(ctx context.Context) error
	// accept learns from the reply. May be nil.
	accept func(o order)
	// made is the thing that call makes and that costs money; nil if it makes none.
	made *made
	// asGood is the kind of refusal after which the state that was asked for is as good as success (facts G1); "" if none is.
	asGood string
}

// target is what a write is about.
type target struct {
	Region    string `json:"region_id"`
	Instance  string `json:"instance_id,omitempty"`
	Name      string `json:"instance_name,omitempty"`
	Namespace string `json:"namespace,omitempty"`
}

func (t target) String() string {
	words := []string{}
	switch {
	case t.Namespace != "":
		words = append(words, "namespace", t.Namespace, "of", t.Instance)
	case t.Instance != "":
		words = append(words, t.Instance)
	case t.Name != "":
		words = append(words, t.Name)
	}
	return strings.Join(append(words, "in", t.Region), " ")
}

// noop is what a write says that finds everything as it is to be (facts B2).
type noop struct {
	message string
	data    any
}

// sight is what one look has found of what a write is about.
type sight struct {
	// fields are what was expected and what is there.
	fields []field
	// evidence is the look in a sentence.
	evidence string
	// state changes when anything does that the write would change.
	state string
	// status is the state in the service's own word.
	status string
	// reason says in a word why a match may still come, failed in a sentence why it never will.
	reason, failed string
	// ready is set if what was made can be used.
	ready bool
	// after is what there is, for programs.
	after any
}

// field is one thing that a read-back compares.
type field struct {
	Name     string `json:"name"`
	Expected string `json:"expected"`
	Actual   string `json:"actual"`
	OK       bool   `json:"ok"`
}

// is compares two values by their text.
func is(name string, expected, actual any) field {
	f := field{Name: name, Expected: fmt.Sprint(expected), Actual: fmt.Sprint(actual)}
	f.OK = f.Expected == f.Actual
	return f
}

// missing is what a look says that finds nothing.
func missing(f field, evidence string) sight {
	return sight{fields: []field{f}, state: "absent", status: "absent", evidence: evidence}
}

// matches reports whether everything is as it is to be.
func (s sight) matches() bool {
	for _, f := range s.fields {
		if !f.OK {
			return false
		}
	}
	return len(s.fields) > 0 && s.failed == "" && s.reason == ""
}

// made is a thing that costs money from the moment it is there.
type made struct {
	item steps.Item
	// id returns its id, "" as long as it is unknown.
	id func() string
}

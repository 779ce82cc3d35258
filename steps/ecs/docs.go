package ecs

import (
	"context"
	"net/url"
	"strings"

	"aligate/runner"
	"aligate/steps"
)

// docs says where to look things up.
var docs = steps.Tool{
	Name:    "docs",
	Summary: "the address that searches the official documentation",
	Description: "Prints an address that searches the official documentation of ECS for the words: names of operations, parameters, error\n" +
		"codes. It opens nothing and asks nobody.",
	Example: "aligate ecs docs OperationDenied.NoStock",
	Args:    "WORDS...",
	Offline: true,
	Run:     runDocs,
}

// docsSearch is the search page of the documentation.
const docsSearch = "https://www.alibabacloud.com/help/en/search"

func runDocs(_ context.Context, env *steps.Env) (steps.Outcome, error) {
	words := strings.Fields(strings.Join(env.Args, " "))
	if len(words) == 0 {
		return steps.Outcome{}, steps.Usage(steps.Problem{Where: "WORDS", What: "are required: what to look for"})
	}
	query := strings.Join(words, " ")
	if runner.HoldsCredential(query) {
		return steps.Outcome{}, steps.Usage(steps.Problem{Where: "WORDS", What: "hold an access key, which belongs into no address"})
	}
	address := docsAddress(query)
	return steps.Outcome{
		Summary: "search the documentation", Data: map[string]any{"url": address, "words": query}, Text: func() string { return address },
		Reveals: true, // queries are redacted elsewhere: those of the API are signed
	}, nil
}

// docsAddress searches the pages of ECS for words.
func docsAddress(words string) string {
	return docsSearch + "?" + url.Values{"k": {words}, "product": {"ecs"}}.Encode()
}

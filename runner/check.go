package runner

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
)

// Check decides what counts as success: exit 0, a configuration that could be read, and, where the command asks
// for it, exactly one JSON object on stdout that is not an error body. Exit 0 alone says nothing: the real CLI
// exits 0 on a broken configuration, an HTML page, an empty body and `null` (eas-facts 0.1, D11 to D13).
type Check struct{ Runner Runner }

var _ Runner = Check{}

// Run runs c and examines the result. Errors: those of the inner Runner, and *OutputError, *ExitError.
func (k Check) Run(ctx context.Context, c Command) (Result, error) {
	res, err := k.Runner.Run(ctx, c)
	if err != nil {
		return res, err
	}
	if bytes.Contains(res.Stderr, []byte(brokenConfig)) {
		return res, &OutputError{Command: c, Result: res, Reason: "the CLI could not read its configuration"}
	}
	if !c.JSON {
		return res, nil
	}
	value, chatter, err := decodeJSON(res.Stdout)
	if err != nil {
		return res, &OutputError{Command: c, Result: res, Reason: err.Error()}
	}
	if _, ok := value.(map[string]any); !ok {
		return res, &OutputError{Command: c, Result: res, Reason: "stdout is JSON, but not an object"}
	}
	if api := apiErrorOf(value); api != nil {
		return res, &ExitError{Command: c, Result: res, API: api}
	}
	res.JSON, res.Chatter = value, chatter
	return res, nil
}

// decodeJSON decodes exactly one JSON value. Lines before it that the CLI prints while it installs a plugin are
// passed over and returned (eas-facts E.8). The error says, in a few words, what is there instead.
func decodeJSON(data []byte) (value any, chatter string, err error) {
	data = trim(data)
	for len(data) > 0 && data[0] != '{' && data[0] != '[' {
		line, rest, ok := bytes.Cut(data, []byte("\n"))
		if !ok || !isChatter(string(line)) {
			break
		}
		chatter += string(line) + "\n"
		data = trim(rest)
	}
	switch {
	case len(data) == 0:
		return nil, chatter, errors.New("empty stdout")
	case data[0] == '<':
		return nil, chatter, errors.New("stdout is HTML, not JSON")
	}
	value, rest, err := parseJSON(data)
	switch {
	case errors.Is(err, errCutShort):
		return nil, chatter, errors.New("stdout is JSON cut short")
	case err != nil:
		return nil, chatter, fmt.Errorf("stdout is not JSON: %w", err)
	case rest != "":
		return nil, chatter, errors.New("stdout goes on after the JSON")
	}
	if value == nil {
		return nil, chatter, errors.New("stdout is null")
	}
	return value, chatter, nil
}

// trim takes away blanks around data and a byte order mark before it.
func trim(data []byte) []byte {
	return bytes.TrimSpace(bytes.TrimPrefix(bytes.TrimSpace(data), []byte("\xef\xbb\xbf")))
}

// chatterStarts are the beginnings of the lines that plugin installation puts on stdout.
var chatterStarts = []string{"Downloading", "Installing", "Plugin ", "Skipping version check", "Note:", "Updating"}

func isChatter(line string) bool {
	line = strings.TrimSpace(line)
	for _, start := range chatterStarts {
		if strings.HasPrefix(line, start) {
			return true
		}
	}
	return line == ""
}

// Package script is what is known of a shell script before anything is created for it: whether Cloud Assistant can run
// it, what it fetches from elsewhere, whether it leaves something running, how long it may take.
//
// It owns: the rules of a script's form, the tables of commands that are signs of a dependency, of a service or of a
// secret, and the reader of shell words behind them. It must not know: where a script comes from, regions, instances or
// what becomes of a sign. It is pure.
//
// A sign is a row of a table: needs.go and host.go for what is fetched from overseas, persists.go for what goes on
// running, runtime.go for what takes its time, secrets.go for what should not be there. The reader (reader.go, call.go)
// finds the commands; it guesses where the shell would know, and nothing is ever run.
package script

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxBytes is the most that Cloud Assistant takes: 24 KB of Base64, or 18 KB of script (ecs-facts 2.12).
const MaxBytes = 18432

// Script is a script that can be run.
type Script struct {
	Content []byte
	// Needs are the commands that fetch something from overseas.
	Needs []Sign
	// Persists are the commands that leave something running.
	Persists []Sign
	// Secrets are the lines that look as if they held one. The service stores scripts (ecs-facts 5.40).
	Secrets []Sign
	// Warnings are what may keep the script from doing what it should, though it can be sent.
	Warnings []Problem

	runtime Runtime
}

// Sign is one place in a script that says something about it.
type Sign struct {
	// Line counts from 1.
	Line int `json:"line"`
	// Text is the line, shortened. It is empty where the line may hold a secret.
	Text string `json:"text,omitempty"`
	What string `json:"what"`
}

// Problem is why a script cannot be run as it is.
type Problem struct {
	// Line and Column count from 1, columns in characters; 0 is no certain one.
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
	What   string `json:"what"`
	// Fix says what to do about it.
	Fix string `json:"fix,omitempty"`
}

// Read looks at content. The script is nil if there are problems: all of them are told at once.
func Read(content []byte) (*Script, []Problem) {
	var problems []Problem
	for _, rule := range forms {
		if p, wrong := rule(content); wrong {
			problems = append(problems, p)
		}
	}
	if len(problems) > 0 {
		return nil, problems
	}
	lines := strings.Split(string(content), "\n")
	all, faults := calls(string(content))
	s := &Script{Content: slices.Clone(content), Secrets: findSecrets(lines)}
	if p, wrong := interpreter(lines[0]); wrong {
		s.Warnings = []Problem{p} // whatever it is, it is not for the shell: what is never closed means nothing
	} else {
		s.Warnings = faults
	}
	s.Needs = s.told(findNeeds(all), lines)
	s.Persists = s.told(findPersists(all), lines)
	s.runtime = guess(all, s.Persists)
	return s, nil
}

// told are signs in the order of their lines, with the text of these, none twice.
func (s *Script) told(signs []Sign, lines []string) []Sign {
	for i, sign := range signs {
		secret := slices.ContainsFunc(s.Secrets, func(other Sign) bool { return other.Line == sign.Line })
		if !secret && sign.Line <= len(lines) {
			signs[i].Text = shorten(lines[sign.Line-1])
		}
	}
	slices.SortStableFunc(signs, func(a, b Sign) int { return a.Line - b.Line })
	return slices.Compact(signs)
}

// longestText is how many characters of a line are shown.
const longestText = 80

// shorten is a line for people: without blanks around it, and with nothing in it that a terminal would obey.
func shorten(line string) string {
	line = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, strings.TrimSpace(line))
	if utf8.RuneCountInString(line) <= longestText {
		return line
	}
	return string([]rune(line)[:longestText-3]) + "..."
}

// Runtime guesses how long the script runs.
func (s *Script) Runtime() Runtime { return s.runtime }

// Base64 is the script as RunCommand takes it with ContentEncoding Base64.
func (s *Script) Base64() string { return base64.StdEncoding.EncodeToString(s.Content) }

// Digest is the SHA-256 of the script in hexadecimal digits.
func (s *Script) Digest() string {
	sum := sha256.Sum256(s.Content)
	return hex.EncodeToString(sum[:])
}

// Package script is what is known of a shell script before anything is created for it: whether Cloud Assistant can run
// it, what it fetches from elsewhere, whether it leaves something running, how long it may take.
//
// It owns: the rules of a script's form, the tables of commands that are signs of a dependency, of a service or of a
// secret, and the reader of shell words behind them. It must not know: where a script comes from, regions, instances or
// what becomes of a sign. It is pure.
package script

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"time"
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
}

// Sign is one place in a script that says something about it.
type Sign struct {
	// Line counts from 1.
	Line int `json:"line"`
	// Text is the line, shortened; empty for a secret.
	Text string `json:"text,omitempty"`
	What string `json:"what"`
}

// Problem is why a script cannot be run as it is.
type Problem struct {
	// Line and Column count from 1, columns in characters; both are 0 if the script as a whole is meant.
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
	What   string `json:"what"`
	// Fix says what to do about it.
	Fix string `json:"fix,omitempty"`
}

// Runtime is a guess how long a script runs (seed, runtime estimation reference).
type Runtime struct {
	Min, Max time.Duration
	// Text is the guess in words, e.g. "5-30 minutes"; Why is what it rests on.
	Text, Why string
	// Open is set if there is no end: the price is one of an hour.
	Open bool
}

// Read looks at content. The script is nil if there are problems.
func Read(content []byte) (*Script, []Problem) { return &Script{Content: content}, nil }

// Runtime guesses how long the script runs.
func (s *Script) Runtime() Runtime { return Runtime{Max: time.Minute, Text: "less than 1 minute"} }

// Base64 is the script as RunCommand takes it with ContentEncoding Base64.
func (s *Script) Base64() string { return base64.StdEncoding.EncodeToString(s.Content) }

// Digest is the SHA-256 of the script in hexadecimal digits.
func (s *Script) Digest() string {
	sum := sha256.Sum256(s.Content)
	return hex.EncodeToString(sum[:])
}

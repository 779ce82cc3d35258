package ui

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
)

// Asker asks a person, on stderr and an input. One reader serves all questions: what was typed ahead is not lost.
type Asker struct {
	printer *Printer
	in      io.Reader
	start   sync.Once
	lines   chan string
}

// Asker returns an Asker that reads from in.
func (p *Printer) Asker(in io.Reader) *Asker {
	return &Asker{printer: p, in: in, lines: make(chan string)}
}

// Choose lets a person choose one of options by its number and returns its index. It gives up, with an error, when
// the input ends or ctx does.
func (a *Asker) Choose(ctx context.Context, question string, options []string) (int, error) {
	text := question
	for i, option := range options {
		text += fmt.Sprintf("\n  %d) %s", i+1, option)
	}
	a.say(text)
	for {
		line, err := a.Line(ctx, fmt.Sprintf("number [1-%d]: ", len(options)))
		if err != nil {
			return 0, err
		}
		if n, err := strconv.Atoi(line); err == nil && n >= 1 && n <= len(options) {
			return n - 1, nil
		}
	}
}

// Line returns what a person answers to prompt, without blanks around it. It gives up, with an error, when the input
// ends or ctx does.
func (a *Asker) Line(ctx context.Context, prompt string) (string, error) {
	a.start.Do(func() { go a.read() })
	a.printer.mu.Lock()
	a.printer.still()
	_, _ = io.WriteString(a.printer.Err, clean(a.printer.Redactor.Text(prompt), a.printer.Color))
	a.printer.mu.Unlock()
	select {
	case <-ctx.Done():
		return "", context.Cause(ctx)
	case line, ok := <-a.lines:
		if !ok {
			return "", io.ErrUnexpectedEOF
		}
		return strings.TrimSpace(line), nil
	}
}

func (a *Asker) say(text string) {
	a.printer.mu.Lock()
	defer a.printer.mu.Unlock()
	a.printer.still()
	for line := range strings.Lines(text) {
		a.printer.errln(strings.TrimSuffix(line, "\n"))
	}
}

// read reads lines for as long as the process lives: a read cannot be called back.
func (a *Asker) read() {
	defer close(a.lines)
	for scanner := bufio.NewScanner(a.in); scanner.Scan(); {
		a.lines <- scanner.Text()
	}
}

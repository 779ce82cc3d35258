package ui

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Asker returns a function that lets a person choose one of several options by number, on stderr and in.
// It gives up, with an error, when the input ends or ctx does.
func (p *Printer) Asker(in io.Reader) func(ctx context.Context, question string, options []string) (int, error) {
	return func(ctx context.Context, question string, options []string) (int, error) {
		p.mu.Lock()
		p.still()
		p.errln(question)
		for i, option := range options {
			p.errln(fmt.Sprintf("  %d) %s", i+1, option))
		}
		p.mu.Unlock()
		lines := make(chan string)
		go func() {
			defer close(lines)
			for scanner := bufio.NewScanner(in); scanner.Scan(); {
				select {
				case lines <- scanner.Text():
				case <-ctx.Done():
					return
				}
			}
		}()
		for {
			_, _ = io.WriteString(p.Err, fmt.Sprintf("number [1-%d]: ", len(options)))
			select {
			case <-ctx.Done():
				return 0, context.Cause(ctx)
			case line, ok := <-lines:
				if !ok {
					return 0, io.ErrUnexpectedEOF
				}
				if n, err := strconv.Atoi(strings.TrimSpace(line)); err == nil && n >= 1 && n <= len(options) {
					return n - 1, nil
				}
			}
		}
	}
}

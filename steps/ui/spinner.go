package ui

import (
	"fmt"
	"io"
	"time"
)

const (
	spinFrame = 120 * time.Millisecond
	// patience is after how long, off a terminal, a step that is still running says so.
	patience = 10 * time.Second
)

var frames = []string{"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"}

// eraseLine goes back to the start of the line and clears it.
const eraseLine = "\r\x1b[K"

// spinner shows that a step is running: a moving line on a terminal, a sentence now and then elsewhere.
type spinner struct {
	stop chan struct{}
	name string
	text string
	from time.Time
	turn int
}

// spin starts a spinner. The caller holds p.mu; so does every write of the spinner.
func (p *Printer) spin(name, text string) *spinner {
	s := &spinner{stop: make(chan struct{}), name: name, text: text, from: p.Clock()}
	every := patience
	if p.Terminal {
		every = spinFrame
		p.frame(s)
	}
	go func() {
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-s.stop:
				return
			case <-tick.C:
			}
			p.mu.Lock()
			if p.spinner == s {
				p.frame(s)
			}
			p.mu.Unlock()
		}
	}()
	return s
}

func (p *Printer) frame(s *spinner) {
	elapsed := p.Clock().Sub(s.from).Truncate(time.Second)
	if !p.Terminal {
		p.errln(fmt.Sprintf("aligate: %s: still waiting after %s", s.name, elapsed))
		return
	}
	s.turn++
	_, _ = io.WriteString(p.Err, fmt.Sprintf("%s%s %-11s %s %s", eraseLine, p.good.Sprint(frames[s.turn%len(frames)]), s.name, s.text, p.dim.Sprint(elapsed)))
}

// still ends the spinner, if one runs, and gives its line back.
func (p *Printer) still() {
	if p.spinner == nil {
		return
	}
	close(p.spinner.stop)
	if p.Terminal {
		_, _ = io.WriteString(p.Err, eraseLine)
	}
	p.spinner = nil
}

// above prints a line above the spinner's.
func (p *Printer) above(line string) {
	if p.spinner != nil && p.Terminal {
		_, _ = io.WriteString(p.Err, eraseLine)
	}
	p.errln(line)
	if p.spinner != nil && p.Terminal {
		p.frame(p.spinner)
	}
}

// Package ui is the one place that prints.
//
// Its rules: stdout carries the result that was asked for and nothing else, as text or as one JSON document.
// Everything else goes to stderr: progress, warnings, and the error, once, with the program's name in front, in
// lower case and without a full stop. Whatever came from outside passes through the redactor and loses its
// control characters. Colour and movement appear only where a person looks.
//
// It must not know what a step does, nor decide anything: it gets Reports and shows them.
package ui

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"strings"
	"sync"
	"time"

	"github.com/fatih/color"

	"aligate/runner"
	"aligate/steps"
)

// Options say how to print.
type Options struct {
	Out, Err io.Writer
	// JSON prints one document on stdout instead of text.
	JSON bool
	// Format names another format of the result, one of Report.Formats; empty for text or JSON.
	Format string
	// Quiet leaves the result and the error.
	Quiet bool
	// Verbose shows each aliyun command before it runs.
	Verbose bool
	// Terminal is set if a person watches stderr: steps are shown while they run.
	Terminal bool
	// Color is set if stderr may be coloured.
	Color bool
	// Single is set if one step was asked for: its result is on stdout, so that it ended need not be told.
	Single   bool
	Redactor *runner.Redactor
	Clock    steps.Clock
}

// Printer prints. It is safe for concurrent use.
type Printer struct {
	Options
	mu      sync.Mutex
	spinner *spinner
	began   time.Time
	// Colours of marks; methods of a disabled colour return plain text.
	good, bad, dim, bold *color.Color
}

var _ steps.Progress = (*Printer)(nil)

// New returns a Printer.
func New(o Options) *Printer {
	p := &Printer{Options: o, good: color.New(color.FgGreen), bad: color.New(color.FgRed), dim: color.New(color.Faint), bold: color.New(color.Bold)}
	for _, c := range []*color.Color{p.good, p.bad, p.dim, p.bold} {
		// Per stream: the library's own switch looks at stdout alone.
		if o.Color {
			c.EnableColor()
		} else {
			c.DisableColor()
		}
	}
	return p
}

// StepBegan shows the step as running, on a terminal.
func (p *Printer) StepBegan(step *steps.Step) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.began = p.Clock()
	if p.Quiet {
		return
	}
	p.spinner = p.spin(step.Name, step.Summary)
}

// StepEnded shows how the step ended, in one line, and its warnings.
func (p *Printer) StepEnded(r steps.Report) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.still()
	if p.Quiet {
		return
	}
	if !p.Single {
		p.errln(p.stepLine(r))
	}
	p.warnings(r)
}

// stepLine is the line of a step that ended: with a mark for people, in words for logs. Why a step failed is the
// error's to say, once.
func (p *Printer) stepLine(r steps.Report) string {
	took := p.Clock().Sub(p.began).Round(100 * time.Millisecond)
	if !p.Terminal {
		if r.Fault != nil {
			return fmt.Sprintf("%s %s: %s", r.Workflow, r.Step, r.Status)
		}
		return fmt.Sprintf("%s %s: %s: %s", r.Workflow, r.Step, r.Status, r.Summary)
	}
	mark := p.good.Sprint("✓")
	switch r.Status {
	case steps.Done:
	case steps.Skipped:
		return fmt.Sprintf("%s %-11s %s", p.dim.Sprint("-"), r.Step, p.dim.Sprint(r.Summary))
	default:
		return fmt.Sprintf("%s %-11s %s %s", p.bad.Sprint("✗"), r.Step, r.Status, p.dim.Sprint(took))
	}
	return fmt.Sprintf("%s %-11s %s %s", mark, r.Step, r.Summary, p.dim.Sprint(took))
}

// Command shows an aliyun command before it runs, as a line that a shell would understand.
func (p *Printer) Command(c runner.Command) {
	if !p.Verbose || p.Quiet {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.above(p.dim.Sprint("+ ") + runner.Quote(append([]string{"aliyun"}, p.Redactor.Args(c.Args)...)...))
}

// Note says something while a step runs.
func (p *Printer) Note(text string) {
	if p.Quiet {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.above("aligate: " + text)
}

// Print prints the result. Nothing is printed after it.
func (p *Printer) Print(r steps.Report) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.still()
	if p.JSON {
		return p.document(r)
	}
	err := p.result(r)
	if r.Fault != nil {
		p.fault(r)
		return err
	}
	if r.Next != nil && !p.Quiet {
		p.errln(p.dim.Sprint("next: ") + r.Next.Command)
	}
	return err
}

// result prints what was asked for. A failure has a result only if it made text of its own.
func (p *Printer) result(r steps.Report) error {
	if format := r.Formats[p.Format]; format != nil {
		raw, err := format()
		if err == nil {
			_, err = io.WriteString(p.Out, p.Redactor.Text(string(raw))+"\n")
		}
		return err
	}
	if len(r.Steps) == 0 && !p.Single {
		p.warnings(r)
	}
	if r.Fault != nil && r.Text == nil {
		return nil
	}
	text := r.Summary
	if r.Text != nil {
		text = r.Text()
	}
	if text == "" {
		return nil
	}
	if !r.Reveals {
		text = p.Redactor.Text(text)
	}
	_, err := io.WriteString(p.Out, Clean(strings.TrimRight(text, "\n"))+"\n")
	return err
}

// document prints r as JSON. The entries of its steps never reveal anything: only the report itself does.
func (p *Printer) document(r steps.Report) error {
	data := r.Data
	for i := range r.Steps {
		r.Steps[i] = p.scrub(r.Steps[i])
	}
	scrubbed := p.scrub(r)
	if r.Reveals {
		scrubbed.Data = data
	}
	raw, err := encode(scrubbed)
	if err == nil && len(scrubbed.Keys) > 0 {
		raw, err = withKeys(raw, scrubbed.Keys)
	}
	if err != nil {
		return err
	}
	_, err = p.Out.Write(append(raw, '\n'))
	return err
}

// withKeys appends keys to a document, but for those that it has already.
func withKeys(document []byte, keys map[string]any) ([]byte, error) {
	var has map[string]json.RawMessage
	if err := json.Unmarshal(document, &has); err != nil {
		return nil, err
	}
	more := maps.Clone(keys)
	maps.DeleteFunc(more, func(name string, _ any) bool { _, there := has[name]; return there })
	if len(more) == 0 {
		return document, nil
	}
	raw, err := encode(more)
	if err != nil {
		return nil, err
	}
	return append(append(document[:len(document)-1:len(document)-1], ','), raw[1:]...), nil
}

func encode(v any) ([]byte, error) {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return []byte(strings.TrimRight(b.String(), "\n")), nil
}

// fault prints the error: what failed and why; what the child said; every problem; what changed; what to run.
func (p *Printer) fault(r steps.Report) {
	p.errln(p.bad.Sprint("aligate: error: ") + r.Fault.Error())
	for line := range strings.Lines(strings.TrimSpace(r.Fault.Detail)) {
		p.errln("    " + strings.TrimRight(line, "\n"))
	}
	if len(r.Fault.Problems) > 1 {
		for _, problem := range r.Fault.Problems {
			p.errln("    " + problem.String())
		}
	}
	if !r.Offline && r.Fault.Exit != steps.ExitUsage || r.Fault.Changed != "" {
		p.errln("aligate: hint: " + r.Error.Changed)
	}
	for _, hint := range r.Fault.Hints {
		p.errln("aligate: hint: " + hint)
	}
}

func (p *Printer) warnings(r steps.Report) {
	if p.Quiet || p.JSON {
		return
	}
	for _, w := range r.Warnings {
		p.errln(fmt.Sprintf("aligate: warning: %s %s: %s", r.Workflow, r.Step, w.Message))
	}
}

func (p *Printer) errln(line string) {
	_, _ = io.WriteString(p.Err, clean(p.Redactor.Text(line), p.Color)+"\n")
}

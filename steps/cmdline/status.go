package cmdline

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"aligate/steps"
)

// statusText is a status as a table.
func statusText(s steps.RunStatus, now time.Time) string {
	var b strings.Builder
	fmt.Fprintf(&b, "run %s", s.Run)
	if s.Title != "" {
		fmt.Fprintf(&b, ": %s", s.Title)
	}
	fmt.Fprintf(&b, "\nstate in %s\n\n", s.StateDir)
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "STEP\tSTATE\tWHEN\tWHAT")
	for _, row := range s.Steps {
		when := ""
		if row.Ended != nil {
			when = ago(now.Sub(*row.Ended))
		}
		what := row.Summary
		if row.Gate != "" {
			what += "; gate " + row.Gate
		}
		if len(row.Changed) > 0 {
			what += "; changed since: " + strings.Join(row.Changed, ", ")
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", row.Step, row.State, when, strings.TrimPrefix(what, "; "))
	}
	w.Flush()
	for step, p := range s.Pending {
		fmt.Fprintf(&b, "\n%s was cut off: %s may exist\n", step, p.Subject)
	}
	return trimLines(b.String())
}

func ago(d time.Duration) string {
	switch {
	case d < 2*time.Second:
		return "now"
	case d < 2*time.Minute:
		return fmt.Sprintf("%ds ago", int(d.Seconds()))
	case d < 2*time.Hour:
		return fmt.Sprintf("%dm ago", int(d.Minutes()))
	}
	return fmt.Sprintf("%dh ago", int(d.Hours()))
}

func trimLines(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

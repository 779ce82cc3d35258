package ecs

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"aligate/steps"
)

// listing is what a look-up has found: data for programs, a text for people.
type listing struct {
	// key is the name of the rows in the data, thing what one of them is called.
	key, thing string
	rows       any
	count      int
	table      string
	// why says why there may be none, next which command to try then.
	why, next string
	// more is what the data holds beside the rows.
	more map[string]any
	// anywhere is set if the answer has no region.
	anywhere bool
}

// column is one column of a table: what stands above it and what in it.
type column[T any] struct {
	head string
	cell func(T) string
}

// list makes a listing of rows.
func list[T any](key, thing string, rows []T, columns ...column[T]) listing {
	if rows == nil {
		rows = []T{} // programs get a list in any case
	}
	return listing{key: key, thing: thing, rows: rows, count: len(rows), table: table(rows, columns)}
}

// otherwise says what to think and what to run if nothing was found.
func (l listing) otherwise(why, next string) listing {
	l.why, l.next = why, next
	return l
}

// outcome is how a look-up ends.
func (l listing) outcome(r reader) steps.Outcome {
	data := map[string]any{l.key: l.rows}
	where := ""
	if !l.anywhere {
		data["region"], where = r.region, " in "+r.region
	}
	for key, value := range l.more {
		data[key] = value
	}
	out := steps.Outcome{Summary: steps.Count(l.count, l.thing) + where, Data: data, Text: func() string { return l.table }}
	if l.count == 0 {
		out.Summary = fmt.Sprintf("no %s found%s", l.thing, where)
		out.Text = func() string { return fmt.Sprintf("%s: %s\nnext: %s", out.Summary, l.why, l.next) }
		data["next"] = l.next
	}
	return out
}

// table aligns the cells of rows below their heads. Names stand last: wide characters would shift what is behind them.
func table[T any](rows []T, columns []column[T]) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	line := make([]string, len(columns))
	for i, c := range columns {
		line[i] = c.head
	}
	fmt.Fprintln(w, strings.Join(line, "\t"))
	for _, row := range rows {
		for i, c := range columns {
			line[i] = cell(c.cell(row))
		}
		fmt.Fprintln(w, strings.Join(line, "\t"))
	}
	w.Flush()
	return strings.TrimRight(b.String(), "\n")
}

// cell is a value that stays in its cell, whatever it holds.
func cell(s string) string {
	if s = strings.Join(strings.Fields(s), " "); s == "" {
		return "-"
	}
	return s
}

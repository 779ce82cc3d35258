package service

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// locate finds line, column and excerpt of all findings and puts them into the order of the file. It goes through
// raw once: a file may be one long line with thousands of findings.
func locate(raw []byte, all Findings) {
	slices.SortStableFunc(all, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.Severity, b.Severity))
	})
	line, column, from := 1, 1, 0 // of the offset from
	for i := range all {
		f := &all[i]
		f.start = min(f.start, len(raw))
		f.end = max(f.start, min(f.end, len(raw)))
		if newlines := bytes.Count(raw[from:f.start], []byte{'\n'}); newlines > 0 {
			line += newlines
			column, from = 1, bytes.LastIndexByte(raw[:f.start], '\n')+1
		}
		column += utf8.RuneCount(raw[from:f.start])
		from = f.start
		f.Line, f.Column = line, column
		covered, _, _ := bytes.Cut(raw[f.start:f.end], []byte{'\n'})
		f.EndColumn = column + max(1, utf8.RuneCount(bytes.TrimRight(covered, "\r")))
		f.excerpt, f.mark = excerpt(raw, f.start)
	}
}

// excerpt is the line of offset, or a part of it if it is long, and how many characters of it stand before offset.
func excerpt(raw []byte, offset int) (string, int) {
	const whole, before, behind = 160, 60, 100 // bytes
	from, to := max(0, offset-whole), min(len(raw), offset+whole)
	if n := bytes.LastIndexByte(raw[from:offset], '\n'); n >= 0 {
		from += n + 1
	}
	if n := bytes.IndexByte(raw[offset:to], '\n'); n >= 0 {
		to = offset + n
	}
	if to-from > whole {
		from, to = max(from, offset-before), min(to, offset+behind)
	}
	for from > 0 && from < offset && !utf8.RuneStart(raw[from]) {
		from++
	}
	for to < len(raw) && to > offset && !utf8.RuneStart(raw[to]) {
		to--
	}
	text := strings.ToValidUTF8(strings.TrimRight(string(raw[from:to]), "\r"), "\uFFFD")
	return text, min(utf8.RuneCount(raw[from:offset]), utf8.RuneCountInString(text))
}

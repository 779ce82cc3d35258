package script

import (
	"bytes"
	"fmt"
	"path"
	"strings"
	"unicode/utf8"
)

// form is one rule of what a script must be, before anybody reads what it says.
type form func(content []byte) (Problem, bool)

// forms are all of them. Nothing is converted silently: what runs is what the user has in his file.
var forms = []form{empty, tooLarge, byteOrderMark, notUTF8, nullByte, carriageReturn, onlyComments}

var bom = []byte("\xef\xbb\xbf")

func empty(content []byte) (Problem, bool) {
	return Problem{What: "the script is empty", Fix: "write the commands to run into it"}, len(content) == 0
}

func tooLarge(content []byte) (Problem, bool) {
	return Problem{
		What: fmt.Sprintf("the script has %d bytes, %d more than the %d that can be sent", len(content), len(content)-MaxBytes, MaxBytes),
		Fix:  "put the larger part into OSS and let the script fetch it",
	}, len(content) > MaxBytes
}

func byteOrderMark(content []byte) (Problem, bool) {
	return Problem{
		Line: 1, Column: 1, What: "the script begins with a byte order mark, which the shell takes for a part of the first command",
		Fix: `remove it: sed -i '1s/^\xEF\xBB\xBF//' FILE`,
	}, bytes.HasPrefix(content, bom)
}

// wide are the byte order marks of UTF-16.
var wide = []string{"\xff\xfe", "\xfe\xff"}

func notUTF8(content []byte) (Problem, bool) {
	for at := 0; at < len(content); {
		r, size := utf8.DecodeRune(content[at:])
		if r == utf8.RuneError && size == 1 {
			p := placeOf(content, at)
			p.What = fmt.Sprintf("the script is not UTF-8: here is the byte 0x%02X", content[at])
			p.Fix = "convert it, e.g. iconv -f GB18030 -t UTF-8 FILE"
			for _, mark := range wide {
				if strings.HasPrefix(string(content[:min(2, len(content))]), mark) {
					p.Fix = "convert it: iconv -f UTF-16 -t UTF-8 FILE"
				}
			}
			return p, true
		}
		at += size
	}
	return Problem{}, false
}

func nullByte(content []byte) (Problem, bool) {
	at := bytes.IndexByte(content, 0)
	if at < 0 {
		return Problem{}, false
	}
	p := placeOf(content, at)
	p.What, p.Fix = "here is a NUL byte, which no shell script has", "give a script, not a program or an archive"
	return p, true
}

func carriageReturn(content []byte) (Problem, bool) {
	all, pairs := bytes.Count(content, []byte("\r")), bytes.Count(content, []byte("\r\n"))
	if all == 0 {
		return Problem{}, false
	}
	p := placeOf(content, bytes.IndexByte(content, '\r'))
	switch {
	case all == pairs:
		p.What = fmt.Sprintf("lines end in CR LF, as on Windows (%d of them); the shell takes the CR for a part of each command", pairs)
		p.Fix = `convert it: sed -i 's/\r$//' FILE`
	case pairs == 0:
		p.What = fmt.Sprintf("here is a CR without LF (one of %d); to the shell it is no end of a line", all)
		p.Fix = `convert it: tr '\r' '\n' < FILE > NEW`
	default:
		p.What = fmt.Sprintf("the ends of lines are mixed: %d CR LF, %d CR without LF", pairs, all-pairs)
		p.Fix = `convert it: sed -i 's/\r$//' FILE, then look for the others`
	}
	return p, true
}

func onlyComments(content []byte) (Problem, bool) {
	if len(content) == 0 {
		return Problem{}, false
	}
	for line := range strings.FieldsFuncSeq(string(bytes.TrimPrefix(content, bom)), func(r rune) bool { return r == '\n' || r == '\r' }) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			return Problem{}, false
		}
	}
	return Problem{What: "the script has no command, only blank lines and comments", Fix: "write the commands to run into it"}, true
}

// placeOf is a problem at the byte offset, its line and column counted from 1. Bytes that are no characters count as one.
func placeOf(content []byte, offset int) Problem {
	before := content[:offset]
	line := bytes.LastIndexByte(before, '\n') + 1
	return Problem{Line: bytes.Count(before, []byte("\n")) + 1, Column: utf8.RuneCount(before[line:]) + 1}
}

// runnable are the interpreters that Cloud Assistant runs a shell script with on every image of the table.
const runnable = "sh bash dash"

// interpreter warns of a first line that names something else. Other than what the shell reads, it is only a warning:
// the program may be there.
func interpreter(first string) (Problem, bool) {
	line, found := strings.CutPrefix(first, "#!")
	if !found {
		return Problem{}, false
	}
	words := strings.Fields(line)
	if len(words) > 1 && path.Base(words[0]) == "env" {
		words = words[1:]
		for len(words) > 1 && strings.HasPrefix(words[0], "-") {
			words = words[1:]
		}
	}
	p := Problem{Line: 1, Column: 1, Fix: "begin with #!/bin/bash, and call the program from there"}
	switch {
	case len(words) == 0:
		p.What = "the interpreter line names no program"
	case !has(runnable, path.Base(words[0])):
		p.What = fmt.Sprintf("the interpreter %q is no shell that every image has; the script is sent as a shell script", words[0])
	default:
		return Problem{}, false
	}
	return p, true
}

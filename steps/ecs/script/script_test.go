package script

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// mustRead reads a script that has no problems.
func mustRead(t testing.TB, content string) *Script {
	t.Helper()
	s, problems := Read([]byte(content))
	if len(problems) > 0 {
		t.Fatalf("%q: got %+v", content, problems)
	}
	return s
}

func TestReadProblems(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, content string
		want          []string // "line:column what", in their order
	}{
		{"nothing", "", []string{"0:0 the script is empty"}},
		{"blanks", " \n\t\n", []string{"0:0 the script has no command, only blank lines and comments"}},
		{"comments", "#!/bin/bash\n# one\n\n  # two\n", []string{"0:0 the script has no command"}},
		{"a mark alone", "\xef\xbb\xbf", []string{"1:1 the script begins with a byte order mark", "0:0 the script has no command"}},
		{"a mark", "\xef\xbb\xbfecho a\n", []string{"1:1 the script begins with a byte order mark"}},
		{"bytes", "echo a\necho \xe4\xb8\xad\xd6\xd0\n", []string{"2:7 the script is not UTF-8: here is the byte 0xD6"}},
		{"UTF-16", "\xff\xfee\x00", []string{"1:1 the script is not UTF-8: here is the byte 0xFF", "1:4 here is a NUL byte"}},
		{"NUL", "echo a\necho \x00\n", []string{"2:6 here is a NUL byte"}},
		{"Windows", "echo a\r\necho b\r\n", []string{"1:7 lines end in CR LF, as on Windows (2 of them)"}},
		{"old Mac", "echo a\recho b\r", []string{"1:7 here is a CR without LF (one of 2)"}},
		{"both", "echo a\r\necho\rb\n", []string{"1:7 the ends of lines are mixed: 1 CR LF, 1 CR without LF"}},
		{"Windows comments", "# a\r\n# b\r\n", []string{"1:4 lines end in CR LF", "0:0 the script has no command"}},
		{"large", strings.Repeat("a", MaxBytes+7), []string{"0:0 the script has 18439 bytes, 7 more than the 18432 that can be sent"}},
		{"all at once", "\xef\xbb\xbfecho \x00\r\n\xff" + strings.Repeat("a", MaxBytes), []string{
			"0:0 the script has 18444 bytes", "1:1 the script begins with", "2:1 the script is not UTF-8", "1:7 here is a NUL byte", "1:8 lines end in CR LF",
		}},
	} {
		s, problems := Read([]byte(c.content))
		if s != nil || len(problems) != len(c.want) {
			t.Errorf("%s: got %v, %+v, want %q", c.name, s, problems, c.want)
			continue
		}
		for i, p := range problems {
			if got := fmt.Sprintf("%d:%d %s", p.Line, p.Column, p.What); !strings.HasPrefix(got, c.want[i]) || p.Fix == "" {
				t.Errorf("%s: got %+v, want %q", c.name, p, c.want[i])
			}
		}
	}
}

func TestReadTakes(t *testing.T) {
	t.Parallel()
	for _, content := range []string{
		"echo a", "echo a\n", "#!/bin/bash\necho \u4e2d\u6587\n", strings.Repeat("a", MaxBytes), "true # \\r\n", "#!/bin/sh -e\n:\n", "#!/usr/bin/env bash\n:\n", "#!/usr/bin/env -S bash -e\n:\n",
	} {
		s, problems := Read([]byte(content))
		if len(problems) > 0 || len(s.Warnings) > 0 || string(s.Content) != content {
			t.Errorf("%.40q: got %+v, %+v", content, s, problems)
		}
	}
}

// The script is the caller's no more, and what is sent is what was in the file, to the byte.
func TestContent(t *testing.T) {
	t.Parallel()
	raw := []byte("echo hello\n")
	s := mustRead(t, string(raw))
	if got, err := base64.StdEncoding.DecodeString(s.Base64()); err != nil || string(got) != string(raw) {
		t.Errorf("got %q, %v", got, err)
	}
	if got := s.Digest(); got != "5dbad7dd0b9b122dcd9956884390f4aac4738caba8ff53498a7ab6718b176c30" {
		t.Errorf("got %s", got)
	}
	if mustRead(t, "echo hello").Digest() == s.Digest() {
		t.Error("another script has the same digest")
	}
	given := []byte("echo a")
	s, _ = Read(given)
	given[5] = 'b'
	if string(s.Content) != "echo a" {
		t.Errorf("got %s", s.Content)
	}
}

func TestWarnings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ content, want string }{
		{"#!/usr/bin/python3\nprint(1)\n", `1 the interpreter "/usr/bin/python3" is no shell that every image has`},
		{"#!/usr/bin/env python3\nprint(1)\n", `1 the interpreter "python3" is no shell`},
		{"#!/usr/bin/env -S zsh -e\n:\n", `1 the interpreter "zsh" is no shell`},
		{"#!/usr/bin/env\n:\n", `1 the interpreter "/usr/bin/env" is no shell`},
		{"#!\n:\n", "1 the interpreter line names no program"},
		{"#!/usr/bin/perl\nprint 'it\n", `1 the interpreter "/usr/bin/perl" is no shell`}, // and no word of the quote
		{"echo 'a\necho b\n", "1 the single quote that is opened here is never closed"},
		{"echo a\necho \"b\n", "2 the double quote that is opened here is never closed"},
		{"echo a\ncat <<EOF\nb\n", `2 the here-document that "EOF" ends is never ended`},
		{"cat <<EOF", `1 the here-document that "EOF" ends is never ended`},
		{"cat <<EOF\n a\n EOF\n", `1 the here-document that "EOF" ends is never ended`}, // not at the margin
	} {
		s := mustRead(t, c.content)
		if len(s.Warnings) != 1 || s.Warnings[0].Fix == "" || !strings.HasPrefix(fmt.Sprintf("%d %s", s.Warnings[0].Line, s.Warnings[0].What), c.want) {
			t.Errorf("%q: got %+v, want %q", c.content, s.Warnings, c.want)
		}
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	long := "pip install " + strings.Repeat("\u4e2d", 100)
	for _, c := range []struct{ content, want string }{
		{"\t pip install a  \n", "pip install a"},
		{long, "pip install " + strings.Repeat("\u4e2d", 65) + "..."},
		{"pip install a\x1b[31m\n", "pip install a [31m"}, // a terminal would obey
		{"pip install \\\n a", `pip install \`},
		{"API_TOKEN=abcdef123456 pip install a", ""}, // it may hold a secret
	} {
		s := mustRead(t, c.content)
		if len(s.Needs) != 1 || s.Needs[0].Text != c.want || utf8.RuneCountInString(s.Needs[0].Text) > longestText {
			t.Errorf("%q: got %+v, want %q", c.content, s.Needs, c.want)
		}
	}
}

func TestRuntime(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ content, want, why string }{
		{"echo hello\nls\ndate\n", "less than 1 minute", "simple commands"},
		{"curl -s https://example.com\n", "less than 1 minute", "simple commands"},
		{"sleep 5\n", "less than 1 minute", "simple commands"},
		{"make --version\n", "less than 1 minute", "simple commands"},
		{"echo make\n# make\n", "less than 1 minute", "simple commands"},
		{"cd src\nmake -j2\n", "5-30 minutes", "line 2 looks like compilation"},
		{"./configure && make\n", "5-30 minutes", "line 1 looks like compilation"},
		{"cargo build --release\n", "5-30 minutes", "line 1 looks like compilation"},
		{"npm run build\n", "5-30 minutes", "line 1 looks like compilation"},
		{"python3 clean.py in.csv\n", "5-30 minutes", "line 1 looks like data processing"},
		{"apt-get install -y jq\n", "5-30 minutes", "line 1 looks like installation"},
		{"pip install -i https://mirrors.aliyun.com/pypi/simple a\n", "5-30 minutes", "line 1 looks like installation"},
		{"sleep 90\n", "5-30 minutes", "line 1 looks like waiting"},
		{"sleep 2h\n", "1-24 hours", "line 1 looks like waiting"},
		{"sleep 1m 30s\n", "5-30 minutes", "line 1 looks like waiting"},
		{"sleep 1d\n", "1-24 hours", "line 1 looks like waiting"},
		{"sleep 1e99\n", "less than 1 minute", "simple commands"},
		{"sleep $N\n", "less than 1 minute", "simple commands"},
		{"pip install torch\npython train.py\n", "1-24 hours", "line 2 looks like training"},
		{"python -m llm.finetune --lr 1\n", "1-24 hours", "line 1 looks like training"},
		{"python main.py --epochs 3\n", "1-24 hours", "line 1 looks like training"},
		{"./run_training.sh\n", "1-24 hours", "line 1 looks like training"},
		{"./constraints 1\n", "less than 1 minute", "simple commands"},
		{"torchrun --nproc-per-node 8 run.py\n", "1-24 hours", "line 1 looks like training"},
		{"make\nnginx\n", "runs until it is released, quoted by the hour", "line 2 is a web server"},
		{"python train.py &\n", "runs until it is released, quoted by the hour", "line 1 runs in the background"},
	} {
		got := mustRead(t, c.content).Runtime()
		if got.Text != c.want || got.Why != c.why {
			t.Errorf("%q: got %+v, want %s, %s", c.content, got, c.want, c.why)
		}
		if got.Open != strings.HasPrefix(c.want, "runs") || !got.Open && (got.Max <= 0 || got.Min > got.Max) || got.Open && got.Max != 0 {
			t.Errorf("%q: got %+v", c.content, got)
		}
	}
	if r := mustRead(t, "make").Runtime(); r.Min != 5*time.Minute || r.Max != 30*time.Minute {
		t.Errorf("got %+v", r)
	}
	if r := mustRead(t, "torchrun a").Runtime(); r.Min != time.Hour || r.Max != 24*time.Hour {
		t.Errorf("got %+v", r)
	}
}

// FuzzRead: whatever is in the file, all that is said of it is about lines it has, and nothing of a secret is told.
func FuzzRead(f *testing.F) {
	for _, s := range []string{
		"", "\xff", "a\r\nb\r", "pip install a\nnginx &\nPASSWORD=hunter22 make\n", "cat <<A <<-B\nA\n\tB\npip install x", "case a in b) c;; esac", "$((1<<2)) `a $(b \"c ${d:-$(e)}\" )`",
		"f() { a; }; for i in 1 2; do b & done; wait", "bash -c 'bash -c \"pip install x\"'", "a=(b c) d\\\ne '", "((", "${", "$(", "`", "<<", "<<<", "a=$a$a;a=$a$a;a=$a$a\npip $a", "eval eval eval a",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		s, problems := Read(content)
		if (s == nil) == (len(problems) == 0) {
			t.Fatalf("got %v, %+v", s, problems)
		}
		lines := strings.Count(string(content), "\n") + 1
		for _, p := range problems {
			if p.What == "" || p.Fix == "" || p.Line > lines || p.Line < 0 {
				t.Fatalf("got %+v", p)
			}
		}
		if s == nil {
			return
		}
		secret := map[int]bool{}
		for _, sign := range s.Secrets {
			secret[sign.Line] = true
			if sign.Text != "" {
				t.Fatalf("got %+v", sign)
			}
		}
		for _, sign := range slices.Concat(s.Needs, s.Persists, s.Secrets) {
			if sign.What == "" || sign.Line < 1 || sign.Line > lines || secret[sign.Line] && sign.Text != "" ||
				strings.ContainsAny(sign.Text, "\n\r\x1b\x00") || utf8.RuneCountInString(sign.Text) > longestText {
				t.Fatalf("%q: got %+v", content, sign)
			}
		}
		for _, w := range s.Warnings {
			if w.What == "" || w.Line < 1 || w.Line > lines {
				t.Fatalf("%q: got %+v", content, w)
			}
		}
		if r := s.Runtime(); r.Open != (len(s.Persists) > 0) || r.Text == "" || r.Why == "" {
			t.Fatalf("got %+v", r)
		}
	})
}

func BenchmarkRead(b *testing.B) {
	content := []byte(strings.Repeat("sudo apt-get install -y jq && echo \"it is $(date)\" > /var/log/a.log # a line of a script\nfor i in 1 2 3; do ./a --name=$i; done\n", 120))
	for b.Loop() {
		Read(content)
	}
}

package steps

import (
	"context"
	"errors"
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"
	"time"
)

func num(n int) *int { return &n }

// ids makes rows of words.
func ids(words string) []string { return strings.Fields(words) }

func self(s string) string { return s }

func TestPages(t *testing.T) {
	t.Parallel()
	type page = Page[string]
	for _, c := range []struct {
		name  string
		pages []page // the last one is given for every further page
		want  string
		err   string
		asked string // number/size of each call
	}{
		{"one page, total", []page{{Total: num(2), Rows: ids("a b")}}, "a b", "", "1/0"},
		{"two pages, total", []page{{Total: num(3), Rows: ids("a b")}, {Total: num(3), Rows: ids("c")}}, "a b c", "", "1/0 2/2"},
		{"empty, total", []page{{Total: num(0)}}, "", "", "1/0"},
		{"empty, no total", []page{{}}, "", "", "1/0"},
		{"empty, no total, size", []page{{Size: num(10)}}, "", "", "1/0"},
		// The size that the service said it used is asked for, not the one that was seen.
		{"size echoed", []page{{Total: num(3), Size: num(10), Rows: ids("a b")}, {Total: num(3), Size: num(10), Rows: ids("c")}}, "a b c", "", "1/0 2/10"},
		{"size echoed as 0", []page{{Total: num(3), Size: num(0), Rows: ids("a b")}, {Total: num(3), Rows: ids("c")}}, "a b c", "", "1/0 2/2"},
		// A page that is short of the size is the last only where no total says otherwise.
		{"short page, total", []page{{Total: num(3), Size: num(10), Rows: ids("a")}, {Total: num(3), Size: num(10), Rows: ids("b")}, {Total: num(3), Size: num(10), Rows: ids("c")}}, "a b c", "", "1/0 2/10 3/10"},
		{"short page, size", []page{{Size: num(2), Rows: ids("a b")}, {Size: num(2), Rows: ids("c")}}, "a b c", "", "1/0 2/2"},
		{"no short page, size", []page{{Size: num(2), Rows: ids("a b")}, {Size: num(2), Rows: ids("c d")}, {Size: num(2)}}, "a b c d", "", "1/0 2/2 3/2"},
		// Nothing says anything: only a page without news is the end.
		{"nothing told", []page{{Rows: ids("a b")}, {Rows: ids("c")}, {}}, "a b c", "", "1/0 2/2 3/2"},
		{"nothing told, the last page again", []page{{Rows: ids("a b")}, {Rows: ids("c")}}, "a b c", "", "1/0 2/2 3/2"},
		{"the total comes late", []page{{Rows: ids("a b")}, {Total: num(3), Rows: ids("c")}}, "a b c", "", "1/0 2/2"},
		// Rows that the filter dropped have been sent: they count, and are not returned.
		{"dropped rows", []page{{Total: num(4), Count: num(2), Rows: ids("a")}, {Total: num(4), Count: num(2)}}, "a", "", "1/0 2/2"},
		{"all dropped, no total", []page{{Size: num(2), Count: num(2)}, {Size: num(2), Count: num(1), Rows: ids("a")}}, "a", "", "1/0 2/2"},
		{"dropped rows make no short page", []page{{Size: num(2), Count: num(2), Rows: ids("a")}, {Size: num(2), Count: num(0)}}, "a", "", "1/0 2/2"},
		// A list that is not what its total says is not a short list.
		{"repeated page", []page{{Total: num(4), Rows: ids("a b")}}, "", "2 of 4 rows, and page 2 brings nothing new", "1/0 2/2"},
		{"empty page", []page{{Total: num(4), Rows: ids("a b")}, {Total: num(4)}}, "", "2 of 4 rows, and page 2 brings nothing new", "1/0 2/2"},
		{"empty first page", []page{{Total: num(4)}}, "", "0 of 4 rows, and page 1 brings nothing new", "1/0"},
		{"null page", []page{{Total: num(3), Rows: ids("a b")}, {Total: num(3), Rows: nil}}, "", "2 of 3 rows", "1/0 2/2"},
		{"growing total", []page{{Total: num(3), Rows: ids("a b")}, {Total: num(5), Rows: ids("c")}}, "", "3 of 5 rows, and page 3 brings nothing new", "1/0 2/2 3/2"},
		// A total smaller than the page it stands on proves nothing.
		{"total 0 with rows", []page{{Total: num(0), Rows: ids("a b")}, {Total: num(0), Rows: ids("c")}, {}}, "a b c", "", "1/0 2/2 3/2"},
		{"total too small", []page{{Total: num(1), Rows: ids("a b")}, {Total: num(0), Rows: ids("c d")}, {Total: num(0), Rows: ids("e")}}, "a b c d e", "", "1/0 2/2 3/2 4/2"},
		{"shrinking total", []page{{Total: num(5), Rows: ids("a b")}, {Total: num(1), Rows: ids("c d")}, {Total: num(5), Rows: ids("e")}}, "a b c d e", "", "1/0 2/2 3/2"},
		// A row that slid onto the next page comes twice and counts once.
		{"duplicate", []page{{Total: num(3), Rows: ids("a b")}, {Total: num(3), Rows: ids("b c")}}, "a b c", "", "1/0 2/2"},
		{"duplicate on one page", []page{{Total: num(2), Rows: ids("a a")}, {Total: num(2), Rows: ids("b")}}, "a b", "", "1/0 2/2"},
		{"duplicates hide a row", []page{{Total: num(4), Rows: ids("a b")}, {Total: num(4), Rows: ids("b c")}, {Total: num(4)}}, "", "3 of 4 rows, and page 3", "1/0 2/2 3/2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var asked []string
			got, err := Pages(t.Context(), self, func(_ context.Context, number, size int) (page, error) {
				asked = append(asked, fmt.Sprintf("%d/%d", number, size))
				return c.pages[min(number, len(c.pages))-1], nil
			})
			same(t, "asked", strings.Join(asked, " "), c.asked)
			if c.err == "" {
				if err != nil || strings.Join(got, " ") != c.want {
					t.Errorf("got %q, error %v; want %q", got, err, c.want)
				}
				return
			}
			var paging *PagingError
			if !errors.As(err, &paging) || got != nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("got %q, error %v; want a PagingError with %q", got, err, c.err)
			}
		})
	}
}

func TestPagesEnd(t *testing.T) {
	t.Parallel()
	endless := func(total *int) ([]string, int, error) {
		calls := 0
		got, err := Pages(t.Context(), self, func(_ context.Context, number, _ int) (Page[string], error) {
			calls++
			return Page[string]{Total: total, Rows: []string{fmt.Sprint(number)}}, nil
		})
		return got, calls, err
	}
	for _, total := range []*int{nil, num(201), num(1 << 30)} {
		got, calls, err := endless(total)
		var paging *PagingError
		if !errors.As(err, &paging) || got != nil || calls != maxPages {
			t.Errorf("endless: %d rows after %d pages, error %v; want a PagingError after %d", len(got), calls, err, maxPages)
		}
	}
	if got, calls, err := endless(num(200)); err != nil || len(got) != 200 || calls != 200 {
		t.Errorf("200 pages: %d rows after %d pages, error %v", len(got), calls, err)
	}
}

// An error of a page is that of the list: nothing of it is returned.
func TestPagesFail(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	got, err := Pages(t.Context(), self, func(_ context.Context, number, _ int) (Page[string], error) {
		if number == 2 {
			return Page[string]{Total: num(3), Rows: ids("c")}, broken
		}
		return Page[string]{Total: num(3), Rows: ids("a b")}, nil
	})
	if got != nil || !errors.Is(err, broken) {
		t.Errorf("got %q, error %v; want %v alone", got, err, broken)
	}
}

// paged is a simulated list and the ways of its service.
type paged struct {
	rows     []string
	standard int // page size if none is asked for
	limit    int // page size at the most
	// total is "honest", "absent", "high" or "zero".
	total string
	echo  bool
	// beyond is what a page after the last holds: "nothing" or "last", the last page again.
	beyond string
	// drop makes the filter drop every third row.
	drop bool
	// stuck makes every page the first.
	stuck bool
	// hole leaves the last row out of page 2, and slides makes a new row push the others back before that page.
	hole, slides bool
	fail         int
}

var errPage = errors.New("page failed")

func dropped(row string) bool { return strings.HasSuffix(row, "x") }

func (l *paged) fetch(_ context.Context, number, size int) (Page[string], error) {
	if number == l.fail {
		return Page[string]{}, errPage
	}
	if number == 2 && l.slides {
		l.rows = append([]string{"new"}, l.rows...)
		l.slides = false
	}
	if size == 0 {
		size = l.standard
	}
	size = min(size, l.limit)
	if l.stuck {
		number = 1
	}
	if last := max(1, (len(l.rows)+size-1)/size); number > last && l.beyond == "last" {
		number = last
	}
	from := min((number-1)*size, len(l.rows))
	sent := slices.Clone(l.rows[from:min(from+size, len(l.rows))])
	if number == 2 && l.hole && len(sent) > 0 {
		sent = sent[:len(sent)-1]
	}
	p := Page[string]{Count: num(len(sent))}
	for _, row := range sent {
		if !l.drop || !dropped(row) {
			p.Rows = append(p.Rows, row)
		}
	}
	if !l.drop {
		p.Count = nil
	}
	switch l.total {
	case "honest":
		p.Total = num(len(l.rows))
	case "high":
		p.Total = num(len(l.rows) + 3)
	case "zero":
		p.Total = num(0)
	}
	if l.echo {
		p.Size = num(size)
	}
	return p, nil
}

func randomList(rng *rand.Rand) *paged {
	pick := func(words ...string) string { return words[rng.Intn(len(words))] }
	rare := func() bool { return rng.Intn(6) == 0 }
	l := &paged{
		standard: 1 + rng.Intn(12), total: pick("honest", "honest", "honest", "absent", "absent", "high", "zero"),
		echo: rng.Intn(2) == 0, beyond: pick("nothing", "last"), drop: rng.Intn(3) == 0, hole: rare(), slides: rare(), stuck: rare(),
	}
	l.limit = l.standard
	if rare() {
		l.limit = 1 + rng.Intn(l.standard)
	}
	if rare() {
		l.fail = 1 + rng.Intn(4)
	}
	for i := range rng.Intn(60) {
		row := fmt.Sprint("r", i)
		if i%3 == 0 {
			row += "x"
		}
		l.rows = append(l.rows, row)
	}
	// Where no total is told, a page without news or a short one is the end by agreement: a service that breaks
	// the agreement cannot be found out. And only rows that are shown can be recognised when they come again.
	told := l.total == "honest" || l.total == "high"
	l.hole = l.hole && told && !l.drop
	l.slides = l.slides && (told || l.limit > 1)
	l.stuck = l.stuck && told && !l.drop
	return l
}

// Whatever the ways of the service: the whole list or an error, never less.
func TestPagesWhole(t *testing.T) {
	t.Parallel()
	seed := time.Now().UnixNano()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewSource(seed))
	ends := map[string]int{}
	for range 5_000 {
		l := randomList(rng)
		was, before := *l, slices.Clone(l.rows)
		calm := l.total != "high" && !l.hole && !l.slides && !l.stuck && l.fail == 0
		got, err := Pages(t.Context(), self, l.fetch)
		if err != nil {
			var paging *PagingError
			ends["error"]++
			switch {
			case got != nil:
				t.Fatalf("%d rows and the error %v\n%+v", len(got), err, was)
			case !errors.As(err, &paging) && !errors.Is(err, errPage):
				t.Fatalf("error %v\n%+v", err, was)
			// Hidden rows keep a list going that shows its last page for ever: an error, though a false one.
			case calm && !(l.drop && l.beyond == "last" && l.total != "honest"):
				t.Fatalf("an orderly list gave the error %v\n%+v", err, was)
			}
			continue
		}
		ends["rows"]++
		seen := map[string]bool{}
		for _, row := range got {
			if seen[row] {
				t.Fatalf("row %s twice\n%+v", row, was)
			}
			seen[row] = true
		}
		for _, row := range before {
			if want := !l.drop || !dropped(row); seen[row] != want {
				t.Fatalf("row %s: got it %t, want it %t\n%+v", row, seen[row], want, was)
			}
		}
		if calm && !slices.Equal(got, slices.DeleteFunc(before, func(r string) bool { return l.drop && dropped(r) })) {
			t.Fatalf("rows out of order: %q\n%+v", got, was)
		}
	}
	if ends["rows"] < 500 || ends["error"] < 500 {
		t.Errorf("ends %v, want plenty of both", ends)
	}
}

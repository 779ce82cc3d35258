package steps

import (
	"context"
	"fmt"
)

// Page is one page of a list, as a filter returns it.
type Page[T any] struct {
	// Total is the number of rows on all pages, nil if the reply does not say.
	Total *int `json:"total"`
	// Size is the page size the service used, nil if the reply does not say.
	Size *int `json:"size"`
	// Next is the token of the next page, "" on the last one; nil for a list that is paged by numbers.
	Next *string `json:"next"`
	// Count is the number of rows on the page before the filter dropped any; nil means len(Rows).
	Count *int `json:"count"`
	Rows  []T  `json:"rows"`
}

func (p Page[T]) count() int {
	if p.Count != nil {
		return *p.Count
	}
	return len(p.Rows)
}

// PagingError says that a list could not be read to its end: what was not seen may be there.
type PagingError struct{ Reason string }

func (e *PagingError) Error() string { return "the list is incomplete: " + e.Reason }

// maxPages ends a list that never ends.
const maxPages = 200

// Pages reads a list to its proven end and returns its rows without repetitions, by key. fetch gets the number
// of the page and the size to ask for: 0 for the first page, whose size is the service's own choice.
//
// The end is proven by the total, or, where the service tells none, by a page that is short of the size the
// service said it used, or brings nothing new (eas-facts A.0). Errors: fetch's own, and *PagingError.
func Pages[T any](ctx context.Context, key func(T) string, fetch func(ctx context.Context, page, size int) (Page[T], error)) ([]T, error) {
	var (
		rows []T
		seen = map[string]bool{}
		read int // rows the service sent, dropped ones included, repetitions not
		size int
		most int // the largest total the service has told
	)
	for number := 1; number <= maxPages; number++ {
		page, err := fetch(ctx, number, size)
		if err != nil {
			return nil, err
		}
		fresh := 0
		for _, row := range page.Rows {
			if k := key(row); !seen[k] {
				seen[k] = true
				rows = append(rows, row)
				fresh++
			}
		}
		if fresh > 0 || len(page.Rows) == 0 {
			// Dropped rows have no key to tell a repetition by: they count with the page they stand on.
			fresh += page.count() - len(page.Rows)
		}
		read += fresh
		if size == 0 {
			size = page.count()
			if page.Size != nil && *page.Size > 0 {
				size = *page.Size
			}
		}
		total := page.Total
		if total != nil {
			// A total that shrinks while we read proves nothing: what moved to an earlier page was not seen.
			most = max(most, *total)
			total = &most
		}
		if total != nil && *total < read {
			total = nil // a total smaller than what is in our hands proves nothing
		}
		switch {
		case page.Next != nil && *page.Next == "":
			return rows, nil
		case page.Next != nil && fresh == 0 && page.count() > 0:
			return nil, &PagingError{fmt.Sprintf("page %d brings nothing new, and there are more", number)}
		case page.Next != nil:
		case total != nil && read == *total:
			return rows, nil
		case total != nil && fresh == 0:
			return nil, &PagingError{fmt.Sprintf("%d of %d rows, and page %d brings nothing new", read, *total, number)}
		case total == nil && (fresh == 0 || page.Size != nil && page.count() < *page.Size):
			return rows, nil
		}
	}
	return nil, &PagingError{fmt.Sprintf("more than %d pages", maxPages)}
}

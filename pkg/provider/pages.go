package provider

import (
	"errors"
	"fmt"
	"iter"
	"math"
	"net/http"
)

const (
	// longest is the number of entries of a list without a total, beyond which the list counts as endless.
	longest = 10_000_000
	// newcomers is the number of entries by which a list may outgrow its total while it is read.
	newcomers = 1000
)

// UnknownRequests is the number of requests of a list that has more than one page and no documented total.
const UnknownRequests = math.MaxInt32

// ErrTooLong is the error of a list that takes more requests than [AtMost] allows. The users that it has yielded exist.
var ErrTooLong = errors.New("the list takes too many requests")

// Page is one response of a list.
type Page[T any] struct {
	Members []T
	// Total is the documented number of entries of the list; negative if the response has none.
	Total int
	// Next is the cursor of the next page; "" for none.
	Next string
	// Last reports that the list ends with this page, by the documentation of its pages: a list without a total may end
	// with a page that is not full.
	Last bool
	// More reports whether anything else in the response points to more entries.
	More bool
}

// Paging is a list that is read page by page.
type Paging[T any] struct {
	// Op is what the list is read for, in errors.
	Op string
	// Size is the number of entries that each request asks for. A server that returns fewer, or more, is followed.
	Size int
	// ID returns what identifies an entry.
	ID func(T) string
	// Restarts is set if the list may begin anew beyond its last page, if it has no total.
	Restarts bool
	// Ends is set if the end of the pages is documented, so that the number of entries of a list without a total is no
	// reason for a doubt.
	Ends bool
	// Most is the number of requests after which the list ends with [ErrTooLong] if it has not ended; 0 for any number.
	Most int
}

// ByOffset yields the entries of a list whose pages are read by the number of entries before them. Each page begins
// with the last entry of the page before: if it does not, the list moved. What two pages in a row have in common is
// yielded once. The list ends with an error of [Incomplete] unless it is complete and did not move.
func (p Paging[T]) ByOffset(read func(offset int) (Page[T], error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		course := course[T]{paging: p, began: map[string]bool{}}
		for {
			overlap := course.overlap()
			page, err := read(course.position - overlap)
			if err == nil {
				err = course.begin(page)
			}
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			fresh := course.take(page, overlap)
			course.judge(page, overlap)
			for _, member := range fresh {
				if !yield(member, nil) {
					return
				}
			}
			if course.ended {
				course.end(yield)
				return
			}
			if course.isTooLong(yield) {
				return
			}
		}
	}
}

// ByCursor yields the entries of a list whose pages contain a cursor to the next one. The list ends with an error of
// [Incomplete] unless it is complete.
func (p Paging[T]) ByCursor(read func(cursor string) (Page[T], error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		course, seen := course[T]{paging: p}, map[string]bool{}
		for cursor := ""; ; {
			page, err := read(cursor)
			if err == nil && seen[page.Next] {
				err = p.repeated(course.position)
			}
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			course.note(page)
			for _, member := range course.take(page, 0) {
				if !yield(member, nil) {
					return
				}
			}
			if cursor = page.Next; cursor == "" {
				course.end(yield)
				return
			}
			if course.isTooLong(yield) {
				return
			}
			seen[cursor] = true
		}
	}
}

// OffsetRequests returns how many requests [Paging] ByOffset sends for a list with a total.
func OffsetRequests(total, size int) int {
	if size = max(size, 2); total <= size {
		return 1
	}
	return 1 + (total-size+size-2)/(size-1)
}

// EndOfList returns nil for a list without a documented total if it is certainly complete, by the number of its entries
// and of those that each request asked for (0 if it asked for no number), and by whether anything in the responses
// points to more. Otherwise it returns an error of [Incomplete].
func EndOfList(op string, members, size int, more bool) error {
	switch {
	case more:
		return Incomplete(op, errors.New("the response points to more"))
	case members > 0 && (members == size || isRound(members)):
		return Incomplete(op, fmt.Errorf("%d entries may be a limit; the provider returns no total", members))
	default:
		return nil
	}
}

// isRound reports whether a number may be a limit that a server has for a list: the larger the number, the rounder a
// limit is.
func isRound(members int) bool {
	switch {
	case members <= 250:
		return members%10 == 0 || members%25 == 0
	case members <= 2000:
		return members%50 == 0
	default:
		return members%100 == 0
	}
}

func (p Paging[T]) repeated(members int) error {
	return BadResponse(p.Op, http.StatusOK, fmt.Errorf("endless list: page repeated after %d entries", members))
}

// course is a list that is being read.
type course[T any] struct {
	paging Paging[T]
	// position is the number of entries up to the end of the last page, and yielded the number of those without
	// repetitions.
	position, yielded int
	ended             bool
	// doubt is the reason why the list may be incomplete or have moved; nil for none.
	doubt error

	pages, largest int
	total          int // of the first page
	more           bool
	alone          bool            // pages do not overlap, because the server returns one entry at a time
	began          map[string]bool // ids of the first entries of the pages
	last           map[string]bool // ids of the last page
	lastID         string
}

// overlap returns the number of entries that the next page has in common with the last one.
func (c *course[T]) overlap() int {
	if c.position == 0 || c.alone {
		return 0
	}
	return 1
}

// note records what a page contains about the whole list.
func (c *course[T]) note(page Page[T]) {
	if c.pages == 0 {
		c.total = page.Total
	}
	if max(page.Total, -1) != max(c.total, -1) {
		c.suspect("the total changed from %d to %d while the list was read", c.total, page.Total)
	}
	c.more = page.More
	c.pages++
	c.largest = max(c.largest, len(page.Members))
}

// begin fails for a page that came before, and for a list that outgrows the total of its first page.
func (c *course[T]) begin(page Page[T]) error {
	c.note(page)
	most := longest
	if c.total >= 0 {
		most = 2*c.total + newcomers
	}
	if c.position >= most {
		return BadResponse(c.paging.Op, http.StatusOK, fmt.Errorf("endless list: stopped after %d entries", c.position))
	}
	if len(page.Members) == 0 {
		return nil
	}
	id := c.paging.ID(page.Members[0])
	if c.began[id] && (id != c.lastID || c.alone) {
		if !c.paging.Restarts || page.Total >= 0 {
			return c.paging.repeated(c.position)
		}
		c.ended = true
		c.suspect("the list starts again after %d entries", c.position)
	}
	c.began[id] = true
	return nil
}

// take returns the entries of a page that the page before does not have, and records whether the list has ended or
// moved.
func (c *course[T]) take(page Page[T], overlap int) []T {
	if c.ended {
		return nil
	}
	members := page.Members
	if overlap > 0 && (len(members) == 0 || c.paging.ID(members[0]) != c.lastID) {
		c.suspect("the list moved while it was read, after %d entries", c.position)
	}
	c.position += len(members) - overlap
	fresh, these := members[:0:0], make(map[string]bool, len(members))
	for _, member := range members {
		id := c.paging.ID(member)
		if !c.last[id] {
			fresh = append(fresh, member)
		}
		these[id] = true
		c.lastID = id
	}
	c.last = these
	c.yielded += len(fresh)
	return fresh
}

// judge records whether a page is the last one.
func (c *course[T]) judge(page Page[T], overlap int) {
	nothingNew := len(page.Members) == overlap
	switch {
	case len(page.Members) == 0, page.Last, nothingNew && c.largest > 1:
		c.ended = true
	case page.Total >= 0:
		c.ended = c.position >= page.Total
	}
	if !c.ended && nothingNew { // a server that returns one entry at a time
		c.alone = true
		if page.Total >= 0 {
			c.suspect("pages of one entry cannot overlap")
		}
	}
}

// suspect records the first reason for a doubt about the list.
func (c *course[T]) suspect(format string, values ...any) {
	if c.doubt == nil {
		c.doubt = fmt.Errorf(format, values...)
	}
}

// isTooLong yields the error of a list that may take no further request.
func (c *course[T]) isTooLong(yield func(T, error) bool) bool {
	if c.paging.Most == 0 || c.pages < c.paging.Most {
		return false
	}
	var none T
	yield(none, ErrTooLong)
	return true
}

// end yields the error of a list that may be incomplete.
func (c *course[T]) end(yield func(T, error) bool) {
	if c.doubt == nil && c.total >= 0 && c.yielded != c.total {
		c.suspect("%d entries, but a total of %d", c.yielded, c.total)
	}
	var err error
	switch {
	case c.doubt != nil:
		err = Incomplete(c.paging.Op, c.doubt)
	case c.total < 0 && c.paging.Ends && !c.more:
	case c.total < 0:
		err = EndOfList(c.paging.Op, c.yielded, c.paging.Size, c.more)
	}
	if err != nil {
		var none T
		yield(none, err)
	}
}

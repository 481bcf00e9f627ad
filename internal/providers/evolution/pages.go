package evolution

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strconv"

	"github.com/bring-aboard/usher/pkg/provider"
)

const (
	// pageSize is how many entries to ask for at once. The documentation names a
	// default of 20 and no largest number; a server that gives fewer is followed.
	pageSize = 100
	// longest is the number of entries of a list that does not tell its total,
	// beyond which it is not believed to end.
	longest = 10_000_000
	// newcomers is the number of entries by which a list may outgrow its total
	// while it is read.
	newcomers = 1000
)

// page is one answer of a list.
type page struct {
	objects []json.RawMessage
	total   int // from X-Total-Count; -1 where the answer did not say
}

// pages yields the objects of a list, page by page, and ends after the first
// error. The key is the member that tells objects apart.
func (c *client) pages(ctx context.Context, op, path, key string) iter.Seq2[json.RawMessage, error] {
	return func(yield func(json.RawMessage, error) bool) {
		course := course{key: key, began: map[string]bool{}}
		for !course.ended {
			page, err := c.page(ctx, op, path, pageSize, course.offset)
			if err != nil {
				yield(nil, err)
				return
			}
			objects, err := course.follow(page)
			if err != nil {
				yield(nil, provider.Garbled(op, http.StatusOK, err))
				return
			}
			for _, object := range objects {
				if !yield(object, nil) {
					return
				}
			}
		}
	}
}

func (c *client) page(ctx context.Context, op, path string, limit, offset int) (page, error) {
	answer, err := c.transport.Do(ctx, provider.Request{
		Op: op, Method: http.MethodGet, Path: path,
		Query: url.Values{"limit": {strconv.Itoa(limit)}, "offset": {strconv.Itoa(offset)}},
	})
	if err != nil {
		return page{}, err
	}
	read := page{total: -1}
	if err := json.Unmarshal(answer.Body, &read.objects); err != nil {
		return page{}, provider.Garbled(op, answer.Status, err)
	}
	if read.objects == nil {
		return page{}, provider.Garbled(op, answer.Status, errors.New("no list"))
	}
	if total, err := strconv.Atoi(answer.Header.Get("X-Total-Count")); err == nil && total >= 0 {
		read.total = total
	}
	return read, nil
}

// course follows a list from page to page. It ends where a page is empty or the
// total is reached, and notices a list that would never end.
type course struct {
	key    string
	offset int
	ended  bool

	most  int             // entries that the list is believed to have; 0 before the first page
	began map[string]bool // what the pages so far began with
	last  map[string]bool // the objects of the page before
}

// follow takes the next page and gives its objects without those of the page
// before: a list that moves while it is read shows them again. It fails for a
// page that begins as an earlier one did, and for a list that outgrows what its
// first page said.
func (c *course) follow(page page) ([]json.RawMessage, error) {
	if c.most == 0 {
		c.most = longest
		if page.total >= 0 {
			c.most = 2*page.total + newcomers
		}
	}
	if len(page.objects) > 0 {
		if err := c.begin(page.objects[0]); err != nil {
			return nil, err
		}
	}
	c.offset += len(page.objects)
	c.ended = len(page.objects) == 0 || page.total >= 0 && c.offset >= page.total
	if !c.ended && c.offset >= c.most {
		return nil, fmt.Errorf("the list goes on after %d entries, and would never end", c.offset)
	}
	return c.fresh(page.objects), nil
}

// begin notes the first object of a page.
func (c *course) begin(first json.RawMessage) error {
	members, err := provider.Members(first)
	if err != nil {
		return err
	}
	name, _ := members[c.key].(string)
	if c.began[name] {
		return errors.New("a page came twice, so the list would never end")
	}
	c.began[name] = true
	return nil
}

// fresh leaves out the objects of the page before, and remembers these.
func (c *course) fresh(objects []json.RawMessage) []json.RawMessage {
	var fresh []json.RawMessage
	these := make(map[string]bool, len(objects))
	for _, object := range objects {
		these[string(object)] = true
		if !c.last[string(object)] {
			fresh = append(fresh, object)
		}
	}
	c.last = these
	return fresh
}

package described

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/bring-aboard/usher/internal/describe"
	"github.com/bring-aboard/usher/pkg/provider"
)

const (
	listOp  = "list the users"
	countOp = "count the users"
)

// List is [provider.Lister]. No filter is described.
func (c *client) List(ctx context.Context, filter map[string]string) iter.Seq2[provider.User, error] {
	failed := func(err error) iter.Seq2[provider.User, error] {
		return func(yield func(provider.User, error) bool) { yield(provider.User{}, err) }
	}
	if _, err := provider.FilterQuery(listOp, nil, filter); err != nil {
		return failed(err)
	}
	if c.d.List.Page == nil {
		return c.whole(ctx)
	}
	return c.pages(ctx, listOp, c.d.List, nil, c.readUser, false)
}

// readFunc reads one object of a list: a user, or the id and the name of another thing as those of a user.
type readFunc = func(object json.RawMessage) (provider.User, error)

func (c *client) readUser(object json.RawMessage) (provider.User, error) {
	return provider.ReadUser(object, c.table, c.d.ID, c.d.Key.Field)
}

// pages yields the objects of a list that is paged. Ends is that of [provider.Paging].
func (c *client) pages(ctx context.Context, op string, list *describe.List, values map[string]string, read readFunc, ends bool) iter.Seq2[provider.User, error] {
	page := list.Page
	paging := provider.Paging[provider.User]{Op: op, Size: page.Limit, Ends: ends, ID: func(user provider.User) string { return user.ID }}
	if !hasTotal(page) {
		paging.Most = provider.MostRequests(ctx)
	}
	switch page.By {
	case describe.ByOffset:
		return paging.ByOffset(func(offset int) (provider.Page[provider.User], error) {
			part, err := c.page(ctx, op, list, values, numbered(page, offset, page.Limit), read)
			part.Last = part.Total < 0 && len(part.Members) < page.Limit
			return part, err
		})
	case describe.ByNumber:
		return paging.ByOffset(c.byNumber(ctx, op, list, values, read))
	default:
		return paging.ByCursor(func(cursor string) (provider.Page[provider.User], error) {
			query, err := following(page, cursor)
			if err != nil {
				return provider.Page[provider.User]{}, provider.BadResponse(op, http.StatusOK, err)
			}
			return c.page(ctx, op, list, values, query, read)
		})
	}
}

// numbered returns the query of a page by its number or offset.
func numbered(page *describe.Page, number, size int) url.Values {
	query := url.Values{page.Parameter: {strconv.Itoa(number)}}
	if page.Size != "" {
		query.Set(page.Size, strconv.Itoa(size))
	}
	return query
}

// byNumber returns what reads the users from an offset on, of a list whose pages have numbers. Pages of one size cannot
// overlap, so the size is chosen for each page: the largest one of which some page begins at the offset or shortly
// before.
func (c *client) byNumber(ctx context.Context, op string, list *describe.List, values map[string]string, read readFunc) func(offset int) (provider.Page[provider.User], error) {
	limit := list.Page.Limit
	return func(offset int) (provider.Page[provider.User], error) {
		number, size := 0, limit
		if offset > 0 {
			number = (offset + limit - 1) / limit
			size = offset / number
		}
		page, err := c.page(ctx, op, list, values, numbered(list.Page, number+list.Page.First, size), read)
		if err != nil {
			return page, err
		}
		page.Last = page.Total < 0 && len(page.Members) < size
		if offset == 0 && len(page.Members) > 0 {
			limit = min(limit, len(page.Members)) // a server may return fewer than were asked for
		}
		before := min(offset-number*size, len(page.Members))
		page.Members = page.Members[before:]
		return page, nil
	}
}

// following returns the query of the page with a cursor, "" for the first one. A cursor that is a query already begins
// with a question mark.
func following(page *describe.Page, cursor string) (url.Values, error) {
	if query, isQuery := strings.CutPrefix(cursor, "?"); isQuery {
		return url.ParseQuery(query)
	}
	query := url.Values{}
	if page.Size != "" {
		query.Set(page.Size, strconv.Itoa(page.Limit))
	}
	if cursor != "" {
		query.Set(page.Parameter, cursor)
	}
	return query, nil
}

// page reads one response of a list, which has these values in its templates.
func (c *client) page(ctx context.Context, op string, list *describe.List, values map[string]string, query url.Values, read readFunc) (provider.Page[provider.User], error) {
	none := provider.Page[provider.User]{Total: -1}
	request, err := c.request(op, &list.Route, values)
	if err != nil {
		return none, err
	}
	for name, values := range query {
		request.Query[name] = values
	}
	answer, err := c.do(ctx, request)
	if err != nil {
		return none, err
	}
	users, _, err := objects(op, answer, list.Users, read)
	if err != nil {
		return none, err
	}
	page := provider.Page[provider.User]{Members: users, Total: -1}
	described := list.Page
	switch {
	case described.Total != nil:
		page.Total, err = total(described.Total.Texts(answer.Body))
	case described.TotalHeader != "":
		page.Total, err = total(answer.Header.Values(described.TotalHeader))
	}
	if err != nil {
		return none, provider.BadResponse(op, answer.Status, err)
	}
	switch described.By {
	case describe.ByCursor:
		page.Next, err = nextIn(described, answer)
	case describe.ByLink:
		page.Next, err = nextLink(answer)
	}
	if err != nil {
		return none, provider.BadResponse(op, answer.Status, err)
	}
	return page, nil
}

// total returns the documented total; a list without one may be incomplete.
func total(texts []string) (int, error) {
	if len(texts) == 0 {
		return -1, nil
	}
	number, err := strconv.Atoi(texts[0])
	if err != nil || number < 0 {
		return -1, errors.New("the total is not a number")
	}
	return number, nil
}

// nextIn returns the cursor of the next page in the body: a value, or the query of a whole address.
func nextIn(page *describe.Page, answer *provider.Response) (string, error) {
	texts := page.Next.Texts(answer.Body)
	if len(texts) == 0 || texts[0] == "" {
		return "", nil
	}
	if page.Parameter != "" {
		return texts[0], nil
	}
	return queryOf(texts[0], answer.Address)
}

// nextLink returns the query of the next page in the header Link (RFC 8288).
func nextLink(answer *provider.Response) (string, error) {
	for _, header := range answer.Header.Values("Link") {
		for link := range strings.SplitSeq(header, ",") {
			address, parameters, ok := strings.Cut(link, ";")
			isNext := strings.Contains(strings.NewReplacer(`"`, "", " ", "").Replace(strings.ToLower(parameters)), "rel=next")
			if ok && isNext {
				return queryOf(strings.Trim(strings.TrimSpace(address), "<>"), answer.Address)
			}
		}
	}
	return "", nil
}

// queryOf returns the query of the address of a next page, with a question mark. The address must be that of the list:
// nothing is sent to another host or path.
func queryOf(next, present string) (string, error) {
	here, err := url.Parse(present)
	if err != nil {
		return "", errors.New("the address of the list is not known")
	}
	there, err := here.Parse(next)
	if err != nil || there.Scheme != here.Scheme || !strings.EqualFold(there.Host, here.Host) || there.EscapedPath() != here.EscapedPath() || there.User != nil {
		return "", errors.New("the next page is at another address than the list")
	}
	if there.RawQuery == "" {
		return "", errors.New("the next page has no query")
	}
	return "?" + there.RawQuery, nil
}

// firstPage reads the beginning of the list, one user if its size can be set.
func (c *client) firstPage(ctx context.Context, op string) (provider.Page[provider.User], error) {
	page := c.d.List.Page
	query := url.Values{}
	switch {
	case page == nil:
	case page.By == describe.ByNumber:
		query = numbered(page, page.First, 1)
	case page.By == describe.ByOffset:
		query = numbered(page, 0, 1)
	case page.Size != "":
		query.Set(page.Size, "1")
	}
	if page == nil {
		request, err := c.request(op, &c.d.List.Route, nil)
		if err != nil {
			return provider.Page[provider.User]{}, err
		}
		answer, err := c.do(ctx, request)
		if err != nil {
			return provider.Page[provider.User]{}, err
		}
		users, _, err := objects(op, answer, c.d.List.Users, c.readUser)
		return provider.Page[provider.User]{Members: users, Total: -1}, err
	}
	return c.page(ctx, op, c.d.List, nil, query, c.readUser)
}

// hasTotal reports whether the responses of a list have its length.
func hasTotal(page *describe.Page) bool { return page.Total != nil || page.TotalHeader != "" }

// ListRequests is [provider.Lister]: how many requests the list takes; many for a list whose length is not known beforehand.
func (c *client) ListRequests(ctx context.Context) (int, error) {
	page := c.d.List.Page
	if page == nil {
		return 1, nil
	}
	if !hasTotal(page) {
		query, _ := following(page, "")
		if page.By == describe.ByNumber || page.By == describe.ByOffset {
			query = numbered(page, map[describe.PageBy]int{describe.ByNumber: page.First}[page.By], page.Limit)
		}
		first, err := c.page(ctx, countOp, c.d.List, nil, query, c.readUser)
		switch {
		case err != nil:
			return 0, err
		case first.Next == "" && len(first.Members) < page.Limit && page.Limit > 0:
			return 2, nil // this one, and the list's own
		default:
			return provider.UnknownRequests, nil
		}
	}
	first, err := c.firstPage(ctx, countOp)
	switch {
	case err != nil:
		return 0, err
	case first.Total < 0:
		return 0, provider.BadResponse(countOp, http.StatusOK, errors.New("the total is missing"))
	case first.Total == 0:
		return 2, nil
	case page.By == describe.ByNumber:
		return 1 + numberRequests(first.Total, page.Limit), nil
	default:
		return 1 + provider.OffsetRequests(first.Total, page.Limit), nil
	}
}

// numberRequests returns how many requests [client.byNumber] sends for a list with a total.
func numberRequests(total, limit int) int {
	requests := 1
	for position := min(total, limit); position < total; requests++ {
		offset := position - 1
		number := (offset + limit - 1) / limit
		size := offset / number
		position = min(total, (number+1)*size)
	}
	return requests
}

// whole yields the users of a list that is one response, as it arrives.
func (c *client) whole(ctx context.Context) iter.Seq2[provider.User, error] {
	return func(yield func(provider.User, error) bool) {
		stream := stream{place: c.d.List.Users, beside: map[string]json.RawMessage{}}
		left, users := false, 0
		stream.use = func(object json.RawMessage) error {
			user, err := provider.ReadUser(object, c.table, c.d.ID, c.d.Key.Field)
			users++
			if err == nil && !yield(user, nil) {
				left, err = true, errEnough
			}
			return err
		}
		request, err := c.request(listOp, &c.d.List.Route, nil)
		if err == nil {
			request.Read = stream.read
			var answer *provider.Response
			answer, err = c.transport.Do(ctx, request)
			if left { // the rest of a response that is not read further does not matter
				return
			}
			if err == nil {
				err = provider.EndOfList(listOp, users, 0, provider.PointsToMore(answer.Header, stream.beside, users))
			}
		}
		if err != nil {
			yield(provider.User{}, err)
		}
	}
}

// errEnough ends a response that is not read to its end.
var errEnough = fmt.Errorf("enough was read")

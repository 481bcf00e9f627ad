package evolution

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"net/http"
	"net/url"
	"strconv"

	"github.com/bring-aboard/usher/pkg/provider"
)

// pageSize is the number of entries in one request. The documentation contains a default of 20 and no maximum.
const pageSize = 100

// pages yields the entries of a list, each converted by read.
func pages[T any](ctx context.Context, c *client, op, path string, id func(T) string, read func(json.RawMessage) (T, error)) iter.Seq2[T, error] {
	paging := provider.Paging[T]{Op: op, Size: pageSize, ID: id}
	return paging.ByOffset(func(offset int) (provider.Page[T], error) {
		objects, err := c.page(ctx, op, path, pageSize, offset)
		if err != nil {
			return provider.Page[T]{}, err
		}
		page := provider.Page[T]{Total: objects.Total, Members: make([]T, len(objects.Members))}
		for i, object := range objects.Members {
			if page.Members[i], err = read(object); err != nil {
				return provider.Page[T]{}, provider.BadResponse(op, http.StatusOK, err)
			}
		}
		return page, nil
	})
}

// page reads one response of a list, with the total of X-Total-Count.
func (c *client) page(ctx context.Context, op, path string, limit, offset int) (provider.Page[json.RawMessage], error) {
	answer, err := c.transport.Do(ctx, provider.Request{
		Op: op, Method: http.MethodGet, Path: path,
		Query: url.Values{"limit": {strconv.Itoa(limit)}, "offset": {strconv.Itoa(offset)}},
	})
	if err != nil {
		return provider.Page[json.RawMessage]{}, err
	}
	read := provider.Page[json.RawMessage]{Total: -1}
	if err := json.Unmarshal(answer.Body, &read.Members); err != nil {
		return read, provider.BadResponse(op, answer.Status, err)
	}
	if read.Members == nil {
		return read, provider.BadResponse(op, answer.Status, errors.New("not a list"))
	}
	if total, err := strconv.Atoi(answer.Header.Get("X-Total-Count")); err == nil && total >= 0 {
		read.Total = total
	}
	return read, nil
}

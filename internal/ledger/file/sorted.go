package file

import (
	"cmp"
	"context"
	"errors"
	"slices"
)

const (
	// insertBatch is the number of items sorted in memory before they are written: a sorted batch writes each page
	// of a table once, where single inserts at random places would read and write a page each.
	insertBatch = 16384
	// firstBatch is the size of the first batch: a small table has few pages, and the caller can continue
	// meanwhile. Batches grow with the table.
	firstBatch = 1024
)

// sortedInsert writes items into a scratch table in sorted batches.
type sortedInsert[T any] struct {
	grouped[T]
	compare func(a, b T) int
	// most is the size of the largest batch; 0 means insertBatch.
	most    int
	items   []T
	written int
}

// add adds an item, and writes the batch if it is full.
func (s *sortedInsert[T]) add(ctx context.Context, item T) error {
	s.items = append(s.items, item)
	if len(s.items) < min(max(firstBatch, s.written), cmp.Or(s.most, insertBatch)) {
		return nil
	}
	return s.flush(ctx)
}

// flush writes the remaining items.
func (s *sortedInsert[T]) flush(ctx context.Context) (err error) {
	if len(s.items) == 0 {
		return nil
	}
	slices.SortFunc(s.items, s.compare)
	if _, err := s.conn.ExecContext(ctx, "BEGIN"); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_, _ = s.conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
		}
	}()
	defer func() { err = errors.Join(err, s.close()) }()
	if _, err := s.write(ctx, s.items); err != nil {
		return err
	}
	if _, err := s.conn.ExecContext(ctx, "COMMIT"); err != nil {
		return err
	}
	s.written += len(s.items)
	clear(s.items) // which may have long texts
	s.items = s.items[:0]
	return nil
}

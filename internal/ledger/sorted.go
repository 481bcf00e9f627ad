package ledger

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
)

// insertBatch is how many items are sorted in memory before they are written:
// a sorted batch touches each page of a table once, where single inserts at
// random places would read and write a page each.
const insertBatch = 16384

// insertRows is how many items one statement writes.
const insertRows = 64

// sortedInsert writes items into a scratch table in sorted batches.
type sortedInsert[T any] struct {
	conn *sql.Conn
	// into is the statement up to VALUES, values one group of placeholders, and then what follows.
	into, values, then string
	compare            func(a, b T) int
	args               func(args []any, item *T) []any
	items              []T
}

// add takes up an item, and writes a batch when one is full.
func (s *sortedInsert[T]) add(ctx context.Context, item T) error {
	s.items = append(s.items, item)
	if len(s.items) < insertBatch {
		return nil
	}
	return s.flush(ctx)
}

// flush writes what was taken up.
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
	whole := len(s.items) / insertRows * insertRows
	if err := s.write(ctx, s.items[:whole], insertRows); err != nil {
		return err
	}
	if err := s.write(ctx, s.items[whole:], 1); err != nil {
		return err
	}
	if _, err := s.conn.ExecContext(ctx, "COMMIT"); err != nil {
		return err
	}
	s.items = s.items[:0]
	return nil
}

// write inserts items with one statement that takes so many at a time.
func (s *sortedInsert[T]) write(ctx context.Context, items []T, rows int) (err error) {
	if len(items) == 0 {
		return nil
	}
	stmt, err := s.conn.PrepareContext(ctx, s.into+" VALUES "+strings.TrimSuffix(strings.Repeat(s.values+",", rows), ",")+s.then)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stmt.Close()) }()
	args := make([]any, 0, rows*8)
	for some := range slices.Chunk(items, rows) {
		if err := ctx.Err(); err != nil {
			return err
		}
		args = args[:0]
		for i := range some {
			args = s.args(args, &some[i])
		}
		// Without a context to watch, the driver starts no goroutine for each statement.
		if _, err := stmt.ExecContext(context.WithoutCancel(ctx), args...); err != nil {
			return err
		}
	}
	return nil
}

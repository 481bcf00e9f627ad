package file

import (
	"context"
	"database/sql"
	"errors"
	"strings"
)

// The numbers of rows that one statement writes: mostInGroup, and smaller ones by the factor for the rest.
const (
	mostInGroup = 64
	groupFactor = 8
)

// grouped is an INSERT that writes many rows with one statement, because a statement costs more than a row of it.
// Its statements are prepared on first use.
type grouped[T any] struct {
	conn *sql.Conn
	// into is the statement up to VALUES, values one group of placeholders, and then what follows.
	into, values, then string
	// bind appends the values for the placeholders of one item.
	bind func(item *T, args []any) []any

	prepared map[int]*sql.Stmt // by the number of rows
	bound    []any
}

// write writes items in their order, and returns the number of rows that changed.
func (g *grouped[T]) write(ctx context.Context, items []T) (changed int, err error) {
	for size := mostInGroup; len(items) > 0; size /= groupFactor {
		for ; len(items) >= size; items = items[size:] {
			if err := ctx.Err(); err != nil {
				return changed, err
			}
			n, err := g.exec(ctx, items[:size])
			if err != nil {
				return changed, err
			}
			changed += n
		}
	}
	return changed, nil
}

// exec writes items with one statement.
func (g *grouped[T]) exec(ctx context.Context, items []T) (changed int, err error) {
	stmt, err := g.statement(ctx, len(items))
	if err != nil {
		return 0, err
	}
	g.bound = g.bound[:0]
	for i := range items {
		g.bound = g.bind(&items[i], g.bound)
	}
	// Without a cancellable context the driver starts no goroutine per statement.
	result, err := stmt.ExecContext(context.WithoutCancel(ctx), g.bound...)
	return changed, affected(result, err, &changed)
}

// statement returns the statement that writes so many rows.
func (g *grouped[T]) statement(ctx context.Context, rows int) (*sql.Stmt, error) {
	if stmt, ok := g.prepared[rows]; ok {
		return stmt, nil
	}
	values := strings.TrimSuffix(strings.Repeat(g.values+",", rows), ",")
	stmt, err := g.conn.PrepareContext(ctx, g.into+" VALUES "+values+g.then)
	if err != nil {
		return nil, err
	}
	if g.prepared == nil {
		g.prepared = make(map[int]*sql.Stmt)
	}
	g.prepared[rows] = stmt
	return stmt, nil
}

// close closes the statements. The next write prepares them again.
func (g *grouped[T]) close() error {
	var errs []error
	for _, stmt := range g.prepared {
		errs = append(errs, stmt.Close())
	}
	clear(g.prepared)
	return errors.Join(errs...)
}

package intake

import "iter"

// cursor walks through a sequence, in the order of the roster's rows, in step
// with another walk through them. It must be stopped.
type cursor[T any] struct {
	rowOf func(T) int
	pull  func() (T, error, bool)
	stop  func()

	next T
	more bool
	err  error
}

func newCursor[T any](items iter.Seq2[T, error], rowOf func(T) int) *cursor[T] {
	c := &cursor[T]{rowOf: rowOf}
	c.pull, c.stop = iter.Pull2(items)
	c.advance()
	return c
}

// none gives a cursor over nothing.
func none[T any]() *cursor[T] {
	return &cursor[T]{stop: func() {}}
}

func (c *cursor[T]) advance() { c.next, c.err, c.more = c.pull() }

// at gives the item of a row; ok is false where the row has none. Each call is
// for a later row than the one before.
func (c *cursor[T]) at(row int) (item T, ok bool, err error) {
	for c.more && c.err == nil && c.rowOf(c.next) < row {
		c.advance()
	}
	if c.err != nil || !c.more || c.rowOf(c.next) != row {
		return item, false, c.err
	}
	return c.next, true, nil
}

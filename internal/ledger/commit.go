package ledger

import (
	"context"
	"database/sql"
	"errors"
	"slices"
)

// commit writes a batch in one transaction. It gives why changes were
// refused, by their place in the batch; err means that nothing was written.
func (w *writer) commit(batch []change) (refusals map[int]error, err error) {
	if !slices.ContainsFunc(batch, func(c change) bool { return c.kind != flush }) {
		return nil, nil
	}
	ctx := context.Background() // a commit is never left half-way
	if err := w.transact(ctx, func() error { return w.apply(ctx, batch) }); !isRefusal(err) {
		return nil, err
	}
	err = w.transact(ctx, func() error {
		refusals, err = w.applyEach(ctx, batch)
		return err
	})
	return refusals, err
}

// transact makes changes in one transaction.
func (w *writer) transact(ctx context.Context, change func() error) error {
	if _, err := w.stmts.begin.ExecContext(ctx); err != nil {
		return err
	}
	err := change()
	if err == nil {
		_, err = w.stmts.commit.ExecContext(ctx)
	}
	if err != nil {
		_, _ = w.stmts.rollback.ExecContext(ctx) // the store may have done so itself
	}
	return err
}

// apply makes all changes of a batch with few statements, and fails where one
// is refused. Outcomes come before intents: a row with both is sent again.
func (w *writer) apply(ctx context.Context, batch []change) error {
	w.records, w.intents = w.records[:0], w.intents[:0]
	for _, c := range batch {
		switch c.kind {
		case record:
			w.records = append(w.records, c)
		case intend:
			for _, intent := range c.intents {
				w.intents = append(w.intents, sending{Intent: intent, at: c.at})
			}
		}
	}
	changed, err := w.stmts.record.write(ctx, w.records)
	if err := refusedBelow(len(w.records), changed, err); err != nil {
		return err
	}
	for _, c := range batch {
		if err := w.applyAlone(ctx, c); err != nil {
			return err
		}
	}
	changed, err = w.stmts.intend.write(ctx, w.intents)
	return refusedBelow(len(w.intents), changed, err)
}

// applyAlone makes what a change does not share with others of its kind.
func (w *writer) applyAlone(ctx context.Context, c change) error {
	switch o := c.outcome; {
	case c.kind == withdraw:
		changed := 0
		result, err := w.stmts.withdraw.ExecContext(ctx, o.Row)
		err = affected(result, err, &changed)
		return refusedBelow(1, changed, err)
	case c.kind == record && (o.Gone || o.State == Absent):
		return w.forget(ctx, c)
	case c.kind == record && w.doubts && o.State.Present() && !o.Digest.IsZero():
		_, err := w.stmts.settle.ExecContext(ctx, o.UserID, c.at, o.Digest.blob())
		return err
	default:
		return nil
	}
}

// forget takes back what is known of a person whom the provider has no more. One
// who was only not found is forgotten where an earlier run has deleted them,
// perhaps: otherwise the look-up may lag behind a create.
func (w *writer) forget(ctx context.Context, c change) error {
	o := c.outcome
	statement := w.stmts.forgetDoubted
	if o.Gone {
		statement = w.stmts.forget
	}
	if !o.Digest.IsZero() {
		if _, err := statement.ExecContext(ctx, c.at, o.Digest.blob()); err != nil {
			return err
		}
	}
	if w.undoes == nil || !o.Gone {
		return nil
	}
	_, err := w.stmts.forgetRow.ExecContext(ctx, c.at, w.undoes.number, o.Row)
	return err
}

// applyEach makes the changes one after the other, each wholly or not at all.
// It gives why changes were refused; err ends the transaction.
func (w *writer) applyEach(ctx context.Context, batch []change) (refusals map[int]error, err error) {
	refusals = make(map[int]error)
	for i, c := range batch {
		if _, err := w.stmts.savepoint.ExecContext(ctx); err != nil {
			return nil, err
		}
		if refused := w.apply(ctx, batch[i:i+1]); isRefusal(refused) {
			if _, err := w.stmts.takeBack.ExecContext(ctx); err != nil {
				return nil, err
			}
			if refusals[i], err = w.reason(ctx, c, refused); err != nil {
				return nil, err
			}
		} else if refused != nil {
			return nil, refused
		}
		if _, err := w.stmts.release.ExecContext(ctx); err != nil {
			return nil, err
		}
	}
	return refusals, nil
}

// errRefused says that the state of a row does not allow a change.
var errRefused = errors.New("refused")

// refusedBelow makes an error of it where fewer rows were changed than asked for.
func refusedBelow(asked, changed int, err error) error {
	if err == nil && changed < asked {
		return errRefused
	}
	return err
}

// isRefusal tells whether an error concerns one change, and not the store.
func isRefusal(err error) bool { return errors.Is(err, errRefused) || isConstraint(err) }

// reason says why a change was refused, by the state of its row.
func (w *writer) reason(ctx context.Context, c change, refused error) (reason, err error) {
	if !errors.Is(refused, errRefused) {
		return refused, nil
	}
	named := &RowError{Row: c.outcome.Row, Op: c.op()}
	rows := c.intents
	if c.kind != intend {
		rows = []Intent{{Row: c.outcome.Row}}
	}
	for _, row := range rows {
		state, err := w.stateOf(ctx, row.Row)
		if err != nil {
			return nil, err
		}
		if named.Row, named.State = row.Row, state; state.Present() {
			break
		}
	}
	return named, nil
}

// stateOf gives the state of a row, "" where the run has no such row.
func (w *writer) stateOf(ctx context.Context, row int) (state State, err error) {
	err = w.stmts.state.QueryRowContext(ctx, row).Scan(&state)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return state, err
}

package file

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/ledger/queue"
	"github.com/bring-aboard/usher/internal/rowstate"
)

// commit writes a batch in one transaction. It returns why changes were refused, by their index in the batch;
// after an err nothing was written.
func (w *writer) commit(batch []queue.Change) (refusals map[int]error, err error) {
	ctx := context.Background() // a commit must not be interrupted half-way
	if err := w.transact(ctx, func() error { return w.apply(ctx, batch) }); !isRefusal(err) {
		return nil, err
	}
	err = w.transact(ctx, func() error {
		refusals, err = w.applyEach(ctx, batch)
		return err
	})
	return refusals, err
}

// transact makes changes in one transaction, which also deletes what is no longer needed.
func (w *writer) transact(ctx context.Context, change func() error) error {
	w.lists.moves = w.lists.moves[:0]
	if _, err := w.stmts.begin.ExecContext(ctx); err != nil {
		return err
	}
	err := w.clear(ctx)
	if err == nil {
		err = change()
	}
	if err == nil {
		_, err = w.stmts.commit.ExecContext(ctx)
	}
	if err != nil {
		_, _ = w.stmts.rollback.ExecContext(ctx) // the store may have rolled back already
		return err
	}
	w.lists.committed()
	return nil
}

// apply makes all changes of a batch with few statements, and returns an error if one is refused. Outcomes come
// before intents, because a row with both is resent.
func (w *writer) apply(ctx context.Context, batch []queue.Change) error {
	w.gather(batch)
	if err := w.applyRecords(ctx); err != nil {
		return err
	}
	if err := w.applyWithdrawals(ctx, batch); err != nil {
		return err
	}
	for _, c := range batch {
		if err := w.applyAlone(ctx, c); err != nil {
			return err
		}
	}
	return w.applyIntents(ctx)
}

// gather sorts the changes of a batch by their kind.
func (w *writer) gather(batch []queue.Change) {
	w.records, w.intents, w.entries = w.records[:0], w.intents[:0], w.entries[:0]
	for _, c := range batch {
		switch c.Kind {
		case queue.Record:
			op := recordOp{outcome: c.Outcome, at: stamp(c.At)}
			if in := w.lists.openIn(c.Outcome.Row); in != nil {
				op.started, op.proof = in.started, w.lists.members[c.Outcome.Row].proof
			}
			w.records = append(w.records, op)
			w.insert(c.Outcome.Row, c.Outcome.Digest)
			if form := c.Outcome.Form; !form.IsZero() {
				w.entries = append(w.entries, entry{digest: form, row: c.Outcome.Row})
			}
		case queue.Intend:
			for _, intent := range c.Intents {
				w.intents = append(w.intents, intentBatch{Intent: intent, state: c.State, at: stamp(c.At)})
				w.insert(intent.Row, intent.Digest)
			}
		}
	}
	// Adjacent rows are found in the table without a search. Those of one row retain their order.
	slices.SortStableFunc(w.records, func(a, b recordOp) int { return cmp.Compare(a.outcome.Row, b.outcome.Row) })
}

// insert adds a row to the table of digests, if its plan has not done so.
func (w *writer) insert(row int, digest ledger.Digest) {
	if !w.planned && !digest.IsZero() {
		w.entries = append(w.entries, entry{digest: digest, row: row})
	}
}

func (w *writer) applyRecords(ctx context.Context) error {
	if _, err := w.stmts.digest.write(ctx, w.entries); err != nil {
		return err
	}
	changed, err := w.stmts.record.write(ctx, w.records)
	for _, c := range w.records {
		w.lists.note(move{row: c.outcome.Row, to: resolved})
	}
	return refusedBelow(len(w.records), changed, err)
}

// applyWithdrawals removes rows from their lists, or from the table of rows.
func (w *writer) applyWithdrawals(ctx context.Context, batch []queue.Change) error {
	struck := make(map[*list][]int)
	for _, c := range batch {
		if c.Kind != queue.Withdraw {
			continue
		}
		row := c.Outcome.Row
		if in := w.lists.openIn(row); in != nil {
			struck[in] = append(struck[in], row)
			continue
		}
		changed := 0
		result, err := w.stmts.withdraw.ExecContext(ctx, row)
		err = affected(result, err, &changed)
		if err := refusedBelow(1, changed, err); err != nil {
			return err
		}
	}
	for from, rows := range struck {
		if err := w.removeIntents(ctx, from, rows); err != nil {
			return err
		}
	}
	return nil
}

// applyIntents writes intents as one list, or as rows if some are not the first of their row, because a list would
// be out of date.
func (w *writer) applyIntents(ctx context.Context) error {
	if ok, err := w.enlist(ctx, w.intents); ok || err != nil {
		return err
	}
	for _, intent := range w.intents {
		if in := w.lists.members[intent.Row].in; in != nil {
			if err := w.removeIntents(ctx, in, []int{intent.Row}); err != nil {
				return err
			}
		}
	}
	changed, err := w.stmts.intend.write(ctx, w.intents)
	for _, intent := range w.intents {
		w.lists.note(move{row: intent.Row, to: resolved})
	}
	return refusedBelow(len(w.intents), changed, err)
}

// applyAlone makes the changes of an outcome that cannot be combined with others.
func (w *writer) applyAlone(ctx context.Context, c queue.Change) error {
	switch o := c.Outcome; {
	case c.Kind == queue.Record && (o.Gone || o.State == rowstate.Absent):
		return w.forget(ctx, c)
	case c.Kind == queue.Record && w.doubts && o.State.Present() && !o.Digest.IsZero():
		_, err := w.stmts.settle.ExecContext(ctx, stamp(c.At), o.Digest.Blob(), o.UserID)
		if err == nil && !o.Due {
			_, err = w.stmts.finishDue.ExecContext(ctx, true, o.Digest.Blob())
		}
		return err
	default:
		return nil
	}
}

// forget removes the evidence about a user who is confirmed absent. A user who was only not found is forgotten if
// an earlier run may have deleted them: otherwise the lookup may lag behind a create.
func (w *writer) forget(ctx context.Context, c queue.Change) error {
	o := c.Outcome
	statement := w.stmts.forgetDoubted
	if o.Gone {
		statement = w.stmts.forget
	}
	if !o.Digest.IsZero() {
		if _, err := statement.ExecContext(ctx, stamp(c.At), o.Digest.Blob()); err != nil {
			return err
		}
	}
	if w.undoOf == nil || !o.Gone {
		return nil
	}
	_, err := w.stmts.forgetRow.ExecContext(ctx, stamp(c.At), w.undoOf.Number, o.Row)
	return err
}

// applyEach makes the changes one by one, each completely or not at all. It returns why changes were refused; err
// ends the transaction.
func (w *writer) applyEach(ctx context.Context, batch []queue.Change) (refusals map[int]error, err error) {
	refusals = make(map[int]error)
	for i, c := range batch {
		if _, err := w.stmts.savepoint.ExecContext(ctx); err != nil {
			return nil, err
		}
		moved := len(w.lists.moves)
		if refused := w.apply(ctx, batch[i:i+1]); isRefusal(refused) {
			if _, err := w.stmts.takeBack.ExecContext(ctx); err != nil {
				return nil, err
			}
			w.lists.moves = w.lists.moves[:moved]
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

// errRefused reports that the state of a row does not allow a change.
var errRefused = errors.New("refused")

// refusedBelow returns errRefused if fewer rows were changed than expected.
func refusedBelow(asked, changed int, err error) error {
	if err == nil && changed < asked {
		return errRefused
	}
	return err
}

// isRefusal reports whether an error is about one change, and not about the store.
func isRefusal(err error) bool { return errors.Is(err, errRefused) || isConstraint(err) }

// reason returns why a change was refused, with the state of its row.
func (w *writer) reason(ctx context.Context, c queue.Change, refused error) (reason, err error) {
	if !errors.Is(refused, errRefused) {
		return refused, nil
	}
	named := &ledger.StateError{Op: c.Op()}
	for _, row := range c.Rows() {
		state, err := w.stateOf(ctx, row)
		if err != nil {
			return nil, err
		}
		if named.Row, named.State = row, state; state.Present() {
			break
		}
	}
	return named, nil
}

// stateOf returns the state of a row, "" if the run has no such row.
func (w *writer) stateOf(ctx context.Context, row int) (state rowstate.State, err error) {
	err = w.stmts.state.QueryRowContext(ctx, row).Scan(&state)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return state, err
}

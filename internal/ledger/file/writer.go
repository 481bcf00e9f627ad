package file

import (
	"context"
	"database/sql"
	"errors"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/ledger/queue"
	"github.com/bring-aboard/usher/internal/rowstate"
)

// writer writes a run's rows.
type writer struct {
	*queue.Writer
	watch   *watch
	doubts  bool // earlier runs left users of this target in doubt, or due
	planned bool // a plan has recorded the digests of the rows
	undoOf  *ledger.PastRun
	conn    *sql.Conn
	stmts   *statements
	lists   lists

	records []recordOp    // of the batch that is written
	intents []intentBatch // likewise
	entries []entry       // likewise
}

// recordOp is an outcome to be written.
type recordOp struct {
	outcome ledger.Outcome
	at      int64
	started int64 // when its intent was made, if that is in a list
	proof   int   // likewise
}

func (l *Ledger) newWriter(ctx context.Context, run *Run, doubts bool, info ledger.RunInfo, watch *watch) (*writer, error) {
	conn, err := l.db.Conn(ctx)
	if err != nil {
		return nil, l.wrap("open the ledger", err)
	}
	// From here on a second connection is in the pool, so that the content of the ledger can be reported even if
	// its file is lost.
	spare, err := l.db.Conn(ctx)
	if err == nil {
		err = spare.Close()
	}
	if err != nil {
		return nil, l.wrap("open the ledger", errors.Join(err, conn.Close()))
	}
	stmts, err := prepareStatements(ctx, conn, run.number)
	if err != nil {
		return nil, l.wrap("open the ledger", errors.Join(err, conn.Close()))
	}
	w := &writer{
		watch: watch, doubts: doubts, planned: info.Plan != nil, undoOf: info.UndoOf, conn: conn, stmts: stmts,
		lists: lists{members: make(map[int]intentItem)},
	}
	w.Writer = queue.New(queue.Run{
		ID: run.id, Command: rowstate.CommandOf(info.Command), Commit: w.commit, Check: watch.check,
		Wrap: func(err error) error { return l.wrap("record the rows in the ledger", err) },
	})
	return w, nil
}

// close makes the writer write what is queued and end. If lists remain, unlist writes their intents as rows.
func (w *writer) close(unlist func() error) error {
	return w.Close(func() error {
		err := errors.Join(w.stmts.close(), w.conn.Close())
		if len(w.lists.members)+len(w.lists.spent) > 0 {
			err = errors.Join(err, unlist())
		}
		return err
	})
}

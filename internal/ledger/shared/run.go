package shared

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/ledger/file"
	"github.com/bring-aboard/usher/internal/ledger/queue"
	"github.com/bring-aboard/usher/internal/rowstate"
)

// Run implements [ledger.Run].
type Run struct {
	*queue.Writer
	lock   *Lock
	id     string
	number int64

	doubts  bool // earlier runs left users of this target in doubt, or due
	planned bool // a plan has entered the digests of the rows
	undoOf  *ledger.PastRun
	batch   int64 // the number of the last batch that was committed
}

// Begin implements [ledger.Lock].
func (k *Lock) Begin(ctx context.Context, info ledger.RunInfo) (ledger.Run, error) {
	plan, ok := info.Plan.(*file.Plan)
	if !ok && info.Plan != nil {
		return nil, fmt.Errorf("the plan is a %T, of another store", info.Plan)
	}
	run := &Run{lock: k, planned: plan != nil, undoOf: info.UndoOf}
	if err := k.transact(ctx, "record the run in the shared ledger", func(tx pgx.Tx) error {
		if err := k.enterTarget(ctx, tx); err != nil {
			return err
		}
		if err := run.insert(ctx, tx, info); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE usher.leases SET run = $2 WHERE target = $1`, k.target, run.id); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `
			SELECT EXISTS (SELECT FROM usher.runs WHERE target = $1 AND number <> $2 AND (states IS NULL OR states ?| ARRAY['sent', 'unknown'])) OR EXISTS (
				SELECT FROM usher.runs JOIN usher.rows ON rows.run = runs.number WHERE runs.target = $1 AND (rows.word OR rows.due))`, k.target, run.number).Scan(&run.doubts)
	}); err != nil {
		return nil, err
	}
	if plan != nil {
		if err := k.enter(ctx, plan, run.number); err != nil {
			return nil, err
		}
	}
	run.Writer = queue.New(queue.Run{ID: run.id, Command: rowstate.CommandOf(info.Command), Commit: run.commit, Check: k.check, Wrap: run.wrap})
	return run, nil
}

// insert inserts the run, with its wanted id if no run has it.
func (r *Run) insert(ctx context.Context, tx pgx.Tx, info ledger.RunInfo) error {
	l := r.lock.ledger
	var expires *time.Time
	if !info.Expires.IsZero() {
		expires = &info.Expires
	}
	for r.id = cmp.Or(info.ID, ledger.NewRunID(time.Now())); ; r.id = ledger.NewRunID(time.Now()) {
		err := tx.QueryRow(ctx, `
			INSERT INTO usher.runs (id, command, target, profile, provider, file, sha256, format, encoding, folder, arguments, before_file,
				rows_read, part_of, expires, machine, who, started)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, now())
			ON CONFLICT (id) DO NOTHING RETURNING number`,
			r.id, info.Command, r.lock.target, info.Profile, info.Provider, info.Source.File, info.Source.SHA256, info.Source.Format, info.Source.Encoding,
			info.WorkDir, append([]string{}, info.Arguments...), info.BeforeFile, info.Rows, info.PartOf, expires, l.machine, l.who).Scan(&r.number)
		if !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
	}
}

// ID implements [ledger.Run].
func (r *Run) ID() string { return r.id }

// MaySend implements [ledger.Run].
func (r *Run) MaySend(ctx context.Context) error { return r.lock.maySend(ctx) }

// IsShared implements [ledger.Run].
func (r *Run) IsShared() bool { return true }

// Finish implements [ledger.Run].
func (r *Run) Finish(ctx context.Context, summary ledger.Summary) error {
	counts, err := json.Marshal(summary.Counts)
	if err != nil {
		return err
	}
	flushed := r.Flush(ctx)
	if flushed != nil && !is[*ledger.StateError](flushed) {
		return flushed
	}
	err = r.lock.insist(func(ctx context.Context) error {
		return r.lock.fenced(ctx, func(tx pgx.Tx) error { return r.end(ctx, tx, summary, string(counts)) })
	})
	err, closed := r.wrap(err), r.Close()
	if errors.Is(closed, err) {
		closed = nil // the lease was taken over, which is reported once
	}
	return errors.Join(flushed, err, closed)
}

// end records the end of the run.
func (r *Run) end(ctx context.Context, tx pgx.Tx, summary ledger.Summary, counts string) error {
	if err := r.lock.leaveTarget(ctx, tx, summary.Counts); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `
		UPDATE usher.runs SET states = usher.count_states(number), ended = clock_timestamp(), exit_status = $2, counts = $3::jsonb, failed_file = $4, results_file = $5
		WHERE number = $1`, r.number, summary.ExitStatus, counts, summary.FailedFile, summary.ResultsFile); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `UPDATE usher.leases SET run = '' WHERE target = $1 AND run = $2`, r.lock.target, r.id)
	return err
}

// Close implements [ledger.Run].
func (r *Run) Close() error {
	return r.Writer.Close(func() error { return nil })
}

func (r *Run) wrap(err error) error {
	return r.lock.ledger.wrap("record the rows in the shared ledger", err)
}

// transact is [Lock.fenced] with the name of the operation in errors.
func (k *Lock) transact(ctx context.Context, op string, change func(pgx.Tx) error) error {
	return k.ledger.wrap(op, k.fenced(ctx, change))
}

// fenced makes changes in one transaction, as long as the lease was not taken over.
func (k *Lock) fenced(ctx context.Context, change func(pgx.Tx) error) error {
	return pgx.BeginFunc(ctx, k.ledger.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, sqlFence, k.target, k.epoch); err != nil {
			if codeOf(err) == codeFenced {
				k.lose()
				return k.check()
			}
			return err
		}
		return change(tx)
	})
}

// sqlFence fails unless the lease of a target has an epoch. Until the end of the transaction no other machine takes it over.
const sqlFence = `SELECT usher.fence($1, $2)`

package file

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/bring-aboard/usher/internal/ledger"
)

// Run implements [ledger.Run].
type Run struct {
	*writer
	ledger *Ledger
	lock   *Lock
	id     string
	number int64
}

// Begin implements [ledger.Lock].
func (k *Lock) Begin(ctx context.Context, info ledger.RunInfo) (ledger.Run, error) {
	run, err := k.begin(ctx, info)
	if err != nil {
		return nil, err
	}
	return run, nil
}

func (k *Lock) begin(ctx context.Context, info ledger.RunInfo) (*Run, error) {
	plan, ok := info.Plan.(*Plan)
	if !ok && info.Plan != nil {
		return nil, fmt.Errorf("the plan is a %T, of another store", info.Plan)
	}
	arguments, err := json.Marshal(info.Arguments)
	if err != nil {
		return nil, err
	}
	run := &Run{ledger: k.ledger, lock: k}
	doubts := false
	err = k.ledger.transact(ctx, "record the run in the ledger", func(tx *sql.Tx) error {
		now := time.Now()
		if run.id, err = freshID(ctx, tx, info.ID, now); err != nil {
			return err
		}
		if err := k.enterTarget(ctx, tx); err != nil {
			return err
		}
		result, err := tx.ExecContext(ctx, `
			INSERT INTO runs (id, command, target, profile, provider, file, sha256, format, encoding, folder, arguments, before_file, rows_read, part_of, expires, pid, started)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			run.id, info.Command, k.target, info.Profile, info.Provider,
			info.Source.File, info.Source.SHA256, info.Source.Format, info.Source.Encoding,
			info.WorkDir, string(arguments), info.BeforeFile, info.Rows, info.PartOf, sql.NullInt64{Int64: stamp(info.Expires), Valid: !info.Expires.IsZero()}, os.Getpid(), stamp(now))
		if err != nil {
			return err
		}
		if run.number, err = result.LastInsertId(); err != nil {
			return err
		}
		if err := k.claim(ctx, tx, run.id); err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 `+fromInDoubt+`) OR EXISTS (SELECT 1 `+fromDue+`)`, k.target, k.target).Scan(&doubts)
	})
	if err != nil {
		return nil, err
	}
	if err := k.note(run.id); err != nil {
		return nil, err
	}
	watch, err := k.ledger.watchFor(k)
	if err != nil {
		return nil, k.ledger.wrap("record the run in the ledger", err)
	}
	if plan != nil {
		if err := plan.insert(ctx, k.ledger, run.number); err != nil {
			return nil, err
		}
	}
	if run.writer, err = k.ledger.newWriter(ctx, run, doubts, info, watch); err != nil {
		return nil, err
	}
	return run, nil
}

// ID implements [ledger.Run].
func (r *Run) ID() string { return r.id }

// MaySend implements [ledger.Run]. The lock of the operating system does not end while the process lives.
func (r *Run) MaySend(context.Context) error { return nil }

// IsShared implements [ledger.Run].
func (r *Run) IsShared() bool { return false }

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
	err = r.ledger.transact(ctx, "record the end of the run in the ledger", func(tx *sql.Tx) error {
		if err := r.lock.leaveTarget(ctx, tx, summary.Counts); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `
			UPDATE runs SET states = `+sqlCountStates+`, ended = ?2, exit_status = ?3, counts = ?4, failed_file = ?5, results_file = ?6 WHERE number = ?1`,
			r.number, stamp(time.Now()), summary.ExitStatus, string(counts), summary.FailedFile, summary.ResultsFile)
		if err != nil {
			return err
		}
		return unclaim(ctx, tx, r.id)
	})
	return errors.Join(flushed, err, r.Close())
}

// Close implements [ledger.Run].
func (r *Run) Close() error {
	return r.close(func() error { return r.ledger.unlist(context.Background(), "(?)", r.number) })
}

// freshID returns an id that no run has: the wanted one, if it is not empty and free.
func freshID(ctx context.Context, tx *sql.Tx, wanted string, now time.Time) (string, error) {
	for id := cmp.Or(wanted, ledger.NewRunID(now)); ; id = ledger.NewRunID(now) {
		taken := false
		if err := tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM runs WHERE id = ?)", id).Scan(&taken); err != nil || !taken {
			return id, err
		}
	}
}

// stamp returns the stored form of a time.
func stamp(t time.Time) int64 { return t.UnixMilli() }

// moment returns the time of a stored form; null is the zero time.
func moment(t sql.NullInt64) time.Time {
	if !t.Valid {
		return time.Time{}
	}
	return time.UnixMilli(t.Int64)
}

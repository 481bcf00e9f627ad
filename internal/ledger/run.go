package ledger

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"
)

// RunInfo says what a run is about. It holds no secret: arguments that carry
// one are left out by the caller.
type RunInfo struct {
	// Command is what was asked for: "import" or "create", or one of the constants.
	Command string
	// Profile and Provider name the connection.
	Profile, Provider string
	// Source is the roster; zero for a user made by hand.
	Source Source
	// Folder is the working folder and Arguments the command line, so that the run can be repeated.
	Folder    string
	Arguments []string
	// BeforeFile is the full path of the roster that takes the run's changes back; empty for none.
	BeforeFile string
	// Undoes is a run whose rows have the numbers of this one's, nil for none: when
	// a user is gone, that row is forgotten even where it has no digest. It is not
	// kept.
	Undoes *PastRun
	// Plan holds the rows of the run, nil where they are not known beforehand: their
	// digests are then noted one by one, which takes longer. It is not kept.
	Plan *Plan
}

// The commands of runs that are about users who exist.
const (
	// CommandUpdate changes users.
	CommandUpdate = "update"
	// CommandDelete removes them.
	CommandDelete = "delete"
	// CommandDeactivate takes their access away.
	CommandDeactivate = "deactivate"
	// CommandUndo deletes the users that an earlier run created.
	CommandUndo = "undo"
)

// Source says which roster was read, and how.
type Source struct {
	// File is the full path, or "-" for standard input.
	File string
	// SHA256 is the digest of the file's bytes in hexadecimal.
	SHA256 string
	// Format and Encoding are as they were recognised or given: "csv", "utf-8".
	Format, Encoding string
}

// Summary says how a run ended.
type Summary struct {
	Counts Counts
	// ExitStatus is the status with which the program left.
	ExitStatus int
	// FailedFile and ResultsFile are the paths of what was written; empty for none.
	FailedFile, ResultsFile string
}

// Counts says what became of the rows of a run as it ended. They add up to Rows.
type Counts struct {
	Rows     int `json:"rows"`
	Created  int `json:"created"`
	Existing int `json:"existing"`
	Failed   int `json:"failed"`
	Unknown  int `json:"unknown"`
	NotTried int `json:"not_tried"`

	// Updated and Unchanged are rows of an update, which has none that are created or existing.
	Updated   int `json:"updated,omitempty"`
	Unchanged int `json:"unchanged,omitempty"`

	// Deleted, Absent and Deactivated are rows of a removal, which has none of those either.
	Deleted     int `json:"deleted,omitempty"`
	Absent      int `json:"absent,omitempty"`
	Deactivated int `json:"deactivated,omitempty"`
}

// Intent says that a row is about to be sent.
type Intent struct {
	// Row is the ordinal of the row in its roster, from 1; Line is its place in the file.
	Row, Line int
	// Digest stands for the person.
	Digest Digest
}

// Outcome says what came of a row.
type Outcome struct {
	// Row is the ordinal of the row in its roster, from 1; Line is its place in the file.
	Row, Line int
	// Digest stands for the person.
	Digest Digest
	// State is Created, Existing, Failed or Unknown; for an update Updated,
	// Unchanged, Failed, Uncertain, or Changing while none of them is known; for a
	// removal likewise, with Deleted, Deactivated or Absent in the place of Updated.
	State State
	// Gone says that the provider certainly has the user no more: what other rows
	// say of them is taken back in the same commit, so that they count as new. An
	// Absent row that is not certain does so where an earlier delete is in doubt.
	Gone bool
	// UserID is the provider's id, where it is known.
	UserID string
	// Class is the word for the class of the last error; empty where nothing failed.
	Class string
	// Message is the text of the last error, without secrets and values of the
	// record. It is cut to 500 characters.
	Message string
	// Attempts is how often the create was sent in this run.
	Attempts int
}

// Run is a run under way. It is safe for concurrent use.
type Run struct {
	ledger *Ledger
	id     string
	number int64
	writer *writer
}

// Begin records durably that a run on the lock's target begins.
func (l *Ledger) Begin(ctx context.Context, lock *Lock, info RunInfo) (*Run, error) {
	arguments, err := json.Marshal(info.Arguments)
	if err != nil {
		return nil, err
	}
	run := &Run{ledger: l}
	doubts := false
	err = l.transact(ctx, "record the run in the ledger", func(tx *sql.Tx) error {
		now := time.Now()
		if run.id, err = freshID(ctx, tx, now); err != nil {
			return err
		}
		result, err := tx.ExecContext(ctx, `
			INSERT INTO runs (id, command, target, profile, provider, file, sha256, format, encoding, folder, arguments, before_file, pid, started)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			run.id, info.Command, lock.target, info.Profile, info.Provider,
			info.Source.File, info.Source.SHA256, info.Source.Format, info.Source.Encoding,
			info.Folder, string(arguments), info.BeforeFile, os.Getpid(), stamp(now))
		if err != nil {
			return err
		}
		if run.number, err = result.LastInsertId(); err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 `+fromInDoubt+`)`, lock.target).Scan(&doubts)
	})
	if err != nil {
		return nil, err
	}
	if err := lock.note(run.id); err != nil {
		return nil, err
	}
	if info.Plan != nil {
		if err := info.Plan.enter(ctx, run.number); err != nil {
			return nil, err
		}
	}
	if run.writer, err = l.newWriter(ctx, run.number, doubts, info); err != nil {
		return nil, err
	}
	return run, nil
}

// ID gives the name of the run, such as 20261121-181503-k3f9: the time in UTC,
// by which ids sort, and four letters.
func (r *Run) ID() string { return r.id }

// Intend returns when it is durable that the rows are about to be sent; after
// an error none of them stands, and nothing may be sent. Concurrent calls share
// one write to the disk. An intent opens a row again that failed or is unknown,
// and fails with a [*RowError] on one that is created or existing. The context
// counts until the intents are queued; then the answer is waited for, so that a
// caller always knows whether they stand.
func (r *Run) Intend(ctx context.Context, intents ...Intent) error {
	for _, intent := range intents {
		if intent.Row < 1 {
			return fmt.Errorf("intend row %d: rows count from 1", intent.Row)
		}
	}
	return r.wrap(r.writer.await(ctx, change{kind: intend, intents: intents, at: stamp(time.Now())}))
}

// Withdraw takes back the intent of a row that was certainly not sent: the
// row leaves no trace in the run. It returns when that is durable.
func (r *Run) Withdraw(ctx context.Context, row int) error {
	return r.wrap(r.writer.await(ctx, change{kind: withdraw, outcome: Outcome{Row: row}}))
}

// Record notes what came of a row, whether it was intended before or not. It
// returns when the note is queued; the note is durable with the next commit,
// a few milliseconds later at most. Notes that a commit failed to write are
// kept and written with a later one, and until then every call returns the
// failure. A row that is created or existing stays so: another outcome for it
// is a [*RowError] of the next [Run.Flush].
func (r *Run) Record(ctx context.Context, outcome Outcome) error {
	if !outcome.State.isOutcome() {
		return fmt.Errorf("record row %d: %q is not an outcome", outcome.Row, outcome.State)
	}
	if outcome.Row < 1 {
		return fmt.Errorf("record row %d: rows count from 1", outcome.Row)
	}
	outcome.Message = cut(outcome.Message)
	return r.wrap(r.writer.post(ctx, change{kind: record, outcome: outcome, at: stamp(time.Now())}))
}

// Flush returns when every outcome recorded before is durable.
func (r *Run) Flush(ctx context.Context) error {
	return r.wrap(r.writer.await(ctx, change{kind: flush}))
}

// Finish makes the outcomes and the summary durable and ends the run. Where the
// outcomes cannot be written it fails, and the run may be finished later.
func (r *Run) Finish(ctx context.Context, summary Summary) error {
	counts, err := json.Marshal(summary.Counts)
	if err != nil {
		return err
	}
	flushed := r.Flush(ctx)
	if flushed != nil && !is[*RowError](flushed) {
		return flushed
	}
	err = r.ledger.transact(ctx, "record the end of the run in the ledger", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE runs SET ended = ?, exit_status = ?, counts = ?, failed_file = ?, results_file = ? WHERE number = ?`,
			stamp(time.Now()), summary.ExitStatus, string(counts), summary.FailedFile, summary.ResultsFile, r.number)
		return err
	})
	return errors.Join(flushed, err, r.Close())
}

// Close writes what is queued and lets go of the store. A run that was not
// finished counts as interrupted. Close may be called more than once, and
// after Finish.
func (r *Run) Close() error {
	return r.wrap(r.writer.close(func() error { return r.ledger.unlist(context.Background(), "(?)", r.number) }))
}

func (r *Run) wrap(err error) error {
	if row, ok := errors.AsType[*RowError](err); ok && row.Run == "" {
		named := *row
		named.Run = r.id
		return &named
	}
	return r.ledger.wrap("record the rows in the ledger", err)
}

// freshID makes an id that no run has: the time in UTC and four letters that
// are hard to mistake for one another.
func freshID(ctx context.Context, tx *sql.Tx, now time.Time) (string, error) {
	const letters = "23456789abcdefghjkmnpqrstuvwxyz"
	for {
		tail := make([]byte, 4)
		_, _ = rand.Read(tail) // never fails
		for i := range tail {
			tail[i] = letters[int(tail[i])%len(letters)]
		}
		id := now.UTC().Format("20060102-150405") + "-" + string(tail)
		taken := false
		if err := tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM runs WHERE id = ?)", id).Scan(&taken); err != nil || !taken {
			return id, err
		}
	}
}

// cut shortens a text to 500 characters.
func cut(text string) string {
	const most = 500
	if len(text) <= most {
		return text
	}
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return text
}

// stamp gives a time as the store holds it.
func stamp(t time.Time) int64 { return t.UnixMilli() }

// moment reads a time as the store holds it; null is the zero time.
func moment(t sql.NullInt64) time.Time {
	if !t.Valid {
		return time.Time{}
	}
	return time.UnixMilli(t.Int64)
}

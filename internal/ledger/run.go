package ledger

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"iter"
	"time"

	"github.com/bring-aboard/usher/internal/rowstate"
)

// RunInfo is what a run is about. It holds no secret: arguments that carry
// one are left out by the caller.
type RunInfo struct {
	// Command is the name of a [rowstate.Command].
	Command string
	// Profile and Provider name the connection.
	Profile, Provider string
	// Source is the roster; zero for a user made by hand.
	Source Source
	// WorkDir is the working folder and Arguments the command line, so that the run can be repeated.
	WorkDir   string
	Arguments []string
	// Rows is how many rows were read; 0 if that is not known.
	Rows int
	// BeforeFile is the full path of the roster that takes the run's changes back; empty for none.
	BeforeFile string
	// UndoOf is a run whose rows have the numbers of this one's, nil for none: when
	// a user is gone, that row is forgotten even where it has no digest. It is not
	// kept.
	UndoOf *PastRun
	// Plan holds the rows of the run, nil where they are not known beforehand: their
	// digests are then noted one by one, which takes longer. It is a plan of the same store, and is not kept.
	Plan Plan
}

// Source is which roster was read, and how.
type Source struct {
	// File is the full path, or "-" for standard input.
	File string
	// SHA256 is the digest of the file's bytes in hexadecimal.
	SHA256 string
	// Format and Encoding are as they were recognised or given: "csv", "utf-8".
	Format, Encoding string
}

// Summary is how a run ended.
type Summary struct {
	Counts rowstate.Counts
	// ExitStatus is the status with which the program left.
	ExitStatus int
	// FailedFile and ResultsFile are the paths of what was written; empty for none.
	FailedFile, ResultsFile string
}

// Intent states that a row is about to be sent.
type Intent struct {
	// Row is the ordinal of the row in its roster, from 1; Line is its place in the file.
	Row, Line int
	// Digest stands for the person.
	Digest Digest
	// Proof says how the user was found absent before the first request; 0 for not
	// at all. The ledger only stores it.
	Proof int
	// UserID is the provider's id of a user who exists; empty for one who is created.
	UserID string
}

// Outcome is what came of a row.
type Outcome struct {
	// Row is the ordinal of the row in its roster, from 1; Line is its place in the file.
	Row, Line int
	// Digest stands for the person.
	Digest Digest
	// State is Created, Existing, Gone, Failed or Unknown; for an update Updated,
	// Unchanged, Failed or Unknown; for a removal likewise, with Deleted, Deactivated
	// or Absent instead of Updated. An Unknown row of a change is read as Uncertain.
	State rowstate.State
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
	// Form stands for the person by the provider's own form of the key, if that is
	// another one than the row's.
	Form Digest
	// Doubt is why an unknown row is in doubt; empty for every other state.
	Doubt string
	// Sends is how often the create may have reached the provider, in all runs, and
	// Resends how often it was sent again after a doubt.
	Sends, Resends int
	// NotStored names the fields that the provider did not store as they were sent.
	NotStored []string
	// Due says that the user must be looked up once more. An outcome that says that
	// the user exists and is not due ends what is due of the person in all runs.
	Due bool
}

// In returns the outcome as it is stored for a row of a command: with the state that
// [rowstate.State.In] returns, and a message that is not too long. It fails if no run may
// record the outcome.
func (o Outcome) In(command string) (Outcome, error) {
	if !o.State.IsOutcome() {
		return o, fmt.Errorf("record row %d: %q is not an outcome", o.Row, o.State)
	}
	if o.Row < 1 {
		return o, fmt.Errorf("record row %d: rows count from 1", o.Row)
	}
	o.State, o.Message = o.State.In(command), cut(o.Message)
	return o, nil
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

// PastRun is a run as the ledger remembers it.
type PastRun struct {
	RunInfo
	Summary
	// ID is the name of the run.
	ID string
	// Target is where it pointed.
	Target string
	// Number is the store's own number of the run: later runs have higher ones.
	Number int64
	// Started is when it began; Ended is zero while it is under way and after a crash.
	Started, Ended time.Time
	// Pruned is when most of its rows were deleted; zero for never.
	Pruned time.Time
}

// IsFinished reports whether the run came to its end. One that did not is under
// way where [Store.Holders] has it, and was interrupted otherwise.
func (r PastRun) IsFinished() bool { return !r.Ended.IsZero() }

// NewRunID returns an id for a run that begins now: the time in UTC and four letters
// that are hard to mistake for one another. Another run may have it.
func NewRunID(now time.Time) string {
	const letters = "23456789abcdefghjkmnpqrstuvwxyz"
	tail := make([]byte, 4)
	_, _ = rand.Read(tail) // never fails
	for i := range tail {
		tail[i] = letters[int(tail[i])%len(letters)]
	}
	return now.UTC().Format("20060102-150405") + "-" + string(tail)
}

// Entry is a row of a run as the ledger remembers it.
type Entry struct {
	Outcome
	// Run is the id of the row's run.
	Run string
	// Proof is how the user was found absent before the first request (see [Intent]),
	// and Word says that the administrator has said that they are absent.
	Proof int
	Word  bool
	// Started is when it was first sent and Ended when the last outcome was noted; zero where that never happened.
	Started, Ended time.Time
}

// Pair is a row of a run with the row of another run that has the same number; nil
// for none.
type Pair struct {
	Entry
	Other *Entry
}

// Pairs yields the rows of a run with those of another run. Both are in the order of
// their numbers.
func Pairs(rows, others iter.Seq2[Entry, error]) iter.Seq2[Pair, error] {
	return func(yield func(Pair, error) bool) {
		next, stop := iter.Pull2(others)
		defer stop()
		other, err, more := next()
		for row, failure := range rows {
			for failure == nil && err == nil && more && other.Row < row.Row {
				other, err, more = next()
			}
			pair := Pair{Entry: row}
			if more && other.Row == row.Row {
				found := other
				pair.Other = &found
			}
			if failure = cmp.Or(failure, err); !yield(pair, failure) || failure != nil {
				return
			}
		}
	}
}

// Cause is one reason for which rows failed or are unknown.
type Cause struct {
	// Class and Message are those of the rows' last error.
	Class, Message string
	// Rows is how many rows have it, and Line the place of the first of them.
	Rows, Line int
}

// FieldCount is a field that the provider did not store as it was sent, and of how
// many rows.
type FieldCount struct {
	Field string
	Rows  int
}

// ClassSharedID is the class of a created or existing row that has lost its id,
// because the provider returned that id for another person as well.
const ClassSharedID = "shared id"

// Settlement is what became of a row in doubt, as the administrator or the
// provider saw it.
type Settlement struct {
	// Row is the ordinal of the row.
	Row int
	// State is Created, Existing or Absent.
	State rowstate.State
	// UserID is the provider's id, where it is known.
	UserID string
}

// Prunable selects runs to prune.
type Prunable struct {
	// Before is the time before which a run must have ended.
	Before time.Time
	// Keep is the number of newest runs that are left as they are.
	Keep int
}

// Pruned is what became of runs that were pruned.
type Pruned struct {
	// Runs is how many were, and Deleted how many of them left nothing.
	Runs, Deleted int
	// Rows is how many of their rows were deleted, and Kept how many were not.
	Rows, Kept int
}

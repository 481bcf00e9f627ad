package ledger

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"iter"
	"time"

	"github.com/bring-aboard/usher/internal/rowstate"
)

// RunInfo describes a run. It contains no secret: the caller omits arguments that do.
type RunInfo struct {
	// ID is the wanted id of the run, for example by [NewRunID]; empty for any. If a run has it, the new run has another one.
	ID string
	// Command is the name of a [rowstate.Command].
	Command string
	// Profile and Provider are those of the connection.
	Profile, Provider string
	// Source is the roster; zero for a run without one.
	Source Source
	// WorkDir is the working directory and Arguments the command line, so that the run can be repeated.
	WorkDir   string
	Arguments []string
	// Rows is the number of rows read; 0 if unknown.
	Rows int
	// BeforeFile is the absolute path of the before file, empty for none.
	BeforeFile string
	// PartOf is the id of the first run of the same execution of a route; empty for that one, and for a run without a route.
	PartOf string
	// Expires is when the created users are no longer needed; zero for never.
	Expires time.Time
	// UndoOf is a run whose rows have the same numbers as this one's, nil for none: when a user is absent, that
	// row is forgotten even if it has no digest. It is not stored.
	UndoOf *PastRun
	// Plan contains the rows of the run, nil if they are not known beforehand: their digests are then recorded one
	// by one, which is slower. It must be a plan of the same store. It is not stored.
	Plan Plan
}

// Source is the roster of a run, and how it was read.
type Source struct {
	// File is the absolute path, or "-" for standard input.
	File string
	// SHA256 is the digest of the file's bytes in hexadecimal.
	SHA256 string
	// Format and Encoding are as detected or specified: "csv", "utf-8".
	Format, Encoding string
}

// Summary is the result of a run.
type Summary struct {
	Counts rowstate.Counts
	// ExitStatus is the exit status of the program.
	ExitStatus int
	// FailedFile and ResultsFile are the paths of the files written; empty for none.
	FailedFile, ResultsFile string
}

// Intent records that a row is about to be sent.
type Intent struct {
	// Row is the ordinal of the row in its roster, from 1; Line is its place in the file.
	Row, Line int
	// Digest identifies the user.
	Digest Digest
	// Proof is how the user was found absent before the first request; 0 for not at all. The ledger only stores
	// it.
	Proof int
	// UserID is the provider's id of an existing user; empty for a create.
	UserID string
	// Group is the provider's id of the group of a membership; empty for every other operation.
	Group string
	// Operation is the name of the [rowstate.Command] whose operation is performed on the row, empty for that of the
	// run. All intents of one call have the same.
	Operation string
}

// Outcome is the result of a row.
type Outcome struct {
	// Row is the ordinal of the row in its roster, from 1; Line is its place in the file.
	Row, Line int
	// Digest identifies the user.
	Digest Digest
	// State is Created, Existing, Gone, Failed or Unknown; for an update Updated, Unchanged, Failed or Unknown;
	// for a removal the same, with Deleted, Deactivated or Absent instead of Updated. An Unknown row of a change is
	// read as ChangeUnknown or RemovalUnknown.
	State rowstate.State
	// Operation is as in [Intent].
	Operation string
	// Gone reports that the user is confirmed absent: the evidence of other rows about them is removed in the same
	// commit, so that they count as new. An Absent row that is not confirmed does so if an earlier delete is in
	// doubt.
	Gone bool
	// UserID is the provider's id, if known.
	UserID string
	// Group is as in [Intent].
	Group string
	// Class is the name of the class of the last error; empty without an error.
	Class string
	// Message is the text of the last error, without secrets and values of the record. It is truncated to 500
	// characters.
	Message string
	// Attempts is the number of attempts in this run.
	Attempts int
	// Form identifies the user by the provider's form of the key, if it differs from the row's.
	Form Digest
	// Doubt is why an unknown row is in doubt; empty for every other state.
	Doubt string
	// Sends is how often the create may have reached the provider, in all runs, and Resends how often it was
	// resent after a doubt.
	Sends, Resends int
	// NotStored contains the fields that the provider did not store as sent.
	NotStored []string
	// Due reports that the user must be looked up once more. An outcome that shows that the user exists and is not
	// due ends this for the user in all runs.
	Due bool
}

// Stored returns the outcome as it is stored: with the state that [rowstate.Command.Stored] returns, and a truncated
// message. It returns an error if no run may record the outcome.
func (o Outcome) Stored(operation rowstate.Command) (Outcome, error) {
	if !o.State.IsOutcome() {
		return o, fmt.Errorf("record row %d: %q is not an outcome", o.Row, o.State)
	}
	if o.Row < 1 {
		return o, fmt.Errorf("record row %d: rows count from 1", o.Row)
	}
	o.State, o.Message = operation.Stored(o.State), cut(o.Message)
	return o, nil
}

// cut truncates a text to 500 characters.
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

// PastRun is a recorded run.
type PastRun struct {
	RunInfo
	Summary
	// ID identifies the run.
	ID string
	// Target is the target of the run.
	Target string
	// Number is the store's number of the run. Later runs have higher numbers.
	Number int64
	// Who is the user and the host of the process, for people: "ada@laptop". It is empty if all runs are of this machine.
	Who string
	// Started is when it began. Ended is zero while it is in progress and after a crash.
	Started, Ended time.Time
	// Pruned is when most of its rows were deleted; zero for never.
	Pruned time.Time
}

// IsFinished reports whether the run ended regularly. A run that did not is in progress if [Store.Holders] returns
// it, and was interrupted otherwise.
func (r PastRun) IsFinished() bool { return !r.Ended.IsZero() }

// NewRunID returns an id for a run that begins now: the time in UTC and four letters that are easy to distinguish.
// It may not be unique.
func NewRunID(now time.Time) string {
	const letters = "23456789abcdefghjkmnpqrstuvwxyz"
	tail := make([]byte, 4)
	_, _ = rand.Read(tail) // never returns an error
	for i := range tail {
		tail[i] = letters[int(tail[i])%len(letters)]
	}
	return now.UTC().Format("20060102-150405") + "-" + string(tail)
}

// Entry is a recorded row of a run.
type Entry struct {
	Outcome
	// Run is the id of the row's run.
	Run string
	// Proof is how the user was found absent before the first request (see [Intent]), and Word reports that the
	// administrator has settled them as absent.
	Proof int
	Word  bool
	// Started is when it was first sent and Ended when the last outcome was recorded; zero for never.
	Started, Ended time.Time
}

// Pair is a row of a run with the row of another run that has the same number; nil for none.
type Pair struct {
	Entry
	Other *Entry
}

// Pairs yields the rows of a run with those of another run. Both are ordered by their numbers.
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

// Cause is an error because of which rows failed or are unknown.
type Cause struct {
	// Class and Message are those of the rows' last error.
	Class, Message string
	// Rows is the number of such rows, and Line the place of the first one.
	Rows, Line int
}

// FieldCount is a field that the provider did not store as sent, with the number of rows.
type FieldCount struct {
	Field string
	Rows  int
}

// ClassSharedID is the class of a created or existing row whose id was removed, because the provider returned that
// id for another user as well.
const ClassSharedID = "shared id"

// Settlement is the result of a row in doubt, according to the administrator or the provider.
type Settlement struct {
	// Row is the ordinal of the row.
	Row int
	// State is Created, Existing or NotCreated.
	State rowstate.State
	// UserID is the provider's id, if known.
	UserID string
}

// Prunable selects runs to prune.
type Prunable struct {
	// Before is the time before which a run must have ended.
	Before time.Time
	// Keep is the number of newest runs that are not pruned.
	Keep int
}

// Pruned is the result of pruning runs.
type Pruned struct {
	// Runs is the number of pruned runs, and Deleted the number of those without remaining rows.
	Runs, Deleted int
	// Rows is the number of their deleted rows, and Kept the number of their remaining rows.
	Rows, Kept int
}

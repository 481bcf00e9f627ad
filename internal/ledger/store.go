package ledger

import (
	"context"
	"iter"
	"time"

	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/internal/scratch"
)

// Store is an open ledger. It is safe for concurrent use, and several processes may
// have the same store open. Every failure of the store is an [*Error].
//
// The spellings of a target are the texts, beside its own, under which the store may
// have users of it: earlier spellings of its address, and its names from before its
// tenant was known.
type Store interface {
	Knowledge

	// Place returns where the store is, for people: a path, or an address without
	// credentials.
	Place() string
	// Version returns the version of the form in which the store keeps its records.
	Version(ctx context.Context) (int, error)
	// Digester returns the digester with the store's own key.
	Digester() *Digester

	// Lock takes hold of a target, so that no two processes work on it at once. It
	// fails with a [*LockedError] if the target is held.
	Lock(ctx context.Context, target string) (Lock, error)
	// Holders returns who is at work on the targets, or on any target if none is named.
	Holders(ctx context.Context, targets ...string) ([]Holder, error)
	// NewPlan begins a plan. It must be closed.
	NewPlan(ctx context.Context) (Plan, error)

	// Runs yields every run that was not pruned, newest first.
	Runs(ctx context.Context) iter.Seq2[PastRun, error]
	// Run returns the run that a word names: its id, the unique beginning of it, the
	// four letters at its end, or "last" for the newest. It fails with a [*RunError] if
	// the word names none or several.
	Run(ctx context.Context, word string) (PastRun, error)
	// Prunable returns the selected runs of which nothing is left to be done, newest
	// first: none that is in progress or has crashed, and none with rows in doubt.
	Prunable(ctx context.Context, which Prunable) ([]PastRun, error)

	// Rows yields the rows of a run in their order: those in one of the states, or all
	// if none is named. A row that was not tried has no entry.
	Rows(ctx context.Context, run PastRun, states ...rowstate.State) iter.Seq2[Entry, error]
	// RowsAt returns the rows of a run that begin on a line of its roster: several if a
	// file has several records on a line.
	RowsAt(ctx context.Context, run PastRun, line int) ([]Entry, error)
	// CountStates returns the number of rows of a run by state. Rows that were not tried
	// have no entry.
	CountStates(ctx context.Context, run PastRun) (map[rowstate.State]int, error)
	// Causes returns the most frequent causes of a run's failed, unknown and duplicate
	// rows, most rows first, at most limit of them.
	Causes(ctx context.Context, run PastRun, limit int) ([]Cause, error)
	// NotStored returns the fields of a run that the provider did not store as they were
	// sent, most rows first.
	NotStored(ctx context.Context, run PastRun) ([]FieldCount, error)
	// SharedIDs returns how many rows of a run have lost their id; see
	// [Lock].DropSharedIDs.
	SharedIDs(ctx context.Context, run PastRun) (lost int, err error)

	// Spellings returns the spellings of a target, in order.
	Spellings(ctx context.Context, target string) ([]string, error)
	// Merged returns the spellings of each target that the store had as several before
	// targets were compared in normal form: the same users may have been created there
	// more than once.
	Merged(ctx context.Context) (map[string][]string, error)
	// SameTenant records that an identity is the tenant's whose users the store has at a
	// target, whatever [Judge] returns. If the tenant is new, the users of those others
	// are its own from now on. It fails with a [*LockedError] if a run is in progress
	// there, and with a [*TenantError] if the target names no tenant and others do.
	SameTenant(ctx context.Context, target string, id Identity) error
	// NewTenant records that the tenant of a target is another one than those that the
	// store has at its address. It fails as SameTenant does, and if the target names no
	// tenant.
	NewTenant(ctx context.Context, target string, id Identity) error

	// Close closes the store. Runs must have ended before.
	Close() error
}

// Knowledge is what all runs know of people.
type Knowledge interface {
	// KnownByKey returns what is known of the user with a key. A user known only by the
	// digest of the old comparison is [Doubtful].
	KnownByKey(ctx context.Context, key KeyDigests) (Finding, error)
	// Seen returns when any run last sent, found or removed each of these people.
	// People whom no run knows are not in the map.
	Seen(ctx context.Context, digests ...Digest) (map[Digest]time.Time, error)
}

// Lock is the hold of one target. What changes the knowledge of a target's people is
// a method of it: a store refuses the change, or the next one, once the hold is lost.
// Its runs are those of the target; for another target's run a method fails.
type Lock interface {
	// Admit fails with a [*TenantError] if [Judge] returns one for the target and the
	// identity. Otherwise the next run of the lock records the identity.
	Admit(ctx context.Context, id Identity) error
	// MergedTold records that [Store].Merged does not have to return the target any more.
	MergedTold(ctx context.Context) error
	// Begin records durably that a run begins.
	Begin(ctx context.Context, info RunInfo) (Run, error)

	// Settle ends the doubt about a row, which must be sent or unknown, and about its
	// person in every other run: those rows become [Existing] if the person exists,
	// [Absent] if not. No run may be in progress. It fails with a [*RowError] if the row
	// is in another state.
	Settle(ctx context.Context, run PastRun, settlement Settlement) error
	// SettleAllAbsent settles every person in doubt at the target as never created, so
	// that they are sent again, without a lookup. No run may be in progress. It returns
	// the number of rows that were settled.
	SettleAllAbsent(ctx context.Context) (rows int, err error)
	// Forget records that people were deleted at the provider: those of the named rows,
	// which must be created, existing or gone, or of every created row of the run if
	// none is named. All that any run knows of them is taken back, so that they count as
	// new. No run may be in progress. It returns the number of the run's rows that were
	// forgotten. It fails with a [*RowError], and changes nothing, if a named row is in
	// another state.
	Forget(ctx context.Context, run PastRun, rows ...int) (forgotten int, err error)
	// ForgetGone is Forget for the rows of the run that are gone.
	ForgetGone(ctx context.Context, run PastRun) (forgotten int, err error)
	// DropSharedIDs removes from a run, and from all runs of the same roster, each id
	// that several people have: it identifies nobody, and nothing may be changed or
	// deleted by it. The rows get the class [ClassSharedID]. It returns how many rows of
	// the run have lost their id, now or before. The rows must be durable.
	DropSharedIDs(ctx context.Context, run PastRun) (lost int, err error)
	// Rekey moves what the store has of users from digests under other spellings of the
	// target to those under its own.
	Rekey(ctx context.Context, respellings ...Respelling) error
	// Rename moves what the store has of a user from the digest of the old key to that
	// of the new one. If the provider's id has changed with the key, the new id takes
	// the place of the old one.
	Rename(ctx context.Context, from, to Digest, oldID, newID string) error
	// Prune deletes the runs, with every row on which no decision about a person
	// depends. A run of which rows are left is no longer listed; it is found by its id,
	// so that its users can be undone and forgotten. Runs that are not settled any more
	// are left as they are. When a person was last seen is not kept: the runs must have
	// ended longer ago than any absence has to last.
	Prune(ctx context.Context, runs ...PastRun) (Pruned, error)

	// Release lets go of the target.
	Release() error
}

// Run is a run in progress. It is safe for concurrent use.
type Run interface {
	// ID returns the name of the run, such as 20261121-181503-k3f9: the time in UTC, by
	// which ids sort, and four letters.
	ID() string
	// Intend returns when it is durable that the rows are about to be sent; after an
	// error none of the intents counts, and nothing may be sent. An intent opens a row
	// again that failed or is unknown, and fails with a [*RowError] on one that is
	// created or existing. The context counts until the intents are queued; then the
	// result is waited for, so that a caller always knows whether they count.
	Intend(ctx context.Context, intents ...Intent) error
	// Withdraw takes back the intent of a row that was certainly not sent: the row
	// leaves no trace in the run. It returns when that is durable.
	Withdraw(ctx context.Context, row int) error
	// Record records an outcome of a row, whether the row was intended before or not. It
	// returns when the outcome is queued; the outcome is durable with the next commit, a
	// few milliseconds later. Outcomes that a commit failed to write are kept and
	// written with a later one, and until then every call returns the failure. A row
	// that is created or existing stays so: another outcome for it is a [*RowError] of
	// the next Flush.
	Record(ctx context.Context, outcome Outcome) error
	// Flush returns when every outcome recorded before is durable.
	Flush(ctx context.Context) error
	// Finish makes the outcomes and the summary durable and ends the run. If the
	// outcomes cannot be written it fails, and the run may be finished later.
	Finish(ctx context.Context, summary Summary) error
	// Close writes what is queued. A run that was not finished counts as interrupted.
	// Close may be called more than once, and after Finish.
	Close() error
}

// Plan compares the rows of a roster with each other and with what is known, before
// anything is sent. It keeps them in a scratch file, so that memory does not grow with
// the roster. It is for one goroutine.
//
// Add every row, read the Duplicates, mark whom the provider lists, Resolve, and read
// the Rows.
type Plan interface {
	Knowledge

	// Scratch returns the file of the plan, which is closed with it.
	Scratch() *scratch.File

	// Add adds a row of the roster. Each number is added once. A row with the zero
	// [Digest] is [New] and nobody's duplicate.
	Add(ctx context.Context, row RosterRow, key KeyDigests) error
	// AddRespellings adds what the user of a row may be recorded by under other
	// spellings of the target.
	AddRespellings(ctx context.Context, respellings ...Respelling) error
	// Rekey is [Lock].Rekey for the added respellings.
	Rekey(ctx context.Context) error

	// MarkExisting adds a user of the provider's own list, by the digests of the key
	// that the provider has. Most of them may be missing in the roster.
	MarkExisting(ctx context.Context, key KeyDigests, userID string) error
	// MarkUnclear adds that the provider's response leaves open whether the user with a
	// key exists.
	MarkUnclear(ctx context.Context, key KeyDigests) error
	// Keep stores what the provider's response says of a row. The first answer about
	// each user counts, and the last one of those that have no user.
	Keep(ctx context.Context, row int, answer Answer) error
	// Kept returns the answers that were stored of a row, one for each user: several if
	// the keys of several users have the form of the row's key.
	Kept(ctx context.Context, row int) ([]Answer, error)
	// AllFound reports whether an answer about a user was stored of every added row that
	// has a key.
	AllFound(ctx context.Context) (bool, error)
	// Unask removes what the provider's responses said of the rows, so that they can be
	// looked up again. The rows stay.
	Unask(ctx context.Context) error

	// Resolve finds out what is known of every added row: from all runs in the store,
	// and from the provider's list. Who is listed exists, whatever the store has, and
	// has the id in the list; a row for which choose finds nobody certain is [Unclear].
	// Who exists by the store, is not listed and has an answer of absence is
	// [ProvedGone]. Resolve may be called again after more was added.
	Resolve(ctx context.Context, choose Chooser) (PlanCounts, error)
	// Duplicates yields the added rows whose person has an earlier row, in the order of
	// the roster.
	Duplicates(ctx context.Context) iter.Seq2[Duplicate, error]
	// Refused returns how many rows must not be sent: those with faults, and those of a
	// person who has an earlier row, if the Duplicates were read.
	Refused() int
	// Rows yields the selected rows in their order. The plan may be changed meanwhile.
	Rows(ctx context.Context, selection Selection) iter.Seq2[PlanRow, error]
	// RowOf returns the first added row of a person; ok is false if there is none.
	RowOf(ctx context.Context, digest Digest) (row int, ok bool, err error)
	// First returns the first of the findings about rows that are not repeated: with a
	// standing, and listed or not.
	First(ctx context.Context, standing Presence, listed bool) (Finding, error)

	// Close removes the scratch file.
	Close() error
}

package ledger

import (
	"context"
	"io"
	"iter"
	"time"

	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/internal/scratch"
)

// Store is an open ledger. It is safe for concurrent use, and several processes may
// have the same store open. Every failure of the store is an [*Error].
//
// The spellings of a target are the other texts under which the store may have users of it: earlier spellings of
// its address, and its names from before its tenant was known.
type Store interface {
	Knowledge

	// Place returns the location of the store, for people: a path, or an address without credentials.
	Place() string
	// Version returns the version of the store's format.
	Version(ctx context.Context) (int, error)
	// Digester returns the digester with the store's key.
	Digester() *Digester

	// Lock locks a target, so that no two processes use it at once. It returns a [*LockedError] if the target is
	// locked.
	Lock(ctx context.Context, target string) (Lock, error)
	// Holders returns who has locked the targets, or any target if none is specified.
	Holders(ctx context.Context, targets ...string) ([]Holder, error)
	// NewPlan returns a new plan, which must be closed.
	NewPlan(ctx context.Context) (Plan, error)

	// Runs yields every run that was not pruned, newest first.
	Runs(ctx context.Context) iter.Seq2[PastRun, error]
	// Run returns the run with an identifier: its id, a unique prefix of it, the four letters at its end, or
	// "last" for the newest. It returns a [*RunError] if the identifier matches no run or several.
	Run(ctx context.Context, word string) (PastRun, error)
	// Parts returns the runs of one execution of a route, in the order in which they began, from any of them: also
	// those that were pruned. A run without a route is its only part.
	Parts(ctx context.Context, run PastRun) ([]PastRun, error)
	// Prunable returns the selected runs without remaining work, newest first: none that is in progress or has
	// crashed, and none with rows in doubt.
	Prunable(ctx context.Context, which Prunable) ([]PastRun, error)

	// Rows yields the rows of a run in their order: those in one of the states, or all if none is specified. A row
	// that was not tried has no entry.
	Rows(ctx context.Context, run PastRun, states ...rowstate.State) iter.Seq2[Entry, error]
	// RowsAt returns the rows of a run that begin on a line of its roster. There are several if a line contains
	// several records.
	RowsAt(ctx context.Context, run PastRun, line int) ([]Entry, error)
	// HasUser reports whether a run has a row of a user with one of these digests.
	HasUser(ctx context.Context, run PastRun, digests ...Digest) (bool, error)
	// CountStates returns the number of rows of a run by state. Rows that were not tried
	// have no entry.
	CountStates(ctx context.Context, run PastRun) (map[rowstate.State]int, error)
	// Causes returns the most frequent causes of a run's failed, unknown and duplicate
	// rows, most rows first, at most limit of them.
	Causes(ctx context.Context, run PastRun, limit int) ([]Cause, error)
	// NotStored returns the fields of a run that the provider did not store as sent, most rows first.
	NotStored(ctx context.Context, run PastRun) ([]FieldCount, error)
	// SharedIDs returns the number of rows of a run whose id was removed; see [Lock].DropSharedIDs.
	SharedIDs(ctx context.Context, run PastRun) (lost int, err error)

	// Spellings returns the spellings of a target, in order.
	Spellings(ctx context.Context, target string) ([]string, error)
	// Merged returns the spellings of each target that the store had as several targets before targets were
	// normalised: the same users may have been created there more than once.
	Merged(ctx context.Context) (map[string][]string, error)
	// SameTenant records that the users of the store at a target belong to the tenant with this identity, whatever
	// [Judge] returns. If the tenant is new, the users of the other targets belong to it from now on. It returns a
	// [*LockedError] if a run is in progress there, and a [*TenantError] if the target names no tenant and others
	// do.
	SameTenant(ctx context.Context, target string, id Identity) error
	// NewTenant records that the tenant of a target is none of those that the store has at its address. It returns
	// the errors of SameTenant, and an error if the target names no tenant.
	NewTenant(ctx context.Context, target string, id Identity) error

	// Export writes a copy of the store as it is now, as the ledger of one machine. Creates in doubt of a run that is in progress
	// there, or that another machine left in a shared store, are [DoubtForeign] in the copy.
	Export(ctx context.Context, to io.Writer) error

	// Close closes the store. Runs must have ended before.
	Close() error
}

// Knowledge is what all runs know of users.
type Knowledge interface {
	// KnownByKey returns what is known of the user with a key. A user known only by the digest of the old
	// comparison is [Doubtful].
	KnownByKey(ctx context.Context, key KeyDigests) (Finding, error)
	// Seen returns when any run last sent, found or removed each of these users. Users that no run has are not in
	// the map.
	Seen(ctx context.Context, digests ...Digest) (map[Digest]time.Time, error)
}

// Lock is the lock of one target. Its methods change what is known of the target's users: a store rejects the
// change, or the next one, once the lock is lost. Its runs are those of the target; for another target's run a
// method returns an error.
type Lock interface {
	// Admit returns a [*TenantError] if [Judge] returns one for the target and the identity. Otherwise the next
	// run of the lock records the identity.
	Admit(ctx context.Context, id Identity) error
	// Assign records durably, all or none, which keys were generated for which people, instead of earlier ones. A key
	// that another person has is an error.
	Assign(ctx context.Context, assignments iter.Seq2[Assignment, error]) error
	// MergedTold records that [Store].Merged does not have to return the target again.
	MergedTold(ctx context.Context) error
	// Begin records durably that a run begins.
	Begin(ctx context.Context, info RunInfo) (Run, error)

	// Settle ends the doubt about a row, which must be sent or unknown, and about its user in every other run:
	// those rows become [Existing] if the user exists, [Absent] if not. No run may be in progress. It returns a
	// [*RowError] if the row is in another state.
	Settle(ctx context.Context, run PastRun, settlement Settlement) error
	// SettleAllAbsent settles every user in doubt at the target as never created, so that they are sent again,
	// without a lookup. No run may be in progress. It returns the number of settled rows.
	SettleAllAbsent(ctx context.Context) (rows int, err error)
	// Forget records that users were deleted at the provider: those of the specified rows, which must be created,
	// existing or gone, or of every created row of the run if none is specified. All evidence about them is
	// removed, so that they count as new. No run may be in progress. It returns the number of the run's rows that
	// were forgotten. If a specified row is in another state, it returns a [*RowError] and changes nothing.
	Forget(ctx context.Context, run PastRun, rows ...int) (forgotten int, err error)
	// ForgetGone is Forget for the rows of the run that are gone.
	ForgetGone(ctx context.Context, run PastRun) (forgotten int, err error)
	// DropSharedIDs removes from a run, and from all runs of the same roster, each id that several users have: it
	// identifies no user, and nothing may be changed or deleted by it. The rows get the class [ClassSharedID]. It
	// returns the number of rows of the run whose id was removed, now or before. The rows must be durable.
	DropSharedIDs(ctx context.Context, run PastRun) (lost int, err error)
	// Rekey moves the store's data about users from digests under other spellings of the target to those under its
	// own spelling.
	Rekey(ctx context.Context, respellings ...Respelling) error
	// Rename moves the store's data about a user from the digest of the old key to that of the new one. If the
	// provider's id has changed with the key, the new id replaces the old one.
	Rename(ctx context.Context, from, to Digest, oldID, newID string) error
	// Prune deletes the runs, with every row on which no decision about a user depends. A run with remaining rows
	// is no longer listed; it is found by its id, so that its users can be undone and forgotten. Runs that are no
	// longer settled are skipped. The times when users were last seen are deleted: the runs must have ended longer
	// ago than the time after which absence counts.
	Prune(ctx context.Context, runs ...PastRun) (Pruned, error)

	// Release releases the target.
	Release() error
}

// Run is a run in progress. It is safe for concurrent use.
type Run interface {
	// ID returns the id of the run, such as 20261121-181503-k3f9: the time in UTC, by which ids sort, and four
	// letters.
	ID() string
	// Intend returns when the intents to send the rows are durable; after an error none of the intents counts, and
	// nothing may be sent. An intent opens a row again that failed or is unknown; for one that is created or
	// existing it returns a [*RowError]. The context counts until the intents are queued; then Intend waits for
	// the result, so that it is always certain whether they count.
	Intend(ctx context.Context, intents ...Intent) error
	// MaySend returns nil if a request may be sent now, whose intent is durable. It waits while it is unknown whether the
	// lock of the target holds. After an error nothing more may be sent.
	MaySend(ctx context.Context) error
	// IsShared reports whether another machine may continue the run. It never sends a create again whose intent it
	// finds, so that an intent should be recorded shortly before its row is sent.
	IsShared() bool
	// Withdraw removes the intent of a row that was certainly not sent: the row has no entry in the run. It
	// returns when that is durable.
	Withdraw(ctx context.Context, row int) error
	// Record records an outcome of a row, whether the row was intended before or not. It returns when the outcome
	// is queued; the outcome is durable with the next commit, a few milliseconds later. Outcomes that a commit
	// failed to write are written with a later one, and until then every call returns the error. A row that is
	// created or existing does not change: another outcome for it is a [*RowError] of the next Flush.
	Record(ctx context.Context, outcome Outcome) error
	// Flush returns when every outcome recorded before is durable.
	Flush(ctx context.Context) error
	// Finish makes the outcomes and the summary durable and ends the run. If the outcomes cannot be written it
	// returns an error, and can be called again.
	Finish(ctx context.Context, summary Summary) error
	// Close writes what is queued. A run that was not finished counts as interrupted. Close may be called more
	// than once, and after Finish.
	Close() error
}

// Plan compares the rows of a roster with each other and with what is known, before anything is sent. It stores
// them in a scratch file, so that the use of memory does not grow with the roster. It is not safe for concurrent
// use.
//
// Add every row, read the Duplicates, mark the users that the provider lists, Resolve, and read the Rows.
type Plan interface {
	Knowledge

	// Scratch returns the file of the plan, which is closed with it.
	Scratch() *scratch.File

	// Add adds a row of the roster. Each number is added once. A row with the zero [Digest] is [New] and a
	// duplicate of no other row.
	Add(ctx context.Context, row RosterRow, key KeyDigests) error
	// AddRespellings adds the digests of a row's user under other spellings of the target.
	AddRespellings(ctx context.Context, respellings ...Respelling) error
	// Rekey is [Lock].Rekey for the added respellings.
	Rekey(ctx context.Context) error

	// Change replaces the record and the validation errors of an added row, whose user had a digest, and the key of its
	// user. The answers about the row are removed. Rows that have become invalid count as such.
	Change(ctx context.Context, row RosterRow, old Digest, key KeyDigests) error
	// AssignedKey returns the key that was generated for a person; ok is false if there is none.
	AssignedKey(ctx context.Context, person Digest) (key Digest, ok bool, err error)
	// IsForgotten reports whether a run that was not pruned has a user with this key and id who was forgotten.
	IsForgotten(ctx context.Context, key Digest, userID string) (bool, error)
	// IsAssigned reports whether a key was generated for a person.
	IsAssigned(ctx context.Context, key Digest) (bool, error)
	// IsTaken reports whether a key was generated for a person, or is that of an added row, of a listed user, or of a user
	// who exists or may exist according to the store.
	IsTaken(ctx context.Context, key KeyDigests) (bool, error)

	// MarkExisting adds a user of the provider's list, by the digests of the key at the provider. Most of them may
	// be missing in the roster.
	MarkExisting(ctx context.Context, key KeyDigests, userID string) error
	// MarkUnclear adds that the provider's response does not show whether the user with a key exists.
	MarkUnclear(ctx context.Context, key KeyDigests) error
	// Keep stores the provider's answer about a row. The first answer about each user counts, and the last one of
	// those without a user.
	Keep(ctx context.Context, row int, answer Answer) error
	// Kept returns the stored answers about a row, one for each user. There are several if the keys of several
	// users have the form of the row's key.
	Kept(ctx context.Context, row int) ([]Answer, error)
	// AllFound reports whether an answer with a user was stored for every added row that has a key.
	AllFound(ctx context.Context) (bool, error)
	// Unask removes the provider's answers, so that the rows can be looked up again. The rows remain.
	Unask(ctx context.Context) error

	// Resolve determines what is known of every added row, from all runs in the store and from the provider's
	// list. A listed user exists, whatever the store has, and has the id in the list; a row for which choose
	// returns no certain user is [Unclear]. A user who exists according to the store, is not listed and has an
	// answer of absence is [ProvedGone]. Resolve may be called again after more was added.
	Resolve(ctx context.Context, choose Chooser) (PlanCounts, error)
	// Duplicates yields the added rows whose user has an earlier row, in the order of the roster.
	Duplicates(ctx context.Context) iter.Seq2[Duplicate, error]
	// Refused returns the number of rows that must not be sent: those with validation errors, and those of a user
	// who has an earlier row, if the Duplicates were read.
	Refused() int
	// Rows yields the selected rows in their order. The plan may be changed meanwhile.
	Rows(ctx context.Context, selection Selection) iter.Seq2[PlanRow, error]
	// RowOf returns the first added row of a user; ok is false if there is none.
	RowOf(ctx context.Context, digest Digest) (row int, ok bool, err error)
	// AddExtra adds a user of the provider's list whose key is that of no row.
	AddExtra(ctx context.Context, extra Extra) error
	// Extras yields, after Resolve, the added users whose id is not that of a row's user, by the ledger or the list,
	// numbered in the order in which they were added.
	Extras(ctx context.Context) iter.Seq2[Extra, error]
	// NotListed yields, after Resolve, the ids of the users who exist at a target according to the store and
	// are not in the provider's list.
	NotListed(ctx context.Context, target string) iter.Seq2[string, error]
	// First returns the first of the findings about rows that are not repeated, with this standing, and listed or
	// not.
	First(ctx context.Context, standing Presence, listed bool) (Finding, error)

	// Close removes the scratch file.
	Close() error
}

// RunsAt yields the runs of a store at a target, newest first.
func RunsAt(ctx context.Context, store Store, target string) iter.Seq2[PastRun, error] {
	return func(yield func(PastRun, error) bool) {
		for run, err := range store.Runs(ctx) {
			if err == nil && run.Target != target {
				continue
			}
			if !yield(run, err) || err != nil {
				return
			}
		}
	}
}

// LastAt returns the newest run at a target; ok is false if there is none.
func LastAt(ctx context.Context, store Store, target string) (run PastRun, ok bool, err error) {
	for run, err := range RunsAt(ctx, store, target) {
		return run, err == nil, err
	}
	return PastRun{}, false, nil
}

// PageSize is the number of items that a store reads at a time. Between two pages it has nothing open.
const PageSize = 1000

// Paged yields the items of fetch, page by page. Fetch returns at most [PageSize] items that follow the last one, nil for the
// first page.
func Paged[T any](fetch func(last *T) ([]T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var last *T
		for {
			page, err := fetch(last)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, item := range page {
				if !yield(item, nil) {
					return
				}
			}
			if len(page) < PageSize {
				return
			}
			last = &page[len(page)-1]
		}
	}
}

// OneOf returns the single run that an identifier matches. It returns a [*RunError] with the matches if there is none, or if there are
// several.
func OneOf(word string, runs []PastRun) (PastRun, error) {
	if len(runs) == 1 {
		return runs[0], nil
	}
	failure := &RunError{Word: word}
	for _, run := range runs {
		failure.Matches = append(failure.Matches, run.ID)
	}
	return PastRun{}, failure
}

// Package ledgertest implements the conformance suite of the ledger's stores.
package ledgertest

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"iter"
	"testing"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/rowstate"
)

// Fresh creates a new store without any record and returns a function that opens it. The function may be called
// more than once: each store that it returns simulates another process. Callers close the stores. The records are
// removed with the test.
type Fresh func(t testing.TB) (open func() ledger.Store)

// Test checks that a store does what package ledger promises. If the store has a method Check(context.Context)
// error, it is called between the steps of the model.
func Test(t *testing.T, fresh Fresh) {
	for _, test := range []struct {
		name string
		test func(*testing.T, Fresh)
	}{
		{"AnswersAreKeptByRow", testAnswersAreKeptByRow},
		{"AnswersCarryTheLedgersID", testAnswersCarryTheLedgersID},
		{"SettleConcernsThePerson", testSettleConcernsThePerson},
		{"OutcomeSettlesEarlierDoubts", testOutcomeSettlesEarlierDoubts},
		{"SettleRefuses", testSettleRefuses},
		{"Forget", testForget},
		{"SettleAllAbsentKeepsToItsTarget", testSettleAllAbsentKeepsToItsTarget},
		{"WhoIsGoneIsForgotten", testWhoIsGoneIsForgotten},
		{"Seen", testSeen},
		{"SharedIDsOfARun", testSharedIDsOfARun},
		{"SharedIDsAfterAResume", testSharedIDsAfterAResume},
		{"NotStored", testNotStored},
		{"Prune", testPrune},
		{"LedgerAgainstModel", testLedgerAgainstModel},
		{"RunIsRemembered", testRunIsRemembered},
		{"PartsOfARoute", testPartsOfARoute},
		{"RowGoesThroughItsStates", testRowGoesThroughItsStates},
		{"FinalOutcomeStays", testFinalOutcomeStays},
		{"IntentsStandTogether", testIntentsStandTogether},
		{"Withdraw", testWithdraw},
		{"RunRefusesNonsense", testRunRefusesNonsense},
		{"LongMessageIsCut", testLongMessageIsCut},
		{"CancelledContext", testCancelledContext},
		{"CloseWritesWhatIsQueued", testCloseWritesWhatIsQueued},
		{"RunIDsAreDistinctAndSorted", testRunIDsAreDistinctAndSorted},
		{"IntendedTwiceAtOnce", testIntendedTwiceAtOnce},
		{"PlanClassifies", testPlanClassifies},
		{"PlanOfManyBatches", testPlanOfManyBatches},
		{"DuplicatesAgainstModel", testDuplicatesAgainstModel},
		{"RowsAgainstModel", testRowsAgainstModel},
		{"PlanTellsSpellingsApart", testPlanTellsSpellingsApart},
		{"ReadingManyPages", testReadingManyPages},
		{"CountsAndCauses", testCountsAndCauses},
		{"KnownOfMany", testKnownOfMany},
		{"UpdatesAreNoEvidence", testUpdatesAreNoEvidence},
		{"WithdrawAChange", testWithdrawAChange},
		{"SeveralOperations", testSeveralOperations},
		{"Memberships", testMemberships},
		{"HasUser", testHasUser},
		{"Expiry", testExpiry},
		{"WantedID", testWantedID},
		{"Assign", testAssign},
		{"IsForgotten", testIsForgotten},
		{"Change", testChange},
		{"Extras", testExtras},
		{"NotListed", testNotListed},
		{"LockKeepsOthersOut", testLockKeepsOthersOut},
		{"LockWithCancelledContext", testLockWithCancelledContext},
		{"HolderOfUnknownTarget", testHolderOfUnknownTarget},
		{"Tenants", testTenants},
		{"TenantIsNotDecidedDuringARun", testTenantIsNotDecidedDuringARun},
	} {
		t.Run(test.name, func(t *testing.T) { test.test(t, fresh) })
	}
}

// open opens a new store that is closed with the test.
func (fresh Fresh) open(t testing.TB) ledger.Store {
	t.Helper()
	return closing(t, fresh(t))
}

// closing opens a store that is closed with the test.
func closing(t testing.TB, open func() ledger.Store) ledger.Store {
	t.Helper()
	l := open()
	t.Cleanup(func() { check(t, l.Close()) })
	return l
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func is[T error](err error) bool {
	_, ok := errors.AsType[T](err)
	return ok
}

// knownOf returns what is known of users; unknown ones are not in the map.
func knownOf(ctx context.Context, l ledger.Knowledge, digests ...ledger.Digest) (map[ledger.Digest]ledger.Finding, error) {
	known := map[ledger.Digest]ledger.Finding{}
	for _, digest := range digests {
		finding, err := l.KnownByKey(ctx, ledger.KeyDigests{Form: digest})
		if err != nil {
			return nil, err
		}
		if finding.Standing != ledger.New {
			known[digest] = finding
		}
	}
	return known, nil
}

// Lock locks a target until the test ends.
func Lock(t testing.TB, l ledger.Store, target string) ledger.Lock {
	t.Helper()
	lock, err := l.Lock(t.Context(), target)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = lock.Release() })
	return lock
}

// Begin begins a run that ends with the test.
func Begin(t testing.TB, lock ledger.Lock) ledger.Run {
	t.Helper()
	run, err := lock.Begin(t.Context(), ledger.RunInfo{Command: "import"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = run.Close() })
	return run
}

// RecordAll records outcomes, and returns when they are durable.
func RecordAll(t testing.TB, run ledger.Run, outcomes ...ledger.Outcome) {
	t.Helper()
	for _, outcome := range outcomes {
		if err := run.Record(t.Context(), outcome); err != nil {
			t.Fatal(err)
		}
	}
	if err := run.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// Past returns a run as the store has it.
func Past(t testing.TB, l ledger.Store, id string) ledger.PastRun {
	t.Helper()
	run, err := l.Run(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// All returns the items of a sequence. An error fails the test.
func All[T any](t testing.TB, items iter.Seq2[T, error]) []T {
	t.Helper()
	var gathered []T
	for item, err := range items {
		if err != nil {
			t.Fatal(err)
		}
		gathered = append(gathered, item)
	}
	return gathered
}

// Person returns a digest for a fictional user, the same in every ledger.
func Person(n int) ledger.Digest {
	var number [8]byte
	binary.BigEndian.PutUint64(number[:], uint64(n))
	sum := sha256.Sum256(number[:])
	return ledger.Digest(sum[:len(ledger.Digest{})])
}

// FirstListed returns the id of the user who is listed first, for the Resolve of a [ledger.Plan].
func FirstListed(_ string, listed []ledger.Listed) (string, bool) { return listed[0].UserID, true }

// checkItself calls the store's check, if it has one.
func checkItself(ctx context.Context, l ledger.Store) error {
	if checked, ok := l.(interface{ Check(context.Context) error }); ok {
		return checked.Check(ctx)
	}
	return nil
}

// finishTest ends a run and returns its record.
func finishTest(t *testing.T, l ledger.Store, run ledger.Run) ledger.PastRun {
	t.Helper()
	check(t, run.Finish(t.Context(), ledger.Summary{}))
	return Past(t, l, run.ID())
}

// states returns the states of a run's rows by row.
func states(t *testing.T, l ledger.Store, run string) map[int]rowstate.State {
	t.Helper()
	found := make(map[int]rowstate.State)
	for _, row := range All(t, l.Rows(t.Context(), Past(t, l, run))) {
		found[row.Row] = row.State
	}
	return found
}

func newPlan(t testing.TB, l ledger.Store) ledger.Plan {
	t.Helper()
	p, err := l.NewPlan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}

// Known selects the rows of known users.
func Known() ledger.Selection {
	return ledger.Selection{Standings: []ledger.Presence{ledger.Exists, ledger.Doubtful, ledger.Unclear, ledger.ProvedGone}}
}

// AddAll adds rows with these digests to a plan, from row 1 on line 2 on.
func AddAll(t testing.TB, p ledger.Plan, digests ...ledger.Digest) {
	t.Helper()
	for i, digest := range digests {
		if err := p.Add(t.Context(), ledger.RosterRow{Row: i + 1, Line: i + 2}, ledger.KeyDigests{Form: digest}); err != nil {
			t.Fatal(err)
		}
	}
}

// intentsOf returns intents of the rows from first to last.
func intentsOf(first, last int) (intents []ledger.Intent) {
	for row := first; row <= last; row++ {
		intents = append(intents, ledger.Intent{Row: row, Line: row + 1, Digest: Person(row)})
	}
	return intents
}

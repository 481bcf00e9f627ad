package ledgertest

import (
	"context"
	"errors"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/rowstate"
)

func testRunIsRemembered(t *testing.T, fresh Fresh) {
	t.Parallel()
	open := fresh(t)
	l := closing(t, open)
	const target = "evolution https://api.example.com org-1"
	lock := Lock(t, l, target)
	info := ledger.RunInfo{
		Command: "import", Profile: "acme", Provider: "evolution",
		Source:  ledger.Source{File: "/data/people.csv", SHA256: "abc", Format: "csv", Encoding: "utf-8"},
		WorkDir: "/data", Arguments: []string{"users", "import", "people.csv", "--rate", "5/s"},
	}
	run, err := lock.Begin(t.Context(), info)
	if err != nil {
		t.Fatal(err)
	}
	if ok, _ := regexp.MatchString(`^\d{8}-\d{6}-[2-9a-z]{4}$`, run.ID()); !ok {
		t.Errorf("got the id %q", run.ID())
	}
	if found := Past(t, l, run.ID()); found.IsFinished() {
		t.Error("a run in progress counts as finished")
	}
	summary := ledger.Summary{
		Counts:     rowstate.Counts{rowstate.Created: 1, rowstate.Existing: 1, rowstate.Failed: 1, rowstate.Unknown: 1, rowstate.NotTried: 2},
		ExitStatus: 5, FailedFile: "/data/failed.csv", ResultsFile: "/data/results.ndjson",
	}
	if err := run.Finish(t.Context(), summary); err != nil {
		t.Fatal(err)
	}
	got := Past(t, closing(t, open), run.ID())
	if got.ID != run.ID() || got.Target != target || !reflect.DeepEqual(got.Summary, summary) ||
		got.Source != info.Source || got.Command != info.Command || got.Profile != info.Profile || got.Provider != info.Provider ||
		got.WorkDir != info.WorkDir || !slices.Equal(got.Arguments, info.Arguments) {
		t.Errorf("got %+v", got)
	}
	if !got.IsFinished() || got.Ended.Before(got.Started) || time.Since(got.Started) > time.Hour {
		t.Errorf("it began at %s and ended at %s", got.Started, got.Ended)
	}
}

// The runs of a route are found from each of them, and those of another execution are not.
func testPartsOfARoute(t *testing.T, fresh Fresh) {
	t.Parallel()
	l := fresh.open(t)
	begin := func(target, partOf string) string {
		lock := Lock(t, l, target)
		run, err := lock.Begin(t.Context(), ledger.RunInfo{Command: rowstate.CommandImport, PartOf: partOf})
		check(t, err)
		check(t, run.Finish(t.Context(), ledger.Summary{}))
		check(t, lock.Release())
		return run.ID()
	}
	first := begin("first", "")
	alone := begin("second", "")
	parts := []string{first, begin("second", first), begin("first", first)}
	for _, id := range append(slices.Clone(parts), alone) {
		want := parts
		if id == alone {
			want = []string{alone}
		}
		found, err := l.Parts(t.Context(), Past(t, l, id))
		check(t, err)
		var got []string
		for _, run := range found {
			got = append(got, run.ID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("the parts of %s are %v, want %v", id, got, want)
		}
	}
}

// A run has the wanted id, unless another run has it.
func testWantedID(t *testing.T, fresh Fresh) {
	t.Parallel()
	l := fresh.open(t)
	lock := Lock(t, l, "target")
	wanted := ledger.NewRunID(time.Now())
	for _, isFree := range []bool{true, false} {
		run, err := lock.Begin(t.Context(), ledger.RunInfo{ID: wanted, Command: rowstate.CommandImport})
		check(t, err)
		check(t, run.Finish(t.Context(), ledger.Summary{}))
		if run.ID() == "" || (run.ID() == wanted) != isFree {
			t.Errorf("wanted %s, got %s", wanted, run.ID())
		}
	}
}

// A run has the time at which its users expire, or none.
func testExpiry(t *testing.T, fresh Fresh) {
	t.Parallel()
	l := fresh.open(t)
	lock := Lock(t, l, "target")
	for _, expires := range []time.Time{{}, time.Now().Add(2 * time.Hour).Truncate(time.Millisecond)} {
		run, err := lock.Begin(t.Context(), ledger.RunInfo{Command: rowstate.CommandImport, Expires: expires})
		check(t, err)
		check(t, run.Finish(t.Context(), ledger.Summary{}))
		if got := Past(t, l, run.ID()).Expires; !got.Equal(expires) {
			t.Errorf("it expires at %s, want %s", got, expires)
		}
	}
}

func testRowGoesThroughItsStates(t *testing.T, fresh Fresh) {
	t.Parallel()
	l := fresh.open(t)
	run := Begin(t, Lock(t, l, "target"))
	intend := func(row int) error {
		return run.Intend(t.Context(), ledger.Intent{Row: row, Line: row + 1, Digest: Person(row)})
	}
	for row := 1; row <= 3; row++ {
		if err := intend(row); err != nil {
			t.Fatal(err)
		}
	}
	RecordAll(t, run,
		ledger.Outcome{Row: 1, Line: 2, Digest: Person(1), State: rowstate.Failed, Class: "busy", Message: "come back later", Attempts: 1},
		ledger.Outcome{Row: 2, Line: 3, Digest: Person(2), State: rowstate.Unknown, Class: "unknown", Message: "the answer was lost", Attempts: 1},
		ledger.Outcome{Row: 3, Line: 4, Digest: Person(3), State: rowstate.Created, UserID: "u3", Attempts: 1},
		ledger.Outcome{Row: 4, Line: 5, Digest: Person(4), State: rowstate.Existing, UserID: "u4"}, // never sent
	)
	for row := 1; row <= 2; row++ { // resent
		if err := intend(row); err != nil {
			t.Fatal(err)
		}
	}
	if err := intend(3); !is[*ledger.StateError](err) || !strings.Contains(err.Error(), "created") || !strings.Contains(err.Error(), run.ID()) {
		t.Errorf("sending a created row again gave %v", err)
	}
	RecordAll(t, run, ledger.Outcome{Row: 1, Line: 2, Digest: Person(1), State: rowstate.Created, UserID: "u1", Attempts: 2})

	rows := All(t, l.Rows(t.Context(), Past(t, l, run.ID())))
	want := []ledger.Outcome{
		{Row: 1, Line: 2, Digest: Person(1), State: rowstate.Created, UserID: "u1", Attempts: 2},
		{Row: 2, Line: 3, Digest: Person(2), State: rowstate.Sent, Class: "unknown", Message: "the answer was lost", Attempts: 2, Doubt: "lost", Sends: 1},
		{Row: 3, Line: 4, Digest: Person(3), State: rowstate.Created, UserID: "u3", Attempts: 1},
		{Row: 4, Line: 5, Digest: Person(4), State: rowstate.Existing, UserID: "u4"},
	}
	for i, row := range rows {
		if i >= len(want) || !reflect.DeepEqual(row.Outcome, want[i]) || row.Run != run.ID() {
			t.Errorf("row %d is %+v", i+1, row)
		}
		if sent := row.Row != 4; row.Started.IsZero() == sent {
			t.Errorf("row %d was sent at %v", row.Row, row.Started)
		}
		if row.Ended.IsZero() != (row.State == rowstate.Sent) {
			t.Errorf("row %d ended at %v", row.Row, row.Ended)
		}
	}
	if len(rows) != len(want) {
		t.Errorf("got %d rows", len(rows))
	}
}

// An outcome that shows that a user exists is not overwritten, and the attempt is reported.
func testFinalOutcomeStays(t *testing.T, fresh Fresh) {
	t.Parallel()
	l := fresh.open(t)
	run := Begin(t, Lock(t, l, "target"))
	RecordAll(t, run, ledger.Outcome{Row: 1, State: rowstate.Created, UserID: "u1"}, ledger.Outcome{Row: 1, State: rowstate.Created, UserID: "u1"})
	for _, outcome := range []ledger.Outcome{{Row: 1, State: rowstate.Failed}, {Row: 2, State: rowstate.Failed}} {
		if err := run.Record(t.Context(), outcome); err != nil {
			t.Fatal(err)
		}
	}
	if err := run.Flush(t.Context()); !is[*ledger.StateError](err) {
		t.Errorf("got %v", err)
	}
	if err := run.Flush(t.Context()); err != nil {
		t.Errorf("the refusal was told twice: %v", err)
	}
	if got := states(t, l, run.ID()); got[1] != rowstate.Created || got[2] != rowstate.Failed {
		t.Errorf("got %v", got)
	}
}

// The intents of one call are recorded together or not at all, however many there are.
func testIntentsStandTogether(t *testing.T, fresh Fresh) {
	t.Parallel()
	l := fresh.open(t)
	run := Begin(t, Lock(t, l, "target"))
	RecordAll(t, run, ledger.Outcome{Row: 100, State: rowstate.Created})
	intents := make([]ledger.Intent, 160)
	for i := range intents {
		intents[i] = ledger.Intent{Row: i + 1, Digest: Person(i + 1)}
	}
	err := run.Intend(t.Context(), intents...)
	if refused, ok := errors.AsType[*ledger.StateError](err); !ok || refused.Row != 100 || refused.State != rowstate.Created {
		t.Errorf("intending a created row among others gave %v", err)
	}
	if got := states(t, l, run.ID()); len(got) != 1 {
		t.Errorf("the refused call left %v", got)
	}
	if err := run.Intend(t.Context(), slices.Delete(intents, 99, 100)...); err != nil {
		t.Fatal(err)
	}
	got := states(t, l, run.ID())
	for i := range intents {
		if want := map[bool]rowstate.State{true: rowstate.Created, false: rowstate.Sent}[i+1 == 100]; got[i+1] != want {
			t.Errorf("row %d is %q", i+1, got[i+1])
		}
	}
}

func testWithdraw(t *testing.T, fresh Fresh) {
	t.Parallel()
	l := fresh.open(t)
	run := Begin(t, Lock(t, l, "target"))
	if err := run.Intend(t.Context(), ledger.Intent{Row: 1, Digest: Person(1)}); err != nil {
		t.Fatal(err)
	}
	if err := run.Withdraw(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	RecordAll(t, run, ledger.Outcome{Row: 2, State: rowstate.Unknown})
	for row, want := range map[int]rowstate.State{1: "", 2: rowstate.Unknown} {
		err := run.Withdraw(t.Context(), row)
		if refused, ok := errors.AsType[*ledger.StateError](err); !ok || refused.State != want {
			t.Errorf("withdrawing row %d gave %v", row, err)
		}
	}
	if got := states(t, l, run.ID()); len(got) != 1 || got[2] != rowstate.Unknown {
		t.Errorf("got %v", got)
	}
}

func testRunRefusesNonsense(t *testing.T, fresh Fresh) {
	t.Parallel()
	l := fresh.open(t)
	run := Begin(t, Lock(t, l, "target"))
	for name, err := range map[string]error{
		"an intent of row 0":   run.Intend(t.Context(), ledger.Intent{}),
		"an outcome of row 0":  run.Record(t.Context(), ledger.Outcome{State: rowstate.Created}),
		"no state":             run.Record(t.Context(), ledger.Outcome{Row: 1}),
		"a state that is none": run.Record(t.Context(), ledger.Outcome{Row: 1, State: rowstate.Sent}),
	} {
		if err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func testLongMessageIsCut(t *testing.T, fresh Fresh) {
	t.Parallel()
	l := fresh.open(t)
	run := Begin(t, Lock(t, l, "target"))
	RecordAll(t, run,
		ledger.Outcome{Row: 1, State: rowstate.Failed, Message: strings.Repeat("é", 500)},
		ledger.Outcome{Row: 2, State: rowstate.Failed, Message: strings.Repeat("é", 501)})
	rows := All(t, l.Rows(t.Context(), Past(t, l, run.ID())))
	if got := rows[0].Message; got != strings.Repeat("é", 500) {
		t.Errorf("a message of 500 characters became %q", got)
	}
	if got := rows[1].Message; got != strings.Repeat("é", 499)+"…" {
		t.Errorf("a message of 501 characters became %q", got)
	}
}

func testCancelledContext(t *testing.T, fresh Fresh) {
	t.Parallel()
	l := fresh.open(t)
	run := Begin(t, Lock(t, l, "target"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := run.Intend(ctx, ledger.Intent{Row: 1}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if err := run.Record(ctx, ledger.Outcome{Row: 1, State: rowstate.Failed}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if err := run.Flush(t.Context()); err != nil {
		t.Error(err)
	}
	if got := states(t, l, run.ID()); len(got) != 0 {
		t.Errorf("a cancelled call left %v", got)
	}
}

// Close writes what is queued; afterwards every call fails.
func testCloseWritesWhatIsQueued(t *testing.T, fresh Fresh) {
	t.Parallel()
	l := fresh.open(t)
	run := Begin(t, Lock(t, l, "target"))
	for row := 1; row <= 100; row++ {
		if err := run.Record(t.Context(), ledger.Outcome{Row: row, State: rowstate.Failed}); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if err := run.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if got := states(t, l, run.ID()); len(got) != 100 {
		t.Errorf("got %d rows", len(got))
	}
	for name, err := range map[string]error{
		"Intend":   run.Intend(t.Context(), ledger.Intent{Row: 1}),
		"Record":   run.Record(t.Context(), ledger.Outcome{Row: 1, State: rowstate.Failed}),
		"Withdraw": run.Withdraw(t.Context(), 1),
		"Flush":    run.Flush(t.Context()),
		"Finish":   run.Finish(t.Context(), ledger.Summary{}),
	} {
		if err == nil {
			t.Errorf("%s succeeded after the end", name)
		}
	}
}

func testRunIDsAreDistinctAndSorted(t *testing.T, fresh Fresh) {
	t.Parallel()
	l := fresh.open(t)
	lock := Lock(t, l, "target")
	var ids []string
	for range 20 {
		run := Begin(t, lock)
		ids = append(ids, run.ID())
		if err := run.Finish(t.Context(), ledger.Summary{}); err != nil {
			t.Fatal(err)
		}
	}
	var listed []string
	for _, run := range All(t, l.Runs(t.Context())) {
		listed = append([]string{run.ID}, listed...)
	}
	if !slices.Equal(ids, listed) {
		t.Errorf("the runs %v are listed as %v", ids, listed)
	}
}

// A row that is intended twice at once is one row.
func testIntendedTwiceAtOnce(t *testing.T, fresh Fresh) {
	t.Parallel()
	l := fresh.open(t)
	run := Begin(t, Lock(t, l, "target"))
	check(t, run.Intend(t.Context(), append(intentsOf(1, 20), intentsOf(5, 6)...)...))
	if got := states(t, l, run.ID()); len(got) != 20 || got[5] != rowstate.Sent {
		t.Errorf("got %v", got)
	}
	check(t, run.Finish(t.Context(), ledger.Summary{}))
}

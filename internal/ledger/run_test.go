package ledger

import (
	"context"
	"errors"
	"maps"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"modernc.org/sqlite"
)

// states gives the states of a run's rows by row.
func states(t *testing.T, l *Ledger, run string) map[int]State {
	t.Helper()
	found := make(map[int]State)
	for _, row := range all(t, l.Rows(t.Context(), past(t, l, run))) {
		found[row.Row] = row.State
	}
	return found
}

func TestRunIsRemembered(t *testing.T) {
	t.Parallel()
	l := openTest(t, t.TempDir())
	lock := lockTest(t, l, "evolution https://api.example.com org-1")
	info := RunInfo{
		Command: "import", Profile: "acme", Provider: "evolution",
		Source: Source{File: "/data/people.csv", SHA256: "abc", Format: "csv", Encoding: "utf-8"},
		Folder: "/data", Arguments: []string{"users", "import", "people.csv", "--rate", "5/s"},
	}
	run, err := l.Begin(t.Context(), lock, info)
	if err != nil {
		t.Fatal(err)
	}
	if ok, _ := regexp.MatchString(`^\d{8}-\d{6}-[2-9a-z]{4}$`, run.ID()); !ok {
		t.Errorf("got the id %q", run.ID())
	}
	if found := past(t, l, run.ID()); found.IsFinished() {
		t.Error("a run under way counts as finished")
	}
	summary := Summary{
		Counts:     Counts{Rows: 6, Created: 1, Existing: 1, Failed: 1, Unknown: 1, NotTried: 2},
		ExitStatus: 5, FailedFile: "/data/failed.csv", ResultsFile: "/data/results.ndjson",
	}
	if err := run.Finish(t.Context(), summary); err != nil {
		t.Fatal(err)
	}
	got := past(t, openTest(t, l.dir), run.ID())
	if got.ID != run.ID() || got.Target != lock.Target() || got.Summary != summary || got.PID == 0 ||
		got.Source != info.Source || got.Command != info.Command || got.Profile != info.Profile || got.Provider != info.Provider ||
		got.Folder != info.Folder || !slices.Equal(got.Arguments, info.Arguments) {
		t.Errorf("got %+v", got)
	}
	if !got.IsFinished() || got.Ended.Before(got.Started) || time.Since(got.Started) > time.Hour {
		t.Errorf("it began at %s and ended at %s", got.Started, got.Ended)
	}
}

func TestRowGoesThroughItsStates(t *testing.T) {
	t.Parallel()
	l := openTest(t, t.TempDir())
	run := beginTest(t, l, lockTest(t, l, "target"))
	intend := func(row int) error {
		return run.Intend(t.Context(), Intent{Row: row, Line: row + 1, Digest: person(row)})
	}
	for row := 1; row <= 3; row++ {
		if err := intend(row); err != nil {
			t.Fatal(err)
		}
	}
	recordTest(t, run,
		Outcome{Row: 1, Line: 2, Digest: person(1), State: Failed, Class: "busy", Message: "come back later", Attempts: 1},
		Outcome{Row: 2, Line: 3, Digest: person(2), State: Unknown, Class: "unknown", Message: "the answer was lost", Attempts: 1},
		Outcome{Row: 3, Line: 4, Digest: person(3), State: Created, UserID: "u3", Attempts: 1},
		Outcome{Row: 4, Line: 5, Digest: person(4), State: Existing, UserID: "u4"}, // never sent
	)
	for row := 1; row <= 2; row++ { // sent again
		if err := intend(row); err != nil {
			t.Fatal(err)
		}
	}
	if err := intend(3); !is[*RowError](err) || !strings.Contains(err.Error(), "created") || !strings.Contains(err.Error(), run.ID()) {
		t.Errorf("sending a created row again gave %v", err)
	}
	recordTest(t, run, Outcome{Row: 1, Line: 2, Digest: person(1), State: Created, UserID: "u1", Attempts: 2})

	rows := all(t, l.Rows(t.Context(), past(t, l, run.ID())))
	want := []Outcome{
		{Row: 1, Line: 2, Digest: person(1), State: Created, UserID: "u1", Attempts: 2},
		{Row: 2, Line: 3, Digest: person(2), State: Sent, Class: "unknown", Message: "the answer was lost", Attempts: 2},
		{Row: 3, Line: 4, Digest: person(3), State: Created, UserID: "u3", Attempts: 1},
		{Row: 4, Line: 5, Digest: person(4), State: Existing, UserID: "u4"},
	}
	for i, row := range rows {
		if i >= len(want) || row.Outcome != want[i] || row.Run != run.ID() {
			t.Errorf("row %d is %+v", i+1, row)
		}
		if sent := row.Row != 4; row.Started.IsZero() == sent {
			t.Errorf("row %d was sent at %v", row.Row, row.Started)
		}
		if row.Ended.IsZero() != (row.State == Sent) {
			t.Errorf("row %d ended at %v", row.Row, row.Ended)
		}
	}
	if len(rows) != len(want) {
		t.Errorf("got %d rows", len(rows))
	}
}

// What says that a user exists is not overwritten, and the attempt is told.
func TestFinalOutcomeStays(t *testing.T) {
	t.Parallel()
	l := openTest(t, t.TempDir())
	run := beginTest(t, l, lockTest(t, l, "target"))
	recordTest(t, run, Outcome{Row: 1, State: Created, UserID: "u1"}, Outcome{Row: 1, State: Created, UserID: "u1"})
	for _, outcome := range []Outcome{{Row: 1, State: Failed}, {Row: 2, State: Failed}} {
		if err := run.Record(t.Context(), outcome); err != nil {
			t.Fatal(err)
		}
	}
	if err := run.Flush(t.Context()); !is[*RowError](err) {
		t.Errorf("got %v", err)
	}
	if err := run.Flush(t.Context()); err != nil {
		t.Errorf("the refusal was told twice: %v", err)
	}
	if got := states(t, l, run.ID()); got[1] != Created || got[2] != Failed {
		t.Errorf("got %v", got)
	}
}

// The intents of one call stand together or not at all, however many there are.
func TestIntentsStandTogether(t *testing.T) {
	t.Parallel()
	l := openTest(t, t.TempDir())
	run := beginTest(t, l, lockTest(t, l, "target"))
	recordTest(t, run, Outcome{Row: 100, State: Created})
	intents := make([]Intent, 2*mostInGroup+mostInGroup/2)
	for i := range intents {
		intents[i] = Intent{Row: i + 1, Digest: person(i + 1)}
	}
	err := run.Intend(t.Context(), intents...)
	if refused, ok := errors.AsType[*RowError](err); !ok || refused.Row != 100 || refused.State != Created {
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
		if want := map[bool]State{true: Created, false: Sent}[i+1 == 100]; got[i+1] != want {
			t.Errorf("row %d is %q", i+1, got[i+1])
		}
	}
}

// A refused change does not take those with it that share its commit.
func TestRefusalConcernsOneChange(t *testing.T) {
	t.Parallel()
	l := openTest(t, t.TempDir())
	run := beginTest(t, l, lockTest(t, l, "target"))
	recordTest(t, run, Outcome{Row: 1, State: Created})
	changes := []change{
		{kind: record, outcome: Outcome{Row: 2, State: Failed}},
		{kind: withdraw, outcome: Outcome{Row: 1}},
		{kind: intend, intents: []Intent{{Row: 3}, {Row: 1}}},
		{kind: record, outcome: Outcome{Row: 1, State: Unknown}},
		{kind: intend, intents: []Intent{{Row: 2}, {Row: 4}}},
	}
	refusals, err := run.writer.commit(changes)
	if err != nil {
		t.Fatal(err)
	}
	for i, refused := range []bool{false, true, true, true, false} {
		if is[*RowError](refusals[i]) != refused {
			t.Errorf("change %d gave %v", i, refusals[i])
		}
	}
	want := map[int]State{1: Created, 2: Sent, 4: Sent}
	if got := states(t, l, run.ID()); !maps.Equal(got, want) {
		t.Errorf("got %v", got)
	}
}

func TestWithdraw(t *testing.T) {
	t.Parallel()
	l := openTest(t, t.TempDir())
	run := beginTest(t, l, lockTest(t, l, "target"))
	if err := run.Intend(t.Context(), Intent{Row: 1, Digest: person(1)}); err != nil {
		t.Fatal(err)
	}
	if err := run.Withdraw(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	recordTest(t, run, Outcome{Row: 2, State: Unknown})
	for row, want := range map[int]State{1: "", 2: Unknown} {
		err := run.Withdraw(t.Context(), row)
		if refused, ok := errors.AsType[*RowError](err); !ok || refused.State != want {
			t.Errorf("withdrawing row %d gave %v", row, err)
		}
	}
	if got := states(t, l, run.ID()); len(got) != 1 || got[2] != Unknown {
		t.Errorf("got %v", got)
	}
}

func TestRunRefusesNonsense(t *testing.T) {
	t.Parallel()
	l := openTest(t, t.TempDir())
	run := beginTest(t, l, lockTest(t, l, "target"))
	for name, err := range map[string]error{
		"an intent of row 0":   run.Intend(t.Context(), Intent{}),
		"an outcome of row 0":  run.Record(t.Context(), Outcome{State: Created}),
		"no state":             run.Record(t.Context(), Outcome{Row: 1}),
		"a state that is none": run.Record(t.Context(), Outcome{Row: 1, State: Sent}),
	} {
		if err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func TestLongMessageIsCut(t *testing.T) {
	t.Parallel()
	l := openTest(t, t.TempDir())
	run := beginTest(t, l, lockTest(t, l, "target"))
	recordTest(t, run,
		Outcome{Row: 1, State: Failed, Message: strings.Repeat("é", 500)},
		Outcome{Row: 2, State: Failed, Message: strings.Repeat("é", 501)})
	rows := all(t, l.Rows(t.Context(), past(t, l, run.ID())))
	if got := rows[0].Message; got != strings.Repeat("é", 500) {
		t.Errorf("a message of 500 characters became %q", got)
	}
	if got := rows[1].Message; got != strings.Repeat("é", 499)+"…" {
		t.Errorf("a message of 501 characters became %q", got)
	}
}

// Calls that wait at the same time share one commit.
func TestIntentsShareACommit(t *testing.T) {
	t.Parallel()
	l := openTest(t, t.TempDir())
	run := beginTest(t, l, lockTest(t, l, "target"))
	commits, entered, release := 0, make(chan struct{}), make(chan struct{})
	err := run.writer.conn.Raw(func(conn any) error {
		conn.(sqlite.HookRegisterer).RegisterCommitHook(func() int32 {
			if commits++; commits == 1 {
				close(entered)
				<-release
			}
			return 0
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	intend := func(row int) {
		group.Go(func() {
			if err := run.Intend(t.Context(), Intent{Row: row, Digest: person(row)}); err != nil {
				t.Error(err)
			}
		})
	}
	intend(1)
	<-entered // the writer is in the commit of the first
	const callers = 64
	for row := 2; row <= callers; row++ {
		intend(row)
	}
	for len(run.writer.queue) < callers-1 {
		runtime.Gosched()
	}
	close(release)
	group.Wait()
	if rows := len(states(t, l, run.ID())); rows != callers || commits != 2 {
		t.Errorf("%d intents took %d commits", rows, commits)
	}
	if err := run.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestCancelledContext(t *testing.T) {
	t.Parallel()
	l := openTest(t, t.TempDir())
	run := beginTest(t, l, lockTest(t, l, "target"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := run.Intend(ctx, Intent{Row: 1}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if err := run.Record(ctx, Outcome{Row: 1, State: Failed}); !errors.Is(err, context.Canceled) {
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
func TestCloseWritesWhatIsQueued(t *testing.T) {
	t.Parallel()
	l := openTest(t, t.TempDir())
	run := beginTest(t, l, lockTest(t, l, "target"))
	for row := 1; row <= 100; row++ {
		if err := run.Record(t.Context(), Outcome{Row: row, State: Failed}); err != nil {
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
		"Intend":   run.Intend(t.Context(), Intent{Row: 1}),
		"Record":   run.Record(t.Context(), Outcome{Row: 1, State: Failed}),
		"Withdraw": run.Withdraw(t.Context(), 1),
		"Flush":    run.Flush(t.Context()),
		"Finish":   run.Finish(t.Context(), Summary{}),
	} {
		if err == nil {
			t.Errorf("%s succeeded after the end", name)
		}
	}
}

func TestRunIDsAreDistinctAndSorted(t *testing.T) {
	t.Parallel()
	l := openTest(t, t.TempDir())
	lock := lockTest(t, l, "target")
	var ids []string
	for range 20 {
		run := beginTest(t, l, lock)
		ids = append(ids, run.ID())
		if err := run.Finish(t.Context(), Summary{}); err != nil {
			t.Fatal(err)
		}
	}
	var listed []string
	for _, run := range all(t, l.Runs(t.Context())) {
		listed = append([]string{run.ID}, listed...)
	}
	if !slices.Equal(ids, listed) {
		t.Errorf("the runs %v are listed as %v", ids, listed)
	}
}

package file

import (
	"maps"
	"runtime"
	"sync"
	"testing"

	"modernc.org/sqlite"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/ledger/ledgertest"
	"github.com/bring-aboard/usher/internal/ledger/queue"
	"github.com/bring-aboard/usher/internal/rowstate"
)

// states returns the states of a run's rows by row.
func states(t *testing.T, l *Ledger, run string) map[int]rowstate.State {
	t.Helper()
	found := make(map[int]rowstate.State)
	for _, row := range ledgertest.All(t, l.Rows(t.Context(), ledgertest.Past(t, l, run))) {
		found[row.Row] = row.State
	}
	return found
}

// A refused change does not take those with it that share its commit.
func TestRefusalConcernsOneChange(t *testing.T) {
	t.Parallel()
	l := openTest(t, t.TempDir())
	run := beginTest(t, l, lockTest(t, l, "target"))
	ledgertest.RecordAll(t, run, ledger.Outcome{Row: 1, State: rowstate.Created})
	changes := []queue.Change{
		{Kind: queue.Record, Outcome: ledger.Outcome{Row: 2, State: rowstate.Failed}},
		{Kind: queue.Withdraw, Outcome: ledger.Outcome{Row: 1}},
		{Kind: queue.Intend, Intents: []ledger.Intent{{Row: 3}, {Row: 1}}, State: rowstate.Sent},
		{Kind: queue.Record, Outcome: ledger.Outcome{Row: 1, State: rowstate.Unknown}},
		{Kind: queue.Intend, Intents: []ledger.Intent{{Row: 2}, {Row: 4}}, State: rowstate.Sent},
	}
	refusals, err := run.writer.commit(changes)
	if err != nil {
		t.Fatal(err)
	}
	for i, refused := range []bool{false, true, true, true, false} {
		if is[*ledger.StateError](refusals[i]) != refused {
			t.Errorf("change %d gave %v", i, refusals[i])
		}
	}
	want := map[int]rowstate.State{1: rowstate.Created, 2: rowstate.Sent, 4: rowstate.Sent}
	if got := states(t, l, run.ID()); !maps.Equal(got, want) {
		t.Errorf("got %v", got)
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
			if err := run.Intend(t.Context(), ledger.Intent{Row: row, Digest: ledgertest.Person(row)}); err != nil {
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
	for run.writer.Queued() < callers-1 {
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

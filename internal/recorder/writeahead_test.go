package recorder

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"testing"
	"time"

	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/internal/evidence"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/ledger/file"
	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/pkg/schema"
)

// aheadStage is a run in a fresh ledger, and rows for it.
func aheadStage(t *testing.T, command string) (ledger.Store, ledger.Run, Recorder) {
	t.Helper()
	ctx := context.Background()
	book, err := file.Open(ctx, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	lock, err := book.Lock(ctx, "target")
	if err != nil {
		t.Fatal(err)
	}
	run, err := lock.Begin(ctx, ledger.RunInfo{Command: command})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(run.Close(), lock.Release(), book.Close()); err != nil {
			t.Error(err)
		}
	})
	return book, run, Recorder{Run: run}
}

func people(n int, last error) iter.Seq2[engine.Item, error] {
	return func(yield func(engine.Item, error) bool) {
		for i := range n {
			email := fmt.Sprintf("user%d@example.com", i)
			item := engine.Item{Row: i + 1, Line: i + 2, Key: email, Digest: [16]byte{1, byte(i), byte(i >> 8)}, Record: schema.Record{"email": email}, Doubt: map[bool]evidence.Doubt{true: evidence.LostDoubt}[i == 0]}
			if !yield(item, nil) {
				return
			}
		}
		if last != nil {
			yield(engine.Item{}, last)
		}
	}
}

func states(t *testing.T, book ledger.Store, run ledger.Run) map[int]rowstate.State {
	t.Helper()
	past, err := book.Run(context.Background(), run.ID())
	if err != nil {
		t.Fatal(err)
	}
	found := map[int]rowstate.State{}
	for row, err := range book.Rows(context.Background(), past) {
		if err != nil {
			t.Fatal(err)
		}
		found[row.Row] = row.State
	}
	return found
}

// The intents of every operation are durable before their rows are handed out, and
// what must be durable before them is before they are.
func TestAheadMakesIntentsDurableBeforeTheirRowsAreHandedOut(t *testing.T) {
	for command, want := range map[string]rowstate.State{
		"import": rowstate.Sent, "create": rowstate.Sent, rowstate.CommandUpdate: rowstate.Changing, rowstate.CommandDelete: rowstate.Removing,
		rowstate.CommandDeactivate: rowstate.Changing, rowstate.CommandUndo: rowstate.Removing,
	} {
		t.Run(command, func(t *testing.T) {
			book, run, journal := aheadStage(t, command)
			var mu sync.Mutex // batches are made while others are handed out
			before := map[int]bool{}
			calls := 0
			journal.Before = func(items ...engine.Item) error {
				noted := states(t, book, run)
				mu.Lock()
				defer mu.Unlock()
				calls++
				for _, item := range items {
					if _, isIntended := noted[item.Row]; isIntended || before[item.Row] {
						t.Errorf("row %d was intended before what must be durable, or came twice", item.Row)
					}
					before[item.Row] = true
				}
				return nil
			}
			a := newAhead(journal, 2)
			n := 0
			for item, err := range a.items(context.Background(), people(50, nil)) {
				if err != nil {
					t.Fatal(err)
				}
				n++
				state, intended := states(t, book, run)[item.Row]
				mu.Lock()
				isAfter := before[item.Row]
				mu.Unlock()
				if (item.Doubt != evidence.NoDoubt) == intended || intended && state != want || intended != isAfter {
					t.Fatalf("row %d handed out with %q in the ledger", item.Row, state)
				}
				if err := a.Intend(context.Background(), item); err != nil {
					t.Fatal(err)
				}
			}
			if n != 50 || len(a.intended) != 0 || calls > 25 {
				t.Errorf("%d rows, %d intents left, %d calls", n, len(a.intended), calls)
			}
		})
	}
}

// Nothing is intended, and no row handed out, if what must be durable before cannot be.
func TestAheadIntendsNothingWithoutWhatComesBefore(t *testing.T) {
	book, run, journal := aheadStage(t, rowstate.CommandUpdate)
	full := errors.New("the disk is full")
	journal.Before = func(...engine.Item) error { return full }
	for item, err := range newAhead(journal, 2).items(context.Background(), people(20, nil)) {
		if err == nil || !errors.Is(err, engine.ErrRecorder) || !errors.Is(err, full) {
			t.Fatalf("row %d, %v", item.Row, err)
		}
	}
	if err := journal.Intend(context.Background(), engine.Item{Row: 7}); !errors.Is(err, full) {
		t.Errorf("got %v", err)
	}
	if left := states(t, book, run); len(left) > 0 {
		t.Errorf("the ledger has %v", left)
	}
}

func TestAheadTakesBackWhatNeverLeft(t *testing.T) {
	book, run, journal := aheadStage(t, "import")
	a := newAhead(journal, 2)
	taken := 0
	for item, err := range a.items(context.Background(), people(100, nil)) {
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Intend(context.Background(), item); err != nil {
			t.Fatal(err)
		}
		if taken++; taken == 10 {
			break
		}
	}
	if len(a.intended) == 0 {
		t.Fatal("nothing was intended ahead, so this test shows nothing")
	}
	if err := a.release(context.Background()); err != nil {
		t.Fatal(err)
	}
	if left := states(t, book, run); len(left) != 10 {
		t.Errorf("the ledger holds %d rows, want the 10 that left: %v", len(left), left)
	}
}

func TestAheadHandsOnHowTheRowsEnd(t *testing.T) {
	_, _, journal := aheadStage(t, "import")
	a := newAhead(journal, 2)
	broken := errors.New("the roster changed")
	n := 0
	var ended error
	for _, err := range a.items(context.Background(), people(20, broken)) {
		if ended = err; err != nil {
			break
		}
		n++
	}
	if n != 20 || !errors.Is(ended, broken) {
		t.Errorf("%d rows, then %v", n, ended)
	}
}

func TestAheadSaysThatAnIntentCannotBeRecorded(t *testing.T) {
	_, run, journal := aheadStage(t, "import")
	if err := run.Close(); err != nil {
		t.Fatal(err)
	}
	a := newAhead(journal, 2)
	for item, err := range a.items(context.Background(), people(20, nil)) {
		if err == nil {
			t.Fatalf("row %d was handed out without an intent", item.Row)
		}
		if !errors.Is(err, engine.ErrRecorder) {
			t.Fatalf("got %v", err)
		}
		return
	}
	t.Fatal("no row and no error came")
}

func TestAheadFollowsThePace(t *testing.T) {
	for _, test := range []struct {
		workers, size int
		took          time.Duration
		want          int
	}{
		{8, 32, time.Millisecond, 64},
		{8, 32, 100 * time.Millisecond, 32},
		{8, 32, time.Second, 16},
		{8, 8, time.Second, 8},
		{8, 1024, time.Millisecond, 1024},
		{2000, 8000, time.Millisecond, 2000},
	} {
		a := newAhead(Recorder{}, test.workers)
		if got := a.resized(test.size, test.took); got != test.want {
			t.Errorf("%d workers took %s for %d rows: %d come next, want %d", test.workers, test.took, test.size, got, test.want)
		}
	}
}

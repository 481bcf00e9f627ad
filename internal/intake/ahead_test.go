package intake

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"testing"
	"time"

	"github.com/bring-aboard/usher/internal/bulk"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/providers/sulu"
	"github.com/bring-aboard/usher/pkg/schema"
)

// aheadStage is a run in a fresh ledger, and rows for it.
func aheadStage(t *testing.T) (*ledger.Ledger, *ledger.Run, Journal) {
	t.Helper()
	ctx := context.Background()
	book, err := ledger.Open(ctx, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	lock, err := book.Lock(ctx, "target")
	if err != nil {
		t.Fatal(err)
	}
	run, err := book.Begin(ctx, lock, ledger.RunInfo{Command: "import"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(run.Close(), lock.Release(), book.Close()); err != nil {
			t.Error(err)
		}
	})
	return book, run, Journal{Run: run, Digest: DigestOf(book, "target", sulu.Adapter())}
}

func people(n int, last error) iter.Seq2[bulk.Item, error] {
	return func(yield func(bulk.Item, error) bool) {
		for i := range n {
			email := fmt.Sprintf("user%d@example.com", i)
			item := bulk.Item{Row: i + 1, Line: i + 2, Key: email, Record: schema.Record{"email": email}, Doubt: i == 0}
			if !yield(item, nil) {
				return
			}
		}
		if last != nil {
			yield(bulk.Item{}, last)
		}
	}
}

func states(t *testing.T, book *ledger.Ledger, run *ledger.Run) map[int]ledger.State {
	t.Helper()
	past, err := book.Run(context.Background(), run.ID())
	if err != nil {
		t.Fatal(err)
	}
	found := map[int]ledger.State{}
	for row, err := range book.Rows(context.Background(), past) {
		if err != nil {
			t.Fatal(err)
		}
		found[row.Row] = row.State
	}
	return found
}

func TestAheadMakesIntentsDurableBeforeTheirRowsAreHandedOut(t *testing.T) {
	book, run, journal := aheadStage(t)
	a := newAhead(journal, 2)
	n := 0
	for item, err := range a.items(context.Background(), people(50, nil)) {
		if err != nil {
			t.Fatal(err)
		}
		n++
		state, intended := states(t, book, run)[item.Row]
		if item.Doubt == intended || intended && state != ledger.Sent {
			t.Fatalf("row %d handed out with %q in the ledger", item.Row, state)
		}
		if err := a.Intend(context.Background(), item); err != nil {
			t.Fatal(err)
		}
	}
	if n != 50 || len(a.intended) != 0 {
		t.Errorf("%d rows, %d intents left", n, len(a.intended))
	}
}

func TestAheadTakesBackWhatNeverLeft(t *testing.T) {
	book, run, journal := aheadStage(t)
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
	_, _, journal := aheadStage(t)
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
	_, run, journal := aheadStage(t)
	if err := run.Close(); err != nil {
		t.Fatal(err)
	}
	a := newAhead(journal, 2)
	for item, err := range a.items(context.Background(), people(20, nil)) {
		if err == nil {
			t.Fatalf("row %d was handed out without an intent", item.Row)
		}
		if !errors.Is(err, bulk.ErrJournal) {
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
		a := newAhead(Journal{}, test.workers)
		if got := a.resized(test.size, test.took); got != test.want {
			t.Errorf("%d workers took %s for %d rows: %d come next, want %d", test.workers, test.took, test.size, got, test.want)
		}
	}
}

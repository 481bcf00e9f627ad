package shared_test

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/ledger/ledgertest"
	"github.com/bring-aboard/usher/internal/ledger/shared"
	"github.com/bring-aboard/usher/internal/pgtest"
	"github.com/bring-aboard/usher/internal/rowstate"
)

// Connections that break at any point, also after the database has committed and before it has answered, lose no change and
// make none twice.
func TestBrokenConnections(t *testing.T) {
	t.Parallel()
	proxy := pgtest.NewProxy(t, pgtest.Start(t).Database(t))
	l, err := shared.Open(t.Context(), shared.Config{URL: proxy.URL(), Key: key, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	run := ledgertest.Begin(t, ledgertest.Lock(t, l, target))

	const people, workers, fewestCuts = 2000, 16, 20
	var cuts atomic.Int64
	done := make(chan struct{})
	var cutting sync.WaitGroup
	cutting.Go(func() {
		for {
			select {
			case <-done:
				return
			case <-time.After(time.Duration(50+rand.IntN(200)) * time.Millisecond):
				proxy.Cut()
				cuts.Add(1)
			}
		}
	})
	rows := make(chan int)
	var working sync.WaitGroup
	for range workers {
		working.Go(func() {
			for row := range rows {
				if err := run.Intend(t.Context(), ledger.Intent{Row: row, Digest: ledgertest.Person(row)}); err != nil {
					t.Errorf("row %d: %v", row, err)
				}
				if row%10 == 0 { // it was not sent, and is sent again
					if err := run.Withdraw(t.Context(), row); err != nil {
						t.Errorf("row %d: %v", row, err)
					}
					if err := run.Intend(t.Context(), ledger.Intent{Row: row, Digest: ledgertest.Person(row)}); err != nil {
						t.Errorf("row %d: %v", row, err)
					}
				}
				if err := run.Record(t.Context(), ledger.Outcome{Row: row, Digest: ledgertest.Person(row), State: rowstate.Created, Sends: 1}); err != nil {
					t.Errorf("row %d: %v", row, err)
				}
			}
		})
	}
	for row := 1; row <= people || cuts.Load() < fewestCuts; row++ {
		rows <- row
	}
	close(rows)
	working.Wait()
	close(done)
	cutting.Wait()
	if err := run.Finish(t.Context(), ledger.Summary{}); err != nil {
		t.Fatal(err)
	}
	past := ledgertest.Past(t, l, run.ID())
	found := 0
	for _, row := range ledgertest.All(t, l.Rows(t.Context(), past)) {
		found++
		if row.State != rowstate.Created || row.Sends != 1 || row.Attempts != 1 {
			t.Errorf("row %d is %s, sent %d times in %d attempts", row.Row, row.State, row.Sends, row.Attempts)
		}
	}
	if found < people {
		t.Errorf("%d of %d rows after %d cuts", found, people, cuts.Load())
	}
	t.Logf("%d rows, %d cuts", found, cuts.Load())
}

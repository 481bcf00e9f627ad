package ledgertest

import (
	"testing"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/rowstate"
)

// Benchmark measures what a store costs an import: intents, one batch ahead of the outcomes of their rows, in a run whose
// plan has entered the users.
func Benchmark(b *testing.B, fresh Fresh) {
	const batch = 1024
	l := fresh.open(b)
	p := newPlan(b, l)
	for row := 1; row <= b.N; row++ {
		check(b, p.Add(b.Context(), ledger.RosterRow{Row: row, Line: row + 1}, ledger.KeyDigests{Form: Person(row)}))
	}
	lock := Lock(b, l, "bench")
	b.ResetTimer()
	run, err := lock.Begin(b.Context(), ledger.RunInfo{Command: "import", Plan: p})
	check(b, err)
	defer func() { check(b, run.Close()) }()
	for first := 1; first <= b.N; first += batch {
		intents := intentsOf(first, min(first+batch-1, b.N))
		check(b, run.Intend(b.Context(), intents...))
		for _, intent := range intents {
			check(b, run.Record(b.Context(), ledger.Outcome{
				Row: intent.Row, Line: intent.Line, Digest: intent.Digest, State: rowstate.Created, UserID: "usr_0123456789", Sends: 1, Attempts: 1,
			}))
		}
	}
	check(b, run.Flush(b.Context()))
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

package file

import (
	"fmt"
	"sync"
	"testing"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/ledger/ledgertest"
	"github.com/bring-aboard/usher/internal/rowstate"
)

// BenchmarkIntendAndRecord is the path of an import: workers that each intend
// a row and record its outcome.
func BenchmarkIntendAndRecord(b *testing.B) {
	for _, workers := range []int{1, 8, 32, 64} {
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) {
			l := openTest(b, b.TempDir())
			run := beginTest(b, l, lockTest(b, l, "bench"))
			rows := make(chan int)
			var group sync.WaitGroup
			for range workers {
				group.Go(func() {
					for row := range rows {
						if err := run.Intend(b.Context(), ledger.Intent{Row: row, Line: row + 1, Digest: ledgertest.Person(row)}); err != nil {
							b.Error(err)
						}
						outcome := ledger.Outcome{Row: row, Line: row + 1, Digest: ledgertest.Person(row), State: rowstate.Created, UserID: "usr_0123456789"}
						if err := run.Record(b.Context(), outcome); err != nil {
							b.Error(err)
						}
					}
				})
			}
			b.ResetTimer()
			for n := range b.N {
				rows <- n + 1
			}
			close(rows)
			group.Wait()
			if err := run.Flush(b.Context()); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

// BenchmarkPlan adds rows, looks for duplicates, resolves and reads them back.
func BenchmarkPlan(b *testing.B) {
	l := openTest(b, b.TempDir())
	for _, size := range []int{10_000, 1_000_000} {
		b.Run(fmt.Sprintf("rows=%d", size), func(b *testing.B) {
			for b.Loop() {
				plan(b, l, size)
			}
			b.ReportMetric(float64(b.N*size)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

func plan(b *testing.B, l *Ledger, size int) {
	p, err := l.newPlan(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = p.Close() }()
	for row := 1; row <= size; row++ {
		if err := p.Add(b.Context(), ledger.RosterRow{Row: row, Line: row + 1}, ledger.KeyDigests{Form: ledgertest.Person(row)}); err != nil {
			b.Fatal(err)
		}
	}
	if duplicates := ledgertest.All(b, p.Duplicates(b.Context())); len(duplicates) > 0 {
		b.Fatal(duplicates)
	}
	if counts, err := p.Resolve(b.Context(), ledgertest.FirstListed); err != nil || counts.New != size {
		b.Fatal(counts, err)
	}
	read := 0
	for _, err := range p.Rows(b.Context(), ledgertest.Known()) {
		if err != nil {
			b.Fatal(err)
		}
		read++
	}
	if read != 0 {
		b.Fatal(read)
	}
}

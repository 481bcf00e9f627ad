package shared_test

import (
	"testing"
	"time"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/ledger/file"
	"github.com/bring-aboard/usher/internal/ledger/ledgertest"
	"github.com/bring-aboard/usher/internal/pgtest"
)

// BenchmarkImport compares the shared ledger with the one in a file, in the same process. With a delay it is that of each round
// trip to the database.
func BenchmarkImport(b *testing.B) {
	b.Run("file", func(b *testing.B) {
		ledgertest.Benchmark(b, func(t testing.TB) func() ledger.Store {
			dir := t.TempDir()
			return func() ledger.Store {
				l, err := file.Open(t.Context(), dir)
				if err != nil {
					t.Fatal(err)
				}
				return l
			}
		})
	})
	for _, delay := range []time.Duration{0, 2 * time.Millisecond, 20 * time.Millisecond} {
		b.Run("shared/"+delay.String(), func(b *testing.B) {
			ledgertest.Benchmark(b, func(t testing.TB) func() ledger.Store {
				proxy := pgtest.NewProxy(t, pgtest.Start(t).Database(t))
				proxy.Delay(delay)
				dir := t.TempDir()
				return func() ledger.Store { return open(t, proxy.URL(), dir) }
			})
		})
	}
}

package intake

import (
	"fmt"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/ledger"
)

// BenchmarkRead reads and validates rows, compares them with an empty ledger, and
// reads those back that would be sent.
func BenchmarkRead(b *testing.B) {
	const rows = 100_000
	var csv strings.Builder
	csv.WriteString(header)
	for n := range rows {
		fmt.Fprintf(&csv, "person%d@example.com,Person %d of the village\n", n, n)
	}
	for b.Loop() {
		s := newStage(b, acme(), csv.String())
		s.read()
		sent := 0
		for _, err := range s.valid(b.Context(), ledger.New) {
			check(b, err)
			sent++
		}
		if sent != rows {
			b.Fatal(sent)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/1000/float64(b.N*rows), "µs/row")
}

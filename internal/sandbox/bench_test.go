package sandbox

import (
	"fmt"
	"net/http"
	"path/filepath"
	"sync/atomic"
	"testing"
)

// BenchmarkCreate measures creates over HTTP from parallel clients.
func BenchmarkCreate(b *testing.B) {
	stores := map[string]func() *Store{
		"memory": func() *Store { return memoryStore(b) },
		"file":   func() *Store { return fileStore(b, filepath.Join(b.TempDir(), "s.db")) },
	}
	for name, open := range stores {
		for _, provider := range Providers() {
			b.Run(name+"/"+provider, func(b *testing.B) {
				w := benchOn(b, open(), Options{})
				var next atomic.Int64
				b.SetParallelism(8)
				b.ResetTimer()
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						i := next.Add(1)
						c := map[string]func() call{
							"sulu":      func() call { return w.suluCreate(suluBody(fmt.Sprintf("u%d@example.com", i))) },
							"ejento":    func() call { return w.ejentoCreate(ejentoBody(fmt.Sprintf("u%d@example.com", i))) },
							"scim":      func() call { return w.scimCreate(scimBodyOf(fmt.Sprintf("u%d", i))) },
							"evolution": func() call { return w.evolutionCreate(evolutionBody(fmt.Sprintf("u%d", i))) },
						}[provider]()
						if got := w.send(c); got.status != http.StatusCreated {
							b.Errorf("status %d: %s", got.status, got.body)
							return
						}
					}
				})
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "creates/s")
			})
		}
	}
}

// BenchmarkStore measures creates without HTTP.
func BenchmarkStore(b *testing.B) {
	store := fileStore(b, filepath.Join(b.TempDir(), "s.db"))
	for i := 0; b.Loop(); i++ {
		if err := store.create(b.Context(), plainDraft("sulu", fmt.Sprintf("u%d@example.com", i))); err != nil {
			b.Fatal(err)
		}
	}
}

package providers_test

import (
	"bufio"
	"fmt"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/providers"
	"github.com/bring-aboard/usher/pkg/provider"
)

const (
	manyUsers = 100_000
	// userSize is the length in bytes of a listed user: all of them together take
	// far more than the memory that a list may.
	userSize = 1 << 10
	// listMemory is the live heap that a list of any length may take.
	listMemory = 64 << 20
)

// TestListsDoNotGrow reads a long list from a server that holds none of it. What
// is live is measured in the middle of the loop, after a collection.
func TestListsDoNotGrow(t *testing.T) {
	servers := map[string]http.HandlerFunc{"sulu": streamSulu, "evolution": streamEvolution}
	tried := 0
	for _, adapter := range providers.All() {
		if _, ok := adapter.Endpoint(provider.CapabilityList); !ok {
			continue
		}
		serve, ok := servers[adapter.Name]
		if !ok {
			t.Logf("no server streams the users of %s", adapter.Name)
			continue
		}
		tried++
		t.Run(adapter.Name, func(t *testing.T) {
			client := connect(t, adapter.Name, serve)
			users, most := 0, uint64(0)
			for user, err := range client.(provider.Lister).List(t.Context(), nil) {
				if provider.IsIncomplete(err) && adapter.Name == "sulu" {
					continue // a round number, and no total
				}
				if err != nil {
					t.Fatal(err)
				}
				if len(user.Attributes) < userSize {
					t.Fatalf("a user of %d bytes", len(user.Attributes))
				}
				if users++; users%(manyUsers/10) == 0 {
					most = max(most, liveHeap())
				}
			}
			if users != manyUsers {
				t.Errorf("listed %d users, want %d", users, manyUsers)
			}
			if most > listMemory {
				t.Errorf("%d MiB were live, want at most %d", most>>20, listMemory>>20)
			}
		})
	}
	if tried < len(servers) {
		t.Errorf("tried %d lists of %d", tried, len(servers))
	}
}

// liveHeap returns the bytes of the heap that are in use.
func liveHeap() uint64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

// streamSulu answers with all users at once, as they are made.
func streamSulu(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	out := bufio.NewWriter(w)
	fmt.Fprint(out, `{"users":[`)
	writeUsers(out, `{"id":"usr_%d","email":"p%d@example.com","phone":%q}`, 0, manyUsers)
	fmt.Fprint(out, `]}`)
	_ = out.Flush() // a client that has gone away fails the test itself
}

// streamEvolution answers with one page.
func streamEvolution(w http.ResponseWriter, r *http.Request) {
	limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
	offset, _ := strconv.Atoi(r.URL.Query().Get("offset"))
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Total-Count", strconv.Itoa(manyUsers))
	out := bufio.NewWriter(w)
	fmt.Fprint(out, `[`)
	writeUsers(out, `{"id":"u%d","identityName":"p%d","displayName":%q}`, offset, min(offset+limit, manyUsers))
	fmt.Fprint(out, `]`)
	_ = out.Flush() // a client that has gone away fails the test itself
}

// writeUsers writes the users of a range of numbers, with commas between them.
func writeUsers(out *bufio.Writer, format string, from, to int) {
	filler := strings.Repeat("x", userSize)
	for n := from; n < to; n++ {
		if n > from {
			_ = out.WriteByte(',') // Flush gives the error
		}
		fmt.Fprintf(out, format, n, n, filler)
	}
}

//go:build unix

package reliability

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"path"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bring-aboard/usher/internal/sandbox"
)

// TestKillGroups imports people with three groups each although responses are lost and the program is killed: everybody was
// created once and is a member of each group once, whoever was a member stays one, and a second import sends nothing.
func TestKillGroups(t *testing.T) {
	t.Parallel()
	people, kills, program := 60, 6, "" // whose waits are short
	if os.Getenv(longForm) != "" {
		var err error
		people, kills = 1000, 40
		program, err = realProgram()
		check(t, err)
	}
	s := newStage(t, dialectOf("scim"), sandbox.Options{Seed: 13, Latency: 5 * time.Millisecond, Faults: sandbox.Faults{sandbox.FaultLostReply: 0.05}})
	s.program = program
	write := func(name, groups string, from, to int) string {
		text := "userName,groups\n"
		for n := from; n <= to; n++ {
			text += person(n) + "," + groups + "\n"
		}
		check(t, os.WriteFile(s.path(name), []byte(text), 0o600))
		return s.path(name)
	}
	stranger := write("stranger.csv", "Support", people+1, people+1)
	if made := s.run("users", "import", stranger, "--yes", "--max-failures", "0"); made.status != 0 {
		t.Fatalf("%s", made)
	}
	args := []string{"users", "import", write("people.csv", "Engineering;Sales;Support", 1, people), "--max-failures", "0", "--yes", "--concurrency", "4", "-o", "json"}

	var sent, left atomic.Int64 // changes, and those before the next kill
	var victim atomic.Pointer[os.Process]
	s.witness.onRequest(func(method string) {
		if method == http.MethodGet {
			return
		}
		sent.Add(1)
		if left.Add(-1) == 0 {
			_ = victim.Load().Kill()
		}
	})
	random, killed := rand.New(rand.NewPCG(5, 17)), 0
	for n := range kills {
		run := args
		if n%2 == 1 {
			run = []string{"runs", "resume", "last", "--yes"}
		}
		cmd := s.command(t.Context(), run...)
		left.Store(0)
		check(t, cmd.Start())
		victim.Store(cmd.Process)
		left.Store(1 + random.Int64N(int64(4*people/kills)))
		if _ = cmd.Wait(); !cmd.ProcessState.Exited() {
			killed++
		}
	}
	if killed < kills/2 {
		t.Fatalf("%d runs of %d were killed: this test tests little", killed, kills)
	}
	left.Store(0)
	if ended := s.run(args...); ended.status != 0 {
		t.Fatalf("%s", ended)
	}

	ids := s.made()
	if len(ids) != people+1 {
		t.Errorf("%d users are there, want %d", len(ids), people+1)
	}
	missing, more := 0, 0
	for n, group := range exampleGroups() {
		want := map[string]int{}
		for key, id := range ids {
			if key != person(people+1) || n == 2 {
				want[id] = 1
			}
		}
		got := s.members(group)
		for id := range want {
			missing += max(0, 1-got[id])
		}
		for id, times := range got {
			more += times - want[id]
		}
	}
	if missing > 0 || more > 0 {
		t.Errorf("%d memberships are missing and %d are too many", missing, more)
	}
	t.Logf("%d people, 3 groups each, %d kills: %d memberships missing, %d too many", people, killed, missing, more)

	sent.Store(0)
	var doc struct {
		Counts      map[string]int
		Memberships struct{ Counts map[string]int }
	}
	again := s.run(args...)
	check(t, json.Unmarshal([]byte(again.stdout), &doc))
	users, memberships := map[string]int{"rows": people, "existing": people}, map[string]int{"rows": 3 * people, "unchanged": 3 * people}
	if again.status != 0 || !maps.Equal(nonZero(doc.Counts), users) || !maps.Equal(nonZero(doc.Memberships.Counts), memberships) || sent.Load() != 0 {
		t.Errorf("a second import sends %d changes: %v\n%s", sent.Load(), doc, again)
	}
}

// TestLostMembershipIsResumedAlone holds that a run whose second membership has an unknown outcome is resumed with that
// membership alone.
func TestLostMembershipIsResumedAlone(t *testing.T) {
	t.Parallel()
	s := newStage(t, dialectOf("scim"), sandbox.Options{})
	if made := s.run("users", "import", s.roster(1), "--yes"); made.status != 0 {
		t.Fatalf("%s", made)
	}
	roster := s.path("groups.csv")
	check(t, os.WriteFile(roster, fmt.Appendf(nil, "userName,groups\n%s,Engineering;Sales;Support\n", person(1)), 0o600))
	var mu sync.Mutex
	var sent []string
	drops := true
	next := s.witness.server()
	isDropped := func(request *http.Request) bool {
		mu.Lock()
		defer mu.Unlock()
		if request.Method == http.MethodPatch {
			sent = append(sent, path.Base(request.URL.Path))
		}
		return drops && len(sent) > 1
	}
	s.witness.leadTo(http.HandlerFunc(func(answer http.ResponseWriter, request *http.Request) {
		if isDropped(request) {
			panic(http.ErrAbortHandler) // from the second change on nothing has an effect, and nothing can be read
		}
		next.ServeHTTP(answer, request)
	}))
	r := s.run("users", "groups", "add", "--roster", roster, "--yes", "--concurrency", "1", "--max-failures", "1", "-o", "json")
	if r.status != 5 {
		t.Fatalf("%s", r)
	}
	mu.Lock()
	sent, drops = nil, false
	mu.Unlock()
	r = s.run("runs", "resume", "last", "--yes", "-o", "json")
	if want := exampleGroups()[1:]; r.status != 0 || !slices.Equal(slices.Sorted(slices.Values(sent)), want) {
		t.Errorf("sent %q, want %q\n%s", sent, want, r)
	}
}

//go:build unix

package reliability

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bring-aboard/usher/internal/sandbox"
)

// syncRun is the size of a sync test.
type syncRun struct {
	// people are in the old roster. Of them leavers are not in the new one and changed differ; fresh are only in the new
	// one.
	people, leavers, changed, fresh, strangers, kills int
}

// syncSize returns the size of the test, in its short or long form.
func syncSize() syncRun {
	if os.Getenv(longForm) != "" {
		return syncRun{people: 930, leavers: 30, changed: 100, fresh: 100, strangers: 53, kills: 20}
	}
	return syncRun{people: 93, leavers: 3, changed: 10, fresh: 10, strangers: 5, kills: 4}
}

// syncFields returns the key, the field that the rosters change, and the one of the scope.
func syncFields(name string) (key, changes, scope string) {
	if name == "ory" {
		return "traits.email", "traits.name.first", "traits.name.last"
	}
	return "userName", "title", "nickName"
}

// TestKillSync makes a provider match a roster although responses are lost and the program is killed: whoever is new was
// created once, whoever differs is as the roster says, whoever left is gone, and nobody outside the scope is touched.
func TestKillSync(t *testing.T) {
	program, err := realProgram()
	check(t, err)
	for _, d := range removals(t) {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			size := syncSize()
			s := newStage(t, d, sandbox.Options{Seed: 11, Latency: 5 * time.Millisecond, Faults: sandbox.Faults{sandbox.FaultLostReply: 0.05}})
			s.program = program
			key, changes, scope := syncFields(d.name)
			write := func(file string, from, to int, value func(int) string, group string) string {
				text := key + "," + changes + "," + scope + "\n"
				for n := from; n <= to; n++ {
					text += fmt.Sprintf("%s,%s,%s\n", person(n), value(n), group)
				}
				check(t, os.WriteFile(s.path(file), []byte(text), 0o600))
				return s.path(file)
			}
			old := func(int) string { return "old" }
			last := size.people + size.fresh
			for _, roster := range []string{
				write("old.csv", 1, size.people, old, "hr"),
				write("strangers.csv", last+1, last+size.strangers, old, "others"),
			} {
				if made := s.run("users", "import", roster, "--yes", "--max-failures", "0"); made.status != 0 {
					t.Fatalf("%s", made)
				}
			}
			before := s.made()
			fresh := write("new.csv", size.leavers+1, last, func(n int) string {
				if n <= size.leavers+size.changed {
					return "new " + strconv.Itoa(n)
				}
				return "old"
			}, "hr")
			args := []string{"users", "sync", fresh, "--leavers", "delete", "--scope", scope + "=hr", "--max-failures", "0", "--yes", "--concurrency", "4", "-o", "json"}

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
			random, killed := rand.New(rand.NewPCG(5, uint64(len(d.name)))), 0
			for range size.kills {
				cmd := s.command(t.Context(), args...)
				left.Store(0)
				check(t, cmd.Start())
				victim.Store(cmd.Process)
				left.Store(1 + random.Int64N(int64((size.changed+size.fresh+size.leavers)/size.kills)))
				if _ = cmd.Wait(); !cmd.ProcessState.Exited() {
					killed++
				}
			}
			if killed == 0 {
				t.Fatal("every sync ended before it was killed: this test tests nothing")
			}
			left.Store(0)
			if ended := s.run(args...); ended.status != 0 {
				t.Fatalf("%s", ended)
			}

			after := s.made()
			for n := 1; n <= last+size.strangers; n++ {
				id, exists := after[person(n)]
				switch {
				case n <= size.leavers && exists:
					t.Errorf("%s has left, and is there", person(n))
				case n > size.leavers && !exists:
					t.Errorf("%s is not there", person(n))
				case n > size.leavers && n <= size.people && id != before[person(n)], n > last && id != before[person(n)]:
					t.Errorf("%s is another account", person(n))
				}
			}
			sent.Store(0)
			var doc struct{ Counts map[string]int }
			again := s.run(args...)
			check(t, json.Unmarshal([]byte(again.stdout), &doc))
			if want := map[string]int{"rows": last - size.leavers, "unchanged": last - size.leavers}; again.status != 0 || !maps.Equal(nonZero(doc.Counts), want) {
				t.Errorf("a second sync: %v\n%s", doc.Counts, again)
			}
			if sent.Load() != 0 {
				t.Errorf("a second sync sends %d changes", sent.Load())
			}
			if people := slices.Collect(maps.Keys(after)); len(people) != last-size.leavers+size.strangers {
				t.Errorf("%d users are there: %s", len(people), strings.Join(people, " "))
			}
		})
	}
}

// nonZero returns the counts that are not 0.
func nonZero(counts map[string]int) map[string]int {
	counts = maps.Clone(counts)
	maps.DeleteFunc(counts, func(_ string, n int) bool { return n == 0 })
	return counts
}

package reliability

import (
	"encoding/json"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bring-aboard/usher/internal/sandbox"
)

// removals lists the dialects that document a delete.
func removals(t *testing.T) []dialect {
	var removals []dialect
	for _, d := range dialects() {
		if d.name == "ory" || d.name == "scim" {
			removals = append(removals, d)
		}
	}
	if len(removals) != 2 {
		t.Fatalf("found %d dialects that document a delete", len(removals))
	}
	return removals
}

// removalCounts are those of usher.delete/v1 and usher.undo/v1.
type removalCounts struct {
	Rows, Deleted, Absent, Failed, Unknown int
	NotTried                               int `json:"not_tried"`
}

// remove runs a removal, whose counts must add up.
func (r *revision) remove(schema string, args ...string) (removalCounts, result) {
	r.t.Helper()
	ended := r.run(append(args, "--yes", "--concurrency", "8", "--max-failures", "0", "-o", "json")...)
	var doc struct {
		Schema string
		Counts removalCounts
	}
	if err := json.Unmarshal([]byte(ended.stdout), &doc); err != nil || doc.Schema != schema {
		r.t.Fatalf("%v\n%s", err, ended)
	}
	c := doc.Counts
	if sum := c.Deleted + c.Absent + c.Failed + c.Unknown + c.NotTried; sum != c.Rows {
		r.t.Errorf("%+v add up to %d", c, sum)
	}
	return c, ended
}

// comeAgain holds that everybody is gone, in the ledger as well: an import
// creates them again.
func (r *revision) comeAgain() {
	r.t.Helper()
	if users := r.made(); len(users) > 0 {
		r.t.Errorf("%d users are left", len(users))
	}
	made := r.run("users", "import", r.roster, "--yes", "--max-failures", "0", "--jq", ".counts.created")
	if users := r.made(); len(users) != r.people || made.status != 0 || made.stdout != strconv.Itoa(r.people)+"\n" {
		r.t.Fatalf("an import afterwards makes %d users of %d\n%s", len(users), r.people, made)
	}
}

// TestRemovalAccounting deletes people on a provider's bad day: all of them are
// gone, and the same command again finds nobody.
func TestRemovalAccounting(t *testing.T) {
	const people = 200
	for _, d := range removals(t) {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			r := newRevision(t, d, people, sandbox.Options{Seed: 7, Faults: sandbox.Faults{
				sandbox.FaultLostReply: 0.1, sandbox.Fault429: 0.05,
			}})
			counts, ended := r.remove("usher.delete/v1", "users", "delete", "--roster", r.roster, "--results", r.path("results.csv"))
			if want := (removalCounts{Rows: people, Deleted: people}); counts != want || ended.status != 0 {
				t.Fatalf("got %+v, want %+v\n%s", counts, want, ended)
			}
			if got := r.statuses(); got["deleted"] != people {
				t.Errorf("the results have %v", got)
			}
			counts, ended = r.remove("usher.delete/v1", "users", "delete", "--roster", r.roster)
			if want := (removalCounts{Rows: people, Absent: people}); counts != want || ended.status != 0 {
				t.Errorf("the same again gives %+v, want %+v\n%s", counts, want, ended)
			}
			r.comeAgain()
			counts, ended = r.remove("usher.undo/v1", "runs", "undo", "last")
			if want := (removalCounts{Rows: people, Deleted: people}); counts != want || ended.status != 0 {
				t.Errorf("to undo the import gives %+v, want %+v\n%s", counts, want, ended)
			}
			r.comeAgain()
		})
	}
}

// TestKillRemoval kills deletes and undos at random moments. The next one ends
// what they left, and nobody who is gone is remembered as existing.
func TestKillRemoval(t *testing.T) {
	const people = 150
	program, err := realProgram()
	check(t, err)
	for _, d := range removals(t) {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			r := newRevision(t, d, people, sandbox.Options{Latency: 10 * time.Millisecond})
			r.program = program
			random := rand.New(rand.NewPCG(uint64(len(d.name)), 4))
			counts, ended := r.remove("usher.delete/v1", "users", "delete", "--roster", r.roster) // they were made at another address
			if counts.Deleted != people {
				t.Fatalf("%s", ended)
			}
			r.comeAgain()
			for _, undoing := range []bool{false, true} {
				removal := []string{"usher.delete/v1", "users", "delete", "--roster", r.roster}
				if undoing {
					imported := r.run("runs", "list", "--limit", "1", "-o", "id")
					removal = []string{"usher.undo/v1", "runs", "undo", strings.TrimSpace(imported.stdout)}
				}
				killed := 0
				for range 4 {
					cmd := r.command(t.Context(), append(removal[1:], "--yes", "--concurrency", "2")...)
					check(t, cmd.Start())
					time.Sleep(50*time.Millisecond + time.Duration(random.Int64N(int64(500*time.Millisecond))))
					_ = cmd.Process.Kill() // it may have ended
					_ = cmd.Wait()
					if !cmd.ProcessState.Exited() {
						killed++
					}
				}
				if killed == 0 {
					t.Fatal("every removal ended before it was killed: this test tests nothing")
				}
				if counts, ended := r.remove(removal[0], removal[1:]...); counts.Deleted+counts.Absent != counts.Rows || ended.status != 0 {
					t.Fatalf("%s", ended)
				}
				r.comeAgain()
			}
		})
	}
}

package reliability

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bring-aboard/usher/internal/sandbox"
)

// updates lists the dialects that document an update, with a roster that
// changes two of three people.
func updates() []dialect {
	var updates []dialect
	for _, d := range dialects() {
		switch d.name {
		case "sulu":
			d = d.with([]string{"email", "firstName", "address.line1"}, func(n int) []string {
				if n%3 == 0 {
					return []string{person(n), "", ""}
				}
				return []string{person(n), fmt.Sprintf("New %d", n), fmt.Sprintf("Street %d", n)}
			})
		case "evolution":
			made := d.row // identityName, displayName, ...
			d = d.with([]string{"identityName", "displayName"}, func(n int) []string {
				if n%3 == 0 {
					return made(n)[:2]
				}
				return []string{person(n), fmt.Sprintf("New %d", n)}
			})
		default:
			continue
		}
		updates = append(updates, d)
	}
	return updates
}

// revision is a stage whose people are made, and a roster that changes them.
type revision struct {
	*stage
	people  int
	roster  string
	patches atomic.Int64 // changes that were sent
}

func newRevision(t *testing.T, d dialect, people int, options sandbox.Options) *revision {
	t.Helper()
	r := &revision{stage: newStage(t, d, options), people: people}
	r.makeAll()
	r.roster = r.stage.roster(people)
	r.witness.onRequest(func(method string) {
		if method == http.MethodPatch {
			r.patches.Add(1)
		}
	})
	return r
}

// makeAll makes the people through a server without faults, on the same store.
func (r *revision) makeAll() {
	r.t.Helper()
	calm, err := sandbox.New(r.store, sandbox.Options{})
	check(r.t, err)
	front := httptest.NewServer(calm)
	defer front.Close()
	plain := *r.stage
	plain.dialect = dialectOf(r.name)
	plain.env = append(slices.Clone(r.env), "USHER_BASE_URL="+sandbox.BaseURL(front.URL, r.name))
	if made := plain.run("users", "import", plain.roster(r.people), "--yes", "--no-check"); made.status != 0 {
		r.t.Fatalf("%s", made)
	}
}

// updateCounts are those of usher.update/v1.
type updateCounts struct {
	Rows, Updated, Unchanged, Failed, Unknown int
	NotTried                                  int `json:"not_tried"`
}

// update runs an update, whose counts must add up and be those of the results.
func (r *revision) update(roster, before string) (updateCounts, result) {
	r.t.Helper()
	results := r.path("results.csv")
	ended := r.run("users", "update", "--roster", roster, "--yes", "--concurrency", "16", "--max-failures", "0", "--before", before, "--results", results, "-o", "json")
	var doc struct {
		Schema string
		Counts updateCounts
	}
	if err := json.Unmarshal([]byte(ended.stdout), &doc); err != nil || doc.Schema != "usher.update/v1" {
		r.t.Fatalf("%v\n%s", err, ended)
	}
	c := doc.Counts
	if sum := c.Updated + c.Unchanged + c.Failed + c.Unknown + c.NotTried; sum != c.Rows {
		r.t.Errorf("%+v add up to %d", c, sum)
	}
	return c, ended
}

// statuses counts the lines of the results.
func (r *revision) statuses() map[string]int {
	r.t.Helper()
	counts := map[string]int{}
	for _, row := range r.results(r.path("results.csv"), r.people) {
		counts[row.status]++
	}
	return counts
}

// documents returns the users as the provider holds them, by person: without the
// time of the last change, and without what is empty.
func (r *revision) documents() map[string]string {
	r.t.Helper()
	documents := map[string]string{}
	for user, err := range r.store.Users(r.t.Context(), r.name) {
		check(r.t, err)
		var members map[string]any
		check(r.t, json.Unmarshal(user.Document, &members))
		delete(members, "updatedAt")
		text, err := json.Marshal(withoutEmpty(members))
		check(r.t, err)
		documents[user.Key] = string(text)
	}
	return documents
}

func withoutEmpty(members map[string]any) map[string]any {
	for name, value := range members {
		if inner, ok := value.(map[string]any); ok {
			value = withoutEmpty(inner)
			if len(inner) == 0 {
				value = ""
			}
		}
		if value == "" {
			delete(members, name)
		}
	}
	return members
}

// TestUpdateAccounting changes people on a provider's bad day: all of them are
// changed, the same update again changes nobody, and the before-images take all
// of it back.
func TestUpdateAccounting(t *testing.T) {
	const people = 300
	for _, d := range updates() {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			r := newRevision(t, d, people, sandbox.Options{Seed: 5, Faults: sandbox.Faults{
				sandbox.FaultLostReply: 0.05, sandbox.Fault500: 0.05, sandbox.Fault429: 0.05,
			}})
			original := r.documents()
			counts, ended := r.update(r.roster, r.path("before.csv"))
			if want := (updateCounts{Rows: people, Updated: 200, Unchanged: 100}); counts != want || ended.status != 0 {
				t.Fatalf("got %+v, want %+v\n%s", counts, want, ended)
			}
			if got := r.statuses(); got["updated"] != 200 || got["unchanged"] != 100 {
				t.Errorf("the results have %v", got)
			}
			if patches := r.patches.Load(); patches < 205 {
				t.Fatalf("only %d changes were sent: this test tests nothing", patches)
			}
			changed, before := r.documents(), r.patches.Load()
			for n := 1; n <= people; n++ {
				if (changed[person(n)] != original[person(n)]) != (n%3 != 0) {
					t.Errorf("%s was %s and is %s", person(n), original[person(n)], changed[person(n)])
				}
			}
			if counts, ended := r.update(r.roster, r.path("again.csv")); counts.Unchanged != people || ended.status != 0 || r.patches.Load() != before {
				t.Errorf("the same update again gives %+v\n%s", counts, ended)
			}
			if _, err := os.Stat(r.path("again.csv")); err == nil {
				t.Error("an update that changed nobody left before-images")
			}
			if counts, ended := r.update(r.path("before.csv"), r.path("back.csv")); counts.Updated != 200 || counts.Rows != 200 || ended.status != 0 {
				t.Errorf("the restore gives %+v\n%s", counts, ended)
			}
			if !maps.Equal(r.documents(), original) {
				t.Error("the restore is not exact")
			}
		})
	}
}

// TestKillUpdate kills updates at random moments. The next one ends what they
// left, and their before-images take all of it back, the newest first.
func TestKillUpdate(t *testing.T) {
	const people = 150
	program, err := realProgram()
	check(t, err)
	for _, d := range updates() {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			r := newRevision(t, d, people, sandbox.Options{Latency: 10 * time.Millisecond})
			r.program = program
			original := r.documents()
			random := rand.New(rand.NewPCG(uint64(len(d.name)), 3))
			killed := 0
			var befores []string
			for n := range 5 {
				before := r.path(fmt.Sprintf("before-%d.csv", n))
				cmd := r.command(t.Context(), "users", "update", "--roster", r.roster, "--yes", "--concurrency", "2", "--before", before)
				check(t, cmd.Start())
				time.Sleep(50*time.Millisecond + time.Duration(random.Int64N(int64(400*time.Millisecond))))
				_ = cmd.Process.Kill() // it may have ended
				_ = cmd.Wait()
				if !cmd.ProcessState.Exited() {
					killed++
				}
				befores = append(befores, before)
			}
			if killed == 0 {
				t.Fatal("every update ended before it was killed: this test tests nothing")
			}
			last := r.path("before-last.csv")
			if counts, ended := r.update(r.roster, last); counts.Updated+counts.Unchanged != people || ended.status != 0 {
				t.Fatalf("%s", ended)
			}
			for _, before := range slices.Backward(append(befores, last)) {
				text, err := os.ReadFile(before)
				if err != nil || strings.Count(string(text), "\n") < 2 {
					continue // it was killed before it sent anything
				}
				if _, ended := r.update(before, before+filepath.Ext(before)); ended.status != 0 {
					t.Fatalf("%s: %s", before, ended)
				}
			}
			if !maps.Equal(r.documents(), original) {
				t.Error("the before-images do not take back all that the killed updates did")
			}
		})
	}
}

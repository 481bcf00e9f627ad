//go:build unix

package reliability

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/ledger/file"
	"github.com/bring-aboard/usher/internal/sandbox"
)

// runCounts is what `usher runs` says of the rows of a run.
type runCounts struct {
	Rows       int `json:"rows"`
	Created    int `json:"created"`
	Existing   int `json:"existing"`
	Failed     int `json:"failed"`
	Unknown    int `json:"unknown"`
	NotTried   int `json:"not_tried"`
	InProgress int `json:"in_progress"`
}

// counts reads the counts of the newest run, which list and show must agree on,
// and which must add up to so many rows.
func (s *stage) counts(people int) runCounts {
	s.t.Helper()
	list := s.run("runs", "list", "-o", "json", "--jq", ".[0].counts")
	show := s.run("runs", "show", "last", "-o", "json", "--jq", ".counts")
	var c, other runCounts
	if err := json.Unmarshal([]byte(show.stdout), &c); err != nil {
		s.t.Fatalf("%v\n%s", err, show)
	}
	if err := json.Unmarshal([]byte(list.stdout), &other); err != nil || c != other {
		s.t.Fatalf("list and show differ (%v)\n%s\n%s", err, list, show)
	}
	if c.Rows != people || c.Created+c.Existing+c.Failed+c.Unknown+c.NotTried+c.InProgress != people {
		s.t.Errorf("the counts of %d rows are %+v", people, c)
	}
	return c
}

// rowsIn counts the rows of the newest run that a state finds.
func (s *stage) rowsIn(state string) int {
	s.t.Helper()
	r := s.run("runs", "rows", "last", "--state", state, "-o", "csv")
	if r.status != 0 || strings.Contains(r.stdout, ",sent,") {
		s.t.Fatalf("%s", r)
	}
	return max(0, strings.Count(r.stdout, "\n")-1)
}

// TestCountsOfAKilledRun holds that the counts of a run add up to the rows that
// were read while it lives and after it was killed, and that what the counts
// call unknown is what the rows call so.
func TestCountsOfAKilledRun(t *testing.T) {
	for _, name := range []string{"sulu", "ejento"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const people = 300
			s := newStage(t, dialectOf(name), sandbox.Options{})
			cmd, _, goOn := s.begin(isCreate, "users", "import", s.roster(people), "--yes", "--concurrency", "4")
			defer goOn()
			live := s.counts(people)
			if live.InProgress == 0 || live.Unknown != 0 || s.rowsIn("in_progress") < live.InProgress || s.rowsIn("unknown") != 0 {
				t.Errorf("while it lives: %+v", live)
			}
			check(t, cmd.Process.Kill())
			_ = cmd.Wait()
			killed := s.counts(people)
			if killed.Unknown == 0 || killed.InProgress != 0 || s.rowsIn("unknown") != killed.Unknown || s.rowsIn("in_progress") != 0 {
				t.Errorf("after it was killed: %+v, %d rows are unknown", killed, s.rowsIn("unknown"))
			}
		})
	}
}

// TestInterruptLeavesNoUnknown holds that intents which were written ahead are no
// doubts where the run has ended in order.
func TestInterruptLeavesNoUnknown(t *testing.T) {
	t.Parallel()
	const people = 300
	s := newStage(t, dialectOf("sulu"), sandbox.Options{})
	cmd, stderr, goOn := s.begin(isCreate, "users", "import", s.roster(people), "--yes", "--concurrency", "4")
	check(t, cmd.Process.Signal(os.Interrupt))
	stderr.sees(t, stopping)
	goOn()
	_ = cmd.Wait()
	if c := s.counts(people); c.Unknown != 0 || c.Created == 0 || c.NotTried == 0 || s.rowsIn("unknown") != 0 {
		t.Errorf("%+v", c)
	}
}

// TestLedgerIsLostInMidRun holds that a run stops when its ledger or its lock is
// removed or moved, and reports truthfully what it has sent.
func TestLedgerIsLostInMidRun(t *testing.T) {
	for name, lose := range map[string]func(state string) error{
		"rm -rf state": os.RemoveAll,
		"mv state":     func(state string) error { return os.Rename(state, state+".moved") },
		"mv ledger.db": func(state string) error {
			return os.Rename(filepath.Join(state, file.FileName), filepath.Join(state, "moved.db"))
		},
		"rm -rf locks": func(state string) error { return os.RemoveAll(filepath.Join(state, "locks")) },
	} {
		for _, provider := range []string{"ejento", "sulu"} {
			t.Run(name+" "+provider, func(t *testing.T) {
				t.Parallel()
				const people = 2000
				s := newStage(t, dialectOf(provider), sandbox.Options{})
				cmd, stderr, goOn := s.begin(isCreate, "users", "import", s.roster(people), "--yes", "--concurrency", "2", "--results", s.path("results.csv"))
				check(t, lose(s.state()))
				goOn()
				_ = cmd.Wait()
				users := s.made()
				if status := cmd.ProcessState.ExitCode(); status != 1 || len(users) == 0 || len(users) > people/2 {
					t.Fatalf("status %d with %d users\n%s", status, len(users), stderr)
				}
				for n, row := range s.results(s.path("results.csv"), people) {
					if _, exists := users[person(n)]; exists != (row.status == "created") || !exists && row.status != "not_tried" {
						t.Errorf("%s is %s; created %v", person(n), row.status, exists)
					}
				}
			})
		}
	}
}

// TestSecondImportWithoutLocks holds that the removal of the locks lets no second
// import run beside the first.
func TestSecondImportWithoutLocks(t *testing.T) {
	t.Parallel()
	s := newStage(t, dialectOf("ejento"), sandbox.Options{})
	args := []string{"users", "import", s.roster(20), "--yes"}
	first, _, goOn := s.begin(isCreate, args...)
	check(t, os.RemoveAll(filepath.Join(s.state(), "locks")))
	second := s.run(args...)
	goOn()
	_ = first.Wait()
	if want := fmt.Sprintf("(process %d, run ", first.Process.Pid); second.status != 2 || !strings.Contains(second.stderr, want) {
		t.Errorf("want %q\n%s", want, second)
	}
	if r := s.run(args...); r.status != 0 {
		t.Errorf("%s", r)
	}
	s.complete(20, 1, 0)
}

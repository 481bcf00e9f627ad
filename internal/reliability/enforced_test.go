package reliability

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/sandbox"
)

// TestEnforcedUniqueness imports 1,000 users into a server whose own schemas say
// that it refuses a second user with the same name, and loses one response in
// twenty. One run ends with everybody created. Under USHER_LONG the program waits
// as long as it does for administrators, and the test shows how long that took.
func TestEnforcedUniqueness(t *testing.T) {
	const people = 1000
	for _, d := range dialects() {
		if d.name != "scim" {
			continue
		}
		s := newStrictStage(t, d, sandbox.Options{
			Faults: sandbox.Faults{sandbox.FaultLostReply: 0.025, sandbox.FaultReset: 0.025}, Seed: 7,
		})
		if os.Getenv(longForm) != "" {
			program, err := realProgram()
			check(t, err)
			s.program = program
			s.env = slices.DeleteFunc(s.env, func(variable string) bool { return strings.HasPrefix(variable, "USHER_SETTLE_AFTER=") })
		}
		began := time.Now()
		r := s.run("users", "import", s.roster(people), "--yes", "-o", "json")
		took := time.Since(began)
		var doc struct{ Counts counts }
		if err := json.Unmarshal([]byte(r.stdout), &doc); err != nil {
			t.Fatalf("%v\n%s", err, r)
		}
		if r.status != failure.StatusOK || doc.Counts.Created != people || doc.Counts.Unknown > 0 {
			t.Errorf("%+v\n%s", doc.Counts, r)
		}
		if struck := len(s.witness.inDoubt()); struck < people/40 {
			t.Errorf("only %d responses were lost: this test tests nothing", struck)
		} else {
			t.Logf("%d responses of %d users were lost; the run took %s and waited %d times", struck, people, took.Round(100*time.Millisecond), strings.Count(r.stderr, "Waiting "))
		}
		if users := s.made(); len(users) != people {
			t.Errorf("the provider has %d users, not %d", len(users), people)
		}
		return
	}
	t.Fatal("no dialect is called scim")
}

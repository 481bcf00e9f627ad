package reliability

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/sandbox"
)

// everyFault strikes creates in every way that leaves a client in the dark, and
// in some that do not.
func everyFault() sandbox.Faults {
	faults := sandbox.Faults{}
	for _, fault := range []sandbox.Fault{
		sandbox.FaultLostReply, sandbox.Fault500, sandbox.Fault500After, sandbox.FaultReset, sandbox.FaultResetAfter,
		sandbox.FaultTruncated, sandbox.Fault429, sandbox.FaultSlow,
	} {
		faults[fault] = 0.05
	}
	return faults
}

// TestAccounting imports a thousand people into each provider on its worst day.
func TestAccounting(t *testing.T) {
	const people = 1000
	for _, d := range dialects() {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, d, sandbox.Options{Faults: everyFault(), SlowFor: 20 * time.Millisecond, Seed: 7})
			s.part = badDay
			a := &audit{stage: s, people: people, roster: s.roster(people)}
			first := a.importAll()
			struck := len(s.witness.inDoubt())
			if d.finds {
				a.unknownOnlyIfSentOften()
			}
			if struck < people/20 {
				t.Fatalf("only %d people were struck: this test tests nothing", struck)
			}
			if !d.finds {
				a.settleUnknown(first)
			}
			for again := 0; a.last.Created+a.last.Existing < people || a.last.Unknown > 0; again++ {
				if again == 5 {
					t.Fatalf("not complete after %d imports: %+v", again, a.last)
				}
				if counts := a.importAll(); counts.Unknown > 0 {
					a.settleUnknown(counts)
				}
			}
			s.complete(people, struck, first.Unknown)
		})
	}
}

// counts are those of usher.import/v1.
type counts struct {
	Rows, Created, Existing, Failed, Unknown int
	NotTried                                 int `json:"not_tried"`
}

// audit compares what the program says with what the provider holds.
type audit struct {
	*stage
	people int
	roster string
	more   []string // arguments of the import
	denied bool     // the provider denies the credentials on the way
	last   counts
	before map[string]string // the users before the last import
	struck map[string]bool   // the people in doubt before it
}

// importAll runs the import and checks every word of its report.
func (a *audit) importAll() counts {
	a.t.Helper()
	a.before, a.struck = a.made(), a.witness.inDoubt()
	results := a.path("results.csv")
	args := []string{"users", "import", a.roster, "--yes", "--concurrency", "16", "--max-failures", "0", "--results", results, "-o", "json"}
	r := a.run(append(args, a.more...)...)
	var doc struct {
		Counts counts
	}
	if err := json.Unmarshal([]byte(r.stdout), &doc); err != nil {
		a.t.Fatalf("%v\n%s", err, r)
	}
	c := doc.Counts
	if sum := c.Created + c.Existing + c.Failed + c.Unknown + c.NotTried; c.Rows != a.people || sum != a.people {
		a.t.Errorf("%+v add up to %d, and there are %d rows", c, sum, a.people)
	}
	if want := a.statusFor(c); r.status != want {
		a.t.Errorf("status %d for %+v, want %d\n%s", r.status, c, want, r.stderr)
	}
	a.compare(c, a.results(results, a.people))
	a.last = c
	return c
}

// statusFor is the exit status that the counts deserve.
func (a *audit) statusFor(c counts) int {
	switch {
	case c.Unknown > 0:
		return failure.StatusUnknown
	case a.denied:
		return failure.StatusDenied
	case c.Failed+c.NotTried > 0:
		return failure.StatusPartial
	default:
		return failure.StatusOK
	}
}

// compare contains every line of the results against the provider.
func (a *audit) compare(c counts, lines map[int]line) {
	a.t.Helper()
	users, struck := a.made(), a.witness.inDoubt()
	seen := counts{}
	for n := 1; n <= a.people; n++ {
		key, row := person(n), lines[n]
		id, exists := users[key]
		_, existed := a.before[key]
		switch row.status {
		case "created":
			seen.Created++
			if !exists || row.id != id || existed && !a.struck[key] {
				a.t.Errorf("%s is created with id %q; the provider has %q (before: %v)", key, row.id, id, existed)
			}
		case "existing":
			seen.Existing++
			if !exists || row.id != id && row.id != "" {
				a.t.Errorf("%s exists with id %q; the provider has %q", key, row.id, id)
			}
		case "failed":
			seen.Failed++
			if exists {
				a.t.Errorf("%s failed, and the provider has %q", key, id)
			}
		case "unknown":
			seen.Unknown++
			if !struck[key] {
				a.t.Errorf("%s is unknown, and every create got its answer", key)
			}
		default:
			seen.NotTried++
		}
		if !a.finds && len(a.before) == 0 && !a.denied && struck[key] != (row.status == "unknown") {
			a.t.Errorf("%s is %s; without an answer: %v", key, row.status, struck[key])
		}
	}
	seen.Rows = a.people
	if seen != c {
		a.t.Errorf("the results have %+v, the summary %+v", seen, c)
	}
}

// settleUnknown does what an administrator does where the provider cannot be
// asked: look into its console, and say what is there.
func (a *audit) settleUnknown(c counts) {
	a.t.Helper()
	created, absent := a.settleAll()
	if created+absent != c.Unknown || !a.dialect.finds && (created == 0 || absent == 0) {
		a.t.Fatalf("%d created and %d absent of %d unknown rows", created, absent, c.Unknown)
	}
}

// mostSends is how often a row is sent at most, by the rules of evidence.
const mostSends = 3

// unknownOnlyIfSentOften fails unless every unknown row of the last results was
// sent as often as a row may be: where the provider can be asked, nothing else
// leaves a row unknown.
func (a *audit) unknownOnlyIfSentOften() {
	a.t.Helper()
	for n, row := range a.results(a.path("results.csv"), a.people) {
		if sent := a.witness.sentTo(person(n)); row.status == "unknown" && sent < mostSends {
			a.t.Errorf("%s is unknown after %d creates, and the provider could be asked", person(n), sent)
		}
	}
}

// settleAll settles the unknown rows of the last results by what is there.
func (a *audit) settleAll() (there, notThere int) {
	a.t.Helper()
	users := a.made()
	var created, absent []string
	for n, row := range a.results(a.path("results.csv"), a.people) {
		switch _, exists := users[person(n)]; {
		case row.status != "unknown":
		case exists:
			created = append(created, strconv.Itoa(lineOf(n)))
		default:
			absent = append(absent, strconv.Itoa(lineOf(n)))
		}
	}
	for flag, lines := range map[string][]string{"--created": created, "--absent": absent} {
		if len(lines) == 0 {
			continue
		}
		if r := a.run("runs", "settle", "last", "--line", strings.Join(lines, ","), flag); r.status != 0 {
			a.t.Fatalf("%s", r)
		}
	}
	return len(created), len(absent)
}

// TestUnknownStaysUnknown holds that nothing is sent for rows in doubt where the
// provider cannot be asked.
func TestUnknownStaysUnknown(t *testing.T) {
	t.Parallel()
	d := dialects()[slices.IndexFunc(dialects(), func(d dialect) bool { return !d.finds })]
	s := newStage(t, d, sandbox.Options{Faults: sandbox.Faults{sandbox.Fault500: 1}})
	roster := s.roster(5)
	sent := func() int {
		s.witness.mu.Lock()
		defer s.witness.mu.Unlock()
		total := 0
		for n := range maps.Values(s.witness.sent) {
			total += n
		}
		return total
	}
	for _, step := range []struct {
		flag string
		want int // creates so far
	}{{"--max-failures=0", 5}, {"--max-failures=0", 5}, {"--no-check", 5}} {
		r := s.run("users", "import", roster, "--yes", step.flag, "-o", "json")
		if r.status != failure.StatusUnknown || sent() != step.want {
			t.Fatalf("%s: %d creates, want %d\n%s", step.flag, sent(), step.want, r)
		}
		if !strings.Contains(r.stdout, `"unknown": 5`) {
			t.Errorf("%s: %s", step.flag, r)
		}
	}
}

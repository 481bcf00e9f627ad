package reliability

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/sandbox"
)

// consequence is what a fault of one create leads to, by the promises: where the
// provider can be asked about a person, and where it cannot.
type consequence struct {
	asked, blind int // exit statuses
	// dark tells that the response leaves open whether the user was made, and made
	// whether it was.
	dark, made bool
}

// consequences is typed by hand from the design.
func consequences() map[sandbox.Fault]consequence {
	lost := consequence{asked: failure.StatusOK, blind: failure.StatusUnknown, dark: true, made: true}
	lostAndNotMade := consequence{asked: failure.StatusOK, blind: failure.StatusUnknown, dark: true}
	sentAgain := consequence{asked: failure.StatusOK, blind: failure.StatusOK}
	return map[sandbox.Fault]consequence{
		sandbox.FaultLostReply:  lost,
		sandbox.FaultResetAfter: lost,
		sandbox.Fault500After:   lost,
		sandbox.FaultTruncated:  lost,
		sandbox.FaultGarbage:    lost,
		sandbox.FaultSlow:       lost, // beyond the time limit of a request
		sandbox.FaultReset:      lostAndNotMade,
		sandbox.Fault500:        lostAndNotMade,
		sandbox.Fault502:        lostAndNotMade,
		sandbox.Fault503:        lostAndNotMade,
		sandbox.Fault429:        sentAgain,
		sandbox.Fault401:        {asked: failure.StatusDenied, blind: failure.StatusDenied},
	}
}

func (c consequence) status(finds bool) int {
	if finds {
		return c.asked
	}
	return c.blind
}

// TestFaultMatrix strikes a create with each fault of the table above, at
// each provider, of one user and in the midst of an import. In every cell the
// fault has really struck, the exit status says what came of it, and in the end
// everybody is there once.
func TestFaultMatrix(t *testing.T) {
	cells := 0
	for fault, want := range consequences() {
		for _, d := range dialects() {
			cells += 2
			t.Run(fmt.Sprintf("%s at %s, create", fault, d.name), func(t *testing.T) {
				t.Parallel()
				newCell(t, d, fault, want, oneFault).createOne()
			})
			t.Run(fmt.Sprintf("%s at %s, import", fault, d.name), func(t *testing.T) {
				t.Parallel()
				newCell(t, d, fault, want, someFault).importSome()
			})
		}
	}
	if least := 12 * 3 * 2; cells < least {
		t.Errorf("%d cells are tried, want at least %d", cells, least)
	}
}

// matrixCell is one fault at one provider.
type matrixCell struct {
	*stage
	fault  sandbox.Fault
	want   consequence
	struck *sandbox.Server // answers with the fault, always
	limit  []string        // the arguments that make a slow answer a late one
}

func newCell(t *testing.T, d dialect, fault sandbox.Fault, want consequence, p part) *matrixCell {
	t.Helper()
	c := &matrixCell{stage: newStage(t, d, sandbox.Options{}), fault: fault, want: want}
	c.part = p
	options := sandbox.Options{AllowDuplicates: true, Faults: sandbox.Faults{fault: 1}}
	if fault == sandbox.FaultSlow {
		// The response comes after the time limit, and before the doubt is settled by
		// the program as it is built for administrators.
		options.SlowFor = 2500 * time.Millisecond
		c.limit = []string{"--timeout", "2s"}
		program, err := realProgram()
		check(t, err)
		c.program = program
	}
	var err error
	c.struck, err = sandbox.New(c.store, options)
	check(t, err)
	return c
}

// strike has these creates of the next command struck, counted from 1. What was
// struck before has come to its end at the provider when it returns.
func (c *matrixCell) strike(creates ...int) {
	c.connections.over()
	c.witness.diverting(func(n int) (http.Handler, bool) {
		if slices.Contains(creates, n) {
			return c.struck, c.want.dark
		}
		return nil, false
	})
}

// met returns how often the fault has struck.
func (c *matrixCell) met() int { return c.struck.Stats(c.name).Faults[c.fault] }

// createOne creates one user, whose first create is struck, and does then what
// the administrator is told to do.
func (c *matrixCell) createOne() {
	c.t.Helper()
	c.strike(1)
	r := c.run(c.createArgs()...)
	c.strike()
	if met := c.met(); met != 1 {
		c.t.Fatalf("the fault has struck %d times, want once\n%s", met, r)
	}
	status := c.want.status(c.finds)
	_, exists := c.made()[person(1)]
	if r.status != status || exists != (c.want.made || status == failure.StatusOK) {
		c.t.Errorf("status %d, want %d; the user exists: %v\n%s", r.status, status, exists, r)
	}
	c.holdsWhatItSays(r)
	unknown := 0
	if r.status == failure.StatusUnknown {
		unknown = 1
		verdict := "--absent"
		if exists {
			verdict = "--created"
		}
		if r := c.run("runs", "settle", "last", "--line", "1", verdict); r.status != 0 {
			c.t.Fatalf("%s", r)
		}
	}
	if r := c.run("users", "import", c.roster(1), "--yes"); r.status != 0 {
		c.t.Errorf("the import of the same person: %s", r)
	}
	c.complete(1, c.met(), unknown)
}

// holdsWhatItSays compares the response of users create with the provider.
func (c *matrixCell) holdsWhatItSays(r result) {
	c.t.Helper()
	if r.status != failure.StatusOK {
		return
	}
	var user struct{ State, ID, Key string }
	if err := json.Unmarshal([]byte(r.stdout), &user); err != nil {
		c.t.Fatalf("%v\n%s", err, r)
	}
	if id := c.made()[person(1)]; user.State != "created" || user.ID != id || user.Key != person(1) {
		c.t.Errorf("got %+v; the provider has %q", user, id)
	}
}

// createArgs is the command that creates the first person.
func (c *matrixCell) createArgs() []string {
	c.t.Helper()
	args := append([]string{"users", "create", "-o", "json", "--no-input"}, c.limit...)
	for i, field := range c.fields {
		value := c.row(1)[i]
		if !field.Secret {
			args = append(args, "--field", field.Name+"="+value)
			continue
		}
		path := c.path("secret-" + field.Name)
		check(c.t, os.WriteFile(path, []byte(value), 0o600))
		args = append(args, "--"+strings.ReplaceAll(field.Name, ".", "-")+"-file", path)
	}
	return args
}

// importSome imports a roster of which some creates are struck, and then again
// until it is complete.
func (c *matrixCell) importSome() {
	c.t.Helper()
	const people = 12
	struck := []int{2, 5, 8}
	a := &audit{stage: c.stage, people: people, roster: c.roster(people), more: c.limit}
	a.denied = c.want.status(c.finds) == failure.StatusDenied
	c.strike(struck...)
	first := a.importAll()
	c.strike()
	met := c.met()
	if met == 0 || met != len(struck) && !a.denied { // who is denied stops at the first
		c.t.Fatalf("the fault has struck %d times, want %d", met, len(struck))
	}
	if unknown := first.Unknown; c.want.status(c.finds) == failure.StatusUnknown && unknown != met || c.finds && unknown > 0 {
		c.t.Errorf("%d rows are unknown, and %d were struck", unknown, met)
	}
	if a.denied && first.Failed != met || !a.denied && first.Failed > 0 {
		c.t.Errorf("%d rows failed, and %d were struck", first.Failed, met)
	}
	a.denied = false
	if first.Unknown > 0 {
		a.settleAll()
	}
	if last := a.importAll(); last.Created+last.Existing != people {
		c.t.Errorf("the import after it is not complete: %+v", last)
	}
	c.complete(people, met, first.Unknown)
}

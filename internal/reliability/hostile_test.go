package reliability

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"testing"

	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/sandbox"
)

// An answerClass is what docs/reliability.md makes of the response to a create.
type answerClass int

const (
	affirmed answerClass = iota + 1 // created; never resent
	answered                        // unknown; never resent
	lost                            // in doubt; resent only on proof, at most three times
	refused                         // certainly not done
	noDoubt                         // the fault is not one of the response
)

// classOf is typed by hand from the contract. A fault that is not listed fails the
// test.
func classOf() map[sandbox.Fault]answerClass {
	return map[sandbox.Fault]answerClass{
		sandbox.FaultLostReply: lost, sandbox.FaultReset: lost, sandbox.FaultResetAfter: lost, sandbox.FaultLate: lost,
		sandbox.Fault500: lost, sandbox.Fault500After: lost, sandbox.Fault502: lost, sandbox.Fault503: lost, sandbox.Fault503After: lost,
		sandbox.Fault408: lost, sandbox.Fault408After: lost, sandbox.Fault425: lost, sandbox.Fault425After: lost,
		sandbox.Fault302: lost, sandbox.Fault302After: lost, sandbox.FaultTruncated: lost, sandbox.FaultSlow: affirmed,
		sandbox.FaultGarbage: answered, sandbox.FaultSignIn: answered, sandbox.Fault202: answered, sandbox.Fault202After: answered,
		sandbox.FaultEmpty: affirmed, sandbox.FaultOneID: affirmed,
		sandbox.Fault429: noDoubt, sandbox.Fault401: refused,
		sandbox.FaultLag: noDoubt, sandbox.FaultRewrite: affirmed, sandbox.FaultDrop: affirmed,
		sandbox.FaultLookup404: noDoubt, sandbox.FaultItem404: noDoubt, sandbox.FaultLookupSignIn: noDoubt, sandbox.FaultCapped: noDoubt,
		sandbox.FaultLeave: noDoubt, sandbox.FaultTotalMore: noDoubt, sandbox.FaultTotalFewer: noDoubt,
	}
}

// parametersOf lists the parameters that are tried, instead of the default.
func parametersOf(fault sandbox.Fault) []string {
	switch fault {
	case sandbox.FaultLate:
		return []string{"100ms"}
	case sandbox.FaultEmpty:
		return []string{"documented", "bare", "location", "content-location"}
	case sandbox.FaultLag:
		return []string{"200ms", "0s,200ms"}
	case sandbox.FaultRewrite:
		return []string{"upper", "gmail"}
	case sandbox.FaultLookup404, sandbox.FaultItem404:
		return []string{"text", "json"}
	case sandbox.FaultCapped:
		return []string{"1"}
	}
	return []string{""}
}

// patient has the program, whose waits are cut to a hundredth, wait for longer than a
// fault of the suite takes. That a request takes effect, and can be found, within
// settle-after is a condition of the promise.
const patient = "USHER_SETTLE_AFTER=60s"

// notMet lists the faults that the create of one user does not have to meet: the
// program may list nobody, and read nobody by id.
func notMet() []sandbox.Fault {
	return []sandbox.Fault{sandbox.FaultItem404, sandbox.FaultCapped, sandbox.FaultLeave, sandbox.FaultTotalMore, sandbox.FaultTotalFewer}
}

// hostileCells runs a test for each fault with each of its parameters at each of
// these providers that has it.
func hostileCells(t *testing.T, at []dialect, test func(t *testing.T, d dialect, fault sandbox.Fault, class answerClass)) {
	t.Helper()
	for _, fault := range sandbox.KnownFaults() {
		class, known := classOf()[fault]
		if !known {
			t.Errorf("the class of %s is not typed", fault)
		}
		for _, parameter := range parametersOf(fault) {
			injected := fault
			if parameter != "" {
				injected = fault.With(parameter)
			}
			for _, d := range at {
				if fault.Missing(d.name) == "" {
					t.Run(fmt.Sprintf("%s at %s", injected, d.name), func(t *testing.T) {
						t.Parallel()
						test(t, d, injected, class)
					})
				}
			}
		}
	}
}

// TestHostileCreate creates one user with each fault at each provider that has it.
// The faults of lookups and the lag meet a lost response. Whatever happens: no
// second account, nothing said to be created that is not there, nothing said to have
// failed that is there, and no create resent that was affirmed or answered.
func TestHostileCreate(t *testing.T) {
	hostileCells(t, dialects(), func(t *testing.T, d dialect, fault sandbox.Fault, class answerClass) {
		t.Helper()
		newHostileCell(t, d, fault, class).create()
	})
}

// TestHostileDelete deletes one of two users with each fault at each provider that
// documents a delete. Whatever happens: exit status 0 only if the user is gone, and
// the other user stays.
func TestHostileDelete(t *testing.T) {
	hostileCells(t, removals(t), func(t *testing.T, d dialect, fault sandbox.Fault, _ answerClass) {
		t.Helper()
		deleteHostile(t, d, fault)
	})
}

// hostileCell is a fault at a provider. The first create of a command meets the
// fault of the response; every read meets that of the reads.
type hostileCell struct {
	*matrixCell
	class answerClass
	first *sandbox.Server
	key   string
	more  []string // arguments
}

func newHostileCell(t *testing.T, d dialect, fault sandbox.Fault, class answerClass) *hostileCell {
	t.Helper()
	response, always := sandbox.Faults{sandbox.FaultLostReply: 1}, sandbox.Faults{}
	if fault.Scope() == sandbox.ScopeWrite {
		response = sandbox.Faults{fault: 1}
	} else {
		always[fault] = 1
	}
	c := &hostileCell{matrixCell: &matrixCell{stage: newStage(t, d, sandbox.Options{Faults: always}), fault: fault.Name()}, class: class}
	c.env = append(c.env, patient)
	maps.Copy(response, always)
	if class == affirmed || class == noDoubt && fault.Name() == sandbox.Fault429 {
		delete(response, sandbox.FaultLostReply)
	}
	c.key = person(1)
	switch fault {
	case sandbox.FaultRewrite.With("gmail"):
		c.key = "per.son1+hr@example.com"
		row := c.row
		c.row = func(n int) []string {
			cells := slices.Clone(row(n))
			for i, cell := range cells {
				if cell == person(n) {
					cells[i] = c.key
				}
			}
			return cells
		}
	case sandbox.FaultDrop: // of a field that the roster does not have
		c.more = map[string][]string{
			"sulu": {"--field", "phone=1"}, "ory": {"--field", "name.first=Ann"}, "scim": {"--field", "nickName=Ann"},
		}[d.name]
	}
	var err error
	c.first, err = sandbox.New(c.store, sandbox.Options{AllowDuplicates: true, Faults: response})
	check(t, err)
	t.Cleanup(c.first.Settle)
	return c
}

func (c *hostileCell) create() {
	c.t.Helper()
	c.witness.diverting(func(n int) (http.Handler, bool) {
		if n == 1 {
			return c.first, c.class != affirmed
		}
		return nil, false
	})
	r := c.run(append(c.createArgs(), c.more...)...)
	c.connections.over()
	c.first.Settle()
	optional := notMet()
	if c.name == "evolution" { // which looks a user up by reading one
		optional = append(optional, sandbox.FaultLookup404)
	}
	met := c.first.Stats(c.name).Faults[c.fault] + c.everywhere().Stats(c.name).Faults[c.fault]
	if met == 0 && !slices.Contains(optional, c.fault) {
		c.t.Errorf("the fault was not met\n%s", r)
	}

	users, err := c.store.Count(c.t.Context(), c.name)
	check(c.t, err)
	sum := hostileScore{cells: 1, met: min(met, 1), second: max(users-1, 0)}
	defer func() { hostileProven.add("create", sum) }()
	if r.status == failure.StatusUnknown {
		sum.unknown = 1
	}
	if users > 1 {
		c.t.Fatalf("%d accounts for one person\n%s", users, r)
	}
	sent := c.witness.sentFor(c.key)
	if most := map[answerClass]int{affirmed: 1, answered: 1, refused: 2, lost: 3, noDoubt: 3}[c.class]; sent > most {
		c.t.Errorf("the create was sent %d times, want %d at most\n%s", sent, most, r)
	}
	var user struct{ State string }
	if r.status == failure.StatusOK {
		check(c.t, json.Unmarshal([]byte(r.stdout), &user))
	}
	switch {
	case r.status == failure.StatusOK && users == 0:
		sum.other++
		c.t.Errorf("%q, and no user is there\n%s", user.State, r)
	case slices.Contains([]int{failure.StatusFailed, failure.StatusDenied}, r.status) && users == 1:
		sum.failed++
		c.t.Errorf("a failure, and the user is there\n%s", r)
	case c.class == affirmed && (r.status != failure.StatusOK || user.State != "created"):
		sum.other++
		c.t.Errorf("status %d, %q: want created\n%s", r.status, user.State, r)
	case (c.class == answered || c.class == lost) && !c.finds && r.status != failure.StatusUnknown:
		sum.other++
		c.t.Errorf("status %d without a lookup, want %d\n%s", r.status, failure.StatusUnknown, r)
	}
}

// everywhere is the server of all requests but the first create.
func (c *hostileCell) everywhere() *sandbox.Server { return c.witness.server().(*sandbox.Server) }

// deleteHostile deletes a user that usher has created. Every request of the delete
// meets the fault.
func deleteHostile(t *testing.T, d dialect, fault sandbox.Fault) {
	t.Helper()
	s := newStage(t, d, sandbox.Options{})
	if r := s.run("users", "import", s.roster(2), "--yes"); r.status != failure.StatusOK {
		t.Fatalf("%s", r)
	}
	s.env = append(s.env, patient)
	hostile, err := sandbox.New(s.store, sandbox.Options{AllowDuplicates: true, Faults: sandbox.Faults{fault: 1}})
	check(t, err)
	t.Cleanup(hostile.Settle)
	s.witness.leadTo(hostile)

	r := s.run("users", "delete", person(2), "--yes", "-o", "json")
	s.connections.over()
	hostile.Settle()
	left := s.made()
	sum := hostileScore{cells: 1, met: min(hostile.Stats(d.name).Faults[fault.Name()], 1)}
	defer func() { hostileProven.add("delete KEY", sum) }()
	if r.status == failure.StatusUnknown {
		sum.unknown = 1
	}
	if _, there := left[person(2)]; there && r.status == failure.StatusOK {
		sum.absent++
		t.Errorf("the user is still there\n%s", r)
	}
	if _, there := left[person(1)]; !there && fault.Name() != sandbox.FaultLeave {
		sum.wrong++
		t.Errorf("another user is gone\n%s", r)
	}
}

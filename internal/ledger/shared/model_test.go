package shared_test

import (
	"slices"
	"testing"
	"time"

	"github.com/bring-aboard/usher/internal/evidence"
	"github.com/bring-aboard/usher/pkg/provider"
)

// The model explores everything that can happen to one row of an import that several machines may continue. Rows are
// independent, so that one is enough. A lease may expire at any moment, a machine may pause before each of its steps for
// any time, and a request may arrive at any later time, or never. What varies are the rules of the machines and the
// bounds of the world. The verdict of each variant is whether a second account is reachable.
//
// An epoch identifies who claimed a row: a process that has locked the target. A process that starts again on the same
// machine knows that the earlier ones have ended, by a lock of the operating system. Epochs, crashes and lost responses are
// limited; the limits end a run, and do not make it safe.
const (
	mostMachines = 3
	mostEpochs   = 4
	mostCrashes  = 2
	mostLosses   = 2
)

// variant is a set of rules and bounds. The zero value is several machines that look up and send again, with leases that
// only fence claims.
type variant struct {
	machines int // 1, or 0 for all

	// Rules of the machines.

	check     checking
	never     bool // no row in doubt is sent again
	rules     bool // evidence.Case.Next decides which row is sent again
	noLookup  bool
	knownDead bool // a target is taken over only from a machine that is known to be dead
	word      bool // the administrator settles unknown rows as absent, so that they are sent again

	// Bounds of the world.

	grace      bool // a request arrives within the time that the machine waits before it looks up
	quarantine bool // so does one whose machine paused after the check
	fences     bool // the provider refuses a request with an older epoch than it has seen
	unique     bool // the provider refuses a second account

	// Rules that are left out.

	noForeign bool // another machine's doubt counts as the machine's own
	noIntent  bool // a row is sent before it is claimed
	lateLost  bool // a late success is refused
}

// checking is how a machine checks its lease before it sends.
type checking int

const (
	unchecked checking = iota
	checkThenSend
	checkAndSend // in one step, which no operating system offers
)

// The states of the row in the ledger.
const (
	unclaimed = iota
	claimed
	created
	unknown
)

// The phases of a machine.
const (
	idle    = iota
	leased  // it has locked the target
	holding // it has claimed the row
	checked // and has checked its lease
	waiting // and has sent
	doubt   // the row is in doubt
	absent  // the user was not found
)

// The states of a request.
const (
	none = iota
	flying
	affirmed
	conflict
	fenced
)

// request is a request to the provider. Due are the epochs of the machines that wait for its arrival before they look up.
type request struct{ state, epoch, due uint8 }

type process struct {
	phase, epoch uint8
	past         uint8 // the epochs of its processes that have ended; only for the rules of usher
	due          uint8 // of a machine that has checked
	request      request
}

// world is one state of everything.
type world struct {
	accounts, fence uint8
	row, rowEpoch   uint8
	sends           uint8
	epoch           uint8 // of the target
	valid, dead     bool  // its lease is valid; its machine is known to be dead
	machines        [mostMachines]process
	lost            [evidence.MostSends]request // nobody waits for their responses
	crashes, losses uint8
}

// verdict is what is reachable.
type verdict struct {
	states int
	second bool // a second account
	false  bool // a row is created without an account
	hidden int  // final states in which the row is unknown although the account exists
}

// explore visits every reachable world.
func (v variant) explore() verdict {
	var start world
	result, queue := verdict{}, []world{start}
	seen := map[world]bool{start: true}
	for len(queue) > 0 {
		w := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		result.second = result.second || w.accounts > 1
		result.false = result.false || w.row == created && w.accounts == 0
		next := v.next(w)
		if len(next) == 0 && w.row == unknown && w.accounts > 0 {
			result.hidden++
		}
		for _, w := range next {
			w.sort()
			if !seen[w] {
				seen[w] = true
				queue = append(queue, w)
			}
		}
	}
	result.states = len(seen)
	return result
}

// sort makes worlds equal that differ only in the order of machines or requests.
func (w *world) sort() {
	slices.SortFunc(w.machines[:], func(a, b process) int { return a.number() - b.number() })
	slices.SortFunc(w.lost[:], func(a, b request) int { return a.number() - b.number() })
}

func (r request) number() int { return int(r.state)<<16 | int(r.epoch)<<8 | int(r.due) }

func (m process) number() int {
	return int(m.past)<<48 | int(m.phase)<<40 | int(m.epoch)<<36 | int(m.due)<<24 | m.request.number()
}

// next returns the worlds after each possible event.
func (v variant) next(w world) []world {
	var worlds []world
	alone := v.machines == 1
	for i := range w.machines {
		worlds = append(worlds, v.steps(w, i)...)
		if w.machines[i].phase != idle && w.crashes < mostCrashes {
			crashed := w
			crashed.crashes++
			crashed.dead = crashed.dead || w.machines[i].epoch == w.epoch
			crashed.valid = crashed.valid && !(alone && w.machines[i].epoch == w.epoch) // a lock of the machine ends with it
			crashed.forget(i)
			crashed.end(v, i)
			worlds = append(worlds, crashed)
		}
	}
	if w.valid && !alone {
		expired := w
		expired.valid = false
		worlds = append(worlds, expired)
	}
	for i, r := range w.lost {
		if r.state == flying {
			arrived, vanished := w, w
			arrived.arrive(v, &arrived.lost[i])
			arrived.lost[i] = request{}
			vanished.lost[i] = request{}
			worlds = append(worlds, arrived, vanished)
		}
	}
	if v.word && w.row == unknown && w.accounts == 0 && !(v.quarantine && w.moves()) {
		settled := w
		settled.row, settled.rowEpoch = unclaimed, 0
		worlds = append(worlds, settled)
	}
	return worlds
}

// moves reports whether a request may still arrive that was sent or checked before.
func (w *world) moves() bool {
	return slices.ContainsFunc(w.lost[:], func(r request) bool { return r.state == flying }) ||
		slices.ContainsFunc(w.machines[:], func(m process) bool { return m.phase == checked || m.request.state == flying })
}

// active returns the number of machines that are not idle.
func (w *world) active() (n int) {
	for _, m := range w.machines {
		if m.phase != idle {
			n++
		}
	}
	return n
}

// steps returns the worlds after the next step of a machine.
func (v variant) steps(w world, i int) []world {
	m := w.machines[i]
	isCurrent := m.epoch == w.epoch
	stopped := w
	stopped.end(v, i)
	to := func(phase uint8) world {
		next := w
		next.machines[i].phase = phase
		return next
	}
	switch m.phase {
	case idle:
		isFree := !w.valid && (!v.knownDead || w.dead || w.epoch == 0) && !(v.machines == 1 && w.active() > 0)
		isOwn := m.past&(1<<w.epoch) != 0 // the process that has the lease was one of this machine, and has ended
		if !isFree && !isOwn || w.epoch == mostEpochs || w.row >= created {
			return nil
		}
		next := w
		next.epoch++
		next.valid, next.dead = true, false
		next.machines[i] = process{phase: leased, epoch: next.epoch, past: m.past}
		return []world{next}
	case leased:
		switch {
		case w.row >= created || !isCurrent:
			return []world{stopped}
		case w.row == claimed:
			return []world{w.inDoubt(v, i)}
		case v.noIntent:
			return []world{to(holding)}
		}
		next := to(holding)
		next.row, next.rowEpoch = claimed, m.epoch
		return []world{next}
	case holding:
		switch {
		case v.check == unchecked:
			return v.send(w, i)
		case !isCurrent || !w.valid:
			return []world{stopped}
		case v.check == checkAndSend:
			return v.send(w, i)
		}
		return []world{to(checked)}
	case checked:
		return v.send(w, i)
	case waiting:
		return v.response(w, i)
	case doubt:
		return v.settle(w, i)
	default: // absent
		if !isCurrent {
			return []world{stopped}
		}
		next := to(holding)
		next.row, next.rowEpoch = claimed, m.epoch
		return []world{next}
	}
}

// send sends the request of a machine.
func (v variant) send(w world, i int) []world {
	if w.sends == evidence.MostSends {
		w.end(v, i)
		return []world{w}
	}
	w.sends++
	m := &w.machines[i]
	m.request = request{state: flying, due: m.due}
	if v.fences {
		m.request.epoch = m.epoch
	}
	m.phase, m.due = waiting, 0
	return []world{w}
}

// response returns the worlds in which the request of a machine arrives, its response arrives, or the response is lost.
func (v variant) response(w world, i int) []world {
	var worlds []world
	m := w.machines[i]
	next := w
	switch m.request.state {
	case flying:
		next.arrive(v, &next.machines[i].request)
	case affirmed, conflict:
		if !v.lateLost || m.epoch == w.epoch {
			next.row, next.rowEpoch = created, 0
		}
		next.end(v, i)
	default: // fenced
		next.end(v, i)
	}
	worlds = append(worlds, next)
	if w.losses < mostLosses {
		lost := w
		lost.losses++
		lost.forget(i)
		if w.row == claimed {
			lost = lost.inDoubt(v, i)
		} else {
			lost.end(v, i)
		}
		worlds = append(worlds, lost)
	}
	return worlds
}

// inDoubt returns the world in which the row of a machine is in doubt. From now on it waits.
func (w world) inDoubt(v variant, i int) world {
	bit := uint8(1) << w.machines[i].epoch
	w.machines[i].phase, w.machines[i].request = doubt, request{}
	if !v.grace && !v.quarantine {
		return w
	}
	for j := range w.machines {
		if w.machines[j].phase == checked {
			w.machines[j].due |= bit
		}
		if w.machines[j].request.state == flying {
			w.machines[j].request.due |= bit
		}
	}
	for j := range w.lost {
		if w.lost[j].state == flying {
			w.lost[j].due |= bit
		}
	}
	return w
}

// isDue reports whether something for which the machine of an epoch waits may still happen.
func (v variant) isDue(w *world, epoch uint8) bool {
	bit := uint8(1) << epoch
	sent := func(r request) bool { return v.grace && r.state == flying && r.due&bit != 0 }
	return slices.ContainsFunc(w.lost[:], sent) || slices.ContainsFunc(w.machines[:], func(m process) bool {
		return sent(m.request) || v.quarantine && m.phase == checked && m.due&bit != 0
	})
}

// settle looks up the user of a row in doubt, and decides.
func (v variant) settle(w world, i int) []world {
	m := w.machines[i]
	stopped := w
	stopped.end(v, i)
	if w.row >= created || v.fences && m.epoch < w.fence {
		return []world{stopped}
	}
	if v.isDue(&w, m.epoch) {
		return nil
	}
	if v.fences && w.rowEpoch == m.epoch { // it needs a higher epoch before it looks up
		stopped.valid = stopped.valid && m.epoch != w.epoch
		return []world{stopped}
	}
	next := w
	if v.fences {
		next.fence = m.epoch
	}
	switch {
	case !v.noLookup && w.accounts > 0:
		next.row, next.rowEpoch = created, 0
		next.end(v, i)
	case v.resends(w, m):
		next.machines[i].phase = absent
	case m.epoch == w.epoch: // only its outcomes are accepted
		next.row, next.rowEpoch = unknown, 0
		next.end(v, i)
	default:
		next.end(v, i)
	}
	return []world{next}
}

// resends reports whether a machine sends a row again that it has not found.
func (v variant) resends(w world, m process) bool {
	if !v.rules {
		return !v.never && !v.noLookup
	}
	c := evidence.Case{
		Doubt: evidence.LostDoubt, Sends: int(w.sends), Since: time.Hour, SettleAfter: evidence.DefaultSettleAfter,
		Lookup: !v.noLookup, Asked: 0, Control: evidence.Visible,
	}
	if w.rowEpoch != m.epoch && m.past&(1<<w.rowEpoch) == 0 && !v.noForeign {
		c.Doubt = evidence.ForeignDoubt
	}
	if v.unique {
		c.Unique = provider.UniqueEnforced
	}
	return c.Next() == evidence.Resend
}

// end ends the process of a machine.
func (w *world) end(v variant, i int) {
	ended := process{past: w.machines[i].past}
	if v.rules && !v.unique { // which allows to send again after any machine
		ended.past |= 1 << w.machines[i].epoch
	}
	w.machines[i] = ended
}

// forget lets nobody wait for the request of a machine any more.
func (w *world) forget(i int) {
	if r := w.machines[i].request; r.state == flying {
		free := slices.IndexFunc(w.lost[:], func(r request) bool { return r.state == none })
		w.lost[free] = r
	}
	w.machines[i].request = request{}
}

// arrive lets a request arrive at the provider.
func (w *world) arrive(v variant, r *request) {
	switch {
	case v.fences && r.epoch < w.fence:
		r.state = fenced
	case v.unique && w.accounts > 0:
		r.state = conflict
	default:
		w.accounts = min(w.accounts+1, 2)
		w.fence = max(w.fence, r.epoch)
		r.state = affirmed
	}
	r.due = 0
}

func TestModelOfLeases(t *testing.T) {
	for _, test := range []struct {
		name   string
		rules  variant
		second bool
	}{
		// One machine.
		{"A: one machine, look up, send again; a request may arrive at any time", variant{machines: 1}, true},
		{"A': the same, requests arrive within the grace period", variant{machines: 1, grace: true}, false},
		// Several, with look up and send again.
		{"B: leases, no check before sending", variant{grace: true}, true},
		{"C: the same, the lease is checked before sending", variant{grace: true, check: checkThenSend}, true},
		{"C': check and send in one step", variant{grace: true, check: checkAndSend}, false},
		{"D: check, and a quarantine longer than any pause and any delay", variant{grace: true, quarantine: true, check: checkThenSend}, false},
		{"E: takeover only from machines known to be dead, delays bounded", variant{grace: true, check: checkThenSend, knownDead: true}, false},
		{"F: the provider refuses an older epoch, nothing bounded", variant{check: checkThenSend, fences: true}, false},
		{"G: the provider has a unique constraint, nothing bounded", variant{check: checkThenSend, unique: true}, false},
		// No row in doubt is sent again.
		{"H: look up, a row in doubt is unknown, nothing bounded", variant{check: checkThenSend, never: true}, false},
		{"I: no lookup, unknown, nothing bounded", variant{check: checkThenSend, noLookup: true}, false},
		{"J: as H, but a late success is refused", variant{check: checkThenSend, never: true, lateLost: true}, false},

		// What usher does: evidence.Case.Next decides, with the machine's own doubts after the grace period.
		{"usher: takeover, restart, pauses of any length, requests arrive within the grace period", variant{grace: true, check: checkThenSend, rules: true}, false},
		{"usher, no lookup, nothing bounded", variant{check: checkThenSend, rules: true, noLookup: true}, false},
		{"usher, unique constraint, nothing bounded", variant{check: checkThenSend, rules: true, unique: true}, false},
		{"usher, unique constraint, no lookup, nothing bounded", variant{check: checkThenSend, rules: true, unique: true, noLookup: true}, false},
		{"usher, and the administrator settles after a quarantine", variant{grace: true, quarantine: true, check: checkThenSend, rules: true, word: true}, false},

		// Each rule and bound is needed.
		{"without the grace period", variant{check: checkThenSend, rules: true}, true},
		{"another machine's row is sent again", variant{grace: true, check: checkThenSend, rules: true, noForeign: true}, true},
		{"a row is sent before it is claimed", variant{grace: true, check: checkThenSend, rules: true, noIntent: true}, true},
		{"the administrator settles at once", variant{grace: true, check: checkThenSend, rules: true, word: true}, true},
		{"the administrator settles after a quarantine, without the check", variant{grace: true, quarantine: true, rules: true, word: true}, true},
		{"D without the check", variant{grace: true, quarantine: true}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := test.rules.explore()
			t.Logf("%d states, second account: %v, unknown with an account: %d", got.states, got.second, got.hidden)
			if got.second != test.second {
				t.Errorf("a second account is reachable: %v, want %v", got.second, test.second)
			}
			if got.false {
				t.Error("a row is created without an account")
			}
			if got.states < 100 {
				t.Errorf("only %d states: the model does not move", got.states)
			}
		})
	}
}

// A late success must be accepted: otherwise more rows end as unknown although the account exists.
func TestModelOfLateSuccess(t *testing.T) {
	accepted := variant{check: checkThenSend, never: true}.explore()
	refused := variant{check: checkThenSend, never: true, lateLost: true}.explore()
	if accepted.hidden >= refused.hidden {
		t.Errorf("unknown with an account: %d final states with late successes, %d without", accepted.hidden, refused.hidden)
	}
}

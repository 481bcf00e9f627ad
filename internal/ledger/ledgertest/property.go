package ledgertest

import (
	"errors"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/rowstate"
)

const (
	people     = 5 // person 0 has no key
	many       = 8 // intents recorded together
	rowsInRun  = 2 * many
	targetsAll = 2
)

// machine executes the same steps on a ledger and the model.
type machine struct {
	*model
	reopen  func() ledger.Store
	ledger  ledger.Store
	locks   [targetsAll]ledger.Lock
	running [targetsAll]ledger.Run
	past    []ledger.PastRun
	persons map[place]int // the users of rows; a row keeps its user when it is withdrawn
}

func targetName(n int) string {
	return []string{"sulu https://a.example.com", "ejento https://b.example.com"}[n]
}

func (m *machine) open(t *rapid.T) {
	var err error
	m.ledger = m.reopen()
	for n := range targetsAll {
		if m.locks[n], err = m.ledger.Lock(t.Context(), targetName(n)); err != nil {
			t.Fatal(err)
		}
		m.begin(t, n)
	}
}

func (m *machine) begin(t *rapid.T, n int) {
	run, err := m.locks[n].Begin(t.Context(), ledger.RunInfo{Command: "import"})
	if err != nil {
		t.Fatal(err)
	}
	m.running[n] = run
	m.targets[run.ID()] = targetName(n)
	remembered, err := m.ledger.Run(t.Context(), run.ID())
	if err != nil {
		t.Fatal(err)
	}
	m.past = append(m.past, remembered)
}

func (m *machine) close(t *rapid.T) {
	for n := range targetsAll {
		if err := errors.Join(m.running[n].Close(), m.locks[n].Release()); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.ledger.Close(); err != nil {
		t.Fatal(err)
	}
}

// row returns a row; its user is drawn the first time.
func (m *machine) row(t *rapid.T, at place) modelRow {
	if _, ok := m.persons[at]; !ok {
		m.persons[at] = rapid.IntRange(0, people-1).Draw(t, "person")
	}
	return modelRow{m.persons[at], m.rows[at].state}
}

// pickRow draws a row of a run in progress.
func (m *machine) pickRow(t *rapid.T) (n int, at place, row modelRow) {
	n = rapid.IntRange(0, targetsAll-1).Draw(t, "target")
	at = place{m.running[n].ID(), rapid.IntRange(1, rowsInRun).Draw(t, "row")}
	return n, at, m.row(t, at)
}

func (m *machine) digest(at place, person int) ledger.Digest {
	if person == 0 {
		return ledger.Digest{}
	}
	return m.ledger.Digester().Digest(m.targets[at.run], "", string(rune('a'+person)))
}

func (m *machine) intend(t *rapid.T) {
	n, at, row := m.pickRow(t)
	err := m.running[n].Intend(t.Context(), ledger.Intent{Row: at.row, Line: at.row, Digest: m.digest(at, row.person)})
	if row.state.Present() {
		if !is[*ledger.StateError](err) {
			t.Fatalf("a %s row was sent again: %v", row.state, err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	m.rows[at] = modelRow{row.person, rowstate.Sent}
	m.doubt(at, row.person, true)
}

// intendMany intends as many rows as fill a list, some of which may not be new.
func (m *machine) intendMany(t *rapid.T) {
	n := rapid.IntRange(0, targetsAll-1).Draw(t, "target")
	run := m.running[n].ID()
	first := rapid.IntRange(1, rowsInRun-many+1).Draw(t, "row")
	var (
		intents []ledger.Intent
		rows    []modelRow
		refused bool
	)
	for at := (place{run, first}); at.row < first+many; at.row++ {
		row := m.row(t, at)
		refused = refused || row.state.Present()
		intents = append(intents, ledger.Intent{Row: at.row, Line: at.row, Digest: m.digest(at, row.person)})
		rows = append(rows, row)
	}
	err := m.running[n].Intend(t.Context(), intents...)
	if refused {
		if !is[*ledger.StateError](err) {
			t.Fatalf("rows that exist were sent again: %v", err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	for i, intent := range intents {
		at := place{run, intent.Row}
		m.rows[at] = modelRow{rows[i].person, rowstate.Sent}
		m.doubt(at, rows[i].person, true)
	}
}

// withdrawMany withdraws rows at the same time.
func (m *machine) withdrawMany(t *rapid.T) {
	n := rapid.IntRange(0, targetsAll-1).Draw(t, "target")
	run := m.running[n].ID()
	var rows []int
	for row := 1; row <= rowsInRun; row += rapid.IntRange(1, 4).Draw(t, "step") {
		rows = append(rows, row)
	}
	refusals := make([]error, len(rows))
	var group sync.WaitGroup
	for i, row := range rows {
		group.Go(func() { refusals[i] = m.running[n].Withdraw(t.Context(), row) })
	}
	group.Wait()
	for i, number := range rows {
		at := place{run, number}
		row, err := m.rows[at], refusals[i]
		if (row.state == rowstate.Sent) != (err == nil) {
			t.Fatalf("withdrawing a row that is %q gave %v", row.state, err)
		}
		if err == nil {
			m.doubt(at, row.person, false)
			delete(m.rows, at)
		}
	}
}

func (m *machine) record(t *rapid.T) {
	n, at, row := m.pickRow(t)
	state := rapid.SampledFrom([]rowstate.State{rowstate.Created, rowstate.Existing, rowstate.Failed, rowstate.Unknown}).Draw(t, "state")
	if err := m.running[n].Record(t.Context(), ledger.Outcome{
		Row: at.row, Line: at.row, Digest: m.digest(at, row.person), State: state,
	}); err != nil {
		t.Fatal(err)
	}
	err := m.running[n].Flush(t.Context())
	if row.state.Present() && row.state != state {
		if !is[*ledger.StateError](err) {
			t.Fatalf("a %s row became %s: %v", row.state, state, err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	m.rows[at] = modelRow{row.person, state}
	m.doubt(at, row.person, state == rowstate.Unknown)
	m.word(at, row.person, false)
	if state.Present() {
		m.exists[m.identity(at, row.person)] = true
		m.settle(at, row.person, rowstate.Existing, at.run)
		for other := range m.words[m.identity(at, row.person)] {
			m.word(other, row.person, false)
		}
	}
}

func (m *machine) withdraw(t *rapid.T) {
	n, at, row := m.pickRow(t)
	err := m.running[n].Withdraw(t.Context(), at.row)
	if (row.state == rowstate.Sent) != (err == nil) {
		t.Fatalf("withdrawing a row that is %q gave %v", row.state, err)
	}
	if err == nil {
		m.doubt(at, row.person, false)
		delete(m.rows, at)
	}
}

// finish ends a run and begins the next.
func (m *machine) finish(t *rapid.T) {
	n := rapid.IntRange(0, targetsAll-1).Draw(t, "target")
	if err := m.running[n].Finish(t.Context(), ledger.Summary{}); err != nil {
		t.Fatal(err)
	}
	m.begin(t, n)
}

// between ends the runs in progress: what they leave is then settled and forgotten.
func (m *machine) between(t *rapid.T, change func()) {
	for n := range targetsAll {
		if err := m.running[n].Close(); err != nil {
			t.Fatal(err)
		}
	}
	change()
	for n := range targetsAll {
		m.begin(t, n)
	}
}

// crash closes everything without ending the runs.
func (m *machine) crash(t *rapid.T) {
	if err := checkItself(t.Context(), m.ledger); err != nil {
		t.Fatal(err)
	}
	m.close(t)
	m.open(t)
}

// pickPast draws a row of any run.
func (m *machine) pickPast(t *rapid.T) (run ledger.PastRun, lock ledger.Lock, at place) {
	run = rapid.SampledFrom(m.past).Draw(t, "run")
	lock = m.locks[0]
	if run.Target == targetName(1) {
		lock = m.locks[1]
	}
	return run, lock, place{run.ID, rapid.IntRange(1, rowsInRun).Draw(t, "row")}
}

func (m *machine) settleRow(t *rapid.T) {
	run, lock, at := m.pickPast(t)
	state := rapid.SampledFrom([]rowstate.State{rowstate.Created, rowstate.Existing, rowstate.NotCreated}).Draw(t, "state")
	row := m.rows[at]
	err := lock.Settle(t.Context(), run, ledger.Settlement{Row: at.row, State: state})
	if row.state.InDoubt() != (err == nil) {
		t.Fatalf("settling a row that is %q gave %v", row.state, err)
	}
	if err != nil {
		return
	}
	others := state
	if state == rowstate.Created {
		others = rowstate.Existing
	}
	m.settle(at, row.person, others, "")
	m.rows[at] = modelRow{row.person, state}
	m.word(at, row.person, state == rowstate.NotCreated)
	if state.Present() {
		m.exists[m.identity(at, row.person)] = true
	}
}

func (m *machine) settleAllAbsent(t *rapid.T) {
	n := rapid.IntRange(0, targetsAll-1).Draw(t, "target")
	want := 0
	for at, row := range m.rows {
		if m.targets[at.run] == targetName(n) && row.state.InDoubt() {
			m.rows[at] = modelRow{row.person, rowstate.NotCreated}
			m.doubt(at, row.person, false)
			want++
		}
	}
	if got, err := m.locks[n].SettleAllAbsent(t.Context()); err != nil || got != want {
		t.Fatalf("settled %d rows, %v; want %d", got, err, want)
	}
}

func (m *machine) forgetRow(t *rapid.T) {
	run, lock, at := m.pickPast(t)
	present := m.rows[at].state.Present()
	got, err := lock.Forget(t.Context(), run, at.row)
	if present != (err == nil) || present != (got == 1) {
		t.Fatalf("forgetting a row that is %q gave %d, %v", m.rows[at].state, got, err)
	}
	if present {
		m.forget(at)
	}
}

func (m *machine) forgetCreated(t *rapid.T) {
	run, lock, _ := m.pickPast(t)
	var created []place
	for at, row := range m.rows {
		if at.run == run.ID && row.state == rowstate.Created {
			created = append(created, at)
		}
	}
	if got, err := lock.Forget(t.Context(), run); err != nil || got != len(created) {
		t.Fatalf("forgot %d rows, %v; want %d", got, err, len(created))
	}
	for _, at := range created {
		m.forget(at)
	}
}

// prune prunes some finished runs: what is known of users must not change, and no row of other runs may be
// deleted.
func (m *machine) prune(t *rapid.T) {
	n := rapid.IntRange(0, targetsAll-1).Draw(t, "target")
	digests, _ := m.digests(n)
	before, err := knownOf(t.Context(), m.ledger, digests...)
	if err != nil {
		t.Fatal(err)
	}
	prunable, err := m.ledger.Prunable(t.Context(), ledger.Prunable{Before: time.Now().Add(time.Hour), Keep: rapid.IntRange(0, 2).Draw(t, "keep")})
	if err != nil {
		t.Fatal(err)
	}
	chosen := map[string]bool{}
	var runs []ledger.PastRun
	for _, run := range prunable {
		if run.Target == targetName(n) && rapid.Bool().Draw(t, "chosen") {
			runs = append(runs, run)
			chosen[run.ID] = true
		}
	}
	pruned, err := m.locks[n].Prune(t.Context(), runs...)
	if err != nil || pruned.Runs != len(runs) {
		t.Fatalf("pruned %+v, %v; want %d runs", pruned, err, len(runs))
	}
	after, err := knownOf(t.Context(), m.ledger, digests...)
	if err != nil || !maps.Equal(before, after) {
		t.Fatalf("known is %+v, %v, and was %+v", after, err, before)
	}
	kept := map[place]bool{}
	m.past = slices.DeleteFunc(m.past, func(run ledger.PastRun) bool {
		for row, err := range m.ledger.Rows(t.Context(), run) {
			if err != nil {
				t.Fatal(err)
			}
			kept[place{run.ID, row.Row}] = true
		}
		_, err := m.ledger.Run(t.Context(), run.ID)
		return is[*ledger.RunError](err)
	})
	for at, row := range m.rows {
		if kept[at] {
			continue
		}
		if !chosen[at.run] || row.state.InDoubt() || m.words[m.identity(at, row.person)][at] || row.state == rowstate.Created && row.person == 0 {
			t.Fatalf("row %v, which is %s, is gone", at, row.state)
		}
		delete(m.rows, at)
		pruned.Rows--
	}
	if pruned.Rows != 0 {
		t.Fatalf("%d rows more were deleted than are gone", pruned.Rows)
	}
}

// check compares the rows, and what follows from them, with the model.
func (m *machine) check(t *rapid.T) {
	read := 0
	for _, run := range m.past {
		for row, err := range m.ledger.Rows(t.Context(), run) {
			if err != nil {
				t.Fatal(err)
			}
			if want := m.rows[place{run.ID, row.Row}].state; row.State != want {
				t.Fatalf("row %d of run %s is %q, want %q", row.Row, run.ID, row.State, want)
			}
			read++
		}
	}
	if read != len(m.rows) {
		t.Fatalf("the ledger has %d rows, want %d", read, len(m.rows))
	}
	for n := range targetsAll {
		m.checkKnown(t, n)
	}
}

// read compares reads of a run with the model.
func (m *machine) read(t *rapid.T) {
	run := rapid.SampledFrom(m.past).Draw(t, "run")
	counts := make(map[rowstate.State]int)
	for row, err := range m.ledger.Rows(t.Context(), run) {
		if err != nil {
			t.Fatal(err)
		}
		if want := m.rows[place{run.ID, row.Row}].state; row.State != want {
			t.Fatalf("row %d of run %s is %q, want %q", row.Row, run.ID, row.State, want)
		}
		counts[row.State]++
	}
	want := make(map[rowstate.State]int)
	for at, row := range m.rows {
		if at.run == run.ID {
			want[row.state]++
		}
	}
	counted, err := m.ledger.CountStates(t.Context(), run)
	if err != nil || !maps.Equal(counted, want) || !maps.Equal(counts, want) {
		t.Fatalf("run %s has %v, and counts %v, %v; want %v", run.ID, counts, counted, err, want)
	}
}

// digests returns the users of a target and what should be known of them.
func (m *machine) digests(n int) (digests []ledger.Digest, want []ledger.Presence) {
	for person := 1; person < people; person++ {
		digests = append(digests, m.ledger.Digester().Digest(targetName(n), "", string(rune('a'+person))))
		want = append(want, m.standing(identity{target: targetName(n), person: person}))
	}
	return digests, want
}

func (m *machine) checkKnown(t *rapid.T, n int) {
	digests, want := m.digests(n)
	known, err := knownOf(t.Context(), m.ledger, digests...)
	if err != nil {
		t.Fatal(err)
	}
	for i, digest := range digests {
		if known[digest].Standing != want[i] {
			t.Fatalf("person %d at %s is known as %+v; want %s", i+1, targetName(n), known[digest], want[i])
		}
	}
}

// plan compares what a plan finds with what is known.
func (m *machine) plan(t *rapid.T) {
	n := rapid.IntRange(0, targetsAll-1).Draw(t, "target")
	plan, err := m.ledger.NewPlan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = plan.Close() }()
	digests, _ := m.digests(n)
	for i, digest := range digests {
		if err := plan.Add(t.Context(), ledger.RosterRow{Row: i + 1, Line: i + 1}, ledger.KeyDigests{Form: digest}); err != nil {
			t.Fatal(err)
		}
	}
	known, err := knownOf(t.Context(), m.ledger, digests...)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := plan.Resolve(t.Context(), FirstListed); err != nil {
		t.Fatal(err)
	}
	found := make(map[ledger.Digest]ledger.Finding)
	for planned, err := range plan.Rows(t.Context(), ledger.Selection{Standings: []ledger.Presence{ledger.Exists, ledger.Doubtful, ledger.Unclear, ledger.ProvedGone}}) {
		if err != nil {
			t.Fatal(err)
		}
		found[digests[planned.Row-1]] = planned.Finding
	}
	if !maps.Equal(found, known) {
		t.Fatalf("planned is %+v, and known %+v", found, known)
	}
}

// testLedgerAgainstModel checks that the ledger knows of users what the events imply, however runs end, crash, fail, are
// settled and are forgotten.
func testLedgerAgainstModel(t *testing.T, fresh Fresh) {
	t.Parallel()
	outer := t
	rapid.Check(t, func(t *rapid.T) {
		m := &machine{model: newModel(), reopen: fresh(outer), persons: map[place]int{}}
		m.open(t)
		defer m.close(t)
		t.Repeat(map[string]func(*rapid.T){
			"":                  m.check,
			"intend":            m.intend,
			"intend many":       m.intendMany,
			"withdraw many":     m.withdrawMany,
			"record":            m.record,
			"record again":      m.record,
			"withdraw":          m.withdraw,
			"plan":              m.plan,
			"read":              m.read,
			"finish":            m.finish,
			"crash":             m.crash,
			"prune":             func(t *rapid.T) { m.between(t, func() { m.prune(t) }) },
			"settle":            func(t *rapid.T) { m.between(t, func() { m.settleRow(t) }) },
			"settle all absent": func(t *rapid.T) { m.between(t, func() { m.settleAllAbsent(t) }) },
			"forget":            func(t *rapid.T) { m.between(t, func() { m.forgetRow(t) }) },
			"forget created":    func(t *rapid.T) { m.between(t, func() { m.forgetCreated(t) }) },
		})
	})
}

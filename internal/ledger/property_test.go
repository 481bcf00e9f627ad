package ledger

import (
	"database/sql"
	"errors"
	"maps"
	"os"
	"testing"

	"pgregory.net/rapid"
)

const (
	people     = 5 // person 0 has no key
	rowsInRun  = 2 * fewestInList
	targetsAll = 2
)

// A model of what should be known, told by events and not by rows: whether a
// person exists, and which rows leave it in doubt.
type model struct {
	rows    map[place]modelRow
	exists  map[identity]bool
	doubts  map[identity]map[place]bool
	targets map[string]string // of each run
}

type place struct {
	run string
	row int
}

type modelRow struct {
	person int
	state  State
}

// identity is a person at a target; a row without a key is an identity of its own.
type identity struct {
	target string
	person int
	alone  place
}

func newModel() *model {
	return &model{
		rows: make(map[place]modelRow), exists: make(map[identity]bool),
		doubts: make(map[identity]map[place]bool), targets: make(map[string]string),
	}
}

func (m *model) identity(at place, person int) identity {
	if person == 0 {
		return identity{target: m.targets[at.run], alone: at}
	}
	return identity{target: m.targets[at.run], person: person}
}

// doubt notes that a row leaves its person in doubt, or no longer does.
func (m *model) doubt(at place, person int, inDoubt bool) {
	who := m.identity(at, person)
	if m.doubts[who] == nil {
		m.doubts[who] = make(map[place]bool)
	}
	if inDoubt {
		m.doubts[who][at] = true
	} else {
		delete(m.doubts[who], at)
	}
}

// settle ends all doubts about the person of a row, but for those of one run.
func (m *model) settle(at place, person int, as State, except string) {
	who := m.identity(at, person)
	for other := range m.doubts[who] {
		if other.run != except {
			m.rows[other] = modelRow{person, as}
			delete(m.doubts[who], other)
		}
	}
}

func (m *model) standing(who identity) Standing {
	switch {
	case m.exists[who]:
		return Exists
	case len(m.doubts[who]) > 0:
		return Doubtful
	default:
		return New
	}
}

// forget takes back all that is known of the person of a row.
func (m *model) forget(at place) {
	who := m.identity(at, m.rows[at].person)
	for other, row := range m.rows {
		if m.identity(other, row.person) == who && (row.state.Present() || row.state.InDoubt()) {
			m.rows[other] = modelRow{row.person, Forgotten}
		}
	}
	delete(m.exists, who)
	delete(m.doubts, who)
}

// machine drives a ledger and the model side by side.
type machine struct {
	*model
	dir     string
	ledger  *Ledger
	locks   [targetsAll]*Lock
	running [targetsAll]*Run
	past    []PastRun
}

func targetName(n int) string {
	return []string{"sulu https://a.example.com", "ejento https://b.example.com"}[n]
}

func (m *machine) open(t *rapid.T) {
	var err error
	if m.ledger, err = Open(t.Context(), m.dir); err != nil {
		t.Fatal(err)
	}
	for n := range targetsAll {
		if m.locks[n], err = m.ledger.Lock(t.Context(), targetName(n)); err != nil {
			t.Fatal(err)
		}
		m.begin(t, n)
	}
}

func (m *machine) begin(t *rapid.T, n int) {
	run, err := m.ledger.Begin(t.Context(), m.locks[n], RunInfo{Command: "import"})
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

// pickRow draws a row of a run under way; its person is drawn the first time.
func (m *machine) pickRow(t *rapid.T) (n int, at place, row modelRow) {
	n = rapid.IntRange(0, targetsAll-1).Draw(t, "target")
	at = place{m.running[n].ID(), rapid.IntRange(1, rowsInRun).Draw(t, "row")}
	row, ok := m.rows[at]
	if !ok {
		row.person = rapid.IntRange(0, people-1).Draw(t, "person")
	}
	return n, at, row
}

func (m *machine) digest(at place, person int) Digest {
	if person == 0 {
		return Digest{}
	}
	return m.ledger.Digest(m.targets[at.run], "", string(rune('a'+person)))
}

func (m *machine) intend(t *rapid.T) {
	n, at, row := m.pickRow(t)
	err := m.running[n].Intend(t.Context(), Intent{Row: at.row, Line: at.row, Digest: m.digest(at, row.person)})
	if row.state.Present() {
		if !is[*RowError](err) {
			t.Fatalf("a %s row was sent again: %v", row.state, err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	m.rows[at] = modelRow{row.person, Sent}
	m.doubt(at, row.person, true)
}

// intendMany intends as many rows as make a list, some of which may not be new.
func (m *machine) intendMany(t *rapid.T) {
	n := rapid.IntRange(0, targetsAll-1).Draw(t, "target")
	run := m.running[n].ID()
	first := rapid.IntRange(1, rowsInRun-fewestInList+1).Draw(t, "row")
	var (
		intents []Intent
		rows    []modelRow
		refused bool
	)
	for at := (place{run, first}); at.row < first+fewestInList; at.row++ {
		row, ok := m.rows[at]
		if !ok {
			row.person = rapid.IntRange(0, people-1).Draw(t, "person")
		}
		refused = refused || row.state.Present()
		intents = append(intents, Intent{Row: at.row, Line: at.row, Digest: m.digest(at, row.person)})
		rows = append(rows, row)
	}
	err := m.running[n].Intend(t.Context(), intents...)
	if refused {
		if !is[*RowError](err) {
			t.Fatalf("rows that exist were sent again: %v", err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	for i, intent := range intents {
		at := place{run, intent.Row}
		m.rows[at] = modelRow{rows[i].person, Sent}
		m.doubt(at, rows[i].person, true)
	}
}

// withdrawMany withdraws rows in as few commits as the writer likes.
func (m *machine) withdrawMany(t *rapid.T) {
	n := rapid.IntRange(0, targetsAll-1).Draw(t, "target")
	run := m.running[n].ID()
	var changes []change
	for row := 1; row <= rowsInRun; row += rapid.IntRange(1, 4).Draw(t, "step") {
		changes = append(changes, change{kind: withdraw, outcome: Outcome{Row: row}, done: make(chan error, 1)})
	}
	for _, c := range changes {
		if err := m.running[n].writer.enqueue(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range changes {
		at := place{run, c.outcome.Row}
		row, err := m.rows[at], <-c.done
		if (row.state == Sent) != (err == nil) {
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
	state := rapid.SampledFrom([]State{Created, Existing, Failed, Unknown}).Draw(t, "state")
	if err := m.running[n].Record(t.Context(), Outcome{
		Row: at.row, Line: at.row, Digest: m.digest(at, row.person), State: state,
	}); err != nil {
		t.Fatal(err)
	}
	err := m.running[n].Flush(t.Context())
	if row.state.Present() && row.state != state {
		if !is[*RowError](err) {
			t.Fatalf("a %s row became %s: %v", row.state, state, err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	m.rows[at] = modelRow{row.person, state}
	m.doubt(at, row.person, state == Unknown)
	if state.Present() {
		m.exists[m.identity(at, row.person)] = true
		m.settle(at, row.person, Existing, at.run)
	}
}

func (m *machine) withdraw(t *rapid.T) {
	n, at, row := m.pickRow(t)
	err := m.running[n].Withdraw(t.Context(), at.row)
	if (row.state == Sent) != (err == nil) {
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
	if err := m.running[n].Finish(t.Context(), Summary{}); err != nil {
		t.Fatal(err)
	}
	m.begin(t, n)
}

// between ends the runs under way: what is settled and forgotten is what they left.
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

// crash lets go of everything without ending the runs.
func (m *machine) crash(t *rapid.T) {
	if err := m.ledger.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	m.close(t)
	m.open(t)
}

// pickPast draws a row of any run.
func (m *machine) pickPast(t *rapid.T) (run PastRun, lock *Lock, at place) {
	run = rapid.SampledFrom(m.past).Draw(t, "run")
	lock = m.locks[0]
	if run.Target == targetName(1) {
		lock = m.locks[1]
	}
	return run, lock, place{run.ID, rapid.IntRange(1, rowsInRun).Draw(t, "row")}
}

func (m *machine) settleRow(t *rapid.T) {
	run, lock, at := m.pickPast(t)
	state := rapid.SampledFrom([]State{Created, Existing, Absent}).Draw(t, "state")
	row := m.rows[at]
	err := m.ledger.Settle(t.Context(), lock, run, Settlement{Row: at.row, State: state})
	if row.state.InDoubt() != (err == nil) {
		t.Fatalf("settling a row that is %q gave %v", row.state, err)
	}
	if err != nil {
		return
	}
	others := state
	if state == Created {
		others = Existing
	}
	m.settle(at, row.person, others, "")
	m.rows[at] = modelRow{row.person, state}
	if state.Present() {
		m.exists[m.identity(at, row.person)] = true
	}
}

func (m *machine) settleAllAbsent(t *rapid.T) {
	n := rapid.IntRange(0, targetsAll-1).Draw(t, "target")
	want := 0
	for at, row := range m.rows {
		if m.targets[at.run] == targetName(n) && row.state.InDoubt() {
			m.rows[at] = modelRow{row.person, Absent}
			m.doubt(at, row.person, false)
			want++
		}
	}
	if got, err := m.ledger.SettleAllAbsent(t.Context(), m.locks[n]); err != nil || got != want {
		t.Fatalf("settled %d rows, %v; want %d", got, err, want)
	}
}

func (m *machine) forgetRow(t *rapid.T) {
	run, lock, at := m.pickPast(t)
	present := m.rows[at].state.Present()
	got, err := m.ledger.Forget(t.Context(), lock, run, at.row)
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
		if at.run == run.ID && row.state == Created {
			created = append(created, at)
		}
	}
	if got, err := m.ledger.Forget(t.Context(), lock, run); err != nil || got != len(created) {
		t.Fatalf("forgot %d rows, %v; want %d", got, err, len(created))
	}
	for _, at := range created {
		m.forget(at)
	}
}

// check compares the rows, and what follows from them, with the model.
func (m *machine) check(t *rapid.T) {
	type entry struct {
		at    place
		state State
	}
	entries, err := collect(t.Context(), m.ledger.db, func(rows *sql.Rows) (e entry, err error) {
		return e, rows.Scan(&e.at.run, &e.at.row, &e.state)
	}, `SELECT id, row, state FROM (SELECT run, row, state FROM rows UNION ALL SELECT run, row, state FROM intended) JOIN runs ON number = run`)
	if err != nil || len(entries) != len(m.rows) {
		t.Fatalf("the ledger has %d rows, %v; want %d", len(entries), err, len(m.rows))
	}
	for _, e := range entries {
		if want := m.rows[e.at].state; e.state != want {
			t.Fatalf("row %v is %q, want %q", e.at, e.state, want)
		}
	}
	for n := range targetsAll {
		m.checkKnown(t, n)
	}
}

// read compares what is read of a run with the model.
func (m *machine) read(t *rapid.T) {
	run := rapid.SampledFrom(m.past).Draw(t, "run")
	counts := make(map[State]int)
	for row, err := range m.ledger.Rows(t.Context(), run) {
		if err != nil {
			t.Fatal(err)
		}
		if want := m.rows[place{run.ID, row.Row}].state; row.State != want {
			t.Fatalf("row %d of run %s is %q, want %q", row.Row, run.ID, row.State, want)
		}
		counts[row.State]++
	}
	want := make(map[State]int)
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

// digests gives the people of a target and what should be known of them.
func (m *machine) digests(n int) (digests []Digest, want []Standing) {
	for person := 1; person < people; person++ {
		digests = append(digests, m.ledger.Digest(targetName(n), "", string(rune('a'+person))))
		want = append(want, m.standing(identity{target: targetName(n), person: person}))
	}
	return digests, want
}

func (m *machine) checkKnown(t *rapid.T, n int) {
	digests, want := m.digests(n)
	known, err := m.ledger.Known(t.Context(), digests...)
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
		if err := plan.Add(t.Context(), i+1, i+1, digest); err != nil {
			t.Fatal(err)
		}
	}
	known, err := m.ledger.Known(t.Context(), digests...)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := plan.Resolve(t.Context()); err != nil {
		t.Fatal(err)
	}
	found := make(map[Digest]Finding)
	for planned, err := range plan.Findings(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		found[digests[planned.Row-1]] = planned.Finding
	}
	if !maps.Equal(found, known) {
		t.Fatalf("planned is %+v, and known %+v", found, known)
	}
}

// The ledger knows of people what the events say, however runs end, crash,
// fail, are settled and are forgotten.
func TestLedgerAgainstModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := &machine{model: newModel(), dir: tempDir(t)}
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
			"settle":            func(t *rapid.T) { m.between(t, func() { m.settleRow(t) }) },
			"settle all absent": func(t *rapid.T) { m.between(t, func() { m.settleAllAbsent(t) }) },
			"forget":            func(t *rapid.T) { m.between(t, func() { m.forgetRow(t) }) },
			"forget created":    func(t *rapid.T) { m.between(t, func() { m.forgetCreated(t) }) },
		})
	})
}

// tempDir gives a folder that goes when the check ends.
func tempDir(t *rapid.T) string {
	dir, err := os.MkdirTemp("", "ledger")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

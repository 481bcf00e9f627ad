package ledgertest

import (
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/rowstate"
)

// model contains what should be known, from events and not from rows: whether a user exists, which rows leave it
// in doubt, and of which the administrator has settled the user as absent.
type model struct {
	rows    map[place]modelRow
	exists  map[identity]bool
	doubts  map[identity]map[place]bool
	words   map[identity]map[place]bool
	targets map[string]string // of each run
}

type place struct {
	run string
	row int
}

type modelRow struct {
	person int
	state  rowstate.State
}

// identity is a user at a target; a row without a key is a separate identity.
type identity struct {
	target string
	person int
	alone  place
}

func newModel() *model {
	return &model{
		rows: make(map[place]modelRow), exists: make(map[identity]bool),
		doubts: make(map[identity]map[place]bool), words: make(map[identity]map[place]bool), targets: make(map[string]string),
	}
}

func (m *model) identity(at place, person int) identity {
	if person == 0 {
		return identity{target: m.targets[at.run], alone: at}
	}
	return identity{target: m.targets[at.run], person: person}
}

// doubt records that a row leaves its user in doubt, or no longer does.
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

// settle ends all doubts about the user of a row, except those of one run.
func (m *model) settle(at place, person int, as rowstate.State, except string) {
	who := m.identity(at, person)
	for other := range m.doubts[who] {
		if other.run != except {
			m.rows[other] = modelRow{person, as}
			delete(m.doubts[who], other)
			m.word(other, person, as == rowstate.NotCreated)
		}
	}
}

// word records or ends that the administrator has settled a row as absent.
func (m *model) word(at place, person int, isGiven bool) {
	who := m.identity(at, person)
	if m.words[who] == nil {
		m.words[who] = make(map[place]bool)
	}
	if isGiven {
		m.words[who][at] = true
	} else {
		delete(m.words[who], at)
	}
}

func (m *model) standing(who identity) ledger.Presence {
	switch {
	case m.exists[who]:
		return ledger.Exists
	case len(m.doubts[who])+len(m.words[who]) > 0:
		return ledger.Doubtful
	default:
		return ledger.New
	}
}

// forget removes all that is known of the user of a row.
func (m *model) forget(at place) {
	who := m.identity(at, m.rows[at].person)
	for other, row := range m.rows {
		if m.identity(other, row.person) == who && (row.state.Present() || row.state.InDoubt()) {
			m.rows[other] = modelRow{row.person, rowstate.Forgotten}
		}
	}
	delete(m.exists, who)
	delete(m.doubts, who)
	delete(m.words, who)
}

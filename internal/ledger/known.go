package ledger

import (
	"context"
	"database/sql"
	"slices"
)

// Standing is what is known of a person before they are sent.
type Standing int

// The standings.
const (
	// New: nothing is known against creating the person.
	New Standing = iota
	// Exists: the person exists at the provider.
	Exists
	// Doubtful: an earlier run may have created the person.
	Doubtful
)

// String gives the standing's word.
func (s Standing) String() string {
	switch s {
	case Exists:
		return "existing"
	case Doubtful:
		return "in doubt"
	default:
		return "new"
	}
}

// Finding is what is known of a person, and from which row. Created rows
// decide before existing ones, these before rows in doubt; the package comment
// says why. Of several, the latest decides, and of rows in doubt the earliest:
// later runs may have left the doubt as it was. The zero Finding is New.
type Finding struct {
	Standing Standing
	// Run, Row and Line name the row that decides; Run is empty where no run knows the person.
	Run       string
	Row, Line int
	// UserID is the provider's id, where it is known.
	UserID string
	// Listed says that the provider's own list has the person; see [Plan.MarkExisting].
	Listed bool
}

// evidence is a row that says that a person exists or may exist.
type evidence struct {
	digest    Digest
	run       int64
	row, line int
	state     State
	userID    string
}

// weight ranks evidence of one person by its state.
func (e evidence) weight() int {
	switch {
	case e.state == Created:
		return 3
	case e.state == Existing:
		return 2
	case e.state.InDoubt():
		return 1
	default:
		return 0
	}
}

// outweighs tells whether the evidence decides against other evidence of the person.
func (e evidence) outweighs(other evidence) bool {
	if mine, theirs := e.weight(), other.weight(); mine != theirs {
		return mine > theirs
	}
	isLater := e.run > other.run || e.run == other.run && e.row > other.row
	return isLater != e.state.InDoubt()
}

func (e evidence) standing() Standing {
	switch {
	case e.state.Present():
		return Exists
	case e.state.InDoubt():
		return Doubtful
	default:
		return New
	}
}

const (
	// mostAtOnce bounds the digests of one query.
	mostAtOnce = 500
	// sqlKnown is what evidence consists of, beside the digest.
	sqlKnown = "known.run, known.row, known.line, known.state, known.user_id"
)

// Known gives what all runs know of people, by digest. People of whom nothing
// is known are not in the map.
func (l *Ledger) Known(ctx context.Context, digests ...Digest) (map[Digest]Finding, error) {
	decisive := make(map[Digest]evidence)
	for len(digests) > 0 {
		some := digests[:min(len(digests), mostAtOnce)]
		digests = digests[len(some):]
		args := make([]any, len(some))
		for i := range some {
			args[i] = some[i].blob()
		}
		found, err := collect(ctx, l.db, scanEvidence, `
			SELECT digests.digest, `+sqlKnown+`
			FROM digests CROSS JOIN rows AS known ON known.run = digests.run AND known.row = digests.row
			WHERE digests.digest IN (`+places(len(some))+`) AND (known.state IN `+sqlPresent+` OR known.state IN `+sqlInDoubt+`)
			UNION ALL
			SELECT known.digest, `+sqlKnown+` FROM intended AS known WHERE known.digest IN (`+places(len(some))+`)`,
			slices.Concat(args, args)...)
		if err != nil {
			return nil, l.wrap("read the ledger", err)
		}
		for _, e := range found {
			if best, ok := decisive[e.digest]; !ok || e.outweighs(best) {
				decisive[e.digest] = e
			}
		}
	}
	return l.findings(ctx, decisive)
}

// findings names the runs of the rows that decide.
func (l *Ledger) findings(ctx context.Context, decisive map[Digest]evidence) (map[Digest]Finding, error) {
	findings := make(map[Digest]Finding, len(decisive))
	ids := make(map[int64]string)
	for digest, e := range decisive {
		if _, ok := ids[e.run]; !ok {
			var id string
			if err := l.db.QueryRowContext(ctx, `SELECT id FROM runs WHERE number = ?`, e.run).Scan(&id); err != nil {
				return nil, l.wrap("read the ledger", err)
			}
			ids[e.run] = id
		}
		findings[digest] = Finding{Standing: e.standing(), Run: ids[e.run], Row: e.row, Line: e.line, UserID: e.userID}
	}
	return findings, nil
}

func scanEvidence(rows *sql.Rows) (e evidence, err error) {
	var digest []byte
	err = rows.Scan(&digest, &e.run, &e.row, &e.line, &e.state, &e.userID)
	copy(e.digest[:], digest)
	return e, err
}

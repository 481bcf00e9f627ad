package file

import (
	"context"
	"database/sql"
	"math"
	"slices"
	"time"

	"github.com/bring-aboard/usher/internal/ledger"
)

// evidence is an [ledger.Evidence] with the digest of its user, as it is scanned.
type evidence struct {
	ledger.Evidence
	digest  ledger.Digest
	started sql.NullInt64
}

// columns returns the destinations of the columns of sqlKnown.
func (e *evidence) columns() []any {
	return []any{&e.Run, &e.Row, &e.Line, &e.State, &e.UserID, &e.Doubt, &e.Proof, &e.Sends, &e.started, &e.Word, &e.Due}
}

const (
	// mostAtOnce is the maximum number of digests in one query.
	mostAtOnce = 500
	// sqlKnown is the columns of evidence, except the digest.
	sqlKnown = "known.run, known.row, known.line, known.state, known.user_id, known.doubt, known.proof, known.sends, known.started, known.word, known.due"
	// sqlEvidence selects the rows that are evidence about a user.
	sqlEvidence = "(known.state IN " + sqlPresent + " OR known.state IN " + sqlInDoubt + " OR known.word = 1)"
)

// known returns what all runs know of users, by digest. Unknown users are not in the map.
func (l *Ledger) known(ctx context.Context, digests ...ledger.Digest) (map[ledger.Digest]ledger.Finding, error) {
	return l.knownUpTo(ctx, math.MaxInt64, digests...)
}

// knownUpTo is known for the runs up to a number.
func (l *Ledger) knownUpTo(ctx context.Context, last int64, digests ...ledger.Digest) (map[ledger.Digest]ledger.Finding, error) {
	decisive := make(map[ledger.Digest]ledger.Evidence)
	for len(digests) > 0 {
		some := digests[:min(len(digests), mostAtOnce)]
		digests = digests[len(some):]
		args := make([]any, len(some))
		for i := range some {
			args[i] = some[i].Blob()
		}
		found, err := collect(ctx, l.db, scanEvidence, `
			SELECT digests.digest, `+sqlKnown+`
			FROM digests CROSS JOIN rows AS known ON known.run = digests.run AND known.row = digests.row
			WHERE digests.digest IN (`+places(len(some))+`) AND digests.run <= ? AND `+sqlEvidence+`
			UNION ALL
			SELECT known.digest, `+sqlKnown+` FROM intended AS known WHERE known.digest IN (`+places(len(some))+`) AND known.run <= ? AND `+sqlEvidence,
			slices.Concat(args, []any{last}, args, []any{last})...)
		if err != nil {
			return nil, l.wrap("read the ledger", err)
		}
		for _, e := range found {
			if best, ok := decisive[e.digest]; ok {
				e.Evidence = e.Joined(best)
			}
			decisive[e.digest] = e.Evidence
		}
	}
	return l.findings(ctx, decisive)
}

// Seen implements [ledger.Knowledge].
func (l *Ledger) Seen(ctx context.Context, digests ...ledger.Digest) (map[ledger.Digest]time.Time, error) {
	type seen struct {
		digest ledger.Digest
		at     sql.NullInt64
	}
	last := make(map[ledger.Digest]time.Time)
	for len(digests) > 0 {
		some := digests[:min(len(digests), mostAtOnce)]
		digests = digests[len(some):]
		args := make([]any, len(some))
		for i := range some {
			args[i] = some[i].Blob()
		}
		found, err := collect(ctx, l.db, func(rows *sql.Rows) (s seen, err error) {
			var digest []byte
			err = rows.Scan(&digest, &s.at)
			copy(s.digest[:], digest)
			return s, err
		}, `
			SELECT digest, max(at) FROM (
				SELECT digests.digest, max(coalesce(known.ended, 0), coalesce(known.started, 0)) AS at
				FROM digests CROSS JOIN rows AS known ON known.run = digests.run AND known.row = digests.row
				WHERE digests.digest IN (`+places(len(some))+`) AND known.state <> 'gone'
				UNION ALL
				SELECT digest, started FROM intended WHERE digest IN (`+places(len(some))+`))
			GROUP BY digest`, slices.Concat(args, args)...)
		if err != nil {
			return nil, l.wrap("read the ledger", err)
		}
		for _, s := range found {
			last[s.digest] = moment(s.at)
		}
	}
	return last, nil
}

// KnownByKey implements [ledger.Knowledge].
func (l *Ledger) KnownByKey(ctx context.Context, key ledger.KeyDigests) (ledger.Finding, error) {
	known, err := l.known(ctx, key.Form)
	if finding, ok := known[key.Form]; ok || err != nil || key.Old.IsZero() || l.lastOld == 0 {
		return finding, err
	}
	if known, err = l.knownUpTo(ctx, l.lastOld, key.Old); err != nil {
		return ledger.Finding{}, err
	}
	finding, ok := known[key.Old]
	if ok {
		finding.Standing, finding.Doubt = ledger.Doubtful, ledger.DoubtLost
	}
	return finding, nil
}

// findings returns the findings with the ids of the deciding runs.
func (l *Ledger) findings(ctx context.Context, decisive map[ledger.Digest]ledger.Evidence) (map[ledger.Digest]ledger.Finding, error) {
	findings := make(map[ledger.Digest]ledger.Finding, len(decisive))
	ids := make(map[int64]string)
	for digest, e := range decisive {
		if _, ok := ids[e.Run]; !ok {
			var id string
			if err := l.db.QueryRowContext(ctx, `SELECT id FROM runs WHERE number = ?`, e.Run).Scan(&id); err != nil {
				return nil, l.wrap("read the ledger", err)
			}
			ids[e.Run] = id
		}
		finding := e.Finding()
		finding.Run = ids[e.Run]
		findings[digest] = finding
	}
	return findings, nil
}

func scanEvidence(rows *sql.Rows) (e evidence, err error) {
	var digest []byte
	err = rows.Scan(append([]any{&digest}, e.columns()...)...)
	copy(e.digest[:], digest)
	e.Started = moment(e.started)
	return e, err
}

package shared

import (
	"context"
	"iter"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/ledger/file"
)

const (
	sqlPresent = `('created', 'existing')`
	sqlInDoubt = `('sent', 'unknown')`
	// sqlIntended are the states of rows that are about to be sent.
	sqlIntended = `('sent', 'changing', 'removing')`
	// sqlRemovalInDoubt are the states of rows whose users may have been deleted.
	sqlRemovalInDoubt = `('removing', 'removal_unknown')`
	// sqlEvidence selects the rows that are evidence about a user.
	sqlEvidence = `(known.state IN ` + sqlPresent + ` OR known.state IN ` + sqlInDoubt + ` OR known.word)`
	// selectKnown reads evidence with the digest by which it is found.
	selectKnown = `
		SELECT noted.digest, runs.id, runs.machine, known.run, known.row, known.line, known.state, known.user_id, known.doubt, known.proof,
		       known.sends, known.started, known.word, known.due
		FROM usher.digests AS noted
		JOIN usher.rows AS known ON known.run = noted.run AND known.row = noted.row
		JOIN usher.runs AS runs ON runs.number = noted.run
		WHERE ` + sqlEvidence
)

// scanKnown reads evidence. A doubt that another machine left is [ledger.DoubtForeign].
func (l *Ledger) scanKnown(row pgx.CollectableRow) (n file.Noted, err error) {
	var (
		digest  []byte
		machine string
		started *time.Time
	)
	err = row.Scan(&digest, &n.RunID, &machine, &n.Run, &n.Row, &n.Line, &n.State, &n.UserID, &n.Doubt, &n.Proof, &n.Sends, &started, &n.Word, &n.Due)
	copy(n.Digest[:], digest)
	n.Started = moment(started)
	if machine != l.machine && n.State.InDoubt() && (n.Doubt == ledger.DoubtLost || n.Doubt == "") {
		n.Doubt = ledger.DoubtForeign
	}
	return n, err
}

// Evidence implements [file.Source].
func (l *Ledger) Evidence(ctx context.Context, digests []ledger.Digest) iter.Seq2[file.Noted, error] {
	return l.evidence(ctx, selectKnown+` AND noted.digest = ANY ($1)`, blobs(digests))
}

// EvidenceAt implements [file.Source].
func (l *Ledger) EvidenceAt(ctx context.Context, target string) iter.Seq2[file.Noted, error] {
	return l.evidence(ctx, selectKnown+` AND runs.target = $1`, target)
}

func (l *Ledger) evidence(ctx context.Context, query string, args ...any) iter.Seq2[file.Noted, error] {
	return func(yield func(file.Noted, error) bool) {
		rows, err := l.pool.Query(ctx, query, args...)
		if err != nil {
			yield(file.Noted{}, l.wrap("read the shared ledger", err))
			return
		}
		defer rows.Close()
		for rows.Next() {
			noted, err := l.scanKnown(rows)
			if !yield(noted, l.wrap("read the shared ledger", err)) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(file.Noted{}, l.wrap("read the shared ledger", err))
		}
	}
}

// Known implements [file.Source].
func (l *Ledger) Known(ctx context.Context, digests ...ledger.Digest) (map[ledger.Digest]ledger.Finding, error) {
	decisive := map[ledger.Digest]file.Noted{}
	for noted, err := range l.Evidence(ctx, digests) {
		if err != nil {
			return nil, err
		}
		best, isThere := decisive[noted.Digest]
		if isThere {
			joined := noted.Joined(best.Evidence)
			if joined.Run == best.Run {
				noted.RunID = best.RunID
			}
			noted.Evidence = joined
		}
		decisive[noted.Digest] = noted
	}
	known := make(map[ledger.Digest]ledger.Finding, len(decisive))
	for digest, noted := range decisive {
		finding := noted.Finding()
		finding.Run = noted.RunID
		known[digest] = finding
	}
	return known, nil
}

// KnownByKey implements [ledger.Knowledge]. No run of the store has digests of the old comparison.
func (l *Ledger) KnownByKey(ctx context.Context, key ledger.KeyDigests) (ledger.Finding, error) {
	known, err := l.Known(ctx, key.Form)
	return known[key.Form], err
}

// Seen implements [ledger.Knowledge]. The times are by this machine's clock.
func (l *Ledger) Seen(ctx context.Context, digests ...ledger.Digest) (map[ledger.Digest]time.Time, error) {
	type seen struct {
		digest []byte
		ago    int64 // milliseconds
	}
	asked := time.Now()
	found, err := collect(ctx, l.pool, func(row pgx.CollectableRow) (s seen, err error) {
		return s, row.Scan(&s.digest, &s.ago)
	}, `
		SELECT noted.digest, (extract(epoch FROM clock_timestamp() - max(greatest(known.started, known.ended))) * 1000)::bigint
		FROM usher.digests AS noted JOIN usher.rows AS known ON known.run = noted.run AND known.row = noted.row
		WHERE noted.digest = ANY ($1) AND known.state <> 'gone' AND coalesce(known.started, known.ended) IS NOT NULL
		GROUP BY noted.digest`, blobs(digests))
	if err != nil {
		return nil, l.wrap("read the shared ledger", err)
	}
	last := make(map[ledger.Digest]time.Time, len(found))
	for _, s := range found {
		last[ledger.Digest(s.digest)] = asked.Add(-time.Duration(s.ago) * time.Millisecond)
	}
	return last, nil
}

// querier is a pool or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// collect reads all rows of a query.
func collect[T any](ctx context.Context, from querier, scan func(pgx.CollectableRow) (T, error), query string, args ...any) ([]T, error) {
	rows, err := from.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scan)
}

// blobs returns digests as the database stores them.
func blobs(digests []ledger.Digest) [][]byte {
	texts := make([][]byte, len(digests))
	for n := range digests {
		texts[n] = digests[n][:]
	}
	return texts
}

// moment returns the time of a column in milliseconds, as plans have it; NULL is the zero time.
func moment(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.Truncate(time.Millisecond)
}

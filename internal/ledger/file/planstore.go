package file

import (
	"context"
	"database/sql"
	"net/url"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/scratch"
)

// planStore is what a plan asks of the store that it belongs to. The tables of the ledger are attached to the plan's scratch
// file: those of a [Ledger] itself, or those of a [Source] as far as they were copied.
type planStore interface {
	ledger.Knowledge
	// known returns what all runs know of users, by digest. Unknown users are not in the map.
	known(ctx context.Context, digests ...ledger.Digest) (map[ledger.Digest]ledger.Finding, error)
	// lastOldRun returns the number of the last run whose digests are of the old comparison, 0 for none.
	lastOldRun() int64
	// attach attaches the tables to a connection, as the database "ledger".
	attach(ctx context.Context, conn *sql.Conn) error
	// copyRoster and copyTarget make the attached tables up to date, for the users of the plan's rows, or all of a target.
	copyRoster(ctx context.Context, p *Plan) error
	copyTarget(ctx context.Context, p *Plan, target string) error
	// between returns the rows of a run from the first to the last number.
	between(ctx context.Context, run ledger.PastRun, first, last int) ([]ledger.Entry, error)
	// assignedKey, isAssigned and isForgotten are as in [ledger.Plan].
	assignedKey(ctx context.Context, p *Plan, person ledger.Digest) (key ledger.Digest, ok bool, err error)
	isAssigned(ctx context.Context, p *Plan, key ledger.Digest) (bool, error)
	isForgotten(ctx context.Context, p *Plan, key ledger.Digest, userID string) (bool, error)
	// rekey moves the data of the users of the plan's respellings.
	rekey(ctx context.Context, p *Plan) error
}

func (l *Ledger) lastOldRun() int64 { return l.lastOld }

func (l *Ledger) attach(ctx context.Context, conn *sql.Conn) error {
	if _, err := conn.ExecContext(ctx, `ATTACH ? AS ledger`, scratch.URI(l.path, url.Values{"mode": {"rw"}})); err != nil {
		return err
	}
	_, err := conn.ExecContext(ctx, `PRAGMA ledger.synchronous = full; PRAGMA ledger.cache_size = -512`)
	return err
}

func (l *Ledger) copyRoster(context.Context, *Plan) error         { return nil }
func (l *Ledger) copyTarget(context.Context, *Plan, string) error { return nil }

func (l *Ledger) assignedKey(ctx context.Context, p *Plan, person ledger.Digest) (key ledger.Digest, ok bool, err error) {
	var blob []byte
	ok, err = p.one(ctx, `SELECT key FROM ledger.assigned WHERE person = ?`, []any{person[:]}, &blob)
	copy(key[:], blob)
	return key, ok, err
}

func (l *Ledger) isAssigned(ctx context.Context, p *Plan, key ledger.Digest) (is bool, err error) {
	_, err = p.one(ctx, `SELECT EXISTS (SELECT 1 FROM ledger.assigned WHERE key = ?)`, []any{key[:]}, &is)
	return is, err
}

func (l *Ledger) isForgotten(ctx context.Context, p *Plan, key ledger.Digest, userID string) (is bool, err error) {
	_, err = p.one(ctx, `
		SELECT EXISTS (SELECT 1 FROM ledger.digests AS noted CROSS JOIN ledger.rows AS known ON known.run = noted.run AND known.row = noted.row
		               WHERE noted.digest = ? AND known.state = 'forgotten' AND known.user_id = ?)`, []any{key[:], userID}, &is)
	return is, err
}

func (l *Ledger) rekey(ctx context.Context, p *Plan) error {
	for _, statement := range []string{ // in this order a crash between two of them loses no user
		`INSERT INTO ledger.digests (digest, run, row)
			SELECT rekeyings.digest, known.run, known.row
			FROM main.rekeyings CROSS JOIN ledger.digests AS known ON known.digest = rekeyings.other WHERE true ON CONFLICT DO NOTHING`,
		`UPDATE ledger.rows SET digest = (SELECT rekeyings.digest FROM main.rekeyings WHERE rekeyings.other = rows.digest)
			WHERE (run, row) IN (
				SELECT known.run, known.row FROM main.rekeyings CROSS JOIN ledger.digests AS known ON known.digest = rekeyings.other)
			AND digest IN (SELECT other FROM main.rekeyings)`,
		`DELETE FROM ledger.digests WHERE digest IN (SELECT other FROM main.rekeyings)`,
	} {
		if _, err := p.conn.ExecContext(ctx, statement); err != nil {
			return l.wrap("record the users in the ledger", err)
		}
	}
	return nil
}

package shared

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/ledger/queue"
	"github.com/bring-aboard/usher/internal/rowstate"
)

// commit writes a batch in one transaction. It returns why changes were refused, by their index in the batch; after an
// err nothing was written.
func (r *Run) commit(batch []queue.Change) (refusals map[int]error, err error) {
	err = r.write(batch)
	if code := codeOf(err); code != codeRefused && code != codeFenced {
		return nil, err
	}
	refusals = make(map[int]error)
	for i := range batch { // one by one, each completely or not at all
		err := r.write(batch[i : i+1])
		switch codeOf(err) {
		case codeRefused:
			if refusals[i], err = r.reason(batch[i]); err != nil {
				return nil, err
			}
		case codeFenced:
			r.lock.lose()
			refusals[i] = r.lock.check()
		default:
			if err != nil {
				return nil, err // the changes before it are in the database, and are not changed by a second time
			}
		}
	}
	return refusals, nil
}

// write makes changes in one transaction, and again as long as the database does not answer, for the time of a lease. If it does
// not answer at all, intents may be recorded although the caller gets an error: then their rows are in doubt.
func (r *Run) write(batch []queue.Change) error {
	next := r.batch + 1
	statements := r.statements(batch, next)
	err := r.lock.insist(func(ctx context.Context) error {
		err := r.lock.ledger.pool.SendBatch(ctx, statements).Close()
		if codeOf(err) == codeDone {
			return nil
		}
		return err
	})
	if err == nil || isUnreachable(err) { // it may have been committed: another batch must not be taken for it
		r.batch = next
	}
	return err
}

// insist makes a change that can be made again, as long as the database does not answer, for the time of a lease.
func (k *Lock) insist(change func(context.Context) error) error {
	for began := k.now(); ; {
		ctx, cancel := context.WithTimeout(context.Background(), max(answerWithin, k.ledger.lease))
		err := change(ctx)
		cancel()
		if err == nil || !isUnreachable(err) || k.now()-began > k.ledger.lease {
			return err
		}
		<-time.After(min(k.ledger.lease/20, 500*time.Millisecond))
	}
}

// statements returns the statements of a batch. Outcomes come before intents, because a row with both is resent. Without an
// explicit transaction, the database treats them as one.
func (r *Run) statements(batch []queue.Change, number int64) *pgx.Batch {
	to := &pgx.Batch{}
	if slices.ContainsFunc(batch, needsFence) {
		to.Queue(sqlFence, r.lock.target, r.lock.epoch)
	}
	to.Queue(sqlAdvance, r.number, number, r.id)
	var (
		outcomes []queue.Change
		intents  []intent
		noted    digests
		withdraw []int32
	)
	for _, c := range batch {
		switch c.Kind {
		case queue.Record:
			outcomes = append(outcomes, c)
			noted.add(c.Outcome.Row, c.Outcome.Form)
			if !r.planned {
				noted.add(c.Outcome.Row, c.Outcome.Digest)
			}
		case queue.Intend:
			for _, i := range c.Intents {
				intents = append(intents, intent{i, c.State})
				if !r.planned {
					noted.add(i.Row, i.Digest)
				}
			}
		case queue.Withdraw:
			withdraw = append(withdraw, int32(c.Outcome.Row))
		}
	}
	noted.insert(to, r.number)
	for some := range distinct(outcomes, func(c queue.Change) int { return c.Outcome.Row }) {
		r.record(to, some)
	}
	if len(withdraw) > 0 {
		to.Queue(`WITH done AS (DELETE FROM usher.rows WHERE run = $1 AND row = ANY ($2::int[]) AND state IN `+sqlIntended+` RETURNING 1) `+sqlExpect,
			r.number, withdraw, len(withdraw))
	}
	for _, c := range outcomes {
		r.settleOthers(to, c.Outcome)
	}
	for some := range distinct(intents, func(i intent) int { return i.Row }) {
		r.intend(to, some)
	}
	return to
}

// sqlAdvance records the number of a batch of a run. It fails as if the lease were lost if the number of the run is that of
// another one, because a backup of the database was restored.
const sqlAdvance = `SELECT usher.expect(EXISTS (SELECT FROM usher.runs WHERE number = $1 AND id = $3), '` + codeFenced + `'), usher.advance($1, $2)`

// needsFence reports whether a change is recorded only with the present epoch: all but that a user exists, and that a row was
// not sent.
func needsFence(c queue.Change) bool {
	return c.Kind == queue.Intend || c.Kind == queue.Record && !c.Outcome.State.Present()
}

// distinct splits items into groups without two of the same row, in which those of one row keep their order: a statement
// changes a row once.
func distinct[T any](items []T, rowOf func(T) int) func(yield func([]T) bool) {
	return func(yield func([]T) bool) {
		seen := make(map[int]bool, len(items))
		for len(items) > 0 {
			clear(seen)
			var now, later []T
			for _, item := range items {
				if row := rowOf(item); seen[row] {
					later = append(later, item)
				} else {
					seen[row] = true
					now = append(now, item)
				}
			}
			if !yield(now) {
				return
			}
			items = later
		}
	}
}

// sqlExpect fails with the code of a refused change unless so many rows were changed as the third parameter says.
const sqlExpect = `SELECT usher.expect((SELECT count(*) FROM done) = $3, '` + codeRefused + `')`

// digests are the rows of users that no plan has entered.
type digests struct {
	digests [][]byte
	rows    []int32
}

func (d *digests) add(row int, digest ledger.Digest) {
	if !digest.IsZero() {
		d.digests = append(d.digests, digest[:])
		d.rows = append(d.rows, int32(row))
	}
}

func (d *digests) insert(to *pgx.Batch, run int64) {
	if len(d.rows) > 0 {
		to.Queue(`INSERT INTO usher.digests (digest, run, row) SELECT digest, $1, row FROM unnest($2::bytea[], $3::int[]) AS noted (digest, row) ON CONFLICT DO NOTHING`,
			run, d.digests, d.rows)
	}
}

// record adds the statement for outcomes of distinct rows.
func (r *Run) record(to *pgx.Batch, changes []queue.Change) {
	slices.SortFunc(changes, func(a, b queue.Change) int { return cmp.Compare(a.Outcome.Row, b.Outcome.Row) })
	n := len(changes)
	var (
		rows, lines, attempts, sends, resends               = make([]int32, n), make([]int32, n), make([]int32, n), make([]int32, n), make([]int32, n)
		digests                                             = make([][]byte, n)
		states, ids, groups, classes, messages, doubts, not = make([]string, n), make([]string, n), make([]string, n), make([]string, n), make([]string, n), make([]string, n), make([]string, n)
		due                                                 = make([]bool, n)
	)
	for i, c := range changes {
		o := c.Outcome
		rows[i], lines[i], attempts[i], sends[i], resends[i] = int32(o.Row), int32(o.Line), int32(o.Attempts), int32(o.Sends), int32(o.Resends)
		digests[i] = o.Digest.Blob()
		states[i], ids[i], groups[i], classes[i], messages[i], doubts[i] = string(o.State), o.UserID, o.Group, o.Class, storable(o.Message), o.Doubt
		not[i], due[i] = strings.Join(o.NotStored, fieldSeparator), o.Due
	}
	to.Queue(`
		WITH done AS (
			INSERT INTO usher.rows (run, row, line, digest, state, user_id, group_id, class, message, attempts, ended, doubt, sends, resends, due, not_stored)
			SELECT $1, o.row, o.line, o.digest, o.state, o.user_id, o.group_id, o.class, o.message, o.attempts, now(), o.doubt, o.sends, o.resends, o.due, o.not_stored
			FROM unnest($2::int[], $4::int[], $5::bytea[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::int[], $12::text[], $13::int[], $14::int[], $15::boolean[], $16::text[])
				AS o (row, line, digest, state, user_id, group_id, class, message, attempts, doubt, sends, resends, due, not_stored)
			ON CONFLICT (run, row) DO UPDATE
			SET state = excluded.state, user_id = CASE excluded.user_id WHEN '' THEN rows.user_id ELSE excluded.user_id END,
			    class = excluded.class, message = excluded.message, attempts = greatest(rows.attempts, excluded.attempts), ended = excluded.ended,
			    doubt = excluded.doubt, sends = excluded.sends, resends = greatest(rows.resends, excluded.resends), due = excluded.due, word = false,
			    not_stored = CASE excluded.not_stored WHEN '' THEN rows.not_stored ELSE excluded.not_stored END
			WHERE rows.state NOT IN `+sqlPresent+` OR rows.state = excluded.state
			RETURNING 1)
		`+sqlExpect,
		r.number, rows, n, lines, digests, states, ids, groups, classes, messages, attempts, doubts, sends, resends, due, not)
}

// storable returns a text without what no text of the database can contain.
func storable(text string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", "�"), "�")
}

// intent is a row that is about to be sent.
type intent struct {
	ledger.Intent
	state rowstate.State
}

// intend adds the statement for intents of distinct rows.
func (r *Run) intend(to *pgx.Batch, intents []intent) {
	slices.SortFunc(intents, func(a, b intent) int { return cmp.Compare(a.Row, b.Row) })
	n := len(intents)
	var (
		rows, lines, proofs = make([]int32, n), make([]int32, n), make([]int32, n)
		digests             = make([][]byte, n)
		states, ids, groups = make([]string, n), make([]string, n), make([]string, n)
	)
	for i, in := range intents {
		rows[i], lines[i], proofs[i], digests[i] = int32(in.Row), int32(in.Line), int32(in.Proof), in.Digest.Blob()
		states[i], ids[i], groups[i] = string(in.state), in.UserID, in.Group
	}
	to.Queue(`
		WITH done AS (
			INSERT INTO usher.rows (run, row, line, digest, state, user_id, group_id, proof, started, attempts, doubt, sends)
			SELECT $1, i.row, i.line, i.digest, i.state, i.user_id, i.group_id, i.proof, now(), 1, '`+ledger.DoubtLost+`', 1
			FROM unnest($2::int[], $4::int[], $5::bytea[], $6::text[], $7::text[], $8::text[], $9::int[])
				AS i (row, line, digest, state, user_id, group_id, proof)
			ON CONFLICT (run, row) DO UPDATE
			SET state = excluded.state, attempts = rows.attempts + 1, started = coalesce(rows.started, excluded.started), ended = NULL,
			    doubt = CASE rows.doubt WHEN '`+ledger.DoubtAnswered+`' THEN rows.doubt WHEN '`+ledger.DoubtForeign+`' THEN rows.doubt ELSE excluded.doubt END,
			    sends = rows.sends + 1
			WHERE rows.state NOT IN `+sqlPresent+`
			RETURNING 1)
		`+sqlExpect, r.number, rows, n, lines, digests, states, ids, groups, proofs)
}

// sqlOfPerson selects the rows of the user whose digest is the first parameter.
const sqlOfPerson = `(run, row) IN (SELECT run, row FROM usher.digests WHERE digest = $1)`

// settleOthers adds the statements that an outcome means for other rows of its user.
func (r *Run) settleOthers(to *pgx.Batch, o ledger.Outcome) {
	switch {
	case o.Gone || o.State == rowstate.Absent:
		r.forget(to, o)
	case r.doubts && o.State.Present() && !o.Digest.IsZero():
		to.Queue(`UPDATE usher.rows SET state = 'existing', user_id = $2, ended = now(), doubt = '' WHERE `+sqlOfPerson+` AND run <> $3 AND state IN `+sqlInDoubt,
			o.Digest[:], o.UserID, r.number)
		if !o.Due {
			to.Queue(`UPDATE usher.rows SET word = CASE state WHEN 'not_created' THEN false ELSE word END, due = false WHERE `+sqlOfPerson+` AND run <> $2 AND (word OR due)`,
				o.Digest[:], r.number)
		}
		r.recount(to, o.Digest)
	}
}

// recount adds the statement that makes the numbers of other runs with a user uncounted, because their rows changed.
func (r *Run) recount(to *pgx.Batch, digest ledger.Digest) {
	to.Queue(`UPDATE usher.runs SET states = NULL WHERE number IN (SELECT run FROM usher.digests WHERE digest = $1) AND number <> $2 AND states IS NOT NULL`,
		digest[:], r.number)
}

// forget removes the evidence about a user who is confirmed absent. A user who was only not found is forgotten if an
// earlier run may have deleted them: otherwise the lookup may lag behind a create.
func (r *Run) forget(to *pgx.Batch, o ledger.Outcome) {
	if !o.Digest.IsZero() {
		doubted := ``
		if !o.Gone {
			doubted = ` AND EXISTS (
				SELECT FROM usher.digests AS noted JOIN usher.rows AS earlier ON earlier.run = noted.run AND earlier.row = noted.row
				WHERE noted.digest = $1 AND earlier.state IN ` + sqlRemovalInDoubt + `)`
		}
		to.Queue(sqlForget+sqlOfPerson+doubted, o.Digest[:])
		r.recount(to, o.Digest)
	}
	if r.undoOf != nil && o.Gone {
		to.Queue(sqlForget+`run = $1 AND row = $2`, r.undoOf.Number, o.Row)
		to.Queue(`UPDATE usher.runs SET states = NULL WHERE number = $1`, r.undoOf.Number)
	}
}

// reason returns why a change was refused, with the state of its row.
func (r *Run) reason(c queue.Change) (reason, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), answerWithin)
	defer cancel()
	type row struct {
		number int
		state  rowstate.State
	}
	found, err := collect(ctx, r.lock.ledger.pool, func(from pgx.CollectableRow) (found row, err error) {
		return found, from.Scan(&found.number, &found.state)
	}, `SELECT row, state FROM usher.rows WHERE run = $1 AND row = ANY ($2::int[]) ORDER BY state NOT IN `+sqlPresent+`, row`, r.number, numbers(c.Rows()))
	if err != nil {
		return nil, err
	}
	refused := &ledger.StateError{Row: c.Rows()[0], Op: c.Op()}
	if len(found) > 0 {
		refused.Row, refused.State = found[0].number, found[0].state
	}
	return refused, nil
}

func numbers(rows []int) []int32 {
	to := make([]int32, len(rows))
	for n, row := range rows {
		to[n] = int32(row)
	}
	return to
}

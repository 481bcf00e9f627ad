package amend

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"iter"
	"time"

	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/ops"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// Extras are the users of a provider's list who are in a scope and not in the roster. They are stored in the scratch
// file of the comparison. After Reset, its methods are called in the order Add, All.
type Extras struct {
	*Comparison
	// InScope reports whether a user counts. IsProtected reports whether an extra user must not be changed; nil for
	// none.
	InScope, IsProtected func(provider.User) bool
	// Verb is performed on them; its Command is empty for none.
	Verb ops.Verb

	insert *sql.Stmt
	seen   int
}

// Extra is a user who is not in the roster.
type Extra struct {
	provider.User
	// Number counts the extra users from 1.
	Number int
	// Protected reports that the user must not be changed, and Done that they are already as the verb leaves them.
	Protected, Done bool
}

// Reset forgets all users.
func (e *Extras) Reset(ctx context.Context) error {
	conn := e.Plan.Scratch().Conn()
	if err := e.Close(); err != nil {
		return err
	}
	_, err := conn.ExecContext(ctx, `
		DROP TABLE IF EXISTS main.extras;
		CREATE TABLE main.extras (number INTEGER PRIMARY KEY, user_id TEXT NOT NULL, key TEXT NOT NULL, user BLOB NOT NULL, protected INTEGER NOT NULL, done INTEGER NOT NULL)`)
	if err != nil {
		return err
	}
	e.seen = 0
	e.insert, err = conn.PrepareContext(ctx, `INSERT INTO main.extras (user_id, key, user, protected, done) VALUES (?, ?, ?, ?, ?)`)
	return err
}

// Close ends the adding of users.
func (e *Extras) Close() error {
	if e.insert == nil {
		return nil
	}
	return e.insert.Close()
}

// Add adds a user of the provider's list.
func (e *Extras) Add(ctx context.Context, user provider.User) error {
	if !e.InScope(user) {
		return nil
	}
	e.seen++
	isInRoster, err := e.Heard(ctx, user)
	if isInRoster || err != nil {
		return err
	}
	object, err := e.object(user)
	if err != nil {
		return err
	}
	protected := e.IsProtected != nil && e.IsProtected(user)
	_, err = e.insert.ExecContext(ctx, user.ID, user.Key, []byte(object), protected, e.Verb.ShowsDone(e.Adapter.Lifecycle, user))
	return err
}

// Seen returns the number of listed users in the scope, whether they are in the roster or not.
func (e *Extras) Seen() int { return e.seen }

// Diffs yields the users who are not in the roster as results of a comparison.
func (e *Extras) Diffs(ctx context.Context) iter.Seq2[RowDiff, error] {
	return func(yield func(RowDiff, error) bool) {
		for extra, err := range e.All(ctx) {
			if !yield(RowDiff{Key: extra.Key, State: StateExtra, UserID: extra.ID, ProviderKey: extra.Key}, err) || err != nil {
				return
			}
		}
	}
}

// All yields the users who are not in the roster. A user with the id of a row is, whatever the key at the provider is.
func (e *Extras) All(ctx context.Context) iter.Seq2[Extra, error] {
	return func(yield func(Extra, error) bool) {
		for after := 0; ; {
			page, err := e.page(ctx, after)
			if err != nil {
				yield(Extra{}, err)
				return
			}
			for _, extra := range page {
				after = extra.Number
				isInRoster, err := e.Plan.HasID(ctx, extra.ID)
				if isInRoster && err == nil {
					continue
				}
				if !yield(extra, err) || err != nil {
					return
				}
			}
			if len(page) < pageOfExtras {
				return
			}
		}
	}
}

// pageOfExtras is the number of users that are read at once.
const pageOfExtras = 256

// page reads the users after one with a number.
func (e *Extras) page(ctx context.Context, after int) (page []Extra, err error) {
	rows, err := e.Plan.Scratch().Conn().QueryContext(ctx,
		`SELECT number, user_id, key, user, protected, done FROM main.extras WHERE number > ? ORDER BY number LIMIT ?`, after, pageOfExtras)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var extra Extra
		var object []byte
		if err := rows.Scan(&extra.Number, &extra.ID, &extra.Key, &object, &extra.Protected, &extra.Done); err != nil {
			return nil, err
		}
		extra.Attributes = json.RawMessage(object)
		page = append(page, extra)
	}
	return page, rows.Err()
}

// Action returns the action on the users who are not in the roster. Their rows follow those of the roster, and have no
// line.
func (e *Extras) Action(rows int) *Action {
	a := &Action{Adapter: e.Adapter, Verb: e.Verb, ReadAt: func() time.Time { return e.askedAt }}
	a.Subjects = func(ctx context.Context) iter.Seq2[Candidate, error] {
		return func(yield func(Candidate, error) bool) {
			for extra, err := range e.All(ctx) {
				if err == nil && extra.Protected {
					continue
				}
				if !yield(e.candidate(rows, extra), err) || err != nil {
					return
				}
			}
		}
	}
	return a
}

func (e *Extras) candidate(rows int, extra Extra) Candidate {
	record := schema.Record{e.Adapter.Key: extra.Key}
	s := Candidate{Item: engine.Item{
		Row: rows + extra.Number, Key: cmp.Or(extra.Key, extra.ID), Record: record, Digest: e.Digest(record), UserID: extra.ID, StoredKey: extra.Key,
	}}
	if extra.Done {
		s.Decision = Already
	}
	return s
}

// Lines yields the result of each user in a run, after so many rows of the roster.
func (e *Extras) Lines(ctx context.Context, rows int, entries iter.Seq2[ledger.Entry, error]) iter.Seq2[intake.LedgerRow, error] {
	return func(yield func(intake.LedgerRow, error) bool) {
		users := map[int]Extra{}
		numbers := func(yield func(ledger.Entry, error) bool) {
			for extra, err := range e.All(ctx) {
				if err == nil && extra.Protected {
					continue
				}
				users[rows+extra.Number] = extra
				if !yield(ledger.Entry{Outcome: ledger.Outcome{Row: rows + extra.Number}}, err) || err != nil {
					return
				}
			}
		}
		for pair, err := range ledger.Pairs(numbers, entries) {
			extra := users[pair.Row]
			delete(users, pair.Row)
			line := intake.LedgerRow{Row: pair.Row, Line: actionLine(0, cmp.Or(extra.Key, extra.ID), pair.Other, e.Verb)}
			if !yield(line, err) || err != nil {
				return
			}
		}
	}
}

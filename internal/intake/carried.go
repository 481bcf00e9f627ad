package intake

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// Users are the users of an import by row, for another import of the same roster whose rows have values of them. They
// are stored in the scratch file of the import's plan. Users is not safe for concurrent use.
type Users struct {
	i       *Import
	profile string
	find    *sql.Stmt
}

// NewUsers returns the users of an import, of none of whom an id is known. The profile is that of the import, for
// people. The users must be closed before the plan.
func (i *Import) NewUsers(ctx context.Context, profile string) (*Users, error) {
	u := &Users{i: i, profile: profile}
	conn := i.Plan.Scratch().Conn()
	if _, err := conn.ExecContext(ctx, `CREATE TABLE main.users
		(row INTEGER PRIMARY KEY, line INTEGER NOT NULL, key TEXT NOT NULL, planned TEXT NOT NULL, id TEXT, state TEXT)`); err != nil {
		return nil, err
	}
	var err error
	u.find, err = conn.PrepareContext(ctx, `SELECT line, key, planned, id, state FROM main.users WHERE row = ?`)
	return u, err
}

// Close releases the users.
func (u *Users) Close() error { return u.find.Close() }

// Plan stores the ids of the users who exist according to the last Resolve.
func (u *Users) Plan(ctx context.Context) error {
	return store(ctx, u, `REPLACE INTO main.users (row, line, key, planned) VALUES (?, ?, ?, ?)`, u.i.Rows(ctx, ledger.Selection{}), func(row Row) []any {
		id := ""
		if row.Finding.Standing == ledger.Exists {
			id = row.Finding.UserID
		}
		return []any{row.Number, row.Line, u.i.keyOf(row.Record), id}
	})
}

// Finish stores the results of a run of the import.
func (u *Users) Finish(ctx context.Context, results iter.Seq2[LedgerRow, error]) error {
	return store(ctx, u, `UPDATE main.users SET id = ?, state = ? WHERE row = ?`, results, func(line LedgerRow) []any {
		id := line.ID
		if rowstate.State(line.State).Kind() != rowstate.Good {
			id = "" // it may be another user's
		}
		return []any{id, line.State, line.Row}
	})
}

// store executes a statement for each row, in one transaction.
func store[T any](ctx context.Context, u *Users, statement string, rows iter.Seq2[T, error], bind func(T) []any) error {
	tx, err := u.i.Plan.Scratch().Conn().BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // of what was not committed
	put, err := tx.PrepareContext(ctx, statement)
	if err != nil {
		return err
	}
	for row, err := range rows {
		if err == nil {
			_, err = put.ExecContext(ctx, bind(row)...)
		}
		if err != nil {
			return err
		}
	}
	return tx.Commit()
}

// Carried is a field whose value is that of another import's user of the same row: the provider's id, or the natural key.
type Carried struct {
	Field schema.Field
	From  *Users
	Key   bool
}

// carry adds the carried values to a row. An existing user gets only what was known when the plan was made, so that
// nothing is changed that was not confirmed. If a value is missing or invalid, Lacks is set.
func (i *Import) carry(ctx context.Context, row *Row) error {
	for _, c := range i.Carried {
		text, lacks, err := c.text(ctx, row)
		if err != nil {
			return err
		}
		var value any
		if lacks == nil {
			value, lacks = c.parse(text)
		}
		if lacks != nil {
			row.Lacks = lacks
			continue
		}
		row.Record = row.Record.With(schema.Record{c.Field.Name: value})
	}
	return nil
}

// text returns the value for a row. Lacks is the error of a row for which there is none.
func (c Carried) text(ctx context.Context, row *Row) (text string, lacks, err error) {
	var (
		line         int
		key, planned string
		id, state    sql.NullString
	)
	err = c.From.find.QueryRowContext(ctx, row.Number).Scan(&line, &key, &planned, &id, &state)
	if err == nil && line != row.Line {
		err = fmt.Errorf("row %d is on line %d for profile %s, and here on line %d", row.Number, line, c.From.profile, row.Line)
	}
	switch {
	case err != nil && !errors.Is(err, sql.ErrNoRows):
		return "", nil, err
	case c.Key && err == nil:
		text = key
	case row.Finding.Standing == ledger.Exists || !id.Valid:
		text = planned
	default:
		text = id.String
	}
	if text == "" {
		lacks = c.missing(state.String)
	}
	return text, lacks, nil
}

// missing returns the error of a row without a value, whose row in the other import has a state.
func (c Carried) missing(state string) error {
	what := "no id"
	if c.Key {
		what = "no key"
	}
	reason := rowstate.State(state).Label()
	if reason == "" {
		reason = "not created yet"
	}
	return &provider.Error{Class: provider.Unsent, Op: "send the row", Err: fmt.Errorf("%s: %s of the user in profile %s (%s)", c.Field.Name, what, c.From.profile, reason)}
}

// parse returns the value of a text. Lacks is the error of an invalid one.
func (c Carried) parse(text string) (value any, lacks error) {
	value, fieldErr := c.Field.Parse(text)
	if fieldErr == nil {
		if found := c.Field.Check(value); len(found) > 0 {
			fieldErr = found[0]
		}
	}
	if fieldErr != nil {
		return nil, &provider.Error{Class: provider.Invalid, Op: "send the row", Err: fmt.Errorf("%s: invalid value of profile %s (%s)", c.Field.Name, c.From.profile, fieldErr.Cause)}
	}
	return value, nil
}

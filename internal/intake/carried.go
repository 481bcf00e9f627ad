package intake

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/internal/scratch"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// Users are the users of an import by row, for another import of the same roster whose rows have values of them. They
// are stored in the scratch file of the import's plan. Users is not safe for concurrent use.
type Users struct {
	i       *Import
	profile string
	table   *scratch.Table
}

// carriedUser is the stored form of a user.
type carriedUser struct {
	Line int    `json:"line"`
	Key  string `json:"key"`
	// Planned is the id that was known when the plan was made, and ID the one after the run; empty for none.
	Planned string `json:"planned,omitempty"`
	ID      string `json:"id,omitempty"`
	// State is that of the row after the run; empty before.
	State rowstate.State `json:"state,omitempty"`
}

// NewUsers returns the users of an import, without an id. The profile is that of the import, for
// people. The users must be closed before the plan.
func (i *Import) NewUsers(ctx context.Context, profile string) (*Users, error) {
	table, err := i.Plan.Scratch().NewTable(ctx, "carried")
	return &Users{i, profile, table}, err
}

// Close releases the users.
func (u *Users) Close() error { return u.table.Close() }

// Plan stores the ids of the users who exist according to the last Resolve.
func (u *Users) Plan(ctx context.Context) error {
	for row, err := range u.i.Rows(ctx, ledger.Selection{}) {
		if err != nil {
			return err
		}
		user := carriedUser{Line: row.Line, Key: u.i.keyOf(row.Record)}
		if row.Finding.Standing == ledger.Exists {
			user.Planned = row.Finding.UserID
		}
		if err := u.put(ctx, row.Number, user); err != nil {
			return err
		}
	}
	return nil
}

// Finish stores the results of a run of the import.
func (u *Users) Finish(ctx context.Context, results iter.Seq2[LedgerRow, error]) error {
	for line, err := range results {
		if err != nil {
			return err
		}
		user, err := u.get(ctx, line.Row)
		if err != nil {
			return err
		}
		user.State, user.ID = rowstate.State(line.State), ""
		if user.State.Kind() == rowstate.Good { // otherwise it may be another user's
			user.ID = line.ID
		}
		if err := u.put(ctx, line.Row, user); err != nil {
			return err
		}
	}
	return nil
}

func (u *Users) put(ctx context.Context, row int, user carriedUser) error {
	text, err := json.Marshal(user)
	if err != nil {
		return err
	}
	return u.table.Put(ctx, row, text)
}

// get returns the user of a row; the zero value if there is none yet.
func (u *Users) get(ctx context.Context, row int) (user carriedUser, err error) {
	text, ok, err := u.table.Get(ctx, row)
	if ok && err == nil {
		err = json.Unmarshal(text, &user)
	}
	return user, err
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
	user, err := c.From.get(ctx, row.Number)
	if err == nil && user.Line != 0 && user.Line != row.Line {
		err = fmt.Errorf("row %d is on line %d for profile %s, and here on line %d", row.Number, user.Line, c.From.profile, row.Line)
	}
	if err != nil {
		return "", nil, err
	}
	switch {
	case c.Key:
		text = user.Key
	case row.Finding.Standing == ledger.Exists || user.State == "":
		text = user.Planned
	default:
		text = user.ID
	}
	if text == "" {
		lacks = c.missing(user.State)
	}
	return text, lacks, nil
}

// missing returns the error of a row without a value, whose row in the other import has a state.
func (c Carried) missing(state rowstate.State) error {
	what, reason := "id", state.Label()
	if c.Key {
		what = "key"
	}
	if reason == "" {
		reason = "not created yet"
	}
	return &provider.Error{Class: provider.Unsent, Err: fmt.Errorf("%s: no %s of the user in profile %s (%s)", c.Field.Name, what, c.From.profile, reason)}
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
		return nil, &provider.Error{Class: provider.Invalid, Err: fmt.Errorf("%s: invalid value of profile %s (%s)", c.Field.Name, c.From.profile, fieldErr.Cause)}
	}
	return value, nil
}

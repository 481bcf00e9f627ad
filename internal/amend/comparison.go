package amend

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/roster"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// DiffState says how a row stands against the provider.
type DiffState string

// The statuses.
const (
	// StateSame: the user has every value that the row gives.
	StateSame DiffState = "same"
	// StateDiffers: at least one value is another one.
	StateDiffers DiffState = "differs"
	// StateMissing: it is proved that the provider has no such user.
	StateMissing DiffState = "missing"
	// StateNotFound: the provider did not return the user, which proves nothing.
	StateNotFound DiffState = "not_found"
	// StateInvalid: the row has faults.
	StateInvalid DiffState = "invalid"
	// StateUnchecked: the provider gave no answer.
	StateUnchecked DiffState = "unasked"
)

// DiffStates lists every status in the order of reports.
func DiffStates() []DiffState {
	return []DiffState{StateSame, StateDiffers, StateMissing, StateNotFound, StateInvalid, StateUnchecked}
}

// The causes of faults that only the comparison finds.
const (
	// Fixed is a value that differs in a field that no update changes.
	Fixed schema.Cause = "cannot be changed"
	// Emptied is an empty value for a required field.
	Emptied schema.Cause = "cannot be emptied"
)

// Comparison is a roster beside the provider's users. Its methods are called in
// the order Read (of the Import), Ask, Verdicts. It is for one goroutine.
type Comparison struct {
	*intake.Import
	// Change has a difference that no update can make be a fault of its row.
	Change bool
	// ReadOnly says that nothing is changed or removed, so that which account the
	// ledger has does not matter.
	ReadOnly bool

	kept func(provider.User) (json.RawMessage, error) // what is kept of a user; nil for the documented fields
	// listed says that the provider's list was read, and incomplete that it may lack users.
	listed, incomplete bool
	askedAt            time.Time
	route              engine.Route // what lookups have shown
}

// RosterTable lists the fields of a roster whose users exist: none but the key
// is required.
func RosterTable(adapter provider.Adapter) schema.Table {
	table := slices.Clone(adapter.Table)
	for i := range table {
		table[i].Required = table[i].Name == adapter.Key
	}
	return table
}

// Incomparable tells whether a field cannot be read back, so that it is neither
// compared nor changed.
func Incomparable(f schema.Field) bool { return f.WriteOnly || f.Secret || f.In != schema.Body }

// RowDiff is a row of the roster with what the comparison says of it.
type RowDiff struct {
	intake.Row
	Key   string
	State DiffState
	// UserID is the provider's id of the user, ProviderKey the natural key as the
	// provider has it, and Have what the provider holds of the documented fields; all
	// are empty where there is no user.
	UserID, ProviderKey string
	Have                schema.Record
	// Differences are the fields that differ, in table order.
	Differences []schema.Difference
	// Problem says why the provider gave no answer; empty where it gave one. Conflict
	// says that the ledger has another account.
	Problem  string
	Conflict bool
}

// Changes gives the values that make the user what the row says.
func (v RowDiff) Changes() schema.Record {
	changes := schema.Record{}
	for _, difference := range v.Differences {
		changes[difference.Field.Name] = difference.Want
	}
	return changes
}

// DiffCounts says how many rows have which status. They add up to Rows.
type DiffCounts struct {
	Rows, Same, Differs, Missing, NotFound, Invalid, Unchecked int
}

// Add counts a row.
func (c *DiffCounts) Add(status DiffState) {
	c.Rows++
	switch status {
	case StateSame:
		c.Same++
	case StateDiffers:
		c.Differs++
	case StateMissing:
		c.Missing++
	case StateNotFound:
		c.NotFound++
	case StateInvalid:
		c.Invalid++
	default:
		c.Unchecked++
	}
}

// RowDiffs yields every row of the roster with what is known of it.
func (c *Comparison) RowDiffs(ctx context.Context) iter.Seq2[RowDiff, error] {
	return func(yield func(RowDiff, error) bool) {
		for row, err := range c.Rows(ctx, ledger.Selection{}) {
			var v RowDiff
			if err == nil {
				v, err = c.compare(ctx, row)
			}
			if !yield(v, err) || err != nil {
				return
			}
		}
	}
}

// compare compares one row.
func (c *Comparison) compare(ctx context.Context, row intake.Row) (RowDiff, error) {
	v := RowDiff{Row: row, Key: row.Record.Text(c.Adapter.Key)}
	if len(row.Errors) > 0 {
		v.State = StateInvalid
		return v, nil
	}
	answer, ok, err := c.answer(ctx, row)
	switch {
	case err != nil:
		return v, err
	case answer.Absent:
		v.State = StateMissing
		return v, nil
	case answer.NotFound:
		v.State = StateNotFound
		return v, nil
	case !ok || answer.Problem != "":
		v.State, v.Problem, v.Conflict = StateUnchecked, answer.Problem, answer.Conflict
		return v, nil
	}
	v.UserID, v.ProviderKey = answer.UserID, answer.Key
	v.Have = provider.User{Attributes: answer.User}.Record(c.Adapter.Table)
	v.Differences = c.differences(v.Have, row.Record)
	v.State = StateSame
	if len(v.Differences) > 0 {
		v.State = StateDiffers
	}
	if c.Change {
		v.refuse(c.Roster.Description())
	}
	return v, nil
}

// differences lists the fields that the row gives otherwise than the provider.
// The key is what the user was found by.
func (c *Comparison) differences(have, want schema.Record) []schema.Difference {
	return slices.DeleteFunc(c.Adapter.Table.Differences(have, want), func(d schema.Difference) bool { return d.Field.Name == c.Adapter.Key })
}

// refuse makes a fault of each difference that no update can make.
func (v *RowDiff) refuse(description roster.Description) {
	for _, d := range v.Differences {
		fieldErr := &schema.FieldError{Field: d.Field.Name, Value: d.Field.Text(d.Want)}
		switch empty := (schema.Record{d.Field.Name: d.Want}).IsEmpty(d.Field.Name); {
		case d.Field.Immutable:
			fieldErr.Cause = Fixed
			fieldErr.Message = fmt.Sprintf("%s is %s and cannot be changed to %s", d.Field.Name, Shown(d.Field, d.Have), Shown(d.Field, d.Want))
			fieldErr.Hint = "the provider documents no change of it: give the value that it has, or leave the field out"
		case empty && d.Field.Required:
			fieldErr.Cause = Emptied
			fieldErr.Message = d.Field.Name + " is required and cannot be emptied"
			fieldErr.Hint = "give it a value, or leave the field out"
		default:
			continue
		}
		v.State = StateInvalid
		v.Errors = append(v.Errors, roster.RowError{
			Place: roster.Place{File: description.File, Sheet: description.Sheet, Row: v.Number, Line: v.Line}, FieldError: fieldErr,
		})
	}
}

// Shown writes a value for people: a text in quotation marks, so that values
// stand beside one another, and "(empty)" for none.
func Shown(f schema.Field, value any) string {
	if (schema.Record{f.Name: value}).IsEmpty(f.Name) {
		return "(empty)"
	}
	if f.Kind == schema.Integer || f.Kind == schema.Boolean {
		return f.Text(value)
	}
	return fmt.Sprintf("%q", f.Text(value))
}

// keep keeps what the provider said of the user of a row.
func keep(ctx context.Context, plan ledger.Plan, kept func(provider.User) (json.RawMessage, error), row int, user provider.User) error {
	object, err := kept(user)
	if err != nil {
		return err
	}
	return plan.Keep(ctx, row, ledger.Answer{UserID: user.ID, Key: user.Key, User: object})
}

// keptOf writes what is kept of a user.
func (c *Comparison) keptOf(user provider.User) (json.RawMessage, error) {
	if c.kept != nil {
		return c.kept(user)
	}
	return c.object(user)
}

// object writes the documented fields of a user alone, in the provider's shape. A
// secret that the provider returns is not kept.
func (c *Comparison) object(user provider.User) (json.RawMessage, error) {
	record := user.Record(c.Adapter.Table)
	for _, field := range c.Adapter.Table.Secrets() {
		delete(record, field.Name)
	}
	return c.Adapter.Table.Encode(record)
}

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

// DiffState is the result of comparing a row with the provider.
type DiffState string

// The states.
const (
	// StateSame: the user has every value of the row.
	StateSame DiffState = "same"
	// StateDiffers: at least one value differs.
	StateDiffers DiffState = "differs"
	// StateMissing: the user is confirmed absent.
	StateMissing DiffState = "missing"
	// StateNotFound: the provider did not return the user, which proves nothing.
	StateNotFound DiffState = "not_found"
	// StateInvalid: the row has validation errors.
	StateInvalid DiffState = "invalid"
	// StateUnchecked: the provider did not respond.
	StateUnchecked DiffState = "unchecked"
	// StateExtra: the user is at the provider, in the scope and not in the roster. It is no row, and has no line.
	StateExtra DiffState = "extra"
)

// DiffStates returns every state in the order of reports.
func DiffStates() []DiffState {
	return []DiffState{StateSame, StateDiffers, StateMissing, StateNotFound, StateInvalid, StateUnchecked, StateExtra}
}

// The causes of validation errors that only the comparison finds.
const (
	// Fixed is a value that differs in a field that cannot be updated.
	Fixed schema.Cause = "cannot be changed"
	// Emptied is an empty value for a required field.
	Emptied schema.Cause = "cannot be emptied"
)

// Comparison is a roster compared with the provider's users. Its methods are called in the order Read (of the
// Import), Ask, Verdicts. It is not safe for concurrent use.
type Comparison struct {
	*intake.Import
	// Change makes a difference that cannot be updated a validation error of its row.
	Change bool
	// ReadOnly reports that nothing will be changed or removed, so that the account in the ledger does not matter.
	ReadOnly bool

	kept func(provider.User) (json.RawMessage, error) // what is stored of a user; nil for the documented fields
	// listed reports that the provider's list was read, and incomplete that it may lack users.
	listed, incomplete bool
	askedAt            time.Time
	route              engine.Route // what the lookups have shown
}

// RosterTable returns the fields of a roster of existing users: only the key is required.
func RosterTable(adapter provider.Adapter) schema.Table {
	table := slices.Clone(adapter.Table)
	for i := range table {
		table[i].Required = table[i].Name == adapter.Key
	}
	return table
}

// Incomparable reports whether a field is write-only, so that it is neither compared nor updated.
func Incomparable(f schema.Field) bool { return f.WriteOnly || f.Secret || f.In != schema.Body }

// RowDiff is a row of the roster with the result of the comparison.
type RowDiff struct {
	intake.Row
	Key   string
	State DiffState
	// UserID is the provider's id of the user, ProviderKey the natural key at the provider, and Have the
	// provider's values of the documented fields. All are empty if there is no user.
	UserID, ProviderKey string
	Have                schema.Record
	// Differences are the fields that differ, in table order.
	Differences []schema.Difference
	// Problem is why there is no answer, nil if there is one. Conflict reports that the ledger has another
	// account.
	Problem  error
	Conflict bool
}

// Changes returns the values that update the user to match the row.
func (v RowDiff) Changes() schema.Record {
	changes := schema.Record{}
	for _, difference := range v.Differences {
		changes[difference.Field.Name] = difference.Want
	}
	return changes
}

// DiffCounts is the number of rows by state. All except Extra add up to Rows.
type DiffCounts struct {
	Rows, Same, Differs, Missing, NotFound, Invalid, Unchecked, Extra int
}

// Add counts a row, or an extra user.
func (c *DiffCounts) Add(state DiffState) {
	if state == StateExtra {
		c.Extra++
		return
	}
	c.Rows++
	switch state {
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

// RowDiffs yields every row of the roster with the result of its comparison; if other rows are created, only those that
// are not.
func (c *Comparison) RowDiffs(ctx context.Context) iter.Seq2[RowDiff, error] {
	return func(yield func(RowDiff, error) bool) {
		for row, err := range c.compared(ctx, ledger.Selection{}) {
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

// compared yields the selected rows that are compared: if other rows are created, those that are not.
func (c *Comparison) compared(ctx context.Context, selection ledger.Selection) iter.Seq2[intake.Row, error] {
	if !c.Updates {
		return c.Rows(ctx, selection)
	}
	return func(yield func(intake.Row, error) bool) {
		for row, err := range c.Rows(ctx, ledger.Selection{Valid: true, Standings: []ledger.Presence{ledger.Exists}}) {
			if err == nil && !c.IsUpdated(row) {
				continue
			}
			if !yield(row, err) {
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
	case !ok || answer.Problem != nil:
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

// differences returns the fields whose values in the row and at the provider differ, except the key.
func (c *Comparison) differences(have, want schema.Record) []schema.Difference {
	return slices.DeleteFunc(c.Adapter.Table.Differences(have, want), func(d schema.Difference) bool { return d.Field.Name == c.Adapter.Key })
}

// refuse adds a validation error for each difference that cannot be updated.
func (v *RowDiff) refuse(description roster.Description) {
	for _, d := range v.Differences {
		fieldErr := &schema.FieldError{Field: d.Field.Name, Value: d.Field.Text(d.Want)}
		switch empty := (schema.Record{d.Field.Name: d.Want}).IsEmpty(d.Field.Name); {
		case d.Field.Immutable:
			fieldErr.Cause = Fixed
			fieldErr.Message = fmt.Sprintf("%s is %s and cannot be updated to %s", d.Field.Name, Shown(d.Field, d.Have), Shown(d.Field, d.Want))
			fieldErr.Hint = "the provider documents no update of this field; use the current value or omit it"
		case empty && d.Field.Required:
			fieldErr.Cause = Emptied
			fieldErr.Message = d.Field.Name + " is required and cannot be emptied"
			fieldErr.Hint = "specify a value, or omit the field"
		default:
			continue
		}
		v.State = StateInvalid
		v.Errors = append(v.Errors, roster.RowError{
			Place: roster.Place{File: description.File, Sheet: description.Sheet, Row: v.Number, Line: v.Line}, FieldError: fieldErr,
		})
	}
}

// Shown returns a value for people: a text in quotation marks, which separate adjacent values, and "(empty)" for
// none.
func Shown(f schema.Field, value any) string { return ShownAs(f, value, f.Text(value)) }

// ShownAs is [Shown] for a value with another text, such as one with names instead of ids.
func ShownAs(f schema.Field, value any, text string) string {
	if (schema.Record{f.Name: value}).IsEmpty(f.Name) {
		return "(empty)"
	}
	if f.Kind == schema.Integer || f.Kind == schema.Boolean {
		return text
	}
	return fmt.Sprintf("%q", text)
}

// Heard stores the user of a row. It reports whether the roster has a row of the user.
func (c *Comparison) Heard(ctx context.Context, user provider.User) (isInRoster bool, err error) {
	row, isInRoster, err := c.Plan.RowOf(ctx, c.Digest(schema.Record{c.Adapter.Key: user.Key}))
	if isInRoster && err == nil {
		err = keep(ctx, c.Plan, c.keptOf, row, user)
	}
	return isInRoster, err
}

// Asked records when the users were read by Heard, and whether from a complete list.
func (c *Comparison) Asked(at time.Time, complete bool) { c.askedAt, c.listed = at, complete }

// keep stores the provider's user of a row.
func keep(ctx context.Context, plan ledger.Plan, kept func(provider.User) (json.RawMessage, error), row int, user provider.User) error {
	object, err := kept(user)
	if err != nil {
		return err
	}
	return plan.Keep(ctx, row, ledger.Answer{UserID: user.ID, Key: user.Key, User: object})
}

// keptOf returns the stored form of a user.
func (c *Comparison) keptOf(user provider.User) (json.RawMessage, error) {
	if c.kept != nil {
		return c.kept(user)
	}
	return c.object(user)
}

// object returns the documented fields of a user in the provider's shape. It omits secrets that the provider
// returns.
func (c *Comparison) object(user provider.User) (json.RawMessage, error) {
	record := user.Record(c.Adapter.Table)
	for _, field := range c.Adapter.Table.Secrets() {
		delete(record, field.Name)
	}
	return c.Adapter.Table.Encode(record)
}

package amend

import (
	"context"
	"iter"

	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/ops"
	"github.com/bring-aboard/usher/internal/passwords"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// PasswordFields returns the passwords that an update can set; none if the provider documents no such update.
func PasswordFields(adapter provider.Adapter) schema.Table {
	if _, updates := adapter.Endpoint(provider.CapabilityUpdate); !updates {
		return nil
	}
	return adapter.Table.Mutable().Passwords()
}

// PasswordTable returns the fields of a roster with the passwords of existing users. A hash cannot be set.
func PasswordTable(adapter provider.Adapter) schema.Table {
	var table schema.Table
	for _, field := range RosterTable(adapter) {
		if !field.Hash {
			_, field.Required = PasswordFields(adapter).Field(field.Name)
			field.Required = field.Required || field.Name == adapter.Key
			table = append(table, field)
		}
	}
	return table
}

// SetPasswords returns the action that sets the passwords of the roster's users, the generated ones of rows without a
// password included. Users whose password was set, as isSet reports, are left alone. It is called before Ask.
func (c *Comparison) SetPasswords(isSet func(ledger.Digest) bool) *Action {
	a := c.Action(ops.SetPassword())
	subjects := a.Subjects
	a.Subjects = func(ctx context.Context) iter.Seq2[Candidate, error] {
		return func(yield func(Candidate, error) bool) {
			for s, err := range subjects(ctx) {
				if s.Decision == Present && isSet(s.Digest) {
					s.Decision = Already
				}
				if !yield(s, err) {
					return
				}
			}
		}
	}
	a.Changes = func(s Candidate) (schema.Record, error) {
		sent, err := c.Sent(rowOf(s))
		if err != nil {
			return nil, err
		}
		changes := schema.Record{}
		for _, field := range PasswordFields(c.Adapter) {
			changes[field.Name] = sent[field.Name]
		}
		return changes, nil
	}
	return a
}

// rowOf returns the row of a candidate.
func rowOf(s Candidate) intake.Row {
	return intake.Row{Number: s.Row, Line: s.Line, Digest: s.Digest, Record: s.Record}
}

// WritePasswords adds the generated password of every user of the action whose password will be set to a file, and
// returns their number. It must return, and the file be durable, before the first of them is sent.
func (c *Comparison) WritePasswords(ctx context.Context, action *Action, file *passwords.File) (int, error) {
	return c.AddPasswords(file, func(yield func(intake.Row, error) bool) {
		for s, err := range action.Subjects(ctx) {
			if err == nil && s.Decision != Present {
				continue
			}
			if !yield(rowOf(s), err) {
				return
			}
		}
	})
}

package intake

import (
	"context"
	"iter"
	"slices"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/passwords"
	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/pkg/schema"
)

// Sent returns the record of a new user: that of the row, with the default values and the generated password, if one is
// generated, in the fields that the row leaves empty.
func (i *Import) Sent(row Row) (schema.Record, error) {
	record := i.WithDefaults(row.Record)
	if !i.generates(row) {
		return record, nil
	}
	password, err := i.Passwords.Password(row.Number)
	if err != nil {
		return nil, err
	}
	given := schema.Record{}
	for _, field := range i.Adapter.Table.Passwords() {
		if record.IsEmpty(field.Name) {
			given[field.Name] = password
		}
	}
	return record.With(given), nil
}

// WithDefaults returns a record of a new user with the default values in the fields that it leaves empty.
func (i *Import) WithDefaults(record schema.Record) schema.Record {
	if len(i.Defaults) == 0 {
		return record
	}
	return i.Defaults.With(record)
}

// generates reports whether the row is sent with a generated password. A row with a password hash is not.
func (i *Import) generates(row Row) bool {
	if i.Passwords == nil {
		return false
	}
	lacks, record := false, i.WithDefaults(row.Record)
	for _, field := range i.Adapter.Table.Secrets() {
		empty := record.IsEmpty(field.Name)
		if field.Hash && !empty {
			return false
		}
		lacks = lacks || empty && !field.Hash
	}
	return lacks
}

// WritePasswords adds the generated password of every row that may be sent to a file, and returns their number. It
// must return, and the file be durable, before the first of them is sent. Otherwise a crash could leave an account
// with an unknown password.
func (i *Import) WritePasswords(ctx context.Context, file *passwords.File) (int, error) {
	return i.AddPasswords(file, i.valid(ctx, ledger.New, ledger.Doubtful))
}

// WritePasswordsInUse adds the generated passwords of the rows that were sent in a run of the command and whose users
// have them, or may have them. It returns their number.
func (i *Import) WritePasswordsInUse(ctx context.Context, file *passwords.File, run ledger.PastRun, command rowstate.Command) (int, error) {
	inUse := []rowstate.State{command.Done, command.Stored(rowstate.Unknown), command.Stored(rowstate.Sent)}
	return i.AddPasswords(file, func(yield func(Row, error) bool) {
		for row, err := range i.Rows(ctx, ledger.Selection{Run: &run}) {
			if err == nil && (row.Entry == nil || row.Entry.Attempts == 0 || !slices.Contains(inUse, row.Entry.State)) {
				continue
			}
			if !yield(row, err) {
				return
			}
		}
	})
}

// AddPasswords adds the generated passwords of the rows to a file, and returns their number.
func (i *Import) AddPasswords(file *passwords.File, rows iter.Seq2[Row, error]) (int, error) {
	written := 0
	for row, err := range rows {
		if err != nil {
			return written, err
		}
		if !i.generates(row) {
			continue
		}
		password, err := i.Passwords.Password(row.Number)
		if err != nil {
			return written, err
		}
		if err := file.Add(row.Line, i.keyOf(row.Record), password); err != nil {
			return written, err
		}
		written++
	}
	return written, nil
}

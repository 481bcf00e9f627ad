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

// withPassword returns the record of a row with its generated password, if one is generated and the row does not
// have one.
func (i *Import) withPassword(row Row) (schema.Record, error) {
	if !i.generates(row) {
		return row.Record, nil
	}
	password, err := i.Passwords.Password(row.Number)
	if err != nil {
		return nil, err
	}
	given := schema.Record{}
	for _, field := range i.Adapter.Table.Passwords() {
		if row.Record.IsEmpty(field.Name) {
			given[field.Name] = password
		}
	}
	return row.Record.With(given), nil
}

// generates reports whether the row is sent with a generated password. A row with a password hash is not.
func (i *Import) generates(row Row) bool {
	if i.Passwords == nil {
		return false
	}
	lacks := false
	for _, field := range i.Adapter.Table.Secrets() {
		empty := row.Record.IsEmpty(field.Name)
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
	return i.writePasswords(file, i.valid(ctx, ledger.New, ledger.Doubtful))
}

// WritePasswordsInUse adds the generated passwords of the rows that were sent in a run and whose users were
// created, or may have been. It returns their number.
func (i *Import) WritePasswordsInUse(ctx context.Context, file *passwords.File, run ledger.PastRun) (int, error) {
	return i.writePasswords(file, func(yield func(Row, error) bool) {
		for row, err := range i.Rows(ctx, ledger.Selection{Run: &run}) {
			if err == nil && (row.Entry == nil || row.Entry.Attempts == 0 || !slices.Contains([]rowstate.State{rowstate.Created, rowstate.Unknown, rowstate.Sent}, row.Entry.State)) {
				continue
			}
			if !yield(row, err) {
				return
			}
		}
	})
}

func (i *Import) writePasswords(file *passwords.File, rows iter.Seq2[Row, error]) (int, error) {
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

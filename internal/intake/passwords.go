package intake

import (
	"context"

	"github.com/bring-aboard/usher/internal/credentials"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/pkg/schema"
)

// withPassword gives the record of a row with its generated password, where
// one is to be generated and the row has none of its own.
func (i *Import) withPassword(m member) (schema.Record, error) {
	if !i.generates(m) {
		return m.Record, nil
	}
	password, err := i.Passwords.Password(m.Number)
	if err != nil {
		return nil, err
	}
	given := schema.Record{}
	for _, field := range i.Adapter.Table.Passwords() {
		if m.Record.IsEmpty(field.Name) {
			given[field.Name] = password
		}
	}
	return m.Record.With(given), nil
}

// generates tells whether the row is sent with a generated password: one that
// brings the hash of a password is not.
func (i *Import) generates(m member) bool {
	if i.Passwords == nil {
		return false
	}
	lacks := false
	for _, field := range i.Adapter.Table.Secrets() {
		empty := m.Record.IsEmpty(field.Name)
		if field.Hash && !empty {
			return false
		}
		lacks = lacks || empty && !field.Hash
	}
	return lacks
}

// WritePasswords adds the generated password of every row that may be sent to
// a file, and gives their number. It is done, and the file made durable, before
// the first of them is sent: no crash may strand an account whose password
// nobody knows.
func (i *Import) WritePasswords(ctx context.Context, file *credentials.File) (int, error) {
	return i.writePasswords(ctx, file, func(m member) (bool, error) {
		return !m.isFaulty() && m.finding.Standing != ledger.Exists, nil
	})
}

// WritePasswordsInUse adds the generated passwords of the rows that were sent
// in a run and whose users were created, or may have been, and gives their
// number.
func (i *Import) WritePasswordsInUse(ctx context.Context, file *credentials.File, book *ledger.Ledger, run ledger.PastRun) (int, error) {
	rows := newCursor(book.Rows(ctx, run, ledger.Created, ledger.Unknown, ledger.Sent), rowOf)
	defer rows.stop()
	return i.writePasswords(ctx, file, func(m member) (bool, error) {
		row, ok, err := rows.at(m.Number)
		return ok && row.Attempts > 0, err
	})
}

func (i *Import) writePasswords(ctx context.Context, file *credentials.File, wanted func(member) (bool, error)) (int, error) {
	written := 0
	for m, err := range i.members(ctx) {
		if err != nil {
			return written, err
		}
		if !i.generates(m) {
			continue
		}
		if ok, err := wanted(m); !ok || err != nil {
			if err != nil {
				return written, err
			}
			continue
		}
		password, err := i.Passwords.Password(m.Number)
		if err != nil {
			return written, err
		}
		if err := file.Add(m.Line, i.keyOf(m.Record), password); err != nil {
			return written, err
		}
		written++
	}
	return written, nil
}

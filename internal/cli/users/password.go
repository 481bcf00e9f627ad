package users

import (
	"cmp"
	"errors"
	"fmt"
	"os"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/bulk"
	"github.com/bring-aboard/usher/internal/credentials"
	"github.com/bring-aboard/usher/internal/term"
	"github.com/bring-aboard/usher/pkg/schema"
)

// checkPassword refuses to generate a password that nobody would see.
func (o *createOptions) checkPassword() error {
	if o.generate && o.credentials == "" && !o.app.Streams.ErrIsTerminal() {
		return app.Refuse(errors.New("nobody would see the generated password here"), "add --credentials FILE, which only you can read")
	}
	return nil
}

// withPassword generates the password, where that was asked for, and hands it
// over before anything is sent: no crash may strand an account whose password
// nobody knows.
func (o *createOptions) withPassword(record schema.Record) (schema.Record, error) {
	if !o.generate {
		return record, nil
	}
	source, err := credentials.NewSource(credentials.DefaultPolicy())
	if err != nil {
		return nil, err
	}
	password, err := source.Password(1)
	if err != nil {
		return nil, err
	}
	key := record.Text(o.selection.Adapter.Key)
	if o.credentials == "" {
		fmt.Fprintf(o.app.Streams.Err, "Password for %s, shown only now: %s\n", term.SanitizeLine(key), password)
	} else if err := writeCredentials(o.credentials, o.selection.Adapter.Key, key, password); err != nil {
		return nil, app.Refuse(err)
	}
	given := schema.Record{}
	for _, field := range o.selection.Adapter.Table.Passwords() {
		given[field.Name] = password
	}
	return record.With(given), nil
}

func writeCredentials(path, keyName, key, password string) error {
	file, err := credentials.Create(path, keyName)
	if err != nil {
		return err
	}
	if err := file.Add(1, key, password); err != nil {
		return errors.Join(err, file.Discard())
	}
	return file.Finish()
}

// takeBack takes back a generated password that opens no account, so that
// nobody is given it, and the same command can be run again.
func (o *createOptions) takeBack(outcome bulk.Outcome) error {
	mayBeInUse := outcome.Attempts > 0 && (outcome.State == bulk.Created || outcome.State == bulk.Unknown)
	switch {
	case !o.generate:
		return nil
	case mayBeInUse:
		if outcome.State == bulk.Unknown {
			fmt.Fprintf(o.app.Streams.Err, "If the user was created, %s opens the account: keep it until that is settled.\n", cmp.Or(o.credentials, "the password above"))
		}
		return nil
	case o.credentials == "":
		fmt.Fprintln(o.app.Streams.Err, "The password above opens no account: forget it.")
		return nil
	default:
		return os.Remove(o.credentials)
	}
}

// withPlaceholders fills in the secrets that are generated only when the user
// is sent.
func (o *createOptions) withPlaceholders(record schema.Record) schema.Record {
	if !o.generate {
		return record
	}
	given := schema.Record{}
	for _, field := range o.selection.Adapter.Table.Passwords() {
		given[field.Name] = "generated"
	}
	return record.With(given)
}

// withoutPlaceholders takes them out again.
func (o *createOptions) withoutPlaceholders(record schema.Record) schema.Record {
	if !o.generate {
		return record
	}
	left := record.With(nil)
	for _, field := range o.selection.Adapter.Table.Passwords() {
		delete(left, field.Name)
	}
	return left
}

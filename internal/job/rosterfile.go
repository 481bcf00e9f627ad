package job

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"filippo.io/age"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/passwords"
	"github.com/bring-aboard/usher/internal/report"
	"github.com/bring-aboard/usher/internal/roster"
	"github.com/bring-aboard/usher/pkg/schema"
)

// EncryptedEnding follows the ending of a roster that is encrypted with age.
const EncryptedEnding = ".age"

// byteOrderMark begins a text, so that spreadsheet programs read it as UTF-8.
const byteOrderMark = "\uFEFF"

// RosterFile is a roster that usher writes: mode 0600, in the format of its ending,
// under its name only when it is complete, and encrypted if there are recipients.
type RosterFile struct {
	file       *report.File
	format     roster.Format
	recipients []age.Recipient
	rows       *roster.Writer
	crypt      io.WriteCloser // nil if the file is not encrypted
}

// NewRosterFile prepares a roster that --write names, for the age recipients of
// --recipient.
func NewRosterFile(a *app.App, selection *app.Selection, path string, recipients []string) (*RosterFile, error) {
	refuse := func(err error) (*RosterFile, error) { return nil, failure.Refuse(err) }
	bare, encrypted := strings.CutSuffix(path, EncryptedEnding)
	if encrypted && len(recipients) == 0 {
		return refuse(fmt.Errorf("--write %s requires --recipient", path))
	}
	f := &RosterFile{}
	var err error
	if f.format, err = roster.ParseFormat(filepath.Ext(bare)); err != nil {
		return refuse(fmt.Errorf("--write %s: %w", path, err))
	}
	if f.recipients, err = passwords.ParseRecipients(recipients); err != nil {
		return refuse(fmt.Errorf("--recipient: %w", err))
	}
	reader := NewReader(a, selection, Roster{})
	spared, err := reader.protectedPaths()
	if err == nil {
		f.file, err = reader.prepareFile(namedPath{"--write", path}, spared)
	}
	return f, err
}

// Begin begins the roster, and returns its writer.
func (f *RosterFile) Begin(table schema.Table) (_ *roster.Writer, err error) {
	var to io.Writer = f.file
	if len(f.recipients) > 0 {
		if f.crypt, err = age.Encrypt(f.file, f.recipients...); err != nil {
			return nil, err
		}
		to = f.crypt
	}
	if f.format.IsTable() && !f.format.IsBinary() {
		if _, err := io.WriteString(to, byteOrderMark); err != nil {
			return nil, err
		}
	}
	f.rows, err = roster.NewWriter(to, f.format, table)
	return f.rows, err
}

// Commit completes the roster, and makes it durable under its name.
func (f *RosterFile) Commit() error {
	err := f.rows.Close()
	if err == nil && f.crypt != nil {
		err = f.crypt.Close()
	}
	if err != nil {
		return errors.Join(err, f.Discard())
	}
	return f.file.Commit()
}

// Discard leaves everything as it was. After Commit it does nothing.
func (f *RosterFile) Discard() error { return f.file.Discard() }

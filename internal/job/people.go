package job

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/roster"
	"github.com/bring-aboard/usher/internal/rowstate"
)

// ErrNoRoster is the error of a run without a roster that can be read again.
var ErrNoRoster = errors.New("the run has no file that can be read again")

// People are the users on the rows of a run's roster, which is read again for display. The ledger has no keys.
type People struct {
	opened *roster.Roster
	key    string
	byLine bool
	next   func() (roster.Row, error, bool)
	stop   func()
	row    roster.Row
	ended  bool
}

// PeopleOf opens the roster of a run, with the flags of the run. The error is [ErrNoRoster], or the reason why the roster
// cannot be read as the run has read it, such as that it was changed. No name is looked up at the provider.
func PeopleOf(ctx context.Context, a *app.App, selection *app.Selection, from Roster, past ledger.PastRun) (*People, error) {
	if IsMade(past.Source.File) || past.Source.File == "-" || past.Source.File == "" {
		return nil, ErrNoRoster
	}
	if err := isUnchanged(past.Source); err != nil {
		return nil, err
	}
	from.File, from.Run = past.Source.File, past.ID
	r := NewReader(a, selection, from)
	r.creates = !rowstate.CommandOf(past.Command).Changes
	how, err := r.howRead()
	if err != nil {
		return nil, err
	}
	defaults, err := app.Defaults(selection)
	if err != nil {
		return nil, err
	}
	options := roster.Options{
		Table: selection.Adapter.Table, Defaults: defaults, Format: roster.Format(past.Source.Format), Encoding: past.Source.Encoding, Delimiter: r.Delimiter,
		Sheet: r.Sheet, UsualSheet: how.sheet, HeaderRow: how.headerRow, IgnoreOthers: true, Map: how.mapping, Ignore: how.ignored,
		Values: r.rowValues(), Identify: r.IdentifyBy, Later: selection.Adapter.Table.Names(), // only the key is shown
	}
	if options.Set, err = r.setFor(options); err != nil {
		return nil, err
	}
	opened, err := roster.Open(ctx, roster.File(past.Source.File), options)
	if err != nil {
		return nil, err
	}
	p := &People{opened: opened, key: selection.Adapter.Key, byLine: rowstate.CommandOf(past.Command).IsMembership()}
	p.next, p.stop = iter.Pull2(opened.Rows(ctx))
	p.advance()
	return p, nil
}

// isUnchanged returns an error if a file is not as it was read.
func isUnchanged(source ledger.Source) error {
	file, err := os.Open(source.File)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }() // it was only read
	hash := sha256.New()
	if _, err := io.Copy(hash, file); err != nil {
		return err
	}
	if hex.EncodeToString(hash.Sum(nil)) != source.SHA256 {
		return fmt.Errorf("%s: changed since the run", filepath.Base(source.File))
	}
	return nil
}

// advance reads the next row. What cannot be read has no users.
func (p *People) advance() {
	row, err, ok := p.next()
	p.row, p.ended = row, err != nil || !ok
}

// KeyOf returns the natural key of the user on a row of the run, or what identifies a person whose key is generated; empty
// if it is not known. The rows must come in their order.
func (p *People) KeyOf(entry ledger.Entry) string {
	for !p.ended && (p.byLine && p.row.Line < entry.Line || !p.byLine && p.row.Number < entry.Row) {
		p.advance()
	}
	switch isRow := p.row.Number == entry.Row || p.byLine; {
	case p.ended, !isRow, p.row.Line != entry.Line:
		return ""
	case p.row.Person != nil:
		return strings.Join(p.row.Person.Identity, " ")
	default:
		return p.row.Record.Text(p.key)
	}
}

// Close closes the roster.
func (p *People) Close() error {
	p.stop()
	return p.opened.Close()
}

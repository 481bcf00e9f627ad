package job

import (
	"context"
	"errors"
	"strconv"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/report"
	"github.com/bring-aboard/usher/internal/roster"
	"github.com/bring-aboard/usher/internal/shell"
)

// Roster is a file of users, as the flags of a command describe it.
type Roster struct {
	// File is its path; "-" for standard input, empty for none.
	File string
	// Keys are keys or ids of the users, instead of a file; see [KeysRoster].
	Keys []string
	// Format, Encoding, Delimiter and Sheet are empty if they are to be detected.
	Format, Encoding, Delimiter, Sheet string
	// HeaderRow is the row of the header; 0 for the first one with values.
	HeaderRow int
	// IgnoreOthers ignores every column that matches no field.
	IgnoreOthers bool
	// Map contains HEADER=FIELD, Set FIELD=VALUE, Ignore headers, and Join FILE:FIELD.
	Map, Set, Ignore, Join []string
	// IdentifyBy are the headers of the columns that tell people apart who have no key; empty if they have one.
	IdentifyBy []string
	// Run is the id of the run whose end is the value of {run} in Set; empty for a new one.
	Run string
	// Seed determines the values of {random:N} in Set; empty for none.
	Seed string

	// others are the options by which the other steps of a route read the file. The step sets texts in every row, and
	// carried are its values of earlier steps.
	others  []roster.Options
	texts   map[string]string
	carried []carriedValue
}

// Flags returns the specified flags, quoted for a shell.
func (r Roster) Flags() []string {
	var quoted []string
	for _, argument := range r.Arguments() {
		quoted = append(quoted, shell.Quote(argument))
	}
	return quoted
}

// Arguments returns the flags that were specified.
func (r Roster) Arguments() []string {
	var given []string
	for _, flag := range []struct {
		name   string
		values []string
	}{
		{"format", []string{r.Format}}, {"encoding", []string{r.Encoding}}, {"delimiter", []string{r.Delimiter}}, {"sheet", []string{r.Sheet}},
		{"map", r.Map}, {"set", r.Set}, {"identify-by", r.IdentifyBy}, {"join", r.Join}, {"ignore-column", r.Ignore}, {"seed", []string{r.Seed}},
	} {
		for _, value := range flag.values {
			if value != "" {
				given = append(given, "--"+flag.name+"="+value)
			}
		}
	}
	if r.HeaderRow != 0 {
		given = append(given, "--header-row="+strconv.Itoa(r.HeaderRow))
	}
	if r.IgnoreOthers {
		given = append(given, "--ignore-other-columns")
	}
	return given
}

// name returns the name of the roster in sentences.
func (r Roster) name() string {
	switch r.File {
	case "-":
		return "standard input"
	case keysRoster:
		return "the arguments"
	default:
		return r.File
	}
}

// Reader reads a roster for a selected profile.
type Reader struct {
	app       *app.App
	selection *app.Selection
	Roster
	// creates is true if users are created, who get the profile's values for every row.
	creates bool
	// updates is true if users who exist are updated.
	updates bool
	// Again returns the command line with more arguments, for next steps. Nil means that there is none.
	Again func(more string) string
}

// NewReader returns a reader of a roster.
func NewReader(a *app.App, selection *app.Selection, from Roster) *Reader {
	return &Reader{app: a, selection: selection, Roster: from}
}

// Link returns the connection, and opens it with so many concurrent requests if it is not open yet.
func (r *Reader) Link(ctx context.Context, options engine.Options) *app.LazyConnection {
	return app.NewLazyConnection(func() (*app.Connection, error) {
		return r.app.Connect(ctx, r.selection, app.ConnectOptions{Workers: options.Concurrency, OnLimit: options.Pace.Limit})
	})
}

// Read is a roster that was read and validated, with the matching ledger entries.
type Read struct {
	Intake  *intake.Import
	Reading *intake.Reading
	people  *importSource
	doc     *readingDoc
}

// Close discards the rows.
func (r *Read) Close() error {
	return errors.Join(r.people.Close(), r.Intake.Generated.Close(), r.Intake.Plan.Close())
}

// source returns the roster's description in documents.
func (r *Read) source() report.Source {
	if r.Intake.Roster.Description().File == keysRoster {
		return report.Source{} // a digest of keys would not be secret
	}
	description := r.Intake.Roster.Description()
	return report.Source{
		File: description.File, SHA256: description.SHA256, Format: string(description.Format), Encoding: description.Encoding,
	}
}

// ReadExisting reads and validates a roster of existing users, and reports what was read. A row with validation
// errors does not affect the others.
func (r *Reader) ReadExisting(ctx context.Context, book ledger.Store, link *app.LazyConnection) (*Read, error) {
	read, err := r.read(ctx, book, link, r.openExisting, func(*roster.Roster) error { return nil })
	if rowErrs, ok := errors.AsType[roster.RowErrors](err); ok && r.forProgram() {
		return nil, errors.Join(err, r.printErrors(ctx, each(rowErrs)))
	}
	return read, err
}

// read reads and validates an open roster, and reports what was read.
func (r *Reader) read(ctx context.Context, book ledger.Store, link *app.LazyConnection, open openFunc, fits func(*roster.Roster) error) (_ *Read, err error) {
	done := r.whileSlow("Reading " + r.name())
	defer done()
	plan, err := book.NewPlan(ctx)
	if err != nil {
		return nil, failure.Refuse(err)
	}
	people, err := open(ctx, link, plan.Scratch())
	if err != nil {
		return nil, errors.Join(err, plan.Close())
	}
	target, adapter := r.selection.Target, r.selection.Adapter
	read := &Read{people: people, Intake: &intake.Import{
		Adapter: adapter, Roster: people.Roster, Plan: plan, SkipInvalid: people.skipInvalid, Groups: people.groups,
		Digest: intake.DigestOf(book, target, adapter),
		Keys:   intake.KeysOf(book, target, adapter),
	}}
	if err := fits(people.Roster); err != nil {
		return nil, errors.Join(err, read.Close())
	}
	spellings, err := book.Spellings(ctx, target)
	if err != nil {
		return nil, errors.Join(failure.Refuse(err), read.Close())
	}
	read.Intake.Respellings = intake.RespellingsOf(book, target, spellings, adapter)
	if len(r.IdentifyBy) > 0 {
		read.Intake.Generated = &intake.Generated{Columns: r.IdentifyBy, Digester: book.Digester(), Targets: append([]string{target}, spellings...)}
	}
	if read.Reading, err = read.Intake.Read(ctx); err != nil {
		return nil, errors.Join(r.notRead(err), read.Close())
	}
	if len(r.IdentifyBy) > 0 && !r.creates {
		if err := read.Intake.KnownKeys(ctx, read.Reading); err != nil {
			return nil, errors.Join(failure.Refuse(err), read.Close())
		}
	}
	done()
	read.doc = r.reading(people)
	r.printRead(people.Roster, read.Reading, read.doc)
	return read, nil
}

// whileSlow reports what is in progress if it takes more than a few seconds, until done is called.
func (r *Reader) whileSlow(what string) (done func()) {
	return app.ShowIfSlow(r.app.Streams.Err, what)
}

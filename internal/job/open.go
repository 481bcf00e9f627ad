package job

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/join"
	"github.com/bring-aboard/usher/internal/names"
	"github.com/bring-aboard/usher/internal/roster"
	"github.com/bring-aboard/usher/internal/scratch"
	"github.com/bring-aboard/usher/internal/shell"
	"github.com/bring-aboard/usher/pkg/schema"
)

// openFunc is how a roster is opened.
type openFunc func(context.Context, *app.LazyConnection, *scratch.File) (*importSource, error)

// importSource is an open roster with the files that are joined to it.
type importSource struct {
	*roster.Roster
	joined *join.Join
	// skipInvalid is as in [intake.Import].
	skipInvalid bool
	// defaults are the values of empty fields, and named counts the values in which names
	// became ids, by field.
	defaults schema.Record
	named    map[string]int
	// groups is as in [intake.Import].
	groups *schema.Field
	names  *names.Resolver
}

// Close closes all files.
func (p *importSource) Close() error { return errors.Join(p.Roster.Close(), p.joined.Close()) }

// openRoster opens the file with the specified flags, and matches its headers. Joined values are stored in the
// scratch file; names of references are looked up over the link.
func (r *Reader) openRoster(ctx context.Context, link *app.LazyConnection, to *scratch.File, options roster.Options, skipInvalid bool) (*importSource, error) {
	how, err := r.howRead()
	if err != nil {
		return nil, err
	}
	set, err := r.setFor(options)
	if err != nil {
		return nil, err
	}
	if err := r.checkRules(set, options.Table, r.selection.Adapter.Key); err != nil {
		return nil, err
	}
	joined, err := r.openJoin(ctx, set, to)
	if err != nil {
		return nil, err
	}
	resolver := app.Names(ctx, r.app, r.selection, link)
	named := map[string]int{}
	groups := groupsOf(options.Table)
	options.Validate = joined.Around(ctx, namesCounted(options.Table, resolvedGroups(resolver, groups, func(record schema.Record) (schema.Record, schema.FieldErrors, error) {
		return resolver.Validate(options.Table, record)
	}), named))
	options.Format, options.Encoding, options.Delimiter, options.Sheet = roster.Format(r.Format), r.Encoding, r.Delimiter, r.Sheet
	options.HeaderRow, options.IgnoreOthers = how.headerRow, r.IgnoreOthers
	if _, isProfile := IsProfile(r.File); isProfile {
		options.Format, options.IgnoreOthers = roster.NDJSON, true // the other system has fields that this one lacks
	} else if IsMade(r.File) {
		options.Format = roster.NDJSON
	}
	options.UsualEncoding, options.UsualSheet = how.encoding, how.sheet
	options.ConfirmEncoding = r.confirmEncoding(ctx)
	options.Map, options.Ignore, options.Set, options.Filled = how.mapping, how.ignored, set, joined.Fields()
	options.Values, options.Others, options.Identify = r.rowValues(), append(options.Others, r.others...), r.IdentifyBy
	if r.creates {
		for _, value := range r.carried {
			options.Filled = append(options.Filled, value.field.Name)
		}
	}
	source, done, err := r.rosterSource(ctx, link)
	if err != nil {
		return nil, errors.Join(err, joined.Close())
	}
	defer done()
	opened, err := roster.Open(ctx, source, options)
	if err != nil {
		return nil, errors.Join(r.notRead(err), joined.Close())
	}
	return &importSource{opened, joined, skipInvalid, options.Defaults, named, groups, resolver}, nil
}

// confirmEncoding returns a question about a guessed encoding, nil if no question can be asked. --yes does not
// answer it.
func (r *Reader) confirmEncoding(ctx context.Context) func(roster.EncodingGuess) (bool, error) {
	streams := r.app.Streams
	if r.File == "-" || !streams.CanPrompt() {
		return nil
	}
	return func(guess roster.EncodingGuess) (bool, error) {
		streams.Say("", fmt.Sprintf("%s is not UTF-8 and has no byte order mark. As %s, its texts are:", r.name(), guess.Encoding))
		for _, text := range guess.Samples {
			streams.Say("  ", text)
		}
		agreed, err := streams.Confirm(ctx, "Is this right?")
		if err != nil {
			return false, unanswered(err)
		}
		return agreed, nil
	}
}

// rosterSource returns the roster as a stream of a copy, because the file may change during a long import.
func (r *Reader) rosterSource(ctx context.Context, link *app.LazyConnection) (source roster.Source, done func(), err error) {
	done = func() {}
	if name, ok := IsProfile(r.File); ok {
		return r.profileSource(ctx, name)
	}
	if r.File == keysRoster {
		source, err = r.keysSource(ctx, link)
		return source, done, err
	}
	if IsMade(r.File) {
		source, err = countSource(r.File)
		return source, done, err
	}
	if r.File == "-" {
		return roster.Stream("-", r.app.Streams.Input(ctx)), done, nil
	}
	info, err := os.Stat(r.File)
	if err != nil || !info.Mode().IsRegular() {
		return roster.File(r.File), done, nil // it reports the error, or makes the copy
	}
	file, err := os.Open(r.File)
	if err != nil {
		return roster.File(r.File), done, nil
	}
	return roster.Stream(r.File, &steadyFile{File: file, info: info}), func() { _ = file.Close() }, nil
}

// steadyFile is a file that must not change while it is read.
type steadyFile struct {
	*os.File
	info os.FileInfo
}

// errChanged is the error of a file that was changed while it was read.
var errChanged = errors.New("file changed while reading")

// Read returns the next bytes. At the end it returns an error if the file was changed meanwhile.
func (f *steadyFile) Read(b []byte) (int, error) {
	n, err := f.File.Read(b)
	if err != io.EOF {
		return n, err
	}
	now, failed := os.Stat(f.Name())
	if failed != nil || !os.SameFile(now, f.info) || now.Size() != f.info.Size() || !now.ModTime().Equal(f.info.ModTime()) {
		return n, errChanged
	}
	return n, err
}

// pairs parses KEY=VALUE texts. In a mapping the last = separates, because headers may contain one.
func pairs(flag string, texts []string) (map[string]string, error) {
	read := map[string]string{}
	for _, text := range texts {
		at := strings.Index(text, "=")
		if flag == "--map" {
			at = strings.LastIndex(text, "=")
		}
		if at < 0 {
			return nil, failure.Refuse(fmt.Errorf("%s %q: must have the form NAME=VALUE", flag, text), "usher users import --help")
		}
		key := text[:at]
		if _, twice := read[key]; twice {
			return nil, failure.Refuse(fmt.Errorf("%s: duplicate %q", flag, key))
		}
		read[key] = text[at+1:]
	}
	return read, nil
}

// notRead returns the failure of a roster that cannot be read.
func (r *Reader) notRead(err error) error {
	if failed, ok := errors.AsType[*failure.Error](err); ok {
		return failed // names could not be looked up at the provider
	}
	if errors.Is(err, context.Canceled) {
		return failure.Fail(failure.StatusInterrupted, errors.New("interrupted; nothing was sent"))
	}
	next := r.columnSteps(err)
	if errors.Is(err, errChanged) {
		next = append(next, "run the command again")
	}
	if file, ok := errors.AsType[*roster.Error](err); ok {
		for _, flags := range file.Flags {
			next = append(next, r.with(flags))
		}
		if file.Kind == roster.UnknownEncoding {
			next = append(next, r.with("--encoding NAME"))
		}
		if file.Kind == roster.Empty || file.Kind == roster.NoRows {
			next = append(next, failure.Note("to print an empty roster with the columns of this profile"),
				"usher users template --profile="+shell.Quote(r.selection.Profile.Name))
		}
	}
	return failure.Refuse(err, next...)
}

// with returns the command line with more flags.
func (r *Reader) with(flags string) string {
	if r.Again == nil {
		return "run the command again with " + flags
	}
	return r.Again(flags)
}

// columnSteps returns the commands that map or ignore the unknown columns.
func (r *Reader) columnSteps(err error) []string {
	const most = 8
	rowErrs, _ := errors.AsType[roster.RowErrors](err)
	headers := rowErrs.Unknown()
	switch {
	case len(headers) == 0:
		return nil
	case len(headers) > most:
		return []string{failure.Note("to ignore these columns"), r.with("--ignore-other-columns")}
	}
	var mapped, ignored []string
	for _, header := range headers {
		mapped = append(mapped, "--map "+shell.Quote(header+"=FIELD"))
		ignored = append(ignored, "--ignore-column "+shell.Quote(header))
	}
	return []string{
		failure.Note("to map these columns, with a field of the provider instead of FIELD"), r.with(strings.Join(mapped, " ")),
		failure.Note("to ignore these columns"), r.with(strings.Join(ignored, " ")),
	}
}

package users

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"strings"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/bulk"
	"github.com/bring-aboard/usher/internal/cli/kit"
	"github.com/bring-aboard/usher/internal/fields"
	"github.com/bring-aboard/usher/internal/join"
	"github.com/bring-aboard/usher/internal/roster"
	"github.com/bring-aboard/usher/pkg/schema"
)

// openPeople opens the roster of an import.
func (o *importOptions) openPeople(ctx context.Context, link *kit.Link) (*people, error) {
	defaults, err := kit.Defaults(o.selection)
	if err != nil {
		return nil, err
	}
	options := roster.Options{Table: o.selection.Adapter.Table, Defaults: defaults}
	if o.generate {
		for _, field := range options.Table.Passwords() {
			options.Later = append(options.Later, field.Name)
		}
	}
	return o.openRoster(ctx, link, options, o.skipInvalid)
}

// people is an open roster with the files that are joined to it.
type people struct {
	*roster.Roster
	joined *join.Join
	// skipInvalid is as in [intake.Import].
	skipInvalid bool
}

// Close gives up all of the files.
func (p *people) Close() error { return errors.Join(p.Roster.Close(), p.joined.Close()) }

// openRoster opens the file as the flags say, and matches its headers. Records
// are filled from the joined files; names in them are read over the link.
func (o *rosterOptions) openRoster(ctx context.Context, link *kit.Link, options roster.Options, skipInvalid bool) (*people, error) {
	mapping, err := o.wholeMapping()
	if err != nil {
		return nil, err
	}
	set, err := pairs("--set", o.set)
	if err != nil {
		return nil, err
	}
	joined, err := o.openJoin(ctx, set)
	if err != nil {
		return nil, err
	}
	resolver := kit.Names(ctx, o.app, o.selection, link)
	options.Validate = joined.Around(ctx, func(record schema.Record) (schema.Record, schema.Faults, error) {
		return resolver.Validate(options.Table, record)
	})
	options.Format, options.Encoding, options.Delimiter, options.Sheet = roster.Format(o.format), o.encoding, o.delimiter, o.sheet
	options.Map, options.Ignore, options.Set, options.Filled = mapping, o.ignore, set, joined.Fields()
	source, done := o.rosterSource()
	defer done()
	opened, err := roster.Open(ctx, source, options)
	if err != nil {
		return nil, errors.Join(o.refuseHeader(ctx, err), joined.Close())
	}
	return &people{opened, joined, skipInvalid}, nil
}

// link is the connection for so many requests at once, made when it is needed.
func (o *rosterOptions) link(ctx context.Context, options bulk.Options) *kit.Link {
	return kit.NewLink(func() (*app.Connection, error) {
		return o.app.Connect(ctx, o.selection, app.ConnectOptions{Workers: options.Concurrency, OnLimit: options.Pace.Limit})
	})
}

// rosterSource gives the roster as a stream, which is copied: an import may
// last for hours, and what happens to the file meanwhile must not matter.
func (o *rosterOptions) rosterSource() (source roster.Source, done func()) {
	done = func() {}
	if o.file == "-" {
		return roster.Stream("-", o.app.Streams.In), done
	}
	info, err := os.Stat(o.file)
	if err != nil || !info.Mode().IsRegular() {
		return roster.File(o.file), done // it says what is wrong, or copies it
	}
	file, err := os.Open(o.file)
	if err != nil {
		return roster.File(o.file), done
	}
	return roster.Stream(o.file, &steadyFile{File: file, info: info}), func() { _ = file.Close() }
}

// steadyFile is a file that must not change while it is read.
type steadyFile struct {
	*os.File
	info os.FileInfo
}

// Read gives the next bytes, and at the end an error where the file is no
// longer what it was.
func (f *steadyFile) Read(b []byte) (int, error) {
	n, err := f.File.Read(b)
	if err != io.EOF {
		return n, err
	}
	now, failure := os.Stat(f.Name())
	if failure != nil || !os.SameFile(now, f.info) || now.Size() != f.info.Size() || !now.ModTime().Equal(f.info.ModTime()) {
		return n, errors.New("it was changed while it was read: let no other program write it, and run the command again")
	}
	return n, err
}

// wholeMapping is the profile's mapping, and --map over it.
func (o *rosterOptions) wholeMapping() (map[string]string, error) {
	given, err := pairs("--map", o.mapping)
	if err != nil {
		return nil, err
	}
	mapping := map[string]string{}
	maps.Copy(mapping, o.selection.Profile.Mapping)
	maps.Copy(mapping, given)
	return mapping, nil
}

// keepMapping writes the mapping into the profile.
func (o *importOptions) keepMapping() error {
	if !o.saveMapping {
		return nil
	}
	loaded, err := o.app.Config()
	if err != nil {
		return err
	}
	mapping, err := o.wholeMapping()
	if err != nil {
		return err
	}
	if err := loaded.SetMapping(o.selection.Profile.Name, mapping); err != nil {
		return app.Refuse(err)
	}
	fmt.Fprintf(o.app.Streams.Err, "The mapping is kept in profile %s.\n", o.selection.Profile.Name)
	return nil
}

// pairs reads KEY=VALUE texts. The last = of a mapping separates, because
// headers may hold one.
func pairs(flag string, texts []string) (map[string]string, error) {
	read := map[string]string{}
	for _, text := range texts {
		at := strings.Index(text, "=")
		if flag == "--map" {
			at = strings.LastIndex(text, "=")
		}
		if at < 0 {
			return nil, app.Refuse(fmt.Errorf("%s %q has no =", flag, text), "usher users import --help")
		}
		key := text[:at]
		if _, twice := read[key]; twice {
			return nil, app.Refuse(fmt.Errorf("%s gives %q twice", flag, key))
		}
		read[key] = text[at+1:]
	}
	return read, nil
}

// notRead is the failure of a roster that cannot be read.
func notRead(err error) error {
	if failure, ok := errors.AsType[*app.Failure](err); ok {
		return failure // the provider could not be asked for names
	}
	if errors.Is(err, context.Canceled) {
		return app.Fail(app.StatusInterrupted, errors.New("interrupted while reading: nothing was sent"))
	}
	return app.Refuse(err, leaveOut(err)...)
}

// leaveOut gives the flags that leave out all columns that match nothing, where
// there are several: each fault names its own.
func leaveOut(err error) []string {
	faults, _ := errors.AsType[roster.Faults](err)
	var flags []string
	for _, fault := range faults {
		if fault.Cause == schema.Unknown && fault.Header != "" {
			flags = append(flags, "--ignore-column "+fields.Quote(fault.Header))
		}
	}
	if len(flags) < 2 {
		return nil
	}
	return []string{"to leave them all out, add " + strings.Join(flags, " ")}
}

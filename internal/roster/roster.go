package roster

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"

	"github.com/bring-aboard/usher/internal/roster/charset"
	"github.com/bring-aboard/usher/internal/roster/xlsx"
	"github.com/bring-aboard/usher/pkg/schema"
)

// Roster is an open file of users, returned by [Open]. It is not safe for concurrent use.
type Roster struct {
	options     Options
	content     *content
	format      format
	form        form
	cells       tableForm    // the form of a table, else nil
	objects     documentForm // the form of a file of objects, else nil
	matcher     *matcher
	plan        *plan
	header      []string // the header as it is in the file
	description Description
	summary     Summary
}

// Row is one user of a roster.
type Row struct {
	// Number is the ordinal of the record, from 1, including those with errors.
	Number int
	// Line is the place where the row begins: a line of a text, a row of a worksheet.
	Line int
	// Record contains the values that could be read, the defaults and the set values. It must not be modified,
	// because its lists may be shared with other records.
	Record schema.Record
	// Person is what the row has of a person without a key; nil without [Options].Identify.
	Person *Person
	// Errors are all validation errors of the row; none if it can be sent.
	Errors RowErrors
}

// rawRow is a row as it is in the file, in the form of its format.
type rawRow struct {
	cells  []string // of a table
	object any      // of a file of objects, in the form's type
}

// reader reads the rows of one pass.
type reader interface {
	// next returns the next row, and io.EOF after the last one. Every other error is one of the whole file.
	next() (Row, error)
}

// Open reads all bytes of a roster once, for their digest and their encoding, and the header. It returns all
// errors in the header at once, as [RowErrors], and errors in the file as an [Error]. The roster must be closed.
func Open(ctx context.Context, source Source, o Options) (*Roster, error) {
	c, err := source.open(ctx, o.TempDir)
	if err != nil {
		return nil, err
	}
	r := &Roster{options: o, content: c}
	if err := r.begin(ctx); err != nil {
		_ = r.Close()
		return nil, c.changeOr(r.named(err))
	}
	return r, nil
}

// Close closes the file, and removes the copy of a stream.
func (r *Roster) Close() error { return r.content.close() }

// Description returns how the roster was read.
func (r *Roster) Description() Description { return r.description }

// Summary returns the counts of the last complete pass over the rows. It is empty before the first one.
func (r *Roster) Summary() Summary { return r.summary }

// Rows reads the roster from its start. It can be called again, and each pass yields the same rows. An error ends
// the pass: an [Error], or the context's.
func (r *Roster) Rows(ctx context.Context) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		p, count := r.content.pass(ctx), &tally{}
		rows, done, err := r.read(ctx, p, count)
		if err != nil {
			yield(Row{}, r.content.changeOr(r.named(err)))
			return
		}
		defer done()
		for {
			row, err := rows.next()
			if isEnd(err) {
				break
			}
			if err != nil {
				yield(Row{}, r.content.changeOr(r.named(err)))
				return
			}
			if !yield(row, nil) {
				return
			}
		}
		if err := p.finish(); err != nil {
			yield(Row{}, err)
			return
		}
		r.summary = count.Summary
	}
}

// begin detects the format of the file and reads its header.
func (r *Roster) begin(ctx context.Context) error {
	if r.content.size == 0 {
		return &Error{Kind: Empty, Message: "the file is empty"}
	}
	var err error
	if r.format, err = r.content.recognise(r.options.Format); err != nil {
		return err
	}
	if err := r.openForm(); err != nil {
		return err
	}
	matcher, fieldErrs := newMatcher(r.options)
	r.matcher = matcher
	r.describe()
	if r.cells != nil {
		return r.readHeader(ctx, fieldErrs)
	}
	return r.readKeys(ctx, fieldErrs)
}

func (r *Roster) openForm() (err error) {
	if r.format.openTable != nil {
		r.cells, err = r.format.openTable(r.content, r.options)
		r.form = r.cells
		return err
	}
	r.objects, err = r.format.openDocuments(r.content, r.options)
	r.form = r.objects
	return err
}

func (r *Roster) describe() {
	r.description = Description{File: r.content.name, Format: r.format.name, SHA256: hex.EncodeToString(r.content.sum[:])}
	r.form.describe(&r.description)
}

// read begins a pass. The returned function ends it.
func (r *Roster) read(ctx context.Context, p *pass, count *tally) (reader, func(), error) {
	if r.objects != nil {
		return r.readDocuments(p, count), func() {}, nil
	}
	t, done, err := r.rows(ctx, p, count)
	if err != nil {
		return nil, nil, err
	}
	return &tableReader{table: t, plan: r.plan, tally: count, at: r.place(), maxCell: r.options.maxCell()}, done, nil
}

// rows begins to read the cells after the header.
func (r *Roster) rows(ctx context.Context, p *pass, count *tally) (table, func(), error) {
	t, done, err := r.cells.table(ctx, p, count)
	if err != nil {
		return nil, nil, err
	}
	header, _, _, err := headers(t, r.options.HeaderRow, count, r.place())
	if err != nil {
		done()
		return nil, nil, err
	}
	return &peopleRows{table: t, header: header, plan: r.plan, m: r.matcher, tally: count, at: r.place()}, done, nil
}

// readHeader decides what the columns are for.
func (r *Roster) readHeader(ctx context.Context, fieldErrs schema.FieldErrors) error {
	t, done, err := r.cells.table(ctx, r.content.pass(ctx), &tally{})
	if err != nil {
		return err
	}
	defer done()
	names, raw, line, err := headers(t, r.options.HeaderRow, &tally{}, r.place())
	if isEnd(err) {
		return &Error{Kind: Empty, Message: "the file contains only blank lines"}
	}
	if err != nil {
		return err
	}
	header := r.place()
	header.Line = line
	all := withPlace(r.place(), fieldErrs)
	p, found, err := newPlan(names, r.matcher, r.options)
	if err != nil {
		return err
	}
	if len(found) > 0 && r.options.HeaderRow == 0 {
		if err := r.headerElsewhere(ctx, names, p, line); err != nil {
			return err
		}
	}
	if err := r.confirmEncoding(func() ([]string, error) { return r.samplesOfTable(ctx, names, p) }); err != nil {
		return err
	}
	for _, f := range found {
		at := header
		if f.column >= 0 {
			at.Line, at.Column = t.place(f.column)
			at.Header = names[f.column]
		}
		all = append(all, RowError{Place: at, FieldError: f.FieldError})
	}
	r.plan, r.header = p, raw
	r.describeColumns(names)
	people := &peopleRows{table: t, header: names, plan: p, m: r.matcher, tally: &tally{}, at: r.place()}
	unnamed, err := r.readFirst(ctx, people, p.unnamed)
	if err != nil && len(all) == 0 {
		return err
	}
	return append(all, unnamed...).Err()
}

// readFirst looks for the first row, and for values in columns without a header.
func (r *Roster) readFirst(ctx context.Context, t table, unnamed []int) (RowErrors, error) {
	_, err := nextFilled(t, &tally{})
	if isEnd(err) {
		return nil, &Error{Kind: NoRows, Message: "no rows after the header", Hint: "add one row per user"}
	}
	if err != nil || len(unnamed) == 0 {
		return nil, err
	}
	again, done, err := r.cells.table(ctx, r.content.pass(ctx), &tally{})
	if err != nil {
		return nil, err
	}
	defer done()
	if _, _, _, err := headers(again, r.options.HeaderRow, &tally{}, r.place()); err != nil {
		return nil, err
	}
	rowErrs, err := findUnnamed(again, unnamed, &tally{})
	for i := range rowErrs {
		at := r.place()
		at.Line, at.Column = rowErrs[i].Line, rowErrs[i].Column
		rowErrs[i].Place = at
	}
	return rowErrs, err
}

func (r *Roster) describeColumns(names []string) {
	present := map[string]bool{}
	for i, c := range r.plan.columns {
		column := Column{Header: names[i], Number: i + 1}
		if !c.skip {
			column.Field, column.Label = c.field.Name, c.label
			if c.part != wholeField {
				column.Part = c.field.Parts[c.part].Name
			}
		}
		present[headerKey(names[i])] = true
		r.description.Columns = append(r.description.Columns, column)
	}
	r.describeUnread()
	r.description.Unused = r.matcher.unused(r.options, present)
}

// describeUnread adds notes about the worksheets and columns that are not read, except those in the options.
func (r *Roster) describeUnread() {
	d := &r.description
	if isNamed := cmp.Or(r.options.Sheet, r.options.UsualSheet) != ""; len(d.Sheets) > 1 || len(d.Sheets) > 0 && isNamed {
		others := slices.DeleteFunc(slices.Clone(d.Sheets), func(sheet string) bool { return sheet == d.Sheet })
		if len(others) > 0 {
			d.Notes = append(d.Notes, counted(len(others), "other worksheet")+" not read: "+someOf(others))
			d.leave(UnreadSheet, others)
		}
	}
	var unread, all []string
	for i, c := range r.plan.columns {
		if c.skip && !isOwn(c.header) && !r.matcher.used[headerKey(c.header)] {
			all = append(all, cmp.Or(c.header, xlsx.ColumnName(i+1)))
		}
		if c.skip && !isOwn(c.header) && c.header != "" && !r.matcher.isIgnored(c.header, i) && !r.matcher.used[headerKey(c.header)] {
			if c.assigned {
				d.Notes = append(d.Notes, fmt.Sprintf("column %q not read: the provider assigns the ids", c.header))
				continue
			}
			if c.instead != "" {
				d.Notes = append(d.Notes, fmt.Sprintf("column %q not read: %s is in %q", c.header, c.field.Name, c.instead))
				continue
			}
			unread = append(unread, c.header)
		}
	}
	if len(unread) > 0 {
		d.Notes = append(d.Notes, counted(len(unread), "column")+" not read: "+someOf(unread))
	}
	d.leave(UnreadColumn, all)
}

// someOf returns the first texts in quotation marks, and the number of the others.
func someOf(texts []string) string {
	const shown = 5
	if len(texts) <= shown+1 {
		return quotedTexts(texts)
	}
	return fmt.Sprintf("%s and %d more", quotedTexts(texts[:shown]), len(texts)-shown)
}

// isEnd reports whether an error is the end of a reader.
func isEnd(err error) bool {
	return err == io.EOF // //nolint:errorlint // a wrapped io.EOF is the cause of a failure
}

// place returns the file and the sheet.
func (r *Roster) place() Place { return Place{File: r.content.name, Sheet: r.description.Sheet} }

// withPlace adds a place to errors.
func withPlace(at Place, fieldErrs schema.FieldErrors) RowErrors {
	var all RowErrors
	for _, fieldErr := range fieldErrs {
		all = append(all, RowError{Place: at, FieldError: fieldErr})
	}
	return all
}

// named adds the file's name to an error, and converts the errors of other packages.
func (r *Roster) named(err error) error {
	return nameError(r.content.name, r.description.Sheet, err)
}

func nameError(file, sheet string, err error) error {
	var own *Error
	var text *charset.DecodeError
	switch {
	case errors.As(err, &own):
		own.File = file
		if own.Sheet == "" && own.Line > 0 {
			own.Sheet = sheet
		}
		return err
	case errors.As(err, &text):
		hint := "save it as UTF-8, or specify its encoding, for example --encoding windows-1252"
		if text.NUL {
			hint = "remove it; for UTF-16 use --encoding utf-16"
		}
		return &Error{Kind: WrongEncoding, File: file, Line: text.Line, Column: text.Column, Message: text.Error(), Hint: hint, Cause: text}
	}
	return err
}

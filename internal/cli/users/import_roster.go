package users

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cli/kit"
	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/render"
	"github.com/bring-aboard/usher/internal/roster"
	"github.com/bring-aboard/usher/internal/term"
	"github.com/bring-aboard/usher/pkg/schema"
)

// openRoster opens the file and matches its headers.
func (o *importOptions) openRoster(ctx context.Context) (*roster.Roster, error) {
	table := o.selection.Adapter.Table
	defaults, err := kit.Defaults(o.selection)
	if err != nil {
		return nil, err
	}
	mapping, err := o.wholeMapping()
	if err != nil {
		return nil, err
	}
	set, err := pairs("--set", o.set)
	if err != nil {
		return nil, err
	}
	options := roster.Options{
		Table: table, Format: roster.Format(o.format), Encoding: o.encoding, Delimiter: o.delimiter, Sheet: o.sheet,
		Map: mapping, Ignore: o.ignore, Set: set, Defaults: defaults,
	}
	if o.generate {
		for _, field := range table.Secrets() {
			options.Later = append(options.Later, field.Name)
		}
	}
	source, done, err := o.rosterSource()
	if err != nil {
		return nil, app.Refuse(err)
	}
	defer done()
	opened, err := roster.Open(ctx, source, options)
	if err != nil {
		return nil, notRead(err)
	}
	return opened, nil
}

// rosterSource gives the roster as a stream, which is copied: an import may
// last for hours, and what happens to the file meanwhile must not matter.
func (o *importOptions) rosterSource() (source roster.Source, done func(), err error) {
	done = func() {}
	if o.file == "-" {
		return roster.Stream("-", o.app.Streams.In), done, nil
	}
	info, err := os.Stat(o.file)
	if err != nil || !info.Mode().IsRegular() {
		return roster.File(o.file), done, nil // it says what is wrong, or copies it
	}
	file, err := os.Open(o.file)
	if err != nil {
		return roster.File(o.file), done, nil
	}
	return roster.Stream(o.file, &steadyFile{File: file, info: info}), func() { _ = file.Close() }, nil
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
func (o *importOptions) wholeMapping() (map[string]string, error) {
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
	if errors.Is(err, context.Canceled) {
		return app.Fail(app.StatusInterrupted, errors.New("interrupted while reading: nothing was sent"))
	}
	return app.Refuse(err)
}

// sayRead says what was read, and what may be wrong with it.
func (o *importOptions) sayRead(people *roster.Roster, reading *intake.Reading) {
	description, summary := people.Description(), people.Summary()
	say := func(format string, args ...any) {
		fmt.Fprintln(o.app.Streams.Err, term.SanitizeLine(fmt.Sprintf(format, args...)))
	}
	say("Read %s from %s", count(reading.Rows, "row"), description)
	if matched := matches(description); len(matched) > 0 {
		for _, line := range wrap("  columns: ", matched, o.app.Streams.ErrWidth()) {
			say("%s", line)
		}
	}
	if summary.Trimmed > 0 {
		say("  %s had white space or invisible characters around them, which were removed", count(summary.Trimmed, "value"))
	}
	if summary.Blank > 0 {
		say("  %s passed over", count(summary.Blank, "empty line"))
	}
	for _, warning := range o.rosterWarnings(description, summary) {
		fmt.Fprintf(o.app.Streams.Err, "  %s %s\n", o.app.Streams.ErrStyle().Yellow("warning:"), term.SanitizeLine(warning))
	}
}

// matches says which columns were taken for which fields, where their headers
// are not the fields' own names.
func matches(description roster.Description) []string {
	var matched []string
	for _, column := range description.Columns {
		field := column.Field
		if column.Part != "" {
			field += "." + column.Part
		}
		if field != "" && schema.FoldName(field) != schema.FoldName(column.Header) {
			matched = append(matched, fmt.Sprintf("%q is %s", column.Header, field))
		}
	}
	return matched
}

// wrap puts items with commas between them into lines that are no wider than
// this, as far as that is possible.
func wrap(begin string, items []string, width int) []string {
	lines := []string{begin + items[0]}
	for _, item := range items[1:] {
		last := &lines[len(lines)-1]
		*last += ","
		if len(*last)+1+len(item) >= width {
			lines = append(lines, strings.Repeat(" ", len(begin))+item)
			continue
		}
		*last += " " + item
	}
	return lines
}

// rosterWarnings lists what may be wrong. A header of the profile's mapping
// need not be in every file; one that was given now was meant for this one.
func (o *importOptions) rosterWarnings(description roster.Description, summary roster.Summary) []string {
	var warnings []string
	given, _ := pairs("--map", o.mapping) // it was read before
	for _, header := range description.Unused {
		flag := "--ignore-column"
		if _, mapped := given[header]; mapped {
			flag = "--map"
		} else if !slices.Contains(o.ignore, header) {
			continue
		}
		warnings = append(warnings, fmt.Sprintf("no column is called %q, which %s names", header, flag))
	}
	for _, warning := range summary.Warnings {
		warnings = append(warnings, warning.String())
	}
	return warnings
}

// refuseRoster reports every fault: grouped for people, each one for programs.
func (o *importOptions) refuseRoster(ctx context.Context, i *intake.Import, reading *intake.Reading) error {
	next := []string{"mend the rows and run the same command again, or add --skip-invalid to send the others"}
	if o.app.Global.Output != "" || o.app.Global.JQ != "" {
		if err := o.printFaults(ctx, i); err != nil {
			return err
		}
	} else {
		next = append(next, "every fault, for a program: add -o json")
	}
	return app.Refuse(errors.New(faultText(reading)), next...)
}

func faultText(reading *intake.Reading) string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s in %s of %s; nothing was sent", count(reading.Faults, "fault"), grouped(reading.Faulty), count(reading.Rows, "row"))
	for _, group := range reading.Groups {
		of := string(group.Cause)
		if group.Field != "" {
			of = group.Field + ", " + of
		}
		fmt.Fprintf(&text, "\n  %s: %s", of, grouped(group.Faults))
		for _, fault := range group.First {
			text.WriteString("\n    " + fault.Error())
		}
		if more := group.Faults - len(group.First); more > 0 {
			fmt.Fprintf(&text, "\n    and %s more", grouped(more))
		}
	}
	return text.String()
}

// faultDoc is one fault, for programs.
type faultDoc struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Cell    string `json:"cell,omitempty"`
	Header  string `json:"header"`
	Field   string `json:"field"`
	Cause   string `json:"cause"`
	Value   string `json:"value"`
	Message string `json:"message"`
	Hint    string `json:"hint"`
}

func (o *importOptions) printFaults(ctx context.Context, i *intake.Import) (err error) {
	printer, err := o.app.Printer()
	if err != nil {
		return err
	}
	out := printer.List(ctx, []render.Column{{Name: "line"}, {Name: "column"}, {Name: "field"}, {Name: "cause"}, {Name: "message"}, {Name: "hint"}})
	defer func() { err = errors.Join(err, out.Close()) }()
	for fault, err := range i.Faults(ctx) {
		if err != nil {
			return err
		}
		doc := faultDoc{
			File: fault.File, Line: fault.Line, Column: fault.Column, Cell: fault.Cell(), Header: fault.Header,
			Field: fault.Field, Cause: string(fault.Cause), Value: fault.Value, Message: fault.Message, Hint: fault.Hint,
		}
		row := []string{strconv.Itoa(doc.Line), strconv.Itoa(doc.Column), doc.Field, doc.Cause, doc.Message, doc.Hint}
		if err := out.Add(row, doc, strconv.Itoa(doc.Line)); err != nil {
			return err
		}
	}
	return nil
}

package render

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/bring-aboard/usher/internal/term"
)

// Printer prints results to standard output in one format.
type Printer struct {
	streams *term.Streams
	format  format
	filter  *filter // nil without --jq
}

// New returns a new printer for a format and a --jq expression; both may be empty. A filter requires JSON, which is
// then the default, or NDJSON. For another format, or an invalid expression, New returns a *[UsageError].
func New(streams *term.Streams, name Format, jq string) (*Printer, error) {
	if name == "" {
		name = defaultFormat(streams, jq != "")
	}
	chosen, err := formatOf(name)
	if err != nil {
		return nil, err
	}
	p := &Printer{streams: streams, format: chosen}
	if jq == "" {
		return p, nil
	}
	if !chosen.filters {
		filtered := namesOf(func(f format) bool { return f.filters })
		return nil, &UsageError{fmt.Sprintf("--jq cannot be combined with -o %s; omit it, or use -o %s", name, strings.Join(filtered, " or -o "))}
	}
	p.filter, err = compileFilter(jq)
	if err != nil {
		return nil, err
	}
	return p, nil
}

func defaultFormat(streams *term.Streams, filtered bool) Format {
	switch {
	case filtered:
		return JSON
	case streams.OutIsTerminal():
		return Table
	default:
		return TSV
	}
}

// ForPeople reports whether the format is for people instead of programs.
func (p *Printer) ForPeople() bool { return p.format.people }

// PrintsDocuments reports whether the format prints documents instead of rows.
func (p *Printer) PrintsDocuments() bool { return p.format.documents }

// PrintsIDs reports whether the format prints only ids.
func (p *Printer) PrintsIDs() bool { return p.format.ids }

// NamesColumns reports whether rows have a header for programs. The number of columns is then not limited by a
// terminal.
func (p *Printer) NamesColumns() bool { return p.format.named }

// Object prints one result. doc is encoded with encoding/json; fields are its labels and values for people, in order;
// id is printed by -o id, unless it is empty.
//
// A table and TSV have one field a line: label, then value. CSV has the labels as its header and the values as its only
// row.
//
// The end of the context ends a --jq filter. If a filter fails, its earlier results are printed.
func (p *Printer) Object(ctx context.Context, doc any, fields [][2]string, id string) error {
	switch {
	case p.format.object != nil:
		return p.format.object(ctx, p, doc)
	case p.format.labels != nil:
		lines := newList(p.format.labels(p), 2)
		for _, field := range fields {
			if err := lines.Add(field[:], nil, ""); err != nil {
				return err
			}
		}
		return lines.Close()
	default:
		columns, values := make([]Column, len(fields)), make([]string, len(fields))
		for i, field := range fields {
			columns[i].Name, values[i] = field[0], field[1]
		}
		single := p.List(ctx, columns)
		if err := single.Add(values, doc, id); err != nil {
			return err
		}
		return single.Close()
	}
}

// Text prints one result as [Printer.Object] does, but with text instead of one field a line. Characters in text that
// could control a terminal are replaced.
func (p *Printer) Text(ctx context.Context, text string, doc any, fields [][2]string, id string) error {
	if p.format.labels == nil {
		return p.Object(ctx, doc, fields, id)
	}
	return p.output().write([]byte(term.Sanitize(text)), nil)
}

// WithoutZeros returns the fields of a result without those that are zero, if the format is for people.
func (p *Printer) WithoutZeros(fields [][2]string) [][2]string {
	if !p.ForPeople() {
		return fields
	}
	return slices.DeleteFunc(slices.Clone(fields), func(field [2]string) bool { return field[1] == "0" })
}

// Composed prints one result as [Printer.Object] does, but for people a text that the caller has made: it may have styles and
// tables of [Printer.Layout], and everything else in it is sanitized.
func (p *Printer) Composed(ctx context.Context, text string, doc any, fields [][2]string, id string) error {
	if !p.ForPeople() {
		return p.Object(ctx, doc, fields, id)
	}
	return p.output().write([]byte(text), nil)
}

// Layout returns a table as text, within the width of the terminal.
func (p *Printer) Layout(columns []Column, rows [][]string) (string, error) {
	var text strings.Builder
	sink := newTableSink(&output{to: &text}, columns, p.LineWidth())
	for _, row := range rows {
		if err := sink.add(row, nil, ""); err != nil {
			return "", err
		}
	}
	err := sink.close()
	return text.String(), err
}

// output is standard output for one result. After an error it writes nothing, so that the output has no gap.
type output struct {
	to io.Writer
	// terminal is true if standard output is a terminal.
	terminal bool
	err      error
}

func (p *Printer) output() *output {
	return &output{to: p.streams.Out, terminal: p.streams.OutIsTerminal()}
}

// Write writes p, unless an earlier write failed.
func (o *output) Write(p []byte) (int, error) {
	if o.err != nil {
		return 0, o.err
	}
	n, err := o.to.Write(p)
	o.err = err
	return n, err
}

// write writes the text of an encoder, unless the encoder failed.
func (o *output) write(text []byte, err error) error {
	if err == nil {
		_, err = o.Write(text)
	}
	return err
}

// text returns a provider's text of several lines: without control characters on a terminal, unchanged elsewhere.
func (o *output) text(s string) string {
	if o.terminal {
		return term.Sanitize(s)
	}
	return s
}

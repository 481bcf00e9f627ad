package render

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/bring-aboard/usher/internal/term"
)

// Printer prints results to standard output in one format.
type Printer struct {
	streams *term.Streams
	format  format
	filter  *filter // nil without --jq
}

// New makes a printer for a format and a --jq expression, either of which may
// be empty. A filter works on JSON, which is then the default, or on NDJSON;
// with another format, or where the expression does not compile, New returns a
// *[UsageError].
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
		return nil, &UsageError{fmt.Sprintf("--jq filters JSON: leave out -o %s, or give -o %s", name, strings.Join(filtered, " or -o "))}
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

// ForPeople reports whether people read what is printed, and not programs.
func (p *Printer) ForPeople() bool { return p.format.people }

// PrintsDocuments reports whether whole documents are printed, and not rows of
// texts.
func (p *Printer) PrintsDocuments() bool { return p.format.documents }

// PrintsIDs reports whether ids are printed and nothing else.
func (p *Printer) PrintsIDs() bool { return p.format.ids }

// NamesColumns reports whether rows come below a header for programs, so that
// there may be any number of columns.
func (p *Printer) NamesColumns() bool { return p.format.named }

// Object prints one result. The document is what encoding/json makes of doc;
// fields are its labels and values for people, in order; id is what -o id
// prints, if it is not empty.
//
// A table shows a field a line, and so does TSV: label, tab, value. CSV has
// the labels as its header and the values as its one row.
//
// The context can end a --jq filter that runs for long; a filter that fails
// comes back as an error after what it printed before.
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

// Text prints one result that has a form of its own: text stands in the place
// of the fields, a line for each, of [Printer.Object]. Of its characters, those
// that could drive a terminal are replaced.
func (p *Printer) Text(ctx context.Context, text string, doc any, fields [][2]string, id string) error {
	if p.format.labels == nil {
		return p.Object(ctx, doc, fields, id)
	}
	return p.output().write([]byte(term.Sanitize(text)), nil)
}

// output is standard output for one result. It remembers the first error, so
// that nothing is written behind a gap.
type output struct {
	to io.Writer
	// terminal says that a terminal shows what is written.
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

// write writes the text that an encoder made, unless the encoder failed.
func (o *output) write(text []byte, err error) error {
	if err == nil {
		_, err = o.Write(text)
	}
	return err
}

// text makes foreign text of several lines safe where a terminal shows it, and
// leaves it alone elsewhere.
func (o *output) text(s string) string {
	if o.terminal {
		return term.Sanitize(s)
	}
	return s
}

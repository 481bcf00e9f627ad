package render

import (
	"context"
	"fmt"
	"io"

	"github.com/bring-aboard/usher/internal/term"
)

// Printer prints results to standard output in one format.
type Printer struct {
	streams *term.Streams
	format  Format
	filter  *filter // nil without --jq
}

// New makes a printer for a format and a --jq expression, either of which may
// be empty. A filter works on JSON, which is then the default, or on NDJSON;
// with another format, or where the expression does not compile, New returns a
// *[UsageError].
func New(streams *term.Streams, format Format, jq string) (*Printer, error) {
	if jq == "" {
		return &Printer{streams: streams, format: orDefault(format, streams)}, nil
	}
	switch format {
	case "":
		format = JSON
	case JSON, NDJSON:
	default:
		return nil, &UsageError{fmt.Sprintf("--jq filters JSON: leave out -o %s, or give -o json or -o ndjson", format)}
	}
	filter, err := compileFilter(jq)
	if err != nil {
		return nil, err
	}
	return &Printer{streams: streams, format: format, filter: filter}, nil
}

func orDefault(format Format, streams *term.Streams) Format {
	switch {
	case format != "":
		return format
	case streams.OutIsTerminal():
		return Table
	default:
		return TSV
	}
}

// Format gives the format that is printed, never the zero one.
func (p *Printer) Format() Format { return p.format }

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
	switch p.format {
	case JSON:
		if p.filter != nil {
			return p.filter.print(ctx, doc, p.output())
		}
		text, err := encodeJSON(doc, "", indent)
		return p.output().write(text, err)
	case YAML:
		node, err := yamlOf(doc)
		if err != nil {
			return err
		}
		text, err := encodeYAML(node)
		return p.output().write(text, err)
	case Table, TSV:
		lines := newList(p.headless(), 2)
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

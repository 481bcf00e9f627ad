package render

import (
	"context"
	"errors"
	"fmt"

	"github.com/bring-aboard/usher/internal/term"
)

// Column is one column of a list.
type Column struct {
	// Name is the name of the column for programs: the header in CSV.
	Name string
	// Header is the printed header of the column in a table; "" means the name.
	Header string
	// Whole is true if the values are never truncated to the terminal's width, for example ids and keys, which people
	// copy.
	Whole bool
	// Wrap is true if values that are too long for a terminal continue on the next line instead of being truncated.
	Wrap bool
	// Spare is true if the column is omitted from a table that is too wide for the terminal.
	Spare bool
}

// List prints the results of a list. It must be closed. It is not safe for concurrent use.
type List struct {
	sink   sink
	width  int // cells in a row
	added  bool
	closed bool
	// whenEmpty says that there are no results; nil to say nothing.
	whenEmpty func()
}

// sink prints the rows of one list in one format.
type sink interface {
	add(row []string, doc any, id string) error
	close() error
}

// List returns a new list with these columns. The end of the context ends a --jq filter.
func (p *Printer) List(ctx context.Context, columns []Column) *List {
	return newList(p.format.list(ctx, p, columns), len(columns))
}

// ListOf returns a new list of things with this name in the plural. For people an empty list is a sentence on standard
// error.
func (p *Printer) ListOf(ctx context.Context, things string, columns []Column) *List {
	list := p.List(ctx, columns)
	if p.ForPeople() {
		list.whenEmpty = func() { fmt.Fprintf(p.streams.Err, "No %s.\n", things) }
	}
	return list
}

func newList(sink sink, width int) *List { return &List{sink: sink, width: width} }

// Add prints the next result: row has a value for each column, doc is encoded with encoding/json, id is printed by -o
// id. A format ignores those that it does not use.
//
// If a document cannot be encoded, Add omits it and returns the error; the list can continue. An error of the writer
// ends the list: every later call returns it too.
func (l *List) Add(row []string, doc any, id string) error {
	if len(row) != l.width {
		return fmt.Errorf("row has %d values for %d columns", len(row), l.width)
	}
	l.added = true
	return l.sink.add(row, doc, id)
}

// End closes a list that ended with an error, nil for none, and returns that error joined with the error of Close. A
// list that failed before its first result prints nothing, because an empty list would mean that there are no results.
func (l *List) End(err error) error {
	if err != nil && !l.added {
		l.closed = true
		return err
	}
	return errors.Join(err, l.Close())
}

// Close prints buffered rows and completes the output, so that the JSON of a list that ended early is valid. A second
// call has no effect.
func (l *List) Close() error {
	if l.closed {
		return nil
	}
	l.closed = true
	if !l.added && l.whenEmpty != nil {
		l.whenEmpty()
	}
	return l.sink.close()
}

func idFormat() format {
	return format{
		name: ID, ids: true,
		list: func(_ context.Context, p *Printer, _ []Column) sink { return &idSink{p.output()} },
	}
}

// idSink prints one id a line.
type idSink struct{ out *output }

func (s *idSink) add(_ []string, _ any, id string) error {
	if id == "" {
		return nil
	}
	return s.out.write([]byte(withoutCommands(term.SanitizeLine(id))+"\n"), nil)
}

func (s *idSink) close() error { return nil }

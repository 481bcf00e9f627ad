package render

import (
	"context"
	"errors"
	"fmt"

	"github.com/bring-aboard/usher/internal/term"
)

// Column is one column of a list.
type Column struct {
	// Name is the column's name for programs: the header in CSV.
	Name string
	// Header is the column's header in a table, as it is printed; empty means
	// the name.
	Header string
	// Whole keeps the values from being cut to the terminal's width: ids and
	// keys, which people copy.
	Whole bool
}

// List prints results one after the other. Every list must be closed. It is
// not safe for concurrent use.
type List struct {
	sink   sink
	width  int // cells in a row
	added  bool
	closed bool
}

// sink prints the rows of one list in one format.
type sink interface {
	add(row []string, doc any, id string) error
	close() error
}

// List begins a list with these columns. The context can end a --jq filter
// that runs for long.
func (p *Printer) List(ctx context.Context, columns []Column) *List {
	return newList(p.format.list(ctx, p, columns), len(columns))
}

func newList(sink sink, width int) *List { return &List{sink: sink, width: width} }

// Add prints the next result: row has a value for each column, doc is what
// encoding/json makes a document of, id is what -o id prints. Formats that do
// not need one of them ignore it.
//
// A document that cannot be encoded is left out and comes back as an error;
// the list may go on. An error of the writer ends the list: every later call
// returns it too.
func (l *List) Add(row []string, doc any, id string) error {
	if len(row) != l.width {
		return fmt.Errorf("a row of %d values for %d columns", len(row), l.width)
	}
	l.added = true
	return l.sink.add(row, doc, id)
}

// End closes a list that ended with an error, nil for none, and returns that error
// with the one of closing. A list that failed before its first result prints nothing:
// an empty list would say that there are none.
func (l *List) End(err error) error {
	if err != nil && !l.added {
		l.closed = true
		return err
	}
	return errors.Join(err, l.Close())
}

// Close prints what is still held back and completes the output, so that the
// JSON of a list that ended early is valid all the same. Closing twice does
// nothing more.
func (l *List) Close() error {
	if l.closed {
		return nil
	}
	l.closed = true
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

package render

import (
	"context"
	"encoding/csv"
	"strings"

	"github.com/bring-aboard/usher/internal/safecell"
	"github.com/bring-aboard/usher/internal/term"
)

func csvFormat() format {
	return format{
		name: CSV, named: true,
		list: func(_ context.Context, p *Printer, columns []Column) sink { return newCSVSink(p.output(), columns) },
	}
}

func tsvFormat() format {
	return format{
		name:   TSV,
		list:   func(_ context.Context, p *Printer, _ []Column) sink { return &tsvSink{p.output()} },
		labels: func(p *Printer) sink { return &tsvSink{p.output()} },
	}
}

// csvSink prints comma-separated values below a header.
type csvSink struct {
	out    *output
	writer *csv.Writer
	header []string // nil after it is printed
}

func newCSVSink(out *output, columns []Column) *csvSink {
	s := &csvSink{out: out, writer: csv.NewWriter(out), header: make([]string, len(columns))}
	for i, column := range columns {
		s.header[i] = column.Name
	}
	return s
}

func (s *csvSink) add(row []string, _ any, _ string) error {
	if err := s.begin(); err != nil {
		return err
	}
	return s.print(row)
}

func (s *csvSink) close() error { return s.begin() }

func (s *csvSink) begin() error {
	if s.header == nil {
		return s.writer.Error()
	}
	header := s.header
	s.header = nil
	return s.print(header)
}

func (s *csvSink) print(row []string) error {
	safe := make([]string, len(row))
	for i, cell := range row {
		safe[i] = withoutCommands(safecell.Guard(s.out.text(cell)))
	}
	if err := s.writer.Write(safe); err != nil {
		return err
	}
	s.writer.Flush()
	return s.writer.Error()
}

// tsvSink prints tab-separated values.
type tsvSink struct{ out *output }

func (s *tsvSink) add(row []string, _ any, _ string) error {
	return s.out.write([]byte(strings.Join(sanitizeCells(row), "\t")+"\n"), nil)
}

func (s *tsvSink) close() error { return nil }

// sanitizeCells returns the cells of a row without tabs, line breaks and control characters.
func sanitizeCells(row []string) []string {
	safe := make([]string, len(row))
	for i, cell := range row {
		safe[i] = withoutCommands(term.SanitizeLine(cell))
	}
	return safe
}

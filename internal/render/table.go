package render

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sort"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/pkg/twwidth"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
)

const (
	// blockRows is how many rows of a table are held back to measure them.
	blockRows = 1000
	// gap stands between two columns.
	gap = "  "
	// minColumn is what fitting leaves of a column at least.
	minColumn = 4
)

func tableFormat() format {
	return format{
		name: Table, people: true,
		list: func(_ context.Context, p *Printer, columns []Column) sink {
			return newTableSink(p.output(), columns, p.tableWidth())
		},
		labels: func(p *Printer) sink { return newTableSink(p.output(), nil, 0) },
	}
}

// tableWidth gives the columns that a table may take, 0 for no limit.
func (p *Printer) tableWidth() int {
	if p.streams.OutIsTerminal() {
		return p.streams.Width()
	}
	return 0
}

// tableSink prints aligned columns. It holds rows back in blocks, so that a
// long list streams; a later block is as wide as those before it, or wider
// where its own values are.
type tableSink struct {
	out     *output
	limit   int // columns of the terminal, 0 for no limit
	columns []Column
	widths  []int // of each column so far, before fitting
	block   [][]string
}

// newTableSink gives the sink for a table that may be limit columns wide; 0
// means no limit. Without columns it prints no header.
func newTableSink(out *output, columns []Column, limit int) *tableSink {
	s := &tableSink{out: out, limit: limit, columns: columns}
	if columns != nil {
		s.block = [][]string{headerOf(columns)}
	}
	return s
}

func headerOf(columns []Column) []string {
	header := make([]string, len(columns))
	for i, column := range columns {
		header[i] = column.Header
		if header[i] == "" {
			header[i] = column.Name
		}
	}
	return header
}

func (s *tableSink) add(row []string, _ any, _ string) error {
	s.block = append(s.block, sanitizeCells(row))
	if len(s.block) < blockRows {
		return nil
	}
	return s.flush()
}

func (s *tableSink) close() error {
	s.dropEmpty()
	return s.flush()
}

// dropEmpty makes room in a table that is too wide for the terminal: columns
// without a single value go. A table of which rows are printed already keeps its columns.
func (s *tableSink) dropEmpty() {
	if s.columns == nil || s.limit == 0 || s.widths != nil || len(s.block) < 2 {
		return
	}
	s.measure()
	total := len(gap) * (len(s.widths) - 1)
	for _, width := range s.widths {
		total += width
	}
	s.widths = nil
	if total <= s.limit {
		return
	}
	isEmpty := func(column int) bool {
		return !slices.ContainsFunc(s.block[1:], func(row []string) bool { return row[column] != "" })
	}
	for column := len(s.columns) - 1; column > 0; column-- {
		if !isEmpty(column) {
			continue
		}
		s.columns = slices.Delete(slices.Clone(s.columns), column, column+1)
		for i, row := range s.block {
			s.block[i] = slices.Delete(slices.Clone(row), column, column+1)
		}
	}
}

// flush prints the rows that were held back.
func (s *tableSink) flush() error {
	if len(s.block) == 0 {
		return nil
	}
	s.measure()
	text, err := layOut(s.block, s.fit())
	s.block = s.block[:0]
	return s.out.write(text, err)
}

func (s *tableSink) measure() {
	if s.widths == nil {
		s.widths = make([]int, len(s.block[0]))
	}
	for _, row := range s.block {
		for i, cell := range row {
			s.widths[i] = max(s.widths[i], twwidth.Width(cell))
		}
	}
}

// fit returns the widths with which the table fits its limit: the widest columns
// are cut to one common width, the largest that will do.
//
// The library's own limit (MaxWidth) gives each column the same share: on a
// terminal of 80 columns it cuts an address to 17 characters beside an id of one
// and an empty column, prints 42 columns, and with a limit of 12 it prints no
// values at all (TestLibraryLimit). It is therefore told the width of each column.
func (s *tableSink) fit() []int {
	fits := func(most int) bool {
		total := len(gap) * (len(s.widths) - 1)
		for i := range s.widths {
			total += s.cut(i, most)
		}
		return total <= s.limit
	}
	widest := 0
	for _, width := range s.widths {
		widest = max(widest, width)
	}
	most := widest
	if s.limit > 0 && !fits(widest) {
		most = minColumn + sort.Search(max(widest-minColumn, 0), func(i int) bool { return !fits(minColumn + i + 1) })
	}
	fitted := make([]int, len(s.widths))
	for i := range fitted {
		fitted[i] = s.cut(i, most)
	}
	return fitted
}

// cut gives the width of a column where none may be wider than most.
func (s *tableSink) cut(column, most int) int {
	if column < len(s.columns) && s.columns[column].Whole {
		return s.widths[column]
	}
	return min(s.widths[column], most)
}

// layOut aligns the cells in columns of these widths and truncates what is wider:
// no boxes, no formatting of headers, no blanks at the end of a line.
func layOut(rows [][]string, widths []int) ([]byte, error) {
	perColumn := tw.NewMapper[int, int]()
	for i, width := range widths {
		perColumn.Set(i, width+len(gap))
	}
	cells := tw.CellConfig{
		Formatting: tw.CellFormatting{AutoWrap: tw.WrapTruncate, AutoFormat: tw.Off},
		Alignment:  tw.CellAlignment{Global: tw.AlignLeft},
		Padding:    tw.CellPadding{Global: tw.Padding{Right: gap, Overwrite: true}},
	}
	var text bytes.Buffer
	table := tablewriter.NewTable(&text,
		tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{
			Borders:  tw.BorderNone,
			Symbols:  tw.NewSymbols(tw.StyleNone),
			Settings: tw.Settings{Separators: tw.SeparatorsNone, Lines: tw.LinesNone},
		})),
		tablewriter.WithConfig(tablewriter.Config{
			Header:   cells,
			Row:      cells,
			Widths:   tw.CellWidth{PerColumn: perColumn},
			Behavior: tw.Behavior{TrimSpace: tw.Off, TrimTab: tw.Off, TrimLine: tw.Off, AutoHide: tw.Off},
		}),
	)
	if err := table.Bulk(rows); err != nil {
		return nil, fmt.Errorf("lay out the table: %w", err)
	}
	if err := table.Render(); err != nil {
		return nil, fmt.Errorf("lay out the table: %w", err)
	}
	return trimLines(text.Bytes()), nil
}

func trimLines(text []byte) []byte {
	trimmed := make([]byte, 0, len(text))
	for line := range bytes.Lines(text) {
		trimmed = append(trimmed, bytes.TrimRight(line, " \n")...)
		trimmed = append(trimmed, '\n')
	}
	return trimmed
}

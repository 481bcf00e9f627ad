package render

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/pkg/twwidth"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"

	"github.com/bring-aboard/usher/internal/term"
)

const (
	// blockRows is the number of rows of a table that are buffered to measure them.
	blockRows = 1000
	// gap separates two columns.
	gap = "  "
	// minColumn is the minimum width of a truncated column.
	minColumn = 4
	// readable is the width of the other columns that whole values leave to them, if most rows allow it.
	readable = 16
	// minValue is the minimum room for the values next to labels in which they are wrapped.
	minValue = 20
)

func tableFormat() format {
	return format{
		name: Table, people: true,
		list: func(_ context.Context, p *Printer, columns []Column) sink {
			return newTableSink(p.output(), columns, p.LineWidth())
		},
		labels: func(p *Printer) sink { return &labelSink{out: p.output(), limit: p.LineWidth()} },
	}
}

// LineWidth returns the maximum width of a line for people in terminal columns, 0 for no limit.
func (p *Printer) LineWidth() int {
	if p.streams.OutIsTerminal() {
		return p.streams.Width()
	}
	return 0
}

// tableSink prints aligned columns. It buffers rows in blocks, so that a long list streams. The columns of a later
// block are at least as wide as those of the earlier ones.
type tableSink struct {
	out     *output
	limit   int // columns of the terminal, 0 for no limit
	columns []Column
	widths  []int // of each column so far, before fitting
	words   []int // of the widest word of each wrapped column so far
	block   [][]string
	begun   bool // the header and the first rows are printed
}

// newTableSink returns a new sink for a table with at most limit terminal columns; 0 means no limit.
func newTableSink(out *output, columns []Column, limit int) *tableSink {
	return &tableSink{out: out, limit: limit, columns: columns, block: [][]string{headerOf(columns)}}
}

// labelSink prints one field a line: label, then value. On a terminal long values continue on the next line; words that are
// wider than a line are not cut, so that a path can be copied.
type labelSink struct {
	out   *output
	limit int // columns of the terminal, 0 for no limit
	rows  [][]string
	width int // of the labels
}

func (s *labelSink) add(row []string, _ any, _ string) error {
	row = sanitizeCells(row)
	s.rows, s.width = append(s.rows, row), max(s.width, twwidth.Width(row[0]))
	return nil
}

func (s *labelSink) close() error {
	if len(s.rows) == 0 {
		return nil
	}
	room, widest := s.limit-s.width-len(gap), 1
	if room < minValue {
		room = 0 // as it is
	}
	for _, row := range s.rows {
		lines := term.Hang("", row[1], room)
		for _, line := range lines {
			widest = max(widest, twwidth.Width(line))
		}
		row[1] = strings.Join(lines, "\n")
	}
	text, err := layOut(s.rows, []int{s.width, widest})
	return s.out.write(text, err)
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

// close prints the rest. A table without rows has no header either: it would look like a list that was cut.
func (s *tableSink) close() error {
	if !s.begun && len(s.block) == 1 {
		return nil
	}
	s.dropSpare()
	return s.flush()
}

// dropSpare removes columns from a table that is too wide for the terminal, unless rows have already been printed: first
// those without values, then the spare ones.
func (s *tableSink) dropSpare() {
	if s.limit == 0 || s.begun || len(s.block) < 2 {
		return
	}
	s.drop(func(column int) bool {
		return column > 0 && !slices.ContainsFunc(s.block[1:], func(row []string) bool { return row[column] != "" })
	})
	s.drop(func(column int) bool { return s.columns[column].Spare })
	s.widths = nil
}

// drop removes some columns if the table is too wide.
func (s *tableSink) drop(isSpare func(column int) bool) {
	s.widths = nil
	s.measure()
	if s.fits(unlimited(s.widths)) {
		return
	}
	for column := len(s.columns) - 1; column >= 0; column-- {
		if !isSpare(column) {
			continue
		}
		s.columns = slices.Delete(slices.Clone(s.columns), column, column+1)
		for i, row := range s.block {
			s.block[i] = slices.Delete(slices.Clone(row), column, column+1)
		}
	}
}

// flush prints the buffered rows. A whole value that is wider than its column ends its line, and the rest of its row is on
// the next one.
func (s *tableSink) flush() error {
	if len(s.block) == 0 {
		return nil
	}
	s.measure()
	widths := s.fit()
	var text []byte
	for rows := s.wrapped(widths); len(rows) > 0; {
		aligned, column := s.overflow(rows, widths)
		lines, err := layOut(rows[:aligned], widths)
		if err != nil {
			return err
		}
		text, rows = append(text, lines...), rows[aligned:]
		if len(rows) == 0 {
			break
		}
		begin, rest := rows[0][:column+1], rows[0][column+1:]
		lines, err = layOut([][]string{begin}, append(slices.Clone(widths[:column]), twwidth.Width(begin[column])))
		if err != nil {
			return err
		}
		text = append(text, lines...)
		if rows[0] = slices.Concat(make([]string, len(begin)), rest); strings.Join(rest, "") == "" {
			rows = rows[1:]
		}
	}
	s.block, s.begun = s.block[:0], true
	return s.out.write(text, nil)
}

// overflow returns the first row with a whole value that is wider than its column, and that column; the number of rows and
// 0 if there is none.
func (s *tableSink) overflow(rows [][]string, widths []int) (row, column int) {
	for i, cells := range rows {
		for column, c := range s.columns {
			if c.Whole && twwidth.Width(cells[column]) > widths[column] {
				return i, column
			}
		}
	}
	return len(rows), 0
}

// wrapped returns the buffered rows, with line breaks in the cells of wrapped columns. The wrapping of the library is that
// of a whole table, in which other columns are truncated.
func (s *tableSink) wrapped(widths []int) [][]string {
	rows := s.block
	for column, c := range s.columns {
		if !c.Wrap {
			continue
		}
		for i, row := range rows {
			if twwidth.Width(row[column]) > widths[column] {
				rows[i] = slices.Clone(row)
				rows[i][column] = strings.Join(wrapCell(row[column], widths[column]), "\n")
			}
		}
	}
	return rows
}

// wrapCell returns the lines of a cell. The library adds the widths of the characters of a sequence, such as a flag or a family
// of emoji, and would truncate a line that has the right width on a terminal: such lines are shorter.
func wrapCell(text string, width int) []string {
	for at := width; ; at-- {
		lines := term.Wrap(text, at)
		if at <= 2 || !slices.ContainsFunc(lines, func(line string) bool { return twwidth.Width(line) > width }) {
			return lines
		}
	}
}

func (s *tableSink) measure() {
	if s.widths == nil {
		s.widths, s.words = make([]int, len(s.block[0])), make([]int, len(s.block[0]))
	}
	for _, row := range s.block {
		for i, cell := range row {
			s.widths[i] = max(s.widths[i], twwidth.Width(cell))
			if s.columns[i].Wrap {
				for word := range strings.FieldsSeq(cell) {
					s.words[i] = max(s.words[i], twwidth.Width(word))
				}
			}
		}
	}
}

// limits are maximum widths of columns.
type limits struct {
	whole int // of columns with whole values
	most  int // of all others
	word  int // of words of wrapped columns, whatever most is
}

// unlimited returns the limits that change no width.
func unlimited(widths []int) limits {
	widest := slices.Max(append([]int{0}, widths...))
	return limits{whole: widest, most: widest, word: widest}
}

// fit returns the widths of columns for a table within its limit: the widest columns are truncated or wrapped to the
// largest common width that fits.
//
// The limit of the library (MaxWidth) allots the same width to each column: on a terminal with 80 columns it truncates
// an address to 17 characters next to an id of one character and an empty column, prints 42 columns, and with a limit
// of 12 it prints no values (TestLibraryLimit). The width of each column is therefore passed to it.
func (s *tableSink) fit() []int {
	at := unlimited(s.widths)
	if s.limit == 0 || s.fits(at) {
		return s.cuts(at)
	}
	widest := at.most
	at.whole = s.wholeWidth(widest)
	// Words are broken only if the table does not fit otherwise.
	if at.most = minColumn; s.fits(at) {
		at.most = largest(minColumn, widest, func(most int) bool { return s.fits(limits{at.whole, most, widest}) })
	} else {
		at.word = largest(minColumn, widest, func(word int) bool { return s.fits(limits{at.whole, minColumn, word}) })
	}
	return s.cuts(at)
}

// wholeWidth returns the maximum width of columns with whole values, so that a few long values do not leave the other
// columns without room: that of the widest value that leaves them a readable width, and at least twice that of nine in ten
// rows if the terminal is so wide.
func (s *tableSink) wholeWidth(widest int) int {
	rows := s.block
	if !s.begun {
		rows = rows[1:] // without the header
	}
	usual, used := minColumn, []int{minColumn}
	header := headerOf(s.columns)
	for column, c := range s.columns {
		if !c.Whole || len(rows) == 0 {
			continue
		}
		widths := make([]int, len(rows))
		for i, row := range rows {
			widths[i] = twwidth.Width(row[column])
		}
		slices.Sort(widths)
		name := twwidth.Width(header[column])
		usual, used = max(usual, name, 2*widths[(len(widths)-1)*9/10]), append(append(used, name), widths...)
	}
	room := largest(max(min(usual, s.limit), minColumn), widest, func(whole int) bool { return s.fits(limits{whole, readable, readable}) })
	return slices.Max(slices.DeleteFunc(used, func(width int) bool { return width > room }))
}

// largest returns the largest number below a maximum that is true, and at least the minimum, of numbers that are true up to
// one of them.
func largest(minimum, maximum int, isTrue func(int) bool) int {
	return minimum + sort.Search(max(maximum-minimum, 0), func(i int) bool { return !isTrue(minimum + i + 1) })
}

// fits reports whether columns of these widths fit within the limit.
func (s *tableSink) fits(at limits) bool {
	total := len(gap) * (len(s.widths) - 1)
	for _, width := range s.cuts(at) {
		total += width
	}
	return total <= s.limit
}

// cuts returns the widths of the columns within these limits.
func (s *tableSink) cuts(at limits) []int {
	cut := slices.Clone(s.widths)
	for i, width := range s.widths {
		switch {
		case s.columns[i].Whole:
			cut[i] = min(width, at.whole)
		case s.columns[i].Wrap:
			cut[i] = min(width, max(at.most, min(s.words[i], at.word)))
		default:
			cut[i] = min(width, at.most)
		}
	}
	return cut
}

// layOut returns the rows as text, with the cells aligned in columns of these widths and wider ones truncated. It has no
// borders, no formatted headers and no trailing spaces.
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
		return nil, fmt.Errorf("could not format the table: %w", err)
	}
	if err := table.Render(); err != nil {
		return nil, fmt.Errorf("could not format the table: %w", err)
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

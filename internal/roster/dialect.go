package roster

import (
	"bytes"
	"encoding/csv"
	"io"
)

// dialect is the dialect of a CSV file.
type dialect struct {
	delimiter rune
	// preamble is the line "sep=;" with which some programs specify the delimiter, "" for none.
	preamble string
	// crlf reports whether lines end with CR and LF, and mac whether they end with CR only, as in files of old
	// Macintosh programs.
	crlf, mac bool
}

// newDialect detects a dialect from the beginning of the file. It uses a specified delimiter, which is not 0. The
// first lines may be skipped.
func newDialect(text []byte, whole bool, delimiter rune, over int) dialect {
	var d dialect
	switch newlines := bytes.Count(text, []byte{'\n'}); {
	case newlines > 0:
		d.crlf = 2*bytes.Count(text, []byte("\r\n")) > newlines // line breaks inside cells may differ
	case bytes.IndexByte(text, '\r') >= 0:
		d.mac = true
		text = bytes.ReplaceAll(text, []byte{'\r'}, []byte{'\n'})
	}
	if !whole { // the last line may be truncated
		text = text[:bytes.LastIndexByte(text, '\n')+1]
	}
	if line, rest, _ := bytes.Cut(text, []byte{'\n'}); len(line) >= 5 && bytes.EqualFold(line[:4], []byte("sep=")) {
		if named, err := parseDelimiter(string(bytes.TrimSuffix(line[4:], []byte{'\r'}))); err == nil {
			d.preamble, d.delimiter, text = string(bytes.TrimSuffix(line, []byte{'\r'})), named, rest
		}
	}
	if delimiter != 0 {
		d.delimiter = delimiter
	}
	for ; over > 0 && d.preamble == ""; over-- {
		_, text, _ = bytes.Cut(text, []byte{'\n'})
	}
	if d.delimiter == 0 {
		d.delimiter = sniffDelimiter(text)
	}
	return d
}

// sniffDelimiter returns the delimiter that splits the first rows most evenly, and of several such the one with
// the most cells. It returns the comma if none splits the header.
func sniffDelimiter(text []byte) rune {
	best, evenness, width := ',', -1.0, 1
	for _, candidate := range []rune{',', ';', '\t', '|'} {
		even, cells := splitEvenly(text, candidate)
		if cells > 1 && (even > evenness || even == evenness && cells > width) {
			best, evenness, width = candidate, even, cells
		}
	}
	return best
}

// splitEvenly returns the number of cells into which a delimiter splits the header, and the share of the following
// rows with the same number.
func splitEvenly(text []byte, delimiter rune) (share float64, cells int) {
	const sampled = 50
	r := csv.NewReader(bytes.NewReader(text))
	r.Comma, r.LazyQuotes, r.FieldsPerRecord, r.ReuseRecord = delimiter, true, -1, true
	for {
		header, err := r.Read()
		if err != nil {
			return 0, 0
		}
		if row := (tableRow{cells: header}); !row.isBlank() && !isPreamble(row) {
			cells = len(header)
			break
		}
	}
	rows, even := 0, 0
	for ; rows < sampled; rows++ {
		row, err := r.Read()
		if err != nil {
			break
		}
		if len(row) == cells {
			even++
		}
	}
	if rows == 0 {
		return 1, cells
	}
	return float64(even) / float64(rows), cells
}

// macReader converts line ends from CR to LF.
type macReader struct{ r io.Reader }

func (m macReader) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	for i, b := range p[:n] {
		if b == '\r' {
			p[i] = '\n'
		}
	}
	return n, err
}

// lastCell returns the cell with which a text of CSV ends, or at which it breaks the rules: where it begins,
// whether it is quoted, and whether the quotation is still open at the end.
func lastCell(text []byte, delimiter rune) (start int, open bool) {
	comma := []byte(string(delimiter))
	for at := 0; ; {
		start = at
		if at < len(text) && text[at] == '"' {
			if at = closing(text, at+1); at < 0 {
				return start, true
			}
			switch rest := text[at:]; {
			case bytes.HasPrefix(rest, comma):
				at += len(comma)
			case bytes.HasPrefix(rest, []byte{'\n'}):
				at++
			case bytes.HasPrefix(rest, []byte("\r\n")):
				at += 2
			default:
				return start, false
			}
			continue
		}
		end := bytes.IndexByte(text[at:], '\n')
		next := bytes.Index(text[at:], comma)
		switch {
		case next >= 0 && (end < 0 || next < end):
			at += next + len(comma)
		case end >= 0 && at+end+1 < len(text):
			at += end + 1
		default:
			return start, false
		}
	}
}

// closing returns the offset after the quotation mark that closes a cell, -1 if there is none.
func closing(text []byte, at int) int {
	for {
		quote := bytes.IndexByte(text[at:], '"')
		if quote < 0 {
			return -1
		}
		at += quote + 1
		if at == len(text) || text[at] != '"' {
			return at
		}
		at++
	}
}

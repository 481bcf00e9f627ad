package roster

import (
	"bytes"
	"io"
	"unicode/utf8"
)

// window is a reader that stores the text since the last mark, so that the text and the place of the current value
// are available. It stops if that value exceeds a limit.
type window struct {
	r    io.Reader
	most int // the maximum size of text between two marks

	store  []byte // what was read last
	from   int    // the place of the mark in the store
	offset int64  // the place of the mark in the text
	line   int    // the place of the mark, from 1
	column int
	// err is an error of the underlying reader, or overfull.
	err error
}

// overfull is the error of a value that is larger than a window.
type overfull struct{}

func (overfull) Error() string { return "value too large" }

func newWindow(r io.Reader, most int) *window {
	return &window{r: r, most: most, line: 1, column: 1}
}

// Read returns the next text.
func (w *window) Read(p []byte) (int, error) {
	if w.err != nil {
		return 0, w.err
	}
	if len(w.kept()) > w.most {
		w.err = overfull{}
		return 0, w.err
	}
	n, err := w.r.Read(p)
	if w.from > 0 && len(w.store)+n > cap(w.store) {
		w.store, w.from = w.store[:copy(w.store, w.kept())], 0
	}
	w.store = append(w.store, p[:n]...)
	if err != nil && err != io.EOF {
		w.err = err
	}
	return n, err
}

// mark discards the text before an offset.
func (w *window) mark(offset int64) {
	passed := w.text(offset)
	w.line, w.column = w.after(passed)
	w.from, w.offset = w.from+len(passed), offset
}

// kept returns the text from the mark on, as far as it was read.
func (w *window) kept() []byte { return w.store[w.from:] }

// text returns the text from the mark up to an offset. It is valid until the next mark.
func (w *window) text(end int64) []byte { return w.kept()[:end-w.offset] }

// place returns the line and the column at an offset that is not before the mark.
func (w *window) place(offset int64) (line, column int) {
	return w.after(w.text(offset))
}

// after returns the place after a text that begins at the mark.
func (w *window) after(text []byte) (line, column int) {
	return placeIn(text, w.line, w.column)
}

// columnIn converts a byte column of a line, as package csv counts, to one in characters.
func (w *window) columnIn(line, byteColumn int) int {
	before, ok := w.before(line, byteColumn)
	if !ok {
		return byteColumn
	}
	return 1 + utf8.RuneCount(before)
}

// before returns the text of a line before a byte column of it, as package csv counts.
func (w *window) before(line, byteColumn int) ([]byte, bool) {
	text := w.kept()
	for at := w.line; at < line; at++ {
		newline := bytes.IndexByte(text, '\n')
		if newline < 0 {
			return nil, false
		}
		text = text[newline+1:]
	}
	return text[:min(byteColumn-1, len(text))], true
}

// placeIn returns the place after a text that begins at a place.
func placeIn(text []byte, line, column int) (int, int) {
	newline := bytes.LastIndexByte(text, '\n')
	if newline < 0 {
		return line, column + utf8.RuneCount(text)
	}
	return line + bytes.Count(text, []byte{'\n'}), 1 + utf8.RuneCount(text[newline+1:])
}

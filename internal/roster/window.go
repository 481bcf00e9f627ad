package roster

import (
	"bytes"
	"io"
	"unicode/utf8"
)

// window passes text on and keeps what came since the last mark, so that the
// text and the place of the value that is being read can be told. It stops
// where that value grows beyond a limit.
type window struct {
	r    io.Reader
	most int // how much text may come between two marks

	store  []byte // what was read last
	from   int    // where the mark is in the store
	offset int64  // where the mark is in the text
	line   int    // the place of the mark, from 1
	column int
	// err is a failure of the reader below, or overfull.
	err error
}

// overfull is the error of a value that is larger than a window.
type overfull struct{}

func (overfull) Error() string { return "value too large" }

func newWindow(r io.Reader, most int) *window {
	return &window{r: r, most: most, line: 1, column: 1}
}

// Read gives the next text.
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

// mark forgets the text before an offset.
func (w *window) mark(offset int64) {
	passed := w.text(offset)
	w.line, w.column = w.after(passed)
	w.from, w.offset = w.from+len(passed), offset
}

// kept is the text from the mark on, as far as it was read.
func (w *window) kept() []byte { return w.store[w.from:] }

// text gives what was read from the mark up to an offset. It is valid until
// the next mark.
func (w *window) text(end int64) []byte { return w.kept()[:end-w.offset] }

// place gives the line and the column at an offset that is not before the mark.
func (w *window) place(offset int64) (line, column int) {
	return w.after(w.text(offset))
}

// after gives the place behind a text that begins at the mark.
func (w *window) after(text []byte) (line, column int) {
	return placeIn(text, w.line, w.column)
}

// columnIn turns a byte column of a line, as package csv counts, into one in
// characters.
func (w *window) columnIn(line, byteColumn int) int {
	before, ok := w.before(line, byteColumn)
	if !ok {
		return byteColumn
	}
	return 1 + utf8.RuneCount(before)
}

// before gives the text of a line before a byte column of it, as package csv counts.
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

// placeIn gives the place behind a text that begins at a place.
func placeIn(text []byte, line, column int) (int, int) {
	newline := bytes.LastIndexByte(text, '\n')
	if newline < 0 {
		return line, column + utf8.RuneCount(text)
	}
	return line + bytes.Count(text, []byte{'\n'}), 1 + utf8.RuneCount(text[newline+1:])
}

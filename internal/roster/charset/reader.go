package charset

import (
	"bytes"
	"fmt"
	"io"
	"unicode/utf8"

	"golang.org/x/text/transform"
)

// DecodeError is a place in a text that cannot be decoded.
type DecodeError struct {
	// Line and Column are the place in the decoded text, both counted from 1, the column in characters.
	Line, Column int
	// NUL is true for a NUL character, false for bytes that the encoding does not have.
	NUL bool
	// Byte is the first byte that the encoding does not have; 0 if it is unknown.
	Byte byte
	// Encoding is the encoding of the reading.
	Encoding Encoding
}

// Error returns the problem, without the place.
func (f *DecodeError) Error() string {
	if f.NUL {
		return "NUL character in the text"
	}
	if !f.Encoding.form.isUnicode() && f.Byte == 0 {
		return "bytes not valid in " + f.Encoding.Name() + " does not have"
	}
	return fmt.Sprintf("byte 0x%02X is not valid in %s", f.Byte, f.Encoding.Name())
}

// NewReader returns a reader of a file in this encoding as UTF-8 without its byte order mark. A byte that is not
// UTF-8 in a UTF-8 file, bytes that a character set does not have, and a NUL in any file end the reading with a
// [DecodeError], after the text before them.
func (e Encoding) NewReader(file io.Reader) io.Reader {
	text := io.Reader(&markSkipper{r: file, mark: e.bom()})
	if e.form != utf8Form {
		text = transform.NewReader(text, e.decoder())
	}
	return &checker{r: text, encoding: e, line: 1, column: 1}
}

// markSkipper removes the byte order mark at the beginning.
type markSkipper struct {
	r    io.Reader
	mark []byte
}

func (s *markSkipper) Read(p []byte) (int, error) {
	if mark := s.mark; len(mark) > 0 {
		s.mark = nil
		if _, err := io.CopyN(io.Discard, s.r, int64(len(mark))); err != nil {
			return 0, err
		}
	}
	return s.r.Read(p)
}

// checker returns valid text and stops at the first fault.
type checker struct {
	r            io.Reader
	encoding     Encoding
	line, column int    // the place of the character after the checked ones
	buffer       []byte // the last result of reading r
	good         []byte // the part of the buffer that is checked and not yet returned
	partial      int    // bytes at the end of the buffer that begin a character
	err          error  // the error after the checked text
}

func (c *checker) Read(p []byte) (int, error) {
	for len(c.good) == 0 && c.err == nil {
		c.fill()
	}
	if len(c.good) == 0 {
		return 0, c.err
	}
	n := copy(p, c.good)
	c.good = c.good[n:]
	return n, nil
}

// fill reads and checks the next piece of text.
func (c *checker) fill() {
	const size = 32 << 10
	if c.buffer == nil {
		c.buffer = make([]byte, 0, size)
	}
	kept := copy(c.buffer[:size], c.buffer[len(c.buffer)-c.partial:])
	n, err := c.r.Read(c.buffer[kept:size])
	c.buffer, c.err = c.buffer[:kept+n], err
	text := c.buffer
	if c.partial = 0; err == nil {
		c.partial = incomplete(text)
		text = text[:len(text)-c.partial]
	}
	c.good = text[:c.checked(text)]
	c.advance(c.good)
	if bad := text[len(c.good):]; len(bad) > 0 {
		decodeErr := &DecodeError{Line: c.line, Column: c.column, NUL: bad[0] == 0, Encoding: c.encoding}
		if c.encoding.form.isUnicode() {
			decodeErr.Byte = bad[0]
		}
		c.err = decodeErr
	}
}

// checked returns the number of bytes before the first NUL and the first that is not UTF-8. In a text that was not
// Unicode, a replacement character represents bytes that the encoding does not have.
func (c *checker) checked(p []byte) int {
	if !c.encoding.form.isUnicode() {
		if lost := bytes.Index(p, []byte("\uFFFD")); lost >= 0 {
			p = p[:lost]
		}
	}
	if nul := bytes.IndexByte(p, 0); nul >= 0 {
		p = p[:nul]
	}
	if utf8.Valid(p) {
		return len(p)
	}
	good := 0
	for good < len(p) {
		r, size := utf8.DecodeRune(p[good:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		good += size
	}
	return good
}

func (c *checker) advance(p []byte) {
	if newline := bytes.LastIndexByte(p, '\n'); newline >= 0 {
		c.line += bytes.Count(p, []byte{'\n'})
		c.column = 1
		p = p[newline+1:]
	}
	c.column += utf8.RuneCount(p)
}

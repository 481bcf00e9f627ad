package charset

import (
	"bufio"
	"io"
	"unicode/utf8"

	xunicode "golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
	"golang.org/x/text/transform"
)

// NewWriter returns a writer of UTF-8 as a file in this encoding, with the byte order mark if the encoding has
// one. A character that the encoding lacks is written as a question mark. Close completes the file; it does not
// close the underlying writer.
func (e Encoding) NewWriter(file io.Writer) io.WriteCloser {
	switch e.form {
	case utf16LittleEndian:
		return e.transformed(file, xunicode.UTF16(xunicode.LittleEndian, xunicode.IgnoreBOM).NewEncoder())
	case utf16BigEndian:
		return e.transformed(file, xunicode.UTF16(xunicode.BigEndian, xunicode.IgnoreBOM).NewEncoder())
	case utf32LittleEndian:
		return e.transformed(file, utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM).NewEncoder())
	case utf32BigEndian:
		return e.transformed(file, utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM).NewEncoder())
	case singleByte, multiByte:
		return e.transformed(file, transform.Chain(&questioned{set: e.set, known: map[rune]bool{}}, e.set.encoding.NewEncoder()))
	default:
		return e.transformed(file, transform.Nop)
	}
}

func (e Encoding) transformed(file io.Writer, encoder transform.Transformer) io.WriteCloser {
	buffered := bufio.NewWriter(file)
	_, _ = buffered.Write(e.bom()) // Flush returns the stored error
	return &writer{Writer: transform.NewWriter(buffered, encoder), below: buffered}
}

type writer struct {
	*transform.Writer
	below *bufio.Writer
}

func (w *writer) Close() error {
	if err := w.Writer.Close(); err != nil {
		return err
	}
	return w.below.Flush()
}

// questioned replaces each character that a character set lacks with a question mark.
type questioned struct {
	transform.NopResetter
	set   set
	known map[rune]bool // whether the set has a character, for those that occurred
}

func (q *questioned) Transform(dst, src []byte, atEOF bool) (written, read int, err error) {
	for read < len(src) {
		if !atEOF && !utf8.FullRune(src[read:]) {
			return written, read, transform.ErrShortSrc
		}
		r, size := utf8.DecodeRune(src[read:])
		text := src[read : read+size]
		if !q.has(r) {
			text = []byte{'?'}
		}
		if written+len(text) > len(dst) {
			return written, read, transform.ErrShortDst
		}
		written += copy(dst[written:], text)
		read += size
	}
	return written, read, nil
}

func (q *questioned) has(r rune) bool {
	if r < utf8.RuneSelf {
		return true
	}
	known, seen := q.known[r]
	if !seen {
		_, err := q.set.encoding.NewEncoder().String(string(r))
		known = err == nil && r != utf8.RuneError
		q.known[r] = known
	}
	return known
}

package charset

import (
	"bufio"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	xunicode "golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// NewWriter writes UTF-8 as a file in this encoding, with the byte order mark
// where the encoding has one. A character that the encoding lacks is written
// as a question mark. Close completes the file; it does not close the writer
// below.
func (e Encoding) NewWriter(file io.Writer) io.WriteCloser {
	switch e.form {
	case utf16LittleEndian:
		return e.transformed(file, xunicode.UTF16(xunicode.LittleEndian, xunicode.IgnoreBOM).NewEncoder())
	case utf16BigEndian:
		return e.transformed(file, xunicode.UTF16(xunicode.BigEndian, xunicode.IgnoreBOM).NewEncoder())
	case singleByte:
		return e.transformed(file, &narrow{table: e.table})
	default:
		return e.transformed(file, transform.Nop)
	}
}

func (e Encoding) transformed(file io.Writer, encoder transform.Transformer) io.WriteCloser {
	buffered := bufio.NewWriter(file)
	_, _ = buffered.Write(e.bom()) // a failure is kept and comes back from Flush
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

// narrow encodes UTF-8 in a single-byte character set.
type narrow struct {
	transform.NopResetter
	table *charmap.Charmap
}

func (n *narrow) Transform(dst, src []byte, atEOF bool) (written, read int, err error) {
	for read < len(src) {
		if !atEOF && !utf8.FullRune(src[read:]) {
			return written, read, transform.ErrShortSrc
		}
		if written == len(dst) {
			return written, read, transform.ErrShortDst
		}
		r, size := utf8.DecodeRune(src[read:])
		b, ok := n.table.EncodeRune(r)
		if !ok {
			b = '?'
		}
		dst[written] = b
		written, read = written+1, read+size
	}
	return written, read, nil
}

package charset

import (
	"bufio"
	"errors"
	"io"
	"unicode/utf8"
)

// Doubt is what is known of the bytes of a text that is not UTF-8 and has no byte order mark.
type Doubt struct {
	// Whole is the number of characters of several bytes that are UTF-8, and Stray the number of bytes that are
	// not.
	Whole, Stray int
	// First is the first byte that is not UTF-8, and Lacking the first one that Windows-1252 does not have, nil if
	// it has all of them.
	First, Lacking *DecodeError
}

// MostlyUTF8 reports whether the text is UTF-8 with stray bytes, or ends inside a character.
func (d Doubt) MostlyUTF8() bool { return d.Whole > 0 && d.Whole >= d.Stray }

// Inspect reads a text with a guessed encoding.
func Inspect(file io.Reader) (Doubt, error) {
	var d Doubt
	r := bufio.NewReaderSize(file, 64<<10)
	line, wide, narrow := 1, 1, 1 // the column as UTF-8 and as single bytes
	for {
		next, err := r.Peek(utf8.UTFMax)
		if len(next) == 0 {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return d, err
		}
		char, size := utf8.DecodeRune(next)
		switch {
		case char == utf8.RuneError && size == 1:
			d.Stray++
			if d.First == nil {
				d.First = &DecodeError{Line: line, Column: wide, Byte: next[0]}
			}
		case size > 1:
			d.Whole++
		}
		for i, b := range next[:size] {
			if d.Lacking == nil && lacks(b) {
				d.Lacking = &DecodeError{Line: line, Column: narrow + i, Byte: b, Encoding: windows1252()}
			}
		}
		wide, narrow = wide+1, narrow+size
		if next[0] == '\n' {
			line, wide, narrow = line+1, 1, 1
		}
		if _, err := r.Discard(size); err != nil {
			return d, err
		}
	}
}

// lacks reports whether Windows-1252 has no character for a byte.
func lacks(b byte) bool { return b == 0x81 || b == 0x8D || b == 0x8F || b == 0x90 || b == 0x9D }

// Reading is texts as read in one encoding.
type Reading struct {
	// Name is the encoding's name, as accepted by [Known].
	Name string
	// Texts are the texts in this encoding.
	Texts []string
}

// Readings returns texts that were read in an encoding of single bytes, in each of the likely encodings that have
// all of their bytes and no control character for them, the likely ones first.
func (e Encoding) Readings(texts []string) []Reading {
	const likely = 12
	var readings []Reading
	for _, one := range sets()[:likely] {
		if read, ok := one.reread(e, texts); ok {
			readings = append(readings, Reading{Name: one.name, Texts: read})
		}
	}
	return readings
}

// reread returns texts that were read in another encoding of single bytes.
func (s set) reread(from Encoding, texts []string) (reread []string, ok bool) {
	for _, text := range texts {
		raw, err := from.set.encoding.NewEncoder().String(text)
		if err != nil {
			return nil, false
		}
		read, err := s.encoding.NewDecoder().String(raw)
		if err != nil || !isReadable(read) {
			return nil, false
		}
		reread = append(reread, read)
	}
	return reread, true
}

func isReadable(text string) bool {
	for _, r := range text {
		if r == utf8.RuneError || r < ' ' || 0x7F <= r && r < 0xA0 {
			return false
		}
	}
	return true
}

package charset

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// Sniffer detects the encoding of a file from all of its bytes, which are written to it in order. The zero value
// is ready to use. It stores only a few bytes.
type Sniffer struct {
	head    []byte // the first bytes, which may be a byte order mark
	size    int64
	zeros   [2]int // zero bytes at even and at odd offsets of the sample
	partial []byte // a character that the next write may complete
	invalid bool   // some bytes are not UTF-8
}

// sample is the number of bytes from the start that are searched for the zeros of UTF-16.
const sample = 64 << 10

// Write adds the next bytes of the file. It never returns an error.
func (s *Sniffer) Write(p []byte) (int, error) {
	if missing := 4 - len(s.head); missing > 0 {
		s.head = append(s.head, p[:min(missing, len(p))]...)
	}
	s.countZeros(p)
	if !s.invalid {
		s.checkUTF8(p)
	}
	s.size += int64(len(p))
	return len(p), nil
}

func (s *Sniffer) countZeros(p []byte) {
	if s.size >= sample {
		return
	}
	p = p[:min(int64(len(p)), sample-s.size)]
	if bytes.IndexByte(p, 0) < 0 {
		return
	}
	for i, b := range p {
		if b == 0 {
			s.zeros[(s.size+int64(i))%2]++
		}
	}
}

// checkUTF8 records whether the text so far is valid, except for a character that the next write may complete.
func (s *Sniffer) checkUTF8(p []byte) {
	for len(s.partial) > 0 && len(p) > 0 {
		s.partial = append(s.partial, p[0])
		p = p[1:]
		if utf8.FullRune(s.partial) {
			s.invalid = !utf8.Valid(s.partial)
			s.partial = s.partial[:0]
		}
	}
	whole := len(p) - incomplete(p)
	s.invalid = s.invalid || !utf8.Valid(p[:whole])
	s.partial = append(s.partial, p[whole:]...)
}

// incomplete returns the number of bytes at the end of p that begin a character without completing it.
func incomplete(p []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(p); n++ {
		if last := p[len(p)-n:]; utf8.RuneStart(last[0]) {
			if utf8.FullRune(last) {
				return 0
			}
			return n
		}
	}
	return 0
}

// Encoding returns the encoding of the file: that of its byte order mark; UTF-16 if every other byte tends to be
// zero; UTF-8 if all of it is valid UTF-8; else Windows-1252, the usual encoding of spreadsheet programs.
func (s *Sniffer) Encoding() Encoding {
	if encoding, ok := marked(s.head); ok {
		return encoding
	}
	if f, ok := s.utf16(); ok {
		return Encoding{form: f}
	}
	if s.invalid || len(s.partial) > 0 {
		return windows1252()
	}
	return Encoding{}
}

// IsGuess reports whether the detected encoding is a guess: the text has no mark and is not UTF-8, so that many
// encodings are possible.
func (s *Sniffer) IsGuess() bool { return s.Encoding() == windows1252() }

// utf16 detects UTF-16 without a mark: more than one in four of the high bytes are zero, and almost none of the
// low ones.
func (s *Sniffer) utf16() (form, bool) {
	pairs := int(min(s.size, sample)) / 2
	switch even, odd := s.zeros[0], s.zeros[1]; {
	case odd*4 > pairs && even*10 <= odd:
		return utf16LittleEndian, true
	case even*4 > pairs && odd*10 <= even:
		return utf16BigEndian, true
	default:
		return utf8Form, false
	}
}

// Resolve returns the encoding of the file with a specified name. A byte order mark completes the name, and for an
// empty name the encoding is detected. It returns an error for an unknown name, and if the mark contradicts the
// name.
func (s *Sniffer) Resolve(name string) (Encoding, error) {
	if name == "" {
		return s.Encoding(), nil
	}
	given, err := Known(name)
	if err != nil {
		return Encoding{}, err
	}
	found, ok := marked(s.head)
	switch {
	case !ok && fold(name) == "utf16" || !ok && fold(name) == "unicode":
		if f, ok := s.utf16(); ok {
			given.form = f
		}
		return given, nil
	case !ok:
		return given, nil
	case found.form == given.form || fold(name) == "utf16" && found.form == utf16BigEndian || fold(name) == "utf32" && found.form == utf32BigEndian:
		return found, nil
	default:
		return Encoding{}, fmt.Errorf("the byte order mark of the file is that of %s, not %s", found.Name(), given.Name())
	}
}

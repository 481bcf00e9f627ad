package charset

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode"

	xunicode "golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
	"golang.org/x/text/transform"
)

// Encoding is the encoding of a file. The zero value is UTF-8 without a byte order mark.
type Encoding struct {
	form form
	// set is the character set of a form that is not Unicode.
	set set
	// mark reports whether the file begins with a byte order mark.
	mark bool
}

// form is a family of encodings.
type form int

const (
	utf8Form form = iota
	utf16LittleEndian
	utf16BigEndian
	utf32LittleEndian
	utf32BigEndian
	// singleByte has one byte a character, multiByte one or more.
	singleByte
	multiByte
)

// isUnicode reports whether a form has every character.
func (f form) isUnicode() bool { return f < singleByte }

// byteOrderMark returns the mark of a form, nil if it has none.
func (f form) byteOrderMark() []byte {
	switch f {
	case utf8Form:
		return []byte{0xEF, 0xBB, 0xBF}
	case utf16LittleEndian:
		return []byte{0xFF, 0xFE}
	case utf16BigEndian:
		return []byte{0xFE, 0xFF}
	case utf32LittleEndian:
		return []byte{0xFF, 0xFE, 0, 0}
	case utf32BigEndian:
		return []byte{0, 0, 0xFE, 0xFF}
	default:
		return nil
	}
}

// Name returns the encoding's usual name, such as UTF-8 or Windows-1252, without the byte order mark.
func (e Encoding) Name() string {
	switch e.form {
	case utf16LittleEndian:
		return "UTF-16LE"
	case utf16BigEndian:
		return "UTF-16BE"
	case utf32LittleEndian:
		return "UTF-32LE"
	case utf32BigEndian:
		return "UTF-32BE"
	case singleByte, multiByte:
		return e.set.title
	default:
		return "UTF-8"
	}
}

// String returns the name, and whether there is a byte order mark.
func (e Encoding) String() string {
	if e.mark {
		return e.Name() + " with BOM"
	}
	return e.Name()
}

// bom returns the bytes at the beginning of the file, none without a mark.
func (e Encoding) bom() []byte {
	if !e.mark {
		return nil
	}
	return e.form.byteOrderMark()
}

// decoder returns a transformer of the file's bytes after the mark to UTF-8.
func (e Encoding) decoder() transform.Transformer {
	switch e.form {
	case utf16LittleEndian:
		return xunicode.UTF16(xunicode.LittleEndian, xunicode.IgnoreBOM).NewDecoder()
	case utf16BigEndian:
		return xunicode.UTF16(xunicode.BigEndian, xunicode.IgnoreBOM).NewDecoder()
	case utf32LittleEndian:
		return utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM).NewDecoder()
	case utf32BigEndian:
		return utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM).NewDecoder()
	case singleByte, multiByte:
		return e.set.encoding.NewDecoder()
	default:
		return transform.Nop
	}
}

// Known returns the encoding with a common name: "utf-8", "UTF16LE", "windows-1252", "cp1252", "latin1", "sjis".
// Plain "utf-16" and "utf-32" use the byte order of the mark, and are little-endian without one. The error of an
// unknown name lists the known ones.
func Known(name string) (Encoding, error) {
	folded := fold(name)
	switch folded {
	case "utf8", "utf8bom", "utf8withbom", "utf8sig", "ascii", "usascii":
		return Encoding{}, nil
	case "utf16", "utf16le", "unicode":
		return Encoding{form: utf16LittleEndian}, nil
	case "utf16be":
		return Encoding{form: utf16BigEndian}, nil
	case "utf32", "utf32le":
		return Encoding{form: utf32LittleEndian}, nil
	case "utf32be":
		return Encoding{form: utf32BigEndian}, nil
	}
	for _, one := range sets() {
		if slices.ContainsFunc(one.names(), func(known string) bool { return folded == fold(known) }) {
			return one.asEncoding(), nil
		}
	}
	return Encoding{}, fmt.Errorf("unknown encoding %q; must be one of %s", name, strings.Join(Names(), ", "))
}

// Names returns the names of the encodings that [Known] accepts, one for each.
func Names() []string {
	names := []string{"utf-8", "utf-16", "utf-16le", "utf-16be", "utf-32", "utf-32le", "utf-32be"}
	for _, one := range sets() {
		names = append(names, one.name)
	}
	return names
}

func fold(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
}

// marked returns the encoding whose byte order mark the text begins with.
func marked(head []byte) (Encoding, bool) {
	for _, f := range []form{utf8Form, utf32LittleEndian, utf32BigEndian, utf16LittleEndian, utf16BigEndian} {
		if bytes.HasPrefix(head, f.byteOrderMark()) {
			return Encoding{form: f, mark: true}, true
		}
	}
	return Encoding{}, false
}

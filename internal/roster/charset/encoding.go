package charset

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/encoding/charmap"
	xunicode "golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// Encoding is how a file's bytes stand for characters. The zero value is UTF-8
// without a byte order mark.
type Encoding struct {
	form form
	// table is the character set of a single-byte encoding.
	table *charmap.Charmap
	// mark says whether the file begins with a byte order mark.
	mark bool
}

// form is a family of encodings.
type form int

const (
	utf8Form form = iota
	utf16LittleEndian
	utf16BigEndian
	singleByte
)

// byteOrderMark gives the mark of a form, nil where it has none.
func (f form) byteOrderMark() []byte {
	switch f {
	case utf8Form:
		return []byte{0xEF, 0xBB, 0xBF}
	case utf16LittleEndian:
		return []byte{0xFF, 0xFE}
	case utf16BigEndian:
		return []byte{0xFE, 0xFF}
	default:
		return nil
	}
}

// Name gives the encoding's usual name, such as UTF-8 or Windows-1252, without
// a word on the byte order mark.
func (e Encoding) Name() string {
	switch e.form {
	case utf16LittleEndian:
		return "UTF-16LE"
	case utf16BigEndian:
		return "UTF-16BE"
	case singleByte:
		return strings.Replace(e.table.String(), "Windows 1", "Windows-1", 1)
	default:
		return "UTF-8"
	}
}

// String gives the name, and whether there is a byte order mark.
func (e Encoding) String() string {
	if e.mark {
		return e.Name() + " with BOM"
	}
	return e.Name()
}

// bom gives the bytes that the file begins with, none without a mark.
func (e Encoding) bom() []byte {
	if !e.mark {
		return nil
	}
	return e.form.byteOrderMark()
}

// decoder turns the file's bytes behind the mark into UTF-8.
func (e Encoding) decoder() transform.Transformer {
	switch e.form {
	case utf16LittleEndian:
		return xunicode.UTF16(xunicode.LittleEndian, xunicode.IgnoreBOM).NewDecoder()
	case utf16BigEndian:
		return xunicode.UTF16(xunicode.BigEndian, xunicode.IgnoreBOM).NewDecoder()
	case singleByte:
		return e.table.NewDecoder()
	default:
		return transform.Nop
	}
}

// Known resolves the name of an encoding as people write it: "utf-8",
// "UTF16LE", "windows-1252", "cp1252", "latin1", "ISO-8859-15". Plain "utf-16"
// leaves the byte order to the mark, and is little-endian without one. It
// fails on a name that it does not know.
func Known(name string) (Encoding, error) {
	folded := fold(name)
	switch folded {
	case "utf8", "utf8bom", "utf8withbom", "utf8sig":
		return Encoding{}, nil
	case "utf16", "utf16le":
		return Encoding{form: utf16LittleEndian}, nil
	case "utf16be":
		return Encoding{form: utf16BigEndian}, nil
	case "latin1":
		folded = "iso88591"
	case "macroman":
		folded = "macintosh"
	}
	if page, ok := strings.CutPrefix(folded, "cp"); ok && page != "" {
		folded = page
	}
	for _, known := range charmap.All {
		table, ok := known.(*charmap.Charmap)
		if !ok {
			continue
		}
		if known := fold(table.String()); folded == known || folded != "" && folded == codePage(known) {
			return Encoding{form: singleByte, table: table}, nil
		}
	}
	return Encoding{}, fmt.Errorf("%q is not an encoding that can be read", name)
}

// codePage gives the bare number of a code page, by which people call it.
func codePage(folded string) string {
	for _, prefix := range []string{"windowscodepage", "ibmcodepage", "windows"} {
		if number, ok := strings.CutPrefix(folded, prefix); ok {
			return number
		}
	}
	return ""
}

func fold(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
}

// marked finds the encoding whose byte order mark the text begins with.
func marked(head []byte) (Encoding, bool) {
	for _, f := range []form{utf8Form, utf16LittleEndian, utf16BigEndian} {
		if bytes.HasPrefix(head, f.byteOrderMark()) {
			return Encoding{form: f, mark: true}, true
		}
	}
	return Encoding{}, false
}

package leak

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

// canonical is a text in the three forms in which it is compared.
type canonical struct {
	// visible is the text in one case and in Unicode's compatibility form, without
	// accents, white space, control and invisible characters; equal quotes in a row
	// are one.
	visible []byte
	// joined is visible without dashes and underscores.
	joined []byte
	// letters are the letters and digits of visible.
	letters []byte

	buffer []byte
	latin  [256][]byte // what read adds for a character of Latin-1, nil until needed
}

// read sets the forms. Bytes that are not UTF-8 count as Latin-1.
func (c *canonical) read(text string) {
	c.visible, c.joined, c.letters = c.visible[:0], c.joined[:0], c.letters[:0]
	for i := 0; i < len(text); {
		if b := text[i]; b < utf8.RuneSelf {
			c.ascii(b)
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		if r == utf8.RuneError && size == 1 {
			r = rune(text[i])
		}
		i += size
		c.other(r)
	}
}

// ascii adds an ASCII character.
func (c *canonical) ascii(b byte) {
	switch {
	case 'A' <= b && b <= 'Z':
		b += 'a' - 'A'
		fallthrough
	case 'a' <= b && b <= 'z', '0' <= b && b <= '9':
		c.letters = append(c.letters, b)
	case b <= ' ' || b == 0x7f:
		return
	case b == '-' || b == '_':
		c.visible = append(c.visible, b)
		return
	case (b == '\'' || b == '"' || b == '`') && bytes.HasSuffix(c.visible, []byte{b}):
		return
	}
	c.visible, c.joined = append(c.visible, b), append(c.joined, b)
}

// other adds any other character.
func (c *canonical) other(r rune) {
	for rest := c.decomposed(r); len(rest) > 0; {
		part, size := utf8.DecodeRune(rest)
		rest = rest[size:]
		switch {
		case part < utf8.RuneSelf:
			c.ascii(byte(part))
		case part == 'ß' || part == 'ẞ':
			c.ascii('s')
			c.ascii('s')
		case isHidden(part) || unicode.Is(unicode.M, part):
		case unicode.In(part, unicode.Pd, unicode.Pc):
			c.ascii('-')
		default:
			c.rune(unicode.ToLower(unicode.ToUpper(part)))
		}
	}
}

// decomposed returns a character in Unicode's compatibility form, valid until
// the next call.
func (c *canonical) decomposed(r rune) []byte {
	if r >= rune(len(c.latin)) {
		c.buffer = norm.NFKD.AppendString(c.buffer[:0], string(r))
		return c.buffer
	}
	if c.latin[r] == nil {
		c.latin[r] = norm.NFKD.AppendString(nil, string(r))
	}
	return c.latin[r]
}

// rune adds a character that is in its canonical form.
func (c *canonical) rune(r rune) {
	c.visible, c.joined = utf8.AppendRune(c.visible, r), utf8.AppendRune(c.joined, r)
	if unicode.IsLetter(r) || unicode.IsDigit(r) {
		c.letters = utf8.AppendRune(c.letters, r)
	}
}

// isHidden reports whether a character shows nothing, or replaces one that could not be shown.
func isHidden(r rune) bool {
	if r < utf8.RuneSelf {
		return r <= ' ' || r == 0x7f
	}
	switch r {
	case utf8.RuneError, '\u115f', '\u1160', '\u2800', '\u3164', '\uffa0':
		return true
	}
	return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.In(r, unicode.Z, unicode.Cf)
}

// compact returns a text without the characters that show nothing. C1 controls
// stay: they are parts of misread UTF-8.
func compact(text string) string {
	return filter(text, func(r rune) bool {
		isC1 := 0x80 <= r && r <= 0x9f
		return !isC1 && isHidden(r)
	})
}

// withoutDashes returns a text without what is put between groups of characters.
func withoutDashes(text string) string {
	return filter(text, func(r rune) bool {
		return strings.ContainsRune("-_.:,;|*", r) || r >= utf8.RuneSelf && unicode.In(r, unicode.Pd, unicode.Pc)
	})
}

// withoutSeparators returns a text in which a sign that stands between single
// withoutSeparators returns a text without a sign that is between single characters, the same each time.
func withoutSeparators(text string) string {
	var out strings.Builder
	copied := 0
	for i := 0; i < len(text); {
		_, size := utf8.DecodeRuneInString(text[i:])
		n := separated(text[i:])
		if n < minJoined {
			i += size
			continue
		}
		out.WriteString(text[copied:i])
		for range n {
			_, size := utf8.DecodeRuneInString(text[i:])
			_, width := utf8.DecodeRuneInString(text[i+size:])
			out.WriteString(text[i : i+size])
			i += size + width
		}
		copied = i
	}
	if copied == 0 {
		return text
	}
	out.WriteString(text[copied:])
	return out.String()
}

// separated returns how many characters at the beginning of a text are each
// followed by the same sign.
func separated(text string) int {
	sign, count := "", 0
	for rest := text; ; count++ {
		_, size := utf8.DecodeRuneInString(rest)
		r, width := utf8.DecodeRuneInString(rest[size:])
		next := rest[size : size+width]
		if next == "" || count > 0 && next != sign || unicode.IsLetter(r) || unicode.IsDigit(r) {
			return count
		}
		sign, rest = next, rest[size+width:]
	}
}

// filter returns a text without some characters. Bytes that are not UTF-8 stay.
func filter(text string, drop func(rune) bool) string {
	if strings.IndexFunc(text, drop) < 0 {
		return text
	}
	var out strings.Builder
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		if invalid := r == utf8.RuneError && size == 1; invalid || !drop(r) {
			out.WriteString(text[i : i+size])
		}
		i += size
	}
	return out.String()
}

// reverse returns a text with its runes in the other order. Bytes that are not UTF-8 are unchanged.
func reverse(text string) string {
	out := make([]byte, len(text))
	for i := 0; i < len(text); {
		_, size := utf8.DecodeRuneInString(text[i:])
		copy(out[len(text)-i-size:], text[i:i+size])
		i += size
	}
	return string(out)
}

// demojibake returns a text in which UTF-8 that was read as Windows-1252 or as
// Latin-1 is read as UTF-8.
func demojibake(text string) string {
	if strings.IndexFunc(text, isLead) < 0 {
		return text
	}
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); {
		if sequence, size := misread(text[i:]); size > 0 {
			out = append(out, sequence...)
			i += size
			continue
		}
		_, size := utf8.DecodeRuneInString(text[i:])
		out = append(out, text[i:i+size]...)
		i += size
	}
	return string(out)
}

// isLead reports whether a character may be a misread first byte of a sequence.
func isLead(r rune) bool { return 0xc2 <= r && r <= 0xf4 }

// misread returns the sequence of UTF-8 whose bytes are the first characters of
// a text, and the size of these characters; 0 if there is none.
func misread(text string) (sequence []byte, size int) {
	first, size := utf8.DecodeRuneInString(text)
	if !isLead(first) {
		return nil, 0
	}
	sequence = []byte{byte(first)}
	for !utf8.FullRune(sequence) && size < len(text) {
		r, width := utf8.DecodeRuneInString(text[size:])
		b, ok := charmap.Windows1252.EncodeRune(r)
		if !ok && r < 0x100 {
			b, ok = byte(r), true
		}
		if !ok {
			return nil, 0
		}
		sequence, size = append(sequence, b), size+width
	}
	if !utf8.Valid(sequence) {
		return nil, 0
	}
	return sequence, size
}

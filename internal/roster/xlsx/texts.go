package xlsx

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// texts is the table of texts that cells refer to by number. They are stored in one piece, because separate
// strings would double the use of memory.
type texts struct {
	all  []byte
	ends []int
}

func (t *texts) add(text []byte) {
	t.all = append(t.all, text...)
	t.ends = append(t.ends, len(t.all))
}

// at returns the text with the number in a cell.
func (t *texts) at(number string) (string, bool) {
	i, err := strconv.Atoi(number)
	if err != nil || i < 0 || i >= len(t.ends) {
		return "", false
	}
	start := 0
	if i > 0 {
		start = t.ends[i-1]
	}
	return string(t.all[start:t.ends[i]]), true
}

// readTexts reads the table of shared texts.
func (w *Workbook) readTexts(name string) error {
	p, err := w.archive.open(name, w.archive.limits.part)
	if err != nil {
		return err
	}
	defer func() { _ = p.Close() }()
	next := p.tokens()
	var item richText
	for {
		token, err := next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if end, ok := token.(xml.EndElement); ok && end.Name.Local == "si" {
			w.texts.add(unescape(item.text))
			item.reset()
			if size := int64(len(w.texts.all) + 8*len(w.texts.ends)); size > w.archive.limits.strings {
				return p.tooLarge(fmt.Sprintf("contains more than %d MiB of text", w.archive.limits.strings>>20))
			}
			continue
		}
		item.take(token)
		if int64(len(item.text)) > w.archive.limits.token {
			return p.tooLarge(fmt.Sprintf("contains a text of more than %d MiB", w.archive.limits.token>>20))
		}
	}
}

// richText collects the text of an item: all of its runs, but not the phonetic reading that East Asian programs
// add.
type richText struct {
	text     []byte
	inText   bool
	phonetic int
}

func (r *richText) reset() {
	r.text, r.inText, r.phonetic = r.text[:0], false, 0
}

func (r *richText) take(token xml.Token) {
	switch token := token.(type) {
	case xml.StartElement:
		switch token.Name.Local {
		case "t":
			r.inText = r.phonetic == 0
		case "rPh":
			r.phonetic++
		}
	case xml.EndElement:
		switch token.Name.Local {
		case "t":
			r.inText = false
		case "rPh":
			r.phonetic--
		}
	case xml.CharData:
		if r.inText {
			r.text = append(r.text, token...)
		}
	}
}

// unescape resolves the form _x000D_ in which workbooks write characters that XML does not have.
func unescape(text []byte) []byte {
	if !bytes.Contains(text, []byte("_x")) {
		return text
	}
	plain := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		if r, ok := escaped(text[i:]); ok {
			plain = append(plain, string(r)...)
			i += escapeLength - 1
			continue
		}
		plain = append(plain, text[i])
	}
	return plain
}

// escapeLength is the length of _x000D_.
const escapeLength = 7

func escaped(text []byte) (rune, bool) {
	if len(text) < escapeLength || text[0] != '_' || text[1] != 'x' || text[6] != '_' {
		return 0, false
	}
	code, err := strconv.ParseUint(string(text[2:6]), 16, 16)
	return rune(code), err == nil
}

// escape returns a text that unescape converts back.
func escape(text string) string {
	if !strings.ContainsAny(text, "_\r") && !hasControl(text) {
		return text
	}
	var b strings.Builder
	for i := range len(text) {
		switch c := text[i]; {
		case c < ' ' && c != '\t' && c != '\n':
			fmt.Fprintf(&b, "_x%04X_", c)
		case c == '_':
			if _, ok := escaped([]byte(text[i:])); ok {
				b.WriteString("_x005F_")
				continue
			}
			b.WriteByte(c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func hasControl(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return r < ' ' && r != '\t' && r != '\n' }) >= 0
}

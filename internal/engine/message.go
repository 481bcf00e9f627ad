package engine

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/bring-aboard/usher/pkg/schema"
)

// Message returns the text of the outcome's error without the row's values, "" if there is no error. The text
// contains no personal data, and rows that failed for one cause have one text. Texts of providers are in quotation
// marks in errors: there every value is replaced by the name of its field in brackets, and every long identifier
// by an ellipsis. Elsewhere only the key is replaced, and the local end of a connection is removed.
func (o Result) Message() string {
	if o.Err == nil {
		return ""
	}
	values := valuesOf(o.Record)
	key := []value{{name: "[key]", text: o.Key}}
	if at := slices.IndexFunc(values, func(v value) bool { return v.text == o.Key }); at >= 0 {
		key = values[at : at+1]
	} else {
		values = append(key, values...)
	}
	var out strings.Builder
	rest := o.Err.Error()
	for {
		before, _, found := strings.Cut(rest, `"`)
		out.WriteString(replace(withoutLocalEnd(before), key, false))
		if !found {
			return out.String()
		}
		rest = rest[len(before):]
		quoted, err := strconv.QuotedPrefix(rest)
		if err != nil { // a lone quotation mark
			out.WriteByte('"')
			rest = rest[1:]
			continue
		}
		words, _ := strconv.Unquote(quoted) // cannot fail after QuotedPrefix
		out.WriteString(strconv.Quote(replace(words, values, true)))
		rest = rest[len(quoted):]
	}
}

// withoutLocalEnd removes the local address from "127.0.0.1:49152->192.0.2.1:443", because its port differs for
// each connection.
func withoutLocalEnd(text string) string {
	words := strings.Split(text, " ")
	for i, word := range words {
		if local, remote, found := strings.Cut(word, "->"); found && strings.Contains(local, ":") {
			words[i] = remote
		}
	}
	return strings.Join(words, " ")
}

// value is a value of a row, and its replacement.
type value struct{ name, text string }

// valuesOf returns the values of a record, longest first, because one may be a part of another.
func valuesOf(record schema.Record) []value {
	var values []value
	add := func(name, text string) {
		values = append(values, value{name: "[" + name + "]", text: text})
	}
	var addAll func(prefix string, record schema.Record)
	addAll = func(prefix string, record schema.Record) {
		for name, held := range record {
			name = prefix + name
			switch held := held.(type) {
			case string:
				add(name, held)
			case schema.Text:
				add(name, string(held))
			case int64:
				add(name, strconv.FormatInt(held, 10))
			case []string:
				for _, text := range held {
					add(name, text)
				}
			case schema.Record:
				addAll(name+".", held)
			case []schema.Record:
				for _, object := range held {
					addAll(name+".", object)
				}
			}
		}
	}
	addAll("", record)
	slices.SortFunc(values, func(a, b value) int {
		return cmp.Or(cmp.Compare(len(b.text), len(a.text)), cmp.Compare(a.name, b.name))
	})
	return values
}

// replace replaces the values with their names, if they are whole words, ignoring case, and long identifiers with
// an ellipsis.
func replace(text string, values []value, identifiers bool) string {
	var out strings.Builder
	for inWord := false; text != ""; {
		if !inWord {
			name, length := match(text, values)
			if length == 0 && identifiers {
				name, length = "…", identifier(text)
			}
			if length > 0 {
				out.WriteString(name)
				text = text[length:]
				continue
			}
		}
		r, size := utf8.DecodeRuneInString(text)
		out.WriteString(text[:size])
		inWord = isWord(r)
		text = text[size:]
	}
	return out.String()
}

// match returns the value with which the text begins as a whole word. Values of one letter are ignored, because
// they occur everywhere.
func match(text string, values []value) (name string, length int) {
	for _, v := range values {
		n := len(v.text)
		if n < 2 || n > len(text) || !strings.EqualFold(text[:n], v.text) {
			continue
		}
		last, _ := utf8.DecodeLastRuneInString(v.text)
		next, _ := utf8.DecodeRuneInString(text[n:])
		if !isWord(last) || !isWord(next) {
			return v.name, n
		}
	}
	return "", 0
}

// identifier returns the length of the number, uuid or hash with which the text begins, 0 if there is none. Such
// identifiers differ between requests with the same cause.
func identifier(text string) int {
	const short, long = 16, 128
	digits, end := false, 0
	for ; end < min(long, len(text)); end++ {
		c := text[end]
		if c >= utf8.RuneSelf || c != '-' && c != '_' && !isWord(rune(c)) {
			break
		}
		digits = digits || '0' <= c && c <= '9'
	}
	if !digits || end < short {
		return 0
	}
	return end
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

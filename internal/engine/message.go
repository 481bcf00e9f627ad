package engine

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// Message returns the text of the outcome's error without the row's values, "" if there is no error. The text
// contains no personal data, and rows that failed for one cause have one text. In what an error quotes, every value is
// replaced by the name of its field in brackets, and every long identifier by an ellipsis. Elsewhere only the key is
// replaced, and the local end of a connection is removed.
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
	return masking{key: key, values: values}.text(o.Err)
}

// masking replaces the values of a row in the text of an error.
type masking struct {
	key    []value // replaced everywhere
	values []value // replaced in what errors quote
}

// text returns the text of an error and of its causes.
func (m masking) text(err error) string {
	if quoting, ok := err.(provider.Quoting); ok { //nolint:errorlint // its causes are asked for in turn
		return quoting.Sentence(m.quoted, m.text)
	}
	var out strings.Builder
	rest := err.Error()
	for _, cause := range causesOf(err) {
		if before, after, found := strings.Cut(rest, cause.Error()); found {
			out.WriteString(m.own(before) + m.text(cause))
			rest = after
		}
	}
	return out.String() + m.own(rest)
}

// own returns words of this program, or of the system.
func (m masking) own(text string) string { return replace(withoutLocalEnd(text), m.key, false) }

// quoted returns a quoted text of a provider.
func (m masking) quoted(text string) string { return strconv.Quote(replace(text, m.values, true)) }

// causesOf returns the errors that an error wraps.
func causesOf(err error) []error {
	switch err := err.(type) { //nolint:errorlint // each level is asked for in turn
	case interface{ Unwrap() error }:
		if cause := err.Unwrap(); cause != nil {
			return []error{cause}
		}
	case interface{ Unwrap() []error }:
		return err.Unwrap()
	}
	return nil
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

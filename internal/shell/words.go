package shell

import (
	"fmt"
	"strconv"
	"strings"
)

// Word is one word of a command, without its quotation marks and escapes. Variables and placeholders are as they were
// written.
type Word struct {
	Text string
	// Line and Column are those of the first character, and count from 1; columns count bytes.
	Line, Column int
}

// SyntaxError is a command that a POSIX shell would not accept, or whose words it would compute.
type SyntaxError struct {
	Line, Column int
	// Problem is a phrase without a full stop, and has nothing of the command's text.
	Problem string
}

// Error returns "LINE:COLUMN: problem".
func (e *SyntaxError) Error() string { return fmt.Sprintf("%d:%d: %s", e.Line, e.Column, e.Problem) }

// Words splits the command at the beginning of a text, as a POSIX shell does, with the quotation marks $'...' of bash.
// The command ends at a line break, ; & or |. Nothing is expanded: $NAME, <name> and {name} stay as they are. Every error
// is a [*SyntaxError].
func Words(text string) ([]Word, error) {
	s := &splitter{text: strings.ReplaceAll(text, "\r\n", "\n"), line: 1}
	var words []Word
	for {
		s.skipSpace()
		if s.at == len(s.text) || strings.IndexByte(ends, s.text[s.at]) >= 0 {
			return words, nil
		}
		word, err := s.word()
		if err != nil {
			return nil, err
		}
		words = append(words, word)
	}
}

// splitter reads a command from left to right.
type splitter struct {
	text string
	at   int
	// line is that of at, and began the position of its first byte.
	line, began int
}

// next returns the next byte and moves behind it.
func (s *splitter) next() byte {
	b := s.text[s.at]
	s.at++
	if b == '\n' {
		s.line, s.began = s.line+1, s.at
	}
	return b
}

// has reports whether the rest of the text begins with a prefix.
func (s *splitter) has(prefix string) bool { return strings.HasPrefix(s.text[s.at:], prefix) }

// skipSpace moves to the next word, across line continuations.
func (s *splitter) skipSpace() {
	for s.at < len(s.text) {
		switch {
		case s.has(continuation):
			s.next()
			s.next()
		case strings.IndexByte(spaces, s.text[s.at]) >= 0:
			s.next()
		default:
			return
		}
	}
}

const (
	continuation = "\\\n"
	spaces       = " \t\r"
	ends         = "\n;&|"
)

// word reads one word.
func (s *splitter) word() (Word, error) {
	word := Word{Line: s.line, Column: s.at - s.began + 1}
	var b strings.Builder
	for s.at < len(s.text) && strings.IndexByte(spaces+ends, s.text[s.at]) < 0 {
		start := &SyntaxError{Line: s.line, Column: s.at - s.began + 1}
		var err error
		switch {
		case s.has("$'"):
			s.at += 2
			err = s.quoted(&b, '\'', start, s.escape)
		case s.has("'"):
			s.at++
			err = s.quoted(&b, '\'', start, nil)
		case s.has(`"`):
			s.at++
			err = s.quoted(&b, '"', start, s.backslash)
		case s.has("`"), s.has("$("):
			start.Problem = "a command inside the command; replace it by a value"
			return Word{}, start
		case s.has(continuation):
			s.next()
			s.next()
		case s.has(`\`):
			s.at++
			if s.at < len(s.text) {
				b.WriteByte(s.next())
			}
		default:
			b.WriteByte(s.next())
		}
		if err != nil {
			return Word{}, err
		}
	}
	word.Text = b.String()
	return word, nil
}

// quoted reads up to the closing quotation mark. What follows a backslash is read by escape, if there is one.
func (s *splitter) quoted(b *strings.Builder, mark byte, start *SyntaxError, escape func(*strings.Builder)) error {
	for s.at < len(s.text) {
		switch c := s.next(); {
		case c == mark:
			return nil
		case c == '\\' && escape != nil && s.at < len(s.text):
			escape(b)
		default:
			b.WriteByte(c)
		}
	}
	start.Problem = fmt.Sprintf("the quotation mark %c has no second one", mark)
	return start
}

// backslash reads what follows a backslash between double quotation marks.
func (s *splitter) backslash(b *strings.Builder) {
	switch c := s.next(); c {
	case '\n':
	case '"', '\\', '$', '`':
		b.WriteByte(c)
	default:
		b.WriteByte('\\')
		b.WriteByte(c)
	}
}

// escape reads what follows a backslash inside $'...': the escapes that Go and bash have in common. Another one is as it
// is written.
func (s *splitter) escape(b *strings.Builder) {
	rest := s.text[s.at-1:]
	r, isRune, tail, err := strconv.UnquoteChar(rest, '\'')
	switch {
	case err != nil && s.text[s.at] == '"':
		b.WriteByte(s.next())
	case err != nil:
		b.WriteByte('\\')
		b.WriteByte(s.next())
	case isRune:
		b.WriteRune(r)
		s.at += len(rest) - len(tail) - 1
	default:
		b.WriteByte(byte(r)) // \x and octal escapes are bytes
		s.at += len(rest) - len(tail) - 1
	}
}

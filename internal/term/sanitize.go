package term

import (
	"strings"
	"unicode"
)

// Sanitize makes foreign text safe to write to a terminal, and keeps its lines and tabs. Each character for which
// [IsControl] returns true becomes U+FFFD, so that nothing vanishes without a trace, and so do each byte that is not
// UTF-8, tags that spell no flag, and combining marks beyond thirty on one character. A CR LF becomes a line feed.
//
// Sanitize is idempotent.
func Sanitize(s string) string {
	var seen neighbours
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return seen.note(r)
		}
		return seen.shown(r)
	}, strings.ReplaceAll(s, "\r\n", "\n"))
}

// SanitizeLine is [Sanitize] for text that must stay on its line, such as a cell of a table: line breaks and tabs
// become spaces.
func SanitizeLine(s string) string {
	var seen neighbours
	return strings.Map(func(r rune) rune {
		switch r {
		case '\n', '\t', '\r', '\v', '\f', '\u0085', '\u2028', '\u2029':
			return seen.note(' ')
		}
		return seen.shown(r)
	}, s)
}

const (
	// mostMarks is the maximum number of combining marks on one character: what Unicode's stream-safe text allows, and
	// more than any script needs.
	mostMarks = 30
	// mostTags is the number of tags that spell the longest flag.
	mostTags  = 7
	blackFlag = '\U0001F3F4'
)

// neighbours are what was shown just before a character. Some characters are harmless only after certain others: the
// tags that spell a flag would hide a text anywhere else, and many combining marks take no width and cover what is
// around.
type neighbours struct {
	last        rune
	marks, tags int
}

// shown returns the character that is shown for one.
func (n *neighbours) shown(r rune) rune {
	flag := n.last == blackFlag || isTag(n.last) && n.tags < mostTags
	if IsControl(r) || isTag(r) && !flag || isMark(r) && n.marks == mostMarks {
		r = unicode.ReplacementChar
	}
	return n.note(r)
}

func (n *neighbours) note(r rune) rune {
	n.last = r
	n.marks = counted(n.marks, isMark(r))
	n.tags = counted(n.tags, isTag(r))
	return r
}

// counted counts what comes without a break.
func counted(so int, more bool) int {
	if more {
		return so + 1
	}
	return 0
}

// isMark reports whether a character is a combining mark. No character before the first is one.
func isMark(r rune) bool { return r >= 0x300 && unicode.Is(unicode.M, r) }

// isTag reports whether a character is a tag, as they spell the flag of Wales.
func isTag(r rune) bool { return 0xe0020 <= r && r <= 0xe007f }

// IsControl reports whether a character can do more to a terminal than fill its cell: the controls of C0 (line feed and
// tab among them), DEL and C1, the line and paragraph separators, and the invisible characters that reorder or hide the
// text around them. The joiners of emoji and many scripts do not count.
func IsControl(r rune) bool {
	switch {
	case r < 0x20, 0x7f <= r && r <= 0x9f:
		return true
	case r < 0xad:
		return false
	case r == 0x200c, r == 0x200d: // the joiners
		return false
	case isTag(r): // their position decides: see neighbours
		return false
	case unicode.Is(unicode.Prepended_Concatenation_Mark, r): // visible signs of Arabic
		return false
	default:
		return unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp)
	}
}

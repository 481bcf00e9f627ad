package term

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// TextWidth returns the number of terminal columns of a text on one line, without its escape sequences.
func TextWidth(text string) int { return ansi.StringWidth(text) }

// Wrap returns a text in lines of at most so many terminal columns, broken at spaces. A word that is wider is cut. It
// keeps escape sequences, and returns one line if width is not positive.
func Wrap(text string, width int) []string { return wrapped(text, width, true) }

// wrapped is Wrap, which may leave words that are wider than a line as they are: a path is then still one to copy.
func wrapped(text string, width int, cuts bool) []string {
	if width <= 0 || ansi.StringWidth(text) <= width {
		return []string{text}
	}
	var lines []string
	line, used := "", 0
	for _, word := range strings.Fields(text) {
		columns := ansi.StringWidth(word)
		if used > 0 && used+1+columns <= width {
			line, used = line+" "+word, used+1+columns
			continue
		}
		if used > 0 {
			lines = append(lines, line)
		}
		parts := []string{word}
		if cuts {
			parts = strings.Split(ansi.Hardwrap(word, width, true), "\n")
		}
		lines = append(lines, parts[:len(parts)-1]...)
		line = parts[len(parts)-1]
		used = ansi.StringWidth(line)
	}
	return append(lines, line)
}

// Hang returns a text behind a lead, such as "next: ", wrapped at a width with the later lines indented below the first
// one's text. Words that are wider than a line are not cut. It returns one line if width is not positive.
func Hang(lead, text string, width int) []string {
	indent := ansi.StringWidth(lead)
	if width > 0 {
		width = max(width-indent, 1)
	}
	lines := wrapped(text, width, false)
	for i, line := range lines {
		if i > 0 {
			lead = strings.Repeat(" ", indent)
		}
		lines[i] = lead + line
	}
	return lines
}

// Say writes a text to standard error behind a lead, which may have a style. Characters in the text that could control a
// terminal are replaced. On a terminal the line is wrapped like [Hang], without a lead with an indentation of two columns.
func (s *Streams) Say(lead, text string) {
	const further = "  "
	text = SanitizeLine(text)
	width := s.ErrLine()
	if lead == "" && width > len(further) && TextWidth(text) > width {
		width -= len(further)
	}
	for i, line := range Hang(lead, text, width) {
		if lead == "" && i > 0 {
			line = further + line
		}
		fmt.Fprintln(s.Err, line)
	}
}

// Warn writes a warning like [Streams.Say].
func (s *Streams) Warn(text string) { s.Say(s.ErrStyle().Yellow("warning:")+" ", text) }

// ErrLine returns the number of columns of a line on standard error if it is a terminal, otherwise 0: lines of a log are
// not wrapped.
func (s *Streams) ErrLine() int {
	if !s.ErrIsTerminal() {
		return 0
	}
	return s.ErrWidth()
}

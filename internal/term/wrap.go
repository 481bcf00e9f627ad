package term

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// TextWidth returns the number of terminal columns of a text on one line, without its escape sequences.
func TextWidth(text string) int { return ansi.StringWidth(text) }

// Wrap returns a text in lines of at most so many terminal columns, broken at spaces. A word that is wider is cut. It
// keeps escape sequences, and returns one line if width is not positive.
func Wrap(text string, width int) []string {
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
		parts := strings.Split(ansi.Hardwrap(word, width, true), "\n")
		lines = append(lines, parts[:len(parts)-1]...)
		line = parts[len(parts)-1]
		used = ansi.StringWidth(line)
	}
	return append(lines, line)
}

// Hang returns a text behind a lead, such as "next: ", wrapped at a width with the later lines indented below the first
// one's text.
func Hang(lead, text string, width int) []string {
	indent := ansi.StringWidth(lead)
	if width > 0 {
		width = max(width-indent, 1)
	}
	lines := Wrap(text, width)
	for i, line := range lines {
		if i > 0 {
			lead = strings.Repeat(" ", indent)
		}
		lines[i] = lead + line
	}
	return lines
}

package config

import (
	"bytes"
	"slices"
	"strings"
)

// edit is the lines of a text that a change concerns: from first up to and
// without end, counted from 1. column is where their keys begin.
type edit struct {
	first, end, column int
}

// lines gives the lines of the pair at a depth of the way: its key, its value,
// and the comments inside, without the blank lines and comments that follow it.
func (d *document) lines(spots []spot, depth int) edit {
	if depth < 0 {
		return edit{}
	}
	key := spots[depth].mapping.Content[spots[depth].index]
	lines := textLines(d.text)
	end := min(nextLine(spots, depth, len(lines)+1), len(lines)+1)
	for end-1 > key.Line && isBetween(lines[end-2], key.Column) {
		end--
	}
	return edit{first: min(key.Line, end), end: end, column: key.Column}
}

// nextLine gives the line of the key that follows a pair in its mapping, or
// follows the mapping, or last where none does.
func nextLine(spots []spot, depth, last int) int {
	for _, s := range slices.Backward(spots[:depth+1]) {
		if s.index+2 < len(s.mapping.Content) {
			return s.mapping.Content[s.index+2].Line
		}
	}
	return last
}

// isBetween tells whether a line stands between two pairs whose keys begin at a
// column: blank, a comment that is not indented further, the end of the document.
func isBetween(line string, column int) bool {
	text := strings.TrimSpace(line)
	switch {
	case text == "", text == "...":
		return true
	case strings.HasPrefix(text, "#"):
		return strings.Index(line, "#") < column
	default:
		return false
	}
}

// withComments extends an edit to the comment lines right above a nested pair,
// which speak of it, and to the blank lines below where blank lines stand above.
// Those at the top level may speak of the whole file.
func (d *document) withComments(e edit) edit {
	lines := textLines(d.text)
	blank := func(number int) bool { return strings.TrimSpace(lines[number-1]) == "" }
	for e.column > 1 && e.first > 1 && !blank(e.first-1) && strings.Index(lines[e.first-2], "#") == e.column-1 && isBetween(lines[e.first-2], e.column) {
		e.first--
	}
	for e.first > 1 && blank(e.first-1) && e.end <= len(lines) && blank(e.end) {
		e.end++
	}
	return e
}

// splice gives the text with the lines of an edit replaced by a block, which it
// indents. It gives nil where there is no block to place.
func (d *document) splice(e edit, block []byte) []byte {
	lines := textLines(d.text)
	if e.first < 1 || e.end > len(lines)+1 {
		return nil
	}
	var text bytes.Buffer
	for _, line := range lines[:e.first-1] {
		text.WriteString(line)
	}
	lineBreak := "\n"
	if len(lines) > 0 && strings.HasSuffix(lines[0], "\r\n") {
		lineBreak = "\r\n"
	}
	if text.Len() > 0 && len(block) > 0 && !bytes.HasSuffix(text.Bytes(), []byte("\n")) {
		text.WriteString(lineBreak)
	}
	for line := range strings.Lines(string(block)) {
		if line = strings.TrimSuffix(line, "\n"); line != "" {
			text.WriteString(strings.Repeat(" ", e.column-1) + line)
		}
		text.WriteString(lineBreak)
	}
	for _, line := range lines[e.end-1:] {
		text.WriteString(line)
	}
	return text.Bytes()
}

// Package safecell keeps a text in a cell from being changed by a spreadsheet program, and restores it.
package safecell

import "strings"

// starts are the characters with which spreadsheet programs begin a formula, in whatever form, or that they remove.
const starts = "=+-@\t\r\n＝＋－＠"

// digits begin a text whose apostrophe programs write for themselves: '00123.
const digits = "0123456789"

// Guard returns a text as it is safe in a cell: an apostrophe is put before a text that a spreadsheet program would
// calculate, and before one that [Unguard] would change. Other texts are returned as they are.
func Guard(text string) string {
	bare := strings.TrimLeft(text, "'")
	if begins(bare, starts) || len(bare) < len(text) && begins(bare, digits) {
		return "'" + text
	}
	return text
}

// Unguard returns the text that [Guard] was given, and reports whether it differs from the cell.
func Unguard(cell string) (text string, ok bool) {
	if text, ok = strings.CutPrefix(cell, "'"); ok && begins(strings.TrimLeft(text, "'"), starts+digits) {
		return text, true
	}
	return cell, false
}

// begins reports whether a text begins with one of the characters.
func begins(text, characters string) bool {
	for _, first := range text {
		return strings.ContainsRune(characters, first)
	}
	return false
}

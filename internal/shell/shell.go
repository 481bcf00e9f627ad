// Package shell quotes words for a POSIX shell.
package shell

import "strings"

// Quote returns a word quoted for a POSIX shell: unchanged if it requires no quotation marks, otherwise in single
// ones.
func Quote(word string) string {
	if word != "" && strings.IndexFunc(word, needsQuotes) < 0 {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

func needsQuotes(r rune) bool {
	return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("@%+=:,./_-", r))
}

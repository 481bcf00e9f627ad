package render

import (
	"bytes"
	"strings"
)

// A runner of GitHub Actions executes what a step prints: a line that begins
// with ::NAME:: and the rest of a line behind ##[NAME]. See
// https://docs.github.com/actions/reference/workflow-commands-for-github-actions.
// The functions in this file keep a provider's text from being one.

// legacy begins a command anywhere in a line.
const legacy = "##["

// withoutCommands returns a text none of whose lines is a command: an apostrophe
// is set before it, as [safecell.Guard] does for formulas.
func withoutCommands(text string) string {
	if !strings.Contains(text, "::") && !strings.Contains(text, legacy) {
		return text
	}
	text = strings.ReplaceAll(text, legacy, "##'[")
	var safe strings.Builder
	for text != "" {
		end := strings.IndexAny(text, "\r\n") + 1
		if end == 0 {
			end = len(text)
		}
		if isCommand(text[:end]) {
			safe.WriteByte('\'')
		}
		safe.WriteString(text[:end])
		text = text[end:]
	}
	return safe.String()
}

// isCommand reports whether a line is a command: ::NAME::, or ::NAME ...::.
func isCommand(line string) bool {
	rest, found := strings.CutPrefix(strings.TrimSpace(line), "::")
	return found && strings.Contains(rest, "::")
}

// startsCommand reports whether some line of a text is a command.
func startsCommand(text string) bool { return withoutCommands(text) != text }

// escapeCommands escapes the beginning of a command in text in which it stands
// nowhere but in quoted strings. It changes no value.
func escapeCommands(text []byte) []byte {
	return bytes.ReplaceAll(text, []byte(legacy), []byte(`\u0023#[`))
}

package render

import (
	"bytes"
	"strings"
)

// A runner of GitHub Actions executes workflow commands in the output of a step: a line that begins with ::NAME::, and
// the rest of a line after ##[NAME]. See
// https://docs.github.com/actions/reference/workflow-commands-for-github-actions.
// The functions in this file prevent that a provider's text is executed.

// legacy begins a command anywhere in a line.
const legacy = "##["

// withoutCommands returns a text without commands: each is prefixed with an apostrophe, as [SafeCell] does for
// formulas.
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

// startsCommand reports whether a line of a text is a command.
func startsCommand(text string) bool { return withoutCommands(text) != text }

// escapeCommands returns a text with the beginnings of commands escaped, which changes no value. They must occur only
// in quoted strings.
func escapeCommands(text []byte) []byte {
	return bytes.ReplaceAll(text, []byte(legacy), []byte(`\u0023#[`))
}

package shell

// Continued returns a command in lines of at most so many columns, as far as possible. All but the last end with a
// backslash, so that a shell reads them as one command. Lines are broken only at spaces outside of quotation marks. The
// function width returns the number of columns of a text.
func Continued(command string, columns int, width func(string) int) []string {
	const more = ` \`
	if width(command) <= columns {
		return []string{command}
	}
	var lines []string
	line := ""
	words := unquotedFields(command)
	for i, word := range words {
		room := columns - len(more)
		if i == len(words)-1 {
			room = columns
		}
		indent := ""
		if len(lines) > 0 {
			indent = "  "
		}
		switch {
		case line == "":
			line = indent + word
		case width(line)+1+width(word) <= room:
			line += " " + word
		default:
			lines = append(lines, line+more)
			line = "  " + word
		}
	}
	return append(lines, line)
}

// unquotedFields splits a command at its spaces outside of quotation marks. The words keep their quotation marks.
func unquotedFields(command string) []string {
	var words []string
	begin, quote, escaped := 0, byte(0), false
	for i := range len(command) {
		switch char := command[i]; {
		case escaped:
			escaped = false
		case char == '\\' && quote != '\'':
			escaped = true
		case quote != 0:
			if char == quote {
				quote = 0
			}
		case char == '\'' || char == '"':
			quote = char
		case char == ' ':
			if i > begin {
				words = append(words, command[begin:i])
			}
			begin = i + 1
		}
	}
	if begin < len(command) {
		words = append(words, command[begin:])
	}
	return words
}

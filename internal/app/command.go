package app

import (
	"fmt"
	"runtime"
	"strings"

	"github.com/bring-aboard/usher/internal/shell"
	"github.com/bring-aboard/usher/internal/term"
)

// ShowCommand writes a command to standard error behind a lead, which may have a style. On a terminal it is wrapped so that
// it can be pasted into a POSIX shell; on Windows it is one line.
func ShowCommand(streams *term.Streams, lead, command string) {
	lines, indent := []string{term.SanitizeLine(command)}, term.TextWidth(lead)
	if width := streams.ErrLine(); width > 0 && runtime.GOOS != "windows" {
		lines = shell.Continued(lines[0], width-indent, term.TextWidth)
	}
	for _, line := range lines {
		fmt.Fprintln(streams.Err, lead+line)
		lead = strings.Repeat(" ", indent)
	}
}

package term

import (
	"os"

	"golang.org/x/sys/windows"
)

// discardInput removes what was typed on a console and not read yet.
func discardInput(terminal *os.File) error {
	return windows.FlushConsoleInputBuffer(windows.Handle(terminal.Fd()))
}

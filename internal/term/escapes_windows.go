package term

import (
	"os"

	"golang.org/x/sys/windows"
)

// enableEscapes makes the Windows console interpret escape sequences, and reports whether it does. Consoles before
// Windows 10 show them as text.
func enableEscapes(file *os.File) bool {
	console := windows.Handle(file.Fd())
	var mode uint32
	if err := windows.GetConsoleMode(console, &mode); err != nil {
		return false
	}
	return windows.SetConsoleMode(console, mode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING) == nil
}

package term

import (
	"os"

	"golang.org/x/sys/unix"
)

// discardInput removes what was typed on a terminal and not read yet.
func discardInput(terminal *os.File) error {
	return unix.IoctlSetInt(int(terminal.Fd()), unix.TCFLSH, unix.TCIFLUSH)
}

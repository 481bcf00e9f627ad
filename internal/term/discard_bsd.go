//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package term

import (
	"os"

	"golang.org/x/sys/unix"
)

// discardInput removes what was typed on a terminal and not read yet.
func discardInput(terminal *os.File) error {
	const read = 1 // FREAD of <sys/fcntl.h>
	return unix.IoctlSetPointerInt(int(terminal.Fd()), unix.TIOCFLUSH, read)
}

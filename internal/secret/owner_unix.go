//go:build unix

package secret

import (
	"io/fs"
	"os"
	"syscall"
)

// isOwn tells whether a file belongs to the user who runs usher. A file that
// another mounts for this user, as containers do, is not the user's to protect.
func isOwn(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Getuid()
}

// isForeign tells whether a file belongs to another user.
func isForeign(info fs.FileInfo) bool { return !isOwn(info) }

//go:build unix

package fileperm

import (
	"io/fs"
	"os"
	"syscall"
)

const root = 0

// IsMine reports whether this user owns a file. It is false on systems whose file modes do not show who can read a
// file.
func IsMine(info fs.FileInfo) bool {
	owner, known := ownerOf(info)
	return known && owner == os.Getuid()
}

// IsForeign reports whether another user owns a file, root included.
func IsForeign(info fs.FileInfo) bool { return !IsMine(info) }

// IsStranger reports whether another user who is not root owns a file. For root it is always false: root works in the
// directories that containers mount.
func IsStranger(info fs.FileInfo) bool {
	owner, known := ownerOf(info)
	return known && isStranger(owner, os.Getuid())
}

func isStranger(owner, user int) bool { return owner != user && owner != root && user != root }

// isWritable reports whether all may write to a file.
func isWritable(info fs.FileInfo) bool { return info.Mode().Perm()&0o002 != 0 }

// isOthers reports whether another user who is not root owns a file, even if this user is root.
func isOthers(info fs.FileInfo) bool {
	owner, known := ownerOf(info)
	return known && owner != os.Getuid() && owner != root
}

// isOpen reports whether all may write to a directory of this user's, who is not root, without the sticky bit that
// protects files from other users.
func isOpen(info fs.FileInfo) bool {
	owner, known := ownerOf(info)
	return known && isOpenTo(info.Mode(), owner, os.Getuid())
}

func isOpenTo(mode fs.FileMode, owner, user int) bool {
	return user != root && owner == user && mode.Perm()&0o002 != 0 && mode&fs.ModeSticky == 0
}

func ownerOf(info fs.FileInfo) (owner int, known bool) {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	return int(stat.Uid), true
}

//go:build unix

package owner

import (
	"io/fs"
	"os"
	"syscall"
)

const root = 0

// IsMine tells whether a file belongs to the user who runs the program. It is
// false where file modes do not say who can read a file.
func IsMine(info fs.FileInfo) bool {
	owner, known := ownerOf(info)
	return known && owner == os.Getuid()
}

// IsForeign tells whether a file belongs to another user, root included.
func IsForeign(info fs.FileInfo) bool { return !IsMine(info) }

// IsStranger tells whether a file belongs to another user who is not root. Root
// is told so of nobody's files: it works in the folders that containers mount.
func IsStranger(info fs.FileInfo) bool {
	owner, known := ownerOf(info)
	return known && isStranger(owner, os.Getuid())
}

func isStranger(owner, user int) bool { return owner != user && owner != root && user != root }

// isWritable tells whether all may write to a file.
func isWritable(info fs.FileInfo) bool { return info.Mode().Perm()&0o002 != 0 }

// isOthers tells whether a file belongs to another user who is not root, even
// where this user is.
func isOthers(info fs.FileInfo) bool {
	owner, known := ownerOf(info)
	return known && owner != os.Getuid() && owner != root
}

// isOpen tells whether a folder of this user's, who is not root, can be written
// by all, without the sticky bit that keeps them from each other's files.
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

//go:build !unix

package fileperm

import "io/fs"

// IsMine reports whether this user owns a file. It is false on systems whose file modes do not show who can read a
// file.
func IsMine(fs.FileInfo) bool { return false }

// IsForeign is false on systems whose file modes do not show it.
func IsForeign(fs.FileInfo) bool { return false }

// IsStranger is false on systems whose file modes do not show it.
func IsStranger(fs.FileInfo) bool { return false }

func isWritable(fs.FileInfo) bool { return false }

func isOthers(fs.FileInfo) bool { return false }

func isOpen(fs.FileInfo) bool { return false }

//go:build !unix

package owner

import "io/fs"

// IsMine tells whether a file belongs to the user who runs the program. It is
// false where file modes do not say who can read a file.
func IsMine(fs.FileInfo) bool { return false }

// IsForeign is false where file modes do not tell.
func IsForeign(fs.FileInfo) bool { return false }

// IsStranger is false where file modes do not tell.
func IsStranger(fs.FileInfo) bool { return false }

func isWritable(fs.FileInfo) bool { return false }

func isOthers(fs.FileInfo) bool { return false }

func isOpen(fs.FileInfo) bool { return false }

//go:build !unix

package secret

import "io/fs"

// isOwn is false where file modes do not say who can read a file.
func isOwn(fs.FileInfo) bool { return false }

// isForeign is false where that is not known.
func isForeign(fs.FileInfo) bool { return false }

//go:build !unix

package secret

import "io/fs"

// isOwn is false where file modes do not say who can read a file.
func isOwn(fs.FileInfo) bool { return false }

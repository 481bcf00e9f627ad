//go:build unix

package shared

import (
	"io/fs"
	"strconv"

	"golang.org/x/sys/unix"
)

// identityOf returns what a file has and no copy of it: its number in the file system, and the time when that was last written.
func identityOf(path string) (string, error) {
	var info unix.Stat_t
	if err := unix.Stat(path, &info); err != nil {
		return "", &fs.PathError{Op: "stat", Path: path, Err: err}
	}
	return strconv.FormatUint(info.Ino, 36) + "-" + strconv.FormatInt(info.Ctim.Nano(), 36), nil
}

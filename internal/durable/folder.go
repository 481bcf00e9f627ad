// Package durable has what a file needs beyond its own sync so that it survives
// a loss of power: the name in its folder.
package durable

import (
	"errors"
	"io/fs"
	"os"
	"runtime"
)

// Folder makes the names in a folder durable, where the platform can: a new
// file's, or that of a file that was renamed. A folder that cannot be read, such
// as /home in some containers, and a file system that cannot do it are no error.
func Folder(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	folder, err := os.Open(path)
	if errors.Is(err, fs.ErrPermission) {
		return nil
	}
	if err != nil {
		return err
	}
	err = folder.Sync()
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, fs.ErrInvalid) {
		err = nil
	}
	return errors.Join(err, folder.Close())
}

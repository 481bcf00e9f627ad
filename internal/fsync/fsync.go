// Package fsync syncs directories, so that the name of a file survives a loss of power as its content does.
package fsync

import (
	"errors"
	"io/fs"
	"os"
	"runtime"
)

// Dir makes the names in a directory durable, if the platform can: a new file's, or that of a file that was renamed.
// A directory that cannot be read, such as /home in some containers, and a file system that cannot do it are not
// errors.
func Dir(path string) error {
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

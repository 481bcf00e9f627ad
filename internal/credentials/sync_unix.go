//go:build unix

package credentials

import (
	"errors"
	"os"
)

// SyncFolder makes a new name in a folder durable.
func SyncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

package passwords

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/bring-aboard/usher/internal/fsync"
)

// SecretFile is a new file for one secret, which only its owner can read. It is created before the secret exists, so
// that a new secret can be stored.
type SecretFile struct {
	path string
	file *os.File
}

// NewSecretFile returns a new file. It never overwrites one that exists.
func NewSecretFile(path string) (*SecretFile, error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("%s: file exists; secrets never overwrite a file", path)
	}
	if err != nil {
		return nil, err
	}
	return &SecretFile{path: path, file: file}, nil
}

// Keep writes the secret, with a line break, and makes it and the file's name durable.
func (f *SecretFile) Keep(secret string) error {
	_, err := f.file.WriteString(secret + "\n")
	err = errors.Join(err, f.file.Sync(), f.file.Close(), fsync.Dir(filepath.Dir(f.path)))
	if err != nil {
		return fmt.Errorf("could not write %s: %w", f.path, err)
	}
	return nil
}

// Discard removes the file, if there is no secret for it.
func (f *SecretFile) Discard() error {
	return errors.Join(f.file.Close(), os.Remove(f.path))
}

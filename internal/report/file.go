package report

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// File is an output that takes its name only when it is complete.
type File struct {
	path   string
	file   *os.File
	buffer *bufio.Writer
}

// Create begins a file. It refuses a name that is one of the inputs, in
// whatever way it is written, and a folder. What it replaces stays until
// [File.Commit].
func Create(path string, inputs ...string) (*File, error) {
	target, err := filepath.EvalSymlinks(path)
	if errors.Is(err, os.ErrNotExist) {
		target, err = path, nil
	}
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(target)
	switch {
	case errors.Is(err, os.ErrNotExist):
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, fmt.Errorf("%s is a folder", path)
	default:
		for _, input := range inputs {
			if other, err := os.Stat(input); err == nil && os.SameFile(info, other) {
				return nil, fmt.Errorf("%s is what the import reads, and is not written over: name another file", path)
			}
		}
	}
	file, err := os.CreateTemp(filepath.Dir(target), "."+filepath.Base(target)+"-*")
	if err != nil {
		return nil, err
	}
	return &File{path: target, file: file, buffer: bufio.NewWriter(file)}, nil
}

// Write appends to the file.
func (f *File) Write(p []byte) (int, error) { return f.buffer.Write(p) }

// Path gives the name that the file will have.
func (f *File) Path() string { return f.path }

// Commit makes the file durable under its name.
func (f *File) Commit() error {
	err := errors.Join(f.buffer.Flush(), f.file.Sync(), f.file.Close())
	if err == nil {
		err = os.Rename(f.file.Name(), f.path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("writing %s: %w", f.path, err), f.remove())
	}
	return nil
}

// Discard leaves everything as it was. After Commit it does nothing.
func (f *File) Discard() error {
	_ = f.file.Close() // it may be closed already
	return f.remove()
}

func (f *File) remove() error {
	if err := os.Remove(f.file.Name()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

package report

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/bring-aboard/usher/internal/fileperm"
	"github.com/bring-aboard/usher/internal/fsync"
)

// File is an output file that gets its name when it is complete. It replaces an existing file only then.
type File struct {
	path   string
	device bool // not a regular file: written directly
	file   *os.File
	buffer *bufio.Writer
}

// Create returns a new file after a check that it can be written. It fails for a directory, a symbolic link of another
// user, and any name of one of the inputs. It creates no file before the first Write.
func Create(path string, inputs ...string) (*File, error) {
	if err := fileperm.CheckLink(path); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	target, err := resolve(path)
	if err != nil {
		return nil, err
	}
	f := &File{path: target}
	info, err := os.Stat(target)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, fmt.Errorf("%s: is a directory", path)
	case info.Mode().IsRegular() && isDeviceName(path):
		return nil, fmt.Errorf("%s: resolves to %s, which may contain other output; use another file", path, target)
	default:
		for _, input := range inputs {
			if other, err := os.Stat(input); err == nil && os.SameFile(info, other) {
				return nil, fmt.Errorf("%s: is an input of this command; use another file", path)
			}
		}
		f.device = !info.Mode().IsRegular()
	}
	if err := f.begin(); err != nil {
		return nil, err
	}
	return f, f.Discard()
}

// isDeviceName reports whether a name is one of the system, for example /dev/stdout, which may be a file that a shell
// has opened.
func isDeviceName(path string) bool {
	path, err := filepath.Abs(path)
	return err == nil && (strings.HasPrefix(path, "/dev/") || strings.HasPrefix(path, "/proc/"))
}

// Spare returns an error if a path is any name of one of the spared files, or of a file in one of the spared
// directories. Files that do not exist and empty paths are ignored.
func Spare(path string, spared ...string) error {
	if path == "" {
		return nil
	}
	target, err := resolve(path)
	if err != nil {
		return err
	}
	for _, one := range spared {
		kept, err := os.Stat(one)
		if err != nil {
			continue
		}
		for at := target; ; at = filepath.Dir(at) {
			info, err := os.Stat(at)
			if err == nil && os.SameFile(info, kept) {
				return fmt.Errorf("%s: reserved by usher: %s; use another file", path, one)
			}
			if at == filepath.Dir(at) || !kept.IsDir() {
				break
			}
		}
	}
	return nil
}

// Distinct returns an error if two of the paths are the same file. Empty paths are ignored.
func Distinct(paths ...string) error {
	seen := map[string]string{}
	for _, path := range paths {
		if path == "" {
			continue
		}
		target, err := resolve(path)
		if err != nil {
			return err
		}
		if other, ok := seen[target]; ok {
			return fmt.Errorf("%s and %s are the same file; use two files", other, path)
		}
		seen[target] = path
	}
	return nil
}

// resolve returns the canonical name of a path, which does not have to exist.
func resolve(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	target, err := filepath.EvalSymlinks(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return target, err
	}
	folder, err := filepath.EvalSymlinks(filepath.Dir(path))
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("directory not found: %s", filepath.Dir(path))
	}
	return filepath.Join(folder, filepath.Base(path)), err
}

func (f *File) begin() (err error) {
	if f.device {
		f.file, err = os.OpenFile(f.path, os.O_WRONLY, 0)
	} else {
		f.file, err = os.CreateTemp(filepath.Dir(f.path), "."+filepath.Base(f.path)+"-*") // mode 0600
	}
	if err != nil {
		return err
	}
	f.buffer = bufio.NewWriter(f.file)
	return nil
}

// Write appends to the file.
func (f *File) Write(p []byte) (int, error) {
	if f.file == nil {
		if err := f.begin(); err != nil {
			return 0, err
		}
	}
	return f.buffer.Write(p)
}

// Path returns the final name of the file.
func (f *File) Path() string { return f.path }

// Commit stores the file durably under its name. The file is empty if nothing was written.
func (f *File) Commit() error {
	if _, err := f.Write(nil); err != nil {
		return err
	}
	err := f.buffer.Flush()
	if !f.device {
		err = errors.Join(err, f.file.Sync())
	}
	if err = errors.Join(err, f.file.Close()); err == nil && !f.device {
		err = os.Rename(f.file.Name(), f.path)
	}
	if err == nil && !f.device {
		err = fsync.Dir(filepath.Dir(f.path))
	}
	if err != nil {
		return errors.Join(fmt.Errorf("could not write %s: %w", f.path, err), f.Discard())
	}
	f.file = nil
	return nil
}

// Discard removes the temporary file. After Commit it has no effect.
func (f *File) Discard() error {
	if f.file == nil {
		return nil
	}
	file := f.file
	f.file, f.buffer = nil, nil
	_ = file.Close() // it may be closed already
	if f.device {
		return nil
	}
	return os.Remove(file.Name())
}

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

// File is an output that takes its name only when it is complete. What it
// replaces stays until then.
type File struct {
	path   string
	device bool // no regular file: it is written as it is
	file   *os.File
	buffer *bufio.Writer
}

// Create prepares a file, and finds out whether it can be written. It refuses
// a folder, a link that another user has made, and a name that is one of the
// inputs, in whatever way it is written. Nothing stands in the folder before the
// first Write.
func Create(path string, inputs ...string) (*File, error) {
	if err := fileperm.CheckLink(path); err != nil {
		return nil, fmt.Errorf("%s is not written to: %w", path, err)
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
		return nil, fmt.Errorf("%s is a folder", path)
	case info.Mode().IsRegular() && isDeviceName(path):
		return nil, fmt.Errorf("%s leads to the file %s, in which other output may stand: name a file of its own", path, target)
	default:
		for _, input := range inputs {
			if other, err := os.Stat(input); err == nil && os.SameFile(info, other) {
				return nil, fmt.Errorf("%s is what the import reads, and is not written over: name another file", path)
			}
		}
		f.device = !info.Mode().IsRegular()
	}
	if err := f.begin(); err != nil {
		return nil, err
	}
	return f, f.Discard()
}

// isDeviceName tells whether a name such as /dev/stdout is one of the system's,
// behind which a file may stand that a shell has opened.
func isDeviceName(path string) bool {
	path, err := filepath.Abs(path)
	return err == nil && (strings.HasPrefix(path, "/dev/") || strings.HasPrefix(path, "/proc/"))
}

// Spare fails where a path names one of the files that are to be spared, or a
// file in one of the folders, in whatever way it is written. Those that are
// missing, and empty paths, do not count.
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
				return fmt.Errorf("%s would write over what usher itself needs in %s: name another file", path, one)
			}
			if at == filepath.Dir(at) || !kept.IsDir() {
				break
			}
		}
	}
	return nil
}

// Distinct fails where two of the paths name one file. Empty paths do not count.
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
			return fmt.Errorf("%s and %s are one file: name two", other, path)
		}
		seen[target] = path
	}
	return nil
}

// resolve gives the one name of what a path means, whether it exists or not.
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
		return "", fmt.Errorf("there is no folder %s", filepath.Dir(path))
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

// Path gives the name that the file will have.
func (f *File) Path() string { return f.path }

// Commit makes the file durable under its name, empty where nothing was written.
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
		return errors.Join(fmt.Errorf("writing %s: %w", f.path, err), f.Discard())
	}
	f.file = nil
	return nil
}

// Discard leaves everything as it was. After Commit it does nothing.
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

package secret

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/bring-aboard/usher/internal/fileperm"
	"github.com/bring-aboard/usher/internal/fsync"
)

// FromFile returns the reference to a file.
func FromFile(path string) Reference { return Reference{scheme: schemeFile, rest: path} }

// File returns the path in a file: reference, unchanged. ok is false for other references.
func (r Reference) File() (path string, ok bool) { return r.rest, r.scheme == schemeFile }

// CanWrite fails with an [*Error] if [Resolver.Write] would, as far as that can be seen beforehand.
func (r Resolver) CanWrite(ref Reference) error {
	_, err := r.writable(ref)
	return err
}

// Write puts a secret into the file of a reference: a new one with mode 0600, or a replacement of one that only this
// user can open. The file contains either the old secret or the new one at any time, and the new one is durable on
// return. Every error is an [*Error].
func (r Resolver) Write(_ context.Context, ref Reference, value Value) error {
	path, err := r.writable(ref)
	if err != nil {
		return err
	}
	if err := ReplaceFile(path, []byte(value.Reveal()+"\n")); err != nil {
		return unwritable(ref, err)
	}
	return nil
}

// writable returns the file that is to be written: the one behind a symbolic link.
func (r Resolver) writable(ref Reference) (string, error) {
	if ref.scheme != schemeFile {
		return "", &Error{Reference: ref, Kind: Unreadable, Problem: "not a file", Hint: "use file:PATH"}
	}
	path, err := r.expand(ref.rest)
	if err != nil {
		return "", &Error{Reference: ref, Kind: Missing, Problem: err.Error(), Hint: "use an absolute path", Err: err}
	}
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if folder, err := os.Stat(filepath.Dir(path)); err != nil || !folder.IsDir() {
			return "", &Error{Reference: ref, Kind: Missing, Problem: "directory not found: " + filepath.Dir(path), Hint: "create it, or use another file", Err: err}
		}
		return path, nil
	case err != nil:
		return "", unwritable(ref, err)
	case !info.Mode().IsRegular():
		return "", &Error{Reference: ref, Kind: Unreadable, Problem: "not a regular file", Hint: "use another file"}
	}
	if fileperm.IsForeign(info) {
		return "", &Error{Reference: ref, Kind: Unreadable, Problem: "owned by another user", Hint: "use a file that you own"}
	}
	if exposure := Exposure(path); exposure != "" {
		return "", &Error{Reference: ref, Kind: Unreadable, Problem: exposure}
	}
	return path, nil
}

// ReplaceFile replaces a file by one with this content that only its owner can read. After a crash either the old or
// the new one is there, complete.
func ReplaceFile(path string, text []byte) (err error) {
	folder := filepath.Dir(path)
	temporary, err := os.CreateTemp(folder, filepath.Base(path)+".*.tmp") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = temporary.Close()
			_ = os.Remove(temporary.Name())
		}
	}()
	if _, err := temporary.Write(text); err != nil {
		return err
	}
	if err := temporary.Sync(); err != nil {
		return err
	}
	if err := temporary.Close(); err != nil {
		return err
	}
	if err := os.Rename(temporary.Name(), path); err != nil {
		return err
	}
	_ = fsync.Dir(folder) // the file is complete either way
	return nil
}

func unwritable(ref Reference, err error) *Error {
	return &Error{Reference: ref, Kind: Unreadable, Problem: "could not write the file: " + reason(err), Hint: "use a directory that you own", Err: err}
}

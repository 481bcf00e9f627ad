package secret

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/bring-aboard/usher/internal/durable"
	"github.com/bring-aboard/usher/internal/owner"
)

// FromFile gives the reference to a file.
func FromFile(path string) Reference { return Reference{scheme: schemeFile, rest: path} }

// File gives the path that a file: reference names, as it is written there. ok
// is false for other references.
func (r Reference) File() (path string, ok bool) { return r.rest, r.scheme == schemeFile }

// CanWrite fails with an [*Error] where [Resolver.Write] would, as far as that
// can be seen beforehand.
func (r Resolver) CanWrite(ref Reference) error {
	_, err := r.writable(ref)
	return err
}

// Write puts a secret into the file of a reference: a new one with mode 0600, or
// in place of one that nobody else can open. The file holds either the old
// secret or the new one at any time, and the new one is durable on return. Every
// error is an [*Error].
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

// writable gives the file that is to be written: the one behind a symbolic link.
func (r Resolver) writable(ref Reference) (string, error) {
	if ref.scheme != schemeFile {
		return "", &Error{Reference: ref, Kind: Unreadable, Problem: "it is no file", Hint: "name one as file:PATH"}
	}
	path, err := r.expand(ref.rest)
	if err != nil {
		return "", &Error{Reference: ref, Kind: Missing, Problem: err.Error(), Hint: "write the path in full", Err: err}
	}
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if folder, err := os.Stat(filepath.Dir(path)); err != nil || !folder.IsDir() {
			return "", &Error{Reference: ref, Kind: Missing, Problem: "there is no folder " + filepath.Dir(path), Hint: "make it, or name another file", Err: err}
		}
		return path, nil
	case err != nil:
		return "", unwritable(ref, err)
	case !info.Mode().IsRegular():
		return "", &Error{Reference: ref, Kind: Unreadable, Problem: "it is no regular file, so nothing can be put in its place", Hint: "name another file"}
	}
	if owner.IsForeign(info) {
		return "", &Error{Reference: ref, Kind: Unreadable, Problem: "the file belongs to another user, so nothing is put in its place", Hint: "name a file of your own"}
	}
	if exposure := Exposure(path); exposure != "" {
		return "", &Error{Reference: ref, Kind: Unreadable, Problem: exposure}
	}
	return path, nil
}

// ReplaceFile puts a file with this content, readable by its owner alone, in
// the place of another. After a crash either the old or the new one is there, whole.
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
	_ = durable.Folder(folder) // the file is whole either way
	return nil
}

func unwritable(ref Reference, err error) *Error {
	return &Error{Reference: ref, Kind: Unreadable, Problem: "the file cannot be written: " + reason(err), Hint: "name a file in a folder of your own", Err: err}
}

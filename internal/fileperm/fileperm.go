// Package fileperm checks who owns a file, so that what another user of the machine has planted is neither followed nor
// written to.
//
// It checks names before they are used. Whoever may write in a directory can change them in between: so a directory is
// checked together with its content.
package fileperm

import (
	"errors"
	"io/fs"
	"os"
)

// The reasons for which a file or a directory is refused.
var (
	errLink       = errors.New("is a symbolic link")
	errIrregular  = errors.New("is not a regular file")
	errStranger   = errors.New("is owned by another user")
	errOthersLink = errors.New("is a link that another user created")
	errWritable   = errors.New("is writable by every user")
	errOpen       = errors.New("is a directory that every user can write to")
)

// CheckFile returns an error if a path for a private file is a link, a device or a file of another user. A missing file
// passes, and a directory fails when it is opened.
func CheckFile(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode()&fs.ModeSymlink != 0:
		return errLink
	case !info.Mode().IsRegular() && !info.IsDir():
		return errIrregular
	case IsStranger(info):
		return errStranger
	default:
		return nil
	}
}

// CheckLink returns an error for a link that neither this user nor root has created, for it leads to where its creator
// wants it to lead. What is not a link, or is missing, passes.
func CheckLink(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil && info.Mode()&fs.ModeSymlink != 0 && isOthers(info) {
		return errOthersLink
	}
	return err
}

// CheckChange returns an error for a file that users other than this one and root can change: one that another user
// owns, or that all may write to. A missing file passes.
func CheckChange(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case IsStranger(info):
		return errStranger
	case isWritable(info):
		return errWritable
	default:
		return nil
	}
}

// CheckDir returns an error for a directory for private files that another user owns, or that this user owns and all
// may write to. One that root has opened for all, as container platforms mount volumes, passes. The directory may be
// reached through a link.
func CheckDir(path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return err
	case IsStranger(info):
		return errStranger
	case isOpen(info):
		return errOpen
	default:
		return nil
	}
}

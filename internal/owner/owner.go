// Package owner says whose a file is, so that what another user of the machine
// has planted is neither followed nor written to.
//
// It looks at names before they are used. Whoever may write in a folder can
// change them in between: so a folder is judged together with what lies in it.
package owner

import (
	"errors"
	"io/fs"
	"os"
)

// The reasons for which a file or a folder is refused.
var (
	errLink       = errors.New("it is a link, and none is followed here")
	errIrregular  = errors.New("it is no regular file")
	errStranger   = errors.New("it belongs to another user")
	errOthersLink = errors.New("it is a link that another user has made")
	errWritable   = errors.New("every user of this machine can change it")
	errOpen       = errors.New("every user of this machine can write in it")
)

// CheckFile refuses what stands in the place of a private file and is not one:
// a link, a device, a file of another user. A file that is missing is fine, and
// a folder is left to fail when it is opened.
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

// CheckLink refuses a link that somebody else than this user or root has made,
// for it leads to where they want it to lead. What is no link, or is missing, is
// fine.
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

// CheckChange refuses a file that others than this user and root can change: one
// that belongs to another user, or that all may write to. A file that is missing
// is fine.
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

// CheckFolder refuses a folder for private files that belongs to another user,
// or that is this user's and open for all to write. One that root has opened
// for all, as container platforms mount volumes, is root's to answer for. The
// folder may be reached through a link.
func CheckFolder(path string) error {
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

package ledger

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Version gives the version of the file.
func (l *Ledger) Version(ctx context.Context) (int, error) {
	version, err := versionOf(ctx, l.db)
	return version, l.wrap("read the version of the ledger", err)
}

// Holders tells who is at work now, on whatever target, in the order of the
// lock files.
func (l *Ledger) Holders() ([]Holder, error) {
	folder := filepath.Join(l.dir, locksFolder)
	entries, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, &Error{Reason: Unwritable, Op: "read the locks in", Path: folder, Err: err}
	}
	var holders []Holder
	for _, entry := range entries {
		if entry.Name() == openingLockName || filepath.Ext(entry.Name()) != ".lock" {
			continue
		}
		holder, held, err := holderOf(filepath.Join(folder, entry.Name()))
		if err != nil {
			return nil, err
		}
		if held {
			holders = append(holders, holder)
		}
	}
	return holders, nil
}

// holderOf tells who holds the lock of a file; ok is false where nobody does.
func holderOf(path string) (holder Holder, ok bool, err error) {
	file, err := newLock(path)
	if err != nil {
		return Holder{}, false, err
	}
	free, err := file.TryRLock()
	if err != nil {
		return Holder{}, false, &Error{Reason: Unwritable, Op: "read the lock", Path: path, Err: err}
	}
	if free {
		return Holder{}, false, file.Close()
	}
	return readHolder(path), true, nil
}

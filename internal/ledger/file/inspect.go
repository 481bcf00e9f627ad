package file

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/bring-aboard/usher/internal/ledger"
)

// Version implements [ledger.Store].
func (l *Ledger) Version(ctx context.Context) (int, error) {
	version, err := versionOf(ctx, l.db)
	return version, l.wrap("read the version of the ledger", err)
}

// Holders implements [ledger.Store]. They are in the order of the lock files.
func (l *Ledger) Holders(ctx context.Context, targets ...string) (holders []ledger.Holder, err error) {
	var paths []string
	for _, target := range targets {
		paths = append(paths, l.lockPath(target))
	}
	if len(targets) == 0 {
		if paths, err = l.lockPaths(); err != nil {
			return nil, err
		}
	}
	for _, path := range paths {
		holder, held, err := heldBy(path)
		if err != nil {
			return nil, err
		}
		if !held {
			continue
		}
		if err := l.db.QueryRowContext(ctx, `SELECT coalesce(max(target), '') FROM runs WHERE id = ?`, holder.Run).Scan(&holder.Target); err != nil {
			return nil, l.wrap("read the locks", err)
		}
		holders = append(holders, holder)
	}
	return holders, nil
}

// lockPaths returns the lock files of all targets.
func (l *Ledger) lockPaths() (paths []string, err error) {
	folder := filepath.Join(l.dir, locksFolder)
	entries, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fail(unwritable(err), "read the locks in", folder, err)
	}
	for _, entry := range entries {
		if entry.Name() != openingLockName && filepath.Ext(entry.Name()) == ".lock" {
			paths = append(paths, filepath.Join(folder, entry.Name()))
		}
	}
	return paths, nil
}

// heldBy returns who has locked a file; ok is false if the file is not locked or missing.
func heldBy(path string) (holder ledger.Holder, ok bool, err error) {
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return ledger.Holder{}, false, nil
	}
	file, err := newLock(path)
	if err != nil {
		return ledger.Holder{}, false, err
	}
	free, err := file.TryRLock()
	if err != nil {
		return ledger.Holder{}, false, fail(unwritable(err), "read the lock", path, err)
	}
	if free {
		return ledger.Holder{}, false, file.Close()
	}
	return readLock(path).holder(), true, nil
}

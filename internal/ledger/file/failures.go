package file

import (
	"context"
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/shell"
)

// NextWritable is the next step if the state directory is not writable. In a container, everything outside a volume is lost
// with the container, and with it the memory of the users who were created.
const NextWritable = "set " + EnvStateDir + " to a writable directory, in a container to that of a volume"

// fail returns the failure of an operation at a path, with the next steps.
func fail(reason ledger.Kind, op, path string, err error) *ledger.Error {
	return &ledger.Error{Kind: reason, Op: op, Place: path, Err: err, Next: next(reason, path)}
}

// next returns the next steps after a failure at a path.
func next(reason ledger.Kind, path string) []string {
	switch reason {
	case ledger.Newer:
		return []string{"update usher, or set " + EnvStateDir + " to another directory"}
	case ledger.Unwritable:
		return []string{NextWritable}
	case ledger.NoFiles:
		return []string{"raise the limit of open files (ulimit -n 1024) and run the command again"}
	case ledger.Unsafe:
		return []string{"set " + EnvStateDir + " to a directory that only you can write to, or remove files that are not yours"}
	case ledger.Moved:
		return []string{"set USHER_LEDGER and USHER_LEDGER_KEY to the shared ledger", fmt.Sprintf("mv %s %s", shell.Quote(path+movedSuffix), shell.Quote(path))}
	case ledger.Network:
		return []string{"set " + EnvStateDir + " to a directory on a disk of this machine", "set USHER_LEDGER to the URL of a PostgreSQL database, to share one ledger"}
	case ledger.Full:
		return []string{"free disk space, or set " + EnvStateDir + " to a directory on another disk"}
	case ledger.Damaged:
		return []string{
			"restore the ledger from a backup, or move it away and start a new ledger; users of earlier runs are then found only by lookup",
			fmt.Sprintf("mv %s %s", shell.Quote(path), shell.Quote(path+".damaged")),
		}
	case ledger.Unlocked:
		return []string{"run the command again"}
	case ledger.Lost:
		return []string{"restore the file and run the command again; without it, users of this run are found only by lookup"}
	case ledger.Busy:
		return []string{"run the command again when the other usher process has ended"}
	default:
		return []string{"run the command again, or set " + EnvStateDir + " to another directory"}
	}
}

// wrap returns an error of the store as an [*ledger.Error]. It returns typed errors, and those of the context,
// unchanged.
func (l *Ledger) wrap(op string, err error) error { return wrap(op, l.path, err) }

func wrap(op, path string, err error) error {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	for _, own := range []func(error) bool{is[*ledger.Error], is[*ledger.LockedError], is[*ledger.RunError], is[*ledger.StateError]} {
		if own(err) {
			return err
		}
	}
	return fail(reasonOf(err), op, path, err)
}

func is[T error](err error) bool {
	_, ok := errors.AsType[T](err)
	return ok
}

func reasonOf(err error) ledger.Kind {
	failure, ok := errors.AsType[*sqlite.Error](err)
	if !ok && isOutOfFiles(err) {
		return ledger.NoFiles
	}
	if !ok {
		return ledger.Broken
	}
	if failure.Code() == sqlite3.SQLITE_IOERR_SHMSIZE { // the index of the log cannot grow
		return ledger.Full
	}
	switch failure.Code() & 0xff {
	case sqlite3.SQLITE_FULL:
		return ledger.Full
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT,
		sqlite3.SQLITE_ERROR: // a table or a list is not as it was written
		return ledger.Damaged
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL:
		return ledger.Busy
	case sqlite3.SQLITE_CANTOPEN:
		return unwritable(canOpen())
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH, sqlite3.SQLITE_IOERR:
		return ledger.Unwritable
	default:
		return ledger.Broken
	}
}

// isConstraint reports whether one statement was refused but the transaction continues.
func isConstraint(err error) bool {
	failure, ok := errors.AsType[*sqlite.Error](err)
	return ok && failure.Code()&0xff == sqlite3.SQLITE_CONSTRAINT
}

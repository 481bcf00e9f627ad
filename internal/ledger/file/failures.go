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

// fail returns the failure of an operation at a path, with the next step.
func fail(reason ledger.Kind, op, path string, err error) *ledger.Error {
	return &ledger.Error{Kind: reason, Op: op, Place: path, Err: err, Next: next(reason, path)}
}

// next returns what the administrator can do about a failure at a path.
func next(reason ledger.Kind, path string) string {
	switch reason {
	case ledger.Newer:
		return "update usher, or set " + EnvStateDir + " to another folder"
	case ledger.Unwritable:
		return "set " + EnvStateDir + " to a folder that can be written"
	case ledger.NoFiles:
		return "usher has as many open files as it may: raise the limit (ulimit -n 1024) and run the command again"
	case ledger.Unsafe:
		return "set " + EnvStateDir + " to a folder that only you can write in, or remove what you have not put there"
	case ledger.Full:
		return "free some space, or set " + EnvStateDir + " to a folder on another disk; nothing is sent that cannot be recorded"
	case ledger.Damaged:
		return fmt.Sprintf("restore it from a backup, or move it away (mv %s %s) and start anew: people of earlier runs are then recognised only where the provider can be asked",
			shell.Quote(path), shell.Quote(path+".damaged"))
	case ledger.Unlocked:
		return "run the command again; the ledger itself is in place"
	case ledger.Lost:
		return "put it back where it was, then run the command again; without it, later runs recognise users of this run only if the provider can be asked"
	case ledger.Busy:
		return "wait for the other usher to end, then run the command again"
	default:
		return "run the command again, or set " + EnvStateDir + " to another folder"
	}
}

// wrap makes the store's errors typed. It keeps those that are already, those
// of this package and the context's.
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

// isConstraint reports whether one statement was refused and the transaction lives on.
func isConstraint(err error) bool {
	failure, ok := errors.AsType[*sqlite.Error](err)
	return ok && failure.Code()&0xff == sqlite3.SQLITE_CONSTRAINT
}

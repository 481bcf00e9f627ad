package ledger

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Reason says why the store failed, and so what may be done.
type Reason string

// The reasons.
const (
	// Newer: a newer usher wrote the file.
	Newer Reason = "newer version"
	// Unwritable: the folder or the file cannot be made or written.
	Unwritable Reason = "not writable"
	// Unsafe: another user has a hand in the folder or the file.
	Unsafe Reason = "not private"
	// Full: the disk is full.
	Full Reason = "disk full"
	// Damaged: the file is not a ledger, or no longer one.
	Damaged Reason = "damaged"
	// Busy: other processes kept the store for too long.
	Busy Reason = "busy"
	// Broken: the store failed in another way.
	Broken Reason = "broken"
)

// Error is a failure of the store. What was to be recorded is not durable, so
// nothing may be sent.
type Error struct {
	// Reason says why.
	Reason Reason
	// Op says what was tried: "open the ledger".
	Op string
	// Path is the file or folder; it may be empty.
	Path string
	// Err is the cause below.
	Err error
}

// Error gives one sentence with the place and the next step.
func (e *Error) Error() string {
	text := "could not " + e.Op
	if e.Path != "" {
		text += " " + e.Path
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text + ": " + e.next()
}

// next is what the administrator can do.
func (e *Error) next() string {
	switch e.Reason {
	case Newer:
		return "update usher, or set " + EnvStateDir + " to another folder"
	case Unwritable:
		return "set " + EnvStateDir + " to a folder that can be written"
	case Unsafe:
		return "set " + EnvStateDir + " to a folder that only you can write in, or remove what you have not put there"
	case Full:
		return "free some space, or set " + EnvStateDir + " to a folder on another disk; nothing is sent that cannot be recorded"
	case Damaged:
		return fmt.Sprintf("restore it from a backup, or move it away (mv %s %s) and start anew: people of earlier runs are then recognised only where the provider can be asked",
			shellQuote(e.Path), shellQuote(e.Path+".damaged"))
	case Busy:
		return "wait for the other usher to end, then run the command again"
	default:
		return "run the command again, or set " + EnvStateDir + " to another folder"
	}
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// wrap makes the store's errors typed. It keeps those that are already, those
// of this package and the context's.
func (l *Ledger) wrap(op string, err error) error { return wrap(op, l.path, err) }

func wrap(op, path string, err error) error {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	for _, own := range []func(error) bool{is[*Error], is[*LockedError], is[*RunError], is[*RowError]} {
		if own(err) {
			return err
		}
	}
	return &Error{Reason: reasonOf(err), Op: op, Path: path, Err: err}
}

func is[T error](err error) bool {
	_, ok := errors.AsType[T](err)
	return ok
}

func reasonOf(err error) Reason {
	failure, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return Broken
	}
	switch failure.Code() & 0xff {
	case sqlite3.SQLITE_FULL:
		return Full
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT,
		sqlite3.SQLITE_ERROR: // a table or a list is not as it was written
		return Damaged
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL:
		return Busy
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH, sqlite3.SQLITE_IOERR:
		return Unwritable
	default:
		return Broken
	}
}

// isConstraint tells whether one statement was refused and the transaction lives on.
func isConstraint(err error) bool {
	failure, ok := errors.AsType[*sqlite.Error](err)
	return ok && failure.Code()&0xff == sqlite3.SQLITE_CONSTRAINT
}

// RunError says that a word names no run, or more than one.
type RunError struct {
	// Word is what was given.
	Word string
	// Matches are the ids that the word may mean, newest first; empty where none does.
	Matches []string
	// Nearest is the id that comes closest where none matches; it may be empty.
	Nearest string
}

// Error gives one sentence. The next step, to list the runs, is the caller's to say.
func (e *RunError) Error() string {
	switch {
	case len(e.Matches) > 0:
		return fmt.Sprintf("%q may be any of the runs %s: give more of the id", e.Word, strings.Join(e.Matches, ", "))
	case e.Nearest != "":
		return fmt.Sprintf("there is no run %q (did you mean %s?)", e.Word, e.Nearest)
	default:
		return fmt.Sprintf("there is no run %q", e.Word)
	}
}

// RowError says that a row is not in a state in which it can be changed so.
type RowError struct {
	// Run and Row name the row.
	Run string
	Row int
	// State is the row's state; empty where the run has no such row.
	State State
	// Op says what was tried: "settle".
	Op string
}

// Error gives one sentence with the next step.
func (e *RowError) Error() string {
	if e.State == "" {
		return fmt.Sprintf("cannot %s row %d of run %s: there is no such row (usher runs rows %s)", e.Op, e.Row, e.Run, e.Run)
	}
	return fmt.Sprintf("cannot %s row %d of run %s: it is %s (usher runs rows %s)", e.Op, e.Row, e.Run, e.State, e.Run)
}

// shellQuote makes a path safe to paste into a shell.
func shellQuote(path string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("/._-:\\", r)
	}
	if strings.IndexFunc(path, func(r rune) bool { return !plain(r) }) < 0 {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}

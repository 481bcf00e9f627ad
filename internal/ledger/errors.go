package ledger

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/bring-aboard/usher/internal/rowstate"
)

// Kind is why the store failed.
type Kind string

// The reasons.
const (
	// Newer: a newer usher wrote the store.
	Newer Kind = "newer version"
	// Unwritable: the store cannot be created or written.
	Unwritable Kind = "not writable"
	// Unsafe: another user can change the store.
	Unsafe Kind = "not private"
	// Network: the store is on a network drive, where its locks and its log do not work.
	Network Kind = "on a network drive"
	// Moved: the store was moved into a shared one.
	Moved Kind = "moved"
	// NoFiles: this process, or the machine, has too many open files.
	NoFiles Kind = "too many open files"
	// Full: the disk is full.
	Full Kind = "disk full"
	// Damaged: the store is not a ledger, or is damaged.
	Damaged Kind = "damaged"
	// Busy: other processes locked the store for too long.
	Busy Kind = "busy"
	// Lost: the store was removed or replaced while it was in use.
	Lost Kind = "lost"
	// Unlocked: a lock was lost while it was held.
	Unlocked Kind = "lock lost"
	// Unreachable: the database does not answer.
	Unreachable Kind = "not reachable"
	// Denied: the database does not admit the role, or the role lacks a right.
	Denied Kind = "denied"
	// NoKey: the key of the digests is missing, or is not the one of the store.
	NoKey Kind = "another key"
	// Broken: the store failed in another way.
	Broken Kind = "broken"
)

// Error is a failure of the store. What was to be recorded is not durable, so nothing may be sent.
type Error struct {
	// Kind is why the store failed.
	Kind Kind
	// Op is the operation: "open the ledger".
	Op string
	// Place is the file, or an address without credentials. It may be empty.
	Place string
	// Err is the cause.
	Err error
	// Next are the next steps.
	Next []string
}

// Error returns the failed operation with the place and the cause.
func (e *Error) Error() string {
	text := "could not " + e.Op
	if e.Place != "" {
		text += " " + e.Place
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Steps returns the next steps.
func (e *Error) Steps() []string { return e.Next }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// ErrHasRuns is the error of an import into a store that has runs.
var ErrHasRuns = errors.New("the ledger has runs")

// RunError is the error of an identifier that matches no run, or several.
type RunError struct {
	// Word is the identifier.
	Word string
	// Matches are the ids of the matching runs, newest first; empty if none matches.
	Matches []string
	// Nearest is the most similar id if none matches; it may be empty.
	Nearest string
}

// Error returns the problem. It does not contain a next step.
func (e *RunError) Error() string {
	switch {
	case len(e.Matches) > 0:
		return fmt.Sprintf("run %q: ambiguous; matches %s", e.Word, strings.Join(e.Matches, ", "))
	case e.Nearest != "":
		return fmt.Sprintf("run not found: %q (did you mean %s?)", e.Word, e.Nearest)
	default:
		return fmt.Sprintf("run not found: %q", e.Word)
	}
}

// StateError is the error of a row whose state does not allow a change.
type StateError struct {
	// Run and Row identify the row.
	Run string
	Row int
	// State is the row's state; empty if the run has no such row.
	State rowstate.State
	// Op is the operation: "settle".
	Op string
}

// Error returns the problem.
func (e *StateError) Error() string {
	if e.State == "" {
		return fmt.Sprintf("could not %s row %d of run %s: not found", e.Op, e.Row, e.Run)
	}
	return fmt.Sprintf("could not %s row %d of run %s: the row is %s", e.Op, e.Row, e.Run, e.State.Shown(false))
}

// Steps returns the next step.
func (e *StateError) Steps() []string { return []string{"usher runs rows " + e.Run} }

// Holder is the process that has locked a target.
type Holder struct {
	// Target is the locked target; empty if unknown.
	Target string
	// Who is the process, for people: "process 4711", or "ada@laptop, process 4711" in a shared store. It is empty if unknown.
	Who string
	// Run is the id of its run; empty before the run has begun.
	Run string
	// Since is the time of the lock.
	Since time.Time
}

// LockedError is the error of a target that another process, or another part of this one, has locked.
type LockedError struct {
	Target string
	// Holder is who has locked it.
	Holder Holder
}

// Error returns the problem.
func (e *LockedError) Error() string {
	text := "target is locked by another usher process: " + e.Target
	if e.Holder.Who != "" {
		text += " (" + e.Holder.Who
		if e.Holder.Run != "" {
			text += ", run " + e.Holder.Run
		}
		text += ", since " + e.Holder.Since.Local().Format("2006-01-02 15:04:05") + ")"
	}
	return text
}

// Steps returns the next step.
func (e *LockedError) Steps() []string {
	return []string{"run the command again when the other usher process has ended"}
}

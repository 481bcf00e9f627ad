package ledger

import (
	"fmt"
	"strings"
	"time"

	"github.com/bring-aboard/usher/internal/rowstate"
)

// Kind is why the store failed, and so what may be done.
type Kind string

// The reasons.
const (
	// Newer: a newer usher wrote the store.
	Newer Kind = "newer version"
	// Unwritable: the store cannot be made or written.
	Unwritable Kind = "not writable"
	// Unsafe: another user has a hand in the store.
	Unsafe Kind = "not private"
	// NoFiles: this process, or the machine, has as many open files as it may.
	NoFiles Kind = "too many open files"
	// Full: the disk is full.
	Full Kind = "disk full"
	// Damaged: the store is not a ledger, or no longer one.
	Damaged Kind = "damaged"
	// Busy: other processes kept the store for too long.
	Busy Kind = "busy"
	// Lost: the store was removed or replaced while it was in use.
	Lost Kind = "lost"
	// Unlocked: a lock was lost while it was held.
	Unlocked Kind = "lock lost"
	// Broken: the store failed in another way.
	Broken Kind = "broken"
)

// Error is a failure of the store. What was to be recorded is not durable, so
// nothing may be sent.
type Error struct {
	// Kind says why.
	Kind Kind
	// Op says what was tried: "open the ledger".
	Op string
	// Place is what it was tried with: a file, or an address without credentials. It
	// may be empty.
	Place string
	// Err is the cause below.
	Err error
	// Next is what the administrator can do.
	Next string
}

// Error returns one sentence with the place and the next step.
func (e *Error) Error() string {
	text := "could not " + e.Op
	if e.Place != "" {
		text += " " + e.Place
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text + ": " + e.Next
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// RunError reports that a word names no run, or more than one.
type RunError struct {
	// Word is what was given.
	Word string
	// Matches are the ids that the word may mean, newest first; empty where none does.
	Matches []string
	// Nearest is the id that comes closest where none matches; it may be empty.
	Nearest string
}

// Error returns one sentence. The next step, to list the runs, is the caller's to say.
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

// StateError reports that a row is not in a state in which it can be changed so.
type StateError struct {
	// Run and Row name the row.
	Run string
	Row int
	// State is the row's state; empty where the run has no such row.
	State rowstate.State
	// Op says what was tried: "settle".
	Op string
}

// Error returns one sentence with the next step.
func (e *StateError) Error() string {
	if e.State == "" {
		return fmt.Sprintf("cannot %s row %d of run %s: there is no such row (usher runs rows %s)", e.Op, e.Row, e.Run, e.Run)
	}
	return fmt.Sprintf("cannot %s row %d of run %s: it is %s (usher runs rows %s)", e.Op, e.Row, e.Run, e.State.Shown(false), e.Run)
}

// Holder is who holds a target.
type Holder struct {
	// Who is the one at work, for people: "process 4711". It is empty if that is not known.
	Who string
	// Run is the id of their run; empty before the run has begun.
	Run string
	// Since is when they took hold.
	Since time.Time
}

// LockedError reports that another process, or another part of this one, holds
// the target.
type LockedError struct {
	Target string
	// Holder says who.
	Holder Holder
}

// Error returns one sentence with the next step.
func (e *LockedError) Error() string {
	text := "another usher is at work on " + e.Target
	if e.Holder.Who != "" {
		text += " (" + e.Holder.Who
		if e.Holder.Run != "" {
			text += ", run " + e.Holder.Run
		}
		text += ", since " + e.Holder.Since.Local().Format("2006-01-02 15:04:05") + ")"
	}
	return text + ": wait until it has ended, or interrupt it, then run the command again"
}

package ledger

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"github.com/bring-aboard/usher/internal/owner"
)

const (
	// locksFolder is the folder of the lock files in the state folder.
	locksFolder = "locks"
	// openingLockName is the name of the lock file that guards the opening.
	openingLockName = "open.lock"
	// lockPatience is how long to try for a lock that may be held for a glance only.
	lockPatience = 200 * time.Millisecond
	// holderSize is the room for the holder in a lock file. It follows the first
	// byte, which is the one that Windows keeps from other readers.
	holderSize = 255
)

// Lock holds one target for this process. It ends with Release or with the
// process, however that ends.
type Lock struct {
	target string
	file   *flock.Flock
	path   string
	since  time.Time
}

// Holder says who holds a target.
type Holder struct {
	// PID is the process.
	PID int `json:"pid"`
	// Run is the id of its run; empty before the run has begun.
	Run string `json:"run,omitempty"`
	// Since is when it took hold.
	Since time.Time `json:"since"`
}

// LockedError says that another process, or another part of this one, holds
// the target.
type LockedError struct {
	Target string
	// Holder says who; its PID is 0 where that could not be read.
	Holder Holder
}

// Error gives one sentence with the next step.
func (e *LockedError) Error() string {
	text := "another usher is at work on " + e.Target
	if e.Holder.PID != 0 {
		text += fmt.Sprintf(" (process %d", e.Holder.PID)
		if e.Holder.Run != "" {
			text += ", run " + e.Holder.Run
		}
		text += ", since " + e.Holder.Since.Local().Format("2006-01-02 15:04:05") + ")"
	}
	return text + ": wait until it has ended, or interrupt it, then run the command again"
}

// Lock takes hold of a target, so that no two processes work on it at once.
// It fails with a [*LockedError] where it is held.
func (l *Ledger) Lock(ctx context.Context, target string) (*Lock, error) {
	lock := &Lock{target: target, path: l.lockPath(target), since: time.Now()}
	var err error
	if lock.file, err = newLock(lock.path); err != nil {
		return nil, err
	}
	waiting, cancel := context.WithTimeout(ctx, lockPatience)
	defer cancel()
	if _, err := lock.file.TryLockContext(waiting, 10*time.Millisecond); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if waiting.Err() != nil {
			return nil, &LockedError{Target: target, Holder: readHolder(lock.path)}
		}
		return nil, &Error{Reason: Unwritable, Op: "lock the target with", Path: lock.path, Err: err}
	}
	err = lock.note("")
	if err == nil { // no run on the target is under way: what stands in lists is of crashed ones
		err = l.unlist(ctx, `(SELECT number FROM runs WHERE target = ?)`, target)
	}
	if err != nil {
		return nil, errors.Join(err, lock.Release())
	}
	return lock, nil
}

// Holder tells who is at work on a target; ok is false where nobody is.
func (l *Ledger) Holder(target string) (holder Holder, ok bool, err error) {
	path := l.lockPath(target)
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return Holder{}, false, nil
	}
	return holderOf(path)
}

// Target gives the target that is held.
func (k *Lock) Target() string { return k.target }

// Release lets go of the target.
func (k *Lock) Release() error { return k.file.Close() }

// newLock prepares a lock file, and refuses what stands in its place: the lock
// would be made, and its holder written, where a link leads.
func newLock(path string) (*flock.Flock, error) {
	if err := owner.CheckFile(path); err != nil {
		return nil, &Error{Reason: Unsafe, Op: "lock", Path: path, Err: err}
	}
	return flock.New(path), nil
}

func (l *Ledger) lockPath(target string) string {
	sum := sha256.Sum256([]byte(target))
	return filepath.Join(l.dir, locksFolder, hex.EncodeToString(sum[:8])+".lock")
}

// note writes who holds the lock into its file, in one write of fixed size.
func (k *Lock) note(run string) error {
	text, err := json.Marshal(Holder{PID: os.Getpid(), Run: run, Since: k.since})
	if err != nil {
		return err
	}
	file, err := os.OpenFile(k.path, os.O_WRONLY, 0)
	if err == nil {
		_, err = file.WriteAt([]byte(fmt.Sprintf("%-*s\n", holderSize-1, text)), 1)
		err = errors.Join(err, file.Close())
	}
	if err != nil {
		return &Error{Reason: Unwritable, Op: "write the lock", Path: k.path, Err: err}
	}
	return nil
}

func readHolder(path string) Holder {
	file, err := os.Open(path)
	if err != nil {
		return Holder{}
	}
	defer func() { _ = file.Close() }()
	var holder Holder
	if err := json.NewDecoder(io.NewSectionReader(file, 1, holderSize)).Decode(&holder); err != nil {
		return Holder{}
	}
	return holder
}

package file

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/gofrs/flock"

	"github.com/bring-aboard/usher/internal/fileperm"
	"github.com/bring-aboard/usher/internal/ledger"
)

const (
	// locksFolder is the directory of the lock files in the state directory.
	locksFolder = "locks"
	// openingLockName is the name of the lock file that guards the opening.
	openingLockName = "open.lock"
	// lockPatience is how long to wait for a lock that may be held only briefly.
	lockPatience = 200 * time.Millisecond
	// holderSize is the size of the holder in a lock file. It follows the first byte, which Windows locks against
	// other readers.
	holderSize = 255
)

// Lock implements [ledger.Lock]. It ends with Release or with the process, however that ends.
//
// The lock is one of the operating system on a separate file. One on the ledger's file would be lost when any part
// of the process closes that file, and SQLite's locks with it. A lock file that was removed must not allow a
// second process. So the file has a name, written into it when it is created, and the ledger records under which
// name a run has locked the target. A file with another name is a new one: then the process in the ledger must
// have ended. The run itself checks with each commit that its lock is still at its path (see [watch]).
type Lock struct {
	ledger *Ledger
	target string
	file   *flock.Flock
	path   string
	name   string // of the file
	since  time.Time

	identity ledger.Identity // the identity at the target; see [Lock.Admit]
	before   ledger.Identity // the identity before the run
}

// lockText is the content of a lock file.
type lockText struct {
	PID   int       `json:"pid"`
	Run   string    `json:"run,omitempty"`
	Since time.Time `json:"since"`
	Name  string    `json:"name"`
}

// holder returns the holder in the text.
func (t lockText) holder() ledger.Holder { return holderOf(t.PID, t.Run, t.Since) }

// holderOf returns the holder for a process of this machine; the number is 0 if it is unknown.
func holderOf(pid int, run string, since time.Time) ledger.Holder {
	holder := ledger.Holder{Run: run, Since: since}
	if pid != 0 {
		holder.Who = fmt.Sprintf("process %d", pid)
	}
	return holder
}

// Lock implements [ledger.Store].
func (l *Ledger) Lock(ctx context.Context, target string) (ledger.Lock, error) {
	lock, err := l.lock(ctx, target)
	if err != nil {
		return nil, err
	}
	return lock, nil
}

func (l *Ledger) lock(ctx context.Context, target string) (*Lock, error) {
	lock := &Lock{ledger: l, target: target, path: l.lockPath(target), since: time.Now()}
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
			return nil, &ledger.LockedError{Target: target, Holder: readLock(lock.path).holder()}
		}
		return nil, fail(unwritable(err), "lock the target with", lock.path, err)
	}
	lock.name = readLock(lock.path).Name
	if lock.name == "" {
		lock.name = rand.Text()
	}
	err = lock.note("")
	if err == nil {
		err = l.checkClaim(ctx, lock)
	}
	if is[*ledger.LockedError](err) {
		<-waiting.Done() // a caller that tries again waits as for a held lock
	}
	if err == nil { // no run on the target is in progress: lists are of crashed ones
		err = l.unlist(ctx, `(SELECT number FROM runs WHERE target = ?)`, target)
	}
	if err == nil {
		err = l.storeStates(ctx, target)
	}
	if err != nil {
		return nil, errors.Join(err, lock.Release())
	}
	return lock, nil
}

// checkClaim returns a [*ledger.LockedError] if a running process has locked the target with another lock file,
// which was removed.
func (l *Ledger) checkClaim(ctx context.Context, lock *Lock) error {
	var (
		name, run string
		pid       int
		since     int64
	)
	err := l.db.QueryRowContext(ctx, `SELECT file, pid, run, since FROM locks WHERE target = ?`, lock.target).
		Scan(&name, &pid, &run, &since)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return l.wrap("read the ledger", err)
	case name == lock.name || pid == os.Getpid() || !isAlive(pid):
		return nil
	}
	return &ledger.LockedError{Target: lock.target, Holder: holderOf(pid, run, time.UnixMilli(since))}
}

// claim records who has locked the target, and with which lock file.
func (k *Lock) claim(ctx context.Context, tx *sql.Tx, run string) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO locks (target, file, pid, run, since) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (target) DO UPDATE SET file = excluded.file, pid = excluded.pid, run = excluded.run, since = excluded.since`,
		k.target, k.name, os.Getpid(), run, stamp(k.since))
	return err
}

// unclaim removes the record of a run that has ended.
func unclaim(ctx context.Context, tx *sql.Tx, run string) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM locks WHERE run = ?`, run)
	return err
}

// isAlive reports whether a process with this number exists.
func isAlive(pid int) bool {
	process, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	defer func() { _ = process.Release() }()
	return !errors.Is(process.Signal(syscall.Signal(0)), os.ErrProcessDone) // any other error is of an existing process
}

// Release implements [ledger.Lock].
func (k *Lock) Release() error { return k.file.Close() }

// newLock prepares a lock file, and returns an error if its path is a link or another user's file, which would be
// written to.
func newLock(path string) (*flock.Flock, error) {
	if err := fileperm.CheckFile(path); err != nil {
		return nil, fail(ledger.Unsafe, "lock", path, err)
	}
	return flock.New(path), nil
}

func (l *Ledger) lockPath(target string) string {
	sum := sha256.Sum256([]byte(target))
	return filepath.Join(l.dir, locksFolder, hex.EncodeToString(sum[:8])+".lock")
}

// note writes the holder into the lock file, in one write of fixed size.
func (k *Lock) note(run string) error {
	text, err := json.Marshal(lockText{PID: os.Getpid(), Run: run, Since: k.since, Name: k.name})
	if err != nil {
		return err
	}
	file, err := os.OpenFile(k.path, os.O_WRONLY, 0)
	if err == nil {
		_, err = file.WriteAt([]byte(fmt.Sprintf("%-*s\n", holderSize-1, text)), 1)
		err = errors.Join(err, file.Close())
	}
	if err != nil {
		return fail(unwritable(err), "write the lock", k.path, err)
	}
	return nil
}

// readLock reads a lock file. The zero value is that of an unreadable one.
func readLock(path string) (text lockText) {
	file, err := os.Open(path)
	if err != nil {
		return lockText{}
	}
	defer func() { _ = file.Close() }()
	if err := json.NewDecoder(io.NewSectionReader(file, 1, holderSize)).Decode(&text); err != nil {
		return lockText{}
	}
	return text
}

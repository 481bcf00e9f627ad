package shared

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofrs/flock"
	"github.com/jackc/pgx/v5"

	"github.com/bring-aboard/usher/internal/fileperm"
	"github.com/bring-aboard/usher/internal/ledger"
)

const (
	// locksFolder is the directory of the lock files in the state directory.
	locksFolder = "shared-locks"
	// askAgainAfter is how long Lock waits before it returns that another process has the target.
	askAgainAfter = 200 * time.Millisecond
)

// Lock implements [ledger.Lock]: the lease of a target.
type Lock struct {
	ledger *Ledger
	target string
	epoch  int64
	file   *flock.Flock // keeps the other processes of this machine out

	began time.Time
	end   atomic.Int64                 // until when requests may be sent, after began
	loss  atomic.Pointer[ledger.Error] // the lease was taken over
	quit  chan struct{}
	done  chan struct{}
	once  sync.Once

	identity ledger.Identity // the identity at the target; see [Lock.Admit]
	before   ledger.Identity // the identity before the run
}

// now returns the time since the lock began, by the clock that shows more of it: the monotonic one stops while some machines
// sleep, and the other one can be set back.
func (k *Lock) now() time.Duration {
	return max(time.Since(k.began), time.Now().Round(0).Sub(k.began.Round(0)))
}

// Lock implements [ledger.Store]. The epoch of a lease is the time in microseconds, so that none is used twice after a backup of
// the database was restored.
func (l *Ledger) Lock(ctx context.Context, target string) (ledger.Lock, error) {
	lock, err := l.lock(ctx, target)
	if err != nil {
		return nil, err
	}
	return lock, nil
}

func (l *Ledger) lock(ctx context.Context, target string) (_ *Lock, err error) {
	lock := &Lock{ledger: l, target: target, began: time.Now(), quit: make(chan struct{}), done: make(chan struct{})}
	if lock.file, err = l.lockFile(target); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, lock.file.Close())
		}
	}()
	own, err := lock.file.TryLock()
	if err != nil {
		return nil, fail(ledger.Unwritable, "lock the target with", lock.file.Path(), err)
	}
	asked := lock.now()
	err = pgx.ErrNoRows
	if own {
		err = l.pool.QueryRow(ctx, `
			INSERT INTO usher.leases (target, epoch, machine, who, since, expires)
			VALUES ($1, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint, $2, $3, now(), now() + $4::bigint * interval '1 ms')
			ON CONFLICT (target) DO UPDATE SET epoch = greatest(leases.epoch + 1, excluded.epoch), machine = excluded.machine, who = excluded.who, run = '',
				since = excluded.since, expires = excluded.expires
			WHERE leases.expires IS NULL OR leases.expires < now() OR leases.machine = excluded.machine
			RETURNING epoch`, target, l.machine, l.process(), l.lease.Milliseconds()).Scan(&lock.epoch)
	}
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil, l.held(ctx, target)
	case err != nil:
		return nil, l.wrap("lock the target in the shared ledger", err)
	}
	lock.renewed(asked)
	go lock.renew()
	if err := l.storeStates(ctx, target); err != nil {
		return nil, errors.Join(err, lock.Release())
	}
	return lock, nil
}

// process returns who has the lease, for people.
func (l *Ledger) process() string { return fmt.Sprintf("%s, process %d", l.who, os.Getpid()) }

// held returns the [*ledger.LockedError] of a target, after a moment.
func (l *Ledger) held(ctx context.Context, target string) error {
	select {
	case <-time.After(askAgainAfter):
	case <-ctx.Done():
		return ctx.Err()
	}
	holders, err := l.Holders(ctx, target)
	if err != nil {
		return err
	}
	failure := &ledger.LockedError{Target: target}
	if len(holders) > 0 {
		failure.Holder = holders[0]
	}
	return failure
}

// lockFile returns the lock file of a target in the state directory.
func (l *Ledger) lockFile(target string) (*flock.Flock, error) {
	dir := filepath.Join(l.dir, locksFolder)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fail(ledger.Unwritable, "create", dir, err)
	}
	sum := sha256.Sum256([]byte(l.id + "\x00" + target))
	path := filepath.Join(dir, hex.EncodeToString(sum[:8])+".lock")
	if err := fileperm.CheckFile(path); err != nil {
		return nil, fail(ledger.Unsafe, "lock", path, err)
	}
	return flock.New(path), nil
}

// Holders implements [ledger.Store].
func (l *Ledger) Holders(ctx context.Context, targets ...string) (holders []ledger.Holder, err error) {
	holders, err = collect(ctx, l.pool, func(row pgx.CollectableRow) (h ledger.Holder, err error) {
		return h, row.Scan(&h.Target, &h.Who, &h.Run, &h.Since)
	}, `SELECT target, who, run, since FROM usher.leases WHERE expires >= now() AND ($1 OR target = ANY ($2)) ORDER BY target`, len(targets) == 0, targets)
	return holders, l.wrap("read the shared ledger", err)
}

// renewed notes that the lease was renewed by a question that was asked at a time. The lease in the database ends later
// than the noted time, because the database answered later.
func (k *Lock) renewed(asked time.Duration) {
	k.end.Store(int64(asked + k.ledger.lease*2/3))
}

// renew renews the lease until it is released or lost. If the database does not answer, it goes on: as long as no other machine
// takes the lease over, it can be renewed.
func (k *Lock) renew() {
	defer close(k.done)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		<-k.quit
		cancel()
	}()
	every := k.ledger.lease / 4
	for wait := every; ; {
		select {
		case <-k.quit:
			return
		case <-time.After(wait):
		}
		asked := k.now()
		asking, stop := context.WithTimeout(ctx, k.ledger.lease/2)
		tag, err := k.ledger.pool.Exec(asking, `UPDATE usher.leases SET expires = now() + $3::bigint * interval '1 ms' WHERE target = $1 AND epoch = $2`,
			k.target, k.epoch, k.ledger.lease.Milliseconds())
		stop()
		switch {
		case err != nil:
			wait = every / 4
		case tag.RowsAffected() == 0:
			k.lose()
			return
		default:
			k.renewed(asked)
			wait = every
		}
	}
}

// lose notes that another process has the lease.
func (k *Lock) lose() {
	k.loss.CompareAndSwap(nil, fail(ledger.Unlocked, "continue with the shared ledger", k.ledger.place,
		fmt.Errorf("this machine did not renew its lease of %s in time, and another one has taken it over", k.target)))
}

// check returns an error if the lease was taken over.
func (k *Lock) check() error {
	if loss := k.loss.Load(); loss != nil {
		return loss
	}
	return nil
}

// maySend waits until the lease was renewed recently enough for a request. It returns an error if the lease was taken over, or
// if it was not renewed for so long that it has ended.
func (k *Lock) maySend(ctx context.Context) error {
	for began := k.now(); ; {
		if err := k.check(); err != nil {
			return err
		}
		now := k.now()
		if int64(now) < k.end.Load() {
			return nil
		}
		if now-began > k.ledger.lease {
			return fail(ledger.Unreachable, "renew the lease in the shared ledger", k.ledger.place,
				fmt.Errorf("the database did not answer for %s", k.ledger.lease))
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(min(k.ledger.lease/20, 100*time.Millisecond)):
		}
	}
}

// Release implements [ledger.Lock].
func (k *Lock) Release() (err error) {
	k.once.Do(func() {
		close(k.quit)
		<-k.done
		ctx, cancel := context.WithTimeout(context.Background(), answerWithin)
		defer cancel()
		// If the database does not answer, the lease ends by itself; a process of this machine takes it over at once.
		_, _ = k.ledger.pool.Exec(ctx, `UPDATE usher.leases SET expires = NULL, run = '' WHERE target = $1 AND epoch = $2`, k.target, k.epoch)
		err = k.file.Close()
	})
	return err
}

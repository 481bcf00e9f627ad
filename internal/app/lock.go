package app

import (
	"context"
	"errors"
	"time"

	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/ledger"
)

// LockSoon locks a target. It waits for a moment if another command has the lock.
func LockSoon(ctx context.Context, book ledger.Store, target string) (ledger.Lock, error) {
	const patience = 15 * time.Second
	return LockWithin(ctx, book, target, patience, func(error) {})
}

// LockWithin locks a target. If another command has the lock, it calls waiting once, with the [*ledger.LockedError], and
// waits until the lock is released, at most so long.
func LockWithin(ctx context.Context, book ledger.Store, target string, most time.Duration, waiting func(error)) (ledger.Lock, error) {
	for began, told := time.Now(), false; ; told = true {
		lock, err := book.Lock(ctx, target)
		if _, held := errors.AsType[*ledger.LockedError](err); !held || time.Since(began) >= most {
			return lock, err
		}
		if !told {
			waiting(err)
		}
	}
}

// WithTarget opens the ledger, locks the target of a profile, admits the credentials of the connection (see [Admit]),
// and calls use under the lock.
func WithTarget(ctx context.Context, a *App, selection *Selection, connection *Connection, use func(ledger.Store) error) (err error) {
	book, err := a.Ledger(ctx)
	if err != nil {
		return err
	}
	defer func() { err = joined(err, book.Close()) }()
	lock, err := LockSoon(ctx, book, selection.Target)
	if err != nil {
		return failure.Refuse(err)
	}
	defer func() { err = joined(err, lock.Release()) }()
	if err := Admit(ctx, a, book, lock, selection, connection); err != nil {
		return err
	}
	return use(book)
}

// joined returns both errors joined, or the first one unchanged if there is no second one.
func joined(err, other error) error {
	if other == nil {
		return err
	}
	return errors.Join(err, other)
}

// Package ops defines the operations that a run performs on users, as values for the engine.
//
// Each operation has a function that performs it by one request, and one that confirms whether it was performed.
package ops

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/pkg/provider"
)

// freshness is the maximum age of a read on which an update or a delete is based.
const freshness = time.Minute

// undocumented returns the error of an operation that the provider does not document.
func undocumented(op string) error {
	return &provider.Error{Class: provider.Invalid, Op: op, Err: errors.New("not documented by the provider")}
}

// reread reads the user again if the last read is too old and the provider documents a read by id. The error is
// [engine.ErrAlready] if the user is confirmed absent. It returns an error if the key of the user has changed.
func reread(ctx context.Context, client provider.Client, op string, item engine.Item, readAt time.Time) error {
	getter, ok := provider.As[provider.Getter](client)
	if !ok || readAt.IsZero() || time.Since(readAt) <= freshness {
		return nil
	}
	user, err := getter.Get(ctx, item.UserID)
	switch {
	case provider.AbsenceOf(err) == provider.AbsenceDocumented:
		return engine.ErrAlready
	case err != nil:
		return &provider.Error{Class: provider.Unsent, Op: op, Err: err}
	case item.StoredKey != "" && user.Key != item.StoredKey:
		return &provider.Error{Class: provider.Conflict, Op: op, Err: provider.Quotef("the key of the user was changed to %s since it was read", user.Key)}
	default:
		return nil
	}
}

// missing returns the error of an operation on a user who must exist: absence is not the state after it.
func missing(op string, err error) error {
	if errors.Is(err, engine.ErrAlready) {
		return &provider.Error{Class: provider.NotFound, Op: op, Err: errors.New("user not found")}
	}
	return err
}

// reader returns the function that reads the user of an item: by the id, or by the key if the provider documents
// no read by id. It is nil if the provider documents neither.
func reader(client provider.Client) func(context.Context, engine.Item) (provider.User, error) {
	if getter, ok := provider.As[provider.Getter](client); ok {
		return func(ctx context.Context, item engine.Item) (provider.User, error) {
			return getter.Get(ctx, item.UserID)
		}
	}
	if finder, ok := provider.As[provider.Finder](client); ok {
		return func(ctx context.Context, item engine.Item) (provider.User, error) { return sameUser(ctx, finder, item) }
	}
	return nil
}

// sameUser looks up a user by the key, and checks the id, because another user may have the key by now.
func sameUser(ctx context.Context, finder provider.Finder, item engine.Item) (provider.User, error) {
	user, err := finder.Find(ctx, item.Key)
	if err == nil && user.ID != item.UserID {
		return provider.User{}, &provider.Error{Class: provider.NotFound, Op: "read the user", Absence: provider.AbsenceDocumented}
	}
	return user, err
}

// lister returns the function that lists a provider's users, nil if no list is documented.
func lister(client provider.Client) func(context.Context) iter.Seq2[provider.User, error] {
	if lister, ok := provider.As[provider.Lister](client); ok {
		return func(ctx context.Context) iter.Seq2[provider.User, error] { return lister.List(ctx, nil) }
	}
	return nil
}

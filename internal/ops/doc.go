// Package ops has the operations that a run performs on users, as values for the
// engine: each says how it is done by one request, and how to find out whether it
// was done.
package ops

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/pkg/provider"
)

// freshness is how old what was read of a user may be when they are changed or
// removed.
const freshness = time.Minute

// undocumented is the error of an operation that the provider does not document.
func undocumented(op string) error {
	return &provider.Error{Class: provider.Invalid, Op: op, Err: errors.New("the provider documents no such operation")}
}

// reread reads a user who was read too long ago, if the provider documents a read
// by id. The error is [engine.ErrAlready] if it proves that there is no such user;
// nothing may be done to a user whose key is another one by now.
func reread(ctx context.Context, client provider.Client, op string, item engine.Item, readAt time.Time) error {
	getter, ok := client.(provider.Getter)
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
		return &provider.Error{Class: provider.Conflict, Op: op, Err: fmt.Errorf("the key of the user was changed to %q since it was read", user.Key)}
	default:
		return nil
	}
}

// missing returns the error of an operation on a user who must exist: that there is
// none is not what it leaves.
func missing(op string, err error) error {
	if errors.Is(err, engine.ErrAlready) {
		return &provider.Error{Class: provider.NotFound, Op: op, Err: errors.New("user not found")}
	}
	return err
}

// reader returns the function that reads the user of an item: by the id, or by the
// key if the provider documents no such read. It is nil if it documents neither.
func reader(client provider.Client) func(context.Context, engine.Item) (provider.User, error) {
	if getter, ok := client.(provider.Getter); ok {
		return func(ctx context.Context, item engine.Item) (provider.User, error) {
			return getter.Get(ctx, item.UserID)
		}
	}
	if finder, ok := client.(provider.Finder); ok {
		return func(ctx context.Context, item engine.Item) (provider.User, error) { return sameUser(ctx, finder, item) }
	}
	return nil
}

// sameUser looks a user up by the key. Another user may have it by now.
func sameUser(ctx context.Context, finder provider.Finder, item engine.Item) (provider.User, error) {
	user, err := finder.Find(ctx, item.Key)
	if err == nil && user.ID != item.UserID {
		return provider.User{}, &provider.Error{Class: provider.NotFound, Op: "read the user", Absence: provider.AbsenceDocumented}
	}
	return user, err
}

// lister returns the function that lists a provider's users, nil if it documents none.
func lister(client provider.Client) func(context.Context) iter.Seq2[provider.User, error] {
	if lister, ok := client.(provider.Lister); ok {
		return func(ctx context.Context) iter.Seq2[provider.User, error] { return lister.List(ctx, nil) }
	}
	return nil
}

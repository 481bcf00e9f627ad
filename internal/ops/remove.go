package ops

import (
	"context"
	"fmt"
	"time"

	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/pkg/provider"
)

// Delete returns the operation that deletes the user with an item's id, who was
// read at a time. The error is of class Invalid if the provider documents none.
func Delete(client provider.Client, readAt func() time.Time) (engine.Operation, error) {
	const name = "delete the user"
	deleter, ok := client.(provider.Deleter)
	if !ok {
		return engine.Operation{}, undocumented(name)
	}
	op := engine.Operation{Name: name, Done: engine.Deleted, Already: engine.Absent, Repeatable: true}
	op.Do = func(ctx context.Context, item engine.Item) (provider.User, error) {
		if err := reread(ctx, client, name, item, readAt()); err != nil {
			return provider.User{}, err
		}
		err := deleter.Delete(ctx, item.UserID)
		if provider.ClassOf(err) == provider.NotFound {
			return provider.User{}, &provider.Error{Class: provider.Unknown, Op: name, Err: fmt.Errorf("%w: %w", engine.ErrNotThere, err)}
		}
		return provider.User{ID: item.UserID}, err
	}
	if read := reader(client); read != nil {
		op.Confirm = func(ctx context.Context, item engine.Item) (provider.User, error) {
			user, err := read(ctx, item)
			switch {
			case provider.AbsenceOf(err) == provider.AbsenceDocumented:
				return provider.User{ID: item.UserID}, nil
			case provider.ClassOf(err) == provider.NotFound: // which proves nothing
				return user, &provider.Error{Class: provider.Unknown, Op: "read the user", Err: err}
			case err != nil:
				return user, err
			default:
				return provider.User{}, notRemoved()
			}
		}
	}
	return op, nil
}

// Deactivate returns the operation that takes the access of the user with an item's
// id away and keeps the account. The user was read at a time. The error is of class
// Invalid if the provider documents none.
func Deactivate(client provider.Client, traces provider.Traces, readAt func() time.Time) (engine.Operation, error) {
	const name = "deactivate the user"
	deactivator, ok := client.(provider.Deactivator)
	if !ok {
		return engine.Operation{}, undocumented(name)
	}
	op := engine.Operation{Name: name, Done: engine.Deactivated, Already: engine.Unchanged, Repeatable: true}
	op.Do = func(ctx context.Context, item engine.Item) (provider.User, error) {
		if err := reread(ctx, client, name, item, readAt()); err != nil {
			return provider.User{}, missing(name, err)
		}
		return deactivator.Deactivate(ctx, item.UserID)
	}
	if read := reader(client); read != nil {
		op.Confirm = func(ctx context.Context, item engine.Item) (provider.User, error) {
			user, err := read(ctx, item)
			if err == nil && !traces.Deactivated(user) {
				return provider.User{}, notRemoved()
			}
			return user, err
		}
	}
	return op, nil
}

func notRemoved() error {
	return &provider.Error{Class: provider.NotFound, Op: "find the user removed"}
}

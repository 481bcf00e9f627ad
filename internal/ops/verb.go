package ops

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/pkg/provider"
)

// Verb is an operation that requires only the user, or values that are decided without reading the user. Performing it
// again has no effect.
type Verb struct {
	// Command is the name of its runs (see [rowstate.Command]).
	Command string
	// Capabilities are those that it requires.
	Capabilities []provider.Capability
	// Warning is a consequence that follows the question for confirmation; empty for none.
	Warning string
	// Removes reports whether the user does not exist afterwards. Otherwise an absent user is a failure.
	Removes bool
	// IsDone reports whether an object shows that its user is already as the verb leaves them. It is nil for a
	// verb that removes, and for one of which no object shows whether it was performed.
	IsDone func(provider.Lifecycle, provider.User) bool
	// IsUndone reports whether an object shows that the verb was not performed. It is nil for a verb of which no object shows
	// that.
	IsUndone func(provider.Lifecycle, provider.User) bool
	// Request returns the function that sends the request, nil if the client has none.
	Request func(provider.Client) Request
	// Confirm returns the function that checks whether the verb was performed, as [engine.Operation.Confirm] does, for a
	// client with the request. It is nil if the user's object shows that, or nothing does.
	Confirm func(provider.Client) Request
}

// Request sends one request about the user with an item's id. It returns the user afterwards, if the provider's response
// contains one.
type Request func(ctx context.Context, item engine.Item) (provider.User, error)

// byID returns a request that needs only the id of the user.
func byID(send func(ctx context.Context, id string) (provider.User, error)) Request {
	return func(ctx context.Context, item engine.Item) (provider.User, error) { return send(ctx, item.UserID) }
}

// Delete returns the verb that deletes a user.
func Delete() Verb {
	return Verb{
		Command: rowstate.CommandDelete, Capabilities: []provider.Capability{provider.CapabilityDelete}, Warning: "This cannot be undone.", Removes: true,
		Request: func(client provider.Client) Request {
			if deleter, ok := provider.As[provider.Deleter](client); ok {
				return effect(deleter.Delete)
			}
			return nil
		},
	}
}

// Deactivate returns the verb that removes a user's access and retains the account.
func Deactivate() Verb {
	return Verb{
		Command: rowstate.CommandDeactivate, Capabilities: []provider.Capability{provider.CapabilityDeactivate}, IsDone: provider.Lifecycle.Deactivated,
		IsUndone: provider.Lifecycle.Activated,
		Request: func(client provider.Client) Request {
			if deactivator, ok := provider.As[provider.Deactivator](client); ok {
				return byID(deactivator.Deactivate)
			}
			return nil
		},
	}
}

// Activate returns the verb that restores the access of a deactivated user.
func Activate() Verb {
	return Verb{
		Command: rowstate.CommandActivate, Capabilities: []provider.Capability{provider.CapabilityActivate}, IsDone: provider.Lifecycle.Activated,
		IsUndone: provider.Lifecycle.Deactivated,
		Request: func(client provider.Client) Request {
			if activator, ok := provider.As[provider.Activator](client); ok {
				return byID(activator.Activate)
			}
			return nil
		},
	}
}

// SetPassword returns the verb that sets the password in an item's changes. No response contains a password, so a lost
// response leaves the outcome unknown. To set the same password again has no effect.
func SetPassword() Verb {
	return Verb{
		Command: rowstate.CommandPassword, Capabilities: []provider.Capability{provider.CapabilityUpdate},
		Request: func(client provider.Client) Request {
			updater, ok := provider.As[provider.Updater](client)
			if !ok {
				return nil
			}
			return func(ctx context.Context, item engine.Item) (provider.User, error) {
				return updater.Update(ctx, item.UserID, item.Changes)
			}
		},
	}
}

// Name returns the operation for errors: "delete the user".
func (v Verb) Name() string { return rowstate.CommandOf(v.Command).Verb + " the user" }

// ShowsDone reports whether an object shows that nothing has to be sent for its user.
func (v Verb) ShowsDone(traces provider.Lifecycle, user provider.User) bool {
	return v.IsDone != nil && v.IsDone(traces, user)
}

// Operation returns the operation that performs the verb on the user with an item's id, who was read at the time
// that readAt returns. The error is of class Invalid if the provider documents no such operation.
func (v Verb) Operation(client provider.Client, traces provider.Lifecycle, readAt func() time.Time) (engine.Operation, error) {
	name, command, request := v.Name(), rowstate.CommandOf(v.Command), v.Request(client)
	if request == nil {
		return engine.Operation{}, undocumented(name)
	}
	op := engine.Operation{Name: name, Done: command.Done, Already: command.Already, Repeatable: true}
	op.Do = func(ctx context.Context, item engine.Item) (provider.User, error) {
		err := reread(ctx, client, name, item, readAt())
		if err == nil {
			var user provider.User
			if user, err = request(ctx, item); v.Removes && provider.ClassOf(err) == provider.NotFound {
				err = &provider.Error{Class: provider.Unknown, Op: name, Err: fmt.Errorf("%w: %w", engine.ErrNotThere, err)}
			}
			if err == nil && v.IsUndone != nil && v.IsUndone(traces, user) {
				// The object may be an older one, so it is read again before the outcome is decided.
				return provider.User{}, &provider.Error{Class: provider.Unknown, Op: name, Err: errNotChanged}
			}
			return user, err
		}
		if !v.Removes {
			err = missing(name, err)
		}
		return provider.User{}, err
	}
	if v.Confirm != nil {
		op.Confirm = v.Confirm(client)
	} else if read := reader(client); read != nil && (v.Removes || v.IsDone != nil) {
		op.Confirm = func(ctx context.Context, item engine.Item) (provider.User, error) {
			user, err := read(ctx, item)
			if v.Removes {
				return confirmAbsent(item, user, err)
			}
			if err == nil && !v.IsDone(traces, user) {
				return provider.User{}, notDone()
			}
			return user, err
		}
	}
	return op, nil
}

// confirmAbsent returns the result of a read that should confirm a delete.
func confirmAbsent(item engine.Item, user provider.User, err error) (provider.User, error) {
	switch {
	case provider.AbsenceOf(err) == provider.AbsenceDocumented:
		return provider.User{ID: item.UserID}, nil
	case provider.ClassOf(err) == provider.NotFound: // which proves nothing
		return user, &provider.Error{Class: provider.Unknown, Op: "read the user", Err: err}
	case err != nil:
		return user, err
	default:
		return provider.User{}, notDone()
	}
}

// errNotChanged is why an affirmed request is in doubt: the provider's object shows the state before it.
var errNotChanged = errors.New("the provider affirmed the request, but returns the user in the same state as before")

func notDone() error {
	return &provider.Error{Class: provider.NotFound, Op: "confirm the state of the user"}
}

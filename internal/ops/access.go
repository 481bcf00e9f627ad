package ops

import (
	"context"

	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/pkg/provider"
)

// RevokeSessions returns the verb that ends all sessions of a user.
func RevokeSessions() Verb {
	return Verb{
		Command: rowstate.CommandRevokeSessions, Capabilities: []provider.Capability{provider.CapabilityRevoke},
		Request: func(client provider.Client) Request {
			if revoker, ok := provider.As[provider.SessionRevoker](client); ok {
				return effect(revoker.RevokeSessions)
			}
			return nil
		},
	}
}

// ResetMFA returns the verb that removes all second factors of a user.
func ResetMFA() Verb {
	return Verb{
		Command: rowstate.CommandResetMFA, Capabilities: []provider.Capability{provider.CapabilityResetMFA},
		Warning: "Until they add a new one, a password is enough to log in.",
		Request: func(client provider.Client) Request {
			if resetter, ok := provider.As[provider.MFAResetter](client); ok {
				return effect(resetter.ResetMFA)
			}
			return nil
		},
	}
}

// Recover returns the verb that creates a recovery code or link for a user. Each is passed to a function, which must store
// it: it cannot be read again. If that fails, so does the row.
func Recover(store func(engine.Item, provider.Recovery) error) Verb {
	verb := Verb{Command: rowstate.CommandRecovery, Capabilities: []provider.Capability{provider.CapabilityRecovery}}
	verb.Request = func(client provider.Client) Request {
		recoverer, ok := provider.As[provider.Recoverer](client)
		if !ok {
			return nil
		}
		return func(ctx context.Context, item engine.Item) (provider.User, error) {
			recovery, err := recoverer.CreateRecovery(ctx, item.UserID)
			if err == nil {
				if err = store(item, recovery); err != nil {
					err = &provider.Error{Class: provider.Invalid, Op: verb.Name(), Err: err}
				}
			}
			return provider.User{ID: item.UserID}, err
		}
	}
	return verb
}

// ThenRevoking returns the verb with a second request, which ends all sessions of the user. Both are sent to every user:
// no object shows whether the sessions were revoked.
func (v Verb) ThenRevoking() Verb {
	revoke, first := RevokeSessions(), v.Request
	v.IsDone, v.Warning = nil, "All sessions are revoked as well."
	v.Capabilities = append(v.Capabilities[:len(v.Capabilities):len(v.Capabilities)], revoke.Capabilities...)
	v.Request = func(client provider.Client) Request {
		change, end := first(client), revoke.Request(client)
		if change == nil || end == nil {
			return nil
		}
		return func(ctx context.Context, item engine.Item) (provider.User, error) {
			user, err := change(ctx, item)
			if err == nil {
				_, err = end(ctx, item)
			}
			return user, err
		}
	}
	return v
}

// effect returns a request whose response does not contain the user.
func effect(send func(ctx context.Context, id string) error) Request {
	return byID(func(ctx context.Context, id string) (provider.User, error) {
		return provider.User{ID: id}, send(ctx, id)
	})
}

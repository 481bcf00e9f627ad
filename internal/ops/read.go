package ops

import (
	"context"

	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/pkg/provider"
)

// ByKey returns the operation that looks up users by their keys. It changes nothing.
func ByKey(client provider.Client) engine.Operation {
	op := engine.Operation{Name: "look up the user", List: lister(client)}
	if finder, ok := provider.As[provider.Finder](client); ok {
		op.Confirm = func(ctx context.Context, item engine.Item) (provider.User, error) { return finder.Find(ctx, item.Key) }
	}
	return op
}

// Existence returns the operation that looks up users by the ids in the ledger, if there are any, and then by
// their keys. If the provider documents no lookup, its list counts, which the caller has read before. It changes
// nothing.
func Existence(client provider.Client) engine.Operation {
	op := ByKey(client)
	byID, byKey := ByID(client).Confirm, op.Confirm
	op.Confirm = func(ctx context.Context, item engine.Item) (provider.User, error) {
		if item.UserID != "" && byID != nil {
			user, err := byID(ctx, item)
			if provider.AbsenceOf(err) != provider.AbsenceDocumented {
				return user, err // present, or not confirmed absent
			}
		}
		if byKey == nil {
			return provider.User{}, &provider.Error{Class: provider.NotFound, Op: op.Name, Absence: provider.AbsenceDocumented}
		}
		return byKey(ctx, item)
	}
	return op
}

// ByID returns the operation that reads users by their ids. It changes nothing.
func ByID(client provider.Client) engine.Operation {
	op := engine.Operation{Name: "read the user"}
	if getter, ok := provider.As[provider.Getter](client); ok {
		op.Confirm = func(ctx context.Context, item engine.Item) (provider.User, error) {
			return getter.Get(ctx, item.UserID)
		}
	}
	return op
}

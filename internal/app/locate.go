package app

import (
	"context"
	"errors"
	"fmt"

	"github.com/bring-aboard/usher/internal/evidence"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/shell"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// CanLocate refuses where the provider documents no way to find one user.
func CanLocate(adapter provider.Adapter) error {
	if _, ok := adapter.Endpoint(provider.CapabilityFind); ok {
		return nil
	}
	return Documented(adapter, provider.CapabilityGet, "read one user")
}

// Locate finds the user that an argument names: by the natural key where the
// word can be one and a look-up is documented, and otherwise by the provider's
// id. The failure has the exit status and the next step.
func Locate(ctx context.Context, a *App, selection *Selection, client provider.Client, word string) (provider.User, error) {
	user, found, err := Seek(ctx, a, selection, client, word)
	if err == nil && !found {
		err = UserNotFound(selection, word)
	}
	return user, err
}

// Seek is [Locate] for callers to whom a word that names no user is no failure.
func Seek(ctx context.Context, a *App, selection *Selection, client provider.Client, word string) (user provider.User, found bool, err error) {
	if err := schema.CheckIdentifier(word); err != nil {
		return provider.User{}, false, failure.Refuse(fmt.Errorf("KEY %+q %w", word, err), "type the key anew")
	}
	key, _ := selection.Adapter.Table.Field(selection.Adapter.Key)
	finder, finds := client.(provider.Finder)
	finds = finds && len(key.Check(word)) == 0
	if finds {
		user, err := finder.Find(ctx, word)
		if err == nil {
			err = certain(ctx, a, selection, word, user)
			return user, err == nil, err
		}
		if provider.ClassOf(err) != provider.NotFound {
			return provider.User{}, false, notFound(selection, err)
		}
	}
	if getter, ok := client.(provider.Getter); ok && !keyIsID(selection.Adapter) {
		user, err := getter.Get(ctx, word)
		if err == nil {
			return user, true, nil
		}
		// A key need not have the form of an id.
		if class := provider.ClassOf(err); class != provider.NotFound && !(finds && class == provider.Invalid) {
			return provider.User{}, false, ProviderFailure(selection, err)
		}
	}
	return provider.User{}, false, nil
}

// certain returns an error unless a user who was looked up by the key is certainly the
// one whom the word names. The ledger is asked only if that decides.
func certain(ctx context.Context, a *App, selection *Selection, word string, user provider.User) error {
	wanted, member := evidence.WantedOf(selection.Adapter), evidence.MemberOf(word, user.Key, user.ID)
	_, identity := wanted.Select(member)
	if identity == evidence.NotCertain {
		id, err := ledgerID(ctx, a, selection, word)
		if err != nil {
			return err
		}
		_, identity = wanted.WithLedgerID(id).Select(member)
	}
	if identity == evidence.TheUser {
		return nil
	}
	return failure.Fail(failure.StatusPartial,
		fmt.Errorf("user not certain: %s %q is %q (id %q) in %s, and %s does not document that case is ignored; nothing was changed",
			selection.Adapter.Key, word, user.Key, user.ID, selection.Target, selection.Adapter.Vendor),
		fmt.Sprintf("usher users get %s -p %s", shell.Quote(user.Key), selection.Profile.Name))
}

// ledgerID returns the id that the ledger has with a key, empty for none.
func ledgerID(ctx context.Context, a *App, selection *Selection, key string) (id string, err error) {
	book, err := a.Ledger(ctx)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	known, err := book.KnownByKey(ctx, book.Digester().KeyDigests(selection.Target, "", key))
	if err != nil || known.Standing != ledger.Exists {
		return "", err
	}
	return known.UserID, nil
}

// notFound is the failure of a look-up that leaves open whether the user exists.
func notFound(selection *Selection, err error) error {
	if errors.Is(err, provider.ErrAnotherUser) || provider.ClassOf(err) == provider.Conflict {
		return failure.Fail(failure.StatusPartial, err, "usher users list -p "+selection.Profile.Name)
	}
	return ProviderFailure(selection, err)
}

// UserNotFound is the failure of a word that names no user.
func UserNotFound(selection *Selection, word string) error {
	adapter, next := selection.Adapter, "usher providers show "+selection.Adapter.Name
	if _, lists := adapter.Endpoint(provider.CapabilityList); lists {
		next = "usher users list -p " + selection.Profile.Name
	}
	names := adapter.Key + " or the id"
	if keyIsID(adapter) {
		names = adapter.Key
	}
	return failure.FailAs(provider.NotFound.String(), failure.StatusFailed, fmt.Errorf("no user has the %s %q in %s", names, word, selection.Target), next)
}

// keyIsID tells whether the provider reads a user by the same documented
// request, whether it is looked up or read.
func keyIsID(adapter provider.Adapter) bool {
	find, finds := adapter.Endpoint(provider.CapabilityFind)
	get, gets := adapter.Endpoint(provider.CapabilityGet)
	return finds && gets && find.Request == get.Request
}

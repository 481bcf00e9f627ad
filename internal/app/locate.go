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

// CanLocate returns an error unless the provider documents a way to find one user.
func CanLocate(adapter provider.Adapter) error {
	if _, ok := adapter.Endpoint(provider.CapabilityFind); ok {
		return nil
	}
	return Documented(adapter, provider.CapabilityGet, "read one user")
}

// Locate returns the user of an argument: by natural key, if the word can be one and the provider documents a lookup,
// otherwise by the provider's id, and otherwise by the external id. The failure has the exit status and the next step.
func Locate(ctx context.Context, a *App, selection *Selection, client provider.Client, word string) (provider.User, error) {
	user, found, err := Seek(ctx, a, selection, client, word)
	if err == nil && !found {
		err = UserNotFound(selection, word)
	}
	return user, err
}

// Seek is [Locate] without a failure if the user is not found.
func Seek(ctx context.Context, a *App, selection *Selection, client provider.Client, word string) (user provider.User, found bool, err error) {
	if err := schema.CheckIdentifier(word); err != nil {
		return provider.User{}, false, failure.Refuse(fmt.Errorf("KEY %+q %w", word, err), "enter the key again")
	}
	key, _ := selection.Adapter.Table.Field(selection.Adapter.Key)
	finder, finds := provider.As[provider.Finder](client)
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
	if getter, ok := provider.As[provider.Getter](client); ok && !keyIsID(selection.Adapter) {
		user, err := getter.Get(ctx, word)
		if err == nil {
			return user, true, nil
		}
		// A key does not have to be valid as an id.
		if class := provider.ClassOf(err); class != provider.NotFound && !(finds && class == provider.Invalid) {
			return provider.User{}, false, ProviderFailure(selection, err)
		}
	}
	if external, ok := provider.As[provider.ExternalFinder](client); ok {
		user, err := external.FindExternal(ctx, word)
		if err == nil {
			return user, true, nil
		}
		if class := provider.ClassOf(err); class != provider.NotFound && class != provider.Invalid {
			return provider.User{}, false, notFound(selection, err)
		}
	}
	return provider.User{}, false, nil
}

// certain returns an error unless a user who was looked up by key is certainly the user of the word. It reads the
// ledger only if the key differs in case.
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
		fmt.Errorf("user not certain: %s %q is %q (id %q) in %s, and %s does not document that case is ignored; nothing was sent",
			selection.Adapter.Key, word, user.Key, user.ID, selection.Target, selection.Adapter.Vendor),
		fmt.Sprintf("usher users get %s -p %s", shell.Quote(user.Key), selection.Profile.Name))
}

// ConnectTo returns a new connection and the user that a key or an id identifies, as [Locate] does.
func ConnectTo(ctx context.Context, a *App, selection *Selection, key string) (*Connection, provider.User, error) {
	connection, err := a.Connect(ctx, selection, ConnectOptions{})
	if err != nil {
		return nil, provider.User{}, err
	}
	user, err := Locate(ctx, a, selection, connection.Client, key)
	if err != nil {
		connection.Close()
		return nil, provider.User{}, err
	}
	return connection, user, nil
}

// ledgerID returns the id of a key in the ledger, "" for none.
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

// notFound returns the failure of a lookup that does not prove absence.
func notFound(selection *Selection, err error) error {
	if errors.Is(err, provider.ErrAnotherUser) || provider.ClassOf(err) == provider.Conflict {
		return failure.Fail(failure.StatusPartial, err, "usher users list -p "+selection.Profile.Name)
	}
	return ProviderFailure(selection, err)
}

// UserNotFound returns the failure of a word for which no user was found.
func UserNotFound(selection *Selection, word string) error {
	adapter, next := selection.Adapter, "usher providers show "+selection.Adapter.Name
	if _, lists := adapter.Endpoint(provider.CapabilityList); lists {
		next = "usher users list -p " + selection.Profile.Name
	}
	names := adapter.Key + " or id"
	if keyIsID(adapter) {
		names = adapter.Key
	}
	return failure.FailAs(provider.NotFound.String(), failure.StatusPartial, fmt.Errorf("user not found: %s %q in %s", names, word, selection.Target), next)
}

// keyIsID reports whether the provider documents one request for both lookup and read.
func keyIsID(adapter provider.Adapter) bool {
	find, finds := adapter.Endpoint(provider.CapabilityFind)
	get, gets := adapter.Endpoint(provider.CapabilityGet)
	return finds && gets && find.Request == get.Request
}

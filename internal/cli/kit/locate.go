package kit

import (
	"context"
	"fmt"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/pkg/provider"
)

// CanLocate refuses where the provider documents no way to find one user.
func CanLocate(adapter provider.Adapter) error {
	if _, ok := adapter.Operation(provider.PowerFind); ok {
		return nil
	}
	return Documented(adapter, provider.PowerGet, "read one user")
}

// Locate finds the user that an argument names: by the natural key where the
// word can be one and a look-up is documented, and otherwise by the provider's
// id. The failure has the exit status and the next step.
func Locate(ctx context.Context, selection *app.Selection, client provider.Client, word string) (provider.User, error) {
	user, found, err := Seek(ctx, selection, client, word)
	if err == nil && !found {
		err = Nobody(selection, word)
	}
	return user, err
}

// Seek is [Locate] for callers to whom a word that names no user is no failure.
func Seek(ctx context.Context, selection *app.Selection, client provider.Client, word string) (user provider.User, found bool, err error) {
	key, _ := selection.Adapter.Table.Field(selection.Adapter.Key)
	finder, finds := client.(provider.Finder)
	finds = finds && len(key.Check(word)) == 0
	if finds {
		user, err := finder.Find(ctx, word)
		if err == nil {
			return user, true, nil
		}
		if provider.ClassOf(err) != provider.NotFound {
			return provider.User{}, false, ProviderFailure(selection, err)
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

// Nobody is the failure of a word that names no user.
func Nobody(selection *app.Selection, word string) error {
	adapter, next := selection.Adapter, "usher providers show "+selection.Adapter.Name
	if _, lists := adapter.Operation(provider.PowerList); lists {
		next = "usher users list -p " + selection.Profile.Name
	}
	names := adapter.Key + " or the id"
	if keyIsID(adapter) {
		names = adapter.Key
	}
	return app.Fail(app.StatusFailed, fmt.Errorf("no user has the %s %q in %s", names, word, selection.Target), next)
}

// keyIsID tells whether the provider reads a user by the same documented
// request, whether it is looked up or read.
func keyIsID(adapter provider.Adapter) bool {
	find, finds := adapter.Operation(provider.PowerFind)
	get, gets := adapter.Operation(provider.PowerGet)
	return finds && gets && find.Request == get.Request
}

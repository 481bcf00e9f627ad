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
	key, _ := selection.Adapter.Table.Field(selection.Adapter.Key)
	if finder, ok := client.(provider.Finder); ok && len(key.Check(word)) == 0 {
		user, err := finder.Find(ctx, word)
		if err == nil {
			return user, nil
		}
		if provider.ClassOf(err) != provider.NotFound {
			return provider.User{}, ProviderFailure(selection, err)
		}
	}
	if getter, ok := client.(provider.Getter); ok && !keyIsID(selection.Adapter) {
		user, err := getter.Get(ctx, word)
		if err == nil {
			return user, nil
		}
		if provider.ClassOf(err) != provider.NotFound {
			return provider.User{}, ProviderFailure(selection, err)
		}
	}
	return provider.User{}, app.Fail(app.StatusFailed, fmt.Errorf("no user has the %s or the id %q in %s", selection.Adapter.Key, word, selection.Target))
}

// keyIsID tells whether the provider reads a user by the same documented
// request, whether it is looked up or read.
func keyIsID(adapter provider.Adapter) bool {
	find, finds := adapter.Operation(provider.PowerFind)
	get, gets := adapter.Operation(provider.PowerGet)
	return finds && gets && find.Request == get.Request
}

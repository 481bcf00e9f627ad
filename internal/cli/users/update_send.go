package users

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"syscall"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/bulk"
	"github.com/bring-aboard/usher/internal/cli/kit"
	"github.com/bring-aboard/usher/internal/fields"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// send makes the change and prints the user as it is then. At the first
// interrupt a request that is under way gets its answer.
func (o *updateOptions) send(ctx context.Context, client provider.Client, before provider.User, changes []schema.Difference) error {
	drain, quiet := kit.Draining(o.app)
	defer quiet()
	waiting, stop := until(ctx, drain)
	defer stop()
	user, err := kit.Patiently(waiting, o.app, func() (provider.User, error) {
		return client.(provider.Updater).Update(ctx, before.ID, recordOf(changes))
	})
	if err != nil && provider.ClassOf(err) == provider.Unknown {
		found, made := o.settle(ctx, client, before, changes)
		if !made {
			return errors.Join(o.unknown(before, changes, err), printUser(ctx, o.app, o.selection, statusUnknown, before))
		}
		fmt.Fprintln(o.app.Streams.Err, "The answer to the update was lost; the user shows that it was made.")
		user, err = found, nil
	}
	if err != nil {
		return kit.ProviderFailure(o.selection, err)
	}
	o.sayOtherwise(user, changes)
	if err := printUser(ctx, o.app, o.selection, statusUpdated, user); err != nil {
		return unshown(o.selection, user, err)
	}
	if o.interactive {
		words := append(o.command(), fields.Args(o.selection.Adapter.Table, recordOf(changes))...)
		sayScript(o.app, append(words, "--yes"))
	}
	return nil
}

// until gives a context that ends when the channel is closed.
func until(ctx context.Context, closed <-chan struct{}) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		select {
		case <-closed:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

// settle asks for the user after the answer to the update was lost, and tells
// whether it has the wanted values. A read may lag behind a write, so it is
// asked a second time after a while.
func (o *updateOptions) settle(ctx context.Context, client provider.Client, before provider.User, changes []schema.Difference) (user provider.User, made bool) {
	if !slices.ContainsFunc(fieldsOf(changes), readable) {
		return provider.User{}, false
	}
	table := o.selection.Adapter.Table
	for again := false; ; again = true {
		user, err := reread(ctx, client, before, recordOf(changes).Text(o.selection.Adapter.Key))
		if err == nil && len(table.Differences(user.Record(table), recordOf(changes))) == 0 {
			return user, true
		}
		if again || kit.Sleep(ctx, o.app, bulk.DefaultGrace) != nil {
			return provider.User{}, false
		}
	}
}

// reread reads a user that may have got a new natural key, which may be its
// id as well: then nobody may have the old one any more.
func reread(ctx context.Context, client provider.Client, before provider.User, newKey string) (provider.User, error) {
	finder, finds := client.(provider.Finder)
	getter, gets := client.(provider.Getter)
	switch {
	case finds && newKey != "":
		user, err := finder.Find(ctx, newKey)
		if err != nil || user.ID == before.ID {
			return user, err
		}
		if _, err := finder.Find(ctx, before.Key); provider.ClassOf(err) != provider.NotFound {
			return provider.User{}, errors.New("another user has the new key")
		}
		return user, nil
	case gets:
		return getter.Get(ctx, before.ID)
	default:
		return finder.Find(ctx, before.Key)
	}
}

// unknown words an outcome that cannot be told.
func (o *updateOptions) unknown(user provider.User, changes []schema.Difference, cause error) error {
	next := []string{"run the same command again: to make the same change twice does no harm"}
	if key := recordOf(changes).Text(o.selection.Adapter.Key); key != "" {
		next = []string{fmt.Sprintf("usher users get %s -p %s tells whether it was made", fields.Quote(key), o.selection.Profile.Name)}
	}
	return app.Fail(app.StatusUnknown, fmt.Errorf("whether %s %q was updated is unknown: %w", o.selection.Adapter.Key, user.Key, cause), next...)
}

// sayOtherwise says where the provider answered with other values than it was
// asked to keep.
func (o *updateOptions) sayOtherwise(user provider.User, changes []schema.Difference) {
	table := o.selection.Adapter.Table
	for _, other := range table.Differences(user.Record(table), recordOf(changes)) {
		if other.Have != nil {
			fmt.Fprintf(o.app.Streams.Err, "The provider keeps %s as %s.\n", other.Field.Name, shown(other.Field, other.Have))
		}
	}
}

// unshown is the failure of an update whose result could not be shown.
func unshown(selection *app.Selection, user provider.User, cause error) error {
	if errors.Is(cause, syscall.EPIPE) {
		return cause
	}
	return app.Fail(app.StatusFailed, fmt.Errorf("%s %q is updated (id %s), but the result cannot be shown: %w", selection.Adapter.Key, user.Key, user.ID, cause))
}

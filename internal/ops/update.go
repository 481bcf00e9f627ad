package ops

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// Update returns the operation that sends an item's changes to its user, who was read at the time that readAt
// returns. Key is the name of the natural key, which the changes may contain. The error is of class Invalid if the
// provider documents no update.
func Update(client provider.Client, table schema.Table, key string, readAt func() time.Time) (engine.Operation, error) {
	const name = "update the user"
	updater, ok := provider.As[provider.Updater](client)
	if !ok {
		return engine.Operation{}, undocumented(name)
	}
	op := engine.Operation{Name: name, Done: rowstate.Updated, Already: rowstate.Unchanged, Repeatable: true}
	op.Do = func(ctx context.Context, item engine.Item) (provider.User, error) {
		if err := reread(ctx, client, name, item, readAt()); err != nil {
			return provider.User{}, missing(name, err)
		}
		return updater.Update(ctx, item.UserID, item.Changes)
	}
	if read := reader(client); read != nil {
		op.Confirm = func(ctx context.Context, item engine.Item) (provider.User, error) {
			if !isReadable(table, item.Changes) {
				return provider.User{}, &provider.Error{Class: provider.Unknown, Op: "read the user", Err: errors.New("all updated fields are write-only")}
			}
			user, err := renamed(ctx, client, read, item, item.Changes.Text(key))
			if err == nil && len(table.Differences(user.Record(table), item.Changes)) > 0 {
				return provider.User{}, &provider.Error{Class: provider.NotFound, Op: "confirm the update"}
			}
			return user, err
		}
	}
	return op, nil
}

// renamed reads the user of an item who may have a new key. If the key is also the id, no user has the old one any
// more.
func renamed(ctx context.Context, client provider.Client, read func(context.Context, engine.Item) (provider.User, error), item engine.Item, key string) (provider.User, error) {
	finder, finds := provider.As[provider.Finder](client)
	if key == "" || !finds {
		return read(ctx, item)
	}
	user, err := finder.Find(ctx, key)
	if err != nil || user.ID == item.UserID {
		return user, err
	}
	if _, err := finder.Find(ctx, item.StoredKey); provider.ClassOf(err) != provider.NotFound {
		return provider.User{}, &provider.Error{Class: provider.Unknown, Op: "read the user", Err: errors.New("another user has the new key")}
	}
	return user, nil
}

// isReadable reports whether a response contains one of the fields.
func isReadable(table schema.Table, changes schema.Record) bool {
	return slices.ContainsFunc(table, func(f schema.Field) bool {
		_, changed := changes[f.Name]
		return changed && f.In == schema.Body && !f.WriteOnly && !f.Secret
	})
}

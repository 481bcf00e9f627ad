package amend

import (
	"context"
	"errors"

	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// changer is a provider's client as the engine sees it in an update: its Create
// makes the change of a row.
type changer struct {
	u       *Update
	updater provider.Updater
}

// rereader is a changer that can tell whether a change was made.
type rereader struct {
	changer
	read func(ctx context.Context, key, id string) (provider.User, error)
}

// changer gives the client of an update. A user is read again by the id, or by
// the key where the provider documents no such read.
func (u *Update) changer(client provider.Client) provider.Client {
	c := changer{u: u}
	c.updater, _ = client.(provider.Updater)
	getter, gets := client.(provider.Getter)
	finder, finds := client.(provider.Finder)
	switch {
	case gets:
		return rereader{c, func(ctx context.Context, _, id string) (provider.User, error) { return getter.Get(ctx, id) }}
	case finds:
		return rereader{c, func(ctx context.Context, key, _ string) (provider.User, error) { return finder.Find(ctx, key) }}
	default:
		return c
	}
}

// Create sends the change of a row.
func (c changer) Create(ctx context.Context, record schema.Record) (provider.User, error) {
	if c.updater == nil {
		return provider.User{}, &provider.Error{Class: provider.Invalid, Op: opUpdate, Err: errors.New("the provider documents no change of a user")}
	}
	change := c.u.underWay.get(record.Text(c.u.Adapter.Key))
	return c.updater.Update(ctx, change.id, change.values)
}

// Find gives the user where the change was made, and nobody where not.
func (r rereader) Find(ctx context.Context, key string) (provider.User, error) {
	change := r.u.underWay.get(key)
	user, err := r.read(ctx, key, change.id)
	if err != nil {
		return user, err
	}
	if len(r.u.Adapter.Table.Differences(user.Record(r.u.Adapter.Table), change.values)) > 0 {
		return provider.User{}, &provider.Error{Class: provider.NotFound, Op: "find the change made"}
	}
	return user, nil
}

package amend

import (
	"context"
	"errors"

	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// remover is a provider's client as the engine sees it in a removal: its Create
// removes the user of a row. One row is handled by one goroutine at a time.
type remover struct {
	r    *Removal
	send func(ctx context.Context, id string) (provider.User, error)
}

// settler is a remover that can tell whether a user was removed.
type settler struct {
	remover
	read func(ctx context.Context, s *removing) (provider.User, error)
}

// remover gives the client of a removal. A user is read again by the id, or by
// the key where the provider documents no such read.
func (r *Removal) remover(client provider.Client) (provider.Client, error) {
	made := remover{r: r}
	deleter, deletes := client.(provider.Deleter)
	deactivator, deactivates := client.(provider.Deactivator)
	switch {
	case r.Deactivate && deactivates:
		made.send = deactivator.Deactivate
	case !r.Deactivate && deletes:
		made.send = func(ctx context.Context, id string) (provider.User, error) {
			return provider.User{ID: id}, deleter.Delete(ctx, id)
		}
	default:
		return nil, &provider.Error{Class: provider.Invalid, Op: r.op(), Err: errors.New("the provider documents no such operation")}
	}
	if getter, ok := client.(provider.Getter); ok {
		return settler{made, func(ctx context.Context, s *removing) (provider.User, error) { return getter.Get(ctx, s.UserID) }}, nil
	}
	if finder, ok := client.(provider.Finder); ok {
		return settler{made, func(ctx context.Context, s *removing) (provider.User, error) { return sameUser(ctx, finder, s) }}, nil
	}
	return made, nil
}

// sameUser looks a user up by the key: another user may have it by now.
func sameUser(ctx context.Context, finder provider.Finder, s *removing) (provider.User, error) {
	user, err := finder.Find(ctx, s.Item.Key)
	if err == nil && user.ID != s.UserID {
		return provider.User{}, &provider.Error{Class: provider.NotFound, Op: "read the user"}
	}
	return user, err
}

// Create removes the user of a row. To find nobody is to have deleted them.
func (m remover) Create(ctx context.Context, record schema.Record) (provider.User, error) {
	s := m.r.underWay.get(record.Text(m.r.Adapter.Key))
	user, err := m.send(ctx, s.UserID)
	switch {
	case err == nil:
		s.wasThere = true
		return user, nil
	case provider.ClassOf(err) == provider.NotFound && !m.r.Deactivate:
		return provider.User{ID: s.UserID}, nil
	case provider.ClassOf(err) == provider.Unknown:
		s.lost = true
	}
	return user, err
}

// Find gives the user where it was removed, and nobody where not.
func (t settler) Find(ctx context.Context, number string) (provider.User, error) {
	s := t.r.underWay.get(number)
	user, err := t.read(ctx, s)
	if !t.r.Deactivate {
		if provider.ClassOf(err) == provider.NotFound {
			return provider.User{ID: s.UserID}, nil
		}
		return notRemoved(user, err)
	}
	if err == nil && t.r.Adapter.Traces.Deactivated(user) {
		return user, nil
	}
	return notRemoved(user, err)
}

func notRemoved(user provider.User, err error) (provider.User, error) {
	if err != nil {
		return user, err
	}
	return provider.User{}, &provider.Error{Class: provider.NotFound, Op: "find the user removed"}
}

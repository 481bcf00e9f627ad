package intake

import (
	"context"
	"errors"
	"sync"

	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/internal/evidence"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/ops"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// Asked is how existing users were checked at the provider.
type Asked string

// The ways of checking.
const (
	// NotAsked: nothing was checked, because the provider documents neither way or the check was omitted.
	NotAsked Asked = "not asked"
	// ByList: the provider's complete list was read.
	ByList Asked = "list"
	// ByLookUp: each row was looked up.
	ByLookUp Asked = "look-ups"
)

// Way returns the cheapest documented way to check so many rows: the list, if it takes no more requests than there
// are rows, otherwise a lookup of each row. A list of unknown length is tried first, by [Bounded]. Way may send a
// request.
func Way(ctx context.Context, client provider.Client, rows int) (Asked, error) {
	lister, lists := provider.As[provider.Lister](client)
	_, finds := provider.As[provider.Finder](client)
	if lists {
		requests, err := lister.ListRequests(ctx)
		if err != nil {
			return NotAsked, err
		}
		if !finds || requests <= rows || requests == provider.UnknownRequests && mostPages(rows) > 1 {
			return ByList, nil
		}
	}
	if !finds {
		return NotAsked, nil
	}
	return ByLookUp, nil
}

// mostPages returns how many requests a list of unknown length may take instead of so many lookups. The response to
// each is larger than that to a lookup, and they are lost if the list turns out to be longer.
func mostPages(rows int) int {
	const lookups = 4 // that cost as much as a page
	return rows / lookups
}

// Bounded returns the context in which the list of [Way] is read for so many rows. If it ends with
// [provider.ErrTooLong], lookups are the cheaper way.
func Bounded(ctx context.Context, client provider.Client, rows int) context.Context {
	if _, finds := provider.As[provider.Finder](client); !finds {
		return ctx
	}
	return provider.AtMost(ctx, max(1, mostPages(rows)))
}

// AskProvider marks the users in the plan who already exist at the provider. It calls asked after each lookup.
func (i *Import) AskProvider(ctx context.Context, client provider.Client, way Asked, options engine.Options, asked func()) error {
	switch way {
	case ByList:
		i.asked = true
		return i.readList(ctx, provider.Must[provider.Lister](client))
	case ByLookUp:
		i.asked = true
		return i.lookUp(ctx, client, options, asked)
	default:
		return nil
	}
}

// Unask discards the provider's answers, so that AskProvider can be called again.
func (i *Import) Unask(ctx context.Context) error {
	i.asked, i.proves = false, false
	return i.Plan.Unask(ctx)
}

func (i *Import) readList(ctx context.Context, lister provider.Lister) error {
	for user, err := range lister.List(ctx, nil) {
		if provider.IsIncomplete(err) {
			return nil // listed users exist; the list proves no absence
		}
		if err != nil {
			return err
		}
		if err := i.Plan.MarkExisting(ctx, i.Keys(schema.Record{i.Adapter.Key: user.Key}), user.ID); err != nil {
			return err
		}
		if err := i.found(ctx, user); err != nil {
			return err
		}
	}
	i.absent, i.proves = evidence.ByList, true
	return nil
}

// found passes on a user that the provider returned.
func (i *Import) found(ctx context.Context, user provider.User) error {
	if i.Found == nil {
		return nil
	}
	return i.Found(ctx, user)
}

// ListIsComplete reports whether AskProvider read a list with every user of the provider.
func (i *Import) ListIsComplete() bool { return i.proves }

// lookUp looks up each row of which nothing is known yet, or whose user exists according to the ledger.
func (i *Import) lookUp(ctx context.Context, client provider.Client, options engine.Options, asked func()) error {
	found := existingUsers{plan: i.Plan, found: i.found}
	items := func(yield func(engine.Item, error) bool) {
		for m, err := range i.valid(ctx, ledger.New, ledger.Exists) {
			if err == nil && !i.Generated.isAsked(m.Number) {
				continue
			}
			if err == nil {
				err = found.mark(ctx)
			}
			if !yield(i.item(m, m.Record), err) || err != nil {
				return
			}
			asked()
		}
	}
	err := engine.LookUp(ctx, ops.ByKey(client), items, options, func(item engine.Item, user provider.User, err error) {
		if err == nil {
			item.Record = item.Record.With(schema.Record{i.Adapter.Key: user.Key})
		}
		found.add(existingUser{i.Keys(item.Record), user, err != nil})
	})
	if err == nil {
		i.absent = evidence.ByLookup
	}
	return errors.Join(err, found.mark(ctx))
}

// existingUsers collects the users who were found until they are marked, because other goroutines find them while the
// plan belongs to the one that reads the rows.
type existingUsers struct {
	plan  ledger.Plan
	found func(context.Context, provider.User) error

	mu    sync.Mutex
	users []existingUser
}

type existingUser struct {
	keys    ledger.KeyDigests
	user    provider.User
	unclear bool
}

func (f *existingUsers) add(user existingUser) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.users = append(f.users, user)
}

// mark marks the users in the plan who were found since the last call.
func (f *existingUsers) mark(ctx context.Context) error {
	f.mu.Lock()
	users := f.users
	f.users = nil
	f.mu.Unlock()
	for _, one := range users {
		var err error
		if one.unclear {
			err = f.plan.MarkUnclear(ctx, one.keys)
		} else if err = f.plan.MarkExisting(ctx, one.keys, one.user.ID); err == nil {
			err = f.found(ctx, one.user)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

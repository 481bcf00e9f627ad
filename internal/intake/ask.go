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

// Asked says how the provider was asked who exists.
type Asked string

// The ways of asking.
const (
	// NotAsked: nobody was asked, because the provider documents no way or that was not wanted.
	NotAsked Asked = "not asked"
	// ByList: the provider's whole list was read.
	ByList Asked = "list"
	// ByLookUp: the provider was asked for each row.
	ByLookUp Asked = "look-ups"
)

// Way decides how the provider is asked about so many rows, by the cheapest
// documented means: the whole list where it takes no more requests than there
// are rows to ask for, or else a look-up for each of them. It may send a
// request to find out.
func Way(ctx context.Context, client provider.Client, rows int) (Asked, error) {
	lister, lists := client.(provider.Lister)
	_, finds := client.(provider.Finder)
	if lists {
		requests, err := lister.ListRequests(ctx)
		if err != nil {
			return NotAsked, err
		}
		if !finds || requests <= rows {
			return ByList, nil
		}
	}
	if !finds {
		return NotAsked, nil
	}
	return ByLookUp, nil
}

// AskProvider marks in the plan whom the provider has already. Asked is told of
// each look-up that came back.
func (i *Import) AskProvider(ctx context.Context, client provider.Client, way Asked, options engine.Options, asked func()) error {
	switch way {
	case ByList:
		i.asked = true
		return i.readList(ctx, client.(provider.Lister))
	case ByLookUp:
		i.asked = true
		return i.lookUp(ctx, client, options, asked)
	default:
		return nil
	}
}

// Unask forgets what the provider said, so that it can be asked again.
func (i *Import) Unask(ctx context.Context) error {
	i.asked, i.proves = false, false
	return i.Plan.Unask(ctx)
}

func (i *Import) readList(ctx context.Context, lister provider.Lister) error {
	for user, err := range lister.List(ctx, nil) {
		if provider.IsIncomplete(err) {
			return nil // those whom it has exist, and nobody is absent
		}
		if err != nil {
			return err
		}
		if err := i.Plan.MarkExisting(ctx, i.Keys(schema.Record{i.Adapter.Key: user.Key}), user.ID); err != nil {
			return err
		}
	}
	i.absent, i.proves = evidence.ByList, true
	return nil
}

// lookUp asks for each row of which nothing is known yet, or whose user exists by
// the ledger.
func (i *Import) lookUp(ctx context.Context, client provider.Client, options engine.Options, asked func()) error {
	var found existingUsers
	items := func(yield func(engine.Item, error) bool) {
		for m, err := range i.valid(ctx, ledger.New, ledger.Exists) {
			if err == nil {
				err = found.mark(ctx, i.Plan)
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
		found.add(existingUser{i.Keys(item.Record), user.ID, err != nil})
	})
	if err == nil {
		i.absent = evidence.ByLookup
	}
	return errors.Join(err, found.mark(ctx, i.Plan))
}

// existingUsers holds users who were found until they are marked: the plan is for the
// goroutine that reads it for the next row, and the answers come to others.
type existingUsers struct {
	mu    sync.Mutex
	users []existingUser
}

type existingUser struct {
	keys    ledger.KeyDigests
	id      string
	unclear bool
}

func (f *existingUsers) add(user existingUser) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.users = append(f.users, user)
}

// mark marks in the plan who was found since the last time.
func (f *existingUsers) mark(ctx context.Context, plan ledger.Plan) error {
	f.mu.Lock()
	users := f.users
	f.users = nil
	f.mu.Unlock()
	for _, user := range users {
		mark := func() error { return plan.MarkExisting(ctx, user.keys, user.id) }
		if user.unclear {
			mark = func() error { return plan.MarkUnclear(ctx, user.keys) }
		}
		if err := mark(); err != nil {
			return err
		}
	}
	return nil
}

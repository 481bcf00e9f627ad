package intake

import (
	"context"
	"errors"
	"iter"
	"sync"

	"github.com/bring-aboard/usher/internal/bulk"
	"github.com/bring-aboard/usher/internal/ledger"
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
func (i *Import) AskProvider(ctx context.Context, client provider.Client, way Asked, options bulk.Options, asked func()) error {
	switch way {
	case ByList:
		i.listed = true
		return i.readList(ctx, client.(provider.Lister))
	case ByLookUp:
		return i.lookUp(ctx, client, options, asked)
	default:
		return nil
	}
}

func (i *Import) readList(ctx context.Context, lister provider.Lister) error {
	for user, err := range lister.List(ctx, nil) {
		if err != nil {
			return err
		}
		if err := i.Plan.MarkExisting(ctx, i.Digest(schema.Record{i.Adapter.Key: user.Key}), user.ID); err != nil {
			return err
		}
	}
	return nil
}

// lookUp asks for each row of which nothing is known yet.
func (i *Import) lookUp(ctx context.Context, client provider.Client, options bulk.Options, asked func()) error {
	var found found
	items := func(yield func(bulk.Item, error) bool) {
		for m, err := range i.toSend(ctx, ledger.New) {
			if err == nil {
				err = found.mark(ctx, i.Plan)
			}
			if !yield(i.item(m, m.Record), err) || err != nil {
				return
			}
			asked()
		}
	}
	err := bulk.LookUp(ctx, client, items, options, func(item bulk.Item, user provider.User) {
		found.add(i.Digest(item.Record), user.ID)
	})
	return errors.Join(err, found.mark(ctx, i.Plan))
}

// found holds users who were found until they are marked: the plan is for the
// goroutine that reads it for the next row, and the answers come to others.
type found struct {
	mu    sync.Mutex
	users []foundUser
}

type foundUser struct {
	digest ledger.Digest
	id     string
}

func (f *found) add(digest ledger.Digest, id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.users = append(f.users, foundUser{digest, id})
}

// mark marks in the plan who was found since the last time.
func (f *found) mark(ctx context.Context, plan *ledger.Plan) error {
	f.mu.Lock()
	users := f.users
	f.users = nil
	f.mu.Unlock()
	for _, user := range users {
		if err := plan.MarkExisting(ctx, user.digest, user.id); err != nil {
			return err
		}
	}
	return nil
}

// toSend yields the rows with this standing that can be sent, and reads no
// further than the last of them in doubt.
func (i *Import) toSend(ctx context.Context, standing ledger.Standing) iter.Seq2[member, error] {
	return func(yield func(member, error) bool) {
		left := *i.counts.of(standing)
		if left == 0 {
			return
		}
		for m, err := range i.members(ctx) {
			if err == nil && (m.isFaulty() || m.finding.Standing != standing) {
				continue
			}
			if !yield(m, err) || err != nil {
				return
			}
			if left--; left == 0 && standing == ledger.Doubtful {
				return // the others follow in a reading of their own
			}
		}
	}
}

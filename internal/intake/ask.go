package intake

import (
	"context"

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
	ByList Asked = "by the provider's list"
	// ByLookUp: the provider was asked for each row.
	ByLookUp Asked = "by a look-up for each row"
)

// AskProvider marks in the plan whom the provider has already, by the cheapest
// documented means: the whole list, where it takes no more requests than there
// are rows to ask for, or a look-up for each of them.
func (i *Import) AskProvider(ctx context.Context, client provider.Client, rows int, options bulk.Options) (Asked, error) {
	lister, lists := client.(provider.Lister)
	_, finds := client.(provider.Finder)
	if lists {
		requests, err := lister.ListRequests(ctx)
		if err != nil {
			return NotAsked, err
		}
		if !finds || requests <= rows {
			return ByList, i.readList(ctx, lister)
		}
	}
	if !finds {
		return NotAsked, nil
	}
	return ByLookUp, i.lookUp(ctx, client, options)
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
func (i *Import) lookUp(ctx context.Context, client provider.Client, options bulk.Options) error {
	type found struct {
		digest ledger.Digest
		id     string
	}
	users := make(chan found)
	asking := make(chan error, 1)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		defer close(users)
		asking <- bulk.LookUp(ctx, client, i.items(ctx, ledger.New), options, func(item bulk.Item, user provider.User) {
			users <- found{i.Digest(item.Record), user.ID}
		})
	}()
	// The plan is for one goroutine, and it is being read to produce the items:
	// what was found is kept until that is over.
	var all []found
	for user := range users {
		all = append(all, user)
	}
	if err := <-asking; err != nil {
		return err
	}
	for _, user := range all {
		if err := i.Plan.MarkExisting(ctx, user.digest, user.id); err != nil {
			return err
		}
	}
	return nil
}

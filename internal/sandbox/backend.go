package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"
)

// The backend is what the dialects share: the store, the clock and the counts.
type backend struct {
	store           *Store
	allowDuplicates bool
	tokens          *mint
	tally           tally
	now             func() time.Time
}

func newBackend(store *Store, options Options) *backend {
	return &backend{
		store: store, allowDuplicates: options.AllowDuplicates,
		tokens: newMint(options.TokenLifetime), now: time.Now,
	}
}

// create stores a new user. Build is given a number that no other user of the store
// has or had, and returns the user's id and the document that the provider would
// show. A taken key is a problem of status 409: no vendor documents another.
func (b *backend) create(ctx context.Context, provider, key string, build func(number int64) (id string, document any)) error {
	err := b.store.create(ctx, draft{
		provider: provider, key: key, at: b.now(), allowDuplicate: b.allowDuplicates,
		build: func(number int64) (string, []byte, error) {
			id, document := build(number)
			encoded, err := encodeJSON(document)
			return id, encoded, err
		},
	})
	switch {
	case errors.Is(err, errTaken):
		b.tally.add(provider, func(n *Stats) { n.Conflicts++ })
		return taken()
	case err != nil:
		return err
	}
	b.tally.add(provider, func(n *Stats) { n.Committed++ })
	return nil
}

// load finds one user and stores its document in target. An absent one is a
// problem of status 404.
func (b *backend) load(ctx context.Context, provider string, by column, value string, target any) error {
	user, err := b.store.find(ctx, provider, by, value)
	if err != nil {
		return orNotFound(err)
	}
	return json.Unmarshal(user.Document, target)
}

// update changes one user's document in one step. Target is filled with the
// document before change is called, and change returns the natural key and what is
// to be stored. An absent user is a problem of status 404, a taken key one of 409.
func (b *backend) update(ctx context.Context, provider string, by column, value string, target any, change func() (key string)) error {
	err := b.store.update(ctx, provider, by, value, func(user User) (string, []byte, error) {
		if err := json.Unmarshal(user.Document, target); err != nil {
			return "", nil, err
		}
		key := change()
		encoded, err := encodeJSON(target)
		return key, encoded, err
	})
	if errors.Is(err, errTaken) {
		return taken()
	}
	return orNotFound(err)
}

// remove deletes one user. An absent one is a problem of status 404.
func (b *backend) remove(ctx context.Context, provider, id string) error {
	return orNotFound(b.store.remove(ctx, provider, id))
}

func taken() *problem { return refuse(http.StatusConflict, "a user with this key exists already") }

// orNotFound turns the store's word for an absent user into a problem.
func orNotFound(err error) error {
	if errors.Is(err, errAbsent) {
		return refuse(http.StatusNotFound, "there is no such user")
	}
	return err
}

package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// The backend is what all dialects share: the store, the clock and the counts.
type backend struct {
	store           *Store
	allowDuplicates bool
	pageSize        int
	tokens          *mint
	admitted        []string // credentials; nil for any
	dice            *dice
	tally           tally
	now             func() time.Time

	turns   atomic.Int64 // of the replicas
	leaving sync.Mutex
	left    map[string]int // users that FaultLeave has deleted, by provider; under leaving
}

func newBackend(store *Store, options Options) *backend {
	return &backend{
		store: store, allowDuplicates: options.AllowDuplicates,
		pageSize: options.PageSize, tokens: newMint(options.TokenLifetime), admitted: options.Tokens,
		dice: newDice(options.Faults, options.Seed), now: time.Now, left: map[string]int{},
	}
}

// create stores a new user. Build receives a number that no other user of the store has or had, and returns the user's
// id and the document that the provider would show. A taken key is a problem of status 409: no vendor documents
// another.
func (b *backend) create(ctx context.Context, provider, key string, build func(number int64) (id string, document any)) error {
	e := episodeOf(ctx)
	var made madeUser
	err := b.store.create(ctx, draft{
		provider: e.place(provider), at: b.now(), allowDuplicate: b.allowDuplicates,
		build: func(number int64) (string, string, []byte, error) {
			id, document := build(number)
			wanted, err := encodeJSON(document)
			if err != nil {
				return "", "", nil, err
			}
			stored, content, err := e.edit(nil, key, wanted)
			made = madeUser{id, stored}
			return id, stored, content, err
		},
	})
	switch {
	case errors.Is(err, errTaken):
		b.tally.add(provider, func(n *Stats) { n.Conflicts++ })
		return taken()
	case err != nil:
		return err
	}
	e.made = append(e.made, made)
	b.tally.add(provider, func(n *Stats) { n.Committed++ })
	return nil
}

// load finds one user and stores its document in target. An absent one is a
// problem of status 404.
func (b *backend) load(ctx context.Context, provider string, by column, value string, target any) error {
	user, err := b.find(ctx, provider, by, value)
	if err != nil {
		return orNotFound(err)
	}
	return json.Unmarshal(user.Document, target)
}

// update changes one user's document in one step. Target is filled with the
// document before change is called, and change returns the natural key and what is
// to be stored. An absent user is a problem of status 404, a taken key one of 409.
func (b *backend) update(ctx context.Context, provider string, by column, value string, target any, change func() (key string)) error {
	return b.change(ctx, provider, by, value, func(user User) (string, []byte, error) {
		if err := json.Unmarshal(user.Document, target); err != nil {
			return "", nil, err
		}
		key := change()
		encoded, err := encodeJSON(target)
		return key, encoded, err
	})
}

// change is update for a document of any form: alter returns the natural key and
// the new document.
func (b *backend) change(ctx context.Context, provider string, by column, value string, alter func(User) (key string, document []byte, err error)) error {
	e := episodeOf(ctx)
	err := b.store.update(ctx, e.place(provider), by, value, func(user User) (string, []byte, error) {
		key, document, err := alter(user)
		if err != nil {
			return "", nil, err
		}
		return e.edit(user.Document, key, document)
	})
	if errors.Is(err, errTaken) {
		return taken()
	}
	return orNotFound(err)
}

// remove deletes one user. An absent one is a problem of status 404.
func (b *backend) remove(ctx context.Context, provider, id string) error {
	return orNotFound(b.store.remove(ctx, episodeOf(ctx).place(provider), id))
}

func taken() *problem { return refuse(http.StatusConflict, "a user with this key already exists") }

// orNotFound converts errAbsent into a problem.
func orNotFound(err error) error {
	if errors.Is(err, errAbsent) {
		return refuse(http.StatusNotFound, "user not found")
	}
	return err
}

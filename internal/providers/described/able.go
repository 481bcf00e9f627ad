package described

import (
	"context"
	"iter"

	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// What a client implements is what its description has, so each part of the contract is a separate type.
type (
	creating     struct{ c *client }
	reading      struct{ c *client }
	updating     struct{ c *client }
	deleting     struct{ c *client }
	deactivating struct{ c *client }
	activating   struct{ c *client }
	grouping     struct{ c *client }
)

// Create is [provider.Client].
func (p creating) Create(ctx context.Context, record schema.Record) (provider.User, error) {
	return p.c.create(ctx, record)
}

// Find is [provider.Finder].
func (p reading) Find(ctx context.Context, key string) (provider.User, error) {
	return p.c.find(ctx, key)
}

// List is [provider.Lister].
func (p reading) List(ctx context.Context, filter map[string]string) iter.Seq2[provider.User, error] {
	return p.c.list(ctx, filter)
}

// ListRequests is [provider.Lister].
func (p reading) ListRequests(ctx context.Context) (int, error) { return p.c.listRequests(ctx) }

// Get is [provider.Getter].
func (p reading) Get(ctx context.Context, id string) (provider.User, error) { return p.c.get(ctx, id) }

// Check is [provider.Checker].
func (p reading) Check(ctx context.Context) error { return p.c.check(ctx) }

// Self is [provider.SelfReader].
func (p reading) Self(ctx context.Context) (provider.User, error) { return p.c.self(ctx) }

// Update is [provider.Updater].
func (p updating) Update(ctx context.Context, id string, changes schema.Record) (provider.User, error) {
	return p.c.update(ctx, id, changes)
}

// Delete is [provider.Deleter].
func (p deleting) Delete(ctx context.Context, id string) error { return p.c.remove(ctx, id) }

// Deactivate is [provider.Deactivator].
func (p deactivating) Deactivate(ctx context.Context, id string) (provider.User, error) {
	return p.c.access(ctx, "deactivate the user", p.c.d.Deactivate, id)
}

// Activate is [provider.Activator].
func (p activating) Activate(ctx context.Context, id string) (provider.User, error) {
	return p.c.access(ctx, "activate the user", p.c.d.Activate, id)
}

// The operations that change a user, as bits of those that are described.
const change, remove, stop, start = 1, 2, 4, 8

// able returns a client with exactly the operations that are described.
func (c *client) able() provider.Client {
	creates, reads, updates, deletes, deactivates, activates := creating{c}, reading{c}, updating{c}, deleting{c}, deactivating{c}, activating{c}
	described := 0
	for bit, has := range map[int]bool{
		change: c.d.Update != nil, remove: c.d.Delete != nil, stop: c.d.Deactivate != nil, start: c.d.Activate != nil,
	} {
		if has {
			described |= bit
		}
	}
	if c.d.Get == nil {
		return creates
	}
	if c.d.Groups != nil {
		return c.ableWithGroups(described)
	}
	switch described { // activate needs deactivate
	case 0:
		return struct {
			creating
			reading
		}{creates, reads}
	case change:
		return struct {
			creating
			reading
			updating
		}{creates, reads, updates}
	case remove:
		return struct {
			creating
			reading
			deleting
		}{creates, reads, deletes}
	case change | remove:
		return struct {
			creating
			reading
			updating
			deleting
		}{creates, reads, updates, deletes}
	case stop:
		return struct {
			creating
			reading
			deactivating
		}{creates, reads, deactivates}
	case stop | change:
		return struct {
			creating
			reading
			updating
			deactivating
		}{creates, reads, updates, deactivates}
	case stop | remove:
		return struct {
			creating
			reading
			deleting
			deactivating
		}{creates, reads, deletes, deactivates}
	case stop | change | remove:
		return struct {
			creating
			reading
			updating
			deleting
			deactivating
		}{creates, reads, updates, deletes, deactivates}
	case stop | start:
		return struct {
			creating
			reading
			deactivating
			activating
		}{creates, reads, deactivates, activates}
	case stop | start | change:
		return struct {
			creating
			reading
			updating
			deactivating
			activating
		}{creates, reads, updates, deactivates, activates}
	case stop | start | remove:
		return struct {
			creating
			reading
			deleting
			deactivating
			activating
		}{creates, reads, deletes, deactivates, activates}
	default:
		return struct {
			creating
			reading
			updating
			deleting
			deactivating
			activating
		}{creates, reads, updates, deletes, deactivates, activates}
	}
}

// ableWithGroups is able for a description with groups.
func (c *client) ableWithGroups(described int) provider.Client {
	creates, reads, updates, deletes, deactivates, activates := creating{c}, reading{c}, updating{c}, deleting{c}, deactivating{c}, activating{c}
	groups := grouping{c}
	switch described { // activate needs deactivate
	case 0:
		return struct {
			creating
			reading
			grouping
		}{creates, reads, groups}
	case change:
		return struct {
			creating
			reading
			grouping
			updating
		}{creates, reads, groups, updates}
	case remove:
		return struct {
			creating
			reading
			grouping
			deleting
		}{creates, reads, groups, deletes}
	case change | remove:
		return struct {
			creating
			reading
			grouping
			updating
			deleting
		}{creates, reads, groups, updates, deletes}
	case stop:
		return struct {
			creating
			reading
			grouping
			deactivating
		}{creates, reads, groups, deactivates}
	case stop | change:
		return struct {
			creating
			reading
			grouping
			updating
			deactivating
		}{creates, reads, groups, updates, deactivates}
	case stop | remove:
		return struct {
			creating
			reading
			grouping
			deleting
			deactivating
		}{creates, reads, groups, deletes, deactivates}
	case stop | change | remove:
		return struct {
			creating
			reading
			grouping
			updating
			deleting
			deactivating
		}{creates, reads, groups, updates, deletes, deactivates}
	case stop | start:
		return struct {
			creating
			reading
			grouping
			deactivating
			activating
		}{creates, reads, groups, deactivates, activates}
	case stop | start | change:
		return struct {
			creating
			reading
			grouping
			updating
			deactivating
			activating
		}{creates, reads, groups, updates, deactivates, activates}
	case stop | start | remove:
		return struct {
			creating
			reading
			grouping
			deleting
			deactivating
			activating
		}{creates, reads, groups, deletes, deactivates, activates}
	default:
		return struct {
			creating
			reading
			grouping
			updating
			deleting
			deactivating
			activating
		}{creates, reads, groups, updates, deletes, deactivates, activates}
	}
}

package scim

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// Update follows RFC 7644, 3.5.2, and 3.5.1 if the server has no PATCH.
func (c *client) Update(ctx context.Context, id string, changes schema.Record) (provider.User, error) {
	return c.change(ctx, "update the user", id, c.table, changes)
}

// Deactivate sets active to false (RFC 7643, 4.1.1).
func (c *client) Deactivate(ctx context.Context, id string) (provider.User, error) {
	return c.setActive(ctx, "deactivate the user", id, false)
}

// Activate sets active to true (RFC 7643, 4.1.1).
func (c *client) Activate(ctx context.Context, id string) (provider.User, error) {
	return c.setActive(ctx, "activate the user", id, true)
}

func (c *client) setActive(ctx context.Context, op, id string, active bool) (provider.User, error) {
	table := schema.Table{{Name: "active", Kind: schema.Boolean}}
	return c.change(ctx, op, id, table, schema.Record{"active": active})
}

// change sets the fields of the record.
func (c *client) change(ctx context.Context, op, id string, table schema.Table, changes schema.Record) (provider.User, error) {
	path, err := userPath(op, id)
	if err != nil {
		return provider.User{}, err
	}
	if err := mutable(table, changes); err != nil {
		return provider.User{}, &provider.Error{Class: provider.Invalid, Op: op, Err: err}
	}
	wanted, err := changesOf(table, changes)
	if err != nil {
		return provider.User{}, &provider.Error{Class: provider.Invalid, Op: op, Err: err}
	}
	if len(wanted) == 0 {
		return c.get(ctx, op, id)
	}
	can, err := c.server.capabilities(ctx, op)
	if err != nil {
		return provider.User{}, err
	}
	if can.Patch && !c.noPatch.Load() {
		answer, err := c.patch(ctx, op, id, path, wanted)
		if !refusesMethod(err) {
			return c.changed(ctx, op, id, answer, err)
		}
		c.noPatch.Store(true)
	}
	answer, err := c.put(ctx, op, id, path, wanted)
	if err != nil {
		return provider.User{}, err
	}
	return c.readWithID(op, answer, id)
}

// refusesMethod reports whether a server has no such operation, and so did nothing.
func refusesMethod(err error) bool {
	status := statusOf(err)
	return status == http.StatusNotImplemented || status == http.StatusMethodNotAllowed
}

// changed returns the user after a PATCH. If the response does not contain it, the user is read again.
func (c *client) changed(ctx context.Context, op, id string, answer *provider.Response, err error) (provider.User, error) {
	if err != nil {
		return provider.User{}, err
	}
	if len(answer.Body) > 0 {
		return c.readWithID(op, answer, id)
	}
	user, err := c.get(ctx, op, id)
	if err != nil {
		return provider.User{}, &provider.Error{Class: provider.Unknown, Op: op, Status: answer.Status, Err: fmt.Errorf("could not read the user afterwards: %w", err)}
	}
	return user, nil
}

// mutable fails if a record contains a field that no update changes.
func mutable(table schema.Table, changes schema.Record) error {
	fields := table.Mutable()
	for _, name := range slices.Sorted(maps.Keys(changes)) {
		if _, ok := fields.Field(name); !ok {
			return fmt.Errorf("%q cannot be updated", name)
		}
	}
	return nil
}

// change is the new value of one field.
type change struct {
	field schema.Field
	value json.RawMessage // nil if the field is emptied
}

// changesOf lists what a record changes, in the order of the table.
func changesOf(table schema.Table, record schema.Record) ([]change, error) {
	var changes []change
	for _, field := range table {
		value, ok := record[field.Name]
		if !ok {
			continue
		}
		this := change{field: field}
		if !record.IsEmpty(field.Name) {
			alone := field
			alone.Wire = []string{"value"}
			body, err := schema.Table{alone}.Encode(schema.Record{field.Name: value})
			if err != nil {
				return nil, err
			}
			var wrapped struct {
				Value json.RawMessage `json:"value"`
			}
			if err := json.Unmarshal(body, &wrapped); err != nil {
				return nil, err
			}
			this.value = wrapped.Value
		}
		changes = append(changes, this)
	}
	return changes, nil
}

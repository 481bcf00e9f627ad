package users

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/bring-aboard/usher/internal/scratch"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// inOrder calls a function for each user that --search selects in the order of --sort, up to the limit. The users are
// sorted in a scratch file, so that a large directory does not have to fit in memory.
func (o *listOptions) inOrder(ctx context.Context, lister provider.Lister, add func(provider.User, schema.Record) error) (n listed, err error) {
	name, descending := strings.CutPrefix(o.sort, "-")
	by, err := (listColumns{adapter: o.selection.Adapter}).column("sort", name)
	if err != nil {
		return n, err
	}
	sorted, done, err := o.newSorted(ctx)
	if err != nil {
		return n, fmt.Errorf("could not sort the users: %w", err)
	}
	defer func() { err = errors.Join(err, done()) }()
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false) // the attributes are printed as the provider returned them
	n, failed := o.asTheyArrive(ctx, lister, 0, func(user provider.User, record schema.Record) error {
		text.Reset()
		if err := encoder.Encode(user); err != nil {
			return err
		}
		return sorted.Add(ctx, by.sortKey(user, record), text.Bytes())
	})
	n.shown = 0
	for text, err := range sorted.All(ctx, descending) {
		if err != nil {
			return n, errors.Join(failed, err)
		}
		if o.limit > 0 && n.shown == o.limit {
			break
		}
		var user provider.User
		if err := json.Unmarshal(text, &user); err != nil {
			return n, errors.Join(failed, err)
		}
		if err := add(user, user.Record(o.selection.Adapter.Table)); err != nil {
			return n, errors.Join(failed, err)
		}
		n.shown++
	}
	return n, failed
}

// newSorted returns a new sorted list in the state directory, and the function that removes it.
func (o *listOptions) newSorted(ctx context.Context) (*scratch.Sorted, func() error, error) {
	dir, err := o.app.StateDir()
	if err != nil {
		return nil, nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, nil, err
	}
	file, err := scratch.New(ctx, dir)
	if err != nil {
		return nil, nil, err
	}
	sorted, err := file.NewSorted(ctx, "users")
	if err != nil {
		return nil, nil, errors.Join(err, file.Close())
	}
	return sorted, func() error { return errors.Join(sorted.Close(), file.Close()) }, nil
}

package users

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cli/kit"
	"github.com/bring-aboard/usher/internal/join"
)

// openJoin reads the files of --join, and takes the values that refer to them
// out of those that are set for all rows.
func (o *rosterOptions) openJoin(ctx context.Context, set map[string]string) (*join.Join, error) {
	if len(o.join) == 0 {
		return &join.Join{}, nil // a value that begins with @ is itself
	}
	table := o.selection.Adapter.Table
	var specs []join.Spec
	for _, text := range o.join {
		spec, err := join.ParseSpec(text, table)
		if err != nil {
			return nil, app.Refuse(err, "usher users import --help")
		}
		specs = append(specs, spec)
	}
	references := map[string]join.Reference{}
	for _, name := range slices.Sorted(maps.Keys(set)) {
		reference, err := join.ParseReference(set[name])
		if errors.Is(err, join.ErrNoReference) {
			continue
		}
		if err != nil {
			return nil, app.Refuse(fmt.Errorf("--set %s: %w", name, err), "usher users import --help")
		}
		field, ok := table.Match(name)
		if !ok {
			return nil, app.Refuse(fmt.Errorf("--set %s is not a documented field%s", name, kit.DidYouMean(name, table.Names())))
		}
		references[field.Name] = reference
		delete(set, name)
	}
	dir, err := o.app.StateDir()
	if err != nil {
		return nil, app.Refuse(err)
	}
	opened, err := join.Open(ctx, table, specs, references, dir)
	if err != nil {
		return nil, notRead(err)
	}
	return opened, nil
}

package job

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/join"
	"github.com/bring-aboard/usher/internal/scratch"
	"github.com/bring-aboard/usher/pkg/schema"
)

// openJoin reads the files of --join, and removes the values that refer to them from those that are set for all
// rows.
func (r *Reader) openJoin(ctx context.Context, set map[string]string, to *scratch.File) (*join.Join, error) {
	if len(r.Join) == 0 {
		return &join.Join{}, nil // a value that begins with @ is itself
	}
	table := r.selection.Adapter.Table
	var specs []join.Spec
	for _, text := range r.Join {
		spec, err := join.ParseSpec(text, table)
		if err != nil {
			return nil, failure.Refuse(err, "usher users import --help")
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
			return nil, failure.Refuse(fmt.Errorf("--set %s: %w", name, err), "usher users import --help")
		}
		field, ok := table.Match(name)
		if !ok {
			return nil, failure.Refuse(fmt.Errorf("--set: unknown field %s%s", name, schema.Suggestion(name, table.Names())))
		}
		references[field.Name] = reference
		delete(set, name)
	}
	opened, err := join.Open(ctx, table, specs, references, to)
	if err != nil {
		return nil, r.notRead(err)
	}
	return opened, nil
}

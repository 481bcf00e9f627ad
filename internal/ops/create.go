package ops

import (
	"context"

	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// Create returns the operation that creates the user of an item's record. A lookup by the key shows whether the
// user exists, but not who created them.
func Create(client provider.Client) engine.Operation {
	op := ByKey(client)
	op.Name, op.Done, op.Already = "create the user", rowstate.Created, rowstate.Existing
	op.Do = func(ctx context.Context, item engine.Item) (provider.User, error) {
		return client.Create(ctx, item.Record)
	}
	if batcher, ok := provider.As[provider.Batcher](client); ok {
		op.DoBatch = func(ctx context.Context, items []engine.Item) []provider.BatchResult {
			records := make([]schema.Record, len(items))
			for i, item := range items {
				records[i] = item.Record
			}
			return batcher.CreateBatch(ctx, records)
		}
	}
	return op
}

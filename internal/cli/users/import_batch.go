package users

import (
	"context"
	"fmt"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/bulk"
	"github.com/bring-aboard/usher/internal/cli/kit"
	"github.com/bring-aboard/usher/pkg/provider"
)

// checkBatch refuses batches that mean nothing, or that the provider does not document.
func (o *importOptions) checkBatch() error {
	switch {
	case o.batch == 0:
		return nil
	case o.batch < 2:
		return app.Refuse(fmt.Errorf("--batch %d is no number of rows that travel together: give 2 or more, or leave it away", o.batch))
	case o.update:
		return app.Refuse(fmt.Errorf("--batch is for creating users, and --update creates nobody"))
	default:
		return kit.Documented(o.selection.Adapter, provider.PowerBatch, "create several users in one request")
	}
}

// withBatches asks how many rows a request may carry in this tenant, and gives
// the engine workers for all rows that may be under way.
func (o *importOptions) withBatches(ctx context.Context, connection *app.Connection, options bulk.Options) (bulk.Options, error) {
	if o.batch == 0 {
		return options, nil
	}
	most, err := connection.Reader.(provider.Batcher).BatchSize(ctx)
	if err != nil {
		return options, kit.ProviderFailure(o.selection, fmt.Errorf("how many users one request may create cannot be told, and nothing was sent: %w", err))
	}
	if most < 2 {
		return options, app.Refuse(fmt.Errorf("%s takes no batches: nothing was sent", o.selection.Target), "leave --batch away: each row then has a request of its own")
	}
	if most < o.batch {
		fmt.Fprintf(o.app.Streams.Err, "One request takes %s here, so that is the batch.\n", count(most, "row"))
	}
	options.Batch = min(o.batch, most)
	options.Concurrency *= options.Batch
	options.MaxLost *= options.Batch // one lost answer is so many rows
	return options, nil
}

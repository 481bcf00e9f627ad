package bulk

import (
	"context"

	"github.com/bring-aboard/usher/internal/fault"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// rescued makes an error of class Unknown of a panic: a request may have been
// sent before it. So a fault in an adapter costs one row its answer, and no
// other row anything.
func rescued[T any](op string, ask func() (T, error)) (answer T, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = &provider.Error{Class: provider.Unknown, Op: op, Err: fault.Of(cause)}
		}
	}()
	return ask()
}

// rescuedCreate is a client's Create that does not panic.
func rescuedCreate(client provider.Client) func(context.Context, schema.Record) (provider.User, error) {
	return func(ctx context.Context, record schema.Record) (provider.User, error) {
		return rescued("create the user", func() (provider.User, error) { return client.Create(ctx, record) })
	}
}

// rescuedBatch is a client's CreateBatch that does not panic: then every row of it
// has an unknown outcome.
func rescuedBatch(batcher provider.Batcher) func(context.Context, []schema.Record) []provider.Result {
	return func(ctx context.Context, records []schema.Record) []provider.Result {
		results, err := rescued("create the users", func() ([]provider.Result, error) { return batcher.CreateBatch(ctx, records), nil })
		if err != nil {
			results = make([]provider.Result, len(records))
			for i := range results {
				results[i].Err = err
			}
		}
		return results
	}
}

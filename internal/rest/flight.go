package rest

import (
	"cmp"
	"context"

	"golang.org/x/sync/singleflight"
)

// flight runs one function at a time and returns its result to all callers that came meanwhile.
type flight[T any] struct {
	group singleflight.Group
}

// landing is the result of a flight.
type landing[T any] struct {
	value T
	err   error
	// abandoned reports that the caller whose function ran went away, which may be why it failed.
	abandoned bool
}

// do runs a function unless one is running already. It returns when the context ends. If the caller whose function ran
// goes away, the others start again.
func (f *flight[T]) do(ctx context.Context, run func() (T, error)) (T, error) {
	for {
		landed := f.group.DoChan("", func() (any, error) {
			value, err := run()
			return landing[T]{value: value, err: err, abandoned: err != nil && ctx.Err() != nil}, nil
		})
		select {
		case <-ctx.Done():
			var none T
			return none, ctx.Err()
		case result := <-landed:
			outcome, _ := result.Val.(landing[T])
			if outcome.abandoned && ctx.Err() == nil {
				continue
			}
			return outcome.value, cmp.Or(outcome.err, result.Err)
		}
	}
}

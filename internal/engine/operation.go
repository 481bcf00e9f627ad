package engine

import (
	"context"
	"errors"
	"iter"

	"github.com/bring-aboard/usher/internal/evidence"
	"github.com/bring-aboard/usher/internal/panicerr"
	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/pkg/provider"
)

// Operation is what a run does to the user of each item: create, update, delete or deactivate them. Its functions
// are called concurrently, but for one item by one goroutine at a time. A panic becomes an error of class Unknown.
type Operation struct {
	// Name is the operation in errors: "create the user".
	Name string
	// Do performs the operation. It sends at most one request that may have an effect. Its error may be
	// [ErrAlready] or wrap [ErrNotThere].
	Do func(context.Context, Item) (provider.User, error)
	// DoBatch performs it for several items by one request, and returns a result for each; nil if the provider
	// documents no such request.
	DoBatch func(context.Context, []Item) []provider.BatchResult
	// Confirm returns the user of an item if they are as the operation leaves them, and an error of class NotFound
	// if they are not. It sends nothing that has an effect. It is nil if there is no way to confirm.
	Confirm func(context.Context, Item) (provider.User, error)
	// List yields users that Confirm can find by their keys, to show that it can find such keys; nil if the
	// provider documents no list.
	List func(context.Context) iter.Seq2[provider.User, error]
	// Repeatable reports that a second request has no effect beyond that of the first. A repeatable operation
	// requires less evidence than one that could create a second account.
	Repeatable bool
	// Done is the state of an item for which the operation was performed, and Already that of an item whose user
	// was already as it leaves them.
	Done, Already rowstate.State
}

// ErrAlready is the error of an operation that sent nothing, because the user is already as it leaves them.
var ErrAlready = errors.New("user already up to date")

// ErrNotThere is wrapped by the error of an operation whose response reports that there is no such user. That
// proves nothing; a read decides.
var ErrNotThere = errors.New("user not found")

// do is Do without panics.
func (o Operation) do(ctx context.Context, item Item) (provider.User, error) {
	return recovered(o.Name, func() (provider.User, error) { return o.Do(ctx, item) })
}

// doBatch is DoBatch without panics: after a panic every item has an unknown outcome.
func (o Operation) doBatch(ctx context.Context, items []Item) []provider.BatchResult {
	results, err := recovered(o.Name, func() ([]provider.BatchResult, error) { return o.DoBatch(ctx, items), nil })
	if err != nil {
		results = make([]provider.BatchResult, len(items))
		for i := range results {
			results[i].Err = err
		}
	}
	return results
}

// confirm is Confirm without panics.
func (o Operation) confirm(ctx context.Context, item Item) (provider.User, error) {
	return recovered("look up the user", func() (provider.User, error) { return o.Confirm(ctx, item) })
}

// reply returns what the response to an attempt shows about its effect.
func (o Operation) reply(err error) evidence.Reply {
	if o.Repeatable && errors.Is(err, ErrNotThere) {
		return evidence.Lost
	}
	return evidence.ReplyOf(err)
}

// recovered converts a panic to an error of class Unknown, because a request may have been sent before it. So a
// defect in an adapter affects only one item.
func recovered[T any](op string, call func() (T, error)) (result T, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = &provider.Error{Class: provider.Unknown, Op: op, Err: panicerr.Of(cause)}
		}
	}()
	return call()
}

package engine

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/bring-aboard/usher/pkg/provider"
)

// errEnded is the error of a lookup that was not made because the run ended.
var errEnded = errors.New("the run has ended")

// ErrUnclear is the error of an answer after which it is unknown whether the user of an item exists: it contains
// several users with the key, or a user who is not certainly the same.
var ErrUnclear = errors.New("the response does not show whether the user exists")

// notSame returns the error of a user who is not certainly that of an item.
func notSame(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", ErrUnclear, err)
}

// isUnclear reports whether an answer was complete but it is still unknown whether the user exists.
func isUnclear(err error) bool {
	return errors.Is(err, ErrUnclear) || errors.Is(err, provider.ErrAnotherUser) || provider.ClassOf(err) == provider.Conflict
}

// LookUp looks up the user of each item, with the workers, the rate and the retries of a run, and calls found for
// those that exist, one call at a time. If the answer is unclear, the call has [ErrUnclear]. It sends nothing
// else. It ends with the first lookup that neither finds a user nor documents absence: its error wraps [ErrDenied]
// if the credentials were denied, and is [ErrInterrupted] if the context ended. If the provider documents no
// lookup, it finds no user.
func LookUp(ctx context.Context, op Operation, items iter.Seq2[Item, error], options Options, found func(Item, provider.User, error)) error {
	return askEach(ctx, op, items, options, func(r *run, item Item, user provider.User, err error) {
		switch {
		case err == nil:
			found(item, user, nil)
		case isUnclear(err):
			found(item, user, fmt.Errorf("%w: %w", ErrUnclear, err))
		case provider.AbsenceOf(err) != provider.AbsenceDocumented:
			r.breaker.stop(err)
		}
	})
}

// Ask is [LookUp] for callers that need every answer: it calls answer for each item with the user or an error, of
// class NotFound if the user does not exist. A failed lookup ends it only if the credentials were denied, or
// several consecutive lookups failed. It does not call answer for items that were not looked up.
func Ask(ctx context.Context, op Operation, items iter.Seq2[Item, error], options Options, answer func(Item, provider.User, error)) error {
	unanswered := 0
	return askEach(ctx, op, items, options, func(r *run, item Item, user provider.User, err error) {
		switch {
		case errors.Is(err, errEnded):
			return
		case err == nil || isUnclear(err) || provider.ClassOf(err) == provider.NotFound:
			unanswered = 0
		default:
			if unanswered++; unanswered >= maxUnanswered {
				r.breaker.stop(err)
			}
		}
		answer(item, user, err)
	})
}

// askEach calls handle with the answer for each item, one call at a time.
func askEach(ctx context.Context, op Operation, items iter.Seq2[Item, error], options Options, answer func(*run, Item, provider.User, error)) error {
	r := newRun(ctx, op, options)
	if op.Confirm == nil {
		return nil
	}
	unwatch := r.watch(nil)
	defer unwatch()
	r.pace.begin(r.options, r.throttled)
	defer r.pace.end()
	source := newSource(items)
	defer source.close()

	each(r.options.Concurrency, func() (Item, bool) {
		if r.asking.Err() != nil {
			return Item{}, false
		}
		return source.take()
	}, func(item Item) {
		user, err := r.find(r.asking, item)
		r.reporting.Lock()
		defer r.reporting.Unlock()
		answer(r, item, user, err)
	})
	if err := r.breaker.why(); err != nil {
		return err
	}
	return source.err
}

// find looks up a user, and retries if the provider was busy or did not respond: a lookup changes nothing. If the
// credentials are denied, the run ends.
func (r *run) find(waiting context.Context, item Item) (provider.User, error) {
	return r.findBy(r.requests, waiting, item)
}

// findFresh is find with a response that no cache has.
func (r *run) findFresh(item Item) (provider.User, error) {
	return r.findBy(provider.Fresh(r.requests), r.asking, item)
}

func (r *run) findBy(requests, waiting context.Context, item Item) (provider.User, error) {
	for tries := (Retries{}); ; {
		left, err := r.pace.acquire(waiting)
		if err != nil {
			return provider.User{}, errEnded
		}
		user, err := r.op.confirm(requests, item)
		r.pace.observe(left, err)
		r.heed(err)
		if err == nil {
			if err = notSame(r.options.Same(item, user)); err == nil {
				r.options.Route.found(item.Key)
			}
			return user, err
		}
		if users := provider.UsersIn(err); len(users) > 0 && provider.ClassOf(err) != provider.Conflict {
			return user, err // another lookup would find them as well
		}
		switch provider.ClassOf(err) {
		case provider.NotFound, provider.Invalid, provider.Conflict:
			return user, err
		case provider.Denied:
			if isDenied(err) {
				r.breaker.denied(item.Line, err)
			}
			return user, err
		}
		if isUnclear(err) || r.exhausted(&tries, err) {
			return user, err
		}
		r.rest(waiting, tries, err)
	}
}

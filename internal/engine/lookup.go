package engine

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/bring-aboard/usher/pkg/provider"
)

// errEnded is the error of a look-up whose turn the run's end took away.
var errEnded = errors.New("the run has ended")

// ErrUnclear is the error of an answer that leaves open whether the user of an item
// exists: it has several users with the key, or another user, or one who is not
// certainly the same.
var ErrUnclear = errors.New("the answer leaves open whether the user exists")

// notSame is the error of a user who is not certainly that of an item.
func notSame(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", ErrUnclear, err)
}

// isUnclear reports whether an answer was complete and leaves open whether the user
// exists.
func isUnclear(err error) bool {
	return errors.Is(err, ErrUnclear) || errors.Is(err, provider.ErrAnotherUser) || provider.ClassOf(err) == provider.Conflict
}

// LookUp asks the provider for each item whether its user exists, with the
// workers, the pace and the repeats of a run, and tells found of those that do,
// one call at a time; of those whose answer leaves it open (several users, or
// another one) with [ErrUnclear]. It sends nothing else. It ends with the first
// lookup that neither finds a user nor documents absence: its error wraps
// [ErrDenied] if the credentials were refused, and is [ErrInterrupted] if the
// context ended. If the provider documents no lookup it finds nobody.
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

// Ask is [LookUp] for callers who want every answer: it tells answer of each
// item the user, or an error, of class NotFound where the user does not exist.
// A look-up that gives no answer ends it only where the credentials were
// refused, or several in a row gave none. Items that it did not come to are not
// told of.
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

// askEach tells of the answer for each item, one call at a time.
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

// find looks a user up, again where the provider was busy or gave no answer: a
// look-up changes nothing. Where the credentials are refused the run ends.
func (r *run) find(waiting context.Context, item Item) (provider.User, error) {
	return r.findBy(r.requests, waiting, item)
}

// findFresh is find with an answer that no cache has.
func (r *run) findFresh(item Item) (provider.User, error) {
	return r.findBy(provider.Fresh(r.requests), r.asking, item)
}

func (r *run) findBy(requests, waiting context.Context, item Item) (provider.User, error) {
	for tries := (tries{}); ; {
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
		if isUnclear(err) || tries.exhausted(err, r.options.Sends) {
			return user, err
		}
		r.rest(waiting, tries, err)
	}
}

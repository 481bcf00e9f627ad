package bulk

import (
	"context"
	"errors"
	"iter"

	"github.com/bring-aboard/usher/pkg/provider"
)

// errEnded is the error of a look-up whose turn the run's end took away.
var errEnded = errors.New("the run has ended")

// LookUp asks the provider for each item whether its user exists, with the
// workers, the pace and the repeats of a run, and tells found of those that do,
// one call at a time. It sends nothing else. It ends with the first look-up that
// gives no answer: its error wraps [ErrDenied] where the credentials were
// refused, and is [ErrInterrupted] where the context ended. Where the provider
// documents no look-up it finds nobody.
func LookUp(ctx context.Context, client provider.Client, items iter.Seq2[Item, error], options Options, found func(Item, provider.User)) error {
	return askEach(ctx, client, items, options, func(r *run, item Item, user provider.User, err error) {
		switch {
		case err == nil:
			found(item, user)
		case provider.ClassOf(err) != provider.NotFound:
			r.breaker.stop(err)
		}
	})
}

// Ask is [LookUp] for callers who want every answer: it tells answer of each
// item the user, or an error, of class NotFound where the user does not exist.
// A look-up that gives no answer ends it only where the credentials were
// refused, or several in a row gave none. Items that it did not come to are not
// told of.
func Ask(ctx context.Context, client provider.Client, items iter.Seq2[Item, error], options Options, answer func(Item, provider.User, error)) error {
	unanswered := 0
	return askEach(ctx, client, items, options, func(r *run, item Item, user provider.User, err error) {
		switch {
		case errors.Is(err, errEnded):
			return
		case err == nil || provider.ClassOf(err) == provider.NotFound:
			unanswered = 0
		default:
			if unanswered++; unanswered >= mostUnanswered {
				r.breaker.stop(err)
			}
		}
		answer(item, user, err)
	})
}

// askEach tells of the answer for each item, one call at a time.
func askEach(ctx context.Context, client provider.Client, items iter.Seq2[Item, error], options Options, answer func(*run, Item, provider.User, error)) error {
	r := newRun(ctx, client, options)
	if r.finder == nil {
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
	for tries := (tries{}); ; {
		left, err := r.pace.enter(waiting)
		if err != nil {
			return provider.User{}, errEnded
		}
		user, err := rescued("find the user", func() (provider.User, error) { return r.finder.Find(r.requests, item.Key) })
		r.pace.answered(left, err)
		if err == nil {
			return user, nil
		}
		switch provider.ClassOf(err) {
		case provider.NotFound, provider.Invalid, provider.Conflict:
			return user, err
		case provider.Denied:
			if !isForbidden(err) {
				r.breaker.denied(item.Line, err)
			}
			return user, err
		}
		if tries.exhausted(err, r.options.Sends) {
			return user, err
		}
		r.rest(waiting, tries, err)
	}
}

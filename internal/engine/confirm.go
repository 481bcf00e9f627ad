package engine

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/bring-aboard/usher/internal/evidence"
	"github.com/bring-aboard/usher/pkg/provider"
)

// confirmAtOnce is the number of users who are looked up before their absence is decided. It limits the use of
// memory.
const confirmAtOnce = 500

// Confirm looks up each user with responses that no cache has, and calls answer for each with the user or an
// error. If the error documents absence (see [provider.AbsenceOf]), absence is confirmed: the route has shown that
// it can find such a key, or the provider's complete list lacks the user. Every other error of class NotFound
// proves nothing. It ends as [Ask] does.
func Confirm(ctx context.Context, op Operation, items iter.Seq2[Item, error], options Options, answer func(Item, provider.User, error)) error {
	options = options.withDefaults()
	source := newSource(items)
	defer source.close()
	for {
		var some []Item
		for len(some) < confirmAtOnce {
			item, ok := source.take()
			if !ok {
				break
			}
			some = append(some, item)
		}
		if len(some) == 0 {
			return source.err
		}
		if err := confirmSome(ctx, op, some, options, answer); err != nil {
			return err
		}
	}
}

func confirmSome(ctx context.Context, op Operation, items []Item, options Options, answer func(Item, provider.User, error)) error {
	var absent []attempt
	err := Ask(provider.Fresh(ctx), op, itemsOfList(items), options, func(item Item, user provider.User, err error) {
		if provider.AbsenceOf(err) == provider.AbsenceDocumented {
			absent = append(absent, attempt{Item: item, err: err})
			return
		}
		answer(item, user, err)
	})
	if len(absent) == 0 {
		return err
	}
	r := newRun(ctx, op, options)
	defer r.watch(nil)()
	r.pace.begin(r.options, r.throttled)
	defer r.pace.end()
	r.learn(absent)
	route := options.Route.now()
	for _, t := range absent {
		if !route.CanProve(t.Key, t.unlisted) {
			t.err = unproved(t.err)
		}
		answer(t.Item, provider.User{}, t.err)
	}
	return err
}

// unproved returns the error of a lookup that found no user, for a key that the route has not been shown to find.
func unproved(err error) error {
	failure := &provider.Error{Class: provider.NotFound, Op: "look up the user", Err: errUnproved}
	if known, ok := errors.AsType[*provider.Error](err); ok {
		failure.Op, failure.Status = known.Op, known.Status
	}
	return failure
}

// errUnproved is why a lookup that finds no user proves nothing.
var errUnproved = errors.New("user not found, but no lookup has found such a key so far")

// itemsOfList yields the items of a list.
func itemsOfList(items []Item) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		for _, item := range items {
			if !yield(item, nil) {
				return
			}
		}
	}
}

// SettleTime returns the time after which doubts are settled: the configured one, or the default that follows from
// what the provider documents about its users. It may send a read.
func (o Options) SettleTime(ctx context.Context) time.Duration {
	if o.SettleAfter != 0 {
		return o.SettleAfter
	}
	if o.Unique == nil {
		return evidence.DefaultSettleAfter
	}
	return evidence.SettleAfter(o.Unique(ctx))
}

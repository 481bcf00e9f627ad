package bulk

import (
	"context"
	"errors"
	"iter"
	"sync"

	"github.com/bring-aboard/usher/pkg/provider"
)

// LookUp asks the provider about every item, changes nothing, and tells found
// of those that exist, one call at a time. The client must be a
// [provider.Finder]. It ends with the first look-up that got no answer for good.
func LookUp(ctx context.Context, client provider.Client, items iter.Seq2[Item, error], options Options, found func(Item, provider.User)) error {
	options = options.withDefaults()
	r := &run{client: client, options: options, gate: newGate(options), breaker: newBreaker(options)}
	var ok bool
	if r.finder, ok = client.(provider.Finder); !ok {
		return errors.New("the provider documents no look-up")
	}
	stopWatching := r.watch(ctx, nil)
	var telling sync.Mutex
	r.each(r.queue(items), func(item Item) {
		user, err := r.find(ctx, item.Key)
		switch {
		case err == nil:
			telling.Lock()
			defer telling.Unlock()
			found(item, user)
		case provider.ClassOf(err) != provider.NotFound:
			r.breaker.stop(err)
		}
	})
	stopWatching()
	return r.breaker.why()
}

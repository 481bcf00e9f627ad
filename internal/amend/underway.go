package amend

import "sync"

// underWay has what a run must know of its items between their turn and their
// outcome, by key. It is safe for concurrent use.
type underWay[T any] struct {
	mu    sync.Mutex
	byKey map[string]*T
}

func newUnderWay[T any]() *underWay[T] { return &underWay[T]{byKey: map[string]*T{}} }

func (u *underWay[T]) put(key string, item *T) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.byKey[key] = item
}

// get gives nil for a key that is not under way.
func (u *underWay[T]) get(key string) *T {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.byKey[key]
}

func (u *underWay[T]) drop(key string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.byKey, key)
}

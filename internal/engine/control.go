package engine

import (
	"slices"
	"sync"
	"time"

	"github.com/bring-aboard/usher/internal/evidence"
	"github.com/bring-aboard/usher/pkg/provider"
)

// controls are users who were created after a row came into doubt. If lookups find none of them, they cannot prove
// that the row's user is absent.
type controls struct {
	after time.Time
	items []Item
}

// affirmed distributes the users whose creation was affirmed as controls. It is safe for concurrent use.
type affirmed struct {
	mu   sync.Mutex
	open []*controls // that accept more users
}

// watch returns the controls of a row whose last request was sent at a time.
func (a *affirmed) watch(left time.Time) *controls {
	c := &controls{after: left}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.open = append(a.open, c)
	return c
}

// add adds a user whose creation was affirmed.
func (a *affirmed) add(t attempt) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.open = slices.DeleteFunc(a.open, func(c *controls) bool {
		if t.left.After(c.after) {
			c.items = append(c.items, Item{Row: t.Row, Line: t.Line, Key: t.Key})
		}
		return len(c.items) >= evidence.MostControls
	})
}

// of returns the users that serve as controls of a row.
func (a *affirmed) of(t attempt) []Item {
	if t.controls == nil {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(t.controls.items)
}

// visible contains the controls that were found.
type visible struct {
	mu   sync.Mutex
	rows map[int]bool
}

func (v *visible) has(row int) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.rows[row]
}

func (v *visible) add(row int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.rows == nil {
		v.rows = map[int]bool{}
	}
	v.rows[row] = true
}

// control looks up users who were created later, until one is found.
func (r *run) control(t attempt) evidence.Control {
	items := r.affirmed.of(t)
	for _, item := range items {
		if r.visible.has(item.Row) {
			return evidence.Visible
		}
		if _, err := r.find(r.asking, item); err == nil {
			r.visible.add(item.Row)
			return evidence.Visible
		}
	}
	if len(items) == 0 {
		return evidence.NoControl
	}
	return evidence.Invisible
}

// learn shows by lookups what the proofs about rows in doubt require: it looks up users of the provider's list by
// their keys. If the list ends before enough was shown and is complete, it marks the rows whose users it lacks.
func (r *run) learn(doubts []attempt) {
	var wanted []int
	for i, t := range doubts {
		if !t.Word && !r.options.Route.now().CanProve(t.Key, false) {
			wanted = append(wanted, i)
		}
	}
	if r.op.List == nil || len(wanted) == 0 || r.options.Route.now().IsRewritten() {
		return
	}
	shown, listed := r.options.Route.now(), map[string]bool{}
	var samples []Item
	for user, err := range r.op.List(provider.Fresh(r.requests)) {
		if err != nil {
			r.showAll(samples)
			return
		}
		listed[evidence.Skeleton(user.Key)] = true
		if slices.ContainsFunc(wanted, func(i int) bool { return shown.Helps(user.Key, doubts[i].Key) }) {
			shown = shown.Found(user.Key)
			samples = append(samples, Item{Key: user.Key})
		}
		if !slices.ContainsFunc(wanted, func(i int) bool { return !shown.CanProve(doubts[i].Key, false) }) {
			r.showAll(samples)
			return
		}
	}
	r.showAll(samples)
	for _, i := range wanted {
		doubts[i].unlisted = !listed[evidence.Skeleton(doubts[i].Key)]
	}
}

// showAll looks up users of the list by their keys.
func (r *run) showAll(samples []Item) {
	for _, item := range samples {
		_, _ = r.find(r.asking, item) // found users are noted
	}
}

package engine

import (
	"slices"
	"sync"

	"github.com/bring-aboard/usher/pkg/provider"
)

// Due is a created user who must be looked up once more, because their create was sent more than once, or because
// their id is not known.
type Due struct {
	Item
	// UserID is the provider's id; empty if it is not known.
	UserID string
	// Resends is how often the create was resent.
	Resends int
	// Earlier reports that an earlier run created the user.
	Earlier bool
}

// dueList collects the users who are due. It is safe for concurrent use.
type dueList struct {
	mu   sync.Mutex
	list []Due
}

func (d *dueList) add(due Due) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.list = append(d.list, due)
}

// lookAgain looks up the users who are due, at the end of a run. Users who are not looked up remain due.
func (r *run) lookAgain() {
	at, list := 0, r.due.list
	each(r.options.Concurrency, func() (due Due, ok bool) {
		if at == len(list) || r.asking.Err() != nil || r.op.Confirm == nil {
			return due, false
		}
		at++
		return list[at-1], true
	}, r.lookAt)
}

// lookAt looks up one user, and records what changed.
func (r *run) lookAt(due Due) {
	user, err := r.findFresh(due.Item)
	users := provider.UsersIn(err)
	switch {
	case err == nil:
		users = []provider.User{user}
	case provider.ClassOf(err) == provider.Conflict && len(users) > 1:
	case provider.ClassOf(err) == provider.NotFound:
		users = nil
	default:
		return // no lookup was made
	}
	outcome := Result{Item: due.Item, State: r.op.Done, User: provider.User{ID: due.UserID}, Resends: due.Resends}
	if due.Earlier {
		outcome.State = r.op.Already
	}
	var ids []string
	for _, id := range append([]string{due.UserID}, idsOf(users)...) {
		if id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	if outcome.User.ID == "" && len(ids) > 0 {
		outcome.User.ID = ids[0]
	}
	if len(ids) > 1 {
		outcome.Duplicates = ids
	}
	r.record(outcome)
	r.reporting.Lock()
	defer r.reporting.Unlock()
	r.options.Amended(outcome)
}

func idsOf(users []provider.User) (ids []string) {
	for _, user := range users {
		ids = append(ids, user.ID)
	}
	return ids
}

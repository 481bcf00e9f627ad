package job

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/ops"
	"github.com/bring-aboard/usher/internal/progress"
	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/pkg/provider"
)

// Wait is how long to wait until lookups find the created users; 0 for not at all.
type Wait time.Duration

// betweenReads is the time between two lookups of a user who is not found yet.
const betweenReads = time.Second

// check returns an error for a negative time, and if the provider documents no lookup.
func (w Wait) check(adapter provider.Adapter) error {
	if w == 0 {
		return nil
	}
	return app.Documented(adapter, provider.CapabilityFind, "look up a user (required by --wait)")
}

// await remembers a created user, if the run waits for them.
func (r *run) await(outcome engine.Result) {
	if r.Wait > 0 && outcome.State == rowstate.Created {
		r.awaited = append(r.awaited, engine.Item{Row: outcome.Row, Line: outcome.Line, Key: outcome.Key})
	}
}

// untilFound waits until lookups find the awaited users, and returns how many of them they did not find. A lookup that
// fails finds no user. An interrupt ends the wait.
func (w Wait) untilFound(ctx context.Context, r *run, drain <-chan struct{}) (missing int, err error) {
	users := r.awaited
	if len(users) == 0 {
		return 0, nil
	}
	r.App.Streams.Say("", fmt.Sprintf("Waiting up to %s until a lookup finds %s.", time.Duration(w), progress.Count(len(users), "created user")))
	options := r.options
	options.Same = intake.SameUser(r.Selection.Adapter)
	until := time.Now().Add(time.Duration(w))
	for {
		found := map[int]bool{}
		err := engine.Ask(provider.Fresh(ctx), ops.ByKey(r.connection.Client), each(users), options, func(item engine.Item, _ provider.User, err error) {
			found[item.Row] = err == nil
		})
		users = slices.DeleteFunc(users, func(user engine.Item) bool { return found[user.Row] })
		switch {
		case len(users) == 0:
			return 0, nil
		case errors.Is(err, engine.ErrDenied), errors.Is(err, engine.ErrInterrupted):
			return len(users), err
		case isClosed(drain):
			return len(users), engine.ErrInterrupted
		case time.Now().After(until):
			return len(users), nil
		}
		if err := options.Wait(ctx, betweenReads); err != nil {
			return len(users), err
		}
	}
}

package users

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/bring-aboard/usher/internal/amend"
	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/bulk"
	"github.com/bring-aboard/usher/internal/cli/kit"
	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/progress"
	"github.com/bring-aboard/usher/internal/roster"
	"github.com/bring-aboard/usher/pkg/provider"
)

// canAsk refuses where the provider documents no way to tell who exists.
func canAsk(adapter provider.Adapter) error {
	if _, finds := adapter.Operation(provider.PowerFind); finds {
		return nil
	}
	return kit.Documented(adapter, provider.PowerList, "ask which users exist")
}

// openExisting opens a roster of people who exist: what a profile gives to
// everybody whom it creates is not theirs.
func (o *rosterOptions) openExisting(ctx context.Context, link *kit.Link) (*people, error) {
	adapter := o.selection.Adapter
	defaults, err := kit.Defaults(o.selection)
	if err != nil {
		return nil, err
	}
	maps.DeleteFunc(defaults, func(name string, _ any) bool { return name != adapter.Scope })
	const skipInvalid = true // what has faults is in nobody's way
	return o.openRoster(ctx, link, roster.Options{Table: amend.RosterTable(adapter), Defaults: defaults, Empties: true}, skipInvalid)
}

// errSomeUnasked says that the provider answered about some rows only.
var errSomeUnasked = errors.New("the provider gave no answer about some rows")

// askAbout has the comparison ask the provider, in the cheapest way for so many
// rows. Where some look-ups were answered before it failed, the error wraps
// errSomeUnasked.
func (o *rosterOptions) askAbout(ctx context.Context, c *amend.Comparison, connection *app.Connection, rows int, options bulk.Options) error {
	if rows == 0 {
		return nil
	}
	way, err := intake.Way(ctx, connection.Reader, rows)
	if err != nil {
		return err
	}
	if way == intake.ByList {
		defer o.whileSlow("Asking " + o.selection.Adapter.Vendor + " for its list of users")()
		return c.Ask(ctx, connection.Reader, way, options, func() {})
	}
	fmt.Fprintf(o.app.Streams.Err, "Asking %s for each user: %s.\n", o.selection.Adapter.Vendor, count(rows, "look-up"))
	shown := progress.New(o.app.Streams, rows)
	defer shown.Close()
	options.Throttled = shown.Throttled
	err = c.Ask(ctx, connection.Client, way, options, func() { shown.Row(progress.Well) })
	if err == nil || errors.Is(err, bulk.ErrInterrupted) || errors.Is(err, context.Canceled) {
		return err
	}
	return fmt.Errorf("%w: %w", errSomeUnasked, err)
}

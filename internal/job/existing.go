package job

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/bring-aboard/usher/internal/amend"
	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/progress"
	"github.com/bring-aboard/usher/internal/roster"
	"github.com/bring-aboard/usher/internal/scratch"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// CanAsk returns an error if the provider documents neither a lookup nor a list.
func CanAsk(adapter provider.Adapter) error {
	if _, finds := adapter.Endpoint(provider.CapabilityFind); finds {
		return nil
	}
	return app.Documented(adapter, provider.CapabilityList, "look up users")
}

// openExisting opens a roster of existing users. It may have the column of groups that an import reads, and leaves it out.
func (r *Reader) openExisting(ctx context.Context, link *app.LazyConnection, to *scratch.File) (*importSource, error) {
	options := roster.Options{Table: amend.RosterTable(r.selection.Adapter)}
	if mayHaveGroups(r.selection.Adapter) {
		options.Others = []roster.Options{{Table: schema.Table{groupsField()}}}
	}
	return r.openTable(ctx, link, to, options)
}

// openTable opens a roster of existing users with the fields of the options. The profile's defaults apply to new users
// only.
func (r *Reader) openTable(ctx context.Context, link *app.LazyConnection, to *scratch.File, options roster.Options) (*importSource, error) {
	adapter := r.selection.Adapter
	defaults, err := app.Defaults(r.selection)
	if err != nil {
		return nil, err
	}
	maps.DeleteFunc(defaults, func(name string, _ any) bool { return name != adapter.Scope })
	const skipInvalid = true // a row with validation errors does not affect the others
	options.Defaults, options.Empties = defaults, true
	return r.openRoster(ctx, link, to, options, skipInvalid)
}

// ErrSomeUnchecked is the error of a check that the provider answered for some rows only.
var ErrSomeUnchecked = errors.New("no response for some rows")

// AskAbout reads the users of so many rows at the provider, in the cheapest documented way. If some lookups
// succeeded before it failed, the error wraps ErrSomeUnchecked.
func (r *Reader) AskAbout(ctx context.Context, c *amend.Comparison, connection *app.Connection, rows int, options engine.Options) error {
	if rows == 0 && c.Found == nil {
		return nil
	}
	way := intake.ByList
	if c.Found == nil { // or all users of the list are wanted
		var err error
		if way, err = intake.Way(ctx, connection.Client, rows); err != nil {
			return err
		}
	}
	if way == intake.ByList {
		err := r.askList(intake.Bounded(ctx, connection.Client, rows), c, connection, options)
		if err == nil {
			err = r.confirmAbsent(ctx, c, connection, options)
		}
		if !errors.Is(err, provider.ErrTooLong) {
			return err
		}
		way = intake.ByLookUp
	}
	r.app.Streams.Say("", fmt.Sprintf("Looking up each user at %s: %s.", r.selection.Adapter.Vendor, progress.Count(rows, "lookup")))
	shown := progress.New(r.app.Streams, rows)
	defer shown.Close()
	options.Throttled = shown.Throttled
	err := c.Ask(ctx, connection.Client, way, options, func() { shown.Row(progress.Well) })
	if err == nil {
		err = r.confirmAbsent(ctx, c, connection, options)
	}
	if err == nil || errors.Is(err, engine.ErrInterrupted) || errors.Is(err, context.Canceled) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrSomeUnchecked, err)
}

// askList compares the roster with the provider's list.
func (r *Reader) askList(ctx context.Context, c *amend.Comparison, connection *app.Connection, options engine.Options) error {
	defer r.whileSlow("Fetching the user list from " + r.selection.Adapter.Vendor)()
	return c.Ask(ctx, connection.Client, intake.ByList, options, func() {})
}

// confirmAbsent looks up the users who were not found, and waits if their absence cannot count yet.
func (r *Reader) confirmAbsent(ctx context.Context, c *amend.Comparison, connection *app.Connection, options engine.Options) error {
	options = withFacts(options, r.selection.Adapter, connection.Client)
	return c.Confirm(ctx, connection.Client, options, func(rows int, wait time.Duration) {
		r.app.Streams.Say("", absenceText(rows, wait))
	})
}

package job

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bring-aboard/usher/internal/amend"
	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/internal/evidence"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/ops"
	"github.com/bring-aboard/usher/internal/recorder"
	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/internal/shell"
	"github.com/bring-aboard/usher/internal/term"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// UpdateOne changes the user that a key or an id identifies.
type UpdateOne struct {
	Key string
	// Wanted returns the values that the user is to have. It is called once.
	Wanted func(context.Context, provider.User) (schema.Record, error)

	wanted  schema.Record
	user    provider.User
	readAt  time.Time
	changes []schema.Difference
	others  []schema.Difference // what the provider stored otherwise
}

// Run changes the user. The error has the exit status and the next steps.
func (u *UpdateOne) Run(ctx context.Context, j *Job) error { return j.runOne(ctx, u) }

// Changes returns the values that were to be changed.
func (u *UpdateOne) Changes() schema.Record { return recordOfChanges(u.changes) }

func (u *UpdateOne) labels() labels {
	return labelsOf(rowstate.CommandUpdate)
}

func (u *UpdateOne) check(*run) error { return nil }

// plan finds the user and what differs. If nothing does, the user is printed, and that
// is all.
func (u *UpdateOne) plan(ctx context.Context, r *run) (err error) {
	u.readAt = time.Now()
	if u.user, err = app.Locate(ctx, r.App, r.Selection, r.connection.Client, u.Key); err != nil {
		return err
	}
	if err := r.rekey(ctx, r.recordOf(u.user)); err != nil {
		return err
	}
	if err := r.checkAccount(ctx, u.Key, u.user); err != nil {
		return err
	}
	if u.wanted == nil {
		if u.wanted, err = u.Wanted(ctx, u.user); err != nil {
			return err
		}
	}
	u.changes = ChangesOf(r.Selection.Adapter.Table, u.user, u.wanted)
	if len(u.changes) == 0 {
		fmt.Fprintln(r.App.Streams.Err, "The user is like this already; nothing was sent.")
		if err := PrintUser(ctx, r.App, r.Selection, string(rowstate.Unchanged), u.user); err != nil {
			return err
		}
		return errDone
	}
	r.rows, r.toSend, r.outcome = 1, 1, engine.Result{Item: u.item(r), State: rowstate.NotTried}
	return nil
}

func (u *UpdateOne) item(r *run) engine.Item {
	record := r.recordOf(u.user)
	return engine.Item{
		Row: 1, Line: 1, Key: u.user.Key, Record: record, Digest: r.digest(record), UserID: u.user.ID, StoredKey: u.user.Key, Changes: u.Changes(),
	}
}

// ChangesOf returns the wanted values that the user does not have, in table order.
// Those of fields that cannot be read back are always among them.
func ChangesOf(table schema.Table, user provider.User, wanted schema.Record) []schema.Difference {
	differences := table.Differences(user.Record(table), wanted)
	var changes []schema.Difference
	for _, field := range table {
		if _, given := wanted[field.Name]; !given {
			continue
		}
		i := slices.IndexFunc(differences, func(d schema.Difference) bool { return d.Field.Name == field.Name })
		switch {
		case i >= 0:
			changes = append(changes, differences[i])
		case amend.Incomparable(field):
			changes = append(changes, schema.Difference{Field: field, Want: wanted[field.Name]})
		}
	}
	return changes
}

// recordOfChanges returns the values that are to be sent.
func recordOfChanges(changes []schema.Difference) schema.Record {
	record := schema.Record{}
	for _, change := range changes {
		record[change.Field.Name] = change.Want
	}
	return record
}

// show shows what differs, a field a line: what it is, and what it is to be.
func (u *UpdateOne) show(r *run) {
	width := 0
	for _, change := range u.changes {
		width = max(width, len(change.Field.Name))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Changes to %s in %s:\n", term.SanitizeLine(u.user.Key), r.Selection.Target)
	for _, change := range u.changes {
		old, wanted := shownValue(change.Field, change.Have), shownValue(change.Field, change.Want)
		if amend.Incomparable(change.Field) {
			old = "(cannot be read back)"
		}
		if change.Field.Secret {
			wanted = "(hidden)"
		}
		fmt.Fprintf(&b, "  %-*s  %s → %s\n", width, change.Field.Name, old, wanted)
	}
	fmt.Fprint(r.App.Streams.Err, b.String())
}

// shownValue returns a value as a person tells it from another one.
func shownValue(field schema.Field, value any) string {
	text := field.Text(value)
	switch {
	case text == "":
		return "(empty)"
	case strings.TrimSpace(text) != text:
		return fmt.Sprintf("%q", text)
	default:
		return term.SanitizeLine(text)
	}
}

func (u *UpdateOne) question(r *run) string {
	return fmt.Sprintf("Change %s in %s?", u.user.Key, r.Selection.Profile.Name)
}

func (u *UpdateOne) mark(context.Context, *run) (mark, error) {
	return markOf(func(yield func(schema.Difference, error) bool) {
		for _, change := range u.changes {
			if !yield(change, nil) {
				return
			}
		}
	}, func(d schema.Difference) any { return []any{u.user.ID, d.Field.Name, d.Have, d.Want} })
}

func (u *UpdateOne) prepare(context.Context, *run, *ledger.RunInfo) error { return nil }

func (u *UpdateOne) send(ctx context.Context, r *run, drain <-chan struct{}, options engine.Options) error {
	op, err := ops.Update(r.connection.Client, r.Selection.Adapter.Table, r.Selection.Adapter.Key, func() time.Time { return u.readAt })
	if err != nil {
		return err
	}
	options.NotStored = func(item engine.Item, user provider.User) []string {
		u.others = evidence.NotChanged(r.Selection.Adapter, item.Changes, user)
		return evidence.NamesOf(u.others)
	}
	rows := renaming{Recorder: recorder.Recorder{Run: r.entry}, r: r, user: u.user}
	return engine.Run(provider.IfUnchanged(ctx, u.user), drain, op, rows, func(yield func(engine.Item, error) bool) { yield(r.outcome.Item, nil) }, options)
}

// renaming has the ledger know a user by the key and the id that they have after the
// update, before the outcome is recorded.
type renaming struct {
	engine.Recorder
	r    *run
	user provider.User
}

// Record is [engine.Recorder].
func (j renaming) Record(ctx context.Context, outcome engine.Result) error {
	if outcome.State == rowstate.Updated && outcome.User.Key != "" {
		before, after := j.r.digest(j.r.recordOf(j.user)), j.r.digest(j.r.recordOf(outcome.User))
		if err := j.r.lock.Rename(context.WithoutCancel(ctx), before, after, j.user.ID, outcome.User.ID); err != nil {
			return err
		}
	}
	return j.Recorder.Record(ctx, outcome)
}

func (u *UpdateOne) result(r *run, outcome engine.Result) error {
	key := r.Selection.Adapter.Key
	switch outcome.State {
	case rowstate.Updated:
		return u.updated(r, outcome)
	case rowstate.Unknown:
		next := []string{failure.Note("to make the same change twice does no harm"), "run the same command again"}
		if renamed := u.Changes().Text(key); renamed != "" {
			next = []string{failure.Note("to see whether the change was made"), fmt.Sprintf("usher users get %s -p %s", shell.Quote(renamed), r.Selection.Profile.Name)}
		}
		return failure.Fail(failure.StatusUnknown, fmt.Errorf("whether %s %q was updated is unknown: %w", key, u.user.Key, outcome.Err), next...)
	case rowstate.NotTried:
		return r.notTried()
	default:
		return app.ProviderFailure(r.Selection, outcome.Err)
	}
}

// updated reports what is special about an updated user: a lost response, or fields
// that the provider did not store as they were sent.
func (u *UpdateOne) updated(r *run, outcome engine.Result) error {
	if outcome.Settled {
		fmt.Fprintln(r.App.Streams.Err, "The answer to the update was lost; the user shows that it was made.")
	}
	for _, other := range u.others {
		if other.Have == nil {
			printNotStored(r.App, other.Field.Name)
			continue
		}
		fmt.Fprintf(r.App.Streams.Err, "The provider keeps %s as %s.\n", other.Field.Name, shownValue(other.Field, other.Have))
	}
	if r.Strict && len(outcome.NotStored) > 0 {
		return failure.Fail(failure.StatusFailed, fmt.Errorf("%s %q: %w", r.Selection.Adapter.Key, outcome.User.Key, engine.NotStoredError(outcome.NotStored)),
			fmt.Sprintf("usher users get %s -p %s", shell.Quote(outcome.User.Key), r.Selection.Profile.Name))
	}
	return nil
}

// print prints the user as they are now, or were last.
func (u *UpdateOne) print(ctx context.Context, r *run, outcome engine.Result) error {
	user := u.user
	if outcome.State == rowstate.Updated {
		user = outcome.User
	}
	return r.printDone(ctx, outcome, user)
}

// preview prints the request that would change the user. What the request depends on is
// read.
func (u *UpdateOne) preview(ctx context.Context, r *run) error {
	preview, client, err := r.App.Preview(r.Selection)
	if err != nil {
		return err
	}
	preview.SendReads(r.connection.Transport)
	_, err = client.(provider.Updater).Update(ctx, u.user.ID, u.Changes())
	return r.showPreview(ctx, preview, err, "changed")
}

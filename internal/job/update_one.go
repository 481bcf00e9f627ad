package job

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/bring-aboard/usher/internal/amend"
	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/internal/evidence"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/names"
	"github.com/bring-aboard/usher/internal/ops"
	"github.com/bring-aboard/usher/internal/recorder"
	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/internal/shell"
	"github.com/bring-aboard/usher/internal/term"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// UpdateOne updates the user that a key or an id identifies.
type UpdateOne struct {
	Key string
	// Wanted returns the values that the user should have. It is called once, and again after [UpdateOne.Edit].
	Wanted func(context.Context, provider.User) (schema.Record, error)
	// Lists returns more values, which depend on the present ones of the user: it is called whenever the user was read. Nil
	// for none.
	Lists func(provider.User) (schema.Record, error)

	wanted  schema.Record
	user    provider.User
	readAt  time.Time
	changes []schema.Difference
	names   *names.Resolver     // of the changes that are shown; nil for ids
	others  []schema.Difference // the fields that the provider did not store as sent
}

// Run updates the user. The error has the exit status and the next steps.
func (u *UpdateOne) Run(ctx context.Context, j *Job) error { return j.runOne(ctx, u) }

// Changes returns the values to update.
func (u *UpdateOne) Changes() schema.Record { return recordOfChanges(u.changes) }

// Edit makes the next plan ask for the values again. It returns [ErrEdit].
func (u *UpdateOne) Edit() error {
	u.wanted = nil
	return ErrEdit
}

func (u *UpdateOne) labels() labels {
	return labelsOf(rowstate.CommandUpdate)
}

func (u *UpdateOne) check(*run) error { return nil }

// plan reads the user and compares the values. If nothing differs, it prints the user and ends.
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
	wanted := u.wanted
	if u.Lists != nil {
		lists, err := u.Lists(u.user)
		if err != nil {
			return err
		}
		wanted = wanted.With(lists)
	}
	u.changes = ChangesOf(r.Selection.Adapter.Table, u.user, wanted)
	if len(u.changes) == 0 {
		fmt.Fprintln(r.App.Streams.Err, "Already up to date.")
		if err := PrintUser(ctx, r.App, r.Selection, string(rowstate.Unchanged), u.user); err != nil {
			return err
		}
		return errDone
	}
	u.names = r.shownNames(ctx)
	r.rows, r.toSend, r.outcome = 1, 1, engine.Result{Item: u.item(r), State: rowstate.NotTried}
	return nil
}

func (u *UpdateOne) item(r *run) engine.Item {
	record := r.recordOf(u.user)
	return engine.Item{
		Row: 1, Line: 1, Key: u.user.Key, Record: record, Digest: r.digest(record), UserID: u.user.ID, StoredKey: u.user.Key, Changes: u.Changes(),
	}
}

// ChangesOf returns the wanted values that the user does not have, in table order. Write-only fields are always
// among them.
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

// recordOfChanges returns the values to send.
func recordOfChanges(changes []schema.Difference) schema.Record {
	record := schema.Record{}
	for _, change := range changes {
		record[change.Field.Name] = change.Want
	}
	return record
}

// show shows the changes, one field a line, with the current and the new value.
func (u *UpdateOne) show(r *run) {
	width := 0
	called := func(field schema.Field) string {
		if r.Review != nil { // a form asked for the values
			return field.Label()
		}
		return field.Name
	}
	for _, change := range u.changes {
		width = max(width, utf8.RuneCountInString(called(change.Field)))
	}
	textOf := func(field schema.Field, value any) string {
		if u.names == nil {
			return field.Text(value)
		}
		return u.names.Text(field, value)
	}
	streams := r.App.Streams
	streams.Say("", fmt.Sprintf("Changes to %s in %s:", u.user.Key, r.Selection.Target))
	for _, change := range u.changes {
		old, wanted := shownText(textOf(change.Field, change.Have)), shownText(textOf(change.Field, change.Want))
		if amend.Incomparable(change.Field) {
			old = "(write-only)"
		}
		if change.Field.Secret {
			wanted = "(hidden)"
		}
		streams.Say(fmt.Sprintf("  %-*s  ", width, called(change.Field)), old+" → "+wanted)
	}
}

// shownValue returns a value in the form in which people can distinguish it from others.
func shownValue(field schema.Field, value any) string { return shownText(field.Text(value)) }

func shownText(text string) string {
	switch {
	case text == "":
		return "(empty)"
	case strings.TrimSpace(text) != text:
		return fmt.Sprintf("%q", text)
	default:
		return term.SanitizeLine(text)
	}
}

func (u *UpdateOne) question(r *run) (what, warning string) {
	return fmt.Sprintf("Update %s in %s", u.user.Key, r.Selection.Profile.Name), ""
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

// renaming records a user under the new key and id before the outcome is recorded.
type renaming struct {
	engine.Recorder
	r    *run
	user provider.User
}

// Record implements [engine.Recorder].
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
		next := []string{failure.Note("safe to repeat"), "run the same command again"}
		if renamed := u.Changes().Text(key); renamed != "" {
			next = []string{failure.Note("to check whether the user was updated"), fmt.Sprintf("usher users get %s -p %s", shell.Quote(renamed), r.Selection.Profile.Name)}
		}
		return failure.Fail(failure.StatusUnknown, fmt.Errorf("%s %q: outcome of the update is unknown: %w", key, u.user.Key, outcome.Err), next...)
	case rowstate.NotTried:
		return r.notTried()
	default:
		return app.ProviderFailure(r.Selection, outcome.Err)
	}
}

// updated reports a lost response, and fields that the provider did not store as sent.
func (u *UpdateOne) updated(r *run, outcome engine.Result) error {
	if outcome.Settled {
		r.App.Streams.Say("", "The response was lost; a lookup confirmed the update.")
	}
	for _, other := range u.others {
		if other.Have == nil {
			printNotStored(r.App, other.Field.Name)
			continue
		}
		r.App.Streams.Say("", fmt.Sprintf("The provider stored %s as %s.", other.Field.Name, shownValue(other.Field, other.Have)))
	}
	if r.Strict && len(outcome.NotStored) > 0 {
		return failure.Fail(failure.StatusFailed, fmt.Errorf("%s %q: %w", r.Selection.Adapter.Key, outcome.User.Key, engine.NotStoredError(outcome.NotStored)),
			fmt.Sprintf("usher users get %s -p %s", shell.Quote(outcome.User.Key), r.Selection.Profile.Name))
	}
	return nil
}

// print prints the user as currently known, or as last read.
func (u *UpdateOne) print(ctx context.Context, r *run, outcome engine.Result) error {
	user := u.user
	if outcome.State == rowstate.Updated {
		user = outcome.User
	}
	return r.printDone(ctx, outcome, user)
}

// preview prints the request that would update the user. It reads the data on which the request depends.
func (u *UpdateOne) preview(ctx context.Context, r *run) error {
	preview, client, err := r.App.Preview(r.Selection)
	if err != nil {
		return err
	}
	preview.SendReads(r.connection.Transport)
	_, err = provider.Must[provider.Updater](client).Update(ctx, u.user.ID, u.Changes())
	return r.showPreview(ctx, preview, err, "changed")
}

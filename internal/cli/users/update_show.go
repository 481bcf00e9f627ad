package users

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/fields"
	"github.com/bring-aboard/usher/internal/rest"
	"github.com/bring-aboard/usher/internal/term"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// show shows what differs, a field a line: what it is, and what it is to be.
func (o *updateOptions) show(user provider.User, changes []schema.Difference) {
	width := 0
	for _, change := range changes {
		width = max(width, len(change.Field.Name))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Changes to %s in %s:\n", term.SanitizeLine(user.Key), o.selection.Target)
	for _, change := range changes {
		old, wanted := shown(change.Field, change.Have), shown(change.Field, change.Want)
		if !readable(change.Field) {
			old = "(cannot be read back)"
		}
		if change.Field.Secret {
			wanted = "(hidden)"
		}
		fmt.Fprintf(&b, "  %-*s  %s → %s\n", width, change.Field.Name, old, wanted)
	}
	fmt.Fprint(o.app.Streams.Err, b.String())
}

// shown gives a value as a person tells it from another one.
func shown(field schema.Field, value any) string {
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

// preview prints the request that would change the user. What the request
// depends on is read.
func (o *updateOptions) preview(ctx context.Context, connection *app.Connection, user provider.User, changes []schema.Difference) error {
	preview, client, err := o.app.Preview(o.selection)
	if err != nil {
		return err
	}
	preview.SendReads(connection.Transport)
	if _, err := client.(provider.Updater).Update(ctx, user.ID, recordOf(changes)); !errors.Is(err, rest.ErrNotSent) {
		return fmt.Errorf("the dry run could not make the request: %w", err)
	}
	if err := showRequests(ctx, o.app, preview); err != nil {
		return err
	}
	fmt.Fprintln(o.app.Streams.Err, "Dry run: nothing was changed.")
	return nil
}

// consent asks before anything is changed.
func (o *updateOptions) consent(ctx context.Context, user provider.User) error {
	if o.yes {
		return nil
	}
	_, secretFromStdin := o.flags.UsesStdin()
	if o.file == "-" || secretFromStdin || !o.app.Streams.CanPrompt() {
		return app.Refuse(errors.New("an update needs consent, and nobody can be asked here: nothing was changed"), o.again("--yes"))
	}
	agreed, err := o.app.Streams.Confirm(ctx, fmt.Sprintf("Change %s in %s?", user.Key, o.selection.Profile.Name))
	if err != nil {
		return unanswered(err)
	}
	if !agreed {
		return app.Refuse(errors.New("not agreed: nothing was changed"))
	}
	return nil
}

// again gives this command line with one more argument.
func (o *updateOptions) again(more string) string {
	words := o.command()
	if o.file != "" {
		words = append(words, "-f", fields.Quote(o.file))
	}
	table := o.selection.Adapter.Table
	fromFields, _ := parseFields(table, o.fieldValues) // they were read without a fault
	fromFlags, _ := o.flags.Record()
	words = append(words, fields.Args(table, fromFields.With(fromFlags))...)
	words = append(words, o.flags.SecretArgs()...)
	words = append(append(words, o.global...), more)
	if _, secret := o.flags.UsesStdin(); secret || o.file == "-" {
		words = append(words, "< FILE")
	}
	return strings.Join(words, " ")
}

// command begins the command line that changes this user.
func (o *updateOptions) command() []string {
	return []string{"usher", "users", "update", fields.Quote(o.key), "-p", o.selection.Profile.Name}
}

package users

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/fields"
	"github.com/bring-aboard/usher/internal/shell"
	"github.com/bring-aboard/usher/internal/term"
	"github.com/bring-aboard/usher/pkg/schema"
)

// confirm shows the whole user and asks before it is sent.
func (o *createOptions) confirm(ctx context.Context, given, record schema.Record) error {
	agreed, err := o.app.Form.Confirm(ctx, o.summary(given, record), "Create this user in "+o.selection.Target+"?", "Create", "Cancel")
	if err != nil {
		return app.Unchecked(err)
	}
	if !agreed {
		return failure.Fail(failure.StatusInterrupted, errors.New("cancelled: nothing was sent"))
	}
	return nil
}

// summary shows the record, a field a line, without secrets, and the names that
// were given in place of ids.
func (o *createOptions) summary(given, record schema.Record) string {
	text := ""
	for _, field := range o.selection.Adapter.Table.Ordered() {
		value, ok := record[field.Name]
		switch {
		case field.Secret && o.generate:
			text += fmt.Sprintf("  %-20s %s\n", field.Label(), "(will be generated)")
		case !ok:
		case field.Secret:
			text += fmt.Sprintf("  %-20s %s\n", field.Label(), "(hidden)")
		default:
			text += fmt.Sprintf("  %-20s %s\n", field.Label(), field.Text(value))
			if named := field.Text(given[field.Name]); named != field.Text(value) {
				text += fmt.Sprintf("  %-20s (%s)\n", "", named)
			}
		}
	}
	return strings.TrimSuffix(text, "\n")
}

// printCommand prints the command that does the same as the form did.
func (o *createOptions) printCommand(record schema.Record) {
	words := append([]string{"usher", "users", "create", "-p", o.selection.Profile.Name}, fields.Args(o.selection.Adapter.Table, record)...)
	if o.generate {
		words = append(words, "--generate-password")
	}
	if o.credentials != "" {
		words = append(words, "--credentials", shell.Quote(o.credentials))
	}
	printScript(o.app, words)
}

// printScript prints the command that does the same as a form did.
func printScript(a *app.App, words []string) {
	fmt.Fprintf(a.Streams.Err, "The same from a script:\n  %s\n", term.SanitizeLine(strings.Join(words, " ")))
}

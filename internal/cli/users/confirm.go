package users

import (
	"fmt"
	"strings"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/fields"
	"github.com/bring-aboard/usher/internal/shell"
	"github.com/bring-aboard/usher/internal/term"
	"github.com/bring-aboard/usher/pkg/schema"
)

// summary returns the record as text, one field a line, without secrets, and with the names that ids were specified
// by.
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

// command returns the words of the command that is equivalent to the form.
func (o *createOptions) command(record schema.Record) []string {
	words := append([]string{"usher", "users", "create", "-p", o.selection.Profile.Name}, fields.Args(o.selection.Adapter.Table, record)...)
	if o.generate {
		words = append(words, "--generate-password")
	}
	if o.credentials != "" {
		words = append(words, "--credentials", shell.Quote(o.credentials))
	}
	return words
}

// printScript prints a command that is equivalent to a form.
func printScript(a *app.App, words []string) {
	fmt.Fprintf(a.Streams.Err, "Equivalent command:\n  %s\n", term.SanitizeLine(strings.Join(words, " ")))
}

package users

import (
	"strings"

	"github.com/bring-aboard/usher/internal/fields"
	"github.com/bring-aboard/usher/internal/shell"
)

// repeatCommand gives this command line with one more argument.
func (o *updateOptions) repeatCommand(more string) string {
	words := o.command()
	if o.file != "" {
		words = append(words, "-f", shell.Quote(o.file))
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
	return []string{"usher", "users", "update", shell.Quote(o.key), "-p", o.selection.Profile.Name}
}

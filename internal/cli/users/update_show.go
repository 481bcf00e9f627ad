package users

import (
	"strings"

	"github.com/bring-aboard/usher/internal/fields"
	"github.com/bring-aboard/usher/internal/shell"
)

// repeatCommand returns this command line with one more argument.
func (o *updateOptions) repeatCommand(more string) string {
	words := o.command()
	if o.file != "" {
		words = append(words, "-f", shell.Quote(o.file))
	}
	table := o.selection.Adapter.Table
	fromFields, _ := parseFields(table, o.fieldValues) // parsed before, without an error
	fromFlags, _ := o.flags.Record()
	words = append(words, fields.Args(table, fromFields.With(fromFlags))...)
	words = append(words, o.items.args()...)
	words = append(words, o.flags.SecretArgs()...)
	words = append(append(words, o.global...), more)
	if _, secret := o.flags.UsesStdin(); secret || o.file == "-" {
		words = append(words, "< FILE")
	}
	return strings.Join(words, " ")
}

// command returns the beginning of the command line that updates this user.
func (o *updateOptions) command() []string {
	return []string{"usher", "users", "update", o.quotedKey(), "-p", o.selection.Profile.Name}
}

func (o *updateOptions) quotedKey() string { return shell.Quote(o.key) }

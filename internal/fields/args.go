package fields

import (
	"github.com/bring-aboard/usher/internal/shell"
	"github.com/bring-aboard/usher/pkg/schema"
)

// Args returns the arguments that set the fields of a record, quoted for a shell. The argument of a secret is the flag
// that reads it from standard input.
func Args(table schema.Table, record schema.Record) []string {
	var args []string
	for _, field := range table.Ordered() {
		value, ok := record[field.Name]
		if !ok {
			continue
		}
		if field.Secret {
			args = append(args, FlagFor(field))
			continue
		}
		if field.Kind == schema.Boolean {
			args = append(args, FlagFor(field)+"="+field.Text(value)) // a separate word would be an argument
			continue
		}
		if items := field.Texts(value); len(items) > 0 {
			for _, item := range items {
				args = append(args, FlagFor(field), shell.Quote(item))
			}
			continue
		}
		args = append(args, FlagFor(field), "''")
	}
	return args
}

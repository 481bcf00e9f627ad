package fields

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/bring-aboard/usher/internal/names"
	"github.com/bring-aboard/usher/pkg/schema"
)

// Annotation marks a flag that was made from a field; its value is the field's name.
const Annotation = "usher/field"

// Flags are the flags of a table's fields on one command.
type Flags struct {
	table   schema.Table
	values  []*value
	secrets []*secretSource
}

// Add gives the command a flag for each field of the table, required ones
// first, in table order. A list's flag may be repeated. A secret field has no
// flag that takes its value: it has --NAME-stdin and --NAME-file. A field whose
// flag the command has already (which no test of ours lets happen) is left to
// --field. The known values, a profile's defaults, are named in the help. To
// complete the names that a field takes is left to the caller.
func Add(cmd *cobra.Command, table schema.Table, known schema.Record) *Flags {
	f := &Flags{table: table}
	for _, field := range table.Ordered() {
		if cmd.Flags().Lookup(field.FlagName()) != nil {
			continue
		}
		if field.Secret {
			f.secrets = append(f.secrets, addSecret(cmd.Flags(), field))
			continue
		}
		v := &value{field: field}
		f.values = append(f.values, v)
		flag := cmd.Flags().VarPF(v, field.FlagName(), "", usage(field, known))
		mark(flag, field)
		if field.Kind == schema.Boolean {
			flag.NoOptDefVal = "true"
		}
		if names.Refers(field) {
			continue
		}
		if len(field.Suggestions) > 0 {
			// The name was registered just above, so this cannot fail.
			_ = cmd.RegisterFlagCompletionFunc(field.FlagName(), cobra.FixedCompletions(field.Suggestions, cobra.ShellCompDirectiveNoFileComp))
		} else {
			_ = cmd.RegisterFlagCompletionFunc(field.FlagName(), cobra.NoFileCompletions)
		}
	}
	return f
}

// Record reads the flags that were given: absent ones are absent from it, and
// an empty value is a value. All faults are reported.
func (f *Flags) Record() (schema.Record, schema.FieldErrors) {
	record := schema.Record{}
	var fieldErrs schema.FieldErrors
	for _, v := range f.values {
		if !v.given {
			continue
		}
		parsed, fieldErr := v.parse()
		if fieldErr != nil {
			fieldErr.Message = "--" + v.field.FlagName() + ": " + fieldErr.Message
			fieldErrs = append(fieldErrs, fieldErr)
			continue
		}
		record[v.field.Name] = parsed
	}
	return record, fieldErrs
}

// FlagFor gives the flag that sets a field, as a person would type it.
func FlagFor(field schema.Field) string {
	if field.Secret {
		return "--" + field.FlagName() + "-stdin"
	}
	return "--" + field.FlagName()
}

func mark(flag *pflag.Flag, field schema.Field) {
	flag.Annotations = map[string][]string{Annotation: {field.Name}}
}

// help is what the documentation says, and whether names stand for ids.
func help(field schema.Field) string {
	if names.Refers(field) {
		return field.Help + "; names will do in place of ids"
	}
	return field.Help
}

func usage(field schema.Field, known schema.Record) string {
	text := help(field)
	if len(field.Suggestions) > 0 {
		word := ", for example "
		if field.Closed {
			word = ", one of "
		}
		text += word + strings.Join(field.Suggestions, " or ")
	}
	if field.Required {
		text += " (required)"
	}
	if given, ok := known[field.Name]; ok && !field.Secret {
		text += " (the profile gives " + field.Text(given) + ")"
	}
	return text
}

// value is the pflag.Value of one field. It keeps the texts as they were
// given, because only the field knows how to read them together.
type value struct {
	field schema.Field
	items []string
	given bool
}

func (v *value) String() string { return "" }

func (v *value) Type() string { return v.field.ValueName() }

// parse reads the texts together. A field that takes one value and was given
// two is a fault: whoever repeats --email expects two users, not the last one.
func (v *value) parse() (any, *schema.FieldError) {
	if !v.field.Kind.IsList() {
		for _, other := range v.items[1:] {
			if other != v.items[0] {
				return nil, &schema.FieldError{Field: v.field.Name, Cause: schema.Malformed, Message: fmt.Sprintf("given as %q and as %q", v.items[0], other), Hint: "give it once"}
			}
		}
	}
	return v.field.ParseItems(v.items)
}

// Set is [pflag.Value].
func (v *value) Set(text string) error {
	if v.field.Kind.IsList() && text == "" {
		v.given = true // --role "" is an empty list
		return nil
	}
	v.items = append(v.items, text)
	v.given = true
	return nil
}

package fields

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/bring-aboard/usher/internal/names"
	"github.com/bring-aboard/usher/pkg/schema"
)

// Annotation is the annotation of a flag of a field; its value is the name of the field.
const Annotation = "usher/field"

// Flags are the flags of a table's fields on one command.
type Flags struct {
	table   schema.Table
	values  []*value
	secrets []*secretSource
}

// Add adds a flag to the command for each field of the table, required ones first, in table order. The flag of a list is
// repeatable. A secret field has no flag for its value, but --NAME-stdin and --NAME-file. A field whose flag the command
// already has can only be set with --field; the tests exclude that for built-in providers. The help shows the known values, which are a
// profile's defaults. The caller adds completion of names.
func Add(cmd *cobra.Command, table schema.Table, known schema.Record) *Flags {
	f := &Flags{table: table}
	for _, field := range table.Ordered() {
		if slices.ContainsFunc(flagNames(field), func(name string) bool { return cmd.Flags().Lookup(name) != nil }) {
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
			// Only an unknown flag or a second registration fails.
			_ = cmd.RegisterFlagCompletionFunc(field.FlagName(), cobra.FixedCompletions(field.Suggestions, cobra.ShellCompDirectiveNoFileComp))
		} else {
			_ = cmd.RegisterFlagCompletionFunc(field.FlagName(), cobra.NoFileCompletions)
		}
	}
	return f
}

// Record returns the values of the specified flags. An empty value is a value. It reports all errors.
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

// Of returns the field whose value a flag is. It reports false for any other flag, also for the flags of a secret.
func Of(flag *pflag.Flag) (schema.Field, bool) {
	v, ok := flag.Value.(*value)
	if !ok {
		return schema.Field{}, false
	}
	return v.field, true
}

// FlagFor returns the flag that sets a field, with its dashes.
func FlagFor(field schema.Field) string {
	if field.Secret {
		return "--" + field.FlagName() + "-stdin"
	}
	return "--" + field.FlagName()
}

func mark(flag *pflag.Flag, field schema.Field) {
	flag.Annotations = map[string][]string{Annotation: {field.Name}}
}

// help returns the help of a flag.
func help(field schema.Field) string {
	if names.Refers(field) {
		return field.Help + "; a name can be used instead of an id"
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
	if form := field.ValueName(); len(form) > longestForm {
		text += "; separated by colons: " + strings.ReplaceAll(form, ":", ", ")
	}
	if field.Required {
		text += " (required)"
	}
	if given, ok := known[field.Name]; ok && !field.Secret {
		text += " (profile default: " + field.Text(given) + ")"
	}
	return text
}

// value is the [pflag.Value] of one field. It stores the texts unparsed, because the field parses them together.
type value struct {
	field schema.Field
	items []string
	given bool
}

func (v *value) String() string { return "" }

// longestForm is the length of the longest form of a value that is next to the name of its flag. It decides how much room
// the texts of all flags have.
const longestForm = 32

// Type returns the form of a value, only its beginning if it is long.
func (v *value) Type() string {
	form := v.field.ValueName()
	if first, _, several := strings.Cut(form, ":"); several && len(form) > longestForm {
		return first + ":..."
	}
	return form
}

// parse returns the value of the texts. Two texts for a field with one value are an error: with a repeated --email,
// two users may have been intended.
func (v *value) parse() (any, *schema.FieldError) {
	if !v.field.Kind.IsList() {
		for _, other := range v.items[1:] {
			if other != v.items[0] {
				return nil, &schema.FieldError{Field: v.field.Name, Cause: schema.Malformed, Message: fmt.Sprintf("specified as %q and as %q", v.items[0], other), Hint: "specify it once"}
			}
		}
	}
	return v.field.ParseItems(v.items)
}

// Set implements [pflag.Value].
func (v *value) Set(text string) error {
	if v.field.Kind.IsList() && text == "" {
		v.given = true // --role "" is an empty list
		return nil
	}
	v.items = append(v.items, text)
	v.given = true
	return nil
}

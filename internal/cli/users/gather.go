package users

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/fields"
	"github.com/bring-aboard/usher/internal/roster"
	"github.com/bring-aboard/usher/pkg/schema"
)

// gather returns the specified values. Flags override the file; the file overrides the profile's defaults.
func (o *createOptions) gather(ctx context.Context) (schema.Record, error) {
	table := o.selection.Adapter.Table
	record := o.defaults
	if o.file != "" {
		fromFile, err := readOne(ctx, o.app, o.file, table, roster.One, o.helpCommand())
		if err != nil {
			return nil, err
		}
		o.fromFile, record = fromFile, record.With(fromFile.record)
	}
	given, err := commandLine(ctx, o.app, table, o.fieldValues, o.flags, o.helpCommand())
	if err != nil {
		return nil, err
	}
	record = record.With(given)
	return record, o.refuseBoth(record)
}

// commandLine returns the values of --field and of the flags of the fields.
func commandLine(ctx context.Context, a *app.App, table schema.Table, fieldValues []string, flags *fields.Flags, help string) (schema.Record, error) {
	fromFields, fieldErrs := parseFields(table, fieldValues)
	fromFlags, more := flags.Record()
	if fieldErrs = append(fieldErrs, more...); len(fieldErrs) > 0 {
		return nil, failure.Refuse(fieldErrs, help)
	}
	for _, field := range table {
		_, byName := fromFields[field.Name]
		if _, byFlag := fromFlags[field.Name]; byName && byFlag {
			return nil, failure.Refuse(fmt.Errorf("--field %s cannot be combined with %s", field.Name, fields.FlagFor(field)))
		}
	}
	secrets, err := flags.Secrets(a.Streams.Input(ctx))
	if err != nil {
		return nil, app.Unread(err)
	}
	return fromFields.With(fromFlags).With(secrets), nil
}

// fileValues are the values of -f with their places. The zero value is empty.
type fileValues struct {
	record schema.Record
	places roster.Places
}

// withPlace adds the place in the file to the errors whose values come from the file.
func (f fileValues) withPlace(fieldErrs schema.FieldErrors, record schema.Record) schema.FieldErrors {
	for _, fieldErr := range fieldErrs {
		value, given := f.record[fieldErr.Field]
		if !given || !reflect.DeepEqual(value, record[fieldErr.Field]) {
			continue
		}
		if at, ok := f.places(fieldErr); ok {
			fieldErr.Message = at.String() + ": " + fieldErr.Message
		}
	}
	return fieldErrs
}

// oneReader is one of [roster.One] and [roster.OneChange].
type oneReader func(roster.Source, schema.Table) (schema.Record, roster.Places, error)

// readOne returns the values of the file of -f. Errors are in the order of the file.
func readOne(ctx context.Context, a *app.App, path string, table schema.Table, read oneReader, help string) (fileValues, error) {
	record, places, err := read(source(ctx, a, path), table)
	if rowErrs, ok := errors.AsType[roster.RowErrors](err); ok {
		slices.SortStableFunc(rowErrs, func(a, b roster.RowError) int {
			return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
		})
		return fileValues{}, failure.Refuse(rowErrs, help)
	}
	if err != nil {
		return fileValues{}, app.Unread(err)
	}
	return fileValues{record, places}, nil
}

// refuseBoth returns an error if a password is specified that would be generated.
func (o *createOptions) refuseBoth(record schema.Record) error {
	for _, field := range o.selection.Adapter.Table.Secrets() {
		if _, given := record[field.Name]; given && o.generate {
			return failure.Refuse(fmt.Errorf("--generate-password cannot be combined with a value for %s", field.Name))
		}
	}
	return nil
}

// source returns the file of an argument; - is standard input.
func source(ctx context.Context, a *app.App, path string) roster.Source {
	if path == "-" {
		return roster.Stream("standard input", a.Streams.Input(ctx))
	}
	return roster.File(path)
}

// parseFields returns the values of --field NAME=VALUE.
func parseFields(table schema.Table, texts []string) (schema.Record, schema.FieldErrors) {
	record := schema.Record{}
	var fieldErrs schema.FieldErrors
	for _, text := range texts {
		name, value, ok := strings.Cut(text, "=")
		if !ok {
			fieldErrs = append(fieldErrs, &schema.FieldError{Field: name, Cause: schema.Malformed, Message: fmt.Sprintf("--field %q: must have the form NAME=VALUE", name)})
			continue
		}
		field, ok := table.Match(name)
		switch {
		case !ok:
			fieldErrs = append(fieldErrs, &schema.FieldError{Field: name, Cause: schema.Unknown,
				Message: fmt.Sprintf("--field %s: unknown field%s", name, schema.Suggestion(name, table.Names()))})
			continue
		case field.Secret:
			fieldErrs = append(fieldErrs, &schema.FieldError{Field: field.Name, Cause: schema.Malformed,
				Message: fmt.Sprintf("--field %s: secrets are not accepted as arguments", field.Name), Hint: "use " + fields.FlagFor(field)})
			continue
		}
		if _, twice := record[field.Name]; twice {
			fieldErrs = append(fieldErrs, &schema.FieldError{Field: field.Name, Cause: schema.Malformed,
				Message: fmt.Sprintf("duplicate --field %s", field.Name), Hint: "separate list items with semicolons"})
			continue
		}
		parsed, fieldErr := field.Parse(value)
		if fieldErr != nil {
			fieldErrs = append(fieldErrs, fieldErr)
			continue
		}
		record[field.Name] = parsed
	}
	return record, fieldErrs
}

// complete returns the values with those of a form: with -i, or if required fields are missing. Without prompts, missing
// fields are an error with their flags.
func (o *createOptions) complete(ctx context.Context, record schema.Record) (full schema.Record, asked bool, err error) {
	missing := o.withoutGenerated(o.selection.Adapter.Table.Missing(record))
	if len(missing) == 0 && !o.interactive {
		return record, false, nil
	}
	if !o.app.Streams.CanPrompt() || o.file == "-" {
		return nil, false, o.missing(missing, record)
	}
	if err := o.checkGiven(record); err != nil {
		return nil, false, err
	}
	full, err = o.fill(ctx, missing, record)
	return full, true, err
}

// checkGiven returns the errors of the values that were specified, before a form opens for the others.
func (o *createOptions) checkGiven(record schema.Record) error {
	given := within(o.selection.Adapter.Table, record)
	_, fieldErrs, err := o.names.Validate(slices.DeleteFunc(given, func(field schema.Field) bool { return record.IsEmpty(field.Name) }), record)
	if err != nil {
		return err
	}
	if len(fieldErrs) > 0 {
		return failure.Refuse(o.fromFile.withPlace(fieldErrs, record), o.helpCommand())
	}
	return nil
}

// withoutGenerated returns the fields without passwords that are generated.
func (o *createOptions) withoutGenerated(table schema.Table) schema.Table {
	if !o.generate {
		return table
	}
	return without(table, o.selection.Adapter.Table.Passwords())
}

func (o *createOptions) missing(wanted schema.Table, record schema.Record) error {
	var fieldErrs schema.FieldErrors
	for _, field := range wanted {
		what := "required"
		if _, given := record[field.Name]; given {
			what = "empty, but required" // for example an unset variable
		}
		message := fmt.Sprintf("%s: %s (%s)", field.Name, what, howToGive(field))
		fieldErrs = append(fieldErrs, &schema.FieldError{Field: field.Name, Cause: schema.Missing, Message: message})
	}
	return failure.Refuse(fieldErrs, o.helpCommand())
}

func howToGive(field schema.Field) string {
	if field.Secret {
		return fmt.Sprintf("--%[1]s-stdin, --%[1]s-file or --generate-password", field.FlagName())
	}
	return fmt.Sprintf("--%s %s", field.FlagName(), strings.ToUpper(field.ValueName()))
}

func without(table, leave schema.Table) schema.Table {
	var rest schema.Table
	for _, field := range table {
		if _, ok := leave.Field(field.Name); !ok {
			rest = append(rest, field)
		}
	}
	return rest
}

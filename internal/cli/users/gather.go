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
	"github.com/bring-aboard/usher/internal/form"
	"github.com/bring-aboard/usher/internal/names"
	"github.com/bring-aboard/usher/internal/roster"
	"github.com/bring-aboard/usher/pkg/schema"
)

// gather reads the values that were given: flags win over the file, the file
// over the profile's defaults.
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

// commandLine reads the values that --field and the fields' own flags give.
func commandLine(ctx context.Context, a *app.App, table schema.Table, fieldValues []string, flags *fields.Flags, help string) (schema.Record, error) {
	fromFields, fieldErrs := parseFields(table, fieldValues)
	fromFlags, more := flags.Record()
	if fieldErrs = append(fieldErrs, more...); len(fieldErrs) > 0 {
		return nil, failure.Refuse(fieldErrs, help)
	}
	for _, field := range table {
		_, byName := fromFields[field.Name]
		if _, byFlag := fromFlags[field.Name]; byName && byFlag {
			return nil, failure.Refuse(fmt.Errorf("--field %s and %s contradict each other: give one of them", field.Name, fields.FlagFor(field)))
		}
	}
	secrets, err := flags.Secrets(a.Streams.Input(ctx))
	if err != nil {
		return nil, app.Unread(err)
	}
	return fromFields.With(fromFlags).With(secrets), nil
}

// fileValues are the values that -f gives. The zero value gives none.
type fileValues struct {
	record schema.Record
	places roster.Places
}

// withPlace puts the place in the file into the faults of values that are the
// file's own in a record.
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

// readOne reads the file of -f. What is wrong in it is reported in its order.
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

// refuseBoth refuses a password that is given where one is to be generated.
func (o *createOptions) refuseBoth(record schema.Record) error {
	for _, field := range o.selection.Adapter.Table.Secrets() {
		if _, given := record[field.Name]; given && o.generate {
			return failure.Refuse(fmt.Errorf("--generate-password contradicts the %s that is given: leave one of them out", field.Name))
		}
	}
	return nil
}

// source is the file that an argument names; - is standard input.
func source(ctx context.Context, a *app.App, path string) roster.Source {
	if path == "-" {
		return roster.Stream("standard input", a.Streams.Input(ctx))
	}
	return roster.File(path)
}

// parseFields reads --field NAME=VALUE.
func parseFields(table schema.Table, texts []string) (schema.Record, schema.FieldErrors) {
	record := schema.Record{}
	var fieldErrs schema.FieldErrors
	for _, text := range texts {
		name, value, ok := strings.Cut(text, "=")
		if !ok {
			fieldErrs = append(fieldErrs, &schema.FieldError{Field: name, Cause: schema.Malformed, Message: fmt.Sprintf("--field %q has no =", name), Hint: "--field NAME=VALUE"})
			continue
		}
		field, ok := table.Match(name)
		switch {
		case !ok:
			fieldErrs = append(fieldErrs, &schema.FieldError{Field: name, Cause: schema.Unknown,
				Message: fmt.Sprintf("--field %s is not a documented field%s", name, schema.Suggestion(name, table.Names()))})
			continue
		case field.Secret:
			fieldErrs = append(fieldErrs, &schema.FieldError{Field: field.Name, Cause: schema.Malformed,
				Message: fmt.Sprintf("--field %s would show a secret to everyone who can list processes", field.Name), Hint: "use " + fields.FlagFor(field)})
			continue
		}
		if _, twice := record[field.Name]; twice {
			fieldErrs = append(fieldErrs, &schema.FieldError{Field: field.Name, Cause: schema.Malformed,
				Message: fmt.Sprintf("--field %s is given twice", field.Name), Hint: "a list has its items in one, with semicolons"})
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

// complete asks for what is missing, or for everything with -i. Where nothing
// may be asked, missing fields are an error that names their flags.
func (o *createOptions) complete(ctx context.Context, record schema.Record) (full schema.Record, asked bool, err error) {
	table := o.selection.Adapter.Table
	wanted := table.Missing(record)
	if o.generate {
		wanted = without(wanted, table.Passwords())
	}
	if o.interactive {
		wanted = table.Ordered()
		if o.generate {
			wanted = without(wanted, table.Passwords())
		}
	}
	if len(wanted) == 0 {
		return record, false, nil
	}
	if !o.app.Streams.CanPrompt() || o.file == "-" {
		return nil, false, o.missing(wanted, record)
	}
	wanted = names.Accepting(wanted)
	questions := form.Questions(wanted, record)
	if err := offerNames(o.app, o.names, table, questions, !o.dryRun); err != nil {
		return nil, false, err
	}
	answers, err := o.app.Form.Ask(ctx, "New user in "+o.selection.Target, questions)
	if err != nil {
		return nil, false, app.Unchecked(err)
	}
	full, err = form.Record(wanted, record, answers)
	if err != nil {
		return nil, false, failure.Refuse(err)
	}
	return full, true, nil
}

func (o *createOptions) missing(wanted schema.Table, record schema.Record) error {
	var fieldErrs schema.FieldErrors
	for _, field := range wanted {
		what := "missing"
		if _, given := record[field.Name]; given {
			what = "empty, and required" // as a variable is that nobody set
		}
		message := fmt.Sprintf("%s is %s: %s", field.Name, what, howToGive(field))
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

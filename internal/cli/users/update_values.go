package users

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/form"
	"github.com/bring-aboard/usher/internal/job"
	"github.com/bring-aboard/usher/internal/names"
	"github.com/bring-aboard/usher/internal/roster"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// gather reads the values that were given: flags win over the file.
func (o *updateOptions) gather(ctx context.Context) (schema.Record, error) {
	table := o.selection.Adapter.Table
	wanted := schema.Record{}
	if o.file != "" {
		fromFile, err := readOne(ctx, o.app, o.file, table, roster.OneChange, o.helpCommand())
		if err != nil {
			return nil, err
		}
		o.fromFile, wanted = fromFile, fromFile.record
	}
	typed, err := commandLine(ctx, o.app, table, o.fieldValues, o.flags, o.helpCommand())
	if err != nil {
		return nil, err
	}
	if fixed := within(without(table, table.Mutable()), typed); len(fixed) > 0 {
		return nil, o.refuseFixed(fixed)
	}
	wanted = wanted.With(typed)
	if len(wanted) == 0 && !o.interactive {
		return nil, failure.Refuse(errors.New("nothing is given that is to change"), o.helpCommand())
	}
	return o.resolved(within(table, wanted), wanted)
}

// resolved checks the values of these fields, and gives all values with ids in
// place of names.
func (o *updateOptions) resolved(table schema.Table, wanted schema.Record) (schema.Record, error) {
	held := schema.Record{}
	for _, field := range table {
		held[field.Name] = wanted[field.Name]
	}
	held, fieldErrs, err := o.names.Validate(table, held)
	if err != nil {
		return nil, err
	}
	if len(fieldErrs) > 0 {
		return nil, failure.Refuse(o.fromFile.withPlace(fieldErrs, wanted), o.helpCommand())
	}
	return wanted.With(held), nil
}

// within gives the fields of the table that the record holds.
func within(table schema.Table, record schema.Record) schema.Table {
	var held schema.Table
	for _, field := range table {
		if _, ok := record[field.Name]; ok {
			held = append(held, field)
		}
	}
	return held
}

// refuseFixed words which fields no update changes.
func (o *updateOptions) refuseFixed(fixed schema.Table) error {
	adapter := o.selection.Adapter
	operation, _ := adapter.Endpoint(provider.CapabilityUpdate)
	lines := make([]string, len(fixed))
	for i, field := range fixed {
		lines[i] = fmt.Sprintf("%s cannot be changed: the update that %s documents does not take it, see %s", field.Name, adapter.Vendor, operation.Docs)
	}
	return failure.Refuse(errors.New(strings.Join(lines, "\n")), o.helpCommand())
}

// complete gives the values that the user is to have: those that were given,
// and with -i the form's answers. A file may repeat what cannot be changed as
// it is today.
func (o *updateOptions) complete(ctx context.Context, user provider.User, wanted schema.Record) (schema.Record, error) {
	table := o.selection.Adapter.Table
	fixed := without(table, table.Mutable())
	if other := fieldsOf(job.ChangesOf(fixed, user, wanted)); len(other) > 0 {
		return nil, o.refuseFixed(other)
	}
	if !o.interactive {
		return wanted, nil
	}
	known := user.Record(table).With(wanted)
	asked := names.Accepting(askable(table.Mutable(), known))
	questions := form.Questions(asked, known)
	if err := offerNames(o.app, o.names, table, questions, true); err != nil {
		return nil, err
	}
	answers, err := o.app.Form.Ask(ctx, fmt.Sprintf("User %s in %s", user.Key, o.selection.Target), questions)
	if err != nil {
		return nil, app.Unchecked(err)
	}
	full, err := form.Record(asked, known, answers)
	if err != nil {
		return nil, failure.Refuse(err)
	}
	return o.resolved(slices.DeleteFunc(within(table, full), func(f schema.Field) bool { return !names.Refers(f) }), full)
}

// askable gives the fields for a form in which a required one need not be
// given where the user's own value is not known: then it is left alone.
func askable(table schema.Table, known schema.Record) schema.Table {
	asked := slices.Clone(table)
	for i, field := range asked {
		asked[i].Required = field.Required && !known.IsEmpty(field.Name)
	}
	return asked
}

// fieldsOf returns the fields of changes.
func fieldsOf(changes []schema.Difference) schema.Table {
	var table schema.Table
	for _, change := range changes {
		table = append(table, change.Field)
	}
	return table
}

package users

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cli/kit"
	"github.com/bring-aboard/usher/internal/form"
	"github.com/bring-aboard/usher/internal/names"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// gather reads the values that were given: flags win over the file.
func (o *updateOptions) gather() (schema.Record, error) {
	table := o.selection.Adapter.Table
	wanted := schema.Record{}
	if o.file != "" {
		fromFile, err := readOne(o.app, o.file, table, o.helpCommand())
		if err != nil {
			return nil, err
		}
		o.fromFile, wanted = fromFile, fromFile.record
	}
	typed, err := commandLine(o.app, table, o.fieldValues, o.flags, o.helpCommand())
	if err != nil {
		return nil, err
	}
	if fixed := within(without(table, table.Mutable()), typed); len(fixed) > 0 {
		return nil, o.refuseFixed(fixed)
	}
	wanted = wanted.With(typed)
	if len(wanted) == 0 && !o.interactive {
		return nil, app.Refuse(errors.New("nothing is given that is to change"), o.helpCommand())
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
	held, faults, err := o.names.Validate(table, held)
	if err != nil {
		return nil, err
	}
	if len(faults) > 0 {
		return nil, refuseFaults(o.fromFile.placed(faults, wanted), o.helpCommand())
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
	operation, _ := adapter.Operation(provider.PowerUpdate)
	lines := make([]string, len(fixed))
	for i, field := range fixed {
		lines[i] = fmt.Sprintf("%s cannot be changed: the update that %s documents does not take it, see %s", field.Name, adapter.Vendor, operation.Docs)
	}
	return app.Refuse(errors.New(strings.Join(lines, "\n")), o.helpCommand())
}

// complete gives the values that the user is to have: those that were given,
// and with -i the form's answers. A file may repeat what cannot be changed as
// it is today.
func (o *updateOptions) complete(ctx context.Context, user provider.User, wanted schema.Record) (schema.Record, error) {
	table := o.selection.Adapter.Table
	fixed := without(table, table.Mutable())
	if other := fieldsOf(changesOf(fixed, user, wanted)); len(other) > 0 {
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
		return nil, kit.Unasked(err)
	}
	full, err := form.Record(asked, known, answers)
	if err != nil {
		return nil, app.Refuse(err)
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

// changesOf lists the wanted values that the user does not have, in table
// order. Those of fields that cannot be read back are always among them.
func changesOf(table schema.Table, user provider.User, wanted schema.Record) []schema.Difference {
	differences := table.Differences(user.Record(table), wanted)
	var changes []schema.Difference
	for _, field := range within(table, wanted) {
		i := slices.IndexFunc(differences, func(d schema.Difference) bool { return d.Field.Name == field.Name })
		switch {
		case i >= 0:
			changes = append(changes, differences[i])
		case !readable(field):
			changes = append(changes, schema.Difference{Field: field, Want: wanted[field.Name]})
		}
	}
	return changes
}

// readable tells whether the provider returns the field's value.
func readable(field schema.Field) bool {
	return field.In == schema.Body && !field.WriteOnly && !field.Secret
}

func fieldsOf(changes []schema.Difference) schema.Table {
	var table schema.Table
	for _, change := range changes {
		table = append(table, change.Field)
	}
	return table
}

// recordOf gives the values that are to be sent.
func recordOf(changes []schema.Difference) schema.Record {
	record := schema.Record{}
	for _, change := range changes {
		record[change.Field.Name] = change.Want
	}
	return record
}

package users

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/fields"
	"github.com/bring-aboard/usher/internal/form"
	"github.com/bring-aboard/usher/internal/job"
	"github.com/bring-aboard/usher/internal/names"
	"github.com/bring-aboard/usher/internal/roster"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// gather returns the specified values. Flags override the file.
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
	if err := o.gatherItems(wanted); err != nil {
		return nil, err
	}
	changed := within(table, wanted.With(o.items.added).With(o.items.removed))
	if err := o.checkApart(changed); err != nil {
		return nil, err
	}
	if len(changed) == 0 && !o.interactive {
		return nil, failure.Refuse(errors.New("no changes specified"), o.helpCommand())
	}
	return o.resolved(within(table, wanted), wanted)
}

// resolved validates the values of these fields and returns all values with ids instead of names.
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

// checkApart returns an error for fields that one request cannot change together.
func (o *updateOptions) checkApart(changed schema.Table) error {
	at := slices.IndexFunc(changed, func(f schema.Field) bool { return f.Apart })
	secrets := changed.Secrets()
	if at < 0 || len(secrets) == 0 {
		return nil
	}
	return failure.Refuse(fmt.Errorf("%s cannot be changed together with %s; update them one after the other", changed[at].Name, secrets[0].Name), o.helpCommand())
}

// within returns the fields of the table that the record contains.
func within(table schema.Table, record schema.Record) schema.Table {
	var held schema.Table
	for _, field := range table {
		if _, ok := record[field.Name]; ok {
			held = append(held, field)
		}
	}
	return held
}

// refuseFixed returns the error for fields that no update changes.
func (o *updateOptions) refuseFixed(fixed schema.Table) error {
	adapter := o.selection.Adapter
	operation, _ := adapter.Endpoint(provider.CapabilityUpdate)
	lines := make([]string, len(fixed))
	for i, field := range fixed {
		lines[i] = fmt.Sprintf("%s cannot be updated: not documented by %s (see %s)", field.Name, adapter.Vendor, operation.Docs)
	}
	return failure.Refuse(errors.New(strings.Join(lines, "\n")), o.helpCommand())
}

// complete returns the new values: those that were specified, and with -i the answers of the form. A file may repeat
// the current values of fields that cannot be updated.
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
	for i := range questions {
		questions[i].Repeated = questions[i].Secret
	}
	answers, err := o.app.Form.Ask(ctx, fmt.Sprintf("User %s in %s", user.Key, o.selection.Target), questions)
	if err != nil {
		return nil, o.left(user, typedSoFar(asked, known, answers), err)
	}
	full, err := form.Record(asked, known, answers)
	if err != nil {
		return nil, failure.Refuse(err)
	}
	return o.resolved(slices.DeleteFunc(within(table, full), func(f schema.Field) bool { return !names.Refers(f) }), full)
}

// review asks what to do with the changes that are shown.
func (o *updateOptions) review(ctx context.Context, one *job.UpdateOne, question string) error {
	choice, err := o.app.Form.Select(ctx, question, []string{reviewUpdate, reviewEdit, reviewCancel})
	switch {
	case err != nil:
		return app.Unchecked(err)
	case choice == reviewEdit:
		return one.Edit()
	case choice == reviewCancel:
		return failure.Fail(failure.StatusInterrupted, errors.New("cancelled; nothing was sent"))
	default:
		return nil
	}
}

// left returns the failure of a form that was left: with the command that continues with what was typed, without secrets.
func (o *updateOptions) left(user provider.User, typed schema.Record, err error) error {
	if !errors.Is(err, form.ErrAborted) && !errors.Is(err, context.Canceled) {
		return app.Unchecked(err)
	}
	table := o.selection.Adapter.Table.Mutable()
	changed := schema.Record{}
	for _, change := range job.ChangesOf(table, user, typed) {
		changed[change.Field.Name] = typed[change.Field.Name]
	}
	return failure.Fail(failure.StatusInterrupted, errors.New("cancelled; nothing was sent"), o.continuation(changed)...)
}

// continuation returns the steps that continue with these values in the form.
func (o *updateOptions) continuation(changed schema.Record) []string {
	table := o.selection.Adapter.Table.Mutable()
	return continuation(append(o.command(), fields.Args(without(table, table.Secrets()), changed)...))
}

// continuation returns the steps that continue a form with a command.
func continuation(words []string) []string {
	return []string{failure.Note("to continue with what was typed, without secrets"), strings.Join(append(words, "-i"), " ")}
}

// askable returns the fields for a form. A required field is optional if its current value is not known: without an
// answer it is not changed.
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

package join

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/bring-aboard/usher/internal/roster"
	"github.com/bring-aboard/usher/internal/scratch"
	"github.com/bring-aboard/usher/pkg/schema"
)

// The causes of validation errors in addition to those of package schema.
const (
	// NotJoined is a record whose key the joined file lacks.
	NotJoined schema.Cause = "not in the joined file"
	// NoValue is a row of the joined file without a value in the wanted column.
	NoValue schema.Cause = "no value in the joined file"
	// TwoValues is a key that the joined file has twice, with different values.
	TwoValues schema.Cause = "two values in the joined file"
)

// Join fills fields of records from joined files. It is for one goroutine, and
// must be closed.
type Join struct {
	table   schema.Table
	fills   []fill
	indexes map[string]*index
}

// fill is one field with the reference of its value.
type fill struct {
	field     schema.Field
	spec      Spec
	reference Reference
}

// Open reads the joined files that the values refer to; the values are by documented name of the field. What is read is
// stored in the scratch file. A file that no value refers to is an error.
func Open(ctx context.Context, table schema.Table, specs []Spec, values map[string]Reference, to *scratch.File) (*Join, error) {
	j := &Join{table: table, indexes: map[string]*index{}}
	columns := map[string][]string{}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		field, _ := table.Field(name)
		reference := values[name]
		at := slices.IndexFunc(specs, func(s Spec) bool { return s.Name == reference.Name })
		switch {
		case at < 0:
			return nil, fmt.Errorf("--set %s=%s: no --join file is called %s", name, reference, reference.Name)
		case field.Secret:
			return nil, fmt.Errorf("--set %s=%s: %s is secret and cannot be joined", name, reference, name)
		}
		j.fills = append(j.fills, fill{field, specs[at], reference})
		if !slices.Contains(columns[reference.Name], reference.Column) {
			columns[reference.Name] = append(columns[reference.Name], reference.Column)
		}
	}
	for _, spec := range specs {
		if columns[spec.Name] == nil {
			return nil, errors.Join(fmt.Errorf("--join %s: no --set uses it; for example --set FIELD=@%s.id", spec.File, spec.Name), j.Close())
		}
		if j.indexes[spec.Name] != nil {
			return nil, errors.Join(fmt.Errorf("--join %s: another joined file is called %s; rename one of them", spec.File, spec.Name), j.Close())
		}
		x, err := readIndex(ctx, spec, columns[spec.Name], to)
		if err != nil {
			return nil, errors.Join(err, j.Close())
		}
		j.indexes[spec.Name] = x
	}
	return j, nil
}

// Fields returns the documented names of the fields that are filled.
func (j *Join) Fields() []string {
	var names []string
	for _, fill := range j.fills {
		names = append(names, fill.field.Name)
	}
	return names
}

// Around returns a validation that fills the record first. What the joined file lacks is an error of the field that was
// to be filled.
func (j *Join) Around(ctx context.Context, next roster.Validate) roster.Validate {
	if len(j.fills) == 0 {
		return next
	}
	return func(record schema.Record) (schema.Record, schema.FieldErrors, error) {
		filled, fieldErrs, err := j.fill(ctx, record)
		if err != nil {
			return nil, nil, err
		}
		checked, found, err := next(filled)
		if err != nil {
			return nil, nil, err
		}
		for _, fieldErr := range found {
			if fieldErr.Cause == schema.Missing && slices.ContainsFunc(fieldErrs, func(f *schema.FieldError) bool { return f.Field == fieldErr.Field }) {
				continue // the reason is reported already
			}
			fieldErrs = append(fieldErrs, fieldErr)
		}
		return checked, fieldErrs, nil
	}
}

func (j *Join) fill(ctx context.Context, record schema.Record) (schema.Record, schema.FieldErrors, error) {
	filled := record.With(nil)
	var fieldErrs schema.FieldErrors
	for _, fill := range j.fills {
		key := record.Text(fill.spec.Field.Name)
		if key == "" {
			continue // the validation reports the missing key
		}
		e, found, err := j.indexes[fill.spec.Name].get(ctx, key)
		if err != nil {
			return nil, nil, fmt.Errorf("--join %s: %w", fill.spec.File, err)
		}
		value, fieldErr := fill.value(e, found)
		if fieldErr != nil {
			fieldErr.Field = fill.field.Name
			fieldErrs = append(fieldErrs, fieldErr)
			continue
		}
		filled[fill.field.Name] = value
	}
	return filled, fieldErrs, nil
}

// value reads the value of a field from an entry.
func (f fill) value(e entry, found bool) (any, *schema.FieldError) {
	file := f.spec.File
	switch text := e.Values[f.reference.Column]; {
	case !found:
		return nil, &schema.FieldError{Cause: NotJoined, Message: fmt.Sprintf("%s has no row with this %s", file, f.spec.Field.Name), Hint: "add the row to that file, or remove it here"}
	case e.Again > 0:
		return nil, &schema.FieldError{Cause: TwoValues, Message: fmt.Sprintf("lines %d and %d of %s have different values for this %s", min(e.Line, e.Again), max(e.Line, e.Again), file, f.spec.Field.Name), Hint: "remove one of the two"}
	case text == "":
		return nil, &schema.FieldError{Cause: NoValue, Message: fmt.Sprintf("line %d of %s has no %s", e.Line, file, f.reference.Column), Hint: "add it to that file, or finish that import first"}
	default:
		value, fieldErr := f.field.Parse(text)
		return value, fieldErr
	}
}

// Close closes the scratch file.
func (j *Join) Close() error {
	var err error
	for _, x := range j.indexes {
		err = errors.Join(err, x.close())
	}
	return err
}

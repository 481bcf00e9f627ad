package form

import (
	"maps"

	"github.com/bring-aboard/usher/pkg/schema"
)

// Record returns the known values, replaced by the answers to [Questions]:
//
//   - An answer that repeats the known value leaves it unchanged.
//   - An empty answer to a field without a known value leaves it absent.
//   - An empty answer to a known field empties it: a text or list becomes empty, and a number or boolean, which cannot be
//     empty, absent.
//
// Every other answer is parsed and validated. The error is the [schema.FieldErrors] of the answers, in the order of the
// table, then those of answers to fields that the table lacks; fields that were not asked for are not checked.
func Record(table schema.Table, known schema.Record, answers map[string]string) (schema.Record, error) {
	record := make(schema.Record, len(known)+len(answers))
	maps.Copy(record, known)

	var fieldErrs schema.FieldErrors
	for _, field := range table {
		answer, asked := answers[field.Name]
		switch {
		case !asked:
		case answer == "" && field.Required:
			fieldErrs = append(fieldErrs, schema.Table{field}.Validate(nil)...)
		case answer == field.Text(known[field.Name]):
		case answer == "":
			clearField(field, record)
		default:
			value, found := read(field, answer)
			record[field.Name] = value
			fieldErrs = append(fieldErrs, found...)
		}
	}
	return record, append(fieldErrs, strangers(table, answers)...).Err()
}

// strangers reports answers to fields that the table lacks.
func strangers(table schema.Table, answers map[string]string) schema.FieldErrors {
	unknown := schema.Record{}
	for name := range answers {
		if _, ok := table.Field(name); !ok {
			unknown[name] = ""
		}
	}
	return schema.Table(nil).Validate(unknown)
}

func clearField(field schema.Field, record schema.Record) {
	if empty, fieldErr := field.Parse(""); fieldErr == nil {
		record[field.Name] = empty
		return
	}
	delete(record, field.Name)
}

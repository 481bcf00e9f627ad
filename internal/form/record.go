package form

import (
	"maps"

	"github.com/bring-aboard/usher/pkg/schema"
)

// Record gives what is known with the answers to [Questions] in its place:
//
//   - An answer that repeats what is known leaves the known value as it is.
//   - An empty answer to a field of which nothing is known leaves it absent.
//   - An empty answer to a known field empties it: a text or list becomes
//     empty, and a number or truth value, which cannot be empty, absent.
//
// Every other answer is parsed and validated. The error is the [schema.Faults]
// of the answers, in the order of the table, with answers to fields that the
// table lacks behind them; fields that were not asked for are not judged.
func Record(table schema.Table, known schema.Record, answers map[string]string) (schema.Record, error) {
	record := make(schema.Record, len(known)+len(answers))
	maps.Copy(record, known)

	var faults schema.Faults
	for _, field := range table {
		answer, asked := answers[field.Name]
		switch {
		case !asked:
		case answer == "" && field.Required:
			faults = append(faults, schema.Table{field}.Validate(nil)...)
		case answer == field.Text(known[field.Name]):
		case answer == "":
			clearField(field, record)
		default:
			value, found := read(field, answer)
			record[field.Name] = value
			faults = append(faults, found...)
		}
	}
	return record, append(faults, strangers(table, answers)...).Err()
}

// strangers reports answers to fields that the table lacks.
func strangers(table schema.Table, answers map[string]string) schema.Faults {
	unknown := schema.Record{}
	for name := range answers {
		if _, ok := table.Field(name); !ok {
			unknown[name] = ""
		}
	}
	return schema.Table(nil).Validate(unknown)
}

func clearField(field schema.Field, record schema.Record) {
	if empty, fault := field.Parse(""); fault == nil {
		record[field.Name] = empty
		return
	}
	delete(record, field.Name)
}

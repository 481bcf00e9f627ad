package roster

import (
	"fmt"

	"github.com/bring-aboard/usher/pkg/schema"
)

// isClearColumn recognises the column that names empty fields.
func isClearColumn(header string) bool {
	return schema.FoldName(header) == schema.FoldName(EmptyHeader)
}

// empty gives the record the fields that the row names as empty.
func (p *plan) empty(record schema.Record, cells []string) []cellError {
	column := p.empties - 1
	if column < 0 || column >= len(cells) {
		return nil
	}
	var faults []cellError
	fail := func(cause schema.Cause, name, message, hint string) {
		faults = append(faults, cellError{column: column, FieldError: &schema.FieldError{Field: name, Cause: cause, Value: name, Message: message, Hint: hint}})
	}
	for _, name := range listed(cells[column]) {
		if name == "" {
			continue
		}
		f, ok := p.table.Match(name)
		switch {
		case !ok:
			fail(schema.Unknown, name, fmt.Sprintf("%q is not a documented field", name), schema.DidYouMean(name, p.table.Names()))
		case f.Empty() == nil:
			fail(schema.WrongType, f.Name, fmt.Sprintf("%s is of type %s and cannot be empty", f.Name, f.Kind), "")
		case !record.IsEmpty(f.Name):
			fail(Twice, f.Name, f.Name+" has a value and is named as empty", "leave one of the two out")
		default:
			record[f.Name] = f.Empty()
		}
	}
	return faults
}

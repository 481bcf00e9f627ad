package roster

import (
	"fmt"

	"github.com/bring-aboard/usher/pkg/schema"
)

// isClearColumn reports whether a header is that of the column that lists empty fields.
func isClearColumn(header string) bool {
	return schema.FoldName(header) == schema.FoldName(EmptyHeader)
}

// empty clears the fields of the record that the row lists as empty.
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
			fail(schema.Unknown, name, fmt.Sprintf("unknown field %q", name), schema.DidYouMean(name, p.table.Names()))
		case f.Empty() == nil:
			fail(schema.WrongType, f.Name, fmt.Sprintf("%s is of type %s and cannot be empty", f.Name, f.Kind), "")
		case !record.IsEmpty(f.Name):
			fail(Twice, f.Name, f.Name+" has a value but is listed as empty", "omit one of them")
		default:
			record[f.Name] = f.Empty()
		}
	}
	return faults
}

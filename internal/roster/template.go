package roster

import (
	"fmt"
	"io"
	"strings"

	"github.com/bring-aboard/usher/pkg/schema"
)

// Template writes an empty roster for the fields of a table. A table has its header, with the form of the cell
// after the name of a list of objects. A document has one user with example values.
func Template(w io.Writer, table schema.Table, f Format) error {
	rows, err := NewWriter(w, f, table)
	if err == nil && !f.IsTable() {
		err = rows.Write(exampleRecord(table))
	}
	if err == nil {
		err = rows.Close()
	}
	if err != nil {
		return fmt.Errorf("write an empty roster: %w", err)
	}
	return nil
}

// Header returns the header of a column whose cells have the texts of [schema.Field.Text]:
// the documented name, with the form of the cell behind that of a list of objects.
func Header(f schema.Field) string {
	if f.Kind == schema.Objects {
		return f.Name + " (" + f.ValueName() + ")"
	}
	return f.Name
}

// exampleRecord returns one user with examples.
func exampleRecord(table schema.Table) schema.Record {
	record := schema.Record{}
	for _, f := range table {
		record[f.Name] = exampleValue(f)
	}
	return record
}

// exampleValue returns a value that is clearly an example.
func exampleValue(f schema.Field) any {
	switch f.Kind {
	case schema.Integer:
		return int64(1)
	case schema.Boolean:
		return true
	case schema.Strings:
		return []string{exampleText(f)}
	case schema.Objects:
		object := schema.Record{}
		for _, part := range f.Parts {
			object[part.Name] = exampleValue(part)
		}
		return []schema.Record{object}
	default:
		return exampleText(f)
	}
}

func exampleText(f schema.Field) string {
	switch {
	case f.Format == schema.UUID:
		return "00000000-0000-0000-0000-000000000000"
	case f.Format == schema.Email, strings.Contains(strings.ToLower(f.Name), "email"):
		return "name@example.com"
	case f.Format == schema.URI:
		return "https://example.com/"
	case f.Format == schema.Date:
		return "2030-01-31"
	case f.Format == schema.DateTime:
		return "2030-01-31T09:00:00Z"
	case f.Pattern != nil && f.Example != "":
		return f.Example
	case f.Secret:
		return "example " + f.Name
	case len(f.Suggestions) > 0:
		return f.Suggestions[0]
	case f.Example != "" && !strings.HasPrefix(f.Example, "<"):
		return f.Example
	default:
		return "Example " + f.Label()
	}
}

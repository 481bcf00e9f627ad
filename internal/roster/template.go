package roster

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/bring-aboard/usher/internal/roster/xlsx"
	"github.com/bring-aboard/usher/pkg/schema"
)

// Template writes an empty roster for the fields of a table. A table gets its
// header, with the form of the cell behind the name of a list of objects. A
// document gets one person with values that are plainly examples.
func Template(w io.Writer, table schema.Table, f Format) error {
	switch f {
	case CSV, TSV:
		return delimitedTemplate(w, table, f)
	case XLSX:
		header := templateHeader(table)
		book, err := xlsx.NewWriter(w, "People", len(header))
		if err != nil {
			return err
		}
		if err := book.Write(header); err != nil {
			return err
		}
		return book.Close()
	}
	object, err := exampleObject(table)
	if err != nil {
		return err
	}
	var text []byte
	switch f {
	case NDJSON:
		text = slices.Concat(object, []byte{'\n'})
	case JSON:
		var b bytes.Buffer
		err = json.Indent(&b, []byte("["+string(object)+"]"), "", "  ")
		text = append(b.Bytes(), '\n')
	case YAML:
		text, err = asYAML([]byte("[" + string(object) + "]"))
	default:
		_, err = ParseFormat(string(f))
	}
	if err != nil {
		return fmt.Errorf("write an empty roster: %w", err)
	}
	_, err = w.Write(text)
	return err
}

func delimitedTemplate(w io.Writer, table schema.Table, f Format) error {
	rows := csv.NewWriter(w)
	if f == TSV {
		rows.Comma = '\t'
	}
	if err := rows.Write(templateHeader(table)); err != nil {
		return err
	}
	rows.Flush()
	return rows.Error()
}

// templateHeader lists the documented names.
func templateHeader(table schema.Table) []string {
	header := table.Names()
	for i, f := range table {
		if f.Kind == schema.Objects {
			header[i] += " (" + f.ValueName() + ")"
		}
	}
	return header
}

// exampleObject writes one person in the documented shape, with what the
// provider takes from the request's path among the members.
func exampleObject(table schema.Table) ([]byte, error) {
	record, all := schema.Record{}, make(schema.Table, len(table))
	for i, f := range table {
		record[f.Name] = exampleValue(f)
		f.In = schema.Body
		all[i] = f
	}
	return all.Encode(record)
}

// exampleValue gives a value that nobody takes for a real one.
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

// asYAML writes a JSON text as YAML, its strings in quotation marks.
func asYAML(text []byte) ([]byte, error) {
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		return nil, err
	}
	unfold(document.Content[0])
	return yaml.Marshal(&document)
}

// unfold gives lists and objects a line for each member, and keys no quotation
// marks.
func unfold(node *yaml.Node) {
	node.Style &^= yaml.FlowStyle
	for i, child := range node.Content {
		if node.Kind == yaml.MappingNode && i%2 == 0 {
			child.Style = 0
		}
		unfold(child)
	}
}

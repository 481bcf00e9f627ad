package roster

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bring-aboard/usher/pkg/schema"
)

// plan is how the cells of a row become a record. It is made once per file, so that a row requires no search by
// name.
type plan struct {
	table   schema.Table
	check   Validate
	columns []column
	groups  []group
	// base are the initial values of every row: the defaults and the set values.
	base schema.Record
	// set are the fields that are set for all rows, and computed those whose values follow from the row.
	set      []string
	computed []computed
	// identify is [Options.Identify].
	identify []string
	// headers are the columns by [headerKey] of their headers, the first one if there are several.
	headers map[string]int
	// later are the fields that may be missing.
	later []string
	// generator is [Options.Generator].
	generator string
	// home contains the column of a field, the first one if there are several.
	home map[string]int
	// key is the index of the column that identifies the user, -1 if there is none.
	key int
	// emails are the email fields except the key.
	emails []string
	// unnamed are the columns without a header, by index.
	unnamed []int
	// readsEmpties is [Options.Empties].
	readsEmpties bool
	// empties is the number of the column that lists the fields that a row leaves empty, 0 for none.
	empties int
}

// column is what is done with the cells of one column.
type column struct {
	header string
	target
	skip bool
	// compact reports whether a cell contains the properties of objects in the form of the header:
	// "a@example.com:work:true".
	compact bool
	// more reports whether the cell adds to the list of an earlier column.
	more bool
	// label is the type of the objects of this column, "" for none.
	label string
	// inverted reports that the header is the opposite of the field: "Block sign in".
	inverted bool
	// documented reports whether the header is the field's documented name, or was mapped; otherwise instead may
	// be the header of a column that is read instead of this one.
	documented bool
	instead    string
	// assigned is true for the ids of the provider.
	assigned bool
	// usual is the type of the objects beside columns that have one.
	usual string
}

// group is a list of objects in several columns: the index of the column for each property, -1 for none.
type group struct {
	field   schema.Field
	columns []int
}

// cellError is an error with the index of its column, -1 for none.
type cellError struct {
	column int
	*schema.FieldError
}

// record reads the cleaned cells of the row with a number. An empty cell counts as missing.
func (p *plan) record(row int, cells []string) (schema.Record, []cellError, error) {
	record := make(schema.Record, len(p.base)+len(p.columns))
	maps.Copy(record, p.base)
	var faults []cellError
	for i, text := range cells[:min(len(cells), len(p.columns))] {
		c := &p.columns[i]
		if c.skip || text == "" || c.part != wholeField {
			continue
		}
		value, fieldErr := c.parse(text)
		if fieldErr != nil {
			faults = append(faults, cellError{column: i, FieldError: fieldErr})
			continue
		}
		if c.more {
			value = joined(record[c.field.Name], value)
		}
		record[c.field.Name] = value
	}
	for _, g := range p.groups {
		objects, found := g.objects(cells)
		faults = append(faults, found...)
		if objects != nil {
			record[g.field.Name] = objects
		}
	}
	faults = append(faults, p.compute(record, row, p.cellOf(cells))...)
	faults = append(faults, p.empty(record, cells)...)
	return p.validate(record, cells, faults)
}

// parse parses a cell.
func (c *column) parse(text string) (any, *schema.FieldError) {
	if c.field.Kind == schema.Objects && !c.compact {
		return wholeObjects(&c.field, c.label, text), nil
	}
	value, fieldErr := c.field.Parse(text)
	if truth, ok := value.(bool); ok && c.inverted {
		return !truth, fieldErr
	}
	return value, fieldErr
}

// joined returns the items of two lists of a field.
func joined(earlier, value any) any {
	switch value := value.(type) {
	case []schema.Record:
		list, _ := earlier.([]schema.Record)
		return slices.Concat(list, value)
	case []string:
		list, _ := earlier.([]string)
		return slices.Concat(list, value)
	default:
		return value
	}
}

// wholeObjects returns a list of objects from a text with their main values only.
func wholeObjects(f *schema.Field, label, text string) []schema.Record {
	value := f.Parts[0].Name
	if i := slices.IndexFunc(f.Parts, func(part schema.Field) bool { return part.Name == "formatted" }); i >= 0 {
		value = "formatted" // an address on one line
	}
	var objects []schema.Record
	for _, item := range itemsOf(f, text) {
		if item == "" {
			continue
		}
		object := schema.Record{value: item}
		if label != "" {
			object[labelPart] = label
		}
		objects = append(objects, object)
	}
	return objects
}

// labelPart is the property of an object with its type.
const labelPart = "type"

// itemsOf splits a cell into the values of objects. A semicolon in the URI of a phone number (RFC 3966: ";ext=2")
// does not split it, and an address is not a list.
func itemsOf(f *schema.Field, text string) []string {
	if len(f.Parts) > 0 && !f.Parts[0].Required {
		return []string{text}
	}
	var items []string
	for _, item := range listed(text) {
		name, _, isParameter := strings.Cut(item, "=")
		if isParameter && len(items) > 0 && f.Parts[0].Scheme && isParameterName(name) {
			items[len(items)-1] += ";" + item
			continue
		}
		items = append(items, item)
	}
	return items
}

func isParameterName(name string) bool {
	return slices.Contains([]string{"ext", "isub", "phone-context", "postd", "tgrp", "trunk-context", "rn", "npdi", "cic", "x", "extension"}, strings.ToLower(strings.TrimSpace(name)))
}

// isCompact reports whether the cells of a column contain the properties of objects: the header contains the form,
// as in a template, or no object is complete with one property.
func isCompact(f schema.Field, header string) bool {
	required := 0
	for _, part := range f.Parts {
		if part.Required {
			required++
		}
	}
	if required > 1 {
		return true
	}
	_, form, ok := strings.Cut(header, "(")
	form = strings.TrimRight(strings.TrimSpace(form), ")")
	return ok && strings.Contains(form, ":") && strings.HasPrefix(strings.ToUpper(f.ValueName()), strings.ToUpper(form))
}

// validate returns the record in its final form, and adds its errors. A field that could not be read is not
// reported as missing as well.
func (p *plan) validate(record schema.Record, cells []string, faults []cellError) (schema.Record, []cellError, error) {
	unread := faults
	record, found, err := p.check(record)
	if err != nil {
		return nil, nil, err
	}
	for _, fieldErr := range found {
		isThis := func(f cellError) bool { return f.Field == fieldErr.Field }
		if fieldErr.Cause == schema.Missing && (slices.Contains(p.later, fieldErr.Field) || slices.ContainsFunc(unread, isThis)) {
			continue
		}
		faults = append(faults, cellError{column: p.columnOf(fieldErr, cells), FieldError: fieldErr})
	}
	return record, faults, nil
}

// columnOf returns the column of an error about a field.
func (p *plan) columnOf(fieldErr *schema.FieldError, cells []string) int {
	for _, g := range p.groups {
		if g.field.Name != fieldErr.Field || fieldErr.Value == "" {
			continue
		}
		for _, column := range g.columns {
			if column >= 0 && column < len(cells) && slices.Contains(listed(cells[column]), fieldErr.Value) {
				return column
			}
		}
	}
	if column, ok := p.home[fieldErr.Field]; ok {
		return column
	}
	return -1
}

// objects builds the list of objects from the lists of their properties, nil if all of them are empty.
func (g group) objects(cells []string) ([]schema.Record, []cellError) {
	members := make([][]string, len(g.columns))
	length, first := 0, -1
	for part, column := range g.columns {
		if column < 0 || column >= len(cells) {
			continue
		}
		members[part] = listed(cells[column])
		if length == 0 && len(members[part]) > 0 {
			length, first = len(members[part]), column
		}
	}
	if length == 0 {
		return nil, nil
	}
	for part, texts := range members {
		if len(texts) != length && (len(texts) > 0 || g.field.Parts[part].Required) {
			return nil, []cellError{{column: max(first, g.columns[part]), FieldError: g.mismatch(members)}}
		}
	}
	objects, faults := make([]schema.Record, length), []cellError(nil)
	for i := range objects {
		objects[i] = schema.Record{}
		for part, texts := range members {
			if len(texts) == 0 || texts[i] == "" {
				continue
			}
			value, fieldErr := g.field.Parts[part].Parse(texts[i])
			if fieldErr != nil {
				fieldErr.Field = g.field.Name
				faults = append(faults, cellError{column: g.columns[part], FieldError: fieldErr})
				continue
			}
			objects[i][g.field.Parts[part].Name] = value
		}
	}
	if faults != nil {
		return nil, faults
	}
	return objects, nil
}

func (g group) mismatch(members [][]string) *schema.FieldError {
	var counts []string
	for part, texts := range members {
		counts = append(counts, fmt.Sprintf("%d of %s", len(texts), g.field.Parts[part].Name))
	}
	return &schema.FieldError{
		Field: g.field.Name, Cause: Mismatch, Message: fmt.Sprintf("%s: %s", g.field.Name, strings.Join(counts, ", ")),
		Hint: "use the same number of values in each list, separated by semicolons, in the same order",
	}
}

// listed splits a cell at its semicolons. Items in the middle may be empty; empty ones at the end are dropped.
func listed(cell string) []string {
	cell = strings.TrimRight(cell, "; ")
	if cell == "" {
		return nil
	}
	items := strings.Split(cell, ";")
	for i, item := range items {
		items[i], _ = cleanSpace(item)
	}
	return items
}

package roster

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bring-aboard/usher/internal/template"
	"github.com/bring-aboard/usher/pkg/schema"
)

// NumberName is the name of the value that makes the values of a field differ: nothing for the first person with a value,
// then 2, 3 and so on.
const NumberName = "n"

// computed is a field whose value follows from its row: "{first|ascii|lower}.{last|ascii|lower}{n}".
type computed struct {
	field schema.Field
	// before and after are the parts around {n}. Without it, isNumbered is false and before is all of the template.
	before, after template.Template
	isNumbered    bool
	values        Values
}

// Values returns a value that a template has beside the columns of its row, by its name and the number of the row; ok
// is false for an unknown name. It returns the same for the same arguments.
type Values func(name string, row int) (text string, ok bool)

// isTemplate reports whether a value of [Options].Set has values in braces. JSON has none.
func isTemplate(text string) bool {
	return strings.ContainsAny(text, "{}") && !json.Valid([]byte(text))
}

// TemplateNames returns the names of the values in a value of [Options].Set; none if it is not a template, or not a valid
// one.
func TemplateNames(text string) []string {
	if !isTemplate(text) {
		return nil
	}
	parsed, _ := template.Parse(text, func(string) error { return nil }, template.CheckWordFilter) // Open reports the error
	return parsed.Names()
}

// templates returns the templates among the values that are set for all rows, and records the headers that they need.
func (m *matcher) templates(o Options) ([]computed, schema.FieldErrors) {
	var list []computed
	var faults schema.FieldErrors
	for _, name := range slices.Sorted(maps.Keys(o.Set)) {
		if !isTemplate(o.Set[name]) {
			continue
		}
		field, fieldErrs := m.settable(name)
		isTheirs := field.Name == "" && m.othersWant(name)
		if isTheirs {
			fieldErrs = nil
		}
		text, err := template.Parse(o.Set[name], func(string) error { return nil }, template.CheckWordFilter)
		c := computed{field: field, values: o.Values}
		if err == nil {
			c.before, c.after, c.isNumbered, err = text.Cut(NumberName)
		}
		if err != nil && fieldErrs == nil {
			fieldErrs = schema.FieldErrors{{
				Field: name, Cause: schema.Malformed, Message: fmt.Sprintf("--set %s: %v", name, err), Hint: "for example --set " + quoted(name+"={COLUMN|ascii|lower}"),
			}}
		}
		if fieldErrs != nil {
			faults = append(faults, fieldErrs...)
			continue
		}
		for _, word := range c.names() {
			if _, ok := c.value(word, 1); !ok {
				m.used[headerKey(word)] = true
			}
		}
		if isTheirs {
			continue // its columns are those of the other system
		}
		list = append(list, c)
	}
	for _, column := range o.Identify {
		m.used[headerKey(column)] = true
	}
	return list, faults
}

// names returns the names of the values, without {n}.
func (c *computed) names() []string { return slices.Concat(c.before.Names(), c.after.Names()) }

// value returns a value that is not that of a column.
func (c *computed) value(name string, row int) (string, bool) {
	if c.values == nil {
		return "", false
	}
	return c.values(name, row)
}

// unknown returns an error for a name that is neither that of a column nor another value.
func (c *computed) unknown(headers []string) *schema.FieldError {
	for _, name := range c.names() {
		if _, ok := c.value(name, 1); ok || hasHeader(headers, name) {
			continue
		}
		return &schema.FieldError{
			Field: c.field.Name, Cause: schema.Unknown, Message: fmt.Sprintf("--set %s: no column %q%s", c.field.Name, shorten(name), schema.Suggestion(name, headers)),
			Hint: "use the header of a column in braces",
		}
	}
	return nil
}

// hasHeader reports whether a table has a column.
func hasHeader(headers []string, name string) bool {
	return slices.ContainsFunc(headers, func(header string) bool { return headerKey(header) == headerKey(name) })
}

// expand returns the value for a row around its number. Cell returns the text of a column, and empty is the name of the
// first value without a text.
func (c *computed) expand(row int, cell func(name string) string) (value Numbered, empty string) {
	of := func(name string) (string, error) { // its functions return no error
		text, ok := c.value(name, row)
		if !ok {
			text = cell(name)
		}
		if text == "" && empty == "" {
			empty = name
		}
		return text, nil
	}
	value.Field = c.field.Name
	value.Before, _ = c.before.Expand(of, template.ApplyWord)
	value.After, _ = c.after.Expand(of, template.ApplyWord)
	return value, empty
}

// read computes the value for a row: that of the first person if it is numbered.
func (c *computed) read(row int, cell func(name string) string) (any, *schema.FieldError) {
	value, empty := c.expand(row, cell)
	if empty != "" {
		return nil, &schema.FieldError{
			Field: c.field.Name, Cause: schema.Missing, Message: fmt.Sprintf("%s: column %q is empty", c.field.Name, shorten(empty)), Hint: "enter the value that the rule of --set needs",
		}
	}
	if c.isNumbered {
		return c.field.Parse(value.Text(1, c.field.MaxLength))
	}
	return c.field.Parse(value.Before)
}

// compute adds the computed fields to a record, and returns their errors.
func (p *plan) compute(record schema.Record, row int, cell func(name string) string) []cellError {
	var faults []cellError
	for i := range p.computed {
		c := &p.computed[i]
		value, fieldErr := c.read(row, cell)
		if fieldErr != nil {
			faults = append(faults, cellError{column: -1, FieldError: fieldErr})
			continue
		}
		record[c.field.Name] = value
	}
	return faults
}

// cellOf returns the text of the first column with a header.
func (p *plan) cellOf(cells []string) func(name string) string {
	return func(name string) string {
		if i, ok := p.headers[headerKey(name)]; ok && i < len(cells) {
			return cells[i]
		}
		return ""
	}
}

// memberOf returns the text of a property of an object, which may be inside others: "name.first".
func memberOf(object map[string]any) func(name string) string {
	return func(name string) string {
		for key, value := range object {
			switch value := value.(type) {
			case string:
				if headerKey(key) == headerKey(name) {
					return value
				}
			case map[string]any:
				if rest, ok := strings.CutPrefix(name, key+"."); ok {
					return memberOf(value)(rest)
				}
			default:
				if headerKey(key) == headerKey(name) && value != nil {
					return fmt.Sprint(value)
				}
			}
		}
		return ""
	}
}

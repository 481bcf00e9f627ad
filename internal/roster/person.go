package roster

import (
	"fmt"
	"strconv"
	"unicode/utf8"

	"github.com/bring-aboard/usher/pkg/schema"
)

// Person is what a row has of a person without a key.
type Person struct {
	// Identity are the texts of the columns that tell people apart, in the order of [Options].Identify.
	Identity []string
	// Numbered are the fields whose values have a number.
	Numbered []Numbered
}

// Numbered is the value of a field whose template has {n}: the texts before and after the number.
type Numbered struct {
	Field  string `json:"field"`
	Before string `json:"before"`
	After  string `json:"after,omitempty"`
}

// Text returns the value with a number, which is not written for the first one. If it is longer than so many characters,
// the text before the number is cut; 0 is no limit.
func (n Numbered) Text(number, most int) string {
	end := n.After
	if number > 1 {
		end = strconv.Itoa(number) + end
	}
	before := n.Before
	for most > 0 && before != "" && utf8.RuneCountInString(before)+utf8.RuneCountInString(end) > most {
		_, size := utf8.DecodeLastRuneInString(before)
		before = before[:len(before)-size]
	}
	return before + end
}

// person returns what a row has of a person without a key, nil if people have keys. Cell returns the text of a column.
func (p *plan) person(row int, cell func(name string) string) (*Person, []cellError) {
	if len(p.identify) == 0 {
		return nil, nil
	}
	person, faults := &Person{}, []cellError(nil)
	for _, name := range p.identify {
		text := cell(name)
		if text == "" {
			faults = append(faults, cellError{column: p.columnNamed(name), FieldError: &schema.FieldError{
				Field: name, Cause: schema.Missing, Message: fmt.Sprintf("column %q is empty", shorten(name)), Hint: "enter the value by which --identify-by tells people apart",
			}})
		}
		person.Identity = append(person.Identity, text)
	}
	for i := range p.computed {
		if c := &p.computed[i]; c.isNumbered {
			value, _ := c.expand(row, cell) // an empty value is an error of the field
			person.Numbered = append(person.Numbered, value)
		}
	}
	return person, faults
}

// columnNamed returns the index of the first column with a header, -1 if there is none.
func (p *plan) columnNamed(header string) int {
	if i, ok := p.headers[headerKey(header)]; ok {
		return i
	}
	return -1
}

// findIdentity reports the columns that tell people apart and are missing.
func (p *plan) findIdentity(headers []string) (faults []cellError) {
	for _, name := range p.identify {
		if !hasHeader(headers, name) {
			faults = append(faults, cellError{column: -1, FieldError: &schema.FieldError{
				Field: name, Cause: schema.Unknown, Message: fmt.Sprintf("--identify-by: no column %q%s", shorten(name), schema.Suggestion(name, headers)),
				Hint: "use the header of a column",
			}})
		}
	}
	return faults
}

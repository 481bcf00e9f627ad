package schema

import (
	"fmt"
	"maps"
	"net/mail"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
)

// Validate checks every value of the record against the documentation and
// reports all faults in table order. Names that the table lacks are reported
// last, in alphabetical order.
func (t Table) Validate(r Record) Faults {
	var faults Faults
	known := 0
	for _, f := range t {
		value, ok := r[f.Name]
		if ok {
			known++
		}
		if f.Required && r.IsEmpty(f.Name) {
			faults = append(faults, &Fault{Field: f.Name, Cause: Missing, Message: f.Name + " is required"})
			continue
		}
		if ok {
			faults = append(faults, f.Check(value)...)
		}
	}
	if known < len(r) {
		faults = append(faults, t.unknownNames(r)...)
	}
	return faults
}

func (t Table) unknownNames(r Record) Faults {
	var faults Faults
	for _, name := range slices.Sorted(maps.Keys(r)) {
		if _, ok := t.Field(name); !ok {
			faults = append(faults, t.unknown(name, ""))
		}
	}
	return faults
}

func (t Table) unknown(name, pointer string) *Fault {
	fault := &Fault{Field: name, Pointer: pointer, Cause: Unknown, Message: fmt.Sprintf("%s is not a documented field", quote(name))}
	if nearest := Nearest(name, t.Names()); nearest != "" {
		fault.Hint = fmt.Sprintf("did you mean %s?", nearest)
	}
	return fault
}

// Check reports what is wrong with one value of this field, given in the Go
// type of its kind. Whether the field may be missing is not its question.
func (f Field) Check(value any) Faults {
	switch value := value.(type) {
	case string:
		return f.checkText(value).list()
	case []string:
		var faults Faults
		for _, item := range value {
			faults = append(faults, f.checkText(item).list()...)
		}
		return faults
	case []Record:
		var faults Faults
		for i, object := range value {
			for _, fault := range Table(f.Parts).Validate(object) {
				fault.Message = fmt.Sprintf("%s[%d].%s", f.Name, i, fault.Message)
				fault.Field = f.Name
				faults = append(faults, fault)
			}
		}
		return faults
	default:
		return nil
	}
}

func (f Field) checkText(text string) *Fault {
	if text == "" && !f.Required || f.Example != "" && plainSpaces(text) == plainSpaces(f.Example) {
		return nil
	}
	if !utf8.ValidString(text) {
		return f.fault(Malformed, text, "is not valid UTF-8", "")
	}
	switch f.Format {
	case NonBlank:
		if strings.IndexFunc(text, func(r rune) bool { return !unicode.IsSpace(r) }) < 0 {
			return f.fault(Malformed, text, "is blank", "at least one character that is not white space")
		}
	case UUID:
		if len(text) != 36 || uuid.Validate(text) != nil {
			return f.fault(Malformed, text, "is not a uuid", "for example 123e4567-e89b-12d3-a456-426614174000")
		}
	case Email:
		if address, err := mail.ParseAddress(text); err != nil || address.Address != text {
			return f.fault(Malformed, text, "is not an e-mail address", "for example name@example.com")
		}
	case DateTime:
		if _, err := time.Parse(time.RFC3339, text); err != nil {
			return f.fault(Malformed, text, "is not a date-time", "for example 2030-01-31T00:00:00Z")
		}
	}
	return nil
}

// plainSpaces turns no-break spaces into plain ones, as copying from a page may.
func plainSpaces(text string) string { return strings.ReplaceAll(text, "\u00a0", " ") }

func (f *Fault) list() Faults {
	if f == nil {
		return nil
	}
	return Faults{f}
}

package schema

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// Validate checks every value of the record against the documentation and reports all errors in table order. Names that
// the table lacks are reported last, in alphabetical order.
func (t Table) Validate(r Record) FieldErrors {
	var fieldErrs FieldErrors
	known := 0
	for i := range t { // without copying each field, because this runs for every user
		f := &t[i]
		value, ok := r[f.Name]
		if ok {
			known++
		}
		if f.Required && r.IsEmpty(f.Name) {
			fieldErrs = append(fieldErrs, &FieldError{Field: f.Name, Cause: Missing, Message: f.Name + " is required"})
			continue
		}
		if ok {
			fieldErrs = append(fieldErrs, f.Check(value)...)
		}
	}
	if known < len(r) {
		fieldErrs = append(fieldErrs, t.unknownNames(r)...)
	}
	return fieldErrs
}

func (t Table) unknownNames(r Record) FieldErrors {
	var fieldErrs FieldErrors
	for _, name := range slices.Sorted(maps.Keys(r)) {
		if _, ok := t.Field(name); !ok {
			fieldErrs = append(fieldErrs, t.unknown(name, ""))
		}
	}
	return fieldErrs
}

func (t Table) unknown(name, pointer string) *FieldError {
	return &FieldError{
		Field: name, Pointer: pointer, Cause: Unknown,
		Message: fmt.Sprintf("%s is not a documented field", quote(name)), Hint: DidYouMean(name, t.Names()),
	}
}

// Check reports what is wrong with one value of this field, given in the Go type of its kind. It does not check whether
// the field may be missing.
func (f Field) Check(value any) FieldErrors {
	switch value := value.(type) {
	case string:
		return f.checkText(value).list()
	case []string:
		var fieldErrs FieldErrors
		for _, item := range value {
			fieldErrs = append(fieldErrs, f.checkText(item).list()...)
		}
		return fieldErrs
	case []Record:
		var fieldErrs FieldErrors
		for i, object := range value {
			for _, fieldErr := range Table(f.Parts).Validate(object) {
				fieldErr.Message = fmt.Sprintf("%s[%d].%s", f.Name, i, fieldErr.Message)
				fieldErr.Field = f.Name
				fieldErrs = append(fieldErrs, fieldErr)
			}
		}
		return fieldErrs
	default:
		return nil
	}
}

func (f Field) checkText(text string) *FieldError {
	if text == "" && !f.Required || f.Example != "" && plainSpaces(text) == plainSpaces(f.Example) {
		return nil
	}
	if !utf8.ValidString(text) {
		return f.fieldError(Malformed, text, "is not valid UTF-8", "")
	}
	if f.Identifier || f.Format == Email {
		if err := CheckIdentifier(text); err != nil {
			return f.fieldError(Malformed, text, err.Error(), "remove or replace it")
		}
	}
	if f.Closed && !slices.Contains(f.Suggestions, text) {
		return f.fieldError(Malformed, text, "is not a documented value", f.choices(text))
	}
	format := f.Format
	if f.Required && strings.TrimSpace(text) == "" {
		format = NonBlank
	}
	if verdict, hint := format.check(text); verdict != "" {
		return f.fieldError(Malformed, text, verdict, hint)
	}
	switch length := utf8.RuneCountInString(text); {
	case length < f.MinLength:
		return f.fieldError(Malformed, text, "is too short", fmt.Sprintf("at least %d characters", f.MinLength))
	case f.MaxLength > 0 && length > f.MaxLength:
		return f.fieldError(Malformed, text, "is too long", fmt.Sprintf("at most %d characters", f.MaxLength))
	}
	if f.Pattern != nil && !f.Pattern.MatchString(text) {
		return f.fieldError(Malformed, text, "has an invalid format", "must match "+f.Pattern.String())
	}
	return nil
}

// choices returns a hint with the documented value that was probably meant, or with all of them.
func (f Field) choices(text string) string {
	if meant := DidYouMean(text, f.Suggestions); meant != "" && !f.hides() {
		return meant
	}
	return "one of " + Shorten(strings.Join(f.Suggestions, ", "), shortText)
}

// plainSpaces replaces no-break spaces by plain ones, as copying from a page may.
func plainSpaces(text string) string { return strings.ReplaceAll(text, "\u00a0", " ") }

func (f *FieldError) list() FieldErrors {
	if f == nil {
		return nil
	}
	return FieldErrors{f}
}

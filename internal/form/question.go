package form

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bring-aboard/usher/internal/term"
	"github.com/bring-aboard/usher/pkg/schema"
)

// Question asks for one text.
type Question struct {
	// Name is the key of the answer.
	Name string
	// Title is the question in a word or two, without a colon.
	Title string
	// Help describes it: a phrase without a full stop. It may be empty.
	Help string
	// Placeholder is shown in the empty field: the form of an answer. It may be empty.
	Placeholder string
	// Default is what an empty answer means, as a user sees it. It may be empty.
	Default string
	// Value is the initial answer.
	Value string
	// Secret answers are not shown while they are typed, and are used unchanged. Other answers lose the white space
	// around them.
	Secret bool
	// Repeated answers are asked for twice.
	Repeated bool
	// Required questions accept no empty answer.
	Required bool
	// Multi answers have several items with semicolons between them.
	Multi bool
	// Options are all valid answers. Nil allows any answer.
	Options []string
	// Suggestions are answers that are offered while typing, and never enforced.
	Suggestions []string
	// Check returns what is wrong with an answer that is not empty. It may be nil.
	Check func(text string) error

	// first returns the answer that this one must repeat; nil for a question that repeats none.
	first func() string
}

// again returns the question that repeats this one.
func (q Question) again(first func() string) Question {
	return Question{Name: q.Name, Title: q.Title + ", repeated", Secret: q.Secret, Value: q.Value, first: first}
}

// Questions returns one question for each field of the table, in its order. Known values are the initial answers.
// Answers are checked as the table validates them.
func Questions(table schema.Table, known schema.Record) []Question {
	questions := make([]Question, len(table))
	for i, field := range table {
		questions[i] = Question{
			Name:        field.Name,
			Title:       field.Label(),
			Help:        helpText(field),
			Placeholder: placeholder(field),
			Value:       field.Text(known[field.Name]),
			Secret:      field.Secret,
			Required:    field.Required,
			Multi:       field.Kind.IsList(),
			Options:     options(field),
			Suggestions: field.Suggestions,
			Check: func(text string) error {
				if field.Kind == schema.Strings && strings.Contains(text, ",") && !strings.Contains(text, ";") {
					return fmt.Errorf("%s: separate several with ; (end one that contains a comma with ;)", field.Label())
				}
				return Check(field, text, func(table schema.Table, record schema.Record) (schema.Record, schema.FieldErrors, error) {
					return record, table.Validate(record), nil
				})
			},
		}
	}
	return questions
}

// Check returns what is wrong with an answer to the question for a field, as [schema.FieldErrors] that name the field, and
// the properties of its objects, by their titles. validate checks a record and returns it with ids instead of names, or an error if the names cannot be read.
func Check(field schema.Field, answer string, validate func(schema.Table, schema.Record) (schema.Record, schema.FieldErrors, error)) error {
	field = titled(field)
	value, fieldErr := field.Parse(answer)
	if fieldErr != nil {
		return schema.FieldErrors{fieldErr}
	}
	objects, ok := value.([]schema.Record)
	if !ok {
		_, fieldErrs, err := validate(schema.Table{field}, schema.Record{field.Name: value})
		return cmp.Or(err, fieldErrs.Err())
	}
	var all schema.FieldErrors
	for i, object := range objects {
		_, fieldErrs, err := validate(field.Parts, object)
		if err != nil {
			return err
		}
		for _, fieldErr := range fieldErrs {
			if len(objects) > 1 {
				fieldErr.Message = fmt.Sprintf("entry %d: %s", i+1, fieldErr.Message)
			}
			all = append(all, fieldErr)
		}
	}
	return all.Err()
}

// titled returns a field whose name, and those of its parts, are the titles, so that errors have them.
func titled(field schema.Field) schema.Field {
	field.Placeholder = field.ValueName()
	field.Name, field.Parts = field.Label(), slices.Clone(field.Parts)
	for i, part := range field.Parts {
		part.Title = cmp.Or(part.Title, field.Name+": "+part.Name)
		field.Parts[i] = titled(part)
	}
	return field
}

// read returns the value of a text that is not empty, and what is wrong with it.
func read(field schema.Field, text string) (any, schema.FieldErrors) {
	value, fieldErr := field.Parse(text)
	if fieldErr != nil {
		return nil, schema.FieldErrors{fieldErr}
	}
	return value, schema.Table{field}.Validate(schema.Record{field.Name: value})
}

// helpText returns the documented help, unless it repeats the title, with the format of a list and examples.
func helpText(field schema.Field) string {
	var parts []string
	if field.Help != "" && !strings.EqualFold(field.Help, field.Label()) {
		parts = append(parts, strings.TrimSuffix(field.Help, " (repeatable)"))
	}
	switch field.Kind {
	case schema.Strings:
		parts = append(parts, "several are separated by semicolons")
	case schema.Objects:
		parts = append(parts, "each as "+field.ValueName(), "several are separated by semicolons")
	}
	switch {
	case field.Secret:
	case len(field.Suggestions) > 0:
		parts = append(parts, offered(field)+strings.Join(field.Suggestions, ", "))
	case field.Example != "":
		parts = append(parts, "for example "+field.Example)
	}
	return strings.Join(parts, "; ")
}

// offered returns the words before the offered values.
func offered(field schema.Field) string {
	if field.Closed {
		return "one of "
	}
	return "for example "
}

// placeholder returns the documented form of a value, if there is one.
func placeholder(field schema.Field) string {
	if field.Placeholder != "" || field.Kind == schema.Objects || field.Format == schema.UUID {
		return field.ValueName()
	}
	return ""
}

func options(field schema.Field) []string {
	if field.Kind == schema.Boolean {
		return []string{"true", "false"}
	}
	if field.Closed && !field.Kind.IsList() {
		return field.Suggestions
	}
	return nil
}

// label returns the title with what must be known before answering.
func (q Question) label() string {
	if q.Required {
		return q.Title + " (required)"
	}
	return q.Title
}

// needsAnswer reports whether the initial answer is not valid.
func (q Question) needsAnswer() bool { return q.verify(q.Value) != nil }

// with returns the label with an answer.
func (q Question) with(answer string) string {
	switch {
	case answer == "" && q.Default != "":
		answer = q.Default
	case answer == "":
		return q.label()
	case q.Secret:
		answer = "(hidden)"
	}
	return q.label() + ": " + term.SanitizeLine(answer)
}

// choices returns the options of a closed question together with its empty answer, if that is allowed.
func (q Question) choices() []string {
	if q.Required {
		return q.Options
	}
	return append([]string{""}, q.Options...)
}

// parseAnswer returns the answer for what was typed.
func (q Question) parseAnswer(typed string) string {
	if q.Secret {
		return typed
	}
	return strings.TrimSpace(typed)
}

// verify returns what is wrong with an answer.
func (q Question) verify(answer string) error {
	switch {
	case q.first != nil && answer != q.first():
		return errors.New("the two answers differ")
	case answer == "" && q.Required:
		return fmt.Errorf("%s is required", q.Title)
	case answer == "" || q.Check == nil:
		return nil
	default:
		return q.Check(answer)
	}
}

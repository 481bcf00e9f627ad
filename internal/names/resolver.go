package names

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/bring-aboard/usher/pkg/schema"
)

// The causes of validation errors in addition to those of package schema.
const (
	// NoSuchName is a name that no thing of the kind has.
	NoSuchName schema.Cause = "unknown name"
	// Ambiguous is a name that several things have.
	Ambiguous schema.Cause = "ambiguous name"
)

// mostCandidates is the maximum number of things in an error.
const mostCandidates = 5

// Read returns all things of a kind, which is a field's Refers. Its error ends the validation and is returned
// unchanged.
type Read func(kind string) ([]Thing, error)

// Resolver validates records with names instead of ids. It is safe for concurrent use.
type Resolver struct {
	read Read

	mu    sync.Mutex
	known map[string]outcome
	hints map[unfitName]string // of unknown names: finding the nearest takes a while
}

// outcome is the result of reading the things of a kind, once.
type outcome struct {
	directory *directory
	err       error
}

type unfitName struct{ kind, name string }

// mostHints is the number of unknown names that get a hint. A roster with more of them is wrong in another way.
const mostHints = 1000

// New returns a new resolver. Nothing is read yet.
func New(read Read) *Resolver {
	return &Resolver{read: read, known: map[string]outcome{}, hints: map[unfitName]string{}}
}

// Validate checks a record against a table as [schema.Table.Validate] does, and returns it with ids instead of the
// names. An unknown or ambiguous name is an error that lists what may be meant. The error is that of [Read].
func (r *Resolver) Validate(table schema.Table, record schema.Record) (schema.Record, schema.FieldErrors, error) {
	fieldErrs := table.Validate(record)
	if !slices.ContainsFunc(fieldErrs, func(fieldErr *schema.FieldError) bool { return mayBeName(table, fieldErr) }) {
		return record, fieldErrs, nil
	}
	resolved := record.With(nil)
	var unfit schema.FieldErrors
	for _, field := range table {
		if !Refers(field) {
			continue
		}
		value, found, err := r.value(field, record[field.Name])
		if err != nil {
			return nil, nil, err
		}
		if value != nil {
			resolved[field.Name] = value
		}
		unfit = append(unfit, found...)
	}
	return resolved, merge(table, table.Validate(resolved), unfit), nil
}

// Accepting returns a table that accepts any text for a field with names. It is for forms, which check each answer
// separately.
func Accepting(table schema.Table) schema.Table {
	accepting := slices.Clone(table)
	for i, field := range accepting {
		if field.Refers != "" && field.Format != schema.AnyText {
			accepting[i].Format = schema.NonBlank
		}
		accepting[i].Parts = Accepting(field.Parts)
	}
	return accepting
}

// Refers reports whether a field, or a part of its objects, accepts names instead of ids.
func Refers(field schema.Field) bool {
	return field.Refers != "" || slices.ContainsFunc(field.Parts, Refers)
}

// mayBeName reports whether an error may be about a name instead of an id.
func mayBeName(table schema.Table, fieldErr *schema.FieldError) bool {
	field, ok := table.Field(fieldErr.Field)
	return ok && fieldErr.Cause == schema.Malformed && Refers(field)
}

// value returns a field's value with ids instead of the names, and an error for each text that is neither, in the order
// in which the table reports them.
func (r *Resolver) value(field schema.Field, value any) (any, schema.FieldErrors, error) {
	switch value := value.(type) {
	case string:
		return r.text(field, value)
	case []string:
		var fieldErrs schema.FieldErrors
		texts := slices.Clone(value)
		for i, text := range texts {
			resolved, found, err := r.text(field, text)
			if err != nil {
				return nil, nil, err
			}
			texts[i] = resolved.(string)
			fieldErrs = append(fieldErrs, found...)
		}
		return texts, fieldErrs, nil
	case []schema.Record:
		return r.objects(field, value)
	default:
		return value, nil, nil
	}
}

func (r *Resolver) objects(field schema.Field, objects []schema.Record) (any, schema.FieldErrors, error) {
	var fieldErrs schema.FieldErrors
	resolved := make([]schema.Record, len(objects))
	for i, object := range objects {
		resolved[i] = object.With(nil)
		for _, part := range field.Parts {
			value, found, err := r.value(part, object[part.Name])
			if err != nil {
				return nil, nil, err
			}
			if value != nil {
				resolved[i][part.Name] = value
			}
			for _, fieldErr := range found {
				fieldErr.Field = field.Name
				fieldErr.Message = fmt.Sprintf("%s[%d].%s", field.Name, i, fieldErr.Message)
				fieldErrs = append(fieldErrs, fieldErr)
			}
		}
	}
	return resolved, fieldErrs, nil
}

// text returns the id for one text.
func (r *Resolver) text(field schema.Field, text string) (any, schema.FieldErrors, error) {
	if field.Refers == "" || strings.TrimSpace(text) == "" || field.Format != existing && len(field.Check(text)) == 0 {
		return text, nil, nil
	}
	directory, err := r.directory(field.Refers)
	if err != nil {
		return nil, nil, err
	}
	found := directory.find(text)
	if field.Format == existing && len(found) == 0 && directory.has(text) {
		return text, nil, nil
	}
	if len(found) == 1 {
		return found[0].ID, nil, nil
	}
	fieldErr := &schema.FieldError{Field: field.Name, Value: text}
	if len(found) == 0 {
		fieldErr.Cause, fieldErr.Message = NoSuchName, fmt.Sprintf("%s %q: %s not found", field.Name, schema.Shorten(text, 60), field.Refers)
		fieldErr.Hint = r.hint(field.Refers, directory, text)
	} else {
		fieldErr.Cause, fieldErr.Message = Ambiguous, fmt.Sprintf("%s %q: ambiguous, matches %d %ss", field.Name, schema.Shorten(text, 60), len(found), field.Refers)
		fieldErr.Hint = "use one of these ids: " + listed(found[:min(mostCandidates, len(found))], len(found))
	}
	return text, schema.FieldErrors{fieldErr}, nil
}

// Existing returns a field's value with ids instead of the names, like Validate, for a kind whose ids have no documented
// form: a text that is no name is an id only if a thing has it. Each text that is neither is an error, as are all texts
// with the error of [Read].
func (r *Resolver) Existing(field schema.Field, value any) (any, schema.FieldErrors, error) {
	field.Format = existing
	return r.value(field, value)
}

// NameOf returns the name of a thing with an id, or the id if the name is not known. It reads nothing.
func (r *Resolver) NameOf(kind, id string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if directory := r.known[kind].directory; directory != nil && directory.names[id] != "" {
		return directory.names[id]
	}
	return id
}

// Text returns a field's value as [schema.Field.Text] does, for people: with names instead of the ids of what it refers to.
// A thing whose name is not known or not its own, or cannot be part of the text, keeps its id, as all do if their names
// cannot be read.
func (r *Resolver) Text(field schema.Field, value any) string {
	if !Refers(field) {
		return field.Text(value)
	}
	switch value := value.(type) {
	case string:
		return r.called(field, value)
	case []string:
		called := make([]string, len(value))
		for i, id := range value {
			called[i] = r.called(field, id)
		}
		return field.Text(called)
	case []schema.Record:
		called := make([]schema.Record, len(value))
		for i, object := range value {
			called[i] = object.With(nil)
			for _, part := range field.Parts {
				if id, ok := object[part.Name].(string); ok {
					called[i][part.Name] = r.called(part, id)
				}
			}
		}
		return field.Text(called)
	default:
		return field.Text(value)
	}
}

// called returns the name of a thing if the name means this one thing, otherwise its id.
func (r *Resolver) called(field schema.Field, id string) string {
	if field.Refers == "" || id == "" {
		return id
	}
	directory, err := r.directory(field.Refers)
	if err != nil {
		return id
	}
	if name := directory.names[id]; isWord(name) && len(directory.exact[name]) == 1 {
		return name
	}
	return id
}

// existing is the format of the id of a thing that exists, which only the provider can check.
const existing schema.Format = "existing"

// directory returns the things of a kind. They are read when they are first needed, and a failure to read them is not
// retried.
func (r *Resolver) directory(kind string) (*directory, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	known, ok := r.known[kind]
	if !ok {
		var things []Thing
		if things, known.err = r.read(kind); known.err == nil {
			known.directory = newDirectory(things)
		}
		r.known[kind] = known
	}
	return known.directory, known.err
}

// merge replaces the errors of texts that the table reports as malformed by those of names. Both are in the table's
// order.
func merge(table schema.Table, fieldErrs, unfit schema.FieldErrors) schema.FieldErrors {
	for i, fieldErr := range fieldErrs {
		if len(unfit) > 0 && mayBeName(table, fieldErr) && fieldErr.Field == unfit[0].Field && fieldErr.Value == unfit[0].Value {
			fieldErrs[i], unfit = unfit[0], unfit[1:]
		}
	}
	return fieldErrs
}

// hint returns what an unknown name may mean.
func (r *Resolver) hint(kind string, known *directory, name string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	unfit := unfitName{kind, name}
	hint, told := r.hints[unfit]
	if !told && len(r.hints) < mostHints {
		hint = candidates(kind, known, name)
		r.hints[unfit] = hint
	}
	return hint
}

// candidates returns the things with the most similar names as a text.
func candidates(kind string, known *directory, name string) string {
	nearest := known.nearest(name, mostCandidates)
	switch {
	case len(nearest) == 0:
		return "the provider has no named " + kind + "; use the id"
	case len(nearest) == len(known.things):
		return "must be one of: " + listed(nearest, len(nearest))
	default:
		return fmt.Sprintf("nearest: %s", listed(nearest, len(known.things)))
	}
}

// listed returns things as a text, with the number of the others.
func listed(things []Thing, all int) string {
	words := make([]string, len(things))
	for i, thing := range things {
		words[i] = thing.String()
	}
	text := strings.Join(words, ", ")
	if more := all - len(things); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

package names

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/bring-aboard/usher/pkg/schema"
)

// The causes of faults beside those of package schema.
const (
	// NoSuchName is a name that no thing of the kind has.
	NoSuchName schema.Cause = "unknown name"
	// Ambiguous is a name that several things have.
	Ambiguous schema.Cause = "ambiguous name"
)

// mostCandidates is how many things an error lists.
const mostCandidates = 5

// Read gives all things of a kind, which is the word of a field's Refers. Its
// error ends the validation and is handed on as it is.
type Read func(kind string) ([]Thing, error)

// Resolver validates records in which names may stand for ids. It is safe for
// concurrent use.
type Resolver struct {
	read Read

	mu    sync.Mutex
	known map[string]outcome
	hints map[unfitName]string // of names that fit nothing: finding the nearest takes a while
}

// outcome is what came of reading the things of a kind, once.
type outcome struct {
	directory *directory
	err       error
}

type unfitName struct{ kind, name string }

// mostHints is how many unknown names are told their nearest ones. A roster with
// more of them is wrong in another way.
const mostHints = 1000

// New makes a resolver. Nothing is read yet.
func New(read Read) *Resolver {
	return &Resolver{read: read, known: map[string]outcome{}, hints: map[unfitName]string{}}
}

// Validate checks a record by a table as [schema.Table.Validate] does, and gives
// it with ids in place of the names. A name that fits nothing, or more than one
// thing, is a fault that lists what it may have meant. The error is that of
// [Read].
func (r *Resolver) Validate(table schema.Table, record schema.Record) (schema.Record, schema.Faults, error) {
	faults := table.Validate(record)
	if !slices.ContainsFunc(faults, func(fault *schema.Fault) bool { return mayBeName(table, fault) }) {
		return record, faults, nil
	}
	resolved := record.With(nil)
	var unfit schema.Faults
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

// Check tells what is wrong with the text of one field, as [schema.Faults], or
// the error of [Read].
func (r *Resolver) Check(field schema.Field, text string) error {
	value, fault := field.Parse(text)
	if fault != nil {
		return fault
	}
	resolved, faults, err := r.value(field, value)
	if err != nil {
		return err
	}
	return merge(schema.Table{field}, field.Check(resolved), faults).Err()
}

// Accepting gives a table that takes any text where names may stand for ids.
// It is for forms, which check each answer on their own.
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

// Refers tells whether a field, or a member of its objects, takes names in place of ids.
func Refers(field schema.Field) bool {
	return field.Refers != "" || slices.ContainsFunc(field.Parts, Refers)
}

// mayBeName tells whether a fault may be that of a name where an id belongs.
func mayBeName(table schema.Table, fault *schema.Fault) bool {
	field, ok := table.Field(fault.Field)
	return ok && fault.Cause == schema.Malformed && Refers(field)
}

// value gives a field's value with ids in place of the names, and a fault for
// each text that is neither, in the order in which the table reports them.
func (r *Resolver) value(field schema.Field, value any) (any, schema.Faults, error) {
	switch value := value.(type) {
	case string:
		return r.text(field, value)
	case []string:
		var faults schema.Faults
		texts := slices.Clone(value)
		for i, text := range texts {
			resolved, found, err := r.text(field, text)
			if err != nil {
				return nil, nil, err
			}
			texts[i] = resolved.(string)
			faults = append(faults, found...)
		}
		return texts, faults, nil
	case []schema.Record:
		return r.objects(field, value)
	default:
		return value, nil, nil
	}
}

func (r *Resolver) objects(field schema.Field, objects []schema.Record) (any, schema.Faults, error) {
	var faults schema.Faults
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
			for _, fault := range found {
				fault.Field = field.Name
				fault.Message = fmt.Sprintf("%s[%d].%s", field.Name, i, fault.Message)
				faults = append(faults, fault)
			}
		}
	}
	return resolved, faults, nil
}

// text gives the id for one text.
func (r *Resolver) text(field schema.Field, text string) (any, schema.Faults, error) {
	if field.Refers == "" || strings.TrimSpace(text) == "" || len(field.Check(text)) == 0 {
		return text, nil, nil
	}
	directory, err := r.directory(field.Refers)
	if err != nil {
		return nil, nil, err
	}
	found := directory.find(text)
	if len(found) == 1 {
		return found[0].ID, nil, nil
	}
	fault := &schema.Fault{Field: field.Name, Value: text}
	if len(found) == 0 {
		fault.Cause, fault.Message = NoSuchName, fmt.Sprintf("%s %q is no %s's id or name", field.Name, schema.Shorten(text, 60), field.Refers)
		fault.Hint = r.hint(field.Refers, directory, text)
	} else {
		fault.Cause, fault.Message = Ambiguous, fmt.Sprintf("%s %q fits %d %ss", field.Name, schema.Shorten(text, 60), len(found), field.Refers)
		fault.Hint = "give the id of one: " + listed(found[:min(mostCandidates, len(found))], len(found))
	}
	return text, schema.Faults{fault}, nil
}

// directory gives the things of a kind. They are read when they are first asked
// for, and a failure to read them is not tried again.
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

// merge puts the faults of names where the table calls the same texts
// malformed. Both are in the table's order.
func merge(table schema.Table, faults, unfit schema.Faults) schema.Faults {
	for i, fault := range faults {
		if len(unfit) > 0 && mayBeName(table, fault) && fault.Field == unfit[0].Field && fault.Value == unfit[0].Value {
			faults[i], unfit = unfit[0], unfit[1:]
		}
	}
	return faults
}

// hint says what a name that fits nothing may have meant.
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

// candidates names the things that are the most like a name.
func candidates(kind string, known *directory, name string) string {
	nearest := known.nearest(name, mostCandidates)
	switch {
	case len(nearest) == 0:
		return "the provider names no " + kind + ": give the id"
	case len(nearest) == len(known.things):
		return "there are: " + listed(nearest, len(nearest))
	default:
		return fmt.Sprintf("the nearest: %s", listed(nearest, len(known.things)))
	}
}

// listed names things, and says how many there are beside them.
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

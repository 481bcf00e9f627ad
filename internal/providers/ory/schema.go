package ory

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/bring-aboard/usher/pkg/schema"
)

// The limits of an identity schema: far beyond any that users can fill in.
const (
	mostBytes = 1 << 20
	mostDepth = 10
	mostField = 500
)

// readSchemaFile reads the traits of the identity schemas in a file: of one schema, or of those in a list that have one of
// the ids.
func readSchemaFile(path string, ids []string) (traits, error) {
	file, err := os.Open(path)
	if err != nil {
		return traits{}, fmt.Errorf("schema-file: %w", err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, mostBytes+1))
	if err == nil && len(text) > mostBytes {
		err = fmt.Errorf("larger than %d bytes", mostBytes)
	}
	if err != nil {
		return traits{}, fmt.Errorf("schema-file %s: %w", path, err)
	}
	read, err := readSchemas(text, ids)
	if err != nil {
		return traits{}, fmt.Errorf("schema-file %s: %w", path, err)
	}
	return read, nil
}

// readSchemas returns the fields of one identity schema, or of several in a list. What only some of the schemas have or
// require is optional, and left to Ory.
func readSchemas(text []byte, ids []string) (traits, error) {
	var list []wrapped
	if json.Unmarshal(text, &list) != nil {
		if len(ids) > 1 {
			return traits{}, fmt.Errorf("one identity schema, but %s has %d ids; fetch them with usher profiles schema NAME --save FILE", settingSchemaID, len(ids))
		}
		list = []wrapped{{ids[0], text}}
	}
	var all []traits
	for _, id := range ids {
		at := slices.IndexFunc(list, func(w wrapped) bool { return w.ID == id })
		if at < 0 {
			return traits{}, fmt.Errorf("no identity schema %q in the list", id)
		}
		read, err := readSchema(list[at].Schema)
		if err != nil {
			return traits{}, err
		}
		all = append(all, read)
	}
	merged := all[0]
	for i, other := range all[1:] {
		if other.key != merged.key {
			return traits{}, fmt.Errorf("the schemas %s and %s identify users by different traits (%s, %s); use one profile for each", ids[0], ids[i+1], merged.key, other.key)
		}
		var err error
		if merged.fields, err = merge(merged.fields, other.fields); err != nil {
			return traits{}, err
		}
	}
	var err error
	merged.fields, err = named(merged.fields)
	return merged, err
}

// merge returns the fields of two schemas. Of a trait that both have, only what both require is required.
func merge(one, other schema.Table) (schema.Table, error) {
	merged := slices.Clone(one)
	for i, field := range merged {
		same, both := other.Field(field.Name)
		merged[i].Required = field.Required && same.Required
		switch {
		case !both:
		case field.Kind != same.Kind:
			return nil, fmt.Errorf("%s: a %s in one schema and a %s in another; use one profile for each", field.Name, field.Kind, same.Kind)
		case !equallyBound(field, same):
			merged[i].Format, merged[i].Pattern, merged[i].MinLength, merged[i].MaxLength = schema.AnyText, nil, 0, 0
			merged[i].Suggestions, merged[i].Closed, merged[i].Example = nil, false, ""
		}
	}
	for _, field := range other {
		if _, known := one.Field(field.Name); !known {
			field.Required = false
			merged = append(merged, field)
		}
	}
	return merged, nil
}

// equallyBound reports whether two fields accept the same texts.
func equallyBound(one, other schema.Field) bool {
	pattern := func(field schema.Field) string {
		if field.Pattern == nil {
			return ""
		}
		return field.Pattern.String()
	}
	return one.Format == other.Format && pattern(one) == pattern(other) && one.MinLength == other.MinLength && one.MaxLength == other.MaxLength &&
		one.Closed == other.Closed && slices.Equal(one.Suggestions, other.Suggestions)
}

// readSchema returns the fields of an identity schema. What usher has no form for (lists of objects, numbers with
// fractions, references) is omitted if it is optional, and an error if no identity could be created without it. The fields
// have no flags yet: see [named].
func readSchema(text []byte) (traits, error) {
	root, err := readRoot(text)
	if err != nil {
		return traits{}, err
	}
	reader := &reader{}
	if err := reader.object(root, []string{"traits"}, true); err != nil {
		return traits{}, err
	}
	key, err := reader.identifier()
	if err != nil {
		return traits{}, err
	}
	fields := reader.fields()
	return traits{fields: fields, key: fields[key].Name}, nil
}

// readRoot returns the schema of the traits. The schema may be wrapped as it is in a list of schemas.
func readRoot(text []byte) (node, error) {
	var document struct {
		Properties *struct {
			Traits json.RawMessage `json:"traits"`
		} `json:"properties"`
		Schema json.RawMessage `json:"schema"`
	}
	if err := json.Unmarshal(text, &document); err != nil {
		return node{}, fmt.Errorf("not a JSON Schema: %w", err)
	}
	if document.Properties == nil && len(document.Schema) > 0 {
		return readRoot(document.Schema)
	}
	if document.Properties == nil || len(document.Properties.Traits) == 0 {
		return node{}, errors.New(`not an identity schema: "properties.traits" is missing`)
	}
	return readNode(document.Properties.Traits)
}

// reader collects the fields of a schema.
type reader struct{ found []trait }

// trait is a field with its rank as an identifier.
type trait struct {
	field schema.Field
	rank  int
}

// object reads the properties of an object.
func (r *reader) object(n node, place []string, required bool) error {
	if len(place) > mostDepth {
		return fmt.Errorf("%s: nested too deeply", strings.Join(place, "."))
	}
	for _, property := range n.Properties {
		inner := append(slices.Clone(place), property.name)
		if err := r.property(property.value, inner, required && slices.Contains(n.Required, property.name)); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) property(text json.RawMessage, place []string, required bool) error {
	name := strings.Join(place, ".")
	n, err := readNode(text)
	if err == nil && n.kind() == "object" && len(n.Properties) > 0 {
		return r.object(n, place, required)
	}
	field, ok := fieldOf(n)
	if err != nil || !ok || slices.Contains(place, "") {
		if required {
			return fmt.Errorf("%s: required, but not a string, an integer, a boolean or a list of strings", name)
		}
		return nil
	}
	field.Name, field.Wire, field.Required = name, place, required
	if len(r.found) == mostField {
		return fmt.Errorf("more than %d traits", mostField)
	}
	rank := n.identifies()
	if field.Kind != schema.String {
		rank = 0
	}
	r.found = append(r.found, trait{field, rank})
	return nil
}

// identifier returns the trait that identifies a user, and makes it required: the identifier of a password before that
// of other credentials, a required one before others, the first before the next.
func (r *reader) identifier() (int, error) {
	best, score := -1, 0
	for i, trait := range r.found {
		if s := 2 * trait.rank; trait.rank > 0 {
			if trait.field.Required {
				s++
			}
			if s > score {
				best, score = i, s
			}
		}
	}
	if best < 0 {
		return 0, errors.New(`no string trait is an identifier ("ory.sh/kratos": {"credentials": {"password": {"identifier": true}}})`)
	}
	r.found[best].field.Required, r.found[best].field.Identifier = true, true
	return best, nil
}

func (r *reader) fields() schema.Table {
	fields := make(schema.Table, len(r.found))
	for i, trait := range r.found {
		fields[i] = trait.field
	}
	return fields
}

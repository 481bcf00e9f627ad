package roster

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bring-aboard/usher/pkg/schema"
)

// OneChange is [One] for the update of a user, in which a null clears its field, and every field of its object
// (RFC 7396). A null for a field that cannot be cleared, or is not documented, is a validation error.
func OneChange(source Source, table schema.Table) (schema.Record, Places, error) {
	return readOne(source, table, true)
}

// nullsOf returns the paths of the nulls in an object, not those in lists.
func nullsOf(object map[string]any) [][]string {
	var paths [][]string
	for _, key := range slices.Sorted(maps.Keys(object)) {
		switch value := object[key].(type) {
		case nil:
			paths = append(paths, []string{key})
		case map[string]any:
			for _, path := range nullsOf(value) {
				paths = append(paths, slices.Concat([]string{key}, path))
			}
		}
	}
	return paths
}

// clear sets each field with a null to its empty value.
func (s *shape) clear(record schema.Record, nulls [][]string) schema.FieldErrors {
	before := len(s.faults)
	for _, path := range nulls {
		pointer := schema.Pointer(path)
		place := path
		if found := s.matcher.matchKey(path[0]); found.verdict == matched {
			place = slices.Concat(found.target.field.WirePath(), path[1:])
		}
		fields := s.matcher.fieldsBelow(place)
		if len(fields) == 0 && !s.matcher.isBeside(path[0]) {
			s.fail(s.matcher.unknownColumn("key", strings.Join(path, ".")), pointer)
		}
		for _, field := range fields {
			if _, given := record[field.Name]; given {
				continue
			}
			if fieldErr := uncleared(field); fieldErr != nil {
				s.fail(fieldErr, pointer)
				continue
			}
			record[field.Name] = field.Empty()
		}
	}
	return s.faults[before:]
}

// uncleared returns why a field cannot be cleared, nil if it can.
func uncleared(field schema.Field) *schema.FieldError {
	fieldErr := &schema.FieldError{Field: field.Name}
	switch {
	case field.Required:
		fieldErr.Cause, fieldErr.Message = schema.Missing, field.Name+" is required and cannot be cleared"
	case field.Secret:
		fieldErr.Cause, fieldErr.Message = schema.Malformed, field.Name+" is a secret and cannot be cleared"
	case field.Empty() == nil:
		fieldErr.Cause, fieldErr.Message = schema.WrongType, fmt.Sprintf("%s is of type %s and cannot be cleared", field.Name, field.Kind)
	default:
		return nil
	}
	return fieldErr
}

// fieldsBelow returns the fields at a place in the documented shape, and below it.
func (m *matcher) fieldsBelow(place []string) schema.Table {
	var fields schema.Table
	for _, field := range m.table {
		if wire := field.WirePath(); len(wire) >= len(place) && slices.Equal(wire[:len(place)], place) {
			fields = append(fields, field)
		}
	}
	return fields
}

// isBeside reports whether a key is documented but not a field.
func (m *matcher) isBeside(key string) bool {
	return slices.ContainsFunc(m.table, func(f schema.Field) bool { return slices.Contains(f.Beside, key) })
}

package schema

import (
	"maps"
	"slices"
)

// Nest moves the properties of a document whose name is another form of a field's documented place (with dots, its
// flag, or an alias) to that place, for [Table.Decode]. A property whose place is taken stays where it is, so that
// Decode reports it; of two such properties the first by name is moved.
func (t Table) Nest(document map[string]any) map[string]any {
	nested := maps.Clone(document)
	for _, name := range slices.Sorted(maps.Keys(document)) {
		value, place := document[name], []string{name}
		if _, ok := t.at(place); ok || t.below(place) {
			continue
		}
		field, ok := t.Match(name)
		if !ok || !put(nested, field.WirePath(), value) {
			continue
		}
		delete(nested, name)
	}
	return nested
}

// put sets a value, adding the objects on the way; it reports whether the place was free.
func put(object map[string]any, path []string, value any) bool {
	existing, taken := object[path[0]]
	if len(path) == 1 {
		if !taken {
			object[path[0]] = value
		}
		return !taken
	}
	inner := map[string]any{}
	if taken {
		given, ok := existing.(map[string]any)
		if !ok {
			return false
		}
		inner = maps.Clone(given)
	}
	if !put(inner, path[1:], value) {
		return false
	}
	object[path[0]] = inner
	return true
}

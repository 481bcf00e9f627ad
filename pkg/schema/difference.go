package schema

import (
	"reflect"
	"slices"
	"strings"
)

// Difference is a field whose value differs from the wanted one.
type Difference struct {
	Field Field
	// Have and Want are the two values in the Go types of the field's [Kind]; nil if a record lacks the field.
	Have, Want any
}

// Differences lists the fields that the second record contains and that differ in the first one, in table order. Fields
// that cannot be read back are omitted. A missing value, an empty text and an empty list are the same; the order of a
// list's items does not count.
func (t Table) Differences(have, want Record) []Difference {
	var differences []Difference
	for _, f := range t {
		wanted, ok := want[f.Name]
		if !ok || f.WriteOnly || f.Secret || f.In != Body {
			continue
		}
		if have.IsEmpty(f.Name) && want.IsEmpty(f.Name) || reflect.DeepEqual(f.inOrder(have[f.Name]), f.inOrder(wanted)) {
			continue
		}
		differences = append(differences, Difference{Field: f, Have: have[f.Name], Want: wanted})
	}
	return differences
}

// inOrder returns a value whose list, if it is one, is in an order that follows only from its items.
func (f Field) inOrder(value any) any {
	switch value := value.(type) {
	case []string:
		return slices.Sorted(slices.Values(value))
	case []Record:
		sorted := slices.Clone(value)
		slices.SortStableFunc(sorted, func(a, b Record) int { return strings.Compare(f.formatObject(a), f.formatObject(b)) })
		return sorted
	default:
		return value
	}
}

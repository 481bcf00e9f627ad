package roster

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/bring-aboard/usher/pkg/schema"
)

// shape is one object whose properties were converted to the documented shape.
type shape struct {
	matcher *matcher
	// document is the object in the documented shape.
	document map[string]any
	// groups are the lists of objects with separate keys for their properties.
	groups []*memberGroup
	// faults are the keys that have no place, and ignored those that are left out.
	faults  schema.FieldErrors
	ignored []string
	// moved are the values from other places in the object, by their pointer in the document.
	moved map[string]origin
}

// origin is the place of a value in the object.
type origin struct{ key, pointer string }

// memberGroup is a list of objects with separate keys for their properties: the cell and the pointer for each
// property.
type memberGroup struct {
	group
	cells    []string
	pointers []string
}

// shapeOf sorts the properties of an object, which it modifies.
func shapeOf(object map[string]any, m *matcher) *shape {
	s := &shape{matcher: m, document: object}
	if s.isShaped(object) {
		return s
	}
	s.document, s.moved = map[string]any{}, map[string]origin{}
	for _, key := range slices.Sorted(maps.Keys(object)) {
		if object[key] != nil {
			s.take(key, object[key])
		}
	}
	return s
}

// isShaped reports whether an object already has the documented shape.
func (s *shape) isShaped(object map[string]any) bool {
	for key := range object {
		if s.matcher.matchKey(key).verdict != shaped {
			return false
		}
	}
	return true
}

// take moves one property to its place.
func (s *shape) take(key string, value any) {
	pointer := schema.Pointer([]string{key})
	switch found := s.matcher.matchKey(key); found.verdict {
	case shaped:
		s.put([]string{key}, value, pointer, key)
	case matched:
		s.putTarget(found.target, key, value, pointer)
	case ignored:
		if !isOwn(key) {
			s.ignored = append(s.ignored, key)
		}
	case unknown:
		s.fail(s.matcher.unknownColumn("key", key), pointer)
	case ambiguous:
		s.fail(ambiguousColumn("key", key, found.names), pointer)
	}
}

func (s *shape) fail(fieldErr *schema.FieldError, pointer string) {
	fieldErr.Pointer = pointer
	s.faults = append(s.faults, fieldErr)
}

// putTarget stores the value of a key that is a header. A text is read as a cell: an empty one counts as missing.
func (s *shape) putTarget(t target, key string, value any, pointer string) {
	text, isText := value.(string)
	switch {
	case isText && text == "" && !s.matcher.strict:
	case t.part != wholeField:
		s.putMember(t, key, value, pointer)
	case isText && t.field.Kind != schema.String:
		s.put(t.field.WirePath(), schema.Text(text), pointer, key)
	default:
		s.put(t.field.WirePath(), value, pointer, key)
	}
}

// putMember stores the values for one property of a list of objects.
func (s *shape) putMember(t target, key string, value any, pointer string) {
	text, ok := value.(string)
	if open, isOpen := value.(schema.Text); isOpen {
		text, ok = string(open), true
	}
	if !ok {
		s.fail(&schema.FieldError{
			Field: t.field.Name, Cause: schema.WrongType, Message: t.name() + " must be a string here",
			Hint: "separate several values with semicolons",
		}, pointer)
		return
	}
	place := schema.Pointer(append(slices.Clone(t.field.WirePath()), t.field.Parts[t.part].Name))
	if earlier := s.earlier(place); earlier != "" {
		s.fail(givenTwice(t.name(), earlier, key), pointer)
		return
	}
	s.moved[place] = origin{key: key, pointer: pointer}
	g := s.groupOf(t.field)
	g.cells[t.part], g.pointers[t.part] = text, pointer
}

func (s *shape) groupOf(f schema.Field) *memberGroup {
	for _, g := range s.groups {
		if g.field.Name == f.Name {
			return g
		}
	}
	size := len(f.Parts)
	g := &memberGroup{group: group{field: f}, cells: make([]string, size), pointers: make([]string, size)}
	for part := range size {
		g.columns = append(g.columns, part)
	}
	s.groups = append(s.groups, g)
	return g
}

// objects builds the list of objects from its properties.
func (g *memberGroup) objects() ([]schema.Record, schema.FieldErrors) {
	objects, found := g.group.objects(g.cells)
	var fieldErrs schema.FieldErrors
	for _, f := range found {
		f.Pointer = g.pointers[f.column]
		fieldErrs = append(fieldErrs, f.FieldError)
	}
	return objects, fieldErrs
}

// pointerOf returns the place of the property with a value, or of the first one.
func (g *memberGroup) pointerOf(value string) string {
	first := ""
	for part, pointer := range g.pointers {
		switch {
		case pointer == "":
		case slices.Contains(listed(g.cells[part]), value):
			return pointer
		case first == "":
			first = pointer
		}
	}
	return first
}

// put stores a value at its place in the document. Two keys may set different properties of one object, but not
// the same one.
func (s *shape) put(path []string, value any, pointer, key string) {
	into := s.document
	for i, step := range path[:len(path)-1] {
		if into[step] == nil {
			into[step] = map[string]any{}
		}
		inner, ok := into[step].(map[string]any)
		if !ok {
			s.fail(givenTwice(strings.Join(path, "."), s.earlier(schema.Pointer(path[:i+1])), key), pointer)
			return
		}
		into = inner
	}
	place, last := schema.Pointer(path), path[len(path)-1]
	_, twoObjects := into[last].(map[string]any)
	object, isObject := value.(map[string]any)
	switch {
	case twoObjects && isObject:
		for _, member := range slices.Sorted(maps.Keys(object)) {
			s.put(append(slices.Clone(path), member), object[member], pointer+schema.Pointer([]string{member}), key)
		}
		return
	case into[last] != nil || s.isGrouped(place):
		s.fail(givenTwice(strings.Join(path, "."), s.earlier(place), key), pointer)
		return
	}
	into[last] = value
	if place != pointer {
		s.moved[place] = origin{key: key, pointer: pointer}
	}
}

// isGrouped reports whether a place is that of a list of objects with separate keys for their properties.
func (s *shape) isGrouped(place string) bool {
	return slices.ContainsFunc(s.groups, func(g *memberGroup) bool { return schema.Pointer(g.field.WirePath()) == place })
}

// earlier returns the key that set a place in the document, or a place around or inside it; "" for none.
func (s *shape) earlier(place string) string {
	if from, _, ok := s.originOf(place); ok {
		return from.key
	}
	for _, inside := range slices.Sorted(maps.Keys(s.moved)) {
		if strings.HasPrefix(inside, place+"/") {
			return s.moved[inside].key
		}
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(place, "/"), "/")
	if first = unescapeStep(first); s.document[first] == nil {
		return ""
	}
	return first
}

// originOf returns the value that was moved to a place in the document, or around it, and the remaining path from
// there.
func (s *shape) originOf(place string) (from origin, rest string, ok bool) {
	for around := place; around != "" && !ok; around = around[:strings.LastIndexByte(around, '/')] {
		from, ok = s.moved[around]
		rest = place[len(around):]
	}
	return from, rest, ok
}

func givenTwice(field, earlier, key string) *schema.FieldError {
	return &schema.FieldError{
		Field: field, Cause: Twice, Message: fmt.Sprintf("duplicate keys %q and %q: both set %s", earlier, key, field),
		Hint: "delete one of them",
	}
}

// pointerOf returns the place in the document of an error, "" if the object does not contain it.
func (s *shape) pointerOf(fieldErr *schema.FieldError) string {
	for _, g := range s.groups {
		if g.field.Name == fieldErr.Field {
			return g.pointerOf(fieldErr.Value)
		}
	}
	f, _ := s.matcher.table.Field(fieldErr.Field)
	value := any(s.document)
	for _, step := range f.WirePath() {
		object, _ := value.(map[string]any)
		if value = object[step]; value == nil {
			return ""
		}
	}
	return schema.Pointer(f.WirePath())
}

// pointerOfText returns the place in the document of the text of an error, of the whole field if the text is not
// found, and "" if the object does not contain the field.
func (s *shape) pointerOfText(fieldErr *schema.FieldError) string {
	pointer := s.pointerOf(fieldErr)
	field, _ := s.matcher.table.Field(fieldErr.Field)
	if pointer == "" || fieldErr.Value == "" || pointer != schema.Pointer(field.WirePath()) {
		return pointer
	}
	value := any(s.document)
	for _, step := range field.WirePath() {
		object, _ := value.(map[string]any)
		value = object[step]
	}
	return cmp.Or(find(value, fieldErr.Value, pointer), pointer)
}

// find returns the pointer of the first text below a value that equals this one.
func find(value any, text, pointer string) string {
	switch value := value.(type) {
	case string:
		if value == text {
			return pointer
		}
	case schema.Text:
		if string(value) == text {
			return pointer
		}
	case []any:
		for i, item := range value {
			if found := find(item, text, pointer+"/"+strconv.Itoa(i)); found != "" {
				return found
			}
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(value)) {
			if found := find(value[name], text, pointer+schema.Pointer([]string{name})); found != "" {
				return found
			}
		}
	}
	return ""
}

// original converts a place in the document to one in the object.
func (s *shape) original(place string) string {
	if from, rest, ok := s.originOf(place); ok {
		return from.pointer + rest
	}
	return place
}

package roster

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/agext/levenshtein"

	"github.com/bring-aboard/usher/internal/roster/xlsx"
	"github.com/bring-aboard/usher/internal/shell"
	"github.com/bring-aboard/usher/pkg/schema"
)

// target is the target of a column or a key: a field, or one property of a list of objects.
type target struct {
	field schema.Field
	part  int // the property's index, wholeField for all of the field
}

const wholeField = -1

// name returns the field's documented name, or FIELD.PROPERTY.
func (t target) name() string {
	if t.part == wholeField {
		return t.field.Name
	}
	return t.field.Name + "." + t.field.Parts[t.part].Name
}

// valueField returns the field of the text in a cell: the field itself, its property, or the first property of a
// list of objects.
func (t *target) valueField() *schema.Field {
	switch {
	case t.part != wholeField:
		return &t.field.Parts[t.part]
	case t.field.Kind == schema.Objects && len(t.field.Parts) > 0:
		return &t.field.Parts[0]
	default:
		return &t.field
	}
}

// matchKind is what is done with a header.
type matchKind int

const (
	unknown matchKind = iota
	matched
	ignored
	ambiguous
	// shaped is a key that is in the documented shape.
	shaped
)

// match is the result of matching a header.
type match struct {
	verdict matchKind
	target  target
	names   []string // the possible fields of an ambiguous header
	// label is the type of the objects in a column for a list, and usual the one beside columns with a type; ""
	// for none.
	label, usual string
	// form is the header, or its mapping, if it may contain the form of a cell: "emails (VALUE:TYPE)".
	form string
	// inverted reports that the header is the opposite of the field.
	inverted bool
	// documented reports that the header is the field's documented name, or was mapped.
	documented bool
}

// matcher matches headers and keys to fields.
type matcher struct {
	table   schema.Table
	mapped  map[string]match
	ignored map[string]bool
	words   vocabulary
	// hasAddress reports whether there is a header of a city, a street or a postal code.
	hasAddress bool
	// used are the headers that templates need, which do not have to match a field.
	used map[string]bool
	// lenient ignores what does not match, and others are those of other systems, whose columns are ignored.
	lenient bool
	others  []*matcher
	// strict matches documented names only, and skips the others.
	strict bool
	// keys contains the matches of the keys of documents.
	keys map[string]match
	// indexed is the result of index, nil before; meant are the targets of each meaning.
	indexed *index
	targets map[string][]target
}

// newMatcher returns a new matcher with the specified mapping. A mapping to a field that does not exist is a
// validation error.
func newMatcher(o Options) (*matcher, schema.FieldErrors) {
	m := &matcher{table: o.Table, lenient: o.IgnoreOthers, mapped: map[string]match{}, ignored: map[string]bool{}, used: map[string]bool{}, words: newVocabulary(), keys: map[string]match{}, targets: map[string][]target{}}
	for _, header := range o.Ignore {
		m.ignored[headerKey(header)] = true
	}
	for _, other := range o.Others {
		theirs, _ := newMatcher(other) // its errors are reported for its system
		_, _ = theirs.templates(other)
		m.others = append(m.others, theirs)
	}
	var fieldErrs schema.FieldErrors
	for _, header := range slices.Sorted(maps.Keys(o.Map)) {
		word := o.Map[header]
		found, ok := m.wanted(word)
		if !ok && m.othersWant(word) {
			m.ignored[headerKey(header)] = true
			continue
		}
		if !ok {
			fieldErrs = append(fieldErrs, &schema.FieldError{
				Field: word, Cause: schema.Unknown, Hint: m.meant(word),
				Message: fmt.Sprintf("--map %[2]s: unknown field %[1]q", word, quoted(header+"="+word)),
			})
			continue
		}
		m.mapped[headerKey(header)] = found
	}
	return m, fieldErrs
}

// wanted returns the target of a mapping: FIELD, FIELD.PROPERTY, or for a list of objects FIELD.TYPE and FIELD
// (PROPERTY:PROPERTY).
func (m *matcher) wanted(word string) (match, bool) {
	found := match{verdict: matched, form: word, documented: true}
	name, _, _ := strings.Cut(word, "(")
	var ok bool
	if found.target, ok = m.resolve(name); ok {
		return found, true
	}
	field, label, _ := strings.Cut(name, ".")
	if f, isField := m.table.Field(strings.TrimSpace(field)); isField && slices.Contains(labelsOf(f), label) {
		found.target, found.label = target{field: f, part: wholeField}, label
		return found, true
	}
	return found, false
}

// labelsOf returns the documented types of the objects of a field.
func labelsOf(f schema.Field) []string {
	i := slices.IndexFunc(f.Parts, func(part schema.Field) bool { return part.Name == labelPart })
	if i < 0 {
		return nil
	}
	return f.Parts[i].Suggestions
}

// headerKey returns the form in which headers are compared: letters and digits in lower case, or the header itself
// if it has none.
func headerKey(header string) string {
	if folded := schema.FoldName(header); folded != "" {
		return folded
	}
	return header
}

// isOwn reports whether a header is that of a column that [FailedWriter] adds.
func isOwn(header string) bool {
	key := schema.FoldName(header)
	return key == "usherline" || key == "ushererror" || key == "usherhint" || isClearColumn(header)
}

// isIgnored reports whether a column is to be ignored, by its header or, if it has none, by its letter or number.
func (m *matcher) isIgnored(header string, index int) bool {
	if header != "" {
		return m.ignored[headerKey(header)]
	}
	return m.ignored[""] || m.ignored[headerKey(xlsx.ColumnName(index+1))] || m.ignored[strconv.Itoa(index+1)]
}

// byPlace returns the mapping of a column without a header, by its letter or number.
func (m *matcher) byPlace(index int) (match, bool) {
	for _, name := range []string{xlsx.ColumnName(index + 1), strconv.Itoa(index + 1)} {
		if found, ok := m.mapped[headerKey(name)]; ok {
			return found, true
		}
	}
	return match{}, false
}

// othersWant reports whether a word is a field of another system.
func (m *matcher) othersWant(word string) bool {
	return slices.ContainsFunc(m.others, func(other *matcher) bool {
		_, ok := other.wanted(word)
		return ok
	})
}

// match returns the target of a header. A lenient matcher ignores an unknown header, and every matcher one that is for
// another system.
func (m *matcher) match(header string) match {
	found := m.find(header)
	if (m.lenient || m.used[headerKey(header)]) && (found.verdict == unknown || found.verdict == ambiguous) || found.verdict == unknown && m.othersKnow(header) {
		return match{verdict: ignored}
	}
	return found
}

// othersKnow reports whether a header is for another system.
func (m *matcher) othersKnow(header string) bool {
	return slices.ContainsFunc(m.others, func(other *matcher) bool {
		verdict := other.matchKey(header).verdict
		return verdict != unknown && verdict != ignored || other.used[headerKey(header)]
	})
}

// find uses the specified mapping, then the header itself and its text in brackets.
func (m *matcher) find(header string) match {
	key := headerKey(header)
	if found, ok := m.mapped[key]; ok {
		return found
	}
	if isOwn(header) || m.ignored[key] {
		return match{verdict: ignored}
	}
	if found := m.findWord(header); found.verdict != unknown {
		return found
	}
	core, brackets := splitBrackets(header)
	found := m.findCore(core)
	for _, inner := range brackets {
		found = m.qualify(found, core, inner)
	}
	found.form = header
	return found
}

// matchKey returns the target of a document's key: first a place in the documented shape, unless it is mapped or
// ignored; then as for a header. The results are cached, because each object has the same keys.
func (m *matcher) matchKey(key string) match {
	const most = 1000 // the cache is limited, because each object may have other keys
	found, ok := m.keys[key]
	if ok {
		return found
	}
	mapped, inShape := m.isMapped(key), m.isInShape(key)
	f, documented := m.table.Field(key)
	switch {
	case !m.strict:
		found = m.match(key)
		if inShape && !mapped && found.verdict != ignored {
			found = match{verdict: shaped}
		}
	case inShape || !documented:
		found = match{verdict: shaped}
	default:
		found = match{verdict: matched, target: target{field: f, part: wholeField}}
	}
	if len(m.keys) < most {
		m.keys[key] = found
	}
	return found
}

// isMapped reports whether a header or a key is mapped.
func (m *matcher) isMapped(header string) bool {
	_, ok := m.mapped[headerKey(header)]
	return ok
}

// isInShape reports whether a key is one of the documented shape.
func (m *matcher) isInShape(key string) bool {
	return slices.ContainsFunc(m.table, func(f schema.Field) bool { return f.WirePath()[0] == key || slices.Contains(f.Beside, key) })
}

// resolve finds a field by its documented name and the table's other words for it, then a property of a list of
// objects.
func (m *matcher) resolve(word string) (target, bool) {
	if f, ok := m.table.Field(word); ok {
		return target{field: f, part: wholeField}, true
	}
	folded := schema.FoldName(word)
	if t, ok := m.index().known[folded]; ok {
		return t, true
	}
	t, ok := m.index().members[folded]
	return t, ok && !isGeneric(word)
}

// index contains targets by folded words.
type index struct {
	// known are those of fields, and of properties after the name of their field.
	known map[string]target
	// members are those of properties alone.
	members map[string]target
	parts   []target
}

// index returns the words of the table, which are collected once.
func (m *matcher) index() *index {
	if m.indexed != nil {
		return m.indexed
	}
	i := &index{known: map[string]target{}, members: map[string]target{}}
	add := func(to map[string]target, word string, t target) {
		if _, ok := to[schema.FoldName(word)]; !ok && word != "" {
			to[schema.FoldName(word)] = t
		}
	}
	words := []func(schema.Field) []string{
		func(f schema.Field) []string { return []string{f.Name} },
		func(f schema.Field) []string { return []string{f.FlagName(), f.Title} },
		func(f schema.Field) []string { return f.Aliases },
	}
	for _, of := range words {
		for _, f := range m.table {
			for _, word := range of(f) {
				add(i.known, word, target{field: f, part: wholeField})
			}
		}
	}
	for _, f := range m.table {
		for part := range f.Parts {
			i.parts = append(i.parts, target{field: f, part: part})
		}
	}
	for _, t := range i.parts {
		add(i.known, t.name(), t)
	}
	for _, t := range i.parts {
		for _, of := range words {
			for _, word := range of(t.field.Parts[t.part]) {
				add(i.members, word, t)
			}
		}
	}
	m.indexed = i
	return i
}

// parts returns the properties of all lists of objects.
func (m *matcher) parts() []target { return m.index().parts }

// nearest returns the documented name of the most similar field, "" if none is similar: no suggestion is better
// than a wrong one.
func (m *matcher) nearest(word string) string {
	var candidates []string
	for _, f := range m.table {
		candidates = append(append(candidates, f.Name, f.Title), f.Aliases...)
	}
	for _, t := range m.parts() {
		candidates = append(candidates, t.name())
	}
	folded, best, distance := schema.FoldName(word), "", 3
	for _, candidate := range candidates {
		name := schema.FoldName(candidate)
		allowed := min(len([]rune(name)), len([]rune(folded))) / 5
		if isAnagram(folded, name) {
			allowed = 2 // two swapped letters
		}
		if d := levenshtein.Distance(folded, name, nil); d <= allowed && d < distance {
			best, distance = candidate, d
		}
	}
	if t, ok := m.resolve(best); ok && best != "" {
		return t.name()
	}
	return ""
}

// isAnagram reports whether two words have the same letters.
func isAnagram(a, b string) bool {
	return slices.Equal(slices.Sorted(slices.Values([]byte(a))), slices.Sorted(slices.Values([]byte(b))))
}

// meant returns a suggestion of the documented name for the word of an option.
func (m *matcher) meant(word string) string {
	candidates := m.table.Names()
	for _, t := range m.parts() {
		candidates = append(candidates, t.name())
	}
	return schema.DidYouMean(word, candidates)
}

// unknownColumn returns the error of an unknown header or key of a document.
func (m *matcher) unknownColumn(what, header string) *schema.FieldError {
	field := m.nearest(header)
	for _, other := range m.others {
		field = cmp.Or(field, other.nearest(header))
	}
	hint := "map it:"
	if field != "" {
		hint = "did you mean " + field + "?"
	}
	return &schema.FieldError{
		Field: header, Cause: schema.Unknown, Message: fmt.Sprintf("unknown %s %q", what, shorten(header)),
		Hint: fmt.Sprintf("%s --map %s, or ignore it: --ignore-column %s", hint, mapOption(header, field), quoted(header)),
	}
}

// ambiguousColumn returns the error of a header that matches several fields.
func ambiguousColumn(what, header string, names []string) *schema.FieldError {
	hint := "choose one: --map " + mapOption(header, names[0])
	if len(names) == 1 {
		hint = "to confirm: --map " + mapOption(header, names[0])
	}
	return &schema.FieldError{
		Field: header, Cause: schema.Unknown, Message: fmt.Sprintf("ambiguous %s %q: could be %s", what, shorten(header), strings.Join(names, " or ")),
		Hint: hint + "; or ignore it: --ignore-column " + quoted(header),
	}
}

// mapOption returns the value of --map for a header, quoted for a shell.
func mapOption(header, field string) string {
	if field == "" {
		field = "FIELD"
	}
	return quoted(header + "=" + field)
}

// quoted returns a header or its flag's value, quoted for a shell. Line breaks become spaces, because comparisons
// of headers ignore both.
func quoted(word string) string { return shell.Quote(strings.Join(strings.Fields(word), " ")) }

// unused returns the headers of the mapping and of the ignored columns that the file does not have.
func (m *matcher) unused(o Options, present map[string]bool) []string {
	var unused []string
	for _, header := range slices.Concat(slices.Sorted(maps.Keys(o.Map)), o.Ignore) {
		if !present[headerKey(header)] {
			unused = append(unused, header)
		}
	}
	return unused
}

package roster

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/bring-aboard/usher/internal/roster/xlsx"
	"github.com/bring-aboard/usher/internal/shell"
	"github.com/bring-aboard/usher/pkg/schema"
)

// target is what a column or a key gives: a field, or one member of a list of
// objects.
type target struct {
	field schema.Field
	part  int // the member's index, wholeField for all of the field
}

const wholeField = -1

// name is the field's documented name, or FIELD.MEMBER.
func (t target) name() string {
	if t.part == wholeField {
		return t.field.Name
	}
	return t.field.Name + "." + t.field.Parts[t.part].Name
}

// valueField returns the field of which a cell holds the text: the field itself, its
// member, or the first member of a list of objects.
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

// verdict is what is to be done with a header.
type verdict int

const (
	unknown verdict = iota
	matched
	ignored
	ambiguous
	// shaped is a key that stands in the documented shape.
	shaped
)

// match is what was found for a header.
type match struct {
	verdict verdict
	target  target
	names   []string // the fields that an ambiguous header could mean
}

// matcher finds the fields for headers and keys.
type matcher struct {
	table   schema.Table
	mapped  map[string]target
	ignored map[string]bool
	common  meanings
	// lenient leaves out what matches nothing.
	lenient bool
	// strict takes the documented names only, and leaves the others where they are.
	strict bool
	// keys holds what was found for the keys of documents.
	keys map[string]match
}

// newMatcher takes the given mapping. A mapping to a field that does not exist
// is a fault.
func newMatcher(o Options) (*matcher, schema.Faults) {
	m := &matcher{table: o.Table, lenient: o.IgnoreOthers, mapped: map[string]target{}, ignored: map[string]bool{}, common: newMeanings(), keys: map[string]match{}}
	for _, header := range o.Ignore {
		m.ignored[headerKey(header)] = true
	}
	var faults schema.Faults
	for _, header := range slices.Sorted(maps.Keys(o.Map)) {
		word := o.Map[header]
		t, ok := m.resolve(word)
		if !ok {
			faults = append(faults, &schema.Fault{
				Field: word, Cause: schema.Unknown, Hint: m.meant(word),
				Message: fmt.Sprintf("%q in --map %s is not a documented field", word, quoted(header+"="+word)),
			})
			continue
		}
		m.mapped[headerKey(header)] = t
	}
	return m, faults
}

// headerKey is the form in which headers are compared: letters and digits in
// lower case, or the header itself where it has none.
func headerKey(header string) string {
	if folded := schema.FoldName(header); folded != "" {
		return folded
	}
	return header
}

// isOwn recognises the columns that [FailedWriter] adds.
func isOwn(header string) bool {
	key := schema.FoldName(header)
	return key == "usherline" || key == "ushererror" || key == "usherhint" || isEmpties(header)
}

// isIgnored reports whether a column is one of those to leave out, by its header or, if
// it has none, by its letter or number.
func (m *matcher) isIgnored(header string, index int) bool {
	if header != "" {
		return m.ignored[headerKey(header)]
	}
	return m.ignored[""] || m.ignored[headerKey(xlsx.ColumnName(index+1))] || m.ignored[strconv.Itoa(index+1)]
}

// byPlace returns what a column without a header is mapped to, by its letter or number.
func (m *matcher) byPlace(index int) (target, bool) {
	for _, name := range []string{xlsx.ColumnName(index + 1), strconv.Itoa(index + 1)} {
		if t, ok := m.mapped[headerKey(name)]; ok {
			return t, true
		}
	}
	return target{}, false
}

// match finds what a header stands for. A lenient matcher leaves out what could
// not be told.
func (m *matcher) match(header string) match {
	found := m.find(header)
	if m.lenient && (found.verdict == unknown || found.verdict == ambiguous) {
		return match{verdict: ignored}
	}
	return found
}

// find goes by the given mapping, by the documented names, by the table's other
// words, by the common words; and at last without what the header has in
// brackets.
func (m *matcher) find(header string) match {
	key := headerKey(header)
	if t, ok := m.mapped[key]; ok {
		return match{verdict: matched, target: t}
	}
	if isOwn(header) || m.ignored[key] {
		return match{verdict: ignored}
	}
	if t, ok := m.resolve(header); ok {
		return match{verdict: matched, target: t}
	}
	if found := m.byCommonWord(header); len(found) == 1 {
		return match{verdict: matched, target: found[0]}
	} else if len(found) > 1 {
		several := match{verdict: ambiguous}
		for _, t := range found {
			several.names = append(several.names, t.name())
		}
		return several
	}
	if bracket := strings.IndexAny(header, "([{*"); bracket > 0 && schema.FoldName(header[:bracket]) != "" {
		return m.find(header[:bracket])
	}
	return match{verdict: unknown}
}

// matchKey finds what the key of a document stands for: first a place in the
// documented shape, unless it is mapped or left out; then as a header does.
// Keys come again in each object, so what was found is kept.
func (m *matcher) matchKey(key string) match {
	const most = 1000 // no more is kept of files that have other keys in each object
	found, ok := m.keys[key]
	if ok {
		return found
	}
	_, mapped := m.mapped[headerKey(key)]
	inShape := slices.ContainsFunc(m.table, func(f schema.Field) bool { return f.WirePath()[0] == key || slices.Contains(f.Beside, key) })
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

// resolve finds a field by its documented name and the table's other words for
// it, then a member of a list of objects.
func (m *matcher) resolve(word string) (target, bool) {
	if f, ok := m.table.Field(word); ok {
		return target{field: f, part: wholeField}, true
	}
	if f, ok := m.table.Match(word); ok {
		return target{field: f, part: wholeField}, true
	}
	folded := schema.FoldName(word)
	for _, t := range m.parts() {
		if schema.FoldName(t.name()) == folded {
			return t, true
		}
	}
	for _, t := range m.parts() {
		if f, ok := schema.Table(t.field.Parts).Match(word); ok && f.Name == t.field.Parts[t.part].Name {
			return t, true
		}
	}
	return target{}, false
}

// parts lists the members of all lists of objects.
func (m *matcher) parts() []target {
	var parts []target
	for _, f := range m.table {
		for i := range f.Parts {
			parts = append(parts, target{field: f, part: i})
		}
	}
	return parts
}

// byCommonWord finds the fields that mean the same as the header; members of
// lists of objects only where no field does.
func (m *matcher) byCommonWord(header string) []target {
	var found []target
	for _, f := range m.table {
		if m.means(f, header) {
			found = append(found, target{field: f, part: wholeField})
		}
	}
	if found != nil {
		return found
	}
	for _, t := range m.parts() {
		if m.means(t.field.Parts[t.part], header) {
			found = append(found, t)
		}
	}
	return found
}

func (m *matcher) means(f schema.Field, header string) bool {
	last := f.Name[strings.LastIndexByte(f.Name, '.')+1:]
	for _, name := range append([]string{f.Name, last, f.FlagName(), f.Title}, f.Aliases...) {
		if name != "" && m.common.share(name, header) {
			return true
		}
	}
	return false
}

// nearest gives the documented name of the field whose name or other word a
// mistyped word most likely means, "" where none is close.
func (m *matcher) nearest(word string) string {
	var candidates []string
	for _, f := range m.table {
		candidates = append(append(candidates, f.Name), f.Aliases...)
		if f.Title != "" {
			candidates = append(candidates, f.Title)
		}
	}
	for _, t := range m.parts() {
		candidates = append(candidates, t.name(), t.field.Parts[t.part].Name)
	}
	t, ok := m.resolve(schema.Nearest(word, candidates))
	if !ok {
		return ""
	}
	return t.name()
}

// meant suggests the field that a word most likely means, if one is close.
func (m *matcher) meant(word string) string {
	if nearest := m.nearest(word); nearest != "" {
		return "did you mean " + nearest + "?"
	}
	return ""
}

// unknownColumn words that a header, or a key of a document, matches nothing.
func (m *matcher) unknownColumn(what, header string) *schema.Fault {
	field := m.nearest(header)
	hint := "give it a field with"
	if field != "" {
		hint = "did you mean " + field + "? use"
	}
	return &schema.Fault{
		Field: header, Cause: schema.Unknown, Message: fmt.Sprintf("the %s %q matches no field", what, shorten(header)),
		Hint: fmt.Sprintf("%s --map %s, or leave it out with --ignore-column %s", hint, mapOption(header, field), quoted(header)),
	}
}

// ambiguousColumn words that a header would do for several fields.
func ambiguousColumn(what, header string, names []string) *schema.Fault {
	return &schema.Fault{
		Field: header, Cause: schema.Unknown, Message: fmt.Sprintf("the %s %q could be %s", what, shorten(header), strings.Join(names, " or ")),
		Hint: "say which: --map " + mapOption(header, names[0]),
	}
}

// mapOption is the value of --map for a header, as a shell takes it.
func mapOption(header, field string) string {
	if field == "" {
		field = "FIELD"
	}
	return quoted(header + "=" + field)
}

// quoted returns a header, or what a flag says of it, for a shell. Line breaks
// become spaces: headers are compared without regard to either.
func quoted(word string) string { return shell.Quote(strings.Join(strings.Fields(word), " ")) }

// unused lists the headers of the mapping and of the columns to leave out that
// the file does not have.
func (m *matcher) unused(o Options, present map[string]bool) []string {
	var unused []string
	for _, header := range slices.Concat(slices.Sorted(maps.Keys(o.Map)), o.Ignore) {
		if !present[headerKey(header)] {
			unused = append(unused, header)
		}
	}
	return unused
}

package roster

import (
	"slices"
	"strings"

	"github.com/bring-aboard/usher/pkg/schema"
)

// isGeneric reports whether a word is too general to match a field unless it is the documented name.
func isGeneric(word string) bool {
	return slices.Contains([]string{
		"state", "status", "type", "name", "id", "value", "manager", "account", "key", "display", "primary", "via", "verified", "formatted", "number", "code", "identity", "userid", "date", "user", "address",
	}, schema.FoldName(word))
}

// isBenign reports whether a word in a header means only that the header is about the user.
func isBenign(word string) bool {
	return slices.Contains([]string{
		"user", "users", "employee", "employees", "person", "staff", "member", "worker", "profile", "account", "student", "your", "the", "name", "attributes", "benutzer", "mitarbeiter", "utilisateur", "employé", "usuario", "empleado", "usuário",
	}, strings.TrimSuffix(schema.FoldName(word), "s"))
}

// isRemark reports whether a text in brackets does not change the meaning: that a value is required, or its form.
func isRemark(text string) bool {
	folded := schema.FoldName(text)
	if slices.Contains([]string{
		"", "required", "optional", "mandatory", "yesno", "truefalse", "yn", "10", "pflichtfeld", "pflicht", "erforderlich", "janein", "obligatoire", "facultatif", "ouinon", "obligatorio", "opcional", "sino", "obbligatorio", "facoltativo", "verplicht", "wymagane",
		"text", "string", "e164", "iso", "iso3166", "iso31661", "iso31661alpha2", "unique", "must be unique", "ifany", "ifapplicable", "必須", "任意", "必填", "可选", "필수",
	}, folded) {
		return true
	}
	return strings.HasPrefix(folded, "eg") || strings.HasPrefix(folded, "max") || strings.HasPrefix(folded, "example") || strings.HasPrefix(folded, "format") || strings.HasPrefix(folded, "zb") ||
		strings.HasPrefix(folded, "separated") || strings.HasPrefix(folded, "semicolon") || strings.HasPrefix(folded, "multiple")
}

// labelOf returns the type of a phone, an email or an address that a word in brackets means.
func labelOf(text string) string {
	switch schema.FoldName(text) {
	case "work", "business", "office", "company", "geschäftlich", "dienstlich", "arbeit", "büro", "professionnel", "bureau", "pro", "trabajo", "oficina", "lavoro", "ufficio", "trabalho", "werk", "zakelijk", "służbowy", "勤務先", "会社", "工作":
		return "work"
	case "home", "private", "personal", "privat", "personnel", "domicile", "particular", "casa", "prywatny", "自宅", "家庭":
		return "home"
	case "mobile", "cell", "mobil", "portable", "móvil", "cellulare", "携帯", "手机":
		return "mobile"
	default:
		return ""
	}
}

// splitBrackets returns a header without its text in brackets, and that text.
func splitBrackets(header string) (core string, brackets []string) {
	for {
		open := strings.IndexAny(header, "([{（［【")
		if open < 0 {
			return strings.Trim(core+header, " *:\t\r\n"), brackets
		}
		core += header[:open]
		rest := header[open:]
		width := len(string([]rune(rest)[0]))
		inner := rest[width:]
		end := strings.IndexAny(inner, ")]}）］】")
		if end < 0 {
			return strings.Trim(core, " *:\t\r\n"), append(brackets, inner)
		}
		brackets = append(brackets, rest[:width+end])
		header = inner[end+len(string([]rune(inner[end:])[0])):]
	}
}

// qualify changes the match of a header by its text in brackets. An unknown text makes the header unknown: "Email
// (Manager)" is not the user's.
func (m *matcher) qualify(found match, core, bracket string) match {
	square := strings.HasPrefix(bracket, "[") || strings.HasPrefix(bracket, "{")
	inner := strings.TrimSpace(strings.TrimLeft(bracket, "([{（［【"))
	if isRemark(inner) || strings.Contains(inner, ":") {
		return found
	}
	if label := labelOf(inner); label != "" && found.verdict == matched && found.target.part == wholeField {
		if slices.Contains(labelsOf(found.target.field), label) {
			found.label = label
			return found
		}
		if label != "home" {
			return found
		}
		return match{verdict: unknown}
	}
	other := m.findCore(inner)
	switch {
	case found.verdict == matched && other.verdict == matched && found.target.name() == other.target.name():
		return found
	case square && found.verdict == unknown && other.verdict == matched && !m.isAboutOthers(core):
		return other
	default:
		return match{verdict: unknown}
	}
}

// isAboutOthers reports whether a text names another person.
func (m *matcher) isAboutOthers(text string) bool {
	folded := schema.FoldName(text)
	return slices.ContainsFunc([]string{"manager", "supervisor", "boss", "parent", "guardian", "emergency", "assistant", "spouse", "vorgesetzt", "responsable"}, func(word string) bool {
		return strings.Contains(folded, word)
	})
}

// findCore returns the match of a header without brackets: as it is, after a word that means the user, or in two
// languages.
func (m *matcher) findCore(core string) match {
	core = strings.Trim(core, " *:\t\r\n")
	found := m.findWord(core)
	if found.verdict != unknown || core == "" {
		return found
	}
	if strings.HasPrefix(core, "urn:") {
		return m.findCore(core[strings.LastIndexByte(core, ':')+1:])
	}
	if at := strings.IndexAny(core, ".:>"); at > 0 && at+1 < len(core) {
		if isBenign(core[:at]) || m.words.meaningOf(core[:at]) != nil && m.words.meaningOf(core[:at]).name == "address" {
			return m.findCore(core[at+1:])
		}
		return found
	}
	if parts := strings.FieldsFunc(core, func(r rune) bool { return r == '/' || r == '|' || r == '／' || r == '\n' }); len(parts) > 1 {
		return m.inLanguages(parts)
	}
	words := strings.Fields(strings.NewReplacer("_", " ", "-", " ", "'s", "", "’s", "").Replace(core))
	if len(words) < 2 {
		words = strings.Split(schema.Kebab(core), "-")
	}
	switch last := len(words) - 1; {
	case last < 1:
		return found
	case isRemark(words[last]) || words[last] == "1":
		return m.findCore(strings.Join(words[:last], " "))
	case isBenign(words[0]) && words[0] != "name":
		return m.findCore(strings.Join(words[1:], " "))
	default:
		return found
	}
}

// inLanguages returns the match of a header in several languages, if all agree.
func (m *matcher) inLanguages(parts []string) match {
	first := m.findWord(strings.TrimSpace(parts[0]))
	for _, part := range parts[1:] {
		other := m.findWord(strings.TrimSpace(part))
		if other.verdict != matched || first.verdict != matched || other.target.name() != first.target.name() || other.label != first.label || other.inverted != first.inverted {
			return match{verdict: unknown}
		}
	}
	return first
}

// isOfAddress reports whether a header is that of a part of an address.
func (m *matcher) isOfAddress(header string) bool {
	core, _ := splitBrackets(header)
	found := m.words.meaningOf(core)
	return found != nil && slices.Contains([]string{"street", "city", "postal code"}, found.name)
}

// findWord finds the field of a word: by its documented name, by the words of the table, by its meaning.
func (m *matcher) findWord(word string) match {
	whole := func(f schema.Field) match {
		return match{verdict: matched, target: target{field: f, part: wholeField}, form: word, documented: true}
	}
	if f, ok := m.table.Field(word); ok {
		return whole(f)
	}
	meant := m.words.meaningOf(word)
	if !isGeneric(word) {
		folded := schema.FoldName(word)
		for _, f := range m.table {
			if schema.FoldName(f.Name) == folded {
				return whole(f)
			}
		}
		if t, ok := m.resolve(word); ok && m.agrees(t, meant) {
			return m.labelled(match{verdict: matched, target: t, form: word}, meant)
		}
	}
	if meant == nil {
		return match{verdict: unknown}
	}
	return m.byMeaning(word, meant)
}

// agrees reports whether a word in the table for a field has no other meaning.
func (m *matcher) agrees(t target, meant *meaning) bool {
	if meant == nil {
		return true
	}
	targets := m.targetsOf(m.words.base(meant))
	return len(targets) == 0 || slices.ContainsFunc(targets, func(other target) bool { return other.name() == t.name() })
}

// byMeaning returns the field of a meaning.
func (m *matcher) byMeaning(word string, meant *meaning) match {
	if own := m.targetsOf(meant); meant.of != "" && len(own) == 1 {
		return match{verdict: matched, target: own[0], form: word}
	}
	base := m.words.base(meant)
	switch base.name {
	case "state":
		if !m.hasAddress {
			return m.ambiguousState(base)
		}
		base = &m.words.meanings[m.words.byName["region"]]
	case "address":
		if m.hasAddress {
			base = &m.words.meanings[m.words.byName["street"]]
		}
	}
	targets := m.targetsOf(base)
	if other := map[string]string{"full name": "display name", "address": "street"}[base.name]; targets == nil && other != "" {
		if i, ok := m.words.byName[other]; ok {
			targets = m.targetsOf(&m.words.meanings[i])
		}
	}
	switch len(targets) {
	case 0:
		return match{verdict: unknown}
	case 1:
		return m.labelled(match{verdict: matched, target: targets[0], form: word}, meant)
	}
	several := match{verdict: ambiguous}
	for _, t := range targets {
		several.names = append(several.names, t.name())
	}
	return several
}

// ambiguousState returns the meanings of "State": a region, or whether a user is active.
func (m *matcher) ambiguousState(state *meaning) match {
	found := match{verdict: ambiguous}
	for _, t := range append(m.targetsOf(state), m.targetsOf(&m.words.meanings[m.words.byName["region"]])...) {
		if !slices.Contains(found.names, t.name()) {
			found.names = append(found.names, t.name())
		}
	}
	if found.names == nil {
		found.verdict = unknown
	}
	return found
}

// labelled applies the type and the inversion of a meaning. A meaning with a type that is not plain matches only a
// list, which has a property for the type, and an opposite only a boolean.
func (m *matcher) labelled(found match, meant *meaning) match {
	if meant == nil {
		return found
	}
	labels := labelsOf(found.target.field)
	isList := found.target.part == wholeField && slices.Contains(labels, meant.label)
	switch {
	case meant.inverted:
		found.inverted = true
		if found.target.field.Kind != schema.Boolean {
			return match{verdict: unknown}
		}
	case meant.label != "" && isList:
		found.label = meant.label
	case meant.label != "" && !meant.plain:
		return match{verdict: unknown}
	case meant.label == "" && found.target.part == wholeField && slices.Contains(labels, "mobile"):
		found.usual = "work"
	}
	return found
}

// targetsOf returns the fields of a meaning: those whose documented name has it, or else those whose flag or title
// has it, or else those of which another word has it.
func (m *matcher) targetsOf(wanted *meaning) []target {
	found, ok := m.targets[wanted.name]
	if !ok {
		found = m.findTargets(wanted)
		m.targets[wanted.name] = found
	}
	return found
}

func (m *matcher) findTargets(wanted *meaning) []target {
	means := func(word string) bool {
		found := m.words.meaningOf(word)
		return found != nil && found.name == wanted.name
	}
	last := func(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }
	for _, named := range []func(schema.Field) []string{
		func(f schema.Field) []string { return []string{f.Name, last(f.Name)} },
		func(f schema.Field) []string { return []string{f.FlagName(), f.Title} },
		func(f schema.Field) []string { return f.Aliases },
	} {
		var found []target
		for _, f := range m.table {
			if slices.ContainsFunc(named(f), means) && !(f.Hash && wanted.name != "hash") {
				found = append(found, target{field: f, part: wholeField})
			}
		}
		for _, t := range m.parts() {
			part := t.field.Parts[t.part]
			if !isGeneric(part.Name) && part.Name != "value" && slices.ContainsFunc(named(part), means) && !slices.ContainsFunc(found, func(f target) bool { return f.field.Name == t.field.Name }) {
				found = append(found, t)
			}
		}
		if found != nil {
			return found
		}
	}
	return nil
}

package schema

import (
	"slices"
	"strings"
)

// Meaning is what a field says of the person, so that lists of all providers can show the same columns.
type Meaning string

// The meanings.
const (
	// AnyMeaning is a field without such a column.
	AnyMeaning Meaning = ""
	// FullName is the whole name, for display.
	FullName Meaning = "full-name"
	// GivenName and FamilyName are the parts of a name.
	GivenName  Meaning = "given-name"
	FamilyName Meaning = "family-name"
	// EmailAddress is the address at which the person is reached.
	EmailAddress Meaning = "email"
)

// Meanings returns the meanings that a field can have.
func Meanings() []Meaning { return []Meaning{FullName, GivenName, FamilyName, EmailAddress} }

// MeaningOf returns the meaning of a field whose documented name is a common one, such as "name.first" or
// "familyName". It is for tables that are made of a tenant's own names.
func MeaningOf(name string) Meaning {
	for meaning, names := range map[Meaning][]string{
		FullName:     {"name", "fullname", "displayname", "formattedname"},
		GivenName:    {"givenname", "firstname", "namefirst", "namegiven", "namegivenname", "forename"},
		FamilyName:   {"familyname", "lastname", "namelast", "namefamily", "namefamilyname", "surname"},
		EmailAddress: {"email", "emailaddress", "mail"},
	} {
		if slices.Contains(names, FoldName(name)) {
			return meaning
		}
	}
	return AnyMeaning
}

// Meaning returns the fields with a meaning whose values can be shown, in table order.
func (t Table) Meaning(meaning Meaning) Table {
	var fields Table
	for _, f := range t {
		if f.Means == meaning && !f.WriteOnly && !f.Secret {
			fields = append(fields, f)
		}
	}
	return fields
}

// PersonName returns the name of a person: the first full name that the record has, otherwise the given and the family
// name; "" if it has none.
func (t Table) PersonName(r Record) string {
	if name := t.valueOf(r, FullName); name != "" {
		return name
	}
	return strings.TrimSpace(t.valueOf(r, GivenName) + " " + t.valueOf(r, FamilyName))
}

// PersonEmail returns the email address of a person: the primary one of several, otherwise the first; "" if the record
// has none.
func (t Table) PersonEmail(r Record) string { return t.valueOf(r, EmailAddress) }

// valueOf returns the first value of the fields with a meaning.
func (t Table) valueOf(r Record, meaning Meaning) string {
	for i := range t { // without copying each field, because this runs for every user
		if f := &t[i]; f.Means == meaning {
			if text := f.single(r[f.Name]); text != "" {
				return text
			}
		}
	}
	return ""
}

// single returns one text of a value: of several the primary one, otherwise the first.
func (f *Field) single(value any) string {
	switch value := value.(type) {
	case string:
		return strings.TrimSpace(value)
	case []string:
		if len(value) > 0 {
			return value[0]
		}
	case []Record:
		if len(value) == 0 || len(f.Parts) == 0 {
			return ""
		}
		chosen := value[0]
		for _, item := range value {
			if item["primary"] == true {
				chosen = item
				break
			}
		}
		text, _ := chosen[f.Parts[0].Name].(string)
		return text
	}
	return ""
}

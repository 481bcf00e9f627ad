package schema

import (
	"strings"

	"golang.org/x/text/unicode/norm"
)

// Table lists a provider's fields in the order of the vendor's own example,
// which is also the order of the request body.
type Table []Field

// Field returns a field by its documented name.
func (t Table) Field(name string) (Field, bool) {
	for i := range t { // without copying each field, because this runs for every user
		if t[i].Name == name {
			return t[i], true
		}
	}
	return Field{}, false
}

// Match returns a field by its documented name, its flag or an alias, without regard to case, spaces and punctuation.
// If two fields match, the first by documented name takes precedence, then by flag, then by alias.
func (t Table) Match(word string) (Field, bool) {
	folded := FoldName(word)
	for _, name := range []func(Field) []string{
		func(f Field) []string { return []string{f.Name} },
		func(f Field) []string { return []string{f.FlagName(), f.Title} },
		func(f Field) []string { return f.Aliases },
	} {
		for _, f := range t {
			for _, candidate := range name(f) {
				if candidate != "" && FoldName(candidate) == folded {
					return f, true
				}
			}
		}
	}
	return Field{}, false
}

// Names returns the documented names in order.
func (t Table) Names() []string {
	names := make([]string, len(t))
	for i, f := range t {
		names[i] = f.Name
	}
	return names
}

// Ordered returns the fields with the required ones first, each group in table order.
func (t Table) Ordered() Table {
	ordered := make(Table, 0, len(t))
	for _, required := range []bool{true, false} {
		for _, f := range t {
			if f.Required == required {
				ordered = append(ordered, f)
			}
		}
	}
	return ordered
}

// Missing returns the required fields that the record lacks or that are empty in it, in table order.
func (t Table) Missing(r Record) Table {
	var missing Table
	for _, f := range t {
		if f.Required && r.IsEmpty(f.Name) {
			missing = append(missing, f)
		}
	}
	return missing
}

// Secrets returns the fields whose values are secret.
func (t Table) Secrets() Table {
	var secrets Table
	for i := range t { // without copying each field, because this runs for every user
		if t[i].Secret {
			secrets = append(secrets, t[i])
		}
	}
	return secrets
}

// Passwords returns the secrets that can be generated: those that are not hashes.
func (t Table) Passwords() Table {
	var passwords Table
	for _, f := range t.Secrets() {
		if !f.Hash {
			passwords = append(passwords, f)
		}
	}
	return passwords
}

// Mutable returns the fields that an update can change.
func (t Table) Mutable() Table {
	var mutable Table
	for _, f := range t {
		if f.In == Body && !f.Immutable {
			mutable = append(mutable, f)
		}
	}
	return mutable
}

// FoldName reduces a name or a header to its letters and digits in lower case,
// so that "Email address", "email_address" and "emailAddress" are one. Letters
// that are written as two characters (e and an accent) count as the one letter.
func FoldName(name string) string {
	return strings.Map(func(r rune) rune {
		if isWordRune(r) {
			return lower(r)
		}
		return -1
	}, norm.NFC.String(name))
}

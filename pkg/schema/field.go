package schema

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// Kind is the type of a field's value.
type Kind int

// The kinds of values, with the Go type that a [Record] contains for each.
const (
	// String is one text: string.
	String Kind = iota
	// Integer is a whole number: int64.
	Integer
	// Boolean is true or false: bool.
	Boolean
	// Strings is a list of texts: []string.
	Strings
	// Objects is a list of small objects whose properties are the field's Parts: []Record.
	Objects
)

// String returns the kind's name as reference pages print it.
func (k Kind) String() string {
	switch k {
	case Integer:
		return "integer"
	case Boolean:
		return "boolean"
	case Strings:
		return "list of strings"
	case Objects:
		return "list of objects"
	default:
		return "string"
	}
}

// IsList reports whether a value of this kind has several items, so that its
// flag may be repeated and its cell is split at semicolons.
func (k Kind) IsList() bool { return k == Strings || k == Objects }

// Format is a documented constraint on a text beyond its type.
type Format string

// The formats that providers document.
const (
	// AnyText has no constraint.
	AnyText Format = ""
	// NonBlank requires at least one character that is not white space (the pattern \S).
	NonBlank Format = "non-blank"
	// UUID requires 8-4-4-4-12 hexadecimal digits.
	UUID Format = "uuid"
	// Email requires the address part of RFC 5322, without a display name.
	Email Format = "email"
	// URI requires an address with a scheme, as RFC 3986 has it.
	URI Format = "uri"
	// Date requires a full-date of RFC 3339: 2006-01-02.
	Date Format = "date"
	// DateTime requires a date-time of RFC 3339: 2006-01-02T15:04:05Z.
	DateTime Format = "date-time"
	// JSON is the text of any JSON value, which the provider receives and returns as that value and not as a string. A
	// [Record] contains it in compact form with sorted names, so that equal values are equal texts.
	JSON Format = "json"
)

// Place is the part of a request that contains a field.
type Place int

// The places of a field in a request.
const (
	// Body is the JSON body.
	Body Place = iota
	// Path is a segment of the URL's path.
	Path
)

// Field is one attribute of a user, as the provider documents it.
type Field struct {
	// Name is the documented name; properties of a nested object are joined with dots: "address.line1".
	Name string
	// Wire is the path in the body, outermost key first. Nil means Name split at its dots.
	Wire []string
	// In is the part of the request that contains the field.
	In Place
	// Kind is the type of the value.
	Kind Kind
	// Format constrains the text, or each text of a list.
	Format Format
	// Pattern is what a text, or each text of a list, must match anywhere; nil for any text.
	Pattern *regexp.Regexp
	// MinLength and MaxLength limit the length of a text, or of each text of a list, in characters; 0 for no limit.
	MinLength, MaxLength int
	// Parts are the properties of each object of an Objects field, in the order of the compact form "A:B".
	Parts []Field
	// Scheme reports that a text may begin with the scheme of a URI ("tel:"), whose colons are part of the text in the
	// compact form.
	Scheme bool
	// Beside lists properties that the adapter adds by itself if the table has this field: a document may contain them,
	// and they are ignored.
	Beside []string
	// Identifier reports that the text identifies a user, as every natural key and every email does: it is checked with
	// [CheckIdentifier]. The format [Email] implies it.
	Identifier bool
	// Required fields must be given and not empty.
	Required bool
	// Secret values never appear in an argument, a log, an error, the ledger or a result.
	Secret bool
	// Hash secrets are the hash of a password that is known elsewhere: none is generated.
	Hash bool
	// WriteOnly fields are accepted but never returned, so they cannot be read back.
	WriteOnly bool
	// Immutable fields are set only by the create: no update changes them.
	Immutable bool
	// Apart fields are changed by another request than secret ones: no update changes both.
	Apart bool
	// Refers is the kind of thing whose id the value is ("role"), if the provider documents how the things' names are
	// found.
	Refers string
	// Means is what the field says of the person; lists show it in a column that all providers have.
	Means Meaning
	// Flag is the flag's name without dashes. Empty means the kebab case of Name.
	Flag string
	// Title is the field in plain words, for forms and as a header of a roster: "Email address".
	Title string
	// Help describes the field, as its documentation does: a phrase without a full stop.
	Help string
	// Placeholder represents the value in help texts. Empty means the kind's own.
	Placeholder string
	// Example is the vendor's own example value. It is valid by definition, also if copying it turned a no-break space
	// into a plain one.
	Example string
	// Suggestions are documented values, which are offered.
	Suggestions []string
	// Closed reports that no value but the suggestions is valid.
	Closed bool
	// Aliases are other headers for this field.
	Aliases []string
}

// WirePath returns the path of the field in the body, outermost key first.
func (f Field) WirePath() []string {
	if f.Wire != nil {
		return f.Wire
	}
	return strings.Split(f.Name, ".")
}

// reaches reports whether the field's path in the body is a path or below it. It replaces [Field.WirePath] in the many
// comparisons of decoding.
func (f *Field) reaches(place []string) (below, ok bool) {
	if f.Wire != nil {
		ok = len(f.Wire) >= len(place) && slices.Equal(f.Wire[:len(place)], place)
		return ok && len(f.Wire) > len(place), ok
	}
	rest, more := f.Name, true
	for _, step := range place {
		if !more {
			return false, false
		}
		var head string
		if head, rest, more = strings.Cut(rest, "."); head != step {
			return false, false
		}
	}
	return more, true
}

// valueIn returns the value at the field's path in a body, nil if there is none.
func (f *Field) valueIn(body map[string]any) any {
	if f.Wire != nil {
		for _, step := range f.Wire[:len(f.Wire)-1] {
			body, _ = body[step].(map[string]any)
		}
		return body[f.Wire[len(f.Wire)-1]]
	}
	step, rest, more := strings.Cut(f.Name, ".")
	for more {
		body, _ = body[step].(map[string]any)
		step, rest, more = strings.Cut(rest, ".")
	}
	return body[step]
}

// HasSecret reports whether the field or one of its parts is secret.
func (f Field) HasSecret() bool { return f.Secret || slices.ContainsFunc(f.Parts, Field.HasSecret) }

// FlagName returns the name of the field's flag without dashes.
func (f Field) FlagName() string {
	if f.Flag != "" {
		return f.Flag
	}
	return Kebab(f.Name)
}

// Label returns the field in plain words: its title, or its documented name.
func (f Field) Label() string {
	if f.Title != "" {
		return f.Title
	}
	return f.Name
}

// ValueName returns the placeholder of the value in help texts.
func (f Field) ValueName() string {
	if f.Placeholder != "" {
		return f.Placeholder
	}
	if f.Kind == Objects {
		names := make([]string, len(f.Parts))
		for i, part := range f.Parts {
			names[i] = strings.ToUpper(Kebab(part.Name))
		}
		return strings.Join(names, ":")
	}
	switch {
	case f.Format == UUID:
		return "uuid"
	case f.Kind == Integer:
		return "int"
	case f.Kind == Boolean:
		return "bool"
	default:
		return "string"
	}
}

// Kebab returns a documented name in camel case, snake case or with dots in kebab case: "address.zipCode" becomes
// "address-zip-code".
func Kebab(name string) string {
	var b strings.Builder
	previous := rune('-')
	for _, r := range name {
		switch {
		case r == '.' || r == '_' || r == ' ' || r == '-':
			r = '-'
			if previous == '-' {
				continue
			}
			b.WriteRune(r)
		case unicode.IsUpper(r):
			if previous != '-' && !unicode.IsUpper(previous) {
				b.WriteRune('-')
			}
			b.WriteRune(unicode.ToLower(r))
		default:
			b.WriteRune(r)
		}
		previous = r
	}
	return b.String()
}

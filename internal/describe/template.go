package describe

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/bring-aboard/usher/internal/template"
)

// Template is a text with values in braces: "email='{key|sq}'". Filters after the name apply from left to right. A value
// never leaves the place of the template: it is escaped by what is around it.
type Template struct{ template.Template }

// Filters returns the names of the filters.
func Filters() []string { return []string{"dq", "lower", "sq"} }

// ParseTemplate reads a template whose names are among the known ones.
func ParseTemplate(text string, known []string) (Template, error) {
	parsed, err := template.Parse(text, oneOf("value", known), oneOf("filter", Filters()))
	if err == nil {
		err = checkQuotes(parsed.Parts())
	}
	if err != nil {
		return Template{}, err
	}
	return Template{parsed}, nil
}

func oneOf(what string, known []string) func(word string) error {
	return func(word string) error {
		if !slices.Contains(known, word) {
			return unknown(what, word, known)
		}
		return nil
	}
}

// checkQuotes returns an error for a quoted literal in which a value is not escaped for its quotes, and for such an
// escape outside quotes.
func checkQuotes(parts []template.Part) error {
	var quote rune
	for _, p := range parts {
		if p.Name != "" {
			want := map[rune]string{'\'': "sq", '"': "dq"}[quote]
			for _, filter := range []string{"sq", "dq"} {
				if has := slices.Contains(p.Filters, filter); has != (filter == want) {
					return fmt.Errorf("the value %s needs the filter %s inside these quotes, and no other one for quotes", p.Name, orNone(want))
				}
			}
			if want != "" && p.Filters[len(p.Filters)-1] != want {
				return fmt.Errorf("the filter %s of the value %s must be the last one", want, p.Name)
			}
			continue
		}
		for _, r := range p.Literal {
			switch {
			case quote == 0 && (r == '\'' || r == '"'):
				quote = r
			case r == quote:
				quote = 0
			}
		}
	}
	if quote != 0 {
		return errors.New("a quotation mark without a second one")
	}
	return nil
}

func orNone(filter string) string {
	if filter == "" {
		return "(none)"
	}
	return filter
}

// Expand returns the text with the values, which is not yet escaped for a URL. It fails on a value that cannot be
// escaped; the error does not contain the value.
func (t Template) Expand(value func(name string) string) (string, error) {
	return t.Template.Expand(func(name string) (string, error) { return value(name), nil }, apply)
}

// apply returns a text after one filter.
func apply(filter, text string) (string, error) {
	switch filter {
	case "lower":
		return strings.ToLower(text), nil
	case "sq":
		// How a backslash is written there differs between systems, so it cannot be escaped.
		if strings.ContainsRune(text, '\\') || hasControl(text) {
			return "", errors.New("cannot be written inside quotation marks")
		}
		return strings.ReplaceAll(text, "'", `\'`), nil
	default: // dq
		if hasControl(text) {
			return "", errors.New("cannot be written inside quotation marks")
		}
		return strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text), nil
	}
}

func hasControl(text string) bool { return strings.IndexFunc(text, unicode.IsControl) >= 0 }

// Path is a path whose segments are templates.
type Path struct{ segments []Template }

// ParsePath reads a path that begins with a slash. Each value is a whole segment, or a part of one.
func ParsePath(text string, known []string) (Path, error) {
	if !strings.HasPrefix(text, "/") {
		return Path{}, errors.New("a path begins with a slash")
	}
	if strings.ContainsAny(text, "#\\ ") || strings.Contains(text, "//") {
		return Path{}, errors.New("a path has no fragment, backslash, space or empty segment")
	}
	var path Path
	for segment := range strings.SplitSeq(text[1:], "/") {
		if segment == "." || segment == ".." {
			return Path{}, fmt.Errorf("the segment %q leaves the base URL", segment)
		}
		parsed, err := ParseTemplate(segment, known)
		if err != nil {
			return Path{}, err
		}
		for _, name := range parsed.Names() {
			if slices.ContainsFunc(parsed.Parts(), func(p template.Part) bool {
				return p.Name == name && slices.ContainsFunc(p.Filters, func(f string) bool { return f != "lower" })
			}) {
				return Path{}, fmt.Errorf("the value %s is a part of a path, which has no quotation marks", name)
			}
		}
		path.segments = append(path.segments, parsed)
	}
	return path, nil
}

// Names returns the names of the values.
func (p Path) Names() []string {
	var names []string
	for _, segment := range p.segments {
		names = append(names, segment.Names()...)
	}
	return names
}

// String returns the path as it was written.
func (p Path) String() string {
	var b strings.Builder
	for _, segment := range p.segments {
		b.WriteString("/" + segment.String())
	}
	return b.String()
}

// Segments returns the templates of the segments.
func (p Path) Segments() []Template { return p.segments }

// Expand returns the escaped path. A value stays within its segment: it fails for one that is empty, or is a dot segment
// by itself.
func (p Path) Expand(value func(name string) string) (string, error) {
	var b strings.Builder
	for _, segment := range p.segments {
		for _, name := range segment.Names() {
			if text := value(name); text == "" || text == "." || text == ".." {
				return "", fmt.Errorf("%s cannot be part of a path", name)
			}
		}
		text, err := segment.Expand(value)
		if err != nil {
			return "", err
		}
		b.WriteByte('/')
		if segment.IsLiteral() {
			b.WriteString(text)
		} else {
			b.WriteString(url.PathEscape(text))
		}
	}
	return b.String(), nil
}

// Parameter is a query parameter whose value is a template.
type Parameter struct {
	Name  string
	Value Template
}

// ParseQuery reads "a=1&b={key}". Nothing in it is escaped: values are escaped when they are sent.
func ParseQuery(text string, known []string) ([]Parameter, error) {
	var query []Parameter
	if text == "" {
		return nil, nil
	}
	for pair := range strings.SplitSeq(text, "&") {
		name, value, ok := strings.Cut(pair, "=")
		if !ok || name == "" || strings.ContainsAny(name, "{}%+ ") {
			return nil, errors.New("a query consists of NAME=VALUE, joined with &; a name has no values and no escapes")
		}
		parsed, err := ParseTemplate(value, known)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(query, func(p Parameter) bool { return p.Name == name }) {
			return nil, fmt.Errorf("the parameter %s is listed twice", name)
		}
		query = append(query, Parameter{Name: name, Value: parsed})
	}
	return query, nil
}

// Values returns the query with the values.
func Values(query []Parameter, value func(name string) string) (url.Values, error) {
	values := url.Values{}
	for _, parameter := range query {
		text, err := parameter.Value.Expand(value)
		if err != nil {
			return nil, err
		}
		values.Set(parameter.Name, text)
	}
	return values, nil
}

// Match returns the value in a text that the template has expanded to. It is for templates with exactly one value; ok is
// false for another text.
func (t Template) Match(text string) (value string, ok bool) {
	before, after, found := "", "", -1
	for i, p := range t.Parts() {
		switch {
		case p.Name != "" && found >= 0:
			return "", false
		case p.Name != "":
			found = i
		case found < 0:
			before += p.Literal
		default:
			after += p.Literal
		}
	}
	if found < 0 || len(text) < len(before)+len(after) || !strings.HasPrefix(text, before) || !strings.HasSuffix(text, after) {
		return "", false
	}
	value = text[len(before) : len(text)-len(after)]
	for _, filter := range slices.Backward(t.Parts()[found].Filters) {
		switch filter {
		case "sq":
			value = strings.ReplaceAll(value, `\'`, "'")
		case "dq":
			value = strings.NewReplacer(`\\`, `\`, `\"`, `"`).Replace(value)
		}
	}
	return value, true
}

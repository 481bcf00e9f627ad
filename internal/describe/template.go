package describe

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"
)

// Template is a text with values in braces: "email='{key|sq}'". After the name, filters may follow, which apply from
// left to right. A value never leaves the place of the template: it is escaped by what is around it.
type Template struct {
	text  string
	parts []part
}

// part is a literal text, or a value if it has a name.
type part struct {
	literal string
	name    string
	filters []string
}

// Filters returns the names of the filters.
func Filters() []string { return []string{"dq", "lower", "sq"} }

// ParseTemplate reads a template whose names are among the known ones.
func ParseTemplate(text string, known []string) (Template, error) {
	template := Template{text: text}
	for rest := text; rest != ""; {
		open := strings.IndexAny(rest, "{}")
		if open < 0 {
			template.parts = append(template.parts, part{literal: rest})
			break
		}
		if rest[open] == '}' {
			return Template{}, errors.New("a closing brace without an opening one")
		}
		if open > 0 {
			template.parts = append(template.parts, part{literal: rest[:open]})
		}
		inner, after, closed := strings.Cut(rest[open+1:], "}")
		if !closed {
			return Template{}, errors.New("an opening brace without a closing one")
		}
		words := strings.Split(inner, "|")
		if !slices.Contains(known, words[0]) {
			return Template{}, unknown("value", words[0], known)
		}
		for _, filter := range words[1:] {
			if !slices.Contains(Filters(), filter) {
				return Template{}, unknown("filter", filter, Filters())
			}
		}
		template.parts = append(template.parts, part{name: words[0], filters: words[1:]})
		rest = after
	}
	if err := template.checkQuotes(); err != nil {
		return Template{}, err
	}
	return template, nil
}

// checkQuotes returns an error for a quoted literal in which a value is not escaped for its quotes, and for such an
// escape outside quotes.
func (t Template) checkQuotes() error {
	var quote rune
	for _, p := range t.parts {
		if p.name != "" {
			want := map[rune]string{'\'': "sq", '"': "dq"}[quote]
			for _, filter := range []string{"sq", "dq"} {
				if has := slices.Contains(p.filters, filter); has != (filter == want) {
					return fmt.Errorf("the value %s needs the filter %s inside these quotes, and no other one for quotes", p.name, orNone(want))
				}
			}
			if want != "" && p.filters[len(p.filters)-1] != want {
				return fmt.Errorf("the filter %s of the value %s must be the last one", want, p.name)
			}
			continue
		}
		for _, r := range p.literal {
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

// String returns the template as it was written.
func (t Template) String() string { return t.text }

// IsLiteral reports whether the template has no values.
func (t Template) IsLiteral() bool {
	return !slices.ContainsFunc(t.parts, func(p part) bool { return p.name != "" })
}

// Names returns the names of the values.
func (t Template) Names() []string {
	var names []string
	for _, p := range t.parts {
		if p.name != "" {
			names = append(names, p.name)
		}
	}
	return names
}

// Expand returns the text with the values, which is not yet escaped for a URL. It fails on a value that cannot be
// escaped; the error does not contain the value.
func (t Template) Expand(value func(name string) string) (string, error) {
	if len(t.parts) == 1 && t.parts[0].name == "" {
		return t.text, nil
	}
	var b strings.Builder
	for _, p := range t.parts {
		text := p.literal
		if p.name != "" {
			text = value(p.name)
			for _, filter := range p.filters {
				var err error
				if text, err = apply(filter, text); err != nil {
					return "", fmt.Errorf("%s %w", p.name, err)
				}
			}
		}
		b.WriteString(text)
	}
	return b.String(), nil
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
		template, err := ParseTemplate(segment, known)
		if err != nil {
			return Path{}, err
		}
		for _, name := range template.Names() {
			if slices.ContainsFunc(template.parts, func(p part) bool {
				return p.name == name && slices.ContainsFunc(p.filters, func(f string) bool { return f != "lower" })
			}) {
				return Path{}, fmt.Errorf("the value %s is a part of a path, which has no quotation marks", name)
			}
		}
		path.segments = append(path.segments, template)
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
		b.WriteString("/" + segment.text)
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
		template, err := ParseTemplate(value, known)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(query, func(p Parameter) bool { return p.Name == name }) {
			return nil, fmt.Errorf("the parameter %s is listed twice", name)
		}
		query = append(query, Parameter{Name: name, Value: template})
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
	for i, p := range t.parts {
		switch {
		case p.name != "" && found >= 0:
			return "", false
		case p.name != "":
			found = i
		case found < 0:
			before += p.literal
		default:
			after += p.literal
		}
	}
	if found < 0 || len(text) < len(before)+len(after) || !strings.HasPrefix(text, before) || !strings.HasSuffix(text, after) {
		return "", false
	}
	value = text[len(before) : len(text)-len(after)]
	for _, filter := range slices.Backward(t.parts[found].filters) {
		switch filter {
		case "sq":
			value = strings.ReplaceAll(value, `\'`, "'")
		case "dq":
			value = strings.NewReplacer(`\\`, `\`, `\"`, `"`).Replace(value)
		}
	}
	return value, true
}

// Package template has the small language of texts with values: "{first|ascii|lower}.{last|ascii|lower}". A value is a
// name in braces, and filters may follow the name. What the names and the filters are is up to the user of the
// package; there are no conditions and no loops.
package template

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Template is a text with values. The zero Template is an empty text.
type Template struct {
	text  string
	parts []Part
}

// Part is a literal text, or a value if it has a name.
type Part struct {
	Literal string
	Name    string
	Filters []string
}

// Literal returns a template without values.
func Literal(text string) Template { return Template{text, []Part{{Literal: text}}} }

// Parse reads a template. The errors of the names and of the filters are those of the functions, and are returned
// unchanged.
func Parse(text string, checkName, checkFilter func(word string) error) (Template, error) {
	template := Template{text: text}
	for rest := text; rest != ""; {
		open := strings.IndexAny(rest, "{}")
		if open < 0 {
			template.parts = append(template.parts, Part{Literal: rest})
			break
		}
		if rest[open] == '}' {
			return Template{}, errors.New("a closing brace without an opening one")
		}
		if open > 0 {
			template.parts = append(template.parts, Part{Literal: rest[:open]})
		}
		inner, after, closed := strings.Cut(rest[open+1:], "}")
		if !closed {
			return Template{}, errors.New("an opening brace without a closing one")
		}
		words := strings.Split(inner, "|")
		if words[0] == "" {
			return Template{}, errors.New("braces without a name")
		}
		if err := checkName(words[0]); err != nil {
			return Template{}, err
		}
		for _, filter := range words[1:] {
			if err := checkFilter(filter); err != nil {
				return Template{}, err
			}
		}
		template.parts = append(template.parts, Part{Name: words[0], Filters: words[1:]})
		rest = after
	}
	return template, nil
}

// String returns the template as it was written.
func (t Template) String() string { return t.text }

// Parts returns the parts in their order.
func (t Template) Parts() []Part { return t.parts }

// IsLiteral reports whether the template has no values.
func (t Template) IsLiteral() bool {
	return !slices.ContainsFunc(t.parts, func(p Part) bool { return p.Name != "" })
}

// Names returns the names of the values.
func (t Template) Names() []string {
	var names []string
	for _, p := range t.parts {
		if p.Name != "" {
			names = append(names, p.Name)
		}
	}
	return names
}

// Cut returns the templates before and after the value with a name, which must be the only one and have no filters. Found
// is false if there is no such value: then all of the template is before it.
func (t Template) Cut(name string) (before, after Template, found bool, err error) {
	is := func(p Part) bool { return p.Name == name }
	i := slices.IndexFunc(t.parts, is)
	switch {
	case i < 0:
		return t, Template{}, false, nil
	case len(t.parts[i].Filters) > 0:
		return Template{}, Template{}, true, fmt.Errorf("the value %s has no filters", name)
	case slices.ContainsFunc(t.parts[i+1:], is):
		return Template{}, Template{}, true, fmt.Errorf("the value %s is there twice", name)
	}
	return Template{parts: t.parts[:i]}, Template{parts: t.parts[i+1:]}, true, nil
}

// Expand returns the text with the values. Apply returns a text after a filter. The first error of a function ends it.
func (t Template) Expand(value func(name string) (string, error), apply func(filter, text string) (string, error)) (string, error) {
	if len(t.parts) == 1 && t.parts[0].Name == "" {
		return t.parts[0].Literal, nil
	}
	var b strings.Builder
	for _, p := range t.parts {
		text := p.Literal
		if p.Name != "" {
			var err error
			if text, err = value(p.Name); err != nil {
				return "", err
			}
			for _, filter := range p.Filters {
				if text, err = apply(filter, text); err != nil {
					return "", err
				}
			}
		}
		b.WriteString(text)
	}
	return b.String(), nil
}

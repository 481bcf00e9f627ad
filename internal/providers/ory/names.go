package ory

import (
	"cmp"
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/bring-aboard/usher/pkg/schema"
)

// named adds flags, titles and help to the traits, so that every name leads to one field. Two traits that users could
// not distinguish are an error.
func named(fields schema.Table) (schema.Table, error) {
	words := wordsOf(append(before(nil), after()...))
	for _, field := range fields {
		if err := words.claim(field.Name, field.Name); err != nil {
			return nil, err
		}
	}
	titles := map[string]int{}
	for i := range fields {
		field := &fields[i]
		path := strings.Join(field.Wire[1:], ".")
		field.Means = schema.MeaningOf(path)
		if field.Flag = flagOf(path); words.claim(field.Flag, field.Name) != nil {
			field.Flag = flagOf(field.Name)
			if err := words.claim(field.Flag, field.Name); err != nil {
				return nil, err
			}
		}
		field.Help = cmp.Or(field.Help, field.Title, "trait "+phrase(path))
		if field.Kind.IsList() {
			field.Help += " (repeatable)"
		}
		titles[schema.FoldName(field.Title)]++
	}
	for i := range fields {
		field := &fields[i]
		if folded := schema.FoldName(field.Title); titles[folded] > 1 || words.claim(field.Title, field.Name) != nil {
			field.Title = ""
		}
	}
	return fields, nil
}

// flagOf turns a path of names into a flag's name: letters and digits in kebab
// case.
func flagOf(path string) string {
	plain := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return '-'
	}, norm.NFC.String(path))
	return strings.Trim(schema.Kebab(plain), "-")
}

// words are the names that lead to a field, folded.
type words map[string]string

func wordsOf(table schema.Table) words {
	w := words{}
	for _, field := range table {
		for _, word := range append([]string{field.Name, field.FlagName(), field.Label()}, field.Aliases...) {
			w[schema.FoldName(word)] = field.Name
		}
	}
	return w
}

// claim records that a name leads to a field. It fails if it leads to another one or has no letter or digit.
func (w words) claim(word, name string) error {
	folded := schema.FoldName(word)
	if folded == "" {
		return fmt.Errorf("trait %q: name without a letter or digit", name)
	}
	if other, taken := w[folded]; taken && other != name {
		return fmt.Errorf("traits %q and %q: same name", other, name)
	}
	w[folded] = name
	return nil
}

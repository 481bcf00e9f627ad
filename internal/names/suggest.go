package names

import (
	"cmp"
	"slices"
	"strings"

	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// mostSuggestions is the maximum number of suggestions.
const mostSuggestions = 500

// Suggest returns texts that the field accepts, made of names: each thing's name, and for an object the parts' names
// with colons between them. The error is that of [Read].
func (r *Resolver) Suggest(field schema.Field) ([]string, error) {
	return Combine(field, func(kind string) ([]Thing, error) {
		directory, err := r.directory(kind)
		if err != nil {
			return nil, err
		}
		return directory.things, nil
	})
}

// Combine is [Resolver.Suggest] for things that are read elsewhere. Names that several things have, and names that the
// compact form of a list or an object cannot contain, are omitted.
func Combine(field schema.Field, read Read) ([]string, error) {
	if field.Kind != schema.Objects {
		return suggestions(field, read)
	}
	var texts []string
	for i, part := range field.Parts {
		names, err := suggestions(part, read)
		if err != nil || names == nil {
			return nil, err
		}
		if i == 0 {
			texts = names
			continue
		}
		texts = pairs(texts, names)
	}
	return texts, nil
}

// pairs joins each text with each name.
func pairs(texts, names []string) []string {
	var joined []string
	for _, text := range texts {
		for _, name := range names {
			if len(joined) == mostSuggestions {
				return joined
			}
			joined = append(joined, text+":"+name)
		}
	}
	return joined
}

// suggestions returns the names that mean one thing each, in alphabetical order; the names of roles by their power first,
// so that the first one is never that of an administrator if there is another.
func suggestions(field schema.Field, read Read) ([]string, error) {
	if field.Refers == "" {
		return nil, nil
	}
	things, err := read(field.Refers)
	if err != nil {
		return nil, err
	}
	var names []string
	for name, found := range newDirectory(things).exact {
		if len(found) == 1 && !strings.ContainsAny(name, ":;") {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		if field.Refers == provider.Role {
			return cmp.Or(cmp.Compare(power(a), power(b)), strings.Compare(a, b))
		}
		return strings.Compare(a, b)
	})
	return names[:min(len(names), mostSuggestions)], nil
}

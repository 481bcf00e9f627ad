package scim

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// settingExtensions is the setting with the schema extensions of a profile.
const settingExtensions = "extensions"

// userNames is what a tenant's own schemas declare about the username.
type userNames struct {
	keyCase provider.KeyCase
	unique  *provider.Uniqueness // nil without schemas
}

// tailor returns the fields of one tenant: those of the core schema and of the extensions in use, as far as its own
// schemas, in a file, have them, and what those declare about usernames.
func tailor(table schema.Table, extensions, file string) (schema.Table, userNames, error) {
	inUse := urnsOf(extensions)
	known := map[string]bool{}
	table = slices.DeleteFunc(slices.Clone(table), func(field schema.Field) bool {
		urn := field.WirePath()[0]
		known[urn] = true
		return isURN(urn) && !slices.Contains(inUse, urn)
	})
	if file == "" {
		for _, urn := range inUse {
			if !known[urn] {
				return nil, userNames{}, fmt.Errorf("%s: unknown fields of %s; fetch them with usher profiles schema NAME --save FILE and set %s to the file",
					settingExtensions, urn, provider.SchemaFile)
			}
		}
		return table, userNames{keyCase: provider.KeyCaseIgnored}, nil
	}
	document, err := os.ReadFile(file)
	if err != nil {
		return nil, userNames{}, fmt.Errorf("%s: %w", provider.SchemaFile, err)
	}
	schemas, err := readSchemas(document)
	if err != nil {
		return nil, userNames{}, fmt.Errorf("%s: %s: %w; fetch it again with usher profiles schema NAME --save FILE", provider.SchemaFile, file, err)
	}
	unique := uniquenessOf(schemas)
	return merged(table, schemas, inUse), userNames{keyCase: keyCase(schemas), unique: &unique}, nil
}

// keyCase returns how a server with these schemas compares names: without regard to case (RFC 7643, 8.7.1), unless its
// own definition of userName has caseExact.
func keyCase(schemas []resourceSchema) provider.KeyCase {
	described, _ := schemaOf(schemas, userURN)
	if definition, _, _ := attributeAt(described.Attributes, []string{"userName"}); definition.CaseExact {
		return provider.KeyCaseExact
	}
	return provider.KeyCaseIgnored
}

// urnsOf reads a list of URNs.
func urnsOf(list string) []string {
	var urns []string
	for urn := range strings.SplitSeq(list, ",") {
		if urn = strings.TrimSpace(urn); urn != "" {
			urns = append(urns, urn)
		}
	}
	return urns
}

// merged narrows the fields by the tenant's schemas, and adds the attributes that only the schemas have.
func merged(table schema.Table, schemas []resourceSchema, inUse []string) schema.Table {
	var narrowed schema.Table
	for _, field := range table {
		urn, path := split(field)
		described, _ := schemaOf(schemas, urn)
		definition, required, ok := attributeAt(described.Attributes, path)
		isKey := field.Name == "userName"
		isCommon := !ok && field.Name == "externalId" // in no schema (RFC 7643, 3.1)
		if isKey || isCommon || ok && definition.Mutability != "readOnly" {
			field = narrow(field, definition, required || isKey)
			narrowed = append(narrowed, field)
		}
	}
	for _, urn := range append([]string{userURN}, inUse...) {
		described, _ := schemaOf(schemas, urn)
		var wire []string
		if urn != userURN {
			wire = []string{urn}
		}
		for _, definition := range described.Attributes {
			narrowed = addUnknown(narrowed, table, urn, wire, definition)
		}
	}
	return narrowed
}

// split returns the URN of a field's schema, and its path in that.
func split(field schema.Field) (urn string, path []string) {
	path = field.WirePath()
	if isURN(path[0]) {
		return path[0], path[1:]
	}
	return userURN, path
}

// narrow applies the rules of the tenant's definition to a field.
func narrow(field schema.Field, definition attribute, required bool) schema.Field {
	if own, ok := fieldOf(definition, field.WirePath()); ok && own.Kind != field.Kind {
		own.Name, own.Flag, own.Title, own.Help, own.Aliases, own.Identifier = field.Name, field.Flag, field.Title, field.Help, field.Aliases, field.Identifier
		field = own
	}
	field.Required = required
	field.Immutable = definition.Mutability == "immutable"
	field.WriteOnly = field.WriteOnly || definition.Mutability == "writeOnly" || definition.Returned == "never"
	if values := canonical(definition); len(values) > 0 {
		field.Suggestions = values
	}
	if len(field.Parts) > 0 && len(definition.SubAttributes) > 0 {
		var parts []schema.Field
		for _, part := range field.Parts {
			definition, _, ok := attributeAt(definition.SubAttributes, part.WirePath())
			switch {
			case !ok && slices.Contains(defaultParts(), part.Name):
				parts = append(parts, part)
			case ok && definition.Mutability != "readOnly":
				parts = append(parts, narrow(part, definition, part.Required || definition.Required))
			}
		}
		if len(parts) > 0 {
			field.Parts = parts
		}
	}
	return field
}

// defaultParts lists the sub-attributes that every attribute with several values has, whether its definition lists them
// or not (RFC 7643, 2.4).
func defaultParts() []string { return []string{"type", "primary", "display", "value"} }

// addUnknown adds an attribute that the standard's table lacks, or its sub-attributes if it is complex.
func addUnknown(to, table schema.Table, urn string, wire []string, definition attribute) schema.Table {
	place := append(slices.Clone(wire), definition.Name)
	if isKnown(table, place) || isKnown(to, place) || definition.Mutability == "readOnly" || !isName(definition.Name) {
		return to
	}
	if definition.Type == "complex" && !definition.MultiValued {
		for _, inner := range definition.SubAttributes {
			inner.Required = inner.Required && definition.Required
			to = addUnknown(to, table, urn, place, inner)
		}
		return to
	}
	field, ok := fieldOf(definition, place)
	if !ok {
		return to
	}
	_, path := split(field)
	field.Name = strings.Join(path, ".")
	if _, taken := to.Field(field.Name); taken {
		field.Name = urn + ":" + field.Name
	}
	return append(to, field)
}

// isKnown reports whether a table has a field at a path, or the standard documents that no client sets it.
func isKnown(table schema.Table, place []string) bool {
	if len(place) == 1 && slices.Contains([]string{"schemas", "id", "meta", "groups"}, place[0]) {
		return true
	}
	return slices.ContainsFunc(table, func(field schema.Field) bool {
		at := field.WirePath()
		return len(at) == len(place) && strings.EqualFold(strings.Join(at, "\x00"), strings.Join(place, "\x00"))
	})
}

// isName reports whether a word has the form of an attribute's name (RFC 7643, 2.1).
func isName(word string) bool {
	return strings.Trim(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == "" && word != ""
}

// fieldOf returns the field for a definition; false if the value is a number with a fraction, a list of anything but
// texts, or deeply nested.
func fieldOf(definition attribute, place []string) (schema.Field, bool) {
	field := schema.Field{
		Wire: place, Required: definition.Required, Help: helpOf(definition), Suggestions: canonical(definition),
		Secret: definition.Returned == "never", WriteOnly: definition.Returned == "never" || definition.Mutability == "writeOnly",
		Immutable: definition.Mutability == "immutable",
	}
	switch {
	case definition.Type == "complex" && definition.MultiValued:
		field.Kind, field.Suggestions = schema.Objects, nil
		for _, inner := range definition.SubAttributes {
			part, ok := fieldOf(inner, []string{inner.Name})
			if ok && !inner.MultiValued && inner.Mutability != "readOnly" && isName(inner.Name) {
				part.Name = inner.Name
				field.Parts = append(field.Parts, part)
			}
		}
		return field, len(field.Parts) > 0
	case slices.Contains([]string{"", "string", "reference", "dateTime", "binary"}, definition.Type):
		if definition.MultiValued {
			field.Kind = schema.Strings
		}
		return field, true
	case definition.Type == "boolean" && !definition.MultiValued:
		field.Kind, field.Suggestions = schema.Boolean, nil
		return field, true
	case definition.Type == "integer" && !definition.MultiValued:
		field.Kind, field.Suggestions = schema.Integer, nil
		return field, true
	}
	return schema.Field{}, false
}

// helpOf returns the first sentence of a description as a phrase.
func helpOf(definition attribute) string {
	sentence, _, _ := strings.Cut(strings.Join(strings.Fields(definition.Description), " ")+" ", ". ")
	sentence = strings.TrimRight(sentence, ". ")
	if sentence == "" {
		return "attribute " + definition.Name + " of this tenant"
	}
	return sentence
}

// canonical returns the values that a definition suggests.
func canonical(definition attribute) []string {
	var values []string
	for _, value := range definition.CanonicalValues {
		if word := text(value); word != "" {
			values = append(values, word)
		}
	}
	return values
}

package provider

import (
	"fmt"
	"maps"
	"net/url"
	"slices"

	"github.com/bring-aboard/usher/pkg/schema"
)

// Record returns the documented fields of a user, as far as they can be read: a provider may return more than it
// accepts. Fields that the table lacks, nulls and values of another type are omitted.
func (u User) Record(table schema.Table) schema.Record {
	members, err := Properties(u.Attributes)
	if err != nil {
		return schema.Record{}
	}
	record := table.Read(members)
	return record
}

// HasTexts returns the names among those of the texts of which the user's object has a property with exactly that text,
// without decoding the others. Of two properties with one name the last one counts. It returns none if the attributes
// are not a JSON object.
func (u User) HasTexts(texts map[string]string) []string {
	if !isObject(u.Attributes) {
		return nil
	}
	has := make([]string, 0, len(texts))
	for name, value := range membersOf(u.Attributes) {
		for wanted, text := range texts {
			if !name.is(wanted) {
				continue
			}
			has = slices.DeleteFunc(has, func(other string) bool { return other == wanted })
			if value[0] == '"' && quoted(value).is(text) {
				has = append(has, wanted)
			}
		}
	}
	return has
}

// Encode returns the body of a request with [schema.Table] Encode. A field that the table lacks is an error and not
// dropped: with a table of [schema.Table.Mutable], nothing else is ever sent. The error is of class Invalid and
// contains only the field's name.
func Encode(op string, table schema.Table, record schema.Record) ([]byte, error) {
	var foreign []string
	for name := range record {
		if _, ok := table.Field(name); !ok {
			foreign = append(foreign, name)
		}
	}
	if len(foreign) > 0 {
		return nil, &Error{Class: Invalid, Op: op, Err: fmt.Errorf("%s cannot be sent here", slices.Min(foreign))}
	}
	body, err := table.Encode(record)
	if err != nil {
		return nil, &Error{Class: Invalid, Op: op, Err: err}
	}
	return body, nil
}

// FilterQuery returns the query of a list with these filters. An undocumented one is an error of class Invalid: without
// it, all users would be listed.
func FilterQuery(op string, documented []Filter, filter map[string]string) (url.Values, error) {
	query := url.Values{}
	for _, name := range slices.Sorted(maps.Keys(filter)) {
		if !slices.ContainsFunc(documented, func(f Filter) bool { return f.Name == name }) {
			return nil, &Error{Class: Invalid, Op: op, Err: fmt.Errorf("unknown filter %q", name)}
		}
		query.Set(name, filter[name])
	}
	return query, nil
}

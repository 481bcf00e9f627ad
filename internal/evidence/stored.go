package evidence

import (
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// NotStored returns the fields of a new user that the provider's response lacks or has with another value than was
// sent, in table order. Have is nil if the response lacks the field or has it in a type that the table does not
// document.
//
// Only what a response can show is compared: never a secret, a field that is never returned, or the natural key, whose
// own form is checked elsewhere; and nothing if the response does not describe the user. Values that mean the same are
// equal: an empty value and none, texts in another Unicode composition, an email whose domain differs in case, a time
// in another zone, a number or a boolean written as a text. The order of a list does not count, nor do items and
// properties that the provider adds.
func NotStored(adapter provider.Adapter, sent schema.Record, user provider.User) []schema.Difference {
	return comparedWith(adapter, sent, user, false)
}

// NotChanged is [NotStored] for the changes of an update, to which the natural key
// may belong. A list must have the items that were sent and no others.
func NotChanged(adapter provider.Adapter, changes schema.Record, user provider.User) []schema.Difference {
	return comparedWith(adapter, changes, user, true)
}

// NamesOf returns the names of the fields that differ.
func NamesOf(differences []schema.Difference) []string {
	var names []string
	for _, difference := range differences {
		names = append(names, difference.Field.Name)
	}
	return names
}

func comparedWith(adapter provider.Adapter, sent schema.Record, user provider.User, update bool) []schema.Difference {
	compared := shownFields(adapter.Table, sent)
	if compared = notShown(compared, sent, user); len(compared) == 0 {
		return nil
	}
	members, err := provider.Properties(user.Attributes)
	if err != nil || !describes(adapter, members) {
		return nil
	}
	var differences []schema.Difference
	for _, f := range compared {
		want, value := sent[f.Name], at(members, f.WirePath())
		if f.Name == adapter.Key {
			text, _ := want.(string)
			if !update || schema.CompareKeys(text, scalarText(value)) != schema.KeyDifferent {
				continue
			}
		}
		if !isSame(*f, want, value, update) {
			have := schema.Table{*f}.Read(members)[f.Name]
			differences = append(differences, schema.Difference{Field: *f, Have: have, Want: want})
		}
	}
	return differences
}

// shownFields returns the fields of a record that a response can show.
func shownFields(table schema.Table, sent schema.Record) []*schema.Field {
	fields := make([]*schema.Field, 0, len(sent))
	for i := range table {
		f := &table[i]
		if _, ok := sent[f.Name]; ok && !f.WriteOnly && !f.Secret && f.In == schema.Body {
			fields = append(fields, f)
		}
	}
	return fields
}

// notShown returns the fields of which a response does not have exactly the text that was sent. These are few: nothing
// else of the response has to be decoded.
func notShown(fields []*schema.Field, sent schema.Record, user provider.User) []*schema.Field {
	texts := make(map[string]string, len(fields))
	for _, f := range fields {
		text, isText := sent[f.Name].(string)
		if place := f.WirePath(); isText && len(place) == 1 && f.Format != schema.JSON {
			texts[place[0]] = text
		}
	}
	shown := user.HasTexts(texts)
	return slices.DeleteFunc(fields, func(f *schema.Field) bool {
		place := f.WirePath()
		return len(place) == 1 && slices.Contains(shown, place[0])
	})
}

// describes reports whether a response has the natural key, as every description
// of a user does. An object with an id alone shows nothing of the other fields.
func describes(adapter provider.Adapter, members map[string]any) bool {
	place := []string{adapter.Key}
	if field, ok := adapter.Table.Field(adapter.Key); ok {
		place = field.WirePath()
	}
	return scalarText(at(members, place)) != ""
}

// at returns the value at a path in a JSON object, nil for none. If no property has the name, one that differs from it
// only in case is used.
func at(members map[string]any, place []string) any {
	var value any = members
	for _, name := range place {
		object, ok := value.(map[string]any)
		if !ok {
			return nil
		}
		if value, ok = object[name]; !ok {
			for other, inner := range object {
				if strings.EqualFold(other, name) {
					value = inner
				}
			}
		}
	}
	return value
}

// isSame reports whether a JSON value means the value of a field. If exact, a list
// must not have further items.
func isSame(f schema.Field, want, have any, exact bool) bool {
	switch want := want.(type) {
	case bool:
		have, err := strconv.ParseBool(strings.ToLower(scalarText(have)))
		return err == nil && have == want
	case int64:
		have, err := strconv.ParseFloat(scalarText(have), 64)
		return err == nil && have == float64(want)
	case string:
		return isSameText(f.Format, want, have)
	case []string:
		return covers(want, have, exact, func(item string, have any) bool { return isSameText(f.Format, item, have) })
	case []schema.Record:
		return covers(want, have, exact, func(item schema.Record, have any) bool { return isSameObject(f, item, have) })
	default:
		return want == nil && isEmpty(have)
	}
}

// covers reports whether a JSON list has each of the items, and, if exact, no other.
func covers[T any](items []T, have any, exact bool, same func(T, any) bool) bool {
	list, ok := have.([]any)
	if !ok && have != nil {
		return false
	}
	for _, item := range items {
		if !slices.ContainsFunc(list, func(have any) bool { return same(item, have) }) {
			return false
		}
	}
	return !exact || !slices.ContainsFunc(list, func(have any) bool {
		return !slices.ContainsFunc(items, func(item T) bool { return same(item, have) })
	})
}

// isSameObject reports whether a JSON object has the parts of an item. A part that
// is false and one that is missing are the same.
func isSameObject(f schema.Field, item schema.Record, have any) bool {
	object, ok := have.(map[string]any)
	if !ok {
		return false
	}
	for i := range f.Parts {
		part := f.Parts[i]
		want, given := item[part.Name]
		if !given || part.WriteOnly || part.Secret {
			continue
		}
		value := at(object, part.WirePath())
		if want == false && isEmpty(value) {
			continue
		}
		if !isSame(part, want, value, true) {
			return false
		}
	}
	return true
}

func isSameText(format schema.Format, want string, have any) bool {
	if want == "" {
		return isEmpty(have)
	}
	if format == schema.JSON {
		return isSameJSON(want, have)
	}
	text := scalarText(have)
	if text == want {
		return true
	}
	if text == "" {
		return false
	}
	switch format {
	case schema.UUID:
		return strings.EqualFold(text, want)
	case schema.DateTime:
		a, errA := time.Parse(time.RFC3339, text)
		b, errB := time.Parse(time.RFC3339, want)
		return errA == nil && errB == nil && a.Equal(b)
	default:
		return domainLowered(norm.NFC.String(text)) == domainLowered(norm.NFC.String(want))
	}
}

// isSameJSON reports whether a JSON value is that of a text, whose numbers may be written in another way.
func isSameJSON(want string, have any) bool {
	text, err := json.Marshal(have)
	var a, b any
	return err == nil && json.Unmarshal([]byte(want), &a) == nil && json.Unmarshal(text, &b) == nil && reflect.DeepEqual(a, b)
}

// domainLowered returns an email with its domain in lower case, and any other text
// as it is.
func domainLowered(text string) string {
	if user, domain, ok := strings.Cut(text, "@"); ok && user != "" && !strings.ContainsAny(text, " /:") && !strings.Contains(domain, "@") {
		return user + "@" + strings.ToLower(domain)
	}
	return text
}

func isEmpty(value any) bool {
	switch value := value.(type) {
	case nil:
		return true
	case string:
		return value == ""
	case []any:
		return len(value) == 0
	case map[string]any:
		return len(value) == 0
	default:
		return false
	}
}

// scalarText returns a JSON text, number or boolean as a text, "" for anything else.
func scalarText(value any) string {
	switch value := value.(type) {
	case string:
		return value
	case json.Number:
		return value.String()
	case bool:
		return strconv.FormatBool(value)
	default:
		return ""
	}
}

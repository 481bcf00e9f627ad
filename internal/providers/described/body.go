package described

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/bring-aboard/usher/internal/describe"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// tree is a JSON document whose properties keep their order. A tree without a value is an object, or a list if its names
// are 0, 1 and so on.
type tree struct {
	name    string // in the tree that has it
	value   json.RawMessage
	members []*tree
}

// treeOf returns a JSON document as a tree.
func treeOf(document json.RawMessage) *tree {
	t := new(tree)
	var items []json.RawMessage
	decoder := json.NewDecoder(bytes.NewReader(document))
	token, err := decoder.Token()
	switch {
	case err == nil && token == json.Delim('{'):
		for decoder.More() {
			name, err := decoder.Token()
			var value json.RawMessage
			if err != nil || decoder.Decode(&value) != nil {
				break
			}
			t.set(name.(string), treeOf(value))
		}
	case json.Unmarshal(document, &items) == nil && len(items) > 0:
		for i, item := range items {
			t.set(strconv.Itoa(i), treeOf(item))
		}
	default:
		t.value = document
	}
	return t
}

// member returns the property of a name, which is added after the others if there is none.
func (t *tree) member(name string) *tree {
	for _, member := range t.members {
		if member.name == name {
			return member
		}
	}
	member := &tree{name: name}
	t.members = append(t.members, member)
	return member
}

// set sets the property of a name.
func (t *tree) set(name string, value *tree) {
	*t.member(name) = tree{name: name, value: value.value, members: value.members}
}

// put sets the value at a place.
func (t *tree) put(place []string, value json.RawMessage) {
	at := t
	for _, step := range place {
		at.value, at = nil, at.member(step)
	}
	at.value = value
}

// append appends the document in compact form.
func (t *tree) append(b []byte) []byte {
	if t.value != nil {
		return append(b, t.value...)
	}
	isList := len(t.members) > 0
	for i, member := range t.members {
		isList = isList && member.name == strconv.Itoa(i)
	}
	brackets := "{}"
	if isList {
		brackets = "[]"
	}
	b = append(b, brackets[0])
	for i, member := range t.members {
		if i > 0 {
			b = append(b, ',')
		}
		if !isList {
			b = append(appendName(b, member.name), ':')
		}
		b = member.append(b)
	}
	return append(b, brackets[1])
}

// appendName appends the name of a property as JSON.
func appendName(b []byte, name string) []byte {
	quoted, _ := new(schema.Field).AppendJSON(b, name) // a text always encodes
	return quoted
}

// body builds the body of a request from a record, in the order of the fields, which are those of a create or those that an
// update may change.
func (c *client) body(op string, isUpdate bool, record schema.Record, repeated *tree, constants []describe.Constant) ([]byte, error) {
	root := repeated
	if root == nil {
		root = new(tree)
	}
	known := 0
	for i := range c.d.Fields { // without copying each field, because this runs for every user
		field := &c.d.Fields[i]
		value, ok := record[field.Name]
		if !ok || isUpdate && (field.Immutable || field.In != schema.Body) {
			continue
		}
		if known++; field.In != schema.Body {
			continue
		}
		encoded, err := field.AppendJSON(nil, value)
		if err != nil {
			return nil, invalid(op, err)
		}
		root.put(field.WirePath(), encoded)
		for _, place := range field.Copies {
			root.put(place, encoded)
		}
		if err := c.putConstants(op, root, field.With); err != nil {
			return nil, err
		}
	}
	if known < len(record) {
		return nil, invalid(op, fmt.Errorf("%s cannot be sent here", c.foreign(isUpdate, record)))
	}
	if err := c.putConstants(op, root, constants); err != nil {
		return nil, err
	}
	if c.d.Envelope != "" {
		outer := new(tree)
		outer.set(c.d.Envelope, root)
		root = outer
	}
	return root.append(nil), nil
}

func (c *client) putConstants(op string, root *tree, constants []describe.Constant) error {
	for _, constant := range constants {
		value, err := constant.Value.JSON(c.setting)
		if err != nil {
			return invalid(op, err)
		}
		root.put(constant.Place, value)
	}
	return nil
}

// foreign returns the first name of a record that is no field of the request.
func (c *client) foreign(isUpdate bool, record schema.Record) string {
	table := c.d.Table()
	if isUpdate {
		table = table.Mutable()
	}
	for _, name := range slices.Sorted(maps.Keys(record)) {
		if _, ok := table.Field(name); !ok {
			return name
		}
	}
	return ""
}

func invalid(op string, err error) error {
	return &provider.Error{Class: provider.Invalid, Op: op, Err: err}
}

// secretPlaces lists the places of secrets in a body, in the form of [provider.Request].
func secretPlaces(d *describe.Description) [][]string {
	var places [][]string
	add := func(place []string) {
		place = slices.DeleteFunc(slices.Clone(place), func(step string) bool { _, err := strconv.Atoi(step); return err == nil })
		if d.Envelope != "" {
			place = append([]string{d.Envelope}, place...)
		}
		places = append(places, place)
	}
	for _, field := range d.Fields {
		if field.Secret {
			add(field.WirePath())
			for _, place := range field.Copies {
				add(place)
			}
		}
	}
	return places
}

// readTable returns the fields as they are in a user's object, with the copies of secrets as fields: they are removed
// from what is shown.
func readTable(d *describe.Description) schema.Table {
	table := d.Table()
	for _, field := range d.Fields {
		for _, place := range field.Copies {
			if field.Secret {
				table = append(table, schema.Field{Name: describe.Pointer(place).String(), Wire: place, Secret: true})
			}
		}
	}
	return table
}

// repeated returns the properties of a user's object that an update sends again.
func repeated(op string, user provider.User, properties []describe.Repeat) (*tree, error) {
	root := new(tree)
	for _, property := range properties {
		name := property.Name
		value := describe.Pointer{name}.Raw(user.Attributes)
		if text := string(value); property.Or != "" && (text == `""` || text == "null") {
			value = describe.Pointer{property.Or}.Raw(user.Attributes)
		}
		if value == nil {
			return nil, provider.BadResponse(op, 0, errors.New("the user lacks a property that must be sent again"))
		}
		root.put([]string{name}, value)
	}
	return root, nil
}

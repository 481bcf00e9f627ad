package described

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/bring-aboard/usher/internal/describe"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// tree is a JSON document whose properties keep their order. A tree without a value is an object, or a list if its names
// are 0, 1 and so on.
type tree struct {
	value   json.RawMessage
	names   []string
	members map[string]*tree
}

func newTree() *tree { return &tree{members: map[string]*tree{}} }

// treeOf returns a JSON document as a tree.
func treeOf(document json.RawMessage) *tree {
	t := newTree()
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
			t.add(name.(string), treeOf(value))
		}
	case json.Unmarshal(document, &items) == nil && len(items) > 0:
		for i, item := range items {
			t.add(strconv.Itoa(i), treeOf(item))
		}
	default:
		t.value = document
	}
	return t
}

// add adds a property after the others.
func (t *tree) add(name string, value *tree) {
	if _, ok := t.members[name]; !ok {
		t.names = append(t.names, name)
	}
	t.members[name] = value
}

// put sets the value at a place.
func (t *tree) put(place []string, value json.RawMessage) {
	at := t
	for _, step := range place {
		next, ok := at.members[step]
		if !ok {
			next = newTree()
			at.add(step, next)
		}
		at.value, at = nil, next
	}
	at.value = value
}

// append appends the document in compact form.
func (t *tree) append(b []byte) []byte {
	if t.value != nil {
		return append(b, t.value...)
	}
	isList := len(t.names) > 0
	for i, name := range t.names {
		isList = isList && name == strconv.Itoa(i)
	}
	brackets := "{}"
	if isList {
		brackets = "[]"
	}
	b = append(b, brackets[0])
	for i, name := range t.names {
		if i > 0 {
			b = append(b, ',')
		}
		if !isList {
			quoted, _ := json.Marshal(name) // a text always encodes
			b = append(append(b, quoted...), ':')
		}
		b = t.members[name].append(b)
	}
	return append(b, brackets[1])
}

// body builds the body of a request from a record, in the order of the fields.
func (c *client) body(op string, table schema.Table, record schema.Record, repeated *tree, constants []describe.Constant) ([]byte, error) {
	for name := range record {
		if _, ok := table.Field(name); !ok {
			return nil, invalid(op, fmt.Errorf("%s cannot be sent here", name))
		}
	}
	root := repeated
	if root == nil {
		root = newTree()
	}
	for _, field := range c.d.Fields {
		value, ok := record[field.Name]
		if !ok || field.In != schema.Body {
			continue
		}
		encoded, err := encode(field.Field, value)
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
	if err := c.putConstants(op, root, constants); err != nil {
		return nil, err
	}
	if c.d.Envelope != "" {
		outer := newTree()
		outer.add(c.d.Envelope, root)
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

// encode returns a value of a field as JSON.
func encode(field schema.Field, value any) (json.RawMessage, error) {
	const name = "v"
	field.Wire = []string{name}
	encoded, err := schema.Table{field}.Encode(schema.Record{field.Name: value})
	if err != nil {
		return nil, err
	}
	return encoded[len(`{"`+name+`":`) : len(encoded)-1], nil
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
func repeated(op string, user provider.User, names []string) (*tree, error) {
	root := newTree()
	for _, name := range names {
		value := describe.Pointer{name}.Raw(user.Attributes)
		if value == nil {
			return nil, provider.BadResponse(op, 0, errors.New("the user lacks a property that must be sent again"))
		}
		root.put([]string{name}, value)
	}
	return root, nil
}

package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
)

// Encode writes the body fields of a record as one compact JSON object, in the
// order of the table, and only those that the record holds. The same record
// gives the same bytes. It fails on a value whose Go type is not the one that
// its field's [Kind] names.
func (t Table) Encode(r Record) ([]byte, error) {
	root := &object{}
	for _, f := range t {
		value, ok := r[f.Name]
		if !ok || f.In != Body {
			continue
		}
		encoded, err := f.encode(value)
		if err != nil {
			return nil, err
		}
		root.put(f.WirePath(), encoded)
	}
	var b bytes.Buffer
	root.write(&b)
	return b.Bytes(), nil
}

func (f Field) encode(value any) ([]byte, error) {
	matches := false
	switch f.Kind {
	case String:
		_, matches = value.(string)
	case Integer:
		_, matches = value.(int64)
	case Boolean:
		_, matches = value.(bool)
	case Strings:
		texts, ok := value.([]string)
		if ok && texts == nil {
			return []byte("[]"), nil
		}
		matches = ok
	case Objects:
		if objects, ok := value.([]Record); ok {
			return f.encodeObjects(objects)
		}
	}
	if !matches {
		return nil, fmt.Errorf("field %s: a %s cannot hold a value of type %T", f.Name, f.Kind, value)
	}
	return marshal(value)
}

func (f Field) encodeObjects(objects []Record) ([]byte, error) {
	encoded := make([][]byte, len(objects))
	for i, object := range objects {
		var err error
		if encoded[i], err = Table(f.Parts).Encode(object); err != nil {
			return nil, fmt.Errorf("field %s: %w", f.Name, err)
		}
	}
	return slices.Concat([]byte("["), bytes.Join(encoded, []byte(",")), []byte("]")), nil
}

// marshal writes a value as JSON without the escapes that only HTML needs.
func marshal(value any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// object is a JSON object that keeps the order in which its members came.
type object struct {
	members []member
}

type member struct {
	key   string
	value []byte
	inner *object
}

// put places an encoded value, making the objects on the way to it.
func (o *object) put(path []string, value []byte) {
	if len(path) == 1 {
		o.members = append(o.members, member{key: path[0], value: value})
		return
	}
	i := slices.IndexFunc(o.members, func(m member) bool { return m.key == path[0] && m.inner != nil })
	if i < 0 {
		o.members = append(o.members, member{key: path[0], inner: &object{}})
		i = len(o.members) - 1
	}
	o.members[i].inner.put(path[1:], value)
}

func (o *object) write(b *bytes.Buffer) {
	b.WriteByte('{')
	for i, m := range o.members {
		if i > 0 {
			b.WriteByte(',')
		}
		key, _ := marshal(m.key) // a string always encodes
		b.Write(key)
		b.WriteByte(':')
		if m.inner != nil {
			m.inner.write(b)
			continue
		}
		b.Write(m.value)
	}
	b.WriteByte('}')
}

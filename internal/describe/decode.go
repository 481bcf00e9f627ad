package describe

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/bring-aboard/usher/pkg/schema"
)

// decodeField returns a JSON value in the Go type of a field's kind.
func decodeField(field schema.Field, text json.RawMessage) (any, error) {
	var err error
	var value any
	switch field.Kind {
	case schema.Integer:
		var number int64
		err = json.Unmarshal(text, &number)
		value = number
	case schema.Boolean:
		var truth bool
		err = json.Unmarshal(text, &truth)
		value = truth
	case schema.Objects:
		var objects []map[string]any
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.UseNumber()
		err = decoder.Decode(&objects)
		list := make([]schema.Record, len(objects))
		for i, object := range objects {
			read, wrong := schema.Table(field.Parts).Decode(object)
			if len(wrong) > 0 {
				return nil, wrong.Err()
			}
			list[i] = read
		}
		value = list
	case schema.Strings:
		var texts []string
		err = json.Unmarshal(text, &texts)
		value = texts
	default:
		var one string
		err = json.Unmarshal(text, &one)
		value = one
	}
	if err != nil {
		return nil, fmt.Errorf("must be a %s", field.Kind)
	}
	return value, nil
}

package roster

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/pkg/schema"
)

// A null clears a field in a change, of itself and of the object around it; one
// that cannot be cleared is refused with its place.
func TestOneChange(t *testing.T) {
	table := schema.Table{
		{Name: "email", Required: true}, {Name: "phone"}, {Name: "tags", Kind: schema.Strings}, {Name: "active", Kind: schema.Boolean},
		{Name: "name.given", Wire: []string{"name", "given"}}, {Name: "name.family", Wire: []string{"name", "family"}},
		{Name: "password", Secret: true, Beside: []string{"meta"}},
	}
	for _, test := range []struct {
		name, text string
		want       schema.Record
		faults     []string
	}{
		{"a.json", `{"phone": null, "tags": null}`, schema.Record{"phone": "", "tags": []string{}}, nil},
		{"a.yaml", "phone: null\ntags: ~\n", schema.Record{"phone": "", "tags": []string{}}, nil},
		{"a.json", `{"name": null}`, schema.Record{"name.given": "", "name.family": ""}, nil},
		{"a.json", `{"name": {"given": null, "family": "King"}}`, schema.Record{"name.given": "", "name.family": "King"}, nil},
		{"a.json", `{"name.given": null}`, schema.Record{"name.given": ""}, nil},
		{"a.json", `{"name.given": null, "phone": "1"}`, schema.Record{"name.given": "", "phone": "1"}, nil},
		{"a.json", `{"meta": null, "phone": "1"}`, schema.Record{"phone": "1"}, nil},
		{"a.json", "{\n \"email\": null,\n \"active\": null, \"password\": null}", nil, []string{
			"3:2 active wrong type", "2:2 email missing", "3:18 password malformed",
		}},
		{"a.json", `{"nick": null, "name": {"nick": null}}`, nil, []string{"1:25 name.nick unknown field", "1:2 nick unknown field"}},
		{"a.yaml", "phone: null\nemail: null\n", nil, []string{"2:1 email missing"}},
	} {
		record, _, err := OneChange(Stream(test.name, strings.NewReader(test.text)), table)
		var rowErrs RowErrors
		var found []string
		if errors.As(err, &rowErrs) {
			for _, rowErr := range rowErrs {
				found = append(found, fmt.Sprintf("%d:%d %s %s", rowErr.Line, rowErr.Column, rowErr.Field, rowErr.Cause))
			}
		} else if err != nil {
			t.Errorf("%s: %v", test.text, err)
		}
		if test.faults == nil && !reflect.DeepEqual(record, test.want) || !reflect.DeepEqual(found, test.faults) {
			t.Errorf("%s: got %v, %q", test.text, record, found)
		}
		kept, _, _ := One(Stream(test.name, strings.NewReader(test.text)), table)
		for name, value := range kept {
			if value == "" {
				t.Errorf("%s: a null is no value of a new user, and %s is cleared", test.text, name)
			}
		}
	}
}

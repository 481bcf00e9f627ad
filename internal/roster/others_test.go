package roster

import (
	"errors"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/pkg/schema"
)

// A column, a mapping and a set value that are for another system are ignored, and one that is for none is an error.
func TestOthers(t *testing.T) {
	t.Parallel()
	own := schema.Table{{Name: "email", Required: true}, {Name: "name"}}
	others := []Options{{Set: map[string]string{"badgeNumber": "{Site}-{Number}"}, Table: schema.Table{{Name: "badgeNumber"}, {Name: "phones", Aliases: []string{"mobile"}}}, Map: map[string]string{"Durchwahl": "phones"}}}
	for name, test := range map[string]struct {
		text    string
		options Options
		fails   string
	}{
		"their column":    {text: "email,badgeNumber,Mobile\na,b,c\n"},
		"their mapping":   {text: "email,Durchwahl\na,b\n"},
		"a mapping":       {text: "email,Login\na,b\n", options: Options{Map: map[string]string{"Login": "badgeNumber"}}},
		"a value":         {text: "email\na\n", options: Options{Set: map[string]string{"badgeNumber": "b"}}},
		"their template":  {text: "email,Site,Number\na,b,1\n"},
		"a template":      {text: "email,Floor\na,b\n", options: Options{Set: map[string]string{"badgeNumber": "{Floor}"}}},
		"their key":       {text: `[{"email": "a", "badgeNumber": "b"}]`},
		"unknown column":  {text: "email,nothing\na,b\n", fails: "nothing"},
		"unknown mapping": {text: "email,Login\na,b\n", options: Options{Map: map[string]string{"Login": "nothing"}}, fails: "nothing"},
		"unknown value":   {text: "email\na\n", options: Options{Set: map[string]string{"nothing": "b"}}, fails: "nothing"},
		"unknown key":     {text: `[{"email": "a", "nothing": "b"}]`, fails: "nothing"},
		"nearest field":   {text: "email,badgeNumer\na,b\n", fails: "badgeNumer"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			options := test.options
			options.Table, options.Others = own, others
			r, err := Open(t.Context(), Stream("people", strings.NewReader(test.text)), options)
			if err == nil {
				t.Cleanup(func() { _ = r.Close() })
				for row, rowErr := range r.Rows(t.Context()) {
					if err = rowErr; err == nil && len(row.Errors) > 0 {
						err = row.Errors
					}
					if len(row.Record) != 1 {
						t.Errorf("got %v", row.Record)
					}
				}
			}
			rowErrs, ok := errors.AsType[RowErrors](err)
			switch {
			case test.fails == "" && err != nil:
				t.Error(err)
			case test.fails != "" && (!ok || rowErrs[0].Cause != schema.Unknown || rowErrs[0].Field != test.fails):
				t.Errorf("got %v", err)
			case name == "nearest field" && !strings.Contains(rowErrs[0].Hint, "did you mean badgeNumber?"):
				t.Errorf("got the hint %q", rowErrs[0].Hint)
			}
		})
	}
}

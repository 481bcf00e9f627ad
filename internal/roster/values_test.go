package roster

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/bring-aboard/usher/internal/roster/ods"
	"github.com/bring-aboard/usher/pkg/schema"
)

// keysTable has keys of each kind: a login, an email, emails in a list of objects.
func keysTable() schema.Table {
	return schema.Table{
		{Name: "userName", Identifier: true, Required: true},
		{Name: "email", Format: schema.Email},
		{Name: "emails", Kind: schema.Objects, Parts: []schema.Field{{Name: "value", Format: schema.Email, Required: true}, {Name: "type"}}},
		{Name: "phones", Kind: schema.Objects, Parts: []schema.Field{{Name: "value", Scheme: true, Required: true}, {Name: "type"}}},
		{Name: "title"},
	}
}

// dressed returns one user in every format that is read and written.
func dressed(t testing.TB, values map[string]string) map[string][]byte {
	t.Helper()
	header, row := []string{}, []string{}
	for _, name := range keysTable().Names() {
		header, row = append(header, name), append(row, values[name])
	}
	var table, tabbed bytes.Buffer
	for w, delimiter := range map[*bytes.Buffer]rune{&table: ',', &tabbed: '\t'} {
		out := csv.NewWriter(w)
		out.Comma = delimiter
		if err := out.WriteAll([][]string{header, row}); err != nil {
			t.Fatal(err)
		}
	}
	document := map[string]any{}
	for name, value := range values {
		document[name] = value
		if f, _ := keysTable().Field(name); f.Kind == schema.Objects {
			document[name] = []map[string]any{{"value": value}}
		}
	}
	object, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	list, err := yaml.Marshal([]map[string]any{document})
	if err != nil {
		t.Fatal(err)
	}
	return map[string][]byte{
		"people.csv": table.Bytes(), "people.tsv": tabbed.Bytes(), "people.json": append(append([]byte{'['}, object...), ']'),
		"people.ndjson": append(object, "\n\n"...), "people.yaml": list, "people.xlsx": ownBook(t, [][]string{header, row}), "people.ods": ownSpreadsheet(t, [][]string{header, row}),
	}
}

// ownSpreadsheet returns an ODS file with these rows.
func ownSpreadsheet(t testing.TB, grid [][]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := ods.NewWriter(&b, "People", len(grid[0]))
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range grid {
		err = errors.Join(err, w.Write(row))
	}
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// FuzzNoHiddenCharacterInAKey reads a user whose keys hold any character, in every
// format: a record without faults has no hidden one in them.
func FuzzNoHiddenCharacterInAKey(f *testing.F) {
	for _, r := range "\x00\n\r\x1b\u0085\u00a0\u00ad\u200b\u202e\ufeff\ufffd\U000e0041" {
		f.Add("ad"+string(r)+"a@example.com", "x"+string(r)+"y")
	}
	f.Fuzz(func(t *testing.T, key, title string) {
		if strings.Contains(key, ";") {
			return
		}
		for _, in := range []string{"userName", "email", "emails"} {
			values := map[string]string{"userName": "ann", in: key, "title": title}
			for name, data := range dressed(t, values) {
				r, err := Open(t.Context(), Stream(name, bytes.NewReader(data)), Options{Table: keysTable(), Format: Format(name[len("people."):])})
				if err != nil {
					continue // the file is refused
				}
				for row, err := range r.Rows(t.Context()) {
					if err != nil || row.Errors != nil {
						continue
					}
					if hidden := hiddenKey(row.Record); hidden != "" {
						t.Errorf("%s: %q in %s was read as %q without a fault", name, key, in, hidden)
					}
				}
				_ = r.Close()
			}
		}
	})
}

// hiddenKey returns a key of a record that holds a hidden character, "" for none.
func hiddenKey(record schema.Record) string {
	keys := []string{record.Text("userName"), record.Text("email")}
	emails, _ := record["emails"].([]schema.Record)
	for _, email := range emails {
		keys = append(keys, email.Text("value"))
	}
	for _, key := range keys {
		if schema.CheckIdentifier(key) != nil {
			return key
		}
	}
	return ""
}

func TestWhatSpreadsheetsDoToValues(t *testing.T) {
	const none = "no fault"
	for _, test := range []struct {
		field, value string
		want         string // the value that is read
		fault        schema.Cause
		concern      string // a piece of a warning
	}{
		{"title", "#N/A", "", FailedCell, ""}, {"title", "#DIV/0!", "", FailedCell, ""}, {"title", "#WERT!", "", FailedCell, ""}, {"title", "#####", "", FailedCell, ""},
		{"title", "Err:502", "", FailedCell, ""}, {"phones", "#REF!", "", FailedCell, ""}, {"title", "#FORMULA", "", FailedCell, ""}, {"title", "#1 of all", "#1 of all", none, ""},
		{"title", "NULL", "NULL", none, `"NULL"`}, {"title", "nan", "nan", none, `"nan"`}, {"phones", "-", "-", none, `"-"`}, {"title", "(null)", "(null)", none, `"(null)"`},
		{"userName", "NULL", "", schema.Malformed, ""}, {"userName", "n/a", "", schema.Malformed, ""}, {"userName", "ra@example.com;", "", schema.Malformed, ""},
		{"userName", "ra@example.com,", "", schema.Malformed, ""}, {"userName", "4.93E+12", "", schema.Malformed, ""},
		{"title", "4.93E+12", "4.93E+12", none, "1.2E+10"}, {"phones", "4.93e+12", "4.93e+12", none, "1.2E+10"}, {"phones", "301,234", "301,234", none, "thousands"},
		{"title", "Berlin, 10115", "Berlin, 10115", none, ""}, {"title", "a\u200bb", "a\u200bb", none, "U+200B"}, {"phones", "+49\u00a030", "+49\u00a030", none, "U+00A0"},
		{"title", "M\ufffdller", "M\ufffdller", none, "U+FFFD"}, {"title", "'Zoe", "'Zoe", none, "apostrophe"}, {"title", "'t Hart", "'t Hart", none, ""}, {"title", "'s-Gravesande", "'s-Gravesande", none, ""},
		{"title", "Zoë", "Zoë", none, ""}, {"title", "=1+1", "=1+1", none, ""}, {"title", "x\u007fy", "x\u007fy", none, "U+007F"},
	} {
		for name, data := range dressed(t, map[string]string{"userName": "ann", test.field: test.value}) {
			r, err := Open(t.Context(), Stream(name, bytes.NewReader(data)), Options{Table: keysTable(), Format: Format(name[len("people."):])})
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			all := rows(t, r)
			fault := schema.Cause(none)
			for _, one := range all[0].Errors {
				if one.Field == test.field {
					fault = one.Cause
				}
			}
			if fault != test.fault {
				t.Errorf("%s: %s %q: %v, want %s", name, test.field, test.value, all[0].Errors, test.fault)
			}
			got := all[0].Record[test.field]
			if list, ok := got.([]schema.Record); ok && len(list) == 1 {
				got = list[0]["value"]
			}
			if fault == none && got != test.want {
				t.Errorf("%s: %s %q was read as %q", name, test.field, test.value, got)
			}
			warned := fmt.Sprint(r.Summary().Warnings)
			if (test.concern == "") != (len(r.Summary().Warnings) == 0) || !strings.Contains(warned, test.concern) {
				t.Errorf("%s: %s %q: warnings %s, want %s", name, test.field, test.value, warned, test.concern)
			}
			_ = r.Close()
		}
	}
}

func TestWhatKeepsATextFromSpreadsheetsIsRemovedAndSaid(t *testing.T) {
	for _, test := range []struct {
		value, want string
		concern     Concern
	}{
		{`="00123"`, "00123", Unwrapped}, {`="a ""b"""`, `a "b"`, Unwrapped}, {`'00123`, "00123", Unquoted}, {"'+49 30", "+49 30", Unquoted},
		{`="a"&"b"`, `="a"&"b"`, ""}, {`=""`, "", Unwrapped}, {"=", "=", ""},
	} {
		if got, concern := undo(test.value); got != test.want || concern != test.concern {
			t.Errorf("%s: %q, %q", test.value, got, concern)
		}
	}
	secret := schema.Table{{Name: "login", Required: true, Identifier: true}, {Name: "password", Secret: true}}
	r, err := Open(t.Context(), Stream("x.csv", strings.NewReader("login,password\nann,'1=NULL\nbob,\"=\"\"x\"\"\"\n")), Options{Table: secret})
	if err != nil {
		t.Fatal(err)
	}
	all := rows(t, r)
	if all[0].Record["password"] != "'1=NULL" || all[1].Record["password"] != `="x"` || len(r.Summary().Warnings) > 0 {
		t.Errorf("passwords changed: %v, %v, %v", all[0].Record, all[1].Record, r.Summary().Warnings)
	}
}

package roster

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/pkg/schema"
)

func emptiesTable() schema.Table {
	return schema.Table{
		{Name: "email", Required: true}, {Name: "phone", Title: "Phone number"}, {Name: "roles", Kind: schema.Strings},
		{Name: "groups", Kind: schema.Objects, Parts: []schema.Field{{Name: "id"}}}, {Name: "age", Kind: schema.Integer},
	}
}

func openEmpties(t *testing.T, csv string, empties bool) *Roster {
	t.Helper()
	r, err := Open(t.Context(), Stream("people.csv", strings.NewReader(csv)), Options{Table: emptiesTable(), Empties: empties})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

func TestEmptiesNameEmptyFields(t *testing.T) {
	t.Parallel()
	const file = `email,phone,age,Usher Empty
a@example.com,,,Phone number; roles;groups
b@example.com,1,,phone
c@example.com,,,age
d@example.com,,,phon
e@example.com,,,
`
	var causes []schema.Cause
	for row, err := range openEmpties(t, file, true).Rows(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		for _, rowErr := range row.Errors {
			causes = append(causes, rowErr.Cause)
			if rowErr.Line != row.Line || rowErr.Column == 0 {
				t.Errorf("the fault %v has no place", rowErr)
			}
		}
		for _, name := range []string{"phone", "roles", "groups"} {
			if _, given := row.Record[name]; given != (row.Line == 2) && !(row.Line == 3 && name == "phone") || given && row.Line == 2 && !row.Record.IsEmpty(name) {
				t.Errorf("line %d: %s is %v", row.Line, name, row.Record[name])
			}
		}
	}
	if want := []schema.Cause{Twice, schema.WrongType, schema.Unknown}; !slices.Equal(causes, want) {
		t.Errorf("faults of %q, want %q", causes, want)
	}
}

func TestEmptiesAreLeftOutElsewhere(t *testing.T) {
	t.Parallel()
	for row, err := range openEmpties(t, "email,usher_empty\na@example.com,phone\n", false).Rows(t.Context()) {
		if _, given := row.Record["phone"]; given || err != nil || len(row.Errors) > 0 {
			t.Errorf("got %v, %v, %v", row.Record, row.Errors, err)
		}
	}
}

func TestFailedRowsKeepEmpties(t *testing.T) {
	t.Parallel()
	r := openEmpties(t, "email,usher_empty,usher_line\na@example.com,phone,9\n", true)
	var b bytes.Buffer
	w, err := NewFailedWriter(t.Context(), &b, r, "")
	if err != nil {
		t.Fatal(err)
	}
	for row, err := range r.Rows(t.Context()) {
		if err != nil || w.Write(row.Number, "no", "mend") != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if want := "email,usher_empty,usher_line,usher_error,usher_hint\na@example.com,phone,2,no,mend\n"; b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}

package join

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/scratch"
	"github.com/bring-aboard/usher/pkg/schema"
)

func table() schema.Table {
	return schema.Table{
		{Name: "email", Format: schema.Email, Required: true, Title: "E-mail address", Aliases: []string{"mail"}},
		{Name: "oryId", Required: true, Flag: "ory-id"},
		{Name: "age", Kind: schema.Integer}, {Name: "roles", Kind: schema.Strings, Flag: "role"},
		{Name: "password", Secret: true},
	}
}

func TestParseSpec(t *testing.T) {
	for text, want := range map[string][3]string{
		"made.csv:email":            {"made.csv", "made", "email"},
		"/tmp/a.b/made.v2.csv:mail": {"/tmp/a.b/made.v2.csv", "made.v2", "email"},
		`C:\users\made.csv:ory-id`:  {`C:\users\made.csv`, "", "oryId"},
		"made.csv":                  {},
		":email":                    {},
		"made.csv:":                 {},
		"made.csv:nobody":           {},
		"made.csv:roles":            {},
		"made.csv:password":         {},
		"made.csv:e-mail address":   {"made.csv", "made", "email"},
	} {
		spec, err := ParseSpec(text, table())
		if want[0] == "" {
			if err == nil {
				t.Errorf("%q was read as %+v", text, spec)
			}
			continue
		}
		if err != nil || spec.File != want[0] || want[1] != "" && spec.Name != want[1] || spec.Field.Name != want[2] {
			t.Errorf("%q: got %+v, %v", text, spec, err)
		}
	}
}

func TestParseReference(t *testing.T) {
	for text, want := range map[string]Reference{
		"@made.id": {"made", "id"}, "@made.v2.ory id": {"made.v2", "ory id"},
	} {
		got, err := ParseReference(text)
		if err != nil || got != want || got.String() != text {
			t.Errorf("%q: got %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "made.id", "ada@example.com", "x"} {
		if _, err := ParseReference(text); !errors.Is(err, ErrNoReference) {
			t.Errorf("%q: %v", text, err)
		}
	}
	for _, text := range []string{"@", "@made", "@made.", "@.id"} {
		if _, err := ParseReference(text); err == nil || errors.Is(err, ErrNoReference) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// open joins a file of this name and text.
func open(t *testing.T, name, text string, values map[string]Reference) (*Join, error) {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	spec, err := ParseSpec(path+":email", table())
	if err != nil {
		t.Fatal(err)
	}
	j, err := Open(t.Context(), table(), []Spec{spec}, values, newScratch(t))
	if err == nil {
		t.Cleanup(func() {
			if err := j.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	return j, err
}

// newScratch returns a scratch file, which must be closed last.
func newScratch(t *testing.T) *scratch.File {
	t.Helper()
	file, err := scratch.New(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := file.Close(); err != nil {
			t.Error(err)
		}
	})
	return file
}

// plain checks records by the table alone.
func plain(record schema.Record) (schema.Record, schema.FieldErrors, error) {
	return record, table().Validate(record), nil
}

func TestJoin(t *testing.T) {
	const results = "line,status,id,key,class,error,hint\n" +
		"2,created,7a2e4c1f,Ada@Example.com,,,\n3,failed,,grace@example.com,invalid,no,mend\n" +
		"4,created,u1,twice@example.com,,,\n5,created,u2,twice@example.com,,,\n6,created,u3,same@example.com,,,\n7,existing,u3,same@example.com,,,\n"
	id := map[string]Reference{"oryId": {"made", "id"}}
	for name, text := range map[string]string{
		"made.csv":    results,
		"made.tsv":    strings.ReplaceAll(strings.ReplaceAll(results, "key", "E-mail address"), ",", "\t"),
		"made.ndjson": `{"line":2,"id":"7a2e4c1f","key":"Ada@Example.com"}` + "\n" + `{"line":3,"id":"","key":"grace@example.com"}` + "\n" + `{"id":"u1","key":"twice@example.com"}` + "\n" + `{"id":"u2","key":"twice@example.com"}` + "\n" + `{"id":"u3","key":"same@example.com"}` + "\n" + `{"id":"u3","key":"same@example.com"}` + "\n",
	} {
		t.Run(name, func(t *testing.T) {
			j, err := open(t, name, text, id)
			if err != nil {
				t.Fatal(err)
			}
			if got := j.Fields(); !slices.Equal(got, []string{"oryId"}) {
				t.Errorf("fills %q", got)
			}
			for _, test := range []struct {
				email, id string
				cause     schema.Cause
			}{
				{"ada@example.com", "7a2e4c1f", ""},
				{"same@example.com", "u3", ""},
				{"grace@example.com", "", NoValue},
				{"twice@example.com", "", TwoValues},
				{"nobody@example.com", "", NotJoined},
			} {
				given := schema.Record{"email": test.email}
				record, fieldErrs, err := j.Around(t.Context(), plain)(given)
				if err != nil {
					t.Fatal(err)
				}
				if record.Text("oryId") != test.id || len(given) != 1 {
					t.Errorf("%s: got %v of %v", test.email, record, given)
				}
				var causes []schema.Cause
				for _, fieldErr := range fieldErrs {
					causes = append(causes, fieldErr.Cause)
				}
				if test.cause == "" && causes != nil || test.cause != "" && !slices.Equal(causes, []schema.Cause{test.cause}) {
					t.Errorf("%s: faults %q, want %q", test.email, causes, test.cause)
				}
			}
			_, fieldErrs, err := j.Around(t.Context(), plain)(schema.Record{})
			if err != nil || len(fieldErrs) != 2 {
				t.Errorf("a record without a key: %v, %v", fieldErrs, err)
			}
		})
	}
}

// A value is read by the kind of the field that it is for.
func TestKinds(t *testing.T) {
	j, err := open(t, "made.csv", "mail,how old,is\na@example.com,7,admin;reader\nb@example.com,seven,admin\n", map[string]Reference{
		"oryId": {"made", "how old"}, "age": {"made", "how old"}, "roles": {"made", "is"},
	})
	if err != nil {
		t.Fatal(err)
	}
	record, fieldErrs, err := j.Around(t.Context(), plain)(schema.Record{"email": "a@example.com"})
	if err != nil || fieldErrs != nil || record["age"] != int64(7) || !slices.Equal(record["roles"].([]string), []string{"admin", "reader"}) {
		t.Errorf("got %v, %v, %v", record, fieldErrs, err)
	}
	if _, fieldErrs, _ := j.Around(t.Context(), plain)(schema.Record{"email": "b@example.com"}); len(fieldErrs) != 1 || fieldErrs[0].Field != "age" {
		t.Errorf("got %v", fieldErrs)
	}
}

func TestOpenRefuses(t *testing.T) {
	for _, test := range []struct {
		name, text string
		values     map[string]Reference
		want       string
	}{
		{"no value refers to it", "key,id\n", nil, "no --set uses it; for example --set FIELD=@made.id"},
		{"another name", "key,id\n", map[string]Reference{"oryId": {"other", "id"}}, "--set oryId=@other.id: no --join file is called other"},
		{"a secret", "key,id\n", map[string]Reference{"password": {"made", "id"}}, "password is secret and cannot be joined"},
		{"no such column", "key,name\na,b\n", map[string]Reference{"oryId": {"made", "id"}}, "no column for required field id"},
		{"no key", "name,id\na,b\n", map[string]Reference{"oryId": {"made", "id"}}, "no column for required field key"},
		{"nothing", "", map[string]Reference{"oryId": {"made", "id"}}, "the file is empty"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := open(t, "made.csv", test.text, test.values)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
	if _, err := Open(t.Context(), table(), []Spec{{File: filepath.Join(t.TempDir(), "none.csv"), Name: "none", Field: table()[0]}}, map[string]Reference{"oryId": {"none", "id"}}, newScratch(t)); err == nil {
		t.Error("a file that is not there was joined")
	}
}

func TestManyRows(t *testing.T) {
	var text strings.Builder
	text.WriteString("key,id\n")
	const rows = 20_000
	for n := range rows {
		fmt.Fprintf(&text, "p%d@example.com,id-%d\n", n, n)
	}
	j, err := open(t, "made.csv", text.String(), map[string]Reference{"oryId": {"made", "id"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{0, 1, rows / 2, rows - 1} {
		record, fieldErrs, err := j.Around(t.Context(), plain)(schema.Record{"email": fmt.Sprintf("p%d@example.com", n)})
		if err != nil || fieldErrs != nil || record.Text("oryId") != fmt.Sprintf("id-%d", n) {
			t.Errorf("%d: got %v, %v, %v", n, record, fieldErrs, err)
		}
	}
}

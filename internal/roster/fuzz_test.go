package roster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/pkg/schema"
)

// lenientTable takes any text, so that fuzzed rows get through.
func lenientTable() schema.Table {
	return schema.Table{
		{Name: "email"}, {Name: "roles", Kind: schema.Strings}, {Name: "age", Kind: schema.Integer}, {Name: "address.city"}, {Name: "password", Secret: true},
		{Name: "organizations", Kind: schema.Objects, Parts: []schema.Field{{Name: "organizationId", Required: true}, {Name: "roleId"}}},
	}
}

// fuzzRoster reads a file, and checks what holds for every file: each error is
// one of this package, rows are counted, places lie inside the file, and what
// is written back for the rows without faults is read as the same records.
func fuzzRoster(t *testing.T, data []byte, format Format) {
	o := Options{Table: lenientTable(), Format: format, MaxCell: 4 << 10, TempDir: t.TempDir()}
	all, written, err := reread(data, o)
	if err != nil {
		requireKnown(t, err)
		return
	}
	var sound []schema.Record
	for i, row := range all {
		if row.Number != i+1 || row.Line < 1 {
			t.Fatalf("row %d has the number %d and the line %d", i+1, row.Number, row.Line)
		}
		for _, rowErr := range row.Errors {
			if rowErr.Line < 1 || rowErr.Column < 0 || rowErr.Row != row.Number {
				t.Fatalf("the fault %v has no place", rowErr)
			}
		}
		if row.Errors == nil {
			sound = append(sound, row.Record)
		}
	}
	if len(sound) == 0 || strings.ContainsRune(fmt.Sprint(sound), '\uFFFD') {
		return // what was lost on reading cannot be written back
	}
	r, openErr := Open(context.Background(), Stream("data", bytes.NewReader(data)), o)
	if openErr != nil {
		t.Fatal(openErr)
	}
	defer func() { _ = r.Close() }()
	o.Format = r.format.name
	encoding := func(t textForm) {
		if !strings.HasPrefix(t.encoding.String(), "UTF-16") || !strings.HasSuffix(t.encoding.String(), "BOM") {
			o.Encoding = t.encoding.Name()
		}
	}
	switch form := r.form.(type) {
	case *delimitedForm:
		encoding(form.textForm)
		if form.dialect.preamble == "" {
			o.Delimiter = string(form.dialect.delimiter)
		}
	case *jsonForm:
		encoding(form.textForm)
	case *yamlForm:
		encoding(form.textForm)
	default:
		o.Encoding = ""
	}
	again, _, err := reread(written, o)
	if err != nil {
		t.Fatalf("%q was written and could not read: %v", written, err)
	}
	var same []schema.Record
	for _, row := range again {
		same = append(same, row.Record)
	}
	if !reflect.DeepEqual(same, sound) {
		t.Fatalf("%q was written, and read as\n%v\nwant\n%v", written, same, sound)
	}
}

// reread reads all rows and writes those without faults back.
func reread(data []byte, o Options) ([]Row, []byte, error) {
	r, err := Open(context.Background(), Stream("data", bytes.NewReader(data)), o)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = r.Close() }()
	var b bytes.Buffer
	f, err := NewFailedWriter(context.Background(), &b, r, "")
	if err != nil {
		return nil, nil, err
	}
	var all []Row
	for row, err := range r.Rows(context.Background()) {
		if err != nil {
			return nil, nil, err
		}
		if all = append(all, row); row.Errors == nil {
			if err := f.Write(row.Number, "message", "hint"); err != nil {
				return nil, nil, err
			}
		}
	}
	if got := r.Summary().Rows; got != len(all) {
		return nil, nil, errors.New("the summary counts other rows")
	}
	if err := f.Close(); err != nil {
		return nil, nil, err
	}
	return all, b.Bytes(), nil
}

// requireKnown fails on an error that is not one of this package.
func requireKnown(t *testing.T, err error) {
	t.Helper()
	var own *Error
	var rowErrs RowErrors
	if !errors.As(err, &own) && !errors.As(err, &rowErrs) {
		t.Fatalf("error %T: %v", err, err)
	}
	if strings.TrimSpace(err.Error()) == "" {
		t.Fatal("an error without a text")
	}
}

func FuzzDelimited(f *testing.F) {
	f.Add([]byte("email,roles,age\na@example.com,x;y,5\n\nb,\"c\nd\",\n"))
	f.Add([]byte("sep=;\r\nemail;organization id;role\r\n\"a\"\"\";1;2\r\n"))
	f.Add([]byte("\xff\xfee\x00m\x00a\x00i\x00l\x00\n\x00x\x00"))
	f.Add([]byte("Courriel\tVille\rZo\xeb\tK\xf6ln\r"))
	f.Add([]byte("email|\"age\nx\"y|1\n\"open"))
	f.Add([]byte("email,,email\n\x00"))
	f.Fuzz(func(t *testing.T, data []byte) { fuzzRoster(t, data, CSV) })
}

func FuzzJSON(f *testing.F) {
	f.Add([]byte(`[{"email":"a","roles":["x"],"age":5,"address":{"city":"y"}},{"address.city":"z","Mail":" b "}]`))
	f.Add([]byte(`{"organizations":[{"organizationId":"1"}]} {"organization id":"1;2","role":"3;4"}`))
	f.Add([]byte("[{\"email\":\"\\ud800\"},\n]"))
	f.Fuzz(func(t *testing.T, data []byte) { fuzzRoster(t, data, JSON) })
}

func FuzzNDJSON(f *testing.F) {
	f.Add([]byte("{\"email\":\"a\"}\n\n{\"email\":}\n{\"age\":1e3}\n"))
	f.Add([]byte("{\"usher_line\":1,\"email\":null,\"email\":2}\r\n17"))
	f.Fuzz(func(t *testing.T, data []byte) { fuzzRoster(t, data, NDJSON) })
}

func FuzzYAML(f *testing.F) {
	f.Add([]byte("- email: 007\n  roles: [a, b]\n- &x {email: 'b'}\n- *x\n- <<: *x\n  age: 5\n"))
	f.Add([]byte("email: a\n---\nemail: |\n  two\n  lines\n--- [{email: c}]\n"))
	f.Add([]byte("- mAil: |4-\n\n    0\n"))
	f.Add([]byte("- email: >2\n    a\n   b\n  roles: [\"\\n x\", '\u2028 y']\n"))
	f.Add([]byte("- &a [*a]\n- {? [x] : y}\n- !!binary aGk=\n"))
	f.Fuzz(func(t *testing.T, data []byte) { fuzzRoster(t, data, YAML) })
}

func FuzzXLSX(f *testing.F) {
	f.Add(ownBook(f, [][]string{{"email", "age"}, {"a", "5"}, {}, {"b"}}))
	f.Add(excelizeBook(f, [][]string{{"email", "Rollen"}, {"a", "x;y"}}))
	f.Fuzz(func(t *testing.T, data []byte) { fuzzRoster(t, data, XLSX) })
}

func FuzzRecognise(f *testing.F) {
	for _, seed := range []string{"email\nx\n", "[{}]", "{}\n{}", "- email: x", "PK\x03\x04", "\xD0\xCF\x11\xE0", "%PDF", "\x1f\x8b", "\ufeff---\n", "sep=\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, _, err := reread(data, Options{Table: lenientTable(), MaxCell: 4 << 10, TempDir: t.TempDir()}); err != nil {
			requireKnown(t, err)
		}
	})
}

func FuzzHeader(f *testing.F) {
	f.Add("E-mail\nRoles (a;b)\norganization id\nrole\n\n*\n")
	f.Add("email\nMAIL\nusher_line\n(\n[x]")
	f.Fuzz(func(t *testing.T, headers string) {
		o := Options{Table: lenientTable()}
		m, _ := newMatcher(o)
		columns := strings.Split(headers, "\n")
		p, faults, err := newPlan(columns, m, o)
		if err != nil {
			t.Fatal(err)
		}
		if len(p.columns) != len(columns) {
			t.Fatalf("%d columns for %d headers", len(p.columns), len(columns))
		}
		for _, fault := range faults {
			if fault.column < -1 || fault.column >= len(columns) || fault.Error() == "" {
				t.Fatalf("the fault %v has no place", fault)
			}
		}
		record, found, err := p.record(1, columns)
		if err != nil {
			t.Fatal(err)
		}
		if faults == nil && found == nil && record == nil {
			t.Fatal("neither a record nor a fault")
		}
	})
}

func FuzzOne(f *testing.F) {
	f.Add([]byte(suluSample))
	f.Add([]byte("email: x\nroles: [a]\naddress: {city: 1}\n"))
	f.Add([]byte("{\"email\": {\"a/b~\": [{}]}, \"emial\": 1}"))
	f.Add([]byte("email,roles\nx,y\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		record, _, err := One(Stream("data", bytes.NewReader(data)), lenientTable())
		if err != nil {
			requireKnown(t, err)
			return
		}
		if _, err := lenientTable().Encode(record); err != nil {
			t.Fatalf("%v cannot be sent: %v", record, err)
		}
	})
}

func FuzzLocate(f *testing.F) {
	f.Add([]byte(`{"a": [1, {"b/c": 2}]}`), "/a/1/b~1c")
	f.Add([]byte(` [ ]`), "/0")
	f.Fuzz(func(t *testing.T, text []byte, pointer string) {
		if at := locate(text, pointer); at < 0 || at > len(text) {
			t.Fatalf("%d lies outside", at)
		}
	})
}

func FuzzDialect(f *testing.F) {
	f.Add([]byte("a;b\n\"c;d\";e\n"), true)
	f.Add([]byte("sep=|\r\na|b"), false)
	f.Fuzz(func(t *testing.T, text []byte, whole bool) {
		if d := newDialect(text, whole, 0, 0); d.delimiter == 0 {
			t.Fatal("no delimiter")
		}
		if start, _ := lastCell(text, ','); start < 0 || start > len(text) {
			t.Fatalf("%d lies outside", start)
		}
	})
}

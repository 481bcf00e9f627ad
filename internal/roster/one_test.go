package roster

import (
	"errors"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/pkg/schema"
)

// suluSample is the --data of the vendor's own curl example.
const suluSample = `{
  "email": "jsmith@example.com",
  "oryId": "<string>",
  "organization": "<string>",
  "roles": [
    "<string>"
  ],
  "firstName": "<string>",
  "lastName": "<string>",
  "phone": "<string>",
  "address": {
    "line1": "<string>",
    "line2": "<string>",
    "city": "<string>",
    "state": "<string>",
    "country": "<string>",
    "zipCode": "<string>"
  }
}`

func suluSampleRecord() schema.Record {
	record := schema.Record{"email": "jsmith@example.com", "roles": []string{"<string>"}}
	for _, f := range suluTable() {
		if _, ok := record[f.Name]; !ok {
			record[f.Name] = "<string>"
		}
	}
	return record
}

func TestOneUserIsRead(t *testing.T) {
	ejento := schema.Record{"role": "User", "email": "[email protected]", "password": " jaydee ", "first_name": "jaydee", "last_name": "dee"}
	evolution := schema.Record{"identityName": "a", "organizations": []schema.Record{{"organizationId": "o", "roleId": "r"}}}
	for _, test := range []struct {
		name, file string
		data       []byte
		table      schema.Table
		want       schema.Record
	}{
		{"the vendor's sample", "user.json", []byte(suluSample), suluTable(), suluSampleRecord()},
		{"with a mark", "user.json", []byte("\ufeff" + suluSample), suluTable(), suluSampleRecord()},
		{"in UTF-16", "user", encoded(t, suluSample, "UTF-16LE with BOM"), suluTable(), suluSampleRecord()},
		{"without an ending", "user", []byte("\n\n" + suluSample + "\n"), suluTable(), suluSampleRecord()},
		{"JSON called YAML", "user.yaml", []byte(suluSample), suluTable(), suluSampleRecord()},
		{"values stay as they are", "user.json", []byte(`{"role": "User","email": "[email protected]","password": " jaydee ","first_name": "jaydee","last_name": "dee"}`), ejentoTable(), ejento},
		{"YAML", "user.yaml", []byte("# one\n---\nrole: User\nemail: '[email protected]'\npassword: \" jaydee \"\nfirst_name: jaydee\nlast_name: dee\n---\n"), ejentoTable(), ejento},
		{"YAML by content", "-", []byte("identityName: a\norganizations:\n- {organizationId: o, roleId: r}\n"), evolutionTable(), evolution},
		{"open types", "user.yaml", []byte("firstName: 007\nphone: null\nlastName: ~\noryId: 1e3\norganization: yes\naddress: {zipCode: 00123}\nroles: [1, two]"), suluTable(),
			schema.Record{"firstName": "007", "oryId": "1e3", "organization": "yes", "address.zipCode": "00123", "roles": []string{"1", "two"}}},
		{"flat names", "user.json", []byte(`{"address.line1": "", "address": {"city": "x"}, "phone": "", "email": null}`), suluTable(),
			schema.Record{"address.line1": "", "address.city": "x", "phone": ""}},
		{"an integer in the path", "user.json", []byte(`{"org_id": 12345678901234567}`), ejentoTable(), schema.Record{"org_id": int64(12345678901234567)}},
		{"nothing", "user.json", []byte(`{}`), suluTable(), schema.Record{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			source := File(save(t, test.file, test.data))
			if test.file == "-" {
				source = Stream("standard input", strings.NewReader(string(test.data)))
			}
			got, _, err := One(source, test.table)
			if err != nil || !reflect.DeepEqual(got, test.want) {
				t.Errorf("read %v, %v, want %v", got, err, test.want)
			}
		})
	}
}

func TestWhatIsWrongWithOneUser(t *testing.T) {
	for _, test := range []struct {
		name, file, data string
		reason           error
		want             string
	}{
		{"all at once", "user.json", "{\n  \"emial\": \"x\",\n  \"roles\": \"admin\",\n  \"address\": {\n    \"zip\": 1, \"city\": 5},\n  \"phone\": 1234, \"E-mail\": \"a@example.com\"\n}", nil,
			`user.json:6:18: "E-mail" is not a documented field (did you mean email?)
user.json:5:15: address.city must be a string, not the number 5
user.json:5:5: "address.zip" is not a documented field (did you mean address.city?)
user.json:2:3: "emial" is not a documented field (did you mean email?)
user.json:6:3: phone must be a string, not the number 1234
user.json:3:3: roles must be a list, not the string "admin"`},
		{"all at once in YAML", "user.yaml", "emial: x\nroles: {a: 1}\naddress:\n  city: [1]\n", nil,
			`user.yaml:4:3: address.city must be a string, not a list
user.yaml:1:1: "emial" is not a documented field (did you mean email?)
user.yaml:2:1: roles must be a list, not an object`},
		{"twice", "user.json", `{"address": {"city": "x"}, "address.city": "y"}`, nil, `user.json:1:28: duplicate keys "address" and "address.city": both set address.city (delete one of them)`},
		{"a list", "user.json", `[{"email": "x"}]`, Many, `user.json:1: expected one user, got a list of users (import them: usher users import user.json)`},
		{"a list from a stream", "-", "- email: x\n", Many, `standard input:1: expected one user, got a list of users (import them: usher users import -)`},
		{"two objects", "user.json", "{\"email\": \"x\"}\n\n{\"email\": \"y\"}", Many, `user.json:3: expected one user, got a second one here (import them: usher users import user.json)`},
		{"two documents", "user.yaml", "email: x\n---\nemail: y\n", Many, `user.yaml:3: expected one user, got a second one here (import them: usher users import user.yaml)`},
		{"a CSV file", "user.csv", "email\nx\n", Many, `user.csv: expected one user, got a table of users (import them: usher users import user.csv)`},
		{"CSV from a stream", "-", "email,oryId\nx,y\n", Many, `standard input: expected one user, got a table of users (import them: usher users import -)`},
		{"a workbook", "user.json", string(ownBook(t, grid())), Many, `user.json: expected one user, got a spreadsheet (import them: usher users import user.json)`},
		{"no object", "user.json", `"anna"`, WrongFormat, `user.json:1:1: each user must be an object (for example {"email": "name@example.com"})`},
		{"a text", "user", "anna", WrongFormat, `user:1:1: each user must be an object (for example {"email": "name@example.com"})`},
		{"empty", "user.json", "", Empty, `user.json: the file is empty`},
		{"blank", "user.json", " \n\t", Empty, `user.json: the file contains only blank lines`},
		{"comments", "user.yaml", "# nobody\n", Empty, `user.yaml: the file contains only comments`},
		{"broken JSON", "user.json", "{\n  \"email\": x\n}", Syntax, `user.json:2:12: invalid JSON: invalid character 'x' looking for beginning of value`},
		{"open JSON", "user.json", "{\n  \"email\": \"x\"", Syntax, `user.json:2:14: invalid JSON: unexpected EOF`},
		{"behind JSON", "user.json", "{}\n}", Syntax, `user.json:2:1: invalid JSON: unexpected data after the object`},
		{"a key twice", "user.json", "{\"a\": {\"b\": 1,\n\"b\": 2}}", Syntax, `user.json:2:1: duplicate key "b" (delete one of them)`},
		{"broken YAML", "user.yaml", "email: x\n\troles: y\n", Syntax, `user.yaml:2: invalid YAML: found a tab character that violates indentation (enclose texts with special characters in quotation marks)`},
		{"broken second YAML", "user.yaml", "email: x\n---\na: [\n", Syntax, `user.yaml:3: invalid YAML: did not find expected node content (enclose texts with special characters in quotation marks)`},
		{"a YAML key twice", "user.yaml", "email: x\nemail: y\n", Syntax, `user.yaml:2:1: duplicate key "email" (delete one of them)`},
		{"too large", "user.json", `{"email": "` + strings.Repeat("x", 5<<20), TooLarge, `user.json: too large for one user`},
		{"NUL", "user.json", "{\"email\": \"\x00\"}", WrongEncoding, `user.json:1:12: NUL character in the text (remove it; for UTF-16 use --encoding utf-16)`},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := save(t, test.file, []byte(test.data))
			source := File(path)
			if test.file == "-" {
				source = Stream("standard input", strings.NewReader(test.data))
			}
			_, _, err := One(source, suluTable())
			if err == nil {
				t.Fatal("no error")
			}
			var rowErrs RowErrors
			if test.reason != nil && !errors.Is(err, test.reason) || test.reason == nil && !errors.As(err, &rowErrs) {
				t.Errorf("error %T", err)
			}
			if got := strings.ReplaceAll(err.Error(), filepath.Dir(path)+string(filepath.Separator), ""); got != test.want {
				t.Errorf("error\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

func TestOneUserTellsNoSecret(t *testing.T) {
	const secret = "hunter2"
	for _, data := range []string{`{"password": ["` + secret + `"]}`, "password: {" + secret + ": x}\n", `{"password": 5` + "}", `{"password": "` + secret + `}`, "password: !!binary " + secret + "\n", "password: '" + secret + "\n", "password: *" + secret + "\n"} {
		_, _, err := One(Stream("standard input", strings.NewReader(data)), ejentoTable())
		if err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: error %v", data, err)
		}
	}
}

func TestOneUserTellsWhereAValueStands(t *testing.T) {
	const object = `{
  "identityName": "ada",
  "email": "ada@example.com",
  "organizations": [
    {"organizationId": "one", "roleId": "two"},
    {"organizationId": "three",
     "roleId": "four"}]
}`
	const inYAML = "identityName: ada\nemail: ada@example.com\norganizations:\n  - organizationId: one\n    roleId: two\n  - organizationId: three\n    roleId: four\n"
	for _, test := range []struct {
		text, field, value, want string
	}{
		{object, "organizations", "four", "user:7:6"},
		{object, "organizations", "one", "user:5:6"},
		{object, "organizations", "five", "user:4:3"},
		{object, "organizations", "", "user:4:3"},
		{object, "identityName", "ada", "user:2:3"},
		{object, "displayName", "", ""},
		{inYAML, "organizations", "four", "user:7:5"},
		{inYAML, "email", "ada@example.com", "user:2:1"},
	} {
		_, places, err := One(Stream("user", strings.NewReader(test.text)), evolutionTable())
		if err != nil {
			t.Fatal(err)
		}
		at, ok := places(&schema.FieldError{Field: test.field, Value: test.value})
		if ok != (test.want != "") || ok && at.String() != test.want {
			t.Errorf("%s %q: got %s, %v, want %s", test.field, test.value, at, ok, test.want)
		}
	}
}

package roster

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/pkg/schema"
)

func TestTemplates(t *testing.T) {
	const uuid = "00000000-0000-0000-0000-000000000000"
	for _, test := range []struct {
		name   string
		table  schema.Table
		header string
		want   schema.Record
	}{
		{"ejento", ejentoTable(), "org_id,role,email,password,first_name,last_name\n", schema.Record{
			"org_id": int64(1), "role": "Admin", "email": "name@example.com", "password": "example password", "first_name": "Example first_name", "last_name": "Example last_name",
		}},
		{"evolution", evolutionTable(), "identityName,displayName,organizations (ORGANIZATION-ID:ROLE-ID),email,firstName,lastName\n", schema.Record{
			"identityName": "Example identityName", "displayName": "Example displayName", "organizations": []schema.Record{{"organizationId": uuid, "roleId": uuid}},
			"email": "name@example.com", "firstName": "Example firstName", "lastName": "Example lastName",
		}},
	} {
		for _, format := range Formats() {
			var b bytes.Buffer
			if err := Template(&b, test.table, format); err != nil {
				t.Fatal(err)
			}
			path := save(t, "people."+string(format), b.Bytes())
			if format.IsTable() {
				if err := readAll(path, Options{Table: test.table}); !errors.Is(err, NoRows) {
					t.Errorf("%s %s: read with %v", test.name, format, err)
				}
				if format == CSV && b.String() != test.header {
					t.Errorf("%s: header %q", test.name, b.String())
				}
				continue
			}
			if got := records(t, open(t, path, Options{Table: test.table})); !reflect.DeepEqual(got, []schema.Record{test.want}) {
				t.Errorf("%s %s: read %v from\n%s", test.name, format, got, b.String())
			}
		}
	}
	var b bytes.Buffer
	if err := Template(&b, suluTable(), YAML); err != nil || !strings.HasPrefix(b.String(), "- email: \"name@example.com\"\n") {
		t.Errorf("wrote %v\n%s", err, b.String())
	}
	if err := Template(&b, suluTable(), "docx"); err == nil || !strings.Contains(err.Error(), "unknown roster format") {
		t.Errorf("error %v", err)
	}
}

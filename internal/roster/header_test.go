package roster

import (
	"context"
	"errors"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/pkg/schema"
)

// openError opens a file that cannot be read, and gives the error's text
// without the folder.
func openError(t testing.TB, path string, o Options) (string, error) {
	t.Helper()
	if o.Table == nil {
		o.Table = suluTable()
	}
	o.ConfirmEncoding = believe
	r, err := Open(context.Background(), File(path), o)
	if err == nil {
		_ = r.Close()
		t.Errorf("%s was opened", filepath.Base(path))
		return "", nil
	}
	return strings.ReplaceAll(err.Error(), filepath.Dir(path)+string(filepath.Separator), ""), err
}

func TestHeadersFindTheirFields(t *testing.T) {
	for _, test := range []struct {
		name  string
		table schema.Table
		want  map[string]string // field by header
	}{
		{"sulu", suluTable(), map[string]string{
			"email": "email", "EMAIL": "email", "E-mail address": "email", "mail": "email", "Courriel": "email", "e_mail": "email", "E-Mail-Adresse": "email", "Email *": "email",
			"oryId": "oryId", "Ory ID": "oryId", "ory-identity": "oryId",
			"Organisation": "organization", "org": "organization", "Organization ID": "organization",
			"role": "roles", "Roles": "roles", "Rôle": "roles", "Roles (separated by ;)": "roles",
			"Given name": "firstName", "first_name": "firstName", "Forename": "firstName", "Prénom": "firstName", "PRENOM": "firstName", "Vorname": "firstName",
			"surname": "lastName", "Last Name": "lastName", "family name": "lastName", "Nachname": "lastName", "Nom de famille": "lastName",
			"Telephone": "phone", "mobile": "phone", "Téléphone": "phone",
			"address.line1": "address.line1", "Address Line 1": "address.line1", "Street": "address.line1", "Straße": "address.line1", "address": "address.line1",
			"address line 2": "address.line2", "Adresse 2": "address.line2",
			"City": "address.city", "Ort": "address.city", "Country/Region": "address.country", "ZIP": "address.zipCode", "Postcode": "address.zipCode", "PLZ": "address.zipCode", "address-zip-code": "address.zipCode",
		}},
		{"ejento", ejentoTable(), map[string]string{
			"org_id": "org_id", "Organization": "org_id", "orgId": "org_id", "Kennwort": "password", "Initial password": "password", "First name": "first_name", "Role": "role", "Rolle": "role",
		}},
		{"evolution", evolutionTable(), map[string]string{
			"identityName": "identityName", "Login": "identityName", "User name": "identityName", "UPN": "identityName", "Full name": "displayName", "Nom complet": "displayName",
			"organizations": "organizations", "Organisations": "organizations", "organizations (ORGANIZATION-ID:ROLE-ID)": "organizations",
			"organizations.organizationId": "organizations.organizationId", "organization id": "organizations.organizationId", "Organisation ID": "organizations.organizationId",
			"roleId": "organizations.roleId", "Role": "organizations.roleId",
		}},
	} {
		m, _ := newMatcher(Options{Table: test.table})
		for header, want := range test.want {
			if found := m.match(header); found.verdict != matched || found.target.name() != want {
				t.Errorf("%s: %q is %+v, want %s", test.name, header, found, want)
			}
		}
	}
}

func TestEveryCommonWordHasOneMeaningATable(t *testing.T) {
	words := 0
	for _, table := range []schema.Table{suluTable(), ejentoTable(), evolutionTable()} {
		m, _ := newMatcher(Options{Table: table})
		for _, one := range m.words.meanings {
			for word := range strings.SplitSeq(one.words, ",") {
				words++
				if found := m.match(strings.TrimSpace(word)); found.verdict == ambiguous && one.name != "state" {
					t.Errorf("%q could be %v", word, found.names)
				}
				if got := m.words.meaningOf(word); got == nil || got.name != one.name {
					t.Errorf("%q has two meanings: %q and %+v", word, one.name, got)
				}
			}
		}
	}
	if words < 3000 {
		t.Errorf("only %d words were tried", words)
	}
}

func TestAllFaultsOfAHeaderAreReportedAtOnce(t *testing.T) {
	for _, test := range []struct {
		name, text string
		options    Options
		want       []string
	}{
		{"unknown, twice, missing", "\"Vorname\nund so\",E-Mail,mail,E-mial,Notes (internal),Phone,phone,firstName\nx,x,x,x,x,x,x,x\n", Options{}, []string{
			`people.csv:1:1 (Vorname und so): unknown column "Vorname und so" (map it: --map 'Vorname und so=FIELD', or ignore it: --ignore-column 'Vorname und so')`,
			`people.csv:2:21 (E-mial): unknown column "E-mial" (did you mean email? --map E-mial=email, or ignore it: --ignore-column E-mial)`,
			`people.csv:2:28 (Notes (internal)): unknown column "Notes (internal)" (map it: --map 'Notes (internal)=FIELD', or ignore it: --ignore-column 'Notes (internal)')`,
			`people.csv:2:51 (phone): duplicate column "phone": columns 6/F and 7/G (delete one of them, or change the header of one)`,
			`people.csv:1: no column for required field oryId (specify its column: --map HEADER=oryId, or set one value for all rows: --set oryId=VALUE)`,
			`people.csv:1: no column for required field organization (specify its column: --map HEADER=organization, or set one value for all rows: --set organization=VALUE)`,
		}},
		{"a mapping to nothing", "email,oryId,organization\na@example.com,1,2\n", Options{Map: map[string]string{"Mail": "emial"}}, []string{
			`people.csv: --map Mail=emial: unknown field "emial" (did you mean email?)`,
		}},
		{"values that are set", "email,oryId,phone\na@example.com,1,2\n", Options{Set: map[string]string{"organisation": "x", "Phone": "y", "organization": "org_1"}}, []string{
			`people.csv:1:13 (phone): phone: duplicate value, from this column and from --set Phone (omit --set, or ignore the column: --ignore-column phone)`,
			`people.csv:1: --set: unknown field "organisation" (did you mean organization?)`,
		}},
		{"a value that is wrong", "oryId,organization\n1,2\n", Options{Set: map[string]string{"email": "nobody"}}, []string{
			`people.csv:1: email "nobody" is not an email address (for example name@example.com)`,
		}},
		{"a secret", "email,org_id,role,first_name,last_name\na@example.com,1,User,A,B\n", Options{Table: ejentoTable(), Set: map[string]string{"password": "hunter2"}}, []string{
			`people.csv:1: --set password would show a secret in the list of processes (add a column for it, or generate it)`,
		}},
		{"no column of passwords", "email,org_id,role,first_name,last_name\na@example.com,1,User,A,B\n", Options{Table: ejentoTable()}, []string{
			`people.csv:1: no column for required field password (specify its column: --map HEADER=password, or generate one for each row: --generate-passwords --credentials FILE)`,
		}},
		{"half of a list of objects", "login,full name,e-mail,first name,last name,organization id\na,b,c,d,e,f\n", Options{Table: evolutionTable(), Set: map[string]string{"roleId": "x"}}, []string{
			`people.csv:1: --set roleId is one property of organizations (set the whole field: --set organizations=ORGANIZATION-ID:ROLE-ID)`,
			`people.csv:1: no column for organizations.roleId, although organizations has other columns (specify its column: --map HEADER=organizations.roleId)`,
		}},
		{"a list of objects twice", "login,full name,e-mail,first name,last name,organizations,role\na,b,c,d,e,f,g\n", Options{Table: evolutionTable()}, []string{
			`people.csv:1:59 (role): columns "organizations" (6/F) and "role" (7/G) are both for organizations.roleId (ignore one of them: --ignore-column role)`,
			`people.csv:1: no column for organizations.organizationId, although organizations has other columns (specify its column: --map HEADER=organizations.organizationId)`,
		}},
		{"values without a header", "email,,oryId,organization,\na@example.com,,1,2,\nb@example.com,,1,2,x\nc@example.com,y,1,2,x\n", Options{}, []string{
			`people.csv:3:20: column 5/E has values but no header (add a header, or ignore it: --ignore-column E)`,
			`people.csv:4:15: column 2/B has values but no header (add a header, or ignore it: --ignore-column B)`,
		}},
		{"an ambiguous word", "Tel,id,Vorname\na,b,c\n", Options{Table: schema.Table{{Name: "phone"}, {Name: "telephone"}, {Name: "id"}, {Name: "given"}}}, []string{
			`people.csv:1:1 (Tel): ambiguous column "Tel": could be phone or telephone (choose one: --map Tel=phone; or ignore it: --ignore-column Tel)`,
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := openError(t, save(t, "people.csv", []byte(test.text)), test.options)
			var rowErrs RowErrors
			if !errors.As(err, &rowErrs) {
				t.Fatalf("error %T %v", err, err)
			}
			if want := strings.Join(test.want, "\n"); got != want {
				t.Errorf("reported\n%s\nwant\n%s", got, want)
			}
			if strings.Contains(got, "hunter2") {
				t.Error("a secret is told")
			}
		})
	}
}

func TestColumnsAreDescribed(t *testing.T) {
	text := "Work address,usher_line,Notes,E-mail,,oryId,Org,Usher Error,usher_hint\nx@example.com,17,x,y,,1,2,bad,worse\n"
	r := open(t, save(t, "people.csv", []byte(text)), Options{
		Map: map[string]string{"work ADDRESS": "email", "Handle": "oryId", "e-mail": "phone"}, Ignore: []string{"notes", "Comments"},
	})
	want := []Column{
		{Header: "Work address", Number: 1, Field: "email"}, {Header: "usher_line", Number: 2}, {Header: "Notes", Number: 3}, {Header: "E-mail", Number: 4, Field: "phone"},
		{Number: 5}, {Header: "oryId", Number: 6, Field: "oryId"}, {Header: "Org", Number: 7, Field: "organization"}, {Header: "Usher Error", Number: 8}, {Header: "usher_hint", Number: 9},
	}
	if got := r.Description().Columns; !reflect.DeepEqual(got, want) {
		t.Errorf("columns %+v", got)
	}
	if got := r.Description().Unused; !slices.Equal(got, []string{"Handle", "Comments"}) {
		t.Errorf("unused %q", got)
	}
	if got := records(t, r); !reflect.DeepEqual(got, []schema.Record{{"email": "x@example.com", "oryId": "1", "organization": "2", "phone": "y"}}) {
		t.Errorf("read %v", got)
	}
}

func TestSetValuesAndDefaults(t *testing.T) {
	text := "email,oryId,phone\na@example.com,1,\nb@example.com,2,5\n"
	for file, text := range map[string]string{
		"people.csv":    text,
		"people.ndjson": `{"email":"a@example.com","oryId":"1","Telephone":""}` + "\n" + `{"email":"b@example.com","oryId":"2","phone":"5"}`,
	} {
		r := open(t, save(t, file, []byte(text)), Options{
			Set: map[string]string{"Roles": "admin;user"}, Defaults: schema.Record{"organization": "org_1", "phone": "0", "roles": []string{"none"}},
		})
		want := []schema.Record{
			{"email": "a@example.com", "oryId": "1", "organization": "org_1", "phone": "0", "roles": []string{"admin", "user"}},
			{"email": "b@example.com", "oryId": "2", "organization": "org_1", "phone": "5", "roles": []string{"admin", "user"}},
		}
		if strings.HasSuffix(file, ".csv") {
			want[0]["roles"], want[1]["roles"] = []string{"admin", "user"}, []string{"admin", "user"}
		}
		if got := records(t, r); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: read %v, want %v", file, got, want)
		}
	}
}

func TestFieldsThatComeLaterMayBeMissing(t *testing.T) {
	o := Options{Table: ejentoTable(), Set: map[string]string{"org_id": "5"}, Later: []string{"password"}}
	for _, text := range []string{
		"email,role,first_name,last_name\na@example.com,User,A,B\n",
		"email,role,first_name,last_name,password\na@example.com,User,A,B,\n",
	} {
		r := open(t, save(t, "people.csv", []byte(text)), o)
		want := []schema.Record{{"org_id": int64(5), "email": "a@example.com", "role": "User", "first_name": "A", "last_name": "B"}}
		if got := records(t, r); !reflect.DeepEqual(got, want) {
			t.Errorf("read %v", got)
		}
	}
}

func TestListsOfObjects(t *testing.T) {
	const a, b, c = "11111111-1111-1111-1111-111111111111", "22222222-2222-2222-2222-222222222222", "33333333-3333-3333-3333-333333333333"
	want := []schema.Record{{"organizationId": a, "roleId": b}, {"organizationId": c, "roleId": b}}
	for _, text := range []string{
		"login,full name,e-mail,first name,last name,organizations\na,b,c,d,e," + a + ":" + b + "; " + c + ":" + b + "\n",
		"login,full name,e-mail,first name,last name,organization id,role id\na,b,c,d,e," + a + " ;" + c + ";," + b + "; " + b + "\n",
		`[{"identityName":"a","displayName":"b","email":"c","firstName":"d","lastName":"e","organizations":[{"organizationId":"` + a + `","roleId":"` + b + `"},{"organizationId":"` + c + `","roleId":"` + b + `"}]}]`,
		`[{"identityName":"a","displayName":"b","email":"c","firstName":"d","lastName":"e","Organisations":"` + a + ":" + b + ";" + c + ":" + b + `"}]`,
		`[{"identityName":"a","displayName":"b","email":"c","firstName":"d","lastName":"e","organization id":"` + a + ";" + c + `","Role":"` + b + ";" + b + `"}]`,
		"- {identityName: a, displayName: b, email: c, firstName: d, lastName: e, organizations: [" + a + ":" + b + ", {organizationId: " + c + ", roleId: " + b + "}]}\n",
	} {
		r := open(t, save(t, "people", []byte(text)), Options{Table: evolutionTable()})
		got := records(t, r)
		if len(got) != 1 || !reflect.DeepEqual(got[0]["organizations"], want) {
			t.Errorf("%s\nread %v", text, got)
		}
	}
}

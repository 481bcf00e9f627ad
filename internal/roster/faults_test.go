package roster

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

func TestFaultsOfRowsHaveTheirPlace(t *testing.T) {
	const header = "E-mail;oryId;organization;Vorname\n"
	for _, test := range []struct {
		name, file, text string
		options          Options
		want             []string
	}{
		{"values", "people.csv", header + "zoë@example;1;;x\n\nnobody;2;o;x\n;;;x\n", Options{}, []string{
			`people.csv:2:15 (organization): organization is required`,
			`people.csv:4:1 (E-mail): email "nobody" is not an email address (for example name@example.com)`,
			`people.csv:5:1 (E-mail): email is required`,
			`people.csv:5:2 (oryId): oryId is required`,
			`people.csv:5:3 (organization): organization is required`,
		}},
		{"places behind a line break", "people.csv", "Vorname;oryId;organization;E-mail\n\"Zoë\n–\";1;o;nobody\n", Options{}, []string{
			`people.csv:3:8 (E-mail): email "nobody" is not an email address (for example name@example.com)`,
		}},
		{"width", "people.csv", header + "a@example.com;1\nb@example.com;1;o;x;;\nc@example.com;1;o;Zoë;Smith\n", Options{}, []string{
			`people.csv:2: row has 2 cells, but the header has 4 (add the delimiters that are missing)`,
			`people.csv:4:23: row has 5 cells, but the header has 4 (enclose a value that contains the delimiter in quotation marks)`,
		}},
		{"quotes", "people.csv", header + "a@example.com;1;o;Zoë \"Z\"\n\"a@example.com\" ;1;o;x\nb@example.com;1;o;\"a\nb\"c\"\nc@example.com;1;o;x\n", Options{}, []string{
			`people.csv:2:23: quotation mark in an unquoted cell (enclose the cell in quotation marks and double the inner one: "5"" disk")`,
			`people.csv:3:1: text after a closing quotation mark (double each quotation mark that is part of the text: "Anna ""Annie"" Smith")`,
			`people.csv:4:19: text after a closing quotation mark (double each quotation mark that is part of the text: "Anna ""Annie"" Smith")`,
		}},
		{"a large cell", "people.csv", header + "a@example.com;1;o;" + strings.Repeat("x", 2<<20) + "\nb@example.com;1;o;x\n", Options{}, []string{
			`people.csv:2:19 (Vorname): cell larger than 1 MiB (shorten it)`,
		}},
		{"wrong types", "people.csv", "org_id,email,role,first name,last name,password\nx,a@example.com,User,A,B,hunter2\n5,hunter2,User,A,B,\n", Options{Table: ejentoTable()}, []string{
			`people.csv:2:1 (org_id): org_id "x" is not a whole number`,
			`people.csv:3:3 (email): email "hunter2" is not an email address (for example name@example.com)`,
			`people.csv:3:20 (password): password is required`,
		}},
		{"lists of objects", "people.csv", "login,full name,e-mail,first name,last name,organization id,role id\n" +
			"a,b,c,d,e,11111111-1111-1111-1111-111111111111;2,22222222-2222-2222-2222-222222222222\n" +
			"a,b,c,d,e,11111111-1111-1111-1111-111111111111,x\na,b,c,d,e,,\n", Options{Table: evolutionTable()}, []string{
			`people.csv:2:50 (role id): organizations: 2 of organizationId, 1 of roleId (use the same number of values in each list, separated by semicolons, in the same order)`,
			`people.csv:3:48 (role id): organizations[0].roleId "x" is not a UUID (for example 123e4567-e89b-12d3-a456-426614174000)`,
			`people.csv:4:11 (organization id): organizations is required`,
		}},
		{"ndjson", "people.ndjson", `{"email":"a@example.com","oryId":"1","organization":"o"}
{"email":"b@example.com",

[1]
{"email":"c@example.com","email":"d@example.com"}
{"email":"nobody", "oryId":1, "organization":"o", "address":{"zip":"1"}, "Phone number":5, "wat":1}
{"organization":"o","mail":"e@example.com","E-Mail":"f@example.com","oryId":"\ud800"}
` + `{"x":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + "}\n" + `{"email":"` + strings.Repeat("x", 1100) + "\"}\n" + strings.Repeat("x", 5000) + "\n" + `{"email":"g@example.com","oryId":"1","organization":"o"} x`, Options{MaxCell: 1 << 10}, []string{
			`people.ndjson:2:25: invalid JSON: unexpected end of JSON input`,
			`people.ndjson:4:1: each user must be an object (for example {"email": "name@example.com"})`,
			`people.ndjson:5:26: duplicate key "email" (delete one of them)`,
			`people.ndjson:6:92: unknown key "wat" (map it: --map wat=FIELD, or ignore it: --ignore-column wat)`,
			`people.ndjson:6:62: "address.zip" is not a documented field (did you mean address.city?)`,
			`people.ndjson:6:20: oryId must be a string, not the number 1`,
			`people.ndjson:6:74: phone must be a string, not the number 5`,
			`people.ndjson:6:2: email "nobody" is not an email address (for example name@example.com)`,
			`people.ndjson:7:21: duplicate keys "E-Mail" and "mail": both set email (delete one of them)`,
			`people.ndjson:8:37: nested more than 32 levels deep`,
			`people.ndjson:9:10: value larger than 1 KiB (shorten it)`,
			`people.ndjson:10:1: line larger than 4 KiB (write one object per line)`,
			`people.ndjson:11:58: invalid JSON: invalid character 'x' after top-level value`,
		}},
		{"json", "people.json", "[\n  {\"email\": \"nobody\",\n   \"oryId\": \"1\", \"Organization\": null},\n  17\n]", Options{}, []string{
			`people.json:2:4: email "nobody" is not an email address (for example name@example.com)`,
			`people.json:2:3: organization is required`,
			`people.json:4:3: each user must be an object (for example {"email": "name@example.com"})`,
		}},
		{"lists of objects by keys", "people.ndjson", `{"identityName":"a","displayName":"b","email":"c","firstName":"d","lastName":"e","organization id":"1","organizations":"x","Role":"2"}
{"identityName":"a","displayName":"b","email":"c","firstName":"d","lastName":"e","Organisations":"x:y","organization id":"1"}
{"identityName":"a","displayName":"b","email":"c","firstName":"d","lastName":"e","organization id":["1"],"Role":"2;3"}
{"identityName":"a","displayName":"b","email":"c","firstName":"d","lastName":"e","organization id":"1;2","Role":"2"}
{"identityName":"a","displayName":"b","email":"c","firstName":"d","lastName":"e","organizations":[{"organizationId":"x","roleId":"y","z":1}]}
`, Options{Table: evolutionTable()}, []string{
			`people.ndjson:1:104: duplicate keys "organization id" and "organizations": both set organizations (delete one of them)`,
			`people.ndjson:1:82: organizations[0].organizationId "1" is not a UUID (for example 123e4567-e89b-12d3-a456-426614174000)`,
			`people.ndjson:1:124: organizations[0].roleId "2" is not a UUID (for example 123e4567-e89b-12d3-a456-426614174000)`,
			`people.ndjson:2:104: duplicate keys "Organisations" and "organization id": both set organizations.organizationId (delete one of them)`,
			`people.ndjson:2:82: organizations[0].organizationId "x" is not a UUID (for example 123e4567-e89b-12d3-a456-426614174000)`,
			`people.ndjson:2:82: organizations[0].roleId "y" is not a UUID (for example 123e4567-e89b-12d3-a456-426614174000)`,
			`people.ndjson:3:82: organizations.organizationId must be a string here (separate several values with semicolons)`,
			`people.ndjson:3:106: organizations: 0 of organizationId, 2 of roleId (use the same number of values in each list, separated by semicolons, in the same order)`,
			`people.ndjson:4:106: organizations: 2 of organizationId, 1 of roleId (use the same number of values in each list, separated by semicolons, in the same order)`,
			`people.ndjson:5:134: "z" is not a documented field`,
			`people.ndjson:5:82: organizations[0].organizationId "x" is not a UUID (for example 123e4567-e89b-12d3-a456-426614174000)`,
			`people.ndjson:5:82: organizations[0].roleId "y" is not a UUID (for example 123e4567-e89b-12d3-a456-426614174000)`,
		}},
		{"set beside a key", "people.json", `[{"email": "a@example.com", "oryId": "1", "organization": "o", "address": {"city": "x"}}]`, Options{Set: map[string]string{"address.city": "y", "organization": "p"}}, []string{
			`people.json:1:76: address.city: duplicate value, from this object and from --set address.city (omit one of them)`,
			`people.json:1:43: organization: duplicate value, from this object and from --set organization (omit one of them)`,
		}},
		{"yaml", "people.yaml", `
- email: nobody
  oryId: "1"
  organization: o
  phone: 007
  roles: admin
- email: a@example.com
  email: b@example.com
- !!binary aGk=
- just a text
- {email: a@example.com, oryId: 1, organization: o, phone: {}, wat: 1, roles: [{}], ? [x] : y}
- {email: a@example.com, oryId: 1, organization: o, phone: {}, roles: [x, {}]}
`, Options{}, []string{
			`people.yaml:2:3: email "nobody" is not an email address (for example name@example.com)`,
			`people.yaml:8:3: duplicate key "email" (delete one of them)`,
			`people.yaml:9:3: unsupported tag !!binary`,
			`people.yaml:10:3: each user must be an object (for example {"email": "name@example.com"})`,
			`people.yaml:11:87: key must be a text`,
			`people.yaml:12:53: phone must be a string, not an object`,
			`people.yaml:12:75: roles[1] must be a string, not an object`,
		}},
		{"yaml aliases", "people.yaml", "- &a {x: [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]}\n- &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]\n- &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]\n- &d [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c]\n- {email: *d}\n- &self {email: [*self]}\n", Options{Ignore: []string{"x"}, Defaults: map[string]any{"email": "a@example.com", "oryId": "1", "organization": "o"}}, []string{
			`people.yaml:2:3: each user must be an object (for example {"email": "name@example.com"})`,
			`people.yaml:3:3: each user must be an object (for example {"email": "name@example.com"})`,
			`people.yaml:4:35: object with more than 10000 values, with aliases resolved (a user has a few dozen values at most)`,
			`people.yaml:5:11: object with more than 10000 values, with aliases resolved (a user has a few dozen values at most)`,
			`people.yaml:6:18: nested more than 32 levels deep`,
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := open(t, save(t, test.file, []byte(test.text)), test.options)
			got, want := strings.Join(faultsOf(t, r), "\n"), strings.Join(test.want, "\n")
			if got != want {
				t.Errorf("reported\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func TestNoFaultTellsASecret(t *testing.T) {
	const secret = "hunter2"
	for file, text := range map[string]string{
		"people.csv":    "org_id,email,role,first name,last name,password\nx,y,,,\"" + secret + "\"" + secret + "\n1,,,,," + secret + "," + secret + "\n",
		"people.json":   `[{"password": ["` + secret + `"]}, {"password": {"` + secret + `": 1}}, {"password": 5, "Kennwort": "` + secret + `"}]`,
		"people.yaml":   "- password: [" + secret + "]\n- password: {x: " + secret + "}\n- password: !!binary " + secret + "\n",
		"people.ndjson": `{"password": "` + secret + "\n" + `{"password": "` + secret + `",}`,
	} {
		r := open(t, save(t, file, []byte(text)), Options{Table: ejentoTable()})
		faults := faultsOf(t, r)
		if len(faults) == 0 {
			t.Errorf("%s has no fault", file)
		}
		for _, fault := range faults {
			if strings.Contains(fault, secret) {
				t.Errorf("%s: %s", file, fault)
			}
		}
	}
}

// book makes a workbook with values of any type and with formats.
func book(t *testing.T, fill func(f *excelize.File) error) string {
	t.Helper()
	f := excelize.NewFile()
	defer func() { _ = f.Close() }()
	if err := fill(f); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "people.xlsx")
	if err := f.SaveAs(path); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestWorksheetsTellWhatMayBeWrong(t *testing.T) {
	path := book(t, func(f *excelize.File) error {
		zip, err := f.NewStyle(&excelize.Style{CustomNumFmt: new("00000")})
		if err != nil {
			return err
		}
		date, err := f.NewStyle(&excelize.Style{NumFmt: 14})
		return errors.Join(err,
			f.SetSheetRow("Sheet1", "A1", &[]any{"E-mail", "oryId", "Org", "PLZ", "Phone", "Role", "", " "}),
			f.SetSheetRow("Sheet1", "A2", &[]any{"a@example.com", 3, "o", 1067, 491511234567, "admin\u00a0"}),
			f.SetSheetRow("Sheet1", "A5", &[]any{"b@example.com", "x", "o", 1067, 123, 45352}),
			f.SetCellStyle("Sheet1", "D5", "D5", zip), f.SetCellStyle("Sheet1", "F5", "F5", date), f.SetRowVisible("Sheet1", 5, false),
			f.SetSheetRow("Sheet1", "A6", &[]any{"c@example.com", "x", nil, "1.2E+10", "Z\ufffd"}), f.SetCellFormula("Sheet1", "C6", "1+1"),
			f.SetSheetRow("Sheet1", "A7", &[]any{"nobody", "x", "o", nil, nil, nil, nil, nil, "beyond"}),
			f.MergeCell("Sheet1", "A9", "B9"), f.SetColWidth("Sheet1", "A", "C", 20),
		)
	})
	r := open(t, path, Options{})
	got := strings.Join(faultsOf(t, r), "\n")
	want := `people.xlsx:Sheet1!C6 (Org): formula without a result (open it in a spreadsheet program and save it)
people.xlsx:Sheet1!I7: cell has no column header (delete it, or add a header to its column)`
	if got != want {
		t.Errorf("faults\n%s\nwant\n%s", got, want)
	}
	var warnings []string
	for _, w := range r.Summary().Warnings {
		warnings = append(warnings, strings.ReplaceAll(w.String(), filepath.Dir(path)+"/", ""))
	}
	wantWarnings := []string{
		"people.xlsx:Sheet1!B2 (oryId): 1 value: " + string(LostZero),
		"people.xlsx:Sheet1!D2 (PLZ): 1 value: " + string(LostZero),
		"people.xlsx:Sheet1!E2 (Phone): 1 value: " + string(Exponent),
		"people.xlsx:Sheet1!5: 1 row: " + string(HiddenRow),
		"people.xlsx:Sheet1!E5 (Phone): 1 value: " + string(LostZero),
		"people.xlsx:Sheet1!F5 (Role): 1 value: " + string(LikeDate),
		"people.xlsx:Sheet1!D6 (PLZ): 1 value: " + string(Exponent),
		"people.xlsx:Sheet1!E6 (Phone): 1 value: " + "text contains the replacement character U+FFFD",
	}
	if strings.Join(warnings, "\n") != strings.Join(wantWarnings, "\n") {
		t.Errorf("warnings\n%s\nwant\n%s", strings.Join(warnings, "\n"), strings.Join(wantWarnings, "\n"))
	}
	if s := r.Summary(); s.Rows != 4 || s.Trimmed != 2 {
		t.Errorf("summary %+v", s)
	}
	all := rows(t, r)
	if r := all[0].Record; r["phone"] != "491511234567" || r["oryId"] != "3" || all[1].Record["address.zipCode"] != "01067" {
		t.Errorf("read %v", r)
	}
}

func TestSheetsAreChosen(t *testing.T) {
	path := book(t, func(f *excelize.File) error {
		_, first := f.NewSheet("Zoë's people")
		_, second := f.NewSheet("2")
		header := []any{"E-mail", "oryId", "Org"}
		return errors.Join(first, second, f.SetSheetVisible("2", false),
			f.SetSheetRow("Sheet1", "A1", &header), f.SetSheetRow("Zoë's people", "A1", &header), f.SetSheetRow("2", "A1", &header),
			f.SetSheetRow("Sheet1", "A2", &[]any{"one@example.com", "x", "o"}), f.SetSheetRow("Zoë's people", "A2", &[]any{"two@example.com", "x", "o"}),
			f.SetSheetRow("2", "A2", &[]any{"three@example.com", "x", "o"}))
	})
	for wanted, want := range map[string]string{"": "one", "Sheet1": "one", "zoë's PEOPLE": "two", "2": "three", "3": "three", "1": "one"} {
		r := open(t, path, Options{Sheet: wanted})
		if got := records(t, r)[0].Text("email"); got != want+"@example.com" {
			t.Errorf("--sheet %q: %s", wanted, got)
		}
		if got := fmt.Sprintf("%q", r.Description().Sheets); got != `["Sheet1" "Zoë's people"]` {
			t.Errorf("sheets %s", got)
		}
	}
	_, err := Open(context.Background(), File(path), Options{Table: suluTable(), Sheet: "Leute"})
	if want := `worksheet not found: "Leute" (choose one with --sheet: 1 "Sheet1", 2 "Zoë's people", 3 "2" (hidden))`; !errors.Is(err, NoSheet) || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("error %v", err)
	}
}

package roster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/bring-aboard/usher/internal/roster/charset"
	"github.com/bring-aboard/usher/internal/roster/xlsx"
	"github.com/bring-aboard/usher/pkg/schema"
)

// save writes a file into a folder of this test and gives its path.
func save(t testing.TB, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// open opens a file for reading by Sulu's fields.
func open(t testing.TB, path string, o Options) *Roster {
	t.Helper()
	if o.Table == nil {
		o.Table = suluTable()
	}
	o.ConfirmEncoding = believe
	r, err := Open(context.Background(), File(path), o)
	if err != nil {
		t.Fatalf("%s: %v", filepath.Base(path), err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

// rows reads all rows.
func rows(t testing.TB, r *Roster) []Row {
	t.Helper()
	var all []Row
	for row, err := range r.Rows(context.Background()) {
		if err != nil {
			t.Fatalf("after %d rows: %v", len(all), err)
		}
		all = append(all, row)
	}
	return all
}

// records reads all rows, which must have no fault.
func records(t testing.TB, r *Roster) []schema.Record {
	t.Helper()
	var all []schema.Record
	for _, row := range rows(t, r) {
		for _, rowErr := range row.Errors {
			t.Errorf("row %d: %v", row.Number, rowErr)
		}
		all = append(all, row.Record)
	}
	return all
}

// faultsOf reads all rows and gives the faults, without the folder.
func faultsOf(t testing.TB, r *Roster) []string {
	t.Helper()
	folder := filepath.Dir(r.Description().File) + string(filepath.Separator)
	var all []string
	for _, row := range rows(t, r) {
		for _, rowErr := range row.Errors {
			all = append(all, strings.ReplaceAll(rowErr.Error(), folder, ""))
		}
	}
	return all
}

// crowd is the users that every file of this test holds.
func crowd() []schema.Record {
	return []schema.Record{
		{"email": "zoe@example.com", "oryId": "ory-1", "organization": "org_1", "roles": []string{"admin", "user"}, "firstName": "Zoë", "lastName": "Smith, Jr.", "phone": "+49 151 1", "address.line1": "Hauptstraße 1\nHinterhaus", "address.zipCode": "01067"},
		{"email": "jose@example.com", "oryId": "ory-2", "organization": "org_1", "roles": []string{"user"}, "firstName": "José", "lastName": `O"Neil; "B"`, "address.zipCode": "00123"},
		{"email": "ana@example.com", "oryId": "ory-3", "organization": "org_2", "firstName": "Ana", "lastName": "Müller|Tab"},
	}
}

// grid gives the crowd as a table with shuffled columns, human headers,
// white space and invisible characters around the values, and a blank row.
func grid() [][]string {
	table := [][]string{{"Family name", " Given name\u00a0", "PLZ", "E-mail address", "Rôles", "Ory identity", "Organisation", "Telephone", "Street", "City"}}
	for _, r := range crowd() {
		roles, _ := r["roles"].([]string)
		table = append(table, []string{
			r.Text("lastName"), "\u00a0" + r.Text("firstName") + "  ", r.Text("address.zipCode"), r.Text("email") + "\u00a0",
			strings.Join(roles, "; "), r.Text("oryId"), r.Text("organization"), r.Text("phone"), r.Text("address.line1"), "",
		})
	}
	return append(table[:2], append([][]string{make([]string, 10)}, table[2:]...)...)
}

// delimitedText writes a table with every cell in quotation marks.
func delimitedText(table [][]string, delimiter, lineEnd string) string {
	var b strings.Builder
	for _, row := range table {
		quoted := make([]string, len(row))
		for i, cell := range row {
			quoted[i] = `"` + strings.ReplaceAll(strings.ReplaceAll(cell, `"`, `""`), "\n", lineEnd) + `"`
		}
		b.WriteString(strings.Join(quoted, delimiter) + lineEnd)
	}
	return b.String()
}

// encoded gives a text in an encoding by its name, with or without a mark.
func encoded(t testing.TB, text, name string) []byte {
	t.Helper()
	mark := ""
	if bare, ok := strings.CutSuffix(name, " with BOM"); ok {
		name, mark = bare, "\ufeff"
	}
	encoding, err := charset.Known(name)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w := encoding.NewWriter(&b)
	if _, err := w.Write([]byte(mark + text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// excelizeBook writes a table as a workbook with the other program.
func excelizeBook(t testing.TB, table [][]string) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer func() { _ = f.Close() }()
	for i, row := range table {
		for j, cell := range row {
			if cell == "" {
				continue
			}
			if err := f.SetCellStr("Sheet1", xlsx.CellName(i+1, j+1), cell); err != nil {
				t.Fatal(err)
			}
		}
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// ownBook writes a table as a workbook with our own writer.
func ownBook(t testing.TB, table [][]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := xlsx.NewWriter(&b, "People", len(table[0]))
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range table {
		if err := w.Write(row); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// documentsOf writes the crowd as JSON objects: the first in the documented
// shape, the second with flat names, the third with headers for keys.
func documentsOf() []string {
	return []string{
		`{"email":"zoe@example.com ","oryId":"ory-1","organization":"org_1","roles":["admin","user"],"firstName":"Zo\u00eb","lastName":"Smith, Jr.","phone":"+49 151 1","address":{"line1":"Hauptstraße 1\nHinterhaus","zipCode":"01067"}}`,
		`{"email":"jose@example.com","oryId":"ory-2","organization":"org_1","roles":["user"],"firstName":"José","lastName":"O\"Neil; \"B\"","address.zipCode":"00123","phone":null}`,
		`{"E-mail address":"ana@example.com","Ory identity":"ory-3","Organisation":"org_2","Given name":"Ana","Family name":"Müller|Tab","Rollen":"","Address":null}`,
	}
}

const yamlCrowd = `# people
- email: zoe@example.com
  oryId: ory-1
  organization: &org org_1
  roles: [admin, user]
  firstName: Zoë
  lastName: "Smith, Jr. "
  phone: +49 151 1
  address:
    line1: |-
      Hauptstraße 1
      Hinterhaus
    zipCode: 01067
- {email: jose@example.com, oryId: ory-2, organization: *org, roles: [user], firstName: José, lastName: 'O"Neil; "B"', address.zipCode: 00123, phone: ~}
- E-mail address: ana@example.com
  Ory identity: ory-3
  Organisation: org_2
  Given name: Ana
  Family name: Müller|Tab
  Rollen:
`

// dress is one way to save the crowd.
type dress struct {
	name, file string
	data       []byte
	want       string // the description
}

// dresses saves the crowd in all ways.
func dresses(t testing.TB) []dress {
	t.Helper()
	var all []dress
	for _, encoding := range []string{"UTF-8", "UTF-8 with BOM", "UTF-16LE", "UTF-16BE", "UTF-16LE with BOM", "UTF-16BE with BOM", "Windows-1252"} {
		for delimiter, word := range map[string]string{",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"} {
			for _, lineEnd := range []string{"\n", "\r\n", "\r"} {
				name := fmt.Sprintf("%s %s %q", encoding, word, lineEnd)
				all = append(all, dress{
					name: name, file: "people.csv", data: encoded(t, delimitedText(grid(), delimiter, lineEnd), encoding),
					want: "csv, " + encoding + ", " + word + ", 10 of 10 columns",
				})
			}
		}
		list := "[\n  " + strings.Join(documentsOf(), ",\n  ") + "\n]\n"
		lines := strings.Join(documentsOf(), "\n\n") + "\n"
		all = append(all,
			dress{name: "json " + encoding, file: "people.json", data: encoded(t, list, encoding), want: "json, " + encoding},
			dress{name: "ndjson " + encoding, file: "people.ndjson", data: encoded(t, lines, encoding), want: "ndjson, " + encoding},
			dress{name: "yaml " + encoding, file: "people.yaml", data: encoded(t, yamlCrowd, encoding), want: "yaml, " + encoding},
		)
	}
	return append(all,
		dress{name: "tsv", file: "people.tsv", data: []byte(delimitedText(grid(), "\t", "\n")), want: "tsv, UTF-8, tab, 10 of 10 columns"},
		dress{name: "sep", file: "people.csv", data: []byte("sep=|\r\n" + delimitedText(grid(), "|", "\r\n")), want: "csv, UTF-8, pipe, 10 of 10 columns"},
		dress{name: "excelize", file: "people.xlsx", data: excelizeBook(t, grid()), want: `xlsx, sheet "Sheet1", 10 of 10 columns`},
		dress{name: "own", file: "people.xlsx", data: ownBook(t, grid()), want: `xlsx, sheet "People", 10 of 10 columns`},
		dress{name: "own", file: "people.ods", data: ownSpreadsheet(t, grid()), want: `ods, sheet "People", 10 of 10 columns`},
		dress{name: "indented objects", file: "people.json", data: []byte("{\n" + strings.Join(documentsOf(), "\n")[1:]), want: "json, UTF-8"},
		dress{name: "yaml documents", file: "people.yml", data: []byte("---\n" + strings.Join(documentsOf(), "\n---\n") + "\n---\n"), want: "yaml, UTF-8"},
	)
}

func TestTheSameUsersArriveInEveryDress(t *testing.T) {
	for _, d := range dresses(t) {
		t.Run(d.name, func(t *testing.T) {
			for _, file := range []string{d.file, "people"} { // by its ending, and by its content
				if file == "people" && d.name == "tsv" {
					continue // without its ending it is a CSV file with tabs
				}
				path := save(t, file, d.data)
				r := open(t, path, Options{})
				if got := strings.TrimPrefix(r.Description().String(), path+": "); got != d.want {
					t.Errorf("described as %s, want %s", got, d.want)
				}
				for range 2 { // every pass gives the same
					if got := records(t, r); !reflect.DeepEqual(got, crowd()) {
						t.Errorf("read\n%v\nwant\n%v", got, crowd())
					}
				}
				if s := r.Summary(); s.Rows != 3 || s.Trimmed == 0 || len(s.Warnings) > 0 {
					t.Errorf("summary %+v", s)
				}
			}
		})
	}
}

func TestRowsAreNumberedByTheFilesOwnLines(t *testing.T) {
	for file, want := range map[string]string{
		"people.csv":    "1:3 2:6 3:7",
		"people.xlsx":   "1:2 2:4 3:5",
		"people.json":   "1:2 2:3 3:4",
		"people.ndjson": "1:1 2:3 3:5",
		"people.yaml":   "1:2 2:14 3:15",
	} {
		var data []byte
		switch file {
		case "people.csv":
			data = []byte("\n" + delimitedText(grid(), ",", "\n"))
		default:
			for _, d := range dresses(t) {
				if d.file == file {
					data = d.data
					break
				}
			}
		}
		r := open(t, save(t, file, data), Options{})
		var got []string
		for _, row := range rows(t, r) {
			got = append(got, fmt.Sprintf("%d:%d", row.Number, row.Line))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: rows %s, want %s", file, got, want)
		}
	}
}

func TestBlankRowsAreCounted(t *testing.T) {
	text := "\n\nemail,oryId,organization\n\n ,\u00a0,\r\na@example.com,1,2\n\n\nb@example.com,1,2\n\n"
	r := open(t, save(t, "people.csv", []byte(text)), Options{})
	if records(t, r); r.Summary().Blank != 7 {
		t.Errorf("blank rows: %d", r.Summary().Blank)
	}
}

func TestAPassCanBeLeft(t *testing.T) {
	for _, file := range []string{"people.csv", "people.xlsx", "people.json", "people.ndjson", "people.yaml"} {
		for _, d := range dresses(t) {
			if d.file != file {
				continue
			}
			r := open(t, save(t, file, d.data), Options{})
			for row, err := range r.Rows(context.Background()) {
				if err != nil || row.Number != 1 {
					t.Fatalf("%s: row %d, %v", file, row.Number, err)
				}
				break
			}
			if got := records(t, r); len(got) != 3 {
				t.Errorf("%s: %d rows in the next pass", file, len(got))
			}
			break
		}
	}
}

func TestAnInterruptedPassEnds(t *testing.T) {
	var b strings.Builder
	b.WriteString("email,oryId,organization\n")
	for i := range 20_000 {
		fmt.Fprintf(&b, "u%d@example.com,ory-%d,org_1\n", i, i)
	}
	r := open(t, save(t, "people.csv", []byte(b.String())), Options{})
	ctx, cancel := context.WithCancel(context.Background())
	last := error(nil)
	for row, err := range r.Rows(ctx) {
		if last = err; row.Number == 10 {
			cancel()
		}
	}
	cancel()
	if !errors.Is(last, context.Canceled) {
		t.Errorf("ended with %v", last)
	}
	if _, err := Open(ctx, File(r.Description().File), Options{Table: suluTable()}); !errors.Is(err, context.Canceled) {
		t.Errorf("opened with %v", err)
	}
}

package reliability

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/charmap"

	"github.com/bring-aboard/usher/internal/sandbox"
)

// sheet is a small roster of difficult people; the last one needs mending.
func sheet() (fields []string, rows [][]string) {
	return []string{"email", "oryId", "organization", "firstName", "lastName", "address.zipCode", "roles"}, [][]string{
		{"juergen@example.com", "ory-1", "org-1", "Jürgen", "Müller; Meier", "00123", "admin; user"},
		{"zoe@example.com", "ory-2", "org-1", "Zoë", `de "la" Cruz`, "8001", "user"},
		{"soren@example.com", "ory-3", "org-1", "Søren", "Aabye\nKierkegaard", "1000", ""},
		{broken, "ory-4", "org-1", "Nobody", "Nowhere", "", ""},
	}
}

// broken is an address that is none, and mended what it should be. They are of
// one length, so that either stands in the place of the other.
const broken, mended = "broken.example.com", "broken@example.com"

// people are the users that the sheet makes, as the provider documents them.
func people() map[string]map[string]any {
	return map[string]map[string]any{
		"juergen@example.com": {
			"oryId": "ory-1", "organization": "org-1", "firstName": "Jürgen", "lastName": "Müller; Meier", "address": map[string]any{"zipCode": "00123"},
		},
		"zoe@example.com": {
			"oryId": "ory-2", "organization": "org-1", "firstName": "Zoë", "lastName": `de "la" Cruz`, "address": map[string]any{"zipCode": "8001"},
		},
		"soren@example.com": {
			"oryId": "ory-3", "organization": "org-1", "firstName": "Søren", "lastName": "Aabye\nKierkegaard", "address": map[string]any{"zipCode": "1000"},
		},
		mended: {"oryId": "ory-4", "organization": "org-1", "firstName": "Nobody", "lastName": "Nowhere"},
	}
}

// dress is one way of writing the sheet.
type dress struct {
	name string
	// file is the name of the roster and content what stands in it.
	file    string
	content []byte
	// flags are what reading the roster and its failed rows requires.
	flags []string
	// mend mends the file of failed rows.
	mend func(t testing.TB, failed []byte) []byte
}

// human returns the headers that people write, and another order of columns.
func human(fields []string, rows [][]string) ([]string, [][]string) {
	words := map[string]string{
		"email": "E-mail address", "oryId": "Ory ID", "organization": "Organisation", "firstName": "Given name",
		"lastName": "Family\u00a0Name", "address.zipCode": "ZIP code", "roles": "Roles",
	}
	order := []int{3, 0, 6, 5, 1, 2, 4}
	shuffle := func(row []string, change func(string) string) []string {
		var other []string
		for _, i := range order {
			other = append(other, change(row[i]))
		}
		return other
	}
	shuffled := make([][]string, len(rows))
	for i, row := range rows {
		// non-breaking spaces around the values, as copying from the web leaves them
		shuffled[i] = shuffle(row, func(cell string) string { return strings.TrimSpace(cell) + "\u00a0" })
	}
	return shuffle(fields, func(name string) string { return words[name] }), shuffled
}

// encodings write a text in the ways in which programs save it.
func encodings() map[string]func(string) []byte {
	wide := func(order binary.AppendByteOrder) func(string) []byte {
		return func(text string) []byte {
			var content []byte
			for _, unit := range utf16.Encode([]rune("\ufeff" + text)) {
				content = order.AppendUint16(content, unit)
			}
			return content
		}
	}
	return map[string]func(string) []byte{
		"UTF-8":          func(text string) []byte { return []byte(text) },
		"UTF-8 with BOM": func(text string) []byte { return []byte("\ufeff" + text) },
		"UTF-16 LE":      wide(binary.LittleEndian),
		"UTF-16 BE":      wide(binary.BigEndian),
		"Windows-1252": func(text string) []byte {
			content, err := charmap.Windows1252.NewEncoder().String(text)
			if err != nil {
				panic(err)
			}
			return []byte(content)
		},
	}
}

// flagsOf returns the flags for an encoding that nothing in a text shows.
func flagsOf(encoding string) []string {
	if encoding == "Windows-1252" {
		return []string{"--encoding", "windows-1252"}
	}
	return nil
}

// texts are the sheet as CSV: every encoding with every delimiter, end of line
// and kind of headers.
func texts(t testing.TB) []dress {
	var all []dress
	for encoding, encode := range encodings() {
		for delimiter, comma := range map[string]rune{"comma": ',', "semicolon": ';', "tab": '\t'} {
			for _, crlf := range []bool{false, true} {
				for _, likePeople := range []bool{false, true} {
					fields, rows := sheet()
					if likePeople {
						fields, rows = human(fields, rows)
					}
					var text strings.Builder
					w := csv.NewWriter(&text)
					w.Comma, w.UseCRLF = comma, crlf
					check(t, w.Write(fields))
					check(t, w.WriteAll(rows))
					all = append(all, dress{
						name: fmt.Sprintf("%s, %s, CRLF %v, human headers %v", encoding, delimiter, crlf, likePeople),
						file: "people.csv", content: encode(text.String()), flags: flagsOf(encoding),
						mend: func(_ testing.TB, failed []byte) []byte {
							before, after := bytes.TrimPrefix(encode(broken), encode("")), bytes.TrimPrefix(encode(mended), encode(""))
							return bytes.Replace(failed, before, after, 1)
						},
					})
				}
			}
		}
	}
	return all
}

// documents are the sheet as JSON, NDJSON and YAML.
func documents(t testing.TB) []dress {
	fields, rows := sheet()
	var list []map[string]any
	var lines, items strings.Builder
	for _, row := range rows {
		person := map[string]any{"address": map[string]any{}}
		for i, name := range fields {
			switch {
			case row[i] == "":
			case name == "roles":
				person[name] = strings.Split(row[i], "; ")
			case name == "address.zipCode":
				person["address"] = map[string]any{"zipCode": row[i]}
			default:
				person[name] = row[i]
			}
		}
		list = append(list, person)
		line, err := json.Marshal(person)
		check(t, err)
		lines.WriteString(string(line) + "\n")
		items.WriteString("- " + string(line) + "\n")
	}
	whole, err := json.MarshalIndent(list, "", "  ")
	check(t, err)
	mend := func(_ testing.TB, failed []byte) []byte {
		return bytes.Replace(failed, []byte(broken), []byte(mended), 1)
	}
	return []dress{
		{"JSON", "people.json", whole, nil, mend},
		{"NDJSON", "people.ndjson", []byte(lines.String()), nil, mend},
		{"YAML", "people.yaml", []byte(items.String()), nil, mend},
	}
}

// workbooks are the sheet as XLSX, written by two programs.
func workbooks(t testing.TB) []dress {
	fields, rows := human(sheet())
	book := excelize.NewFile()
	write := func(at int, cells []string) {
		for i, cell := range cells {
			name, err := excelize.CoordinatesToCellName(i+1, at)
			check(t, err)
			check(t, book.SetCellStr("Sheet1", name, cell))
		}
	}
	write(1, fields)
	for i, row := range rows {
		write(i+2, row)
	}
	var packed bytes.Buffer
	check(t, book.Write(&packed))
	other, err := os.ReadFile("testdata/exceljs.xlsx")
	check(t, err)
	return []dress{
		{"XLSX by excelize", "people.xlsx", packed.Bytes(), nil, mendWorkbook},
		{"XLSX by exceljs", "people.xlsx", other, nil, mendWorkbook},
	}
}

// mendWorkbook mends the one cell that holds the broken address.
func mendWorkbook(t testing.TB, failed []byte) []byte {
	book, err := excelize.OpenReader(bytes.NewReader(failed))
	check(t, err)
	name := book.GetSheetName(0)
	found, err := book.SearchSheet(name, "^"+broken+".?$", true)
	check(t, err)
	if len(found) != 1 {
		t.Fatalf("the broken address stands in %q", found)
	}
	check(t, book.SetCellStr(name, found[0], mended))
	var packed bytes.Buffer
	check(t, book.Write(&packed))
	return packed.Bytes()
}

// TestSpreadsheets imports one sheet in every dress: the same users arrive. The
// row that fails comes back in the same dress, and imports when it is mended.
func TestSpreadsheets(t *testing.T) {
	program, err := realProgram()
	check(t, err)
	all := append(append(texts(t), documents(t)...), workbooks(t)...)
	if len(all) != 65 {
		t.Fatalf("%d dresses, want 65", len(all))
	}
	for _, d := range all {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, dialectOf("sulu"), sandbox.Options{})
			s.program = program
			roster, failed := s.path(d.file), s.path("failed"+filepath.Ext(d.file))
			check(t, os.WriteFile(roster, d.content, 0o600))
			if r := s.run(append([]string{"users", "import", roster, "--yes", "--skip-invalid", "--failed", failed}, d.flags...)...); r.status != 3 {
				t.Fatalf("%s", r)
			}
			content, err := os.ReadFile(failed)
			check(t, err)
			check(t, os.WriteFile(failed, d.mend(t, content), 0o600))
			if r := s.run(append([]string{"users", "import", failed, "--yes"}, d.flags...)...); r.status != 0 {
				t.Fatalf("%s\n%q", r, content)
			}
			if got := s.documents(); !reflect.DeepEqual(got, people()) {
				t.Errorf("got\n%v\nwant\n%v", got, people())
			}
		})
	}
}

// documents returns what the provider holds of each person, without what it made up.
func (s *stage) documents() map[string]map[string]any {
	s.t.Helper()
	all := map[string]map[string]any{}
	for user, err := range s.store.Users(context.Background(), s.name) {
		check(s.t, err)
		document := map[string]any{}
		check(s.t, json.Unmarshal(user.Document, &document))
		for _, own := range []string{"id", "object", "email", "createdAt", "updatedAt"} {
			delete(document, own)
		}
		all[user.Key] = document
	}
	return all
}
